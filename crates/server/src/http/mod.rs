//! HTTP: bytes to requests and replies to bytes, and the operator's own paths.

mod body;
pub(crate) mod connections;

use std::net::SocketAddr;
use std::sync::Arc;

use askfirst_core::{Body, Ledger as _, Reply, Request, Service};
use askfirst_sqlite::SqliteLedger;
use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::body::Incoming;

use crate::client_address::ClientAddress;
use crate::{clock, metrics};

/// What requests are served with.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) service: Arc<Service<SqliteLedger>>,
    pub(crate) client_address: ClientAddress,
}

/// The paths of the server itself.
pub(crate) fn operator_paths(context: Arc<Context>) -> Router {
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/-/ready", get(ready))
        .route("/-/metrics", get(metrics_text))
        .with_state(context)
}

/// Whether a request is for one of [`operator_paths`]. All others are the apps', whose wires answer every method and
/// path; they go past the router: they are the hot ones.
pub(crate) fn is_operator_path(method: &Method, path: &str) -> bool {
    matches!(path, "/healthz" | "/-/ready" | "/-/metrics") && matches!(*method, Method::GET | Method::HEAD)
}

/// Whether events can be stored.
async fn ready(State(context): State<Arc<Context>>) -> Response {
    for app in &context.service.apps {
        if !app.ledger.is_healthy().await {
            let text = format!("the ledger of {} takes no writes; the log tells why", app.contract.app.id);
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    }
    "ready".into_response()
}

async fn metrics_text(State(context): State<Arc<Context>>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::encode(&context.service)).into_response()
}

/// Passes a request to the core and its reply back.
pub(crate) async fn app(context: &Context, peer: SocketAddr, request: hyper::Request<Incoming>) -> Response {
    let now = clock::now();
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let read = match context.service.body_limit(method, path) {
        Some(limit) => match body::read(body, limit).await {
            Ok(read) => Some(read),
            Err(fault) => return fault.into_response(),
        },
        None => None,
    };
    let body = match &read {
        None => Body::Complete(&[]),
        Some(body::Read::Complete(bytes)) => Body::Complete(bytes),
        Some(body::Read::TooLarge) => Body::TooLarge,
    };
    let address = context.client_address.of(peer, &head.headers);
    let request = Request { method, path, body, address: &address, now };
    into_response(context.service.handle(&request).await, head.method == Method::HEAD)
}

fn into_response(reply: Reply, is_head: bool) -> Response {
    let body = if is_head { axum::body::Body::empty() } else { axum::body::Body::from(reply.body) };
    let mut response = Response::new(body);
    response.headers_mut().reserve(reply.headers.len());
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        let value = match value {
            std::borrow::Cow::Borrowed(value) => HeaderValue::from_static(value),
            // The core makes headers of its own words and numbers only.
            std::borrow::Cow::Owned(value) => HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("")),
        };
        response.headers_mut().append(HeaderName::from_static(name), value);
    }
    response
}
