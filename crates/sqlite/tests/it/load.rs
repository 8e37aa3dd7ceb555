//! A ledger that is made all at once is one like any other, or there is none.

use std::path::Path;

use askfirst_contract::Timestamp;
use askfirst_core::suite::{NOON, contract, report};
use askfirst_core::{Candidate, Outcome, Refused};
use askfirst_sqlite::{LoadError, Loader};

use crate::harness::{HOUR, TestLedger, at, settings};

fn received(ids: std::ops::Range<u32>, received_at: Timestamp) -> Vec<(Candidate, Timestamp)> {
    ids.map(|id| (report(&contract(), &id.to_string(), id % 20, received_at), received_at)).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let files = folder.read_dir().unwrap();
    files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
}

/// Makes the ledger of a test in the place of its own.
fn load(ledger: &mut TestLedger, receipts: Vec<Vec<(Candidate, Timestamp)>>) {
    ledger.close();
    std::fs::remove_file(ledger.path()).unwrap();
    let mut loader = Loader::create(&settings(&ledger.path(), &contract(), at(0))).unwrap();
    for received in receipts {
        loader.store(received).unwrap();
    }
    loader.finish().unwrap();
    assert_eq!(files(ledger.path().parent().unwrap()), ["voicemode.db"]);
}

#[test]
fn it_goes_on_like_any_other() {
    let mut ledger = TestLedger::new();
    let refused = (Err(Refused::TooManyTypes), at(HOUR));
    let twice = received(100..101, at(HOUR));
    load(&mut ledger, vec![received(0..200, at(0)), twice, vec![refused], received(200..300, at(2 * HOUR))]);
    let count = |outcome: &str| format!("SELECT sum(count) FROM outcome WHERE outcome = '{outcome}'");
    assert_eq!(ledger.count(&count("accepted")), 300);
    assert_eq!((ledger.count(&count("duplicate")), ledger.count(&count("refused"))), (1, 1));
    assert_eq!(ledger.count("SELECT sum(value) FROM rollup WHERE metric = 'events:usage_report'"), 300);
    assert_eq!(ledger.keys("event"), 300);
    assert_eq!(ledger.value::<String>("PRAGMA integrity_check"), "ok");
    assert_eq!(ledger.value::<String>("PRAGMA journal_mode"), "wal");

    let now = at(3 * HOUR);
    ledger.reopen(now);
    assert_eq!(ledger.send("7", 7, "192.0.2.1", now), Outcome::Duplicate);
    assert_eq!(ledger.send("new", 7, "192.0.2.1", now), Outcome::Accepted);
    let summary = ledger.summary(NOON);
    assert_eq!((summary.events, summary.installs), (301, 20));
}

#[test]
fn what_is_not_finished_is_not_there() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("voicemode.db");
    // What a crash left behind.
    for name in ["voicemode.db.unfinished", "voicemode.db.unfinished-wal", "voicemode.db.unfinished-shm"] {
        std::fs::write(folder.path().join(name), "no ledger").unwrap();
    }
    let mut loader = Loader::create(&settings(&path, &contract(), at(0))).unwrap();
    loader.store(received(0..50, at(0))).unwrap();
    assert_eq!(files(folder.path()), ["voicemode.db.unfinished"]);
    drop(loader);
    assert_eq!(files(folder.path()), [""; 0]);
}

#[test]
fn a_ledger_is_never_replaced() {
    let mut ledger = TestLedger::new();
    ledger.send("a", 1, "192.0.2.1", at(0));
    ledger.close();
    let refused = Loader::create(&settings(&ledger.path(), &contract(), at(0))).err();
    assert!(matches!(refused, Some(LoadError::Exists)), "{refused:?}");
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 1);
}
