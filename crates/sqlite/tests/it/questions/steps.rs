//! What happens to a ledger, generated.

use askfirst_contract::Timestamp;
use proptest::prelude::*;

use super::contracts::Terms;
use super::report::{Report, report};

/// Something happens, so many milliseconds after what was before it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) after: i64,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    /// A request.
    Append(Vec<Report>),
    /// The server is stopped and started.
    Reopen,
    /// Upkeep, which folds.
    Retain,
    /// The contract changes.
    Renew(Terms),
}

/// A population: when it begins, and what happens.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) begin: Timestamp,
    pub(super) steps: Vec<Step>,
}

const MINUTE: i64 = 60_000;
const DAY: i64 = 86_400_000;

/// Evenings before something ends: a year with a week 53, one with a week 1 in December, a February with a leap day and
/// one without, a month and a week.
const BEGINNINGS: [&str; 7] = [
    "2026-12-31T20:00:00Z",
    "2020-12-31T20:00:00Z",
    "2024-12-29T20:00:00Z",
    "2024-02-28T20:00:00Z",
    "2025-02-28T20:00:00Z",
    "2026-08-31T20:00:00Z",
    "2026-09-06T20:00:00Z",
];

/// Mostly forward, by little or much; back by less than ten seconds, which counts as later, or by more.
fn after() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => 0..5_000_i64,
        3 => 0..300 * MINUTE,
        4 => 0..3 * DAY,
        2 => 5 * DAY..25 * DAY,
        1 => -9_000..0_i64,
        1 => -2 * DAY..-10_000,
    ]
}

pub(super) fn story() -> impl Strategy<Value = Story> {
    let terms = prop::sample::select(vec![Terms::First, Terms::Second]);
    let what = prop_oneof![
        8 => prop::collection::vec(report(), 1..12).prop_map(What::Append),
        1 => Just(What::Reopen),
        2 => Just(What::Retain),
        1 => terms.prop_map(What::Renew),
    ];
    let step = (after(), what).prop_map(|(after, what)| Step { after, what });
    let begin = prop::sample::select(BEGINNINGS.to_vec()).prop_map(|text| Timestamp::parse(text).unwrap());
    (begin, prop::collection::vec(step, 1..16)).prop_map(|(begin, steps)| Story { begin, steps })
}
