//! What of an app's counts anybody may know: `[public]`.

use crate::contract::EventType;
use crate::field::{Field, FieldType, Role};
use crate::units::Span;

/// What is published: how many installs were active in a week, in all and by some of what they report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Public {
    /// What they are counted by, in declared order; none twice.
    pub by: Vec<Dimension>,
}

/// What installs are counted by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// The fields with a role, whatever their paths: one of [`Dimension::ROLES`].
    Role(Role),
    /// The fields at a dotted path, each an enum or a bool.
    Field(String),
}

impl Public {
    /// No smaller group of installs is published, nor can it be told from what is.
    pub const SMALLEST_GROUP: u64 = 20;
    /// How long events must be kept: a week is published until the next one is over, and the first of its events is two
    /// weeks old then.
    pub const SHORTEST_RETENTION: Span = Span(14 * Span::DAY.0);

    /// What is done to numbers before they are published, in words for everybody.
    #[must_use]
    pub fn how_it_is_rounded() -> String {
        let smallest = Self::SMALLEST_GROUP;
        format!(
            "A group of fewer than {smallest} installations is never shown: it is counted together with others. Every number is \
             rounded down to a multiple of {smallest}, so that the difference of two numbers tells of no smaller group either."
        )
    }
}

impl Dimension {
    /// The roles that installs may be counted by.
    pub const ROLES: [Role; 3] = [Role::AppVersion, Role::Platform, Role::Runtime];

    /// What a name in a contract stands for: the names of [`Self::ROLES`] for roles, any other for a path.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let role = Self::ROLES.into_iter().find(|role| role.name() == name);
        role.map_or_else(|| Self::Field(name.to_owned()), Self::Role)
    }

    /// The name in a contract.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Role(role) => role.name(),
            Self::Field(path) => path,
        }
    }

    /// The fields it is read from, with their events: those of events that name an install.
    pub fn fields<'c>(&'c self, events: &'c [EventType]) -> impl Iterator<Item = (&'c EventType, &'c Field)> {
        let of_installs = events.iter().filter(|event| event.install_id.is_some());
        let fields = of_installs.flat_map(|event| event.fields.iter().map(move |field| (event, field)));
        fields.filter(|(_, field)| match self {
            Self::Role(role) => field.role == Some(*role),
            Self::Field(path) => field.path == *path,
        })
    }

    /// The paths of those fields, none twice.
    pub(crate) fn paths<'c>(&'c self, events: &'c [EventType]) -> Vec<&'c str> {
        let mut paths = Vec::new();
        for (_, field) in self.fields(events) {
            if !paths.contains(&field.path.as_str()) {
                paths.push(field.path.as_str());
            }
        }
        paths
    }

    /// Whether installs may be counted by this field: its values are few, and not of a client's making, but for those
    /// of [`Self::ROLES`].
    pub(crate) fn may_be(&self, field: &Field) -> bool {
        matches!(self, Self::Role(_)) || matches!(field.kind, FieldType::Enum { .. } | FieldType::Bool)
    }
}
