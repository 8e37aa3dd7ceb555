//! Answers beside their description in `docs/openapi.json`, which is what the server serves.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::harness::Answer;

/// The description.
pub(crate) fn described() -> &'static Value {
    static DESCRIPTION: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(include_str!("../../../../../docs/openapi.json")).unwrap());
    &DESCRIPTION
}

/// Checks the body of a native answer: one of those that are described, and nothing beside what is.
#[track_caller]
pub(crate) fn assert_described(answer: &Answer) {
    static VERDICTS: LazyLock<Validator> = LazyLock::new(|| validator("Verdicts"));
    static PROBLEM: LazyLock<Validator> = LazyLock::new(|| validator("Problem"));
    static CONTRACT: LazyLock<Validator> = LazyLock::new(|| validator("Contract"));
    if answer.body.is_empty() {
        return;
    }
    let body = answer.json();
    let validator = match answer.header("content-type") {
        Some("application/problem+json") => &PROBLEM,
        Some("application/json") if body.get("hash").is_some() => &CONTRACT,
        Some("application/json") => &VERDICTS,
        other => panic!("no native answer is {other:?}: {answer:?}"),
    };
    assert_valid(validator, &body);
}

/// Checks what a live stream tells: what is described, and nothing beside it.
#[track_caller]
pub(crate) fn assert_happening(happening: &Value) {
    static HAPPENING: LazyLock<Validator> = LazyLock::new(|| validator("Happening"));
    assert_valid(&HAPPENING, happening);
}

#[track_caller]
fn assert_valid(validator: &Validator, body: &Value) {
    let faults: Vec<String> = validator.iter_errors(body).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{faults:?} in {body}");
}

/// Validates against a schema of the description, and nothing beside what it has.
pub(crate) fn validator(schema: &str) -> Validator {
    let mut components = described()["components"].clone();
    for schema in components["schemas"].as_object_mut().unwrap().values_mut() {
        close(schema);
    }
    let root = json!({ "$ref": format!("#/components/schemas/{schema}"), "components": components });
    jsonschema::validator_for(&root).unwrap()
}

/// Lets nothing be there that is not described, but where the description says that anything may.
fn close(schema: &mut Value) {
    let Some(members) = schema.as_object_mut() else { return };
    if members.contains_key("properties") && !members.contains_key("additionalProperties") {
        members.insert("additionalProperties".to_owned(), false.into());
    }
    let properties = members.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flat_map(|all| all.values_mut()).for_each(close);
    if let Some(items) = members.get_mut("items") {
        close(items);
    }
}

#[test]
fn an_answer_with_more_or_less_than_is_described_is_noticed() {
    let answer = |body: Value| Answer {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
    };
    let violation = json!({ "pointer": "/id", "rule": "missing", "hint": "is required" });
    assert_described(&answer(json!({ "verdicts": [{ "outcome": "refused", "violations": [violation] }] })));
    for body in [
        json!({ "verdicts": [{ "outcome": "lost" }] }),
        json!({ "verdicts": [{ "outcome": "limited", "limit": "install" }] }),
        json!({ "verdicts": [{ "outcome": "accepted", "event": {} }] }),
        json!({ "verdicts": [], "more": 1 }),
        json!({ "verdicts": [{ "outcome": "refused", "violations": [{ "pointer": "", "rule": "odd", "hint": "" }] }] }),
    ] {
        let noticed = std::panic::catch_unwind(|| assert_described(&answer(body.clone())));
        assert!(noticed.is_err(), "{body}");
    }
}
