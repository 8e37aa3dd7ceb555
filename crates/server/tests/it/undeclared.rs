//! What clients send and nobody declared, by name: `GET /api/v1/{app}/undeclared`.

use serde_json::{Value, json};

use crate::harness::{Answer, Report, Request, Server, at, event_id, holding, install_id, now};
use crate::native;

/// A value of an undeclared field, and a name that is none.
const MARKER: &str = "Zq7-private-value-Zq7";
const NO_NAME: &str = "me@Zq7.example";

#[track_caller]
fn ask(server: &Server, app: &str, token: &str) -> Value {
    let request = Request::new("GET", &format!("/api/v1/{app}/undeclared"));
    let answer = server.send(&request.header("authorization", &format!("Bearer {token}")));
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")), "{answer:?}");
    answer.json()
}

/// Kind, name, version of the client, refused and discarded of each name, the most frequent first.
#[track_caller]
fn names(server: &Server, app: &str, token: &str) -> Vec<Value> {
    let answer = ask(server, app, token);
    let told = |name: &Value| json!(["kind", "name", "client_version", "refused", "discarded"].map(|key| &name[key]));
    answer["names"].as_array().unwrap().iter().map(told).collect()
}

#[track_caller]
fn send(server: &Server, target: &str, body: &str) -> Answer {
    server.send(&Request::new("POST", target).header("content-type", "application/json").body(body))
}

/// An event of the native app.
fn launch() -> Report {
    native::launch()
}

#[track_caller]
fn launched(server: &Server, event: &Report, times: usize) {
    for _ in 0..times {
        assert_eq!(send(server, "/api/v1/mytool/events", &event.json()).status, 200);
    }
}

#[test]
fn what_every_wire_is_sent_is_told_by_name_and_version() {
    let home = native::home();
    let server = home.serve();
    let token = home.token(&["all"]);
    launched(&server, &launch().with("cwd", MARKER), 2);
    launched(&server, &launch().with_twice("cwd", "1", "2"), 1);
    launched(&server, &launch().with("os.shell", MARKER).with("cwd", MARKER).with("version", "1.9.0"), 1);
    launched(&server, &launch().with("type", "quit").with("cwd", MARKER), 1);
    let expected = [
        json!(["field", "cwd", "1.4.0", 3, 0]),
        json!(["field", "cwd", "1.9.0", 1, 0]),
        json!(["field", "os.shell", "1.9.0", 1, 0]),
        json!(["event", "quit", "", 1, 0]),
    ];
    assert_eq!(names(&server, "mytool", &token), expected);

    let report = Report::new().with("environment.cwd", MARKER).json();
    assert_eq!((server.post(&report).status, server.post(&report).status), (200, 200), "once and again");
    let version = Report::new().get("environment")["version"].clone();
    let expected = json!(["field", "environment.cwd", version, 0, 1]);
    assert_eq!(names(&server, "voicemode", &token), [expected], "a repetition is not counted");

    let event = |kind: &str| {
        json!({ "type": kind, "timestamp": format!("{}Z", at(now())), "installationId": install_id(),
                "driftVersion": "0.9.40", "cwd": MARKER })
    };
    let body = json!({ "events": [event("next_thing"), event("other_thing")] }).to_string();
    assert_eq!(send(&server, "/v1/events", &body).status, 200);
    assert_eq!(names(&server, "drift", &token), [json!(["field", "cwd", "0.9.40", 0, 2])]);

    let log = json!({
        "event_type": "flash_error", "occurred_at": "2026-02-12T18:00:00.123Z", "message": "no", "model": "UV-5RM",
        "write_mode": 1, "connected": 1, "app_version": "2.1.0", "log_lines_json": "[]", "cwd": MARKER,
    });
    assert_eq!(send(&server, "/client-log", &log.to_string()).status, 200);
    assert_eq!(names(&server, "baofeng", &token), [json!(["field", "cwd", "2.1.0", 0, 1])]);

    let session = json!({
        "protocol_version": "1.0.0", "daemon_version": "0.4.2", "session_id": event_id(), "platform": "linux",
        "node_version": "v22.11.0", "primary_framework": "react", "cwd": MARKER,
    });
    assert_eq!(send(&server, "/v1/session", &session.to_string()).status, 400);
    assert_eq!(names(&server, "domscribe", &token), [json!(["field", "cwd", "0.4.2", 1, 0])]);

    server.stop();
    assert_eq!(holding(&home.data(), MARKER), [] as [String; 0]);
}

#[test]
fn only_names_are_told_and_nothing_reaches_the_disk_or_the_log() {
    let home = native::home_with("undeclared = \"discard\"\nlimits = { install = \"off\", address = \"off\" }\n");
    let server = home.serve();
    let token = home.token(&["all"]);
    let long = "Zq7".repeat(22);
    let event = launch().with("Zq7_name", 1).with("mode", "fast").json();
    let with = |name: &str| event.replacen('{', &format!("{{{}:1,", json!(name)), 1);
    for name in [NO_NAME, long.as_str(), "/home/Zq7", "Zq7 two", "7Zq7", "\u{e9}Zq7", ""] {
        assert_eq!(send(&server, "/api/v1/mytool/events", &with(name)).status, 200, "{name}");
    }
    // All had the id of the first, so one was stored.
    let expected = [json!(["field", "", "1.4.0", 0, 1]), json!(["field", "Zq7_name", "1.4.0", 0, 1])];
    assert_eq!(names(&server, "mytool", &token), expected);
    for name in [NO_NAME, "Zq7_type"] {
        launched(&server, &launch().with("type", name), 1);
    }
    let told = ask(&server, "mytool", &token).to_string();
    assert!(!told.contains(NO_NAME) && told.contains("Zq7_type"), "{told}");
    let metrics = server.get("/-/metrics").text();
    assert!(!metrics.contains("Zq7"), "{metrics}");
    let stopped = server.stop();
    assert!(!stopped.log.contains("Zq7"), "{}", stopped.log);
    assert_eq!(holding(&home.data(), "Zq7"), [] as [String; 0]);
}

#[test]
fn there_is_an_end_of_names() {
    let home = native::home();
    let server = home.serve();
    let token = home.token(&["all"]);
    for number in 0..300 {
        launched(&server, &launch().with(&format!("field_{number}"), 1), 1);
    }
    launched(&server, &launch().with("field_0", 1), 1);
    let answer = ask(&server, "mytool", &token);
    let names = answer["names"].as_array().unwrap();
    assert_eq!((names.len(), &answer["others"]), (256, &json!({ "refused": 44, "discarded": 0 })));
    assert_eq!((&names[0]["name"], &names[0]["refused"]), (&json!("field_0"), &json!(2)), "known ones are counted on");
}

#[test]
fn it_begins_with_the_server_and_with_its_contracts() {
    let home = native::home();
    let server = home.serve();
    let token = home.token(&["all"]);
    launched(&server, &launch().with("cwd", 1), 1);
    let before = ask(&server, "mytool", &token);
    assert_eq!(before["question"], "undeclared");
    let last = before["names"][0]["last"].as_str().unwrap();
    assert!(before["since"].as_str().unwrap() <= last && last.ends_with('Z'), "{before}");
    server.reload();
    let after = ask(&server, "mytool", &token);
    assert_eq!(after["names"], json!([]), "what the contracts are now may declare it");
    assert!(after["since"].as_str().unwrap() > last, "{after} is since the contracts were read");
    let unknown = server.get("/api/v1/mytool/undeclared");
    assert_eq!(unknown.status, 401, "it takes a token");
}
