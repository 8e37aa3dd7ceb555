//! `recent`

use askfirst_contract::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::steps::story;
use super::world::World;
use super::{cases, same};

fn expected(world: &World, kind: Option<&str>, limit: usize) -> Value {
    let mut events: Vec<_> = world.model.events.iter().collect();
    // In the order of receipt, and of decision within a millisecond.
    events.sort_by_key(|event| event.received_at);
    let events = events.into_iter().rev().filter(|event| kind.is_none_or(|kind| event.kind == kind)).take(limit);
    let row = |event: &super::model::Stored| {
        json!({
            "received_at": Timestamp(event.received_at).to_string(),
            "occurred_at": event.occurred_at.map(|at| at.to_string()), "type": event.kind, "fields": event.fields,
        })
    };
    json!({ "question": "recent", "events": events.map(row).collect::<Vec<_>>() })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn recent_is_right(
        story in story(), kind in prop::option::of(prop::sample::select(vec!["run", "crash", "ping"])), limit in 1..30_usize,
    ) {
        check(&World::of(&story), kind, limit)?;
    }
}

pub(super) fn check(world: &World, kind: Option<&str>, limit: usize) -> Result<(), TestCaseError> {
    let limit_text = limit.to_string();
    let mut parameters = vec![("limit", limit_text.as_str())];
    parameters.extend(kind.map(|kind| ("type", kind)));
    same(&world.ledger.ask("recent", &parameters, world.now()).to_json(), &expected(world, kind, limit))
}
