//! `distribution`: how the numbers in a field are spread.

use super::buckets::bounds;
use super::{Facts, FieldPlaces, Only, Range};
use crate::activity::Installs;
use crate::report::{Cell, Report, Table};

/// The numbers that a field held, in any order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Numbers {
    values: Vec<f64>,
    installs: Installs,
}

impl Numbers {
    /// Takes what stands in the field of an event, as JSON, and the number of its install. What is no number is left out:
    /// under an earlier contract, something else may have stood there.
    pub fn add(&mut self, json: &str, install: Option<u32>) {
        if let Some(number) = json.parse().ok().filter(|number: &f64| number.is_finite()) {
            self.values.push(number);
            self.installs.extend(install);
        }
    }
}

pub(super) fn answer<F: Facts>(
    facts: &F,
    range: Range,
    (name, field): (&str, &FieldPlaces),
    only: &Only,
) -> Result<Report, F::Error> {
    let found = facts.each_number(field, range, only)?;
    let mut figures = vec![("from", Cell::day(range.from)), ("to", Cell::day(range.to)), ("field", Cell::text(name))];
    let mut table = Table::new("buckets", &["from", "to", "events", "share"]).with_bars("events");
    figures.push(("too_many", Cell::Flag(found.is_none())));
    let counted = |count: fn(&Numbers) -> u64| found.as_ref().map_or(Cell::Empty, |found| Cell::Count(count(found)));
    figures.push(("events", counted(|found| found.values.len() as u64)));
    figures.push(("installs", counted(|found| found.installs.len())));
    let mut numbers = found.unwrap_or_default().values;
    numbers.sort_unstable_by(f64::total_cmp);
    for (name, figure) in ["min", "median", "mean", "p95", "max"].into_iter().zip(figures_of(&numbers)) {
        figures.push((name, figure.map_or(Cell::Empty, Cell::Number)));
    }
    for (from, to, events) in buckets(&numbers) {
        let share = Cell::share(events, numbers.len() as u64);
        table.rows.push(vec![Cell::Number(from), Cell::Number(to), Cell::Count(events), share]);
    }
    Ok(Report { question: "distribution", figures, tables: vec![table] })
}

/// The least of ascending numbers, their median, mean and 95th percentile, and the largest.
fn figures_of(numbers: &[f64]) -> [Option<f64>; 5] {
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else { return [None; 5] };
    let count = numbers.len();
    let median = f64::midpoint(numbers[(count - 1) / 2], numbers[count / 2]);
    // The smallest that at least 95 % are not above.
    let p95 = numbers[(95 * count).div_ceil(100) - 1];
    [Some(*least), Some(median), Some(mean(numbers)), Some(p95), Some(*most)]
}

fn mean(numbers: &[f64]) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53")]
    let count = numbers.len() as f64;
    let sum: f64 = numbers.iter().sum();
    // Of the largest numbers there are, the sum is too large, but no part of the mean.
    if sum.is_finite() { sum / count } else { numbers.iter().map(|number| number / count).sum() }
}

/// Buckets of ascending numbers: from, to, and how many are in each. What is at the last bound is in the last bucket.
fn buckets(numbers: &[f64]) -> Vec<(f64, f64, u64)> {
    let (Some(least), Some(most)) = (numbers.first(), numbers.last()) else { return Vec::new() };
    let bounds = bounds(*least, *most, numbers.iter().all(|number| number.fract() == 0.0));
    let mut before = 0;
    let mut buckets = Vec::new();
    for pair in bounds.windows(2) {
        let is_last = buckets.len() + 2 == bounds.len();
        let upto = if is_last { numbers.len() } else { numbers.partition_point(|number| *number < pair[1]) };
        buckets.push((pair[0], pair[1], (upto - before) as u64));
        before = upto;
    }
    buckets
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_number_is_left_out() {
        let mut numbers = Numbers::default();
        let texts = ["1", "-2.5e1", "null", "true", "\"3\"", "\"inf\"", "[4]", "{\"5\":6}", "1e999", "0.0"];
        for (install, text) in (0..).zip(texts) {
            numbers.add(text, Some(install));
        }
        numbers.add("7", None);
        assert_eq!(numbers.values, [1.0, -25.0, 0.0, 7.0]);
        assert_eq!(numbers.installs, Installs::from([0, 1, 9]));
    }

    #[test]
    fn the_largest_numbers_have_a_mean() {
        for (numbers, expected) in [(&[f64::MAX, f64::MAX][..], f64::MAX), (&[1.0, 2.0, 6.0], 3.0)] {
            assert_eq!(Cell::Number(mean(numbers)), Cell::Number(expected));
        }
    }

    proptest! {
        #[test]
        fn every_number_is_counted_where_it_belongs(mut numbers in prop::collection::vec(-400..4_000_i16, 1..200), scale in 0..3_i32) {
            numbers.sort_unstable();
            let numbers: Vec<f64> = numbers.into_iter().map(|number| f64::from(number) / 10_f64.powi(scale)).collect();
            let buckets = buckets(&numbers);
            for (index, (from, to, events)) in buckets.iter().enumerate() {
                let is_in = |number: &&f64| from <= *number && (*number < to || (index + 1 == buckets.len() && *number <= to));
                prop_assert_eq!(numbers.iter().filter(is_in).count() as u64, *events, "from {} to {}", from, to);
            }
            prop_assert_eq!(buckets.iter().map(|(_, _, events)| events).sum::<u64>(), numbers.len() as u64);
        }
    }
}
