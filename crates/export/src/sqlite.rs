//! Events as a plain SQLite database, for questions elsewhere.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use askfirst_sqlite::EventRow;
use rusqlite::{Connection, OpenFlags, params};

use crate::EventWriter;

/// The one table.
const TABLE: &str = "CREATE TABLE events (
  id          INTEGER PRIMARY KEY, -- in the order of receipt
  received_at TEXT    NOT NULL,    -- ISO 8601 in UTC: 2026-02-12T18:00:00.123Z
  occurred_at TEXT,                -- the same, by the client's clock
  type        TEXT    NOT NULL,
  event_id    TEXT,
  install_id  TEXT,
  fields      TEXT    NOT NULL     -- the declared rest, as JSON
) STRICT;";

const INSERT: &str = "INSERT INTO events (id, received_at, occurred_at, type, event_id, install_id, fields) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

/// Writes events into the table `events` of a new database.
#[derive(Debug)]
pub struct SqliteFile {
    database: Connection,
    path: PathBuf,
}

impl SqliteFile {
    /// Makes the table in an empty file.
    ///
    /// # Errors
    ///
    /// Where the file is not there or can't be written.
    pub fn new(path: &Path) -> io::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let database = Connection::open_with_flags(path, flags).map_err(io::Error::other)?;
        // One transaction, which needs no way back: a file that is not finished is of no use. Synced at the end.
        let begin = format!("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; {TABLE}");
        database.execute_batch(&begin).map_err(io::Error::other)?;
        Ok(Self { database, path: path.to_owned() })
    }
}

impl EventWriter for SqliteFile {
    fn event(&mut self, event: &EventRow<'_>) -> io::Result<()> {
        let mut insert = self.database.prepare_cached(INSERT).map_err(io::Error::other)?;
        let inserted = insert.execute(params![
            event.id,
            event.received_at.to_string(),
            event.occurred_at.map(|time| time.to_string()),
            event.event_type,
            event.event_id,
            event.install_id,
            event.fields,
        ]);
        inserted.map(drop).map_err(io::Error::other)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.database.execute_batch("COMMIT").map_err(io::Error::other)?;
        self.database.close().map_err(|(_, error)| io::Error::other(error))?;
        File::open(&self.path)?.sync_all()
    }
}
