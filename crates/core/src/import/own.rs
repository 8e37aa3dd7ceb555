//! askfirst's own exports: an event a line.

use askfirst_contract::{Contract, Json};

use super::{Record, text, time};
use crate::ledger::{Event, Key};
use crate::outcome::Refused;
use crate::wire::Wire;

pub(super) fn event(contract: &Contract, wire: Wire, row: &Json<'_>) -> Record {
    let (Some(received_at), Some(name)) = (time(row, "received_at"), text(row, "type")) else {
        return Record::skipped("other lines");
    };
    let event_type = contract.event(name);
    let mut event = row.get("fields").cloned().unwrap_or(Json::Null);
    if let Some(declared) = event_type.or(contract.envelope.as_ref()) {
        let columns = [
            (declared.event_id_path(), text(row, "event_id").map(|id| declared_id(id, wire))),
            (declared.install_id_path(), text(row, "install_id").or(declared.no_install())),
        ];
        for (path, id) in columns {
            if let (Some(path), Some(id)) = (path, id) {
                put(&mut event, path, Json::Text(id.into()));
            }
        }
    }
    let checked = if let Some(event_type) = event_type {
        contract.check(event_type, &event, received_at)
    } else {
        put(&mut event, "type", Json::Text(name.into()));
        contract.check_typed(&event, received_at)
    };
    let event = checked.map_err(Refused::Contract).map(|mut checked| {
        checked.is_declared = true;
        let key = match text(row, "event_id").or_else(|| text(row, "id")) {
            Some(id) => Key::Once(id.to_owned()),
            None => Key::Once(checked.event_id.clone()),
        };
        Event { checked, key }
    });
    Record::Event(event, received_at)
}

/// The id as it was sent: domscribe's are kept with their week in front.
fn declared_id(id: &str, wire: Wire) -> &str {
    match wire {
        Wire::Domscribe => id.split_once(':').map_or(id, |(_, session)| session),
        Wire::Native | Wire::Voicemode | Wire::Drift | Wire::Baofeng => id,
    }
}

/// Puts a value at a dotted path of an object.
fn put<'j>(object: &mut Json<'j>, path: &str, value: Json<'j>) {
    let Json::Object(members) = object else { return };
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let Some(rest) = rest else {
        members.push((first.to_owned().into(), value));
        return;
    };
    let place = members.iter().position(|(key, _)| key == first).unwrap_or_else(|| {
        members.push((first.to_owned().into(), Json::Object(Vec::new())));
        members.len() - 1
    });
    put(&mut members[place].1, rest, value);
}
