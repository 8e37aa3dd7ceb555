//! The check of single events: every rule, in order, and what is kept.

use askfirst_contract::{CheckedEvent, Contract, InstallId, Json, Refusal, Rule, Timestamp};

const CONTRACT: &str = r#"
[app]
id = "tool"
title = "Tool"
about = "A tool."

[policy]
undeclared = "discard"

[[event]]
type = "run"
about = "One run."
event_id = "id"
install_id = "install"
occurred_at = "at"

[event.fields]
id = { type = "text", min = 1, max = 8, why = "once" }
install = { type = "uuid", why = "installs" }
at = { type = "time", why = "days" }
"env.os" = { type = "enum", values = ["linux", "mac"], why = "systems" }
"env.runtime" = { type = "enum", values = ["interactive", "ci"], default = "interactive", role = "runtime", why = "people" }
"env.version" = { type = "version", optional = true, role = "app_version", why = "adoption" }
text = { type = "text", min = 2, max = 4, pattern = "[a-zé]*", optional = true, why = "x" }
cut = { type = "text", max = 3, cut = true, optional = true, why = "x" }
flag = { type = "bool", optional = true, why = "x" }
int = { type = "int", min = -1, max = 10, optional = true, why = "x" }
number = { type = "number", min = 0, max = 1, optional = true, why = "x" }
hex = { type = "hex", min = 2, max = 4, optional = true, why = "x" }
counts = { type = "counts", max_keys = 2, max_key = 3, optional = true, why = "x" }
bins = { type = "counts", keys = ["a", "b"], optional = true, why = "x" }
list = { type = "list", of = { type = "text", max = 3 }, max = 2, optional = true, why = "x" }
"#;

const NOW: Timestamp = Timestamp(1_750_000_000_000);
const VALID: &str =
    r#"{"id":"e1","install":"550E8400-e29b-41d4-a716-446655440000","at":"2025-06-15","env":{"os":"mac"}"#;

fn check_in(contract: &str, event: &str) -> Result<CheckedEvent, Refusal> {
    let contract = Contract::parse("test.toml", contract).unwrap();
    contract.check(&contract.events[0], &Json::parse(event.as_bytes()).unwrap(), NOW)
}

fn check(event: &str) -> Result<CheckedEvent, Refusal> {
    check_in(CONTRACT, event)
}

/// Checks the valid event with members added to it.
fn check_with(members: &str) -> Result<CheckedEvent, Refusal> {
    check(&format!("{VALID},{members}}}"))
}

#[test]
fn what_is_let_through_is_kept_in_declared_order() {
    let event = check_with(r#""list":["a","b"],"counts":{"x":1,"y":2.0},"int":3.0,"number":0.5,"cut":"héllo","x":1,"env":{"version":"1.2.3","os":"linux","home":"/h"}"#)
        .unwrap();
    assert_eq!(event.event_id, "e1");
    assert_eq!(event.install_id, Some(InstallId::Uuid(0x550e_8400_e29b_41d4_a716_4466_5544_0000_u128.to_be_bytes())));
    assert_eq!(event.occurred_at, Timestamp::parse("2025-06-15"));
    assert_eq!(event.dimension("app_version"), Some("1.2.3"));
    assert_eq!(event.dimension("runtime"), Some("interactive"));
    assert_eq!(event.discarded, [(String::new(), 1), ("/env".to_owned(), 1)]);
    assert_eq!(
        event.fields,
        r#"{"at":"2025-06-15","env":{"os":"linux","runtime":"interactive","version":"1.2.3"},"cut":"hél","int":3,"number":0.5,"counts":{"x":1,"y":2},"list":["a","b"]}"#
    );
}

#[test]
fn null_is_absent() {
    let event = check_with(r#""text":null,"env":{"os":"mac","runtime":null,"version":null}"#).unwrap();
    assert_eq!(event.fields, r#"{"at":"2025-06-15","env":{"os":"mac","runtime":"interactive"}}"#);
    assert!(event.discarded.is_empty());
}

#[test]
fn each_rule_names_its_field() {
    for (members, pointer, rule) in [
        (r#""id":null"#, "/id", Rule::Missing),
        (r#""id":"""#, "/id", Rule::Empty),
        (r#""id":5"#, "/id", Rule::Type),
        (r#""id":"123456789""#, "/id", Rule::TooLong),
        (r#""install":"""#, "/install", Rule::Empty),
        (r#""install":"550e8400e29b41d4a716446655440000""#, "/install", Rule::Format),
        (r#""install":"550e8400-e29b-41d4-a716-44665544000g""#, "/install", Rule::Format),
        (r#""at":"today""#, "/at", Rule::Format),
        (r#""at":"2025-06-17""#, "/at", Rule::Future),
        (r#""at":"2025-03-01""#, "/at", Rule::Past),
        (r#""env":null"#, "/env", Rule::Missing),
        (r#""env":[]"#, "/env", Rule::Type),
        (r#""env":{}"#, "/env/os", Rule::Missing),
        (r#""env":{"os":"beos"}"#, "/env/os", Rule::Enum),
        (r#""env":{"os":"mac","version":"1.2"}"#, "/env/version", Rule::Format),
        (r#""text":"a""#, "/text", Rule::TooShort),
        (r#""text":"ééééé""#, "/text", Rule::TooLong),
        (r#""text":"AB""#, "/text", Rule::Pattern),
        (r#""flag":0"#, "/flag", Rule::Type),
        (r#""int":1.5"#, "/int", Rule::Whole),
        (r#""int":1e999"#, "/int", Rule::Whole),
        (r#""int":-2"#, "/int", Rule::Range),
        (r#""int":"1""#, "/int", Rule::Type),
        (r#""number":1.01"#, "/number", Rule::Range),
        (r#""number":1e999"#, "/number", Rule::Range),
        (r#""hex":"a""#, "/hex", Rule::Format),
        (r#""hex":"xyz""#, "/hex", Rule::Format),
        (r#""counts":[]"#, "/counts", Rule::Type),
        (r#""counts":{"a":1,"b":1,"c":1}"#, "/counts", Rule::TooManyKeys),
        (r#""counts":{"abcd":1}"#, "/counts", Rule::KeyTooLong),
        (r#""counts":{"a":-1}"#, "/counts", Rule::Range),
        (r#""counts":{"a":1.5}"#, "/counts", Rule::Whole),
        (r#""counts":{"a":null}"#, "/counts", Rule::Type),
        (r#""list":{}"#, "/list", Rule::Type),
        (r#""list":["a","b","c"]"#, "/list", Rule::TooManyItems),
        (r#""list":["abcd"]"#, "/list", Rule::Item),
    ] {
        let refusal = check_with(members).unwrap_err();
        let found: Vec<_> = refusal.violations.iter().map(|v| (v.pointer.as_str(), v.rule)).collect();
        assert_eq!(found, [(pointer, rule)], "{members}");
    }
}

#[test]
fn all_violations_are_told_in_declared_order_without_values() {
    let refusal = check(r#"{"list":5,"at":"secret","id":"","env":7,"int":99}"#).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "/id (empty), /install (missing), /at (format), /env (type), /int (range), /list (type)"
    );
}

#[test]
fn an_event_that_is_no_object_breaks_the_rule_of_the_whole() {
    for event in ["[]", "5", "\"x\"", "true"] {
        assert_eq!(check(event).unwrap_err().to_string(), " (type)", "{event}");
    }
    assert_eq!(check("null").unwrap_err().to_string(), " (missing)");
}

#[test]
fn of_equal_keys_the_last_counts_and_the_first_does_no_harm() {
    let event = check_with(r#""int":"x","int":1,"counts":{"a":"x","a":2},"env":5,"env":{"os":"mac"}"#).unwrap();
    assert_eq!(
        event.fields,
        r#"{"at":"2025-06-15","env":{"os":"mac","runtime":"interactive"},"int":1,"counts":{"a":2}}"#
    );
}

#[test]
fn undeclared_keys_of_counts_are_undeclared_fields() {
    let event = check_with(r#""bins":{"a":1,"z":2,"b":3}"#).unwrap();
    assert!(event.fields.ends_with(r#""bins":{"a":1,"b":3}}"#), "{}", event.fields);
    assert_eq!(event.discarded, [("/bins".to_owned(), 1)]);
}

#[test]
fn a_contract_that_rejects_names_what_nobody_declared() {
    let contract = CONTRACT.replace("discard", "reject");
    let refusal =
        check_in(&contract, &format!(r#"{VALID},"cwd":"/home/x","env":{{"os":"mac","a/b":1}},"bins":{{"z":1}}}}"#));
    assert_eq!(refusal.unwrap_err().to_string(), "/bins (undeclared), /cwd (undeclared), /env/a~1b (undeclared)");
}

#[test]
fn the_violations_of_a_hostile_event_are_bounded() {
    let contract = CONTRACT.replace("discard", "reject");
    let members: Vec<_> = (0..10_000).map(|n| format!("\"{n}{}\":1", "k".repeat(1_000))).collect();
    let refusal = check_in(&contract, &format!("{{{}}}", members.join(","))).unwrap_err();
    assert_eq!(refusal.violations.len(), 100);
    assert!(refusal.violations.iter().all(|violation| violation.pointer.len() < 100));
}

#[test]
fn a_refusal_knows_the_version_only_where_that_is_valid() {
    let version = |members| check_with(members).unwrap_err().app_version;
    assert_eq!(version(r#""int":99,"env":{"os":"mac","version":"1.2.3"}"#).as_deref(), Some("1.2.3"));
    assert_eq!(version(r#""int":99,"env":{"os":"mac","version":"x"}"#), None);
}

#[test]
fn an_event_without_an_id_is_named_by_its_content() {
    let contract = CONTRACT.replace("event_id = \"id\"\n", "");
    let id = |members: &str| check_in(&contract, &format!("{VALID},{members}}}")).unwrap().event_id;
    assert_eq!(id(r#""int":1"#).len(), 32);
    assert_eq!(id(r#""int":1"#), id(r#""int":1.0,"undeclared":5"#));
    assert_ne!(id(r#""int":1"#), id(r#""int":2"#));
    assert_ne!(id(r#""int":1"#), id(r#""int":1,"install":"550E8400-e29b-41d4-a716-446655440001""#));
}

#[test]
fn an_event_has_one_value_in_a_dimension() {
    let runtime = r#"runtime = { type = "enum", values = ["old"], why = "x" }"#;
    let contract = CONTRACT.replace("\n\"env.os\"", &format!("\n{runtime}\n\"env.os\""));
    let event = check_in(&contract, &format!(r#"{VALID},"runtime":"old"}}"#)).unwrap();
    let runtimes = event.dimensions.iter().filter(|known| &*known.dimension == "runtime");
    assert_eq!(runtimes.map(|known| &*known.value).collect::<Vec<_>>(), ["interactive"], "that of the role");
}

#[test]
fn what_is_counted_by_is_what_is_kept() {
    for (cut, kept) in [("true", "hél"), ("\"...\"", "hé...")] {
        let contract = CONTRACT.replace("cut = true,", &format!("cut = {cut}, role = \"platform\","));
        let event = check_in(&contract, &format!(r#"{VALID},"cut":"héllo"}}"#)).unwrap();
        assert_eq!(event.dimension("platform"), Some(kept), "{cut}");
    }
    let contract = CONTRACT.replace("default = \"interactive\",", "default = \"interactive\", lenient = true,");
    let event = check_in(&contract, &format!(r#"{VALID},"env":{{"os":"mac","runtime":"x"}}}}"#)).unwrap();
    assert_eq!(event.dimension("runtime"), Some("interactive"));
}
