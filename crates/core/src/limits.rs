//! Limits in sliding windows: exact, and decided from the receipts of stored events alone.

use std::collections::{HashMap, VecDeque};

use askfirst_contract::{Limits, Rate, Timestamp};

use crate::outcome::Scope;

/// The receipts of stored events within a sliding span, by key.
///
/// One log of all receipts in order, each linked to the one before it of the same key: 24 bytes a receipt, and one
/// map entry a key, however the keys are spread.
#[derive(Debug)]
pub struct Window {
    rate: Rate,
    log: VecDeque<Receipt>,
    /// The number of the first receipt in the log; receipts are numbered from 1.
    first: u64,
    /// The number of each key's latest receipt.
    latest: HashMap<u64, u64>,
}

#[derive(Debug, Clone, Copy)]
struct Receipt {
    at: i64,
    key: u64,
    /// The number of the receipt before it of the same key, or 0.
    previous: u64,
}

impl Window {
    /// An empty window.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, log: VecDeque::new(), first: 1, latest: HashMap::new() }
    }

    /// The milliseconds until one more event with any of these keys may be stored; `None` if it may now.
    ///
    /// Several keys count together: an address has two around midnight, while its key changes.
    #[must_use]
    pub fn wait(&self, keys: &[u64], now: Timestamp) -> Option<i64> {
        let limit = self.rate.count as usize;
        let start = now.0 - self.rate.per.0;
        let mut receipts: Vec<i64> = Vec::new();
        for key in keys {
            receipts.extend(self.receipts(*key).take_while(|at| *at > start).take(limit));
        }
        if receipts.len() < limit {
            return None;
        }
        // With the `limit` newest in the window, the oldest of these must leave it.
        receipts.sort_unstable_by(|a, b| b.cmp(a));
        Some(receipts[limit - 1] - start)
    }

    /// The seconds a client is told to wait: [`Self::wait`], rounded up.
    pub(crate) fn retry_after(&self, keys: &[u64], now: Timestamp) -> Option<u32> {
        Some(retry_after(self.wait(keys, now)?, self.rate))
    }

    /// How many receipts are remembered.
    pub(crate) fn len(&self) -> usize {
        self.log.len()
    }

    /// Notes that an event was stored.
    pub fn record(&mut self, key: u64, received_at: Timestamp) {
        let number = self.first + self.log.len() as u64;
        let previous = self.latest.insert(key, number).unwrap_or(0);
        self.log.push_back(Receipt { at: received_at.0, key, previous });
    }

    /// Forgets what has left the window.
    pub fn forget(&mut self, now: Timestamp) {
        let start = now.0 - self.rate.per.0;
        while let Some(oldest) = self.log.front().copied().filter(|oldest| oldest.at <= start) {
            if self.latest.get(&oldest.key) == Some(&self.first) {
                self.latest.remove(&oldest.key);
            }
            self.log.pop_front();
            self.first += 1;
        }
    }

    /// The receipts of a key, newest first.
    fn receipts(&self, key: u64) -> impl Iterator<Item = i64> {
        let receipt = move |number: u64| self.log.get(usize::try_from(number.checked_sub(self.first)?).ok()?);
        let latest = self.latest.get(&key).and_then(|number| receipt(*number));
        std::iter::successors(latest, move |last| receipt(last.previous)).map(|receipt| receipt.at)
    }
}

/// The seconds a client is told to wait for so many milliseconds: rounded up, at least one, and no more than the window,
/// also where the clock was set back and receipts lie in the future.
#[must_use]
pub fn retry_after(wait: i64, rate: Rate) -> u32 {
    let wait = wait.min(rate.per.0).max(1);
    u32::try_from((wait + 999) / 1_000).unwrap_or(u32::MAX)
}

/// The limits of a contract.
#[derive(Debug)]
pub struct Limiter {
    install: Option<Window>,
    address: Option<Window>,
}

impl Limiter {
    /// Empty windows for these limits.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self { install: limits.install.map(Window::new), address: limits.address.map(Window::new) }
    }

    /// How far back receipts must be known, in milliseconds.
    #[must_use]
    pub fn reach(limits: &Limits) -> i64 {
        [limits.install, limits.address].into_iter().flatten().map(|rate| rate.per.0).max().unwrap_or(0)
    }

    /// Whose limit the next event is over and the seconds until it is not; the install's is looked at first. At least
    /// one second, and at most the length of the limit's window.
    ///
    /// `install` is the ledger's number of a known install, `addresses` the hashes of the client's address.
    #[must_use]
    pub fn over(&self, install: Option<u64>, addresses: &[u64], now: Timestamp) -> Option<(Scope, u32)> {
        let retry_after = |window: &Option<Window>, keys: &[u64]| window.as_ref()?.retry_after(keys, now);
        retry_after(&self.install, install.as_slice())
            .map(|seconds| (Scope::Install, seconds))
            .or_else(|| retry_after(&self.address, addresses).map(|seconds| (Scope::Address, seconds)))
    }

    /// Notes that an event was stored.
    pub fn record(&mut self, install: Option<u64>, address: Option<u64>, received_at: Timestamp) {
        if let (Some(window), Some(install)) = (&mut self.install, install) {
            window.record(install, received_at);
        }
        if let (Some(window), Some(address)) = (&mut self.address, address) {
            window.record(address, received_at);
        }
    }

    /// Forgets what has left the windows.
    pub fn forget(&mut self, now: Timestamp) {
        for window in [&mut self.install, &mut self.address].into_iter().flatten() {
            window.forget(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use askfirst_contract::Span;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The model: every receipt in a list, counted anew each time.
        #[test]
        fn agrees_with_counting_every_receipt(
            steps in prop::collection::vec((0..400_i64, 0..4_u64, 0..4_u64), 1..200),
            count in 1..5_u32,
        ) {
            let rate = Rate { count, per: Span(1_000) };
            let mut window = Window::new(rate);
            let mut all: Vec<(i64, u64)> = Vec::new();
            let mut now = 0;
            for (later, key, other) in steps {
                now += later;
                let keys = if key == other { vec![key] } else { vec![key, other] };
                let mut in_window: Vec<i64> =
                    all.iter().filter(|(at, k)| *at > now - 1_000 && keys.contains(k)).map(|(at, _)| *at).collect();
                in_window.sort_unstable_by(|a, b| b.cmp(a));
                let wait = in_window.get(count as usize - 1).map(|oldest| oldest + 1_000 - now);
                prop_assert_eq!(window.wait(&keys, Timestamp(now)), wait);
                if wait.is_none() {
                    window.forget(Timestamp(now));
                    window.record(key, Timestamp(now));
                    all.push((now, key));
                }
                let live = all.iter().filter(|(at, _)| *at > now - 1_000).count();
                prop_assert!(window.log.len() <= live + all.len() && window.latest.len() <= window.log.len());
            }
        }
    }

    #[test]
    fn the_seconds_to_wait_are_never_none_and_never_more_than_the_window() {
        let limits = Limits {
            install: Some(Rate { count: 1, per: Span::HOUR }),
            address: Some(Rate { count: 1, per: Span(60_000) }),
        };
        let mut limiter = Limiter::new(&limits);
        let stored = 10 * Span::DAY.0;
        limiter.record(Some(1), Some(1), Timestamp(stored));
        let told = |install, address| (Some((Scope::Install, install)), Some((Scope::Address, address)));
        let of_install = |now| limiter.over(Some(1), &[1], Timestamp(now));
        let of_address = |now| limiter.over(None, &[1], Timestamp(now));
        assert_eq!((of_install(stored), of_address(stored)), told(3_600, 60));
        assert_eq!((of_install(stored + 1_000), of_address(stored + 1)), told(3_599, 60));
        assert_eq!((of_install(stored + Span::HOUR.0 - 1), of_address(stored + 59_999)), told(1, 1));
        assert_eq!((of_install(stored + Span::HOUR.0), of_address(stored + 60_000)), (None, None));
        // A clock that was set back.
        for back in [1, 999, 1_000, Span::HOUR.0, 9 * Span::DAY.0] {
            assert_eq!((of_install(stored - back), of_address(stored - back)), told(3_600, 60), "{back}");
        }
    }

    #[test]
    fn what_has_left_the_window_is_forgotten() {
        let mut window = Window::new(Rate { count: 5, per: Span(1_000) });
        for key in 0..100 {
            window.record(key, Timestamp(0));
        }
        window.forget(Timestamp(1_000));
        window.record(7, Timestamp(1_000));
        assert_eq!((window.log.len(), window.latest.len()), (1, 1));
    }
}
