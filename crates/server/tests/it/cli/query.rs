//! `askfirst query`: its formats, and that it only reads.

use serde_json::{Value, json};

use super::{argument, with_events};
use crate::harness::{Home, Ledger, Report, Run};

/// A value of every type, and texts that need care.
const ROWS: &str = "SELECT 1 AS number, 'plain' AS text, NULL AS absent, 1.5 AS fraction \
    UNION ALL SELECT -20, 'a, \"b\" and\nc', 'x', 2.25";

#[track_caller]
fn formatted(home: &Home, format: &str, sql: &str) -> String {
    let run = home.run(&["query", "voicemode", sql, "--format", format, "--data", "data"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{format}: {sql}");
    run.stdout.replace("\r\n", "\n")
}

#[test]
fn csv_quotes_what_needs_it() {
    let home = with_events(0);
    let csv = formatted(&home, "csv", ROWS);
    assert_eq!(csv, "number,text,absent,fraction\n1,plain,,1.5\n-20,\"a, \"\"b\"\" and\nc\",x,2.25\n");
    assert_eq!(formatted(&home, "csv", "SELECT 1 AS a WHERE 0"), "a\n", "no rows: the header alone");
}

#[test]
fn json_is_an_array_of_objects_and_ndjson_an_object_a_line() {
    let home = with_events(0);
    let rows = [
        json!({"number": 1, "text": "plain", "absent": null, "fraction": 1.5}),
        json!({"number": -20, "text": "a, \"b\" and\nc", "absent": "x", "fraction": 2.25}),
    ];
    let array: Value = serde_json::from_str(&formatted(&home, "json", ROWS)).unwrap();
    assert_eq!(array, json!(rows));
    let lines = formatted(&home, "ndjson", ROWS);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, rows);
    let none = "SELECT 1 AS a WHERE 0";
    assert_eq!(formatted(&home, "json", none).trim(), "[]");
    assert_eq!(formatted(&home, "ndjson", none), "");
    let in_order = formatted(&home, "ndjson", "SELECT 1 AS z, 2 AS a, 3 AS m");
    let places = ["\"z\"", "\"a\"", "\"m\""].map(|name| in_order.find(name));
    assert!(places.is_sorted() && places[0].is_some(), "columns in the order asked: {in_order}");
}

#[test]
fn a_table_is_aligned() {
    let home = with_events(0);
    let table = formatted(
        &home,
        "table",
        "SELECT 'a' AS first, 'second-1' AS second UNION ALL SELECT 'ü and longer', 'second-2'",
    );
    let column = |mark: &str| -> Vec<usize> {
        let lines = table.lines().filter_map(|line| line.find(mark).map(|place| line[..place].chars().count()));
        lines.collect()
    };
    let places = column("second");
    assert_eq!(places.len(), 3, "a header and two rows: {table}");
    assert!(places.iter().all(|place| *place == places[0]), "the second column stands in line: {table}");
    assert!(places[0] > "ü and longer".chars().count(), "{table}");
}

#[test]
fn the_ledger_is_asked_while_the_server_runs_and_when_it_does_not() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    assert_eq!(server.post(report.json()).status, 200);
    let expected = [json!({"event_id": report.event_id()})];
    assert_eq!(home.query("SELECT event_id FROM events"), expected, "while it runs");
    assert_eq!(server.post(Report::new().json()).status, 200, "and the server writes on");
    server.kill();
    assert_eq!(home.query("SELECT COUNT(*) AS n FROM events;"), [json!({"n": 2})], "after a crash");
    home.serve().stop();
    assert_eq!(
        home.query("-- a remark\nSELECT COUNT(*) AS n FROM events -- and another"),
        [json!({"n": 2})],
        "after an orderly end"
    );
}

/// Checks that a statement was refused as a failure of the command, in words, with nothing on standard output.
#[track_caller]
fn assert_fails(case: &str, run: &Run) {
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{case}: {}", run.stderr);
    assert!(!run.stderr.trim().is_empty() && !run.stderr.contains("panicked"), "{case}: {}", run.stderr);
}

#[test]
fn what_would_write_is_refused() {
    let home = with_events(3);
    let (copy, attached) = (home.path("copy.db"), home.path("attached.db"));
    let into = format!("VACUUM INTO '{}'", argument(&copy));
    let attach = format!("ATTACH '{}' AS other", argument(&attached));
    let statements = [
        "DELETE FROM event",
        "DELETE FROM events",
        "UPDATE event SET rowid = rowid + 1",
        "INSERT INTO install SELECT * FROM install",
        "CREATE TABLE mine (a)",
        "CREATE VIEW mine AS SELECT 1",
        "DROP TABLE event",
        "DROP VIEW events",
        "ALTER TABLE event RENAME TO mine",
        "PRAGMA user_version = 77",
        "PRAGMA application_id = 77",
        "VACUUM",
        "REINDEX",
        "BEGIN IMMEDIATE",
        &into,
        &attach,
        "SELECT 1; DELETE FROM event",
        "SELECT COUNT(*) FROM events; DROP TABLE event;",
        "WITH few AS (SELECT 1) DELETE FROM event",
        "EXPLAIN DELETE FROM event; DELETE FROM event",
    ];
    let server = home.serve();
    let before: i64 = Ledger::open(&home).one("PRAGMA user_version", []);
    for statement in statements {
        let run = home.run(&["query", "voicemode", statement, "--format", "json", "--data", "data"]);
        assert_fails(statement, &run);
    }
    let ledger = Ledger::open(&home);
    assert_eq!((ledger.total(), ledger.one::<i64>("PRAGMA user_version", [])), (3, before), "nothing changed");
    assert!(!copy.exists() && !attached.exists(), "no file was made");
    assert_eq!(server.post(Report::new().json()).status, 200, "the server writes on");
}

#[test]
fn sql_that_is_wrong_is_told_so() {
    let home = with_events(1);
    for (sql, snippet) in
        [("SELEC 1", "SELEC"), ("SELECT missing FROM events", "missing"), ("SELECT * FROM nowhere", "nowhere")]
    {
        let run = home.run(&["query", "voicemode", sql, "--data", "data"]);
        assert_fails(sql, &run);
        assert!(run.stderr.contains(snippet), "{sql}: {}", run.stderr);
    }
}

#[test]
fn an_app_nobody_knows_is_refused_with_the_known_ones() {
    let home = with_events(0);
    for arguments in
        [&["query", "voicemod", "SELECT 1", "--data", "data"][..], &["stats", "voicemod", "--data", "data"]]
    {
        home.run(arguments).assert_refused(&format!("{arguments:?}"), &["voicemod", "voicemode"]);
    }
}

#[test]
fn a_ledger_that_is_not_there_is_not_made() {
    let home = Home::new();
    let run = home.run(&["query", "voicemode", "SELECT 1 AS one", "--data", "data"]);
    assert_ne!(run.code, Some(0), "{run:?}");
    assert!(run.stderr.contains("data"), "tells where it looked: {}", run.stderr);
    assert!(!home.database().exists(), "asking makes no file");
}

#[test]
fn query_finds_the_data_as_the_server_does() {
    let home = with_events(2);
    let count = |run: Run| (run.code, run.stdout.trim().to_owned());
    let expected = (Some(0), "n\n2".to_owned());
    let arguments = ["query", "voicemode", "SELECT COUNT(*) AS n FROM events", "--format", "csv"];
    assert_eq!(count(home.run(&arguments)), expected, "the default");
    std::fs::rename(home.data(), home.path("elsewhere")).unwrap();
    let mut command = home.askfirst(&arguments);
    command.env("ASKFIRST_DATA", "elsewhere");
    assert_eq!(count(Run::of(command)), expected, "from the environment");
    home.write("askfirst.toml", "[server]\ndata = \"elsewhere\"\n");
    assert_eq!(count(home.run(&arguments)), expected, "from the file");
}
