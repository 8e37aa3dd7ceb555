//! `POST /client-log`: the old path, where only what an error can't do without is refused.

use serde_json::{Value, json};

use super::{Payload, accepts, assert_rows, assert_total, logs, query, refuses_log, session};
use crate::harness::Home;

/// JSON that is no text.
const NO_TEXT: [&str; 7] = ["null", "5", "true", "false", "[]", "[\"a\"]", "{}"];

/// A column by the message, which is the number of the event.
#[track_caller]
fn numbered(home: &Home, name: &str) -> Vec<Value> {
    let rows = query(home, &format!("SELECT {name} AS value FROM client_logs ORDER BY CAST(message AS INTEGER)"));
    rows.into_iter().map(|mut row| row["value"].take()).collect()
}

#[test]
fn an_error_is_stored_as_it_was_sent() {
    let home = Home::new();
    let server = home.serve();
    let payload = Payload::log("it broke")
        .with("error_name", "NetworkError")
        .with("stack", "at a\nat b")
        .with("connected", 0)
        .with("user_agent", "Mozilla/5.0")
        .with("page_url", "https://xoniblue.github.io/x");
    logs(&server, "an error", &payload);
    let sql = "SELECT occurred_at, event_type, message, error_name, stack, model, write_mode, connected, app_version, \
        log_lines_json FROM client_logs";
    let expected = json!({
        "occurred_at": "2026-02-12T18:00:00.123Z", "event_type": "flash_error", "message": "it broke",
        "error_name": "NetworkError", "stack": "at a\nat b", "model": "UV-5RM", "write_mode": 1, "connected": 0,
        "app_version": "2.1.0", "log_lines_json": "[\"one line\"]",
    });
    assert_eq!(query(&home, sql), [expected]);
    let recent = "SELECT LENGTH(id) > 0 AS named, ABS(received_at_ms / 1000 - unixepoch('now')) < 600 AS recent \
        FROM client_logs";
    assert_eq!(query(&home, recent), [json!({"named": 1, "recent": 1})], "id and time of receipt");
}

#[test]
fn every_error_is_stored_also_one_that_was_sent_before() {
    let home = Home::new();
    let server = home.serve();
    let payload = Payload::log("the same").with("session_id", session());
    for round in ["first", "second", "third"] {
        logs(&server, round, &payload);
    }
    assert_eq!(query(&home, "SELECT COUNT(DISTINCT id) AS ids FROM client_logs"), [json!({"ids": 3})]);
    accepts(&server, "at /event", &Payload::error("the same"));
    assert_rows(&home, "each in its own table", 1, 3);
}

#[test]
fn any_type_passes_that_is_a_text_and_not_empty() {
    let home = Home::new();
    let server = home.serve();
    let kinds = ["flash_error", "client_error", "anything", " ", "äöü 😀", "FLASH_ERROR", "flash_success"];
    for (index, kind) in kinds.iter().enumerate() {
        logs(&server, kind, &Payload::log(&index.to_string()).with("event_type", *kind));
    }
    refuses_log(&server, "empty", &Payload::log("x").with("event_type", ""));
    refuses_log(&server, "none", &Payload::log("x").without("event_type"));
    for kind in NO_TEXT {
        refuses_log(&server, kind, &Payload::log("x").with_raw("event_type", kind));
    }
    assert_eq!(numbered(&home, "event_type"), kinds);
}

#[test]
fn no_type_counts_as_a_flash() {
    let home = Home::new();
    let server = home.serve();
    let flash = session();
    logs(&server, "a success", &Payload::log("x").with("event_type", "flash_success").with("session_id", &*flash));
    assert_total(&server, "a log is no flash", 0);
    accepts(&server, "the flash of that session", &Payload::flash(&flash));
    assert_total(&server, "the flash", 1);
}

#[test]
fn time_and_message_are_required_as_they_are_of_an_event() {
    let home = Home::new();
    let server = home.serve();
    let times = ["2026-02-12", "2026-02-12T18:00:00+05:30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"];
    for (index, time) in times.iter().enumerate() {
        logs(&server, time, &Payload::log(&index.to_string()).with("occurred_at", *time));
    }
    for time in ["", "now", "2026", "2026-13-01", "1770919200000", "Thu, 12 Feb 2026 18:00:00 GMT"] {
        refuses_log(&server, &format!("{time:?}"), &Payload::log("x").with("occurred_at", time));
    }
    for value in NO_TEXT {
        refuses_log(&server, &format!("occurred_at: {value}"), &Payload::log("x").with_raw("occurred_at", value));
        refuses_log(&server, &format!("message: {value}"), &Payload::log("x").with_raw("message", value));
    }
    refuses_log(&server, "no time", &Payload::log("x").without("occurred_at"));
    refuses_log(&server, "no message", &Payload::log("x").without("message"));
    refuses_log(&server, "an empty message", &Payload::log(""));
    assert_eq!(numbered(&home, "occurred_at"), times);
}

#[test]
fn optional_fields_that_are_wrong_fall_back() {
    let home = Home::new();
    let server = home.serve();
    let names = ["error_name", "stack", "model", "app_version"];
    for (index, value) in NO_TEXT.into_iter().enumerate() {
        let payload = Payload::log(&index.to_string());
        let spoilt = names.into_iter().fold(payload, |payload, name| payload.with_raw(name, value));
        logs(&server, value, &spoilt);
    }
    let absent = names.into_iter().fold(Payload::log("7"), Payload::without);
    logs(&server, "absent", &absent);
    for (name, fallback) in names.into_iter().zip([Value::Null, Value::Null, json!("unknown"), json!("unknown")]) {
        assert_eq!(numbered(&home, name), vec![fallback; 8], "{name}");
    }
    let empty = Payload::log("empty").with("model", "").with("app_version", "");
    logs(&server, "empty", &empty);
    let kept = query(&home, "SELECT model, app_version FROM client_logs WHERE message = 'empty'");
    assert_eq!(kept, [json!({"model": "unknown", "app_version": "unknown"})]);
}

#[test]
fn a_switch_that_is_neither_0_nor_1_is_0() {
    let home = Home::new();
    let server = home.serve();
    let cases = [
        ("0", 0),
        ("1", 1),
        ("1.0", 1),
        ("0.0", 0),
        ("1e0", 1),
        ("2", 0),
        ("-1", 0),
        ("0.5", 0),
        ("1.5", 0),
        ("1e999", 0),
        ("null", 0),
        ("true", 0),
        ("false", 0),
        ("\"1\"", 0),
        ("\"\"", 0),
        ("[1]", 0),
        ("{}", 0),
    ];
    for (index, (sent, _)) in cases.iter().enumerate() {
        let payload = Payload::log(&index.to_string()).with_raw("write_mode", sent).with_raw("connected", sent);
        logs(&server, sent, &payload);
    }
    logs(&server, "absent", &Payload::log("100").without("write_mode").without("connected"));
    let expected: Vec<i32> = cases.iter().map(|(_, number)| *number).chain([0]).collect();
    assert_eq!(numbered(&home, "write_mode"), expected);
    assert_eq!(numbered(&home, "connected"), expected);
}

#[test]
fn session_and_metadata_are_not_looked_at() {
    let home = Home::new();
    let server = home.serve();
    let long = Value::from("x".repeat(121)).to_string();
    for value in [&long, "5", "null", "{}", "\"baseline-1\"", "\"{\""] {
        let payload = Payload::log("x").with_raw("session_id", value).with_raw("metadata_json", value);
        logs(&server, value, &payload);
    }
    let payload = Payload::log("x").with("session_id", "xX-session-Xx").with("metadata_json", r#"{"a":"xX-meta-Xx"}"#);
    logs(&server, "right ones", &payload);
    assert_rows(&home, "all of them", 0, 7);
    server.stop();
    for marker in ["xX-session-Xx", "xX-meta-Xx"] {
        assert_eq!(crate::harness::holding(&home.data(), marker), [""; 0], "files with {marker}");
    }
}
