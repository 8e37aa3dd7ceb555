//! Millions of events in the ledger: what that changes for the start, and for the next ones.

use askfirst_contract::{Contract, Timestamp};
use comfy_table::Table;
use serde::Serialize;

use crate::args::Args;
use crate::askfirst::Askfirst;
use crate::contender::Contender;
use crate::demo;
use crate::failure::{self, Failure};
use crate::figures::{Measured, median};
use crate::load::Load;
use crate::report::Verdict;
use crate::table::{figures, shown};

/// An askfirst with an empty ledger and one with a large one of the same contract, under load in turns.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) empty: Contender,
    pub(super) large: Contender,
    pub(super) to_empty: Load,
    pub(super) to_large: Load,
}

/// Both measured one right after the other; or the medians of several rounds.
#[derive(Clone, Copy, Debug, Serialize)]
struct Neighbours {
    empty: Measured,
    large: Measured,
    /// Requests per second into the large one over those into the empty one.
    ratio: f64,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Large {
    /// Of the large ledger, before anything was posted to it.
    events: u64,
    start_ms: f64,
    /// From spawning the server to the line that tells its address.
    starts_ms: Vec<f64>,
    medians: Neighbours,
    rounds: Vec<Neighbours>,
}

/// Starts a server on the large ledger again and again; gives how long each start took, in milliseconds.
///
/// # Errors
///
/// When it does not come up, or does not stop.
pub(super) async fn starts(args: &Args, large: &Askfirst) -> Result<Vec<f64>, Failure> {
    let mut starts_ms = Vec::new();
    for _ in 0..args.rounds.get() {
        let server = Contender::start("askfirst", large.serve()).await?;
        starts_ms.push(server.started_in().as_secs_f64() * 1e3);
        server.stop().await?;
    }
    Ok(starts_ms)
}

/// Single events of the demo's contract for a server: of all loads of a ledger, each has another number.
///
/// # Errors
///
/// When no events can be made up for it.
pub(super) fn load(
    args: &Args,
    server: &Contender,
    started: Timestamp,
    contract: &Contract,
    number: u64,
) -> Result<Load, Failure> {
    let request = demo::request(server.address(), started, contract)?;
    Ok(Load::new(&args.common, demo::APP, server.address(), request).numbered(number))
}

impl Pair {
    /// Starts both.
    ///
    /// # Errors
    ///
    /// When one does not come up.
    pub(super) async fn start(
        args: &Args,
        [empty, large]: [&Askfirst; 2],
        started: Timestamp,
        contract: &Contract,
    ) -> Result<Self, Failure> {
        let empty = Contender::start("askfirst with an empty ledger", empty.serve()).await?;
        let large = Contender::start("askfirst with a large ledger", large.serve()).await?;
        let [to_empty, to_large] = [&empty, &large].map(|server| load(args, server, started, contract, 0));
        Ok(Self { to_empty: to_empty?, to_large: to_large?, empty, large })
    }

    /// Measures both in turns.
    ///
    /// # Errors
    ///
    /// When a server breaks, or refuses anything.
    pub(super) async fn measure(&mut self, args: &Args, events: u64, starts_ms: Vec<f64>) -> Result<Large, Failure> {
        self.empty.measure(&mut self.to_empty, args.common.warm_up).await?;
        self.large.measure(&mut self.to_large, args.common.warm_up).await?;
        let mut rounds = Vec::new();
        for number in 1..=args.rounds.get() {
            let empty = self.empty.measure(&mut self.to_empty, args.common.seconds).await?;
            let large = self.large.measure(&mut self.to_large, args.common.seconds).await?;
            let ratio = large.requests_per_second / empty.requests_per_second;
            failure::say(&format!("large ledger, round {number} of {}: {large}, ratio {ratio:.2}", args.rounds));
            rounds.push(Neighbours { empty, large, ratio });
        }
        Ok(Large::new(events, starts_ms, rounds))
    }
}

impl Large {
    fn new(events: u64, starts_ms: Vec<f64>, rounds: Vec<Neighbours>) -> Self {
        let each = |measured: fn(&Neighbours) -> Measured| Measured::median(rounds.iter().map(measured));
        let medians = Neighbours {
            empty: each(|of| of.empty),
            large: each(|of| of.large),
            ratio: median(rounds.iter().map(|of| of.ratio).collect()),
        };
        Self { events, start_ms: median(starts_ms.clone()), starts_ms, medians, rounds }
    }

    /// The highest rate with the large ledger.
    pub(super) fn rate(&self) -> f64 {
        self.medians.large.requests_per_second
    }

    pub(super) fn ceilings(&self) -> [Verdict; 2] {
        let (ratio, start) = (self.medians.ratio, self.start_ms);
        [
            Verdict { rule: "large ledger: rate to an empty one's >= 0.90", value: ratio, ok: ratio >= 0.9 },
            Verdict { rule: "large ledger: start <= 1000 ms", value: start, ok: start <= 1_000.0 },
        ]
    }

    pub(super) fn title(&self) -> String {
        let (events, start) = (self.events, shown(self.start_ms, 0));
        format!("The demo's single events into a ledger of {events} events, which a server starts on in {start} ms")
    }

    pub(super) fn table(&self) -> Table {
        let Neighbours { empty, large, ratio } = &self.medians;
        let row = |name: &str, digits, figure: fn(&Measured) -> Option<f64>, ratio| {
            let [empty, large] = [empty, large].map(|of| shown(figure(of), digits));
            [name.to_owned(), empty, large, shown(ratio, 2)]
        };
        let rows = [
            row("requests/s", 0, |of| Some(of.requests_per_second), Some(*ratio)),
            row("p50, ms", 2, |of| Some(of.p50_ms), None),
            row("p99, ms", 2, |of| Some(of.p99_ms), None),
            row("p99.9, ms", 2, |of| Some(of.p999_ms), None),
            row("server CPU an event, µs", 1, |of| of.server_cpu_us_per_event, None),
        ];
        figures(["medians of the rounds", "empty ledger", "large ledger", "ratio"], rows)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::figures::tests::{assert_near, measured};

    /// What came of these rates, into the empty ledger first, and these starts.
    pub(crate) fn large(rates: &[(f64, f64)], starts_ms: &[f64]) -> Large {
        let neighbours = |&(empty, large): &(f64, f64)| Neighbours {
            empty: measured(empty, 2.0),
            large: measured(large, 3.0),
            ratio: large / empty,
        };
        Large::new(10_000_000, starts_ms.to_vec(), rates.iter().map(neighbours).collect())
    }

    #[test]
    fn figures_are_the_medians_of_the_rounds() {
        let large = large(&[(200.0, 100.0), (800.0, 200.0), (300.0, 225.0)], &[900.0, 1_200.0, 400.0]);
        assert_near(large.medians.ratio, 0.5);
        assert_near(large.start_ms, 900.0);
    }

    #[test]
    fn ceilings_are_kept_or_missed() {
        let kept = |rates: &[_], starts: &[f64]| large(rates, starts).ceilings().map(|verdict| verdict.ok);
        assert_eq!(kept(&[(100.0, 90.0)], &[1_000.0]), [true, true]);
        assert_eq!(kept(&[(100.0, 89.0)], &[1_001.0]), [false, false]);
        assert_eq!(kept(&[], &[]), [false, false]);
    }

    #[test]
    fn the_table_shows_both() {
        let large = large(&[(20_000.0, 19_000.0)], &[123.4]);
        assert!(large.title().contains("10000000 events") && large.title().contains("123 ms"), "{}", large.title());
        let table = large.table().to_string();
        let row = table.lines().find(|line| line.contains("requests/s")).unwrap();
        let cells: Vec<&str> = row.split('|').skip(1).map(str::trim).collect();
        assert_eq!(cells[1..4], ["20000", "19000", "0.95"]);
    }
}
