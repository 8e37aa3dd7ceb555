//! What was stored behind a place, and what of it reports an error.

use askfirst_contract::{Contract, Json};
use askfirst_core::{Batch, Event, Key, Ledger as _, Outcome};
use pollster::block_on;

use crate::harness::{TestLedger, at};

/// Fields with every character that a path in JSON could trip over.
const CONTRACT: &str = r#"
[app]
id = "mytool"
title = "My tool"
about = "A tool for tests."

[[event]]
type = "run:v1"
about = "It ran."
[event.fields]
'result.what "went" wr\ong' = { type = "text", max = 64, optional = true, role = "error", why = "what to mend" }
note = { type = "text", max = 64, optional = true, why = "a note" }

[[event]]
type = "crash"
about = "It crashed."
[event.fields]
kind = { type = "text", max = 64, role = "error", why = "what to mend" }

[[event]]
type = "quiet"
about = "It reports no errors."
[event.fields]
kind = { type = "text", max = 64, optional = true, why = "of which kind" }
"#;

fn send(ledger: &TestLedger, contract: &Contract, event: &str, millis: i64) {
    let checked = contract.check_typed(&Json::parse(event.as_bytes()).unwrap(), at(millis)).unwrap();
    let candidates = vec![Ok(Event { checked, key: Key::Always })];
    let batch = Batch { candidates, address: "192.0.2.1".to_owned(), now: at(millis) };
    assert_eq!(block_on(ledger.append(batch)).unwrap(), [Outcome::Accepted], "{event}");
}

#[test]
fn events_are_counted_from_a_place_on_and_errors_by_their_role() {
    let contract = Contract::parse("mytool.toml", CONTRACT).unwrap();
    let ledger = TestLedger::with(&contract);
    let stored = |place| block_on(ledger.stored_behind(place, &contract)).unwrap();
    let empty = stored(None);
    assert_eq!((empty.events, empty.errors, empty.end.received_at()), (0, 0, None));

    send(&ledger, &contract, r#"{"type":"crash","kind":"early"}"#, 0);
    let counted = stored(Some(empty.end));
    assert_eq!((counted.events, counted.errors, counted.end.received_at()), (1, 1, Some(at(0))));
    let before = stored(None).end;
    assert_eq!((stored(None).events, before), (0, counted.end), "nothing but the end");

    for event in [
        r#"{"type":"run:v1"}"#,
        r#"{"type":"run:v1","note":"went well"}"#,
        r#"{"type":"run:v1","result":{"what \"went\" wr\\ong":null}}"#,
        r#"{"type":"run:v1","result":{"what \"went\" wr\\ong":"disk full"}}"#,
        r#"{"type":"quiet","kind":"error"}"#,
        r#"{"type":"crash","kind":"late"}"#,
    ] {
        send(&ledger, &contract, event, 5);
    }
    let counted = stored(Some(before));
    assert_eq!((counted.events, counted.errors, counted.end.received_at()), (6, 2, Some(at(5))));
    assert_eq!(stored(Some(counted.end)).events, 0);
}
