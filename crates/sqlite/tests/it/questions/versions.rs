//! `versions`

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::active::{only, parameters, texts};
use super::calendar::date;
use super::model::Only;
use super::report::VERSIONS;
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, same, share};

/// The versions from the newest on; what looks like none comes last.
const ORDER: [&str; 7] = ["2.0.0", "2", "v2.0.0-rc.1", "1.10.0", "1.2.0", "é", "dev \"x\""];

fn rank(version: &str) -> usize {
    ORDER.iter().position(|known| *known == version).unwrap()
}

/// The first and the last day that events tell of, by value of a dimension and up to a day.
pub(super) fn seen(world: &World, dimension: &str, to: i32) -> BTreeMap<String, (i32, i32)> {
    let mut seen: BTreeMap<String, (i32, i32)> = BTreeMap::new();
    for (value, day) in world.model.daily(dimension).into_keys().filter(|(_, day)| *day <= to) {
        let (first, last) = seen.entry(value).or_insert((day, day));
        (*first, *last) = ((*first).min(day), (*last).max(day));
    }
    seen
}

fn expected(world: &World, days: Days, only: Only<'_>) -> Value {
    let model = &world.model;
    let latest = Days { from: days.to - 6, to: days.to };
    let seen = seen(world, "app_version", days.to);
    let users = |version: &String| (version.clone(), model.active(Some(("app_version", version)), only, latest));
    let users: BTreeMap<String, BTreeSet<usize>> = seen.keys().map(users).collect();
    let all: BTreeSet<usize> = users.values().flatten().copied().collect();
    let daily = model.daily("app_version");
    let in_range = model.values("app_version", only, days);
    let is_shown = |version: &String, last: i32| match only {
        [] => last >= days.from,
        _ => in_range.contains(version),
    };
    let mut shown: Vec<_> = seen.iter().filter(|(version, (_, last))| is_shown(version, *last)).collect();
    shown.sort_by_key(|(version, _)| rank(version));
    let row = |(version, (first, last)): (&String, &(i32, i32))| {
        let counted = |day| daily.get(&(version.clone(), day)).map_or(0, |(_, installs)| *installs);
        let active = |day| model.active(Some(("app_version", version)), only, Days { from: day, to: day }).len();
        let series = |count: &dyn Fn(i32) -> usize| json!((days.from..=days.to).map(count).collect::<Vec<_>>());
        json!({
            "version": version, "first_seen": date(*first), "last_seen": date(*last),
            "installs": model.known(latest, users[version].len()),
            "share": model.known(latest, share(users[version].len(), all.len())),
            "days": if only.is_empty() { series(&counted) } else { model.known(days, series(&active)) },
        })
    };
    let rows: Vec<Value> = shown.into_iter().map(row).collect();
    // Of each install, the age of the version that was seen first the latest.
    let age = |install: &usize| {
        let used = seen.iter().filter(|(version, _)| users[*version].contains(install));
        used.map(|(_, (first, _))| days.to - first).min().unwrap()
    };
    let mut ages: Vec<i32> = all.iter().map(age).collect();
    ages.sort_unstable();
    let median = (!ages.is_empty()).then(|| ages[(ages.len() - 1) / 2]);
    let older = |limit| {
        let older = ages.iter().filter(|age| **age > limit).count();
        model.known(latest, share(older, ages.len()))
    };
    json!({
        "question": "versions", "from": date(days.from), "to": date(days.to), "running": days.contain(world.today()),
        "installs": model.known(latest, all.len()), "median_age_days": model.known(latest, median),
        "older_than_30_days": older(30), "older_than_90_days": older(90), "older_than_180_days": older(180),
        "versions": rows,
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn versions_is_right(story in story(), back in back(), only in only()) {
        check(&World::of(&story), back, &only)?;
    }
}

pub(super) fn check(world: &World, back: Back, only: Only<'_>) -> Result<(), TestCaseError> {
    let (days, texts) = (back.of(world), texts(only));
    same(&ask(world, "versions", days, &parameters(&[], &texts)), &expected(world, days, only))
}

#[test]
fn the_order_of_the_versions_is_that_of_the_contract_language() {
    let mut versions = VERSIONS;
    versions.sort_by(|a, b| askfirst_contract::compare_versions(b, a));
    assert_eq!(versions, ORDER);
    assert_eq!(rank("2").cmp(&rank("2.0.0")), Ordering::Greater);
}
