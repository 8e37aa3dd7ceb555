//! The native wire, for new tools: `POST /api/v1/{app}/events` takes one event, an array, `{"events": [...]}` or one event
//! a line, and answers with one verdict an event. Only what is wrong with the request as a whole is an error (RFC 9457).

use askfirst_contract::{Contract, Json, Violation};
use serde_json::{Value, json};

use super::{Wire, append, refuse};
use crate::ledger::{AppendError, Candidate, Event, Ledger};
use crate::outcome::{BodyFault, Outcome, Refused};
use crate::request::{Body, Reply, Request};
use crate::service::App;

pub(super) const ENDPOINTS: &str = "POST /events  GET /contract";
/// The header that tells the version of the contract in force.
pub const HASH_HEADER: &str = "askfirst-contract";

pub(super) fn knows(path: &str) -> bool {
    takes_body(path) || path == "/contract"
}

pub(super) fn takes_body(path: &str) -> bool {
    path == "/events"
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let origin = request.headers.origin.filter(|origin| !origin.is_empty());
    let origins = &app.contract.policy.allowed_origins;
    let allowed = origin.filter(|origin| origins.iter().any(|allowed| allowed == origin || allowed == "*"));
    let reply = match (request.method, request.path) {
        ("OPTIONS", _) => Reply::new(204, ""),
        ("POST", "/events") if app.wire == Wire::Native => {
            if origin.is_some() && allowed.is_none() {
                refuse(app, request, Refused::Origin).await;
                problem(403, "origin", "the contract allows no events from web pages of this origin")
            } else {
                events(app, request).await
            }
        }
        ("GET" | "HEAD", "/contract") => json_reply(200, &app.contract.to_json()),
        (_, "/events" | "/contract") => {
            let allow = if request.path == "/events" { "POST, OPTIONS" } else { "GET, HEAD, OPTIONS" };
            problem(405, "method_not_allowed", "this path takes another method").header("allow", allow)
        }
        _ => problem(404, "not_found", "there is nothing here; events go to /api/v1/{app}/events"),
    };
    with_cors(reply.header(HASH_HEADER, app.contract.hash()), allowed)
}

/// The answer where there is no such app; it names no others.
pub(crate) fn unknown_app() -> Reply {
    problem(404, "unknown_app", "there is no app of this name here")
}

fn with_cors(reply: Reply, allowed: Option<&str>) -> Reply {
    let Some(origin) = allowed else { return reply };
    reply.header("access-control-allow-origin", origin.to_owned()).headers(&[
        ("vary", "Origin"),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        ("access-control-allow-headers", "Content-Type, Content-Encoding"),
        ("access-control-expose-headers", "askfirst-contract, retry-after"),
        ("access-control-max-age", "86400"),
    ])
}

async fn events<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let max = app.contract.policy.max_batch as usize;
    let content_type = request.headers.content_type.unwrap_or_default();
    let candidates = body(request.body).and_then(|bytes| candidates(&app.contract, bytes, content_type, request));
    let candidates = match candidates {
        Ok(candidates) if candidates.len() <= max => candidates,
        Ok(_) => {
            refuse(app, request, Refused::Body(BodyFault::TooManyEvents)).await;
            return problem(413, "too_many_events", &format!("at most {max} events in one request; send several"));
        }
        Err(fault) => {
            refuse(app, request, Refused::Body(fault)).await;
            return body_problem(fault, request.body, &app.contract);
        }
    };
    if candidates.is_empty() {
        return json_reply(200, &json!({ "verdicts": [] }));
    }
    match append(app, request, candidates).await {
        Ok(outcomes) => {
            let verdicts: Vec<_> = outcomes.iter().map(|outcome| verdict(&app.contract, outcome)).collect();
            json_reply(200, &json!({ "verdicts": verdicts }))
        }
        Err(AppendError::Unavailable { retry_after }) => {
            problem(503, "unavailable", "nothing was stored; send the same events again later")
                .header("retry-after", retry_after.to_string())
        }
        Err(AppendError::Unknown) => problem(500, "unknown", "send the same events again; none is stored twice"),
    }
}

fn body(body: Body<'_>) -> Result<&[u8], BodyFault> {
    match body {
        Body::Complete(bytes) => Ok(bytes),
        Body::TooLarge => Err(BodyFault::TooLarge),
        Body::UnknownEncoding | Body::BrokenEncoding => Err(BodyFault::Encoding),
    }
}

/// The events of a body, each checked. Several lines of which each is JSON are as many events.
fn candidates(
    contract: &Contract,
    bytes: &[u8],
    content_type: &str,
    request: &Request<'_>,
) -> Result<Vec<Candidate>, BodyFault> {
    let check = |event: &Json<'_>| contract.check_typed(event, request.now).map(Event::from).map_err(Refused::Contract);
    let is_lines = content_type.split(';').next().is_some_and(|essence| {
        ["application/x-ndjson", "application/ndjson", "application/jsonl"]
            .iter()
            .any(|lines| essence.trim().eq_ignore_ascii_case(lines))
    });
    match Json::parse(bytes) {
        Ok(json) if !is_lines => match &json {
            Json::List(events) => Ok(events.iter().map(check).collect()),
            Json::Object(_) => match (json.get("type"), json.get("events")) {
                (None, Some(Json::List(events))) => Ok(events.iter().map(check).collect()),
                _ => Ok(vec![check(&json)]),
            },
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => Err(BodyFault::Nothing),
        },
        _ => {
            let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
            let events: Vec<_> = lines.map(Json::parse).collect();
            let first_is_event = matches!(events.first(), Some(Ok(Json::Object(_))));
            if !is_lines && (events.len() < 2 || !first_is_event) {
                return Err(BodyFault::NotJson);
            }
            let event = |event: &Result<Json<'_>, _>| match event {
                Ok(event) => check(event),
                Err(_) => Err(Refused::Body(BodyFault::NotJson)),
            };
            Ok(events.iter().map(event).collect())
        }
    }
}

/// What became of one event, as its client is told.
pub(crate) fn verdict(contract: &Contract, outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Limited { scope, retry_after } => {
            let _ = scope;
            json!({ "outcome": outcome.name(), "limit": outcome.reason(), "retry_after": retry_after })
        }
        Outcome::Refused(refused) => json!({ "outcome": outcome.name(), "violations": violations(contract, refused) }),
        Outcome::Accepted | Outcome::Duplicate => json!({ "outcome": outcome.name() }),
    }
}

fn violations(contract: &Contract, refused: &Refused) -> Vec<Value> {
    let told = |rule: &str, hint: &str| vec![json!({ "pointer": "", "rule": rule, "hint": hint })];
    match refused {
        Refused::Contract(refusal) => refusal.violations.iter().map(|broken| violation(contract, broken)).collect(),
        Refused::Body(_) => told("not_json", "must be JSON"),
        Refused::TooManyTypes => told("too_many_types", "too many undeclared types of events were sent today"),
        Refused::Origin | Refused::Unauthorized => told("refused", "may not be sent"),
    }
}

fn violation(_contract: &Contract, violation: &Violation) -> Value {
    json!({ "pointer": violation.pointer, "rule": violation.rule.name(), "hint": violation.rule.name() })
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
        (BodyFault::NotJson, _) => problem(400, "not_json", "the body is not JSON"),
        _ => problem(400, "no_events", "send one event, an array, {\"events\": [...]} or one event a line"),
    }
}

/// A problem with the request as a whole, as RFC 9457 has it.
fn problem(status: u16, code: &'static str, detail: &str) -> Reply {
    let title = match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    };
    let body = json!({ "type": "about:blank", "title": title, "status": status, "detail": detail, "code": code });
    Reply::new(status, body.to_string()).header("content-type", "application/problem+json")
}

fn json_reply(status: u16, body: &Value) -> Reply {
    Reply::new(status, body.to_string()).header("content-type", "application/json")
}
