//! Taking over what another service stored. Nothing else writes to the file meanwhile.
//!
//! Rows go the way of events, but with the time of receipt that they had, and under no limit. Some tables are derived from
//! events; where an export brings one along, its rows are taken over and not derived again from the export's events.
//! What is noted in `imported` is taken over once, however often an export is read.

mod ledger;

use std::borrow::Cow;
use std::collections::BTreeMap;

use askfirst_contract::{Limits, Timestamp};
use askfirst_core::import::{Derived, Record, Scalar};
use askfirst_core::{Candidate, Event, Key, Limiter, Outcome, event_hash, sql};
use rusqlite::types::{ToSqlOutput, Value};
use rusqlite::{OptionalExtension as _, params, params_from_iter};

use crate::activity::{Activity, active_day};
use crate::append::Store;
use crate::checkpoint;
use crate::connection::OpenError;
use crate::ledger::Settings;

use self::ledger::{Counts, TakenOver};

/// A ledger that takes over what another service stored.
pub struct Importer {
    store: Store,
    /// The derived tables that the export brings along.
    brought: Vec<&'static str>,
    /// How a ledger's dump is taken over, if the export is one.
    ledger: Option<TakenOver>,
    /// What became of the rows so far.
    pub report: ImportReport,
}

/// What became of the rows of an export.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows that were stored.
    pub imported: u64,
    /// Rows that were stored before.
    pub duplicates: u64,
    /// Rows that the contract does not let through, by reason.
    pub refused: BTreeMap<&'static str, u64>,
    /// Undeclared fields that were dropped from stored rows.
    pub discarded_fields: u64,
    /// Installs that were stored here and erased where the rows came from.
    pub erased: u64,
    /// Rows that were passed over, by reason or table.
    pub skipped: BTreeMap<Cow<'static, str>, u64>,
}

impl Importer {
    /// Opens a ledger that nothing else has open. `brought` names the derived tables that the export brings along.
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the file can't be opened or is not this app's.
    pub fn open(settings: &Settings, brought: Vec<&'static str>) -> Result<Self, OpenError> {
        let mut store = Store::open(&settings.path, &settings.contract, settings.tables, settings.now)?;
        store.memory.limiter = Limiter::new(&Limits { install: None, address: None });
        Ok(Self { store, brought, ledger: None, report: ImportReport::default() })
    }

    /// Takes over some rows in one transaction.
    ///
    /// # Errors
    ///
    /// Where the file can't be written: then none of them is stored, and the importer is of no use any more.
    pub fn store(&mut self, records: Vec<Record>) -> Result<(), rusqlite::Error> {
        self.store.run("BEGIN IMMEDIATE")?;
        let triggers = self.drop_triggers()?;
        for record in records {
            match record {
                Record::Event(candidate, received_at) => self.event(candidate, received_at)?,
                Record::Flash { session, event, is_expired } => self.flash(&session, event, is_expired)?,
                Record::Derived(derived) => self.derived(&derived)?,
                Record::Ledger(row) => self.ledger_row(row)?,
                Record::Skipped(reason) => self.skip(reason),
            }
        }
        if self.brought.contains(&"daily_stats") {
            self.store.memory.accepted.clear();
        }
        self.store.store_counts([])?;
        self.store.move_keys(usize::MAX)?;
        self.store.fold()?;
        for trigger in triggers {
            self.store.connection.execute_batch(&trigger)?;
        }
        self.store.run("COMMIT")?;
        checkpoint::run(&self.store.connection, "PASSIVE");
        Ok(())
    }

    /// Closes the file.
    pub fn close(self) {
        checkpoint::run(&self.store.connection, "TRUNCATE");
    }

    /// Drops the triggers of the tables that the export brings along, until the end of the transaction; gives their text.
    fn drop_triggers(&self) -> Result<Vec<String>, rusqlite::Error> {
        let connection = &self.store.connection;
        let mut dropped = Vec::new();
        for table in &self.brought {
            let mut triggers =
                connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB ?1")?;
            let triggers = triggers.query_map([format!("{table}_of_*")], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for (name, text) in triggers.collect::<Result<Vec<(String, String)>, _>>()? {
                connection.execute(&format!("DROP TRIGGER {name}"), [])?;
                dropped.push(text);
            }
        }
        Ok(dropped)
    }

    fn event(&mut self, candidate: Candidate, received_at: Timestamp) -> Result<(), rusqlite::Error> {
        let event = match candidate {
            Ok(event) => event,
            Err(refused) => {
                *self.report.refused.entry(Outcome::Refused(refused).reason()).or_default() += 1;
                return Ok(());
            }
        };
        let marks = self.store.memory.activity.marks();
        match self.store.import(&event, received_at)? {
            Outcome::Accepted => {
                if self.is_counted(active_day(&event.checked, received_at)) {
                    self.store.memory.activity.forget_marks(marks);
                }
                self.report.imported += 1;
                let discarded = event.checked.discarded.iter().map(|(_, count)| u64::from(*count));
                self.report.discarded_fields += discarded.sum::<u64>();
            }
            // Of an install that was erased here.
            Outcome::Refused(refused) => {
                *self.report.refused.entry(Outcome::Refused(refused).reason()).or_default() += 1;
            }
            _ => self.report.duplicates += 1,
        }
        Ok(())
    }

    /// The success of a session counts once for ever, so that is noted: as a hash, which outlives the session's event
    /// without telling the session.
    fn flash(&mut self, session: &str, event: (Candidate, Timestamp), is_expired: bool) -> Result<(), rusqlite::Error> {
        let (candidate, received_at) = event;
        let Ok(event) = candidate else { return self.event(candidate, received_at) };
        let is_new = self.note(&format!("flash:{:016x}", event_hash(session)), 1)?;
        if is_expired {
            self.skip(Cow::Borrowed("expired"));
            let is_counted = self.store.connection.prepare_cached(sql::FIND_FLASH_SESSION)?.exists([session])?;
            if is_new && !is_counted {
                // Stored and deleted at once, it leaves what its triggers count.
                let event = Event { key: Key::Always, ..event };
                self.store.import(&event, received_at)?;
                self.store.connection.prepare_cached(sql::DELETE_EVENT)?.execute([self.store.latest_seq()])?;
                Activity::add_to_count(&self.store.connection, -1)?;
            }
            return Ok(());
        }
        if is_new {
            return self.event(Ok(event), received_at);
        }
        self.report.duplicates += 1;
        Ok(())
    }

    fn derived(&mut self, derived: &Derived) -> Result<(), rusqlite::Error> {
        let prefix = match self.counts() {
            None => "",
            Some(Counts::First) => ledger::NOTES,
            Some(Counts::Later) => {
                self.report.duplicates += 1;
                return Ok(());
            }
            Some(Counts::Left) => {
                self.skip(Cow::Borrowed(ledger::LEFT));
                return Ok(());
            }
        };
        let (name, statement, columns) = match derived {
            Derived::DailyStat { day, metric, value } => return self.daily_stat(day.0, metric, *value),
            Derived::PatternSignature(columns) => {
                (format!("pattern_signatures:{}", name_of(&columns[..1])), sql::IMPORT_PATTERN_SIGNATURE, columns)
            }
            Derived::ActionAggregate(columns) => {
                (format!("action_aggregates:{}", name_of(&columns[..3])), sql::IMPORT_ACTION_AGGREGATE, columns)
            }
        };
        if !self.note(&format!("{prefix}{name}"), 1)? {
            self.report.duplicates += 1;
            return Ok(());
        }
        self.store.connection.prepare_cached(statement)?.execute(params_from_iter(columns.iter().map(sql_value)))?;
        self.report.imported += 1;
        Ok(())
    }

    fn daily_stat(&mut self, day: i32, metric: &str, value: i64) -> Result<(), rusqlite::Error> {
        let Some(more) = self.grow(&format!("daily_stats:{day}:{metric}"), value)? else {
            self.report.duplicates += 1;
            return Ok(());
        };
        self.store.connection.prepare_cached(sql::ADD_TO_ROLLUP)?.execute(params![day, metric, more])?;
        self.report.imported += 1;
        Ok(())
    }

    /// Notes a count; a count that grew since an earlier export adds what it grew by, and one that did not, nothing.
    fn grow(&self, name: &str, value: i64) -> Result<Option<i64>, rusqlite::Error> {
        let before = self.noted(name)?;
        let more = value.saturating_sub(before.unwrap_or(0));
        if before.is_some() && more <= 0 {
            return Ok(None);
        }
        if !self.note(name, value)? {
            self.store.connection.prepare_cached(sql::NOTE_IMPORTED_MORE)?.execute(params![name, value])?;
        }
        Ok(Some(more))
    }

    /// What was taken over under a name.
    fn noted(&self, name: &str) -> Result<Option<i64>, rusqlite::Error> {
        let mut find = self.store.connection.prepare_cached(sql::FIND_IMPORTED)?;
        find.query_row([name], |row| row.get(0)).optional()
    }

    /// Notes that something is taken over; says whether it was not before.
    fn note(&self, name: &str, value: i64) -> Result<bool, rusqlite::Error> {
        Ok(self.store.connection.prepare_cached(sql::NOTE_IMPORTED)?.execute(params![name, value])? > 0)
    }

    fn skip(&mut self, reason: Cow<'static, str>) {
        *self.report.skipped.entry(reason).or_default() += 1;
    }
}

fn name_of(columns: &[Scalar]) -> String {
    let text = |column: &Scalar| if let Scalar::Text(text) = column { text.clone() } else { String::new() };
    columns.iter().map(text).collect::<Vec<_>>().join("\u{1f}")
}

fn sql_value(scalar: &Scalar) -> ToSqlOutput<'static> {
    ToSqlOutput::Owned(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Number(number) => Value::Real(*number),
        Scalar::Text(text) => Value::Text(text.clone()),
    })
}
