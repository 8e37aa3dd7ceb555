//! What happens, as it happens: a reader that polls the file and tells what is new since it looked last. It costs the
//! writer nothing, and works whether there is one or not.
//!
//! An event that takes the place of another, as domscribe's do, is told as accepted and counted as a duplicate. After
//! the clock was set back, events are told again once it has passed the time it showed before.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use askfirst_contract::{Day, Timestamp};
use askfirst_core::live::Happening;
use askfirst_core::question::RecentEvent;
use askfirst_core::{received_at, sql};
use rusqlite::{Connection, params};

use crate::connection::open_reader;
use crate::reader::ReaderError;

/// Events that are told one by one at a time, at the most: more than anybody reads in the meantime.
const MAX_EVENTS: usize = 256;
/// Bytes of their fields at the most: what 16 readers are told at a time takes 16 MiB.
const MAX_BYTES: usize = 1 << 20;

/// A reader of what happens, and what it has told.
#[derive(Debug)]
pub struct Live {
    connection: Connection,
    /// The last event that was told.
    seq: i64,
    /// The first day whose counts are looked at.
    since: Day,
    counts: Counts,
    /// SQLite's number for the state of the file that was looked at; `None` before the first look.
    version: Option<i64>,
}

/// The counts of outcomes when they were looked at last.
type Counts = HashMap<Counted, u64>;

/// What is counted together: day, outcome, reason, field and client version.
type Counted = (i32, String, String, String, String);

impl Live {
    /// How often to look: at once, for people.
    pub const INTERVAL: Duration = Duration::from_millis(250);

    /// Opens a ledger's file, to tell what happens from now on, and the events behind `after`: the `seq` of one.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn open(path: &Path, after: Option<i64>, now: Timestamp) -> Result<Self, ReaderError> {
        let connection = open_reader(path)?;
        let last: i64 = connection.query_row(sql::LAST_EVENT, [], |row| row.get(0))?;
        let since = yesterday(now);
        let counts = counts(&connection, since)?.into_iter().collect();
        Ok(Self { seq: after.map_or(last, |after| after.min(last)), since, counts, connection, version: None })
    }

    /// What happened since the last time: events in the order of receipt, then counts.
    ///
    /// # Errors
    ///
    /// Where the file can't be read; it is told the next time then.
    pub fn poll(&mut self, now: Timestamp) -> Result<Vec<Happening>, ReaderError> {
        let version = self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        if self.version == Some(version) {
            return Ok(Vec::new());
        }
        // One state of the file for all of it.
        let transaction = self.connection.unchecked_transaction()?;
        let (mut happened, seq) = accepted(&transaction, self.seq)?;
        // Yesterday's as well, for what is decided around midnight.
        let since = self.since.max(yesterday(now));
        let counts = counts(&transaction, since)?;
        transaction.commit()?;
        for (key, count) in &counts {
            let new = count.saturating_sub(self.counts.get(key).copied().unwrap_or_default());
            if new > 0 {
                let (_, outcome, reason, field, client_version) = key.clone();
                happened.push(Happening::Counted { outcome, reason, field, client_version, count: new });
            }
        }
        (self.seq, self.since, self.version) = (seq, since, Some(version));
        self.counts = counts.into_iter().collect();
        Ok(happened)
    }
}

/// The latest events behind a sequence, how many others there are, and the last sequence.
fn accepted(connection: &Connection, seq: i64) -> Result<(Vec<Happening>, i64), rusqlite::Error> {
    let mut events = connection.prepare_cached(sql::EVENTS_AFTER)?;
    let mut rows = events.query([seq])?;
    let (mut happened, mut bytes) = (Vec::new(), 0);
    let mut first = seq + 1;
    while let Some(row) = rows.next()? {
        let fields: String = row.get(3)?;
        bytes += fields.len();
        if happened.len() == MAX_EVENTS || (bytes > MAX_BYTES && !happened.is_empty()) {
            break;
        }
        first = row.get(0)?;
        let occurred_at = row.get::<_, Option<i64>>(2)?.map(Timestamp);
        let event = RecentEvent { event_type: row.get(1)?, received_at: received_at(first), occurred_at, fields };
        happened.push(Happening::Accepted { seq: first, event });
    }
    let last = match happened.first() {
        Some(Happening::Accepted { seq, .. }) => *seq,
        _ => seq,
    };
    let left_out: i64 = connection.prepare_cached(sql::COUNT_BETWEEN)?.query_row([seq, first], |row| row.get(0))?;
    if left_out > 0 {
        happened.push(Happening::LeftOut(left_out.cast_unsigned()));
    }
    happened.reverse();
    Ok((happened, last))
}

/// The counts of all outcomes but the accepted ones since a day, in order.
fn counts(connection: &Connection, since: Day) -> Result<Vec<(Counted, u64)>, rusqlite::Error> {
    let mut counts = connection.prepare_cached(sql::COUNTS_SINCE)?;
    let counts = counts.query_map(params![since.0], |row| {
        let key = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok((key, row.get::<_, i64>(5)?.cast_unsigned()))
    })?;
    counts.collect()
}

fn yesterday(now: Timestamp) -> Day {
    Day(now.day().0 - 1)
}
