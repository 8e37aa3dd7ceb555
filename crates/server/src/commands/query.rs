//! `askfirst query`

use std::fmt::Write as _;
use std::io::{self, Write};

use askfirst_sqlite::{ReaderError, Rows, ValueRef};
use comfy_table::Table;
use serde_json::{Map, Value};

use super::open_reader;
use crate::args::{Format, QueryArguments};
use crate::config::Settings;
use crate::failure::Failure;

pub(crate) fn run(arguments: &QueryArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let reader = open_reader(&settings, settings.app(&arguments.app)?)?;
    let format = if arguments.json { Format::Json } else { arguments.format };
    let out = io::BufWriter::new(io::stdout().lock());
    let mut printer = Printer::new(format, out);
    reader.query(&arguments.sql, &mut printer).map_err(|error| match error {
        ReaderError::Io(error) => Failure::from(error),
        error => Failure::failed(error),
    })?;
    Ok(printer.finish()?)
}

/// Prints rows as they come; a table is printed at the end, when the widths are known.
enum Printer<W: Write> {
    Table(W, Table),
    Csv(csv::Writer<W>),
    Json { out: W, names: Vec<String>, rows: usize },
    Ndjson { out: W, names: Vec<String> },
}

impl<W: Write> Printer<W> {
    fn new(format: Format, out: W) -> Self {
        match format {
            Format::Table => Self::Table(out, plain_table()),
            Format::Csv => Self::Csv(csv::Writer::from_writer(out)),
            Format::Json => Self::Json { out, names: Vec::new(), rows: 0 },
            Format::Ndjson => Self::Ndjson { out, names: Vec::new() },
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Table(mut out, table) => {
                writeln!(out, "{}", table.trim_fmt())?;
                out.flush()
            }
            Self::Csv(mut out) => out.flush(),
            Self::Json { mut out, rows, .. } => {
                writeln!(out, "{}", if rows == 0 { "[]" } else { "\n]" })?;
                out.flush()
            }
            Self::Ndjson { mut out, .. } => out.flush(),
        }
    }
}

impl<W: Write> Rows for Printer<W> {
    fn columns(&mut self, columns: &[&str]) -> io::Result<()> {
        match self {
            Self::Table(_, table) => {
                table.set_header(columns);
            }
            Self::Csv(out) => out.write_record(columns)?,
            Self::Json { names, .. } | Self::Ndjson { names, .. } => {
                *names = columns.iter().map(|name| (*name).to_owned()).collect();
            }
        }
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        match self {
            Self::Table(_, table) => {
                table.add_row(values.iter().map(|value| on_one_line(&text(*value))));
            }
            Self::Csv(out) => out.write_record(values.iter().map(|value| text(*value)))?,
            Self::Json { out, names, rows } => {
                out.write_all(if *rows == 0 { b"[\n" } else { b",\n" })?;
                *rows += 1;
                serde_json::to_writer(out, &object(names, values))?;
            }
            Self::Ndjson { out, names } => {
                serde_json::to_writer(&mut *out, &object(names, values))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }
}

/// A table of columns that line up, without lines around them.
pub(super) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table
}

fn object(names: &[String], values: &[ValueRef<'_>]) -> Map<String, Value> {
    names.iter().cloned().zip(values.iter().map(|value| json(*value))).collect()
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(int) => int.into(),
        ValueRef::Real(real) => real.into(),
        ValueRef::Text(_) | ValueRef::Blob(_) => text(value).into(),
    }
}

/// A value as text; bytes as hex.
fn text(value: ValueRef<'_>) -> String {
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

/// A text as a terminal can show it in a row: what would move the cursor is escaped.
pub(super) fn on_one_line(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}
