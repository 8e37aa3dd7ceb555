//! The same answers once events are folded as they come, many at a time, with some behind the fold.

use askfirst_contract::{Json, Timestamp};
use askfirst_core::suite::{NOON, contract};
use askfirst_core::{Batch, Event, Ledger as _};
use pollster::block_on;
use proptest::prelude::*;

use super::report::report;
use super::steps::{Step, What};
use super::world::World;
use super::{Back, active, breakdown, cases, distribution, errors, recent, retention, trend, versions};
use crate::harness::TestLedger;

/// Events of a request here: fewer than a millisecond of receipt has numbers for.
const BATCH: u16 = 1_000;
/// More requests than it takes until events are folded, though some of what they hold is a repetition.
const BATCHES: u16 = 24;

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 0, ..cases() })]

    #[test]
    fn answers_are_right_on_both_sides_of_a_fold(reports in prop::collection::vec(report(), 30..60)) {
        let begin = Timestamp::parse("2026-12-31T20:00:00Z").unwrap();
        let mut world = World::begin(begin).without_limits();
        let folded = "SELECT count(*) FROM meta WHERE name = 'folded_seq'";
        for batch in 0..BATCHES {
            if world.ledger.count(folded) > 0 {
                break;
            }
            let numbers = batch * BATCH..(batch + 1) * BATCH;
            let report = |number| reports[usize::from(number) % reports.len()].numbered(number);
            world.play(&Step { after: 1, what: What::Append(numbers.map(report).collect()) });
        }
        prop_assert_eq!(world.ledger.count(folded), 1);
        world.play(&Step { after: 1, what: What::Append(reports) });

        let back = Back { days: 35, to: 0 };
        let only = [("platform", "linux"), ("ok", "true")];
        active::check(&world, back, "day", &[])?;
        active::check(&world, back, "week", &only)?;
        active::check_by(&world, back, "month", ("app_version", 2), &only)?;
        retention::check(&world, back, "week", &[])?;
        for only in [&[][..], &only] {
            breakdown::check_dimension(&world, back, "platform", only, 3)?;
            breakdown::check_fields(&world, back, only, 3)?;
            distribution::check(&world, back, "ratio", only)?;
            trend::check_counts(&world, back, "day", only)?;
            trend::check_numbers(&world, back, "week", "took", only)?;
            versions::check(&world, back, only)?;
            errors::check(&world, back, only, 3)?;
        }
        recent::check(&world, None, 20)?;
    }
}

#[test]
fn more_values_than_are_told_apart_count_as_other() {
    let mut contract = contract();
    (contract.policy.limits.install, contract.policy.limits.address) = (None, None);
    let mut ledger = TestLedger::with(&contract);
    let event = |number: u32| {
        let event = format!(
            r#"{{"event_id":"{number}","telemetry_id":"00000000-0000-4000-8000-{number:012x}","timestamp":"{NOON}",
                "environment":{{"os":"made up {number}","version":"1.2.3"}},"usage":{{"total_sessions":1}}}}"#
        );
        let json = Json::parse(event.as_bytes()).unwrap();
        Ok(Event::from(contract.check(&contract.events[0], &json, NOON).unwrap()))
    };
    for batch in 0..11 {
        let candidates = (batch * 1_000..(batch + 1) * 1_000).map(event).collect();
        block_on(ledger.append(Batch { candidates, address: String::new(), now: NOON })).unwrap();
    }
    for _ in 0..2 {
        let report = ledger.ask("breakdown", &[("field", "platform"), ("top", "2")], NOON).to_json();
        let [other, one] = [&report["values"][0], &report["values"][1]];
        assert_eq!(
            (&other["value"], &other["events"], &other["installs"]),
            (&"other".into(), &1_000.into(), &1_000.into())
        );
        assert_eq!((&one["events"], &report["other"][0]["values"]), (&1.into(), &9_999.into()));
        ledger.reopen(NOON);
        block_on(ledger.retain(NOON)).unwrap();
    }
}
