//! Reports as tables, in Markdown so that it can be pasted beside the conditions it was measured under.

use comfy_table::{CellAlignment, Table, presets};

use crate::figures::Measured;
use crate::report::{Surroundings, Verdict};

/// A table with a line above it that says what it is.
pub(crate) fn section(title: &str, table: &Table) -> String {
    format!("{title}\n\n{table}")
}

/// A table of figures: all columns but the first.
pub(crate) fn figures<T: ToString, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = T>,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let mut table = plain(header, rows);
    align(&mut table, usize::MAX);
    table
}

/// A table whose columns between the first and the last are figures.
pub(crate) fn table<T: ToString, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = T>,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let mut table = plain(header, rows);
    let last = table.column_count().saturating_sub(1);
    align(&mut table, last);
    table
}

fn plain<T: ToString, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = T>,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.into_iter().map(|name| name.to_string()));
    for row in rows {
        table.add_row(row);
    }
    table
}

/// Aligns the columns from the second to the one before `end` as figures are.
fn align(table: &mut Table, end: usize) {
    for column in 1..end.min(table.column_count()) {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// What is promised, and whether it was kept.
pub(crate) fn ceilings(ceilings: &[Verdict]) -> Table {
    let row = |ceiling: &Verdict| {
        let kept = if ceiling.ok { "ok" } else { "MISSED" };
        // What is unknown is not kept.
        let value = ceiling.value.is_finite().then_some(ceiling.value);
        [ceiling.rule.to_owned(), shown(value, 2), kept.to_owned()]
    };
    table(["promised", "measured", ""], ceilings.iter().map(row))
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a MiB is shown")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// A figure with so many digits after the point, or a dash where it is not known.
pub(crate) fn shown(figure: impl Into<Option<f64>>, digits: usize) -> String {
    figure.into().map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

/// The p50, p99, p99.9 and the longest, in milliseconds.
pub(crate) fn latencies(of: &Measured) -> [String; 4] {
    [of.p50_ms, of.p99_ms, of.p999_ms, of.max_ms].map(|millis| shown(millis, 2))
}

/// How long each measurement took, and under what.
pub(crate) fn surroundings(of: &Surroundings) -> String {
    let cores = of.cores.map_or_else(|| "?".to_owned(), |cores| cores.to_string());
    format!(
        "{} s, {} connections, requests of {} bytes; {cores} cores shared with the generator, \
         load average {} before, data on {}",
        of.seconds,
        of.connections,
        of.request_bytes,
        shown(of.load_average_before, 2),
        of.file_system.as_deref().unwrap_or("an unknown file system"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ceilings_that_are_kept_missed_or_unknown_are_told() {
        let ceiling = |value: f64| Verdict { rule: "ratio >= 0.60", value, ok: value >= 0.6 };
        let table = ceilings(&[0.75, 0.5, f64::NAN].map(ceiling)).to_string();
        let cells: Vec<Vec<&str>> =
            table.lines().skip(2).map(|line| line.split('|').skip(1).map(str::trim).collect()).collect();
        assert_eq!(cells[0][..3], ["ratio >= 0.60", "0.75", "ok"]);
        assert_eq!(cells[1][1..3], ["0.50", "MISSED"]);
        assert_eq!(cells[2][1..3], ["-", "MISSED"]);
    }
}
