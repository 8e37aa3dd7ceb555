//! The releases of the tool: one about every two weeks, one of which is bad.

use super::calendar::Calendar;
use super::install::Install;
use super::random::Random;

/// Days from one release to the next, about.
const INTERVAL: i64 = 14;
/// The day of the first release that is in use, before the first day of the ledger.
const OLDEST: i64 = -42;
/// Days until the bad release is mended.
const MENDED_AFTER: i64 = 7;

/// A release.
#[derive(Debug)]
pub(super) struct Release {
    /// The day it came out, counted from the first day of the ledger; earlier ones are below 0.
    pub(super) day: i64,
    pub(super) version: String,
}

/// All releases, the oldest first; named by their place in this order.
#[derive(Debug)]
pub(super) struct Releases {
    all: Vec<Release>,
    bad: usize,
    seed: u64,
}

impl Releases {
    pub(super) fn new(seed: u64, calendar: &Calendar) -> Self {
        let days = i64::from(calendar.days);
        let mut random = Random::of([seed, super::RELEASES]);
        let mut all: Vec<Release> = Vec::new();
        let mut day = OLDEST;
        while day < days {
            all.push(Release { day, version: format!("1.{}.0", all.len() + 4) });
            day += INTERVAL - 2 + random.below(5).cast_signed();
        }
        // Nothing else comes out until it is mended.
        let bad = all.iter().rposition(|release| release.day <= days * 3 / 5).unwrap_or(0);
        let mended = Release { day: all[bad].day + MENDED_AFTER, version: format!("1.{}.1", bad + 4) };
        if mended.day < days {
            all.insert(bad + 1, mended);
        }
        Self { all, bad, seed }
    }

    pub(super) fn version(&self, release: usize) -> &str {
        &self.all[release].version
    }

    /// Whether it is one of the first, which report more than the contract declares.
    pub(super) fn tells_too_much(release: usize) -> bool {
        release < 2
    }

    /// Whether an install has the fault of the bad release on a day.
    pub(super) fn is_faulty(&self, release: usize, install: &Install, day: u16) -> bool {
        let since = i64::from(day) - self.all[release].day;
        release == self.bad && install.is_windows() && (0..MENDED_AFTER).contains(&since)
    }

    /// The release that an install has on a day: the latest of those that it took or began with.
    pub(super) fn of(&self, install: &Install, day: u16) -> usize {
        let has = |&number: &usize| {
            let offered = self.all[number].day + install.offered_after();
            offered <= i64::from(install.first) || self.taken(install, number, offered) <= i64::from(day)
        };
        (0..self.all.len()).rev().find(has).unwrap_or(0)
    }

    /// The day on which an install takes a release that is offered from a day on.
    fn taken(&self, install: &Install, release: usize, offered: i64) -> i64 {
        let mut random = Random::of([self.seed, super::UPDATES, u64::from(install.number), release as u64]);
        install.update_pace().map_or(i64::MAX, |pace| offered + random.within(pace).cast_signed())
    }
}
