//! A ledger in memory: the plainest thing that passes the suite, to try wires and hosts on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use askfirst_contract::{Contract, Day, InstallId, Timestamp};

use crate::address::{AddressKey, AddressKeys};
use crate::id_hash::tombstone;
use crate::ledger::{Answer, AppendError, Batch, Erased, Event, Key, Ledger, Question, Summary, Unanswered};
use crate::limits::Limiter;
use crate::outcome::{Outcome, OutcomeCount, Refused, Tallies};

/// A ledger that forgets everything when it is dropped.
#[derive(Debug)]
pub struct MemoryLedger {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Events by their ids, and the install of each.
    events: HashMap<String, Option<InstallId>>,
    forgotten: HashSet<InstallId>,
    installs: HashMap<InstallId, u64>,
    /// When something was received of an install last.
    heard: HashMap<u64, Timestamp>,
    activity: BTreeSet<(Day, u64)>,
    tallies: Tallies,
    limiter: Limiter,
    keys: AddressKeys,
}

impl MemoryLedger {
    /// An empty ledger for a contract.
    #[must_use]
    pub fn new(contract: &Contract) -> Self {
        let limits = &contract.policy.limits;
        let window = limits.address.map_or(0, |rate| rate.per.0);
        Self {
            state: Mutex::new(State {
                events: HashMap::new(),
                forgotten: HashSet::new(),
                installs: HashMap::new(),
                heard: HashMap::new(),
                activity: BTreeSet::new(),
                tallies: Tallies::default(),
                limiter: Limiter::new(limits),
                keys: AddressKeys::new(window, Vec::new()),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger for MemoryLedger {
    async fn append(&self, batch: Batch) -> Result<Vec<Outcome>, AppendError> {
        let mut state = self.state();
        let mut outcomes = Vec::new();
        for candidate in batch.candidates {
            outcomes.push(match candidate {
                Ok(event) => state.append(&event, &batch.address, batch.now),
                Err(refused) => state.tallies.count_refused(batch.now, refused),
            });
        }
        Ok(outcomes)
    }

    async fn forget(&self, install: InstallId, _now: Timestamp) -> Result<Erased, AppendError> {
        let mut state = self.state();
        let before = state.events.len();
        state.events.retain(|_, of| of.as_ref() != Some(&install));
        let events = (before - state.events.len()) as u64;
        if let Some(number) = state.installs.remove(&install) {
            state.activity.retain(|(_, of)| *of != number);
            state.heard.remove(&number);
        }
        // Not random, as the keys of addresses.
        let tombstone = tombstone(&[0; 32], &install);
        state.forgotten.insert(install);
        Ok(Erased { events, tombstone })
    }

    async fn answer(&self, question: Question) -> Result<Answer, Unanswered> {
        let state = self.state();
        // The others are about tables of single wires.
        let Question::Summary(now) = question else { return Err(Unanswered) };
        let (today, monday, first) = (now.day(), now.day().monday(), now.day().first_of_month());
        let active = |from: Day| {
            let active: HashSet<_> =
                state.activity.range((from, 0)..=(today, u64::MAX)).map(|(_, install)| install).collect();
            active.len() as u64
        };
        let mut outcomes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (key, count) in state.tallies.iter() {
            *outcomes.entry((key.outcome, key.reason)).or_default() += count;
        }
        let outcomes = outcomes.into_iter().map(|((outcome, reason), count)| OutcomeCount {
            outcome: outcome.to_owned(),
            reason: reason.to_owned(),
            count,
        });
        Ok(Answer::Summary(Summary {
            events: state.events.len() as u64,
            installs: state.installs.len() as u64,
            active_now: state.heard.values().filter(|heard| heard.0 >= now.0 - Summary::NOW).count() as u64,
            active_today: active(today),
            active_this_week: active(monday),
            active_this_month: active(first),
            outcomes: outcomes.collect(),
        }))
    }

    async fn is_healthy(&self) -> bool {
        true
    }
}

impl State {
    fn append(&mut self, event: &Event, address: &str, now: Timestamp) -> Outcome {
        let outcome = self.decide(event, address, now);
        let version = event.checked.dimension("app_version");
        self.tallies.count(now, &outcome, version);
        if outcome == Outcome::Accepted {
            self.tallies.count_discarded(now, &event.checked.discarded, version);
        }
        outcome
    }

    fn decide(&mut self, event: &Event, address: &str, now: Timestamp) -> Outcome {
        let Event { checked: event, key } = event;
        let is_stored = |id: &String| self.events.contains_key(id);
        let (id, is_repetition) = match key {
            Key::Once(id) | Key::Latest(id) => (id.clone(), is_stored(id)),
            Key::Unless(id, other) => (id.clone(), is_stored(id) || is_stored(other)),
            Key::Always => (format!("\0{}", self.events.len()), false),
        };
        if is_repetition {
            return Outcome::Duplicate;
        }
        if event.install_id.as_ref().is_some_and(|id| self.forgotten.contains(id)) {
            return Outcome::Refused(Refused::Forgotten);
        }
        self.keys.drop_expired(now);
        self.limiter.forget(now);
        if !self.keys.has_today(now) {
            // Not random: nothing in memory needs to be kept from anybody.
            self.keys.add(AddressKey { day: now.day(), secret: [now.day().0.to_le_bytes()[0]; 32] });
        }
        let addresses = self.keys.hashes(address, now);
        let install = event.install_id.as_ref().and_then(|id| self.installs.get(id)).copied();
        if let Some((scope, retry_after)) = self.limiter.over(install, &addresses, now) {
            return Outcome::Limited { scope, retry_after };
        }
        self.events.insert(id, event.install_id.clone());
        let install = event.install_id.clone().map(|id| {
            let next = self.installs.values().max().map_or(0, |last| last + 1);
            *self.installs.entry(id).or_insert(next)
        });
        if let Some(install) = install {
            self.activity.insert((event.occurred_at.unwrap_or(now).day(), install));
            self.heard.insert(install, now);
        }
        self.limiter.record(install, addresses.first().copied(), now);
        Outcome::Accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::ledger_suite!(|contract| MemoryLedger::new(contract), pollster::block_on);
}
