//! The events of a ledger one by one, for an export.

use std::fmt::Write as _;
use std::io;

use askfirst_contract::{Day, Timestamp};
use askfirst_core::{first_seq, received_at, sql};
use rusqlite::Row;
use rusqlite::types::{FromSqlError, ValueRef};

use crate::reader::{Reader, ReaderError};

/// UTC days of receipt, both included; where one is missing, there is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Option<Day>,
    /// The last.
    pub to: Option<Day>,
}

/// An event as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRow<'r> {
    /// The ledger's own number of it, in the order of receipt; below 2^53 until the year 2248.
    pub id: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it happened, by the client's clock.
    pub occurred_at: Option<Timestamp>,
    /// Its type; perhaps one that the contract in force no longer declares, or never did.
    pub event_type: &'r str,
    /// The idempotency key, where it has one.
    pub event_id: Option<&'r str>,
    /// The anonymous installation, a UUID in lower case.
    pub install_id: Option<&'r str>,
    /// The declared fields except event id and install id, as the text of a JSON object.
    pub fields: &'r str,
}

impl Reader {
    /// Passes the events of some days on, in the order of receipt, as of one moment.
    ///
    /// # Errors
    ///
    /// [`ReaderError`], also where `each` fails, which ends it.
    pub fn events(&self, days: Days, mut each: impl FnMut(&EventRow<'_>) -> io::Result<()>) -> Result<(), ReaderError> {
        let mut events = self.connection.prepare(sql::EXPORT)?;
        let mut events = events.query(days.sequences())?;
        let mut install_id = String::new();
        while let Some(row) = events.next()? {
            install_id.clear();
            each(&event(row, &mut install_id)?)?;
        }
        Ok(())
    }

    /// When the first and the last event of some days were received; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Where the file can't be read.
    pub fn receipts(&self, days: Days) -> Result<Option<(Timestamp, Timestamp)>, ReaderError> {
        let ends = |row: &Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?));
        let (first, last) = self.connection.query_row(sql::ENDS, days.sequences(), ends)?;
        Ok(first.map(received_at).zip(last.map(received_at)))
    }
}

impl Days {
    /// The first and the last sequence that an event of these days can have.
    fn sequences(self) -> [i64; 2] {
        let from = self.from.map_or(0, |day| first_seq(day.start()));
        let to = self.to.map_or(i64::MAX, |day| first_seq(Day(day.0.saturating_add(1)).start()) - 1);
        [from, to]
    }
}

/// The columns of [`sql::EXPORT`]; a UUID is written into `install_id`.
fn event<'r>(row: &'r Row<'_>, install_id: &'r mut String) -> Result<EventRow<'r>, rusqlite::Error> {
    let id = row.get(0)?;
    let install_id = match row.get_ref(3)? {
        ValueRef::Null => None,
        ValueRef::Blob(uuid) => {
            write_uuid(uuid, install_id);
            Some(&**install_id)
        }
        text => Some(text_of(text)?),
    };
    Ok(EventRow {
        id,
        received_at: received_at(id),
        occurred_at: row.get::<_, Option<i64>>(4)?.map(Timestamp),
        event_type: text_of(row.get_ref(1)?)?,
        event_id: row.get_ref(2)?.as_str_or_null().map_err(rusqlite::Error::from)?,
        install_id,
        fields: text_of(row.get_ref(5)?)?,
    })
}

fn text_of(value: ValueRef<'_>) -> Result<&str, rusqlite::Error> {
    value.as_str().map_err(|error: FromSqlError| error.into())
}

/// Writes `550e8400-e29b-41d4-a716-446655440000`.
fn write_uuid(bytes: &[u8], out: &mut String) {
    for (index, byte) in bytes.iter().enumerate() {
        let hyphen = if matches!(index, 4 | 6 | 8 | 10) { "-" } else { "" };
        // Writing to a String has no error to give.
        let _ = write!(out, "{hyphen}{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_ranges_of_sequences_with_both_ends() {
        let days = |from, to| Days { from, to }.sequences();
        let day = 86_400_000 * 1_024;
        assert_eq!(days(None, None), [0, i64::MAX]);
        assert_eq!(days(Some(Day(20)), Some(Day(20))), [20 * day, 21 * day - 1]);
        assert_eq!(days(Some(Day(20)), None), [20 * day, i64::MAX]);
        // Before the first day there is nothing, and after the last day that can be counted there is no end.
        assert_eq!(days(Some(Day(-3)), Some(Day(-1))), [0, -1]);
        assert_eq!(days(None, Some(Day(i32::MAX)))[1], i64::MAX - 1);
    }
}
