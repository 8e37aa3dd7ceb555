//! The wire `voicemode`: every row of its two tables and every sentence about its answers, over HTTP.

mod checks;
mod fields;
mod kept;
mod outcomes;
mod parsing;
mod timestamps;
mod transport;

use serde_json::Value;

use crate::harness::{Answer, Report, Server};

pub(crate) const RECORDED: &str = r#"{"status":"ok","message":"Event already recorded"}"#;

const CORS: [(&str, &str); 4] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "POST, OPTIONS"),
    ("access-control-allow-headers", "Content-Type"),
    ("access-control-max-age", "86400"),
];

/// The answer to an event that was stored.
pub(crate) fn stored(event_id: &str) -> String {
    format!(r#"{{"status":"ok","event_id":{}}}"#, Value::from(event_id))
}

/// The answer to an event that was refused.
pub(crate) fn refused(text: &str) -> String {
    format!(r#"{{"error":{}}}"#, Value::from(text))
}

#[track_caller]
pub(crate) fn assert_cors(case: &str, answer: &Answer) {
    for (name, value) in CORS {
        assert_eq!(answer.all(name), [value], "{case}: {name}");
    }
}

/// Checks a JSON answer to the byte, with all its headers.
#[track_caller]
pub(crate) fn assert_json(case: &str, answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status, answer.text().as_str()), (status, body), "{case}");
    assert_eq!(answer.header("content-type"), Some("application/json"), "{case}: content type");
    assert_eq!(answer.header("retry-after").is_some(), status == 429, "{case}: Retry-After only with a 429");
    assert_cors(case, answer);
}

/// Checks a 429: its text, and the seconds to wait, the same in the body and in the header.
#[track_caller]
pub(crate) fn assert_limited(case: &str, answer: &Answer, text: &str) {
    let wait = answer.header("retry-after").unwrap_or_else(|| panic!("{case}: no Retry-After in {answer:?}"));
    let body = format!(r#"{{"error":"{text}","retry_after":{wait}}}"#);
    assert_json(case, answer, 429, &body);
    let wait: u32 = wait.parse().unwrap_or_else(|error| panic!("{case}: {error} in {wait}"));
    assert!((1..=3600).contains(&wait), "{case}: {wait} seconds");
}

pub(crate) const INSTALL_LIMITED: &str = "Rate limit exceeded for telemetry ID";
pub(crate) const ADDRESS_LIMITED: &str = "Rate limit exceeded for IP address";

/// Posts a report that must be stored.
#[track_caller]
fn accepts(server: &Server, case: &str, report: &Report) {
    assert_json(case, &server.post(report.json()), 200, &stored(report.event_id()));
}

/// Posts a body that must be refused with the text.
#[track_caller]
fn refuses(server: &Server, case: &str, body: impl AsRef<[u8]>, text: &str) {
    assert_json(case, &server.post(body), 400, &refused(text));
}
