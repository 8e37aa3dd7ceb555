//! Dumps as the released services' operators export them.

use std::fs::File;
use std::io::{BufWriter, Write};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::harness::Home;

/// What writes a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `sqlite3 .dump`: a transaction, and statements that name no columns.
    Shell,
    /// `wrangler d1 export`: no transaction, and columns named in every statement.
    Wrangler,
}

/// A table: its name, its columns, and the statement that makes it.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) create: &'static str,
}

/// A dump that is being written. It is whole only when it was finished.
pub(super) struct Dump {
    out: BufWriter<File>,
    dialect: Dialect,
}

impl Dump {
    pub(super) fn create(home: &Home, file: &str, dialect: Dialect) -> Self {
        let mut dump = Self { out: BufWriter::new(File::create(home.path(file)).unwrap()), dialect };
        dump.statement(match dialect {
            Dialect::Shell => "PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;",
            Dialect::Wrangler => "PRAGMA defer_foreign_keys=TRUE;",
        });
        dump
    }

    /// Writes a statement with its semicolon, or several.
    pub(super) fn statement(&mut self, statement: &str) {
        writeln!(self.out, "{statement}").unwrap();
    }

    pub(super) fn table(&mut self, table: &Table) {
        self.statement(table.create);
    }

    /// A row of literals: `text`, `NULL` or numbers as they are.
    pub(super) fn row(&mut self, table: &Table, literals: &[String]) {
        assert_eq!(literals.len(), table.columns.len(), "{}", table.name);
        write!(self.out, "INSERT INTO \"{}\"", table.name).unwrap();
        if self.dialect == Dialect::Wrangler {
            write!(self.out, " (\"{}\")", table.columns.join("\",\"")).unwrap();
        }
        writeln!(self.out, " VALUES({});", literals.join(",")).unwrap();
    }

    pub(super) fn finish(mut self) {
        if self.dialect == Dialect::Shell {
            self.statement("COMMIT;");
        }
        self.out.flush().unwrap();
    }

    /// Ends the dump in the middle of a statement, as a full disk does.
    pub(super) fn break_off(mut self) {
        write!(self.out, "INSERT INTO \"events\" VALUES('never fin").unwrap();
        self.out.flush().unwrap();
    }
}

/// A text as a literal. Line ends are written as both programs write them.
pub(super) fn text(text: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    if !text.contains('\n') {
        return quoted(text);
    }
    let mark = if text.contains("\\n") { "\\012" } else { "\\n" };
    assert!(!text.contains(mark) && !text.contains('\r'), "{text}");
    format!("replace({},'{mark}',char(10))", quoted(&text.replace('\n', mark)))
}

/// A text, or NULL.
pub(super) fn optional(value: Option<&str>) -> String {
    value.map_or_else(|| "NULL".to_owned(), text)
}

/// The old database, made from its dump by SQLite itself: what the released service would have answered.
pub(super) struct Old(Connection);

impl Old {
    pub(super) fn open(home: &Home, file: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&std::fs::read_to_string(home.path(file)).unwrap()).unwrap();
        Self(connection)
    }

    /// The rows of an answer, as `query --format csv` prints them.
    pub(super) fn ask(&self, sql: &str) -> Vec<Vec<String>> {
        let mut statement = self.0.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| Ok(printed(row.get_ref(column)?))).collect();
        statement.query_map([], row).unwrap().map(Result::unwrap).collect()
    }
}

fn printed(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(int) => int.to_string(),
        ValueRef::Real(real) => real.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
