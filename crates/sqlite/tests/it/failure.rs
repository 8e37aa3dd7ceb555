//! When the file can't be written: nothing is claimed, and the ledger recovers by itself.

use askfirst_core::suite::report;
use askfirst_core::{AppendError, Batch, Ledger as _, Outcome};
use pollster::block_on;
use rusqlite::Connection;

use crate::harness::{TestLedger, at};

#[test]
fn a_ledger_that_cannot_write_says_so_and_recovers() {
    let ledger = TestLedger::new();
    assert_eq!(ledger.send("before", 1, "192.0.2.1", at(0)), Outcome::Accepted);
    // Another program makes every insert fail.
    let other = Connection::open(ledger.path()).unwrap();
    let trigger = "CREATE TRIGGER broken BEFORE INSERT ON event BEGIN SELECT RAISE (ABORT, 'broken'); END";
    other.execute_batch(trigger).unwrap();
    let append = || {
        let candidates = vec![report(&askfirst_core::suite::contract(), "during", 1, at(1))];
        block_on(ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now: at(1) }))
    };
    let appended = append();
    assert!(matches!(appended, Err(AppendError::Unavailable { .. })), "{appended:?}");
    // The file is opened again for the next one, and that fails as well.
    other.pragma_update(None, "user_version", 99).unwrap();
    let appended = append();
    assert!(matches!(appended, Err(AppendError::Unavailable { .. })), "{appended:?}");
    assert_eq!(ledger.stats().unavailable, 2);

    let known = i64::try_from(askfirst_core::sql::MIGRATIONS.len()).unwrap();
    other.pragma_update(None, "user_version", known).unwrap();
    other.execute_batch("DROP TRIGGER broken").unwrap();
    assert_eq!(ledger.send("during", 1, "192.0.2.1", at(2)), Outcome::Accepted);
    assert_eq!(ledger.send("before", 1, "192.0.2.1", at(2)), Outcome::Duplicate);
    assert!(block_on(ledger.is_healthy()));
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 2);
}
