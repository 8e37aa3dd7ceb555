//! A request and its reply as plain data.

use std::borrow::Cow;

use askfirst_contract::Timestamp;

/// A request as a host received it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// `GET`, `POST`, ... as sent.
    pub method: &'r str,
    /// The path without its query string, as sent.
    pub path: &'r str,
    /// The body.
    pub body: Body<'r>,
    /// The client's address as text, or `unknown`.
    pub address: &'r str,
    /// When the request arrived.
    pub now: Timestamp,
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub enum Body<'r> {
    /// All of it.
    Complete(&'r [u8]),
    /// The host stopped reading at [`crate::Service::body_limit`].
    TooLarge,
}

/// What a host sends back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; may be empty.
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply without headers.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// The same with a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same as plain text.
    pub(crate) fn plain_text(self) -> Self {
        self.header("content-type", "text/plain; charset=utf-8")
    }
}
