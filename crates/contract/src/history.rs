//! Which contracts were in force, and what changed from each to the next.

use serde_json::{Value, json};

use crate::contract::Contract;
use crate::diff::Change;
use crate::timestamp::Timestamp;

/// A contract as a ledger recorded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedContract {
    /// [`Contract::hash`]
    pub hash: String,
    /// When it came into force first.
    pub since: Timestamp,
    /// Its canonical form, as the askfirst of that time printed it.
    pub text: String,
}

/// The contracts of an app, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub(crate) entries: Vec<Entry>,
    /// Whether there are earlier ones.
    pub(crate) is_cut: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) hash: String,
    /// `None` where no ledger has recorded it yet.
    pub(crate) since: Option<Timestamp>,
    pub(crate) is_in_force: bool,
    pub(crate) told: Told,
}

/// What is told of a contract.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// There was none before.
    First,
    /// What changed against the one before.
    Changes(Vec<Change>),
    /// It, or the one before, is no contract to this program.
    Unreadable,
}

pub(crate) const UNREADABLE: &str =
    "What changed can't be told: this version of askfirst can't read this contract, or the one before it.";

impl History {
    /// The history of what a ledger recorded, the newest first. Of `recorded`, up to `most` are told of; one more is
    /// needed to tell what changed with the last of them.
    ///
    /// A ledger may record the contract in force only with the first event it stores; until then, it is the newest.
    #[must_use]
    pub fn of(in_force: &Contract, recorded: &[RecordedContract], most: usize) -> Self {
        let hash = in_force.hash();
        let is_recorded = recorded.iter().any(|contract| contract.hash == hash);
        let newest = (!is_recorded).then(|| (hash.clone(), None, Some(in_force.clone())));
        let known = recorded.iter().map(|recorded| {
            let contract = if recorded.hash == hash { Some(in_force.clone()) } else { read(recorded) };
            (recorded.hash.clone(), Some(recorded.since), contract)
        });
        let all: Vec<_> = newest.into_iter().chain(known).take(most.saturating_add(1)).collect();
        let entry = |(index, (of, since, contract)): (usize, &(String, Option<Timestamp>, Option<Contract>))| {
            let told = match (all.get(index + 1), contract) {
                (None, _) => Told::First,
                (Some((_, _, Some(before))), Some(contract)) => Told::Changes(Contract::diff(before, contract)),
                (Some(_), _) => Told::Unreadable,
            };
            Entry { hash: of.clone(), since: *since, is_in_force: *of == hash, told }
        };
        Self { entries: all.iter().enumerate().map(entry).take(most).collect(), is_cut: all.len() > most }
    }

    /// As JSON: a list, of which each item has the changes in words.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let entry = |entry: &Entry| {
            json!({
                "hash": entry.hash,
                "since": entry.since.map(|since| since.to_string()),
                "in_force": entry.is_in_force,
                "changes": entry.told.in_words(),
            })
        };
        self.entries.iter().map(entry).collect()
    }
}

impl Told {
    fn in_words(&self) -> Vec<String> {
        match self {
            Self::First => Vec::new(),
            Self::Changes(changes) => changes.iter().map(Change::in_words).collect(),
            Self::Unreadable => vec![UNREADABLE.to_owned()],
        }
    }
}

/// What another version of askfirst wrote may be no contract to this one.
fn read(recorded: &RecordedContract) -> Option<Contract> {
    Contract::parse(&recorded.hash, &recorded.text).ok()
}
