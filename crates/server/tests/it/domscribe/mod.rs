//! The wire `domscribe`: every row of its tables and every sentence about its answers, over HTTP.

mod kept;
mod session;
mod size;
mod wau;

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::harness::{Answer, Home, Report, Request, Server, event_id, now};

const SESSION: &str = "/v1/session";
const TOKEN: &str = "s3cret-Read.Token_1";
const TOKEN_VARIABLE: &str = "ASKFIRST_APP_DOMSCRIBE_READ_TOKEN";

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

const SAFE: [(&str, &str); 3] =
    [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer"), ("cache-control", "no-store")];

/// A record of a session of its own.
fn record() -> Report {
    Report::from_value(json!({
        "protocol_version": "1.0.0", "daemon_version": "0.4.2-beta.1", "session_id": event_id(), "platform": "linux",
        "node_version": "v22.11.0", "primary_framework": "react",
    }))
}

fn of_session(id: &str) -> Report {
    record().with("session_id", id)
}

fn request(body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", SESSION).header("content-type", "application/json").body(body)
}

#[track_caller]
fn post(server: &Server, body: impl AsRef<[u8]>) -> Answer {
    server.send(&request(body))
}

#[track_caller]
fn assert_safe(case: &str, answer: &Answer) {
    for (name, value) in SAFE {
        assert_eq!(answer.all(name), [value], "{case}: {name}");
    }
}

/// Checks an answer with content to the byte, with all its headers.
#[track_caller]
fn assert_answer(case: &str, answer: &Answer, status: u16, content_type: &str, body: &str) {
    assert_eq!((answer.status, answer.text().as_str()), (status, body), "{case}");
    assert_eq!(answer.all("content-type"), [content_type], "{case}: content type");
    assert_safe(case, answer);
    assert_eq!(answer.header("allow"), (status == 405).then_some("POST"), "{case}: allow only with a 405");
}

#[track_caller]
fn assert_text(case: &str, answer: &Answer, status: u16, text: &str) {
    assert_answer(case, answer, status, TEXT, text);
}

/// Checks that a record was stored.
#[track_caller]
fn assert_stored(case: &str, answer: &Answer) {
    assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{case}");
    assert_eq!(answer.header("content-type"), None, "{case}: no content, so no type");
    assert_safe(case, answer);
}

#[track_caller]
fn accepts(server: &Server, case: &str, record: &Report) {
    assert_stored(case, &post(server, record.json()));
}

#[track_caller]
fn refuses(server: &Server, case: &str, body: impl AsRef<[u8]>) {
    assert_text(case, &post(server, body), 400, "invalid payload");
}

/// `2026-W22`.
fn week_of(time: OffsetDateTime) -> String {
    let (year, week, _) = time.date().to_iso_week_date();
    format!("{year:04}-W{week:02}")
}

fn this_week() -> String {
    week_of(now())
}

/// A server that answers the operator who has the token.
fn serve(home: &Home) -> Server {
    home.serve_with(&[(TOKEN_VARIABLE, TOKEN)])
}

/// Asks for a week, with the token in the header.
fn ask(week: &str) -> Request {
    Request::new("GET", &format!("/v1/wau/{week}")).header("authorization", &format!("Bearer {TOKEN}"))
}

/// Checks the number of active sessions of a week.
#[track_caller]
fn assert_sessions(case: &str, server: &Server, week: &str, count: usize) {
    let body = format!(r#"{{"week":"{week}","weekly_active_sessions":{count}}}"#);
    assert_answer(case, &server.send(&ask(week)), 200, JSON, &body);
}

/// The fields of every record that is stored.
#[track_caller]
fn stored(home: &Home) -> Vec<Value> {
    let rows = home.query_of("domscribe", "SELECT fields FROM event");
    let fields = |row: &Value| serde_json::from_str(row["fields"].as_str().unwrap()).unwrap();
    rows.iter().map(fields).collect()
}

/// Servers on which every path below a prefix is domscribe's: alone at the root, and with all others under its own.
fn owners() -> [(Server, Home, &'static str); 2] {
    let (alone, among_others) = (Home::new(), Home::new());
    [(alone.serve_only("domscribe"), alone, ""), (among_others.serve(), among_others, "/a/domscribe")]
}
