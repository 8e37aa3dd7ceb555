//! Points in time, and the forms of ISO 8601 in which clients send them.

use std::fmt;

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// Milliseconds in a day.
const DAY: i64 = 86_400_000;

/// A point in time, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

/// A UTC day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

/// An ISO 8601 week: week 1 has the year's first Thursday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsoWeek {
    year: i32,
    week: u8,
}

impl IsoWeek {
    /// Reads `2026-W22`, a week that exists: only long years have a week 53.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (year, week) = text.split_once("-W")?;
        let is_number = |digits: &str, length| digits.len() == length && digits.bytes().all(|b| b.is_ascii_digit());
        if !is_number(year, 4) || !is_number(week, 2) {
            return None;
        }
        let (year, week) = (year.parse().ok()?, week.parse().ok()?);
        time::Date::from_iso_week_date(year, week, time::Weekday::Thursday).ok()?;
        Some(Self { year, week })
    }

    /// The day it begins on.
    #[must_use]
    pub fn monday(self) -> Day {
        let date = time::Date::from_iso_week_date(self.year, self.week, time::Weekday::Monday);
        Day(date.unwrap_or(time::Date::MIN).to_julian_day() - OffsetDateTime::UNIX_EPOCH.date().to_julian_day())
    }
}

impl fmt::Display for IsoWeek {
    /// `2026-W22`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl Timestamp {
    /// Reads ISO 8601: a date; or a date and a time with `Z`, an offset or nothing (UTC).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(10)?;
        let day = parse_date(date.as_bytes())?;
        let (time, offset) = if rest.is_empty() { (0, 0) } else { parse_time(rest.as_bytes())? };
        Some(Self(day.start().0 + time - offset))
    }

    /// The UTC day this point lies in.
    #[must_use]
    pub fn day(self) -> Day {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "clamped; the days of an i64 of milliseconds could exceed an i32"
        )]
        Day(self.0.div_euclid(DAY).clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32)
    }
}

/// `YYYY-MM-DD`, digits 0 to 9 only.
fn parse_date(text: &[u8]) -> Option<Day> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    let year = i32::from(two_digits(y1, y2)?) * 100 + i32::from(two_digits(y3, y4)?);
    let date = time::Date::from_calendar_date(year, two_digits(m1, m2)?.try_into().ok()?, two_digits(d1, d2)?).ok()?;
    Some(Day(date.to_julian_day() - OffsetDateTime::UNIX_EPOCH.date().to_julian_day()))
}

/// `Thh:mm`, seconds with any number of digits behind a point where there are any, and a zone where there is one: the
/// milliseconds since midnight and those of the zone's offset. Read by hand: an event holds several times, and `time`'s
/// parser of formats took a twentieth of what its check costs.
fn parse_time(text: &[u8]) -> Option<(i64, i64)> {
    let [b'T', h1, h2, b':', m1, m2, rest @ ..] = text else { return None };
    let (second, millis, rest) = match rest {
        [b':', s1, s2, b'.', rest @ ..] => {
            let (millis, rest) = parse_fraction(rest)?;
            (two_digits(*s1, *s2)?, millis, rest)
        }
        [b':', s1, s2, rest @ ..] => (two_digits(*s1, *s2)?, 0, rest),
        rest => (0, 0, rest),
    };
    let minutes = minutes(two_digits(*h1, *h2)?, two_digits(*m1, *m2)?)?;
    let time = (minutes * 60 + i64::from(second)) * 1_000 + millis;
    (second < 60).then_some((time, parse_offset(rest)?))
}

/// The milliseconds of the digits at the beginning of a text, at least one, and what comes behind them.
fn parse_fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (fraction, rest) = text.split_at(digits);
    let digit = |place: usize| fraction.get(place).map_or(0, |digit| i64::from(digit - b'0'));
    (digits > 0).then(|| (digit(0) * 100 + digit(1) * 10 + digit(2), rest))
}

/// Nothing, `Z`, `+hh`, `+hhmm` or `+hh:mm`, less than a day: its milliseconds.
fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, hours, mins) = match *text {
        [] | [b'Z'] => return Some(0),
        [sign, h1, h2] => (sign, two_digits(h1, h2)?, 0),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => (sign, two_digits(h1, h2)?, two_digits(m1, m2)?),
        _ => return None,
    };
    let millis = minutes(hours, mins)? * 60_000;
    match sign {
        b'+' => Some(millis),
        b'-' => Some(-millis),
        _ => None,
    }
}

/// The minutes of hours and minutes that are less than a day.
fn minutes(hours: u8, minutes: u8) -> Option<i64> {
    (hours < 24 && minutes < 60).then(|| i64::from(hours) * 60 + i64::from(minutes))
}

fn two_digits(tens: u8, ones: u8) -> Option<u8> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
}

impl Day {
    /// The first millisecond of the day.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * DAY)
    }

    /// The ISO 8601 week the day lies in.
    #[must_use]
    pub fn iso_week(self) -> IsoWeek {
        let date = OffsetDateTime::from_unix_timestamp(self.start().0 / 1_000).map(OffsetDateTime::date);
        let (year, week, _) = date.unwrap_or(time::Date::MIN).to_iso_week_date();
        IsoWeek { year, week }
    }

    /// The Monday of the day's ISO 8601 week.
    #[must_use]
    pub fn monday(self) -> Self {
        // 1970-01-01 was a Thursday.
        Self(self.0 - (self.0 + 3).rem_euclid(7))
    }

    /// The first day of the day's month.
    #[must_use]
    pub fn first_of_month(self) -> Self {
        let day = OffsetDateTime::from_unix_timestamp(self.start().0 / 1_000).map_or(1, OffsetDateTime::day);
        Self(self.0 - i32::from(day) + 1)
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC with milliseconds: `2026-02-12T18:00:00.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
        // An offset may lead out of the last year that has a name; such a time is shown as the last that has one.
        let last = if self.0 < 0 { PrimitiveDateTime::MIN } else { PrimitiveDateTime::MAX };
        let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        let moment = moment.unwrap_or(last.assume_utc());
        f.write_str(&moment.format(format).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Display for Day {
    /// `2026-02-12`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.get(..10).unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_forms_of_iso_8601_that_clients_send() {
        for (text, shown) in [
            ("2024-12-14", "2024-12-14T00:00:00.000Z"),
            ("2024-12-14T10:30:00Z", "2024-12-14T10:30:00.000Z"),
            ("2024-12-14T10:30", "2024-12-14T10:30:00.000Z"),
            ("2024-12-14T10:30:00", "2024-12-14T10:30:00.000Z"),
            ("2026-02-12T18:00:00.123456+00:00", "2026-02-12T18:00:00.123Z"),
            ("2026-02-12T18:00:00.1Z", "2026-02-12T18:00:00.100Z"),
            ("2026-02-12T18:00:00.123456789012345678901234567890Z", "2026-02-12T18:00:00.123Z"),
            ("2026-02-12T18:00:00+02:00", "2026-02-12T16:00:00.000Z"),
            ("2026-02-12T18:00:00-0530", "2026-02-12T23:30:00.000Z"),
            ("2026-02-12T18:00:00+02", "2026-02-12T16:00:00.000Z"),
            ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|t| t.to_string()).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "x",
            "2024",
            "2024-12",
            "2024-1-1",
            "2024-13-01",
            "2024-02-30",
            "2023-02-29",
            "2024-00-10",
            "2024-12-00",
            "2024/12/14",
            "20241214",
            "14-12-2024",
            "+2024-12-14",
            "2024-12-14T",
            "2024-12-14T10",
            "2024-12-14T24:00:00Z",
            "2024-12-14T10:60:00Z",
            "2024-12-14T10:30:60Z",
            "2024-12-14T10:30:61Z",
            "2024-12-14 10:30:00",
            "2024-12-14T10:30:00z",
            "2024-12-14T10:30:00.Z",
            "2024-12-14T10:30:00+25:00",
            "2024-12-14T10:30:00+1",
            "2024-12-14T10:30:00ZZ",
            "2024-12-14T10:30:00Z ",
            " 2024-12-14",
            "2024-W50-6",
            "2024-349",
            "1702549800",
            "yesterday",
            "２０２４-12-14",
            "2024-12-1\u{0664}",
            "2024-12-14T10:30:00 +00:00",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_begin_at_midnight_utc() {
        assert_eq!(Timestamp(-1).day(), Day(-1));
        assert_eq!(Timestamp(DAY).day(), Day(1));
        assert_eq!(Day(20_000).to_string(), "2024-10-04");
        assert_eq!(Day(20_000).start().day(), Day(20_000));
        let day = |text| Timestamp::parse(text).unwrap().day();
        for (of, monday, first) in [
            ("2024-12-30", "2024-12-30", "2024-12-01"),
            ("2021-01-01", "2020-12-28", "2021-01-01"),
            ("2024-02-29", "2024-02-26", "2024-02-01"),
            ("1969-12-31", "1969-12-29", "1969-12-01"),
        ] {
            assert_eq!((day(of).monday(), day(of).first_of_month()), (day(monday), day(first)), "{of}");
        }
    }

    #[test]
    fn a_time_after_the_last_year_is_shown_as_its_end() {
        let time = Timestamp::parse("9999-12-31T23:59:59-01:00").unwrap();
        assert_eq!(time.to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(time.day().to_string(), "9999-12-31");
    }

    #[test]
    fn weeks_are_those_of_iso_8601() {
        let day = |text| Timestamp::parse(text).unwrap().day();
        for (date, week) in [
            ("2021-01-01", "2020-W53"),
            ("2024-12-30", "2025-W01"),
            ("2026-05-25", "2026-W22"),
            ("2026-12-31", "2026-W53"),
            ("2027-01-03", "2026-W53"),
            ("2027-01-04", "2027-W01"),
        ] {
            assert_eq!(day(date).iso_week().to_string(), week, "{date}");
            assert_eq!(IsoWeek::parse(week), Some(day(date).iso_week()));
            assert_eq!(day(date).iso_week().monday(), day(date).monday());
        }
        for text in [
            "",
            "2026-W00",
            "2026-W54",
            "2025-W53",
            "2026-W1",
            "2026W22",
            "26-W22",
            "2026-w22",
            "2026-W2２",
            "+026-W22",
        ] {
            assert_eq!(IsoWeek::parse(text), None, "{text}");
        }
    }

    /// The same by the parser of formats that `time` has.
    fn parsed_by_format(text: &str) -> Option<Timestamp> {
        const TIME_OF_DAY: &[time::format_description::BorrowedFormatItem<'_>] = format_description!(
            version = 2,
            "T[hour]:[minute][optional [:[second][optional [.[subsecond]]]]][optional [[first [Z] [[offset_hour sign:mandatory][optional [[first [:[offset_minute]] [[offset_minute]]]]]]]]]"
        );
        let (date, rest) = text.split_at_checked(10)?;
        let date = time::Date::parse(date, format_description!("[year]-[month]-[day]")).ok()?;
        let mut parsed = time::parsing::Parsed::new();
        let unread = parsed.parse_items(rest.as_bytes(), TIME_OF_DAY).ok()?;
        let (second, nanosecond) = (parsed.second().unwrap_or(0), parsed.subsecond().unwrap_or(0));
        let time = time::Time::from_hms_nano(parsed.hour_24()?, parsed.minute()?, second, nanosecond).ok()?;
        let (hours, minutes) = (parsed.offset_hour().unwrap_or(0), parsed.offset_minute_signed().unwrap_or(0));
        // `UtcOffset` would take 25 hours.
        let offset = time::UtcOffset::from_hms(hours, minutes, 0).ok().filter(|_| hours.abs() < 24)?;
        let moment = PrimitiveDateTime::new(date, time).assume_offset(offset);
        let millis = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        unread.is_empty().then_some(Timestamp(millis))
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Timestamp::parse(&text);
        }

        #[test]
        fn a_time_is_read_as_its_format_says(
            date in "2024-02-29|(0000|2000|9999|[0-9]{4})-[01][0-9]-[0-3][0-9]",
            time in prop_oneof![
                r"T[0-2][0-9]:[0-6][0-9](:([0-5][0-9]|60)(\.[0-9]{1,12})?)?(Z|[+-][0-2][0-9](:?[0-6][0-9])?)?",
                r"T?([0-2][0-9]|[0-9]):?[0-6][0-9](:[0-6][0-9]?(\.[0-9]{0,12})?)?(Z|[+-]([0-2]?[0-9])?:?([0-9]{2})?)?[Z0]?",
            ],
        ) {
            let text = format!("{date}{time}");
            prop_assert_eq!(Timestamp::parse(&text), parsed_by_format(&text), "{}", text);
        }

        #[test]
        fn any_time_can_be_shown(millis: i64) {
            prop_assert!(!Timestamp(millis).to_string().is_empty());
        }

        #[test]
        fn what_is_shown_is_read_again(millis in -60_000_000_000_000_i64..250_000_000_000_000) {
            prop_assert_eq!(Timestamp::parse(&Timestamp(millis).to_string()), Some(Timestamp(millis)));
        }
    }
}
