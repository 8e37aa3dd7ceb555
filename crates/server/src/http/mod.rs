//! HTTP: bytes to requests and replies to bytes, and the operator's own paths.

mod body;
pub(crate) mod connections;
mod credential;
mod dashboard;
pub(crate) mod live;
mod openapi;
pub(crate) mod tokens;

use std::net::SocketAddr;
use std::sync::Arc;

use askfirst_contract::csp_hash;
use askfirst_core::{Access, App, Headers, Ledger as _, Reply, Request, Route, SAFE, Unanswered, health};
use askfirst_encoding::{Fault, takes_gzip};
use askfirst_sqlite::SqliteLedger;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{self, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use hyper::body::Incoming;

use self::body::Read;
use self::credential::Credential;
use self::live::{Stream, Streams};
use self::tokens::Tokens;
use crate::client_address::ClientAddress;
use crate::commands::serve::Served;
use crate::{clock, metrics};

/// What requests are served with.
pub(crate) struct Context {
    pub(crate) served: Arc<Served>,
    pub(crate) client_address: ClientAddress,
    pub(crate) tokens: Tokens,
    pub(crate) streams: Streams,
}

/// The paths of the server itself.
pub(crate) fn operator_paths(context: Arc<Context>) -> Router {
    Router::new()
        .route("/healthz", get(async || into_response(health())))
        .route("/-/ready", get(ready))
        .route("/-/metrics", get(metrics_text))
        .route("/api", get(async || (SAFE, [(CONTENT_SECURITY_POLICY, page_policy())], Html(openapi::page()))))
        .route("/api/openapi.json", get(async || (OPEN, [(CONTENT_TYPE, "application/json")], openapi::json())))
        .merge(dashboard::paths())
        .with_state(context)
}

/// A page that loads nothing and sends nothing.
fn page_policy() -> String {
    let style = csp_hash(openapi::page_style());
    format!("default-src 'none'; style-src {style}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
}

/// Shorter answers are sent as they are: they fit into a packet or two.
const MIN_COMPRESSED: usize = 1_024;

/// The description is nobody's secret, and tools that read it are often web pages.
const OPEN: [(&str, &str); 2] = [("access-control-allow-origin", "*"), ("x-content-type-options", "nosniff")];

/// Whether a request is for one of [`operator_paths`]. All others are the apps', whose wires answer every method and
/// path; they go past the router: they are the hot ones.
pub(crate) fn is_operator_path(method: &Method, path: &str) -> bool {
    dashboard::knows(path)
        || matches!(path, "/healthz" | "/-/ready" | "/-/metrics" | "/api" | "/api/openapi.json")
            && matches!(*method, Method::GET | Method::HEAD)
}

/// Whether events can be stored.
async fn ready(State(context): State<Arc<Context>>) -> Response {
    for app in &context.served.now().apps {
        if !app.ledger.is_healthy().await {
            let text = format!("the ledger of {} takes no writes; the log tells why", app.contract.app.id);
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    }
    "ready".into_response()
}

async fn metrics_text(State(context): State<Arc<Context>>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::encode(&context.served.now())).into_response()
}

/// Passes a request to the core and its reply back.
pub(crate) async fn app(context: &Arc<Context>, peer: SocketAddr, request: hyper::Request<Incoming>) -> Response {
    let now = clock::now();
    let (head, body) = request.into_parts();
    let (method, path) = (head.method.as_str(), head.uri.path());
    let headers = headers(&head.headers, head.uri.host());
    let service = context.served.now();
    let route = service.route(path, headers.host);
    let read = match route.body_limit(method) {
        Some(limit) => match body::read(body, limit, head.headers.contains_key(header::EXPECT)).await {
            Ok(Read::Complete(bytes)) if route.is_native() => decompress(bytes, &head.headers, limit),
            Ok(read) => read,
            Err(fault) if route.is_native() => Read::Not(fault),
            Err(fault) => return fault.into_response(),
        },
        None => Read::Complete(Bytes::new()),
    };
    let address = context.client_address.of(peer, &head.headers);
    let (query, body) = (head.uri.query(), read.as_body());
    let mut request = Request { method, path, query, headers, body, access: Access::None, address: &address, now };
    let granted;
    let credential = route.needs(method).and_then(|needs| Credential::of(&request, needs, context, peer, &head));
    if let Some(credential) = &credential {
        granted = context.tokens.grant(credential, now).await;
        request.access = match &granted {
            Ok(grant) => grant.as_ref().map_or(Access::None, Access::Granted),
            Err(Unanswered) => Access::Unknown,
        };
    }
    let reply = route.handle(&request).await;
    // Released clients get theirs as they always did.
    let reply = if route.is_native() && method == Method::GET { compress(reply, &head.headers) } else { reply };
    match route.live(method).zip(credential).filter(|_| reply.status == StatusCode::OK) {
        Some((app, credential)) => {
            let after = text(&head.headers, &HeaderName::from_static("last-event-id")).and_then(|id| id.parse().ok());
            let (id, ledger) = (app.contract.app.id.clone(), app.ledger.path().to_owned());
            stream(context, app, Stream { app: id, ledger, credential, after, now }, reply)
        }
        None => into_response(reply),
    }
}

/// Sends a reply that a stream of what happens follows, if there is a place for one.
fn stream(context: &Arc<Context>, app: &App<Arc<SqliteLedger>>, stream: Stream, reply: Reply) -> Response {
    let Some(place) = context.streams.place() else { return into_response(Route::too_many_streams(app)) };
    let mut response = into_response(reply);
    *response.body_mut() = live::body(Arc::clone(context), stream, place);
    response
}

/// The body as it was before its client compressed it.
fn decompress(body: Bytes, headers: &HeaderMap, limit: u64) -> Read {
    let encodings = headers.get_all(header::CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    match askfirst_encoding::decompress(&body, encodings, limit) {
        Ok(None) => Read::Complete(body),
        Ok(Some(decompressed)) => Read::Complete(decompressed.into()),
        Err(Fault::TooLarge) => Read::TooLarge,
        Err(Fault::Unknown) => Read::UnknownEncoding,
        Err(Fault::Broken) => Read::BrokenEncoding,
    }
}

/// The answer compressed, where that is worth it and its client takes it: numbers in JSON shrink to a tenth.
fn compress(mut reply: Reply, headers: &HeaderMap) -> Reply {
    if reply.body.len() < MIN_COMPRESSED {
        return reply;
    }
    if text(headers, &header::ACCEPT_ENCODING).is_some_and(takes_gzip)
        && let Ok(gzip) = askfirst_encoding::gzip(&reply.body)
    {
        reply.body = gzip;
        // What is not compressed is for everybody: a cache may give it to any client.
        reply.headers.extend([("content-encoding", "gzip".into()), ("vary", "accept-encoding".into())]);
    }
    reply
}

/// What the core reads of a head.
fn headers<'h>(headers: &'h HeaderMap, authority: Option<&'h str>) -> Headers<'h> {
    Headers {
        host: authority.or_else(|| text(headers, &header::HOST)),
        origin: text(headers, &header::ORIGIN),
        authorization: text(headers, &header::AUTHORIZATION),
        content_type: text(headers, &CONTENT_TYPE),
        signature: text(headers, &HeaderName::from_static("x-signature")),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// To `HEAD`, hyper sends the head of the same response.
fn into_response(reply: Reply) -> Response {
    let mut response = Response::new(axum::body::Body::from(reply.body));
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
