//! The tables of the Baofeng logo flasher.

use askfirst_contract::{Contract, Json, Timestamp};

use super::{Record, once, text};
use crate::ledger::Candidate;
use crate::wire::baofeng_payload as payload;

pub(super) fn telemetry_event(contract: &Contract, row: &Json<'_>) -> Record {
    let Some((received_at, id, body)) = parts(row) else { return Record::skipped("not readable") };
    // Who reads a dump is the operator.
    let event = payload::event(contract, &body, received_at, true);
    match text(row, "session_id") {
        Some(session) if text(row, "event_type") == Some("flash_success") => {
            Record::Flash { session: session.to_owned(), event: (event, received_at), is_expired: false }
        }
        _ => Record::Event(once(id, event), received_at),
    }
}

pub(super) fn client_log(contract: &Contract, row: &Json<'_>) -> Record {
    let Some((received_at, id, body)) = parts(row) else { return Record::skipped("not readable") };
    let event: Candidate = payload::client_log(contract, &body, received_at);
    Record::Event(once(id, event), received_at)
}

/// When a row was received, its id, and its columns as the page sends them.
fn parts<'j>(row: &'j Json<'_>) -> Option<(Timestamp, String, Json<'j>)> {
    let received_at = Timestamp(row.get("received_at_ms")?.as_whole()?);
    let id = text(row, "id")?.to_owned();
    let Json::Object(columns) = row else { return None };
    let mut body = Vec::new();
    for (column, value) in columns {
        match (&**column, value) {
            // What is none in a table is absent on the wire.
            (_, Json::Null) | ("id" | "received_at_ms" | "user_agent" | "page_url" | "origin" | "ip_hash", _) => {}
            // The released service took messages without a word, which count as well.
            ("message", Json::Text(text)) if text.is_empty() => {
                body.push((column.clone(), Json::Text("(none)".into())));
            }
            _ => body.push((column.clone(), value.clone())),
        }
    }
    Some((received_at, id, Json::Object(body)))
}
