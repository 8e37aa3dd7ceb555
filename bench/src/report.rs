//! Everything about a run: its conditions, its figures, and the ceilings they are held against.

use std::fmt;
use std::path::Path;

use askfirst_contract::Timestamp;
use serde::Serialize;

use crate::args::CommonArgs;
use crate::failure::{self, Failure};
use crate::figures::Round;

/// Above this share of its threads' time the load generator may be what limits the rate.
const BUSY: f64 = 0.9;

/// What is promised of a run with the default settings: the name, whether it is kept, the figure.
type Ceiling = (&'static str, fn(f64) -> bool, fn(&Round) -> f64);

const CEILINGS: [Ceiling; 3] = [
    ("ratio >= 0.45", |ratio| ratio >= 0.45, |medians| medians.ratio),
    ("p99 < 25 ms", |p99| p99 < 25.0, |medians| medians.askfirst.p99_ms),
    // What is unknown is not kept.
    ("batch <= 12 single", |cost| cost <= 12.0, |medians| medians.batch_cost.unwrap_or(f64::NAN)),
];

/// The machine and the load of any run: without these its absolute figures say nothing.
#[derive(Debug, Serialize)]
pub(crate) struct Surroundings {
    pub(crate) started: String,
    pub(crate) cores: Option<usize>,
    pub(crate) load_average_before: Option<f64>,
    pub(crate) file_system: Option<String>,
    pub(crate) connections: usize,
    pub(crate) generator_threads: usize,
    pub(crate) seconds: f64,
    pub(crate) warm_up_seconds: f64,
    /// A report of `VoiceMode`.
    pub(crate) request_bytes: usize,
}

/// Under which this run was made.
#[derive(Debug, Serialize)]
pub(crate) struct Conditions {
    #[serde(flatten)]
    pub(crate) surroundings: Surroundings,
    pub(crate) rounds: u32,
    /// A request of Drift with one event and one with a hundred.
    pub(crate) drift_request_bytes: [usize; 2],
}

/// The events of an app, those of the warm-up included.
#[derive(Debug, Serialize)]
pub(crate) struct Ledger {
    /// Events in requests that askfirst answered 200.
    pub(crate) acknowledged: u64,
    /// Events it had stored after it stopped.
    pub(crate) stored: Option<u64>,
    /// Why `stored` is unknown.
    pub(crate) stored_unknown: Option<String>,
}

/// A promise and whether this run kept it.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) rule: &'static str,
    pub(crate) value: f64,
    pub(crate) ok: bool,
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.rule, if self.ok { "ok" } else { "MISSED" })
    }
}

/// Everything about a run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) conditions: Conditions,
    pub(crate) medians: Round,
    pub(crate) ceilings: Vec<Verdict>,
    #[serde(flatten)]
    pub(crate) voicemode: Ledger,
    pub(crate) drift: Ledger,
    /// Of `VoiceMode`.
    pub(crate) events_per_commit: Option<f64>,
    pub(crate) no_op_peak_memory_bytes: Option<u64>,
    pub(crate) askfirst_peak_memory_bytes: Option<u64>,
    pub(crate) rounds: Vec<Round>,
}

impl Report {
    /// Computes the medians of the rounds and holds them against the ceilings.
    pub(crate) fn new(
        conditions: Conditions,
        rounds: Vec<Round>,
        [voicemode, drift]: [Ledger; 2],
        events_per_commit: Option<f64>,
        [no_op_peak_memory_bytes, askfirst_peak_memory_bytes]: [Option<u64>; 2],
    ) -> Self {
        let medians = Round::median(&rounds);
        let verdict = |&(rule, kept, figure): &Ceiling| {
            let value = figure(&medians);
            Verdict { rule, value, ok: kept(value) }
        };
        Self {
            conditions,
            medians,
            ceilings: CEILINGS.iter().map(verdict).collect(),
            voicemode,
            drift,
            events_per_commit,
            no_op_peak_memory_bytes,
            askfirst_peak_memory_bytes,
            rounds,
        }
    }

    /// A warning for people when the load generator was the limit.
    pub(crate) fn warning(&self) -> Option<String> {
        let busy = self.medians.no_op.generator_busy.filter(|busy| *busy > BUSY)?;
        let percent = busy * 100.0;
        Some(format!(
            "warning: the load generator was busy {percent:.0} % of its time, so no-op may be faster than shown; \
             try --threads {}",
            self.conditions.surroundings.generator_threads + 1
        ))
    }
}

impl Surroundings {
    /// Collects them.
    pub(crate) fn of(
        args: &CommonArgs,
        started: Timestamp,
        request_bytes: usize,
        load_average_before: Option<f64>,
        file_system: Option<String>,
    ) -> Self {
        Self {
            started: started.to_string(),
            cores: std::thread::available_parallelism().ok().map(usize::from),
            load_average_before,
            file_system,
            connections: args.connections.get(),
            generator_threads: args.threads.get(),
            seconds: args.seconds.as_secs_f64(),
            warm_up_seconds: args.warm_up.as_secs_f64(),
            request_bytes,
        }
    }
}

impl Ledger {
    /// Holds what was acknowledged against what an askfirst that has stopped says it stored.
    pub(crate) fn new(acknowledged: u64, stored: Result<u64, String>) -> Self {
        Self { acknowledged, stored: stored.as_ref().ok().copied(), stored_unknown: stored.err() }
    }

    /// Tells people that nothing is missing.
    ///
    /// # Errors
    ///
    /// When it is otherwise, or not known.
    pub(crate) fn judge(&self, app: &str) -> Result<(), Failure> {
        let Self { acknowledged, stored, stored_unknown } = self;
        match stored {
            Some(stored) if stored == acknowledged => {
                failure::say(&format!("{app}: stored = acknowledged = {stored} events, those of the warm-up included"));
                Ok(())
            }
            Some(stored) => {
                Err(Failure::BadResult(format!("{app}: acknowledged {acknowledged} events, stored {stored}")))
            }
            None => {
                let reason = stored_unknown.as_deref().unwrap_or("no answer");
                Err(Failure::BadResult(format!(
                    "{app}: acknowledged {acknowledged} events, but how many are stored is unknown: {reason}"
                )))
            }
        }
    }
}

/// Prints the table, and writes the whole report to a file where one is named.
///
/// # Errors
///
/// When the file can't be written.
#[expect(clippy::print_stdout, reason = "the table is this program's data")]
pub(crate) fn publish(table: &str, report: &impl Serialize, file: Option<&Path>) -> Result<(), Failure> {
    println!("{table}");
    let Some(file) = file else { return Ok(()) };
    let cannot = |error: String| Failure::CannotMeasure(format!("{}: {error}", file.display()));
    let json = serde_json::to_string_pretty(report).map_err(|error| cannot(error.to_string()))?;
    std::fs::write(file, json + "\n").map_err(|error| cannot(error.to_string()))
}

/// Fails where ceilings were missed and that is asked for.
///
/// # Errors
///
/// All that was missed.
pub(crate) fn judge(missed: impl Iterator<Item = String>, check: bool) -> Result<(), Failure> {
    let missed: Vec<String> = missed.collect();
    if check && !missed.is_empty() {
        return Err(Failure::BadResult(format!("missed: {}", missed.join(", "))));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::figures::Measured;
    use crate::figures::tests::measured;

    pub(crate) fn surroundings() -> Surroundings {
        Surroundings {
            started: Timestamp(0).to_string(),
            cores: Some(2),
            load_average_before: Some(0.25),
            file_system: Some("ext4".to_owned()),
            connections: 64,
            generator_threads: 1,
            seconds: 5.0,
            warm_up_seconds: 1.0,
            request_bytes: 1_000,
        }
    }

    /// A report of the given pairs of rates, no-op first.
    pub(crate) fn report(rates: &[(f64, f64)], p99_ms: f64) -> Report {
        let drift =
            [measured(9_000.0, 3.0), Measured { server_cpu_us_per_request: Some(250.0), ..measured(800.0, 30.0) }];
        let round =
            |&(no_op, askfirst): &(f64, f64)| Round::new(measured(no_op, 2.0), measured(askfirst, p99_ms), drift);
        let conditions = Conditions { surroundings: surroundings(), rounds: 3, drift_request_bytes: [500, 30_000] };
        let rounds = rates.iter().map(round).collect();
        let ledgers = [Ledger::new(7, Ok(7)), Ledger::new(9, Ok(9))];
        Report::new(conditions, rounds, ledgers, Some(31.5), [Some(3 << 20); 2])
    }

    #[test]
    fn ceilings_are_kept_or_missed() {
        let kept = |report: Report| report.ceilings.iter().map(|verdict| verdict.ok).collect::<Vec<_>>();
        assert_eq!(kept(report(&[(100.0, 45.0)], 24.9)), [true, true, false]);
        assert_eq!(kept(report(&[(100.0, 44.0)], 25.0)), [false, false, false]);
        assert_eq!(kept(report(&[], 1.0)), [false, false, false]);
    }

    #[test]
    fn a_busy_generator_is_named() {
        assert!(report(&[(100.0, 50.0)], 1.0).warning().unwrap().contains("--threads 2"));
    }
}
