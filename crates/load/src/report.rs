//! A run in figures, and whether the server did well.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::plan::Plan;
use crate::tally::Tally;

/// Nineteen posts in twenty are to be answered within this time by a server on the same machine.
const LOOPBACK_P95: Duration = Duration::from_millis(100);
/// And by one that is elsewhere.
const REMOTE_P95: Duration = Duration::from_millis(500);
/// The share of errors is to be below this.
const ERROR_SHARE: f64 = 0.01;

/// A run in figures.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Where it was posted to.
    pub url: String,
    /// Connections, each with one post in flight.
    pub connections: usize,
    /// Posts that were due a second; none where each connection posted as soon as it had an answer.
    pub rate: Option<f64>,
    /// Events of a post.
    pub events_per_post: u64,
    /// From the first post to the last answer.
    pub seconds: f64,
    /// All posts that were due.
    pub posts: u64,
    /// Answered with success, all events taken.
    pub accepted: u64,
    /// Answered that a limit was reached.
    pub limited: u64,
    /// Answered with anything else.
    pub refused: u64,
    /// Ended with their connection, or found none.
    pub broken: u64,
    /// Not answered in time, or due and never sent when the run ended.
    pub unanswered: u64,
    /// How many answers there were of each status.
    pub statuses: BTreeMap<u16, u64>,
    /// The first post that was neither accepted nor limited: its status and the start of the answer, or what broke.
    pub first_problem: Option<String>,
    /// Accepted posts a second.
    pub posts_per_second: f64,
    /// Events in accepted posts a second.
    pub events_per_second: f64,
    /// Of all posts but the broken ones; with a rate from when a post was due, else from when it was sent.
    pub latency_ms: Latencies,
    /// The share of posts that were not accepted, limited ones included.
    pub error_share: f64,
    /// What the latency of 95 % is held against.
    pub p95_ceiling_ms: f64,
    /// What the share of errors has to be below.
    pub error_share_ceiling: f64,
    /// Whether both are kept.
    pub pass: bool,
}

/// Latencies in milliseconds, each of which so many posts did not exceed.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latencies {
    /// Half of them.
    pub p50: f64,
    /// 95 %.
    pub p95: f64,
    /// 99 %.
    pub p99: f64,
    /// All.
    pub max: f64,
}

impl Report {
    /// What came of a plan.
    #[must_use]
    pub fn of(plan: &Plan, tally: &Tally) -> Self {
        let [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1.0].map(|share| tally.latency(share));
        let p95_ceiling = if tally.server.ip().is_loopback() { LOOPBACK_P95 } else { REMOTE_P95 };
        let seconds = tally.elapsed.as_secs_f64();
        let per_second = |count| if seconds > 0.0 { float(count) / seconds } else { 0.0 };
        // Without a post, nothing is shown to be well.
        let error_share = if tally.posts() > 0 { float(tally.errors()) / float(tally.posts()) } else { 1.0 };
        Self {
            url: plan.request.url().to_owned(),
            connections: plan.connections,
            rate: plan.rate.map(crate::plan::Rate::per_second),
            events_per_post: plan.request.events(),
            seconds,
            posts: tally.posts(),
            accepted: tally.accepted,
            limited: tally.limited,
            refused: tally.refused,
            broken: tally.broken,
            unanswered: tally.unanswered,
            statuses: tally.statuses.clone(),
            first_problem: tally.first_problem.clone(),
            posts_per_second: per_second(tally.accepted),
            events_per_second: per_second(tally.accepted * plan.request.events()),
            latency_ms: Latencies { p50: millis(p50), p95: millis(p95), p99: millis(p99), max: millis(max) },
            error_share,
            p95_ceiling_ms: millis(p95_ceiling),
            error_share_ceiling: ERROR_SHARE,
            pass: p95 <= p95_ceiling && error_share < ERROR_SHARE,
        }
    }

    /// Whether the latency of 95 % kept its ceiling.
    #[must_use]
    pub fn is_fast_enough(&self) -> bool {
        self.latency_ms.p95 <= self.p95_ceiling_ms
    }

    /// Whether there were few enough errors.
    #[must_use]
    pub fn is_right_enough(&self) -> bool {
        self.error_share < self.error_share_ceiling
    }
}

fn millis(time: Duration) -> f64 {
    // Whole microseconds are what is measured.
    float(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)) / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "2^53 posts, or microseconds, are centuries")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use askfirst_contract::Timestamp;

    use super::*;
    use crate::plan::{Rate, Until};
    use crate::request::{Outcome, Request};
    use crate::target::Target;

    /// The report on a server at this address, after posts with these outcomes and latencies in milliseconds.
    fn report(server: &str, posts: &[(Outcome, u64)]) -> Report {
        let target = Target::parse(&format!("http://{server}")).unwrap();
        let request = Request::drift(&target, Timestamp(0), 10);
        let rate = Some(Rate { posts: 90, per: Duration::from_mins(1) });
        let until = Until::Elapsed(Duration::from_secs(2));
        let plan = Plan { target, request, connections: 3, threads: 1, until, rate, first_sequence: 0 };
        let mut tally = Tally::new(server.parse().unwrap()).unwrap();
        for (outcome, millis) in posts {
            tally.answered(*outcome, 200, b"", Duration::from_millis(*millis));
        }
        tally.elapsed = Duration::from_secs(2);
        Report::of(&plan, &tally)
    }

    fn accepted(count: usize, millis: u64) -> Vec<(Outcome, u64)> {
        vec![(Outcome::Accepted, millis); count]
    }

    #[test]
    fn a_server_on_the_same_machine_has_less_time() {
        let slow = |millis| [accepted(94, 1), accepted(6, millis)].concat();
        for (server, millis, pass) in [
            ("127.0.0.1:80", 99, true),
            ("127.0.0.1:80", 101, false),
            ("[::1]:80", 101, false),
            ("192.0.2.1:80", 101, true),
            ("192.0.2.1:80", 499, true),
            ("192.0.2.1:80", 501, false),
        ] {
            let report = report(server, &slow(millis));
            assert_eq!(
                (report.pass, report.is_fast_enough(), report.is_right_enough()),
                (pass, pass, true),
                "{report:?}"
            );
        }
        assert!(report("127.0.0.1:80", &[accepted(95, 1), accepted(5, 900)].concat()).pass, "95 % were fast");
    }

    #[test]
    fn one_error_in_a_hundred_is_too_many() {
        for outcome in [Outcome::Limited, Outcome::Refused] {
            let report = |others| report("127.0.0.1:80", &[accepted(others, 1), vec![(outcome, 1)]].concat());
            assert!(report(100).pass);
            let failed = report(99);
            assert_eq!((failed.pass, failed.is_right_enough()), (false, false), "{failed:?}");
        }
        assert!(!report("127.0.0.1:80", &[]).pass, "nothing was shown to be well");
    }

    #[test]
    fn rates_are_those_of_what_was_accepted() {
        let report = report("127.0.0.1:80", &[accepted(60, 1), vec![(Outcome::Refused, 1); 40]].concat());
        let rates = (report.posts_per_second, report.events_per_second, report.rate);
        assert_eq!(rates, (30.0, 300.0, Some(1.5)));
        assert_eq!((report.posts, report.accepted, report.refused), (100, 60, 40));
    }
}
