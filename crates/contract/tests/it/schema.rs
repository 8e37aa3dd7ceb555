//! The schema says what the check does, as an independent reader of schemas sees it.

use askfirst_contract::{Contract, Json, Timestamp};
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::generated::contract;
use crate::generated_event::event_of;
use crate::shipped::{SHIPPED, parse};

const NOW: Timestamp = Timestamp(1_750_000_000_000);

fn validator(contract: &Contract) -> Validator {
    let schema: Value = serde_json::from_str(&contract.json_schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "{schema:#}");
    jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{error}: {schema:#}"))
}

fn passes(contract: &Contract, event: &Value) -> bool {
    contract.check_typed(&Json::parse(event.to_string().as_bytes()).unwrap(), NOW).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn schema_and_check_agree((text, events) in contract().prop_flat_map(|text| {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        (Just(text), prop::collection::vec(event_of(&contract), 8))
    })) {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        let validator = validator(&contract);
        for event in events {
            let refusal = contract.check_typed(&Json::parse(event.to_string().as_bytes()).unwrap(), NOW).err();
            let error = validator.iter_errors(&event).map(|error| error.to_string()).collect::<Vec<_>>();
            prop_assert_eq!(refusal.is_none(), error.is_empty(), "{:?} and {:?}\n{}\n{}", refusal, error, event, text);
        }
    }

    #[test]
    fn an_example_passes_the_check_and_the_schema(text in contract()) {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        let example = contract.example(&contract.events[0], NOW);
        let example = example.ok_or_else(|| TestCaseError::fail(format!("no example\n{text}")))?;
        let event: Value = serde_json::from_str(&example).unwrap();
        prop_assert!(passes(&contract, &event), "{}\n{}", event, text);
        prop_assert!(validator(&contract).is_valid(&event), "{}\n{}", event, text);
        let declared = contract.events[0].fields.len();
        let leaves = contract.events[0].fields.iter().filter(|field| event.pointer(&field.pointer).is_some()).count();
        prop_assert_eq!(leaves, declared, "every field is shown\n{}\n{}", event, text);
    }
}

#[test]
fn generated_events_of_a_contract_pass_and_fail_often_enough_to_prove_something() {
    let mut runner = TestRunner::deterministic();
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..2_000 {
        let text = contract().new_tree(&mut runner).unwrap().current();
        let contract = Contract::parse("generated.toml", &text).unwrap();
        let event = event_of(&contract).new_tree(&mut runner).unwrap().current();
        if passes(&contract, &event) { passed += 1 } else { refused += 1 }
    }
    assert!(passed > 500 && refused > 500, "{passed} passed, {refused} refused");
}

#[test]
fn the_examples_of_shipped_contracts_pass_the_check_and_the_schema() {
    for (file, text) in SHIPPED {
        let contract = parse(file, text);
        let validator = validator(&contract);
        for event_type in &contract.events {
            let example = contract.example(event_type, NOW).unwrap_or_else(|| panic!("{file}: {}", event_type.name));
            let event: Value = serde_json::from_str(&example).unwrap();
            assert!(passes(&contract, &event), "{file}: {event}");
            assert!(validator.is_valid(&event), "{file}: {:?}", validator.iter_errors(&event).collect::<Vec<_>>());
            let line = contract.example_line(event_type, NOW).unwrap();
            assert_eq!((serde_json::from_str::<Value>(&line).unwrap(), line.contains('\n')), (event, false));
        }
        assert!(!validator.is_valid(&json!({"type": "nobody declared this", "x": 1})), "{file}");
    }
}

#[test]
fn a_schema_says_in_comments_what_it_can_not_check() {
    let contract = parse("small.toml", crate::shipped::SMALL);
    let schema = contract.json_schema();
    insta::assert_snapshot!(schema);
}

#[test]
fn where_a_schema_can_not_say_it_it_lets_more_through() {
    let text = crate::shipped::SMALL.replace("[app]", "[app]\ntext_unit = \"utf-16\"").replace(
        "note = { type = \"text\", max = 12, cut = true,",
        "note = { type = \"text\", min = 3, max = 5, cut = true, pattern = \"[a-z😀]*\",",
    );
    let contract = parse("utf16.toml", &text);
    let validator = validator(&contract);
    let example: Value = serde_json::from_str(&contract.example(&contract.events[0], NOW).unwrap()).unwrap();
    for (note, is_accepted, is_valid) in [
        ("abc", true, true),
        ("ab", false, true),
        ("😀😀", true, true),
        ("😀😀😀", true, true),
        ("AB1", false, true),
        ("A1", false, false),
        ("abcdefg", true, true),
        ("a", false, false),
    ] {
        let mut event = example.clone();
        event["note"] = json!(note);
        assert_eq!((passes(&contract, &event), validator.is_valid(&event)), (is_accepted, is_valid), "{note}");
    }
}
