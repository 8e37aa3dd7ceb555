//! Upkeep: what goes and what stays, that it stays within bounds, and that nothing is counted twice or lost where others
//! come between two of its batches.

use std::cell::Cell;

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::suite::{NOON, contract, report};
use askfirst_core::{Answer, Batch, Event, Key, Ledger as _, Outcome, Question, Summary};
use pollster::block_on;

use super::D1Ledger;
use crate::database::{Database, DatabaseError, Rows, Statement};
use crate::sqlite_database::SqliteDatabase;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// What an invocation of a Worker on the free plan may ask a database.
const MAX_STATEMENTS: usize = 50;

impl Database for &SqliteDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        (**self).batch(statements).await
    }
}

/// A database to which something happens before one of the batches.
struct Interrupted<'d> {
    database: &'d SqliteDatabase,
    before: u32,
    batches: Cell<u32>,
    happens: &'d dyn Fn(),
}

impl Database for Interrupted<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.batches.set(self.batches.get() + 1);
        if self.batches.get() == self.before {
            (self.happens)();
        }
        self.database.batch(statements).await
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp(NOON.0 + millis)
}

fn database() -> SqliteDatabase {
    SqliteDatabase::new(askfirst_core::sql::VOICEMODE)
}

fn send(ledger: &D1Ledger<impl Database>, contract: &Contract, id: &str, install: u32, now: Timestamp) -> Outcome {
    let candidates = vec![report(contract, id, install, now)];
    let address = format!("10.0.{}.{}", install / 90, install % 90);
    block_on(ledger.append(Batch { candidates, address, now })).unwrap().remove(0)
}

fn replace(ledger: &D1Ledger<impl Database>, contract: &Contract, id: &str, now: Timestamp) {
    let Ok(Event { checked, .. }) = report(contract, id, 1, now) else { unreachable!() };
    let candidates = vec![Ok(Event { checked, key: Key::Latest(id.to_owned()) })];
    block_on(ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now })).unwrap();
}

fn summary(database: &SqliteDatabase, contract: &Contract, now: Timestamp) -> Summary {
    let ledger = D1Ledger::new(database, contract.clone());
    let Answer::Summary(summary) = block_on(ledger.answer(Question::Summary(now))).unwrap() else { unreachable!() };
    summary
}

fn count(database: &SqliteDatabase, statement: &str) -> i64 {
    database.connection.borrow().query_row(statement, [], |row| row.get(0)).unwrap()
}

fn install(number: u32) -> InstallId {
    InstallId::Uuid((0x0000_0000_0000_4000_8000_0000_0000_0000_u128 + u128::from(number)).to_be_bytes())
}

/// Runs upkeep; gives how many statements that were.
fn upkeep(database: &SqliteDatabase, contract: &Contract, now: Timestamp) -> usize {
    let before = database.statements.get();
    block_on(D1Ledger::new(database, contract.clone()).upkeep(now)).unwrap();
    database.statements.get() - before
}

#[test]
fn what_comes_between_two_batches_of_a_fold_is_neither_lost_nor_counted_twice() {
    let contract = contract();
    let other = |database: &SqliteDatabase, what: u32| {
        let ledger = D1Ledger::new(database, contract.clone());
        match what {
            0 => assert!(block_on(ledger.fold(9)).unwrap()),
            1 => replace(&ledger, &contract, "latest", at(5_000)),
            2 => assert_eq!(send(&ledger, &contract, "set back", 2, at(-DAY)), Outcome::Accepted),
            3 => assert_eq!(block_on(ledger.forget(install(1), at(5_000))).unwrap().events, 3),
            _ => assert_eq!(send(&ledger, &contract, "later", 3, at(5_000)), Outcome::Accepted),
        }
    };
    for what in 0..5 {
        for before in 1..4 {
            let (alone, raced) = (database(), database());
            for database in [&alone, &raced] {
                let ledger = D1Ledger::new(database, contract.clone());
                replace(&ledger, &contract, "latest", at(0));
                for (id, number) in [("a", 1), ("b", 1), ("c", 2)] {
                    assert_eq!(send(&ledger, &contract, id, number, at(1)), Outcome::Accepted);
                }
            }
            other(&alone, what);
            let happens = || other(&raced, what);
            let interrupted = Interrupted { database: &raced, before, batches: Cell::new(0), happens: &happens };
            assert!(block_on(D1Ledger::new(interrupted, contract.clone()).fold(9)).unwrap());
            assert!(block_on(D1Ledger::new(&raced, contract.clone()).fold(9)).unwrap());
            assert_eq!(summary(&alone, &contract, at(6_000)), summary(&raced, &contract, at(6_000)), "{what} {before}");
            assert!(block_on(D1Ledger::new(&alone, contract.clone()).fold(9)).unwrap());
            for counted in [
                "SELECT sum(events * (value + 3) + installs * 1000) FROM daily",
                "SELECT count(*) FROM activity",
                "SELECT value - (SELECT count(*) FROM event) FROM meta WHERE name = 'folded_events'",
            ] {
                assert_eq!(count(&alone, counted), count(&raced, counted), "{what} {before} {counted}");
            }
        }
    }
}

#[test]
fn what_is_past_retention_goes_in_runs_within_bounds() {
    let (contract, database) = (contract(), database());
    let ledger = D1Ledger::new(&database, contract.clone());
    for number in 0..1_500 {
        assert_eq!(send(&ledger, &contract, &number.to_string(), number, at(0)), Outcome::Accepted);
    }
    assert_eq!(count(&database, "SELECT count(*) FROM event WHERE address IS NOT NULL"), 1_500);
    for now in [at(0), at(1), at(DAY)] {
        assert!(upkeep(&database, &contract, now) <= MAX_STATEMENTS);
    }
    assert_eq!(count(&database, "SELECT count(*) FROM event WHERE address IS NOT NULL"), 0);
    assert_eq!(count(&database, "SELECT count(*) FROM address_key"), 0);
    assert_eq!(summary(&database, &contract, at(0)).active_today, 1_500);

    assert_eq!(send(&ledger, &contract, "again", 5, at(DAY)), Outcome::Accepted);
    let mut runs = 0;
    while count(&database, "SELECT count(*) FROM install") > 1 {
        assert!(upkeep(&database, &contract, at(90 * DAY + 15 * HOUR + runs * HOUR / 6)) <= MAX_STATEMENTS);
        runs += 1;
        assert!(runs < 9);
    }
    assert_eq!(summary(&database, &contract, at(90 * DAY)).events, 1);
    upkeep(&database, &contract, at(93 * DAY));
    upkeep(&database, &contract, at(93 * DAY + 1));
    for table in ["event", "event_key", "install", "install_key", "activity"] {
        assert_eq!(count(&database, &format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    assert_eq!(count(&database, "SELECT max(installs) FROM daily WHERE value = 0"), 1_500, "counts stay");
    assert_eq!(count(&database, "SELECT count(*) FROM value WHERE dimension = 'platform'"), 0, "content does not");
    // The id of what is gone may come again; the number of its install does not.
    assert_eq!(send(&ledger, &contract, "7", 7, at(93 * DAY)), Outcome::Accepted);
    assert_eq!(count(&database, "SELECT id FROM install"), 1_501);
}

#[test]
fn retention_runs_once_a_day_from_two_on() {
    let (contract, database) = (contract(), database());
    let midnight = at(12 * HOUR);
    upkeep(&database, &contract, Timestamp(midnight.0 + 2 * HOUR));
    let first_day = |database| count(database, "SELECT value FROM meta WHERE name = 'first_active_day'");
    let before = first_day(&database);
    let idle = upkeep(&database, &contract, Timestamp(midnight.0 + DAY + 2 * HOUR - 1));
    assert_eq!(first_day(&database), before);
    assert!(upkeep(&database, &contract, Timestamp(midnight.0 + DAY + 2 * HOUR)) > idle);
    assert_eq!(first_day(&database), before + 1);
}

#[test]
fn an_erasure_that_was_broken_off_is_finished() {
    let contract = contract();
    for before in 2..12 {
        let database = database();
        let ledger = D1Ledger::new(&database, contract.clone());
        for number in 0..9 {
            assert_eq!(send(&ledger, &contract, &number.to_string(), number % 3, at(0)), Outcome::Accepted);
        }
        let fails = || database.connection.borrow().execute_batch("ALTER TABLE event RENAME TO gone").unwrap();
        let interrupted = Interrupted { database: &database, before, batches: Cell::new(0), happens: &fails };
        let erased = block_on(D1Ledger::new(interrupted, contract.clone()).forget(install(1), at(1)));
        let is_broken_off = count(&database, "SELECT count(*) FROM sqlite_schema WHERE name = 'gone'") > 0;
        if is_broken_off {
            database.connection.borrow().execute_batch("ALTER TABLE gone RENAME TO event").unwrap();
        } else {
            assert!(erased.is_ok() && before > 5, "{before}");
        }
        upkeep(&database, &contract, at(2));
        let events = count(&database, "SELECT count(*) FROM event");
        assert_eq!(events, 6, "{before}");
        assert_eq!(count(&database, "SELECT count(*) FROM forgotten WHERE install IS NOT NULL"), 0);
    }
}
