//! What is sent.

use super::{Event, Fields, Inline, Row, Words, inline};
use crate::contract::{Contract, EventType, UndeclaredEvents};
use crate::field::{Field, Presence};
use crate::timestamp::Timestamp;

impl Contract {
    /// What is sent with every event.
    pub(super) fn common_fields(&self, at: Timestamp) -> Option<Fields> {
        self.envelope.as_ref().map(|envelope| fields(envelope, 0, at))
    }

    pub(super) fn event_parts(&self, at: Timestamp) -> Vec<Event> {
        let common = self.common_count();
        let event = |event: &EventType| Event {
            name: event.name.to_string(),
            about: inline(&event.about),
            fields: fields(event, common, at),
            example: self.example(event, at),
        };
        self.events.iter().map(event).collect()
    }

    pub(super) fn of_other_events(&self) -> Option<Words> {
        let is_kept = self.policy.undeclared_events == UndeclaredEvents::Envelope;
        is_kept.then(|| inline("That it came is kept, with the fields that are sent with every event. What else it holds is dropped before anything is stored."))
    }

    /// How many fields every event begins with.
    pub(super) fn common_count(&self) -> usize {
        self.envelope.as_ref().map_or(0, |envelope| envelope.fields.len())
    }
}

/// The fields of an event behind the first `common` ones.
fn fields(event: &EventType, common: usize, at: Timestamp) -> Fields {
    let rows = event.fields.iter().skip(common).map(|field| row(event, field, at)).collect();
    Fields { rows, ids: of_ids(event, common) }
}

fn row(event: &EventType, field: &Field, at: Timestamp) -> Row {
    let mut sent = match &field.presence {
        Presence::Required => "always".to_owned(),
        Presence::Optional => "if known".to_owned(),
        Presence::Default(value) => format!("if known; else {} is kept", value.in_words()),
    };
    if field.lenient {
        sent.push_str("; a value of another form is dropped");
    }
    Row {
        path: field.path.clone(),
        holds: inline(&field.kind.in_words()),
        example: event.example_of(field, at),
        why: inline(&field.why),
        sent: inline(&sent),
    }
}

/// What the ids behind the first `common` fields are for.
fn of_ids(event: &EventType, common: usize) -> Words {
    let path =
        |index: Option<usize>| index.filter(|index| *index >= common).map(|index| event.fields[index].path.clone());
    let mut words = Vec::new();
    let mut tell = |path: Option<String>, what: &str| {
        if let Some(path) = path {
            let space = if words.is_empty() { "" } else { " " };
            words.push(Inline::Text(format!("{space}By ")));
            words.push(Inline::Code(path));
            words.push(Inline::Text(what.to_owned()));
        }
    };
    tell(path(event.install_id), ", events that come from one installation can be told to belong together.");
    tell(path(event.event_id), ", an event that is sent twice is counted once.");
    words
}
