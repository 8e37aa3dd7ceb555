//! What reaches the server, in the order in which it does.

use std::collections::VecDeque;

use askfirst_contract::Timestamp;

use super::calendar::{DAY, HOUR, MINUTE};
use super::install::{Install, Runtime};
use super::population::{Population, Shares};
use super::random::Random;

/// Events of one sitting.
const SITTING: u64 = 5;
/// Milliseconds from one event of a sitting to the next, at most.
const PACE: u64 = 3 * MINUTE;

/// Something that reaches the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// When it does.
    pub(crate) received_at: Timestamp,
    /// When it happened, by the client's clock.
    pub(super) occurred_at: Timestamp,
    pub(super) install: u32,
    /// Which event of its install and day it is. One that is sent twice has its number twice.
    pub(super) number: u32,
    pub(super) day: u16,
    pub(super) kind: Kind,
}

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A release is there that was not.
    Installed,
    /// The tool was used.
    Used,
    /// The tool was used, and the event breaks the contract.
    Broken,
    /// The tool was used, and tells what nobody declared.
    Undeclared,
}

/// What is received, day by day, each in the order of receipt. One day is in memory at a time, and what comes
/// late.
#[derive(Debug)]
pub(crate) struct Days<'p> {
    population: &'p Population,
    shares: Shares,
    /// The next day.
    day: u16,
    /// What is received on the next day and each of those after it, as far as it is known.
    known: VecDeque<Vec<Receipt>>,
}

impl<'p> Days<'p> {
    pub(super) fn new(population: &'p Population, shares: Shares) -> Self {
        let known = (0..population.size.days).map(|_| Vec::new()).collect();
        Self { population, shares, day: 0, known }
    }
}

impl Iterator for Days<'_> {
    type Item = Vec<Receipt>;

    fn next(&mut self) -> Option<Vec<Receipt>> {
        if self.known.is_empty() {
            return None;
        }
        let (population, day) = (self.population, self.day);
        for install in (0..=day).flat_map(|first| population.newcomers(first)) {
            let weight = install.weight(day, &population.calendar);
            let count = self.shares.next(weight) + u64::from(install.first == day);
            if count > 0 {
                self.report(&install, count);
            }
        }
        self.day += 1;
        let mut receipts = self.known.pop_front()?;
        receipts.sort_unstable_by_key(|receipt| (receipt.received_at, receipt.install, receipt.number));
        Some(receipts)
    }
}

impl Days<'_> {
    /// Adds so many events of an install on this day, and what comes of a bad network and of bad releases.
    fn report(&mut self, install: &Install, count: u64) {
        let (population, day) = (self.population, self.day);
        let mut random = Random::of([population.size.seed, super::REPORTS, install.number.into(), day.into()]);
        let late = late(install, &mut random).map(|delay| self.at(population.calendar.length(day) + delay));
        let late = late.filter(|received_at| *received_at < population.size.end);
        let is_broken = random.chance(15);
        let mut sitting = 0;
        for (number, event) in (0..).zip(0..count + u64::from(is_broken)) {
            let place = event % SITTING;
            if place == 0 {
                sitting = population.sitting(install, day, event / SITTING).1;
            }
            let happened = sitting + place * PACE + random.below(PACE);
            let happened = self.at(happened.min(population.calendar.length(day) - 1));
            let received_at = late.unwrap_or(Timestamp(happened.0 + delay(&mut random)));
            let kind = match event {
                _ if event == count => Kind::Broken,
                0 if population.is_updated(install, day) => Kind::Installed,
                _ => Kind::Used,
            };
            let receipt = Receipt {
                received_at: received_at.min(Timestamp(population.size.end.0 - 1)),
                occurred_at: Timestamp(happened.0 + install.skew),
                install: install.number,
                number,
                day,
                kind,
            };
            self.add(receipt);
            if random.chance(4) {
                // The answer got lost, so the client tried again.
                let again = Timestamp(receipt.received_at.0 + random.within(2_000..60_000).cast_signed());
                self.add(Receipt { received_at: again, ..receipt });
            }
        }
    }

    /// So many milliseconds after this day began.
    fn at(&self, time: u64) -> Timestamp {
        Timestamp(self.population.calendar.start(self.day).0 + time.cast_signed())
    }

    fn add(&mut self, receipt: Receipt) {
        if receipt.received_at < self.population.size.end {
            let ahead = self.population.calendar.day_of(receipt.received_at) - self.day;
            self.known[ahead.into()].push(receipt);
        }
    }
}

impl Population {
    /// One sitting of an install: its random number, and when it begins in milliseconds since the day did.
    pub(super) fn sitting(&self, install: &Install, day: u16, sitting: u64) -> (u64, u64) {
        let mut random = Random::of([self.size.seed, super::SITTINGS, install.number.into(), day.into(), sitting]);
        let id = random.next() >> 32;
        (id, self.calendar.time_of_day(day, install.zone, SITTING * PACE, &mut random))
    }

    /// The sitting to which an event belongs.
    pub(super) fn sitting_of(event: u32) -> u64 {
        u64::from(event) / SITTING
    }

    /// Whether an install has another release than on the day it was used before.
    fn is_updated(&self, install: &Install, day: u16) -> bool {
        let before = install.day_before(day, &self.calendar);
        before.is_none_or(|before| self.releases.of(install, before) != self.releases.of(install, day))
    }
}

/// How long the events of a day wait for a network after it, in milliseconds, where they have to.
fn late(install: &Install, random: &mut Random) -> Option<u64> {
    let is_on_the_road = install.runtime == Runtime::Interactive && random.chance(30);
    is_on_the_road.then(|| {
        let delay = random.pick(&[(55, HOUR..DAY), (30, DAY..3 * DAY), (15, 3 * DAY..14 * DAY)]);
        random.within(delay)
    })
}

/// How long an event is under way, in milliseconds.
fn delay(random: &mut Random) -> i64 {
    let delay = random.pick(&[(60, 80..600), (30, 600..5_000), (10, 5_000..40_000)]);
    random.within(delay).cast_signed()
}
