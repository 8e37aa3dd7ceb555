//! What a request shows to be let in where something is read.

use std::net::SocketAddr;

use askfirst_core::Request;
use askfirst_core::token::Scope;
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;

use super::Context;

/// The cookie of a session.
pub(super) const SESSION: &str = "askfirst_session";

/// A token, and how it came.
pub(crate) struct Credential {
    pub(super) token: String,
    /// Whether it is a cookie that a program on this machine sent: then it may be the token of this machine.
    pub(super) is_of_this_machine: bool,
}

impl Credential {
    /// What a request for something that needs a scope shows. The cookie of a session counts where something is read,
    /// and nowhere else: a browser sends it without being asked to. A token that was sent on purpose wins.
    pub(super) fn of(
        request: &Request<'_>,
        needs: Scope,
        context: &Context,
        peer: SocketAddr,
        head: &Parts,
    ) -> Option<Self> {
        let session = || Self::session(&head.headers, context.client_address.is_this_machine(peer, head));
        match request.token() {
            Some(token) => Some(Self::token(&token)),
            None if needs == Scope::Read => session(),
            None => None,
        }
    }

    /// A token that was sent on purpose.
    pub(super) fn token(token: &str) -> Self {
        Self { token: token.to_owned(), is_of_this_machine: false }
    }

    /// The cookie of a session, if there is one.
    pub(super) fn session(headers: &HeaderMap, is_of_this_machine: bool) -> Option<Self> {
        let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='));
        let (_, token) = cookies.find(|(name, _)| *name == SESSION)?;
        Some(Self { token: token.to_owned(), is_of_this_machine })
    }
}
