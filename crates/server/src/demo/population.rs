//! How many there are of everything.

use askfirst_contract::Timestamp;

use super::calendar::Calendar;
use super::install::Install;
use super::receipts::Days;
use super::release::Releases;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// Events that are accepted: at least as many as installs.
    pub(crate) events: u64,
    /// Installs, each with an event or more.
    pub(crate) installs: u32,
    /// UTC days; the last is the one in which `end` lies.
    pub(crate) days: u16,
    pub(crate) seed: u64,
    /// Nothing is received at or after it.
    pub(crate) end: Timestamp,
}

/// The population of a tool and all it does.
#[derive(Debug)]
pub(crate) struct Population {
    pub(crate) size: Size,
    pub(super) calendar: Calendar,
    pub(super) releases: Releases,
    /// How many installs there are at the end of each day.
    arrived: Vec<u32>,
    /// The sum of all weights of all installs on all days.
    weight: u64,
}

impl Population {
    pub(crate) fn new(size: Size) -> Self {
        let calendar = Calendar::new(size.days, size.end);
        let releases = Releases::new(size.seed, &calendar);
        let newcomers: Vec<u64> = (0..size.days).map(|day| calendar.newcomers(day)).collect();
        let mut shares = Shares::new(size.installs.into(), newcomers.iter().sum());
        let mut there = 0;
        let arrived = newcomers.into_iter().map(|weight| {
            there += u32::try_from(shares.next(weight)).unwrap_or(0);
            there
        });
        let mut population = Self { arrived: arrived.collect(), size, calendar, releases, weight: 0 };
        let weight_of = |install: Install| -> u64 {
            (install.first..size.days).map(|day| install.weight(day, &population.calendar)).sum()
        };
        population.weight = (0..size.days).flat_map(|first| population.newcomers(first)).map(weight_of).sum();
        population
    }

    /// When the first day begins.
    pub(crate) fn start(&self) -> Timestamp {
        self.calendar.start(0)
    }

    /// What is received, day by day.
    pub(crate) fn days(&self) -> Days<'_> {
        let more = self.size.events.saturating_sub(self.size.installs.into());
        Days::new(self, Shares::new(more, self.weight))
    }

    /// The install of a number.
    pub(super) fn install(&self, number: u32) -> Install {
        let first = self.arrived.partition_point(|arrived| *arrived <= number);
        Install::new(self.size.seed, number, u16::try_from(first).unwrap_or(u16::MAX), &self.calendar)
    }

    /// The installs whose first day this is.
    pub(super) fn newcomers(&self, first: u16) -> impl Iterator<Item = Install> {
        let before = usize::from(first).checked_sub(1).map_or(0, |day| self.arrived[day]);
        let numbers = before..self.arrived[usize::from(first)];
        numbers.map(move |number| Install::new(self.size.seed, number, first, &self.calendar))
    }
}

/// Deals out a number of things by weight, one weight after the other. All are dealt once all weights were named.
#[derive(Debug)]
pub(super) struct Shares {
    things: u64,
    weight: u64,
    /// What is left over, in parts of the weight.
    rest: u64,
}

impl Shares {
    fn new(things: u64, weight: u64) -> Self {
        Self { things, weight, rest: 0 }
    }

    /// How many the next one gets.
    pub(super) fn next(&mut self, weight: u64) -> u64 {
        let parts = self.rest + self.things * weight;
        self.rest = parts % self.weight.max(1);
        parts / self.weight.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_dealt_out() {
        for (things, weights) in [(10, [1, 1, 1]), (1, [5, 0, 5]), (0, [1, 2, 3]), (1_000_003, [7, 11, 13])] {
            let mut shares = Shares::new(things, weights.iter().sum());
            let dealt: Vec<u64> = weights.iter().map(|weight| shares.next(*weight)).collect();
            assert_eq!(dealt.iter().sum::<u64>(), things, "{dealt:?}");
            for (dealt, weight) in dealt.iter().zip(weights) {
                assert!(
                    dealt.abs_diff(things * weight / weights.iter().sum::<u64>()) <= 1,
                    "{things}: {dealt} of {weight}"
                );
            }
        }
    }
}
