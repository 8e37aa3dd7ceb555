//! What is kept of a report, and that nothing else is, anywhere.

use serde_json::{Value, json};

use super::{accepts, assert_json, refuses};
use crate::harness::{Home, Ledger, Report, Request, eventually, holding};

#[test]
fn the_declared_is_kept_whole() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    accepts(&server, "the example", &report);
    let ledger = Ledger::open(&home);
    let json = |column: &str| -> Value {
        let text: String = ledger.one(&format!("SELECT {column} FROM events"), []);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{column}: {error} in {text}"))
    };
    let sent: Value = serde_json::from_str(&report.json()).unwrap();
    assert_eq!(json("environment"), sent["environment"]);
    assert_eq!(json("usage"), sent["usage"]);
    for column in ["event_id", "telemetry_id", "timestamp"] {
        let kept: String = ledger.one(&format!("SELECT {column} FROM events"), []);
        assert_eq!(sent[column], kept, "{column}");
    }
    let recent: i64 = ledger.one("SELECT ABS(unixepoch(created_at) - unixepoch('now')) < 600 FROM events", []);
    assert_eq!(recent, 1, "created_at is the time of receipt, as a text that SQLite reads");
}

#[test]
fn a_field_the_contract_does_not_declare_reaches_no_file_no_log_and_no_metric() {
    const MARKER: &str = "xX-never-kept-Xx";
    const WITNESS: &str = "xX-declared-Xx";
    let home = Home::new();
    let server = home.serve();
    let named = format!("{MARKER}-name");
    let report = Report::new()
        .with("event_id", WITNESS)
        .with("undeclared", MARKER)
        .with(&named, 1)
        .with("deep", json!({"list": [{"x": MARKER}, MARKER], MARKER: null}))
        .with("environment.hostname", MARKER)
        .with("environment.deep", json!({MARKER: [MARKER]}))
        .with("usage.prompt", MARKER)
        .with("usage.deep", json!({"x": {"y": MARKER}}))
        .with("usage.provider_usage.llm", json!({MARKER: 1}))
        .with("usage.provider_usage.key", MARKER);
    accepts(&server, "undeclared fields are discarded, not refused", &report);
    let spoiled = [
        ("an id", report.clone().with("event_id", json!([MARKER])), "Invalid or missing event_id"),
        ("an install id", report.clone().with("telemetry_id", MARKER), "Invalid telemetry_id format (must be UUID)"),
        ("a time", report.clone().with("timestamp", MARKER), "Invalid timestamp format (must be ISO 8601)"),
        (
            "a map",
            report.clone().with("usage.transport_usage", json!({MARKER: MARKER})),
            "Invalid usage.transport_usage",
        ),
    ];
    for (case, spoiled, text) in spoiled {
        refuses(&server, case, spoiled.json(), text);
    }
    refuses(&server, "no JSON", format!("{{\"{MARKER}\": {MARKER}"), "Invalid JSON");
    let in_query = Request::new("POST", &format!("/telemetry?token={MARKER}")).body(report.json());
    assert_json("recorded already", &server.send(&in_query), 200, super::RECORDED);

    let metrics = server.get("/-/metrics").text();
    assert!(!metrics.contains(MARKER), "metrics: {metrics}");
    let stopped = server.stop();
    assert!(!stopped.log.contains(MARKER), "log: {}", stopped.log);
    assert_eq!(holding(&home.data(), MARKER), [""; 0], "files with the undeclared");
    assert_ne!(holding(&home.data(), WITNESS), [""; 0], "the search finds what is declared");
}

#[test]
fn discarded_fields_are_counted() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new().with("a", 1).with("environment.b", "x").with("usage.c", true);
    accepts(&server, "three undeclared fields", &report);
    accepts(&server, "none", &Report::new());
    eventually("three discarded fields in the stats", || {
        let stats = home.stats();
        if stats["discarded_fields"] == 3 { Ok(()) } else { Err(stats) }
    });
}

#[test]
fn an_address_is_in_no_file_and_no_log() {
    const SPOKEN: [&str; 2] = ["203.0.113.77", "2001:db8:77::7777"];
    let home = Home::with_config("[apps.voicemode]\nlimits = { address = \"1/h\" }\n");
    let server = home.serve();
    for address in SPOKEN {
        let outcomes = [(Report::new().json(), 200), (Report::new().json(), 429), ("{".to_owned(), 400)];
        for (body, status) in outcomes {
            let answer = server.send(&Request::report_from(address, body));
            assert_eq!(answer.status, status, "{address}: {}", answer.text());
        }
        let lost = Request::new("GET", "/nowhere").header("x-forwarded-for", address);
        assert_eq!(server.send(&lost).status, 404);
        let metrics = server.get("/-/metrics").text();
        assert!(!metrics.contains(address), "metrics: {metrics}");
    }
    let stopped = server.stop();
    for address in SPOKEN {
        assert!(!stopped.log.contains(address), "log: {}", stopped.log);
        assert_eq!(holding(&home.data(), address), [""; 0], "files with {address}");
    }
}
