//! Parquet, as DuckDB reads it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::duckdb::ask;
use super::{Events, export};
use crate::harness::{Home, Report, within_one_day};

const FILES: &str = "read_parquet('out/*/*.parquet', hive_partitioning = true)";

/// The declared columns, and what DuckDB takes them for.
const TYPES: [(&str, &str); 23] = [
    ("id", "BIGINT"),
    ("received_at", "TIMESTAMP WITH TIME ZONE"),
    ("occurred_at", "TIMESTAMP WITH TIME ZONE"),
    ("type", "VARCHAR"),
    ("event_id", "VARCHAR"),
    ("install_id", "VARCHAR"),
    ("when", "TIMESTAMP WITH TIME ZONE"),
    ("os.name", "VARCHAR"),
    ("os.version", "VARCHAR"),
    ("ok", "BOOLEAN"),
    ("count", "DOUBLE"),
    ("ratio", "DOUBLE"),
    ("mode", "VARCHAR"),
    ("hash", "VARCHAR"),
    ("session", "VARCHAR"),
    ("until", "TIMESTAMP WITH TIME ZONE"),
    ("tallies", "VARCHAR"),
    ("tags", "VARCHAR"),
    ("fields.day", "VARCHAR"),
    ("fields.id", "BIGINT"),
    ("mixed", "VARCHAR"),
    ("other_fields", "VARCHAR"),
    ("day", "DATE"),
];

fn milliseconds(time: &Value) -> Value {
    let Some(text) = time.as_str() else { return Value::Null };
    let nanoseconds = OffsetDateTime::parse(text, &Rfc3339).unwrap().unix_timestamp_nanos();
    json!(i64::try_from(nanoseconds / 1_000_000).unwrap())
}

/// What is declared of an event at a column, in that column's type.
fn truth(event: &Value, column: &str, kind: &str) -> Value {
    let value = match column {
        "occurred_at" => &event["received_at"],
        "type" | "event_id" | "install_id" | "received_at" => &event[column],
        "other_fields" => &Value::Null,
        "day" => return json!(event["received_at"].as_str().unwrap()[..10]),
        path => path.trim_start_matches("fields.").split('.').fold(&event["fields"], |value, name| &value[name]),
    };
    match (kind, value) {
        (_, Value::Null) => Value::Null,
        ("TIMESTAMP WITH TIME ZONE", _) => milliseconds(value),
        ("DOUBLE", _) => json!(value.as_f64().unwrap()),
        ("VARCHAR", Value::String(_)) | ("BIGINT" | "BOOLEAN", _) => value.clone(),
        (_, other) => json!(other.to_string()),
    }
}

#[test]
fn duckdb_reads_every_value_of_every_event_in_its_type() {
    let events = Events::new();
    let home = events.home();
    let run = export(&home, &["--format", "parquet", "--out", "out"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "60 events written to out\n"));
    let files = ["out/day=DAY/part-0.parquet"; 3];
    for (day, file) in events.days.iter().zip(files) {
        assert!(home.path(&file.replace("DAY", day)).is_file(), "{day}");
    }

    let types = ask(&home, &format!("SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM {FILES})"));
    assert_eq!(types, TYPES.map(|(name, kind)| json!([name, kind])));
    let column = |(name, kind): &(&str, &str)| match *kind {
        "TIMESTAMP WITH TIME ZONE" => format!("epoch_ms(\"{name}\")"),
        "DATE" => format!("\"{name}\"::VARCHAR"),
        _ => format!("\"{name}\""),
    };
    let columns: Vec<_> = TYPES[1..].iter().map(column).collect();
    let rows = ask(&home, &format!("SELECT {} FROM {FILES} ORDER BY id", columns.join(", ")));
    assert_eq!(rows.len(), events.lines.len());
    for (row, event) in rows.iter().zip(&events.lines) {
        let truth: Vec<_> = TYPES[1..].iter().map(|(name, kind)| truth(event, name, kind)).collect();
        assert_eq!(row, &json!(truth), "{event}");
    }
    let one_day = ask(&home, &format!("SELECT count(*) FROM {FILES} WHERE day = '{}'", events.days[1]));
    assert_eq!(one_day, [json!([20])]);
}

#[test]
fn duckdb_counts_what_query_counts() {
    const SQL: &str =
        "SELECT type, count(*) AS events, count(DISTINCT install_id) AS installs FROM SOURCE GROUP BY type";
    let home = Home::new();
    within_one_day(|_| {
        let _ = std::fs::remove_dir_all(home.data());
        let server = home.serve();
        let installs = [crate::harness::install_id(), crate::harness::install_id()];
        for number in 0..16 {
            assert_eq!(server.post(Report::of(&installs[number % 2]).json()).status, 200);
        }
        let _ = std::fs::remove_dir_all(home.path("out"));
        let export = ["export", "voicemode", "--format", "parquet", "--out", "out", "--data", "data"];
        let run = home.run(&export);
        assert_eq!(run.code, Some(0), "while the server runs: {run:?}");
        let counted: BTreeMap<String, Value> = ask(&home, &SQL.replace("SOURCE", FILES))
            .iter()
            .map(|row| (row[0].as_str().unwrap().to_owned(), json!([row[1], row[2]])))
            .collect();
        let source = "(SELECT e.type, i.install_id FROM event AS e JOIN install AS i ON i.id = e.install)";
        let truth = home.query(&SQL.replace("SOURCE", source));
        let truth: BTreeMap<_, _> = truth
            .iter()
            .map(|row| (row["type"].as_str().unwrap().to_owned(), json!([row["events"], row["installs"]])))
            .collect();
        if counted == truth && counted.values().next() == Some(&json!([16, 2])) {
            Ok(())
        } else {
            Err(format!("{counted:?}, not {truth:?}"))
        }
    });
}
