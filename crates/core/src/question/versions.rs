//! `versions`: which versions are used, how fast they are adopted, and how old the tail is.

use std::collections::BTreeMap;

use askfirst_contract::{Day, Role};

use super::{Daily, DayCount, Facts, Only, Range, since, union};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

/// An install uses the versions that it reported in so many last days of the range.
const IN_USE: i32 = 7;
/// The tail is told by these ages, in days.
const AGES: [i32; 3] = [30, 90, 180];
/// The first day anything can have been seen on.
const EVER: Day = Day(0);

pub(super) fn answer<F: Facts>(facts: &F, range: Range, only: &Only, today: Day) -> Result<Report, F::Error> {
    let dimension = Role::AppVersion.name();
    let daily = facts.daily(dimension, Range { from: EVER, to: range.to })?;
    let latest = Range::last(IN_USE, range.to);
    let (first_day, sets) = (facts.first_day()?, only.sets(facts, dimension, latest)?);
    let in_use: BTreeMap<&str, Installs> =
        sets.iter().map(|(version, days)| (version.as_str(), union(days.iter(), latest))).collect();
    let mut all = Installs::new();
    for installs in in_use.values() {
        all |= installs;
    }
    let by_day = installs_by_day(facts, range, only, &daily)?;
    let mut table = Table::new("versions", &["version", "first_seen", "last_seen", "installs", "share", "days"])
        .with_bars("installs");
    let mut first_seen: Vec<(Day, &str)> = Vec::new();
    for (version, days) in &daily {
        let (Some(first), Some(last)) = (days.keys().next(), days.keys().next_back()) else { continue };
        first_seen.push((*first, version));
        let Some(series) = by_day.get(version.as_str()) else { continue };
        let installs = in_use.get(version.as_str()).map_or(0, Installs::len);
        table.rows.push(vec![
            Cell::text(version),
            Cell::day(*first),
            Cell::day(*last),
            since(first_day, latest, Cell::Count(installs)),
            since(first_day, latest, Cell::share(installs, all.len())),
            series.clone(),
        ]);
    }
    table.rows.sort_by(|a, b| match (&a[0], &b[0]) {
        (Cell::Text(a), Cell::Text(b)) => askfirst_contract::compare_versions(b, a),
        _ => std::cmp::Ordering::Equal,
    });
    let mut figures = vec![
        ("from", Cell::day(range.from)),
        ("to", Cell::day(range.to)),
        ("running", Cell::Flag(range.contains(today))),
        ("installs", since(first_day, latest, Cell::Count(all.len()))),
    ];
    let ages = ages(first_seen, &in_use, range.to, all.len());
    figures.extend(ages.into_iter().map(|(name, age)| (name, since(first_day, latest, age))));
    Ok(Report { question: "versions", figures, tables: vec![table] })
}

/// The versions of a range, and the installs of each day: by counts, which go back further, or of some of them by sets.
fn installs_by_day<'d, F: Facts>(
    facts: &F,
    range: Range,
    only: &Only,
    daily: &'d Daily,
) -> Result<BTreeMap<&'d str, Cell>, F::Error> {
    if only.is_everything() {
        let in_range = daily.iter().filter(|(_, days)| days.keys().next_back().is_some_and(|last| *last >= range.from));
        let series = |days: &BTreeMap<Day, DayCount>| {
            Cell::Series(range.each().map(|day| days.get(&day).map_or(0, |count| count.installs)).collect())
        };
        return Ok(in_range.map(|(version, days)| (version.as_str(), series(days))).collect());
    }
    let (first, sets) = (facts.first_day()?, only.sets(facts, Role::AppVersion.name(), range)?);
    let series = |version: &String| {
        let days = sets.get(version)?;
        Some(Cell::Series(range.each().map(|day| days.get(&day).map_or(0, Installs::len)).collect()))
    };
    let known = daily.keys().filter_map(|version| Some((version.as_str(), since(first, range, series(version)?))));
    Ok(known.collect())
}

/// How old what is used is: each install counts with the latest version it uses, whose age is that of the day it was seen
/// first.
fn ages(
    mut first_seen: Vec<(Day, &str)>,
    in_use: &BTreeMap<&str, Installs>,
    now: Day,
    all: u64,
) -> Vec<(&'static str, Cell)> {
    first_seen.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| askfirst_contract::compare_versions(y, x)));
    let mut seen = Installs::new();
    let mut by_age: Vec<(i32, u64)> = Vec::new();
    for (first, version) in first_seen {
        let Some(installs) = in_use.get(version) else { continue };
        by_age.push((now.0 - first.0, installs.len() - installs.intersection_len(&seen)));
        seen |= installs;
    }
    let mut younger = 0;
    let median = by_age.iter().find(|(_, installs)| {
        younger += installs;
        younger * 2 >= all && all > 0
    });
    let days = |age: i32| Cell::Count(u64::try_from(age).unwrap_or(0));
    let mut figures = vec![("median_age_days", median.map_or(Cell::Empty, |(age, _)| days(*age)))];
    let names = ["older_than_30_days", "older_than_90_days", "older_than_180_days"];
    for (name, limit) in names.into_iter().zip(AGES) {
        let older = by_age.iter().filter(|(age, _)| *age > limit).map(|(_, installs)| installs).sum();
        figures.push((name, Cell::share(older, all)));
    }
    figures
}
