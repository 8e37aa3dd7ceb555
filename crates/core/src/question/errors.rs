//! `errors`: what went wrong, since when, in which versions and for how many.

use askfirst_contract::{Day, Role};

use super::{Facts, FieldPlaces, Only, Range, active_by_day, all_stored_from, since, union};
use crate::report::{Cell, Report, Table};

/// The first day anything can have been seen on.
const EVER: Day = Day(0);

pub(super) fn answer<F: Facts>(
    facts: &F,
    range: Range,
    only: &Only,
    top: u32,
    error: &FieldPlaces,
    version: &FieldPlaces,
) -> Result<Report, F::Error> {
    let dimension = Role::Error.name();
    let daily = facts.daily(dimension, Range { from: EVER, to: range.to })?;
    let counts = facts.errors(error, version, range, only, top)?;
    let (first, active) = (facts.first_day()?, union(active_by_day(facts, range, only)?.iter(), range).len());
    let (first, events, affected) = if only.is_everything() {
        let sets = facts.sets(dimension, range)?;
        let days = daily.values().flatten().filter(|(day, _)| range.contains(**day));
        (first, Cell::Count(days.map(|(_, count)| count.events).sum()), union(sets.values().flatten(), range).len())
    } else {
        let first = all_stored_from(first);
        (first, since(first, range, Cell::Count(counts.events)), counts.installs)
    };
    let columns = ["error", "events", "installs", "first_seen", "last_seen", "versions", "days"];
    let mut table = Table::new("errors", &columns).with_bars("events");
    for group in counts.top {
        let days = daily.get(&group.error);
        let seen = |day: Option<&Day>| day.map_or(Cell::Empty, |day| Cell::day(*day));
        let mut versions = group.versions;
        versions.sort_by(|a, b| askfirst_contract::compare_versions(b, a));
        let events = |day: Day| days.and_then(|days| days.get(&day)).map_or(0, |count| count.events);
        let series = Cell::Series(range.each().map(events).collect());
        table.rows.push(vec![
            Cell::text(group.error),
            Cell::Count(group.events),
            Cell::Count(group.installs),
            seen(days.and_then(|days| days.keys().next())),
            seen(days.and_then(|days| days.keys().next_back())),
            Cell::Texts(versions),
            // By day, events are counted by error alone.
            if only.is_everything() { series } else { Cell::Empty },
        ]);
    }
    Ok(Report {
        question: "errors",
        figures: vec![
            ("from", Cell::day(range.from)),
            ("to", Cell::day(range.to)),
            ("events", events),
            ("installs", since(first, range, Cell::Count(affected))),
            ("install_share", since(first, range, Cell::share(affected, active))),
        ],
        tables: vec![table],
    })
}
