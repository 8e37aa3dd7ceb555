//! Bare SQLite: the rows of a ledger's events and installs, inserted into a file of the same schema by one thread, without a
//! server. Nothing remembers their ids there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Row, params_from_iter};
use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::figures::per_second;

/// Events that are read from a ledger at the most, and held in memory: some 200 MB.
const MAX_EVENTS: usize = 300_000;
/// As the ledger's writer has them, with the checkpoints of SQLite's own.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;";
/// A server may be at work in the file.
const BUSY: Duration = Duration::from_secs(5);

/// What a ledger holds.
#[derive(Debug)]
pub(super) struct Contents {
    tables: Vec<String>,
    triggers: Vec<String>,
    events: Vec<Event>,
}

/// The rows that came with one event.
#[derive(Debug)]
struct Event {
    row: Vec<Value>,
    /// Where it is the first of its install: the install's row.
    install: Option<Vec<Value>>,
}

/// What becomes of the tables that triggers fill from the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Derived {
    /// Filled, as the ledger's are.
    Filled,
    /// Left empty.
    Empty,
}

/// How fast rows were inserted; or the medians of several rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Inserted {
    pub(super) events_per_second: f64,
    pub(super) events: usize,
}

impl Contents {
    /// Reads the schema and the first events of a ledger, which may be served meanwhile.
    ///
    /// # Errors
    ///
    /// When it can't be read, or holds no events.
    pub(super) async fn read(ledger: PathBuf) -> Result<Self, Failure> {
        let shown = ledger.display().to_string();
        let contents = blocking(move || read(&ledger)).await?;
        let contents = contents.map_err(|error| Failure::CannotMeasure(format!("{shown}: {error}")))?;
        if contents.events.is_empty() {
            return Err(Failure::CannotMeasure(format!("{shown} holds no events")));
        }
        Ok(contents)
    }

    /// Inserts events into a fresh file in this folder, so many a transaction, until the time is over or all are in.
    ///
    /// # Errors
    ///
    /// When SQLite can't, or the file does not hold afterwards what was inserted.
    pub(super) async fn insert(
        self: &Arc<Self>,
        folder: &Path,
        batch: usize,
        derived: Derived,
        length: Duration,
    ) -> Result<Inserted, Failure> {
        let cannot = |problem: &str| Failure::CannotMeasure(format!("bare SQLite: {problem}"));
        let folder = tempfile::Builder::new().prefix("bare-").tempdir_in(folder);
        let folder = folder.map_err(|error| cannot(&error.to_string()))?;
        let (contents, path) = (Arc::clone(self), folder.path().join("bare.db"));
        let inserted = blocking(move || contents.insert_into(&path, batch, derived, length)).await?;
        let (inserted, stored) = inserted.map_err(|error| cannot(&error.to_string()))?;
        if inserted.events != stored {
            return Err(cannot(&format!("inserted {} events, stored {stored}", inserted.events)));
        }
        Ok(inserted)
    }

    fn insert_into(
        &self,
        path: &Path,
        batch: usize,
        derived: Derived,
        length: Duration,
    ) -> rusqlite::Result<(Inserted, usize)> {
        let connection = Connection::open(path)?;
        connection.execute_batch(PRAGMAS)?;
        let triggers = if derived == Derived::Filled { &self.triggers[..] } else { &[] };
        for sql in self.tables.iter().chain(triggers) {
            connection.execute_batch(sql)?;
        }
        let started = clock::instant();
        let mut events = 0;
        for batch in self.events.chunks(batch) {
            if started.elapsed() >= length {
                break;
            }
            connection.execute_batch("BEGIN IMMEDIATE")?;
            for event in batch {
                event.insert(&connection)?;
            }
            connection.execute_batch("COMMIT")?;
            events += batch.len();
        }
        let elapsed = started.elapsed();
        let stored: i64 = connection.query_row("SELECT count(*) FROM event", [], |row| row.get(0))?;
        Ok((
            Inserted { events_per_second: per_second(events as u64, elapsed), events },
            usize::try_from(stored).unwrap_or_default(),
        ))
    }
}

impl Event {
    fn insert(&self, connection: &Connection) -> rusqlite::Result<()> {
        let insert = |sql, values: &[Value]| connection.prepare_cached(sql)?.execute(params_from_iter(values));
        if let Some(install) = &self.install {
            insert("INSERT INTO install VALUES (?1, ?2, ?3, ?4)", install)?;
        }
        insert("INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &self.row).map(drop)
    }
}

fn read(ledger: &Path) -> rusqlite::Result<Contents> {
    let connection = Connection::open_with_flags(ledger, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(BUSY)?;
    // All of it as of one moment.
    connection.execute_batch("BEGIN")?;
    let schema = |kinds| {
        // SQLite makes its own tables and indexes itself.
        let query = format!(
            "SELECT sql FROM sqlite_schema WHERE type IN ({kinds}) AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        );
        connection.prepare(&query)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    };
    let (tables, triggers) = (schema("'table', 'index'")?, schema("'trigger'")?);
    let events = rows(&connection, &format!("SELECT * FROM event ORDER BY seq LIMIT {MAX_EVENTS}"))?;
    // Installs are numbered in the order of receipt.
    let last = events.iter().filter_map(|event| number(event, 3)).max().unwrap_or_default();
    let installs = rows(&connection, &format!("SELECT * FROM install WHERE id <= {last}"))?;
    let installs = installs.into_iter().filter_map(|row| Some((number(&row, 0)?, row)));
    let mut installs: HashMap<i64, Vec<Value>> = installs.collect();
    let events = events.into_iter().map(|row| {
        let install = number(&row, 3).and_then(|id| installs.remove(&id));
        Event { row, install }
    });
    Ok(Contents { events: events.collect(), tables, triggers })
}

fn rows(connection: &Connection, query: &str) -> rusqlite::Result<Vec<Vec<Value>>> {
    let mut statement = connection.prepare(query)?;
    let columns = statement.column_count();
    let row = |row: &Row<'_>| (0..columns).map(|column| row.get(column)).collect();
    statement.query_map([], row)?.collect()
}

fn number(row: &[Value], column: usize) -> Option<i64> {
    match row.get(column) {
        Some(Value::Integer(number)) => Some(*number),
        _ => None,
    }
}

/// Runs what would hold up everything else, such as an interruption.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::CannotMeasure(format!("a thread broke down: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ledger with the tables that are asked for, and three events of two installs.
    fn ledger(path: &Path) {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "CREATE TABLE event (seq INTEGER PRIMARY KEY, event_id TEXT, type TEXT, install INTEGER,
                   occurred_at INTEGER, address INTEGER, contract INTEGER, fields TEXT) STRICT;
                 CREATE INDEX event_type ON event (type);
                 CREATE TABLE install (id INTEGER PRIMARY KEY, install_id ANY, a INTEGER, b INTEGER) STRICT;
                 CREATE TABLE derived (type TEXT PRIMARY KEY, n INTEGER) STRICT;
                 CREATE TRIGGER derive AFTER INSERT ON event BEGIN
                   INSERT INTO derived VALUES (new.type, 1) ON CONFLICT DO UPDATE SET n = n + 1;
                 END;
                 INSERT INTO event VALUES (1, 'a', 't', 5, 0, NULL, 1, '{}'), (2, 'b', 't', 6, 0, 7, 1, '{}'),
                   (3, NULL, 'u', 5, 0, NULL, 1, '{}');
                 INSERT INTO install VALUES (5, x'00ff', 1, 1), (6, 'text', 1, 1);",
            )
            .unwrap();
    }

    fn dump(path: &Path, tables: &[&str]) -> Vec<Vec<Vec<Value>>> {
        let connection = Connection::open(path).unwrap();
        tables.iter().map(|table| rows(&connection, &format!("SELECT * FROM {table} ORDER BY 1")).unwrap()).collect()
    }

    #[test]
    fn the_same_rows_come_into_the_same_tables() {
        const ALL: [&str; 3] = ["event", "install", "derived"];
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        ledger(&path("ledger.db"));
        let contents = read(&path("ledger.db")).unwrap();
        let hour = Duration::from_hours(1);
        for (name, batch) in [("one.db", 1), ("all.db", 1_000)] {
            let (inserted, stored) = contents.insert_into(&path(name), batch, Derived::Filled, hour).unwrap();
            assert_eq!((inserted.events, stored), (3, 3));
            assert_eq!(dump(&path(name), &ALL), dump(&path("ledger.db"), &ALL));
        }
        contents.insert_into(&path("events.db"), 2, Derived::Empty, hour).unwrap();
        assert_eq!(dump(&path("events.db"), &ALL[..2]), dump(&path("ledger.db"), &ALL[..2]));
        assert_eq!(dump(&path("events.db"), &ALL[2..]), [Vec::<Vec<Value>>::new()]);
    }

    #[tokio::test]
    async fn a_ledger_without_events_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Contents::read(folder.path().join("ledger.db")).await.unwrap_err();
        assert!(missing.to_string().contains("unable to open"), "{missing}");
        ledger(&folder.path().join("ledger.db"));
        Connection::open(folder.path().join("ledger.db")).unwrap().execute_batch("DELETE FROM event").unwrap();
        let empty = Contents::read(folder.path().join("ledger.db")).await.unwrap_err();
        assert!(empty.to_string().contains("holds no events"), "{empty}");
    }
}
