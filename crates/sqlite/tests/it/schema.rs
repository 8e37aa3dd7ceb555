//! Opening: migrations, foreign files, contracts and views.

use askfirst_core::suite::{NOON, contract};
use askfirst_sqlite::{OpenError, SqliteLedger};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::harness::{TestLedger, at, settings};

#[test]
fn every_older_version_is_migrated() {
    for version in 0..askfirst_core::sql::MIGRATIONS.len() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("old.db");
        let old = Connection::open(&path).unwrap();
        for migration in &askfirst_core::sql::MIGRATIONS[..version] {
            old.execute_batch(migration).unwrap();
        }
        old.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
        drop(old);
        SqliteLedger::open(settings(&path, &contract(), NOON)).unwrap().close();
        let version: i64 =
            Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(usize::try_from(version).unwrap(), askfirst_core::sql::MIGRATIONS.len());
    }
}

#[test]
fn a_file_of_a_later_version_is_left_alone() {
    let mut ledger = TestLedger::new();
    ledger.close();
    Connection::open(ledger.path()).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteLedger::open(settings(&ledger.path(), &contract(), NOON)).unwrap_err();
    assert!(matches!(error, OpenError::TooNew { found: 99, .. }), "{error}");
}

#[test]
fn the_file_of_another_app_is_left_alone() {
    let mut ledger = TestLedger::new();
    ledger.close();
    let mut other = contract();
    other.app.id = "other".to_owned();
    let error = SqliteLedger::open(settings(&ledger.path(), &other, NOON)).unwrap_err();
    assert_eq!(error.to_string(), "it is the ledger of the app `voicemode`");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("voicemode.db");
    std::fs::write(&path, "not a database, but somebody's notes ".repeat(100)).unwrap();
    let error = SqliteLedger::open(settings(&path, &contract(), NOON)).unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
    assert!(std::fs::read_to_string(&path).unwrap().starts_with("not a database"));
}

#[test]
fn the_ledger_records_which_contract_accepted_what() {
    let mut first = contract();
    let mut ledger = TestLedger::with(&first);
    ledger.send("a", 1, "192.0.2.1", at(0));
    ledger.close();
    first.app.about = "Changed.".to_owned();
    let changed = SqliteLedger::open(settings(&ledger.path(), &first, at(1))).unwrap();
    changed.close();
    ledger.reopen(at(2));
    ledger.send("b", 1, "192.0.2.1", at(2));
    assert_eq!(ledger.count("SELECT count(*) FROM contract"), 2);
    let hash: String =
        ledger.value("SELECT c.hash FROM event e JOIN contract c ON c.id = e.contract WHERE e.event_id = 'b'");
    assert_eq!(hash, contract().hash());
}

#[test]
fn views_follow_the_program() {
    let mut ledger = TestLedger::new();
    ledger.close();
    let mut settings = settings(&ledger.path(), &contract(), NOON);
    settings.tables = "CREATE VIEW other AS SELECT 1 AS one;";
    SqliteLedger::open(settings).unwrap().close();
    assert_eq!(ledger.value::<String>("SELECT group_concat(name) FROM sqlite_schema WHERE type = 'view'"), "other");
}
