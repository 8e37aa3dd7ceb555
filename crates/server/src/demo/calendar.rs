//! The days of a ledger, and their rhythm: weeks, hours, and how many find the tool.

use askfirst_contract::{Day, Timestamp};

use super::random::Random;

/// Milliseconds in a minute, an hour and a day.
pub(super) const MINUTE: u64 = 60_000;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// How much is done on a day, Monday first, of 100.
const WEEK: [u64; 7] = [98, 102, 103, 100, 88, 62, 68];
/// How many try the tool on a day, Monday first, of 100.
const NEWCOMERS: [u64; 7] = [104, 106, 104, 98, 86, 55, 60];
/// How many times as many newcomers the first days have, in hundredths: those who had the tool before it asked.
const EARLY: [u64; 14] = [900, 680, 540, 440, 360, 310, 270, 230, 200, 180, 160, 140, 125, 110];
/// The same for the days after the tool was in the news.
const NEWS: [u64; 4] = [420, 260, 170, 130];
/// How much people do in each hour of their day.
const WAKING: [u64; 24] = [8, 5, 3, 2, 2, 3, 8, 20, 45, 70, 82, 80, 62, 72, 84, 82, 74, 58, 42, 38, 40, 36, 26, 14];
/// How much machines do in each hour of the UTC day: nightly builds, and what people set off.
const MACHINE: [u64; 24] =
    [44, 46, 96, 58, 40, 36, 36, 42, 56, 68, 72, 70, 66, 68, 74, 72, 68, 60, 52, 48, 46, 44, 42, 40];

/// The UTC days of a ledger, numbered from 0. All are whole but the last, which ends with it.
#[derive(Debug)]
pub(super) struct Calendar {
    first: Day,
    pub(super) days: u16,
    /// The end: nothing is received at or after it.
    pub(super) end: Timestamp,
}

impl Calendar {
    pub(super) fn new(days: u16, end: Timestamp) -> Self {
        let last = Timestamp(end.0 - 1).day();
        Self { first: Day(last.0 - i32::from(days) + 1), days, end }
    }

    /// When a day begins.
    pub(super) fn start(&self, day: u16) -> Timestamp {
        Day(self.first.0 + i32::from(day)).start()
    }

    /// The milliseconds of a day.
    pub(super) fn length(&self, day: u16) -> u64 {
        (self.end.0 - self.start(day).0).unsigned_abs().min(DAY)
    }

    /// The day of a time that lies in one.
    pub(super) fn day_of(&self, time: Timestamp) -> u16 {
        u16::try_from(time.day().0 - self.first.0).unwrap_or(0)
    }

    pub(super) fn is_weekend(&self, day: u16) -> bool {
        self.weekday(day) >= 5
    }

    /// How much is done on a day, in hundredths of the usual.
    pub(super) fn activity(&self, day: u16) -> u64 {
        WEEK[self.weekday(day)]
    }

    /// How many try the tool on a day, as a weight beside those of the other days: more from day to day, and many more
    /// when it was in the news, after two fifths of the time.
    pub(super) fn newcomers(&self, day: u16) -> u64 {
        let (days, number) = (u64::from(self.days), u64::from(day));
        let growth = 100 + 150 * number / days;
        let early = EARLY.get(usize::from(day)).unwrap_or(&100);
        let since_news = day.checked_sub(self.days * 2 / 5).filter(|_| self.days > 30);
        let news = since_news.and_then(|since| NEWS.get(usize::from(since))).unwrap_or(&100);
        (growth * early * news * NEWCOMERS[self.weekday(day)] * self.length(day) / DAY).max(1)
    }

    /// A time at which something begins that takes up to `span`, in milliseconds since the day began.
    pub(super) fn time_of_day(&self, day: u16, zone: Option<u64>, span: u64, random: &mut Random) -> u64 {
        let hour = match zone {
            Some(ahead) => (hour_of(&WAKING, random) + 24 - ahead) % 24,
            None => hour_of(&MACHINE, random),
        };
        let time = hour * HOUR + random.below(HOUR);
        let last = self.length(day).saturating_sub(span).max(1);
        if time < last { time } else { random.below(last) }
    }

    /// Monday is 0.
    fn weekday(&self, day: u16) -> usize {
        let day = Day(self.first.0 + i32::from(day));
        usize::try_from(day.0 - day.monday().0).unwrap_or(0)
    }
}

fn hour_of(shares: &[u64; 24], random: &mut Random) -> u64 {
    let mut left = random.below(shares.iter().sum());
    let passed = shares.iter().take_while(|share| {
        let is_passed = left >= **share;
        left = left.saturating_sub(**share);
        is_passed
    });
    passed.fold(0, |hours, _| hours + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(days: u16, end: &str) -> Calendar {
        Calendar::new(days, Timestamp::parse(end).unwrap())
    }

    #[test]
    fn days_are_whole_but_for_the_last() {
        let whole = calendar(2, "2026-03-02");
        assert_eq!((whole.start(0).day().to_string(), whole.length(1)), ("2026-02-28".to_owned(), DAY));
        let partial = calendar(2, "2026-03-02T06:00:00Z");
        assert_eq!(partial.start(0).day().to_string(), "2026-03-01");
        assert_eq!((partial.length(0), partial.length(1)), (DAY, 6 * HOUR));
        assert_eq!((partial.is_weekend(0), partial.is_weekend(1)), (true, false));
        assert_eq!(partial.day_of(Timestamp(partial.end.0 - 1)), 1);
    }

    #[test]
    fn times_lie_in_their_day() {
        let calendar = calendar(3, "2026-03-02T06:00:00Z");
        let mut random = Random::of([2]);
        for zone in [None, Some(0), Some(9), Some(16)] {
            for _ in 0..1_000 {
                assert!(calendar.time_of_day(1, zone, HOUR, &mut random) < DAY - HOUR);
                assert!(calendar.time_of_day(2, zone, HOUR, &mut random) < 5 * HOUR);
            }
        }
    }
}
