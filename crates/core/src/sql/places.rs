//! Where fields stand in stored events, as statements take it: JSON paths, by event type.

use std::collections::BTreeSet;

use askfirst_contract::{Contract, Role};
use serde_json::{Map, Value, json};

use crate::activity::TYPE;
use crate::question::{FieldPlaces, OneOf, Only};

/// A JSON path at which nothing stands.
const NOWHERE: &str = "$.\"\"";

/// The places of a field: `[[type, JSON path], ...]`.
#[must_use]
pub fn places(field: &FieldPlaces) -> String {
    let places = field.places.iter();
    places
        .map(|(event_type, path)| Value::from(vec![event_type.clone(), json_path(path)]))
        .collect::<Value>()
        .to_string()
}

/// The places of errors, and those of the version beside them: `[[type, JSON path, JSON path], ...]`.
#[must_use]
pub fn error_places(error: &FieldPlaces, version: &FieldPlaces) -> String {
    let version_in = |event_type: &str| {
        let place = version.places.iter().find(|(known, _)| known == event_type);
        place.map_or_else(|| NOWHERE.to_owned(), |(_, path)| json_path(path))
    };
    let places = error.places.iter();
    places
        .map(|(event_type, path)| Value::from(vec![event_type.clone(), json_path(path), version_in(event_type)]))
        .collect::<Value>()
        .to_string()
}

/// The place of what every event has.
#[must_use]
pub fn everywhere() -> String {
    json!([["", "$"]]).to_string()
}

/// Which values events must have: `[[type, JSON path, what silence means, value], ...]`, of each dimension as many as there
/// are types and values.
#[must_use]
pub fn conditions(only: &Only) -> String {
    let places = only.dimensions.iter().flat_map(|one_of| &one_of.field.places);
    // The empty type, which stands for all that have no place of their own, is always one of them.
    let types: BTreeSet<&str> = places.map(|(event_type, _)| event_type.as_str()).chain([""]).collect();
    let mut conditions = Vec::new();
    for OneOf { dimension, values, field } in &only.dimensions {
        // Who does not say is taken for a person.
        let silence = (dimension == Role::Runtime.name()).then_some(Role::RUNTIMES[0]);
        for event_type in &types {
            let place = |of: &str| field.places.iter().find(|(known, _)| known == of);
            let path = place(event_type).or_else(|| place("")).map(|(_, path)| json_path(path));
            let path = (dimension != TYPE).then(|| path.unwrap_or_else(|| NOWHERE.to_owned()));
            conditions.extend(values.iter().map(|value| json!([event_type, path, silence, value])));
        }
    }
    Value::from(conditions).to_string()
}

/// Where the events of a contract report an error: an object, as JSON, of event types and the JSON path of their field
/// with the role `error`.
#[must_use]
pub fn error_paths(contract: &Contract) -> String {
    let mut paths = Map::new();
    for event in &contract.events {
        if let Some(field) = event.fields.iter().find(|field| field.role == Some(Role::Error)) {
            paths.insert(event.name.to_string(), json_path(&field.path).into());
        }
    }
    Value::Object(paths).to_string()
}

/// `environment.os` as `$."environment"."os"`.
fn json_path(path: &str) -> String {
    path.split('.').fold("$".to_owned(), |path, name| format!("{path}.{}", Value::from(name)))
}
