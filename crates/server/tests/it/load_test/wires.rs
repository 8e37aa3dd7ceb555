//! Fresh valid records of every wire: all are accepted, each is stored once, also those of a second run.

use serde_json::{Value, json};

use super::{assert_counts, report};
use crate::harness::{Home, Server};

/// The address of a server, with this behind it.
fn url(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

/// Posts twice, and checks that all of it was accepted and is stored.
#[track_caller]
fn assert_stored(home: &Home, app: &str, url: &str, arguments: &[&str], events_per_post: u64) -> Value {
    let stored = |home: &Home| home.stats_of(app)["events"].as_u64().unwrap();
    let before = stored(home);
    let arguments = [&[url, "--total", "60", "--connections", "7"], arguments].concat();
    let mut last = Value::Null;
    for run in 1..=2 {
        last = report(home, &arguments);
        assert_counts(&last, &[("posts", 60), ("accepted", 60)]);
        assert_eq!(last["events_per_post"], events_per_post);
        assert_eq!(stored(home), before + run * 60 * events_per_post, "run {run} of {arguments:?}");
    }
    last
}

#[test]
fn voicemode() {
    let home = Home::new();
    let server = home.serve();
    let report = assert_stored(&home, "voicemode", &url(&server, ""), &["--wire", "voicemode"], 1);
    assert_eq!(report["url"], url(&server, "/telemetry"));
    assert_eq!(home.stats()["installs"], 120, "each of an install of its own");
    assert_eq!(home.stats()["discarded_fields"], 0, "what the client sends is declared");
}

#[test]
fn drift_one_by_one_and_in_batches() {
    let home = Home::new();
    let server = home.serve();
    assert_stored(&home, "drift", &url(&server, ""), &["--wire", "drift"], 1);
    assert_stored(&home, "drift", &url(&server, ""), &["--wire", "drift", "--batch", "50"], 50);
    assert_stored(&home, "drift", &url(&server, "/v1/feedback"), &["--wire", "drift"], 1);
    assert_eq!(home.stats_of("drift")["discarded_fields"], 0);
}

#[test]
fn baofeng_at_all_its_addresses() {
    let home = Home::new();
    let server = home.serve();
    for path in ["", "/a/baofeng", "/client-log", "/increment"] {
        assert_stored(&home, "baofeng", &url(&server, path), &["--wire", "baofeng"], 1);
    }
    let total = server.get("/metrics/flash-count").json()["total"].clone();
    // Of ten reports of the page, six are of a flash; each increment counts one.
    assert_eq!(total, 2 * 60 * 6 / 10 * 2 + 2 * 60);
}

#[test]
fn domscribe_by_name() {
    let home = Home::new();
    let server = home.serve();
    let url = format!("http://localhost:{}/", server.address().port());
    let report = assert_stored(&home, "domscribe", &url, &["--wire", "domscribe"], 1);
    assert_eq!(report["statuses"], json!({ "204": 60 }));
}

#[test]
fn native_by_the_contract_of_the_app() {
    let home = crate::native::home();
    let server = home.serve();
    let native = ["--wire", "native", "--app", "mytool"];
    assert_stored(&home, "mytool", &url(&server, ""), &native, 1);
    assert_stored(&home, "mytool", &url(&server, "/api/v1/mytool"), &native, 1);
    assert_stored(&home, "mytool", &url(&server, "/a/mytool/"), &[&native[..], &["--batch", "10"]].concat(), 10);
    let file = ["--wire", "native", "--app", "contracts/mytool.toml"];
    assert_stored(&home, "mytool", &url(&server, "/api/v1/mytool/events"), &file, 1);
}

#[test]
fn under_a_base_path_and_at_a_rate() {
    let home = Home::with_config("[apps.voicemode]\nbase_path = \"/base\"\n");
    let server = home.serve();
    let arguments = ["--wire", "voicemode", "--rate", "500/s"];
    let report = assert_stored(&home, "voicemode", &url(&server, "/base"), &arguments, 1);
    assert_eq!(report["rate"], 500.0);
}

#[test]
fn the_report_says_everything() {
    let home = Home::new();
    let server = home.serve();
    let arguments = [&url(&server, ""), "--wire", "drift", "--batch", "2", "--total", "10", "--connections", "3"];
    let report = report(&home, &arguments);
    let expected = json!({
        "url": url(&server, "/v1/events"), "connections": 3, "rate": null, "events_per_post": 2, "posts": 10, "accepted": 10,
        "limited": 0, "refused": 0, "broken": 0, "unanswered": 0, "statuses": { "200": 10 }, "first_problem": null,
        "error_share": 0.0, "p95_ceiling_ms": 100.0, "error_share_ceiling": 0.01, "advice": null,
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&report[name], value, "{name} of {report}");
    }
    for name in ["seconds", "posts_per_second", "events_per_second"] {
        assert!(report[name].as_f64().unwrap() > 0.0, "{name} of {report}");
    }
    let latency = ["p50", "p95", "p99", "max"].map(|name| report["latency_ms"][name].as_f64().unwrap());
    assert!(latency[0] > 0.0 && latency.is_sorted(), "{report}");

    let run = home.run(&[&["load-test"], &arguments[..]].concat());
    let rows: Vec<&str> = run.stdout.lines().skip(3).take_while(|line| !line.is_empty()).collect();
    for name in ["posts", "accepted", "limited", "status 200", "errors, %", "p50, ms", "p95, ms", "p99, ms", "max, ms"]
    {
        assert!(rows.iter().any(|row| row.trim_start().starts_with(name)), "{name}: {}", run.stdout);
    }
    // The figures are right-aligned, so all end where `measured` does.
    let end = rows[0].find("measured").unwrap() + "measured".len();
    for row in &rows[1..] {
        assert!(row[..end].ends_with(|last: char| last.is_ascii_digit()), "{row}: {}", run.stdout);
        assert!(row[end..].is_empty() || row[end..].starts_with(' '), "{row}: {}", run.stdout);
    }
    let verdict = run.stdout.lines().last();
    assert_eq!(verdict, Some(if run.code == Some(0) { "pass" } else { "fail" }), "{run:?}");
}
