//! Everything about a run: what was asked, how long the answers took, and what that cost ingestion.

use serde::Serialize;

use super::HELD;
use crate::figures::{Measured, median};
use crate::report::{Ledger, Surroundings, Verdict};

/// Under which this run was made.
#[derive(Debug, Serialize)]
pub(super) struct Conditions {
    #[serde(flatten)]
    pub(super) surroundings: Surroundings,
    pub(super) rounds: u32,
    /// Of the ledger that is asked.
    pub(super) events: u64,
    pub(super) ledger_bytes: Option<u64>,
}

/// A question and all answers to it, in the order in which they came.
#[derive(Debug, Serialize)]
pub(super) struct Answered {
    pub(super) question: &'static str,
    pub(super) answers_ms: Vec<f64>,
    /// With nothing of the ledger in memory; none where that can't be had.
    pub(super) cold_answers_ms: Vec<f64>,
}

impl Answered {
    /// Not asked yet.
    pub(super) fn new(question: &'static str) -> Self {
        Self { question, answers_ms: Vec::new(), cold_answers_ms: Vec::new() }
    }

    fn figures(&self) -> Figures {
        let cold_ms = (!self.cold_answers_ms.is_empty()).then(|| median(self.cold_answers_ms.clone()));
        let median_ms = median(self.answers_ms.clone());
        let mut ceilings = Vec::new();
        if HELD.contains(&self.question) {
            ceilings.push(Verdict { rule: "median <= 100 ms", value: median_ms, ok: median_ms <= 100.0 });
            let cold = cold_ms.map(|cold| Verdict { rule: "cold <= 1 s", value: cold, ok: cold <= 1_000.0 });
            ceilings.extend(cold);
        }
        Figures {
            question: self.question,
            first_ms: self.answers_ms.first().copied().unwrap_or(f64::NAN),
            median_ms,
            max_ms: self.answers_ms.iter().copied().fold(f64::NAN, f64::max),
            cold_ms,
            ceilings,
        }
    }
}

/// How fast a question was answered.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) question: &'static str,
    pub(super) first_ms: f64,
    pub(super) median_ms: f64,
    pub(super) max_ms: f64,
    /// The median.
    pub(super) cold_ms: Option<f64>,
    pub(super) ceilings: Vec<Verdict>,
}

/// Ingestion alone and beside a question, one right after the other.
#[derive(Debug, Serialize)]
pub(super) struct Pair {
    question: &'static str,
    alone: Measured,
    beside: Measured,
    /// Requests per second beside the question over those alone.
    ratio: f64,
    /// Of the question meanwhile.
    answers_ms: Vec<f64>,
}

impl Pair {
    pub(super) fn new(question: &'static str, alone: Measured, beside: Measured, answers_ms: Vec<f64>) -> Self {
        let ratio = beside.requests_per_second / alone.requests_per_second;
        Self { question, alone, beside, ratio, answers_ms }
    }
}

/// The medians of the pairs of one question.
#[derive(Debug, Serialize)]
pub(super) struct Medians {
    pub(super) question: &'static str,
    pub(super) alone: Measured,
    pub(super) beside: Measured,
    pub(super) ratio: f64,
    /// Of the question meanwhile.
    pub(super) answer_ms: f64,
}

impl Medians {
    fn of(question: &'static str, pairs: &[Pair]) -> Self {
        let of_it = || pairs.iter().filter(|pair| pair.question == question);
        let each = |of: fn(&Pair) -> Measured| Measured::median(of_it().map(of));
        Self {
            question,
            alone: each(|pair| pair.alone),
            beside: each(|pair| pair.beside),
            ratio: median(of_it().map(|pair| pair.ratio).collect()),
            answer_ms: median(of_it().flat_map(|pair| &pair.answers_ms).copied().collect()),
        }
    }
}

/// What questions leave of ingestion.
#[derive(Debug, Serialize)]
pub(super) struct Ingestion {
    pub(super) questions: Vec<Medians>,
    /// The median of all pairs' ratios, not a ratio of medians: neighbours in time share their machine.
    pub(super) ratio: f64,
    pub(super) ceiling: Verdict,
}

impl Ingestion {
    fn of(pairs: &[Pair]) -> Self {
        let ratio = median(pairs.iter().map(|pair| pair.ratio).collect());
        Self {
            questions: HELD.iter().map(|question| Medians::of(question, pairs)).collect(),
            ratio,
            ceiling: Verdict { rule: "ratio >= 0.90", value: ratio, ok: ratio >= 0.9 },
        }
    }
}

/// Everything about a run.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) conditions: Conditions,
    pub(super) questions: Vec<Figures>,
    /// Why there are no cold answers.
    pub(super) cold_unknown: Option<String>,
    pub(super) ingestion: Ingestion,
    #[serde(flatten)]
    pub(super) voicemode: Ledger,
    pub(super) askfirst_peak_memory_bytes: Option<u64>,
    answered: Vec<Answered>,
    pub(super) pairs: Vec<Pair>,
}

impl Report {
    /// Computes the medians and holds them against the ceilings.
    pub(super) fn new(
        conditions: Conditions,
        answered: Vec<Answered>,
        cold_unknown: Option<String>,
        pairs: Vec<Pair>,
        voicemode: Ledger,
        askfirst_peak_memory_bytes: Option<u64>,
    ) -> Self {
        Self {
            conditions,
            questions: answered.iter().map(Answered::figures).collect(),
            cold_unknown,
            ingestion: Ingestion::of(&pairs),
            voicemode,
            askfirst_peak_memory_bytes,
            answered,
            pairs,
        }
    }

    /// The ceilings that were missed.
    pub(super) fn missed(&self) -> impl Iterator<Item = String> {
        let answers = self.questions.iter().flat_map(|of| of.ceilings.iter().map(|ceiling| (of.question, ceiling)));
        let all = answers.chain([("ingestion beside questions", &self.ingestion.ceiling)]);
        all.filter(|(_, ceiling)| !ceiling.ok).map(|(of, ceiling)| format!("{of}: {}", ceiling.rule))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::figures::tests::measured;
    use crate::report::tests::surroundings;

    /// A report of these answers to a question with ceilings and to one without, and these rates of pairs, alone first.
    pub(crate) fn report(answers: &[f64], cold: &[f64], rates: &[(f64, f64)]) -> Report {
        let conditions =
            Conditions { surroundings: surroundings(), rounds: 3, events: 10_000_000, ledger_bytes: Some(3 << 30) };
        let answered = [HELD[0], "stats"].map(|question| Answered {
            question,
            answers_ms: answers.to_vec(),
            cold_answers_ms: cold.to_vec(),
        });
        let pair = |&(alone, beside): &(f64, f64)| {
            Pair::new(HELD[0], measured(alone, 2.0), measured(beside, 4.0), vec![60.0, 90.0, 70.0])
        };
        let cold_unknown = cold.is_empty().then(|| "not root".to_owned());
        let pairs = rates.iter().map(pair).collect();
        Report::new(conditions, answered.into(), cold_unknown, pairs, Ledger::new("voicemode", 7, Ok(7)), Some(3 << 20))
    }

    fn missed(report: &Report) -> Vec<String> {
        report.missed().collect()
    }

    #[test]
    fn ceilings_are_kept_or_missed() {
        let none: [&str; 0] = [];
        // Ratios 0.9, 0.5 and 1, while the medians of the columns would give 100 / 200.
        let rates = [(100.0, 90.0), (200.0, 100.0), (300.0, 300.0)];
        assert_eq!(missed(&report(&[900.0, 100.0, 90.0], &[1_000.0], &rates)), none);
        let all = [
            "active?last=90d: median <= 100 ms",
            "active?last=90d: cold <= 1 s",
            "ingestion beside questions: ratio >= 0.90",
        ];
        assert_eq!(missed(&report(&[100.1], &[1_001.0], &[(100.0, 89.0)])), all);
        assert_eq!(
            missed(&report(&[], &[], &[])),
            [all[0], all[2]],
            "what is unknown is not kept, but for cold answers"
        );
    }

    #[test]
    fn figures_are_those_of_all_answers() {
        let report = report(&[30.0, 10.0, 20.0, 50.0], &[400.0, 600.0, 500.0], &[(100.0, 95.0)]);
        let Figures { first_ms, median_ms, max_ms, cold_ms, .. } = report.questions[0];
        let figures = [first_ms, median_ms, max_ms, cold_ms.unwrap(), report.ingestion.questions[0].answer_ms];
        assert_eq!(figures.map(|figure| format!("{figure:.3}")), ["30.000", "25.000", "50.000", "500.000", "70.000"]);
        assert!(report.questions[1].ceilings.is_empty());
    }
}
