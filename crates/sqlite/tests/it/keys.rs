//! Addresses: keyed, and unlinkable once the key is destroyed.

use pollster::block_on;

use crate::harness::{DAY, HOUR, TestLedger, at};

#[test]
fn equal_addresses_hash_alike_within_a_day_and_differently_on_the_next() {
    let ledger = TestLedger::new();
    ledger.send("a", 1, "192.0.2.1", at(0));
    ledger.send("b", 2, "192.0.2.1", at(HOUR));
    ledger.send("c", 3, "192.0.2.2", at(HOUR));
    ledger.send("d", 4, "192.0.2.1", at(DAY));
    assert_eq!(ledger.count("SELECT count(DISTINCT address) FROM event"), 3);
    assert_eq!(ledger.count("SELECT count(*) FROM event WHERE address IS NULL"), 0);
}

#[test]
fn keys_and_hashes_go_when_their_window_has_passed() {
    let mut ledger = TestLedger::new();
    // Noon today, and half past midnight: yesterday's key is alive until one o'clock.
    for n in 0..600 {
        ledger.send(&n.to_string(), n, &format!("10.0.{}.{}", n / 200, n % 200), at(0));
    }
    ledger.send("after midnight", 1_000, "192.0.2.1", at(12 * HOUR + HOUR / 2));
    let secret: Vec<u8> = ledger.value("SELECT secret FROM address_key ORDER BY day LIMIT 1");
    block_on(ledger.destroy_keys(at(13 * HOUR - 1))).unwrap();
    assert_eq!(ledger.count("SELECT count(*) FROM address_key"), 2);
    assert_eq!(ledger.count("SELECT count(address) FROM event"), 601);

    block_on(ledger.destroy_keys(at(13 * HOUR))).unwrap();
    assert_eq!(ledger.count("SELECT count(*) FROM address_key"), 1);
    assert_eq!(ledger.count("SELECT count(address) FROM event"), 1);
    let files = || {
        let folder = ledger.path().parent().unwrap().to_owned();
        folder.read_dir().unwrap().map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect::<Vec<_>>()
    };
    let holds_secret = |file: &Vec<u8>| file.windows(secret.len()).any(|window| window == secret);
    assert!(!files().iter().any(holds_secret), "the destroyed key is still in a file");

    ledger.reopen(at(14 * HOUR));
    block_on(ledger.destroy_keys(at(2 * DAY))).unwrap();
    assert_eq!(ledger.count("SELECT count(*) FROM address_key"), 0);
    assert_eq!(ledger.count("SELECT count(address) FROM event"), 0);
}

#[test]
fn a_key_goes_with_the_first_event_after_its_time_as_well() {
    let ledger = TestLedger::new();
    ledger.send("a", 1, "192.0.2.1", at(0));
    ledger.send("b", 1, "192.0.2.1", at(DAY));
    assert_eq!(ledger.count("SELECT count(*) FROM address_key"), 1);
}

#[test]
fn without_a_limit_on_addresses_none_are_hashed() {
    let mut contract = askfirst_core::suite::contract();
    contract.policy.limits.address = None;
    let ledger = TestLedger::with(&contract);
    ledger.send("a", 1, "192.0.2.1", at(0));
    assert_eq!(ledger.count("SELECT count(*) FROM address_key"), 0);
    assert_eq!(ledger.count("SELECT count(address) FROM event"), 0);
}
