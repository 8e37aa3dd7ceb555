//! `POST /event`: every row of its table, and what is answered and stored.

use serde_json::{Value, json};

use super::{Payload, REPEATED, accepts, assert_json, assert_rows, assert_total, event, query, refuses, session};
use crate::harness::{Home, eventually};

const TYPES: [&str; 6] =
    ["flash_success", "flash_error", "connect_error", "window_error", "unhandled_rejection", "client_error"];
const ERRORS: [&str; 5] = ["flash_error", "connect_error", "window_error", "unhandled_rejection", "client_error"];

/// JSON that is no text.
const NO_TEXT: [&str; 6] = ["5", "true", "false", "[]", "[\"a\"]", "{}"];

/// The values of a column, in any order.
#[track_caller]
fn column(home: &Home, name: &str) -> Vec<Value> {
    let rows = query(home, &format!("SELECT {name} AS value FROM telemetry_events"));
    rows.into_iter().map(|mut row| row["value"].take()).collect()
}

/// The values of a column of events whose messages are numbers, in the order of these.
#[track_caller]
fn numbered(home: &Home, name: &str) -> Vec<Value> {
    let rows = query(home, &format!("SELECT {name} AS value FROM telemetry_events ORDER BY CAST(message AS INTEGER)"));
    rows.into_iter().map(|mut row| row["value"].take()).collect()
}

#[test]
fn an_error_and_a_flash_are_stored_as_they_were_sent() {
    let home = Home::new();
    let server = home.serve();
    let flash = session();
    accepts(&server, "a flash", &Payload::flash(&flash).with("metadata_json", r#"{"source":"web-v2","n":[1,2.5]}"#));
    let error = Payload::error("it broke")
        .with("session_id", "of an error")
        .with("error_name", "NetworkError")
        .with("stack", "at a\nat b")
        .with("connected", 0)
        .with("log_lines_json", r#"["first","second"]"#);
    accepts(&server, "an error", &error);
    let sql = "SELECT event_type, occurred_at, session_id, message, error_name, stack, model, write_mode, connected, \
        app_version, log_lines_json, metadata_json FROM telemetry_events ORDER BY event_type";
    let expected = [
        json!({
            "event_type": "flash_error", "occurred_at": "2026-02-12T18:00:00.123Z", "session_id": "of an error",
            "message": "it broke", "error_name": "NetworkError", "stack": "at a\nat b", "model": "UV-5RM",
            "write_mode": 1, "connected": 0, "app_version": "2.1.0", "log_lines_json": ["first", "second"],
            "metadata_json": {"source": "web-v2"},
        }),
        json!({
            "event_type": "flash_success", "occurred_at": "2026-02-12T18:00:00.123Z", "session_id": flash,
            "message": "Flash complete", "error_name": null, "stack": null, "model": "UV-5RM",
            "write_mode": 1, "connected": 1, "app_version": "2.1.0", "log_lines_json": ["one line"],
            "metadata_json": {"source": "web-v2", "n": [1, 2.5]},
        }),
    ];
    let mut rows = query(&home, sql);
    for row in &mut rows {
        // How a text of JSON is spaced says nothing.
        for name in ["log_lines_json", "metadata_json"] {
            row[name] = serde_json::from_str(row[name].as_str().unwrap()).unwrap();
        }
    }
    assert_eq!(rows, expected);
    let recent = "SELECT COUNT(DISTINCT id) AS ids, SUM(LENGTH(id) > 0) AS named, \
        SUM(ABS(received_at_ms / 1000 - unixepoch('now')) < 600) AS recent FROM telemetry_events";
    assert_eq!(query(&home, recent), [json!({"ids": 2, "named": 2, "recent": 2})], "id and time of receipt");
}

#[test]
fn the_six_types_pass_and_no_other() {
    let home = Home::new();
    let server = home.serve();
    for kind in TYPES {
        accepts(&server, kind, &Payload::flash(&session()).with("event_type", kind));
    }
    for kind in ["", "flash", "FLASH_ERROR", "flash_error ", " flash_error", "flash-error", "error", "flash_success\0"]
    {
        refuses(&server, &format!("{kind:?}"), &Payload::flash(&session()).with("event_type", kind));
    }
    for kind in NO_TEXT.into_iter().chain(["null", "[\"flash_error\"]"]) {
        refuses(&server, kind, &Payload::flash(&session()).with_raw("event_type", kind));
    }
    refuses(&server, "none", &Payload::flash(&session()).without("event_type"));
    let mut kept = column(&home, "event_type");
    kept.sort_by_key(|kind| TYPES.iter().position(|known| kind == known));
    assert_eq!(kept, TYPES);
}

#[test]
fn a_time_is_iso_8601_of_any_year_and_kept_as_it_was_sent() {
    let home = Home::new();
    let server = home.serve();
    let times = [
        "2026-02-12T18:00:00.123Z",
        "2026-02-12T18:00:00Z",
        "2026-02-12T18:00:00",
        "2026-02-12",
        "2026-02-12T18:00:00.1Z",
        "2026-02-12T18:00:00.123456789012345678Z",
        "2026-02-12T18:00:00+05:30",
        "2026-02-12T18:00:00-08:00",
        "2024-02-29T00:00:00Z",
        "1970-01-01T00:00:00.000Z",
        "0001-01-01T00:00:00Z",
        "1816-07-04",
        "9999-12-31T23:59:59.999Z",
    ];
    for (index, time) in times.iter().enumerate() {
        accepts(&server, time, &Payload::error(&index.to_string()).with("occurred_at", *time));
    }
    for time in [
        "",
        " ",
        "now",
        "0",
        "1770919200000",
        "2026",
        "2026-13-01",
        "2026-02-30",
        "2026-02-12T25:00:00Z",
        "2026-02-12T18:60:00Z",
        "2026/02/12",
        "12.02.2026",
        " 2026-02-12",
        "2026-02-12 ",
        "2026-02-12T18:00:00Zulu",
        "２０２６-02-12",
        "Thu, 12 Feb 2026 18:00:00 GMT",
        "Feb 12, 2026",
    ] {
        refuses(&server, &format!("{time:?}"), &Payload::error("x").with("occurred_at", time));
    }
    for time in NO_TEXT.into_iter().chain(["null", "1770919200000"]) {
        refuses(&server, time, &Payload::error("x").with_raw("occurred_at", time));
    }
    refuses(&server, "none", &Payload::error("x").without("occurred_at"));
    assert_eq!(numbered(&home, "occurred_at"), times);
}

#[test]
fn a_message_is_a_text_that_is_not_empty() {
    let home = Home::new();
    let server = home.serve();
    let messages = ["x", " ", "\n", "null", "äöü 😀 \u{1F468}\u{200D}\u{1F4BB}", "'; DROP TABLE event; --", "\"\\/"];
    for message in messages {
        accepts(&server, message, &Payload::error(message));
    }
    refuses(&server, "empty", &Payload::error(""));
    refuses(&server, "an empty one of a flash", &Payload::flash(&session()).with("message", ""));
    for message in NO_TEXT.into_iter().chain(["null"]) {
        refuses(&server, message, &Payload::error("x").with_raw("message", message));
    }
    refuses(&server, "none", &Payload::error("x").without("message"));
    let mut kept: Vec<Value> = column(&home, "message");
    kept.sort_by_key(|kept| messages.iter().position(|message| kept == message));
    assert_eq!(kept, messages);
}

#[test]
fn a_session_has_120_units_at_most_and_a_flash_needs_one() {
    let home = Home::new();
    let server = home.serve();
    let passing = ["x".repeat(120), "€".repeat(120), "😀".repeat(60), "x".to_owned(), " ".to_owned()];
    let failing = ["x".repeat(121), "€".repeat(121), "😀".repeat(60) + "x", "😀".repeat(61), "x".repeat(5_000)];
    for session in &passing {
        accepts(&server, session, &Payload::flash(session));
        accepts(&server, session, &Payload::error("x").with("session_id", session.as_str()));
    }
    for session in &failing {
        refuses(&server, session, &Payload::flash(session));
        refuses(&server, session, &Payload::error("x").with("session_id", session.as_str()));
    }
    for session in NO_TEXT {
        refuses(&server, session, &Payload::flash("x").with_raw("session_id", session));
        refuses(&server, session, &Payload::error("x").with_raw("session_id", session));
    }
    refuses(&server, "a flash of none", &Payload::flash("x").without("session_id"));
    refuses(&server, "a flash of null", &Payload::flash("x").with_raw("session_id", "null"));
    refuses(&server, "a flash of an empty one", &Payload::flash(""));
    let mut kept: Vec<Value> = column(&home, "session_id");
    kept.sort_by_key(|kept| passing.iter().position(|session| kept == session));
    let twice: Vec<&str> = passing.iter().flat_map(|session| [session.as_str(); 2]).collect();
    assert_eq!(kept, twice);
    assert_total(&server, "the flashes that passed", passing.len());
}

#[test]
fn an_error_needs_no_session() {
    let home = Home::new();
    let server = home.serve();
    for kind in ERRORS {
        accepts(&server, kind, &Payload::error("x").with("event_type", kind));
        let null = Payload::error("x").with("event_type", kind).with_raw("session_id", "null");
        accepts(&server, &format!("{kind}, null"), &null);
    }
    assert_eq!(column(&home, "session_id"), vec![Value::Null; 10]);
}

#[test]
fn name_and_stack_are_texts_or_absent() {
    let home = Home::new();
    let server = home.serve();
    for name in ["error_name", "stack"] {
        for value in NO_TEXT {
            refuses(&server, &format!("{name}: {value}"), &Payload::error("x").with_raw(name, value));
        }
    }
    accepts(&server, "both", &Payload::error("1").with("error_name", "TypeError").with("stack", "at x"));
    accepts(&server, "none", &Payload::error("2").without("error_name").without("stack"));
    accepts(&server, "null", &Payload::error("3").with_raw("error_name", "null").with_raw("stack", "null"));
    assert_eq!(numbered(&home, "error_name"), [json!("TypeError"), Value::Null, Value::Null]);
    assert_eq!(numbered(&home, "stack"), [json!("at x"), Value::Null, Value::Null]);
}

#[test]
fn model_and_version_are_unknown_where_there_is_no_text() {
    let home = Home::new();
    let server = home.serve();
    let values = NO_TEXT.into_iter().chain(["null", "\"\""]);
    let mut expected = Vec::new();
    for value in values {
        let payload = Payload::error("x").with_raw("model", value).with_raw("app_version", value);
        accepts(&server, value, &payload);
        expected.push("unknown");
    }
    accepts(&server, "absent", &Payload::error("x").without("model").without("app_version"));
    expected.push("unknown");
    assert_eq!(column(&home, "model"), expected);
    assert_eq!(column(&home, "app_version"), expected);
    accepts(&server, "one of each", &Payload::error("told").with("model", "DM-32UV").with("app_version", "dev"));
    let told = query(&home, "SELECT model, app_version FROM telemetry_events WHERE message = 'told'");
    assert_eq!(told, [json!({"model": "DM-32UV", "app_version": "dev"})]);
}

#[test]
fn a_switch_is_0_or_1_or_absent() {
    let home = Home::new();
    let server = home.serve();
    let passing = [("0", 0), ("1", 1), ("1.0", 1), ("0.0", 0), ("1.000", 1), ("1e0", 1), ("0e0", 0)];
    let failing = [
        "2",
        "-1",
        "0.5",
        "1.5",
        "1.0000001",
        "10",
        "1e1",
        "1e999",
        "null",
        "true",
        "false",
        "\"1\"",
        "\"0\"",
        "\"\"",
        "[]",
        "[1]",
        "{}",
    ];
    for name in ["write_mode", "connected"] {
        let home = Home::new();
        let server = home.serve();
        for (index, (sent, _)) in passing.iter().enumerate() {
            accepts(&server, sent, &Payload::error(&index.to_string()).with_raw(name, sent));
        }
        for sent in failing {
            refuses(&server, &format!("{name}: {sent}"), &Payload::error("x").with_raw(name, sent));
        }
        let expected: Vec<i32> = passing.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbered(&home, name), expected, "{name}");
    }
    accepts(&server, "absent", &Payload::error("x").without("write_mode").without("connected"));
    let absent = query(&home, "SELECT write_mode, connected FROM telemetry_events");
    assert_eq!(absent, [json!({"write_mode": 0, "connected": 0})]);
}

#[test]
fn metadata_is_an_object_in_a_text() {
    let home = Home::new();
    let server = home.serve();
    let passing = [
        ("{}", json!({})),
        (" { } ", json!({})),
        (r#"{"a":{"b":[1,null,true,"x"]},"ü":"😀"}"#, json!({"a": {"b": [1, null, true, "x"]}, "ü": "😀"})),
        (r#"{"half":"\ud83d"}"#, json!({"half": "\u{fffd}"})),
    ];
    for (index, (sent, _)) in passing.iter().enumerate() {
        accepts(&server, sent, &Payload::error(&index.to_string()).with("metadata_json", *sent));
    }
    accepts(&server, "absent", &Payload::error("9").without("metadata_json"));
    for sent in ["", " ", "[]", "[{}]", "null", "5", "true", "\"{}\"", "{", "{]", "{} {}", "{'a':1}", "{\"a\":}", "x"] {
        refuses(&server, sent, &Payload::error("x").with("metadata_json", sent));
    }
    for sent in NO_TEXT.into_iter().chain(["null", "{\"a\":1}"]) {
        refuses(&server, sent, &Payload::error("x").with_raw("metadata_json", sent));
    }
    let kept: Vec<Value> = numbered(&home, "metadata_json")
        .iter()
        .map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap())
        .collect();
    let expected: Vec<Value> = passing.into_iter().map(|(_, value)| value).chain([json!({})]).collect();
    assert_eq!(kept, expected);
}

#[test]
fn a_flash_is_stored_once_a_session() {
    let home = Home::new();
    let server = home.serve();
    let flash = session();
    accepts(&server, "first", &Payload::flash(&flash));
    assert_json("again", &server.send(&event(&Payload::flash(&flash))), 200, REPEATED);
    let other = Payload::flash(&flash).with("message", "another").with("model", "another");
    assert_json("with other fields", &server.send(&event(&other)), 200, REPEATED);
    accepts(&server, "another session", &Payload::flash(&session()));
    accepts(&server, "in another case, another session", &Payload::flash(&flash.to_uppercase()));
    assert_eq!(column(&home, "message"), ["Flash complete"; 3], "the first one stays");
    refuses(&server, "a repetition that breaks a rule", &Payload::flash(&flash).with("write_mode", 2));
    assert_total(&server, "three sessions", 3);
}

#[test]
fn errors_are_never_taken_for_repetitions() {
    let home = Home::new();
    let server = home.serve();
    let shared = session();
    for kind in ERRORS {
        let payload = Payload::error("the same").with("event_type", kind).with("session_id", shared.as_str());
        for round in ["first", "second", "third"] {
            accepts(&server, &format!("{kind}, {round}"), &payload);
        }
    }
    accepts(&server, "the flash of a session that had errors", &Payload::flash(&shared));
    accepts(&server, "an error after it", &Payload::error("late").with("session_id", shared.as_str()));
    assert_json("the flash again", &server.send(&event(&Payload::flash(&shared))), 200, REPEATED);
    let ids = query(&home, "SELECT COUNT(DISTINCT id) AS ids FROM telemetry_events");
    assert_eq!(ids, [json!({"ids": 17})], "each has an id of its own");
    assert_rows(&home, "15 errors, a flash and an error", 17, 0);
    assert_total(&server, "the flash", 1);
}

#[test]
fn what_became_of_events_is_counted() {
    let home = Home::new();
    let server = home.serve();
    let flash = Payload::flash(&session());
    accepts(&server, "a flash", &flash);
    accepts(&server, "an error", &Payload::error("x"));
    assert_json("a repetition", &server.send(&event(&flash)), 200, REPEATED);
    for payload in [Payload::error(""), Payload::error("x").with("write_mode", 2), Payload::flash("")] {
        refuses(&server, "refused", &payload);
    }
    for (outcome, count) in [("accepted", 2.0), ("duplicate", 1.0), ("refused", 3.0)] {
        eventually(&format!("{count} {outcome} in the metrics"), || {
            let seen = server.counted(outcome);
            if (seen - count).abs() < 0.5 { Ok(()) } else { Err(seen) }
        });
    }
    let metrics = server.get("/-/metrics").text();
    let named = metrics.lines().any(|line| line.contains("app=\"baofeng\"") && line.contains("outcome=\"accepted\""));
    assert!(named, "{metrics}");
}
