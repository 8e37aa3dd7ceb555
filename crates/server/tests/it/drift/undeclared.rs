//! Events of types that nobody declared, and of those that the client's next version brings.

use serde_json::{Value, json};

use super::{
    Bad, MOST, Report, accepts, assert_json, bare, batch_of, counts, daily, number, one_of_each, payload, post,
    processed, refuses, rows, told, total,
};
use crate::harness::{Home, Request, Server, clear_of_midnight};

/// Events of so many types that nobody declared, by their numbers.
fn named(numbers: std::ops::Range<u32>) -> Vec<Report> {
    numbers.map(|number| bare(&format!("next.type_{number}"))).collect()
}

#[test]
fn they_are_stored_as_their_envelope_alone() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let event = bare("mcp_tool_call")
        .with("tool", "drift_status")
        .with("durationMs", -5)
        .with("confidence", json!({"of": "no known form"}))
        .with("category", "api")
        .with("language", "typescript");
    accepts(&server, "undeclared", &[event.clone(), bare("mcp_tool_call")]);
    let install = event.get("installationId").as_str().unwrap();
    assert_eq!(payload(&home, install), json!({}));
    let kept =
        rows(&home, &format!("SELECT type, timestamp, drift_version FROM events WHERE installation_id = '{install}'"));
    let expected = json!({
        "type": "mcp_tool_call", "timestamp": event.get("timestamp"), "drift_version": event.get("driftVersion"),
    });
    assert_eq!(kept, [expected]);
    assert_eq!(daily(&home), counts([("events:mcp_tool_call", 2), ("unique_installations", 2)]), "and counted");
    assert_eq!(number(&home, "SELECT COUNT(*) AS n FROM pattern_signatures"), 0);
    assert_eq!(number(&home, "SELECT COUNT(*) AS n FROM action_aggregates"), 0);
}

#[test]
fn two_that_differ_in_their_type_alone_are_two_events() {
    let home = Home::new();
    let server = home.serve();
    let one = bare("one");
    accepts(&server, "both", &[one.clone(), one.clone().with("type", "other")]);
    accepts(&server, "both again", &[one.clone(), one.with("type", "other")]);
    assert_eq!(total(&home), 2);
}

#[test]
fn their_names_are_1_to_64_of_a_few_characters() {
    let home = Home::new();
    let server = home.serve();
    let long = "x".repeat(64);
    let good = ["a", "Z", "0", "_", ".", ":", "-", "A.b:c-d_9", "pattern_signatures", "PATTERN_SIGNATURE", &long];
    accepts(&server, "names", &good.map(bare));
    for name in good {
        assert_eq!(number(&home, &format!("SELECT COUNT(*) AS n FROM events WHERE type = '{name}'")), 1, "{name}");
    }
    let long = "x".repeat(65);
    let bad = [
        "",
        " ",
        "a b",
        "a/b",
        "a+b",
        "a@b",
        "a,b",
        "é",
        "日本",
        "😀",
        "a\n",
        "a\0",
        "\u{ff41}",
        "\u{663}",
        "'",
        "\"",
        "scan_completion ",
        &long,
    ];
    refuses(&server, &bad.map(|name| Bad::new(format!("{name:?}"), &bare(name), "type")));
    assert_eq!(number(&home, "SELECT COUNT(DISTINCT type) AS n FROM events WHERE type <> 'scan_completion'"), 11);
}

#[test]
fn the_envelope_of_one_is_checked_like_any_other() {
    let home = Home::new();
    let server = home.serve();
    refuses(
        &server,
        &[
            Bad::new("old", &bare("other").with("timestamp", "2001-01-01T00:00:00.000Z"), "timestamp"),
            Bad::new("no id", &bare("other").with("installationId", "5"), "installationId"),
            Bad::new("no version", &bare("other").with("driftVersion", ""), "driftVersion"),
        ],
    );
}

/// After 200 names: new ones are refused, wherever they stand, known ones and declared types pass.
#[track_caller]
fn assert_full(server: &Server, case: &str, new: std::ops::Range<u32>) {
    let mut events = named(new.clone());
    events.extend(named(0..5));
    events.extend(named(195..200));
    events.extend(one_of_each());
    events.extend(["parse_timing", "napi_calls", "benchmark_feedback"].map(bare));
    events.extend(named(new.clone()));
    let (count, rejected) = told(case, &post(server, batch_of(&events)));
    let news = new.len();
    let expected: Vec<usize> = (0..news).chain(events.len() - news..events.len()).collect();
    assert_eq!(rejected.iter().map(|(index, _)| *index).collect::<Vec<_>>(), expected, "{case}: {rejected:?}");
    assert_eq!(count, events.len() - 2 * news, "{case}: the others stay");
    assert!(rejected.iter().all(|(_, reason)| reason.contains("type")), "{case}: {rejected:?}");
    assert!(rejected.iter().all(|(_, reason)| !reason.contains("next.type")), "{case}: {rejected:?}");
}

#[test]
fn after_200_names_in_a_day_new_ones_are_refused() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "the first 100 names", &named(0..100));
    accepts(&server, "the same names cost nothing", &named(0..100));
    accepts(&server, "the next 100 names", &named(100..200));
    assert_full(&server, "five more", 200..205);
    assert_full(&server, "other ones", 300..303);
    server.kill();

    let server = home.serve();
    assert_full(&server, "after a crash", 400..405);
    server.stop();
    let types = number(&home, "SELECT COUNT(DISTINCT type) AS n FROM events WHERE type LIKE 'next.type%'");
    assert_eq!(types, 200);
    let metrics = number(&home, "SELECT COUNT(*) AS n FROM daily_stats WHERE metric LIKE 'events:next.type%'");
    assert_eq!(metrics, 200, "metrics are bounded with them");
}

#[test]
fn names_are_new_or_not_in_the_order_of_the_events() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "100 names", &named(0..100));
    accepts(&server, "95 more", &named(100..195));
    let events: Vec<Report> = named(190..210).into_iter().flat_map(|event| [event.clone(), event]).collect();
    let (count, rejected) = told("over the edge within a batch", &post(&server, batch_of(&events)));
    let places: Vec<usize> = rejected.iter().map(|(index, _)| *index).collect();
    assert_eq!((count, places), (20, (20..40).collect()), "ten names pass, five of them new, and ten do not");
}

#[test]
fn a_refused_name_is_no_name() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let bad: Vec<Report> = (0..MOST).map(|number| bare(&format!("no name {number}"))).collect();
    for _ in 0..3 {
        let (count, rejected) = told("no names", &post(&server, batch_of(&bad)));
        assert_eq!((count, rejected.len()), (0, MOST));
    }
    accepts(&server, "100 names", &named(0..100));
    accepts(&server, "100 more", &named(100..200));
}

#[test]
fn feedback_arrives_at_a_path_of_its_own() {
    let home = Home::new();
    let server = home.serve();
    let body = batch_of(&[bare("benchmark_feedback"), bare("benchmark_feedback")]);
    for attempt in ["first", "retry"] {
        let request = Request::new("POST", "/v1/feedback").header("content-type", "application/json").body(&body);
        assert_json(attempt, &server.send(&request), 200, &processed(2));
    }
    assert_json("the retry at the other path", &post(&server, &body), 200, &processed(2));
    assert_eq!(number(&home, "SELECT COUNT(*) AS n FROM events WHERE type = 'benchmark_feedback'"), 2);
}

#[test]
fn the_types_of_the_next_version_are_declared() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "200 names", &named(0..100));
    accepts(&server, "200 names", &named(100..200));
    let planned = ["parse_timing", "napi_calls", "benchmark_feedback"];
    accepts(&server, "declared types pass still", &planned.map(bare));
    let found = rows(&home, "SELECT type FROM events WHERE type NOT LIKE 'next.type%' ORDER BY type");
    assert_eq!(found, ["benchmark_feedback", "napi_calls", "parse_timing"].map(|name| json!({"type": name})));
    for name in planned {
        let bad = [
            Bad::new(name, &bare(name).without("timestamp"), "timestamp"),
            Bad::new(name, &bare(name).with("driftVersion", Value::Null), "driftVersion"),
        ];
        refuses(&server, &bad);
    }
    assert_eq!(total(&home), 200 + 3 + 6, "and the good ones that were sent between the bad");
}
