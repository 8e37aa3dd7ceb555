//! askfirst's own exports: an event a line.

use askfirst_contract::{Contract, Json};

use super::{Record, text, time};
use crate::ledger::{Event, Key};
use crate::outcome::Refused;

pub(super) fn event(contract: &Contract, row: &Json<'_>) -> Record {
    let (Some(received_at), Some(name)) = (time(row, "received_at"), text(row, "type")) else {
        return Record::skipped("other lines");
    };
    let event_type = contract.event(name);
    let mut event = row.get("fields").cloned().unwrap_or(Json::Null);
    let paths = event_type.or(contract.envelope.as_ref()).map(|event| (event.event_id_path(), event.install_id_path()));
    if let Some((event_id, install_id)) = paths {
        for (path, column) in [(event_id, "event_id"), (install_id, "install_id")] {
            if let (Some(path), Some(value)) = (path, row.get(column)) {
                put(&mut event, path, value.clone());
            }
        }
    }
    let checked = match event_type {
        Some(event_type) => contract.check(event_type, &event, received_at),
        None => {
            put(&mut event, "type", Json::Text(name.into()));
            contract.check_typed(&event, received_at)
        }
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
