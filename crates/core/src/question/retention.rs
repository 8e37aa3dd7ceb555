//! `retention`: how many of those that were new in a period came back in the periods after it.

use askfirst_contract::Day;

use super::{Facts, Only, Per, Range, active_by_day, since, union};
use crate::report::{Cell, Report, Table};

pub(super) fn answer<F: Facts>(facts: &F, range: Range, per: Per, only: &Only, today: Day) -> Result<Report, F::Error> {
    let cohorts = Range { from: per.start(range.from), ..range };
    let until = Range { from: cohorts.from, to: today.max(cohorts.to) };
    let active = active_by_day(facts, until, only)?;
    let (first, first_days) = (facts.first_day()?, facts.first_days(cohorts)?);
    let periods = until.periods(per);
    let mut columns = vec!["cohort".to_owned(), "installs".to_owned()];
    columns.extend((1..periods.len()).map(|later| later.to_string()));
    let mut counts = Table { name: "counts", columns: columns.clone(), rows: Vec::new(), bars: None };
    let mut shares = Table { name: "shares", columns, rows: Vec::new(), bars: None };
    let by_period: Vec<_> = periods.iter().map(|period| union(active.iter(), *period)).collect();
    for (index, period) in periods.iter().enumerate().filter(|(_, period)| period.from <= cohorts.to) {
        // As in every answer, the last period ends with the range.
        let cohort = Range { to: period.to.min(cohorts.to), ..*period };
        let new = union(first_days.iter(), cohort) & union(active.iter(), cohort);
        let head = [Cell::text(per.label(period.from)), since(first, *period, Cell::Count(new.len()))];
        let retained: Vec<u64> = by_period[index + 1..].iter().map(|active| new.intersection_len(active)).collect();
        // What has not come yet is no zero.
        let later = std::iter::repeat_n(Cell::Empty, index);
        let cells = retained.iter().map(|count| since(first, *period, Cell::Count(*count)));
        counts.rows.push(head.iter().cloned().chain(cells).chain(later.clone()).collect());
        let cells = retained.iter().map(|count| since(first, *period, Cell::share(*count, new.len())));
        shares.rows.push(head.iter().cloned().chain(cells).chain(later).collect());
    }
    Ok(Report {
        question: "retention",
        figures: vec![
            ("from", Cell::day(cohorts.from)),
            ("to", Cell::day(cohorts.to)),
            ("per", Cell::text(per.name())),
            ("running", Cell::text(per.label(per.start(today)))),
        ],
        tables: vec![counts, shares],
    })
}
