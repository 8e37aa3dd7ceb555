//! The bounded queue in front of the writer.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::{AppendError, Batch, Candidate, Outcome, Tombstone};
use tokio::sync::oneshot;

use crate::index::Hashes;

/// Events that wait for the writer at the most: a second's worth for a fast disk, so that no client waits longer
/// than it would for an answer of "unavailable".
const MAX_EVENTS: usize = 16_384;
/// Bytes of these events at the most: 32 MiB keeps a server with slow disks within the memory of a small machine.
const MAX_BYTES: usize = 32 << 20;
/// Events of one transaction at the most: a group this large is on its way within a few milliseconds.
const MAX_GROUP: usize = 1_024;

/// Where an answer goes.
pub(crate) type ReplyTo<T> = oneshot::Sender<T>;
/// What becomes of a batch: it comes back with its outcomes, so that the writer does not spend its time on freeing it.
pub(crate) type Appended = Result<(Vec<Outcome>, Hashed), AppendError>;

/// A batch with the hashes of its candidates' ids.
#[derive(Debug)]
pub(crate) struct Hashed {
    pub(crate) batch: Batch,
    pub(crate) hashes: Vec<Hashes>,
}

impl From<Batch> for Hashed {
    fn from(batch: Batch) -> Self {
        let hashes = |candidate: &Candidate| candidate.as_ref().map_or(Hashes::default(), Hashes::of);
        Self { hashes: batch.candidates.iter().map(hashes).collect(), batch }
    }
}

/// A batch and where its outcomes go.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) hashed: Hashed,
    pub(crate) reply: ReplyTo<Appended>,
}

/// Upkeep of the ledger.
#[derive(Debug)]
pub(crate) struct Upkeep {
    pub(crate) kind: UpkeepKind,
    pub(crate) now: Timestamp,
    pub(crate) reply: ReplyTo<Result<u64, AppendError>>,
}

/// What is to be kept up.
#[derive(Debug)]
pub(crate) enum UpkeepKind {
    /// Destroy the keys of addresses whose time is over, and empty the hashes made with them.
    Keys,
    /// Delete what is past retention.
    Retention,
    /// Erase an install, and tell what is left in its place.
    Forget(InstallId, Arc<OnceLock<Tombstone>>),
    /// Go on under another contract.
    Contract(Box<Contract>),
}

/// What the writer does next.
pub(crate) enum Work {
    /// Append these; upkeep may wait behind them.
    Group(Vec<Append>),
    /// Do this first thing when nothing else is to be done.
    Upkeep(Upkeep),
    /// Nothing came for a while.
    Idle,
    /// Everything is done, and nothing will come.
    Closed,
}

/// Batches on their way to the writer.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct State {
    appends: Vec<Append>,
    upkeep: Vec<Upkeep>,
    events: usize,
    bytes: usize,
    closed: bool,
    writer_waits: bool,
}

impl Queue {
    /// Queues a batch, or gives it back where the queue is full or closed.
    pub(crate) fn push(&self, append: Append) -> Result<(), Append> {
        let (events, bytes) = weight(&append.hashed.batch);
        let mut state = self.state();
        let full = state.events + events > MAX_EVENTS || state.bytes + bytes > MAX_BYTES;
        if state.closed || (full && state.events > 0) {
            return Err(append);
        }
        state.events += events;
        state.bytes += bytes;
        state.appends.push(append);
        self.wake(state);
        Ok(())
    }

    /// Queues upkeep, or gives it back where the queue is closed.
    pub(crate) fn push_upkeep(&self, upkeep: Upkeep) -> Result<(), Upkeep> {
        let mut state = self.state();
        if state.closed {
            return Err(upkeep);
        }
        state.upkeep.push(upkeep);
        self.wake(state);
        Ok(())
    }

    /// Lets the writer finish what is queued and takes nothing more.
    pub(crate) fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        self.wake(state);
    }

    /// Whether nothing more will come.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().closed
    }

    /// Drops what is queued, when there is no writer any more: whoever waits hears of it by that.
    pub(crate) fn abandon(&self) {
        let mut state = self.state();
        state.closed = true;
        let _ = (std::mem::take(&mut state.appends), std::mem::take(&mut state.upkeep));
    }

    /// Events that wait.
    pub(crate) fn events(&self) -> usize {
        self.state().events
    }

    /// Batches that wait.
    pub(crate) fn batches(&self) -> usize {
        self.state().appends.len()
    }

    /// Waits for work, at most this long. A group has so many batches at the most.
    pub(crate) fn next(&self, patience: Duration, limit: usize) -> Work {
        let mut state = self.state();
        loop {
            if let Some(group) = state.gathered(limit) {
                return Work::Group(group);
            }
            if let Some(upkeep) = state.upkeep.pop() {
                return Work::Upkeep(upkeep);
            }
            if state.closed {
                return Work::Closed;
            }
            state.writer_waits = true;
            let (woken, timeout) = self.arrived.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.writer_waits = false;
            if timeout.timed_out() && state.appends.is_empty() && state.upkeep.is_empty() && !state.closed {
                return Work::Idle;
            }
        }
    }

    /// The group that gathered meanwhile, if any, of so many batches at the most.
    pub(crate) fn gathered(&self, limit: usize) -> Option<Vec<Append>> {
        self.state().gathered(limit)
    }

    /// The same, where the writer has nothing else to do and waits at most this long.
    pub(crate) fn gathered_within(&self, patience: Duration, limit: usize) -> Option<Vec<Append>> {
        let mut state = self.state();
        if state.appends.is_empty() {
            state.writer_waits = true;
            state = self.arrived.wait_timeout(state, patience).unwrap_or_else(PoisonError::into_inner).0;
            state.writer_waits = false;
        }
        state.gathered(limit)
    }

    /// Wakes the writer if it waits; waking is a system call, so it is not done for nothing, nor twice.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let waits = std::mem::take(&mut state.writer_waits);
        drop(state);
        if waits {
            self.arrived.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn gathered(&mut self, limit: usize) -> Option<Vec<Append>> {
        (!self.appends.is_empty()).then(|| self.take_group(limit))
    }

    fn take_group(&mut self, limit: usize) -> Vec<Append> {
        let mut events = 0;
        let fits = self.appends.iter().position(|append| {
            events += append.hashed.batch.candidates.len();
            events > MAX_GROUP
        });
        // A batch that is larger than a group is a group of its own.
        let end = fits.unwrap_or(self.appends.len()).min(limit).max(1);
        let group: Vec<_> = if end == self.appends.len() {
            std::mem::take(&mut self.appends)
        } else {
            self.appends.drain(..end).collect()
        };
        for append in &group {
            let (events, bytes) = weight(&append.hashed.batch);
            self.events -= events;
            self.bytes -= bytes;
        }
        group
    }
}

/// The events of a batch, and about how many bytes they take.
fn weight(batch: &Batch) -> (usize, usize) {
    let bytes = batch.candidates.iter().flatten().map(|event| event.checked.fields.len() + 256).sum();
    (batch.candidates.len(), bytes)
}

#[cfg(test)]
mod tests {
    use askfirst_core::{BodyFault, Refused};

    use super::*;

    fn batch(events: usize) -> Append {
        let candidates = (0..events).map(|_| Err(Refused::Body(BodyFault::Nothing))).collect();
        Append {
            hashed: Batch { candidates, address: "192.0.2.1".to_owned(), now: Timestamp(0) }.into(),
            reply: oneshot::channel().0,
        }
    }

    fn gathered(queue: &Queue, limit: usize) -> Vec<usize> {
        let group = queue.gathered(limit).unwrap_or_default();
        group.iter().map(|append| append.hashed.batch.candidates.len()).collect()
    }

    #[test]
    fn a_group_has_a_number_of_batches_and_of_events_at_the_most() {
        let queue = Queue::default();
        for events in [1, 2, 3, 4, MAX_GROUP, MAX_GROUP + 1, 5] {
            queue.push(batch(events)).unwrap();
        }
        assert_eq!(queue.events(), 2 * MAX_GROUP + 16);
        assert_eq!(gathered(&queue, 2), [1, 2]);
        assert_eq!(gathered(&queue, usize::MAX), [3, 4], "the next would be too many events");
        assert_eq!(gathered(&queue, usize::MAX), [MAX_GROUP]);
        assert_eq!(gathered(&queue, usize::MAX), [MAX_GROUP + 1], "a group of its own");
        assert_eq!((gathered(&queue, 1), queue.events()), (vec![5], 0));
        assert!(queue.gathered(1).is_none());
    }
}
