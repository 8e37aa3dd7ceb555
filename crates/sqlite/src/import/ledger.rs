//! Taking over another ledger: what a Worker stored, or what this ledger gave to one.
//!
//! Events go the way of all events. Counts hold more than the events that are left, and can't be told apart from what a
//! ledger counted of the same events itself, so they are taken over only where it was empty: then nothing is derived from
//! the events, and the counts come from the dump. The tail of a ledger that goes on meanwhile may follow in a later dump.
//! From then on wire tables are derived from its events, and counts add what they grew by.
//!
//! Days whose sets are gone, and the last one that is about to go, have their counts from the dump alone: their events do
//! not count again. Younger days are counted from their events.

use std::borrow::Cow;

use askfirst_contract::{Day, InstallId, Timestamp};
use askfirst_core::activity::Counted;
use askfirst_core::import::{LedgerHead, LedgerRow};
use askfirst_core::{Tombstone, event_hash, install_hash, sql};
use rusqlite::params;

use super::Importer;
use crate::forget::Erasure;
use crate::index::install_id;
use crate::retention::Steps as _;

/// What the names of notes about a ledger begin with. They tell of this file alone, so a dump's are not taken over.
pub(super) const NOTES: &str = "ledger:";
/// Why counts are not taken over.
pub(super) const LEFT: &str = "counts, as this ledger was not empty";
/// What is made of the other rows, and perhaps mended by its own.
const MADE_ANEW: &str = "made anew";
/// The note of the first day whose events count.
const FIRST_DAY: &str = "ledger:first_day";

/// How a dump is taken over.
#[derive(Debug, Clone)]
pub(super) struct TakenOver {
    counts: Counts,
    /// The note about it.
    note: String,
    /// The first day whose events count.
    first_day: i32,
    /// The key of its tombstones.
    key: Option<[u8; 32]>,
}

/// What becomes of a dump's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counts {
    /// They are taken over, and nothing is derived.
    First,
    /// They were taken over, and this is a later dump of the same ledger, or the same again.
    Later,
    /// They are left out: the ledger had data of its own.
    Left,
}

impl Importer {
    /// Begins to take over the dump of a ledger.
    ///
    /// # Errors
    ///
    /// Where the file can't be written.
    pub fn begin_ledger(&mut self, head: &LedgerHead, now: Timestamp) -> Result<(), rusqlite::Error> {
        self.store.run("BEGIN IMMEDIATE")?;
        // Only the ledger itself and its copies have its key.
        let note = format!("{NOTES}of:{:016x}", event_hash(&format!("{:?}", head.forgotten_key)));
        let is_empty: bool = self.store.connection.query_row(sql::IS_EMPTY, [], |row| row.get(0))?;
        let counts = match self.noted(&note)? {
            Some(0) => Counts::First,
            Some(_) => Counts::Later,
            None if is_empty => self.begin_counts(head, &note, now)?,
            None => Counts::Left,
        };
        if let Some(key) = head.forgotten_key {
            self.store.memory.forgotten.take_key(&self.store.connection, key)?;
        }
        let first_day = self.noted(FIRST_DAY)?.and_then(|day| i32::try_from(day).ok()).unwrap_or(i32::MIN);
        self.store.run("COMMIT")?;
        self.brought = match counts {
            Counts::First => {
                vec!["daily_stats", "pattern_signatures", "action_aggregates", "flash_counter", "flash_baseline"]
            }
            Counts::Later => vec!["daily_stats"],
            Counts::Left => Vec::new(),
        };
        self.ledger = Some(TakenOver { counts, note, first_day, key: head.forgotten_key });
        Ok(())
    }

    /// Notes that the counts are being taken over, and closes the days that they alone tell of: those whose sets are gone,
    /// and the day of which some events are past retention.
    fn begin_counts(&mut self, head: &LedgerHead, note: &str, now: Timestamp) -> Result<Counts, rusqlite::Error> {
        let within = Timestamp(now.0 - self.store.memory.retention).day().0 + 1;
        let first_day = head.first_active_day.map_or(within, |day| within.max(day.0)).min(now.day().0);
        self.note(note, 0)?;
        self.note(FIRST_DAY, first_day.into())?;
        self.store.connection.execute(sql::CLOSE_DAYS, [first_day])?;
        Ok(Counts::First)
    }

    /// Notes that all rows of the export were taken over, and erases what was erased where they came from.
    ///
    /// # Errors
    ///
    /// Where the file can't be written.
    pub fn finish(&mut self) -> Result<(), rusqlite::Error> {
        let Some(TakenOver { counts, note, .. }) = &self.ledger else { return Ok(()) };
        if *counts == Counts::First {
            self.store.connection.execute(sql::NOTE_IMPORTED_MORE, params![note, 1])?;
        }
        for id in self.erased()? {
            let mut erasure = Erasure::of(id);
            while erasure.step(&mut self.store)? {}
            self.report.erased += 1;
        }
        Ok(())
    }

    /// The installs that are stored though there are tombstones of them.
    fn erased(&self) -> Result<Vec<InstallId>, rusqlite::Error> {
        let mut installs = self.store.connection.prepare("SELECT install_id FROM install")?;
        let mut installs = installs.query([])?;
        let mut erased = Vec::new();
        while let Some(row) = installs.next()? {
            let id = install_id(row.get_ref(0)?)?;
            if self.store.memory.forgotten.contains(&id) {
                erased.push(id);
            }
        }
        Ok(erased)
    }

    pub(super) fn counts(&self) -> Option<Counts> {
        self.ledger.as_ref().map(|ledger| ledger.counts)
    }

    /// Whether a dump's counts hold the events of a day already.
    pub(super) fn is_counted(&self, day: Day) -> bool {
        let ledger = self.ledger.as_ref().filter(|ledger| ledger.counts != Counts::Left);
        ledger.is_some_and(|ledger| day.0 < ledger.first_day)
    }

    pub(super) fn ledger_row(&mut self, row: LedgerRow) -> Result<(), rusqlite::Error> {
        let is_new = match row {
            LedgerRow::Forgotten(hash) => return self.forgotten(hash),
            LedgerRow::Install(id, first_active) => return self.install(&id, first_active),
            LedgerRow::WeeklySession(week, session, first_seen) => {
                self.skip(Cow::Borrowed(MADE_ANEW));
                let mut mend = self.store.connection.prepare_cached(sql::IMPORT_WEEKLY_SESSION)?;
                return mend.execute(params![week, session, first_seen]).map(drop);
            }
            LedgerRow::Contract { hash, since, text } => {
                self.store.connection.execute(sql::IMPORT_CONTRACT, params![hash, since, text])? > 0
            }
            LedgerRow::Daily { day, .. } if self.counts() != Some(Counts::Left) && !self.is_counted(day) => {
                self.skip(Cow::Borrowed(MADE_ANEW));
                return Ok(());
            }
            _ if self.counts() == Some(Counts::Left) => {
                self.skip(Cow::Borrowed(LEFT));
                return Ok(());
            }
            LedgerRow::Rollup { day, metric, count } => self.rollup(day, &metric, count)?,
            LedgerRow::Outcome { day, names, count } => self.outcome(day, &names, count)?,
            LedgerRow::Daily { day, dimension, value, is_kept, counts } => {
                let counted = Counted { dimension: &dimension, value: &value, is_kept };
                self.daily(day, counted, counts)?
            }
            LedgerRow::FlashCounter { sessions, baseline } => self.flash_counter(sessions, baseline)?,
            LedgerRow::Imported(name, _) if name.starts_with(NOTES) => {
                self.skip(Cow::Borrowed(MADE_ANEW));
                return Ok(());
            }
            LedgerRow::Imported(name, value) => self.note(&name, value)?,
        };
        *(if is_new { &mut self.report.imported } else { &mut self.report.duplicates }) += 1;
        Ok(())
    }

    fn forgotten(&mut self, hash: Tombstone) -> Result<(), rusqlite::Error> {
        let key = self.ledger.as_ref().and_then(|ledger| ledger.key);
        if !self.store.memory.forgotten.has_key(key) {
            self.skip(Cow::Borrowed("tombstones under another key"));
        } else if self.store.memory.forgotten.take(&self.store.connection, hash)? {
            self.report.imported += 1;
        } else {
            self.report.duplicates += 1;
        }
        Ok(())
    }

    /// An install may have been known before the first of its events that is left.
    fn install(&mut self, id: &InstallId, first_active: Day) -> Result<(), rusqlite::Error> {
        self.skip(Cow::Borrowed(MADE_ANEW));
        if let Some(known) = self.store.memory.index.install(&self.store.connection, (id, install_hash(id)))?
            && first_active.0 < known.first_active
        {
            let mut mend = self.store.connection.prepare_cached(sql::UPDATE_FIRST_ACTIVE)?;
            mend.execute(params![known.number, first_active.0])?;
        }
        Ok(())
    }

    fn rollup(&mut self, day: Day, metric: &str, count: i64) -> Result<bool, rusqlite::Error> {
        let Some(more) = self.grow(&format!("{NOTES}rollup:{}:{metric}", day.0), count)? else { return Ok(false) };
        self.store.connection.prepare_cached(sql::ADD_TO_ROLLUP)?.execute(params![day.0, metric, more])?;
        Ok(true)
    }

    fn outcome(&mut self, day: Day, names: &[String; 4], count: i64) -> Result<bool, rusqlite::Error> {
        let note = format!("{NOTES}outcome:{}:{}", day.0, names.join("\u{1f}"));
        let Some(more) = self.grow(&note, count)? else { return Ok(false) };
        let [outcome, reason, field, client_version] = names;
        let values = params![day.0, outcome, reason, field, client_version, more];
        if self.store.connection.prepare_cached(sql::ADD_TO_OUTCOME)?.execute(values)? == 0 {
            self.store.connection.prepare_cached(sql::BEGIN_OUTCOME)?.execute(values)?;
        }
        Ok(true)
    }

    fn daily(&mut self, day: Day, counted: Counted<'_>, counts: [i64; 2]) -> Result<bool, rusqlite::Error> {
        let note = format!("{NOTES}daily:{}:{}\u{1f}{}", day.0, counted.dimension, counted.value);
        let [events, installs] = counts;
        let more = [self.grow(&note, events)?, self.grow(&format!("{note}\u{1f}installs"), installs)?];
        let is_new = more.iter().any(Option::is_some);
        let more = more.map(Option::unwrap_or_default);
        self.store.memory.activity.add_to_daily(&self.store.connection, counted, day.0, more)?;
        Ok(is_new)
    }

    fn flash_counter(&mut self, sessions: i64, baseline: i64) -> Result<bool, rusqlite::Error> {
        let is_new = self.counts() == Some(Counts::First) && self.note(&format!("{NOTES}flash_counter"), 1)?;
        if is_new {
            self.store.connection.execute(sql::IMPORT_FLASH_COUNTER, [sessions, baseline])?;
        }
        Ok(is_new)
    }
}
