//! Everything about a run.
use serde::Serialize;

use super::batches::Batches;
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
        ceilings.push(figures.sizes.ceiling());
        Self { conditions, ceilings, figures }
    }

    /// The tables with a line about each above it.
    pub(super) fn text(&self) -> String {
        let Figures { wires, batches, sizes, .. } = &self.figures;
        let conditions =
            format!("{} rounds of {}", self.conditions.rounds, surroundings(&self.conditions.surroundings));
        [
            conditions,
            section("Single events of each wire, medians of the rounds", &wires.table()),
            section("Drift's events in batches beside bare SQLite, medians of the rounds", &batches.table()),
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
