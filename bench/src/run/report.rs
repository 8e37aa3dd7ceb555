//! Everything about a run.
use serde::Serialize;

use super::batches::Batches;
use super::large::Large;
use super::latency::{self, Line};
use super::memory::Memory;
use super::retention::Retention;
use super::sets::OfSets;
use super::size::Sizes;
use super::wires::Wires;
use crate::failure::{self, Failure};
use crate::report::{Ledger, Surroundings, Verdict, judge};
use crate::table::{ceilings, section, surroundings};

/// Under which this run was made.
#[derive(Debug, Serialize)]
pub(super) struct Conditions {
    #[serde(flatten)]
    pub(super) surroundings: Surroundings,
    pub(super) rounds: u32,
}

/// All figures of a run.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) wires: Wires,
    pub(super) batches: Batches,
    pub(super) latencies: Vec<Line>,
    pub(super) large: Large,
    pub(super) retention: Retention,
    pub(super) sets: OfSets,
    pub(super) memory: Memory,
    pub(super) sizes: Sizes,
    pub(super) ledgers: Vec<Ledger>,
}

/// The figures, and what they are held against.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    conditions: Conditions,
    ceilings: Vec<Verdict>,
    #[serde(flatten)]
    figures: Figures,
}

impl Report {
    pub(super) fn new(conditions: Conditions, figures: Figures) -> Self {
        let mut ceilings = Vec::new();
        ceilings.extend(figures.wires.ceilings());
        ceilings.extend(figures.batches.ceilings());
        ceilings.extend(figures.latencies.iter().filter_map(Line::ceiling));
        ceilings.extend(figures.large.ceilings());
        ceilings.push(figures.retention.ceiling());
        ceilings.extend(figures.sets.ceilings());
        ceilings.extend(figures.memory.ceilings());
        ceilings.push(figures.sizes.ceiling());
        Self { conditions, ceilings, figures }
    }

    /// The tables with a line about each above it.
    pub(super) fn text(&self) -> String {
        let Figures { wires, batches, latencies, large, retention, sets, memory, sizes, .. } = &self.figures;
        let conditions =
            format!("{} rounds of {}", self.conditions.rounds, surroundings(&self.conditions.surroundings));
        [
            conditions,
            section("Single events of each wire, medians of the rounds", &wires.table()),
            section("Drift's events in batches beside bare SQLite, medians of the rounds", &batches.table()),
            section("Latencies at fixed rates, from when a request was due", &latency::table(latencies)),
            section(&large.title(), &large.table()),
            section("While a day is deleted from that ledger", &retention.table()),
            section(&sets.title(), &sets.table()),
            section("Memory", &memory.table()),
            section("What a ledger takes, indexes and all", &sizes.table()),
            section("What is promised with the default settings", &ceilings(&self.ceilings)),
        ]
        .join("\n\n")
    }

    /// Says what the table alone would leave unsaid, and fails when the run is not good.
    ///
    /// # Errors
    ///
    /// When an event is missing; or a ceiling missed, where that is asked for.
    pub(super) fn judge(&self, check: bool) -> Result<(), Failure> {
        if let Some(warning) = self.figures.wires.warning(self.conditions.surroundings.generator_threads) {
            failure::say(&warning);
        }
        for ledger in &self.figures.ledgers {
            ledger.judge()?;
        }
        judge(self.ceilings.iter().filter(|ceiling| !ceiling.ok).map(|ceiling| ceiling.rule.to_owned()), check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::surroundings;
    use crate::run::{batches, large, latency, retention, sets, size, wires};

    /// A run in which VoiceMode had this rate of no-op's 100, and so many of seven events were stored.
    fn report(rate: f64, stored: u64) -> Report {
        let bytes = Some(20 << 20);
        let figures = Figures {
            wires: wires::tests::wires(&[(100.0, rate)], 3.0),
            batches: batches::tests::batches(&[(90.0, 100.0, Some(9.0))]),
            latencies: latency::tests::lines(3.0),
            large: large::tests::large(&[(100.0, 95.0)], &[200.0]),
            retention: retention::tests::retention(&[20.0]),
            sets: sets::tests::of_sets(&[300.0]),
            memory: Memory { idle: bytes, one_app: bytes, large: bytes, ..Memory::default() },
            sizes: size::tests::sizes(1_000),
            ledgers: vec![Ledger::new("voicemode", 7, Ok(stored))],
        };
        Report::new(Conditions { surroundings: surroundings(), rounds: 3 }, figures)
    }

    #[test]
    fn the_text_has_all_sections_and_what_is_promised() {
        let text = report(59.0, 7).text();
        assert!(text.starts_with("3 rounds of 5 s, 64 connections"), "{text}");
        for section in [
            "no-op, requests/s",
            "bare SQLite",
            "due a second",
            "empty ledger",
            "events deleted",
            "pairs of both",
            "MiB",
            "of JSON",
        ] {
            assert!(text.contains(section), "{section}: {text}");
        }
        let promised: Vec<&str> =
            text.lines().filter(|line| line.contains(" ok ") || line.contains("MISSED")).collect();
        assert_eq!(promised.len(), 14, "{promised:?}");
        let missed: Vec<_> = promised.iter().filter(|line| line.contains("MISSED")).collect();
        assert!(matches!(missed[..], [line] if line.contains("ratio to no-op >= 0.60")), "{missed:?}");
    }

    #[test]
    fn an_event_that_is_missing_fails_the_run_and_a_ceiling_where_that_is_asked_for() {
        assert!(report(60.0, 7).judge(true).is_ok());
        assert!(report(59.0, 7).judge(false).is_ok());
        assert!(report(59.0, 7).judge(true).unwrap_err().to_string().contains("ratio to no-op"));
        assert!(report(60.0, 6).judge(false).unwrap_err().to_string().contains("stored 6"));
    }

    #[test]
    fn the_file_has_every_round() {
        let json = serde_json::to_value(report(60.0, 7)).unwrap();
        for rounds in ["/wires/rounds", "/batches/rounds", "/latencies", "/large/rounds", "/large/starts_ms", "/sizes"]
        {
            assert!(json.pointer(rounds).is_some_and(|rounds| !rounds.as_array().unwrap().is_empty()), "{rounds}");
        }
        assert_eq!(json["retention"]["rounds"][0]["deleted_events"], 110_000);
        assert_eq!(json["conditions"]["connections"], 64);
        assert_eq!(json["ceilings"][0]["ok"], true);
        assert_eq!(json["ledgers"][0]["acknowledged"], 7);
    }
}
