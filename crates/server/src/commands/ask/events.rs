//! Events as a page shows them: a line that tells which, and the fields below it.

use std::io::{self, Write};

use askfirst_core::report::{Cell, Report};
use comfy_table::{ColumnConstraint, Row, Width};
use serde_json::Value;

use super::cell::shown;
use crate::commands::query::plain_table;

/// The space in front of fields.
const INDENT: u16 = 3;
/// The most lines of fields; a page of log lines would hide the other events.
const MOST_LINES: usize = 6;

/// Writes the events of `recent`.
pub(super) fn write(report: &Report, width: u16, out: &mut impl Write) -> io::Result<()> {
    let rows = report.tables.first().map_or(&[][..], |table| table.rows.as_slice());
    if rows.is_empty() {
        writeln!(out, " no events")?;
    }
    for row in rows {
        let [received_at, occurred_at, event_type, Cell::Json(fields)] = row.as_slice() else { continue };
        write!(out, " {}  {}", shown(received_at), shown(event_type))?;
        if *occurred_at != Cell::Empty {
            write!(out, "  (of {})", shown(occurred_at))?;
        }
        writeln!(out)?;
        let mut pairs = Vec::new();
        flatten("", fields, &mut pairs);
        if !pairs.is_empty() {
            writeln!(out, "{}", wrapped(&pairs.join(" "), width))?;
        }
    }
    Ok(())
}

/// Texts in a few lines below an event; the rest is cut.
fn wrapped(text: &str, width: u16) -> String {
    let mut table = plain_table();
    table.set_truncation_indicator("…");
    let mut row = Row::from([text]);
    row.max_height(MOST_LINES);
    table.add_row(row);
    if let Some(column) = table.column_mut(0) {
        column.set_padding((INDENT, 0)).set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width)));
    }
    table.trim_fmt()
}

/// `path=value` of each field, at any depth.
fn flatten(path: &str, value: &Value, pairs: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, pairs);
            }
        }
        Value::String(text) if is_word(text) => pairs.push(shown(&Cell::Text(format!("{path}={text}")))),
        value => pairs.push(shown(&Cell::Text(format!("{path}={value}")))),
    }
}

/// Whether a text needs no quotes to be told from what stands beside it.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '"' | '='))
}
