//! What the README tells somebody who begins: a contract, a server, `curl`, a refusal, and the figures.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Home, Run, Server, install_id};

const CONTRACT: &str = r#"
[app]
id = "hello"
title = "Hello"
about = "A tool that greets."

[[event]]
type = "greeting"
about = "Somebody was greeted."
install_id = "install"

[event.fields]
install = { type = "uuid", why = "a random number made at opt-in, to count installs" }
language = { type = "enum", values = ["de", "en"], why = "which languages to support" }
seconds = { type = "number", min = 0, max = 60, optional = true, why = "how fast it is" }
"#;

/// Runs `curl` as a person would, and gives the answer's body.
#[track_caller]
fn curl(server: &Server, target: &str, arguments: &[&str]) -> Value {
    let installed = Command::new("curl").arg("--version").output().is_ok_and(|output| output.status.success());
    assert!(installed, "this test needs curl; install it, for instance with: sudo apt-get install -y curl");
    let mut command = Command::new("curl");
    // No settings of whoever runs the test, and no proxy on the way.
    command.args(["-q", "--silent", "--show-error", "--noproxy", "*"]).args(arguments);
    command.arg(format!("http://{}{target}", server.address()));
    let run = Run::of(command);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {:?}", run.stdout))
}

#[test]
fn a_first_event_is_refused_mended_accepted_and_seen_in_the_figures() {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/hello.toml", CONTRACT);
    let server = home.serve();
    let send = |event: &Value| {
        let body = event.to_string();
        curl(&server, "/api/v1/hello/events", &["--json", &body])
    };

    let mut event = json!({ "type": "greeting", "install": install_id(), "langage": "en", "seconds": 61 });
    let answer = send(&event);
    let verdict = &answer["verdicts"][0];
    assert_eq!(verdict["outcome"], "refused", "{answer}");
    let told: Vec<(&str, &str)> = verdict["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| (violation["pointer"].as_str().unwrap(), violation["rule"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("/language", "missing"), ("/seconds", "range"), ("/langage", "undeclared")]);

    assert_eq!(verdict["violations"][2]["hint"], "is not declared; did you mean \"language\"?");

    // What the contract says is what to go by.
    let contract = curl(&server, "/api/v1/hello/contract", &[]);
    assert_eq!(contract["events"][0]["fields"][1]["values"], json!(["de", "en"]));
    event.as_object_mut().unwrap().remove("langage");
    event["language"] = json!("en");
    event["seconds"] = json!(1.5);
    assert_eq!(send(&event), json!({ "verdicts": [{ "outcome": "accepted" }] }));
    assert_eq!(send(&event), json!({ "verdicts": [{ "outcome": "duplicate" }] }), "sent again, it is the same");

    server.stop();
    let stats = home.stats_of("hello");
    let expected = json!({
        "app": "hello", "events": 1, "installs": 1, "active_now": stats["active_now"], "active_today": 1, "active_this_week": 1, "active_this_month": 1,
        "duplicates": 1, "limited": 0, "refused": { "missing": 1 }, "discarded_fields": 0,
    });
    assert_eq!(stats, expected);
    let run = home.run(&["stats", "hello", "--data", "data"]);
    assert!(run.stdout.contains("refused: missing"), "for people: {}", run.stdout);
}

#[test]
fn a_file_of_events_goes_with_curl_too() {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/hello.toml", CONTRACT);
    let server = home.serve();
    let line = || json!({ "type": "greeting", "install": install_id(), "language": "de" }).to_string();
    home.write("events.ndjson", &format!("{}\n{}\n", line(), line()));
    let file = format!("@{}", home.path("events.ndjson").display());
    let answer = curl(&server, "/api/v1/hello/events", &["--data-binary", &file]);
    assert_eq!(answer, json!({ "verdicts": [{ "outcome": "accepted" }, { "outcome": "accepted" }] }));
}
