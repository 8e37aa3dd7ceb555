//! `distribution`

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::active::{only, parameters, texts};
use super::calendar::date;
use super::model::Only;
use super::steps::story;
use super::trend::{NUMBERS, numbers, statistic};
use super::world::World;
use super::{Back, Days, ask, back, cases, same, share};

/// The answer, with buckets of the bounds that it came with.
fn expected(world: &World, days: Days, field: &str, only: Only<'_>, bounds: &[(f64, f64)]) -> Value {
    let numbers = numbers(world, days, field, only);
    let installs: BTreeSet<usize> = world
        .model
        .stored(only, days)
        .filter(|event| event.fields[field].is_number())
        .filter_map(|event| event.install)
        .collect();
    let buckets = bounds.iter().enumerate().map(|(index, (from, to))| {
        let is_last = index + 1 == bounds.len();
        let is_in = |number: &&f64| from <= *number && (*number < to || (is_last && *number <= to));
        let events = numbers.iter().filter(is_in).count();
        json!({ "from": from, "to": to, "events": events, "share": share(events, numbers.len()) })
    });
    let stat = |stat| if numbers.is_empty() { Value::Null } else { statistic(stat, &numbers) };
    json!({
        "question": "distribution", "from": date(days.from), "to": date(days.to), "field": field, "too_many": false,
        "events": numbers.len(), "installs": installs.len(), "min": numbers.first(), "median": stat("median"),
        "mean": stat("mean"), "p95": stat("p95"), "max": numbers.last(), "buckets": buckets.collect::<Vec<_>>(),
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn distribution_is_right(
        story in story(), back in back(), of in prop::sample::select(NUMBERS.to_vec()), only in only(),
    ) {
        check(&World::of(&story), back, of, &only)?;
    }
}

pub(super) fn check(world: &World, back: Back, of: &str, only: Only<'_>) -> Result<(), TestCaseError> {
    let (days, texts) = (back.of(world), texts(only));
    let answer = ask(world, "distribution", days, &parameters(&[("field", of)], &texts));
    let buckets = answer["buckets"].as_array().unwrap();
    let bounds: Vec<_> = buckets.iter().map(|b| (b["from"].as_f64().unwrap(), b["to"].as_f64().unwrap())).collect();
    // Every number is in one of them.
    let all: u64 = buckets.iter().map(|bucket| bucket["events"].as_u64().unwrap()).sum();
    prop_assert_eq!(answer["events"].as_u64(), Some(all));
    same(&answer, &expected(world, days, of, only, &bounds))
}
