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
    /// At a fixed rate, the share of the requests due that had no answer when the measurement ended.
    pub(crate) unanswered: f64,
}

impl Measured {
    /// Each figure's median, of its own.
    pub(crate) fn median(of: impl Iterator<Item = Self>) -> Self {
        let of: Vec<Self> = of.collect();
        let each = |figure: fn(&Self) -> f64| median(of.iter().map(figure).collect());
        let known = |figure: fn(&Self) -> Option<f64>| median_if_known(of.iter().map(figure));
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
            unanswered: each(|measured| measured.unanswered),
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

/// The part of a whole. Nothing of nothing is NaN.
#[expect(clippy::cast_precision_loss, reason = "2^53 requests are centuries, 2^53 bytes no file")]
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// The median where all are known: there is a `/proc` or there is none.
pub(crate) fn median_if_known(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.collect::<Option<_>>().map(median)
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
            unanswered: 0.0,
        }
    }

    pub(crate) fn assert_near(left: f64, right: f64) {
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
    fn a_figure_unknown_once_is_unknown() {
        let mut unknown = measured(1.0, 1.0);
        unknown.server_cpu_us_per_request = None;
        let median = Measured::median([measured(1.0, 1.0), unknown].into_iter());
        assert_eq!(median.server_cpu_us_per_request, None);
        assert_eq!(median.generator_busy, Some(0.95));
    }
}
