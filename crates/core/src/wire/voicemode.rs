//! The wire of VoiceMode: one report a request, `POST /telemetry`. Its client treats 200 as sent, 429 as "later", and
//! anything else as "try again".

use askfirst_contract::{Json, Refusal, Rule, write_text};

use super::{append_one, json_of};
use crate::ledger::{AppendError, Event, Key, Ledger};
use crate::outcome::{BodyFault, Outcome, Refused, Scope};
use crate::request::{Body, Reply, Request};
use crate::service::App;

pub(super) const ENDPOINTS: &str = "POST /telemetry";
const EVENT_TYPE: &str = "usage_report";

pub(super) fn knows(path: &str) -> bool {
    path == "/telemetry"
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    if request.method == "OPTIONS" {
        return with_cors(Reply::new(204, ""));
    }
    if request.method != "POST" || !knows(request.path) {
        return with_cors(Reply::new(404, "Not Found").plain_text());
    }
    let contract = &app.contract;
    let candidate = report(request.body).map_err(Refused::Body).and_then(|report| match contract.event(EVENT_TYPE) {
        Some(event_type) => contract.check(event_type, &report, request.now).map_err(Refused::Contract),
        None => Err(Refused::Body(BodyFault::Nothing)),
    });
    let candidate = candidate.map(Event::from);
    let event_id = match &candidate {
        Ok(Event { key: Key::Once(event_id), .. }) => event_id.clone(),
        _ => String::new(),
    };
    encode(&event_id, append_one(app, request, candidate).await)
}

/// The report in a body. What the original service took for missing is missing: `null`, `false`, 0 and "".
fn report(body: Body<'_>) -> Result<Json<'_>, BodyFault> {
    let json = json_of(body)?;
    let nothing = match &json {
        Json::Null | Json::Bool(false) => true,
        Json::Number(_) => json.as_f64() == Some(0.0),
        Json::Text(text) => text.is_empty(),
        Json::Bool(true) | Json::List(_) | Json::Object(_) => false,
    };
    if nothing { Err(BodyFault::Nothing) } else { Ok(json) }
}

fn encode(event_id: &str, outcome: Result<Outcome, AppendError>) -> Reply {
    with_cors(match outcome {
        Ok(Outcome::Accepted) => {
            let mut body = br#"{"status":"ok","event_id":"#.to_vec();
            write_text(&mut body, event_id);
            body.push(b'}');
            json(200, body)
        }
        // Of an install that was erased, a spool may come late: its client is to forget it, and not to learn more.
        Ok(Outcome::Duplicate | Outcome::Refused(Refused::Forgotten)) => {
            json(200, r#"{"status":"ok","message":"Event already recorded"}"#)
        }
        Ok(Outcome::Limited { scope, retry_after }) => {
            let whose = match scope {
                Scope::Install => "telemetry ID",
                Scope::Address => "IP address",
            };
            let body = format!(r#"{{"error":"Rate limit exceeded for {whose}","retry_after":{retry_after}}}"#);
            json(429, body).header("retry-after", retry_after.to_string())
        }
        Ok(Outcome::Refused(Refused::Body(BodyFault::TooLarge))) => error(413, "Payload too large"),
        Ok(Outcome::Refused(Refused::Body(BodyFault::NotJson))) => error(400, "Invalid JSON"),
        Ok(Outcome::Refused(Refused::Contract(refusal))) => error(400, &first_violation(&refusal)),
        Ok(Outcome::Refused(_)) => error(400, "Missing payload"),
        Err(AppendError::Unavailable { retry_after }) => {
            error(503, "Internal server error").header("retry-after", retry_after.to_string())
        }
        Err(AppendError::Unknown) => error(500, "Internal server error"),
    })
}

/// The text for the first rule a report breaks.
fn first_violation(refusal: &Refusal) -> String {
    let Some(violation) = refusal.violations.first() else { return String::new() };
    let path = violation.pointer.trim_start_matches('/').replace('/', ".");
    match (path.as_str(), violation.rule) {
        ("telemetry_id", Rule::Format) => "Invalid telemetry_id format (must be UUID)".to_owned(),
        ("timestamp", Rule::Format) => "Invalid timestamp format (must be ISO 8601)".to_owned(),
        ("timestamp", Rule::Future) => "Timestamp too far in the future".to_owned(),
        ("timestamp", Rule::Past) => "Timestamp too old (max 90 days)".to_owned(),
        // A report that is no object has no event_id either.
        ("", _) => "Invalid or missing event_id".to_owned(),
        ("environment" | "usage", _) => format!("Invalid or missing {path} object"),
        (
            "event_id"
            | "telemetry_id"
            | "timestamp"
            | "environment.os"
            | "environment.version"
            | "usage.total_sessions",
            _,
        ) => format!("Invalid or missing {path}"),
        _ => format!("Invalid {path}"),
    }
}

fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(status, body).header("content-type", "application/json")
}

fn error(status: u16, text: &str) -> Reply {
    let mut body = br#"{"error":"#.to_vec();
    write_text(&mut body, text);
    body.push(b'}');
    json(status, body)
}

fn with_cors(reply: Reply) -> Reply {
    reply
        .header("access-control-allow-origin", "*")
        .header("access-control-allow-methods", "POST, OPTIONS")
        .header("access-control-allow-headers", "Content-Type")
        .header("access-control-max-age", "86400")
}
