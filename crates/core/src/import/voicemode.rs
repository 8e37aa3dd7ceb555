//! VoiceMode's table `events`.

use askfirst_contract::{Contract, Json};

use super::{Record, json, time};
use crate::ledger::Event;
use crate::outcome::{BodyFault, Refused};

pub(super) fn event(contract: &Contract, row: &Json<'_>) -> Record {
    let Some(received_at) = time(row, "created_at") else { return Record::skipped("without time of receipt") };
    let column = |name: &str| row.get(name).cloned().unwrap_or(Json::Null);
    let report = Json::Object(vec![
        ("event_id".into(), column("event_id")),
        ("telemetry_id".into(), column("telemetry_id")),
        ("timestamp".into(), column("timestamp")),
        ("environment".into(), json(row, "environment")),
        ("usage".into(), json(row, "usage")),
    ]);
    let event = contract.events.first().ok_or(Refused::Body(BodyFault::Nothing)).and_then(|event_type| {
        contract.check(event_type, &report, received_at).map(Event::from).map_err(Refused::Contract)
    });
    Record::Event(event, received_at)
}
