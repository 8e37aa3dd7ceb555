//! The wire `drift`: every row of its tables and every sentence about its answers, over HTTP.

mod derived;
mod events;
mod fields;
mod kept;
mod races;
mod reads;
mod repeats;
mod requests;
mod undeclared;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::harness::{Answer, Home, Report, Request, Server, at, event_id, install_id, now};

const EVENTS: &str = "/v1/events";
/// The most events in a request.
const MOST: usize = 100;

const CORS: [(&str, &str); 3] = [
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "GET, POST, OPTIONS"),
    ("access-control-allow-headers", "Content-Type"),
];

/// An event of a type with nothing but its envelope, made now, of an install of its own.
fn bare(kind: &str) -> Report {
    Report::from_value(json!({
        "type": kind, "timestamp": stamp(now()), "installationId": install_id(), "driftVersion": "0.9.40",
    }))
}

/// The wire's reference example, made now, with ids of its own.
fn signature() -> Report {
    bare("pattern_signature")
        .with("signatureHash", event_id())
        .with("category", "api")
        .with("confidence", 0.92)
        .with("locationCount", 15)
        .with("outlierCount", 2)
        .with("detectionMethod", "hybrid")
        .with("language", "typescript")
}

fn aggregate() -> Report {
    bare("aggregate_stats")
        .with("totalPatterns", 31)
        .with("patternsByStatus", json!({"discovered": 20, "approved": 10, "ignored": 1}))
        .with("patternsByCategory", json!({"api": 12, "auth": 9, "data-access": 10}))
        .with("languages", json!(["typescript", "python"]))
        .with("frameworks", json!(["express"]))
        .with("featuresEnabled", json!(["callgraph", "boundaries"]))
        .with("codebaseSizeTier", "medium")
}

fn action() -> Report {
    bare("user_action")
        .with("action", "approve")
        .with("category", "api")
        .with("confidenceAtAction", 0.85)
        .with("hoursSinceDiscovery", 26)
        .with("isBulkAction", false)
}

fn scan() -> Report {
    bare("scan_completion")
        .with("durationMs", 5321)
        .with("filesScanned", 412)
        .with("newPatternsDiscovered", 7)
        .with("isIncremental", true)
        .with("workerCount", 4)
}

/// One event of each type that released clients declare.
fn one_of_each() -> [Report; 4] {
    [signature(), aggregate(), action(), scan()]
}

/// As the released client writes a time: `2026-01-25T12:00:00.000Z`.
fn stamp(time: OffsetDateTime) -> String {
    format!("{}.{:03}Z", at(time), time.millisecond())
}

fn batch<T: AsRef<str>>(events: &[T]) -> String {
    let events: Vec<&str> = events.iter().map(AsRef::as_ref).collect();
    format!("{{\"events\":[{}]}}", events.join(","))
}

fn batch_of(events: &[Report]) -> String {
    batch(&events.iter().map(Report::json).collect::<Vec<_>>())
}

/// A request as the released client sends it.
fn request(body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", EVENTS).header("content-type", "application/json").body(body)
}

#[track_caller]
fn post(server: &Server, body: impl AsRef<[u8]>) -> Answer {
    server.send(&request(body))
}

/// The answer where nothing was refused.
fn processed(count: usize) -> String {
    format!(r#"{{"success":true,"eventsProcessed":{count}}}"#)
}

fn error(text: &str) -> String {
    format!(r#"{{"error":"{text}"}}"#)
}

#[track_caller]
fn assert_cors(case: &str, answer: &Answer) {
    for (name, value) in CORS {
        assert_eq!(answer.all(name), [value], "{case}: {name}");
    }
}

/// Checks the headers that every answer with content has.
#[track_caller]
fn assert_headers(case: &str, answer: &Answer) {
    assert_eq!(answer.all("content-type"), ["application/json"], "{case}: content type");
    assert_cors(case, answer);
}

/// Checks an answer to the byte, with all its headers.
#[track_caller]
fn assert_json(case: &str, answer: &Answer, status: u16, body: &str) {
    assert_eq!((answer.status, answer.text().as_str()), (status, body), "{case}");
    assert_headers(case, answer);
}

/// Posts events that must all be processed.
#[track_caller]
fn accepts(server: &Server, case: &str, events: &[Report]) {
    assert_json(case, &post(server, batch_of(events)), 200, &processed(events.len()));
}

/// Checks the form of an answer where events were refused. Gives how many were processed, and the place and the reason
/// of each that was not.
#[track_caller]
fn told(case: &str, answer: &Answer) -> (usize, Vec<(usize, String)>) {
    let value = answer.json();
    let number =
        |value: &Value| usize::try_from(value.as_u64().unwrap_or_else(|| panic!("{case}: {answer:?}"))).unwrap();
    let count = number(&value["eventsProcessed"]);
    let rejected = value["rejected"].as_array().unwrap_or_else(|| panic!("{case}: nothing rejected, {answer:?}"));
    let reason = |item: &Value| item["reason"].as_str().unwrap_or_default().to_owned();
    let rejected: Vec<_> = rejected.iter().map(|item| (number(&item["index"]), reason(item))).collect();
    assert!(!rejected.is_empty() && rejected.iter().all(|(_, reason)| !reason.is_empty()), "{case}: {answer:?}");
    let items = rejected.iter().map(|(index, reason)| format!(r#"{{"index":{index},"reason":{}}}"#, json!(reason)));
    let items = items.collect::<Vec<_>>().join(",");
    let body = format!(r#"{{"success":true,"eventsProcessed":{count},"rejected":[{items}]}}"#);
    assert_json(case, answer, 200, &body);
    (count, rejected)
}

/// An event that must be refused: what is wrong with it, its JSON, and the field that the reason names.
struct Bad {
    case: String,
    json: String,
    field: &'static str,
}

impl Bad {
    fn new(case: impl Into<String>, event: &Report, field: &'static str) -> Self {
        Self { case: case.into(), json: event.json(), field }
    }
}

/// Sends each of the bad events between good ones: they alone must be refused, each with a reason that names its field.
#[track_caller]
fn refuses(server: &Server, bad: &[Bad]) {
    for bad in bad.chunks(MOST / 2) {
        let events: Vec<String> = bad.iter().flat_map(|bad| [scan().json(), bad.json.clone()]).collect();
        let cases: Vec<&str> = bad.iter().map(|bad| bad.case.as_str()).collect();
        let (count, rejected) = told(&format!("all of {cases:?}"), &post(server, batch(&events)));
        for (place, bad) in bad.iter().enumerate() {
            let reason = rejected.iter().find(|(index, _)| *index == 2 * place + 1).map(|(_, reason)| reason);
            let reason = reason.unwrap_or_else(|| panic!("{}: not refused, {}", bad.case, bad.json));
            assert!(reason.contains(bad.field), "{}: no word of {} in {reason:?}", bad.case, bad.field);
        }
        assert_eq!((count, rejected.len()), (bad.len(), bad.len()), "{cases:?}: the good ones stay, {rejected:?}");
        assert!(rejected.is_sorted_by_key(|(index, _)| *index), "{cases:?}: in the order of the events, {rejected:?}");
    }
}

/// Asks drift's ledger.
#[track_caller]
fn rows(home: &Home, sql: &str) -> Vec<Value> {
    home.query_of("drift", sql)
}

/// The number that a question with one column `n` gives.
#[track_caller]
fn number(home: &Home, sql: &str) -> i64 {
    let rows = rows(home, sql);
    rows[0]["n"].as_i64().unwrap_or_else(|| panic!("{sql}: {rows:?}"))
}

#[track_caller]
fn total(home: &Home) -> i64 {
    number(home, "SELECT COUNT(*) AS n FROM events")
}

/// The payload of the one event of an install.
#[track_caller]
fn payload(home: &Home, install: &str) -> Value {
    let rows = rows(home, &format!("SELECT payload FROM events WHERE installation_id = '{install}'"));
    assert_eq!(rows.len(), 1, "events of {install}: {rows:?}");
    let text = rows[0]["payload"].as_str().unwrap_or_else(|| panic!("no text: {rows:?}"));
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// The daily counts of today that are not zero.
#[track_caller]
fn daily(home: &Home) -> BTreeMap<String, i64> {
    let rows = rows(home, "SELECT metric, value FROM daily_stats WHERE date = DATE('now') AND value <> 0");
    let count = |row: &Value| Some((row["metric"].as_str()?.to_owned(), row["value"].as_i64()?));
    let daily: BTreeMap<_, _> =
        rows.iter().map(|row| count(row).unwrap_or_else(|| panic!("no metric and count: {row}"))).collect();
    assert_eq!(daily.len(), rows.len(), "one row a metric: {rows:?}");
    daily
}

/// Counts by the names of their metrics.
fn counts<const N: usize>(counts: [(&str, i64); N]) -> BTreeMap<String, i64> {
    counts.map(|(metric, count)| (metric.to_owned(), count)).into()
}

/// Whether a number is the mean, but for the last bits of its sum.
fn is_mean(value: &Value, truth: f64) -> bool {
    value.as_f64().is_some_and(|value| (value - truth).abs() <= 1e-9 * truth.abs())
}

/// Servers on which every path below a prefix is drift's: alone at the root, and with all others under its own.
fn owners() -> [(Server, Home, &'static str); 2] {
    let (alone, among_others) = (Home::new(), Home::new());
    [(alone.serve_only("drift"), alone, ""), (among_others.serve(), among_others, "/a/drift")]
}
