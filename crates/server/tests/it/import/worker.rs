//! To a Worker and back: `export --format d1` into a database with the Worker's schema, and its dump into a new ledger.

use std::fmt::Write as _;

use askfirst_core::wire::Wire;
use askfirst_core::{event_hash, sql};
use rusqlite::{Connection, params};
use time::Duration;

use super::Import;
use super::dump::text;
use crate::harness::{Home, Report, Request, Server, at, clear_of_midnight, install_id, now};

const APPS: [&str; 4] = ["voicemode", "drift", "baofeng", "domscribe"];

/// What must be answered alike by both ledgers, of each app.
const QUESTIONS: [(&str, &[&str]); 4] = [
    // Hashes of addresses stay behind.
    ("voicemode", &["SELECT event_id, telemetry_id, timestamp, environment, usage, created_at FROM events"]),
    (
        "drift",
        &[
            "SELECT type, timestamp, installation_id, drift_version, payload, created_at FROM events",
            "SELECT * FROM daily_stats ORDER BY date, metric",
            "SELECT * FROM pattern_signatures",
            "SELECT * FROM action_aggregates",
        ],
    ),
    (
        "baofeng",
        &[
            "SELECT received_at_ms, event_type, session_id, message, log_lines_json FROM telemetry_events",
            "SELECT * FROM flash_counter",
            "SELECT * FROM flash_session",
        ],
    ),
    ("domscribe", &["SELECT * FROM sessions"]),
];

/// The D1 database of a Worker that has its migrations.
struct Worker(Connection);

impl Worker {
    fn new(app: &str) -> Self {
        let database = Connection::open_in_memory().unwrap();
        for migration in sql::MIGRATIONS.into_iter().chain([sql::edge::APPEND, wire(app).tables()]) {
            database.execute_batch(migration).unwrap();
        }
        Self(database)
    }

    /// One that a ledger has moved to.
    fn of(home: &Home, app: &str) -> Self {
        let worker = Self::new(app);
        worker.load(&export(home, app)).unwrap();
        worker
    }

    /// `wrangler d1 execute --file`.
    fn load(&self, file: &str) -> Result<(), rusqlite::Error> {
        self.0.execute_batch(&format!("BEGIN; {file} COMMIT"))
    }

    /// `wrangler d1 export`: tables and their rows, then the rest of the schema, as wrangler 4 writes it.
    fn dump(&self) -> String {
        let mut dump = "PRAGMA defer_foreign_keys=TRUE;\n".to_owned();
        let schema = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type <> 'table', rowid";
        let mut schema = self.0.prepare(schema).unwrap();
        let mut schema = schema.query([]).unwrap();
        while let Some(row) = schema.next().unwrap() {
            let [kind, name, sql] = [0, 1, 2].map(|column| row.get::<_, String>(column).unwrap());
            writeln!(dump, "{sql};").unwrap();
            if kind == "table" {
                self.dump_rows(&name, &mut dump);
            }
        }
        dump
    }

    fn dump_rows(&self, table: &str, dump: &mut String) {
        let mut rows = self.0.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = rows.column_names().collect::<Vec<_>>().join("\",\"");
        let count = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let literals: Vec<String> = (0..count).map(|column| self.literal(row.get_ref(column).unwrap())).collect();
            writeln!(dump, "INSERT INTO \"{table}\" (\"{columns}\") VALUES({});", literals.join(",")).unwrap();
        }
    }

    fn literal(&self, value: rusqlite::types::ValueRef<'_>) -> String {
        match value {
            rusqlite::types::ValueRef::Text(bytes) => text(std::str::from_utf8(bytes).unwrap()),
            other => {
                let other = rusqlite::types::ToSqlOutput::Borrowed(other);
                self.0.query_row("SELECT quote(?1)", [other], |row| row.get(0)).unwrap()
            }
        }
    }

    #[track_caller]
    fn one<T: rusqlite::types::FromSql>(&self, sql: &str) -> T {
        self.0.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}

fn wire(app: &str) -> Wire {
    Wire::named(app).unwrap()
}

/// Sends something of everything to all apps.
fn fill(server: &Server, erased: &str) {
    let now = at(now());
    // Stored with what follows.
    assert_eq!(server.post(r#"{"event_id":1}"#).status, 400);
    for text in ["it's", "a\nb; -- \"c\"", "BEGIN TRANSACTION;"] {
        let report = Report::new().with("usage.exit_reason", "user_ended").with("event_id", format!("id of {text}"));
        assert_eq!(server.post(report.json()).status, 200);
        assert_eq!(server.post(report.json()).status, 200, "a duplicate");
    }
    assert_eq!(server.post(Report::of(erased).json()).status, 200);
    assert_eq!(server.send(&Request::new("DELETE", &format!("/api/v1/voicemode/installs/{erased}"))).status, 200);
    let events = r#"{"events":[
        {"type":"user_action","timestamp":"NOW","installationId":"550e8400-e29b-41d4-a716-446655440000","driftVersion":"1.0.0",
         "action":"approve","category":"api","confidenceAtAction":0.9,"hoursSinceDiscovery":2,"isBulkAction":true},
        {"type":"pattern_signature","timestamp":"NOW","installationId":"550e8400-e29b-41d4-a716-446655440001","driftVersion":"1.0.0",
         "signatureHash":"0123456789abcdef","category":"api","confidence":0.1,"locationCount":3,"outlierCount":1,
         "detectionMethod":"hybrid","language":"rust"},
        {"type":"undeclared_one","timestamp":"NOW","installationId":"unknown","driftVersion":"1.0.0"}]}"#;
    let post = Request::new("POST", "/v1/events").body(events.replace("NOW", &now));
    assert_eq!(server.send(&post).text(), r#"{"success":true,"eventsProcessed":3}"#);
    let session = r#"{"protocol_version":"1.0.0","daemon_version":"1.2.3","session_id":"abcdefgh","platform":"linux",
        "node_version":"v22.1.0","primary_framework":"react"}"#;
    let post = Request::new("POST", "/v1/session").header("content-type", "application/json").body(session);
    assert_eq!((server.send(&post).status, server.send(&post).status), (204, 204));
    for kind in ["flash_error", "flash_success"] {
        let event = format!(
            r#"{{"event_type":"{kind}","occurred_at":"{now}","message":"x\ny","session_id":"s","log_lines_json":"[1]"}}"#
        );
        assert_eq!(server.send(&Request::new("POST", "/event").body(event)).status, 200);
    }
}

#[track_caller]
fn export(home: &Home, app: &str) -> String {
    let run = home.run(&["export", app, "--format", "d1", "--data", "data"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    run.stdout
}

/// All that is answered about an app.
#[track_caller]
fn answers(home: &Home, app: &str) -> Vec<String> {
    let mut answers = Vec::new();
    for question in [&["stats", app][..], &["ask", app, "active", "--by", "type"], &["ask", app, "outcomes"]] {
        let run = home.run(&[question, &["--json", "--data", "data"]].concat());
        assert_eq!(run.code, Some(0), "{question:?}: {}", run.stderr);
        answers.push(run.stdout);
    }
    let (_, questions) = QUESTIONS.iter().find(|(known, _)| *known == app).unwrap();
    answers.extend(questions.iter().map(|question| format!("{:#?}", home.query_of(app, question))));
    answers
}

#[test]
fn a_ledger_goes_to_a_worker_and_comes_back() {
    clear_of_midnight();
    let home = Home::new();
    home.write("askfirst.toml", "[apps.voicemode]\nlimits = { install = \"off\", address = \"off\" }\n");
    let server = home.serve();
    let erased = install_id();
    fill(&server, &erased);
    // While the server runs, with its keys in memory and nothing folded.
    let files = APPS.map(|app| export(&home, app));
    server.stop();

    let elsewhere = Home::new();
    for (app, file) in APPS.into_iter().zip(&files) {
        let worker = Worker::new(app);
        let schema = "SELECT group_concat(name || sql) FROM (SELECT * FROM sqlite_schema ORDER BY name)";
        let before: String = worker.one(schema);
        worker.load(file).unwrap();
        assert_eq!(worker.one::<String>(schema), before, "{app}: the schema is as it was");
        let keyless =
            "SELECT count(*) FROM event WHERE event_id IS NOT NULL AND seq NOT IN (SELECT seq FROM event_key)";
        assert_eq!(worker.one::<i64>(keyless), 0, "{app}");
        assert_eq!(worker.one::<i64>("SELECT count(*) FROM event WHERE address IS NOT NULL"), 0, "{app}");
        assert_eq!(worker.one::<i64>("SELECT count(*) FROM install WHERE id NOT IN (SELECT id FROM install_key)"), 0);
        let again = worker.load(file).unwrap_err().to_string();
        assert!(again.contains("there are events in this database"), "{again}");

        let dump = format!("{app}.sql");
        elsewhere.write(&dump, &worker.dump());
        let import = Import::run(&elsewhere, app, &dump);
        let rows: u64 = import.count("imported") + import.sum("skipped");
        assert_eq!((import.count("rows"), import.sum("refused")), (rows, 0), "{import:?}");
        for (there, here) in answers(&elsewhere, app).iter().zip(&answers(&home, app)) {
            assert_eq!(there, here, "{app}");
        }
        import.assert_again_changes_nothing(&elsewhere, app, &dump, &["SELECT * FROM rollup", "SELECT * FROM outcome"]);
    }
    // What was sent to either is known.
    let server = elsewhere.serve();
    let known = server.post(Report::new().with("event_id", "id of it's").json());
    assert_eq!(known.text(), r#"{"status":"ok","message":"Event already recorded"}"#);
    let late = server.post(Report::of(&erased).json());
    assert_eq!(late.text(), r#"{"status":"ok","message":"Event already recorded"}"#);
    server.stop();
    assert_eq!(elsewhere.stats()["refused"]["forgotten"], 1, "{}", elsewhere.stats());
}

#[test]
fn keys_lead_to_their_events() {
    let home = Home::new();
    let server = home.serve();
    assert_eq!(server.post(Report::new().with("event_id", "mine").json()).status, 200);
    let worker = Worker::of(&home, "voicemode");
    let found = "SELECT e.event_id FROM event_key AS k JOIN event AS e ON e.seq = k.seq WHERE k.hash = ?1";
    let found: String = worker.0.query_row(found, [event_hash("mine")], |row| row.get(0)).unwrap();
    assert_eq!(found, "mine");
    assert_eq!(worker.one::<i64>("SELECT value FROM meta WHERE name = 'merged_install'"), 1);
    server.stop();
}

/// A Worker whose counts tell of more than its events.
fn old_worker(home: &Home, app: &str) -> (Worker, i64) {
    let worker = Worker::of(home, app);
    let today: i64 = worker.one("SELECT max(seq) / 1024 / 86400000 FROM event");
    let old = today - 200;
    for statement in [
        "INSERT INTO rollup VALUES (?1, 'events:scan_completion', 70)",
        "INSERT INTO outcome VALUES (?1, 'refused', 'type', '/x', '1.0.0', 9)",
        "INSERT INTO value VALUES (900, 'app_version', '0.1.0', 1) ON CONFLICT DO UPDATE SET id = id + ?1 * 0",
        "INSERT INTO daily VALUES (900, ?1, 70, 7)",
        "INSERT INTO imported VALUES ('daily_stats:1:x', ?1)",
        "UPDATE install SET first_active = ?1 WHERE id = 1",
    ] {
        worker.0.execute(statement, [old]).unwrap();
    }
    worker.0.execute_batch("INSERT OR REPLACE INTO meta VALUES ('first_active_day', 100)").unwrap();
    (worker, old)
}

#[test]
fn counts_that_outlive_events_come_along_and_later_ones_follow() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    fill(&server, &install_id());
    let (worker, old) = old_worker(&home, "drift");
    worker.0.execute_batch("UPDATE pattern_signatures SET occurrence_count = 50, avg_confidence = 0.5").unwrap();
    let elsewhere = Home::new();
    let dump = worker.dump();
    // Broken off among the counts, and then whole.
    let counts = dump.find("INSERT INTO \"pattern_signatures\"").unwrap();
    elsewhere.write("first.sql", &dump[..counts + 40]);
    let broken_off = elsewhere.run(&["import", "drift", "first.sql", "--data", "data"]);
    assert_eq!(broken_off.code, Some(1), "{}", broken_off.stderr);
    elsewhere.write("first.sql", &dump);
    let first = Import::run(&elsewhere, "drift", "first.sql");
    let rollups = "SELECT day, metric, value FROM rollup ORDER BY day, metric";
    let same = |elsewhere: &Home, worker: &Worker| {
        for question in [rollups, "SELECT * FROM outcome ORDER BY 1, 2, 3, 4, 5", "SELECT * FROM pattern_signatures"] {
            let mut there = worker.0.prepare(question).unwrap();
            let count = there.column_count();
            let there = there.query_map([], |row| {
                (0..count).map(|column| row.get::<_, rusqlite::types::Value>(column)).collect::<Result<Vec<_>, _>>()
            });
            let there: Vec<_> = there.unwrap().map(Result::unwrap).collect();
            let here = super::ask(elsewhere, "drift", question);
            let there = there.iter().map(|row| row.iter().map(printed).collect::<Vec<_>>()).collect::<Vec<_>>();
            assert_eq!(here, there, "{question}");
        }
    };
    same(&elsewhere, &worker);
    let daily = format!(
        "SELECT d.events, d.installs FROM daily AS d JOIN value AS v ON v.id = d.value \
         WHERE v.value = '0.1.0' AND day = {old}"
    );
    assert_eq!(super::ask(&elsewhere, "drift", &daily), [["70", "7"]]);
    let first_active = format!("SELECT count(*) FROM install WHERE first_active = {old}");
    assert_eq!(super::ask_one(&elsewhere, "drift", &first_active), "1");
    assert_eq!(
        super::ask_one(&elsewhere, "drift", "SELECT value FROM imported WHERE name = 'daily_stats:1:x'"),
        old.to_string()
    );
    first.assert_again_changes_nothing(&elsewhere, "drift", "first.sql", &[rollups, &daily]);

    // The Worker goes on: another event of the pattern, by an install that is new, and another refusal.
    worker.0.execute_batch("UPDATE outcome SET count = count + 1 WHERE reason = 'type'").unwrap();
    let copied = "INSERT INTO event SELECT seq + 1024, 'new', type, 77, occurred_at, NULL, contract, fields FROM event \
                  WHERE type = 'pattern_signature'";
    let install = "INSERT INTO install SELECT 77, x'000102030405460788090a0b0c0d0e0f', first_active, last_received \
                   FROM install WHERE id = 2";
    let counted = "INSERT INTO rollup SELECT max(day), 'events:pattern_signature', 1 FROM rollup WHERE true \
                   ON CONFLICT DO UPDATE SET value = value + 1";
    for statement in [install, copied, counted] {
        assert_eq!(worker.0.execute(statement, params![]).unwrap(), 1, "{statement}");
    }
    elsewhere.write("later.sql", &worker.dump());
    assert!(Import::run(&elsewhere, "drift", "later.sql").count("imported") >= 3);
    same(&elsewhere, &worker);
    assert_eq!(Import::run(&elsewhere, "drift", "later.sql").count("imported"), 0);
    server.stop();
}

fn printed(value: &rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Null => String::new(),
        rusqlite::types::Value::Integer(int) => int.to_string(),
        rusqlite::types::Value::Real(real) => real.to_string(),
        rusqlite::types::Value::Text(text) => text.clone(),
        rusqlite::types::Value::Blob(_) => unreachable!("no column that is compared has any"),
    }
}

#[test]
fn counters_and_first_sights_of_wires_come_along() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    fill(&server, &install_id());
    let elsewhere = Home::new();
    let worker = Worker::of(&home, "baofeng");
    worker.0.execute_batch("UPDATE flash_counter SET sessions = 40, baseline = 1000").unwrap();
    elsewhere.write("baofeng.sql", &worker.dump());
    Import::run(&elsewhere, "baofeng", "baofeng.sql");
    assert_eq!(super::ask(&elsewhere, "baofeng", "SELECT sessions, baseline FROM flash_counter"), [["40", "1000"]]);
    let worker = Worker::of(&home, "domscribe");
    worker.0.execute_batch("UPDATE weekly_session SET first_seen = first_seen - 5000").unwrap();
    elsewhere.write("domscribe.sql", &worker.dump());
    Import::run(&elsewhere, "domscribe", "domscribe.sql");
    let seen: i64 = worker.one("SELECT first_seen FROM weekly_session");
    assert_eq!(super::ask_one(&elsewhere, "domscribe", "SELECT first_seen FROM weekly_session"), seen.to_string());
    server.stop();
}

#[test]
fn a_day_whose_counts_come_along_is_not_counted_from_its_events() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let yesterday = now() - Duration::days(1);
    assert_eq!(server.post(Report::new().with("timestamp", at(yesterday)).json()).status, 200);
    let worker = Worker::of(&home, "voicemode");
    server.stop();
    let day = yesterday.unix_timestamp() / 86_400;
    // Its sets are gone, and so is one of the two events that it had; 0 is the value of interactive events.
    worker.0.execute("INSERT OR REPLACE INTO daily VALUES (0, ?1, 2, 2)", [day]).unwrap();
    worker.0.execute("INSERT OR REPLACE INTO meta VALUES ('first_active_day', ?1)", [day + 1]).unwrap();
    let elsewhere = Home::new();
    elsewhere.write("worker.sql", &worker.dump());
    let import = Import::run(&elsewhere, "voicemode", "worker.sql");
    assert_eq!(elsewhere.stats()["events"], 1);
    let daily = format!("SELECT events, installs FROM daily WHERE value = 0 AND day = {day}");
    assert_eq!(super::ask(&elsewhere, "voicemode", &daily), [["2", "2"]]);
    import.assert_again_changes_nothing(&elsewhere, "voicemode", "worker.sql", &[&daily]);
}

#[test]
fn into_a_ledger_with_data_go_events_and_tombstones_alone() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let erased = install_id();
    fill(&server, &erased);
    let (worker, _) = old_worker(&home, "voicemode");
    server.stop();
    let elsewhere = Home::new();
    let server = elsewhere.serve();
    assert_eq!(server.post(Report::new().json()).status, 200);
    server.stop();
    elsewhere.write("worker.sql", &worker.dump());
    let import = Import::run(&elsewhere, "voicemode", "worker.sql");
    assert!(import.counts("skipped")["counts, as this ledger was not empty"] > 3, "{import:?}");
    assert_eq!(elsewhere.stats()["events"], 4);
    let counted = "SELECT sum(value) FROM rollup";
    assert_eq!(super::ask_one(&elsewhere, "voicemode", counted), "4", "as many as there are events");
    import.assert_again_changes_nothing(&elsewhere, "voicemode", "worker.sql", &[counted]);
    let server = elsewhere.serve();
    assert_eq!(server.post(Report::of(&erased).json()).status, 200);
    server.stop();
    assert_eq!(elsewhere.stats()["refused"]["forgotten"], 1);
}

#[test]
fn who_was_erased_there_is_erased_here() {
    let home = Home::new();
    let server = home.serve();
    let (first, second) = (install_id(), install_id());
    for id in [&first, &second] {
        assert_eq!(server.post(Report::of(id).json()).status, 200);
    }
    let erase = |id: &str| server.send(&Request::new("DELETE", &format!("/api/v1/voicemode/installs/{id}"))).status;
    assert_eq!(erase(&first), 200);
    let elsewhere = Home::new();
    elsewhere.write("worker.sql", &Worker::of(&home, "voicemode").dump());
    assert_eq!(Import::run(&elsewhere, "voicemode", "worker.sql").count("erased"), 0);
    assert_eq!(elsewhere.stats()["installs"], 1);
    assert_eq!(erase(&second), 200);
    elsewhere.write("later.sql", &Worker::of(&home, "voicemode").dump());
    assert_eq!(Import::run(&elsewhere, "voicemode", "later.sql").count("erased"), 1);
    assert_eq!((&elsewhere.stats()["installs"], &elsewhere.stats()["events"]), (&0.into(), &0.into()));
    server.stop();
}

#[test]
fn another_apps_ledger_is_refused() {
    let home = Home::new();
    let server = home.serve();
    let worker = Worker::of(&home, "voicemode");
    server.stop();
    home.write("voicemode.sql", &worker.dump());
    let run = home.run(&["import", "domscribe", "voicemode.sql", "--data", "data"]);
    run.assert_refused("another app", &["the ledger of voicemode", "askfirst import voicemode"]);
    let run = home.run(&["export", "voicemode", "--format", "d1", "--from", "2026-01-01", "--data", "data"]);
    run.assert_refused("days", &["--format d1", "--from"]);
}
