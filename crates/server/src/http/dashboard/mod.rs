//! The dashboard: a page of the server's own that asks the API as any other client does, below `/-/`.
//!
//! The page is a program and holds no data, so anybody may have it. What it reads is for whoever has a session
//! ([`session`]).

mod assets;
mod session;

use std::net::SocketAddr;
use std::sync::Arc;

use askfirst_encoding::takes_gzip;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
    SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use self::assets::{Asset, assets};
use super::{Context, text};

/// Everything it loads is a file of the server's; nothing stands in the page itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
    font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The path of a file has its hash: another file has another path.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

pub(super) fn paths() -> Router<Arc<Context>> {
    Router::new()
        .route("/-/", get(shell))
        .route("/-/assets/{hash}/{*path}", get(file))
        .route("/-/session", get(session::get).post(session::create).delete(session::end))
}

/// Whether [`paths`] answer this, whatever the method.
pub(super) fn knows(path: &str) -> bool {
    matches!(path, "/-/" | "/-/session") || path.starts_with("/-/assets/")
}

async fn shell(
    State(context): State<Arc<Context>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    head: Parts,
) -> Response {
    let policies = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        // A later version of the server has another one.
        (CACHE_CONTROL, "no-cache"),
    ];
    let mut response = (policies, send(&assets().shell, &head.headers)).into_response();
    if let Some(cookie) = session::of_this_machine(&context, peer, &head).await {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

async fn file(Path((hash, path)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let assets = assets();
    match assets.file(&path).filter(|_| hash == assets.hash) {
        Some(asset) => ([(CACHE_CONTROL, FOR_EVER)], send(asset, &headers)).into_response(),
        None => (StatusCode::NOT_FOUND, [(CACHE_CONTROL, "no-store")], "there is no such file; open /-/ again")
            .into_response(),
    }
}

fn send(asset: &Asset, headers: &HeaderMap) -> Response {
    let takes_gzip = text(headers, &ACCEPT_ENCODING).is_some_and(takes_gzip);
    let common = [(CONTENT_TYPE, asset.media), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (VARY, "accept-encoding")];
    match asset.gzip.as_ref().filter(|_| takes_gzip) {
        Some(gzip) => (common, [(CONTENT_ENCODING, "gzip")], Bytes::clone(gzip)).into_response(),
        None => (common, Bytes::clone(&asset.plain)).into_response(),
    }
}
