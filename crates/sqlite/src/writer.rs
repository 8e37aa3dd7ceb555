//! The writer thread: the only one that writes to the file.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use askfirst_contract::{Contract, Timestamp};
use askfirst_core::{AppendError, Outcome, Tallies};
use tokio::sync::oneshot;

use crate::append::Store;
use crate::checkpoint::{Checkpointer, finish};
use crate::queue::{Append, Appended, Queue, Upkeep, Work};
use crate::retention::Progress;
use crate::stats::Shared;

/// How long counts of refusals wait for an event to be stored with.
const PATIENCE: Duration = Duration::from_secs(1);
/// Ids that are moved from memory to disk with every commit: some milliseconds even where each is on a page of its own.
const MERGE: usize = 256;
/// What clients are told to wait while the store can't be written, in seconds: long enough to find the cause.
const RETRY_AFTER: u32 = 30;

/// The writer of one ledger.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) contract: Contract,
    pub(crate) views: &'static str,
    pub(crate) queue: Arc<Queue>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) is_healthy: Arc<AtomicBool>,
    /// `None` after a failure, until the file is opened again.
    pub(crate) store: Option<Store>,
    pub(crate) checkpointer: Checkpointer,
    /// The latest time that a request came with.
    pub(crate) now: Timestamp,
}

/// Why a group was not committed.
enum Failed {
    /// Nothing was stored.
    Before(rusqlite::Error),
    /// The commit itself failed: it can't be known.
    InCommit(rusqlite::Error),
}

impl Writer {
    /// Works until the queue is closed and empty.
    pub(crate) fn run(mut self) {
        let _guard = CloseOnExit(Arc::clone(&self.queue), Arc::clone(&self.is_healthy));
        loop {
            match self.queue.next(PATIENCE) {
                Work::Group(group) => self.commit(group),
                Work::Upkeep(upkeep) => self.upkeep(upkeep),
                Work::Idle => self.rest(),
                Work::Closed => break,
            }
        }
        self.rest();
        if let Some(store) = &self.store {
            finish(&store.connection, "TRUNCATE");
        }
    }

    /// Stores counts of refusals when no event came for a while, and opens the file again if that is needed.
    fn rest(&mut self) {
        let refusals = self.shared.take_refusals();
        let is_broken = !self.is_healthy.load(Ordering::Relaxed);
        if !refusals.is_empty() || is_broken {
            self.shared.give_back(refusals);
            self.commit(Vec::new());
        }
    }

    /// Decides, stores and commits a group, and replies to each of its batches.
    #[expect(clippy::disallowed_methods, reason = "measures commits for the metrics")]
    fn commit(&mut self, group: Vec<Append>) {
        self.now = group.iter().map(|append| append.batch.now).fold(self.now, Timestamp::max);
        let started = Instant::now();
        let events: usize = group.iter().map(|append| append.batch.candidates.len()).sum();
        let (batches, replies): (Vec<_>, Vec<_>) = group.into_iter().map(|append| (append.batch, append.reply)).unzip();
        let refusals = self.shared.take_refusals();
        let mut tallies = Tallies::default();
        match self.transaction(batches, &refusals, &mut tallies) {
            Ok(outcomes) => {
                self.is_healthy.store(true, Ordering::Relaxed);
                self.shared.committed(&tallies, started.elapsed());
                reply(replies, outcomes.into_iter().map(Ok));
                if let Some(store) = &self.store {
                    self.checkpointer.committed(events, &store.connection);
                }
            }
            Err(failed) => {
                self.shared.give_back(refusals);
                let error = self.fail(&failed);
                reply(replies, std::iter::repeat(Err(error)));
            }
        }
    }

    fn transaction(
        &mut self,
        batches: Vec<askfirst_core::Batch>,
        refusals: &Tallies,
        tallies: &mut Tallies,
    ) -> Result<Vec<Vec<Outcome>>, Failed> {
        let store = self.store().map_err(Failed::Before)?;
        store.run("BEGIN IMMEDIATE").map_err(Failed::Before)?;
        let outcomes: Result<Vec<_>, _> = batches.into_iter().map(|batch| store.append(batch, tallies)).collect();
        let outcomes = outcomes.map_err(Failed::Before)?;
        store.store_counts([refusals, tallies]).map_err(Failed::Before)?;
        store.merge_ids(MERGE).map_err(Failed::Before)?;
        store.run("COMMIT").map_err(Failed::InCommit)?;
        Ok(outcomes)
    }

    /// The open store, opened again after a failure.
    fn store(&mut self) -> Result<&mut Store, rusqlite::Error> {
        let store = match self.store.take() {
            Some(store) => store,
            None => Store::open(&self.path, &self.contract, self.views, self.now).map_err(|error| {
                tracing::error!(app = self.contract.app.id, %error, "the ledger can't be opened");
                rusqlite::Error::InvalidPath(self.path.clone())
            })?,
        };
        Ok(self.store.insert(store))
    }

    /// Forgets everything in memory that may not be true any more; the file tells what is.
    fn fail(&mut self, failed: &Failed) -> AppendError {
        self.store = None;
        self.is_healthy.store(false, Ordering::Relaxed);
        let app = &self.contract.app.id;
        match failed {
            Failed::Before(error) => {
                tracing::error!(app, %error, "nothing was stored");
                AppendError::Unavailable { retry_after: RETRY_AFTER }
            }
            Failed::InCommit(error) => {
                tracing::error!(app, %error, "a commit failed; the ledger is opened again");
                AppendError::Unknown
            }
        }
    }

    /// Does upkeep in steps, with the groups that gather meanwhile between them.
    fn upkeep(&mut self, upkeep: Upkeep) {
        let mut progress = Progress::new(upkeep.kind, upkeep.now);
        let result = loop {
            while let Some(group) = self.queue.gathered() {
                self.commit(group);
            }
            if self.queue.is_closed() {
                break Err(AppendError::Unavailable { retry_after: RETRY_AFTER });
            }
            let step = self.store().and_then(|store| progress.step(store));
            match step {
                Ok(true) => {}
                Ok(false) => break Ok(progress.rows),
                Err(error) => break Err(self.fail(&Failed::Before(error))),
            }
        };
        if let Some(store) = &self.store {
            // What was deleted is to go from the log as well.
            finish(&store.connection, "TRUNCATE");
        }
        // Nobody may wait for it any more.
        let _ = upkeep.reply.send(result);
    }
}

fn reply(replies: Vec<oneshot::Sender<Appended>>, outcomes: impl Iterator<Item = Appended>) {
    for (reply, outcome) in replies.into_iter().zip(outcomes) {
        // A client that went away does not wait for its reply; what it sent is stored all the same.
        let _ = reply.send(outcome);
    }
}

/// Whatever ends the writer, nothing may be queued for it then.
struct CloseOnExit(Arc<Queue>, Arc<AtomicBool>);

impl Drop for CloseOnExit {
    fn drop(&mut self) {
        self.1.store(false, Ordering::Relaxed);
        self.0.abandon();
    }
}
