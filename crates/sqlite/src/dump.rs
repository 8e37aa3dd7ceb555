//! A whole ledger, table by table, for a ledger on D1: its schema is the same, but it keeps nothing in memory, so all keys
//! are in their tables, and no address's hash goes along.

use std::io;

use askfirst_core::{event_hash, install_hash, sql};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::index::install_id;
use crate::reader::{Reader, ReaderError};

/// The tables that are copied as they are; those of the wire follow.
const COPIED: [&str; 10] = [
    "event_collision",
    "install_collision",
    "value",
    "activity",
    "daily",
    "rollup",
    "outcome",
    "contract",
    "imported",
    "forgotten",
];

/// Takes a ledger, as the statements and the rows that fill an empty one.
pub trait Dump {
    /// A statement, without a semicolon.
    ///
    /// # Errors
    ///
    /// Where it can't be passed on; ends the dump.
    fn statement(&mut self, statement: &str) -> io::Result<()>;

    /// The table whose rows follow. The first column names the row.
    ///
    /// # Errors
    ///
    /// Where it can't be passed on; ends the dump.
    fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()>;

    /// A row of that table.
    ///
    /// # Errors
    ///
    /// Where it can't be passed on; ends the dump.
    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()>;
}

impl Reader {
    /// Passes all that a ledger holds on, as of one moment. `tables` are those of the wire, as SQL.
    ///
    /// # Errors
    ///
    /// [`ReaderError`], also where `out` fails, which ends it.
    pub fn dump(&self, tables: &str, out: &mut impl Dump) -> Result<(), ReaderError> {
        let wire = WireTables::of(tables)?;
        let moment = self.connection.unchecked_transaction()?;
        out.statement(sql::edge::REFUSE_WITH_EVENTS)?;
        // What the schema begins with, and what a Worker notes at its first request.
        for table in COPIED.into_iter().chain(["meta"]).chain(wire.tables.iter().map(String::as_str)) {
            out.statement(&format!("DELETE FROM {table}"))?;
        }
        // What they derive comes along.
        for (name, _) in &wire.triggers {
            out.statement(&format!("DROP TRIGGER {name}"))?;
        }
        copy(&moment, "event", sql::edge::DUMP_EVENT, out)?;
        out.table("event_key", &["hash", "seq"])?;
        keys(&moment, sql::edge::DUMP_EVENT_ID, |id| Ok(event_hash(id.as_str()?)), out)?;
        copy(&moment, "install", "SELECT * FROM install", out)?;
        out.table("install_key", &["hash", "id"])?;
        keys(&moment, sql::edge::DUMP_INSTALL_ID, |id| Ok(install_hash(&install_id(id)?)), out)?;
        for table in COPIED.into_iter().chain(wire.tables.iter().map(String::as_str)) {
            copy(&moment, table, &format!("SELECT * FROM {table}"), out)?;
        }
        copy(&moment, "meta", sql::edge::DUMP_META, out)?;
        for (_, text) in &wire.triggers {
            out.statement(text)?;
        }
        Ok(())
    }
}

/// What a wire adds to a ledger.
struct WireTables {
    tables: Vec<String>,
    /// By name, with their text.
    triggers: Vec<(String, String)>,
}

impl WireTables {
    /// SQLite's own reading of the text.
    fn of(tables: &str) -> Result<Self, rusqlite::Error> {
        let template = Connection::open_in_memory()?;
        for migration in sql::MIGRATIONS {
            template.execute_batch(migration)?;
        }
        let last: i64 = template.query_row("SELECT max(rowid) FROM sqlite_schema", [], |row| row.get(0))?;
        template.execute_batch(tables)?;
        let added = |kind: &str| -> Result<Vec<(String, String)>, rusqlite::Error> {
            let added = "SELECT name, sql FROM sqlite_schema WHERE type = ?1 AND rowid > ?2 AND sql IS NOT NULL";
            let mut added = template.prepare(added)?;
            let added = added.query_map(rusqlite::params![kind, last], |row| Ok((row.get(0)?, row.get(1)?)))?;
            added.collect()
        };
        let tables = added("table")?.into_iter().map(|(name, _)| name).collect();
        Ok(Self { tables, triggers: added("trigger")? })
    }
}

/// Passes the rows of a statement on as those of a table.
fn copy(connection: &Connection, table: &str, rows: &str, out: &mut impl Dump) -> Result<(), ReaderError> {
    let mut statement = connection.prepare(rows)?;
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    out.table(table, &columns.iter().map(String::as_str).collect::<Vec<_>>())?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let values: Vec<_> = (0..columns.len()).map(|index| row.get_ref(index)).collect::<Result<_, _>>()?;
        out.row(&values)?;
    }
    Ok(())
}

/// Passes the hashes of ids on, each with its row.
fn keys(
    connection: &Connection,
    ids: &str,
    hash: impl Fn(ValueRef<'_>) -> Result<i64, rusqlite::Error>,
    out: &mut impl Dump,
) -> Result<(), ReaderError> {
    let mut ids = connection.prepare(ids)?;
    let mut ids = ids.query([])?;
    while let Some(id) = ids.next()? {
        out.row(&[ValueRef::Integer(hash(id.get_ref(0)?)?), id.get_ref(1)?])?;
    }
    Ok(())
}
