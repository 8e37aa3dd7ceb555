//! A contract as JSON, for programs that read what may be sent.

use serde_json::{Map, Value, json};

use crate::contract::{Contract, EventType};
use crate::field::{Cut, Field, FieldType, Keys, Presence, Scalar};
use crate::public::Dimension;

impl Contract {
    /// The contract as JSON, with its hash. Fields are lists, because their order is the order of checks.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let (app, policy) = (&self.app, &self.policy);
        json!({
            "hash": self.hash(),
            "app": {
                "id": app.id, "title": app.title, "about": app.about, "wire": app.wire, "text_unit": app.text_unit.name(),
            },
            "policy": {
                "undeclared": policy.undeclared.name(),
                "undeclared_events": policy.undeclared_events.name(),
                "retention": policy.retention.to_string(),
                "limits": {
                    "install": policy.limits.install.map(|rate| rate.to_string()),
                    "address": policy.limits.address.map(|rate| rate.to_string()),
                },
                "max_body": policy.max_body.0,
                "max_batch": policy.max_batch,
                "clock": { "future": policy.clock.future.to_string(), "past": policy.clock.past.to_string() },
                "allowed_origins": policy.allowed_origins,
            },
            "public": self.public.as_ref().map(|public| {
                json!({ "by": public.by.iter().map(Dimension::name).collect::<Vec<_>>() })
            }),
            "envelope": self.envelope.as_ref().map(event),
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
        })
    }
}

fn event(event: &EventType) -> Value {
    let path = |index: Option<usize>| index.map(|index| event.fields[index].path.as_str());
    json!({
        "type": &*event.name,
        "about": event.about,
        "event_id": path(event.event_id),
        "install_id": path(event.install_id),
        "occurred_at": path(event.occurred_at),
        "fields": event.fields.iter().map(field).collect::<Vec<_>>(),
    })
}

fn field(field: &Field) -> Value {
    let mut object = kind(&field.kind);
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put("name", field.path.as_str().into());
    put("pointer", field.pointer.as_str().into());
    put("why", field.why.as_str().into());
    put("required", (field.presence == Presence::Required).into());
    if let Presence::Default(default) = &field.presence {
        put("default", scalar(default));
    }
    if field.lenient {
        put("lenient", true.into());
    }
    if let Some(role) = field.role {
        put("role", role.name().into());
    }
    object.into()
}

/// The type of a value and its bounds, as far as there are any.
fn kind(kind: &FieldType) -> Map<String, Value> {
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| {
        if !value.is_null() {
            object.insert(key.to_owned(), value);
        }
    };
    put("type", kind.name().into());
    match kind {
        FieldType::Bool | FieldType::Time | FieldType::Version => {}
        FieldType::Uuid { none } => put("none", none.as_deref().into()),
        FieldType::Text { min, max, pattern, cut, .. } => {
            put("min", (*min).into());
            put("max", (*max).into());
            put("pattern", pattern.as_ref().map(crate::pattern::Pattern::source).into());
            match cut {
                Cut::No => {}
                Cut::Plain => put("cut", true.into()),
                Cut::Ellipsis => put("cut", "...".into()),
            }
        }
        FieldType::Enum { values } => put("values", values.as_slice().into()),
        FieldType::Int { min, max } => {
            put("min", (*min).into());
            put("max", (*max).into());
        }
        FieldType::Number { min, max } => {
            put("min", (*min).into());
            put("max", (*max).into());
        }
        FieldType::Hex { min, max } => {
            put("min", (*min).into());
            put("max", (*max).into());
        }
        FieldType::Counts { keys: Keys::Declared(names) } => put("keys", names.as_slice().into()),
        FieldType::Counts { keys: Keys::Bounded { max_keys, max_key } } => {
            put("max_keys", (*max_keys).into());
            put("max_key", (*max_key).into());
        }
        FieldType::List { of, max } => {
            put("of", self::kind(of).into());
            put("max", (*max).into());
        }
        FieldType::Json { max, .. } => put("max", (*max).into()),
    }
    object
}

fn scalar(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Bool(bool) => (*bool).into(),
        Scalar::Int(int) => (*int).into(),
        Scalar::Number(number) => (*number).into(),
        Scalar::Text(text) => text.as_str().into(),
    }
}
