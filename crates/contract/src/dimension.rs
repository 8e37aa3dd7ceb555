//! Dimensions: what active installs and events are counted by, without reading them again.
//!
//! A dimension is a well-known meaning (version, platform, runtime, error), by the name of its role, or a declared field
//! that has few values (enum, bool), by its path. Fields of several events that have the same name are one dimension; of
//! two in one event, the one with the role counts.

use std::sync::Arc;

use crate::contract::{Contract, EventType};
use crate::field::{Field, FieldType, Role};
use crate::json::Json;

/// A dimension of an event type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dimension {
    /// The role's name, or the field's path. Shared, because every event carries it.
    pub(crate) name: Arc<str>,
    /// The field's index.
    pub(crate) field: usize,
    /// Whether the contract names all its values.
    is_closed: bool,
}

/// What an event has in one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionValue {
    /// The dimension.
    pub dimension: Arc<str>,
    /// The value as text; `true` and `false` of a bool.
    pub value: String,
    /// Whether the contract names the value, so that no client can make one up.
    pub is_declared: bool,
}

impl Dimension {
    /// What an event has in it; `None` where that is nothing that can be counted by.
    pub(crate) fn value(&self, value: &Json<'_>) -> Option<DimensionValue> {
        let value = match value {
            Json::Text(text) => text.clone().into_owned(),
            Json::Bool(bool) => bool.to_string(),
            Json::Null | Json::Number(_) | Json::List(_) | Json::Object(_) => return None,
        };
        Some(DimensionValue { dimension: Arc::clone(&self.name), value, is_declared: self.is_closed })
    }
}

/// The dimensions among the fields of an event.
pub(crate) fn dimensions(fields: &[Field]) -> Vec<Dimension> {
    let is_role = |name: &str| fields.iter().any(|field| field.role.is_some_and(|role| role.name() == name));
    let dimension = |(index, field): (usize, &Field)| {
        let is_closed = matches!(field.kind, FieldType::Enum { .. } | FieldType::Bool);
        let name = match field.role {
            Some(role @ (Role::AppVersion | Role::Platform | Role::Runtime | Role::Error)) => role.name(),
            None if is_closed && !is_role(&field.path) => &field.path,
            Some(Role::SessionId) | None => return None,
        };
        Some(Dimension { name: Arc::from(name), field: index, is_closed })
    };
    fields.iter().enumerate().filter_map(dimension).collect()
}

impl EventType {
    /// The names of its dimensions and their fields.
    pub fn dimensions(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.dimensions.iter().map(|dimension| (&*dimension.name, &self.fields[dimension.field]))
    }

    /// What a stored event has in each dimension, from its declared rest ([`crate::CheckedEvent::fields`]): the same as
    /// [`crate::CheckedEvent::dimensions`].
    #[must_use]
    pub fn dimension_values(&self, fields: &Json<'_>) -> Vec<DimensionValue> {
        let value = |dimension: &Dimension| {
            let path = &self.fields[dimension.field].path;
            dimension.value(path.split('.').try_fold(fields, |value, name| value.get(name))?)
        };
        self.dimensions.iter().filter_map(value).collect()
    }
}

impl Contract {
    /// The names of all dimensions, each once, in the order of their declaration.
    #[must_use]
    pub fn dimensions(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.envelope.iter().chain(&self.events).flat_map(EventType::dimensions) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}
