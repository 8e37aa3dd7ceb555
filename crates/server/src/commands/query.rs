//! `askfirst query`

use std::io::{self, Write};

use askfirst_export::{RowWriter, text_of};
use askfirst_sqlite::{Rows, ValueRef};
use comfy_table::Table;

use super::open_reader;
use crate::args::{Format, QueryArguments};
use crate::config::Settings;
use crate::failure::Failure;

pub(crate) fn run(arguments: &QueryArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let reader = open_reader(&settings, settings.app(&arguments.app)?)?;
    let format = if arguments.json { Format::Json } else { arguments.format };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut rows = match format {
        Format::Table => {
            let mut rows = TableRows(plain_table());
            reader.query(&arguments.sql, &mut rows)?;
            writeln!(out, "{}", rows.0.trim_fmt())?;
            return Ok(out.flush()?);
        }
        Format::Csv => RowWriter::csv(out),
        Format::Json => RowWriter::json(out),
        Format::Ndjson => RowWriter::ndjson(out),
    };
    reader.query(&arguments.sql, &mut rows)?;
    Ok(rows.finish()?)
}

/// The rows of a table, which is printed at the end, when the widths are known.
struct TableRows(Table);

impl Rows for TableRows {
    fn columns(&mut self, columns: &[&str]) -> io::Result<()> {
        self.0.set_header(columns);
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        self.0.add_row(values.iter().map(|value| on_one_line(&text_of(*value))));
        Ok(())
    }
}

/// A table of columns that line up, without lines around them.
pub(super) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table
}

/// A text as a terminal can show it in a row: what would move the cursor, or turn the direction of what stands beside it,
/// is escaped.
pub(super) fn on_one_line(text: &str) -> String {
    let is_bidi =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let escape = |c: char| if c.is_control() || is_bidi(c) { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escape).collect()
}
