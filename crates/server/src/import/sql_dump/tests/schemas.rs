//! The columns of the released services' tables, and the forms in which CREATE TABLE may tell them.

use super::*;

/// Reads the columns that the statement tells, by a row with so many NULLs.
#[track_caller]
fn columns(create: &str, count: usize) -> Vec<String> {
    let table = "t";
    let nulls = vec!["NULL"; count].join(",");
    let dump =
        format!("{};\nINSERT INTO {table} VALUES({nulls});", create.replace("TABLE ?", &format!("TABLE {table}")));
    rows(&dump)[0].columns.to_vec()
}

#[test]
fn the_released_schemas_are_understood() {
    let cases = [
        (
            "CREATE TABLE IF NOT EXISTS ? (\n  event_id TEXT PRIMARY KEY,\n  telemetry_id TEXT NOT NULL,\n  timestamp TEXT NOT NULL,\n  \
             created_at TEXT NOT NULL,\n  environment TEXT NOT NULL, -- JSON, see (docs);\n  usage TEXT NOT NULL,\n  client_ip_hash TEXT NOT NULL\n)",
            "event_id telemetry_id timestamp created_at environment usage client_ip_hash",
        ),
        (
            "CREATE TABLE ? (\n  id INTEGER PRIMARY KEY AUTOINCREMENT,\n  type TEXT NOT NULL,\n  timestamp TEXT NOT NULL,\n  installation_id TEXT NOT NULL,\n  \
             drift_version TEXT NOT NULL,\n  payload TEXT, /* JSON, of the type's own */\n  created_at TEXT NOT NULL DEFAULT (datetime('now'))\n)",
            "id type timestamp installation_id drift_version payload created_at",
        ),
        (
            "CREATE TABLE ? (id INTEGER PRIMARY KEY AUTOINCREMENT, date TEXT NOT NULL, metric TEXT NOT NULL, value INTEGER NOT NULL DEFAULT 0, UNIQUE(date, metric))",
            "id date metric value",
        ),
        (
            "CREATE TABLE ? (id INTEGER PRIMARY KEY, category TEXT, action TEXT, confidence_bucket TEXT, count INTEGER, \
             avg_hours_to_decision REAL, updated_at TEXT, UNIQUE(category, action, confidence_bucket))",
            "id category action confidence_bucket count avg_hours_to_decision updated_at",
        ),
        (
            "CREATE TABLE ? (id TEXT PRIMARY KEY, received_at_ms INTEGER NOT NULL, write_mode INTEGER NOT NULL DEFAULT 0 CHECK (write_mode IN (0, 1)), log_lines_json TEXT DEFAULT '[]')",
            "id received_at_ms write_mode log_lines_json",
        ),
    ];
    for (create, expected) in cases {
        let expected: Vec<_> = expected.split(' ').collect();
        assert_eq!(columns(&create.replace("? ", "t "), expected.len()), expected, "{create}");
    }
}

#[test]
fn constraints_are_no_columns_and_names_may_be_quoted() {
    let cases = [
        ("a, PRIMARY KEY(a)", "a"),
        ("a INT, b, UNIQUE (a, b), CHECK (a > (1)), FOREIGN KEY (a) REFERENCES u(x), CONSTRAINT c CHECK (1)", "a b"),
        ("a CONSTRAINT nn NOT NULL CHECK (a IN ('x,y', ')')), b DECIMAL(10, 2)", "a b"),
        ("\"primary\" TEXT, `check` TEXT, [unique] TEXT, 'foreign' TEXT", "primary check unique foreign"),
        ("a, b AS (a || 'x') STORED, c INT GENERATED ALWAYS AS (1) VIRTUAL, d", "a d"),
        ("a -- first, column\n, /* no, column */ b", "a b"),
        ("key TEXT, value TEXT, uniqueness, primary_id) WITHOUT ROWID, STRICT --", "key value uniqueness primary_id"),
    ];
    for (definitions, expected) in cases {
        let expected: Vec<_> = expected.split(' ').collect();
        let create = format!("CREATE TABLE t({definitions}\n)");
        let create = create.replace("--\n)", "");
        assert_eq!(columns(&create, expected.len()), expected, "{definitions}");
    }
}

#[test]
fn names_of_tables_are_found_in_any_case_and_quotation() {
    for name in ["Events", "\"eVents\"", "`EVENTS`", "[events]", "'events'", "main.events", "\"main\".[events]"] {
        let rows = rows(&format!("CREATE TEMP TABLE events(a);INSERT INTO {name} VALUES(1);"));
        assert!(rows[0].table.eq_ignore_ascii_case("events"), "{name}");
    }
}
