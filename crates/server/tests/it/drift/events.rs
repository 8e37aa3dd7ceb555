//! The envelope of an event, and what an event is.

use serde_json::Value;
use time::Duration;

use super::{
    Bad, MOST, accepts, bare, batch, number, one_of_each, post, refuses, rows, scan, signature, stamp, told, total,
};
use crate::harness::{Home, Report, Server, at, day, install_id, now};

/// Values that are no text.
const NO_TEXT: [&str; 7] = ["null", "0", "5", "true", "false", "[\"a\"]", "{\"a\":\"b\"}"];

/// Checks that an event without the field is refused, and so is one with each of the values in its place.
#[track_caller]
fn refuses_in_place_of(server: &Server, field: &'static str, values: &[String]) {
    let mut bad = vec![Bad::new(format!("no {field}"), &scan().without(field), field)];
    bad.extend(values.iter().map(|value| Bad::new(format!("{field}: {value}"), &scan().with_raw(field, value), field)));
    refuses(server, &bad);
}

/// The values that are no text, and texts.
fn no_texts_and(texts: &[&str]) -> Vec<String> {
    NO_TEXT
        .iter()
        .map(|value| (*value).to_owned())
        .chain(texts.iter().map(|text| Value::from(*text).to_string()))
        .collect()
}

#[test]
fn an_event_that_is_no_object_is_refused() {
    let home = Home::new();
    let server = home.serve();
    let good = scan().json();
    let nested = format!("[{good}]");
    let odd = ["null", "0", "5", "1e999", "true", "false", "\"\"", "\"text\"", "[]", "[{}]", "{}", &nested];
    let mut events = vec![good.as_str()];
    events.extend(odd);
    let (count, rejected) = told("all odd but the first", &post(&server, batch(&events)));
    let places: Vec<usize> = rejected.iter().map(|(index, _)| *index).collect();
    assert_eq!((count, places), (1, (1..=odd.len()).collect()));
    assert_eq!(total(&home), 1);
}

#[test]
fn a_type_is_a_text_that_is_not_empty() {
    let home = Home::new();
    let server = home.serve();
    refuses_in_place_of(&server, "type", &no_texts_and(&[""]));
}

#[test]
fn a_version_is_a_text_of_1_to_64_characters() {
    let home = Home::new();
    let server = home.serve();
    let long = ["x".repeat(65), "é".repeat(65), "😀".repeat(65), "x".repeat(5000)];
    let mut texts: Vec<&str> = long.iter().map(String::as_str).collect();
    texts.push("");
    refuses_in_place_of(&server, "driftVersion", &no_texts_and(&texts));
    let versions = ["x".repeat(64), "é".repeat(64), "😀".repeat(64), "0".to_owned(), "0.9.40-beta.1+build".to_owned()];
    accepts(&server, "up to 64", &versions.clone().map(|version| scan().with("driftVersion", version)));
    for version in versions {
        let sql = format!("SELECT COUNT(*) AS n FROM events WHERE drift_version = '{version}'");
        assert_eq!(number(&home, &sql), 1, "{version}");
    }
}

#[test]
fn an_installation_is_a_uuid_of_any_case_or_unknown() {
    let home = Home::new();
    let server = home.serve();
    refuses_in_place_of(
        &server,
        "installationId",
        &no_texts_and(&[
            "",
            " ",
            "nope",
            "unknown ",
            "550e8400e29b41d4a716446655440000",
            "{550e8400-e29b-41d4-a716-446655440000}",
            "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-44665544000",
            "550e8400-e29b-41d4-a716-4466554400000",
            "550e8400-e29b-41d4-a716-44665544000g",
            "550e840-0e29b-41d4-a716-446655440000",
            "550e8400-e29b-41d4-a716-446655440000\n",
        ]),
    );
    let sent = [
        "550e8400-e29b-41d4-a716-446655440000",
        "650E8400-E29B-41D4-A716-44665544000A",
        "00000000-0000-0000-0000-000000000000",
        "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF",
        "unknown",
    ];
    accepts(&server, "every form", &sent.map(|id| signature().with("installationId", id)));
    for id in sent {
        let id = id.to_lowercase();
        let sql =
            format!("SELECT COUNT(*) AS n FROM events WHERE installation_id = '{id}' AND type = 'pattern_signature'");
        assert_eq!(number(&home, &sql), 1, "{id}, stored in lower case");
    }
}

#[test]
fn a_timestamp_is_iso_8601() {
    let home = Home::new();
    let server = home.serve();
    refuses_in_place_of(
        &server,
        "timestamp",
        &no_texts_and(&[
            "",
            " ",
            "yesterday",
            "now",
            "2026",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-02-12T25:00:00Z",
            "2026-02-12T12:60:00Z",
            "12.02.2026",
            "Thu, 12 Feb 2026 18:00:00 GMT",
            "1770919200000",
        ]),
    );
    let time = now() - Duration::hours(2);
    let text = at(time);
    let forms = [
        stamp(time),
        format!("{text}Z"),
        text.clone(),
        format!("{text}.1Z"),
        format!("{text}.123456+00:00"),
        format!("{text}.12345678901234567890Z"),
        format!("{text}+05:30"),
        format!("{text}.5-08:00"),
        day(time),
    ];
    accepts(&server, "every form", &forms.clone().map(|form| signature().with("timestamp", form)));
    let sent = stamp(time);
    let sql = format!("SELECT COUNT(*) AS n FROM events WHERE timestamp = '{sent}'");
    assert_eq!(number(&home, &sql), 1, "{sent}, stored as the client writes it");
}

#[test]
fn a_timestamp_is_at_most_90_days_old_and_at_most_a_day_ahead() {
    let home = Home::new();
    let server = home.serve();
    let off = |hours: i64| scan().with("timestamp", stamp(now() + Duration::hours(hours)));
    accepts(&server, "within", &[off(-90 * 24 + 1), off(-24), off(0), off(23)]);
    let bad = [-90 * 24 - 1, -91 * 24, -400 * 24, -20_000 * 24, 25, 48, 400 * 24];
    refuses(&server, &bad.map(|hours| Bad::new(format!("{hours} hours off"), &off(hours), "timestamp")));
    refuses(
        &server,
        &["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
            .map(|time| Bad::new(time, &scan().with("timestamp", time), "timestamp")),
    );
}

#[test]
fn every_envelope_field_is_needed_whatever_the_type() {
    let home = Home::new();
    let server = home.serve();
    let fields = ["type", "timestamp", "installationId", "driftVersion"];
    let mut events = one_of_each().to_vec();
    events.push(bare("some.other_type"));
    let bad: Vec<Bad> = events
        .iter()
        .flat_map(|event| fields.map(|field| Bad::new(format!("no {field}"), &event.clone().without(field), field)))
        .collect();
    refuses(&server, &bad);
    assert_eq!(number(&home, "SELECT COUNT(*) AS n FROM events WHERE type <> 'scan_completion'"), 0);
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let home = Home::new();
    let server = home.serve();
    let good = [
        signature().with_twice("confidence", "5", "0.25"),
        signature().with_twice("driftVersion", "null", "\"1.2.3\""),
        signature().with_twice("type", "5", "\"pattern_signature\""),
    ];
    accepts(&server, "the last is good", &good);
    assert_eq!(super::payload(&home, good[0].get("installationId").as_str().unwrap())["confidence"], 0.25);
    let bad = [
        Bad::new("confidence", &signature().with_twice("confidence", "0.25", "5"), "confidence"),
        Bad::new("driftVersion", &signature().with_twice("driftVersion", "\"1.2.3\"", "5"), "driftVersion"),
    ];
    refuses(&server, &bad);
}

#[test]
fn half_a_surrogate_pair_is_read_as_the_replacement_character() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "cut in half", &[scan().with_raw("driftVersion", "\"1.0\\ud83d\"")]);
    assert_eq!(rows(&home, "SELECT drift_version FROM events")[0]["drift_version"], "1.0\u{fffd}");
}

#[test]
fn an_install_in_another_case_is_the_same_install() {
    let home = Home::new();
    let server = home.serve();
    let install = install_id();
    let shouted = install.to_uppercase();
    assert_ne!(install, shouted);
    let of = |place: usize| signature().with("installationId", [install.as_str(), &shouted][place % 2]);
    let events: Vec<Report> = (0..MOST).map(of).collect();
    accepts(&server, "both cases", &events);
    let found = rows(&home, "SELECT installation_id, COUNT(*) AS n FROM events GROUP BY installation_id");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((&found[0]["installation_id"], found[0]["n"].as_u64()), (&Value::from(install), Some(100)));
}
