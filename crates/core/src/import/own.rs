//! askfirst's own exports: an event a line.

use askfirst_contract::{Contract, Json, Timestamp};

use super::{Record, text, time};
use crate::ledger::{Event, Key};
use crate::outcome::Refused;
use crate::wire::Wire;

/// An event as a ledger stores it.
pub(super) struct Stored<'r> {
    pub(super) received_at: Timestamp,
    pub(super) event_type: &'r str,
    /// The idempotency key, where it has one.
    pub(super) event_id: Option<&'r str>,
    /// The ledger's number of it, which is its key where it has none.
    pub(super) number: &'r str,
    pub(super) install_id: Option<&'r str>,
    pub(super) fields: Json<'r>,
}

pub(super) fn event(contract: &Contract, wire: Wire, row: &Json<'_>) -> Record {
    let (Some(received_at), Some(event_type)) = (time(row, "received_at"), text(row, "type")) else {
        return Record::skipped("other lines");
    };
    let stored = Stored {
        received_at,
        event_type,
        event_id: text(row, "event_id"),
        number: text(row, "id").unwrap_or_default(),
        install_id: text(row, "install_id"),
        fields: row.get("fields").cloned().unwrap_or(Json::Null),
    };
    self::stored(contract, wire, stored)
}

pub(super) fn stored(contract: &Contract, wire: Wire, stored: Stored<'_>) -> Record {
    let Stored { received_at, event_type: name, event_id, number, install_id, fields: mut event } = stored;
    let event_type = contract.event(name);
    if let Some(declared) = event_type.or(contract.envelope.as_ref()) {
        let columns = [
            (declared.event_id_path(), event_id.map(|id| declared_id(id, wire))),
            (declared.install_id_path(), install_id.or(declared.no_install())),
        ];
        for (path, id) in columns {
            if let (Some(path), Some(id)) = (path, id) {
                put(&mut event, path, Json::Text(id.to_owned().into()));
            }
        }
    }
    let checked = if let Some(event_type) = event_type {
        contract.check(event_type, &event, received_at)
    } else {
        put(&mut event, "type", Json::Text(name.to_owned().into()));
        contract.check_typed(&event, received_at)
    };
    let event = checked.map_err(Refused::Contract).map(|mut checked| {
        checked.is_declared = true;
        let key = match event_id.or(Some(number).filter(|number| !number.is_empty())) {
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
