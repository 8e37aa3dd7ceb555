//! What changes from one contract to another for the people a tool collects from, in words.

mod event;
mod field;
mod kind;
mod public;

use crate::contract::{Contract, Limits, Policy, TextUnit, Undeclared, UndeclaredEvents};
use crate::units::Rate;
use crate::words::listed;

/// One thing that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What it means for the people a tool collects from.
    pub kind: ChangeKind,
    /// Where: `app`, `policy`, `public`, `event run`, `event run, field os` or `envelope, field os`.
    pub place: String,
    /// What changes, as one sentence.
    pub sentence: String,
}

/// What a change means for the people a tool collects from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Something is collected that was not, or more of it may be.
    Collects,
    /// What is collected stays longer.
    KeepsLonger,
    /// Something is published that was not.
    Publishes,
    /// Something is collected no more, or less of it may be.
    CollectsLess,
    /// What is collected goes sooner.
    KeepsShorter,
    /// Something is published no more.
    PublishesLess,
    /// Neither more nor less is collected or published.
    Other,
}

impl Change {
    /// Where and what, on one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{}: {}", self.place, self.sentence)
    }
}

impl ChangeKind {
    /// All kinds, those that matter most first.
    pub const ALL: [Self; 7] = [
        Self::Collects,
        Self::KeepsLonger,
        Self::Publishes,
        Self::CollectsLess,
        Self::KeepsShorter,
        Self::PublishesLess,
        Self::Other,
    ];

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Collects => "collects",
            Self::KeepsLonger => "keeps_longer",
            Self::Publishes => "publishes",
            Self::CollectsLess => "collects_less",
            Self::KeepsShorter => "keeps_shorter",
            Self::PublishesLess => "publishes_less",
            Self::Other => "other",
        }
    }

    /// What it means, in words.
    #[must_use]
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Collects => "Newly collected, or more of it",
            Self::KeepsLonger => "Kept longer",
            Self::Publishes => "Newly published",
            Self::CollectsLess => "No longer collected, or less of it",
            Self::KeepsShorter => "Kept less long",
            Self::PublishesLess => "No longer published",
            Self::Other => "Other changes",
        }
    }

    /// Whether people who agreed before would be asked for more: something new is collected or published, or kept
    /// longer.
    #[must_use]
    pub fn asks_for_more(self) -> bool {
        matches!(self, Self::Collects | Self::KeepsLonger | Self::Publishes)
    }

    /// `self` where a change goes one way, and its opposite where it goes the other way.
    fn reversed(self) -> Self {
        match self {
            Self::Collects => Self::CollectsLess,
            Self::CollectsLess => Self::Collects,
            Self::KeepsLonger => Self::KeepsShorter,
            Self::KeepsShorter => Self::KeepsLonger,
            Self::Publishes => Self::PublishesLess,
            Self::PublishesLess => Self::Publishes,
            Self::Other => Self::Other,
        }
    }
}

/// A change whose place is not known yet.
type Told = (ChangeKind, String);

impl Contract {
    /// What changes from the contract `old` to the contract `new`; nothing if they are the same contract.
    ///
    /// Where it can't be decided whether more or less is collected, such as between two patterns, more is assumed.
    #[must_use]
    pub fn diff(old: &Self, new: &Self) -> Vec<Change> {
        let mut changes = at("app", app(old, new));
        changes.extend(at("policy", policy(&old.policy, &new.policy)));
        changes.extend(at("public", public::changes(old, new)));
        changes.extend(event::changes(old, new));
        if changes.is_empty() && old.hash() != new.hash() {
            let same = "The same is declared in another order or another way; what is collected stays as it was.";
            changes.extend(at("app", vec![(ChangeKind::Other, same.to_owned())]));
        }
        changes
    }
}

fn at(place: &str, told: Vec<Told>) -> Vec<Change> {
    let change = |(kind, sentence)| Change { kind, place: place.to_owned(), sentence };
    told.into_iter().map(change).collect()
}

fn app(old: &Contract, new: &Contract) -> Vec<Told> {
    let (old, new) = (&old.app, &new.app);
    let mut told = Vec::new();
    let texts = [
        ("This is the contract of another app", &old.id, &new.id),
        ("The title changes", &old.title, &new.title),
        ("What the app is said to be changes", &old.about, &new.about),
        ("Another wire is spoken", &old.wire, &new.wire),
    ];
    for (what, old, new) in texts {
        if old != new {
            told.push((ChangeKind::Other, format!("{what}, from \"{old}\" to \"{new}\".")));
        }
    }
    match (old.text_unit, new.text_unit) {
        (TextUnit::Character, TextUnit::Utf16) => {
            let words = "Lengths of texts now count UTF-16 units, so that texts with emoji and the like may be shorter than before.";
            told.push((ChangeKind::CollectsLess, words.to_owned()));
        }
        (TextUnit::Utf16, TextUnit::Character) => {
            let words = "Lengths of texts now count characters, so that texts with emoji and the like may be longer than before.";
            told.push((ChangeKind::Collects, words.to_owned()));
        }
        (TextUnit::Character, TextUnit::Character) | (TextUnit::Utf16, TextUnit::Utf16) => {}
    }
    told
}

fn policy(old: &Policy, new: &Policy) -> Vec<Told> {
    let mut told = Vec::new();
    if let Some(longer) = grows(old.retention, new.retention) {
        let kind = if longer { ChangeKind::KeepsLonger } else { ChangeKind::KeepsShorter };
        told.push((kind, instead("Events are kept for", &new.retention.in_words(), &old.retention.in_words())));
    }
    match (old.undeclared_events, new.undeclared_events) {
        (UndeclaredEvents::Reject, UndeclaredEvents::Envelope) => {
            let words = "Of events that nobody declared, their type and the fields of the envelope are now kept; before, they were refused.";
            told.push((ChangeKind::Collects, words.to_owned()));
        }
        (UndeclaredEvents::Envelope, UndeclaredEvents::Reject) => {
            let words = "Events that nobody declared are now refused; before, their type and the fields of the envelope were kept.";
            told.push((ChangeKind::CollectsLess, words.to_owned()));
        }
        _ => {}
    }
    if old.undeclared != new.undeclared {
        let words = match new.undeclared {
            Undeclared::Reject => {
                "An event with a field that nobody declared is now refused; before, that field was dropped."
            }
            Undeclared::Discard => {
                "A field that nobody declared is now dropped, and its event kept; before, the event was refused."
            }
        };
        told.push((ChangeKind::Other, words.to_owned()));
    }
    told.extend(origins(&old.allowed_origins, &new.allowed_origins));
    told.extend(limits(&old.limits, &new.limits));
    if old.max_body != new.max_body {
        told.push((
            ChangeKind::Other,
            instead("The body of a request may have", &new.max_body.to_string(), &old.max_body.to_string()),
        ));
    }
    if old.max_batch != new.max_batch {
        let (new, old) = (new.max_batch.to_string(), old.max_batch.to_string());
        told.push((ChangeKind::Other, instead("Events in a request are at most", &new, &old)));
    }
    let spans = [
        ("The time that an event tells may lie ahead by", old.clock.future, new.clock.future),
        ("The time that an event tells may lie back by", old.clock.past, new.clock.past),
    ];
    for (what, old, new) in spans {
        if old != new {
            told.push((ChangeKind::Other, instead(what, &new.in_words(), &old.in_words())));
        }
    }
    told
}

/// The pages of an origin that is new are a new place to collect from.
fn origins(old: &[String], new: &[String]) -> Vec<Told> {
    let without = |all: &[String], known: &[String]| -> Vec<String> {
        all.iter().filter(|origin| !known.contains(origin)).cloned().collect()
    };
    let (added, dropped) = (without(new, old), without(old, new));
    let name = |origins: &[String]| {
        if origins.iter().any(|origin| origin == "*") { "all origins".to_owned() } else { listed(origins) }
    };
    let mut told = Vec::new();
    if !added.is_empty() {
        told.push((ChangeKind::Collects, format!("Web pages of {} may now send events.", name(&added))));
    }
    if !dropped.is_empty() {
        told.push((ChangeKind::CollectsLess, format!("Web pages of {} may send events no more.", name(&dropped))));
    }
    told
}

fn limits(old: &Limits, new: &Limits) -> Vec<Told> {
    let mut told = Vec::new();
    for (whose, old, new) in [("one install", old.install, new.install), ("one address", old.address, new.address)] {
        if old != new {
            let words = |rate: Option<Rate>| rate.map_or_else(|| "any number of events".to_owned(), Rate::in_words);
            told.push((ChangeKind::Other, instead(&format!("Of {whose} are taken at most"), &words(new), &words(old))));
        }
    }
    if let (None, Some(_)) = (old.address, new.address) {
        let words = "A keyed hash of the sender's network address is now kept for as long as the limit needs it.";
        told.push((ChangeKind::Collects, words.to_owned()));
    }
    if let (Some(_), None) = (old.address, new.address) {
        let words = "Hashes of network addresses are kept no more.";
        told.push((ChangeKind::CollectsLess, words.to_owned()));
    }
    told
}

/// Whether it gets larger or smaller; `None` if it stays.
fn grows<T: PartialOrd + Copy>(old: T, new: T) -> Option<bool> {
    (old != new).then(|| new > old)
}

fn instead(what: &str, new: &str, old: &str) -> String {
    format!("{what} {new} instead of {old}.")
}
