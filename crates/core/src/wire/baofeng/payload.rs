//! From what the page sends to an event of the contract.

use std::borrow::Cow;

use askfirst_contract::{Contract, Json, Timestamp};

use crate::ledger::{Candidate, Event, Key};
use crate::outcome::{BodyFault, Refused};

/// Lines of the page's log that are kept: the last.
const MAX_LINES: usize = 80;
/// What stands in the place of a value that breaks a rule the contract can't know: no field takes it.
const WRONG: Json<'static> = Json::Bool(false);

/// What `POST /event` sends.
pub(crate) fn event(contract: &Contract, body: &Json<'_>, now: Timestamp, is_operator: bool) -> Candidate {
    let is_success = body.get("event_type").and_then(Json::as_text) == Some("flash_success");
    let Json::Object(members) = body else { return check(contract, "error", body, now).map(always) };
    let mut members = fields_of(members, false);
    for (key, value) in &mut members {
        // Absent is 0, but this is not absent.
        if matches!(&**key, "write_mode" | "connected") && *value == Json::Null {
            *value = WRONG;
        }
    }
    members.push(("metadata".into(), metadata(body.get("metadata_json"))));
    let body = Json::Object(members);
    if !is_success {
        return check(contract, "error", &body, now).map(always);
    }
    let checked = check(contract, "flash_success", &body, now)?;
    let session = body.get("session_id").and_then(Json::as_text).unwrap_or_default();
    if is_baseline(session) && !is_operator {
        return Err(Refused::Unauthorized);
    }
    Ok(Event { key: Key::Once(flash_id(session)), checked })
}

/// What `POST /client-log` sends.
pub(crate) fn client_log(contract: &Contract, body: &Json<'_>, now: Timestamp) -> Candidate {
    let checked = match body {
        Json::Object(members) => check(contract, "client_log", &Json::Object(fields_of(members, true)), now),
        body => check(contract, "client_log", body, now),
    };
    checked.map(always)
}

/// What `POST /increment` sends: counts a session unless its event did.
pub(crate) fn increment(contract: &Contract, body: &Json<'_>, now: Timestamp, is_operator: bool) -> Candidate {
    let session = body.get("sessionId").cloned().unwrap_or(Json::Null);
    let event = Json::Object(vec![("session_id".into(), session)]);
    let checked = check(contract, "flash_increment", &event, now)?;
    let session = event.get("session_id").and_then(Json::as_text).unwrap_or_default();
    if is_baseline(session) && !is_operator {
        return Err(Refused::Unauthorized);
    }
    Ok(Event { key: Key::Unless(format!("increment:{session}"), flash_id(session)), checked })
}

/// The idempotency key of a session's success.
fn flash_id(session: &str) -> String {
    format!("flash:{session}")
}

/// Whether a session of baofeng's is the operator's, who sets the counter with it.
#[must_use]
pub fn is_baseline(session: &str) -> bool {
    session.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("baseline-"))
}

fn check(
    contract: &Contract,
    event_type: &str,
    body: &Json<'_>,
    now: Timestamp,
) -> Result<askfirst_contract::CheckedEvent, Refused> {
    let event_type = contract.event(event_type).ok_or(Refused::Body(BodyFault::Nothing))?;
    contract.check(event_type, body, now).map_err(Refused::Contract)
}

/// An event of which every one counts.
fn always(checked: askfirst_contract::CheckedEvent) -> Event {
    Event { checked, key: Key::Always }
}

/// The members of a payload, with the lines of the log as a list.
fn fields_of<'j>(members: &[(Cow<'j, str>, Json<'j>)], is_lenient: bool) -> Vec<(Cow<'j, str>, Json<'j>)> {
    let is_line = |key: &str| matches!(key, "log_lines_json" | "metadata_json");
    let mut fields: Vec<_> = members.iter().filter(|(key, _)| !is_line(key)).cloned().collect();
    let lines = members.iter().rev().find(|(key, _)| key == "log_lines_json").map(|(_, value)| value);
    let lines = match log_lines(lines) {
        None if is_lenient => Json::List(Vec::new()),
        lines => lines.unwrap_or(WRONG),
    };
    fields.push(("log_lines".into(), lines));
    fields
}

/// The last lines of a log that is sent as the text of a JSON array; `None` where it is none.
fn log_lines<'j>(sent: Option<&Json<'_>>) -> Option<Json<'j>> {
    let Some(sent) = sent else { return Some(Json::List(Vec::new())) };
    let Ok(Json::List(lines)) = Json::parse(sent.as_text()?.as_bytes()) else { return None };
    let last = &lines[lines.len().saturating_sub(MAX_LINES)..];
    Some(Json::List(last.iter().map(|line| Json::Text(as_text(line).into())).collect()))
}

/// A value as JavaScript makes a text of it.
fn as_text(value: &Json<'_>) -> String {
    match value {
        Json::Text(text) => text.to_string(),
        Json::List(items) => {
            let item = |item: &Json<'_>| if *item == Json::Null { String::new() } else { as_text(item) };
            items.iter().map(item).collect::<Vec<_>>().join(",")
        }
        Json::Object(_) => "[object Object]".to_owned(),
        Json::Null => "null".to_owned(),
        Json::Bool(bool) => bool.to_string(),
        Json::Number(number) => number_as_text(number.parse().unwrap_or(f64::NAN)),
    }
}

/// A number as JavaScript makes a text of it: with an exponent where it is very large or small.
fn number_as_text(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 {
        return "0".to_owned();
    }
    if size.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if (1e-6..1e21).contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    // JavaScript tells the sign of a large exponent.
    if size >= 1.0 { text.replace('e', "e+") } else { text }
}

/// The object that is sent as text.
fn metadata<'s>(sent: Option<&'s Json<'_>>) -> Json<'s> {
    let Some(sent) = sent else { return Json::Object(Vec::new()) };
    match sent.as_text().map(|text| Json::parse(text.as_bytes())) {
        Some(Ok(Json::Object(members))) => Json::Object(members),
        _ => WRONG,
    }
}
