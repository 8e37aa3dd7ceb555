//! The calendar, counted out day by day.

use std::sync::LazyLock;

/// A day as a calendar shows it.
struct Shown {
    year: i32,
    month: u32,
    day: u32,
    /// 0 is Monday.
    weekday: i32,
}

/// The days from 1970-01-01 to the end of 2039.
static DAYS: LazyLock<Vec<Shown>> = LazyLock::new(|| {
    let mut days = Vec::new();
    // It was a Thursday.
    let mut weekday = 3;
    for year in 1970..2040 {
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (month, length) in (1..).zip([31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
            for day in 1..=length {
                days.push(Shown { year, month, day, weekday });
                weekday = (weekday + 1) % 7;
            }
        }
    }
    days
});

fn shown(day: i32) -> &'static Shown {
    &DAYS[usize::try_from(day).unwrap()]
}

/// `2026-02-12`
pub(super) fn date(day: i32) -> String {
    let Shown { year, month, day, .. } = shown(day);
    format!("{year}-{month:02}-{day:02}")
}

/// The first day of a day's period.
pub(super) fn start_of(per: &str, day: i32) -> i32 {
    match per {
        "day" => day,
        "week" => (0..7).map(|back| day - back).find(|day| shown(*day).weekday == 0).unwrap(),
        _ => (0..31).map(|back| day - back).find(|day| shown(*day).day == 1).unwrap(),
    }
}

/// What the period of a day is called.
pub(super) fn label(per: &str, day: i32) -> String {
    match per {
        "day" => date(day),
        "week" => {
            // The week belongs to the year of its Thursday, and is the n-th that has one.
            let thursday = start_of("week", day) + 3;
            let year = shown(thursday).year;
            let thursdays = (0..53).map(|weeks| thursday - 7 * weeks);
            format!("{year}-W{:02}", thursdays.take_while(|day| shown(*day).year == year).count())
        }
        _ => date(day)[..7].to_owned(),
    }
}

#[test]
fn the_calendar_is_right() {
    assert_eq!(date(20_759), "2026-11-02");
    assert_eq!((shown(20_759).weekday, label("week", 20_759).as_str()), (0, "2026-W45"));
    let day =
        |text: &str| i32::try_from((0..DAYS.len()).find(|day| date(i32::try_from(*day).unwrap()) == text).unwrap());
    let week = |text: &str| label("week", day(text).unwrap());
    assert_eq!([week("2021-01-01"), week("2024-12-30"), week("2027-01-03")], ["2020-W53", "2025-W01", "2026-W53"]);
    assert_eq!(date(start_of("month", day("2024-02-29").unwrap())), "2024-02-01");
}
