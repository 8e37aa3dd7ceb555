//! A whole ledger as the SQL that `wrangler d1 execute --file` loads into a database with the Worker's schema.
//!
//! D1 takes [statements of 100 KB](https://developers.cloudflare.com/d1/platform/limits/), values of 2 MB, and no
//! transaction: it makes one of the file itself.

use std::fmt::Write as _;
use std::io::{self, Write};

use askfirst_sqlite::{Dump, ValueRef};

/// The longest statement, in bytes.
const MAX_STATEMENT: usize = 100_000;
/// Rows of a statement at the most. D1 lets a statement compile to 25,000 instructions, and a row takes one for each of at
/// most 10 columns and a few of its own.
const MAX_ROWS: usize = 1_000;
/// The longest piece of a text that stands in one statement, in bytes. Quotes double it at worst, so a row of three long
/// texts is still one statement.
const MAX_PIECE: usize = 16 << 10;
/// The longest value that D1 holds, in bytes.
const MAX_VALUE: usize = 2_000_000;
/// What makes wrangler refuse a file, wherever it stands.
const NOT_TO_BE_SEEN: &str = "BEGIN TRANSACTION";

/// Writes a ledger as SQL.
#[derive(Debug)]
pub struct D1Writer<W> {
    out: W,
    table: Table,
    /// The statement that is being written, if it has rows.
    statement: String,
    rows: usize,
    row: String,
    /// What is to be added to texts of the row that were too long, once it is there.
    rest: Vec<String>,
}

#[derive(Debug, Default)]
struct Table {
    name: String,
    columns: Vec<String>,
}

impl<W: Write> D1Writer<W> {
    /// Writes to `out`, which should be buffered.
    pub fn new(out: W) -> Self {
        let (statement, row) = (String::new(), String::new());
        Self { out, table: Table::default(), statement, rows: 0, row, rest: Vec::new() }
    }

    /// Writes what is still in memory.
    ///
    /// # Errors
    ///
    /// Where it can't be written; the output is of no use then.
    pub fn finish(mut self) -> io::Result<()> {
        self.end_statement()?;
        self.out.flush()
    }

    fn end_statement(&mut self) -> io::Result<()> {
        if self.rows > 0 {
            writeln!(self.out, "{};", self.statement)?;
        }
        self.statement.clear();
        self.rows = 0;
        Ok(())
    }

    /// Writes the values of a row between parentheses; what is too long of them goes to `rest`.
    fn write_row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.row.clear();
        for (index, value) in values.iter().enumerate() {
            self.row.push(if index == 0 { '(' } else { ',' });
            let ValueRef::Text(text) = value else {
                write_value(&mut self.row, *value);
                continue;
            };
            let mut pieces = pieces(std::str::from_utf8(text).map_err(io::Error::other)?);
            write_text(&mut self.row, pieces.next().unwrap_or_default());
            for piece in pieces {
                let (table, column, key) = (&self.table.name, &self.table.columns[index], &self.table.columns[0]);
                let mut more = format!("UPDATE {table} SET {column} = {column} || ");
                write_text(&mut more, piece);
                let _ = write!(more, " WHERE {key} = ");
                write_value(&mut more, values[0]);
                self.rest.push(more);
            }
        }
        self.row.push(')');
        Ok(())
    }
}

impl<W: Write> Dump for D1Writer<W> {
    fn statement(&mut self, statement: &str) -> io::Result<()> {
        self.end_statement()?;
        writeln!(self.out, "{statement};")
    }

    fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()> {
        self.end_statement()?;
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        self.table = Table { name: name.to_owned(), columns };
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        let length = |value: &ValueRef<'_>| value.as_bytes_or_null().ok().flatten().map_or(0, <[u8]>::len);
        if values.iter().map(length).sum::<usize>() > MAX_VALUE {
            let name = &self.table.name;
            return Err(io::Error::other(format!(
                "a row of the table {name} has more than 2 MB, which D1 does not take"
            )));
        }
        self.write_row(values)?;
        if self.rows == MAX_ROWS || self.statement.len() + 1 + self.row.len() > MAX_STATEMENT {
            self.end_statement()?;
        }
        if self.rows == 0 {
            let Table { name, columns } = &self.table;
            let _ = write!(self.statement, "INSERT INTO {name} ({}) VALUES ", columns.join(","));
        } else {
            self.statement.push(',');
        }
        self.statement.push_str(&self.row);
        self.rows += 1;
        for more in std::mem::take(&mut self.rest) {
            self.statement(&more)?;
        }
        Ok(())
    }
}

/// A text in pieces, each within [`MAX_PIECE`].
fn pieces(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        let mut end = text.len().min(MAX_PIECE);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let (piece, rest) = text.split_at(end);
        text = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn write_value(out: &mut String, value: ValueRef<'_>) {
    // Writing to a String has no error to give.
    let _ = match value {
        ValueRef::Null => write!(out, "NULL"),
        ValueRef::Integer(int) => write!(out, "{int}"),
        ValueRef::Real(real) if real.is_infinite() => write!(out, "{}9e999", if real < 0.0 { "-" } else { "" }),
        ValueRef::Real(real) => write!(out, "{real:?}"),
        ValueRef::Text(text) => return write_text(out, &String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => return write_blob(out, bytes),
    };
}

fn write_text(out: &mut String, text: &str) {
    if text.contains('\0') || text.contains(NOT_TO_BE_SEEN) {
        out.push_str("CAST(");
        write_blob(out, text.as_bytes());
        out.push_str(" AS TEXT)");
        return;
    }
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}

fn write_blob(out: &mut String, bytes: &[u8]) {
    out.push_str("X'");
    for byte in bytes {
        let _ = write!(out, "{byte:02x}");
    }
    out.push('\'');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    /// What SQLite reads back of rows that were written, and the longest statement.
    fn read_back(texts: &[String]) -> (Vec<String>, usize) {
        let mut out = Vec::new();
        let mut writer = D1Writer::new(&mut out);
        writer.table("t", &["id", "text", "bytes"]).unwrap();
        for (id, text) in (1..).zip(texts) {
            let bytes = ValueRef::Blob(text.as_bytes());
            let bytes = if text.len() > MAX_PIECE { ValueRef::Null } else { bytes };
            writer.row(&[ValueRef::Integer(id), ValueRef::Text(text.as_bytes()), bytes]).unwrap();
        }
        writer.finish().unwrap();
        let sql = String::from_utf8(out).unwrap();
        assert!(!sql.contains(NOT_TO_BE_SEEN));
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT, bytes BLOB) STRICT").unwrap();
        database.execute_batch(&sql).unwrap();
        let wrong = "SELECT count(*) FROM t WHERE CAST(text AS BLOB) <> bytes";
        assert_eq!(database.query_row(wrong, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
        let mut rows = database.prepare("SELECT text FROM t ORDER BY id").unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        (rows, sql.split(";\n").map(str::len).max().unwrap_or(0))
    }

    #[test]
    fn long_texts_and_many_rows_stay_below_the_limits() {
        let long = ["it's ".repeat(40_000), "''".repeat(50_000), "日本".repeat(20_000), "\0".repeat(60_000)];
        let many = (0..2_500).map(|n| "x".repeat(n % 300));
        let texts: Vec<String> = long.into_iter().chain(many).collect();
        let (rows, longest) = read_back(&texts);
        assert!(rows == texts);
        assert!(longest <= MAX_STATEMENT, "{longest}");
    }

    #[test]
    fn what_d1_can_not_hold_is_told() {
        let text = "x".repeat(MAX_VALUE + 1);
        let mut writer = D1Writer::new(Vec::new());
        writer.table("event", &["fields"]).unwrap();
        let error = writer.row(&[ValueRef::Text(text.as_bytes())]).unwrap_err();
        assert!(error.to_string().contains("2 MB"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(texts in prop::collection::vec("(\\PC|\0|'|;|\n|BEGIN TRANSACTION;|--|/\\*){0,30}", 0..9)) {
            prop_assert_eq!(&read_back(&texts).0, &texts);
        }
    }
}
