//! What a ledger tells, from which questions are answered.

use std::collections::BTreeMap;

use askfirst_contract::{Day, Timestamp};

use super::distribution::Numbers;
use super::only::Only;
use super::range::{Per, Range};
use crate::activity::Installs;

/// The installs that were active with each value of a dimension, by UTC day.
pub type Sets = BTreeMap<String, BTreeMap<Day, Installs>>;

/// Events and installs with each value of a dimension, by UTC day.
pub type Daily = BTreeMap<String, BTreeMap<Day, DayCount>>;

/// How many had a value on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayCount {
    /// Events.
    pub events: u64,
    /// Distinct installs.
    pub installs: u64,
}

/// A declared field, wherever it stands: what it is called in each event type that has it. The empty type, which is the
/// envelope's, stands for all that are not declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPlaces {
    /// Event types and dotted paths.
    pub places: Vec<(String, String)>,
    /// Whether its values are counts by name.
    pub is_counts: bool,
}

/// A value, and how often it was reported.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueCount {
    /// The value as text.
    pub value: String,
    /// Events, or the sum of counts.
    pub events: u64,
    /// Distinct installs.
    pub installs: u64,
}

/// The values of a field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValueCounts {
    /// The most frequent ones, in order.
    pub top: Vec<ValueCount>,
    /// How many other values there are.
    pub other_values: u64,
    /// How often the others were reported; its value is empty.
    pub other: ValueCount,
    /// All together; its value is empty.
    pub total: ValueCount,
}

/// What a number field held in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NumberStats {
    /// The first day of the period.
    pub period: Day,
    /// How many values.
    pub events: u64,
    /// Their sum.
    pub sum: f64,
    /// Their mean.
    pub mean: f64,
    /// The middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The smallest that at least 95 % are not above.
    pub p95: f64,
}

/// An error that events told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorGroup {
    /// The value of the role `error`.
    pub error: String,
    /// Events.
    pub events: u64,
    /// Distinct installs.
    pub installs: u64,
    /// Versions that reported it.
    pub versions: Vec<String>,
}

/// The errors that events told of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorCounts {
    /// The most frequent ones, in order.
    pub top: Vec<ErrorGroup>,
    /// Events that told of any.
    pub events: u64,
    /// Their distinct installs.
    pub installs: u64,
}

/// A stored event, without anything that tells whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentEvent {
    /// Its type.
    pub event_type: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it happened, by the client's clock.
    pub occurred_at: Option<Timestamp>,
    /// The declared fields except event id and install id, as the text of a JSON object.
    pub fields: String,
}

/// What became of events, without their content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeRow {
    /// The outcome's name, or `discarded`.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// The declared place, as a JSON pointer.
    pub field: String,
    /// The client's version.
    pub client_version: String,
    /// How many.
    pub count: u64,
    /// The first and the last UTC day of receipt.
    pub days: (Day, Day),
}

/// What a ledger tells. All of it is of one moment.
///
/// Days are those that the events report, except where receipt is named.
pub trait Facts {
    /// Why something can't be told.
    type Error;

    /// The first day whose sets are kept. Some events of this day may be gone already, and of the days after it only such
    /// as were received before they happened, by clients' clocks.
    ///
    /// # Errors
    ///
    /// Where the store can't be read; the same for all of these.
    fn first_day(&self) -> Result<Day, Self::Error>;

    /// The installs active with each value of a dimension; nothing of days before [`Facts::first_day`].
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn sets(&self, dimension: &str, range: Range) -> Result<Sets, Self::Error>;

    /// Events and installs with each value of a dimension. Goes back further than sets do, except for values that clients
    /// made up; all others are there, with or without counts. What came late for those days is among the events, but not
    /// among the installs.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn daily(&self, dimension: &str, range: Range) -> Result<Daily, Self::Error>;

    /// The installs that were seen first on each day.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn first_days(&self, range: Range) -> Result<BTreeMap<Day, Installs>, Self::Error>;

    /// The values of a field, the `top` most frequent ones by name.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn values(&self, field: &FieldPlaces, range: Range, only: &Only, top: u32) -> Result<ValueCounts, Self::Error>;

    /// What a number field held, by period; periods without any are left out.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn numbers(
        &self,
        field: &FieldPlaces,
        range: Range,
        only: &Only,
        per: Per,
    ) -> Result<Vec<NumberStats>, Self::Error>;

    /// Every number that a field held; `None` where there are more than are read at once.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn each_number(&self, field: &FieldPlaces, range: Range, only: &Only) -> Result<Option<Numbers>, Self::Error>;

    /// How many stored events there are of each day; days without any are left out.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn events(&self, range: Range, only: &Only) -> Result<BTreeMap<Day, u64>, Self::Error>;

    /// The most frequent errors: the role's places and those of the version, by event type.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn errors(
        &self,
        error: &FieldPlaces,
        version: &FieldPlaces,
        range: Range,
        only: &Only,
        top: u32,
    ) -> Result<ErrorCounts, Self::Error>;

    /// The latest events, of one type or of all, the newest first.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn recent(&self, event_type: Option<&str>, limit: u32) -> Result<Vec<RecentEvent>, Self::Error>;

    /// Outcomes by reason, field and client version, the most frequent first.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn outcomes(&self, range: Range) -> Result<Vec<OutcomeRow>, Self::Error>;

    /// How many of each outcome on each UTC day of receipt.
    ///
    /// # Errors
    ///
    /// Where the store can't be read.
    fn outcomes_by_day(&self, range: Range) -> Result<BTreeMap<(Day, String), u64>, Self::Error>;
}
