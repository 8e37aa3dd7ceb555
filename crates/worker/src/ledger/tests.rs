//! What every ledger promises, on SQLite in the place of D1.

use askfirst_contract::{Contract, Span, Timestamp};
use askfirst_core::suite::{self, NOON};
use askfirst_core::{Batch, BodyFault, Candidate, Ledger as _, Outcome, Refused};

use super::D1Ledger;
use crate::sqlite_database::SqliteDatabase;

fn open(contract: &Contract) -> D1Ledger<SqliteDatabase> {
    D1Ledger::new(SqliteDatabase::new(askfirst_core::sql::VOICEMODE), contract.clone())
}

askfirst_core::ledger_suite!(open, pollster::block_on);

#[test]
fn a_write_is_one_round_trip_whatever_becomes_of_it() {
    let contract = suite::contract();
    let ledger = open(&contract);
    let send = |candidates: Vec<Candidate>, now: Timestamp| {
        let before = ledger.database.round_trips.get();
        let batch = Batch { candidates, address: "192.0.2.1".to_owned(), now };
        let outcomes = pollster::block_on(ledger.append(batch)).unwrap();
        (ledger.database.round_trips.get() - before, outcomes)
    };
    let report = |id: &str, now: Timestamp| suite::report(&contract, id, 1, now);
    let accepted = |round_trips: u32| (round_trips, vec![Outcome::Accepted]);
    assert_eq!(send(vec![report("a", NOON)], NOON), accepted(2), "an isolate's first asks for keys");
    assert_eq!(send(vec![report("b", NOON)], NOON), accepted(1));
    assert_eq!(send(vec![report("b", NOON)], NOON), (1, vec![Outcome::Duplicate]));
    let refused = || Err(Refused::Body(BodyFault::NotJson));
    let (round_trips, outcomes) =
        send((0..20).map(|n| report(&format!("c{n}"), NOON)).chain([refused()]).collect(), NOON);
    let limited = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Limited { .. })).count();
    assert_eq!((round_trips, limited, outcomes.len()), (1, 12, 21), "8 of 20 were left of 10 an hour");
    assert_eq!(send(vec![refused()], NOON).0, 1);
    let tomorrow = Timestamp(NOON.0 + Span::DAY.0);
    assert_eq!(send(vec![report("d", tomorrow)], tomorrow), accepted(2), "a day's first asks for the day's key");
    assert_eq!(send(vec![report("e", tomorrow)], tomorrow), accepted(1));
}
