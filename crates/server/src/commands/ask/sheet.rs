//! What a page shows of a table: columns of cells that are read alike.

use askfirst_core::report::{Cell, Report, Table};

use super::cell::{number, numbers, short_share, shown};
use super::layout::{Column, Content};

/// What stands behind a period that is not over.
const RUNNING: &str = " …";
/// The name of the flags that tell which rows are of such a period.
const FLAGS: &str = "running";

/// A table as a page shows it.
pub(super) struct Sheet {
    /// What it tells of.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The column that has bars beside it, by its index, and the number behind each bar.
    pub(super) bars: Option<(usize, Vec<f64>)>,
    /// What has to be known to read it.
    pub(super) note: Option<String>,
}

/// The sheets of a report, in its order.
pub(super) fn sheets(report: &Report) -> Vec<Sheet> {
    let mut sheets: Vec<Sheet> = Vec::new();
    for (index, table) in report.tables.iter().enumerate() {
        match (report.question, table.name) {
            ("retention", _) => sheets.push(triangle(report, table)),
            ("active", "periods") if table.columns.iter().any(|name| name == "value") => {
                sheets.extend(by_value(table, &report.tables));
            }
            // They are the last column, and the last row, of the table before.
            (_, "other_periods" | "other") => {}
            _ => {
                let other = report.tables.get(index + 1).filter(|next| next.name == "other");
                sheets.push(sheet(table, other));
            }
        }
    }
    sheets
}

fn sheet(table: &Table, other: Option<&Table>) -> Sheet {
    let others = other.and_then(|other| other.rows.first()).map(|row| others(row));
    let rows: Vec<&[Cell]> = table.rows.iter().chain(&others).map(Vec::as_slice).collect();
    let flags = table.columns.iter().position(|name| name == FLAGS);
    let is_running = |row: &[Cell]| flags.is_some_and(|index| row[index] == Cell::Flag(true));
    let mut columns = Vec::new();
    for (index, name) in table.columns.iter().enumerate().filter(|(index, _)| Some(*index) != flags) {
        let mut column = column(title(name), rows.iter().map(|row| &row[index]));
        if index == 0 {
            column.mark(RUNNING, rows.iter().map(|row| is_running(row)));
        }
        columns.push(column);
    }
    let bars = table.bars.and_then(|name| table.columns.iter().position(|column| column == name));
    Sheet {
        name: title(table.name),
        columns,
        bars: bars.map(|index| (index, rows.iter().map(|row| number(&row[index])).collect())),
        note: rows.iter().any(|row| is_running(row)).then(|| "… still running".to_owned()),
    }
}

/// What all values without a row of their own come to, as a row.
fn others(row: &[Cell]) -> Vec<Cell> {
    let mut row = row.to_vec();
    if let Some(values) = row.first_mut() {
        let ending = if *values == Cell::Count(1) { "" } else { "s" };
        *values = Cell::Text(format!("({} other{ending})", shown(values)));
    }
    row
}

/// A row a period and a column a value, of a table that has a row for each of both; nothing where that has none. The others
/// are one column, from tables of their own.
fn by_value(table: &Table, all: &[Table]) -> Option<Sheet> {
    let periods: Vec<_> = table.rows.chunk_by(|a, b| a[0] == b[0]).collect();
    let values = periods.first()?;
    let is_running = |rows: &&[Vec<Cell>]| rows[0][3] == Cell::Flag(true);
    let mut period = column(title(&table.columns[0]), periods.iter().map(|rows| &rows[0][0]));
    period.mark(RUNNING, periods.iter().map(is_running));
    let mut columns = vec![period];
    for (index, row) in values.iter().enumerate() {
        columns.push(column(shown(&row[1]), periods.iter().map(|rows| &rows[index][2])));
    }
    let rows_of = |name: &'static str| all.iter().filter(move |table| table.name == name).flat_map(|table| &table.rows);
    if let Some(other) = rows_of("other").next() {
        columns.push(column(shown(&others(other)[0]), rows_of("other_periods").map(|row| &row[1])));
    }
    let note = periods.iter().any(is_running).then(|| "… still running".to_owned());
    Some(Sheet { name: title(table.name), columns, bars: None, note })
}

/// Cohorts, each a period shorter than the one before it.
fn triangle(report: &Report, table: &Table) -> Sheet {
    let figure = |name| report.figures.iter().find(|(known, _)| *known == name).map(|(_, cell)| cell);
    let running = figure("running");
    let text = |cell: &Cell| if let Cell::Share(share) = cell { short_share(*share) } else { shown(cell) };
    let mut columns = vec![column(title(&table.columns[0]), table.rows.iter().map(|row| &row[0]))];
    for (index, name) in table.columns.iter().enumerate().skip(1) {
        let texts = table.rows.iter().map(|row| text(&row[index])).collect();
        columns.push(Column { heading: title(name), content: Content::Figures(texts) });
    }
    let place = table.rows.iter().position(|row| row.first() == running);
    columns[0].mark(RUNNING, (0..table.rows.len()).map(|row| Some(row) == place));
    let is_last = place.is_none_or(|place| place + 1 == table.rows.len());
    let running = running.map(shown).unwrap_or_default();
    Sheet {
        name: format!("{}, {}s later", title(table.name), figure("per").map(shown).unwrap_or_default()),
        columns,
        bars: None,
        note: is_last.then(|| format!("… still running, as is the last period of every row: {running}")),
    }
}

/// A column of cells; numbers stand right.
fn column<'c>(heading: String, cells: impl Iterator<Item = &'c Cell> + Clone) -> Column {
    let is_figure = |cell: &Cell| matches!(cell, Cell::Empty | Cell::Count(_) | Cell::Number(_) | Cell::Share(_));
    let content = if cells.clone().any(|cell| matches!(cell, Cell::Series(_))) {
        let counts = |cell: &Cell| if let Cell::Series(counts) = cell { counts.clone() } else { Vec::new() };
        Content::Series(cells.map(counts).collect())
    } else if cells.clone().all(is_figure) {
        Content::Figures(numbers(cells))
    } else {
        Content::Words(cells.map(shown).collect())
    };
    Column { heading, content }
}

/// A name of ours as people read it.
pub(super) fn title(name: &str) -> String {
    name.replace('_', " ")
}
