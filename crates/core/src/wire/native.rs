//! The native wire, for new tools: `POST /api/v1/{app}/events` takes one event, an array, `{"events": [...]}` or one event
//! a line, and answers with one verdict an event. Only what is wrong with the request as a whole is an error (RFC 9457).

mod contracts;
pub(crate) mod installs;
mod page;
mod public;
pub(crate) mod reads;

use askfirst_contract::{Contract, Json, Violation, html_policy};
use serde_json::{Value, json};

use super::{Wire, append, refuse};
use crate::ledger::{AppendError, Candidate, Ledger};
use crate::outcome::{BodyFault, Outcome, Refused};
use crate::request::{Body, Reply, Request};
use crate::service::App;

pub(super) const ENDPOINTS: &str = "POST /events  GET /contract";
/// The header that tells the version of the contract in force.
pub const HASH_HEADER: &str = "askfirst-contract";
/// Of what anybody may read. It changes seldom; an hour is how long a change takes to be seen.
const CACHED: &str = "public, max-age=3600";

pub(super) fn knows(path: &str) -> bool {
    takes_body(path) || path == "/contract" || is_public(path)
}

/// Whether anybody may read it, and any page may show it.
fn is_public(path: &str) -> bool {
    contracts::knows(path) || page::knows(path) || public::knows(path)
}

pub(super) fn takes_body(path: &str) -> bool {
    path == "/events"
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let origin = request.headers.origin.filter(|origin| !origin.is_empty());
    let allowed = origin.filter(|origin| app.contract.policy.allows_origin(origin));
    if is_public(request.path) {
        return public_reply(app, request).await;
    }
    let reply = match (request.method, request.path) {
        (_, "/events") if app.wire != Wire::Native => {
            problem(404, "no_events_here", "the clients of this app send their events elsewhere; see GET /api")
        }
        ("OPTIONS", path) if knows(path) => options(path),
        ("POST", "/events") if origin.is_some() && allowed.is_none() => {
            refuse(app, request, Refused::Origin).await;
            problem(403, "origin", "the contract allows no events from web pages of this origin")
        }
        ("POST", "/events") => events(app, request).await,
        ("GET" | "HEAD", "/contract") => json_reply(200, &app.contract.to_json()),
        (_, path) if knows(path) => method_not_allowed(path),
        _ => not_found(),
    };
    with_cors(reply.header(HASH_HEADER, app.contract_hash.clone()), request.method, allowed)
}

async fn public_reply<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match (request.method, request.path) {
        ("GET" | "HEAD", path) if public::knows(path) => public::read(app, request).await,
        ("GET" | "HEAD", path) if page::knows(path) => page::read(app, request).await,
        ("GET" | "HEAD", _) => contracts::read(app).await,
        ("OPTIONS", path) => options(path),
        (_, path) => method_not_allowed(path),
    };
    reply.header("access-control-allow-origin", "*").header(HASH_HEADER, app.contract_hash.clone())
}

/// The methods that a path takes, as the header `Allow` tells them.
fn methods(path: &str) -> &'static str {
    match path {
        "/events" => "POST, OPTIONS",
        path if installs::knows(path) => "GET, HEAD, DELETE, OPTIONS",
        _ => "GET, HEAD, OPTIONS",
    }
}

/// The answer to `OPTIONS`.
fn options(path: &str) -> Reply {
    Reply::new(204, "").header("allow", methods(path))
}

/// The answer where a store can't be read.
fn unreadable(what: &str) -> Reply {
    problem(500, "unreadable", &format!("{what} can't be read; the server's log tells why"))
}

fn method_not_allowed(path: &str) -> Reply {
    problem(405, "method_not_allowed", "this path takes another method").header("allow", methods(path))
}

fn not_found() -> Reply {
    problem(404, "not_found", "there is nothing here; events go to /api/v1/{app}/events")
}

/// The answer where there is no such app; it names no others.
pub(crate) fn unknown_app() -> Reply {
    problem(404, "unknown_app", "there is no app of this name here")
}

fn with_cors(reply: Reply, method: &str, allowed: Option<&str>) -> Reply {
    // Also where none is allowed: a cache must not give that answer to a page that is.
    let reply = reply.header("vary", "Origin");
    let Some(origin) = allowed else { return reply };
    let reply = reply
        .header("access-control-allow-origin", origin.to_owned())
        .header("access-control-expose-headers", "askfirst-contract, retry-after");
    if method != "OPTIONS" {
        return reply;
    }
    reply.headers(&[
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        ("access-control-allow-headers", "Content-Type, Content-Encoding"),
        ("access-control-max-age", "86400"),
    ])
}

async fn events<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let (candidates, types): (Vec<_>, Vec<_>) = match candidates(&app.contract, request) {
        Ok(candidates) => candidates.into_iter().unzip(),
        Err(Envelope::Unread(reply)) => return reply,
        Err(Envelope::Wrong(fault)) => {
            refuse(app, request, Refused::Body(fault)).await;
            return body_problem(fault, request.body, &app.contract);
        }
    };
    if candidates.is_empty() {
        return json_reply(200, &json!({ "verdicts": [] }));
    }
    match append(app, request, candidates).await {
        Ok(outcomes) => {
            let verdict = |(outcome, name): (_, &RefusedType)| verdict(&app.contract, name.as_deref(), outcome);
            let verdicts: Vec<_> = outcomes.iter().zip(&types).map(verdict).collect();
            json_reply(200, &json!({ "verdicts": verdicts }))
        }
        Err(error) => append_error(error),
    }
}

fn append_error(error: AppendError) -> Reply {
    match error {
        AppendError::Unavailable { retry_after } => {
            problem(503, "unavailable", "nothing was stored; send the same again later")
                .header("retry-after", retry_after.to_string())
        }
        AppendError::Unknown => problem(500, "unknown", "send the same again; nothing is stored twice"),
    }
}

/// Why a request has no events to decide.
enum Envelope {
    /// The body is wrong as a whole.
    Wrong(BodyFault),
    /// The body never came to an end, so there is nothing to count.
    Unread(Reply),
}

impl Envelope {
    fn unread(status: u16, code: &'static str, detail: &str) -> Self {
        // What comes after such a body can't be told from it.
        Self::Unread(problem(status, code, detail).header("connection", "close"))
    }
}

/// The type that an event which breaks the contract names, for hints.
type RefusedType = Option<String>;

/// The events of a request, each checked.
fn candidates(contract: &Contract, request: &Request<'_>) -> Result<Vec<(Candidate, RefusedType)>, Envelope> {
    let bytes = match request.body {
        Body::Complete(bytes) => bytes,
        Body::TooLarge => return Err(Envelope::Wrong(BodyFault::TooLarge)),
        Body::UnknownEncoding | Body::BrokenEncoding => return Err(Envelope::Wrong(BodyFault::Encoding)),
        Body::TooSlow => return Err(Envelope::unread(408, "too_slow", "the body took too long to come")),
        Body::BrokenOff => return Err(Envelope::unread(400, "broken_off", "the body came to no end")),
    };
    let is_lines = is_ndjson(request.headers.content_type.unwrap_or_default());
    let max = contract.policy.max_batch as usize;
    let check = |event: &Json<'_>| match contract.check_typed(event, request.now) {
        Ok(checked) => (Ok(checked.into()), None),
        Err(refusal) => (Err(Refused::Contract(refusal)), type_of(event)),
    };
    let no_json = || (Err(Refused::Body(BodyFault::NotJson)), None);
    let events = read_events(bytes, is_lines, max).map_err(Envelope::Wrong)?;
    Ok(events.iter().map(|event| event.as_ref().map_or_else(no_json, check)).collect())
}

/// The events of a body: one, an array, `{"events": [...]}`, or one a line, of which one that is not JSON is `None`.
/// `is_lines` says that they are lines; where it does not, the first of several has to show it.
///
/// # Errors
///
/// What is wrong with the body as a whole, such as more than `max` events. They are counted before they are checked: what
/// is wrong with thousands of events takes more memory than they do.
pub fn read_events(bytes: &[u8], is_lines: bool, max: usize) -> Result<Vec<Option<Json<'_>>>, BodyFault> {
    let events: Vec<_> = match Json::parse(bytes) {
        Ok(json) if !is_lines => events_of(json)?.into_iter().map(Some).collect(),
        _ => lines_of(bytes, is_lines, max)?,
    };
    if events.len() > max { Err(BodyFault::TooManyEvents) } else { Ok(events) }
}

fn type_of(event: &Json<'_>) -> RefusedType {
    match event.get("type") {
        Some(Json::Text(name)) => Some(name.clone().into_owned()),
        _ => None,
    }
}

/// Whether a content type says that every line is an event.
fn is_ndjson(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|essence| {
        ["application/x-ndjson", "application/ndjson", "application/jsonl"]
            .iter()
            .any(|lines| essence.trim().eq_ignore_ascii_case(lines))
    })
}

/// The events in a JSON body: one, an array, or `{"events": [...]}`.
fn events_of(json: Json<'_>) -> Result<Vec<Json<'_>>, BodyFault> {
    match json {
        Json::List(events) => Ok(events),
        Json::Object(mut members) => {
            let is_event = members.iter().any(|(name, _)| name == "type");
            let events = members.iter().rposition(|(name, _)| name == "events").filter(|_| !is_event);
            match events.map(|index| &mut members[index].1) {
                Some(Json::List(events)) => Ok(std::mem::take(events)),
                _ => Ok(vec![Json::Object(members)]),
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => Err(BodyFault::Nothing),
    }
}

/// The lines that hold anything, up to one more than are allowed. Where the content type does not say that they are
/// events, the first of several has to show it.
fn lines_of(bytes: &[u8], is_lines: bool, max: usize) -> Result<Vec<Option<Json<'_>>>, BodyFault> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.take(max.saturating_add(1)).map(|line| Json::parse(line).ok()).collect();
    let are_events = lines.len() > 1 && matches!(lines.first(), Some(Some(Json::Object(_))));
    if is_lines || are_events { Ok(lines) } else { Err(BodyFault::NotJson) }
}

/// What became of one event, as its client is told. `name` is the type that the event names.
#[must_use]
pub fn verdict(contract: &Contract, name: Option<&str>, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Limited { retry_after, .. } => {
            json!({ "outcome": outcome.name(), "limit": outcome.reason(), "retry_after": retry_after })
        }
        Outcome::Refused(refused) => {
            json!({ "outcome": outcome.name(), "violations": violations(contract, name, refused) })
        }
        Outcome::Accepted | Outcome::Duplicate => json!({ "outcome": outcome.name() }),
    }
}

fn violations(contract: &Contract, name: Option<&str>, refused: &Refused) -> Vec<Value> {
    let told = |rule: &str, hint: &str| vec![json!({ "pointer": "", "rule": rule, "hint": hint })];
    match refused {
        Refused::Contract(refusal) => {
            let told = |broken: &Violation| {
                let hint = contract.hint(name, broken);
                json!({ "pointer": broken.pointer, "rule": broken.rule.name(), "hint": hint })
            };
            refusal.violations.iter().map(told).collect()
        }
        Refused::Body(_) => told("not_json", "must be JSON"),
        Refused::TooManyTypes => told("too_many_types", "too many undeclared types of events were sent today"),
        Refused::Forgotten => told("forgotten", "this install was erased; send nothing more under its id"),
        Refused::Origin | Refused::Unauthorized => told("refused", "may not be sent"),
    }
}

fn body_problem(fault: BodyFault, body: Body<'_>, contract: &Contract) -> Reply {
    match (fault, body) {
        (BodyFault::TooLarge, _) => {
            let detail = format!("at most {} in one request, decompressed as well", contract.policy.max_body);
            problem(413, "too_large", &detail)
        }
        (BodyFault::Encoding, Body::UnknownEncoding) => {
            problem(415, "unknown_encoding", "bodies may be compressed with gzip, deflate or zstd")
                .header("accept-encoding", "gzip, deflate, zstd")
        }
        (BodyFault::Encoding, _) => problem(400, "broken_encoding", "the body can't be decompressed"),
        (BodyFault::TooManyEvents, _) => {
            let max = contract.policy.max_batch;
            problem(413, "too_many_events", &format!("at most {max} events in one request; send several"))
        }
        (BodyFault::NotJson, _) => problem(400, "not_json", "the body is not JSON"),
        _ => problem(400, "no_events", "send one event, an array, {\"events\": [...]} or one event a line"),
    }
}

/// A problem with the request as a whole, as RFC 9457 has it.
fn problem(status: u16, code: &'static str, detail: &str) -> Reply {
    problem_with(status, code, detail, [])
}

/// The same with members of its own.
#[must_use]
pub fn problem_with<const N: usize>(
    status: u16,
    code: &'static str,
    detail: &str,
    members: [(&'static str, Value); N],
) -> Reply {
    let title = match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        415 => "Unsupported Media Type",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    let mut body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail, "code": code });
    for (name, value) in members {
        body[name] = value;
    }
    Reply::new(status, body.to_string()).header("content-type", "application/problem+json")
}

/// A document of [`askfirst_contract::html_document`], which no other page may frame: a document can't say that itself.
fn html_reply(status: u16, document: String) -> Reply {
    Reply::new(status, document)
        .header("content-type", "text/html; charset=utf-8")
        .header("content-security-policy", format!("{}; frame-ancestors 'none'", html_policy()))
        .header("x-content-type-options", "nosniff")
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::new(status, body.to_string()).header("content-type", "application/json")
}
