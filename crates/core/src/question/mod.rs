//! Questions that operators ask of a ledger, and their answers as reports.
//!
//! One file a question. Each is a pure function of what a ledger tells ([`Facts`]), so that every ledger answers alike.
//! Days are UTC and those that the events report; a day without events is a zero; the running day is marked.
//!
//! # Past retention
//!
//! What is not known any more is empty, and never a zero.
//!
//! - Who was active is known of the days from [`Facts::first_day`] on. A figure about installs of a period that begins
//!   before it is empty. Counts by day are left, so the active installs of a single day are told as they were counted until
//!   then: with each value apart, and where values are not told apart as the sum over the runtimes, so that an install counts
//!   once in each that it ran in.
//! - Events are counted by the values of dimensions for ever, where the contract names the values or they are versions. Of
//!   texts that clients made up nothing is left, so what comes first in a range may be missing.
//! - What is in other fields is read from the events. A breakdown or distribution is one of those that are stored; a
//!   period of a trend is empty unless it begins after that first day.
//!
//! # Only some of them
//!
//! Many questions can be asked of those installs and events alone that have some values ([`Only`]). Installs come from sets,
//! as without. Events of the values of a dimension are counted by day and value, not by two values, so their number is not
//! known then. What reads events reads those that have the values themselves.

mod active;
mod breakdown;
mod buckets;
mod distribution;
mod errors;
mod facts;
mod only;
mod outcomes;
mod parse;
mod range;
mod recent;
mod retention;
mod trend;
mod versions;

use askfirst_contract::{Contract, Day, FieldType, Role};

use crate::activity::Installs;
use crate::report::{Cell, Report};

pub use distribution::Numbers;
pub use facts::{
    Daily, DayCount, ErrorCounts, ErrorGroup, Facts, FieldPlaces, NumberStats, OutcomeRow, RecentEvent, Sets,
    ValueCount, ValueCounts,
};
pub use only::{OneOf, Only};
use only::{active_by_day, by_day};
pub(crate) use parse::check_repeated;
pub use parse::{NAMES, parameters};
pub use range::{MAX_DAYS, Per, Range};

/// A question, and the day it is asked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// What is asked.
    pub what: What,
    /// The running UTC day.
    pub today: Day,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// How many distinct installs were active.
    Active {
        /// When.
        range: Range,
        /// In periods of this length.
        per: Per,
        /// Apart by the values of this dimension, so many of them by name.
        by: Option<(String, u32)>,
        /// Only those.
        only: Only,
    },
    /// How many of those that were new in a period were active later.
    Retention {
        /// When they were new.
        range: Range,
        /// In periods of this length.
        per: Per,
        /// Only those.
        only: Only,
    },
    /// Which values there are.
    Breakdown {
        /// When.
        range: Range,
        /// Of this.
        of: Of,
        /// Only those.
        only: Only,
        /// How many values by name.
        top: u32,
    },
    /// How the numbers in a field are spread.
    Distribution {
        /// When.
        range: Range,
        /// The field, by its name.
        of: (String, FieldPlaces),
        /// Only those.
        only: Only,
    },
    /// How something changes.
    Trend {
        /// When.
        range: Range,
        /// In periods of this length.
        per: Per,
        /// What.
        of: Measure,
        /// Only those.
        only: Only,
    },
    /// Which versions are used.
    Versions {
        /// When.
        range: Range,
        /// Only those.
        only: Only,
    },
    /// What went wrong.
    Errors {
        /// When.
        range: Range,
        /// Only those.
        only: Only,
        /// How many errors.
        top: u32,
        /// Where events tell of errors.
        error: FieldPlaces,
        /// Where they tell the version.
        version: FieldPlaces,
    },
    /// The latest events.
    Recent {
        /// Of this type.
        event_type: Option<String>,
        /// How many.
        limit: u32,
    },
    /// What became of events.
    Outcomes {
        /// When they were received.
        range: Range,
    },
}

/// What is broken down.
#[derive(Debug, Clone, PartialEq)]
pub enum Of {
    /// The values of a dimension, which are counted already.
    Dimension(String),
    /// The values of another field, by its name; events are read.
    Field(String, FieldPlaces),
}

/// What a trend is of.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// How many events.
    Events,
    /// How many distinct installs.
    Installs,
    /// The numbers in a field, by its name.
    Field(String, FieldPlaces, Stat),
}

/// What is told of several numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stat {
    /// The sum.
    Sum,
    /// The mean.
    Mean,
    /// The median.
    Median,
    /// The 95th percentile.
    P95,
}

impl Ask {
    /// Answers from what a ledger tells.
    ///
    /// # Errors
    ///
    /// Where the ledger can't be read.
    pub fn answer<F: Facts>(&self, facts: &F) -> Result<Report, F::Error> {
        let today = self.today;
        match &self.what {
            What::Active { range, per, by: None, only } => active::answer(facts, *range, *per, only, today),
            What::Active { range, per, by: Some((by, top)), only } => {
                active::answer_by(facts, *range, *per, (by, *top), only, today)
            }
            What::Retention { range, per, only } => retention::answer(facts, *range, *per, only, today),
            What::Breakdown { range, of, only, top } => breakdown::answer(facts, *range, of, only, *top),
            What::Distribution { range, of: (name, field), only } => {
                distribution::answer(facts, *range, (name, field), only)
            }
            What::Trend { range, per, of, only } => trend::answer(facts, *range, *per, of, only, today),
            What::Versions { range, only } => versions::answer(facts, *range, only, today),
            What::Errors { range, only, top, error, version } => {
                errors::answer(facts, *range, only, *top, error, version)
            }
            What::Recent { event_type, limit } => recent::answer(facts, event_type.as_deref(), *limit),
            What::Outcomes { range } => outcomes::answer(facts, *range, today),
        }
    }
}

impl FieldPlaces {
    /// The fields of a contract that `is_meant` picks.
    fn of(contract: &Contract, is_meant: impl Fn(&askfirst_contract::Field) -> bool) -> Self {
        let mut found = Self { places: Vec::new(), is_counts: false };
        for event in contract.envelope.iter().chain(&contract.events) {
            if let Some(field) = event.fields.iter().find(|field| is_meant(field)) {
                found.places.push((event.name.to_string(), field.path.clone()));
                found.is_counts |= matches!(field.kind, FieldType::Counts { .. });
            }
        }
        found
    }

    /// The fields that are a dimension, by its name.
    fn of_dimension(contract: &Contract, name: &str) -> Self {
        let mut found = Self { places: Vec::new(), is_counts: false };
        for event in contract.envelope.iter().chain(&contract.events) {
            let mut fields = event.dimensions().filter(|(dimension, _)| *dimension == name);
            found.places.extend(fields.next().map(|(_, field)| (event.name.to_string(), field.path.clone())));
        }
        found
    }

    /// The fields with a role.
    fn with_role(contract: &Contract, role: Role) -> Self {
        Self::of(contract, |field| field.role == Some(role))
    }
}

/// A figure about a range, or nothing where that begins before the first day of which it is known.
fn since(first: Day, range: Range, figure: Cell) -> Cell {
    if range.from < first { Cell::Empty } else { figure }
}

/// The first day of which all events are stored: of the first that sets are kept of, some may be gone.
fn all_stored_from(first: Day) -> Day {
    Day(first.0 + 1)
}

/// How many distinct installs were active.
///
/// # Errors
///
/// Where the ledger can't be read.
pub fn active_installs<F: Facts>(facts: &F, range: Range) -> Result<u64, F::Error> {
    Ok(union(active_by_day(facts, range, &Only::default())?.iter(), range).len())
}

/// All installs of a dimension's sets that are active on some of the days.
fn union<'s>(sets: impl Iterator<Item = (&'s Day, &'s Installs)>, range: Range) -> Installs {
    let mut union = Installs::new();
    for (_, installs) in sets.filter(|(day, _)| range.contains(**day)) {
        union |= installs;
    }
    union
}
