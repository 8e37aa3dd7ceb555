//! The figures of measurements and their medians.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// One server, one measurement; or the medians of several, each of its own.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    pub(crate) events_per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) p999_ms: f64,
    pub(crate) max_ms: f64,
    pub(crate) server_cpu_us_per_request: Option<f64>,
    pub(crate) server_cpu_us_per_event: Option<f64>,
    pub(crate) generator_cpu_us_per_request: Option<f64>,
    /// CPU time of the load generator over the time its threads had; near 1 it is the limit.
    pub(crate) generator_busy: Option<f64>,
}

/// One measurement of everything, one after the other; or the medians of all rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Round {
    pub(crate) no_op: Measured,
    pub(crate) askfirst: Measured,
    /// Requests per second of askfirst over those of no-op.
    pub(crate) ratio: f64,
    /// Drift's events, one a request.
    pub(crate) single: Measured,
    /// Drift's events, a hundred a request.
    pub(crate) batch: Measured,
    /// The server's CPU time of a batch over that of a single event.
    pub(crate) batch_cost: Option<f64>,
}

impl Round {
    /// Brings measurements together that were made one after the other.
    pub(crate) fn new(no_op: Measured, askfirst: Measured, [single, batch]: [Measured; 2]) -> Self {
        let ratio = askfirst.requests_per_second / no_op.requests_per_second;
        let [one, many] = [single, batch].map(|measured| measured.server_cpu_us_per_request);
        let batch_cost = many.zip(one).map(|(many, one)| many / one);
        Self { no_op, askfirst, ratio, single, batch, batch_cost }
    }

    /// Ratios are the medians of the rounds' ratios, not ratios of medians: neighbours in time share their machine.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let each = |of: fn(&Self) -> Measured| Measured::median(&rounds.iter().map(of).collect::<Vec<_>>());
        Self {
            no_op: each(|round| round.no_op),
            askfirst: each(|round| round.askfirst),
            ratio: median(rounds.iter().map(|round| round.ratio).collect()),
            single: each(|round| round.single),
            batch: each(|round| round.batch),
            batch_cost: rounds.iter().map(|round| round.batch_cost).collect::<Option<_>>().map(median),
        }
    }
}

impl Measured {
    /// Each figure's median, of its own.
    pub(crate) fn median(of: &[Self]) -> Self {
        let each = |figure: fn(&Self) -> f64| median(of.iter().map(figure).collect());
        // A figure that one round lacks, all lack: there is a `/proc` or there is none.
        let known = |figure: fn(&Self) -> Option<f64>| of.iter().map(figure).collect::<Option<_>>().map(median);
        Self {
            requests_per_second: each(|measured| measured.requests_per_second),
            events_per_second: each(|measured| measured.events_per_second),
            p50_ms: each(|measured| measured.p50_ms),
            p99_ms: each(|measured| measured.p99_ms),
            p999_ms: each(|measured| measured.p999_ms),
            max_ms: each(|measured| measured.max_ms),
            server_cpu_us_per_request: known(|measured| measured.server_cpu_us_per_request),
            server_cpu_us_per_event: known(|measured| measured.server_cpu_us_per_event),
            generator_cpu_us_per_request: known(|measured| measured.generator_cpu_us_per_request),
            generator_busy: known(|measured| measured.generator_busy),
        }
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests_per_second, p50_ms, p99_ms, .. } = self;
        write!(formatter, "{requests_per_second:>7.0} requests/s, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms")
    }
}

/// A rate. Zero time gives infinity or NaN, never a panic.
#[expect(clippy::cast_precision_loss, reason = "2^53 requests are centuries")]
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// The middle value, or the mean of the two middle ones. NaN of nothing, which keeps no ceiling.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A measurement of the given rate whose other figures are fixed.
    pub(crate) fn measured(requests_per_second: f64, p99_ms: f64) -> Measured {
        Measured {
            requests_per_second,
            events_per_second: requests_per_second,
            p50_ms: 1.5,
            p99_ms,
            p999_ms: 30.0,
            max_ms: 40.0,
            server_cpu_us_per_request: Some(20.0),
            server_cpu_us_per_event: Some(20.0),
            generator_cpu_us_per_request: None,
            generator_busy: Some(0.95),
        }
    }

    fn assert_near(left: f64, right: f64) {
        assert!((left - right).abs() < 1e-9, "{left} is not {right}");
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_near(median(vec![9.0, 1.0, 5.0]), 5.0);
        assert_near(median(vec![4.0, 1.0, 2.0, 9.0]), 3.0);
        assert_near(median(vec![7.0]), 7.0);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn the_ratio_is_the_median_of_the_pairs() {
        // Ratios 0.5, 0.25 and 0.75, while the medians of the columns would give 200 / 300.
        let pairs = [(200.0, 100.0), (800.0, 200.0), (300.0, 225.0)];
        let drift = [measured(50.0, 2.0), measured(5.0, 2.0)];
        let round = |(no_op, askfirst)| Round::new(measured(no_op, 2.0), measured(askfirst, 2.0), drift);
        let medians = Round::median(&pairs.map(round));
        assert_near(medians.ratio, 0.5);
        assert_near(medians.no_op.requests_per_second, 300.0);
        assert_near(medians.askfirst.requests_per_second, 200.0);
    }

    #[test]
    fn the_cost_of_a_batch_is_the_median_of_the_pairs() {
        let of = |micros| Measured { server_cpu_us_per_request: micros, ..measured(1.0, 1.0) };
        let round = |one, many| Round::new(of(None), of(None), [of(one), of(many)]);
        let rounds = [(20.0, 200.0), (80.0, 640.0), (30.0, 360.0)].map(|(one, many)| round(Some(one), Some(many)));
        assert_near(Round::median(&rounds).batch_cost.unwrap(), 10.0);
        assert_eq!(Round::median(&[rounds[0], round(None, Some(1.0))]).batch_cost, None);
    }

    #[test]
    fn a_figure_unknown_once_is_unknown() {
        let mut unknown = measured(1.0, 1.0);
        unknown.server_cpu_us_per_request = None;
        let median = Measured::median(&[measured(1.0, 1.0), unknown]);
        assert_eq!(median.server_cpu_us_per_request, None);
        assert_eq!(median.generator_busy, Some(0.95));
    }
}
