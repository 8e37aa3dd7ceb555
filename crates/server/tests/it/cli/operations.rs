//! What an operator sees of a running server: the start-up message, health, metrics, memory.

use crate::harness::{Home, Report, Request, eventually};
use crate::voicemode::assert_json;

#[test]
fn the_start_up_message_tells_where_and_what() {
    let home = Home::new();
    let server = home.serve();
    for snippet in [format!("http://{}", server.address()), "voicemode".to_owned(), "data".to_owned()] {
        eventually(&format!("{snippet} in the start-up message"), || {
            let log = server.log();
            if log.contains(&snippet) { Ok(()) } else { Err(log) }
        });
    }
}

#[test]
fn health_and_readiness_are_told() {
    let home = Home::new();
    let server = home.serve();
    let health = server.get("/healthz");
    assert_eq!((health.status, health.text().trim_end()), (200, "ok"));
    assert_eq!(server.get("/healthz?x=1").status, 200);
    assert_eq!(server.get("/-/ready").status, 200);
    for target in ["/healthz", "/-/ready", "/-/metrics"] {
        let head = server.send(&Request::new("HEAD", target));
        assert_eq!((head.status, head.text().as_str()), (200, ""), "{target}");
    }
}

#[test]
fn metrics_are_in_prometheus_text() {
    let home = Home::new();
    let server = home.serve();
    assert_json("an event", &server.post("{}"), 400, r#"{"error":"Invalid or missing event_id"}"#);
    for _ in 0..3 {
        assert_eq!(server.post(Report::new().json()).status, 200);
    }
    let metrics = server.get("/-/metrics");
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").unwrap_or_default().starts_with("text/plain"), "{metrics:?}");
    let text = metrics.text();
    assert!(text.contains("# TYPE askfirst_events_total counter"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let value = line.rsplit(' ').next().unwrap();
        assert!(value.parse::<f64>().is_ok(), "a number at the end of {line}");
    }
    let accepted = text.lines().find(|line| line.contains("outcome=\"accepted\"") && line.ends_with(" 3"));
    assert!(accepted.is_some_and(|line| line.contains("app=\"voicemode\"")), "{text}");
}

#[test]
fn the_log_tells_no_more_for_many_requests() {
    let home = Home::new();
    let server = home.serve();
    let mut connection = server.connect();
    for _ in 0..500 {
        let report = Report::new();
        let answer = connection.exchange(&Request::report(report.json())).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let stopped = server.stop();
    assert!(stopped.log.lines().count() < 100, "a line a request would fill disks: {}", stopped.log);
}

#[test]
fn an_idle_server_is_small() {
    let home = Home::new();
    let server = home.serve();
    assert_eq!(server.get("/healthz").status, 200);
    let resident = server.memory("VmRSS:");
    // A debug build says nothing of what is shipped.
    if !cfg!(debug_assertions) {
        assert!(resident < 25 * 1024 * 1024, "{resident} bytes are resident");
    }
}
