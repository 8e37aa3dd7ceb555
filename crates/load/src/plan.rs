//! What a run is to be.

use std::time::Duration;

use crate::request::Request;
use crate::target::Target;

/// The most connections: each has a buffer of 16 KiB and a copy of its requests, of up to 50 KiB for Drift, so 70 MB.
pub const MAX_CONNECTIONS: usize = 1_024;
/// The longest run. Records carry the time of its start, and contracts refuse what is too old.
pub const MAX_LENGTH: Duration = Duration::from_hours(1);
/// The most posts a second; one thread can send about as many.
pub const MAX_RATE: u64 = 100_000;

/// What to send, where, how fast and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The server.
    pub target: Target,
    /// What each connection posts.
    pub request: Request,
    /// Connections that are kept open, each with one post in flight; at least one.
    pub connections: usize,
    /// Threads that share them, at most as many; one is the cheapest while it keeps up.
    pub threads: usize,
    /// When it ends.
    pub until: Until,
    /// How many posts are due in a time, whatever the answers; without it each connection posts as soon as it has an
    /// answer.
    pub rate: Option<Rate>,
    /// The number of the first request; the others follow. Equal numbers give equal records.
    pub first_sequence: u64,
}

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After so many posts.
    Posts(u64),
}

/// So many posts in a time, evenly spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least one.
    pub posts: u32,
    /// Longer than nothing.
    pub per: Duration,
}

impl Rate {
    /// When the post of this number, from 0, is due, from the start; later than in 584 years is in 584 years.
    pub(crate) fn due(self, number: u64) -> Duration {
        let nanos = self.per.as_nanos().saturating_mul(number.into()) / u128::from(self.posts.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How many posts are due before this time is over.
    pub(crate) fn due_within(self, time: Duration) -> u64 {
        let posts = time.as_nanos().saturating_mul(self.posts.into()).div_ceil(self.per.as_nanos().max(1));
        u64::try_from(posts).unwrap_or(u64::MAX)
    }

    /// Posts a second.
    #[must_use]
    pub fn per_second(self) -> f64 {
        f64::from(self.posts) / self.per.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        // All due within 317 years, which nanoseconds in 64 bits can tell.
        #[test]
        fn what_is_due_before_a_time_is_counted(posts in 1..200_000_u32, seconds in 1..10_000_u64, number in 0..1_000_000_u64) {
            let rate = Rate { posts, per: Duration::from_secs(seconds) };
            let due = rate.due(number);
            // Nanoseconds are rounded down, so a post may be counted just before it is due.
            prop_assert!(rate.due_within(due) <= number + 1);
            prop_assert!(rate.due_within(due + Duration::from_nanos(2)) > number);
        }
    }
}
