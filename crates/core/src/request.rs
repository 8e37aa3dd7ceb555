//! A request and its reply as plain data.

use std::borrow::Cow;

use askfirst_contract::Timestamp;

use crate::token::Grant;

/// The longest name of a host, RFC 1035, with a port.
const MAX_HOST: usize = 253 + 6;

/// Headers that most replies have at the most.
const HEADERS: usize = 8;

/// A request as a host received it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// `GET`, `POST`, ... as sent.
    pub method: &'r str,
    /// The path without its query string, as sent.
    pub path: &'r str,
    /// The query string behind the `?`, as sent.
    pub query: Option<&'r str>,
    /// What wires read of the head.
    pub headers: Headers<'r>,
    /// The body.
    pub body: Body<'r>,
    /// What its token allows.
    pub access: Access<'r>,
    /// The client's address as text, or `unknown`.
    pub address: &'r str,
    /// When the request arrived.
    pub now: Timestamp,
}

/// The headers that wires read; a value that is no text is not there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Headers<'r> {
    /// `Host`, or the authority of the request's address.
    pub host: Option<&'r str>,
    /// `Origin`
    pub origin: Option<&'r str>,
    /// `Authorization`
    pub authorization: Option<&'r str>,
    /// `Content-Type`
    pub content_type: Option<&'r str>,
    /// `X-Signature`
    pub signature: Option<&'r str>,
}

/// What the token of a request ([`Request::token`]) allows; hosts find out where [`crate::Route::needs`] says so.
#[derive(Debug, Clone, Copy)]
pub enum Access<'r> {
    /// Nothing: there is no token, or nobody issued it.
    None,
    /// This.
    Granted(&'r Grant),
    /// It can't be known, as the tokens can't be read; the cause is in the log.
    Unknown,
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub enum Body<'r> {
    /// All of it.
    Complete(&'r [u8]),
    /// The host stopped reading at [`crate::Route::body_limit`].
    TooLarge,
    /// Compressed in a way that the host does not know.
    UnknownEncoding,
    /// Said to be compressed, but it can't be decompressed.
    BrokenEncoding,
    /// It took too long; only the native wire has an answer to that ([`crate::Route::is_native`]).
    TooSlow,
    /// The client broke off, or broke the rules of HTTP; as above.
    BrokenOff,
}

impl<'r> Request<'r> {
    /// The first parameter of this name in the query string, decoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<Cow<'r, str>> {
        let mut parameters = form_urlencoded::parse(self.query.unwrap_or_default().as_bytes());
        parameters.find(|(found, _)| found == name).map(|(_, value)| value)
    }

    /// The token of an operator: `Authorization: Bearer`, or the parameter `token`, because a spreadsheet that imports
    /// by address sends no headers.
    #[must_use]
    pub fn token(&self) -> Option<Cow<'r, str>> {
        self.headers.bearer().map(Cow::Borrowed).or_else(|| self.parameter("token"))
    }

    /// The address of the server as the client named it, such as `https://telemetry.example.com`; `None` where what it
    /// named could be anything else than a host and a port.
    pub(crate) fn server(&self) -> Option<String> {
        let host = self.headers.host?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
        let is_host = (1..=MAX_HOST).contains(&host.len()) && host.bytes().all(allowed);
        // No host here speaks TLS itself. Who names a port comes to it directly, and who does not, by what speaks it.
        let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        is_host.then(|| format!("{}://{host}", if has_port { "http" } else { "https" }))
    }

    /// All parameters of the query string, decoded.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.unwrap_or_default().as_bytes()).into_owned().collect()
    }
}

impl<'r> Headers<'r> {
    /// The token behind `Bearer` in `Authorization`.
    #[must_use]
    pub fn bearer(&self) -> Option<&'r str> {
        let (scheme, token) = self.authorization?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
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

/// What a host answers to `GET /healthz` while it runs.
#[must_use]
pub fn health() -> Reply {
    Reply::new(200, "ok").plain_text().headers(&SAFE)
}

/// Headers of answers that no browser is to guess at, pass on or keep; domscribe's released service sends them, too.
pub const SAFE: [(&str, &str); 3] =
    [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store")];

impl Reply {
    /// A reply without headers.
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::with_capacity(HEADERS), body: body.into() }
    }

    /// The same with a header.
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with several headers.
    pub(crate) fn headers(mut self, headers: &[(&'static str, &'static str)]) -> Self {
        self.headers.extend(headers.iter().map(|(name, value)| (*name, Cow::Borrowed(*value))));
        self
    }

    /// The same as plain text.
    pub(crate) fn plain_text(self) -> Self {
        self.header("content-type", "text/plain; charset=utf-8")
    }
}
