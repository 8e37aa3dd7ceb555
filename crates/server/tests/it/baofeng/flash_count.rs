//! The number of flashes: `GET /metrics/flash-count`, the older `GET /count` and `POST /increment`, and baselines.

use super::{
    ADMIN_TOKEN, INVALID_FIELDS, Payload, REPEATED, STORED, TOKEN, accepts, assert_json, assert_rows, assert_total,
    by_operator, event, increment, logs, post, query, refuses, serve_with, session,
};
use crate::harness::{Answer, Home, Server};

/// Checks the answer to `/increment`.
#[track_caller]
fn assert_counted(case: &str, answer: &Answer, total: usize, deduped: bool) {
    let deduped = if deduped { ",\"deduped\":true" } else { "" };
    assert_json(case, answer, 200, &format!(r#"{{"total":{total}{deduped}}}"#));
}

/// Posts a baseline as the operator.
#[track_caller]
fn sets(server: &Server, case: &str, payload: &Payload) {
    assert_json(case, &server.send(&by_operator(event(payload))), 200, STORED);
}

#[test]
fn flashes_count_and_nothing_else_does() {
    let home = Home::new();
    let server = home.serve();
    assert_total(&server, "at first", 0);
    for flashes in 1..=3 {
        accepts(&server, "a flash", &Payload::flash(&session()));
        assert_total(&server, "after a flash", flashes);
    }
    accepts(&server, "an error", &Payload::error("x"));
    accepts(&server, "an error with a session", &Payload::error("x").with("session_id", session()));
    logs(&server, "a log", &Payload::log("x"));
    refuses(&server, "a flash that breaks a rule", &Payload::flash(&session()).with("message", ""));
    assert_total(&server, "still", 3);
}

#[test]
fn an_increment_counts_its_session_once() {
    let home = Home::new();
    let server = home.serve();
    let (one, other) = (session(), session());
    assert_counted("one", &server.send(&increment(&one)), 1, false);
    assert_counted("one again", &server.send(&increment(&one)), 1, true);
    assert_counted("the other", &server.send(&increment(&other)), 2, false);
    assert_counted("one, later", &server.send(&increment(&one)), 2, true);
    assert_counted("the other, later", &server.send(&increment(&other)), 2, true);
    assert_total(&server, "both", 2);
    assert_rows(&home, "neither table", 0, 0);
}

#[test]
fn one_flash_counts_once_whichever_paths_it_takes() {
    let home = Home::new();
    let server = home.serve();
    let first = session();
    accepts(&server, "the event", &Payload::flash(&first));
    assert_counted("then the increment", &server.send(&increment(&first)), 1, true);
    assert_json("the event again", &server.send(&event(&Payload::flash(&first))), 200, REPEATED);
    assert_total(&server, "the first flash", 1);
    assert_rows(&home, "the first flash", 1, 0);

    let second = session();
    assert_counted("the increment", &server.send(&increment(&second)), 2, false);
    accepts(&server, "then the event, which is news", &Payload::flash(&second));
    assert_total(&server, "the second flash", 2);
    assert_rows(&home, "the second flash", 2, 0);
    assert_json("the event again", &server.send(&event(&Payload::flash(&second))), 200, REPEATED);
    assert_counted("the increment again", &server.send(&increment(&second)), 2, true);
    assert_total(&server, "both flashes", 2);

    let failed = session();
    accepts(&server, "an error", &Payload::error("x").with("session_id", &*failed));
    assert_counted("a session that had errors", &server.send(&increment(&failed)), 3, false);
}

#[test]
fn an_increment_needs_a_session_of_120_units_at_most() {
    let home = Home::new();
    let server = home.serve();
    let bodies = [
        "{}",
        r#"{"session_id":"x"}"#,
        r#"{"sessionid":"x"}"#,
        r#"{"sessionId":""}"#,
        r#"{"sessionId":null}"#,
        r#"{"sessionId":5}"#,
        r#"{"sessionId":true}"#,
        r#"{"sessionId":["x"]}"#,
        r#"{"sessionId":{}}"#,
    ];
    for body in bodies {
        assert_json(body, &server.send(&post("/increment", body)), 400, INVALID_FIELDS);
    }
    for session in ["x".repeat(121), "€".repeat(121), "😀".repeat(60) + "x", "x".repeat(10_000)] {
        assert_json(&session, &server.send(&increment(&session)), 400, INVALID_FIELDS);
    }
    assert_total(&server, "none of them", 0);
    let passing = ["x".repeat(120), "€".repeat(120), "😀".repeat(60), " ".to_owned(), "x".to_owned()];
    for (index, session) in passing.iter().enumerate() {
        assert_counted(session, &server.send(&increment(session)), index + 1, false);
    }
    let more = post("/increment", r#"{"other":[1],"sessionId":"y","more":null}"#);
    assert_counted("beside other members", &server.send(&more), passing.len() + 1, false);
    let half = post("/increment", r#"{"sessionId":"\ud83d"}"#);
    assert_counted("half a pair", &server.send(&half), passing.len() + 2, false);
}

#[test]
fn a_baseline_counts_by_its_total_and_not_as_a_flash() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    accepts(&server, "a flash", &Payload::flash(&session()));
    for (name, total, expected) in [
        ("baseline-2026", "100", 101),
        ("BASELINE-2027", "200", 201),
        ("Baseline-2028", "300", 301),
        ("bAsElInE-2029", "400", 401),
        ("baseline-", "500", 501),
    ] {
        sets(&server, name, &Payload::baseline(name, total));
        assert_total(&server, name, expected);
    }
    accepts(&server, "another flash", &Payload::flash(&session()));
    assert_counted("and one more", &server.send(&increment(&session())), 503, false);
    assert_total(&server, "largest baseline and three flashes", 503);
}

#[test]
fn the_largest_baseline_counts() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let totals = [
        ("5", 5),
        ("3", 5),
        ("\"7\"", 7),
        ("\"6\"", 7),
        ("\"010\"", 10),
        ("9", 10),
        ("12.0", 12),
        ("0", 12),
        ("\"0\"", 12),
        ("\"100\"", 100),
        ("99", 100),
        ("\"1000000\"", 1_000_000),
        ("1000001", 1_000_001),
    ];
    for (index, (sent, expected)) in totals.into_iter().enumerate() {
        sets(&server, sent, &Payload::baseline(&format!("baseline-{index}"), sent));
        assert_total(&server, &format!("after {sent}"), expected);
    }
}

#[test]
fn what_is_no_whole_number_is_no_total() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let ignored = [
        "\"\"",
        "\" \"",
        "\" 7\"",
        "\"7 \"",
        "\"7a\"",
        "\"a\"",
        "\"-7\"",
        "\"+7\"",
        "\"7.0\"",
        "\"7.5\"",
        "\"1e3\"",
        "\"0x10\"",
        "\"٣\"",
        "\"７\"",
        "\"1,000\"",
        "7.5",
        "-7",
        "null",
        "true",
        "[7]",
        "[\"7\"]",
        "{\"n\":7}",
    ];
    for (index, total) in ignored.into_iter().enumerate() {
        sets(&server, total, &Payload::baseline(&format!("baseline-{index}"), total));
        assert_total(&server, &format!("after {total}"), 0);
    }
    for (index, metadata) in
        ["{}", r#"{"total":7}"#, r#"{"Baseline_total":7}"#, r#"{"deep":{"baseline_total":7}}"#].into_iter().enumerate()
    {
        let session = format!("baseline-elsewhere-{index}");
        sets(&server, metadata, &Payload::flash(&session).with("metadata_json", metadata));
        assert_total(&server, metadata, 0);
    }
    sets(&server, "no metadata", &Payload::flash("baseline-none").without("metadata_json"));
    assert_total(&server, "no metadata", 0);
    accepts(&server, "a total of a flash", &Payload::baseline(&session(), "1000"));
    assert_total(&server, "the flash alone", 1);
}

#[test]
fn a_baseline_deduplicates_like_any_other() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    sets(&server, "first", &Payload::baseline("baseline-x", "10"));
    let again = server.send(&by_operator(event(&Payload::baseline("baseline-x", "1000"))));
    assert_json("again, with another total", &again, 200, REPEATED);
    assert_total(&server, "the first one's total", 10);
    let kept = query(&home, "SELECT session_id, event_type FROM telemetry_events");
    assert_eq!(kept, [serde_json::json!({"session_id": "baseline-x", "event_type": "flash_success"})]);
}

#[test]
fn a_baseline_without_the_operators_token_is_refused_like_a_broken_payload() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let tokens = [
        None,
        Some(String::new()),
        Some("Bearer".to_owned()),
        Some("Bearer ".to_owned()),
        Some("Bearer wrong".to_owned()),
        Some(TOKEN.to_owned()),
        Some(format!("Basic {TOKEN}")),
        Some(format!("Bearer {TOKEN}x")),
        Some(format!("Bearer {}", &TOKEN[1..])),
        Some(format!("Bearer {}", TOKEN.to_lowercase())),
    ];
    for name in ["baseline-x", "BASELINE-X", "baseline-"] {
        for token in &tokens {
            let with_token = |request: crate::harness::Request| match token {
                Some(token) => request.header("authorization", token),
                None => request,
            };
            let case = format!("{name} with {token:?}");
            let reported = server.send(&with_token(event(&Payload::baseline(name, "1000"))));
            assert_json(&case, &reported, 400, INVALID_FIELDS);
            assert_json(&case, &server.send(&with_token(increment(name))), 400, INVALID_FIELDS);
        }
    }
    assert_total(&server, "refused", 0);
    assert_rows(&home, "refused", 0, 0);
    sets(&server, "with it, and for the first time", &Payload::baseline("baseline-x", "1000"));
    assert_total(&server, "the operator's", 1000);
}

#[test]
fn without_a_token_configured_nobody_is_the_operator() {
    let home = Home::new();
    let server = home.serve();
    let baseline = Payload::baseline("baseline-x", "1000");
    refuses(&server, "no token", &baseline);
    for token in ["Bearer", "Bearer ", "Bearer undefined", "Bearer null", "Bearer x"] {
        let answer = server.send(&event(&baseline).header("authorization", token));
        assert_json(token, &answer, 400, INVALID_FIELDS);
        let counted = server.send(&increment("baseline-x").header("authorization", token));
        assert_json(token, &counted, 400, INVALID_FIELDS);
    }
    assert_total(&server, "refused", 0);
}

#[test]
fn an_increment_of_a_baseline_counts_nothing() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    accepts(&server, "a flash", &Payload::flash(&session()));
    assert_counted("lower case", &server.send(&by_operator(increment("baseline-a"))), 1, false);
    assert_counted("upper case", &server.send(&by_operator(increment("BASELINE-B"))), 1, false);
    assert_total(&server, "the flash alone", 1);
}

#[test]
fn what_only_resembles_a_baseline_is_a_flash() {
    let home = Home::new();
    let server = home.serve();
    let names =
        ["baseline", "baselines-1", "xbaseline-1", " baseline-1", "base-line-1", "baseline_1", "basel\u{131}ne-1"];
    for (index, name) in names.into_iter().enumerate() {
        accepts(&server, name, &Payload::baseline(name, "1000"));
        assert_total(&server, name, index + 1);
    }
}

#[test]
fn the_count_outlives_a_crash() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    let (reported, counted, both) = (session(), session(), session());
    sets(&server, "a baseline", &Payload::baseline("baseline-x", "100"));
    accepts(&server, "an event", &Payload::flash(&reported));
    assert_counted("an increment", &server.send(&increment(&counted)), 102, false);
    assert_counted("an increment", &server.send(&increment(&both)), 103, false);
    accepts(&server, "and its event", &Payload::flash(&both));
    server.kill();

    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    assert_total(&server, "after the crash", 103);
    for session in [&reported, &counted, &both] {
        assert_counted("an increment again", &server.send(&increment(session)), 103, true);
    }
    for session in [&reported, &both] {
        assert_json("an event again", &server.send(&event(&Payload::flash(session))), 200, REPEATED);
    }
    accepts(&server, "the event of what was counted before the crash", &Payload::flash(&counted));
    assert_total(&server, "still", 103);
    let baseline = server.send(&by_operator(event(&Payload::baseline("baseline-x", "1000"))));
    assert_json("the baseline again", &baseline, 200, REPEATED);
    server.stop();

    let server = home.serve();
    assert_total(&server, "after an orderly end, and without a token", 103);
    assert_counted("a new flash", &server.send(&increment(&session())), 104, false);
}
