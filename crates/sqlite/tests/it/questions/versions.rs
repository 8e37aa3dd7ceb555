//! `versions`

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calendar::date;
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

fn expected(world: &World, days: Days) -> Value {
    let model = &world.model;
    let latest = Days { from: days.to - 6, to: days.to };
    let seen = seen(world, "app_version", days.to);
    let users = |version: &String| (version.clone(), model.active(Some(("app_version", version)), &[], latest));
    let users: BTreeMap<String, BTreeSet<usize>> = seen.keys().map(users).collect();
    let all: BTreeSet<usize> = users.values().flatten().copied().collect();
    let daily = model.daily("app_version");
    let mut shown: Vec<_> = seen.iter().filter(|(_, (_, last))| *last >= days.from).collect();
    shown.sort_by_key(|(version, _)| rank(version));
    let row = |(version, (first, last)): (&String, &(i32, i32))| {
        let count = |day| daily.get(&(version.clone(), day)).map_or(0, |(_, installs)| *installs);
        json!({
            "version": version, "first_seen": date(*first), "last_seen": date(*last),
            "installs": model.known(latest, users[version].len()),
            "share": model.known(latest, share(users[version].len(), all.len())),
            "days": (days.from..=days.to).map(count).collect::<Vec<_>>(),
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
    fn versions_is_right(story in story(), back in back()) {
        check(&World::of(&story), back)?;
    }
}

pub(super) fn check(world: &World, back: Back) -> Result<(), TestCaseError> {
    let days = back.of(world);
    same(&ask(world, "versions", days, &[]), &expected(world, days))
}

#[test]
fn the_order_of_the_versions_is_that_of_the_contract_language() {
    let mut versions = VERSIONS;
    versions.sort_by(|a, b| askfirst_contract::compare_versions(b, a));
    assert_eq!(versions, ORDER);
    assert_eq!(rank("2").cmp(&rank("2.0.0")), Ordering::Greater);
}
