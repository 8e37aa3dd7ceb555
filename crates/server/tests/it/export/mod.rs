//! `askfirst export`: every format against the events that the tests made up.

mod broken_off;
mod csv;
mod duckdb;
pub(crate) mod large;
mod older;
mod parquet;
mod refusals;
mod sqlite;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, Time};

use crate::harness::{Home, Run, day, install_id, now};
use crate::import::with_milliseconds;

/// A field of every type, two types of events that declare `count` and `mixed` unlike, and names that columns have.
const CONTRACT: &str = r#"
[app]
id = "probe"
title = "Probe"
about = "A tool for tests."

[policy]
undeclared_events = "envelope"

[envelope]
install_id = "install"
occurred_at = "when"

[envelope.fields]
install = { type = "uuid", none = "nobody", why = "to count installs" }
when = { type = "time", why = "when it happened" }

[[event]]
type = "run"
about = "It ran."
event_id = "key"

[event.fields]
key = { type = "text", max = 40, why = "to store it once" }
"os.name" = { type = "text", max = 200, optional = true, why = "which systems to support" }
"os.version" = { type = "version", optional = true, why = "which systems to support" }
ok = { type = "bool", optional = true, why = "whether it works" }
count = { type = "int", optional = true, why = "how much" }
ratio = { type = "number", optional = true, why = "how much of it" }
mode = { type = "enum", values = ["fast", "-slow"], optional = true, why = "which mode to keep" }
hash = { type = "hex", min = 4, max = 16, optional = true, why = "which of them" }
session = { type = "uuid", optional = true, why = "what belongs together" }
until = { type = "time", optional = true, why = "how long" }
tallies = { type = "counts", max_keys = 9, max_key = 9, optional = true, why = "how often" }
tags = { type = "list", of = { type = "text", max = 20 }, max = 9, optional = true, why = "which" }
day = { type = "text", max = 20, optional = true, why = "a name that a folder has" }
id = { type = "int", optional = true, why = "a name that a column has" }
mixed = { type = "int", optional = true, why = "what the other declares unlike" }

[[event]]
type = "stop"
about = "It ended."

[event.fields]
count = { type = "number", optional = true, why = "how much" }
mixed = { type = "text", max = 20, optional = true, why = "what the other declares unlike" }
"#;

/// Events of three days up to yesterday, as `askfirst import` reads them, in the order of receipt.
struct Events {
    lines: Vec<Value>,
    /// The three days.
    days: Vec<String>,
}

impl Events {
    fn new() -> Self {
        let midnight = OffsetDateTime::new_utc(now().date(), Time::MIDNIGHT) - Duration::days(3);
        let mut events = Self { lines: Vec::new(), days: (0..3).map(|n| day(midnight + Duration::days(n))).collect() };
        let installs = [install_id(), install_id()];
        let event = |received_at: OffsetDateTime, number: usize| {
            let (event_type, fields) = made_up(number);
            let received_at = with_milliseconds(received_at);
            let mut fields = fields;
            fields["when"] = received_at.clone().into();
            json!({
                "event_id": format!("={number}"), "type": event_type, "install_id": installs.get(number % 3),
                "received_at": received_at, "fields": fields,
            })
        };
        for number in 0..60 {
            // The first and the last millisecond of each day, and moments between.
            let (of_day, day) = (number % 20, i64::try_from(number / 20).unwrap());
            let start = midnight + Duration::days(day);
            let received_at = match of_day {
                0 => start,
                19 => start + Duration::days(1) - Duration::milliseconds(1),
                n => start + Duration::milliseconds(i64::try_from(n).unwrap() * 3_600_123),
            };
            events.lines.push(event(received_at, number));
        }
        events
    }

    /// A directory whose ledger holds the events.
    fn home(&self) -> Home {
        let home = Home::new();
        std::fs::create_dir(home.path("contracts")).unwrap();
        home.write("contracts/probe.toml", CONTRACT);
        let lines: Vec<_> = self.lines.iter().map(Value::to_string).collect();
        home.write("events.ndjson", &lines.join("\n"));
        let import = home.run(&["import", "probe", "events.ndjson", "--json", "--data", "data"]);
        let report: Value = serde_json::from_str(&import.stdout).unwrap_or_else(|_| panic!("{import:?}"));
        assert_eq!(report["imported"], self.lines.len(), "{report}");
        home
    }

    /// The events of some of the days.
    fn of_days(&self, days: std::ops::RangeInclusive<usize>) -> &[Value] {
        &self.lines[20 * days.start()..20 * (days.end() + 1)]
    }
}

/// The type and the fields of an event, each of them there for some and not for others.
fn made_up(number: usize) -> (&'static str, Value) {
    let texts = ["plain", "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "a, \"b\"\nc", "'", "ünï ☃", " =1", ""];
    let text = texts[number % texts.len()];
    let fraction = f64::from(u32::try_from(number).unwrap()) - 7.25;
    let count = i64::try_from(number).unwrap() - 30;
    match number % 5 {
        0 => (
            "run",
            json!({"os": {"name": text, "version": "1.2.3-rc.1"}, "ok": number.is_multiple_of(2), "count": count}),
        ),
        1 => (
            "run",
            json!({"ratio": fraction, "mode": "-slow", "hash": "00fF", "session": install_id(), "mixed": count}),
        ),
        2 => (
            "run",
            json!({"until": "2026-02-12T18:00:00.5+02:00", "tallies": {"=a": 1, "b": 2}, "tags": [text, "x"],
                "day": "=today", "id": i64::MAX, "ratio": 1e-7}),
        ),
        3 => ("stop", json!({"count": fraction, "mixed": text})),
        // Nobody declared it: the envelope is kept.
        _ => ("other", json!({})),
    }
}

#[track_caller]
fn export(home: &Home, arguments: &[&str]) -> Run {
    let run = home.run(&[&["export", "probe", "--data", "data"], arguments].concat());
    assert_eq!(run.code, Some(0), "{arguments:?}: {run:?}");
    run
}

/// The events as NDJSON has them, without the ledger's own number, but with what no member tells as null.
fn assert_same_events(exported: &str, truth: &[Value]) {
    let exported: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(exported.len(), truth.len());
    for (exported, truth) in exported.iter().zip(truth) {
        let mut exported = exported.clone();
        assert!(exported.as_object_mut().unwrap().remove("id").is_some_and(|id| id.is_string()));
        assert_eq!(&exported, truth);
    }
}

#[test]
fn ndjson_has_the_events_of_the_days_that_were_asked_for_both_included() {
    let events = Events::new();
    let home = events.home();
    let [first, second, third] = &events.days[..] else { panic!("three days") };
    let cases: [(&[&str], _); 6] = [
        (&[], events.of_days(0..=2)),
        (&["--from", second], events.of_days(1..=2)),
        (&["--to", second], events.of_days(0..=1)),
        (&["--from", second, "--to", second], events.of_days(1..=1)),
        (&["--from", first, "--to", third], events.of_days(0..=2)),
        (&["--from", "2036-01-01"], &[]),
    ];
    for (arguments, truth) in cases {
        assert_same_events(&export(&home, arguments).stdout, truth);
    }
    let to_file = export(&home, &["--format", "ndjson", "--out", "all.ndjson"]);
    assert_eq!((to_file.stdout.as_str(), to_file.stderr.as_str()), ("", "60 events written to all.ndjson\n"));
    assert_same_events(&std::fs::read_to_string(home.path("all.ndjson")).unwrap(), &events.lines);
}
