//! What the ledger did since it was opened, for metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askfirst_core::Tallies;

/// What the ledger did since it was opened.
#[derive(Debug, Clone, Default)]
pub struct Stats {
    /// Counts by outcome and reason; see [`askfirst_core::Outcome::name`]. `discarded` counts fields.
    pub outcomes: BTreeMap<(&'static str, &'static str), u64>,
    /// Events that were turned away because too many waited, or because the store could not be written.
    pub unavailable: u64,
    /// Commits.
    pub commits: Commits,
    /// Events that wait for the writer now.
    pub queued: usize,
}

/// Transactions that were committed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Commits {
    /// How many.
    pub count: u64,
    /// How long they took, from the first statement to stable storage.
    pub time: Duration,
}

/// Counts that the writer, requests and metrics share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    stats: Stats,
    /// Counts of refusals that wait for the next commit.
    refusals: Tallies,
}

impl Shared {
    /// Counts refusals, to be stored with the next commit.
    pub(crate) fn refuse(&self, refusals: Tallies) {
        let mut inner = self.inner();
        inner.stats.add(&refusals);
        inner.refusals.absorb(refusals);
    }

    /// Counts events that were turned away.
    pub(crate) fn turn_away(&self, events: usize) {
        self.inner().stats.unavailable += events as u64;
    }

    /// Whether there are refusals to be stored.
    pub(crate) fn has_refusals(&self) -> bool {
        !self.inner().refusals.is_empty()
    }

    /// Takes the refusals that are to be stored.
    pub(crate) fn take_refusals(&self) -> Tallies {
        std::mem::take(&mut self.inner().refusals)
    }

    /// Gives refusals back that could not be stored.
    pub(crate) fn give_back(&self, refusals: Tallies) {
        self.inner().refusals.absorb(refusals);
    }

    /// Counts a commit and the outcomes it stored.
    pub(crate) fn committed(&self, outcomes: &Tallies, time: Duration) {
        let mut inner = self.inner();
        inner.stats.add(outcomes);
        inner.stats.commits.count += 1;
        inner.stats.commits.time += time;
    }

    /// A copy of all.
    pub(crate) fn stats(&self) -> Stats {
        self.inner().stats.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stats {
    fn add(&mut self, tallies: &Tallies) {
        for (key, count) in tallies.iter() {
            *self.outcomes.entry((key.outcome, key.reason)).or_default() += count;
        }
    }
}
