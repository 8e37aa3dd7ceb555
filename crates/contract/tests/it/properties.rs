//! What holds for every contract and every event.

use askfirst_contract::{Contract, EventType, FieldType, Json, Keys, TextUnit, Timestamp};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::Value;

use crate::generated::{contract, event};

const NOW: Timestamp = Timestamp(1_750_000_000_000);

/// Whether a kept value holds nothing but what the contract declares at its path.
fn is_declared(event_type: &EventType, path: &str, value: &Value) -> bool {
    if let Some(field) = event_type.fields.iter().find(|field| field.path == path) {
        return match (&field.kind, value) {
            (FieldType::Counts { keys: Keys::Declared(names) }, Value::Object(counts)) => {
                counts.keys().all(|key| names.contains(key))
            }
            (FieldType::Counts { keys: Keys::Bounded { max_keys, max_key } }, Value::Object(counts)) => {
                counts.len() <= *max_keys as usize && counts.keys().all(|key| key.chars().count() <= *max_key as usize)
            }
            (FieldType::List { max, .. }, Value::Array(items)) => items.len() <= *max as usize,
            (FieldType::Json { .. }, value) => value.is_object(),
            (FieldType::Counts { .. } | FieldType::List { .. }, _) => false,
            (_, value) => !value.is_object() && !value.is_array(),
        };
    }
    let Value::Object(members) = value else { return false };
    let inside = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    members.iter().all(|(name, value)| is_declared(event_type, &inside(name), value))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_printed_form_is_the_same_contract(text in contract()) {
        let read = Contract::parse("generated.toml", &text).map_err(|problems| TestCaseError::fail(format!("{problems}\n{text}")))?;
        let printed = read.to_toml();
        let again = Contract::parse("printed.toml", &printed).map_err(|problems| TestCaseError::fail(format!("{problems}\n{printed}")))?;
        prop_assert_eq!(again.to_toml(), printed);
        prop_assert_eq!(again, read);
    }

    #[test]
    fn only_declared_fields_are_let_through(text in contract(), event in event()) {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        let event_type = &contract.events[0];
        match contract.check(event_type, &Json::parse(event.as_bytes()).unwrap(), NOW) {
            Ok(checked) => {
                let kept: Value = serde_json::from_str(&checked.fields).unwrap();
                prop_assert!(is_declared(event_type, "", &kept), "{}", checked.fields);
                let stored = Json::parse(checked.fields.as_bytes()).unwrap();
                prop_assert_eq!(event_type.dimension_values(&stored), &checked.dimensions[..]);
                // Where `...` is put behind less than there is place for, a second cut would cut elsewhere.
                prop_assume!(contract.app.text_unit == TextUnit::Character || !text.contains("cut = '...'"));
                // What was let through is let through again, unchanged.
                let again = contract.check(event_type, &Json::parse(checked.fields.as_bytes()).unwrap(), NOW).unwrap();
                prop_assert_eq!(again.fields, checked.fields);
                prop_assert!(again.discarded.is_empty());
            }
            Err(refusal) => prop_assert!(!refusal.violations.is_empty()),
        }
    }

    #[test]
    fn any_text_is_a_contract_or_is_refused(text in "[\\[\\]{}a-z=\"'.\n 0-9]{0,80}") {
        if let Err(problems) = Contract::parse("any.toml", &text) {
            prop_assert!(!problems.problems.is_empty());
        }
    }
}

#[test]
fn generated_events_pass_and_fail_often_enough_to_prove_something() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..2_000 {
        let (contract, event) = (contract(), event()).new_tree(&mut runner).unwrap().current();
        let contract = Contract::parse("generated.toml", &contract).unwrap();
        match contract.check(&contract.events[0], &Json::parse(event.as_bytes()).unwrap(), NOW) {
            Ok(checked) if checked.fields != "{}" => passed += 1,
            Ok(_) => {}
            Err(_) => refused += 1,
        }
    }
    assert!(passed > 40 && refused > 40, "{passed} passed with content, {refused} refused");
}
