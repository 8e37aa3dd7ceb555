//! What came of the posts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::request::Outcome;

/// Latencies are kept from 1 µs to an hour, the longest run, at three digits: 184 KiB. Longer ones count as an hour.
const MAX_LATENCY_US: u64 = 3_600_000_000;
/// Of the answer that is kept as an example, this many bytes of the body.
const EXAMPLE_BYTES: usize = 300;

/// What came of the posts of a run.
#[derive(Clone, Debug)]
pub struct Tally {
    /// The address that was connected to.
    pub server: SocketAddr,
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
    /// From the first post to the last answer.
    pub elapsed: Duration,
    /// The first number that no request had.
    pub next_sequence: u64,
    /// In microseconds.
    latencies: Histogram<u64>,
}

impl Tally {
    /// Nothing yet.
    pub(crate) fn new(server: SocketAddr) -> Result<Self, hdrhistogram::CreationError> {
        Ok(Self {
            server,
            accepted: 0,
            limited: 0,
            refused: 0,
            broken: 0,
            unanswered: 0,
            statuses: BTreeMap::new(),
            first_problem: None,
            elapsed: Duration::ZERO,
            next_sequence: 0,
            latencies: Histogram::new_with_max(MAX_LATENCY_US, 3)?,
        })
    }

    /// Counts an answer.
    pub(crate) fn answered(&mut self, outcome: Outcome, status: u16, body: &[u8], latency: Duration) {
        *self.statuses.entry(status).or_default() += 1;
        self.took(latency);
        match outcome {
            Outcome::Accepted => self.accepted += 1,
            Outcome::Limited => self.limited += 1,
            Outcome::Refused => {
                self.refused += 1;
                self.first_problem.get_or_insert_with(|| example(status, body));
            }
        }
    }

    /// Counts a post whose connection broke. It has no latency: there was no answer to wait for.
    pub(crate) fn broke(&mut self, why: &str) {
        self.broken += 1;
        self.first_problem.get_or_insert_with(|| why.to_owned());
    }

    /// Counts a post that was waited for in vain, for this long.
    pub(crate) fn waited(&mut self, time: Duration) {
        self.unanswered += 1;
        self.took(time);
        self.first_problem.get_or_insert_with(|| "no answer in time".to_owned());
    }

    fn took(&mut self, time: Duration) {
        self.latencies.saturating_record(u64::try_from(time.as_micros()).unwrap_or(MAX_LATENCY_US));
    }

    /// Adds what another thread has.
    pub(crate) fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.limited += other.limited;
        self.refused += other.refused;
        self.broken += other.broken;
        self.unanswered += other.unanswered;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        if self.first_problem.is_none() {
            self.first_problem.clone_from(&other.first_problem);
        }
        self.elapsed = self.elapsed.max(other.elapsed);
        // `saturating_record` kept every value within the bounds that all histograms share.
        self.latencies += &other.latencies;
    }

    /// All posts that were due.
    #[must_use]
    pub fn posts(&self) -> u64 {
        self.accepted + self.errors()
    }

    /// All posts that were not accepted.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.limited + self.refused + self.broken + self.unanswered
    }

    /// The latency that this share of the posts, 0 to 1, did not exceed; zero where there was none. Broken ones are left
    /// out.
    #[must_use]
    pub fn latency(&self, share: f64) -> Duration {
        Duration::from_micros(self.latencies.value_at_quantile(share))
    }
}

/// `503: Service Unavailable`
fn example(status: u16, body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(EXAMPLE_BYTES)]);
    let text = text.trim();
    if text.is_empty() { status.to_string() } else { format!("{status}: {text}") }
}
