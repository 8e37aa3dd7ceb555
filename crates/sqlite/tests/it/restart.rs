//! What a restart must not change, and what racing requests must not either.

use std::thread;

use askfirst_core::{Outcome, Scope};

use crate::harness::{HOUR, TestLedger, at};

#[test]
fn limits_and_ids_hold_across_restarts() {
    let mut ledger = TestLedger::new();
    for n in 0..10 {
        assert_eq!(ledger.send(&n.to_string(), 1, "192.0.2.1", at(n * 1_000)), Outcome::Accepted, "{n}");
    }
    for n in 10..100 {
        let outcome = ledger.send(&n.to_string(), u32::try_from(n).unwrap(), "192.0.2.1", at(10_000));
        assert_eq!(outcome, Outcome::Accepted, "{n}");
    }
    for restart in 0..3 {
        ledger.reopen(at(20_000));
        let limited = |scope, retry_after| Outcome::Limited { scope, retry_after };
        assert_eq!(ledger.send("x", 1, "192.0.2.2", at(20_000)), limited(Scope::Install, 3_580), "{restart}");
        assert_eq!(ledger.send("x", 999, "192.0.2.1", at(20_000)), limited(Scope::Address, 3_580), "{restart}");
        assert_eq!(ledger.send("5", 1, "192.0.2.1", at(20_000)), Outcome::Duplicate, "{restart}");
    }
    assert_eq!(ledger.send("x", 1, "192.0.2.1", at(HOUR)), Outcome::Accepted);
}

#[test]
fn racing_requests_share_one_limit_and_one_id() {
    let ledger = TestLedger::new();
    let accepted = |outcomes: Vec<Outcome>| outcomes.iter().filter(|outcome| **outcome == Outcome::Accepted).count();
    let race = |count: usize, send: &(dyn Fn(usize) -> Outcome + Sync)| -> Vec<Outcome> {
        thread::scope(|scope| {
            let racers: Vec<_> = (0..16)
                .map(|racer| scope.spawn(move || (0..count / 16).map(|n| send(racer * 1_000 + n)).collect::<Vec<_>>()))
                .collect();
            racers.into_iter().flat_map(|racer| racer.join().unwrap()).collect()
        })
    };
    assert_eq!(accepted(race(192, &|n| ledger.send(&format!("a{n}"), 1, &format!("10.0.0.{n}"), at(0)))), 10);
    let install = |n: usize| u32::try_from(n).unwrap() + 100;
    assert_eq!(accepted(race(512, &|n| ledger.send(&format!("b{n}"), install(n), "192.0.2.1", at(0)))), 100);
    assert_eq!(accepted(race(96, &|n| ledger.send("same", install(n) + 50_000, &format!("10.0.1.{n}"), at(0)))), 1);
    assert_eq!(ledger.summary(at(0)).events, 111);
}

#[test]
fn a_clock_that_goes_back_loses_nothing() {
    let mut ledger = TestLedger::new();
    assert_eq!(ledger.send("a", 1, "192.0.2.1", at(HOUR)), Outcome::Accepted);
    assert_eq!(ledger.send("b", 1, "192.0.2.1", at(0)), Outcome::Accepted);
    ledger.reopen(at(0));
    for n in 0..8 {
        assert_eq!(ledger.send(&n.to_string(), 1, "192.0.2.1", at(HOUR / 2)), Outcome::Accepted, "{n}");
    }
    // All ten are within an hour.
    assert_eq!(
        ledger.send("x", 1, "192.0.2.1", at(HOUR - 1)),
        Outcome::Limited { scope: Scope::Install, retry_after: 1 }
    );
    assert_eq!(ledger.summary(at(0)).events, 10);
}

#[test]
fn more_events_than_a_millisecond_has_numbers_for_are_all_stored() {
    let mut contract = askfirst_core::suite::contract();
    (contract.policy.limits.install, contract.policy.limits.address) = (None, None);
    let ledger = TestLedger::with(&contract);
    for n in 0..1_100 {
        assert_eq!(ledger.send(&n.to_string(), 1, "192.0.2.1", at(0)), Outcome::Accepted, "{n}");
    }
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 1_100);
    assert_eq!(ledger.count("SELECT max(seq) / 1024 - min(seq) / 1024 FROM event"), 1);
}
