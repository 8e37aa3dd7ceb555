//! A report as a page for people.

use std::io::{self, Write};

use askfirst_core::report::{Cell, Report};

use super::cell::shown;
use super::events;
use super::layout::{Column, Laid, lay_out};
use super::sheet::{Sheet, sheets, title};
use crate::commands::query::plain_table;

/// Writes the figures line by line, then the tables.
pub(super) fn write(report: &Report, width: u16, out: &mut impl Write) -> io::Result<()> {
    if report.question == "recent" {
        return events::write(report, width, out);
    }
    writeln!(out, "{}", figures(report))?;
    let sheets = sheets(report);
    let (is_one, mut notes) = (sheets.len() == 1, Vec::new());
    for (index, Sheet { name, columns, bars, note }) in sheets.into_iter().enumerate() {
        writeln!(out)?;
        if !is_one {
            writeln!(out, " {name}:")?;
        }
        if columns.iter().all(Column::is_empty) {
            writeln!(out, " no {name}")?;
            continue;
        }
        let Laid { text, left_out } = lay_out(columns, bars, width);
        writeln!(out, "{text}")?;
        let left_out = (!left_out.is_empty()).then(|| no_room(&left_out, index == 0));
        for note in note.into_iter().chain(left_out) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    if !notes.is_empty() {
        writeln!(out)?;
    }
    notes.iter().try_for_each(|note| writeln!(out, " {note}"))
}

/// That some columns are not there, and where they are.
fn no_room(headings: &[String], is_in_csv: bool) -> String {
    let place = if is_in_csv { "--json or --csv" } else { "--json" };
    match headings {
        [first, .., last] if headings.len() > 3 => format!("no room for {first} to {last}; see {place}"),
        few => format!("no room for {}; see {place}", few.join(", ")),
    }
}

fn figures(report: &Report) -> String {
    let mut table = plain_table();
    for (name, cell) in &report.figures {
        table.add_row([title(name), if *cell == Cell::Empty { "-".to_owned() } else { shown(cell) }]);
    }
    table.trim_fmt()
}
