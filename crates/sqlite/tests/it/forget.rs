//! Erasing an install: what it leaves in answers and in the files.

use askfirst_contract::InstallId;
use askfirst_core::{Ledger as _, Outcome, Refused, event_hash, install_hash};
use pollster::block_on;

use crate::harness::{DAY, HOUR, TestLedger, at};

fn uuid(number: u32) -> [u8; 16] {
    (0x0000_0000_0000_4000_8000_0000_0000_0000_u128 + u128::from(number)).to_be_bytes()
}

fn install(number: u32) -> InstallId {
    InstallId::Uuid(uuid(number))
}

/// The bytes of all files of the ledger.
fn files(ledger: &TestLedger) -> Vec<u8> {
    let folder = ledger.path().parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.flatten().collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn no_byte_of_the_id_is_left_in_any_file() {
    let ledger = TestLedger::new();
    for n in 0..2_000_u32 {
        let about = at(-i64::from(n % 40) * DAY);
        ledger.send_about(
            &format!("event-of-{n}"),
            70_000 + n % 500,
            &format!("10.0.{}.{}", n / 90, n % 90),
            about,
            at(0),
        );
    }
    let id = uuid(70_123);
    // Keys come to disk with retention.
    block_on(ledger.retain(at(0))).unwrap();
    let hashes = [install_hash(&install(70_123)), event_hash("event-of-1623")].map(i64::to_le_bytes);
    let before = files(&ledger);
    assert!(contains(&before, &id) && contains(&before, b"event-of-1623"));
    assert!(hashes.iter().all(|hash| contains(&before, hash)));
    let erased = block_on(ledger.forget(install(70_123), at(HOUR))).unwrap();
    assert_eq!(erased.events, 4);
    let after = files(&ledger);
    assert!(!contains(&after, &id) && !contains(&after, b"event-of-1623"));
    assert!(!hashes.iter().any(|hash| contains(&after, hash)));
    assert!(contains(&after, b"event-of-1622"), "what is others' stays");
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 1_996);
    assert_eq!(ledger.keys("install"), 499);
    assert_eq!(ledger.keys("event"), 1_996);
}

#[test]
fn answers_are_as_if_it_had_never_been_there() {
    let ([with, without], erased) = ([TestLedger::new(), TestLedger::new()], 3);
    for n in 0..60_u32 {
        let about = at(-i64::from(n % 9) * DAY);
        let send =
            |ledger: &TestLedger| ledger.send_about(&n.to_string(), n % 7, &format!("10.0.0.{}", n % 9), about, at(0));
        assert_eq!(send(&with), Outcome::Accepted);
        if n % 7 != erased {
            assert_eq!(send(&without), Outcome::Accepted);
        }
    }
    block_on(with.forget(install(erased), at(0))).unwrap();
    for (question, parameters) in [
        ("active", &[("last", "12d")][..]),
        ("active", &[("last", "12d"), ("by", "platform")]),
        ("retention", &[("last", "12d"), ("per", "day")]),
        ("breakdown", &[("field", "app_version")]),
        ("breakdown", &[("field", "usage.total_sessions")]),
        ("trend", &[("of", "events")]),
        ("versions", &[]),
    ] {
        assert_eq!(with.ask(question, parameters, at(0)), without.ask(question, parameters, at(0)), "{question}");
    }
}

#[test]
fn it_holds_after_a_restart_and_what_was_broken_off_is_finished() {
    let mut ledger = TestLedger::new();
    for n in 0..20_u32 {
        ledger.send(&n.to_string(), n % 4, &format!("10.0.0.{n}"), at(0));
    }
    block_on(ledger.forget(install(1), at(0))).unwrap();
    ledger.close();
    // As a crash between two steps leaves it: the install is gone, its events are not.
    let file = rusqlite::Connection::open(ledger.path()).unwrap();
    file.execute(
        "INSERT INTO forgotten (hash, install) SELECT zeroblob(16), id FROM install WHERE install_id = ?1",
        [uuid(2)],
    )
    .unwrap();
    file.execute("DELETE FROM install WHERE install_id = ?1", [uuid(2)]).unwrap();
    drop(file);
    ledger.reopen(at(HOUR));
    assert_eq!(ledger.send("late", 1, "192.0.2.1", at(HOUR)), Outcome::Refused(Refused::Forgotten));
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 15);
    block_on(ledger.retain(at(HOUR))).unwrap();
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 10);
    assert_eq!(ledger.count("SELECT count(*) FROM forgotten WHERE install IS NOT NULL"), 0);
}
