//! `trend`: how something changes, with the time before beside it.

use std::collections::BTreeMap;

use askfirst_contract::{Day, Role};

use super::active::{installs_of, is_running, past_days};
use super::{Facts, Measure, NumberStats, OneOf, Only, Per, Range, Stat, active_by_day, all_stored_from, since, union};
use crate::report::{Cell, Report, Table};

pub(super) fn answer<F: Facts>(
    facts: &F,
    range: Range,
    per: Per,
    of: &Measure,
    only: &Only,
    today: Day,
) -> Result<Report, F::Error> {
    let range = Range { from: per.start(range.from), ..range };
    let periods = range.periods(per);
    let from = periods.iter().fold(range.from, |from, _| per.before(from));
    let before = Range { from, to: Day(range.from.0 - 1) };
    let (now, total) = measure(facts, range, per, of, only)?;
    let (then, total_before) = measure(facts, before, per, of, only)?;
    let mut table = Table::new("periods", &["period", "value", "before", "running"]).with_bars("value");
    for ((period, value), earlier) in periods.iter().zip(now).zip(then) {
        let running = Cell::Flag(is_running(per, *period, today));
        table.rows.push(vec![Cell::text(per.label(period.from)), value, earlier, running]);
    }
    let mut figures = vec![
        ("from", Cell::day(range.from)),
        ("to", Cell::day(range.to)),
        ("before_from", Cell::day(before.from)),
        ("before_to", Cell::day(before.to)),
        ("per", Cell::text(per.name())),
        ("of", Cell::text(of.name())),
    ];
    if let Measure::Field(_, _, stat) = of {
        figures.push(("stat", Cell::text(stat.name())));
    }
    figures.extend([("total", total), ("total_before", total_before)]);
    Ok(Report { question: "trend", figures, tables: vec![table] })
}

/// What is measured in each period, and over the whole range where that can be told.
fn measure<F: Facts>(
    facts: &F,
    range: Range,
    per: Per,
    of: &Measure,
    only: &Only,
) -> Result<(Vec<Cell>, Cell), F::Error> {
    let (first, periods) = (facts.first_day()?, range.periods(per));
    match of {
        Measure::Events => {
            let (known_from, days) = events(facts, range, only)?;
            let mut events: BTreeMap<Day, u64> = BTreeMap::new();
            for (day, count) in days {
                *events.entry(per.start(day)).or_default() += count;
            }
            let cell = |period: &Range| {
                since(known_from, *period, Cell::Count(events.get(&period.from).copied().unwrap_or(0)))
            };
            let total = since(known_from, range, Cell::Count(events.values().sum()));
            Ok((periods.iter().map(cell).collect(), total))
        }
        Measure::Installs => {
            let active = active_by_day(facts, range, only)?;
            let past = past_days(facts, Role::Runtime.name(), range, per, only)?;
            let cell = |period: &Range| {
                installs_of(first, *period, union(active.iter(), *period).len(), past.as_ref().map(BTreeMap::values))
            };
            let total = since(first, range, Cell::Count(union(active.iter(), range).len()));
            Ok((periods.iter().map(cell).collect(), total))
        }
        Measure::Field(_, field, stat) => {
            let numbers = facts.numbers(field, range, only, per)?;
            let first = all_stored_from(first);
            let by_period: BTreeMap<Day, &NumberStats> = numbers.iter().map(|stats| (stats.period, stats)).collect();
            let cell = |period: &Range| {
                let numbers = by_period.get(&period.from);
                since(first, *period, numbers.map_or(stat.of_none(), |numbers| Cell::Number(stat.of(numbers))))
            };
            let total = match stat {
                // From zero on, because nothing sums up to a negative zero.
                Stat::Sum => Cell::Number(numbers.iter().fold(0.0, |sum, numbers| sum + numbers.sum)),
                Stat::Mean | Stat::Median | Stat::P95 => Cell::Empty,
            };
            Ok((periods.iter().map(cell).collect(), since(first, range, total)))
        }
    }
}

/// The events of days, and the first day of which they are known. An event has one runtime, and at most one value of any
/// other dimension, so counts by value are enough for one dimension; for several, events are read.
fn events<F: Facts>(facts: &F, range: Range, only: &Only) -> Result<(Day, BTreeMap<Day, u64>), F::Error> {
    let first = facts.first_day()?;
    let (known_from, counts) = match &only.dimensions[..] {
        [] => (Day(i32::MIN), facts.daily(Role::Runtime.name(), range)?),
        [OneOf { dimension, values, .. }] => {
            let mut counts = facts.daily(dimension, range)?;
            counts.retain(|value, _| values.contains(value));
            (first, counts)
        }
        _ => return Ok((all_stored_from(first), facts.events(range, only)?)),
    };
    let mut events = BTreeMap::new();
    for (day, count) in counts.into_values().flatten() {
        *events.entry(day).or_default() += count.events;
    }
    Ok((known_from, events))
}

impl Measure {
    /// Its name.
    fn name(&self) -> &str {
        match self {
            Self::Events => "events",
            Self::Installs => "installs",
            Self::Field(name, _, _) => name,
        }
    }
}

impl Stat {
    /// The figure of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "sum" => Some(Self::Sum),
            "mean" => Some(Self::Mean),
            "median" => Some(Self::Median),
            "p95" => Some(Self::P95),
            _ => None,
        }
    }

    /// What it is of these numbers.
    fn of(self, numbers: &NumberStats) -> f64 {
        match self {
            Self::Sum => numbers.sum,
            Self::Mean => numbers.mean,
            Self::Median => numbers.median,
            Self::P95 => numbers.p95,
        }
    }

    /// What it is of no numbers: they sum up to zero, but have no mean.
    fn of_none(self) -> Cell {
        match self {
            Self::Sum => Cell::Number(0.0),
            Self::Mean | Self::Median | Self::P95 => Cell::Empty,
        }
    }

    /// Its name.
    fn name(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::P95 => "p95",
        }
    }
}
