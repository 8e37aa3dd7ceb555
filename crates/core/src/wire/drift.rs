//! The wire of Drift: batches of up to 100 events, `POST /v1/events`. Its client drops a batch from its queue on a 2xx
//! only and repeats it for ever otherwise, so one bad event must never make a batch fail.

use std::collections::HashMap;

use askfirst_contract::{Day, Json, write_text};

use super::{append, json_of, refuse};
use crate::ledger::{Answer, AppendError, Candidate, Event, Key, Ledger, Question};
use crate::outcome::{BodyFault, Outcome, Refused};
use crate::request::{Reply, Request};
use crate::service::App;

pub(super) const ENDPOINTS: &str = "POST /v1/events  GET /v1/stats  GET /v1/health";
/// Days that the public figures reach back.
const PERIOD: i32 = 30;

pub(super) fn knows(path: &str) -> bool {
    takes_body(path) || matches!(path, "/v1/stats" | "/v1/health")
}

pub(super) fn takes_body(path: &str) -> bool {
    matches!(path, "/v1/events" | "/v1/feedback")
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    with_cors(match (request.method, request.path) {
        ("OPTIONS", _) => Reply::new(200, ""),
        ("POST", path) if takes_body(path) => events(app, request).await,
        ("GET" | "HEAD", "/v1/stats") => stats(app, request).await,
        ("GET" | "HEAD", "/v1/health") => health(app, request).await,
        _ => error(404, "Not found"),
    })
}

async fn events<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let max = app.contract.policy.max_batch as usize;
    let body = json_of(request.body);
    let (fault, reply) = match &body {
        Ok(body) => match events_of(body, request.path) {
            Some(events) if events.len() <= max => return batch(app, request, events).await,
            Some(_) => (BodyFault::TooManyEvents, error(400, &format!("Too many events: max {max} per batch"))),
            None => (BodyFault::Nothing, error(400, "Invalid request: events array required")),
        },
        Err(BodyFault::TooLarge) => (BodyFault::TooLarge, error(413, "Payload too large")),
        Err(fault) => (*fault, error(400, "Invalid JSON")),
    };
    refuse(app, request, Refused::Body(fault)).await;
    reply
}

/// The events of a body; to the address for feedback, an event may also come alone.
fn events_of<'b, 'j>(body: &'b Json<'j>, path: &str) -> Option<&'b [Json<'j>]> {
    match body.get("events") {
        Some(Json::List(events)) => Some(events),
        None if path == "/v1/feedback" && body.get("type").is_some() => Some(std::slice::from_ref(body)),
        _ => None,
    }
}

async fn batch<L: Ledger>(app: &App<L>, request: &Request<'_>, events: &[Json<'_>]) -> Reply {
    let mut candidates: Vec<Candidate> = events
        .iter()
        .map(|event| app.contract.check_typed(event, request.now).map(Event::from).map_err(Refused::Contract))
        .collect();
    let mut seen = HashMap::new();
    for event in candidates.iter_mut().flatten() {
        number(event, &mut seen);
    }
    if candidates.is_empty() {
        return json(200, r#"{"success":true,"eventsProcessed":0}"#);
    }
    encode(append(app, request, candidates).await)
}

/// Events carry no id: the key is a hash of the content, and among equal events of one request, which of them it is. A
/// bulk action rightly reports equal events, and a repeated batch finds each of them stored. `seen` tells how often each
/// content was there.
pub(crate) fn number(event: &mut Event, seen: &mut HashMap<String, u32>) {
    let Key::Once(id) = &mut event.key else { return };
    let number = seen.entry(id.clone()).or_default();
    if *number > 0 {
        *id = format!("{id}-{number}");
    }
    *number += 1;
}

fn encode(outcomes: Result<Vec<Outcome>, AppendError>) -> Reply {
    let outcomes = match outcomes {
        Ok(outcomes) => outcomes,
        Err(AppendError::Unavailable { retry_after }) => {
            return error(503, "Internal server error").header("retry-after", retry_after.to_string());
        }
        Err(AppendError::Unknown) => return error(500, "Internal server error"),
    };
    let mut rejected = Vec::new();
    let mut retry_after = None;
    for (index, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Outcome::Accepted | Outcome::Duplicate | Outcome::Refused(Refused::Forgotten) => {}
            Outcome::Limited { retry_after: seconds, .. } => retry_after = retry_after.max(Some(*seconds)),
            Outcome::Refused(refused) => rejected.push((index, reason(refused))),
        }
    }
    if let Some(seconds) = retry_after {
        // The client keeps the batch and sends it again; what was stored of it is a repetition then.
        let body = format!(r#"{{"error":"Rate limit exceeded","retry_after":{seconds}}}"#);
        return json(429, body).header("retry-after", seconds.to_string());
    }
    let mut body = format!(r#"{{"success":true,"eventsProcessed":{}"#, outcomes.len() - rejected.len()).into_bytes();
    for (number, (index, reason)) in rejected.iter().enumerate() {
        body.extend_from_slice(if number == 0 { br#","rejected":["# } else { b"," });
        body.extend_from_slice(format!(r#"{{"index":{index},"reason":"#).as_bytes());
        write_text(&mut body, reason);
        body.push(b'}');
    }
    body.extend_from_slice(if rejected.is_empty() { b"}" } else { b"]}" });
    json(200, body)
}

/// Which fields broke which rules; nothing of their values.
fn reason(refused: &Refused) -> String {
    match refused {
        Refused::Contract(refusal) => {
            let violation = |violation: &askfirst_contract::Violation| {
                let place = violation.pointer.trim_start_matches('/').replace('/', ".");
                format!("{}: {}", if place.is_empty() { "event" } else { &place }, violation.rule.name())
            };
            refusal.violations.iter().map(violation).collect::<Vec<_>>().join(", ")
        }
        Refused::TooManyTypes => "type: too many undeclared types today".to_owned(),
        Refused::Body(_) | Refused::Origin | Refused::Unauthorized | Refused::Forgotten => "event: refused".to_owned(),
    }
}

async fn stats<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let since = Day(request.now.day().0 - PERIOD);
    let Ok(Answer::Metrics(metrics)) = app.ledger.answer(Question::Metrics(since)).await else {
        return error(500, "Internal server error");
    };
    let total: u64 = metrics.iter().filter(|(name, _)| name.starts_with("events:")).map(|(_, sum)| sum).sum();
    let mut body = format!(r#"{{"period":"last_30_days","totalEvents":{total},"metrics":{{"#).into_bytes();
    for (index, (name, sum)) in metrics.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        write_text(&mut body, name);
        body.extend_from_slice(format!(":{sum}").as_bytes());
    }
    body.extend_from_slice(format!(r#"}},"generatedAt":"{}"}}"#, request.now).as_bytes());
    json(200, body)
}

async fn health<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let (status, word) = if app.ledger.is_healthy().await { (200, "healthy") } else { (503, "unhealthy") };
    json(status, format!(r#"{{"status":"{word}","timestamp":"{}"}}"#, request.now))
}

fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(status, body).header("content-type", "application/json")
}

fn error(status: u16, text: &str) -> Reply {
    json(status, format!(r#"{{"error":"{text}"}}"#))
}

fn with_cors(reply: Reply) -> Reply {
    reply.headers(&[
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, POST, OPTIONS"),
        ("access-control-allow-headers", "Content-Type"),
    ])
}
