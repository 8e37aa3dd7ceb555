//! The wire of domscribe: one record a week and session, `POST /v1/session`, fire and forget, and the operator's question
//! how many there are of a week.

use askfirst_contract::IsoWeek;

use super::{append_one, json_of, refuse};
use crate::ledger::{AppendError, Candidate, Event, Key, Ledger, Question};
use crate::outcome::{BodyFault, Outcome, Refused};
use crate::request::{Body, Reply, Request, SAFE};
use crate::service::App;

pub(super) const ENDPOINTS: &str = "POST /v1/session  GET /v1/wau/{week}  GET /healthz";
const EVENT_TYPE: &str = "session";
const WEEKS: &str = "/v1/wau/";

/// `/healthz` is the host's as well, and answered by it before.
pub(super) fn knows(path: &str) -> bool {
    takes_body(path) || path.starts_with(WEEKS)
}

pub(super) fn takes_body(path: &str) -> bool {
    path == "/v1/session"
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let reply = match (request.method, request.path) {
        ("POST", "/v1/session") => session(app, request).await,
        (_, "/v1/session") => text(405, "method not allowed").header("allow", "POST"),
        ("GET" | "HEAD", "/healthz") => text(200, "ok"),
        ("GET" | "HEAD", path) if path.starts_with(WEEKS) => weekly_sessions(app, request).await,
        _ => text(404, "not found"),
    };
    reply.headers(&SAFE)
}

async fn session<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let fault = if is_json(request.headers.content_type.unwrap_or_default()) {
        match request.body {
            Body::TooLarge => Some(BodyFault::TooLarge),
            _ => None,
        }
    } else {
        Some(BodyFault::MediaType)
    };
    if let Some(fault) = fault {
        refuse(app, request, Refused::Body(fault)).await;
        return match fault {
            BodyFault::TooLarge => text(413, "payload too large"),
            _ => text(415, "unsupported media type"),
        };
    }
    encode(&append_one(app, request, candidate(app, request)).await)
}

/// Whether a content type is `application/json`, with any parameters.
fn is_json(content_type: &str) -> bool {
    content_type.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn candidate<L>(app: &App<L>, request: &Request<'_>) -> Candidate {
    let json = json_of(request.body).map_err(Refused::Body)?;
    let event_type = app.contract.event(EVENT_TYPE).ok_or(Refused::Body(BodyFault::Nothing))?;
    let checked = app.contract.check(event_type, &json, request.now).map_err(Refused::Contract)?;
    // The week of receipt: nobody outside can forge it.
    let week = request.now.day().iso_week();
    Ok(Event { key: Key::Latest(format!("{week}:{}", checked.event_id)), checked })
}

fn encode(outcome: &Result<Outcome, AppendError>) -> Reply {
    match outcome {
        Ok(Outcome::Accepted | Outcome::Duplicate | Outcome::Refused(Refused::Forgotten)) => Reply::new(204, ""),
        Ok(Outcome::Limited { retry_after, .. }) => {
            text(429, "too many requests").header("retry-after", retry_after.to_string())
        }
        Ok(Outcome::Refused(Refused::Body(BodyFault::NotJson | BodyFault::Encoding))) => text(400, "invalid json"),
        Ok(Outcome::Refused(_)) => text(400, "invalid payload"),
        Err(AppendError::Unavailable { retry_after }) => {
            text(503, "Internal server error").header("retry-after", retry_after.to_string())
        }
        Err(AppendError::Unknown) => text(500, "Internal server error"),
    }
}

async fn weekly_sessions<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let Some(token) = &app.secrets.read_token else { return text(404, "not found") };
    let given = request.token().unwrap_or_default();
    if !token.is(&given) {
        return text(403, "forbidden");
    }
    let Some(week) = request.path.strip_prefix(WEEKS).and_then(IsoWeek::parse) else {
        return text(400, "invalid week");
    };
    match app.ledger.answer(Question::WeeklySessions(week)).await.and_then(crate::ledger::Answer::count) {
        Ok(count) => Reply::new(200, format!(r#"{{"week":"{week}","weekly_active_sessions":{count}}}"#))
            .header("content-type", "application/json; charset=utf-8"),
        Err(_) => text(500, "Internal server error"),
    }
}

fn text(status: u16, text: &str) -> Reply {
    Reply::new(status, text).plain_text()
}
