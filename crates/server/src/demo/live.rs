//! What the population does while somebody looks on: as on the last day, but faster than in life.

use std::time::Duration;

use askfirst_contract::Timestamp;

use super::population::Population;
use super::random::Random;
use super::receipts::{Kind, Receipt};

/// The days that decide who is there: somebody who was seen in the last week.
const LATELY: u16 = 7;
/// Installs that are tried before one is taken that was not seen lately: one of ten or so was.
const TRIES: usize = 64;

impl Population {
    /// What is received at a moment, and how long after it the next is: a second or so.
    pub(crate) fn live(&self, now: Timestamp) -> (Receipt, Duration) {
        let mut random = Random::of([self.size.seed, super::LIVE, now.0.unsigned_abs()]);
        let day = self.size.days - 1;
        let kind = random.pick(&[(4, Kind::Installed), (82, Kind::Used), (6, Kind::Broken), (8, Kind::Undeclared)]);
        // Numbers of events and of newcomers come from the clock, so that no two runs have the same.
        let install = if kind == Kind::Installed { number(now.0 / 1_000) } else { self.seen_lately(day, &mut random) };
        let occurred_at = Timestamp(now.0 - random.within(80..5_000).cast_signed());
        let receipt = Receipt { received_at: now, occurred_at, install, number: number(now.0 / 64), day, kind };
        (receipt, Duration::from_millis(random.within(200..1_600)))
    }

    /// The number of somebody who used the tool lately, most likely.
    fn seen_lately(&self, day: u16, random: &mut Random) -> u32 {
        let mut number = 0;
        for _ in 0..TRIES {
            number = self::number(random.below(self.size.installs.into()).cast_signed());
            let install = self.install(number);
            if (day.saturating_sub(LATELY - 1)..=day).any(|day| install.weight(day, &self.calendar) > 0) {
                break;
            }
        }
        number
    }
}

/// The low bits of a number: two that are near each other stay different.
fn number(large: i64) -> u32 {
    u32::try_from(large & i64::from(u32::MAX)).unwrap_or(0)
}
