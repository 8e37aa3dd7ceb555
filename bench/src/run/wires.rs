//! Single events of each wire, over many connections, beside a server that stores nothing.

use std::net::SocketAddr;

use askfirst_contract::{Contract, Timestamp};
use askfirst_load::Request;
use comfy_table::Table;
use serde::Serialize;

use super::servers::Servers;
use super::{BAOFENG, DOMSCRIBE, DRIFT, VOICEMODE};
use crate::args::Args;
use crate::askfirst;
use crate::demo;
use crate::failure::{self, Failure};
use crate::figures::{Measured, median, median_if_known};
use crate::load::Load;
use crate::report::Verdict;
use crate::table::{figures, shown};

/// Above this share of its threads' time the load generator may be what limits the rate.
const BUSY: f64 = 0.9;

/// The loads of an app.
#[derive(Debug)]
pub(super) struct Wire {
    to_no_op: Load,
    pub(super) to_askfirst: Load,
}

/// The two servers under the load of one app, one right after the other; or the medians of several rounds.
#[derive(Clone, Copy, Debug, Serialize)]
struct Neighbours {
    app: &'static str,
    no_op: Measured,
    askfirst: Measured,
    /// Requests per second of askfirst over those of no-op.
    ratio: f64,
    events_per_commit: Option<f64>,
}

/// What came of all of them.
#[derive(Debug, Serialize)]
pub(super) struct Wires {
    medians: Vec<Neighbours>,
    rounds: Vec<Neighbours>,
}

/// What is sent to the servers, `VoiceMode`'s reports first.
///
/// # Errors
///
/// When no events can be made up for the demo's contract.
pub(super) fn loads(
    args: &Args,
    servers: &Servers,
    started: Timestamp,
    contract: &Contract,
) -> Result<[Wire; 5], Failure> {
    let load = |app, request: &dyn Fn(SocketAddr) -> Result<Request, Failure>| {
        let load = |server| Ok(Load::new(&args.common, app, server, request(server)?));
        Ok(Wire { to_no_op: load(servers.no_op.address())?, to_askfirst: load(servers.askfirst.address())? })
    };
    Ok([
        load(VOICEMODE, &|server| Ok(Request::voicemode(&server.into(), started)))?,
        load(DRIFT, &|server| Ok(Request::drift(&server.into(), started, 1)))?,
        load(BAOFENG, &|server| Ok(Request::baofeng(&server.into(), started)))?,
        load(DOMSCRIBE, &|server| Ok(Request::domscribe(&server.into())))?,
        load(demo::APP, &|server| demo::request(server, started, contract))?,
    ])
}

/// Measures all of them in turns; the server that is not measured idles.
///
/// # Errors
///
/// When a server breaks, or refuses anything.
pub(super) async fn measure(args: &Args, servers: &mut Servers, wires: &mut [Wire]) -> Result<Wires, Failure> {
    for wire in &mut *wires {
        servers.no_op.measure(&mut wire.to_no_op, args.common.warm_up).await?;
        servers.askfirst.measure(&mut wire.to_askfirst, args.common.warm_up).await?;
    }
    let mut rounds = Vec::new();
    for number in 1..=args.rounds.get() {
        for wire in &mut *wires {
            let neighbours = neighbours(args, servers, wire).await?;
            let Neighbours { app, askfirst, ratio, .. } = neighbours;
            failure::say(&format!("wires, round {number} of {}: {app:9} {askfirst}, ratio {ratio:.2}", args.rounds));
            rounds.push(neighbours);
        }
    }
    Ok(Wires::new(rounds))
}

async fn neighbours(args: &Args, servers: &mut Servers, wire: &mut Wire) -> Result<Neighbours, Failure> {
    let app = wire.to_askfirst.app();
    let no_op = servers.no_op.measure(&mut wire.to_no_op, args.common.seconds).await?;
    let before = askfirst::work(servers.askfirst.address(), app).await;
    let askfirst = servers.askfirst.measure(&mut wire.to_askfirst, args.common.seconds).await?;
    let after = askfirst::work(servers.askfirst.address(), app).await;
    let events_per_commit = after.zip(before).and_then(|(after, before)| after.events_per_commit(before));
    let ratio = askfirst.requests_per_second / no_op.requests_per_second;
    Ok(Neighbours { app, no_op, askfirst, ratio, events_per_commit })
}

impl Neighbours {
    /// The ratio is the median of the rounds' ratios, not a ratio of medians: neighbours in time share their machine.
    fn median(app: &'static str, of: &[Self]) -> Self {
        let each = |measured: fn(&Self) -> Measured| Measured::median(of.iter().map(measured));
        Self {
            app,
            no_op: each(|of| of.no_op),
            askfirst: each(|of| of.askfirst),
            ratio: median(of.iter().map(|of| of.ratio).collect()),
            events_per_commit: median_if_known(of.iter().map(|of| of.events_per_commit)),
        }
    }
}

impl Wires {
    fn new(rounds: Vec<Neighbours>) -> Self {
        let mut apps: Vec<&str> = Vec::new();
        for round in &rounds {
            if !apps.contains(&round.app) {
                apps.push(round.app);
            }
        }
        let of = |app| rounds.iter().filter(|round| round.app == app).copied().collect::<Vec<_>>();
        let medians = apps.into_iter().map(|app| Neighbours::median(app, &of(app))).collect();
        Self { medians, rounds }
    }

    fn of(&self, app: &str) -> Option<&Neighbours> {
        self.medians.iter().find(|of| of.app == app)
    }

    /// The rate of an app's requests that were answered.
    pub(super) fn rate(&self, app: &str) -> f64 {
        self.of(app).map_or(f64::NAN, |of| of.askfirst.requests_per_second)
    }

    pub(super) fn ceilings(&self) -> [Verdict; 2] {
        let ratio = self.of(VOICEMODE).map_or(f64::NAN, |of| of.ratio);
        let p99 = self.of(VOICEMODE).map_or(f64::NAN, |of| of.askfirst.p99_ms);
        [
            Verdict { rule: "voicemode: ratio to no-op >= 0.60", value: ratio, ok: ratio >= 0.6 },
            Verdict { rule: "voicemode: p99 at the highest rate < 25 ms", value: p99, ok: p99 < 25.0 },
        ]
    }

    /// A warning for people when the load generator was the limit.
    pub(super) fn warning(&self, threads: usize) -> Option<String> {
        let busy = self.of(VOICEMODE)?.no_op.generator_busy.filter(|busy| *busy > BUSY)?;
        Some(format!(
            "warning: the load generator was busy {:.0} % of its time, so no-op may be faster than shown; try --threads {}",
            busy * 100.0,
            threads + 1
        ))
    }

    pub(super) fn table(&self) -> Table {
        let header = [
            "1 event a request",
            "no-op, requests/s",
            "askfirst",
            "ratio",
            "p50, ms",
            "p99, ms",
            "p99.9, ms",
            "server CPU an event, µs",
            "no-op's",
            "events a commit",
        ];
        figures(header, self.medians.iter().map(cells))
    }
}

fn cells(of: &Neighbours) -> [String; 10] {
    let Neighbours { app, no_op, askfirst, ratio, events_per_commit } = of;
    [
        (*app).to_owned(),
        shown(no_op.requests_per_second, 0),
        shown(askfirst.requests_per_second, 0),
        shown(*ratio, 2),
        shown(askfirst.p50_ms, 2),
        shown(askfirst.p99_ms, 2),
        shown(askfirst.p999_ms, 2),
        shown(askfirst.server_cpu_us_per_event, 1),
        shown(no_op.server_cpu_us_per_event, 1),
        shown(*events_per_commit, 1),
    ]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::figures::tests::{assert_near, measured};

    /// What came of these rates of VoiceMode, no-op first, and of one pair of Drift.
    pub(crate) fn wires(rates: &[(f64, f64)], p99_ms: f64) -> Wires {
        let neighbours = |app, (no_op, askfirst): (f64, f64)| Neighbours {
            app,
            no_op: measured(no_op, 1.0),
            askfirst: measured(askfirst, p99_ms),
            ratio: askfirst / no_op,
            events_per_commit: Some(31.5),
        };
        let drift = neighbours(DRIFT, (100.0, 20.0));
        Wires::new(rates.iter().map(|rates| neighbours(VOICEMODE, *rates)).chain([drift]).collect())
    }

    #[test]
    fn the_ratio_is_the_median_of_the_pairs() {
        // Ratios 0.5, 0.25 and 0.75, while the medians of the columns would give 200 / 300.
        let wires = wires(&[(200.0, 100.0), (800.0, 200.0), (300.0, 225.0)], 2.0);
        assert_near(wires.medians[0].ratio, 0.5);
        assert_near(wires.rate(VOICEMODE), 200.0);
        assert_near(wires.rate(DRIFT), 20.0);
        assert!(wires.rate("mytool").is_nan());
    }

    #[test]
    fn ceilings_are_kept_or_missed() {
        let kept = |wires: Wires| wires.ceilings().map(|verdict| verdict.ok);
        assert_eq!(kept(wires(&[(100.0, 60.0)], 24.9)), [true, true]);
        assert_eq!(kept(wires(&[(100.0, 59.0)], 25.0)), [false, false]);
        assert_eq!(kept(wires(&[], 1.0)), [false, false]);
    }

    #[test]
    fn a_busy_generator_is_named() {
        assert!(wires(&[(100.0, 50.0)], 1.0).warning(1).unwrap().contains("--threads 2"));
    }

    #[test]
    fn the_table_shows_the_medians() {
        let table = wires(&[(40_000.4, 16_000.0)], 3.25).table().to_string();
        let row = table.lines().find(|line| line.contains(VOICEMODE)).unwrap();
        let cells: Vec<&str> = row.split('|').skip(1).map(str::trim).collect();
        assert_eq!(cells[1..10], ["40000", "16000", "0.40", "1.50", "3.25", "30.00", "20.0", "20.0", "31.5"]);
    }
}
