//! `outcomes`

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calendar::date;
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, same};

const OUTCOMES: [&str; 5] = ["accepted", "duplicate", "limited", "refused", "discarded"];

fn expected(world: &World, days: Days) -> Value {
    let all = || world.model.outcomes.iter().filter(|((day, ..), _)| days.contain(*day));
    let mut counts: BTreeMap<_, (u64, i32, i32)> = BTreeMap::new();
    for ((day, outcome, reason, field, version), count) in all() {
        let (sum, first, last) = counts.entry([outcome, reason, field, version]).or_insert((0, *day, *day));
        (*sum, *first, *last) = (*sum + count, (*first).min(*day), (*last).max(*day));
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(key, (count, _, _))| (std::cmp::Reverse(*count), *key));
    let rows = counts.into_iter().map(|([outcome, reason, field, version], (count, first, last))| {
        json!({
            "outcome": outcome, "reason": reason, "field": field, "client_version": version, "count": count,
            "first_day": date(first), "last_day": date(last),
        })
    });
    let of = |name: &str, days: Days| -> u64 {
        all().filter(|((day, outcome, ..), _)| outcome == name && days.contain(*day)).map(|(_, count)| count).sum()
    };
    let by_day = (days.from..=days.to).map(|day| {
        let mut row = json!({ "day": date(day), "running": day == world.today() });
        for outcome in OUTCOMES {
            row[outcome] = json!(of(outcome, Days { from: day, to: day }));
        }
        row
    });
    let mut report = json!({
        "question": "outcomes", "from": date(days.from), "to": date(days.to),
        "counts": rows.collect::<Vec<_>>(), "days": by_day.collect::<Vec<_>>(),
    });
    for outcome in OUTCOMES {
        report[outcome] = json!(of(outcome, days));
    }
    report
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn outcomes_is_right(story in story(), back in back()) {
        let mut world = World::of(&story);
        // Counts of refusals wait for the next event, but not beyond the end.
        world.ledger.reopen(world.now());
        check(&world, back)?;
    }
}

pub(super) fn check(world: &World, back: Back) -> Result<(), TestCaseError> {
    let days = back.of(world);
    same(&ask(world, "outcomes", days, &[]), &expected(world, days))
}
