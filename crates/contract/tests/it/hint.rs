//! Hints: what would be right, and never what was sent.

use askfirst_contract::{Contract, Json, Rule, Timestamp, Violation};
use proptest::prelude::*;

use crate::generated::contract;
use crate::generated_event::event_of;
use crate::shipped::{SMALL, parse};

const NOW: Timestamp = Timestamp(1_750_000_000_000);

/// The hints for an event of the small contract, with the places they go on from.
fn hints(contract: &Contract, event: &str) -> Vec<String> {
    let event = Json::parse(event.as_bytes()).unwrap();
    let refusal = contract.check_typed(&event, NOW).unwrap_err();
    let event_type = event.get("type").and_then(Json::as_text);
    let hint = |violation: &Violation| format!("{} {}", violation.pointer, contract.hint(event_type, violation));
    refusal.violations.iter().map(hint).collect()
}

#[test]
fn each_violation_is_told_what_would_be_right() {
    let contract = parse("small.toml", SMALL);
    let event = r#"{"type":"run","install":"x","at":"2035-01-01","env":{"os":"beos","vers":"1.0.0"},"id":"xyz",
        "command":"","note":5,"ok":"yes","files":1001,"used":{"features":{"secret":1},"plugins":{"a":-1}},
        "languages":["a",5],"osx":1,"version":"1.0.0","zzzzzzzz":1}"#;
    let hints = hints(&contract, event).join("\n");
    insta::assert_snapshot!(hints);
}

#[test]
fn sizes_times_and_objects_are_told_too() {
    let contract = parse("small.toml", SMALL);
    let many: Vec<_> = (0..21).map(|n| format!("\"{n}\":1")).collect();
    let long = "k".repeat(41);
    let valid = r#""type":"run","install":"3f0c8a52-6d1e-4b7a-9c44-0e5b7f2a9d10","id":"12345678","command":"go""#;
    let rest = r#""at":"2025-06-15","env":{"os":"linux","version":"1.0.0"}"#;
    for (event, hint) in [
        (
            format!("{{{valid},{rest},\"used\":{{\"plugins\":{{{}}}}}}}", many.join(",")),
            "/used/plugins must have at most 20 names",
        ),
        (
            format!("{{{valid},{rest},\"used\":{{\"plugins\":{{\"{long}\":1}}}}}}"),
            "/used/plugins must have names of at most 40 characters",
        ),
        (format!("{{{valid},{rest},\"languages\":{:?}}}", vec!["x"; 11]), "/languages must have at most 10 items"),
        (
            format!("{{{valid},\"at\":\"2020-01-01\",\"env\":{{\"os\":\"linux\",\"version\":\"1.0.0\"}}}}"),
            "/at must not be more than 90 days ago",
        ),
        (format!("{{{valid},\"at\":\"2025-06-15\",\"env\":5}}"), "/env must be an object"),
        (format!("{{{valid},\"at\":\"2025-06-15\"}}"), "/env is required, an object"),
        ("[]".to_owned(), " must be an object"),
    ] {
        assert_eq!(hints(&contract, &event), [hint], "{event}");
    }
}

#[test]
fn the_type_of_an_event_is_told_by_the_declared_ones() {
    let contract = parse("small.toml", &SMALL.replace("undeclared_events = \"envelope\"\n", ""));
    for (event, hint) in [
        (r#"{"type":"runs"}"#, "/type is not a declared event; did you mean \"run\"?"),
        (r#"{"type":"something else"}"#, "/type is not a declared event; it must be one of: run, started"),
        (r#"{"type":5}"#, "/type must be one of: run, started"),
        (r#"{"type":""}"#, "/type must be one of: run, started"),
        ("{}", "/type is required, one of: run, started"),
    ] {
        assert_eq!(hints(&contract, event), [hint], "{event}");
    }
    let contract = parse("small.toml", SMALL);
    assert_eq!(hints(&contract, r#"{"type":"no name"}"#), ["/type must be 1 to 64 of A-Z, a-z, 0-9 and _.:-"]);
    let of_other = hints(&contract, r#"{"type":"other"}"#);
    assert_eq!(of_other[0], "/install is required, a random number (UUID)", "the envelope's fields are known");
}

#[test]
fn without_the_type_a_hint_says_what_the_rule_says() {
    let contract = parse("small.toml", SMALL);
    let hint = |pointer: &str, rule| contract.hint(None, &Violation { pointer: pointer.to_owned(), rule });
    assert_eq!(hint("/ok", Rule::Type), "must be of another JSON type", "there are two event types");
    let only = parse("voicemode.toml", crate::shipped::SHIPPED[3].1);
    let violation = Violation { pointer: "/usage/total_sessions".to_owned(), rule: Rule::Range };
    assert_eq!(only.hint(None, &violation), "must be a whole number from 0 to 10000000");
}

proptest! {
    #[test]
    fn no_hint_holds_what_was_sent((text, event) in contract().prop_flat_map(|text| {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        (Just(text), event_of(&contract))
    }), secret in "[A-Z]{12}") {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        // Every text that is sent, but for the type, is the secret.
        let mut event = event;
        hide(&mut event, &secret);
        let sent = event.to_string();
        let json = Json::parse(sent.as_bytes()).unwrap();
        if let Err(refusal) = contract.check_typed(&json, NOW) {
            for violation in &refusal.violations {
                let hint = contract.hint(json.get("type").and_then(Json::as_text), violation);
                prop_assert!(!hint.is_empty() && !hint.contains(&secret), "{} in {}", hint, sent);
            }
        }
    }
}

fn hide(value: &mut serde_json::Value, secret: &str) {
    match value {
        serde_json::Value::String(text) => secret.clone_into(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| hide(item, secret)),
        serde_json::Value::Object(members) => {
            members.iter_mut().filter(|(name, _)| *name != "type").for_each(|(_, value)| hide(value, secret));
        }
        _ => {}
    }
}
