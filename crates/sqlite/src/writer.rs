//! The writer thread: the only one that writes to the file.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::{AppendError, Outcome, Tallies, Tombstone};

use crate::append::Store;
use crate::checkpoint::{self, Checkpointer};
use crate::forget::Erasure;
use crate::pace::PACE;
use crate::queue::{Append, Appended, Hashed, Queue, ReplyTo, Upkeep, UpkeepKind, Work};
use crate::retention::{Progress, ROWS, Steps};
use crate::stats::Shared;

/// How long counts of refusals wait for an event to be stored with.
const PATIENCE: Duration = Duration::from_secs(1);
/// Events of one transaction at the most: what arrives behind them waits for the next, and nobody waits long.
const MAX_EVENTS: usize = 256;
/// Requests of a group at the most where the disk is quick and clients are few; where they are many, half of them. All
/// clients in one group would wait for the disk together, and the processors with them; of two groups, one is being synced
/// while the other is received and decided. More groups would be smaller, and each costs a sync.
const FEW: usize = 32;
/// The longest commit of a quick disk: what clients take to come again. Where the disk is slower than they are, it is what
/// everybody waits for, and a group has all that wait.
const QUICK: Duration = Duration::from_millis(2);
/// Keys that are moved from memory to disk, and from run to run, with a commit, for each of its events: an event brings two at
/// the most, and each of them is moved four times until it is among ten million.
const MOVED: usize = 8;
/// While events come, upkeep rests after a step for so many times as long as that took: its writes are many for their events,
/// and the disk takes them later.
const REST: u32 = 8;
/// It rests as well while its pages are copied back, and while so many requests gather during a commit that they have waited.
const MANY: usize = FEW / 2;
/// But not longer than this: a day of a busy tool is some hundred steps.
const MAX_REST: Duration = Duration::from_millis(100);
/// How long the writer waits for events where it has something else to do.
const BRIEFLY: Duration = Duration::from_millis(1);
/// A write that changes nothing of the ledger.
const PROBE: &str = "INSERT OR REPLACE INTO meta (name, value) VALUES ('probe', random())";
/// What clients are told to wait while the store can't be written, in seconds: long enough to find the cause.
const RETRY_AFTER: u32 = 30;

/// The writer of one ledger.
pub(crate) struct Writer {
    pub(crate) path: PathBuf,
    pub(crate) contract: Contract,
    pub(crate) tables: &'static str,
    pub(crate) queue: Arc<Queue>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) is_healthy: Arc<AtomicBool>,
    /// `None` after a failure, until the file is opened again.
    pub(crate) store: Option<Store>,
    pub(crate) checkpointer: Checkpointer,
    /// When the ledger was opened.
    pub(crate) opened: Timestamp,
    /// How long the last commit took, with its sync.
    pub(crate) last_commit: Duration,
    /// The requests it was for.
    pub(crate) last_group: usize,
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
            match self.queue.next(PATIENCE, self.limit()) {
                Work::Group(group) => self.commit(group),
                Work::Upkeep(Upkeep { kind, now, reply }) => {
                    let result = match kind {
                        UpkeepKind::Keys => self.upkeep(&mut Progress::of_keys(now)),
                        UpkeepKind::Retention => self
                            .upkeep(&mut Erasure::unfinished())
                            .and_then(|_| self.upkeep(&mut Progress::of_retention(now))),
                        UpkeepKind::Forget(id, tombstone) => self.forget(id, &tombstone),
                        UpkeepKind::Contract(contract) => self.renew(*contract, now),
                    };
                    // Nobody may wait for it any more.
                    let _ = reply.send(result);
                }
                Work::Idle => self.rest(),
                Work::Closed => break,
            }
        }
        self.rest();
        if let Some(store) = &self.store {
            checkpoint::run(&store.connection, "TRUNCATE");
        }
    }

    /// Requests of a group at the most.
    fn limit(&self) -> usize {
        if self.last_commit > QUICK {
            return usize::MAX;
        }
        // Those of the last group come again, where clients send one after the other.
        let clients = self.last_group + self.queue.batches();
        FEW.max(clients / 2)
    }

    /// Stores counts of refusals when no event came for a while, and opens the file again if that is needed.
    fn rest(&mut self) {
        if self.shared.has_refusals() || !self.is_healthy.load(Ordering::Relaxed) {
            self.commit(Vec::new());
        }
    }

    /// Decides, stores and commits a group, and replies to each of its batches.
    #[expect(clippy::disallowed_methods, reason = "measures commits for the metrics")]
    fn commit(&mut self, group: Vec<Append>) {
        let started = Instant::now();
        let refusals = self.shared.take_refusals();
        let (mut tallies, mut replies) = (Tallies::default(), Vec::new());
        match self.transaction(group, &refusals, &mut tallies, &mut replies) {
            Ok(decided) => {
                self.is_healthy.store(true, Ordering::Relaxed);
                let time = started.elapsed();
                self.shared.committed(&tallies, time);
                PACE.committed(time);
                let events = decided.iter().map(|(outcomes, _)| outcomes.len()).sum();
                reply(replies, decided.into_iter().map(Ok));
                if let Some(store) = &self.store {
                    self.checkpointer.committed(events, &store.connection);
                }
            }
            Err(failed) => {
                self.shared.give_back(refusals);
                let error = self.fail(&failed);
                reply(replies, std::iter::repeat_with(|| Err(error)));
            }
        }
    }

    /// The transaction of a group, and of what arrives while it is being decided, unless it is large enough. `replies`
    /// tells who waits for it, also where it fails.
    #[expect(clippy::disallowed_methods, reason = "how quick the disk is decides how large a group is")]
    fn transaction(
        &mut self,
        group: Vec<Append>,
        refusals: &Tallies,
        tallies: &mut Tallies,
        replies: &mut Vec<ReplyTo<Appended>>,
    ) -> Result<Vec<(Vec<Outcome>, Hashed)>, Failed> {
        let (queue, limit) = (Arc::clone(&self.queue), self.limit());
        let mut decided = Vec::with_capacity(group.len());
        let mut events = 0;
        let mut batches = split(group, replies);
        let store = self.store().map_err(Failed::Before)?;
        store.run("BEGIN IMMEDIATE").map_err(Failed::Before)?;
        let mut appending = store.appending().map_err(Failed::Before)?;
        while !batches.is_empty() {
            for batch in batches {
                let outcomes = appending.append(&batch, tallies).map_err(Failed::Before)?;
                events += outcomes.len();
                decided.push((outcomes, batch));
            }
            let is_large = events >= MAX_EVENTS || decided.len() >= limit;
            let more = if is_large { None } else { queue.gathered(limit) };
            batches = split(more.unwrap_or_default(), replies);
        }
        drop(appending);
        if decided.is_empty() {
            // Nobody waits for this one: it shows whether the file can be written, which only a write does.
            store.run(PROBE).map_err(Failed::Before)?;
        }
        store.store_counts([refusals, tallies]).map_err(Failed::Before)?;
        store.move_keys(MOVED * (events + 1)).map_err(Failed::Before)?;
        store.fold_if_due().map_err(Failed::Before)?;
        let begun = Instant::now();
        store.run("COMMIT").map_err(Failed::InCommit)?;
        (self.last_commit, self.last_group) = (begun.elapsed(), decided.len());
        Ok(decided)
    }

    /// The open store, opened again after a failure.
    fn store(&mut self) -> Result<&mut Store, rusqlite::Error> {
        let store = match self.store.take() {
            Some(store) => store,
            None => Store::open(&self.path, &self.contract, self.tables, self.opened).map_err(|error| {
                tracing::error!(app = self.contract.app.id, %error, "the ledger can't be opened");
                rusqlite::Error::InvalidPath(self.path.clone())
            })?,
        };
        Ok(self.store.insert(store))
    }

    /// Goes on under another contract.
    fn renew(&mut self, contract: Contract, now: Timestamp) -> Result<u64, AppendError> {
        self.contract = contract;
        self.opened = now;
        self.store = None;
        match self.store() {
            Ok(_) => Ok(0),
            Err(error) => Err(self.fail(&Failed::Before(error))),
        }
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

    /// Erases an install.
    fn forget(&mut self, id: InstallId, tombstone: &OnceLock<Tombstone>) -> Result<u64, AppendError> {
        let mut erasure = Erasure::of(id);
        let events = self.upkeep(&mut erasure)?;
        if let Some(left) = erasure.tombstone {
            let _ = tombstone.set(left);
        }
        Ok(events)
    }

    /// Does upkeep in steps, with the groups that gather meanwhile between them.
    #[expect(clippy::disallowed_methods, reason = "upkeep rests in proportion to its steps")]
    fn upkeep(&mut self, progress: &mut dyn Steps) -> Result<u64, AppendError> {
        let result = loop {
            if self.queue.is_closed() {
                break Err(AppendError::Unavailable { retry_after: RETRY_AFTER });
            }
            let begun = Instant::now();
            match self.store().and_then(|store| step(progress, store)) {
                Ok(true) => {}
                Ok(false) => break self.sync().map(|()| progress.rows()),
                Err(error) => break Err(self.fail(&Failed::Before(error))),
            }
            if let Some(store) = &self.store {
                self.checkpointer.committed(ROWS, &store.connection);
            }
            // Neither waits for the other without bound.
            let ended = Instant::now();
            let (rest, longest) = (ended + (ended - begun) * REST, ended + MAX_REST);
            let mut gathered = self.queue.gathered(self.limit());
            while let Some(group) = gathered {
                let is_behind = group.len() >= MANY;
                self.commit(group);
                let until = if is_behind || self.checkpointer.is_under_way() { longest } else { rest };
                gathered =
                    if Instant::now() < until { self.queue.gathered_within(BRIEFLY, self.limit()) } else { None };
            }
        };
        self.cut_log();
        result
    }

    /// Syncs what steps of upkeep have left to it: a commit syncs all that the log holds.
    fn sync(&mut self) -> Result<(), AppendError> {
        let synced = self.store().and_then(|store| store.run(PROBE));
        synced.map_err(|error| self.fail(&Failed::Before(error)))
    }

    /// Copies the log back and cuts it: what was deleted is to go from it as well. Nobody waits for most of that.
    fn cut_log(&mut self) {
        self.checkpointer.request();
        while let Some(store) = &self.store
            && self.checkpointer.is_under_way()
        {
            match self.queue.gathered_within(BRIEFLY, self.limit()) {
                Some(group) => self.commit(group),
                None => self.checkpointer.committed(0, &store.connection),
            }
        }
        if let Some(store) = &self.store {
            checkpoint::run(&store.connection, "TRUNCATE");
        }
    }
}

/// Does one step of upkeep, without a sync: nobody is told of it before the last one is done, and most of its pages are
/// written once more by the next.
fn step(progress: &mut dyn Steps, store: &mut Store) -> Result<bool, rusqlite::Error> {
    store.run("PRAGMA synchronous = NORMAL")?;
    let is_more = progress.step(store)?;
    store.run("PRAGMA synchronous = FULL")?;
    Ok(is_more)
}

/// The batches of a group; who waits for them is noted before anything can fail.
fn split(group: Vec<Append>, replies: &mut Vec<ReplyTo<Appended>>) -> Vec<Hashed> {
    let (batches, waiting): (Vec<_>, Vec<_>) = group.into_iter().map(|append| (append.hashed, append.reply)).unzip();
    replies.extend(waiting);
    batches
}

fn reply(replies: Vec<ReplyTo<Appended>>, outcomes: impl Iterator<Item = Appended>) {
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
