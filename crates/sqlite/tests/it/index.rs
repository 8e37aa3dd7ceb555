//! Ids are known whether their keys are in memory, being merged, on disk, or shared with another id.

use askfirst_contract::{Contract, InstallId};
use askfirst_core::suite::report;
use askfirst_core::{Batch, Ledger as _, Outcome, event_hash, install_hash};
use pollster::block_on;
use rusqlite::{Connection, params};

use crate::harness::{DAY, TestLedger, at};

fn unlimited() -> Contract {
    let mut contract = askfirst_core::suite::contract();
    (contract.policy.limits.install, contract.policy.limits.address) = (None, None);
    contract
}

#[test]
fn ids_stay_known_while_they_are_merged_and_after_restarts_in_between() {
    let mut ledger = TestLedger::with(&unlimited());
    let send = |ledger: &TestLedger, n: u32| ledger.send(&format!("event {n}"), n % 700, "192.0.2.1", at(i64::from(n)));
    for n in 0..1_000 {
        assert_eq!(send(&ledger, n), Outcome::Accepted, "{n}");
    }
    assert_eq!(ledger.keys("event"), 0, "all keys are in memory");
    // Retention merges what is in memory first.
    block_on(ledger.retain(at(0))).unwrap();
    assert_eq!(ledger.keys("event"), 1_000);
    assert_eq!(ledger.keys("install"), 700);
    for n in 1_000..1_500 {
        assert_eq!(send(&ledger, n), Outcome::Accepted, "{n}");
    }
    for restart in 0..2 {
        for n in 0..1_500 {
            assert_eq!(send(&ledger, n), Outcome::Duplicate, "{n}, {restart}");
        }
        ledger.reopen(at(2_000));
    }
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 1_500);
    assert_eq!(ledger.count("SELECT count(*) FROM install"), 700);
}

#[test]
fn installs_and_their_days_are_kept_apart_within_a_batch() {
    let contract = unlimited();
    let ledger = TestLedger::with(&contract);
    let sent: [(u32, i64); 9] = [(1, 0), (1, 0), (1, 1), (1, 0), (2, 0), (1, 1), (2, 1), (2, 1), (3, 0)];
    for batch in 0..2_i64 {
        let events = sent.iter().zip(0..);
        let candidates = events.map(|((install, days_ago), number)| {
            report(&contract, &format!("event {batch}.{number}"), *install, at(-days_ago * DAY))
        });
        let batch = Batch { candidates: candidates.collect(), address: "192.0.2.1".to_owned(), now: at(batch) };
        assert_eq!(block_on(ledger.append(batch)), Ok(vec![Outcome::Accepted; sent.len()]));
    }
    assert_eq!(ledger.count("SELECT count(*) FROM install"), 3);
    assert_eq!(ledger.active(2, at(0)), [2, 3], "installs 1 and 2 on two days each, 3 on one");
    assert_eq!(ledger.count("SELECT count(*) FROM event WHERE install = 1"), 10);
}

#[test]
fn two_ids_with_one_hash_are_two_ids() {
    let mut ledger = TestLedger::with(&unlimited());
    ledger.send("first", 1, "192.0.2.1", at(0));
    block_on(ledger.retain(at(0))).unwrap();
    ledger.close();
    // What SHA-256 will not give a test: the hashes of "second" and of install 2 lead to the rows of "first" and 1.
    let install = InstallId::Uuid(0x0000_0000_0000_4000_8000_0000_0000_0002_u128.to_be_bytes());
    let file = Connection::open(ledger.path()).unwrap();
    for (kind, hash, row) in [
        ("event", event_hash("second"), "SELECT seq FROM event"),
        ("install", install_hash(&install), "SELECT id FROM install"),
    ] {
        let row: i64 = file.query_row(row, [], |row| row.get(0)).unwrap();
        let key = [hash.to_le_bytes(), row.to_le_bytes()].concat();
        let run = "INSERT INTO key_run (kind, parts, keys, first_row) VALUES (?1, 1, 1, ?2)";
        file.execute(run, params![kind, row]).unwrap();
        file.execute("INSERT INTO key_part VALUES (last_insert_rowid() << 32, ?1)", [key]).unwrap();
    }
    drop(file);

    ledger.reopen(at(0));
    for restart in 0..3 {
        let expected = if restart == 0 { Outcome::Accepted } else { Outcome::Duplicate };
        assert_eq!(ledger.send("second", 2, "192.0.2.1", at(1)), expected, "{restart}");
        assert_eq!(ledger.send("second", 2, "192.0.2.1", at(1)), Outcome::Duplicate, "{restart}");
        assert_eq!(ledger.send("first", 1, "192.0.2.1", at(1)), Outcome::Duplicate, "{restart}");
        ledger.reopen(at(1));
    }
    assert_eq!(ledger.send("third", 2, "192.0.2.1", at(2)), Outcome::Accepted);
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 3);
    assert_eq!(ledger.count("SELECT count(*) FROM install"), 2);
    assert_eq!(ledger.active(1, at(0)), [2]);

    block_on(ledger.retain(at(92 * DAY))).unwrap();
    assert_eq!(ledger.keys("event"), 0);
    for table in ["event", "install"] {
        assert_eq!(ledger.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(ledger.send("second", 2, "192.0.2.1", at(92 * DAY)), Outcome::Accepted);
}
