//! `askfirst ask`, and the same questions over HTTP: what people and programs get to see. Whether the figures are right
//! is proved where they are made.

mod formats;
mod page;
mod refusals;
mod running;

use serde_json::json;

use crate::harness::{Home, Run};

const CONTRACT: &str = r#"
[app]
id = "mytool"
title = "My tool"
about = "A tool for tests."

[policy]
retention = "36500d" # the tests' events are of a fixed past

[[event]]
type = "build"
about = "It built something."
event_id = "id"
install_id = "install"
occurred_at = "at"

[event.fields]
id = { type = "uuid", why = "to store it once" }
install = { type = "uuid", why = "to count installs" }
at = { type = "time", why = "when it happened" }
version = { type = "version", role = "app_version", why = "which versions need fixes" }
os = { type = "text", max = 40, role = "platform", why = "which systems to support" }
mode = { type = "enum", values = ["fast", "thorough"], optional = true, why = "which mode to keep" }
seconds = { type = "number", min = 0, optional = true, why = "how long it takes" }
targets = { type = "counts", max_keys = 10, max_key = 32, optional = true, why = "which targets to keep" }
fault = { type = "text", max = 200, role = "error", optional = true, why = "what fails" }
note = { type = "text", max = 400, optional = true, why = "what was done" }
"#;

/// Three weeks that are over: their Monday and their Sunday.
const FROM: &str = "2026-01-05";
const TO: &str = "2026-01-25";

/// What five installs reported: day, install, version, system, and other fields.
const EVENTS: [(&str, u8, &str, &str, &str); 16] = [
    ("2026-01-05", 1, "1.0.0", "linux", r#"{"seconds": 2, "targets": {"wasm": 3, "x86_64": 1}}"#),
    ("2026-01-05", 1, "1.0.0", "linux", r#"{"seconds": 3.5, "mode": "fast"}"#),
    ("2026-01-06", 2, "1.0.0", "darwin", r#"{"seconds": 10, "mode": "thorough"}"#),
    ("2026-01-07", 3, "1.0.0", "linux", r#"{"fault": "can't open the file"}"#),
    ("2026-01-08", 1, "1.0.0", "linux", r#"{"seconds": 4}"#),
    ("2026-01-12", 1, "1.1.0", "linux", r#"{"seconds": 1.25, "targets": {"wasm": 1200}}"#),
    ("2026-01-13", 2, "1.0.0", "darwin", r#"{"fault": "can't open the file"}"#),
    ("2026-01-13", 2, "1.0.0", "darwin", r#"{"fault": "can't open the file"}"#),
    (
        "2026-01-14",
        4,
        "1.1.0",
        "a\u{1b}[2J\u{9b}b\nc",
        r#"{"fault": "\u001b]0;owned\u0007 \u202e a text that goes on and on, longer than any table has room for it beside its figures"}"#,
    ),
    ("2026-01-18", 3, "1.1.0", "linux", r#"{"mode": "fast"}"#),
    ("2026-01-19", 1, "1.1.0", "linux", r#"{"seconds": 8}"#),
    ("2026-01-20", 5, "2.0.0-rc.1", "win32", r#"{"mode": "fast"}"#),
    ("2026-01-21", 5, "2.0.0-rc.1", "win32", r#"{"fault": "out of memory"}"#),
    ("2026-01-24", 3, "1.1.0", "linux", r#"{"seconds": 6}"#),
    ("2026-01-24", 5, "2.0.0", "win32", r#"{"note": "=1+1, \"quoted\""}"#),
    (
        "2026-01-25",
        1,
        "2.0.0",
        "linux",
        r#"{"note": "many words \u001b[31m that don't stand in one line of a page, so that they are broken between words and never within a number", "targets": {"wasm": 1234567, "x86_64": 2}}"#,
    ),
];

/// A line of an export: an event that was received at noon of a day.
fn line(number: usize, day: &str, install: u8, fields: &str) -> String {
    let uuid = |kind: &str, number: usize| format!("{kind}0000000-0000-4000-8000-{number:012}");
    let at = format!("{day}T12:00:00.000Z");
    let mut fields: serde_json::Value = serde_json::from_str(fields).unwrap();
    fields["at"] = at.clone().into();
    let (event, install) = (uuid("e", number), uuid("a", install.into()));
    let line = json!({
        "id": "0", "event_id": event, "type": "build", "install_id": install, "received_at": at, "fields": fields,
    });
    format!("{line}\n")
}

/// A directory whose ledger of `mytool` holds these lines.
fn home_with(lines: &str) -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/mytool.toml", CONTRACT);
    home.write("events.ndjson", lines);
    let import = home.run(&["import", "mytool", "events.ndjson", "--json", "--data", "data"]);
    let report: serde_json::Value = serde_json::from_str(&import.stdout).unwrap_or_else(|_| panic!("{import:?}"));
    assert_eq!(report["imported"], lines.lines().count(), "{report}");
    home
}

/// A directory whose ledger of `mytool` holds [`EVENTS`].
fn home() -> Home {
    let lines = EVENTS.iter().enumerate().map(|(number, (day, install, version, os, fields))| {
        let mut fields: serde_json::Value = serde_json::from_str(fields).unwrap();
        (fields["version"], fields["os"]) = ((*version).into(), (*os).into());
        line(number, day, *install, &fields.to_string())
    });
    home_with(&lines.collect::<String>())
}

/// Runs `ask mytool ...`.
fn ask(home: &Home, question: &[&str]) -> Run {
    home.run(&[&["ask", "mytool"], question, &["--data", "data"]].concat())
}

/// What `ask mytool ...` prints where it has nothing to say beside it.
#[track_caller]
fn answer(home: &Home, question: &[&str]) -> String {
    let run = ask(home, question);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{question:?}");
    run.stdout
}
