//! `active`: how many distinct installs were active, new and returning.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::iter;

use askfirst_contract::{Day, Role};

use super::{Daily, DayCount, Facts, Only, Per, Range, Sets, active_by_day, by_day, since, union};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

/// Days of the longer rolling window.
const MONTH: i32 = 28;
const WEEK: i32 = 7;

pub(super) fn answer<F: Facts>(facts: &F, range: Range, per: Per, only: &Only, today: Day) -> Result<Report, F::Error> {
    let range = Range { from: per.start(range.from), ..range };
    let with_windows = Range { from: Day(range.from.0 - MONTH + 1), ..range };
    let active = active_by_day(facts, with_windows, only)?;
    let (first, first_days) = (facts.first_day()?, facts.first_days(range)?);
    let past = past_days(facts, Role::Runtime.name(), range, per, only)?;
    let columns: &[&str] = match per {
        Per::Day => &["period", "installs", "new", "returning", "last_7", "last_28", "stickiness", "running"],
        Per::Week | Per::Month => &["period", "installs", "new", "returning", "running"],
    };
    let mut table = Table::new("periods", columns).with_bars("installs");
    for period in range.periods(per) {
        let installs = union(active.iter(), period);
        let new = installs.intersection_len(&union(first_days.iter(), period));
        let mut row = vec![
            Cell::text(per.label(period.from)),
            installs_of(first, period, installs.len(), past.as_ref().map(BTreeMap::values)),
            since(first, period, Cell::Count(new)),
            since(first, period, Cell::Count(installs.len() - new)),
        ];
        if per == Per::Day {
            let [week, month] = [WEEK, MONTH].map(|days| Range::last(days, period.to));
            let last_28 = union(active.iter(), month).len();
            row.push(since(first, week, Cell::Count(union(active.iter(), week).len())));
            row.push(since(first, month, Cell::Count(last_28)));
            row.push(since(first, month, Cell::share(installs.len(), last_28)));
        }
        row.push(Cell::Flag(is_running(per, period, today)));
        table.rows.push(row);
    }
    let all = union(active.iter(), range);
    let new = all.intersection_len(&union(first_days.iter(), range));
    Ok(Report {
        question: "active",
        figures: vec![
            ("from", Cell::day(range.from)),
            ("to", Cell::day(range.to)),
            ("per", Cell::text(per.name())),
            ("installs", since(first, range, Cell::Count(all.len()))),
            ("new", since(first, range, Cell::Count(new))),
            ("returning", since(first, range, Cell::Count(all.len() - new))),
        ],
        tables: vec![table],
    })
}

pub(super) fn answer_by<F: Facts>(
    facts: &F,
    range: Range,
    per: Per,
    (by, top): (&str, u32),
    only: &Only,
    today: Day,
) -> Result<Report, F::Error> {
    let range = Range { from: per.start(range.from), ..range };
    let (first, past) = (facts.first_day()?, past_days(facts, by, range, per, only)?);
    let all = union(active_by_day(facts, range, only)?.iter(), range);
    let mut values = by_size(only.sets(facts, by, range)?, past.as_ref(), range);
    let others = values.split_off(values.len().min(top as usize));
    let others_by_day = by_day(others.iter().flat_map(|(_, _, days)| days).map(|(day, installs)| (*day, installs)));
    let mut periods = Table::new("periods", &["period", "value", "installs", "running"]);
    let mut other_periods = Table::new("other_periods", &["period", "installs", "running"]);
    for period in range.periods(per) {
        let (label, running) = (per.label(period.from), Cell::Flag(is_running(per, period, today)));
        for (_, value, days) in &values {
            let installs = union(days.iter(), period).len();
            let counts = past.as_ref().and_then(|past| past.get(value));
            let installs = installs_of(first, period, installs, counts.map(iter::once));
            periods.rows.push(vec![Cell::text(&label), Cell::text(value), installs, running.clone()]);
        }
        if !others.is_empty() {
            let installs = since(first, period, Cell::Count(union(others_by_day.iter(), period).len()));
            other_periods.rows.push(vec![Cell::text(label), installs, running]);
        }
    }
    let row = |value: Cell, installs: u64| {
        let (count, share) = (Cell::Count(installs), Cell::share(installs, all.len()));
        vec![value, since(first, range, count), since(first, range, share)]
    };
    let mut by_value = Table::new("values", &["value", "installs", "share"]).with_bars("installs");
    by_value.rows.extend(values.iter().map(|(installs, value, _)| row(Cell::text(value), *installs)));
    let mut other = Table::new("other", &["values", "installs", "share"]);
    if !others.is_empty() {
        other.rows.push(row(Cell::Count(others.len() as u64), union(others_by_day.iter(), range).len()));
    }
    Ok(Report {
        question: "active",
        figures: vec![
            ("from", Cell::day(range.from)),
            ("to", Cell::day(range.to)),
            ("per", Cell::text(per.name())),
            ("by", Cell::text(by)),
            ("installs", since(first, range, Cell::Count(all.len()))),
        ],
        tables: vec![periods, other_periods, by_value, other],
    })
}

/// The values of a dimension with their installs, how many and by day: those with the most first. Of values that only counts
/// are left of, there are none.
fn by_size(mut sets: Sets, past: Option<&Daily>, range: Range) -> Vec<(u64, String, BTreeMap<Day, Installs>)> {
    let was_active = |days: &BTreeMap<Day, DayCount>| days.values().any(|count| count.installs > 0);
    for (value, _) in past.into_iter().flatten().filter(|(_, days)| was_active(days)) {
        sets.entry(value.clone()).or_default();
    }
    let with_installs = |(value, days)| (union(BTreeMap::iter(&days), range).len(), value, days);
    let mut values: Vec<_> = sets.into_iter().map(with_installs).collect();
    // Those with as many stay in the order of their texts, which they are in.
    values.sort_by_key(|(installs, _, _)| Reverse(*installs));
    values
}

/// The counts that are left of days past retention; `None` where days are not told one by one, or only some installs are
/// meant.
pub(super) fn past_days<F: Facts>(
    facts: &F,
    dimension: &str,
    range: Range,
    per: Per,
    only: &Only,
) -> Result<Option<Daily>, F::Error> {
    let past = Range { from: range.from, to: Day(facts.first_day()?.0 - 1).min(range.to) };
    let is_told = per == Per::Day && only.is_everything();
    is_told.then(|| facts.daily(dimension, past)).transpose()
}

/// How many installs were active in a period: so many, or of a day past retention as many as were counted by values.
pub(super) fn installs_of<'p>(
    first: Day,
    period: Range,
    installs: u64,
    past: Option<impl Iterator<Item = &'p BTreeMap<Day, DayCount>>>,
) -> Cell {
    match past {
        Some(values) if period.from < first => {
            let counts = values.filter_map(|days| days.get(&period.from));
            Cell::Count(counts.map(|count| count.installs).sum())
        }
        _ => since(first, period, Cell::Count(installs)),
    }
}

/// Whether there may be more of a period: the running day lies in it.
pub(super) fn is_running(per: Per, period: Range, today: Day) -> bool {
    per.start(today) == period.from
}
