//! The native API, from outside: what is sent, and every answer to it.

mod compression;
mod contract;
mod cors;
mod described;
mod envelope;
mod folder;
mod routing;
mod verdicts;

use serde_json::{Value, json};

use crate::harness::{Answer, Connection, Home, Report, Request, Server, install_id};

pub(crate) use described::{assert_described, assert_happening, described, validator};

/// The id of the app that the tests declare.
const APP: &str = "mytool";
const EVENTS: &str = "/api/v1/mytool/events";
const CONTRACT: &str = "/api/v1/mytool/contract";
/// The origin that its contract allows.
const ORIGIN: &str = "https://mytool.example";
/// What is sent where it must never come back from.
const MARKER: &str = "Zq7-private-value-Zq7";

/// The policy of most tests: no limits in the way.
const POLICY: &str = "limits = { install = \"off\", address = \"off\" }\nmax_batch = 10\nmax_body = \"4 KiB\"\n\
    allowed_origins = [\"https://mytool.example\"]\n";

/// What is declared of the one event.
const FIELDS: &str = r#"
id = { type = "uuid", why = "to store it once" }
install = { type = "uuid", why = "to count installs" }
version = { type = "version", role = "app_version", optional = true, why = "which versions need fixes" }
minutes = { type = "int", min = 0, max = 100, optional = true, why = "how long it is used" }
mode = { type = "enum", values = ["fast", "thorough"], optional = true, why = "which mode to keep" }
note = { type = "text", max = 8, pattern = "[a-z ]*", optional = true, why = "what was done" }
"os.name" = { type = "text", max = 16, optional = true, why = "which systems to support" }
"#;

/// The contract of an app with this policy.
pub(crate) fn contract_of(app: &str, policy: &str, fields: &str) -> String {
    format!(
        "[app]\nid = \"{app}\"\ntitle = \"My tool\"\nabout = \"A tool for tests.\"\n\n[policy]\n{policy}\n\n[[event]]\n\
         type = \"launch\"\nabout = \"It was started.\"\nevent_id = \"id\"\ninstall_id = \"install\"\n\n[event.fields]{fields}"
    )
}

/// A directory whose folder of contracts declares the app with this policy.
pub(crate) fn home_with(policy: &str) -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/mytool.toml", &contract_of(APP, policy, FIELDS));
    home
}

pub(crate) fn home() -> Home {
    home_with(POLICY)
}

/// An event that the contract lets through, with ids of its own.
pub(crate) fn launch() -> Report {
    Report::from_value(json!({ "type": "launch", "id": install_id(), "install": install_id(), "version": "1.4.0" }))
}

fn array<T: AsRef<str>>(events: &[T]) -> String {
    format!("[{}]", events.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(","))
}

fn launches(count: usize) -> Vec<String> {
    (0..count).map(|_| launch().json()).collect()
}

fn request(body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", EVENTS).header("content-type", "application/json").body(body)
}

/// Sends a request and checks that its answer is as the description has it.
#[track_caller]
fn send(server: &Server, request: &Request) -> Answer {
    let answer = server.send(request);
    assert_described(&answer);
    answer
}

#[track_caller]
fn send_on(connection: &mut Connection, request: &Request) -> Answer {
    let answer = connection.exchange(request).unwrap();
    assert_described(&answer);
    answer
}

#[track_caller]
fn post(server: &Server, body: impl AsRef<[u8]>) -> Answer {
    send(server, &request(body))
}

/// The verdicts of an answer, each of which has one outcome.
#[track_caller]
fn verdicts(answer: &Answer) -> Vec<Value> {
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
    assert_hash(answer);
    answer.json()["verdicts"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone()
}

/// The outcomes of an answer, in order.
#[track_caller]
fn outcomes(answer: &Answer) -> Vec<String> {
    verdicts(answer).iter().map(|verdict| verdict["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The places and rules of a verdict that refuses.
#[track_caller]
fn violations(verdict: &Value) -> Vec<(String, String)> {
    assert_eq!(verdict["outcome"], "refused", "{verdict}");
    let all = verdict["violations"].as_array().unwrap();
    let text = |violation: &Value, key: &str| violation[key].as_str().unwrap_or_else(|| panic!("{verdict}")).to_owned();
    assert!(all.iter().all(|violation| !text(violation, "hint").is_empty()), "a hint each: {verdict}");
    all.iter().map(|violation| (text(violation, "pointer"), text(violation, "rule"))).collect()
}

/// Checks an answer that there is something wrong with a request as a whole.
#[track_caller]
fn assert_problem(case: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{case}: {answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{case}");
    let problem = answer.json();
    assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)), "{case}");
    assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{case}: {problem}");
    if code != "unknown_app" {
        assert_hash(answer);
    }
}

/// Checks that an answer tells which contract is in force.
#[track_caller]
fn assert_hash(answer: &Answer) {
    let hash = answer.header("askfirst-contract").unwrap_or_else(|| panic!("no hash in {answer:?}"));
    assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
}

/// The hash of the contract in force.
#[track_caller]
fn hash(server: &Server) -> String {
    let answer = send(server, &Request::new("GET", CONTRACT));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("askfirst-contract").unwrap().to_owned()
}

/// How many events had this outcome.
#[track_caller]
fn counted(server: &Server, outcome: &str) -> u64 {
    // A sum of nothing is -0.
    let count = server.counted(outcome).abs();
    format!("{count}").parse().unwrap_or_else(|_| panic!("{count} is no number of events"))
}

/// How many events of the app are stored.
#[track_caller]
fn stored(home: &Home) -> i64 {
    count(home, "SELECT COUNT(*) AS n FROM event")
}

/// The number that a question with one column `n` gives.
#[track_caller]
fn count(home: &Home, sql: &str) -> i64 {
    home.query_of(APP, sql)[0]["n"].as_i64().unwrap_or_default()
}
