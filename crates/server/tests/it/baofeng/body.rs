//! The size of a body, and what counts as JSON, at every path that takes one.

use super::{
    INVALID_FIELDS, INVALID_JSON, LOGGED, Payload, STORED, TOO_LARGE, assert_json, assert_rows, assert_total, event,
    post, session,
};
use crate::harness::{Home, Request, Server};

/// In UTF-16 units.
const LARGEST: usize = 40_000;

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The object made so many units long by one more member, filled with the text.
fn sized(object: &str, length: usize, filler: &str) -> String {
    let start = format!("{},\"pad\":\"", object.strip_suffix('}').unwrap());
    let room = length - units(&start) - 2;
    let (times, rest) = (room / units(filler), room % units(filler));
    let body = format!("{start}{}{}\"}}", filler.repeat(times), "x".repeat(rest));
    assert_eq!(units(&body), length, "the test's own arithmetic");
    body
}

/// The paths that take a body, with one that passes and its answer.
fn writes() -> [(&'static str, String, &'static str); 3] {
    [
        ("/event", Payload::error("sized").json(), STORED),
        ("/client-log", Payload::log("sized").json(), LOGGED),
        ("/increment", r#"{"sessionId":"one"}"#.to_owned(), r#"{"total":1}"#),
    ]
}

#[test]
fn a_body_of_40_000_units_passes_and_a_unit_more_does_not() {
    for (filler, name) in
        [("x", "ASCII"), ("😀", "characters of 2 units and 4 bytes"), ("€", "characters of 1 unit and 3 bytes")]
    {
        let home = Home::new();
        let server = home.serve();
        for (path, object, answer) in writes() {
            let case = format!("{path}, {name}");
            let over = server.send(&post(path, sized(&object, LARGEST + 1, filler)));
            assert_json(&format!("{case}: 40,001"), &over, 413, TOO_LARGE);
            let full = server.send(&post(path, sized(&object, LARGEST, filler)));
            assert_json(&format!("{case}: 40,000"), &full, 200, answer);
        }
        assert_rows(&home, name, 1, 1);
    }
}

#[test]
fn a_body_is_measured_the_same_in_chunks() {
    let home = Home::new();
    let server = home.serve();
    let object = Payload::error("in chunks").json();
    for filler in ["x", "😀", "€"] {
        for chunk in [1_001, 200_000] {
            let case = format!("{filler}, chunks of {chunk} bytes");
            let full = post("/event", sized(&object, LARGEST, filler)).chunked(chunk);
            assert_json(&case, &server.send(&full), 200, STORED);
            let over = post("/event", sized(&object, LARGEST + 1, filler)).chunked(chunk);
            assert_json(&case, &server.send(&over), 413, TOO_LARGE);
        }
    }
}

#[test]
fn the_size_is_that_of_the_text_as_it_was_sent() {
    let home = Home::new();
    let server = home.serve();
    let object = Payload::error("sent").json();
    let spaced = |length: usize| object.clone() + &" ".repeat(length - units(&object));
    assert_json("40,000, most of it spaces", &server.send(&post("/event", spaced(LARGEST))), 200, STORED);
    assert_json("a space more", &server.send(&post("/event", spaced(LARGEST + 1))), 413, TOO_LARGE);
    // Six units each, though the character is one.
    let escaped = |count: usize| Payload::error("sent").with_raw("stack", &format!("\"{}\"", r"\u0061".repeat(count)));
    assert_json("6,000 escapes", &server.send(&event(&escaped(6_000))), 200, STORED);
    assert_json("7,000 escapes", &server.send(&event(&escaped(7_000))), 413, TOO_LARGE);
    // The size comes before what the text is.
    for (path, _, _) in writes() {
        let noise = |length: usize| server.send(&post(path, "x".repeat(length)));
        assert_json(&format!("{path}: 40,000 of no JSON"), &noise(LARGEST), 400, INVALID_JSON);
        assert_json(&format!("{path}: 40,001 of no JSON"), &noise(LARGEST + 1), 413, TOO_LARGE);
        assert_json(&format!("{path}: 300,000 of no JSON"), &noise(300_000), 413, TOO_LARGE);
    }
}

/// Posts the body to every path that takes one.
#[track_caller]
fn refused_everywhere(server: &Server, case: &str, body: impl AsRef<[u8]>, answer: &str) {
    for (path, _, _) in writes() {
        assert_json(&format!("{path}: {case}"), &server.send(&post(path, body.as_ref())), 400, answer);
    }
}

#[test]
fn what_does_not_parse_is_no_json() {
    let home = Home::new();
    let server = home.serve();
    let whole = Payload::flash(&session()).and("sessionId", session()).json();
    let bodies = [
        "",
        " ",
        "{",
        "}",
        "[",
        "nul",
        "True",
        "NaN",
        "Infinity",
        "+1",
        "01",
        "1.",
        "'a'",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "[1,]",
        "{\"a\":1 \"b\":2}",
        "\"\\u12\"",
        "// {}",
        "{} {}",
        "sessionId=1&event_type=flash_success",
        "\"a\nb\"",
        "\u{a0}{}",
    ];
    for body in bodies {
        refused_everywhere(&server, &format!("{body:?}"), body, INVALID_JSON);
    }
    refused_everywhere(&server, "cut off", &whole[..whole.len() - 1], INVALID_JSON);
    refused_everywhere(&server, "something after it", format!("{whole},"), INVALID_JSON);
    refused_everywhere(&server, "twice", format!("{whole}{whole}"), INVALID_JSON);
    refused_everywhere(&server, "a byte order mark", format!("\u{feff}{whole}"), INVALID_JSON);
    for bytes in [&b"\xFF"[..], b"\x80", b"\xE2\x82", b"\xC0\xAF", b"\xED\xA0\xBD", b"\xF4\x90\x80\x80", b"\0"] {
        let spoilt = [b"{\"pad\":\"", bytes, b"\",", &whole.as_bytes()[1..]].concat();
        refused_everywhere(&server, &format!("{bytes:x?} in a text"), spoilt, INVALID_JSON);
    }
    assert_rows(&home, "nothing", 0, 0);
    assert_total(&server, "nothing", 0);
}

#[test]
fn what_is_no_object_breaks_the_rules() {
    let home = Home::new();
    let server = home.serve();
    for body in ["null", "true", "false", "0", "1.5", "1e999", "\"\"", "\"text\"", "[]", "[{}]", "{}"] {
        refused_everywhere(&server, body, body, INVALID_FIELDS);
    }
    let listed = format!("[{}]", Payload::flash(&session()).and("sessionId", session()).json());
    refused_everywhere(&server, "in a list", listed, INVALID_FIELDS);
    assert_rows(&home, "nothing", 0, 0);
    assert_total(&server, "nothing", 0);
}

#[test]
fn nesting_is_read_to_a_depth_of_128() {
    let home = Home::new();
    let server = home.serve();
    // The object itself is the first level.
    let nested = |depth: usize| "[".repeat(depth - 1) + &"]".repeat(depth - 1);
    for (path, object, answer) in writes() {
        let deep = |depth: usize| format!("{},\"pad\":{}}}", object.strip_suffix('}').unwrap(), nested(depth));
        assert_json(&format!("{path}: 129 deep"), &server.send(&post(path, deep(129))), 400, INVALID_JSON);
        assert_json(&format!("{path}: 128 deep"), &server.send(&post(path, deep(128))), 200, answer);
    }
}

#[test]
fn the_content_type_is_not_looked_at() {
    let home = Home::new();
    let server = home.serve();
    let kinds = [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain;charset=UTF-8",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "nonsense",
        "",
    ];
    for content_type in kinds {
        let typed = |path: &str, body: String| {
            server.send(&Request::new("POST", path).header("content-type", content_type).body(body))
        };
        let error = typed("/event", Payload::error("typed").json());
        assert_json(&format!("/event as {content_type:?}"), &error, 200, STORED);
        let log = typed("/client-log", Payload::log("typed").json());
        assert_json(&format!("/client-log as {content_type:?}"), &log, 200, LOGGED);
        let counted = typed("/increment", format!(r#"{{"sessionId":"typed as {content_type}"}}"#));
        assert_eq!(counted.status, 200, "/increment as {content_type:?}: {}", counted.text());
    }
    let untyped = Request::new("POST", "/event").body(Payload::error("untyped").json());
    assert_json("none at all", &server.send(&untyped), 200, STORED);
    assert_rows(&home, "all of them", 8, 7);
    assert_total(&server, "a session a type", kinds.len());
}

#[test]
fn of_two_equal_members_the_last_counts() {
    let home = Home::new();
    let server = home.serve();
    let flash = session();
    let twice = Payload::flash(&flash).with("event_type", "nonsense").and("event_type", "flash_success");
    assert_json("a wrong type, then a right one", &server.send(&event(&twice)), 200, STORED);
    let spoilt = Payload::flash(&session()).and("write_mode", 2);
    assert_json("a right mode, then a wrong one", &server.send(&event(&spoilt)), 400, INVALID_FIELDS);
    let sessions = format!(r#"{{"sessionId":"other","session\u0049d":"{flash}"}}"#);
    let counted = server.send(&post("/increment", sessions));
    assert_json("the last session, its name escaped", &counted, 200, r#"{"total":1,"deduped":true}"#);
}
