//! Sessions of the dashboard: `/-/session` tells who is signed in, signs in and signs out.
//!
//! A session is a cookie that holds the token itself, so it ends when that is revoked, and the server keeps no list. No
//! script can read it (`HttpOnly`), no page of others can have it sent (`SameSite=Strict`), and it stands for the token
//! where something is read, never where something is changed ([`Credential`]).

use std::net::SocketAddr;
use std::sync::Arc;

use askfirst_core::token::{Grant, Scope};
use askfirst_core::wire::native::problem_with;
use askfirst_core::{Reply, SAFE, Unanswered};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONTENT_TYPE, EXPECT, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use crate::clock;
use crate::http::body::{self, Read};
use crate::http::credential::{Credential, SESSION};
use crate::http::{Context, headers, into_response, text};

/// How long a browser keeps a session, in seconds: 30 days.
const MAX_AGE: u32 = 30 * 24 * 60 * 60;
/// The longest body that signs in, in bytes: a token has 82 characters.
const MAX_BODY: u64 = 1_024;

/// `GET`: who is signed in, and what may be read.
pub(super) async fn get(
    State(context): State<Arc<Context>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    head: Parts,
) -> Response {
    if let Some(cookie) = of_this_machine(&context, peer, &head).await {
        return ([(SET_COOKIE, cookie)], told(&context, None)).into_response();
    }
    let bearer = headers(&head.headers, None).bearer().map(Credential::token);
    let granted = match bearer.or_else(|| Credential::session(&head.headers, false)) {
        Some(credential) => context.tokens.grant(&credential, clock::now()).await,
        None => Ok(None),
    };
    match granted {
        Ok(Some(grant)) => told(&context, Some(&grant)),
        Ok(None) => unauthorized(&context).await,
        Err(Unanswered) => unreadable(),
    }
}

/// `POST`: signs in with a token.
pub(super) async fn create(
    State(context): State<Arc<Context>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let media = text(&head.headers, &CONTENT_TYPE).and_then(|media| media.split(';').next()).unwrap_or_default();
    // A page of others could send any other type without asking first, and so sign somebody in as somebody else.
    if !media.trim().eq_ignore_ascii_case("application/json") {
        return problem(415, "not_json", "send the token as application/json: {\"token\": \"askfirst_...\"}");
    }
    let body = match body::read(body, MAX_BODY, head.headers.contains_key(EXPECT)).await {
        Ok(Read::Complete(body)) => body,
        Ok(_) => return problem(413, "too_large", "a token is shorter than that"),
        Err(fault) => return fault.into_response(),
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(token) = body["token"].as_str().map(str::trim) else {
        return problem(400, "no_token", "send the token as JSON: {\"token\": \"askfirst_...\"}");
    };
    match context.tokens.grant(&Credential::token(token), clock::now()).await {
        Ok(Some(grant)) => {
            let is_https = context.client_address.is_https(peer, &head.headers);
            ([(SET_COOKIE, cookie(token, Some(MAX_AGE), is_https))], told(&context, Some(&grant))).into_response()
        }
        Ok(None) => unauthorized(&context).await,
        Err(Unanswered) => unreadable(),
    }
}

/// `DELETE`: signs out.
pub(super) async fn end() -> Response {
    (StatusCode::NO_CONTENT, SAFE, [(SET_COOKIE, cookie("", Some(0), false))]).into_response()
}

/// The cookie of who needs no token: where there is none, and who asks is on this machine. It ends with the process.
pub(super) async fn of_this_machine(context: &Context, peer: SocketAddr, head: &Parts) -> Option<HeaderValue> {
    let is_let_in =
        context.client_address.is_this_machine(peer, head) && matches!(context.tokens.are_in_force().await, Ok(false));
    is_let_in.then(|| cookie(&context.tokens.of_this_machine().to_string(), None, false))
}

fn cookie(token: &str, max_age: Option<u32>, is_https: bool) -> HeaderValue {
    let max_age = max_age.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
    let secure = if is_https { "; Secure" } else { "" };
    // A token that was granted is of letters and digits.
    HeaderValue::try_from(format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Strict{max_age}{secure}"))
        .unwrap_or(HeaderValue::from_static(""))
}

/// What a grant allows to read; without one, who asks is on this machine and may read all.
fn told(context: &Context, grant: Option<&Grant>) -> Response {
    let served = context.served.now();
    let apps = served.apps.iter().map(|app| &app.contract.app);
    let apps = apps.filter(|app| grant.is_none_or(|grant| grant.allows(Scope::Read, &app.id)));
    let apps: Vec<_> =
        apps.map(|app| json!({ "id": app.id, "title": app.title, "about": app.about, "wire": app.wire })).collect();
    let body = json!({
        "apps": apps,
        "local": grant.is_none(),
        "scope": grant.map(|grant| grant.scope.name()),
        "version": env!("CARGO_PKG_VERSION"),
    });
    (SAFE, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

async fn unauthorized(context: &Context) -> Response {
    let Ok(tokens) = context.tokens.are_in_force().await else { return unreadable() };
    let detail = if tokens {
        "sign in with a token that is in force; make one with: askfirst token create NAME"
    } else {
        "there is no token yet, so this is for the server's own machine alone; make one there with: askfirst token \
         create NAME"
    };
    let reply = problem_with(401, "unauthorized", detail, [("tokens", tokens.into())]);
    ([(WWW_AUTHENTICATE, "Bearer")], safe(reply)).into_response()
}

fn unreadable() -> Response {
    problem(500, "unreadable", "the list of tokens can't be read; the server's log tells why")
}

fn problem(status: u16, code: &'static str, detail: &str) -> Response {
    safe(problem_with(status, code, detail, []))
}

fn safe(reply: Reply) -> Response {
    (SAFE, into_response(reply)).into_response()
}
