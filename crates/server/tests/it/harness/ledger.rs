//! The database file as an operator sees it: through the view of the released service's names.

use std::path::Path;

use rusqlite::types::FromSql;
use rusqlite::{Connection, OpenFlags, Params};

use super::{Home, PATIENCE};

/// A read-only connection beside the server's own.
pub(crate) struct Ledger(Connection);

impl Ledger {
    pub(crate) fn open(home: &Home) -> Self {
        Self::of_file(&home.database())
    }

    /// Any database file.
    pub(crate) fn of_file(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags);
        Self(connection.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// The one value of a question.
    #[track_caller]
    pub(crate) fn one<T: FromSql>(&self, sql: &str, params: impl Params) -> T {
        self.0.query_row(sql, params, |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first column of every row.
    #[track_caller]
    pub(crate) fn column<T: FromSql>(&self, sql: &str, params: impl Params) -> Vec<T> {
        let mut statement = self.0.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let rows = statement.query_map(params, |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    /// How many events have this id.
    #[track_caller]
    pub(crate) fn count(&self, event_id: &str) -> i64 {
        self.one("SELECT COUNT(*) FROM events WHERE event_id = ?1", [event_id])
    }

    /// How many events there are.
    #[track_caller]
    pub(crate) fn total(&self) -> i64 {
        self.one("SELECT COUNT(*) FROM events", [])
    }
}

/// Holds the lock of an app's file that a writer needs: until this is dropped, the server can't store anything.
pub(crate) struct WriteLock {
    _connection: Connection,
}

impl WriteLock {
    pub(crate) fn take(home: &Home, app: &str) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(home.database_of(app), flags).unwrap();
        connection.busy_timeout(PATIENCE).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        Self { _connection: connection }
    }
}

/// The files below a directory whose bytes hold the marker.
pub(crate) fn holding(directory: &Path, marker: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, marker));
        } else if contains(&std::fs::read(&path).unwrap(), marker.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn contains(bytes: &[u8], marker: &[u8]) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker)
}
