//! `GET /v1/stats` and `GET /v1/health`.

use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{
    Report, accepts, action, assert_headers, assert_json, bare, batch, batch_of, error, one_of_each, owners, post,
    rows, scan, signature, told,
};
use crate::harness::{Answer, Home, Request, Server, WriteLock, clear_of_midnight, eventually, install_id, now};

/// Checks that a text is the time between then and now, with milliseconds and in UTC.
#[track_caller]
fn assert_now(text: &str, then: OffsetDateTime) {
    let time = OffsetDateTime::parse(text, &Rfc3339).unwrap_or_else(|error| panic!("{error}: {text}"));
    // The server tells milliseconds, so that its time may lie before ours by a part of one.
    assert!(time >= then - Duration::MILLISECOND && time <= now(), "{text}, not after {then}");
    assert!(
        text.len() == 24 && text.as_bytes()[19] == b'.' && text.ends_with('Z'),
        "{text}: with milliseconds, in UTC"
    );
}

/// Checks the stats to the byte but for their time.
#[track_caller]
fn assert_stats(case: &str, server: &Server, events: usize, metrics: &str) {
    let then = now();
    let answer = server.get("/v1/stats");
    let generated = answer.json()["generatedAt"].as_str().unwrap_or_default().to_owned();
    let expected = format!(
        r#"{{"period":"last_30_days","totalEvents":{events},"metrics":{{{metrics}}},"generatedAt":"{generated}"}}"#
    );
    assert_json(case, &answer, 200, &expected);
    assert_now(&generated, then);
}

/// Checks an answer about health to the byte but for its time.
#[track_caller]
fn assert_health(answer: &Answer, status: u16, told: &str, then: OffsetDateTime) {
    let timestamp = answer.json()["timestamp"].as_str().unwrap_or_default().to_owned();
    assert_json(told, answer, status, &format!(r#"{{"status":"{told}","timestamp":"{timestamp}"}}"#));
    assert_now(&timestamp, then);
}

#[test]
fn stats_tell_events_and_metrics_in_falling_order() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    assert_stats("nothing yet", &server, 0, "");

    let (first, second) = (install_id(), install_id());
    let of = |install: &str, event: Report| event.with("installationId", install);
    let events = [
        of(&first, signature()),
        of(&first, signature().with("language", "python")),
        of(&first, signature().with("category", "auth")),
        of(&second, action()),
        of(&second, scan()),
        of(&second, bare("b.other")),
        of("unknown", bare("a.other")),
    ];
    let metrics = [
        r#""events:pattern_signature":3"#,
        // By name where the values are equal.
        r#""category:api":2"#,
        r#""language:typescript":2"#,
        r#""unique_installations":2"#,
        r#""category:auth":1"#,
        r#""events:a.other":1"#,
        r#""events:b.other":1"#,
        r#""events:scan_completion":1"#,
        r#""events:user_action":1"#,
        r#""language:python":1"#,
    ]
    .join(",");
    accepts(&server, "seven events", &events);
    assert_stats("all of them, at once", &server, 7, &metrics);
    accepts(&server, "again", &events);
    let (count, _) = told("refused", &post(&server, batch(&["null", "{}"])));
    assert_eq!(count, 0);
    assert_stats("repeats and refusals change nothing", &server, 7, &metrics);
    server.kill();
    assert_stats("after a crash", &home.serve(), 7, &metrics);
}

#[test]
fn stats_sum_the_daily_counts() {
    let home = Home::new();
    let server = home.serve();
    for _ in 0..5 {
        accepts(&server, "one of each", &one_of_each());
    }
    let stats = server.get("/v1/stats").json();
    let sums = rows(
        &home,
        "SELECT metric, SUM(value) AS value FROM daily_stats WHERE date >= DATE('now', '-30 days')
          GROUP BY metric ORDER BY SUM(value) DESC, metric",
    );
    let metrics = stats["metrics"].as_object().unwrap();
    let told: Vec<_> =
        metrics.iter().map(|(metric, value)| serde_json::json!({"metric": metric, "value": value})).collect();
    assert_eq!(told, sums);
    assert_eq!(stats["totalEvents"], 20);
}

#[test]
fn health_is_told_with_the_time() {
    let home = Home::new();
    let server = home.serve();
    let then = now();
    assert_health(&server.get("/v1/health"), 200, "healthy", then);
}

#[test]
fn head_is_answered_as_get_is_but_for_the_content() {
    for (server, _home, prefix) in owners() {
        for path in ["/v1/stats", "/v1/health"] {
            let target = format!("{prefix}{path}");
            let get = server.get(&target);
            assert_eq!(get.status, 200, "{target}");
            assert_headers(&target, &get);
            let mut connection = server.connect();
            for _ in 0..2 {
                let head = connection.exchange(&Request::new("HEAD", &target)).unwrap();
                assert_eq!((head.status, head.text().as_str()), (200, ""), "HEAD {target}");
                assert_headers(&target, &head);
            }
            // Were there content, it would be read as the start of this answer.
            assert_eq!(connection.exchange(&Request::new("GET", &target)).unwrap().status, 200, "{target}");
        }
    }
}

#[test]
fn a_store_that_takes_no_writes_is_told_and_loses_nothing() {
    let home = Home::new();
    let server = home.serve();
    let events = one_of_each();
    accepts(&server, "before", &[scan()]);
    let lock = WriteLock::take(&home, "drift");
    let answer = post(&server, batch_of(&events));
    assert_json("while it can't be written", &answer, 503, &error("Internal server error"));
    let then = now();
    assert_health(&server.get("/v1/health"), 503, "unhealthy", then);
    let head = server.send(&Request::new("HEAD", "/v1/health"));
    assert_eq!((head.status, head.text().as_str()), (503, ""));
    drop(lock);

    eventually("health", || {
        let then = now();
        let answer = server.get("/v1/health");
        if answer.status == 200 {
            assert_health(&answer, 200, "healthy", then);
            return Ok(());
        }
        Err(answer.text())
    });
    accepts(&server, "the client sends all again", &events);
    assert_eq!(super::total(&home), 5, "nothing twice");
}
