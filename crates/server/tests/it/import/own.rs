//! askfirst's own exports, which another askfirst takes over.

use super::Import;
use crate::harness::{Home, Report, Request};

#[test]
fn what_is_exported_is_imported_elsewhere_as_it_was() {
    let home = Home::new();
    let server = home.serve();
    for _ in 0..20 {
        assert_eq!(server.post(Report::new().json()).status, 200);
    }
    let events = r#"{"events":[
        {"type":"user_action","timestamp":"NOW","installationId":"550e8400-e29b-41d4-a716-446655440000","driftVersion":"1.0.0",
         "action":"approve","category":"api","confidenceAtAction":0.9,"hoursSinceDiscovery":2,"isBulkAction":true},
        {"type":"undeclared_one","timestamp":"NOW","installationId":"unknown","driftVersion":"1.0.0"}]}"#;
    let now = crate::harness::at(crate::harness::now());
    let post = Request::new("POST", "/v1/events").body(events.replace("NOW", &now));
    assert_eq!(server.send(&post).text(), r#"{"success":true,"eventsProcessed":2}"#);
    let session = r#"{"protocol_version":"1.0.0","daemon_version":"1.2.3","session_id":"abcdefgh","platform":"linux",
        "node_version":"v22.1.0","primary_framework":"react"}"#;
    let post = Request::new("POST", "/v1/session").header("content-type", "application/json").body(session);
    assert_eq!(server.send(&post).status, 204);
    for kind in ["flash_error", "flash_success"] {
        let event =
            r#"{"event_type":"KIND","occurred_at":"NOW","message":"x","session_id":"s","log_lines_json":"[1]"}"#;
        let post = Request::new("POST", "/event").body(event.replace("NOW", &now).replace("KIND", kind));
        assert_eq!(server.send(&post).status, 200);
    }
    // While the server runs.
    for app in ["voicemode", "drift", "baofeng", "domscribe"] {
        let export = home.run(&["export", app, "--out", &format!("{app}.ndjson"), "--data", "data"]);
        assert_eq!((export.code, export.stdout.as_str()), (Some(0), ""), "{}", export.stderr);
    }
    server.stop();

    let elsewhere = Home::new();
    for (app, rows, events) in [
        ("voicemode", 20, "SELECT * FROM events ORDER BY event_id"),
        (
            "drift",
            2,
            "SELECT type, timestamp, installation_id, drift_version, payload, created_at FROM events ORDER BY type",
        ),
        (
            "baofeng",
            2,
            "SELECT received_at_ms, event_type, session_id, log_lines_json, metadata_json FROM telemetry_events",
        ),
        ("domscribe", 1, "SELECT * FROM sessions"),
    ] {
        elsewhere.write("own.ndjson", &std::fs::read_to_string(home.path(&format!("{app}.ndjson"))).unwrap());
        let first = Import::run(&elsewhere, app, "own.ndjson");
        first.assert_accounts_for(rows);
        assert_eq!(first.count("imported"), rows as u64, "{first:?}");
        let without_hash = |home: &Home| {
            let mut rows = home.query_of(app, events);
            // Hashes of addresses are of no use elsewhere.
            rows.iter_mut().filter_map(|row| row.as_object_mut()).for_each(|row| drop(row.remove("ip_hash")));
            rows
        };
        assert_eq!(without_hash(&elsewhere), without_hash(&home), "{app}");
        assert_eq!(Import::run(&elsewhere, app, "own.ndjson").count("imported"), 0);
    }
}

#[test]
fn an_export_never_overwrites() {
    let home = Home::new();
    home.serve().stop();
    home.write("there.ndjson", "mine");
    let run = home.run(&["export", "voicemode", "--out", "there.ndjson", "--data", "data"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(std::fs::read_to_string(home.path("there.ndjson")).unwrap(), "mine");
}
