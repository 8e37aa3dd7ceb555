//! Drift's database: events without ids, and the tables that were derived from them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::dump::{Dialect, Dump, Old, Table, optional, text};
use super::{Import, ask, ask_one, assert_same, canonical, canonical_text, moment, sorted, uuid, with_milliseconds};
use crate::harness::{Home, Random, at, day, holding, now};

/// In everything of a row that must not be kept.
const MARKER: &str = "xX-never-imported-Xx";

pub(super) const EVENTS: Table = Table {
    name: "events",
    columns: &["id", "type", "timestamp", "installation_id", "drift_version", "payload", "created_at"],
    create: "CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, timestamp TEXT NOT NULL, \
             installation_id TEXT NOT NULL, drift_version TEXT NOT NULL, payload TEXT, /* JSON */ \
             created_at TEXT NOT NULL DEFAULT (datetime('now')));",
};
const DAILY: Table = Table {
    name: "daily_stats",
    columns: &["id", "date", "metric", "value"],
    create: "CREATE TABLE daily_stats (id INTEGER PRIMARY KEY AUTOINCREMENT, date TEXT NOT NULL, metric TEXT NOT NULL, \
             value INTEGER NOT NULL DEFAULT 0, UNIQUE(date, metric));",
};
const SIGNATURES: Table = Table {
    name: "pattern_signatures",
    columns: &[
        "id",
        "signature_hash",
        "category",
        "detection_method",
        "language",
        "first_seen",
        "last_seen",
        "occurrence_count",
        "avg_confidence",
        "avg_location_count",
        "avg_outlier_count",
    ],
    create: "CREATE TABLE pattern_signatures (id INTEGER PRIMARY KEY AUTOINCREMENT, signature_hash TEXT NOT NULL UNIQUE, \
             category TEXT NOT NULL, detection_method TEXT, language TEXT, first_seen TEXT, last_seen TEXT, \
             occurrence_count INTEGER DEFAULT 1, avg_confidence REAL, avg_location_count REAL, avg_outlier_count REAL);",
};
const ACTIONS: Table = Table {
    name: "action_aggregates",
    columns: &["id", "category", "action", "confidence_bucket", "count", "avg_hours_to_decision", "updated_at"],
    create: "CREATE TABLE action_aggregates (id INTEGER PRIMARY KEY AUTOINCREMENT, category TEXT NOT NULL, \
             action TEXT NOT NULL, confidence_bucket TEXT NOT NULL, count INTEGER DEFAULT 0, avg_hours_to_decision REAL, \
             updated_at TEXT, UNIQUE(category, action, confidence_bucket));",
};

pub(super) const ROWS: &str = "SELECT COUNT(*) FROM events";
const INSTALLS: &str = "SELECT COUNT(DISTINCT installation_id) FROM events";
const ACTIVE: &str =
    "SELECT DATE(timestamp) AS day, COUNT(DISTINCT installation_id) FROM events GROUP BY day ORDER BY day";
const UNKNOWN: &str = "SELECT COUNT(*) FROM events WHERE installation_id = 'unknown'";
const EVERYTHING: &str =
    "SELECT type, timestamp, installation_id, drift_version, datetime(created_at), payload FROM events";
const DAYS: &str = "SELECT date, metric, value FROM daily_stats";
const PATTERNS: &str = "SELECT signature_hash, category, detection_method, language, datetime(first_seen), \
    datetime(last_seen), occurrence_count, ROUND(avg_confidence, 6), ROUND(avg_location_count, 6), \
    ROUND(avg_outlier_count, 6) FROM pattern_signatures";
const DECISIONS: &str = "SELECT category, action, confidence_bucket, count, ROUND(avg_hours_to_decision, 6) \
    FROM action_aggregates";

/// A row of the old database.
#[derive(Clone)]
pub(super) struct Row {
    kind: &'static str,
    timestamp: OffsetDateTime,
    install: String,
    payload: Option<Value>,
    received: OffsetDateTime,
    /// How many fields of the payload are not declared, and stand beside those that are.
    undeclared: u64,
}

impl Row {
    pub(super) fn write(&self, dump: &mut Dump, id: usize) {
        let mut payload = self.payload.clone();
        if self.undeclared > 0 {
            payload.as_mut().unwrap()["path"] = json!(MARKER);
        }
        let payload = payload.map(|payload| payload.to_string());
        let [kind, timestamp, install, version, received] =
            [self.kind, &with_milliseconds(self.timestamp), &self.install, "0.9.40", &seconds(self.received)].map(text);
        let row = [id.to_string(), kind, timestamp, install, version, optional(payload.as_deref()), received];
        dump.row(&EVENTS, &row);
    }

    /// What must be found afterwards.
    fn kept(&self) -> Vec<String> {
        // Of an event that is not declared, the envelope is kept.
        let payload = self.payload.clone().filter(|_| self.kind != "memory_usage");
        let payload = payload.unwrap_or_else(|| json!({}));
        let [kind, install, version] = [self.kind, &self.install, "0.9.40"].map(str::to_owned);
        vec![kind, with_milliseconds(self.timestamp), install, version, seconds(self.received), canonical(&payload)]
    }
}

/// `2026-01-02 03:04:05`, as SQLite writes it.
fn seconds(time: OffsetDateTime) -> String {
    at(time).replace('T', " ")
}

/// Makes the rows of a database that follows from a seed, but for the date of today.
pub(super) struct Maker {
    random: Random,
    installs: Vec<String>,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        let mut random = Random::from_seed(seed);
        let mut installs: Vec<String> = (0..150).map(|_| uuid(&mut random)).collect();
        // What released clients send before they have an id.
        installs.extend(["unknown", "unknown"].map(str::to_owned));
        Self { random, installs }
    }

    pub(super) fn row(&mut self) -> Row {
        let received = moment(&mut self.random, 1..85);
        self.row_at(received)
    }

    pub(super) fn row_at(&mut self, received: OffsetDateTime) -> Row {
        let random = &mut self.random;
        let received = received.replace_millisecond(0).unwrap();
        let late = i64::try_from(random.below(2 * 86_400_000)).unwrap();
        let (kind, payload) = event(random);
        let declared = !matches!(kind, "memory_usage");
        let undeclared = u64::from(declared && random.below(6) == 0);
        let install = random.pick(&self.installs).clone();
        let timestamp = received - Duration::milliseconds(late);
        Row { kind, timestamp, install, payload, received, undeclared }
    }
}

fn event(random: &mut Random) -> (&'static str, Option<Value>) {
    let category = random.pick(&["api", "auth", "errors", "it's"]).to_string();
    // Short, and never whole: such numbers have one way to be written.
    let share = f64::from(2 * u32::try_from(random.below(100)).unwrap() + 1) / 200.0;
    match random.below(5) {
        0 => (
            "pattern_signature",
            Some(json!({
                "signatureHash": format!("{:016x}", random.below(40)), "category": category, "confidence": share,
                "locationCount": random.below(90), "outlierCount": random.below(9), "detectionMethod": "hybrid",
                "language": random.pick(&["typescript", "python"]),
            })),
        ),
        1 => (
            "aggregate_stats",
            Some(json!({
                "totalPatterns": 12, "patternsByStatus": {"discovered": 3, "approved": 4, "ignored": 5},
                "patternsByCategory": {"api": random.below(9)}, "languages": ["python"], "frameworks": [],
                "featuresEnabled": ["x", "日本"], "codebaseSizeTier": "small",
            })),
        ),
        2 => (
            "user_action",
            Some(json!({
                "action": random.pick(&["approve", "ignore"]), "category": category, "confidenceAtAction": share,
                "hoursSinceDiscovery": share, "isBulkAction": random.below(2) == 0,
            })),
        ),
        3 => (
            "scan_completion",
            Some(json!({
                "durationMs": random.below(90_000), "filesScanned": random.below(900), "newPatternsDiscovered": 3,
                "isIncremental": true, "workerCount": 4,
            })),
        ),
        // Sent by clients of other versions, and by hand.
        _ => ("memory_usage", (random.below(3) > 0).then(|| json!({"peakMb": MARKER}))),
    }
}

/// The derived tables, whose numbers are the old service's own: it counted some things twice, and some never.
struct Derived {
    days: Vec<[String; 3]>,
    patterns: Vec<[String; 10]>,
    decisions: Vec<[String; 5]>,
}

impl Derived {
    fn of(rows: &[Row], random: &mut Random) -> Self {
        let mut days: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in rows {
            let mut metrics = vec![format!("events:{}", row.kind), "unique_installations".to_owned()];
            if row.kind == "pattern_signature" {
                let payload = row.payload.as_ref().unwrap();
                metrics.extend(["language", "category"].map(|key| format!("{key}:{}", payload[key].as_str().unwrap())));
            }
            for metric in metrics {
                *days.entry((day(row.received), metric)).or_insert(random.below(3)) += 1;
            }
        }
        // Days whose events are long gone.
        for ago in 100..130 {
            let date = day(now() - Duration::days(ago));
            days.insert((date, "events:scan_completion".to_owned()), random.below(1_000));
        }
        let days = days.into_iter().map(|((date, metric), value)| [date, metric, value.to_string()]).collect();
        let patterns = (0..45).map(|hash| pattern(hash, random)).collect();
        let mut decisions = Vec::new();
        for (category, action) in
            ["api", "auth", "errors", "it's"].iter().flat_map(|c| ["approve", "ignore"].map(|a| (*c, a)))
        {
            for bucket in ["low", "medium", "high"] {
                let (count, hours) = (random.below(500).to_string(), format!("{}.25", random.below(300)));
                decisions.push([category.to_owned(), action.to_owned(), bucket.to_owned(), count, hours]);
            }
        }
        Self { days, patterns, decisions }
    }

    fn write(&self, dump: &mut Dump) {
        for (id, [date, metric, value]) in self.days.iter().enumerate() {
            dump.row(&DAILY, &[id.to_string(), text(date), text(metric), value.clone()]);
        }
        for (id, row) in self.patterns.iter().enumerate() {
            let literals =
                row.iter().enumerate().map(|(place, value)| if place < 6 { text(value) } else { value.clone() });
            dump.row(&SIGNATURES, &[id.to_string()].into_iter().chain(literals).collect::<Vec<_>>());
        }
        for (id, [category, action, bucket, count, hours]) in self.decisions.iter().enumerate() {
            let [category, action, bucket, updated] = [category, action, bucket, "2026-01-02 03:04:05"].map(text);
            let row = [id.to_string(), category, action, bucket, count.clone(), hours.clone(), updated];
            dump.row(&ACTIONS, &row);
        }
    }

    fn len(&self) -> usize {
        self.days.len() + self.patterns.len() + self.decisions.len()
    }
}

fn pattern(hash: u64, random: &mut Random) -> [String; 10] {
    let mut mean = |whole: u64| format!("{}.{}5", random.below(whole), random.below(9));
    let means = [mean(1), mean(90), mean(9)];
    let seen = [moment(random, 50..400), moment(random, 1..50)].map(seconds);
    let [first, last] = seen;
    let [confidence, locations, outliers] = means;
    let fixed = ["api", "hybrid", "python"].map(str::to_owned);
    let [category, method, language] = fixed;
    let count = (1 + random.below(900)).to_string();
    [format!("{hash:016x}"), category, method, language, first, last, count, confidence, locations, outliers]
}

#[test]
fn a_dump_is_imported_as_it_was() {
    let home = Home::new();
    let mut maker = Maker::new(6);
    let mut rows: Vec<Row> = (0..1_500).map(|_| maker.row()).collect();
    // A bulk action: equal but for the number of the row.
    for count in [10, 2] {
        let action = std::iter::repeat_with(|| maker.row()).find(|row| row.kind == "user_action").unwrap();
        rows.extend(std::iter::repeat_n(action, count));
    }
    let derived = Derived::of(&rows, &mut maker.random);
    let mut dump = Dump::create(&home, "drift.sql", Dialect::Shell);
    for table in [&EVENTS, &DAILY, &SIGNATURES, &ACTIONS] {
        dump.table(table);
    }
    for (id, row) in rows.iter().enumerate() {
        row.write(&mut dump, id);
    }
    derived.write(&mut dump);
    dump.statement("DELETE FROM sqlite_sequence;\nINSERT INTO sqlite_sequence VALUES('events',1512);");
    dump.finish();

    let old = Old::open(&home, "drift.sql");
    let import = Import::run(&home, "drift", "drift.sql");
    import.assert_all_new(rows.len() + derived.len());
    let undeclared: u64 = rows.iter().map(|row| row.undeclared).sum();
    let of_envelopes = rows.iter().filter(|row| row.kind == "memory_usage" && row.payload.is_some()).count();
    assert_eq!(import.count("discarded_fields"), undeclared + of_envelopes as u64);
    assert_eq!(holding(&home.data(), MARKER), [""; 0], "files with what is not declared");
    check(&home, &rows, &old);
    let questions = [ROWS, INSTALLS, ACTIVE, EVERYTHING, DAYS, PATTERNS, DECISIONS];
    import.assert_again_changes_nothing(&home, "drift", "drift.sql", &questions);
    // Upkeep at the start of the server leaves all of it as it is.
    home.serve().stop();
    check(&home, &rows, &old);
}

/// Compares the ledger with the rows, and with what the old database answers.
#[track_caller]
fn check(home: &Home, rows: &[Row], old: &Old) {
    assert_eq!(ask_one(home, "drift", ROWS), rows.len().to_string());
    for question in [INSTALLS, ACTIVE, UNKNOWN, DAYS, PATTERNS, DECISIONS] {
        assert_same(question, &sorted(ask(home, "drift", question)), &sorted(old.ask(question)));
    }
    let found = ask(home, "drift", EVERYTHING).into_iter().map(|mut row| {
        row[5] = canonical_text(if row[5].is_empty() { "{}" } else { &row[5] });
        row
    });
    assert_same("rows", &sorted(found.collect()), &sorted(rows.iter().map(Row::kept).collect()));
}
