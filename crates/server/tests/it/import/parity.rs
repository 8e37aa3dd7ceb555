//! `askfirst parity`: the old service beside ours.

use serde_json::Value;
use time::Duration;

use super::Import;
use super::baofeng::{EVENTS, LOGS, Row};
use super::dump::{Dialect, Dump};
use crate::harness::{Home, Random, Request, Run, now};

/// A dump of failures of five days, three of them a day in both tables, and of so many flashes.
fn dump(home: &Home, file: &str, flashes: usize) {
    let mut random = Random::from_seed(77);
    let mut dump = Dump::create(home, file, Dialect::Wrangler);
    dump.table(&LOGS);
    dump.table(&EVENTS);
    for day in 1..=5 {
        for number in 0..3 {
            let received = now() - Duration::days(day);
            Row::error(&mut random, received).write(&mut dump, &LOGS, &format!("log-{day}-{number}"));
            Row::error(&mut random, received).write(&mut dump, &EVENTS, &format!("event-{day}-{number}"));
        }
    }
    for flash in 0..flashes {
        let row = Row::flash(&mut random, &format!("session-{flash}"), now() - Duration::days(2));
        row.write(&mut dump, &EVENTS, &format!("flash-{flash}"));
    }
    dump.finish();
}

fn parity(home: &Home, arguments: &[&str]) -> (Run, Value) {
    let run = home.run(&[&["parity", "baofeng", "--json", "--data", "data"], arguments].concat());
    let report = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    (run, report)
}

#[test]
fn what_was_imported_is_on_a_par() {
    let home = Home::new();
    dump(&home, "old.sql", 7);
    Import::run(&home, "baofeng", "old.sql");
    let (run, report) = parity(&home, &["--old", "old.sql"]);
    assert_eq!((run.code, &report["verdict"]), (Some(0), &"parity".into()), "{report}");
    assert_eq!(report["total"], serde_json::json!({ "old": 7, "new": 7, "difference": 0 }));
    let days = report["failures"].as_array().unwrap();
    assert_eq!(days.len(), 5, "{report}");
    assert!(days.iter().all(|day| day["old"] == 6 && day["new"] == 6 && day["difference"] == 0), "{report}");
    let told = home.run(&["parity", "baofeng", "--old", "old.sql", "--data", "data"]);
    assert!(told.stdout.contains("flashed radios") && told.stdout.contains("parity"), "{}", told.stdout);
}

#[test]
fn what_is_missing_or_more_is_told_by_day() {
    let home = Home::new();
    dump(&home, "old.sql", 7);
    dump(&home, "more.sql", 9);
    Import::run(&home, "baofeng", "old.sql");
    let (run, report) = parity(&home, &["--old", "more.sql"]);
    assert_eq!((run.code, &report["verdict"]), (Some(1), &"apart".into()), "{report}");
    assert_eq!(report["total"]["difference"], -2, "{report}");
    assert_eq!(parity(&home, &["--old", "more.sql", "--tolerance", "2"]).0.code, Some(0));
    let server = home.serve();
    let event =
        format!(r#"{{"event_type":"flash_error","occurred_at":"{}","message":"x"}}"#, crate::harness::at(now()));
    assert_eq!(server.send(&Request::new("POST", "/event").body(event)).status, 200);
    let (run, report) = parity(&home, &["--old", "old.sql"]);
    assert_eq!(run.code, Some(1), "while the server runs: {report}");
    assert_eq!(report["failures"].as_array().unwrap().last().unwrap()["difference"], 1, "{report}");
}

#[test]
fn a_running_service_is_asked() {
    let old = Home::new();
    dump(&old, "old.sql", 7);
    Import::run(&old, "baofeng", "old.sql");
    let server = old.serve_with(&[("ASKFIRST_APP_BAOFENG_ADMIN_TOKEN", "token-of-old")]);
    let url = format!("http://{}", server.address());
    let home = Home::new();
    dump(&home, "old.sql", 7);
    Import::run(&home, "baofeng", "old.sql");
    let (run, report) = parity(&home, &["--old", &url]);
    assert_eq!((run.code, report["failures"].as_array().unwrap().len()), (Some(0), 0), "{report}");
    let (run, report) = parity(&home, &["--old", &url, "--token", "token-of-old"]);
    assert_eq!((run.code, report["failures"].as_array().unwrap().len()), (Some(0), 5), "{report}");
    let run = home.run(&["parity", "baofeng", "--old", &url, "--token", "wrong", "--data", "data"]);
    assert_eq!(run.code, Some(1));
    assert!(run.stderr.contains("401"), "{}", run.stderr);
}

#[test]
fn what_can_not_be_compared_is_refused() {
    let home = Home::new();
    home.serve().stop();
    let run = home.run(&["parity", "baofeng", "--old", "missing.sql", "--data", "data"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let run = home.run(&["parity", "voicemode", "--old", "missing.sql", "--data", "data"]);
    assert_eq!(run.code, Some(2), "{run:?}");
}
