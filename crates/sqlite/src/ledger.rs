//! The port: requests hand their batches to the writer and wait for its reply.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::{Answer, AppendError, Batch, Erased, Ledger, Outcome, Question, Tallies, Unanswered, sql};
use tokio::sync::oneshot;

use crate::append::Store;
use crate::checkpoint::Checkpointer;
use crate::connection::OpenError;
use crate::pace::PACE;
use crate::queue::{Append, Queue, Upkeep, UpkeepKind};
use crate::reader::{Place, Reader, ReaderError, Stored};
use crate::stats::{Shared, Stats};
use crate::writer::Writer;

/// What clients are told to wait while the queue is full, in seconds: the queue is empty again by then.
const RETRY_AFTER: u32 = 1;

/// What a ledger is opened with.
#[derive(Debug)]
pub struct Settings {
    /// The file; made if it is not there.
    pub path: PathBuf,
    /// The contract in force.
    pub contract: Contract,
    /// The tables, triggers and views of the app's wire, as SQL.
    pub tables: &'static str,
    /// The time of opening.
    pub now: Timestamp,
}

/// The ledger of one app in one file.
#[derive(Debug)]
pub struct SqliteLedger {
    path: PathBuf,
    queue: Arc<Queue>,
    shared: Arc<Shared>,
    is_healthy: Arc<AtomicBool>,
    /// What is published of the last week that is over: counted once, however many ask.
    public: Arc<Mutex<Option<(Question, Answer)>>>,
    writer: Option<JoinHandle<()>>,
}

impl SqliteLedger {
    /// Opens the file, brings it up to date and starts its writer.
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the file can't be opened or is not this app's.
    pub fn open(settings: Settings) -> Result<Self, OpenError> {
        let Settings { path, contract, tables, now } = settings;
        let store = Store::open(&path, &contract, tables, now)?;
        let (queue, shared) = (Arc::new(Queue::default()), Arc::new(Shared::default()));
        let is_healthy = Arc::new(AtomicBool::new(true));
        let writer = Writer {
            path: path.clone(),
            contract,
            tables,
            queue: Arc::clone(&queue),
            shared: Arc::clone(&shared),
            is_healthy: Arc::clone(&is_healthy),
            store: Some(store),
            checkpointer: Checkpointer::start(path.clone())?,
            opened: now,
            last_commit: Duration::ZERO,
            last_group: 0,
        };
        let writer = thread::Builder::new().name("writer".to_owned()).spawn(|| writer.run())?;
        Ok(Self { path, queue, shared, is_healthy, public: Arc::default(), writer: Some(writer) })
    }

    /// Destroys the keys of addresses whose time is over and empties the hashes made with them.
    ///
    /// # Errors
    ///
    /// [`AppendError`] where the store can't be written.
    pub async fn destroy_keys(&self, now: Timestamp) -> Result<(), AppendError> {
        self.upkeep(UpkeepKind::Keys, now).await.map(drop)
    }

    /// Deletes what is past retention, in small steps between events; gives the number of rows deleted.
    ///
    /// # Errors
    ///
    /// [`AppendError`] where the store can't be written; what was deleted until then stays deleted.
    pub async fn retain(&self, now: Timestamp) -> Result<u64, AppendError> {
        self.upkeep(UpkeepKind::Retention, now).await
    }

    /// Goes on under another contract of the same app and wire; what was received before it is decided under the one
    /// before.
    ///
    /// # Errors
    ///
    /// [`AppendError`] where the store can't be opened under it; it is tried again with every event.
    pub async fn renew(&self, contract: Contract, now: Timestamp) -> Result<(), AppendError> {
        self.upkeep(UpkeepKind::Contract(Box::new(contract)), now).await.map(drop)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the ledger did since it was opened.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { queued: self.queue.events(), ..self.shared.stats() }
    }

    /// Counts what was stored behind a place, with a contract to tell what reports an error; without a place it counts
    /// nothing and only tells the end, to begin there.
    ///
    /// # Errors
    ///
    /// [`Unanswered`] where the file can't be read.
    pub async fn stored_behind(&self, place: Option<Place>, contract: &Contract) -> Result<Stored, Unanswered> {
        let error_paths = sql::error_paths(contract);
        self.read(Urgency::Normal, move |reader| Ok(reader.stored_behind(place, &error_paths)?)).await
    }

    /// Stores what is queued, closes the file and waits for that. Later batches are unavailable.
    pub fn close(mut self) {
        self.stop();
    }

    async fn upkeep(&self, kind: UpkeepKind, now: Timestamp) -> Result<u64, AppendError> {
        let (reply, result) = oneshot::channel();
        let unavailable = AppendError::Unavailable { retry_after: RETRY_AFTER };
        self.queue.push_upkeep(Upkeep { kind, now, reply }).map_err(|_| unavailable)?;
        result.await.unwrap_or(Err(unavailable))
    }

    fn stop(&mut self) {
        self.queue.close();
        if let Some(writer) = self.writer.take()
            && writer.join().is_err()
        {
            tracing::error!("the writer ended by a panic; what it replied to is stored");
        }
    }
}

impl Ledger for SqliteLedger {
    async fn append(&self, batch: Batch) -> Result<Vec<Outcome>, AppendError> {
        // Refusals change nothing on disk but counts: they do not wait for it.
        if batch.candidates.iter().all(Result::is_err) {
            return Ok(self.refuse(batch));
        }
        let (reply, outcomes) = oneshot::channel();
        let events = batch.candidates.len();
        let appended = match self.queue.push(Append { hashed: batch.into(), reply }) {
            // Without a reply the writer has gone in the middle of it.
            Ok(()) => outcomes.await.unwrap_or(Err(AppendError::Unknown)).map(|(outcomes, _)| outcomes),
            Err(_) => Err(AppendError::Unavailable { retry_after: RETRY_AFTER }),
        };
        if appended.is_err() {
            self.shared.turn_away(events);
        }
        appended
    }

    async fn forget(&self, install: InstallId, now: Timestamp) -> Result<Erased, AppendError> {
        let tombstone = Arc::new(OnceLock::new());
        let events = self.upkeep(UpkeepKind::Forget(install, Arc::clone(&tombstone)), now).await?;
        let tombstone = tombstone.get().copied().ok_or(AppendError::Unknown)?;
        Ok(Erased { events, tombstone })
    }

    async fn answer(&self, question: Question) -> Result<Answer, Unanswered> {
        let kept = Arc::clone(&self.public);
        let urgency = match question {
            Question::Public { .. }
            | Question::Ask(_)
            | Question::Install { .. }
            | Question::Contracts(_)
            | Question::Summary(_) => Urgency::Idle,
            // Released clients wait for these.
            Question::Metrics(_)
            | Question::Latest(..)
            | Question::FlashCount
            | Question::FailuresByDay
            | Question::WeeklySessions(_) => Urgency::Normal,
        };
        self.read(urgency, move |reader| match question {
            Question::Public { .. } => answer_once(&kept, question, |question| reader.answer(question)),
            question => reader.answer(question),
        })
        .await
    }

    async fn is_healthy(&self) -> bool {
        self.is_healthy.load(Ordering::Relaxed)
    }
}

impl SqliteLedger {
    /// Asks the file. Questions are few and long: a thread each is cheap beside them, and none waits behind another.
    async fn read<T: Send + 'static>(
        &self,
        urgency: Urgency,
        ask: impl FnOnce(&Reader) -> Result<T, ReaderError> + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (reply, answer) = oneshot::channel();
        let path = self.path.clone();
        let asked = thread::Builder::new().name("reader".to_owned()).spawn(move || {
            let ask = || Reader::open(&path).and_then(|reader| ask(&reader));
            let answered = match urgency {
                Urgency::Normal => ask(),
                Urgency::Idle => PACE.give_way(ask),
            };
            let _ = reply.send(answered.map_err(|error| {
                tracing::error!(%error, "a question was not answered");
                Unanswered
            }));
        });
        asked.map_err(|_| Unanswered)?;
        answer.await.unwrap_or(Err(Unanswered))
    }
}

/// What a question may take from storing events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    /// As much as it needs.
    Normal,
    /// What nothing else wants.
    Idle,
}

/// The answer that is kept, where it is one to the same question; else it is asked, and others wait for that.
fn answer_once(
    kept: &Mutex<Option<(Question, Answer)>>,
    question: Question,
    ask: impl Fn(Question) -> Result<Answer, ReaderError>,
) -> Result<Answer, ReaderError> {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, answer)) = &*kept
        && *known == question
    {
        return Ok(answer.clone());
    }
    let answer = ask(question.clone())?;
    *kept = Some((question, answer.clone()));
    Ok(answer)
}

impl SqliteLedger {
    fn refuse(&self, batch: Batch) -> Vec<Outcome> {
        let mut tallies = Tallies::default();
        let refused = batch.candidates.into_iter().filter_map(Result::err);
        let outcomes = refused.map(|refused| tallies.count_refused(batch.now, refused)).collect();
        self.shared.refuse(tallies);
        outcomes
    }
}

impl Drop for SqliteLedger {
    fn drop(&mut self) {
        self.stop();
    }
}
