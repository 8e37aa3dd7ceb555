//! A whole ledger, table by table, for a ledger on D1: its schema is the same, but it keeps nothing in memory, so all keys
//! are in their tables, and no address's hash goes along.

use std::io;

use askfirst_core::{event_hash, install_hash, sql};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::index::install_id;
use crate::reader::{Reader, ReaderError};

/// The tables that are not copied as they are, or not at all.
const OTHERWISE: [&str; 6] = ["event", "event_key", "install", "install_key", "address_key", "meta"];

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
        let schema = Schema::of(tables)?;
        let moment = self.connection.unchecked_transaction()?;
        out.statement(sql::edge::REFUSE_WITH_EVENTS)?;
        // What the schema begins with, and what a Worker notes at its first request.
        for table in schema.copied.iter().map(String::as_str).chain(["meta"]) {
            out.statement(&format!("DELETE FROM {table}"))?;
        }
        // What they derive comes along.
        for (name, _) in &schema.triggers {
            out.statement(&format!("DROP TRIGGER {name}"))?;
        }
        copy(&moment, "event", sql::edge::DUMP_EVENT, out)?;
        out.table("event_key", &["hash", "seq"])?;
        keys(&moment, sql::edge::DUMP_EVENT_ID, |id| Ok(event_hash(id.as_str()?)), out)?;
        copy(&moment, "install", "SELECT * FROM install", out)?;
        out.table("install_key", &["hash", "id"])?;
        keys(&moment, sql::edge::DUMP_INSTALL_ID, |id| Ok(install_hash(&install_id(id)?)), out)?;
        for table in &schema.copied {
            copy(&moment, table, &format!("SELECT * FROM {table}"), out)?;
        }
        copy(&moment, "meta", sql::edge::DUMP_META, out)?;
        for (_, text) in &schema.triggers {
            out.statement(text)?;
        }
        Ok(())
    }
}

/// What a ledger is made of.
struct Schema {
    /// Its tables but those of [`OTHERWISE`], in the order in which they are made.
    copied: Vec<String>,
    /// The wire's, by name, with their text.
    triggers: Vec<(String, String)>,
}

impl Schema {
    /// SQLite's own reading of the text.
    fn of(tables: &str) -> Result<Self, rusqlite::Error> {
        let template = Connection::open_in_memory()?;
        for text in sql::MIGRATIONS.into_iter().chain([tables]) {
            template.execute_batch(text)?;
        }
        let all = |kind: &str| -> Result<Vec<(String, String)>, rusqlite::Error> {
            let mut all = template.prepare("SELECT name, sql FROM sqlite_schema WHERE type = ?1 ORDER BY rowid")?;
            let all = all.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?;
            all.collect()
        };
        let copied = all("table")?.into_iter().map(|(name, _)| name);
        let copied = copied.filter(|name| !OTHERWISE.contains(&name.as_str())).collect();
        Ok(Self { copied, triggers: all("trigger")? })
    }
}

/// Passes the rows of a statement on as those of a table.
fn copy(connection: &Connection, table: &str, rows: &str, out: &mut impl Dump) -> Result<(), ReaderError> {
    let mut statement = connection.prepare(rows)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
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
