//! What all reports have: under which conditions, whether everything was stored, and the ceilings.

use std::fmt;
use std::path::Path;

use askfirst_contract::Timestamp;
use serde::Serialize;

use crate::args::CommonArgs;
use crate::failure::{self, Failure};

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

/// The events of an app, those of the warm-up included.
#[derive(Debug, Serialize)]
pub(crate) struct Ledger {
    pub(crate) app: &'static str,
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
    pub(crate) fn new(app: &'static str, acknowledged: u64, stored: Result<u64, String>) -> Self {
        Self { app, acknowledged, stored: stored.as_ref().ok().copied(), stored_unknown: stored.err() }
    }

    /// Tells people that nothing is missing.
    ///
    /// # Errors
    ///
    /// When it is otherwise, or not known.
    pub(crate) fn judge(&self) -> Result<(), Failure> {
        let Self { app, acknowledged, stored, stored_unknown } = self;
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

    #[test]
    fn every_acknowledged_event_must_be_stored() {
        assert!(Ledger::new("voicemode", 7, Ok(7)).judge().is_ok());
        for (stored, problem) in
            [(Ok(6), "acknowledged 7 events, stored 6"), (Ok(8), "stored 8"), (Err("no file".to_owned()), "no file")]
        {
            let failure = Ledger::new("voicemode", 7, stored).judge().unwrap_err();
            assert!(matches!(&failure, Failure::BadResult(text) if text.contains(problem)), "{failure}");
        }
    }

    #[test]
    fn a_missed_ceiling_fails_where_that_is_asked_for() {
        let missed = || ["p99 < 25 ms".to_owned()].into_iter();
        assert!(judge(missed(), false).is_ok());
        assert!(judge(std::iter::empty(), true).is_ok());
        assert!(judge(missed(), true).unwrap_err().to_string().contains("p99 < 25 ms"));
    }
}
