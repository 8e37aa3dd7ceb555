//! Ranges of UTC days, and the periods they fall into.

use askfirst_contract::{Day, Timestamp};

/// The longest range that is answered, in days: ten years of rows are still a page that can be read.
pub const MAX_DAYS: i32 = 3_660;

/// UTC days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
}

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Per {
    /// A UTC day.
    Day,
    /// An ISO 8601 week, Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Range {
    /// So many days that end with this one.
    #[must_use]
    pub fn last(days: i32, to: Day) -> Self {
        Self { from: Day(to.0 - days + 1), to }
    }

    /// The number of days.
    #[must_use]
    pub fn days(self) -> i32 {
        self.to.0 - self.from.0 + 1
    }

    /// Whether the day is one of them.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }

    /// All days, in order.
    pub fn each(self) -> impl Iterator<Item = Day> {
        (self.from.0..=self.to.0).map(Day)
    }

    /// From the first to the last millisecond.
    #[must_use]
    pub fn millis(self) -> (Timestamp, Timestamp) {
        (self.from.start(), Timestamp(Day(self.to.0 + 1).start().0 - 1))
    }

    /// The periods the days fall into, in order. The first is whole; the last ends with the range.
    #[must_use]
    pub fn periods(self, per: Per) -> Vec<Self> {
        let mut periods = Vec::new();
        let mut from = per.start(self.from);
        while from <= self.to {
            let next = per.next(from);
            periods.push(Self { from, to: Day(next.0 - 1).min(self.to) });
            from = next;
        }
        periods
    }
}

impl Per {
    /// The period of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The first day of the period a day lies in.
    #[must_use]
    pub fn start(self, day: Day) -> Day {
        match self {
            Self::Day => day,
            Self::Week => day.monday(),
            Self::Month => day.first_of_month(),
        }
    }

    /// The first day of the period after the one that begins on a day.
    #[must_use]
    pub fn next(self, start: Day) -> Day {
        match self {
            Self::Day => Day(start.0 + 1),
            Self::Week => Day(start.0 + 7),
            Self::Month => Day(start.0 + 31).first_of_month(),
        }
    }

    /// The first day of the period before the one that begins on a day.
    #[must_use]
    pub fn before(self, start: Day) -> Day {
        self.start(Day(start.0 - 1))
    }

    /// How people call the period that begins on a day: `2026-02-12`, `2026-W07`, `2026-02`.
    #[must_use]
    pub fn label(self, start: Day) -> String {
        match self {
            Self::Day => start.to_string(),
            Self::Week => start.iso_week().to_string(),
            Self::Month => start.to_string().rsplit_once('-').map(|(month, _)| month.to_owned()).unwrap_or_default(),
        }
    }
}
