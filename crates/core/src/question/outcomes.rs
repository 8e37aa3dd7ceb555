//! `outcomes`: what became of all that was reported, by reason, field and client version.

use askfirst_contract::Day;

use super::{Facts, Range};
use crate::report::{Cell, Report, Table};

/// The outcomes in the order of their columns; discarded counts fields.
const OUTCOMES: [&str; 5] = ["accepted", "duplicate", "limited", "refused", "discarded"];

pub(super) fn answer<F: Facts>(facts: &F, range: Range, today: Day) -> Result<Report, F::Error> {
    let columns = ["outcome", "reason", "field", "client_version", "count", "first_day", "last_day"];
    let mut counts = Table::new("counts", &columns).with_bars("count");
    for row in facts.outcomes(range)? {
        counts.rows.push(vec![
            Cell::Text(row.outcome),
            Cell::Text(row.reason),
            Cell::Text(row.field),
            Cell::Text(row.client_version),
            Cell::Count(row.count),
            Cell::day(row.days.0),
            Cell::day(row.days.1),
        ]);
    }
    let by_day = facts.outcomes_by_day(range)?;
    let count = |day: Day, outcome: &str| by_day.get(&(day, outcome.to_owned())).copied().unwrap_or(0);
    let mut days = Table::new("days", &["day", "accepted", "duplicate", "limited", "refused", "discarded", "running"]);
    for day in range.each() {
        let mut row = vec![Cell::day(day)];
        row.extend(OUTCOMES.map(|outcome| Cell::Count(count(day, outcome))));
        row.push(Cell::Flag(day == today));
        days.rows.push(row);
    }
    let mut figures = vec![("from", Cell::day(range.from)), ("to", Cell::day(range.to))];
    for outcome in OUTCOMES {
        figures.push((outcome, Cell::Count(range.each().map(|day| count(day, outcome)).sum())));
    }
    Ok(Report { question: "outcomes", figures, tables: vec![counts, days] })
}
