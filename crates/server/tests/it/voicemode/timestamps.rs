//! Rows 6 to 8: which texts are times, and how far from now they may be.

use time::{Duration, OffsetDateTime};

use super::{accepts, refuses};
use crate::harness::{Home, Ledger, Report, at, day, now};

const FORMAT: &str = "Invalid timestamp format (must be ISO 8601)";
const FUTURE: &str = "Timestamp too far in the future";
const OLD: &str = "Timestamp too old (max 90 days)";

fn ago(days: i64, hours: i64) -> OffsetDateTime {
    now() - Duration::days(days) - Duration::hours(hours)
}

#[test]
fn iso_8601_in_its_many_forms_passes_and_is_kept_as_sent() {
    let home = Home::new();
    let server = home.serve();
    let time = at(ago(1, 0));
    let zones = ["", "Z", "+00:00", "+05:30", "-08:00", "+14:00", "-12:00", "+05:45"];
    let fractions = [
        "",
        ".1",
        ".12",
        ".123",
        ".123456",
        ".123456789",
        ".123456789012",
        ".000",
        ".999999999999",
        ".123456789012345678901234567890",
    ];
    let mut texts = vec![day(now()), day(ago(1, 0)), day(ago(30, 0))];
    texts.extend(zones.iter().map(|zone| format!("{time}{zone}")));
    texts.extend(fractions.iter().map(|fraction| format!("{time}{fraction}Z")));
    // As the released client writes them.
    texts.push(format!("{time}.123456+00:00"));
    texts.push(format!("{time}.123456789012345678901234567890-03:30"));
    texts.push(format!("{time}.123456"));
    for text in texts {
        let report = Report::new().with("timestamp", text.as_str());
        accepts(&server, &text, &report);
        let kept: String =
            Ledger::open(&home).one("SELECT timestamp FROM events WHERE event_id = ?1", [report.event_id()]);
        assert_eq!(kept, text, "as stored");
    }
}

#[test]
fn what_is_no_time_is_refused_as_such() {
    let home = Home::new();
    let server = home.serve();
    let texts = [
        "yesterday",
        "now",
        " ",
        "0",
        "1734172200",
        "1734172200.5",
        "10:30:00Z",
        "T10:30:00Z",
        "2024",
        "2024-12",
        "2024-13-01",
        "2024-00-10",
        "2024-12-00",
        "2024-12-32",
        "2024-04-31",
        "2026-02-29",
        "2026-02-30",
        "1900-02-29",
        "2024/12/14",
        "14-12-2024",
        "12/14/2024",
        "2024-1-1",
        "24-12-14",
        "2024-12-14T",
        "2024-12-14Z",
        "2024-12-14T10:30:00.",
        "2024-12-14T10:30:00.Z",
        "2024-12-14T10:30:00.1.2Z",
        "2024-12-14T25:00:00Z",
        "2024-12-14T10:60:00Z",
        "2024-12-14T10:30:61Z",
        "2024-12-14T10:30:00ZZ",
        "2024-12-14T10:30:00Z junk",
        "2024-12-14T10:30:00 UTC",
        "2024-12-14T10:30:00+",
        "2024-12-14T10:30:00+99:00",
        "2024-12-14T10:30:00+01:60",
        "2024-12-14T10:30:00+1:00",
        "2024-12-14T1:30:00Z",
        "2024-12-14T10:30:-1Z",
        "2024-12-14T10:30:00.-5Z",
        " 2024-12-14",
        "2024-12-14 ",
        "2024-12-14\n",
        "2024-12-14T10:30:00Z\0",
        "２０２４-12-14",
        "2024-12-14T10:30:0٣Z",
        "+2024-12-14",
        "-2024-12-14",
        "2024–12–14",
        "Sat, 14 Dec 2024 10:30:00 GMT",
    ];
    for text in texts {
        refuses(&server, &format!("{text:?}"), Report::new().with("timestamp", text).json(), FORMAT);
    }
    refuses(&server, "10,000 digits", Report::new().with("timestamp", "2".repeat(10_000)).json(), FORMAT);
}

#[test]
fn a_day_ahead_is_as_far_as_a_clock_may_be_wrong() {
    let home = Home::new();
    let server = home.serve();
    for ending in ["", "Z", "+00:00", ".5Z"] {
        let text = |hours: i64| at(ago(0, -hours)) + ending;
        accepts(&server, &format!("23 hours ahead, {ending:?}"), &Report::new().with("timestamp", text(23)));
        refuses(
            &server,
            &format!("25 hours ahead, {ending:?}"),
            Report::new().with("timestamp", text(25)).json(),
            FUTURE,
        );
    }
    accepts(&server, "tomorrow", &Report::new().with("timestamp", day(ago(-1, 0))));
    refuses(&server, "a date 3 days ahead", Report::new().with("timestamp", day(ago(-3, 0))).json(), FUTURE);
    for far in ["9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.999999999-23:59"] {
        refuses(&server, far, Report::new().with("timestamp", far).json(), FUTURE);
    }
}

#[test]
fn ninety_days_back_is_as_old_as_a_report_may_be() {
    let home = Home::new();
    let server = home.serve();
    for ending in ["", "Z", "+00:00", ".5Z"] {
        let text = |days: i64| at(ago(days, 0)) + ending;
        accepts(&server, &format!("89 days back, {ending:?}"), &Report::new().with("timestamp", text(89)));
        refuses(&server, &format!("91 days back, {ending:?}"), Report::new().with("timestamp", text(91)).json(), OLD);
    }
    accepts(&server, "a date 88 days back", &Report::new().with("timestamp", day(ago(88, 0))));
    refuses(&server, "a date 91 days back", Report::new().with("timestamp", day(ago(91, 0))).json(), OLD);
    for old in ["2024-12-14T10:30:00Z", "2024-02-29", "1970-01-01", "0001-01-01", "0001-01-01T00:00:00+23:59"] {
        refuses(&server, old, Report::new().with("timestamp", old).json(), OLD);
    }
}

#[test]
fn an_offset_is_reckoned_with_in_both_windows() {
    let home = Home::new();
    let server = home.serve();
    let report = |time: OffsetDateTime, offset: &str| Report::new().with("timestamp", at(time) + offset);
    // On the clock of the place, the hours from now; in brackets, from now in UTC.
    accepts(&server, "30 ahead at +10 (20)", &report(ago(0, -30), "+10:00"));
    refuses(&server, "34 ahead at +08 (26)", report(ago(0, -34), "+08:00").json(), FUTURE);
    refuses(&server, "20 ahead at -10 (30)", report(ago(0, -20), "-10:00").json(), FUTURE);
    accepts(&server, "90 days and 5 hours back at -10", &report(ago(90, 5), "-10:00"));
    refuses(&server, "90 days less 5 hours back at +10", report(ago(90, -5), "+10:00").json(), OLD);
}
