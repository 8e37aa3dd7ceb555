//! What counts as JSON, and how its odder corners are read.

use super::{RECORDED, accepts, assert_json, refuses, stored};
use crate::harness::{Home, Ledger, Report, event_id};

const INVALID: &str = "Invalid JSON";

/// Lists nested as deep as told.
fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

/// A report's bytes with one marked byte replaced by others.
fn with_bytes(path: &str, bytes: &[u8]) -> Vec<u8> {
    let text = Report::new().with(path, "@").json();
    let (before, after) = text.split_once('@').unwrap();
    [before.as_bytes(), bytes, after.as_bytes()].concat()
}

#[test]
fn a_body_that_does_not_parse_is_the_clients_fault() {
    let home = Home::new();
    let server = home.serve();
    let whole = Report::new().json();
    let bodies = [
        "",
        " ",
        "\n",
        "{",
        "}",
        "[",
        "{]",
        "nul",
        "nulll",
        "True",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "1.",
        ".5",
        "0x10",
        "'a'",
        "{'a':1}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[1,]",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "\"",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "// {}",
        "{} {}",
        "null null",
        "{}x",
        "event_id=1&telemetry_id=2",
        "<xml/>",
        "\"a\nb\"",
        "\"a\tb\"",
        "\u{a0}{}",
    ];
    for body in bodies {
        refuses(&server, &format!("{body:?}"), body, INVALID);
    }
    refuses(&server, "cut off", &whole[..whole.len() - 1], INVALID);
    refuses(&server, "something after it", format!("{whole},"), INVALID);
    refuses(&server, "twice", format!("{whole}{whole}"), INVALID);
    refuses(&server, "a comma before the end", whole.replace("}}", "},}"), INVALID);
    accepts(&server, "and the server goes on", &Report::new());
}

#[test]
fn broken_json_is_refused_in_an_undeclared_field_too() {
    let home = Home::new();
    let server = home.serve();
    for value in ["tru", "01", "1.", "-", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "[1,]", "{\"a\"}", "NaN", "{\"a\":[}]"] {
        refuses(&server, value, Report::new().with_raw("undeclared", value).json(), INVALID);
    }
}

#[test]
fn a_byte_order_mark_is_not_json() {
    let home = Home::new();
    let server = home.serve();
    refuses(&server, "UTF-8", format!("\u{feff}{}", Report::new().json()), INVALID);
    let wide: Vec<u8> = Report::new().json().encode_utf16().flat_map(u16::to_le_bytes).collect();
    refuses(&server, "UTF-16", [&[0xFF, 0xFE][..], &wide].concat(), INVALID);
    refuses(&server, "UTF-16 without a mark", wide, INVALID);
}

#[test]
fn invalid_utf8_and_raw_control_bytes_are_refused_wherever_they_stand() {
    let home = Home::new();
    let server = home.serve();
    let sequences: [(&str, &[u8]); 8] = [
        ("a byte of no character", b"\xFF"),
        ("a lone continuation", b"\x80"),
        ("a character cut short", b"\xE2\x82"),
        ("an overlong slash", b"\xC0\xAF"),
        ("a surrogate in UTF-8", b"\xED\xA0\xBD"),
        ("beyond Unicode", b"\xF4\x90\x80\x80"),
        ("Latin-1", b"caf\xE9"),
        ("NUL", b"\0"),
    ];
    for (case, bytes) in sequences {
        for path in
            ["event_id", "environment.os", "undeclared", "environment.undeclared", "usage.provider_usage.undeclared"]
        {
            refuses(&server, &format!("{case} in {path}"), with_bytes(path, bytes), INVALID);
        }
        let name = [b"{\"", bytes, b"\":1}"].concat();
        refuses(&server, &format!("{case} in a name"), name, INVALID);
        refuses(&server, &format!("{case} alone"), bytes, INVALID);
    }
    refuses(&server, "NUL after the end", Report::new().json() + "\0", INVALID);
}

#[test]
fn nesting_is_read_to_a_depth_of_128() {
    let home = Home::new();
    let server = home.serve();
    // The report itself is the first level, `environment` and `usage` the second.
    for (place, levels) in [("undeclared", 1), ("environment.undeclared", 2), ("usage.provider_usage.undeclared", 3)] {
        let report = |depth: usize| Report::new().with_raw(place, &nested(depth - levels));
        accepts(&server, &format!("128 deep in {place}"), &report(128));
        refuses(&server, &format!("129 deep in {place}"), report(129).json(), INVALID);
    }
    let objects = |depth: usize| "{\"a\":".repeat(depth - 1) + "1" + &"}".repeat(depth - 1);
    accepts(&server, "objects, 128 deep", &Report::new().with_raw("undeclared", &objects(128)));
    refuses(&server, "objects, 129 deep", Report::new().with_raw("undeclared", &objects(129)).json(), INVALID);
    refuses(&server, "lists alone, 128 deep", nested(128), "Invalid or missing event_id");
    refuses(&server, "lists alone, 129 deep", nested(129), INVALID);
    let wide = format!("[{}]", vec!["[[]]"; 1000].join(","));
    accepts(&server, "wide is not deep", &Report::new().with_raw("undeclared", &wide));
}

#[test]
fn a_lone_surrogate_is_read_as_the_replacement_character() {
    let home = Home::new();
    let server = home.serve();
    let cases = [
        (r"\ud83d", "\u{fffd}"),
        (r"\ude00", "\u{fffd}"),
        (r"\uD83D", "\u{fffd}"),
        (r"\ud83dA", "\u{fffd}A"),
        (r"\ud83d\n", "\u{fffd}\n"),
        (r"\ud83d\u0041", "\u{fffd}A"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\ud83d", "\u{fffd}\u{fffd}"),
        (r"\ud83d\\ude00", "\u{fffd}\\ude00"),
        (r"\ud83d\ude00", "😀"),
        (r"\uD83D\uDE00", "😀"),
    ];
    for (escaped, text) in cases {
        let fresh = event_id();
        let id = format!("{fresh}{text}");
        let report = Report::new()
            .with_raw("event_id", &format!("\"{fresh}{escaped}\""))
            .with_raw("environment.os", &format!("\"{escaped}\""));
        assert_json(escaped, &server.post(report.json()), 200, &stored(&id));
        let ledger = Ledger::open(&home);
        assert_eq!(ledger.count(&id), 1, "{escaped}: stored under the id that was answered");
        let os: String = ledger.one("SELECT json_extract(environment, '$.os') FROM events WHERE event_id = ?1", [&id]);
        assert_eq!(os, text, "{escaped} in environment.os");
        let same = Report::new().with("event_id", id);
        assert_json(&format!("{escaped}: the id as answered, sent again"), &server.post(same.json()), 200, RECORDED);
    }
    let undeclared = Report::new().with_raw("undeclared", r#"{"\ud83d":"\ude00"}"#);
    accepts(&server, "in an undeclared name and value", &undeclared);
}

#[test]
fn a_lone_surrogate_counts_as_one_character() {
    let home = Home::new();
    let server = home.serve();
    let id = |count: usize| format!("\"{}\"", r"\ud83d".repeat(count));
    let longest = Report::new().with_raw("event_id", &id(128));
    assert_json("128", &server.post(longest.json()), 200, &stored(&"\u{fffd}".repeat(128)));
    refuses(&server, "129", Report::new().with_raw("event_id", &id(129)).json(), "Invalid or missing event_id");
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let home = Home::new();
    let server = home.serve();
    let good = format!("\"{}\"", event_id());
    let id = good.trim_matches('"').to_owned();
    let answer = server.post(Report::new().with_twice("event_id", "5", &good).json());
    assert_json("a wrong event_id, then a right one", &answer, 200, &stored(&id));
    let kept = [
        ("usage.total_sessions", "5", "7", "$.total_sessions"),
        ("usage.total_sessions", "\"x\"", "7", "$.total_sessions"),
        ("usage.total_sessions", "1e999", "7", "$.total_sessions"),
        ("usage.transport_usage.local", "-1", "7", "$.transport_usage.local"),
        ("usage.transport_usage", "{\"local\":1,\"livekit\":2}", "{\"local\":7}", "$.transport_usage.local"),
        ("usage", "{}", "{\"total_sessions\":7}", "$.total_sessions"),
    ];
    for (path, first, second, place) in kept {
        let case = format!("{path}: {first}, then {second}");
        let report = Report::new().with_twice(path, first, second);
        accepts(&server, &case, &report);
        let sql = "SELECT json_extract(usage, ?2) FROM events WHERE event_id = ?1";
        let number: i64 = Ledger::open(&home).one(sql, [report.event_id(), place]);
        assert_eq!(number, 7, "{case}");
    }
    let refused = [
        ("event_id", "\"x\"", "5", "Invalid or missing event_id"),
        ("event_id", "\"x\"", "null", "Invalid or missing event_id"),
        ("usage.total_sessions", "7", "-1", "Invalid or missing usage.total_sessions"),
        ("usage.total_sessions", "7", "null", "Invalid or missing usage.total_sessions"),
        (
            "environment",
            "{\"os\":\"Linux\",\"version\":\"1\"}",
            "{\"os\":\"Linux\"}",
            "Invalid or missing environment.version",
        ),
        ("environment", "{\"os\":\"Linux\",\"version\":\"1\"}", "5", "Invalid or missing environment object"),
        ("usage.transport_usage.local", "7", "-1", "Invalid usage.transport_usage"),
    ];
    for (path, first, second, text) in refused {
        refuses(
            &server,
            &format!("{path}: {first}, then {second}"),
            Report::new().with_twice(path, first, second).json(),
            text,
        );
    }
}

#[test]
fn an_escaped_key_is_the_same_key() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    let escaped = report.json().replace("\"event_id\"", r#""\u0065vent\u005fid""#).replace("\"os\"", r#""o\u0073""#);
    assert_json("escaped", &server.post(escaped), 200, &stored(report.event_id()));
    let twice = last_member(&Report::new().json(), r#""event\u005fid":5"#);
    refuses(&server, "escaped, and last of two", twice, "Invalid or missing event_id");
}

/// The object with one more member at its end.
fn last_member(object: &str, member: &str) -> String {
    format!("{},{member}}}", object.strip_suffix('}').unwrap())
}

#[test]
fn numbers_beyond_every_range_are_ignored_where_nothing_is_declared() {
    let home = Home::new();
    let server = home.serve();
    for number in [
        "1e999",
        "-1e999",
        "1e-999",
        "1e99999999999999999999",
        "123456789012345678901234567890",
        "-0",
        &"9".repeat(5000),
    ] {
        for path in ["undeclared", "environment.undeclared", "usage.undeclared"] {
            let case = format!("{path}: {}", &number[..number.len().min(30)]);
            accepts(&server, &case, &Report::new().with_raw(path, number));
        }
    }
}

#[test]
fn white_space_and_order_of_members_do_not_matter() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    let spaced = format!(" \t\r\n{}\r\n\t ", last_member(&report.json(), " \"pad\" : [ 1 , 2 ] \n"));
    assert_json("spaces", &server.post(spaced), 200, &stored(report.event_id()));
    let report = Report::new();
    let moved = format!("{{\"usage\":{{\"total_sessions\":1}},{}", &report.json()[1..]);
    assert_json("moved", &server.post(moved), 200, &stored(report.event_id()));
}
