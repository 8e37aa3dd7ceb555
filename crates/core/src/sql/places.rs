//! Where fields stand in stored events, as statements take it: JSON paths, by event type.

use askfirst_contract::{Contract, Role};
use serde_json::{Map, Value};

use crate::question::FieldPlaces;

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
        place.map_or_else(|| "$.\"\"".to_owned(), |(_, path)| json_path(path))
    };
    let places = error.places.iter();
    places
        .map(|(event_type, path)| Value::from(vec![event_type.clone(), json_path(path), version_in(event_type)]))
        .collect::<Value>()
        .to_string()
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
