//! `errors`: what went wrong, since when, in which versions and for how many.

use std::collections::BTreeMap;

use askfirst_contract::{Day, Role};

use super::{DayCount, Facts, FieldPlaces, Range, active_installs, since, union};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

/// The first day anything can have been seen on.
const EVER: Day = Day(0);

pub(super) fn answer<F: Facts>(
    facts: &F,
    range: Range,
    top: u32,
    error: &FieldPlaces,
    version: &FieldPlaces,
) -> Result<Report, F::Error> {
    let dimension = Role::Error.name();
    let daily = facts.daily(dimension, Range { from: EVER, to: range.to })?;
    let mut affected = Installs::new();
    for days in facts.sets(dimension, range)?.values() {
        affected |= union(days.iter(), range);
    }
    let (first, active) = (facts.first_day()?, active_installs(facts, range)?);
    let in_range = |(_, days): (&String, &BTreeMap<Day, DayCount>)| -> u64 {
        days.iter().filter(|(day, _)| range.contains(**day)).map(|(_, count)| count.events).sum()
    };
    let groups = facts.errors(error, version, range, top)?;
    let columns = ["error", "events", "installs", "first_seen", "last_seen", "versions", "days"];
    let mut table = Table::new("errors", &columns).with_bars("events");
    for group in groups {
        let days = daily.get(&group.error);
        let seen = |day: Option<&Day>| day.map_or(Cell::Empty, |day| Cell::day(*day));
        let mut versions = group.versions;
        versions.sort_by(|a, b| askfirst_contract::compare_versions(b, a));
        let events = |day: Day| days.and_then(|days| days.get(&day)).map_or(0, |count| count.events);
        table.rows.push(vec![
            Cell::text(group.error),
            Cell::Count(group.events),
            Cell::Count(group.installs),
            seen(days.and_then(|days| days.keys().next())),
            seen(days.and_then(|days| days.keys().next_back())),
            Cell::Texts(versions),
            Cell::Series(range.each().map(events).collect()),
        ]);
    }
    Ok(Report {
        question: "errors",
        figures: vec![
            ("from", Cell::day(range.from)),
            ("to", Cell::day(range.to)),
            ("events", Cell::Count(daily.iter().map(in_range).sum())),
            ("installs", since(first, range, Cell::Count(affected.len()))),
            ("install_share", since(first, range, Cell::share(affected.len(), active))),
        ],
        tables: vec![table],
    })
}
