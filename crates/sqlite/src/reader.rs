//! Readers: connections of their own that can't write.

use std::path::Path;

use askfirst_contract::{Day, Dimension, InstallId, IsoWeek, RecordedContract, Timestamp};
use askfirst_core::public::{Exact, ExactTable};
use askfirst_core::question::{FieldPlaces, Range, active_installs};
use askfirst_core::{Answer, InstallRecord, OutcomeCount, Question, StoredEvent, Summary, first_seq, received_at, sql};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use crate::connection::open_reader;
use crate::facts::Snapshot;
use crate::index::{Known, find_install};

/// A connection that can't write. Works while a server writes to the file, and when none does.
#[derive(Debug)]
pub struct Reader {
    pub(crate) connection: Connection,
}

/// A place in the order in which events are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(i64);

impl Place {
    /// The receipt of the event that stands here; `None` before the first.
    #[must_use]
    pub fn received_at(self) -> Option<Timestamp> {
        (self.0 > 0).then(|| received_at(self.0))
    }
}

/// What was stored behind a [`Place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Events.
    pub events: u64,
    /// Those of them that report an error: their field with the role `error` has a value.
    pub errors: u64,
    /// The latest event.
    pub end: Place,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ReaderError {
    /// SQLite's own words.
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The statement would change the ledger.
    #[error("this would change the ledger; only statements that read are run")]
    NotReadOnly,
    /// The statement has no result.
    #[error("this gives no rows; write one statement that does, such as SELECT")]
    NoRows,
    /// A row can't be passed on.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Takes the result of a statement, row by row.
pub trait Rows {
    /// The names of the columns, before any row.
    ///
    /// # Errors
    ///
    /// Where they can't be passed on; ends the statement.
    fn columns(&mut self, names: &[&str]) -> std::io::Result<()>;

    /// A row.
    ///
    /// # Errors
    ///
    /// Where it can't be passed on; ends the statement.
    fn row(&mut self, values: &[ValueRef<'_>]) -> std::io::Result<()>;
}

impl Reader {
    /// Opens a ledger's file.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn open(path: &Path) -> Result<Self, ReaderError> {
        Ok(Self { connection: open_reader(path)? })
    }

    /// Answers a question from what is committed, all of it from the same moment.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn answer(&self, question: Question) -> Result<Answer, ReaderError> {
        match question {
            Question::Ask(ask) => Ok(Answer::Report(ask.answer(&Snapshot::open(&self.connection)?)?)),
            Question::Install { id, after, limit } => Ok(Answer::Install(self.install(&id, after, limit)?)),
            Question::Public { week, by } => Ok(Answer::Public(self.public(week, by)?)),
            Question::Contracts(limit) => Ok(Answer::Contracts(self.contracts(limit)?)),
            Question::Summary(now) => Ok(Answer::Summary(self.summary(now)?)),
            Question::Metrics(since) => Ok(Answer::Metrics(self.metrics(since)?)),
            Question::Latest(types, limit) => Ok(Answer::Events(self.latest(types, limit)?)),
            Question::FlashCount => Ok(Answer::Count(self.count(sql::FLASH_COUNT, [])?)),
            Question::FailuresByDay => Ok(Answer::ByDay(self.failures_by_day()?)),
            Question::WeeklySessions(week) => Ok(Answer::Count(self.count(sql::WEEKLY_SESSIONS, [week.to_string()])?)),
        }
    }

    /// Runs one statement that reads.
    ///
    /// # Errors
    ///
    /// [`ReaderError`], also where `rows` fails.
    pub fn query(&self, statement: &str, rows: &mut impl Rows) -> Result<(), ReaderError> {
        let mut statement = self.connection.prepare(statement)?;
        if statement.column_count() == 0 {
            return Err(if statement.readonly() { ReaderError::NoRows } else { ReaderError::NotReadOnly });
        }
        if !statement.readonly() {
            return Err(ReaderError::NotReadOnly);
        }
        rows.columns(&statement.column_names().collect::<Vec<_>>())?;
        let columns = statement.column_count();
        let mut result = statement.query([])?;
        while let Some(row) = result.next()? {
            let values: Vec<_> = (0..columns).map(|index| row.get_ref(index)).collect::<Result<_, _>>()?;
            rows.row(&values)?;
        }
        Ok(())
    }

    /// Counts what was stored behind a place; without one nothing, and only the end is told.
    pub(crate) fn stored_behind(&self, place: Option<Place>, error_paths: &str) -> Result<Stored, rusqlite::Error> {
        let behind = place.map_or(i64::MAX, |place| place.0);
        self.connection.query_row(sql::STORED_BEHIND, params![behind, error_paths], |row| {
            let count = |index: usize| row.get::<_, i64>(index).map(i64::cast_unsigned);
            Ok(Stored { events: count(0)?, errors: count(1)?, end: Place(row.get::<_, Option<i64>>(2)?.unwrap_or(0)) })
        })
    }

    fn count(&self, statement: &str, parameters: impl rusqlite::Params) -> Result<u64, rusqlite::Error> {
        let count: i64 = self.connection.prepare_cached(statement)?.query_row(parameters, |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    fn metrics(&self, since: Day) -> Result<Vec<(String, u64)>, rusqlite::Error> {
        let mut metrics = self.connection.prepare_cached(sql::METRICS)?;
        let metrics = metrics.query_map([since.0], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
        metrics.collect()
    }

    fn failures_by_day(&self) -> Result<Vec<(Day, u64)>, rusqlite::Error> {
        let mut days = self.connection.prepare(sql::FAILURES_BY_DAY)?;
        let days = days.query_map([], |row| Ok((Day(row.get(0)?), row.get::<_, i64>(1)?.cast_unsigned())))?;
        days.collect()
    }

    fn latest(&self, types: &[&str], limit: u32) -> Result<Vec<StoredEvent>, rusqlite::Error> {
        let types = format!("[\"{}\"]", types.join("\",\""));
        let mut events = self.connection.prepare_cached(sql::LATEST)?;
        let events = events.query_map(params![types, limit], |row| {
            let (seq, id): (i64, Option<String>) = (row.get(0)?, row.get(1)?);
            let id = id.unwrap_or_else(|| seq.to_string());
            Ok(StoredEvent { id, received_at: received_at(seq), fields: row.get(2)? })
        })?;
        events.collect()
    }

    /// Exact counts of a week of receipt.
    fn public(&self, week: IsoWeek, by: Vec<(Dimension, FieldPlaces)>) -> Result<Exact, rusqlite::Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let seqs = [week.monday().0, week.monday().0 + 7].map(|day| first_seq(Day(day).start()));
        let active = self.count(sql::PUBLIC_INSTALLS, seqs)?;
        let mut tables = Vec::new();
        for (by, field) in by {
            let mut rows = transaction.prepare_cached(sql::PUBLIC)?;
            let rows = rows.query_map(params![sql::places(&field), seqs[0], seqs[1]], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
            })?;
            tables.push(ExactTable { by, installs: rows.collect::<Result<_, _>>()? });
        }
        Ok(Exact { week, active, tables })
    }

    /// What is stored of an install.
    fn install(&self, id: &InstallId, after: i64, limit: u32) -> Result<Option<InstallRecord>, rusqlite::Error> {
        let transaction = self.connection.unchecked_transaction()?;
        let Some(Known { number, first_active, last_received }) = find_install(&transaction, id)? else {
            return Ok(None);
        };
        let [first_active, last_received] = [first_active, last_received].map(Day);
        let mut events = transaction.prepare(sql::INSTALL)?;
        let events = events.query_map(params![number, after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let events: Vec<(i64, String)> = events.collect::<Result<_, _>>()?;
        let is_full = events.len() == limit as usize;
        let next = events.last().map(|(seq, _)| *seq).filter(|_| is_full);
        let events = events.into_iter().map(|(_, event)| event).collect();
        Ok(Some(InstallRecord { first_active, last_received, events, next }))
    }

    fn contracts(&self, limit: u32) -> Result<Vec<RecordedContract>, rusqlite::Error> {
        let mut contracts = self.connection.prepare_cached(sql::LATEST_CONTRACTS)?;
        let contracts = contracts.query_map([limit], |row| {
            Ok(RecordedContract { hash: row.get(0)?, since: Timestamp(row.get(1)?), text: row.get(2)? })
        })?;
        contracts.collect()
    }

    fn summary(&self, now: Timestamp) -> Result<Summary, rusqlite::Error> {
        let facts = Snapshot::open(&self.connection)?;
        let today = now.day();
        let active_since = |from| active_installs(&facts, Range { from, to: today });
        let count = |row: &rusqlite::Row<'_>, index: usize| row.get::<_, i64>(index).map(i64::cast_unsigned);
        let counts = |row: &rusqlite::Row<'_>| Ok((count(row, 0)?, count(row, 1)?, count(row, 2)?));
        let (events, installs, active_now) =
            self.connection.query_row(sql::SUMMARY, Summary::parameters(now), counts)?;
        let mut outcomes = self.connection.prepare(sql::OUTCOME_REASONS)?;
        let outcomes = outcomes.query_map([], |row| {
            Ok(OutcomeCount { outcome: row.get(0)?, reason: row.get(1)?, count: count(row, 2)? })
        })?;
        Ok(Summary {
            events,
            installs,
            active_now,
            active_today: active_since(today)?,
            active_this_week: active_since(today.monday())?,
            active_this_month: active_since(today.first_of_month())?,
            outcomes: outcomes.collect::<Result<_, _>>()?,
        })
    }
}
