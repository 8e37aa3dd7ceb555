//! CSV: a column for each declared field, and no formulas.

use std::collections::HashMap;

use serde_json::Value;

use super::{Events, export};

/// The columns of the contract, in their order.
const HEADER: [&str; 22] = [
    "id",
    "received_at",
    "occurred_at",
    "type",
    "event_id",
    "install_id",
    "when",
    "os.name",
    "os.version",
    "ok",
    "count",
    "ratio",
    "mode",
    "hash",
    "session",
    "until",
    "tallies",
    "tags",
    "fields.day",
    "fields.id",
    "mixed",
    "other_fields",
];

/// What a cell holds of a value.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\n']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What is declared of an event at a column.
fn truth(event: &Value, column: &str) -> String {
    match column {
        "occurred_at" => cell(&event["received_at"]),
        "type" | "event_id" | "install_id" | "received_at" => cell(&event[column]),
        "other_fields" => String::new(),
        path => {
            let path = path.trim_start_matches("fields.").split('.');
            cell(path.fold(&event["fields"], |value, name| &value[name]))
        }
    }
}

#[test]
fn csv_has_a_column_for_each_declared_field_and_no_formulas() {
    let events = Events::new();
    let home = events.home();
    let run = export(&home, &["--format", "csv"]);
    let mut reader = ::csv::Reader::from_reader(run.stdout.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header, HEADER);
    let rows: Vec<HashMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(rows.len(), events.lines.len());
    for (row, event) in rows.iter().zip(&events.lines) {
        for column in &header[1..] {
            assert_eq!(row[column], truth(event, column), "{column} of {event}");
        }
        let formula = row.values().find(|cell| cell.starts_with(['=', '+', '@', '\t']));
        assert_eq!(formula, None, "{row:?}");
    }
    let numbers: Vec<i64> = rows.iter().map(|row| row["id"].parse().unwrap()).collect();
    assert!(numbers.is_sorted());
    assert!(rows.iter().any(|row| row["count"] == "-30"), "a number stays one");
}

#[test]
fn without_events_there_is_the_header_alone() {
    let home = Events::new().home();
    let run = export(&home, &["--format", "csv", "--from", "2036-01-01"]);
    assert_eq!(run.stdout, HEADER.join(",") + "\n");
}

#[test]
fn the_answers_of_query_have_no_formulas_either() {
    let home = Events::new().home();
    let sql = "SELECT '=1+1' AS text, -1 AS number, '=1+1' AS again";
    let run = home.run(&["query", "probe", sql, "--format", "csv", "--data", "data"]);
    assert_eq!(run.stdout, "text,number,again\n'=1+1,-1,'=1+1\n");
    let run = home.run(&["query", "probe", sql, "--format", "ndjson", "--data", "data"]);
    assert_eq!(run.stdout, "{\"text\":\"=1+1\",\"number\":-1,\"again\":\"=1+1\"}\n");
}
