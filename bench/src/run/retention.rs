//! Deleting a day of the large ledger while events come.
//!
//! A server deletes what is past retention when it starts. Each round starts it with a retention that ends a day later
//! than the first event there is, and has it under load until it says that it is done.

use askfirst_contract::{Contract, Timestamp};
use comfy_table::Table;
use serde::Serialize;

use super::large;
use super::servers::{RETENTION_IS_DONE, TIME_FOR_RETENTION};
use crate::args::Args;
use crate::askfirst::Askfirst;
use crate::clock;
use crate::contender::Contender;
use crate::demo;
use crate::failure::{self, Failure};
use crate::figures::{Measured, median};
use crate::load::Load;
use crate::report::Verdict;
use crate::table::{figures, latencies, shown};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// Of the highest rate.
const SHARE: f64 = 0.5;

/// The deletion of one day, or the medians of several.
#[derive(Clone, Copy, Debug, Serialize)]
struct Day {
    deleted_events: i64,
    seconds: f64,
    measured: Measured,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Retention {
    /// Requests due a second.
    rate: f64,
    median: Day,
    rounds: Vec<Day>,
    #[serde(skip)]
    pub(super) loads: Vec<Load>,
}

/// Deletes a day in each round, under load. The server has stopped before and does so after.
///
/// # Errors
///
/// When it breaks, refuses anything, or deletes nothing.
pub(super) async fn measure(
    args: &Args,
    askfirst: &Askfirst,
    started: Timestamp,
    contract: &Contract,
    highest_rate: f64,
) -> Result<Retention, Failure> {
    let rate = SHARE * highest_rate;
    let (mut rounds, mut loads) = (Vec::new(), Vec::new());
    for number in 1..=args.rounds.get() {
        let load = |server: &Contender| {
            let mut load = large::load(args, server, started, contract, number.into())?;
            load.set_rate(Some(rate));
            Ok(load)
        };
        let (day, load) = day(askfirst, load).await?;
        let Day { deleted_events, measured, .. } = &day;
        failure::say(&format!("retention, round {number} of {}: {deleted_events} deleted, {measured}", args.rounds));
        rounds.push(day);
        loads.push(load);
    }
    Ok(Retention::new(rate, rounds, loads))
}

/// Deletes one day while this load comes.
async fn day(
    askfirst: &Askfirst,
    load: impl FnOnce(&Contender) -> Result<Load, Failure>,
) -> Result<(Day, Load), Failure> {
    let oldest = ask(askfirst, "SELECT min(seq) / 1024 AS answer FROM event").await?;
    let now = clock::now().0;
    let hours = (now - oldest) / HOUR - 24;
    if hours < 1 {
        return Err(Failure::CannotMeasure(
            "the large ledger has no day left to delete; try fewer --rounds".to_owned(),
        ));
    }
    // By the server's clock it is a little later when it begins.
    let past = format!("SELECT count(*) AS answer FROM event WHERE seq < {} * 1024", now - hours * HOUR + MINUTE);
    let before = ask(askfirst, &past).await?;
    let mut server = Contender::start("askfirst", askfirst.serve_with_retention(hours)).await?;
    let mut load = load(&server)?;
    let begun = clock::instant();
    let measured = server.measure_until(&mut load, &RETENTION_IS_DONE, TIME_FOR_RETENTION).await?;
    let seconds = begun.elapsed().as_secs_f64();
    server.stop().await?;
    let deleted_events = before - ask(askfirst, &past).await?;
    if deleted_events > 0 {
        return Ok((Day { deleted_events, seconds, measured }, load));
    }
    Err(Failure::CannotMeasure("askfirst deleted nothing of what was past retention".to_owned()))
}

/// Asks a ledger that is not served for a number, its `answer`.
async fn ask(askfirst: &Askfirst, query: &str) -> Result<i64, Failure> {
    let row = askfirst.first_row(demo::APP, query).await.map_err(Failure::CannotMeasure)?;
    row["answer"].as_i64().ok_or_else(|| Failure::CannotMeasure("the large ledger holds no events".to_owned()))
}

impl Retention {
    fn new(rate: f64, rounds: Vec<Day>, loads: Vec<Load>) -> Self {
        let mut deleted: Vec<i64> = rounds.iter().map(|day| day.deleted_events).collect();
        deleted.sort_unstable();
        let median = Day {
            deleted_events: deleted.get(deleted.len() / 2).copied().unwrap_or_default(),
            seconds: median(rounds.iter().map(|day| day.seconds).collect()),
            measured: Measured::median(rounds.iter().map(|day| day.measured)),
        };
        Self { rate, median, rounds, loads }
    }

    pub(super) fn ceiling(&self) -> Verdict {
        let value = self.median.measured.p99_ms;
        Verdict { rule: "retention under load: p99 at 50 % < 50 ms", value, ok: value < 50.0 }
    }

    pub(super) fn table(&self) -> Table {
        let header =
            ["load", "due a second", "p50, ms", "p99, ms", "p99.9, ms", "max, ms", "events deleted", "within, s"];
        let Day { deleted_events, seconds, measured } = &self.median;
        let [p50, p99, p999, max] = latencies(measured);
        let rate = shown(self.rate, 0);
        let (deleted, seconds) = (deleted_events.to_string(), shown(*seconds, 1));
        figures(header, [["demo, 50 % of its rate".to_owned(), rate, p50, p99, p999, max, deleted, seconds]])
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::figures::tests::measured;

    /// What came of rounds with these p99.
    pub(crate) fn retention(p99s_ms: &[f64]) -> Retention {
        let day = |p99_ms: &f64| Day { deleted_events: 110_000, seconds: 12.25, measured: measured(9_000.0, *p99_ms) };
        Retention::new(9_000.0, p99s_ms.iter().map(day).collect(), Vec::new())
    }

    #[test]
    fn the_median_has_a_ceiling() {
        assert!(retention(&[10.0, 49.9, 80.0]).ceiling().ok);
        assert!(!retention(&[50.0]).ceiling().ok);
        assert!(!retention(&[f64::NAN]).ceiling().ok, "nothing was measured");
    }

    #[test]
    fn the_table_tells_what_was_deleted() {
        let table = retention(&[7.5]).table().to_string();
        let row = table.lines().find(|line| line.contains("demo")).unwrap();
        let cells: Vec<&str> = row.split('|').skip(1).map(str::trim).collect();
        assert_eq!(cells[1..8], ["9000", "1.50", "7.50", "30.00", "40.00", "110000", "12.2"]);
    }
}
