//! One flash counts once also while 64 clients report it at the same time.

use super::{Payload, REPEATED, STORED, assert_json, assert_rows, assert_total, event, increment, query, session};
use crate::harness::{Answer, Home, Request, race};

const CLIENTS: usize = 64;

/// The answers to `/increment` that say that the session was counted just now; all must tell the total.
#[track_caller]
fn counted(answers: &[Answer], total: usize) -> usize {
    let (new, old) = (format!(r#"{{"total":{total}}}"#), format!(r#"{{"total":{total},"deduped":true}}"#));
    for answer in answers {
        let expected = if answer.text() == new { &new } else { &old };
        assert_json("an increment", answer, 200, expected);
    }
    answers.iter().filter(|answer| answer.text() == new).count()
}

/// The answers to `/event` that say that the event was stored.
#[track_caller]
fn stored(answers: &[Answer]) -> usize {
    for answer in answers {
        let expected = if answer.text() == STORED { STORED } else { REPEATED };
        assert_json("an event", answer, 200, expected);
    }
    answers.iter().filter(|answer| answer.text() == STORED).count()
}

#[test]
fn of_64_racing_events_of_one_session_one_is_stored() {
    let home = Home::new();
    let server = home.serve();
    for round in 1..=5 {
        let flash = session();
        let requests: Vec<Request> = (0..CLIENTS)
            .map(|client| event(&Payload::flash(&flash).with("message", format!("client {client}"))))
            .collect();
        assert_eq!(stored(&race(&server, CLIENTS, &requests)), 1, "round {round}");
        assert_total(&server, "a flash a round", round);
    }
    assert_rows(&home, "a flash a round", 5, 0);
    server.kill();
    assert_total(&home.serve(), "after a crash", 5);
}

#[test]
fn of_64_racing_increments_of_one_session_one_counts() {
    let home = Home::new();
    let server = home.serve();
    for round in 1..=5 {
        let flash = session();
        let requests: Vec<Request> = (0..CLIENTS).map(|_| increment(&flash)).collect();
        assert_eq!(counted(&race(&server, CLIENTS, &requests), round), 1, "round {round}");
    }
    assert_total(&server, "a flash a round", 5);
    assert_rows(&home, "increments alone", 0, 0);
}

#[test]
fn of_racing_events_and_increments_of_one_session_one_counts() {
    let home = Home::new();
    let server = home.serve();
    for round in 1..=5 {
        let flash = session();
        let request = |client: usize| match client % 2 {
            0 => event(&Payload::flash(&flash)),
            _ => increment(&flash),
        };
        let requests: Vec<Request> = (0..CLIENTS).map(request).collect();
        let answers = race(&server, CLIENTS, &requests);
        let of_kind = |kind: usize| -> Vec<Answer> { answers.iter().skip(kind).step_by(2).cloned().collect() };
        assert_eq!(stored(&of_kind(0)), 1, "round {round}: the event is stored, before or after the increment");
        assert!(counted(&of_kind(1), round) <= 1, "round {round}: the increment counts, unless the event has");
        assert_total(&server, "a flash a round", round);
    }
    assert_rows(&home, "an event a round", 5, 0);
    server.kill();
    assert_total(&home.serve(), "after a crash", 5);
}

#[test]
fn racing_flashes_of_many_sessions_all_count() {
    let home = Home::new();
    let server = home.serve();
    let sessions: Vec<String> = (0..100).map(|_| session()).collect();
    // Each by both paths, far from each other.
    let events = sessions.iter().map(|session| event(&Payload::flash(session)));
    let increments = sessions.iter().rev().map(|session| increment(session));
    let requests: Vec<Request> = events.chain(increments).collect();
    let answers = race(&server, CLIENTS, &requests);
    assert_eq!(stored(&answers[..100]), 100);
    for answer in &answers[100..] {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_total(&server, "each once", 100);
    let distinct = query(&home, "SELECT COUNT(DISTINCT session_id) AS sessions, COUNT(*) AS n FROM telemetry_events");
    assert_eq!(distinct, [serde_json::json!({"sessions": 100, "n": 100})]);
}
