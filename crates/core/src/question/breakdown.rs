//! `breakdown`: which values a field has, by events and by installs.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Daily, Facts, Of, Only, Range, Sets, ValueCount, ValueCounts, since, union};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

pub(super) fn answer<F: Facts>(facts: &F, range: Range, of: &Of, only: &Only, top: u32) -> Result<Report, F::Error> {
    // Of the values of a dimension, events are counted without regard to other values.
    let are_events_known = only.is_everything() || matches!(of, Of::Field(..));
    let (name, counts, sums, first) = match of {
        Of::Dimension(name) => {
            let daily = if are_events_known { facts.daily(name, range)? } else { Daily::new() };
            let counts = of_dimension(&daily, &only.sets(facts, name, range)?, range, top);
            (name, counts, false, facts.first_day()?)
        }
        Of::Field(name, field) => (name, facts.values(field, range, only, top)?, field.is_counts, range.from),
    };
    // Counts of a field by name are sums of what events say, not events.
    let reported = if sums { "sum" } else { "events" };
    let columns = ["value", reported, "share", "installs", "install_share"];
    let mut table = Table::new("values", &columns).with_bars(if are_events_known { reported } else { "installs" });
    let known = |cell: Cell| if are_events_known { cell } else { Cell::Empty };
    let row = |value: Cell, count: &ValueCount| {
        vec![
            value,
            known(Cell::Count(count.events)),
            known(Cell::share(count.events, counts.total.events)),
            since(first, range, Cell::Count(count.installs)),
            since(first, range, Cell::share(count.installs, counts.total.installs)),
        ]
    };
    table.rows.extend(counts.top.iter().map(|count| row(Cell::text(&count.value), count)));
    let mut other = Table::new("other", &["values", reported, "share", "installs", "install_share"]);
    if counts.other_values > 0 {
        other.rows.push(row(Cell::Count(counts.other_values), &counts.other));
    }
    Ok(Report {
        question: "breakdown",
        figures: vec![
            ("from", Cell::day(range.from)),
            ("to", Cell::day(range.to)),
            ("field", Cell::text(name)),
            (reported, known(Cell::Count(counts.total.events))),
            ("installs", since(first, range, Cell::Count(counts.total.installs))),
        ],
        tables: vec![table, other],
    })
}

/// The values of a dimension, from counts and sets; from sets alone, where there are no counts.
fn of_dimension(daily: &Daily, sets: &Sets, range: Range, top: u32) -> ValueCounts {
    let installs: BTreeMap<&str, Installs> =
        sets.iter().map(|(value, days)| (value.as_str(), union(days.iter(), range))).collect();
    let events = |value: &str| daily.get(value).into_iter().flat_map(BTreeMap::values).map(|count| count.events).sum();
    let count = |value: &str| ValueCount {
        value: value.to_owned(),
        events: events(value),
        installs: installs.get(value).map_or(0, Installs::len),
    };
    let counted = daily.iter().filter(|(_, days)| !days.is_empty()).map(|(value, _)| value.as_str());
    let known: BTreeSet<&str> = counted.chain(installs.keys().copied()).collect();
    let mut values: Vec<_> = known.into_iter().map(count).collect();
    // Those with as much of both stay in the order of their texts, which they are in.
    values.sort_by_key(|count| Reverse((count.events, count.installs)));
    let together = |values: &[ValueCount]| {
        let mut all = Installs::new();
        for value in values {
            all |= installs.get(value.value.as_str()).cloned().unwrap_or_default();
        }
        ValueCount { value: String::new(), events: values.iter().map(|value| value.events).sum(), installs: all.len() }
    };
    let total = together(&values);
    let others = values.split_off(values.len().min(top as usize));
    ValueCounts { top: values, other_values: others.len() as u64, other: together(&others), total }
}
