//! From TOML to what is published.

use crate::contract::{EventType, Policy};
use crate::document::{Document, Entry, Table, nearest};
use crate::field::Role;
use crate::public::{Dimension, Public};

pub(super) fn public(
    document: &mut Document<'_>,
    mut table: Table<'_>,
    policy: &Policy,
    events: Option<&[EventType]>,
) -> Public {
    keeps_whole_weeks(document, table.start(), policy);
    let name_installs = |events: &&[EventType]| events.iter().any(|event| event.install_id.is_some());
    if events.is_some_and(|events| !name_installs(&events)) {
        document.problem(table.start(), "what is published are counts of installs, and no event has an `install_id`");
    }
    let by = table.take("by").map_or_else(Vec::new, |entry| dimensions(document, &entry, events.filter(name_installs)));
    table.finish(document);
    Public { by }
}

/// A week is published as long as it is the last whole one, and its events must not go before.
pub(super) fn keeps_whole_weeks(document: &mut Document<'_>, start: usize, policy: &Policy) {
    let shortest = Public::SHORTEST_RETENTION;
    if policy.retention < shortest {
        let message = format!(
            "what is published counts whole weeks, so `retention` must be at least {shortest}, not {}",
            policy.retention
        );
        document.problem(start, message);
    }
}

/// The dimensions, looked for in the events where those could be read.
fn dimensions(document: &mut Document<'_>, entry: &Entry<'_>, events: Option<&[EventType]>) -> Vec<Dimension> {
    let names = entry.texts(document).unwrap_or_default();
    let by: Vec<_> = names.iter().map(|name| Dimension::named(name)).collect();
    for (index, dimension) in by.iter().enumerate() {
        if by[..index].contains(dimension) {
            document.problem(entry.start, format!("`by` names `{}` twice", dimension.name()));
        } else if let Some(problem) = events.and_then(|events| problem_of(dimension, &by, events)) {
            document.problem(entry.start, problem);
        }
    }
    by
}

/// Why installs can't be counted by something.
fn problem_of(dimension: &Dimension, by: &[Dimension], events: &[EventType]) -> Option<String> {
    let name = dimension.name();
    let roles = Dimension::ROLES.map(Role::name);
    let mut fields = dimension.fields(events).map(|(_, field)| field).peekable();
    if fields.peek().is_none() {
        if let Dimension::Role(_) = dimension {
            return Some(format!("`{name}`: no event with an `install_id` has a field with `role = \"{name}\"`"));
        }
        let message = format!("`{name}`: no event with an `install_id` has this field");
        let paths = events.iter().flat_map(|event| &event.fields).map(|field| field.path.as_str());
        return Some(match nearest(name, paths.chain(roles)) {
            Some(known) if known != name => format!("{message}; did you mean `{known}`?"),
            _ => message,
        });
    }
    let roles = roles.join(", ");
    fields.find_map(|field| {
        if !dimension.may_be(field) {
            let kind = field.kind.name();
            return Some(format!(
                "`{name}` is of type {kind}; installs are counted by enum or bool, or one of {roles}"
            ));
        }
        // What one role means is one table, however it is named.
        let role = field.role.map(Dimension::Role).filter(|role| role != dimension && by.contains(role))?;
        Some(format!("`{name}` is what `{}` stands for already", role.name()))
    })
}
