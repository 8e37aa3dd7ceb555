//! The published queries of the released service give right numbers on a population whose truth the test knows.

mod agreement;
mod population;
mod truth;

use std::process::Command;

use serde_json::Value;

use crate::harness::{Home, within_one_day};
use population::Population;

/// As published; not a letter may be changed.
const PUBLISHED: [&str; 8] = [
    "SELECT COUNT(*) AS total FROM events;",
    "SELECT event_id, telemetry_id, timestamp FROM events ORDER BY created_at DESC LIMIT 10;",
    "SELECT COUNT(DISTINCT telemetry_id) AS dau FROM events WHERE DATE(timestamp) = DATE('now');",
    "SELECT COUNT(DISTINCT telemetry_id) AS wau FROM events WHERE timestamp >= datetime('now', '-7 days');",
    "SELECT json_extract(environment, '$.os') AS os, SUM(json_extract(usage, '$.total_sessions')) AS total_sessions
  FROM events GROUP BY os ORDER BY total_sessions DESC;",
    "SELECT DATE(timestamp) AS date, json_extract(usage, '$.provider_usage.tts') AS tts_providers
  FROM events WHERE timestamp >= datetime('now', '-30 days') ORDER BY date DESC;",
    "WITH first_seen AS (SELECT telemetry_id, MIN(DATE(timestamp)) AS first_date FROM events GROUP BY telemetry_id)
SELECT COUNT(DISTINCT e.telemetry_id) AS retained_users, COUNT(DISTINCT f.telemetry_id) AS cohort_size,
       ROUND(100.0 * COUNT(DISTINCT e.telemetry_id) / COUNT(DISTINCT f.telemetry_id), 2) AS retention_pct
  FROM first_seen f LEFT JOIN events e ON e.telemetry_id = f.telemetry_id
   AND DATE(e.timestamp) = DATE(f.first_date, '+7 days') WHERE f.first_date = DATE('now', '-7 days');",
    "SELECT AVG(total) AS avg_sessions_per_user FROM (
  SELECT telemetry_id, SUM(json_extract(usage, '$.total_sessions')) AS total FROM events GROUP BY telemetry_id);",
];

/// Asks with the `sqlite3` shell, as its users do.
fn shell(home: &Home, sql: &str) -> Vec<Value> {
    let output = Command::new("sqlite3").arg("-json").arg(home.database()).arg(sql).output();
    let output = output.unwrap_or_else(|error| panic!("the sqlite3 shell is needed for this test: {error}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "sqlite3: {sql}: {stderr}");
    // The shell prints nothing where there are no rows.
    let rows = if stdout.is_empty() { "[]" } else { &stdout };
    serde_json::from_str(rows).unwrap_or_else(|error| panic!("sqlite3: {sql}: {error} in {stdout}"))
}

#[test]
fn the_published_queries_give_the_truth_in_query_and_in_the_sqlite3_shell() {
    let home = Home::with_config("[apps.voicemode]\nlimits = { install = \"off\", address = \"off\" }\n");
    let server = home.serve();
    let population = Population::generate();
    population.send(&server, &home);

    let ask = |how: &str, ask: &dyn Fn(&str) -> Vec<Value>| {
        within_one_day(|today| {
            let answers = PUBLISHED.map(ask);
            truth::check(&population, today, &answers)
                .map_err(|difference| format!("{how}: {difference}, {}", population.seed))
        });
    };
    ask("query, while the server runs", &|sql| home.query(sql));
    ask("sqlite3, while the server runs", &|sql| shell(&home, sql));
    server.stop();
    ask("query, with no server", &|sql| home.query(sql));
    ask("sqlite3, with no server", &|sql| shell(&home, sql));
}
