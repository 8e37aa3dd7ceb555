//! The Baofeng flasher's database: reports of failures, and the counter of flashed radios.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::dump::{Dialect, Dump, Old, Table, optional, text};
use super::{Import, ask, ask_one, assert_same, canonical_text, moment, sorted, uuid, with_milliseconds};
use crate::harness::{Home, Random, holding};

/// What the operator had counted before: the largest of the baselines.
const BASELINE: usize = 1_234;
/// In every column that must not be kept.
const MARKER: &str = "xX-never-imported-Xx";

pub(super) const LOGS: Table = Table {
    name: "client_logs",
    columns: &[
        "id",
        "received_at_ms",
        "occurred_at",
        "event_type",
        "message",
        "error_name",
        "stack",
        "model",
        "write_mode",
        "connected",
        "app_version",
        "user_agent",
        "page_url",
        "log_lines_json",
        "origin",
        "ip_hash",
    ],
    create: "CREATE TABLE client_logs (id TEXT PRIMARY KEY, received_at_ms INTEGER NOT NULL, occurred_at TEXT NOT NULL, \
             event_type TEXT NOT NULL, message TEXT NOT NULL, error_name TEXT, stack TEXT, model TEXT, \
             write_mode INTEGER NOT NULL DEFAULT 0, connected INTEGER NOT NULL DEFAULT 0, app_version TEXT, \
             user_agent TEXT, page_url TEXT, log_lines_json TEXT NOT NULL DEFAULT '[]', origin TEXT, ip_hash TEXT);",
};
pub(super) const EVENTS: Table = Table {
    name: "telemetry_events",
    columns: &[
        "id",
        "received_at_ms",
        "occurred_at",
        "event_type",
        "session_id",
        "message",
        "error_name",
        "stack",
        "model",
        "write_mode",
        "connected",
        "app_version",
        "log_lines_json",
        "metadata_json",
    ],
    create: "CREATE TABLE telemetry_events (id TEXT PRIMARY KEY, received_at_ms INTEGER NOT NULL, occurred_at TEXT NOT NULL, \
             event_type TEXT NOT NULL, session_id TEXT, message TEXT NOT NULL, error_name TEXT, stack TEXT, model TEXT, \
             write_mode INTEGER NOT NULL DEFAULT 0, connected INTEGER NOT NULL DEFAULT 0, app_version TEXT, \
             log_lines_json TEXT NOT NULL DEFAULT '[]', metadata_json TEXT NOT NULL DEFAULT '{}');\n\
             CREATE UNIQUE INDEX idx_flash_session ON telemetry_events(event_type, session_id) \
             WHERE event_type = 'flash_success' AND session_id IS NOT NULL;",
};

const OF_BOTH: &str = "event_type, received_at_ms, occurred_at, message, error_name, stack, model, write_mode, \
    connected, app_version, log_lines_json";
const FLASHES: &str = "SELECT COUNT(*) FROM telemetry_events \
    WHERE event_type = 'flash_success' AND lower(session_id) NOT LIKE 'baseline-%'";
const FORBIDDEN: &str = "SELECT COUNT(*) FROM client_logs WHERE COALESCE(user_agent, '') <> '' \
    OR COALESCE(page_url, '') <> '' OR COALESCE(origin, '') <> '' OR COALESCE(ip_hash, '') <> ''";

fn by_type(table: &str) -> String {
    format!("SELECT event_type, COUNT(*) FROM {table} GROUP BY event_type ORDER BY event_type")
}

fn everything(table: &str) -> String {
    let more = if table == "telemetry_events" { ", session_id, metadata_json" } else { "" };
    format!("SELECT {OF_BOTH}{more} FROM {table}")
}

/// A row of either table.
pub(super) struct Row {
    kind: &'static str,
    received: time::OffsetDateTime,
    message: String,
    error_name: Option<String>,
    stack: Option<String>,
    lines: Value,
    session: Option<String>,
    metadata: Value,
    bits: u64,
}

impl Row {
    fn new(random: &mut Random, kind: &'static str, received: time::OffsetDateTime) -> Self {
        let message = random.pick(&messages()).clone();
        let stack = format!("Error: it's\n    at {}", "x".repeat(1_100));
        let stack = [None, Some(stack), Some(format!("{}...", "é".repeat(1_199)))];
        Self {
            kind,
            received,
            message,
            error_name: random.pick(&[None, Some("TypeError".to_owned())]).clone(),
            stack: random.pick(&stack).clone(),
            lines: json!([format!("{}...", "l".repeat(239)), "second; line", "日本 \u{FFFD}"]),
            session: None,
            metadata: json!({"page": "flash", "note": "it's"}),
            bits: random.below(4),
        }
    }

    /// An error as either table has them.
    pub(super) fn error(random: &mut Random, received: time::OffsetDateTime) -> Self {
        let kind = *random.pick(&["flash_error", "connect_error", "window_error", "client_error"]);
        Self::new(random, kind, received)
    }

    /// A flash that went well.
    pub(super) fn flash(random: &mut Random, session: &str, received: time::OffsetDateTime) -> Self {
        Self { session: Some(session.to_owned()), ..Self::new(random, "flash_success", received) }
    }

    pub(super) fn write(&self, dump: &mut Dump, table: &Table, id: &str) {
        let milliseconds = self.received.unix_timestamp_nanos() / 1_000_000;
        let literals = table.columns.iter().map(|column| match *column {
            "id" => text(id),
            "received_at_ms" => milliseconds.to_string(),
            "occurred_at" => text(&with_milliseconds(self.received)),
            "event_type" => text(self.kind),
            "session_id" => optional(self.session.as_deref()),
            "message" => text(&self.message),
            "error_name" => optional(self.error_name.as_deref()),
            "stack" => optional(self.stack.as_deref()),
            "model" => text("UV-5R"),
            "write_mode" => (self.bits & 1).to_string(),
            "connected" => (self.bits >> 1).to_string(),
            "app_version" => text("1.4.0"),
            "log_lines_json" => text(&self.lines.to_string()),
            "metadata_json" => text(&self.metadata.to_string()),
            _ => text(MARKER),
        });
        dump.row(table, &literals.collect::<Vec<_>>());
    }

    /// What must be found afterwards.
    fn kept(&self, table: &Table) -> Vec<String> {
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut kept = vec![
            self.kind.to_owned(),
            (self.received.unix_timestamp_nanos() / 1_000_000).to_string(),
            with_milliseconds(self.received),
            self.message.clone(),
            of(&self.error_name),
            of(&self.stack),
            "UV-5R".to_owned(),
            (self.bits & 1).to_string(),
            (self.bits >> 1).to_string(),
            "1.4.0".to_owned(),
            canonical_text(&self.lines.to_string()),
        ];
        if table.name == EVENTS.name {
            kept.extend([of(&self.session), canonical_text(&self.metadata.to_string())]);
        }
        kept
    }
}

/// Messages as pages have cut them: to 302 units of UTF-16, perhaps through a pair of surrogates.
fn messages() -> Vec<String> {
    vec![
        "it's\nbroken".to_owned(),
        format!("{}...", "m".repeat(299)),
        format!("{}\u{FFFD}...", "m".repeat(298)),
        format!("{}m...", "\u{1F4FB}".repeat(149)),
        "\u{FFFD}".to_owned(),
    ]
}

/// Adds the flashes that the counter must know. Gives the number that it must show.
fn add_flashes(rows: &mut Vec<Row>, random: &mut Random) -> usize {
    let mut sessions = BTreeSet::new();
    for number in 0..120 {
        let received = moment(random, 1..29);
        let session = match number {
            0 => "base".to_owned(),
            1 => "my-baseline-1".to_owned(),
            2 => "Session-of-ANY-case".to_owned(),
            3 => "session-of-any-case".to_owned(),
            _ => uuid(random),
        };
        rows.push(Row::flash(random, &session, received));
        sessions.insert(session);
    }
    let baselines = [
        ("baseline-2026-01", json!({"baseline_total": 1_200})),
        ("BASELINE-again", json!({"baseline_total": BASELINE.to_string(), "page": "x"})),
        ("Baseline-", json!({"baseline_total": 999})),
        ("baseline-fraction", json!({"baseline_total": 5_000.5})),
        ("baseline-words", json!({"baseline_total": "9999x"})),
        ("baseline-none", json!({})),
    ];
    for (session, metadata) in baselines {
        let received = moment(random, 1..29);
        rows.push(Row { metadata, ..Row::flash(random, session, received) });
    }
    sessions.len() + BASELINE
}

#[track_caller]
pub(super) fn assert_flash_count(home: &Home, count: usize) {
    let server = home.serve();
    let answer = server.get("/metrics/flash-count");
    assert_eq!((answer.status, answer.text()), (200, format!("{{\"ok\":true,\"total\":{count}}}")));
    server.stop();
}

#[track_caller]
fn check(home: &Home, table: &Table, rows: &[Row]) {
    let found = ask(home, "baofeng", &everything(table.name)).into_iter().map(|mut row| {
        for column in [10, 12] {
            if let Some(json) = row.get_mut(column) {
                *json = canonical_text(json);
            }
        }
        row
    });
    let truth = rows.iter().map(|row| row.kept(table)).collect();
    assert_same(table.name, &sorted(found.collect()), &sorted(truth));
}

#[test]
fn a_dump_is_imported_as_it_was_and_sets_the_counter() {
    let home = Home::new();
    let mut random = Random::from_seed(7);
    let mut error = || {
        let received = moment(&mut random, 1..29);
        Row::error(&mut random, received)
    };
    let logs: Vec<Row> = (0..300).map(|_| error()).collect();
    let mut events: Vec<Row> = (0..300).map(|_| error()).collect();
    // Errors are not told apart by their session.
    events[..20].iter_mut().for_each(|event| event.session = Some("one-session".to_owned()));
    let flashes = add_flashes(&mut events, &mut random);
    let mut dump = Dump::create(&home, "baofeng.sql", Dialect::Wrangler);
    dump.table(&LOGS);
    dump.table(&EVENTS);
    for (table, row) in logs.iter().map(|row| (&LOGS, row)).chain(events.iter().map(|row| (&EVENTS, row))) {
        row.write(&mut dump, table, &uuid(&mut random));
    }
    dump.finish();

    let old = Old::open(&home, "baofeng.sql");
    assert_eq!(old.ask(FLASHES), [[(flashes - BASELINE).to_string()]]);
    let import = Import::run(&home, "baofeng", "baofeng.sql");
    import.assert_all_new(logs.len() + events.len());
    let check_all = || {
        check(&home, &LOGS, &logs);
        check(&home, &EVENTS, &events);
        for question in [by_type(LOGS.name), by_type(EVENTS.name)] {
            assert_same(&question, &ask(&home, "baofeng", &question), &old.ask(&question));
        }
        assert_eq!(ask_one(&home, "baofeng", FORBIDDEN), "0", "columns that are empty");
    };
    check_all();
    assert_eq!(holding(&home.data(), MARKER), [""; 0], "files with what must not be kept");
    assert_flash_count(&home, flashes);
    let questions = [
        by_type(LOGS.name),
        by_type(EVENTS.name),
        everything(LOGS.name),
        everything(EVENTS.name),
        FORBIDDEN.to_owned(),
    ];
    let questions = questions.each_ref().map(String::as_str);
    import.assert_again_changes_nothing(&home, "baofeng", "baofeng.sql", &questions);
    assert_flash_count(&home, flashes);
    check_all();
}
