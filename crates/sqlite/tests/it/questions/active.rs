//! `active`

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::calendar::{date, label, start_of};
use super::model::{Model, Only};
use super::report::{FAULTS, SYSTEMS, VERSIONS};
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, periods, same, share};

/// The dimensions of both contracts.
pub(super) const DIMENSIONS: [&str; 6] = ["type", "runtime", "app_version", "platform", "error", "ok"];

/// Some of them with a value, which nobody may have.
pub(super) fn only() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let values = vec![
        ("type", "run"),
        ("type", "ping"),
        ("runtime", "interactive"),
        ("runtime", "ci"),
        ("runtime", "container"),
        ("app_version", VERSIONS[3]),
        ("app_version", VERSIONS[5]),
        ("platform", SYSTEMS[0]),
        ("platform", SYSTEMS[2]),
        ("error", FAULTS[2]),
        ("ok", "true"),
        ("ok", "false"),
    ];
    prop_oneof![1 => Just(Vec::new()), 3 => prop::sample::subsequence(values, 1..=4)]
}

/// Dimensions and values as parameters have them.
pub(super) fn texts(only: Only<'_>) -> Vec<String> {
    only.iter().map(|(dimension, value)| format!("{dimension}={value}")).collect()
}

/// The parameters that a question is asked with: some, and those that narrow it.
pub(super) fn parameters<'p>(some: &[(&'p str, &'p str)], texts: &'p [String]) -> Vec<(&'p str, &'p str)> {
    some.iter().copied().chain(texts.iter().map(|text| ("only", text.as_str()))).collect()
}

impl Model {
    /// A figure about some days, or nothing where nobody knows any more.
    pub(super) fn known(&self, days: Days, figure: impl Into<Value>) -> Value {
        if days.from < self.first_day { Value::Null } else { figure.into() }
    }

    /// How many were active with each value on a day, by the counts that are left of one that is closed.
    pub(super) fn counted(&self, dimension: &str, day: i32) -> BTreeMap<String, usize> {
        let daily = self.daily(dimension).into_iter().filter(|((_, of), _)| *of == day && day < self.first_day);
        let installs = daily.map(|((value, _), (_, installs))| (value, installs));
        installs.filter(|(_, installs)| *installs > 0).collect()
    }
}

fn expected(world: &World, days: Days, per: &str, only: Only<'_>) -> Value {
    let (model, days) = (&world.model, days.aligned(per));
    let installs = |days: Days| model.active(None, only, days);
    let new = |days: Days| installs(days).intersection(&model.first_seen(days)).count();
    let mut rows = Vec::new();
    for period in days.periods(per) {
        let count = installs(period).len();
        let mut row = Map::new();
        row.insert("period".to_owned(), json!(label(per, period.from)));
        row.insert("installs".to_owned(), model.known(period, count));
        if per == "day" && only.is_empty() && period.from < model.first_day {
            let counted = model.counted("runtime", period.from);
            row.insert("installs".to_owned(), json!(counted.values().sum::<usize>()));
        }
        row.insert("new".to_owned(), model.known(period, new(period)));
        row.insert("returning".to_owned(), model.known(period, count - new(period)));
        if per == "day" {
            let [last_7, last_28] = [7, 28].map(|length| Days { from: period.to - length + 1, ..period });
            row.insert("last_7".to_owned(), model.known(last_7, installs(last_7).len()));
            row.insert("last_28".to_owned(), model.known(last_28, installs(last_28).len()));
            row.insert("stickiness".to_owned(), model.known(last_28, share(count, installs(last_28).len())));
        }
        row.insert("running".to_owned(), json!(start_of(per, period.from) == start_of(per, world.today())));
        rows.push(Value::Object(row));
    }
    json!({
        "question": "active", "from": date(days.from), "to": date(days.to), "per": per,
        "installs": model.known(days, installs(days).len()),
        "new": model.known(days, new(days)),
        "returning": model.known(days, installs(days).len() - new(days)),
        "periods": rows,
    })
}

fn expected_by(world: &World, days: Days, per: &str, (by, top): (&str, usize), only: Only<'_>) -> Value {
    let (model, days) = (&world.model, days.aligned(per));
    let counts_are_kept = per == "day" && only.is_empty();
    let installs = |value: &str, days| model.active(Some((by, value)), only, days).len();
    let mut names = model.values(by, only, days);
    if counts_are_kept {
        names.extend((days.from..=days.to).flat_map(|day| model.counted(by, day).into_keys()));
    }
    let mut values: Vec<(String, usize)> =
        names.into_iter().map(|value| (value.clone(), installs(&value, days))).collect();
    values.sort_by_key(|(value, installs)| (std::cmp::Reverse(*installs), value.clone()));
    let others = values.split_off(values.len().min(top));
    let of_others = |days| {
        let installs = others.iter().flat_map(|(value, _)| model.active(Some((by, value)), only, days));
        installs.collect::<BTreeSet<_>>().len()
    };
    let (mut rows, mut other_rows) = (Vec::new(), Vec::new());
    for period in days.periods(per) {
        let running = start_of(per, period.from) == start_of(per, world.today());
        if !others.is_empty() {
            let installs = model.known(period, of_others(period));
            other_rows.push(json!({ "period": label(per, period.from), "installs": installs, "running": running }));
        }
        for (value, _) in &values {
            let mut count = model.known(period, installs(value, period));
            if counts_are_kept && count.is_null() {
                let counted = model.counted(by, period.from).get(value).copied();
                count = counted.or(model.keeps(by, value).then_some(0)).into();
            }
            rows.push(json!({
                "period": label(per, period.from), "value": value, "installs": count, "running": running,
            }));
        }
    }
    let all = model.active(None, only, days).len();
    let other = (!others.is_empty()).then(|| {
        let installs = of_others(days);
        json!({
            "values": others.len(), "installs": model.known(days, installs),
            "share": model.known(days, share(installs, all)),
        })
    });
    let values = values.iter().map(|(value, installs)| {
        json!({
            "value": value,
            "installs": model.known(days, *installs),
            "share": model.known(days, share(*installs, all)),
        })
    });
    json!({
        "question": "active", "from": date(days.from), "to": date(days.to), "per": per, "by": by,
        "installs": model.known(days, all), "periods": rows, "other_periods": other_rows,
        "values": values.collect::<Vec<_>>(), "other": other.into_iter().collect::<Vec<_>>(),
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn active_is_right(story in story(), back in back(), per in periods(), only in only()) {
        let world = World::of(&story);
        check(&world, back, per, &only)?;
    }

    #[test]
    fn active_by_a_dimension_is_right(
        story in story(), back in back(), per in periods(), by in prop::sample::select(DIMENSIONS.to_vec()), top in 1..7_usize,
        only in only(),
    ) {
        let world = World::of(&story);
        check_by(&world, back, per, (by, top), &only)?;
    }
}

pub(super) fn check(world: &World, back: Back, per: &str, only: Only<'_>) -> Result<(), TestCaseError> {
    let (days, texts) = (back.of(world), texts(only));
    let answer = ask(world, "active", days, &parameters(&[("per", per)], &texts));
    same(&answer, &expected(world, days, per, only))
}

pub(super) fn check_by(
    world: &World,
    back: Back,
    per: &str,
    (by, top): (&str, usize),
    only: Only<'_>,
) -> Result<(), TestCaseError> {
    let (days, texts, rows) = (back.of(world), texts(only), top.to_string());
    let answer = ask(world, "active", days, &parameters(&[("per", per), ("by", by), ("top", &rows)], &texts));
    same(&answer, &expected_by(world, days, per, (by, top), only))
}
