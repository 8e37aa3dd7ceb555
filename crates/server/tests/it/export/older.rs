//! Events that were received under an earlier contract.

use serde_json::{Value, json};

use super::duckdb::ask;
use super::{CONTRACT, Events, export};

#[test]
fn what_the_contract_no_longer_declares_is_not_left_out() {
    let events = Events::new();
    let home = events.home();
    // One field has gone, one is of another type now, and a whole type of event has gone.
    let newer = CONTRACT
        .replace("ok = { type = \"bool\", optional = true, why = \"whether it works\" }\n", "")
        .replace("count = { type = \"int\", optional", "count = { type = \"bool\", optional")
        .replace("type = \"stop\"", "type = \"halt\"");
    assert_ne!(newer, CONTRACT);
    home.write("contracts/probe.toml", &newer.replace("count = { type = \"number\"", "count = { type = \"bool\""));
    let rest = |event: &Value| {
        let fields = event["fields"].as_object().unwrap();
        let gone = |name: &str| match event["type"].as_str().unwrap() {
            "run" => matches!(name, "ok" | "count"),
            "stop" => name != "when",
            _ => false,
        };
        let rest = fields.iter().filter(|(name, _)| gone(name));
        let rest: serde_json::Map<_, _> = rest.map(|(name, value)| (name.clone(), value.clone())).collect();
        if rest.is_empty() { Value::Null } else { rest.into() }
    };
    let truth: Vec<_> = events.lines.iter().map(rest).collect();
    assert!(truth.iter().any(|rest| rest["ok"] == json!(true)) && truth.iter().any(|rest| rest["mixed"].is_string()));

    export(&home, &["--format", "parquet", "--out", "out"]);
    let rows = ask(&home, "SELECT other_fields FROM 'out/*/*.parquet' ORDER BY id");
    let of_parquet =
        rows.iter().map(|row| row[0].as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap()));
    assert_eq!(of_parquet.collect::<Vec<_>>(), truth);
    // In CSV any value fits, so only what has no column is apart.
    let csv = export(&home, &["--format", "csv"]).stdout;
    let mut reader = ::csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<::csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), truth.len());
    for (row, truth) in rows.iter().zip(&truth) {
        let rest: Value = serde_json::from_str(row.iter().next_back().unwrap()).unwrap_or_default();
        assert_eq!(rest["ok"], truth["ok"]);
        assert_eq!(rest["mixed"], truth["mixed"]);
    }
    assert_eq!(reader.headers().unwrap().iter().find(|name| *name == "ok"), None);
    assert_eq!(export(&home, &[]).stdout.lines().count(), truth.len());
}
