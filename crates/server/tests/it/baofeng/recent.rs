//! `GET /recent`: the latest errors, for the operator alone.

use serde_json::{Value, json};

use super::{
    ADMIN_TOKEN, ORIGIN, Payload, TOKEN, UNAUTHORIZED, accepts, assert_json, by_operator, client_log, event, increment,
    logs, serve_with, session,
};
use crate::harness::{Answer, Home, Request, Server, now, race};

/// Asks as the operator, and checks all that is the same in every answer.
#[track_caller]
fn recent(server: &Server, query: &str) -> Vec<Value> {
    let answer = server.send(&by_operator(Request::new("GET", &format!("/recent{query}"))));
    assert_json(query, &answer, 200, &answer.text());
    let value: Value = serde_json::from_str(&answer.text()).unwrap();
    let names: Vec<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(names, ["ok", "count", "rows"], "{query}");
    let rows = value["rows"].as_array().unwrap().clone();
    assert_eq!((&value["ok"], &value["count"]), (&json!(true), &json!(rows.len())), "{query}");
    rows
}

fn column<'a>(rows: &'a [Value], name: &str) -> Vec<&'a Value> {
    rows.iter().map(|row| &row[name]).collect()
}

#[test]
fn errors_of_both_paths_are_told_newest_first_and_successes_are_not() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    assert_eq!(recent(&server, ""), [Value::Null; 0], "nothing at first");
    let mut expected = Vec::new();
    for round in 0..10 {
        accepts(&server, "an error", &Payload::error(&format!("event {round}")));
        accepts(&server, "a flash", &Payload::flash(&session()));
        logs(&server, "a log", &Payload::log(&format!("log {round}")));
        expected.extend([format!("event {round}"), format!("log {round}")]);
    }
    let baseline = server.send(&by_operator(event(&Payload::baseline("baseline-x", "5"))));
    assert_eq!(baseline.status, 200, "{}", baseline.text());
    assert_eq!(server.send(&increment(&session())).status, 200);
    expected.reverse();
    let rows = recent(&server, "");
    assert_eq!(column(&rows, "message"), expected.iter().collect::<Vec<_>>());
    let received: Vec<u64> = column(&rows, "receivedAtMs").iter().map(|time| time.as_u64().unwrap()).collect();
    assert!(received.is_sorted_by(|newer, older| newer >= older), "{received:?}");
    server.kill();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    assert_eq!(recent(&server, ""), rows, "the same after a crash, ids included");
}

#[test]
fn all_error_types_of_an_event_are_told() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let kinds = ["client_error", "unhandled_rejection", "window_error", "connect_error", "flash_error"];
    for kind in kinds.into_iter().rev() {
        accepts(&server, kind, &Payload::error("x").with("event_type", kind));
    }
    assert_eq!(column(&recent(&server, ""), "eventType"), kinds);
}

#[test]
fn a_row_has_these_fields_in_this_order() {
    const NAMES: [&str; 12] = [
        "id",
        "receivedAtMs",
        "occurredAt",
        "eventType",
        "message",
        "errorName",
        "model",
        "writeMode",
        "connected",
        "appVersion",
        "pageUrl",
        "logLines",
    ];
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let full = |payload: Payload| {
        payload
            .with("occurred_at", "1816-07-04T12:00:00+05:30")
            .with("error_name", "TypeError")
            .with("stack", "at x")
            .with("user_agent", "Mozilla/5.0")
            .with("page_url", "https://xoniblue.github.io/page")
            .with("session_id", "a session")
            .with("log_lines_json", r#"["ä",null,5,""]"#)
    };
    let bare = |payload: Payload| {
        let names = ["model", "app_version", "write_mode", "connected", "log_lines_json"];
        names.into_iter().fold(payload, Payload::without)
    };
    accepts(&server, "an error", &full(Payload::error("full, an event")));
    logs(&server, "a log", &full(Payload::log("full, a log")));
    accepts(&server, "an error", &bare(Payload::error("bare, an event")));
    logs(&server, "a log", &bare(Payload::log("bare, a log")));
    let mixed = Payload::error("mixed").with("write_mode", 0).with("connected", 1);
    accepts(&server, "an error", &mixed);

    let mut rows = recent(&server, "");
    let now = now().unix_timestamp();
    let mut ids = Vec::new();
    for row in &mut rows {
        let row = row.as_object_mut().unwrap();
        assert_eq!(row.keys().collect::<Vec<_>>(), NAMES);
        ids.push(row.remove("id").unwrap().as_str().unwrap().to_owned());
        let received = row.remove("receivedAtMs").unwrap().as_i64().unwrap();
        assert!((now - received / 1000).abs() < 600, "{received} is the time of receipt in milliseconds");
    }
    let told = |message: &str| {
        json!({
            "occurredAt": "1816-07-04T12:00:00+05:30", "eventType": "flash_error", "message": message,
            "errorName": "TypeError", "model": "UV-5RM", "writeMode": true, "connected": true,
            "appVersion": "2.1.0", "pageUrl": "", "logLines": ["ä", "null", "5", ""],
        })
    };
    let untold = |message: &str| {
        json!({
            "occurredAt": "2026-02-12T18:00:00.123Z", "eventType": "flash_error", "message": message,
            "errorName": null, "model": "unknown", "writeMode": false, "connected": false,
            "appVersion": "unknown", "pageUrl": "", "logLines": [],
        })
    };
    let mixed = json!({
        "occurredAt": "2026-02-12T18:00:00.123Z", "eventType": "flash_error", "message": "mixed",
        "errorName": null, "model": "UV-5RM", "writeMode": false, "connected": true,
        "appVersion": "2.1.0", "pageUrl": "", "logLines": ["one line"],
    });
    let expected =
        [mixed, untold("bare, a log"), untold("bare, an event"), told("full, a log"), told("full, an event")];
    assert_eq!(rows, expected);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5, "ids are distinct: {ids:?}");
    assert!(ids.iter().all(|id| !id.is_empty()), "{ids:?}");
}

#[test]
fn the_limit_is_clamped() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let request = |number: usize| match number % 2 {
        0 => event(&Payload::error(&number.to_string())),
        _ => client_log(&Payload::log(&number.to_string())),
    };
    let requests: Vec<Request> = (0..205).map(request).collect();
    for answer in race(&server, 16, &requests) {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let all = recent(&server, "?limit=200");
    let table = [
        ("", 50),
        ("?", 50),
        ("?other=7", 50),
        ("?limit=50", 50),
        ("?limit=0", 1),
        ("?limit=-5", 1),
        ("?limit=-0.5", 1),
        ("?limit=2.9", 2),
        ("?limit=199.9", 199),
        ("?limit=", 1),
        ("?limit=abc", 50),
        ("?limit=5x", 50),
        ("?limit=NaN", 50),
        ("?limit=1", 1),
        ("?limit=007", 7),
        ("?limit=1e2", 100),
        ("?limit=200", 200),
        ("?limit=201", 200),
        ("?limit=1000", 200),
        ("?limit=1e300", 200),
        // The first counts.
        ("?limit=3&limit=7", 3),
        ("?limit=abc&limit=7", 50),
        ("?other=1&limit=4&more", 4),
        ("?Limit=4", 50),
    ];
    for (query, count) in table {
        let rows = recent(&server, query);
        assert_eq!(rows.len(), count, "{query}");
        assert!(rows == all[..count], "{query}: the newest ones");
    }
}

#[track_caller]
fn assert_refused(case: &str, answer: &Answer) {
    assert_json(case, answer, 401, UNAUTHORIZED);
}

#[test]
fn a_wrong_token_is_refused() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    accepts(&server, "an error", &Payload::error("secret"));
    assert_refused("none", &server.get("/recent"));
    assert_refused("none, with a limit", &server.get("/recent?limit=5"));
    assert_refused("in the query", &server.get(&format!("/recent?token={TOKEN}&authorization=Bearer%20{TOKEN}")));
    let tokens = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        "Bearer wrong".to_owned(),
        TOKEN.to_owned(),
        format!("Basic {TOKEN}"),
        format!("Bearer{TOKEN}"),
        format!("Bearer {TOKEN}x"),
        format!("Bearer x{TOKEN}"),
        format!("Bearer {}", &TOKEN[..TOKEN.len() - 1]),
        format!("Bearer {}", &TOKEN[1..]),
        format!("Bearer {}", TOKEN.to_uppercase()),
        format!("Bearer {TOKEN} {TOKEN}"),
        format!("Bearer \"{TOKEN}\""),
    ];
    for token in tokens {
        assert_refused(&token, &server.send(&Request::new("GET", "/recent").header("authorization", &token)));
    }
    let elsewhere = Request::new("GET", "/recent").header("x-authorization", &format!("Bearer {TOKEN}"));
    assert_refused("in another header", &server.send(&elsewhere));
}

#[test]
fn without_a_token_configured_there_is_no_list() {
    const MISSING: &str = r#"{"ok":false,"error":"ADMIN_TOKEN is not configured"}"#;
    let home = Home::new();
    let server = home.serve();
    assert_json("no token", &server.get("/recent"), 503, MISSING);
    assert_json("with a limit", &server.get("/recent?limit=5"), 503, MISSING);
    assert_json("a token", &server.send(&by_operator(Request::new("GET", "/recent"))), 503, MISSING);
    for token in ["Bearer", "Bearer ", "Bearer undefined"] {
        let request = Request::new("GET", "/recent").header("authorization", token);
        assert_json(token, &server.send(&request), 503, MISSING);
    }
}

#[test]
fn no_origin_is_looked_at() {
    let home = Home::new();
    let configured = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    for origin in [ORIGIN, "https://example.org", "null"] {
        let request = Request::new("GET", "/recent").header("origin", origin);
        let listed = configured.send(&by_operator(request.clone()));
        assert_json(origin, &listed, 200, r#"{"ok":true,"count":0,"rows":[]}"#);
        assert_refused(origin, &configured.send(&request));
    }
}
