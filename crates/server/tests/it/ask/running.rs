//! What is still running: today, this week, and the end of every row of retention.

use serde_json::json;
use time::{Date, Duration};

use super::{answer, home_with, line};
use crate::harness::{Report, Request, clear_of_midnight, install_id, now};
use crate::native;

/// Events of so many installs each, some days ago: the lines of an export.
fn lines(today: Date, days: &[(i64, &[u8])]) -> String {
    let events = days.iter().flat_map(|(ago, installs)| installs.iter().map(move |install| (*ago, *install)));
    let line = |(number, (ago, install)): (usize, (i64, u8))| {
        let day = (today - Duration::days(ago)).to_string();
        line(number, &day, install, r#"{"version": "1.0.0", "os": "linux"}"#)
    };
    events.enumerate().map(line).collect()
}

/// The page with names, just as long, for the days and weeks that depend on the day of the test.
fn named(page: &str, today: Date) -> String {
    let monday = today - Duration::days(today.weekday().number_days_from_monday().into());
    let mut page = page.replace(&(monday - Duration::days(21)).to_string(), "<monday-3>");
    for weeks in 0..4_i64 {
        let (year, week, _) = (monday - Duration::days(7 * weeks)).to_iso_week_date();
        page = page.replace(&format!("{year}-W{week:02}"), &format!("<week-{weeks}>"));
    }
    for days in 0..3 {
        page = page.replace(&(today - Duration::days(days)).to_string(), &format!("<today -{days}>"));
    }
    page
}

#[test]
fn the_running_day_is_marked() {
    clear_of_midnight();
    let today = now().date();
    let home = home_with(&lines(today, &[(2, &[1, 2]), (1, &[1]), (0, &[1, 3])]));
    insta::assert_snapshot!(named(&answer(&home, &["active", "--last", "3d"]), today));
    insta::assert_snapshot!(named(&answer(&home, &["active", "--last", "3d", "--by", "os"]), today));
}

#[test]
fn retention_is_a_triangle_whose_ends_are_running() {
    clear_of_midnight();
    let today = now().date();
    let into_week = i64::from(today.weekday().number_days_from_monday());
    let weeks_ago = |weeks: i64| into_week + 7 * weeks;
    let home = home_with(&lines(
        today,
        &[
            (weeks_ago(3), &[1, 2, 3, 4, 5, 6, 7, 8]),
            (weeks_ago(2), &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
            (weeks_ago(1), &[1, 9]),
            (0, &[1, 11]),
        ],
    ));
    let monday = (today - Duration::days(weeks_ago(3))).to_string();
    insta::assert_snapshot!(named(&answer(&home, &["retention", "--from", &monday]), today));
}

#[test]
fn outcomes_of_today() {
    clear_of_midnight();
    let home = native::home();
    let server = home.serve();
    let launch = || json!({ "type": "launch", "id": install_id(), "install": install_id(), "version": "1.4.0" });
    let send = |event: serde_json::Value| {
        let request = Request::new("POST", "/api/v1/mytool/events").header("content-type", "application/json");
        assert_eq!(server.send(&request.body(Report::from_value(event).json())).status, 200);
    };
    let event = launch();
    (0..3).for_each(|_| send(event.clone()));
    (0..4).for_each(|_| send(launch()));
    send(json!({ "type": "launch", "id": "x" }));
    // Refusals are counted within a second, and at the end.
    server.stop();
    let page = home.run(&["ask", "mytool", "outcomes", "--last", "2d", "--data", "data"]);
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(named(&page.stdout, now().date()));
}
