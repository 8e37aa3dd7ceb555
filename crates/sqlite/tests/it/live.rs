//! What a live reader tells, with the time injected.

use askfirst_core::live::Happening;
use askfirst_sqlite::Live;

use crate::harness::{DAY, HOUR, TestLedger, at};

/// What happened, in short: the type of an event, or an outcome and how many.
#[track_caller]
fn told(live: &mut Live, now: i64) -> Vec<String> {
    let short = |happening: &Happening| match happening {
        Happening::Accepted { event, .. } => event.event_type.clone(),
        Happening::LeftOut(count) => format!("{count} left out"),
        Happening::Counted { outcome, count, .. } => format!("{outcome} {count}"),
    };
    live.poll(at(now)).unwrap().iter().map(short).collect()
}

#[test]
fn each_is_told_once_and_nothing_from_before() {
    let ledger = TestLedger::new();
    ledger.send("before", 1, "192.0.2.1", at(0));
    ledger.send("before", 1, "192.0.2.1", at(1));
    let mut live = Live::open(&ledger.path(), None, at(2)).unwrap();
    assert_eq!(told(&mut live, 3), [""; 0]);
    ledger.send("a", 1, "192.0.2.1", at(4));
    assert_eq!(told(&mut live, 5), ["usage_report", "discarded 1"]);
    for _ in 0..3 {
        ledger.send("a", 1, "192.0.2.1", at(6));
    }
    ledger.send("b", 1, "192.0.2.1", at(7));
    assert_eq!(told(&mut live, 8), ["usage_report", "discarded 1", "duplicate 3"]);
    assert_eq!(told(&mut live, 9), [""; 0]);
}

#[test]
fn midnight_and_a_clock_that_is_set_tell_no_count_twice() {
    let ledger = TestLedger::new();
    let send = |now: i64| ledger.send("a", 1, "192.0.2.1", at(now));
    send(0);
    send(1);
    let mut live = Live::open(&ledger.path(), None, at(2)).unwrap();
    // The suite's noon: twelve hours later a new day begins.
    send(12 * HOUR - 1);
    assert_eq!(told(&mut live, 12 * HOUR), ["duplicate 1"], "decided before midnight, told after it");
    send(12 * HOUR);
    assert_eq!(told(&mut live, 12 * HOUR + 1), ["duplicate 1"], "of the new day");
    send(3 * DAY);
    assert_eq!(told(&mut live, 3 * DAY), ["duplicate 1"]);
    send(3 * DAY + 1);
    assert_eq!(told(&mut live, 0), ["duplicate 1"], "the counts of days before are known");
}
