//! The tests that every ledger passes: what [`Ledger`] promises, through its own door.
//!
//! [`crate::ledger_suite!`] makes a test of each, on a ledger of its own.

#![expect(missing_docs, reason = "the names of the cases say what they show")]
#![expect(clippy::missing_panics_doc, clippy::unwrap_used, reason = "a case that fails stops where it stands")]

use askfirst_contract::{Contract, Json, Timestamp};

use crate::ledger::{Answer, Batch, Candidate, Event, Key, Ledger, Question, Summary};
use crate::outcome::{BodyFault, Outcome, Refused, Scope};

/// Makes a test of every case.
///
/// `$open` opens an empty ledger for a contract, `$block_on` runs a future to its end.
#[macro_export]
macro_rules! ledger_suite {
    ($open:expr, $block_on:path) => {
        $crate::ledger_suite!(@cases $open, $block_on,
            an_event_is_stored_once
            equal_events_of_one_batch_are_stored_once
            a_duplicate_costs_nothing_and_is_never_limited
            the_hour_of_an_install_slides
            the_hour_of_an_address_slides
            an_address_counts_across_midnight
            the_limit_of_the_install_comes_first
            what_was_limited_may_come_again
            outcomes_come_in_the_order_of_candidates
            every_outcome_is_counted
            an_event_may_be_a_repetition_of_another_id
            the_latest_event_of_an_id_counts_once
            events_without_an_id_are_all_stored
            active_installs_are_counted_by_the_day_they_report
            installs_are_active_now_for_five_minutes
            an_install_that_was_erased_is_gone_and_stays_out
        );
    };
    (@cases $open:expr, $block_on:path, $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                let contract = $crate::suite::contract();
                let open = $open;
                $block_on($crate::suite::$case(&contract, &open(&contract)));
            }
        )*
    };
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Wednesday, 2026-09-02, noon.
pub const NOON: Timestamp = Timestamp(1_788_350_400_000);

/// The contract of the cases: 10 an hour of an install, 100 of an address.
///
/// # Panics
///
/// Where the contract of VoiceMode is broken.
#[must_use]
pub fn contract() -> Contract {
    let (file, text) = crate::CONTRACTS[0];
    match Contract::parse(file, text) {
        Ok(contract) => contract,
        Err(problems) => unreachable!("{problems}"),
    }
}

/// A report of an install, named by a number, about a point in time.
///
/// # Errors
///
/// Where the contract does not let it through.
pub fn report(contract: &Contract, event_id: &str, install: u32, occurred_at: Timestamp) -> Candidate {
    let event = format!(
        r#"{{"event_id":"{event_id}","telemetry_id":"00000000-0000-4000-8000-{install:012x}","timestamp":"{occurred_at}",
            "environment":{{"os":"Linux","version":"1.2.3","home":"/home/joe"}},"usage":{{"total_sessions":1}}}}"#
    );
    let Ok(json) = Json::parse(event.as_bytes()) else { unreachable!("{event}") };
    contract.check(&contract.events[0], &json, occurred_at).map(Event::from).map_err(Refused::Contract)
}

fn at(millis: i64) -> Timestamp {
    Timestamp(NOON.0 + millis)
}

/// Appends one report about the time it is sent at.
async fn send(
    contract: &Contract,
    ledger: &impl Ledger,
    id: &str,
    install: u32,
    address: &str,
    now: Timestamp,
) -> Outcome {
    let candidates = vec![report(contract, id, install, now)];
    let batch = Batch { candidates, address: address.to_owned(), now };
    let mut outcomes = ledger.append(batch).await.unwrap();
    assert_eq!(outcomes.len(), 1);
    outcomes.remove(0)
}

async fn summary(ledger: &impl Ledger, now: Timestamp) -> Summary {
    let Answer::Summary(summary) = ledger.answer(Question::Summary(now)).await.unwrap() else { unreachable!() };
    summary
}

/// Appends a report of an install of its own under a key.
async fn send_under(contract: &Contract, ledger: &impl Ledger, key: Key, install: u32) -> Outcome {
    let mut event = report(contract, "-", install, NOON).unwrap();
    event.key = key;
    let batch = Batch { candidates: vec![Ok(event)], address: "192.0.2.1".to_owned(), now: NOON };
    ledger.append(batch).await.unwrap().remove(0)
}

pub async fn an_event_may_be_a_repetition_of_another_id(contract: &Contract, ledger: &impl Ledger) {
    let unless = |id: &str, other: &str| Key::Unless(id.to_owned(), other.to_owned());
    assert_eq!(send_under(contract, ledger, Key::Once("a".to_owned()), 1).await, Outcome::Accepted);
    assert_eq!(send_under(contract, ledger, unless("b", "a"), 2).await, Outcome::Duplicate);
    assert_eq!(send_under(contract, ledger, unless("c", "d"), 3).await, Outcome::Accepted);
    assert_eq!(send_under(contract, ledger, unless("c", "d"), 4).await, Outcome::Duplicate);
    assert_eq!(send_under(contract, ledger, Key::Once("d".to_owned()), 5).await, Outcome::Accepted);
    assert_eq!(summary(ledger, NOON).await.events, 3);
}

pub async fn the_latest_event_of_an_id_counts_once(contract: &Contract, ledger: &impl Ledger) {
    let latest = |id: &str| Key::Latest(id.to_owned());
    assert_eq!(send_under(contract, ledger, latest("a"), 1).await, Outcome::Accepted);
    assert_eq!(send_under(contract, ledger, latest("b"), 2).await, Outcome::Accepted);
    for _ in 0..3 {
        assert_eq!(send_under(contract, ledger, latest("a"), 1).await, Outcome::Duplicate);
    }
    assert_eq!(summary(ledger, NOON).await.events, 2);
}

pub async fn events_without_an_id_are_all_stored(contract: &Contract, ledger: &impl Ledger) {
    for _ in 0..3 {
        assert_eq!(send_under(contract, ledger, Key::Always, 1).await, Outcome::Accepted);
    }
    assert_eq!(summary(ledger, NOON).await.events, 3);
}

fn limited(scope: Scope, retry_after: u32) -> Outcome {
    Outcome::Limited { scope, retry_after }
}

pub async fn an_event_is_stored_once(contract: &Contract, ledger: &impl Ledger) {
    assert_eq!(send(contract, ledger, "a", 1, "192.0.2.1", NOON).await, Outcome::Accepted);
    assert_eq!(send(contract, ledger, "a", 1, "192.0.2.1", NOON).await, Outcome::Duplicate);
    // The id is the key, whoever sends it.
    assert_eq!(send(contract, ledger, "a", 2, "192.0.2.2", at(DAY)).await, Outcome::Duplicate);
    let summary = summary(ledger, NOON).await;
    assert_eq!((summary.events, summary.installs, summary.active_today), (1, 1, 1));
}

pub async fn equal_events_of_one_batch_are_stored_once(contract: &Contract, ledger: &impl Ledger) {
    let candidates = ["a", "b", "a"].map(|id| report(contract, id, 1, NOON)).into();
    let outcomes = ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now: NOON }).await.unwrap();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Accepted, Outcome::Duplicate]);
    assert_eq!(summary(ledger, NOON).await.events, 2);
}

pub async fn a_duplicate_costs_nothing_and_is_never_limited(contract: &Contract, ledger: &impl Ledger) {
    assert_eq!(send(contract, ledger, "first", 1, "192.0.2.1", NOON).await, Outcome::Accepted);
    for _ in 0..20 {
        assert_eq!(send(contract, ledger, "first", 1, "192.0.2.1", NOON).await, Outcome::Duplicate);
    }
    for n in 1..10 {
        assert_eq!(send(contract, ledger, &n.to_string(), 1, "192.0.2.1", NOON).await, Outcome::Accepted, "{n}");
    }
    assert_eq!(send(contract, ledger, "one more", 1, "192.0.2.1", NOON).await, limited(Scope::Install, 3600));
    assert_eq!(send(contract, ledger, "first", 1, "192.0.2.1", NOON).await, Outcome::Duplicate);
}

pub async fn the_hour_of_an_install_slides(contract: &Contract, ledger: &impl Ledger) {
    for n in 0..10 {
        let outcome = send(contract, ledger, &n.to_string(), 1, &format!("192.0.2.{n}"), at(n * MINUTE)).await;
        assert_eq!(outcome, Outcome::Accepted, "{n}");
    }
    let next = |id: &'static str, now| send(contract, ledger, id, 1, "192.0.2.99", now);
    assert_eq!(next("x", at(10 * MINUTE)).await, limited(Scope::Install, 50 * 60));
    assert_eq!(next("x", at(HOUR - 1)).await, limited(Scope::Install, 1));
    assert_eq!(send(contract, ledger, "other", 2, "192.0.2.99", at(HOUR - 1)).await, Outcome::Accepted);
    // The first of the ten leaves the window: exactly one more passes.
    assert_eq!(next("x", at(HOUR)).await, Outcome::Accepted);
    assert_eq!(next("y", at(HOUR)).await, limited(Scope::Install, 60));
    assert_eq!(next("y", at(HOUR + MINUTE)).await, Outcome::Accepted);
}

pub async fn the_hour_of_an_address_slides(contract: &Contract, ledger: &impl Ledger) {
    for n in 0..100 {
        let outcome = send(contract, ledger, &n.to_string(), n, "192.0.2.1", at(i64::from(n) * 1_000)).await;
        assert_eq!(outcome, Outcome::Accepted, "{n}");
    }
    assert_eq!(send(contract, ledger, "x", 500, "192.0.2.1", at(100_000)).await, limited(Scope::Address, 3_500));
    assert_eq!(send(contract, ledger, "x", 500, "192.0.2.2", at(100_000)).await, Outcome::Accepted);
    assert_eq!(send(contract, ledger, "y", 500, "192.0.2.1", at(HOUR)).await, Outcome::Accepted);
    assert_eq!(send(contract, ledger, "z", 501, "192.0.2.1", at(HOUR)).await, limited(Scope::Address, 1));
}

pub async fn an_address_counts_across_midnight(contract: &Contract, ledger: &impl Ledger) {
    let before_midnight = 12 * HOUR - 10 * MINUTE;
    for n in 0..100 {
        let now = at(before_midnight + i64::from(n % 2) * 20 * MINUTE);
        assert_eq!(send(contract, ledger, &n.to_string(), n, "192.0.2.1", now).await, Outcome::Accepted, "{n}");
    }
    let after = |minutes| at(before_midnight + minutes * MINUTE);
    assert_eq!(send(contract, ledger, "x", 500, "192.0.2.1", after(21)).await, limited(Scope::Address, 39 * 60));
    assert_eq!(send(contract, ledger, "x", 500, "192.0.2.1", after(60)).await, Outcome::Accepted);
}

pub async fn the_limit_of_the_install_comes_first(contract: &Contract, ledger: &impl Ledger) {
    for n in 0..100 {
        assert_eq!(send(contract, ledger, &n.to_string(), n / 10, "192.0.2.1", NOON).await, Outcome::Accepted, "{n}");
    }
    assert_eq!(send(contract, ledger, "x", 0, "192.0.2.1", NOON).await, limited(Scope::Install, 3600));
    assert_eq!(send(contract, ledger, "x", 99, "192.0.2.1", NOON).await, limited(Scope::Address, 3600));
}

pub async fn what_was_limited_may_come_again(contract: &Contract, ledger: &impl Ledger) {
    for n in 0..10 {
        assert_eq!(send(contract, ledger, &n.to_string(), 1, "192.0.2.1", NOON).await, Outcome::Accepted, "{n}");
    }
    assert_eq!(send(contract, ledger, "later", 1, "192.0.2.1", NOON).await, limited(Scope::Install, 3600));
    assert_eq!(summary(ledger, NOON).await.events, 10);
    assert_eq!(send(contract, ledger, "later", 1, "192.0.2.1", at(HOUR)).await, Outcome::Accepted);
}

pub async fn outcomes_come_in_the_order_of_candidates(contract: &Contract, ledger: &impl Ledger) {
    let mut candidates: Vec<Candidate> = (0..12).map(|n| report(contract, &n.to_string(), 1, NOON)).collect();
    candidates.insert(1, Err(Refused::Body(BodyFault::Nothing)));
    candidates.insert(3, report(contract, "0", 1, NOON));
    let outcomes = ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now: NOON }).await.unwrap();
    let names: Vec<_> = outcomes.iter().map(|outcome| (outcome.name(), outcome.reason())).collect();
    let mut expected = vec![("accepted", ""); 14];
    expected[1] = ("refused", "nothing");
    expected[3] = ("duplicate", "");
    expected[12..].fill(("limited", "install"));
    assert_eq!(names, expected);
}

pub async fn every_outcome_is_counted(contract: &Contract, ledger: &impl Ledger) {
    for n in 0..12 {
        send(contract, ledger, &n.to_string(), 1, "192.0.2.1", NOON).await;
    }
    send(contract, ledger, "0", 1, "192.0.2.1", NOON).await;
    for fault in [BodyFault::NotJson, BodyFault::NotJson, BodyFault::TooLarge] {
        let candidates = vec![Err(Refused::Body(fault))];
        ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now: NOON }).await.unwrap();
    }
    // Counts of refusals may follow within seconds, at the latest with the next event that is stored.
    send(contract, ledger, "last", 2, "192.0.2.1", NOON).await;
    let counts: Vec<_> =
        summary(ledger, NOON).await.outcomes.into_iter().map(|c| (c.outcome, c.reason, c.count)).collect();
    let expected = [
        ("accepted", "", 11),
        ("discarded", "undeclared", 11),
        ("duplicate", "", 1),
        ("limited", "install", 2),
        ("refused", "not_json", 2),
        ("refused", "too_large", 1),
    ];
    assert_eq!(counts, expected.map(|(outcome, reason, count)| (outcome.to_owned(), reason.to_owned(), count)));
}

pub async fn active_installs_are_counted_by_the_day_they_report(contract: &Contract, ledger: &impl Ledger) {
    // A Wednesday; the month began on Tuesday.
    let days_ago = |days: i64| at(-days * DAY);
    for (id, install, days) in
        [("a", 1, 0), ("b", 1, 0), ("c", 2, 1), ("d", 2, 0), ("e", 3, 1), ("f", 4, 2), ("g", 5, 3)]
    {
        let candidates = vec![report(contract, id, install, days_ago(days))];
        ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now: NOON }).await.unwrap();
    }
    let today = summary(ledger, NOON).await;
    assert_eq!((today.active_today, today.active_this_week, today.active_this_month), (2, 4, 3));
    assert_eq!((today.events, today.installs), (7, 5));
    let yesterday = summary(ledger, days_ago(1)).await;
    assert_eq!((yesterday.active_today, yesterday.active_this_week, yesterday.active_this_month), (2, 3, 2));
}

pub async fn installs_are_active_now_for_five_minutes(contract: &Contract, ledger: &impl Ledger) {
    for (id, install, minutes) in [("a", 1, 6), ("b", 2, 5), ("c", 2, 5)] {
        send(contract, ledger, id, install, "192.0.2.1", at(-minutes * MINUTE)).await;
    }
    // About another day: what counts is when it was received.
    let candidates = vec![report(contract, "d", 3, at(-DAY))];
    ledger.append(Batch { candidates, address: "192.0.2.1".to_owned(), now: NOON }).await.unwrap();
    assert_eq!(summary(ledger, NOON).await.active_now, 2);
    assert_eq!(summary(ledger, at(1)).await.active_now, 1);
    assert_eq!(summary(ledger, at(5 * MINUTE)).await.active_now, 1);
    assert_eq!(summary(ledger, at(5 * MINUTE + 1)).await.active_now, 0);
}

pub async fn an_install_that_was_erased_is_gone_and_stays_out(contract: &Contract, ledger: &impl Ledger) {
    for (id, install) in [("a", 1), ("b", 1), ("c", 2)] {
        assert_eq!(send(contract, ledger, id, install, "192.0.2.1", NOON).await, Outcome::Accepted, "{id}");
    }
    let install = |number: u32| report(contract, "-", number, NOON).unwrap().checked.install_id.unwrap();
    let erased = ledger.forget(install(1), NOON).await.unwrap();
    assert_eq!(erased.events, 2);
    let left = summary(ledger, NOON).await;
    assert_eq!((left.events, left.installs, left.active_today), (1, 1, 1));
    // What was in a spool comes late, and so does what was stored before.
    for id in ["late", "a"] {
        let outcome = send(contract, ledger, id, 1, "192.0.2.1", at(HOUR)).await;
        assert_eq!(outcome, Outcome::Refused(Refused::Forgotten), "{id}");
    }
    assert_eq!(send(contract, ledger, "d", 2, "192.0.2.1", at(HOUR)).await, Outcome::Accepted);
    assert_eq!(send(contract, ledger, "e", 3, "192.0.2.1", at(HOUR)).await, Outcome::Accepted);
    assert_eq!(summary(ledger, at(HOUR)).await.events, 3);
    // Again, and of one that nobody has heard of: the same, with nothing to delete.
    let again = ledger.forget(install(1), NOON).await.unwrap();
    assert_eq!((again.events, again.tombstone), (0, erased.tombstone));
    let unknown = ledger.forget(install(9), NOON).await.unwrap();
    assert_eq!(unknown.events, 0);
    assert_ne!(unknown.tombstone, erased.tombstone);
    let outcome = send(contract, ledger, "x", 9, "192.0.2.1", at(HOUR)).await;
    assert_eq!(outcome, Outcome::Refused(Refused::Forgotten));
}
