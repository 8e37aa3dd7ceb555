//! What clients send and nobody declared, by name: so an operator learns which release tells too much.
//!
//! Names are content. They are kept here, in the memory of the process, and nowhere else: they are taken off an event
//! before the ledger gets it, they are in no log and no metric, and they are gone with the process or when contracts are
//! read again. An event without any pays nothing.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use askfirst_contract::{Timestamp, UndeclaredName};
use serde_json::{Value, json};

use crate::ledger::Candidate;
use crate::outcome::{Outcome, Refused, version_label};

/// Names and versions of clients that are counted apart, at about 200 bytes each: 50 KB an app. Clients choose them, so
/// there is an end.
const MAX_COUNTED: usize = 256;

/// What was met since some time.
#[derive(Debug)]
pub struct Undeclared {
    since: Timestamp,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    /// By name and version of the client.
    names: BTreeMap<(UndeclaredName, String), Counts>,
    /// Of all that came when there were enough.
    others: Counts,
}

/// So many events.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// That were refused for it.
    refused: u64,
    /// That were stored without it.
    discarded: u64,
    /// When the last of them came.
    last: Timestamp,
}

impl Default for Counts {
    fn default() -> Self {
        Self { refused: 0, discarded: 0, last: Timestamp(0) }
    }
}

/// What one event of a request holds that nobody declared.
pub(crate) struct Met {
    event: usize,
    names: Vec<UndeclaredName>,
    client_version: String,
}

impl Undeclared {
    /// Nothing was met yet.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { since: now, counted: Mutex::default() }
    }

    /// Takes the names off the events of a request.
    pub(crate) fn take(candidates: &mut [Candidate]) -> Vec<Met> {
        let taken = |(event, candidate): (usize, &mut Candidate)| {
            let names = match candidate {
                Ok(event) => std::mem::take(&mut event.checked.undeclared),
                Err(Refused::Contract(refusal)) => std::mem::take(&mut refusal.undeclared),
                Err(_) => return None,
            };
            if names.is_empty() {
                return None;
            }
            let version = match candidate {
                Ok(event) => event.checked.dimension("app_version"),
                Err(Refused::Contract(refusal)) => refusal.app_version.as_deref(),
                Err(_) => None,
            };
            Some(Met { event, names, client_version: version_label(version).to_owned() })
        };
        candidates.iter_mut().enumerate().filter_map(taken).collect()
    }

    /// Counts what was taken off, once it is known what became of the events.
    pub(crate) fn count(&self, met: Vec<Met>, outcomes: &[Outcome], now: Timestamp) {
        if met.is_empty() {
            return;
        }
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        for Met { event, mut names, client_version } in met {
            // A name may stand in an event more than once.
            names.sort_unstable();
            names.dedup();
            for name in names {
                match outcomes.get(event) {
                    Some(Outcome::Accepted) => counted.of(name, &client_version, now).discarded += 1,
                    Some(Outcome::Refused(Refused::Contract(_))) => counted.of(name, &client_version, now).refused += 1,
                    _ => {}
                }
            }
        }
    }

    /// All of it as JSON, what came most often first.
    pub(crate) fn to_json(&self) -> Value {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = counted.names.iter().collect();
        // In the order of names where they came equally often.
        names.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.refused + counts.discarded));
        let names: Vec<_> = names
            .into_iter()
            .map(|((UndeclaredName { kind, name }, client_version), counts)| {
                json!({
                    "kind": kind.name(),
                    "name": name,
                    "client_version": client_version,
                    "refused": counts.refused,
                    "discarded": counts.discarded,
                    "last": counts.last.to_string(),
                })
            })
            .collect();
        let others = json!({ "refused": counted.others.refused, "discarded": counted.others.discarded });
        json!({ "question": "undeclared", "since": self.since.to_string(), "names": names, "others": others })
    }
}

impl Counted {
    /// The counts of a name, with its latest event noted.
    fn of(&mut self, name: UndeclaredName, client_version: &str, now: Timestamp) -> &mut Counts {
        let key = (name, client_version.to_owned());
        let is_full = self.names.len() >= MAX_COUNTED && !self.names.contains_key(&key);
        let counts = if is_full { &mut self.others } else { self.names.entry(key).or_default() };
        counts.last = counts.last.max(now);
        counts
    }
}
