//! HTTP: the runtime's requests to the core's, and its replies back.

use askfirst_contract::Timestamp;
use askfirst_core::token::Grant;
use askfirst_core::{Access, Body, Headers, Reply, Request, Service};
use askfirst_encoding::Fault;
use futures_util::TryStreamExt as _;
use worker::{D1Database, Date, Response, ResponseBuilder};

use crate::config::Tokens;
use crate::ledger::D1Ledger;

/// Answers a request to the app.
pub(crate) async fn app(
    service: &Service<D1Ledger<D1Database>>,
    tokens: &Tokens,
    mut request: worker::Request,
) -> worker::Result<Response> {
    let now = now();
    let url = request.url()?;
    let method = request.inner().method();
    let header = |name: &str| request.headers().get(name).ok().flatten();
    let (host, origin, authorization) = (header("host"), header("origin"), header("authorization"));
    let (content_type, signature) = (header("content-type"), header("x-signature"));
    let encoding = header("content-encoding");
    let address = header("cf-connecting-ip").unwrap_or_else(|| "unknown".to_owned());
    let headers = Headers {
        host: host.as_deref(),
        origin: origin.as_deref(),
        authorization: authorization.as_deref(),
        content_type: content_type.as_deref(),
        signature: signature.as_deref(),
    };
    let route = service.route(url.path(), headers.host);
    let read = match route.body_limit(&method) {
        Some(limit) => {
            let read = read(&mut request, limit).await.ok_or(Fault::TooLarge);
            if route.is_native() { read.and_then(|body| decompress(body, encoding.as_deref(), limit)) } else { read }
        }
        None => Ok(Vec::new()),
    };
    let body = match &read {
        Ok(body) => Body::Complete(body),
        Err(Fault::TooLarge) => Body::TooLarge,
        Err(Fault::Unknown) => Body::UnknownEncoding,
        Err(Fault::Broken) => Body::BrokenEncoding,
    };
    let mut request = Request {
        method: &method,
        path: url.path(),
        query: url.query(),
        headers,
        body,
        access: Access::None,
        address: &address,
        now,
    };
    let scope = route.needs(&method).and_then(|_| tokens.scope(&request.token()?));
    let grant = scope.map(|scope| Grant { scope, apps: None });
    if let Some(grant) = &grant {
        request.access = Access::Granted(grant);
    }
    into_response(route.handle(&request).await)
}

/// Reads a body of at most so many bytes; `None` where it is longer. One that breaks off is read as far as it came: its
/// sender hears nothing any more.
async fn read(request: &mut worker::Request, limit: u64) -> Option<Vec<u8>> {
    // A request without a body has no stream.
    let Ok(mut stream) = request.stream() else { return Some(Vec::new()) };
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = stream.try_next().await {
        if (body.len() + chunk.len()) as u64 > limit {
            return None;
        }
        body.extend(chunk);
    }
    Some(body)
}

fn decompress(body: Vec<u8>, encoding: Option<&str>, limit: u64) -> Result<Vec<u8>, Fault> {
    let decompressed = askfirst_encoding::decompress(&body, encoding.map(str::as_bytes), limit)?;
    Ok(decompressed.unwrap_or(body))
}

/// The reply as the runtime sends it.
pub(crate) fn into_response(reply: Reply) -> worker::Result<Response> {
    let headers = worker::Headers::new();
    for (name, value) in &reply.headers {
        headers.append(name, value)?;
    }
    let response = ResponseBuilder::new().with_status(reply.status).with_headers(headers);
    // Some statuses may have no body, not even an empty one.
    Ok(if reply.body.is_empty() { response.empty() } else { response.fixed(reply.body) })
}

/// The time, which stands still while nothing is waited for.
pub(crate) fn now() -> Timestamp {
    Timestamp(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
}
