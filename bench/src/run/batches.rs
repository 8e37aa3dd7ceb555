//! Batches of Drift's events of several sizes, beside bare SQLite.

use std::path::Path;
use std::sync::Arc;

use askfirst_contract::Timestamp;
use askfirst_load::{Request, Target};
use comfy_table::Table;
use serde::Serialize;

use super::DRIFT;
use super::bare::{Contents, Derived, Inserted};
use super::servers::Servers;
use crate::args::Args;
use crate::askfirst::Askfirst;
use crate::failure::{self, Failure};
use crate::figures::{Measured, median, median_if_known};
use crate::load::Load;
use crate::report::Verdict;
use crate::table::{figures, shown};

/// Events of a request, and of a transaction of bare SQLite. Drift's clients send up to 100.
const SIZES: [usize; 4] = [1, 10, 100, Request::MAX_RAISED];
/// Those of Drift's clients; the ceilings are about it.
const USUAL: usize = 100;

/// Events in flight at the most: a server answers 503 where over 16,384 wait to be stored.
const IN_FLIGHT: usize = 16_000;

/// The loads of one size.
#[derive(Debug)]
pub(super) struct Batch {
    events: usize,
    /// From many connections.
    pub(super) many: Load,
    /// From one client that waits for each answer, as a tool empties its queue.
    pub(super) one: Load,
}

/// One size measured in all ways, one right after the other; or the medians of several rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Neighbours {
    events: usize,
    /// Of `many`.
    connections: usize,
    many: Measured,
    bare: Inserted,
    /// Without the tables that Drift's triggers fill from the events.
    bare_without_derived: Inserted,
    /// Events per second from many connections over those of bare SQLite.
    ratio: f64,
    ratio_without_derived: f64,
    one: Measured,
    /// The server's CPU time of a request of one client over that of its request with one event; none where that was not
    /// measured beside it.
    cost: Option<f64>,
}

/// What came of all sizes.
#[derive(Debug, Serialize)]
pub(super) struct Batches {
    medians: Vec<Neighbours>,
    rounds: Vec<Neighbours>,
}

/// What is sent to askfirst.
pub(super) fn loads(args: &Args, servers: &Servers, started: Timestamp) -> [Batch; SIZES.len()] {
    let server = servers.askfirst.address();
    let load = |events| Load::new(&args.common, DRIFT, server, Request::drift(&Target::from(server), started, events));
    std::array::from_fn(|place| {
        // The single events of the wires have number 0.
        let (events, number) = (SIZES[place], 2 * place as u64 + 1);
        Batch {
            events,
            many: load(events).numbered(number).over_at_most(IN_FLIGHT / events),
            one: load(events).numbered(number + 1).over_at_most(1),
        }
    })
}

/// Measures these sizes in turns; bare SQLite has a file of its own in this folder each time.
///
/// # Errors
///
/// When a server breaks, or refuses anything, or SQLite can't.
pub(super) async fn measure(
    args: &Args,
    servers: &mut Servers,
    askfirst: &Askfirst,
    batches: &mut [Batch],
    folder: &Path,
) -> Result<Vec<Neighbours>, Failure> {
    let mut rounds = Vec::new();
    for batch in &mut *batches {
        servers.askfirst.measure(&mut batch.many, args.common.warm_up).await?;
        servers.askfirst.measure(&mut batch.one, args.common.warm_up).await?;
    }
    for number in 1..=args.rounds.get() {
        // What Drift's loads have stored by now.
        let contents = Arc::new(Contents::read(askfirst.ledger(DRIFT)).await?);
        let mut cpu_of_one_event = None;
        for batch in &mut *batches {
            let mut neighbours = neighbours(args, servers, &contents, batch, folder).await?;
            let cpu = neighbours.one.server_cpu_us_per_request;
            if batch.events == 1 {
                cpu_of_one_event = cpu;
            }
            neighbours.cost = cpu.zip(cpu_of_one_event).map(|(cpu, one)| cpu / one);
            let Neighbours { events, many, bare, ratio, .. } = neighbours;
            failure::say(&format!(
                "batches, round {number} of {}: {events:4} events: {:.0} events/s, bare SQLite {:.0}, ratio {ratio:.2}",
                args.rounds, many.events_per_second, bare.events_per_second
            ));
            rounds.push(neighbours);
        }
    }
    Ok(rounds)
}

async fn neighbours(
    args: &Args,
    servers: &mut Servers,
    contents: &Arc<Contents>,
    batch: &mut Batch,
    folder: &Path,
) -> Result<Neighbours, Failure> {
    let (events, length) = (batch.events, args.common.seconds);
    let many = servers.askfirst.measure(&mut batch.many, length).await?;
    let bare = contents.insert(folder, events, Derived::Filled, length).await?;
    let bare_without_derived = contents.insert(folder, events, Derived::Empty, length).await?;
    let one = servers.askfirst.measure(&mut batch.one, length).await?;
    let [ratio, ratio_without_derived] =
        [bare, bare_without_derived].map(|bare| many.events_per_second / bare.events_per_second);
    Ok(Neighbours {
        events,
        connections: batch.many.connections(),
        many,
        bare,
        bare_without_derived,
        ratio,
        ratio_without_derived,
        one,
        cost: None,
    })
}

impl Neighbours {
    /// Ratios are the medians of the rounds' ratios: neighbours in time share their machine.
    fn median(events: usize, of: &[Self]) -> Self {
        let measured = |each: fn(&Self) -> Measured| Measured::median(of.iter().map(each));
        let number = |each: fn(&Self) -> f64| median(of.iter().map(each).collect());
        let bare = |each: fn(&Self) -> Inserted| Inserted {
            events_per_second: median(of.iter().map(|of| each(of).events_per_second).collect()),
            events: of.iter().map(|of| each(of).events).sum(),
        };
        Self {
            events,
            connections: of.first().map_or(0, |of| of.connections),
            many: measured(|of| of.many),
            bare: bare(|of| of.bare),
            bare_without_derived: bare(|of| of.bare_without_derived),
            ratio: number(|of| of.ratio),
            ratio_without_derived: number(|of| of.ratio_without_derived),
            one: measured(|of| of.one),
            cost: median_if_known(of.iter().map(|of| of.cost)),
        }
    }
}

impl Batches {
    pub(super) fn new(rounds: Vec<Neighbours>) -> Self {
        let of = |events| rounds.iter().filter(|round| round.events == events).copied().collect::<Vec<_>>();
        let medians = SIZES.into_iter().map(|events| Neighbours::median(events, &of(events))).collect();
        Self { medians, rounds }
    }

    pub(super) fn ceilings(&self) -> [Verdict; 2] {
        let usual = self.medians.iter().find(|of| of.events == USUAL);
        let ratio = usual.map_or(f64::NAN, |of| of.ratio);
        let cost = usual.and_then(|of| of.cost).unwrap_or(f64::NAN);
        [
            Verdict {
                rule: "drift: events/s in batches of 100 to bare SQLite's >= 0.80",
                value: ratio,
                ok: ratio >= 0.8,
            },
            Verdict {
                rule: "drift: server CPU of a batch of 100 to a single event's <= 12",
                value: cost,
                ok: cost <= 12.0,
            },
        ]
    }

    pub(super) fn table(&self) -> Table {
        let header = [
            "events a request",
            "connections",
            "events/s",
            "bare SQLite",
            "ratio",
            "bare, no derived tables",
            "ratio",
            "p50, ms",
            "p99, ms",
            "CPU an event, µs",
            "one client, events/s",
            "p50, ms",
            "CPU an event, µs",
            "CPU to 1 event's",
        ];
        figures(header, self.medians.iter().map(cells))
    }
}

fn cells(of: &Neighbours) -> [String; 14] {
    let Neighbours { events, connections, many, bare, bare_without_derived, ratio, ratio_without_derived, one, cost } =
        of;
    [
        events.to_string(),
        connections.to_string(),
        shown(many.events_per_second, 0),
        shown(bare.events_per_second, 0),
        shown(*ratio, 2),
        shown(bare_without_derived.events_per_second, 0),
        shown(*ratio_without_derived, 2),
        shown(many.p50_ms, 2),
        shown(many.p99_ms, 2),
        shown(many.server_cpu_us_per_event, 1),
        shown(one.events_per_second, 0),
        shown(one.p50_ms, 2),
        shown(one.server_cpu_us_per_event, 1),
        shown(*cost, 2),
    ]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::figures::tests::{assert_near, measured};

    /// What came of rounds with these rates of batches of 100, bare SQLite's second, and these costs.
    pub(crate) fn batches(rounds: &[(f64, f64, Option<f64>)]) -> Batches {
        let neighbours = |&(many, bare, cost): &(f64, f64, Option<f64>)| {
            let inserted = |events_per_second| Inserted { events_per_second, events: 5 };
            Neighbours {
                events: USUAL,
                connections: 64,
                many: measured(many, 3.0),
                bare: inserted(bare),
                bare_without_derived: inserted(bare * 2.0),
                ratio: many / bare,
                ratio_without_derived: many / bare / 2.0,
                one: measured(many / 4.0, 2.0),
                cost,
            }
        };
        Batches::new(rounds.iter().map(neighbours).collect())
    }

    #[test]
    fn ratios_are_the_medians_of_the_pairs() {
        let batches = batches(&[(200.0, 400.0, Some(9.0)), (800.0, 3_200.0, Some(2.0)), (300.0, 400.0, Some(8.0))]);
        let usual = batches.medians.iter().find(|of| of.events == USUAL).unwrap();
        assert_near(usual.ratio, 0.5);
        assert_near(usual.ratio_without_derived, 0.25);
        assert_near(usual.cost.unwrap(), 8.0);
        assert_eq!(usual.bare.events, 15);
    }

    #[test]
    fn ceilings_are_kept_or_missed() {
        let kept = |rounds: &[_]| batches(rounds).ceilings().map(|verdict| verdict.ok);
        assert_eq!(kept(&[(80.0, 100.0, Some(12.0))]), [true, true]);
        assert_eq!(kept(&[(79.0, 100.0, Some(12.1))]), [false, false]);
        assert_eq!(kept(&[(90.0, 100.0, Some(9.0)), (90.0, 100.0, None)]), [true, false], "unknown is not kept");
    }

    #[test]
    fn the_table_shows_the_medians() {
        let table = batches(&[(9_000.0, 10_000.0, Some(8.5))]).table().to_string();
        let row = table.lines().find(|line| line.starts_with("| 100 ")).unwrap();
        let cells: Vec<&str> = row.split('|').skip(1).map(str::trim).collect();
        assert_eq!(cells[1..7], ["64", "9000", "10000", "0.90", "20000", "0.45"]);
        assert_eq!(cells[10..14], ["2250", "1.50", "20.0", "8.50"]);
    }
}
