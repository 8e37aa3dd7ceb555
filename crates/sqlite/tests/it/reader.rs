//! Readers can't write, and tell why.

use askfirst_sqlite::{Reader, Rows, ValueRef};

use crate::harness::{TestLedger, at};

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Vec<String>);

impl Rows for Kept {
    fn columns(&mut self, names: &[&str]) -> std::io::Result<()> {
        self.0.push(names.join(","));
        Ok(())
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> std::io::Result<()> {
        self.0.push(format!("{values:?}"));
        Ok(())
    }
}

#[test]
fn a_statement_gives_its_columns_and_rows() {
    let ledger = TestLedger::new();
    ledger.send("a", 1, "192.0.2.1", at(0));
    let mut kept = Kept::default();
    Reader::open(&ledger.path()).unwrap().query("SELECT count(*) AS n, NULL AS none FROM events", &mut kept).unwrap();
    assert_eq!(kept.0, ["n,none", "[Integer(1), Null]"]);
}

#[test]
fn nothing_that_writes_is_run() {
    let ledger = TestLedger::new();
    ledger.send("a", 1, "192.0.2.1", at(0));
    let reader = Reader::open(&ledger.path()).unwrap();
    for statement in [
        "DELETE FROM event",
        "DELETE FROM event RETURNING seq",
        "CREATE TABLE t (a)",
        "PRAGMA user_version = 5",
        "PRAGMA journal_mode = DELETE",
        "VACUUM",
        "BEGIN IMMEDIATE",
        "SELECT 1; DELETE FROM event",
        "ATTACH 'other.db' AS other",
        "",
        "-- nothing",
    ] {
        let result = reader.query(statement, &mut Kept::default());
        assert!(result.is_err(), "{statement}");
    }
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 1);
    assert_eq!(ledger.value::<String>("PRAGMA journal_mode"), "wal");
}

#[test]
fn a_file_that_is_not_there_is_not_made() {
    let folder = tempfile::TempDir::new().unwrap();
    assert!(Reader::open(&folder.path().join("none.db")).is_err());
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
