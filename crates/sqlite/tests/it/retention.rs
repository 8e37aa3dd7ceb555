//! Retention: what goes, what stays, and that events are stored meanwhile.

use askfirst_core::Outcome;
use askfirst_core::report::Cell;
use pollster::block_on;
use rusqlite::Connection;

use crate::harness::{DAY, HOUR, TestLedger, at};

#[test]
fn events_go_90_days_after_their_receipt() {
    let ledger = TestLedger::new();
    ledger.send_about("old report", 1, "192.0.2.1", at(-80 * DAY), at(0));
    ledger.send("early", 2, "192.0.2.1", at(0));
    ledger.send("late", 3, "192.0.2.1", at(HOUR));
    assert_eq!(block_on(ledger.retain(at(90 * DAY))), Ok(5), "the sets of one day, and its count by a text");
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 3);

    block_on(ledger.retain(at(90 * DAY + HOUR))).unwrap();
    assert_eq!(ledger.value::<String>("SELECT group_concat(event_id) FROM event"), "late");
    assert_eq!(ledger.summary(at(90 * DAY)).events, 1);
    // The id of what is gone may come again: nothing remembers it.
    assert_eq!(ledger.send("early", 2, "192.0.2.1", at(90 * DAY + HOUR)), Outcome::Accepted);
}

#[test]
fn installs_and_activity_go_with_their_events_and_counts_stay() {
    let ledger = TestLedger::new();
    for n in 0..600 {
        assert_eq!(ledger.send(&n.to_string(), n, &format!("10.0.{}.{}", n / 200, n % 200), at(0)), Outcome::Accepted);
    }
    ledger.send("again", 5, "192.0.2.1", at(DAY));
    block_on(ledger.retain(at(91 * DAY))).unwrap();
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 1);
    assert_eq!(ledger.count("SELECT count(*) FROM install"), 1);
    assert_eq!(ledger.count("SELECT count(*) FROM activity WHERE value = 0"), 1);
    assert_eq!(ledger.count("SELECT sum(value) FROM rollup WHERE metric = 'events:usage_report'"), 601);
    assert_eq!(ledger.count("SELECT max(installs) FROM daily WHERE value = 0"), 600);
    assert_eq!(ledger.count("SELECT sum(count) FROM outcome WHERE outcome = 'accepted'"), 601);

    block_on(ledger.retain(at(93 * DAY))).unwrap();
    for table in ["event", "install", "key_part", "activity"] {
        assert_eq!(ledger.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(ledger.count("SELECT count(*) FROM daily WHERE value = 0"), 2);
    // What a client said of its platform is content; a version that is shaped like one is a count.
    let kept = "SELECT group_concat(dimension, ' ') FROM (SELECT dimension FROM value WHERE id > 3 ORDER BY 1)";
    assert_eq!(ledger.value::<String>(kept), "app_version type");
}

#[test]
fn running_it_twice_or_after_a_restart_changes_nothing_more() {
    let mut ledger = TestLedger::new();
    for n in 0..300 {
        ledger.send(&n.to_string(), n, &format!("10.0.0.{}", n % 200), at(0));
    }
    assert_ne!(block_on(ledger.retain(at(92 * DAY))), Ok(0));
    let rollups = ledger.count("SELECT sum(value) FROM rollup");
    assert_eq!(block_on(ledger.retain(at(92 * DAY))), Ok(0));
    ledger.reopen(at(92 * DAY));
    assert_eq!(block_on(ledger.retain(at(92 * DAY))), Ok(0));
    assert_eq!(ledger.count("SELECT sum(value) FROM rollup"), rollups);
}

#[test]
fn events_are_stored_between_the_steps() {
    let ledger = TestLedger::new();
    for n in 0..2_000 {
        ledger.send(&n.to_string(), n, &format!("10.{}.0.{}", n / 200, n % 200), at(0));
    }
    std::thread::scope(|scope| {
        let retention = scope.spawn(|| block_on(ledger.retain(at(92 * DAY))));
        for n in 0..200 {
            let outcome = ledger.send(&format!("new {n}"), 10_000 + n, &format!("10.0.1.{n}"), at(92 * DAY));
            assert_eq!(outcome, Outcome::Accepted, "{n}");
        }
        assert!(retention.join().unwrap().is_ok());
    });
    assert_eq!(ledger.count("SELECT count(*) FROM event"), 200);
    let on_disk = |of| ledger.count(&format!("SELECT count(*) FROM {of}"));
    let events = on_disk("event WHERE seq <= (SELECT value FROM meta WHERE name = 'merged_seq')");
    let installs = on_disk("install WHERE id <= (SELECT value FROM meta WHERE name = 'merged_install')");
    assert_eq!((ledger.keys("event"), ledger.keys("install")), (events, installs));
}

#[test]
fn expired_content_is_in_no_file_any_more() {
    let ledger = TestLedger::new();
    ledger.send("a-rather-long-marker", 1, "192.0.2.1", at(0));
    block_on(ledger.retain(at(91 * DAY))).unwrap();
    for file in ledger.path().parent().unwrap().read_dir().unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(20).any(|window| window == b"a-rather-long-marker"));
    }
}

#[test]
fn of_a_day_that_is_closed_the_counts_alone_are_told_though_its_sets_are_still_there() {
    let ledger = TestLedger::new();
    ledger.send("a", 1, "192.0.2.1", at(0));
    ledger.send("b", 2, "192.0.2.1", at(0));
    ledger.send("c", 2, "192.0.2.1", at(DAY));
    block_on(ledger.retain(at(DAY))).unwrap();
    // As between two steps of retention.
    let close = "UPDATE meta SET value = (SELECT max(day) FROM activity) WHERE name = 'first_active_day'";
    assert_eq!(Connection::open(ledger.path()).unwrap().execute(close, []), Ok(1));
    assert_eq!(ledger.count("SELECT count(DISTINCT day) FROM activity"), 2);

    let report = ledger.ask("active", &[("last", "2d")], at(DAY));
    let [closed, open] = &report.tables[0].rows[..] else { unreachable!() };
    assert_eq!(closed[1..7], [&[Cell::Count(2)][..], &vec![Cell::Empty; 5]].concat(), "{closed:?}");
    assert_eq!(open[1..4], [Cell::Count(1), Cell::Count(0), Cell::Count(1)]);
    assert_eq!(report.figures[3], ("installs", Cell::Empty));
    let weeks = ledger.ask("active", &[("last", "2d"), ("per", "week")], at(DAY));
    assert_eq!(weeks.tables[0].rows[0][1], Cell::Empty);
}
