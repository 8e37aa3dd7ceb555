//! The report as a table, in Markdown so that it can be pasted beside the conditions it was measured under.

use comfy_table::{CellAlignment, Table, presets};

use crate::figures::Measured;
use crate::report::{Conditions, Report, Surroundings, Verdict};

/// The tables with a line about the conditions of each above it.
pub(crate) fn of(report: &Report) -> String {
    let servers = table(["median of the rounds", "no-op", "askfirst", "ceiling"], rows(report));
    let drift = table(["median of the rounds", "1 event", "100 events", "ceiling"], drift_rows(report));
    let [single, batch] = report.conditions.drift_request_bytes;
    format!(
        "{}\n\n{servers}\n\naskfirst, `POST /v1/events` of Drift by one client, requests of {single} and {batch} bytes\n\n{drift}",
        conditions(&report.conditions)
    )
}

/// A table whose columns between the first and the last are figures.
pub(crate) fn table<T: ToString, R: IntoIterator<Item = String>>(
    header: impl IntoIterator<Item = T>,
    rows: impl IntoIterator<Item = R>,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.into_iter().map(|name| name.to_string()));
    for row in rows {
        table.add_row(row);
    }
    for column in 1..table.column_count().saturating_sub(1) {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

type Row = [String; 4];

fn rows(report: &Report) -> Vec<Row> {
    let of = &report.medians;
    let [ratio, p99] = [0, 1].map(|place| verdict(report, place));
    let both = |figure: fn(&Measured) -> f64| [&of.no_op, &of.askfirst].map(figure).map(Some);
    let mut rows = vec![
        row("requests/s", 0, both(|of| of.requests_per_second), ""),
        row("ratio to no-op", 2, [Some(1.0), Some(of.ratio)], &ratio),
        row("p50, ms", 2, both(|of| of.p50_ms), ""),
        row("p99, ms", 2, both(|of| of.p99_ms), &p99),
        row("p99.9, ms", 2, both(|of| of.p999_ms), ""),
    ];
    rows.extend(cost_rows(report));
    rows
}

fn cost_rows(report: &Report) -> Vec<Row> {
    let of = [&report.medians.no_op, &report.medians.askfirst];
    let server = of.map(|of| of.server_cpu_us_per_request);
    let generator = of.map(|of| of.generator_cpu_us_per_request);
    let no_op = report.no_op_peak_memory_bytes.map(mib);
    let askfirst = report.askfirst_peak_memory_bytes.map(mib);
    let mut rows = vec![
        row("server CPU a request, µs", 1, server, ""),
        row("generator CPU a request, µs", 1, generator, ""),
        row("peak memory, MiB", 1, [no_op, askfirst], ""),
    ];
    // Not every build of the server counts its commits.
    if report.events_per_commit.is_some() {
        let events = [None, report.events_per_commit];
        rows.push(row("events a commit", 1, events, ""));
    }
    rows
}

fn drift_rows(report: &Report) -> Vec<Row> {
    let of = &report.medians;
    let each = |figure: fn(&Measured) -> Option<f64>| [&of.single, &of.batch].map(figure);
    vec![
        row("requests/s", 0, each(|of| Some(of.requests_per_second)), ""),
        row("events/s", 0, each(|of| Some(of.events_per_second)), ""),
        row("p50, ms", 2, each(|of| Some(of.p50_ms)), ""),
        row("p99, ms", 2, each(|of| Some(of.p99_ms)), ""),
        row("server CPU a request, µs", 1, each(|of| of.server_cpu_us_per_request), ""),
        row("server CPU an event, µs", 1, each(|of| of.server_cpu_us_per_event), ""),
        row("server CPU to 1 event's", 2, [Some(1.0), of.batch_cost], &verdict(report, 2)),
    ]
}

fn row(name: &str, digits: usize, figures: [Option<f64>; 2], verdict: &str) -> Row {
    let [no_op, askfirst] = figures.map(|figure| shown(figure, digits));
    [name.to_owned(), no_op, askfirst, verdict.to_owned()]
}

#[expect(clippy::cast_precision_loss, reason = "a tenth of a MiB is shown")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

pub(crate) fn shown(figure: Option<f64>, digits: usize) -> String {
    figure.map_or_else(|| "-".to_owned(), |figure| format!("{figure:.digits$}"))
}

fn verdict(report: &Report, place: usize) -> String {
    report.ceilings.get(place).map_or_else(String::new, Verdict::to_string)
}

fn conditions(of: &Conditions) -> String {
    format!("{} rounds of {}", of.rounds, surroundings(&of.surroundings))
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
    use crate::report::tests::report;

    #[test]
    fn the_table_shows_figures_and_verdicts() {
        let table = of(&report(&[(40_000.4, 16_000.0)], 3.25));
        let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap().to_owned();
        let cells = |name: &str| row(name).split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
        assert_eq!(cells("requests/s")[2..4], ["40000", "16000"]);
        assert_eq!(cells("ratio")[3..5], ["0.40", "ratio >= 0.45 MISSED"]);
        assert_eq!(cells("p99, ms")[2..5], ["2.00", "3.25", "p99 < 25 ms ok"]);
        assert_eq!(cells("generator CPU")[2..4], ["-", "-"]);
        assert_eq!(cells("peak memory")[2..4], ["3.0", "3.0"]);
        assert_eq!(cells("events a commit")[3], "31.5");
        let drift = table.rsplit_once("Drift").unwrap().1;
        let cells = |name: &str| {
            let row = drift.lines().find(|line| line.contains(name)).unwrap();
            row.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cells("events/s")[2..4], ["9000", "800"]);
        assert_eq!(cells("CPU a request")[2..4], ["20.0", "250.0"]);
        assert_eq!(cells("CPU an event")[2..4], ["20.0", "20.0"]);
        assert_eq!(cells("to 1 event")[2..5], ["1.00", "12.50", "batch <= 12 single MISSED"]);
        assert!(table.starts_with("3 rounds of 5 s, 64 connections"));
    }
}
