//! Limits in sliding windows: exact, and decided from the receipts of stored events alone.

use std::collections::VecDeque;

use askfirst_contract::{Limits, Rate, Timestamp};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::outcome::Scope;

/// Parts of a window's keys.
const PARTS: usize = 256;
/// Receipts of a block: 80 KB. Tests go through many.
const BLOCK: usize = if cfg!(test) { 4 } else { 4_096 };

/// The receipts of stored events within a sliding span, by key.
///
/// One log of all receipts in order, each linked to the one before it of the same key: 20 bytes a receipt, and some ten
/// a key, however the keys are spread. Most keys are there once, and there is one for every event of the last hour.
#[derive(Debug)]
pub struct Window {
    rate: Rate,
    log: Log,
    /// The number of the first receipt in the log. Numbers begin anew after 2^32, which are more than memory holds.
    first: u32,
    /// The number of each key's latest receipt; the log tells the key. In parts by key: one that grows is copied, and a
    /// large one would keep everybody waiting for ten milliseconds. Parts are filled by chance ([`mix`]), so they don't grow
    /// all at the same time.
    latest: Vec<HashTable<u32>>,
}

impl Window {
    /// An empty window.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, log: Log::default(), first: 0, latest: vec![HashTable::new(); PARTS] }
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
        self.log.len
    }

    /// Notes that an event was stored.
    pub fn record(&mut self, key: u64, received_at: Timestamp) {
        let Self { log, first, latest, .. } = self;
        #[expect(clippy::cast_possible_truncation, reason = "numbers begin anew after 2^32")]
        let number = first.wrapping_add(log.len as u32);
        let key_of = |number: &u32| log.key(place(*number, *first));
        let hash = mix(key);
        let entry =
            latest[part(hash)].entry(hash, |other| key_of(other) == Some(key), |other| mix(key_of(other).unwrap_or(0)));
        let step = match entry {
            Entry::Occupied(mut before) => number.wrapping_sub(std::mem::replace(before.get_mut(), number)),
            Entry::Vacant(new) => {
                new.insert(number);
                0
            }
        };
        self.log.push(received_at.0, key, step);
    }

    /// Forgets what has left the window.
    pub fn forget(&mut self, now: Timestamp) {
        let start = now.0 - self.rate.per.0;
        while self.log.time(0).is_some_and(|at| at <= start) {
            let oldest = self.first;
            if let Some(hash) = self.log.key(0).map(mix)
                && let Ok(latest) = self.latest[part(hash)].find_entry(hash, |number| *number == oldest)
            {
                latest.remove();
            }
            self.log.forget_first();
            self.first = self.first.wrapping_add(1);
        }
    }

    /// The receipts of a key, newest first.
    fn receipts(&self, key: u64) -> impl Iterator<Item = i64> {
        let is_of_key = |number: &u32| self.log.key(place(*number, self.first)) == Some(key);
        let hash = mix(key);
        let latest = self.latest[part(hash)].find(hash, is_of_key).map(|number| place(*number, self.first));
        let before = |at: &usize| match self.log.step(*at)? {
            0 => None,
            step => at.checked_sub(step as usize),
        };
        std::iter::successors(latest, before).filter_map(|at| self.log.time(at))
    }
}

/// Receipts in order. In blocks: a log that grew as a whole would be copied, and a million receipts would keep everybody
/// waiting for twenty milliseconds.
#[derive(Debug, Default)]
struct Log {
    blocks: VecDeque<Block>,
    /// Receipts at the begin of the first block that were forgotten.
    forgotten: usize,
    len: usize,
}

/// Some receipts. A list a column: together, a receipt would be padded to 24 bytes.
#[derive(Debug)]
struct Block {
    times: Vec<i64>,
    keys: Vec<u64>,
    /// How far before it in the log the receipt before it of the same key is, or 0 where there is none.
    steps: Vec<u32>,
}

impl Log {
    fn time(&self, at: usize) -> Option<i64> {
        self.column(at, |block| &block.times)
    }

    fn key(&self, at: usize) -> Option<u64> {
        self.column(at, |block| &block.keys)
    }

    fn step(&self, at: usize) -> Option<u32> {
        self.column(at, |block| &block.steps)
    }

    fn column<T: Copy>(&self, at: usize, of: impl FnOnce(&Block) -> &Vec<T>) -> Option<T> {
        let at = at + self.forgotten;
        of(self.blocks.get(at / BLOCK)?).get(at % BLOCK).copied()
    }

    fn push(&mut self, time: i64, key: u64, step: u32) {
        if (self.forgotten + self.len).is_multiple_of(BLOCK) {
            self.blocks.push_back(Block::new());
        }
        if let Some(Block { times, keys, steps }) = self.blocks.back_mut() {
            times.push(time);
            keys.push(key);
            steps.push(step);
            self.len += 1;
        }
    }

    fn forget_first(&mut self) {
        self.forgotten += 1;
        self.len -= 1;
        if self.forgotten == BLOCK {
            self.blocks.pop_front();
            self.forgotten = 0;
        }
    }
}

impl Block {
    fn new() -> Self {
        let (times, keys, steps) = (Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK), Vec::with_capacity(BLOCK));
        Self { times, keys, steps }
    }
}

/// The place in the log of a receipt of this number, where `first` is the number of the first.
fn place(number: u32, first: u32) -> usize {
    number.wrapping_sub(first) as usize
}

/// The part of [`Window::latest`] that a key of this hash is in; by other bits than its place there.
fn part(hash: u64) -> usize {
    usize::from(hash.to_le_bytes()[4]) % PARTS
}

/// Spreads keys: those of installs are numbers that follow each other; those from outside are hashes. As if by chance
/// (the finalizer of `MurmurHash3`): a single multiplication spreads numbers that follow each other evenly. But four that
/// follow each other stay side by side: of new installs, one in four meets a line of the cache that was not there.
fn mix(key: u64) -> u64 {
    let four = key >> 2;
    let mut spread = (four ^ (four >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    spread = (spread ^ (spread >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    spread ^= spread >> 33;
    // A table takes its places from the lowest bits, and tells keys at neighbouring places apart by the highest.
    (spread & !3 | key & 3) ^ key << 62
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

    fn known(window: &Window) -> usize {
        window.latest.iter().map(HashTable::len).sum()
    }

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
                prop_assert!(window.len() <= live + all.len() && known(&window) <= window.len());
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
    fn numbers_that_follow_each_other_fill_parts_by_chance() {
        let mut sizes = [0; PARTS];
        (0..100_000).for_each(|number| sizes[part(mix(number))] += 1);
        let (least, most) = (sizes.iter().min().unwrap(), sizes.iter().max().unwrap());
        assert!(most - least > 50, "they would all grow at the same time: {least} to {most}");
        assert!(most < &(2 * least), "{least} to {most}");
    }

    #[test]
    fn what_has_left_the_window_is_forgotten() {
        let mut window = Window::new(Rate { count: 5, per: Span(1_000) });
        for key in 0..100 {
            window.record(key, Timestamp(0));
        }
        window.forget(Timestamp(1_000));
        window.record(7, Timestamp(1_000));
        assert_eq!((window.len(), known(&window)), (1, 1));
    }
}
