//! VoiceMode's database: what was counted before is counted after.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, UtcOffset};

use super::dump::{Dialect, Dump, Old, Table, text};
use super::{Import, ask, ask_one, assert_same, canonical, canonical_text, moment, sorted, uuid, with_milliseconds};
use crate::harness::{Home, Random, Report, at, day, holding};
use crate::voicemode::RECORDED;

/// In everything of a row that must not be kept.
const MARKER: &str = "xX-never-imported-Xx";

pub(super) const EVENTS: Table = Table {
    name: "events",
    columns: &["event_id", "telemetry_id", "timestamp", "created_at", "environment", "usage", "client_ip_hash"],
    create: "CREATE TABLE events (\n  event_id TEXT PRIMARY KEY, -- the idempotency key\n  telemetry_id TEXT NOT NULL,\n  \
             timestamp TEXT NOT NULL,\n  created_at TEXT NOT NULL,\n  environment TEXT NOT NULL,\n  usage TEXT NOT NULL,\n  \
             client_ip_hash TEXT NOT NULL\n);",
};

pub(super) const ROWS: &str = "SELECT COUNT(*) FROM events";
pub(super) const INSTALLS: &str = "SELECT COUNT(DISTINCT telemetry_id) FROM events";
pub(super) const ACTIVE: &str =
    "SELECT DATE(timestamp) AS day, COUNT(DISTINCT telemetry_id) AS dau FROM events GROUP BY day ORDER BY day";
const EVERYTHING: &str = "SELECT event_id, telemetry_id, timestamp, created_at, environment, usage FROM events";

/// A row of the old database.
pub(super) struct Row {
    pub(super) event_id: String,
    pub(super) install: usize,
    /// In the case in which the install sends it.
    pub(super) telemetry_id: String,
    pub(super) timestamp: String,
    /// The day of the timestamp in UTC.
    pub(super) day: String,
    pub(super) received: OffsetDateTime,
    pub(super) environment: Value,
    pub(super) usage: Value,
    /// How many of its fields are not declared.
    pub(super) undeclared: u64,
}

impl Row {
    pub(super) fn write(&self, dump: &mut Dump) {
        // Some are printed over several lines.
        let print = if self.install % 10 == 3 { serde_json::to_string_pretty } else { serde_json::to_string };
        let (environment, usage) = (print(&self.environment).unwrap(), print(&self.usage).unwrap());
        let values = [
            self.event_id.as_str(),
            &self.telemetry_id,
            &self.timestamp,
            &with_milliseconds(self.received),
            &environment,
            &usage,
            MARKER,
        ];
        dump.row(&EVENTS, &values.map(text));
    }

    /// What must be found afterwards.
    fn kept(&self) -> Vec<String> {
        let declared = |object: &Value| {
            let mut object = object.clone();
            let members = object.as_object_mut().unwrap();
            members.retain(|name, _| !["hostname", "deep", "prompt"].contains(&name.as_str()));
            canonical(&object)
        };
        vec![
            self.event_id.clone(),
            self.telemetry_id.to_lowercase(),
            self.timestamp.clone(),
            with_milliseconds(self.received),
            declared(&self.environment),
            declared(&self.usage),
        ]
    }
}

/// Makes the rows of a database that follows from a seed, but for the date of today.
pub(super) struct Maker {
    random: Random,
    installs: Vec<String>,
    made: u64,
}

impl Maker {
    pub(super) fn new(seed: u64, installs: usize) -> Self {
        let mut random = Random::from_seed(seed);
        let mut installs: Vec<String> = (0..installs).map(|_| uuid(&mut random)).collect();
        // An install sends its id in one case, but not all do in the same.
        installs.iter_mut().step_by(10).for_each(|install| *install = install.to_uppercase());
        Self { random, installs, made: 0 }
    }

    /// A row that was received within retention.
    pub(super) fn row(&mut self) -> Row {
        let received = moment(&mut self.random, 1..85);
        let install = usize::try_from(self.random.below(self.installs.len() as u64)).unwrap();
        self.row_of(install, received)
    }

    pub(super) fn row_of(&mut self, install: usize, received: OffsetDateTime) -> Row {
        self.made += 1;
        // Spools are sent late. What counts is how old a report was when it was received.
        let days = if self.random.below(20) == 0 { 60 } else { 3 };
        let late = i64::try_from(self.random.below(days * 86_400)).unwrap();
        let (timestamp, day) = written(received - Duration::seconds(late), &mut self.random);
        let (environment, usage, undeclared) = self.fields();
        let (event_id, telemetry_id) = (format!("{:016x}", self.random.next()), self.installs[install].clone());
        Row { event_id, install, telemetry_id, timestamp, day, received, environment, usage, undeclared }
    }

    fn fields(&mut self) -> (Value, Value, u64) {
        let random = &mut self.random;
        let mut environment = json!({
            "os": random.pick(&["Linux", "Darwin", "Windows", "日本 'x'"]), "version": random.pick(&["1.0.0", "8.2.1"]),
            "installation_method": "uv", "mcp_host": "claude-code", "execution_source": Value::Null,
        });
        let mut usage = json!({
            "total_sessions": random.below(50), "duration_distribution": {"1-5min": random.below(9), "5-10min": 2},
            "transport_usage": {"local": 4}, "provider_usage": {"tts": {"openai": 3, "a\nb": 1}, "stt": {}},
        });
        let mut undeclared = 0;
        let mut add = |object: &mut Value, name: &str, value: Value| {
            if random.below(5) == 0 {
                object[name] = value;
                undeclared += 1;
            }
        };
        add(&mut environment, "hostname", json!(MARKER));
        add(&mut environment, "deep", json!({MARKER: [MARKER, 1]}));
        add(&mut usage, "prompt", json!(MARKER));
        (environment, usage, undeclared)
    }
}

/// The time in one of the forms that clients use, and its day in UTC.
fn written(time: OffsetDateTime, random: &mut Random) -> (String, String) {
    let elsewhere = |hours| at(time.to_offset(UtcOffset::from_hms(hours, 0, 0).unwrap()));
    let text = match random.below(5) {
        0 => at(time) + ".123456+00:00",
        1 => at(time) + "Z",
        2 => at(time),
        3 => elsewhere(9) + "+09:00",
        _ => elsewhere(-8) + ".5-08:00",
    };
    (text, day(time))
}

/// What a dump holds, counted while it is written.
#[derive(Default)]
pub(super) struct Truth {
    pub(super) rows: usize,
    pub(super) undeclared: u64,
    installs: BTreeSet<usize>,
    active: BTreeMap<String, BTreeSet<usize>>,
}

impl Truth {
    pub(super) fn take(&mut self, row: &Row) {
        self.rows += 1;
        self.undeclared += row.undeclared;
        self.installs.insert(row.install);
        self.active.entry(row.day.clone()).or_default().insert(row.install);
    }

    /// The answers to `ROWS`, `INSTALLS` and `ACTIVE`.
    pub(super) fn answers(&self) -> [Vec<Vec<String>>; 3] {
        let one = |count: usize| vec![vec![count.to_string()]];
        let active = self.active.iter().map(|(day, installs)| vec![day.clone(), installs.len().to_string()]);
        [one(self.rows), one(self.installs.len()), active.collect()]
    }

    #[track_caller]
    pub(super) fn check(&self, home: &Home) {
        for (question, truth) in [ROWS, INSTALLS, ACTIVE].into_iter().zip(self.answers()) {
            assert_same(question, &ask(home, "voicemode", question), &truth);
        }
    }
}

/// Writes a dump of so many rows and tells what it holds.
pub(super) fn write_dump(home: &Home, file: &str, dialect: Dialect, maker: &mut Maker, rows: usize) -> Truth {
    let mut dump = Dump::create(home, file, dialect);
    let mut truth = Truth::default();
    dump.table(&EVENTS);
    for _ in 0..rows {
        let row = maker.row();
        row.write(&mut dump);
        truth.take(&row);
    }
    dump.finish();
    truth
}

fn is_imported_as_it_was(dialect: Dialect, seed: u64) {
    let home = Home::new();
    let mut maker = Maker::new(seed, 300);
    let mut rows: Vec<Row> = (0..2_000).map(|_| maker.row()).collect();
    // What was accepted once is not limited now: many of one install within a second.
    let burst = moment(&mut Random::from_seed(seed), 20..21);
    rows.extend((0..50).map(|count| maker.row_of(7, burst + Duration::milliseconds(count % 7))));
    let mut dump = Dump::create(&home, "voicemode.sql", dialect);
    let mut truth = Truth::default();
    dump.table(&EVENTS);
    for row in &rows {
        row.write(&mut dump);
        truth.take(row);
    }
    dump.statement("CREATE INDEX idx_events_created_at ON events(created_at);");
    dump.finish();

    let old = Old::open(&home, "voicemode.sql");
    for (question, truth) in [ROWS, INSTALLS, ACTIVE].into_iter().zip(truth.answers()) {
        assert_same("before", &old.ask(question), &truth);
    }
    let import = Import::run(&home, "voicemode", "voicemode.sql");
    import.assert_all_new(rows.len());
    assert_eq!(import.count("discarded_fields"), truth.undeclared);
    truth.check(&home);
    let found = ask(&home, "voicemode", EVERYTHING).into_iter().map(|mut row| {
        row[4] = canonical_text(&row[4]);
        row[5] = canonical_text(&row[5]);
        row
    });
    assert_same("rows", &sorted(found.collect()), &sorted(rows.iter().map(Row::kept).collect()));
    assert_eq!(holding(&home.data(), MARKER), [""; 0], "files with what is not declared, or with hashes of addresses");
    import.assert_again_changes_nothing(&home, "voicemode", "voicemode.sql", &[ROWS, INSTALLS, ACTIVE, EVERYTHING]);

    // For the server these are events like any other.
    let stats = home.stats();
    assert_eq!((&stats["events"], &stats["installs"]), (&json!(rows.len()), &json!(truth.installs.len())), "{stats}");
    let server = home.serve();
    let repeated = Report::of(&rows[0].telemetry_id).with("event_id", rows[0].event_id.as_str());
    assert_eq!(server.post(repeated.json()).text(), RECORDED, "an imported event that is sent again");
    server.stop();
    truth.check(&home);
}

#[test]
fn a_dump_of_wrangler_is_imported_as_it_was() {
    is_imported_as_it_was(Dialect::Wrangler, 1);
}

#[test]
fn a_dump_of_the_shell_is_imported_as_it_was() {
    is_imported_as_it_was(Dialect::Shell, 2);
}

#[test]
fn an_import_adds_to_what_the_server_has_stored() {
    let home = Home::new();
    let mut maker = Maker::new(3, 50);
    let rows: Vec<Row> = (0..200).map(|_| maker.row()).collect();
    let server = home.serve();
    for row in &rows[..3] {
        let live = Report::of(&row.telemetry_id).with("event_id", row.event_id.as_str());
        assert_eq!(server.post(live.json()).status, 200);
    }
    assert_eq!(server.post(Report::new().json()).status, 200);
    let live = ask(&home, "voicemode", EVERYTHING);
    server.stop();

    let mut dump = Dump::create(&home, "voicemode.sql", Dialect::Wrangler);
    dump.table(&EVENTS);
    for row in &rows {
        row.write(&mut dump);
    }
    dump.finish();
    let import = Import::run(&home, "voicemode", "voicemode.sql");
    import.assert_accounts_for(200);
    assert_eq!((import.count("imported"), import.count("duplicates")), (197, 3), "{import:?}");
    let all = ask(&home, "voicemode", EVERYTHING);
    assert_eq!(all.len(), 201);
    assert!(live.iter().all(|row| all.contains(row)), "what the server stored is as it was");

    let server = home.serve();
    assert_eq!(server.post(Report::new().json()).status, 200, "and the server goes on");
    assert_eq!(ask_one(&home, "voicemode", ROWS), "202");
}
