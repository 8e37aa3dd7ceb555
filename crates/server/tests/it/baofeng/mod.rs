//! The wire `baofeng`: every row of its tables and every sentence about its answers, over HTTP and from a browser.

mod body;
mod browser;
mod client_log;
mod cors;
mod cutting;
mod event;
mod flash_count;
mod kept;
mod limited;
mod log_lines;
mod racing;
mod recent;
mod signature;

use serde_json::Value;

use crate::harness::{Answer, Home, Request, Server, event_id};

const STORED: &str = r#"{"ok":true,"deduped":false}"#;
const REPEATED: &str = r#"{"ok":true,"deduped":true}"#;
const LOGGED: &str = r#"{"ok":true}"#;
const INVALID_JSON: &str = r#"{"ok":false,"error":"Invalid JSON"}"#;
const INVALID_FIELDS: &str = r#"{"ok":false,"error":"Invalid payload fields"}"#;
const TOO_LARGE: &str = r#"{"ok":false,"error":"Payload too large"}"#;
const NOT_ALLOWED: &str = r#"{"ok":false,"error":"Origin not allowed"}"#;
const NOT_FOUND: &str = r#"{"ok":false,"error":"Not found"}"#;
const UNAUTHORIZED: &str = r#"{"ok":false,"error":"Unauthorized"}"#;

const ADMIN_TOKEN: &str = "ASKFIRST_APP_BAOFENG_ADMIN_TOKEN";
const ALLOWED_ORIGINS: &str = "ASKFIRST_APP_BAOFENG_ALLOWED_ORIGINS";
const SIGNING_SECRET: &str = "ASKFIRST_APP_BAOFENG_SIGNING_SECRET";
const LIMITS_ADDRESS: &str = "ASKFIRST_APP_BAOFENG_LIMITS_ADDRESS";

/// The operator's token of these tests.
const TOKEN: &str = "Token-of-the-Operator-1";
/// One of the origins that are allowed by default.
const ORIGIN: &str = "https://xoniblue.github.io";

/// What a page posts, member by member, so that any value can be spoilt and any member stand twice.
#[derive(Clone)]
struct Payload(Vec<(String, String)>);

impl Payload {
    /// An error as the released page reports it to `/event`.
    fn error(message: &str) -> Self {
        Self::log(message).without("user_agent").without("page_url").with("metadata_json", r#"{"source":"web-v2"}"#)
    }

    /// A flash as the released page reports it to `/event`.
    fn flash(session: &str) -> Self {
        Self::error("Flash complete").with("event_type", "flash_success").with("session_id", session)
    }

    /// An error as the released page reports it to `/client-log`.
    fn log(message: &str) -> Self {
        Self(Vec::new())
            .with("event_type", "flash_error")
            .with("occurred_at", "2026-02-12T18:00:00.123Z")
            .with("message", message)
            .with("model", "UV-5RM")
            .with("write_mode", 1)
            .with("connected", 1)
            .with("app_version", "2.1.0")
            .with("user_agent", "")
            .with("page_url", "")
            .with("log_lines_json", r#"["one line"]"#)
    }

    /// A total that the operator reports under a session that begins with `baseline-`.
    fn baseline(session: &str, total: &str) -> Self {
        Self::flash(session).with("metadata_json", format!(r#"{{"baseline_total":{total}}}"#))
    }

    fn with(self, name: &str, value: impl Into<Value>) -> Self {
        self.with_raw(name, &value.into().to_string())
    }

    /// Sets a member to JSON text that goes out as it is written: `1.0`, `"\ud83d"`, or something broken.
    fn with_raw(mut self, name: &str, json: &str) -> Self {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, value)) => json.clone_into(value),
            None => self.0.push((name.to_owned(), json.to_owned())),
        }
        self
    }

    /// Adds a member at the end, also where there is one of that name.
    fn and(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.push((name.to_owned(), value.into().to_string()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    fn json(&self) -> String {
        let members: Vec<String> =
            self.0.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
        format!("{{{}}}", members.join(","))
    }
}

/// A session nothing else uses.
fn session() -> String {
    format!("flash-{}", event_id())
}

fn post(path: &str, body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", path).header("content-type", "application/json").body(body)
}

fn event(payload: &Payload) -> Request {
    post("/event", payload.json())
}

fn client_log(payload: &Payload) -> Request {
    post("/client-log", payload.json())
}

fn increment(session: &str) -> Request {
    post("/increment", format!(r#"{{"sessionId":{}}}"#, Value::from(session)))
}

/// The request as the operator sends it.
fn by_operator(request: Request) -> Request {
    request.header("authorization", &format!("Bearer {TOKEN}"))
}

/// Starts the server with more variables in its environment.
#[track_caller]
fn serve_with(home: &Home, variables: &[(&str, &str)]) -> Server {
    let mut command = home.serve_command();
    command.envs(variables.iter().copied());
    Server::start(command)
}

/// Asks the ledger of the app with `askfirst query`.
#[track_caller]
fn query(home: &Home, sql: &str) -> Vec<Value> {
    let run = home.run(&["query", "baofeng", sql, "--format", "json", "--data", "data"]);
    assert_eq!(run.code, Some(0), "{sql}: {}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{sql}: {error} in {}", run.stdout))
}

/// Checks how many rows the two tables have.
#[track_caller]
fn assert_rows(home: &Home, case: &str, events: u64, logs: u64) {
    let sql = "SELECT (SELECT COUNT(*) FROM telemetry_events) AS events, (SELECT COUNT(*) FROM client_logs) AS logs";
    let counts = query(home, sql);
    assert_eq!(counts, [serde_json::json!({"events": events, "logs": logs})], "{case}: stored");
}

/// Checks the headers that let a page of the origin read an answer; without an origin, that there are none.
#[track_caller]
fn assert_cors(case: &str, answer: &Answer, origin: Option<&str>) {
    let values = |name: &str, value: &'static str| (name.to_owned(), origin.map(|_| value));
    let expected = [
        ("access-control-allow-origin".to_owned(), origin),
        values("vary", "Origin"),
        values("access-control-allow-methods", "POST, GET, OPTIONS"),
        values("access-control-allow-headers", "Content-Type, Authorization"),
        values("access-control-max-age", "86400"),
    ];
    for (name, value) in expected {
        assert_eq!(answer.header(&name), value, "{case}: {name}");
    }
    if origin.is_none() {
        let named = |name: &str| name.to_lowercase().starts_with("access-control-");
        assert!(!answer.headers.iter().any(|(name, _)| named(name)), "{case}: no such header at all in {answer:?}");
    }
}

/// Checks a JSON answer to the byte, with all its headers.
#[track_caller]
fn assert_answer(case: &str, answer: &Answer, status: u16, body: &str, origin: Option<&str>) {
    assert_eq!((answer.status, answer.text().as_str()), (status, body), "{case}");
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"), "{case}: content type");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}: cache");
    assert_eq!(answer.header("retry-after").is_some(), status == 429, "{case}: Retry-After only with a 429");
    assert_cors(case, answer, origin);
}

/// Checks a JSON answer to a request that told no origin.
#[track_caller]
fn assert_json(case: &str, answer: &Answer, status: u16, body: &str) {
    assert_answer(case, answer, status, body, None);
}

/// Posts to `/event` what must be stored.
#[track_caller]
fn accepts(server: &Server, case: &str, payload: &Payload) {
    assert_json(case, &server.send(&event(payload)), 200, STORED);
}

/// Posts to `/client-log` what must be stored.
#[track_caller]
fn logs(server: &Server, case: &str, payload: &Payload) {
    assert_json(case, &server.send(&client_log(payload)), 200, LOGGED);
}

/// Posts to `/event` what must be refused for a field.
#[track_caller]
fn refuses(server: &Server, case: &str, payload: &Payload) {
    assert_json(case, &server.send(&event(payload)), 400, INVALID_FIELDS);
}

/// Posts to `/client-log` what must be refused for a field.
#[track_caller]
fn refuses_log(server: &Server, case: &str, payload: &Payload) {
    assert_json(case, &server.send(&client_log(payload)), 400, INVALID_FIELDS);
}

/// Checks the number of flashes, which both paths tell alike.
#[track_caller]
fn assert_total(server: &Server, case: &str, total: usize) {
    let shown = format!(r#"{{"ok":true,"total":{total}}}"#);
    assert_json(case, &server.get("/metrics/flash-count"), 200, &shown);
    assert_json(case, &server.get("/count"), 200, &format!(r#"{{"total":{total}}}"#));
}
