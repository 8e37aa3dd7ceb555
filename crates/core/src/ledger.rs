//! The port to a ledger: the store of accepted events of one app, and everything derived from them.

use std::future::Future;

use askfirst_contract::{CheckedEvent, Day, Dimension, InstallId, IsoWeek, RecordedContract, Timestamp};
use serde_json::{Map, Value, json};

use crate::id_hash::Tombstone;
use crate::outcome::{Outcome, OutcomeCount, Refused};
use crate::public::Exact;
use crate::question::{Ask, FieldPlaces};
use crate::report::Report;
use crate::sequence::first_seq;

/// Types of events that nobody declared and that are stored on one day at the most: clients choose their names, and
/// must not be able to fill the tables that count by type.
pub const MAX_UNDECLARED_TYPES: usize = 200;

/// What a client reports as an event: checked, or refused already.
pub type Candidate = Result<Event, Refused>;

/// An event that the contract let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What is stored of it.
    pub checked: CheckedEvent,
    /// What makes it a repetition of another.
    pub key: Key,
}

/// What makes an event a repetition of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Stored once under this id.
    Once(String),
    /// Stored once under the first id, and not at all where an event of the second is stored.
    Unless(String, String),
    /// Takes the place of what is stored under this id, and counts once.
    Latest(String),
    /// No event is a repetition of another.
    Always,
}

impl From<CheckedEvent> for Event {
    /// Stored once under the id that the contract names.
    fn from(mut checked: CheckedEvent) -> Self {
        Self { key: Key::Once(std::mem::take(&mut checked.event_id)), checked }
    }
}

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
    /// One transaction decides and stores: an event whose [`Key`] is stored already is [`Outcome::Duplicate`] and costs
    /// nothing; then the limits of the contract hold, the install's first; the rest is accepted. When this returns,
    /// accepted events are on stable storage. Counts of outcomes may follow within seconds.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; no candidate has an outcome then.
    fn append(&self, batch: Batch) -> impl Future<Output = Result<Vec<Outcome>, AppendError>>;

    /// Erases an install: its events, its activity and itself. What comes late of it is refused as
    /// [`crate::Refused::Forgotten`], for ever. When this returns, it is done.
    ///
    /// # Errors
    ///
    /// [`AppendError`]; it may be asked again, and is finished by the ledger's upkeep where it was begun.
    fn forget(&self, install: InstallId, now: Timestamp) -> impl Future<Output = Result<Erased, AppendError>>;

    /// Answers a question from what is committed.
    ///
    /// # Errors
    ///
    /// [`Unanswered`] where the store can't be read.
    fn answer(&self, question: Question) -> impl Future<Output = Result<Answer, Unanswered>>;

    /// Whether the ledger takes writes.
    fn is_healthy(&self) -> impl Future<Output = bool>;
}

impl<L: Ledger> Ledger for std::sync::Arc<L> {
    fn append(&self, batch: Batch) -> impl Future<Output = Result<Vec<Outcome>, AppendError>> {
        L::append(self, batch)
    }

    fn forget(&self, install: InstallId, now: Timestamp) -> impl Future<Output = Result<Erased, AppendError>> {
        L::forget(self, install, now)
    }

    fn answer(&self, question: Question) -> impl Future<Output = Result<Answer, Unanswered>> {
        L::answer(self, question)
    }

    fn is_healthy(&self) -> impl Future<Output = bool> {
        L::is_healthy(self)
    }
}

/// What was erased of an install.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Events.
    pub events: u64,
    /// What is left in its place.
    pub tombstone: Tombstone,
}

impl Erased {
    /// The receipt for the person who asked for it.
    #[must_use]
    pub fn to_json(&self, app: &str, at: Timestamp) -> Value {
        let receipt = format!("{:032x}", u128::from_be_bytes(self.tombstone));
        json!({ "app": app, "erased": true, "events": self.events, "receipt": receipt, "at": at.to_string() })
    }
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
    #[error("the outcome is not known, send the same again")]
    Unknown,
}

/// The store can't be read; the cause is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger can't be read")]
pub struct Unanswered;

/// What can be asked of a ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// What operators ask.
    Ask(Ask),
    /// All that is stored of an install, so many events behind a sequence.
    Install {
        /// Its id.
        id: InstallId,
        /// The sequence of the last event that is known already, or 0.
        after: i64,
        /// How many events.
        limit: u32,
    },
    /// Exact counts of a week that is over, for publication.
    Public {
        /// The week of receipt.
        week: IsoWeek,
        /// What installs are counted by, and where that stands.
        by: Vec<(Dimension, FieldPlaces)>,
    },
    /// The contracts that came into force last, and how many of them.
    Contracts(u32),
    /// How much there is, and who is active in the day, ISO week and month of this time.
    Summary(Timestamp),
    /// The sums of all rollups of events since a day.
    Metrics(Day),
    /// The latest events of these types, and how many of them.
    Latest(&'static [&'static str], u32),
    /// How many radios were flashed: baofeng's counter.
    FlashCount,
    /// How many failures were received on each day, by either of baofeng's ways to report them.
    FailuresByDay,
    /// How many sessions there are of an ISO week: domscribe's count.
    WeeklySessions(IsoWeek),
}

/// The answer to a [`Question`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Question::Ask`].
    Report(Report),
    /// To [`Question::Install`]; `None` where nothing is stored.
    Install(Option<InstallRecord>),
    /// To [`Question::Public`].
    Public(Exact),
    /// To [`Question::Contracts`]: the newest first.
    Contracts(Vec<RecordedContract>),
    /// To [`Question::Summary`].
    Summary(Summary),
    /// To [`Question::Metrics`]: names and sums, the largest first.
    Metrics(Vec<(String, u64)>),
    /// To [`Question::Latest`]: the newest first.
    Events(Vec<StoredEvent>),
    /// To [`Question::FailuresByDay`]: UTC days and counts, in the order of days.
    ByDay(Vec<(Day, u64)>),
    /// To the questions for a number.
    Count(u64),
}

impl Answer {
    /// The number that was asked for.
    pub(crate) fn count(self) -> Result<u64, Unanswered> {
        if let Self::Count(count) = self { Ok(count) } else { Err(Unanswered) }
    }
}

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The idempotency key, or the ledger's own number where it has none.
    pub id: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// The declared fields except event id and install id, as the text of a JSON object.
    pub fields: String,
}

/// All that is stored of an install, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallRecord {
    /// The first UTC day it was active, by its own clock.
    pub first_active: Day,
    /// The last UTC day something was received from it.
    pub last_received: Day,
    /// Its events in the order of receipt, each the text of a JSON object.
    pub events: Vec<String>,
    /// The sequence to go on behind, where there are more.
    pub next: Option<i64>,
}

/// How much there is, and who is active. Days are UTC; an install is active on the day its events report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Events within retention.
    pub events: u64,
    /// Installs within retention.
    pub installs: u64,
    /// Installs heard of in the last five minutes, by receipt.
    pub active_now: u64,
    /// Distinct installs active today.
    pub active_today: u64,
    /// Distinct installs active since Monday.
    pub active_this_week: u64,
    /// Distinct installs active since the first of the month.
    pub active_this_month: u64,
    /// All outcomes ever counted, in the order of their names and reasons.
    pub outcomes: Vec<OutcomeCount>,
}

impl Summary {
    /// How long an install is active after it was heard of, in milliseconds.
    pub const NOW: i64 = 5 * 60 * 1_000;
    /// Events that are read to know who is: 66 a second for five minutes, read within 10 ms. Where there are more, installs
    /// that were heard of before these are left out.
    const MOST_NOW: i64 = 20_000;

    /// The parameters of [`crate::sql::SUMMARY`].
    #[must_use]
    pub fn parameters(now: Timestamp) -> [i64; 2] {
        [first_seq(Timestamp(now.0 - Self::NOW)), Self::MOST_NOW]
    }

    /// The summary as JSON, with the id of the app that it is about.
    #[must_use]
    pub fn to_json(&self, app: &str) -> Value {
        let refused: Map<String, Value> =
            self.reasons("refused").map(|(reason, count)| (reason.to_owned(), count.into())).collect();
        json!({
            "app": app,
            "events": self.events,
            "installs": self.installs,
            "active_now": self.active_now,
            "active_today": self.active_today,
            "active_this_week": self.active_this_week,
            "active_this_month": self.active_this_month,
            "duplicates": self.total("duplicate"),
            "limited": self.total("limited"),
            "refused": refused,
            "discarded_fields": self.total("discarded"),
        })
    }

    /// How many had this outcome.
    #[must_use]
    pub fn total(&self, outcome: &str) -> u64 {
        self.reasons(outcome).map(|(_, count)| count).sum()
    }

    /// How many had this outcome, by reason.
    pub fn reasons<'s>(&'s self, outcome: &str) -> impl Iterator<Item = (&'s str, u64)> {
        let outcomes = self.outcomes.iter().filter(move |counted| counted.outcome == outcome);
        outcomes.map(|counted| (counted.reason.as_str(), counted.count))
    }
}
