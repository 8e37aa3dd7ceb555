//! A whole ledger, table by table, for a ledger on D1: its schema is the same, but its keys are in tables of their own, and
//! no address's hash goes along.

use std::collections::HashSet;
use std::io;

use askfirst_core::{event_hash, install_hash, sql};
use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use crate::index::install_id;
use crate::reader::{Reader, ReaderError};

/// The tables that are not copied as they are, or not at all.
const OTHERWISE: [&str; 6] = ["event", "install", "key_run", "key_part", "address_key", "meta"];

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
        let hash = |id: ValueRef<'_>| Ok(event_hash(id.as_str()?));
        let tables = [["event_key", "hash", "seq"], ["event_collision", "event_id", "seq"]];
        keys(&moment, sql::edge::DUMP_EVENT_ID, hash, tables, out)?;
        copy(&moment, "install", "SELECT * FROM install", out)?;
        let hash = |id: ValueRef<'_>| Ok(install_hash(&install_id(id)?));
        let tables = [["install_key", "hash", "id"], ["install_collision", "install_id", "id"]];
        keys(&moment, sql::edge::DUMP_INSTALL_ID, hash, tables, out)?;
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

/// Passes the hashes of ids on, each with its row; and the ids whose hash another has, as those of a second table.
fn keys(
    connection: &Connection,
    ids: &str,
    hash: impl Fn(ValueRef<'_>) -> Result<i64, rusqlite::Error>,
    [[table, key, number], [collisions, id, _]]: [[&str; 3]; 2],
    out: &mut impl Dump,
) -> Result<(), ReaderError> {
    let mut statement = connection.prepare(ids)?;
    let hashes = statement.query_map([], |row| hash(row.get_ref(0)?))?;
    let mut hashes: Vec<i64> = hashes.collect::<Result<_, _>>()?;
    hashes.sort_unstable();
    // Hardly ever any.
    let shared: HashSet<i64> = hashes.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
    drop(hashes);
    let (mut seen, mut others) = (HashSet::new(), Vec::new());
    out.table(table, &[key, number])?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let hash = hash(row.get_ref(0)?)?;
        if shared.contains(&hash) && !seen.insert(hash) {
            others.push((row.get::<_, Value>(0)?, row.get::<_, i64>(1)?));
        } else {
            out.row(&[ValueRef::Integer(hash), row.get_ref(1)?])?;
        }
    }
    out.table(collisions, &[id, number])?;
    for (id, row) in &others {
        out.row(&[id.into(), ValueRef::Integer(*row)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was passed on: tables, and rows as text.
    #[derive(Default)]
    struct Lines(Vec<String>);

    impl Dump for Lines {
        fn statement(&mut self, statement: &str) -> io::Result<()> {
            self.0.push(statement.to_owned());
            Ok(())
        }

        fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()> {
            self.0.push(format!("{name} {}", columns.join(" ")));
            Ok(())
        }

        fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
            let values = values.iter().map(|value| match value {
                ValueRef::Integer(number) => number.to_string(),
                text => text.as_str().unwrap().to_owned(),
            });
            self.0.push(values.collect::<Vec<_>>().join(" "));
            Ok(())
        }
    }

    #[test]
    fn ids_with_one_hash_are_told_apart() {
        let file = Connection::open_in_memory().unwrap();
        let mut lines = Lines::default();
        let ids = "SELECT * FROM (VALUES ('ab', 1), ('c', 2), ('de', 3), ('fg', 4), ('hij', 5))";
        let length = |id: ValueRef<'_>| Ok(id.as_str()?.len().try_into().unwrap());
        keys(&file, ids, length, [["key", "hash", "seq"], ["collision", "id", "seq"]], &mut lines).unwrap();
        let expected = ["key hash seq", "2 1", "1 2", "3 5", "collision id seq", "de 3", "fg 4"];
        assert_eq!(lines.0, expected);
    }
}
