//! `active`: how many distinct installs were active, new and returning.

use std::collections::BTreeMap;

use askfirst_contract::Day;

use super::{Facts, Per, Range, active_by_day, narrow, union};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

/// Days of the longer rolling window.
const MONTH: i32 = 28;
const WEEK: i32 = 7;

pub(super) fn answer<F: Facts>(
    facts: &F,
    range: Range,
    per: Per,
    only: &[(String, String)],
    today: Day,
) -> Result<Report, F::Error> {
    let range = Range { from: per.start(range.from), ..range };
    let with_windows = Range { from: Day(range.from.0 - MONTH + 1), ..range };
    let active = active_by_day(facts, with_windows, only)?;
    let first_days = facts.first_days(range)?;
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
            Cell::Count(installs.len()),
            Cell::Count(new),
            Cell::Count(installs.len() - new),
        ];
        if per == Per::Day {
            let last_28 = union(active.iter(), Range::last(MONTH, period.to)).len();
            row.push(Cell::Count(union(active.iter(), Range::last(WEEK, period.to)).len()));
            row.push(Cell::Count(last_28));
            row.push(Cell::share(installs.len(), last_28));
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
            ("installs", Cell::Count(all.len())),
            ("new", Cell::Count(new)),
            ("returning", Cell::Count(all.len() - new)),
        ],
        tables: vec![table],
    })
}

pub(super) fn answer_by<F: Facts>(
    facts: &F,
    range: Range,
    per: Per,
    by: &str,
    only: &[(String, String)],
    today: Day,
) -> Result<Report, F::Error> {
    let range = Range { from: per.start(range.from), ..range };
    let all = union(active_by_day(facts, range, only)?.iter(), range);
    let mut values: Vec<(String, BTreeMap<Day, Installs>, u64)> = Vec::new();
    for (value, mut days) in facts.sets(by, range)? {
        narrow(facts, range, only, &mut days)?;
        let installs = union(days.iter(), range).len();
        values.push((value, days, installs));
    }
    values.sort_by(|(a, _, more), (b, _, most)| most.cmp(more).then_with(|| a.cmp(b)));
    let mut periods = Table::new("periods", &["period", "value", "installs", "running"]);
    for period in range.periods(per) {
        for (value, days, _) in &values {
            periods.rows.push(vec![
                Cell::text(per.label(period.from)),
                Cell::text(value),
                Cell::Count(union(days.iter(), period).len()),
                Cell::Flag(is_running(per, period, today)),
            ]);
        }
    }
    let mut by_value = Table::new("values", &["value", "installs", "share"]).with_bars("installs");
    for (value, _, installs) in &values {
        by_value.rows.push(vec![Cell::text(value), Cell::Count(*installs), Cell::share(*installs, all.len())]);
    }
    Ok(Report {
        question: "active",
        figures: vec![
            ("from", Cell::day(range.from)),
            ("to", Cell::day(range.to)),
            ("per", Cell::text(per.name())),
            ("by", Cell::text(by)),
            ("installs", Cell::Count(all.len())),
        ],
        tables: vec![periods, by_value],
    })
}

/// Whether there may be more of a period: the running day lies in it.
pub(super) fn is_running(per: Per, period: Range, today: Day) -> bool {
    per.start(today) == period.from
}
