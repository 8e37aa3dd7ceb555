//! domscribe's records: `session:2026-W22:abc`, a value, and when it expires.

use askfirst_contract::{Contract, IsoWeek, Json, Timestamp};

use super::{Record, json, once, text};
use crate::ledger::Event;
use crate::outcome::{BodyFault, Refused};

/// How long the released service kept a record after its last write, in seconds.
const KEPT: i64 = 84 * 86_400;

pub(super) fn session(contract: &Contract, record: &Json<'_>) -> Record {
    let key = text(record, "name").and_then(|name| name.strip_prefix("session:")).and_then(|key| key.split_once(':'));
    let Some((week, session)) = key.and_then(|(week, id)| Some((IsoWeek::parse(week)?, id))) else {
        return Record::skipped("other records");
    };
    let value = json(record, "value");
    let Some(received_at) = received_at(record, &value) else { return Record::skipped("without time of receipt") };
    let mut members = match &value {
        Json::Object(members) => members.clone(),
        _ => Vec::new(),
    };
    members.retain(|(key, _)| key != "first_seen_at");
    members.push(("session_id".into(), Json::Text(session.into())));
    let event = contract.events.first().ok_or(Refused::Body(BodyFault::Nothing)).and_then(|event_type| {
        let checked = contract.check(event_type, &Json::Object(members), received_at);
        checked.map(Event::from).map_err(Refused::Contract)
    });
    Record::Event(once(format!("{week}:{session}"), event), received_at)
}

/// The last write: what the record expires from, or what it says itself, which was the last write, too.
fn received_at(record: &Json<'_>, value: &Json<'_>) -> Option<Timestamp> {
    let expiration = record.get("expiration").and_then(Json::as_whole);
    let from_expiration = expiration.and_then(|seconds| seconds.checked_sub(KEPT)?.checked_mul(1_000)).map(Timestamp);
    let written = text(value, "first_seen_at").and_then(Timestamp::parse);
    // Whole seconds of the one, milliseconds of the other: the finer where they tell the same.
    match (from_expiration, written) {
        (Some(expiration), Some(written)) if (expiration.0 - written.0).abs() < 60_000 => Some(written),
        (from_expiration, written) => from_expiration.or(written),
    }
}
