//! The wire of the Baofeng logo flasher: a web page reports its failures and successes, one a request, and shows the
//! number of flashed radios.

pub(crate) mod payload;

use askfirst_contract::{Json, write_text};

use super::{append_one, json_of, refuse};
use crate::ledger::{Answer, AppendError, Ledger, Question, StoredEvent};
use crate::outcome::{BodyFault, Outcome, Refused};
use crate::request::{Body, Reply, Request};
use crate::service::App;

pub(super) const ENDPOINTS: &str = "POST /event  POST /client-log  POST /increment  GET /metrics/flash-count";
/// The longest body, in code units of UTF-16.
const MAX_UNITS: usize = 40_000;

pub(super) fn knows(path: &str) -> bool {
    takes_body(path) || matches!(path, "/metrics/flash-count" | "/count" | "/recent" | "/health")
}

pub(super) fn takes_body(path: &str) -> bool {
    matches!(path, "/event" | "/client-log" | "/increment")
}

pub(super) async fn handle<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let origin = request.headers.origin.filter(|origin| !origin.is_empty());
    let allowed = origin.filter(|origin| app.contract.policy.allows_origin(origin));
    if origin.is_some() && allowed.is_none() {
        match (request.method, request.path) {
            ("OPTIONS", _) => return Reply::new(403, ""),
            ("POST", path) if takes_body(path) => {
                refuse(app, request, Refused::Origin).await;
                return error(403, "Origin not allowed");
            }
            ("GET" | "HEAD", "/metrics/flash-count" | "/count") => return error(403, "Origin not allowed"),
            _ => {}
        }
    }
    let reply = match (request.method, request.path) {
        ("OPTIONS", _) => Reply::new(204, ""),
        ("POST", path) if takes_body(path) => write(app, request).await,
        ("GET" | "HEAD", "/metrics/flash-count") => flash_count(app, r#"{"ok":true,"total":"#).await,
        ("GET" | "HEAD", "/count") => flash_count(app, r#"{"total":"#).await,
        ("GET" | "HEAD", "/recent") => return recent(app, request).await,
        ("GET" | "HEAD", "/health") => json(200, r#"{"ok":true,"service":"baofeng-log-intake"}"#),
        _ => error(404, "Not found"),
    };
    match allowed {
        Some(origin) => reply.header("access-control-allow-origin", origin.to_owned()).headers(&[
            ("vary", "Origin"),
            ("access-control-allow-methods", "POST, GET, OPTIONS"),
            ("access-control-allow-headers", "Content-Type, Authorization"),
            ("access-control-max-age", "86400"),
            // Browsers send a beacon of JSON with credentials, so only where this allows it; there are none here.
            ("access-control-allow-credentials", "true"),
        ]),
        None => reply,
    }
}

async fn write<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    let body = match body(app, request) {
        Ok(body) => body,
        Err(refused) => {
            let reply = match refused {
                Refused::Body(BodyFault::TooLarge) => error(413, "Payload too large"),
                Refused::Unauthorized => error(401, "Unauthorized"),
                _ => error(400, "Invalid JSON"),
            };
            refuse(app, request, refused).await;
            return reply;
        }
    };
    let candidate = match request.path {
        "/event" => payload::event(&app.contract, &body, request.now, is_operator(app, request)),
        "/client-log" => payload::client_log(&app.contract, &body, request.now),
        _ => payload::increment(&app.contract, &body, request.now, is_operator(app, request)),
    };
    let stored = match append_one(app, request, candidate).await {
        Ok(outcome @ (Outcome::Accepted | Outcome::Duplicate)) => outcome,
        other => return not_stored(&other),
    };
    let is_repetition = stored == Outcome::Duplicate;
    match request.path {
        "/event" => json(200, format!(r#"{{"ok":true,"deduped":{is_repetition}}}"#)),
        "/client-log" => json(200, r#"{"ok":true}"#),
        _ => {
            let Ok(total) = ask_flash_count(app).await else { return error(500, "Internal server error") };
            let deduped = if is_repetition { r#","deduped":true"# } else { "" };
            json(200, format!(r#"{{"total":{total}{deduped}}}"#))
        }
    }
}

/// The JSON of a body that is short enough, and signed where that is demanded.
fn body<'r, L>(app: &App<L>, request: &Request<'r>) -> Result<Json<'r>, Refused> {
    let Body::Complete(bytes) = request.body else { return Err(Refused::Body(BodyFault::TooLarge)) };
    let units: usize = String::from_utf8_lossy(bytes).chars().map(char::len_utf16).sum();
    if units > MAX_UNITS {
        return Err(Refused::Body(BodyFault::TooLarge));
    }
    if let Some(secret) = &app.secrets.signing_secret
        && !secret.signed(bytes, request.headers.signature.unwrap_or_default())
    {
        return Err(Refused::Unauthorized);
    }
    json_of(request.body).map_err(Refused::Body)
}

/// Whether the request bears the operator's token.
fn is_operator<L>(app: &App<L>, request: &Request<'_>) -> bool {
    let token = app.secrets.admin_token.as_ref();
    token.is_some_and(|token| request.headers.bearer().is_some_and(|given| token.is(given)))
}

fn not_stored(outcome: &Result<Outcome, AppendError>) -> Reply {
    match outcome {
        Ok(Outcome::Limited { retry_after, .. }) => {
            error(429, "Rate limit exceeded").header("retry-after", retry_after.to_string())
        }
        Ok(_) => error(400, "Invalid payload fields"),
        Err(AppendError::Unavailable { retry_after }) => {
            error(503, "Internal server error").header("retry-after", retry_after.to_string())
        }
        Err(AppendError::Unknown) => error(500, "Internal server error"),
    }
}

async fn ask_flash_count<L: Ledger>(app: &App<L>) -> Result<u64, crate::ledger::Unanswered> {
    app.ledger.answer(Question::FlashCount).await.and_then(Answer::count)
}

async fn flash_count<L: Ledger>(app: &App<L>, before: &str) -> Reply {
    match ask_flash_count(app).await {
        Ok(total) => json(200, format!("{before}{total}}}")),
        Err(_) => error(500, "Internal server error"),
    }
}

async fn recent<L: Ledger>(app: &App<L>, request: &Request<'_>) -> Reply {
    if app.secrets.admin_token.is_none() {
        return error(503, "ADMIN_TOKEN is not configured");
    }
    if !is_operator(app, request) {
        return error(401, "Unauthorized");
    }
    let limit = limit(request.parameter("limit").as_deref().unwrap_or("50"));
    let Ok(Answer::Events(events)) = app.ledger.answer(Question::Latest(&["client_log", "error"], limit)).await else {
        return error(500, "Internal server error");
    };
    let mut body = format!(r#"{{"ok":true,"count":{},"rows":["#, events.len()).into_bytes();
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        write_row(&mut body, event);
    }
    body.extend_from_slice(b"]}");
    json(200, body)
}

/// A limit as JavaScript's `Number` reads it: its floor from 1 to 200, and 50 where it is no number.
fn limit(text: &str) -> u32 {
    let text = text.trim();
    let number = if text.is_empty() { Some(0.0) } else { text.parse::<f64>().ok().filter(|n| n.is_finite()) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 200")]
    number.map_or(50, |number| number.floor().clamp(1.0, 200.0) as u32)
}

fn write_row(out: &mut Vec<u8>, event: &StoredEvent) {
    let fields = Json::parse(event.fields.as_bytes()).unwrap_or(Json::Null);
    let put = |out: &mut Vec<u8>, name: &str, value: &Json<'_>| {
        out.extend_from_slice(format!(r#","{name}":"#).as_bytes());
        value.write(out);
    };
    let field = |name: &str| fields.get(name).unwrap_or(&Json::Null);
    let is_one = |name: &str| Json::Bool(field(name).as_whole() == Some(1));
    out.extend_from_slice(br#"{"id":"#);
    write_text(out, &event.id);
    out.extend_from_slice(format!(r#","receivedAtMs":{}"#, event.received_at.0).as_bytes());
    put(out, "occurredAt", field("occurred_at"));
    put(out, "eventType", field("event_type"));
    put(out, "message", field("message"));
    put(out, "errorName", field("error_name"));
    put(out, "model", field("model"));
    put(out, "writeMode", &is_one("write_mode"));
    put(out, "connected", &is_one("connected"));
    put(out, "appVersion", field("app_version"));
    put(out, "pageUrl", &Json::Text("".into()));
    put(out, "logLines", field("log_lines"));
    out.push(b'}');
}

fn json(status: u16, body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(status, body)
        .headers(&[("content-type", "application/json; charset=utf-8"), ("cache-control", "no-store")])
}

fn error(status: u16, text: &str) -> Reply {
    json(status, format!(r#"{{"ok":false,"error":"{text}"}}"#))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_javascript_does() {
        for (text, read) in [
            ("1", 1),
            ("2.9", 2),
            ("", 1),
            (" 7 ", 7),
            ("0", 1),
            ("-5", 1),
            ("1e2", 100),
            ("1000", 200),
            ("abc", 50),
            ("NaN", 50),
            ("Infinity", 50),
        ] {
            assert_eq!(limit(text), read, "{text:?}");
        }
    }
}
