//! Rows 1 to 12 of the table of checks, and their order.

use serde_json::{Value, json};

use super::{accepts, assert_json, refuses, stored};
use crate::harness::{Home, Ledger, Report, Server, at, event_id, install_id, now};

const EVENT_ID: &str = "Invalid or missing event_id";
const TELEMETRY_ID: &str = "Invalid or missing telemetry_id";
const UUID: &str = "Invalid telemetry_id format (must be UUID)";
const TIMESTAMP: &str = "Invalid or missing timestamp";
const ENVIRONMENT: &str = "Invalid or missing environment object";
const OS: &str = "Invalid or missing environment.os";
const VERSION: &str = "Invalid or missing environment.version";
const USAGE: &str = "Invalid or missing usage object";
const SESSIONS: &str = "Invalid or missing usage.total_sessions";

/// Posts the report without the field, and with each of the values in its place; all must be refused with the text.
#[track_caller]
fn refuses_in_place_of(server: &Server, path: &str, values: &[&str], text: &str) {
    refuses(server, &format!("{path} missing"), Report::new().without(path).json(), text);
    for value in values {
        refuses(server, &format!("{path}: {value}"), Report::new().with_raw(path, value).json(), text);
    }
}

const NO_TEXT: [&str; 8] = ["null", "\"\"", "0", "7", "true", "false", "[\"a\"]", "{\"a\":\"b\"}"];
const NO_OBJECT: [&str; 8] =
    ["null", "\"\"", "\"a\"", "0", "7", "true", "[]", "[{\"os\":\"Linux\",\"version\":\"1\"}]"];

#[test]
fn a_falsy_body_is_a_missing_payload() {
    let home = Home::new();
    let server = home.serve();
    for body in ["null", "false", "0", "-0", "0.0", "-0.0", "0e5", "\"\"", " null\n", "\t0 "] {
        refuses(&server, body, body, "Missing payload");
    }
}

#[test]
fn a_body_that_is_no_object_has_no_event_id() {
    let home = Home::new();
    let server = home.serve();
    let nested = format!("[{}]", Report::new().json());
    for body in ["[]", "5", "-1", "0.1", "1e999", "\"x\"", "\" \"", "\"\\u0000\"", "true", "{}", "[null]", &nested] {
        refuses(&server, body, body, EVENT_ID);
    }
}

#[test]
fn ids_are_texts_that_are_not_empty() {
    let home = Home::new();
    let server = home.serve();
    refuses_in_place_of(&server, "event_id", &NO_TEXT, EVENT_ID);
    refuses_in_place_of(&server, "telemetry_id", &NO_TEXT, TELEMETRY_ID);
    refuses_in_place_of(&server, "timestamp", &NO_TEXT, TIMESTAMP);
}

#[test]
fn an_event_id_has_up_to_128_characters() {
    let home = Home::new();
    let server = home.serve();
    for letter in ["a", "é", "😀"] {
        // Each event id must be its own: the test's letters fill up a fresh one.
        let fill = |length: usize| {
            let fresh = event_id();
            format!("{fresh}{}", letter.repeat(length - fresh.len()))
        };
        accepts(&server, &format!("128 of {letter}"), &Report::new().with("event_id", fill(128)));
        refuses(&server, &format!("129 of {letter}"), Report::new().with("event_id", fill(129)).json(), EVENT_ID);
    }
    accepts(&server, "128 emoji and nothing else", &Report::new().with("event_id", "😀".repeat(128)));
}

#[test]
fn an_event_id_of_any_characters_is_echoed_and_stored_as_sent() {
    let home = Home::new();
    let server = home.serve();
    let ids = [
        "test123",
        " ",
        "a\"b",
        "back\\slash",
        "'; DROP TABLE event; --",
        "line\nbreak",
        "\r\t\u{8}\u{c}",
        "nul\0inside",
        "\0",
        "\u{1}\u{1f}\u{7f}",
        "a/b?c=d&e",
        "<script>",
        "{\"status\":\"ok\"}",
        "é",
        "e\u{301}",
        "日本語",
        "😀",
        "\u{2028}\u{2029}",
        "\u{feff}",
        "\u{fffd}",
        "\u{10ffff}",
        "null",
        "0",
        "%00",
    ];
    for id in ids {
        accepts(&server, &format!("{id:?}"), &Report::new().with("event_id", id));
        let again = server.post(Report::new().with("event_id", id).json());
        assert_json(&format!("{id:?} again"), &again, 200, super::RECORDED);
    }
    let kept: Vec<String> = Ledger::open(&home).column("SELECT event_id FROM events", []);
    let missing: Vec<_> = ids.iter().filter(|id| !kept.iter().any(|kept| kept == *id)).collect();
    assert_eq!((kept.len(), missing), (ids.len(), vec![]), "event ids in the view");
}

#[test]
fn a_telemetry_id_is_a_uuid_in_its_hyphenated_form() {
    let home = Home::new();
    let server = home.serve();
    for id in [
        "550e8400-e29b-41d4-a716-446655440000",
        "550E8400-E29B-41D4-A716-44665544000A",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF",
        "01890a5d-ac96-774b-bcce-b302099a8057",
    ] {
        accepts(&server, id, &Report::of(id));
    }
    for id in [
        "nope",
        " ",
        "550e8400e29b41d4a716446655440000",
        "{550e8400-e29b-41d4-a716-446655440000}",
        "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716-44665544000",
        "550e8400-e29b-41d4-a716-4466554400000",
        "550e8400-e29b-41d4-a716-44665544000g",
        "550e840-0e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716_446655440000",
        "550e8400-e29b-41d4-a716-446655440000\n",
        " 550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-41d4-a716-44665544000０",
        "-50e8400-e29b-41d4-a716-446655440000",
        "+50e8400-e29b-41d4-a716-446655440000",
    ] {
        refuses(&server, &format!("{id:?}"), Report::of(id).json(), UUID);
    }
    refuses(&server, "a long text", Report::of(&"5".repeat(5000)).json(), UUID);
}

#[test]
fn the_environment_is_an_object_with_an_os_and_a_version() {
    let home = Home::new();
    let server = home.serve();
    refuses_in_place_of(&server, "environment", &NO_OBJECT, ENVIRONMENT);
    refuses_in_place_of(&server, "environment.os", &NO_TEXT, OS);
    refuses_in_place_of(&server, "environment.version", &NO_TEXT, VERSION);
    refuses(&server, "an empty one", Report::new().with("environment", json!({})).json(), OS);
    accepts(&server, "the least", &Report::new().with("environment", json!({"os": "Linux", "version": "1"})));
}

#[test]
fn the_usage_is_an_object_with_the_number_of_sessions() {
    let home = Home::new();
    let server = home.serve();
    refuses_in_place_of(&server, "usage", &NO_OBJECT, USAGE);
    let values = [
        "null",
        "\"\"",
        "\"5\"",
        "true",
        "false",
        "[]",
        "[5]",
        "{}",
        "-1",
        "-0.5",
        "0.5",
        "1.5",
        "1e-1",
        "10000000.5",
        "10000001",
        "1e8",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "1e300",
        "1e999",
        "-1e999",
        "1e99999999999999999999",
    ];
    refuses_in_place_of(&server, "usage.total_sessions", &values, SESSIONS);
}

#[test]
fn sessions_are_a_whole_number_up_to_ten_million() {
    let home = Home::new();
    let server = home.serve();
    let cases = [
        ("0", 0),
        ("-0", 0),
        ("0.0", 0),
        ("1", 1),
        ("1.0", 1),
        ("3.0", 3),
        ("3.000", 3),
        ("3e0", 3),
        ("30E-1", 3),
        ("5e+2", 500),
        ("9999999", 9_999_999),
        ("10000000", 10_000_000),
        ("10000000.0", 10_000_000),
        ("1e7", 10_000_000),
    ];
    for (text, number) in cases {
        let report = Report::new().with_raw("usage.total_sessions", text);
        accepts(&server, text, &report);
        let sql = "SELECT CAST(json_extract(usage, '$.total_sessions') AS INTEGER) FROM events WHERE event_id = ?1";
        let kept: i64 = Ledger::open(&home).one(sql, [report.event_id()]);
        assert_eq!(kept, number, "{text} as stored");
    }
}

#[test]
fn of_several_faults_the_first_in_order_is_told() {
    let home = Home::new();
    let server = home.serve();
    let days = |days: i64| Value::from(at(now() + time::Duration::days(days)) + "Z");
    // Everything is wrong at first. Each step mends what was told, and so brings out the next.
    let steps: [(&str, Value, &str); 14] = [
        ("pad", json!(1), EVENT_ID),
        ("event_id", json!(event_id()), TELEMETRY_ID),
        ("telemetry_id", json!("nope"), UUID),
        ("telemetry_id", json!(install_id()), TIMESTAMP),
        ("timestamp", json!("yesterday"), "Invalid timestamp format (must be ISO 8601)"),
        ("timestamp", days(2), "Timestamp too far in the future"),
        ("timestamp", days(-91), "Timestamp too old (max 90 days)"),
        ("timestamp", days(0), ENVIRONMENT),
        ("environment", json!({"mcp_host": 5}), OS),
        ("environment.os", json!("Linux"), VERSION),
        ("environment.version", json!("1.0.0"), USAGE),
        ("usage", json!({"transport_usage": {"local": 1}}), SESSIONS),
        ("usage.total_sessions", json!("5"), SESSIONS),
        ("usage.total_sessions", json!(5), "Invalid environment.mcp_host"),
    ];
    let mut report = Report::new()
        .with("event_id", 5)
        .with("telemetry_id", 5)
        .with("timestamp", 5)
        .with("environment", 5)
        .with("usage", 5);
    for (path, value, text) in steps {
        report = report.with(path, value);
        refuses(&server, &format!("{path} mended"), report.json(), text);
    }
    report = report.with("environment.mcp_host", "claude-code");
    assert_json("all mended", &server.post(report.json()), 200, &stored(report.event_id()));
}
