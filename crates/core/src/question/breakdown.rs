//! `breakdown`: which values a field has, by events and by installs.

use std::collections::BTreeMap;

use super::{Daily, Facts, Of, Range, Sets, ValueCount, ValueCounts, since, union};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

pub(super) fn answer<F: Facts>(facts: &F, range: Range, of: &Of, top: u32) -> Result<Report, F::Error> {
    let (name, counts, sums, first) = match of {
        Of::Dimension(name) => {
            let counts = of_dimension(&facts.daily(name, range)?, &facts.sets(name, range)?, range, top);
            (name, counts, false, facts.first_day()?)
        }
        Of::Field(name, field) => (name, facts.values(field, range, top)?, field.is_counts, range.from),
    };
    // Counts of a field by name are sums of what events say, not events.
    let reported = if sums { "sum" } else { "events" };
    let columns = ["value", reported, "share", "installs", "install_share"];
    let mut table = Table::new("values", &columns).with_bars(reported);
    let row = |value: Cell, count: &ValueCount| {
        vec![
            value,
            Cell::Count(count.events),
            Cell::share(count.events, counts.total.events),
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
            (reported, Cell::Count(counts.total.events)),
            ("installs", since(first, range, Cell::Count(counts.total.installs))),
        ],
        tables: vec![table, other],
    })
}

/// The values of a dimension, from counts and sets.
fn of_dimension(daily: &Daily, sets: &Sets, range: Range, top: u32) -> ValueCounts {
    let installs: BTreeMap<&str, Installs> =
        sets.iter().map(|(value, days)| (value.as_str(), union(days.iter(), range))).collect();
    let count = |value: &str, events: u64| ValueCount {
        value: value.to_owned(),
        events,
        installs: installs.get(value).map_or(0, Installs::len),
    };
    let events = |days: &BTreeMap<_, super::DayCount>| days.values().map(|count| count.events).sum();
    let counted = daily.iter().filter(|(_, days)| !days.is_empty());
    let mut values: Vec<_> = counted.map(|(value, days)| count(value, events(days))).collect();
    values.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.value.cmp(&b.value)));
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
