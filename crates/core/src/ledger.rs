//! The port to a ledger: the store of accepted events of one app, and everything derived from them.

use std::future::Future;

use askfirst_contract::{CheckedEvent, Timestamp};

use crate::outcome::{Outcome, OutcomeCount, Refused};

/// What a client reports as an event: checked, or refused already.
pub type Candidate = Result<CheckedEvent, Refused>;

/// The candidates of one request.
#[derive(Debug)]
pub struct Batch {
    /// In the order of the request.
    pub candidates: Vec<Candidate>,
    /// The client's address as text.
    pub address: String,
    /// When the request arrived.
    pub now: Timestamp,
}

/// A ledger. Every implementation passes the tests in `suite`.
///
/// The futures are not required to be `Send`: a Worker's are not. The server uses a ledger by its own type, whose
/// futures are.
pub trait Ledger {
    /// Decides every candidate in order, stores what is accepted and counts every outcome.
    ///
    /// One transaction decides and stores: an event whose id is stored already is [`Outcome::Duplicate`] and costs
    /// nothing; then the limits of the contract hold, the install's first; the rest is accepted. When this returns,
    /// accepted events are on stable storage. Counts of outcomes may follow within seconds.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; no candidate has an outcome then.
    fn append(&self, batch: Batch) -> impl Future<Output = Result<Vec<Outcome>, AppendError>>;

    /// Answers a question from what is committed.
    ///
    /// # Errors
    ///
    /// [`Unanswered`] where the store can't be read.
    fn answer(&self, question: Question) -> impl Future<Output = Result<Answer, Unanswered>>;

    /// Whether the ledger takes writes.
    fn is_healthy(&self) -> impl Future<Output = bool>;
}

/// Why a batch has no outcomes. The cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// Nothing was stored.
    #[error("unavailable: nothing was stored, try again")]
    Unavailable {
        /// Whole seconds after which another try makes sense.
        retry_after: u32,
    },
    /// It can't be known whether anything was stored; the same event ids may be sent again.
    #[error("the outcome is not known, send the same events again")]
    Unknown,
}

/// The store can't be read; the cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger can't be read")]
pub struct Unanswered;

/// What can be asked of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// How much there is, and who is active in the day, ISO week and month of this time.
    Summary(Timestamp),
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To [`Question::Summary`].
    Summary(Summary),
}

/// How much there is, and who is active. Days are UTC; an install is active on the day its events report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Events within retention.
    pub events: u64,
    /// Installs within retention.
    pub installs: u64,
    /// Distinct installs active today.
    pub active_today: u64,
    /// Distinct installs active since Monday.
    pub active_this_week: u64,
    /// Distinct installs active since the first of the month.
    pub active_this_month: u64,
    /// All outcomes ever counted, in the order of their names and reasons.
    pub outcomes: Vec<OutcomeCount>,
}
