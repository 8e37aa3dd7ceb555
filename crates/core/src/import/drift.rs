//! Drift's tables.

use std::collections::HashMap;

use askfirst_contract::{Contract, Json};

use super::{Derived, Record, Scalar, json, text, time};
use crate::ledger::Event;
use crate::outcome::Refused;
use crate::wire::number_drift_event as number;

pub(super) fn event(contract: &Contract, row: &Json<'_>, seen: &mut HashMap<String, u32>) -> Record {
    let Some(received_at) = time(row, "created_at") else { return Record::skipped("without time of receipt") };
    let column = |name: &str| row.get(name).cloned().unwrap_or(Json::Null);
    let payload = json(row, "payload");
    let mut members = match payload {
        Json::Object(members) => members,
        _ => Vec::new(),
    };
    members.extend([
        ("type".into(), column("type")),
        ("timestamp".into(), column("timestamp")),
        ("installationId".into(), column("installation_id")),
        ("driftVersion".into(), column("drift_version")),
    ]);
    let checked = contract.check_typed(&Json::Object(members), received_at).map_err(Refused::Contract);
    let event = checked.map(|mut checked| {
        // Of types that nobody declared a day takes so many from clients; these are stored already.
        checked.is_declared = true;
        // The same keys as the events of a request get, so that what a client repeats after the move is known.
        let mut event = Event::from(checked);
        number(&mut event, seen);
        event
    });
    Record::Event(event, received_at)
}

pub(super) fn daily_stat(row: &Json<'_>) -> Record {
    let (day, metric) = (time(row, "date"), text(row, "metric"));
    match (day, metric, row.get("value").and_then(Json::as_whole)) {
        (Some(day), Some(metric), Some(value)) => {
            Record::Derived(Derived::DailyStat { day: day.day(), metric: metric.to_owned(), value })
        }
        _ => Record::skipped("not readable"),
    }
}

pub(super) fn pattern_signature(row: &Json<'_>) -> Record {
    if text(row, "signature_hash").is_none() || text(row, "category").is_none() {
        return Record::skipped("not readable");
    }
    let columns = [
        "signature_hash",
        "category",
        "detection_method",
        "language",
        "first_seen",
        "last_seen",
        "occurrence_count",
        "avg_confidence",
        "avg_location_count",
        "avg_outlier_count",
    ];
    Record::Derived(Derived::PatternSignature(columns.map(|column| scalar(row, column)).into()))
}

pub(super) fn action_aggregate(row: &Json<'_>) -> Record {
    let names = ["category", "action", "confidence_bucket"];
    if names.iter().any(|column| text(row, column).is_none()) {
        return Record::skipped("not readable");
    }
    let columns = ["category", "action", "confidence_bucket", "count", "avg_hours_to_decision"];
    Record::Derived(Derived::ActionAggregate(columns.map(|column| scalar(row, column)).into()))
}

fn scalar(row: &Json<'_>, column: &str) -> Scalar {
    match row.get(column) {
        Some(Json::Text(text)) => Scalar::Text(text.clone().into_owned()),
        Some(number) => number.as_f64().map_or(Scalar::Null, Scalar::Number),
        None => Scalar::Null,
    }
}
