//! The rows of a question, as they come.

use std::fmt::Write as _;
use std::io::{self, Write};

use askfirst_sqlite::{Rows, ValueRef};
use serde_json::{Map, Value};

use crate::csv::{cell, io_error};

/// Writes rows as they come.
#[derive(Debug)]
pub struct RowWriter<W: Write> {
    lines: Lines<W>,
}

#[derive(Debug)]
enum Lines<W: Write> {
    Csv(Box<::csv::Writer<W>>),
    Json { out: W, names: Vec<String>, rows: usize },
    Ndjson { out: W, names: Vec<String> },
}

impl<W: Write> RowWriter<W> {
    /// Comma-separated values (RFC 4180) with a header; no text of them is a formula.
    pub fn csv(out: W) -> Self {
        Self { lines: Lines::Csv(Box::new(::csv::Writer::from_writer(out))) }
    }

    /// One array of objects, to an `out` that should be buffered.
    pub fn json(out: W) -> Self {
        Self { lines: Lines::Json { out, names: Vec::new(), rows: 0 } }
    }

    /// One object a line, to an `out` that should be buffered.
    pub fn ndjson(out: W) -> Self {
        Self { lines: Lines::Ndjson { out, names: Vec::new() } }
    }

    /// Writes the end.
    ///
    /// # Errors
    ///
    /// Where it can't be written.
    pub fn finish(self) -> io::Result<()> {
        match self.lines {
            Lines::Csv(mut out) => out.flush(),
            Lines::Json { mut out, rows, .. } => {
                writeln!(out, "{}", if rows == 0 { "[]" } else { "\n]" })?;
                out.flush()
            }
            Lines::Ndjson { mut out, .. } => out.flush(),
        }
    }
}

impl<W: Write> Rows for RowWriter<W> {
    fn columns(&mut self, columns: &[&str]) -> io::Result<()> {
        match &mut self.lines {
            Lines::Csv(out) => out.write_record(columns).map_err(io_error)?,
            Lines::Json { names, .. } | Lines::Ndjson { names, .. } => {
                *names = columns.iter().map(|name| (*name).to_owned()).collect();
            }
        }
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        match &mut self.lines {
            Lines::Csv(out) => csv_row(out, values).map_err(io_error)?,
            Lines::Json { out, names, rows } => {
                out.write_all(if *rows == 0 { b"[\n" } else { b",\n" })?;
                *rows += 1;
                serde_json::to_writer(out, &object(names, values))?;
            }
            Lines::Ndjson { out, names } => {
                serde_json::to_writer(&mut *out, &object(names, values))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }
}

fn csv_row<W: Write>(out: &mut ::csv::Writer<W>, values: &[ValueRef<'_>]) -> ::csv::Result<()> {
    for value in values {
        let text = text_of(*value);
        match value {
            ValueRef::Text(_) => out.write_field(&*cell(&text))?,
            _ => out.write_field(text)?,
        }
    }
    out.write_record(None::<&[u8]>)
}

fn object(names: &[String], values: &[ValueRef<'_>]) -> Map<String, Value> {
    names.iter().cloned().zip(values.iter().map(|value| json(*value))).collect()
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => int.into(),
        ValueRef::Real(real) => real.into(),
        ValueRef::Text(_) | ValueRef::Blob(_) => text_of(value).into(),
    }
}

/// A value as text; bytes as hex.
#[must_use]
pub fn text_of(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(int) => int.to_string(),
        ValueRef::Real(real) => real.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
            // Writing to a String has no error to give.
            let _ = write!(hex, "{byte:02x}");
            hex
        }),
    }
}
