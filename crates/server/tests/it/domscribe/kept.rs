//! What is kept of a session, and that nothing else is, anywhere.

use serde_json::Value;

use super::{
    accepts, assert_sessions, assert_text, of_session, post, record, refuses, request, serve, stored, this_week,
};
use crate::harness::{Home, Report, Request, WriteLock, clear_of_midnight, eventually, holding};

/// Checks that the fields of a stored record, but for the key, are those of a report.
#[track_caller]
fn assert_fields(case: &str, kept: &Value, report: &Report) {
    for field in ["protocol_version", "daemon_version", "platform", "node_version", "primary_framework"] {
        assert_eq!(kept[field], *report.get(field), "{case}: {field} in {kept}");
    }
}

#[test]
fn a_repeat_in_the_same_week_overwrites_the_values_and_counts_once() {
    clear_of_midnight();
    let home = Home::new();
    let server = serve(&home);
    let first = of_session("a-session");
    let later = of_session("a-session")
        .with("protocol_version", "2.0.0")
        .with("daemon_version", "0.5.0")
        .with("platform", "win32")
        .with("node_version", "24.1.0")
        .with("primary_framework", "solid");
    for (case, report) in
        [("first", &first), ("the same", &first), ("later", &later), ("back", &first), ("again", &later)]
    {
        accepts(&server, case, report);
        let kept = stored(&home);
        assert_eq!(kept.len(), 1, "{case}");
        assert_fields(case, &kept[0], report);
        assert_sessions(case, &server, &this_week(), 1);
    }
    refuses(&server, "a repeat that is refused", first.with("platform", "aix").json());
    assert_fields("after a refusal", &stored(&home)[0], &later);
    accepts(&server, "another session", &record());
    accepts(&server, "one whose id differs in its case", &of_session("A-session"));
    assert_eq!(stored(&home).len(), 3);
    assert_sessions("three", &server, &this_week(), 3);
}

#[test]
fn what_was_answered_is_stored() {
    clear_of_midnight();
    let home = Home::new();
    let records: Vec<Report> = (0..5).map(|_| record()).collect();
    for (round, report) in records.iter().enumerate() {
        let server = serve(&home);
        accepts(&server, "just before the end", report);
        accepts(&server, "and its repeat", &report.clone().with("platform", "openbsd"));
        server.kill();
        let kept = stored(&home);
        assert_eq!(kept.len(), round + 1);
        assert!(kept.iter().all(|fields| fields["platform"] == "openbsd"), "{kept:?}");
    }
    let server = serve(&home);
    accepts(&server, "one of them again", &records[0]);
    assert_sessions("after five crashes", &server, &this_week(), 5);
}

#[test]
fn what_is_refused_reaches_no_answer_no_file_no_log_and_no_metric() {
    const MARKER: &str = "xX-never-kept-Xx";
    const WITNESS: &str = "xX-session-Xx";
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "declared", &of_session(WITNESS));
    let bodies = [
        record().with(MARKER, 1).json(),
        record().with("extra", MARKER).json(),
        record().with("platform", MARKER).json(),
        record().with("daemon_version", format!("1.2.3+{MARKER}")).json(),
        of_session(&format!("{MARKER}!")).json(),
        format!("\"{MARKER}\""),
        format!("{{\"session_id\":{MARKER}"),
    ];
    for body in &bodies {
        let answer = post(&server, body);
        assert_eq!(answer.status, 400, "{body}");
        assert!(!answer.text().contains(MARKER), "{answer:?}");
    }
    let elsewhere = [
        Request::new("POST", "/v1/session").header("content-type", MARKER).body(record().json()),
        request(MARKER.repeat(100)),
        Request::new("GET", &format!("/v1/session?{MARKER}={MARKER}")),
        Request::new("GET", &format!("/a/domscribe/{MARKER}")),
    ];
    for request in elsewhere {
        let answer = server.send(&request);
        assert!((400..500).contains(&answer.status) && !answer.text().contains(MARKER), "{answer:?}");
    }
    let refused = server.counted("refused");
    assert!(refused > 6.5, "every refused record is counted: {refused}");
    let metrics = server.get("/-/metrics").text();
    assert!(!metrics.contains(MARKER), "metrics: {metrics}");
    let stopped = server.stop();
    assert!(!stopped.log.contains(MARKER), "log: {}", stopped.log);
    assert_eq!(holding(&home.data(), MARKER), [""; 0], "files with what was refused");
    assert_ne!(holding(&home.data(), WITNESS), [""; 0], "the search finds what is declared");
}

#[test]
fn an_address_is_in_no_file_and_no_log() {
    const ADDRESS: &str = "203.0.113.77";
    let home = Home::new();
    let server = home.serve();
    for (body, status) in [(record().json(), 204), ("{}".to_owned(), 400)] {
        let answer = server.send(&request(body).header("x-forwarded-for", ADDRESS));
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let stopped = server.stop();
    assert!(!stopped.log.contains(ADDRESS), "log: {}", stopped.log);
    assert_eq!(holding(&home.data(), ADDRESS), [""; 0], "files with the address");
}

#[test]
fn a_store_that_takes_no_writes_answers_no_204() {
    clear_of_midnight();
    let home = Home::new();
    let server = serve(&home);
    let report = record();
    let lock = WriteLock::take(&home, "domscribe");
    let answer = post(&server, report.json());
    assert_text("while it can't be written", &answer, 503, "Internal server error");
    drop(lock);
    eventually("a store that takes writes", || {
        let answer = post(&server, report.json());
        if answer.status == 204 { Ok(()) } else { Err(answer.text()) }
    });
    assert_sessions("stored once", &server, &this_week(), 1);
}
