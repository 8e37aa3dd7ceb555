//! Events: which come and go, and what changes in those that stay.

use super::{Change, ChangeKind, Told, at, field};
use crate::contract::{Contract, EventType, UndeclaredEvents};
use crate::field::Field;

/// What changes in the events, what the envelope brings about told once.
pub(super) fn changes(old: &Contract, new: &Contract) -> Vec<Change> {
    let pairs = pairs(old, new);
    let envelope = envelope_of(old, new);
    let mut changes = Vec::new();
    let told: Vec<Vec<(Part, Told)>> = pairs.iter().map(|pair| parts(pair.old, pair.new)).collect();
    let is_common = |part: &Part| {
        let of = |told: &[(Part, Told)]| -> Vec<Told> {
            told.iter().filter(|(known, _)| known == part).map(|(_, told)| told.clone()).collect()
        };
        envelope.contains(part) && told.windows(2).all(|two| of(&two[0]) == of(&two[1]))
    };
    for (part, change) in told.first().into_iter().flatten().filter(|(part, _)| is_common(part)) {
        changes.extend(at(&part.place("envelope"), vec![change.clone()]));
    }
    for event in &new.events {
        if old.event(&event.name).is_none() {
            changes.extend(at(&place_of(event), vec![added(event)]));
        }
    }
    for event in &old.events {
        if new.event(&event.name).is_none() {
            changes.extend(at(&place_of(event), vec![dropped(event, new)]));
        }
    }
    for (pair, told) in pairs.iter().zip(&told) {
        if pair.old.about != pair.new.about {
            let words = format!(
                "What the event is said to tell changes, from \"{}\" to \"{}\".",
                pair.old.about, pair.new.about
            );
            changes.extend(at(&pair.place, vec![(ChangeKind::Other, words)]));
        }
        for (part, change) in told.iter().filter(|(part, _)| !is_common(part)) {
            changes.extend(at(&part.place(&pair.place), vec![change.clone()]));
        }
    }
    changes
}

/// An event before and after.
struct Pair<'c> {
    place: String,
    old: &'c EventType,
    new: &'c EventType,
}

/// What of an event changes.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// A field, by its path.
    Field(String),
    /// `event_id`, `install_id` or `occurred_at`.
    Meaning(&'static str),
}

impl Part {
    fn place(&self, event: &str) -> String {
        match self {
            Self::Field(path) => format!("{event}, field {path}"),
            Self::Meaning(_) => event.to_owned(),
        }
    }
}

fn place_of(event: &EventType) -> String {
    format!("event {}", event.name)
}

/// The events that stay; the envelope is one of them where it stands for events that nobody declared.
fn pairs<'c>(old: &'c Contract, new: &'c Contract) -> Vec<Pair<'c>> {
    let declared = new.events.iter().filter_map(|event| {
        old.event(&event.name).map(|before| Pair { place: place_of(event), old: before, new: event })
    });
    let keeps = |contract: &Contract| contract.policy.undeclared_events == UndeclaredEvents::Envelope;
    let envelope = match (&old.envelope, &new.envelope) {
        (Some(before), Some(after)) if keeps(old) && keeps(new) => {
            Some(Pair { place: "envelope".to_owned(), old: before, new: after })
        }
        _ => None,
    };
    declared.chain(envelope).collect()
}

/// What the envelope of either contract speaks of.
fn envelope_of(old: &Contract, new: &Contract) -> Vec<Part> {
    let envelopes = old.envelope.iter().chain(&new.envelope);
    let parts = envelopes.flat_map(|envelope| {
        let fields = envelope.fields.iter().map(|field| Part::Field(field.path.clone()));
        let meanings = meanings(envelope).into_iter().filter(|(_, field)| field.is_some());
        fields.chain(meanings.map(|(key, _)| Part::Meaning(key)))
    });
    parts.collect()
}

/// What changes in an event that stays.
fn parts(old: &EventType, new: &EventType) -> Vec<(Part, Told)> {
    let mut told = Vec::new();
    let find = |event: &'_ EventType, path: &str| event.fields.iter().position(|field| field.path == path);
    let mut tell = |field: &Field, changes: Vec<Told>| {
        let part = Part::Field(field.path.clone());
        told.extend(changes.into_iter().map(|change| (part.clone(), change)));
    };
    for field in &new.fields {
        match find(old, &field.path) {
            Some(before) => tell(field, field::changes(&old.fields[before], field)),
            None => tell(field, vec![field::added(field)]),
        }
    }
    for field in old.fields.iter().filter(|field| find(new, &field.path).is_none()) {
        tell(field, vec![(ChangeKind::CollectsLess, "The field is collected no more.".to_owned())]);
    }
    for ((key, before), (_, after)) in meanings(old).into_iter().zip(meanings(new)) {
        if let Some(change) = meaning(key, before, after) {
            told.push((Part::Meaning(key), change));
        }
    }
    told
}

/// The paths of the fields that name the event, the install and the time.
fn meanings(event: &EventType) -> [(&'static str, Option<&str>); 3] {
    let path = |index: Option<usize>| index.map(|index| event.fields[index].path.as_str());
    [
        ("event_id", path(event.event_id)),
        ("install_id", path(event.install_id)),
        ("occurred_at", path(event.occurred_at)),
    ]
}

fn meaning(key: &str, before: Option<&str>, after: Option<&str>) -> Option<Told> {
    if before == after {
        return None;
    }
    let (kind, words) = match (key, before, after) {
        ("install_id", None, Some(path)) => (
            ChangeKind::Collects,
            format!("Which events come from one installation is now kept, by the field `{path}`."),
        ),
        ("install_id", Some(_), None) => {
            (ChangeKind::CollectsLess, "Which events come from one installation is kept no more.".to_owned())
        }
        ("install_id", Some(before), Some(path)) => (
            ChangeKind::Collects,
            format!("Which events come from one installation is now told by the field `{path}` instead of `{before}`."),
        ),
        (_, _, Some(path)) if key == "event_id" => {
            (ChangeKind::Other, format!("What is sent twice is now recognised by the field `{path}`."))
        }
        (_, _, None) if key == "event_id" => {
            (ChangeKind::Other, "What is sent twice is now recognised by being the same.".to_owned())
        }
        (_, _, Some(path)) => {
            (ChangeKind::Other, format!("When the event happened is now told by the field `{path}`."))
        }
        (_, _, None) => (ChangeKind::Other, "No field tells any more when the event happened.".to_owned()),
    };
    Some((kind, words))
}

fn added(event: &EventType) -> Told {
    let paths: Vec<_> = event.fields.iter().map(|field| field.path.as_str()).collect();
    let fields = if paths.is_empty() { "without fields".to_owned() } else { format!("with {}", paths.join(", ")) };
    (ChangeKind::Collects, format!("The event is new, {fields} (\"{}\").", event.about))
}

fn dropped(_: &EventType, new: &Contract) -> Told {
    let words = if new.policy.undeclared_events == UndeclaredEvents::Envelope {
        "The event is declared no more; that it came is still kept, with the fields of the envelope."
    } else {
        "The event is collected no more."
    };
    (ChangeKind::CollectsLess, words.to_owned())
}
