//! `trend`: how something changes, with the time before beside it.

use std::collections::BTreeMap;

use askfirst_contract::{Day, Role};

use super::active::is_running;
use super::{Facts, Measure, Per, Range, Stat, active_by_day, union};
use crate::report::{Cell, Report, Table};

pub(super) fn answer<F: Facts>(
    facts: &F,
    range: Range,
    per: Per,
    of: &Measure,
    today: Day,
) -> Result<Report, F::Error> {
    let range = Range { from: per.start(range.from), ..range };
    let periods = range.periods(per);
    let from = periods.iter().fold(range.from, |from, _| per.before(from));
    let before = Range { from, to: Day(range.from.0 - 1) };
    let (now, total) = measure(facts, range, per, of)?;
    let (then, total_before) = measure(facts, before, per, of)?;
    let mut table = Table::new("periods", &["period", "value", "before", "running"]).with_bars("value");
    // A period without any event is a zero, but it has no mean.
    let none = if matches!(of, Measure::Field(_, _, Stat::Mean | Stat::Median | Stat::P95)) {
        Cell::Empty
    } else {
        Cell::Count(0)
    };
    let cell = |values: &BTreeMap<Day, Cell>, start: Day| values.get(&start).cloned().unwrap_or_else(|| none.clone());
    for (period, earlier) in periods.iter().zip(before.periods(per)) {
        table.rows.push(vec![
            Cell::text(per.label(period.from)),
            cell(&now, period.from),
            cell(&then, earlier.from),
            Cell::Flag(is_running(per, *period, today)),
        ]);
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

/// What is measured by the first day of each period, and over the whole range where that can be told.
fn measure<F: Facts>(facts: &F, range: Range, per: Per, of: &Measure) -> Result<(BTreeMap<Day, Cell>, Cell), F::Error> {
    match of {
        Measure::Events => {
            let mut periods: BTreeMap<Day, u64> = BTreeMap::new();
            for (day, count) in facts.daily(Role::Runtime.name(), range)?.into_values().flatten() {
                *periods.entry(per.start(day)).or_default() += count.events;
            }
            let total = Cell::Count(periods.values().sum());
            Ok((periods.into_iter().map(|(period, count)| (period, Cell::Count(count))).collect(), total))
        }
        Measure::Installs => {
            let active = active_by_day(facts, range, &[])?;
            let count = |period: &Range| (period.from, Cell::Count(union(active.iter(), *period).len()));
            let total = Cell::Count(union(active.iter(), range).len());
            Ok((range.periods(per).iter().map(count).collect(), total))
        }
        Measure::Field(_, field, stat) => {
            let numbers = facts.numbers(field, range, per)?;
            let total = match stat {
                Stat::Sum => Cell::Number(numbers.iter().map(|numbers| numbers.sum).sum()),
                Stat::Mean | Stat::Median | Stat::P95 => Cell::Empty,
            };
            let figure = |numbers: &super::NumberStats| match stat {
                Stat::Sum => numbers.sum,
                Stat::Mean => numbers.mean,
                Stat::Median => numbers.median,
                Stat::P95 => numbers.p95,
            };
            Ok((numbers.iter().map(|numbers| (numbers.period, Cell::Number(figure(numbers)))).collect(), total))
        }
    }
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
