//! What is kept, under which names, and that nothing else is, anywhere.

use std::path::Path;

use serde_json::json;

use super::{
    ADMIN_TOKEN, ALLOWED_ORIGINS, LIMITS_ADDRESS, Payload, SIGNING_SECRET, TOKEN, client_log, event, increment, query,
    serve_with, session,
};
use crate::harness::{Home, Request, holding};

/// How often the marker stands in the files below a directory.
fn occurrences(directory: &Path, marker: &str) -> usize {
    let count = |path: &Path| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(marker.len()).filter(|window| *window == marker.as_bytes()).count()
    };
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { occurrences(&path, marker) } else { count(&path) }).sum()
}

#[test]
fn both_tables_have_the_columns_of_the_released_service() {
    let home = Home::new();
    let server = home.serve();
    assert_eq!(server.send(&event(&Payload::error("x"))).status, 200);
    assert_eq!(server.send(&client_log(&Payload::log("x"))).status, 200);
    let columns = |table: &str| -> Vec<String> {
        let rows = query(&home, &format!("SELECT * FROM {table}"));
        rows[0].as_object().unwrap().keys().cloned().collect()
    };
    let events = [
        "id",
        "received_at_ms",
        "occurred_at",
        "event_type",
        "session_id",
        "message",
        "error_name",
        "stack",
        "model",
        "write_mode",
        "connected",
        "app_version",
        "log_lines_json",
        "metadata_json",
    ];
    assert_eq!(columns("telemetry_events"), events);
    let logs = [
        "id",
        "received_at_ms",
        "occurred_at",
        "event_type",
        "message",
        "error_name",
        "stack",
        "model",
        "write_mode",
        "connected",
        "app_version",
        "user_agent",
        "page_url",
        "log_lines_json",
        "origin",
        "ip_hash",
    ];
    assert_eq!(columns("client_logs"), logs);
    let types = "SELECT typeof(id) AS id, typeof(received_at_ms) AS received, typeof(write_mode) AS mode, \
        typeof(connected) AS connected, typeof(log_lines_json) AS lines";
    let expected =
        json!({"id": "text", "received": "integer", "mode": "integer", "connected": "integer", "lines": "text"});
    for table in ["telemetry_events", "client_logs"] {
        assert_eq!(query(&home, &format!("{types} FROM {table}"))[0], expected, "{table}");
    }
}

#[test]
fn agents_pages_origins_and_addresses_are_in_no_file_no_log_and_no_metric() {
    const AGENT: &str = "xX-agent-Xx";
    const PAGE: &str = "xX-page-Xx";
    const REFERER: &str = "xX-referer-Xx";
    const COOKIE: &str = "xX-cookie-Xx";
    const UNDECLARED: &str = "xX-undeclared-Xx";
    const FOREIGN: &str = "https://xx-foreign-xx.example";
    const ALLOWED: &str = "https://xx-allowed-xx.example";
    // Configured as well, but never sent.
    const UNUSED: &str = "https://xx-unused-xx.example";
    const ADDRESSES: [&str; 2] = ["203.0.113.77", "2001:db8:77::7777"];
    const WITNESS: &str = "xX-kept-Xx";

    let home = Home::new();
    // With a limit, something of the address is kept, but not the address.
    let origins = format!("{ALLOWED},{UNUSED}");
    let server = serve_with(&home, &[(ALLOWED_ORIGINS, &origins), (LIMITS_ADDRESS, "100/h")]);
    let tell = |payload: Payload| {
        payload
            .with("user_agent", AGENT)
            .with("page_url", format!("https://xoniblue.github.io/{PAGE}"))
            .with("origin", UNDECLARED)
            .with("ip_hash", UNDECLARED)
            .with("ip", UNDECLARED)
            .with(UNDECLARED, UNDECLARED)
    };
    for address in ADDRESSES {
        let send = |request: Request, origin: &str| {
            let request = request
                .header("user-agent", AGENT)
                .header("referer", &format!("https://xoniblue.github.io/{REFERER}"))
                .header("cookie", COOKIE)
                .header("origin", origin)
                .header("x-forwarded-for", address);
            server.send(&request).status
        };
        assert_eq!(send(event(&tell(Payload::error(WITNESS))), ALLOWED), 200);
        assert_eq!(send(event(&tell(Payload::flash(&session()))), ALLOWED), 200);
        assert_eq!(send(client_log(&tell(Payload::log(WITNESS))), ALLOWED), 200);
        assert_eq!(send(increment(&session()), ALLOWED), 200);
        // Refused, lost and only looked at.
        assert_eq!(send(event(&tell(Payload::error(""))), ALLOWED), 400);
        assert_eq!(send(client_log(&tell(Payload::log(""))), ALLOWED), 400);
        assert_eq!(send(event(&tell(Payload::error("x"))), FOREIGN), 403);
        assert_eq!(send(Request::new("POST", &format!("/event?x={UNDECLARED}")).body("{"), ALLOWED), 400);
        assert_eq!(send(Request::new("GET", &format!("/a/baofeng/{UNDECLARED}")), ALLOWED), 404);
        assert_eq!(send(Request::new("OPTIONS", "/event"), FOREIGN), 403);
        assert_eq!(send(Request::new("GET", "/count"), ALLOWED), 200);
    }
    let filled = "SELECT COUNT(*) AS n FROM client_logs WHERE COALESCE(user_agent, '') <> '' \
        OR COALESCE(page_url, '') <> '' OR COALESCE(origin, '') <> '' OR COALESCE(ip_hash, '') <> ''";
    assert_eq!(query(&home, filled), [json!({"n": 0})], "columns that are there for old queries alone");
    let metrics = server.get("/-/metrics").text();
    let stopped = server.stop();

    let never = [AGENT, PAGE, REFERER, COOKIE, UNDECLARED, FOREIGN, ADDRESSES[0], ADDRESSES[1]];
    for marker in never {
        assert_eq!(holding(&home.data(), marker), [""; 0], "files with {marker}");
    }
    for marker in never.into_iter().chain([ALLOWED, WITNESS]) {
        assert!(!metrics.contains(marker), "{marker} in the metrics: {metrics}");
    }
    for marker in never.into_iter().chain([WITNESS]) {
        assert!(!stopped.log.contains(marker), "{marker} in the log: {}", stopped.log);
    }
    // Settings may be remembered, but nothing tells which of the two was sent.
    let [sent, unsent] = [ALLOWED, UNUSED].map(|origin| occurrences(&home.data(), origin));
    assert_eq!(sent, unsent, "how often an origin that was sent stands in the files, and one that was not");
    assert!(occurrences(&home.data(), WITNESS) >= 4, "the search finds what is kept");
}

#[test]
fn secrets_of_the_operator_are_in_no_file_and_no_log() {
    const SECRET: &str = "xX-signing-secret-Xx";
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN), (SIGNING_SECRET, SECRET)]);
    assert_eq!(server.send(&super::by_operator(Request::new("GET", "/recent"))).status, 200);
    assert_eq!(server.send(&super::by_operator(event(&Payload::baseline("baseline-x", "5")))).status, 401);
    let stopped = server.stop();
    for secret in [TOKEN, SECRET] {
        assert!(!stopped.log.contains(secret), "{secret} in the log: {}", stopped.log);
        assert_eq!(holding(&home.data(), secret), [""; 0], "files with {secret}");
    }
    assert_ne!(holding(&home.data(), "telemetry_events"), [""; 0], "the search finds what is there");
}
