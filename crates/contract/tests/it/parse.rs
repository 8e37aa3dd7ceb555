//! Parsing: what is accepted, and what people are told about the rest.

use std::fmt::Write as _;

use askfirst_contract::{Contract, Dimension, Json, Public, Role, Rule, Timestamp};

const VOICEMODE: &str = include_str!("../../../../contracts/voicemode.toml");

const SMALL: &str = r#"[app]
id = "tool"
title = "Tool"
about = "A tool."

[[event]]
type = "run"
about = "One run."

[event.fields]
version = { type = "version", role = "app_version", why = "adoption" }
"#;

fn problems(text: &str) -> String {
    Contract::parse("tool.toml", text).unwrap_err().to_string()
}

#[test]
fn the_printed_form_of_a_shipped_contract_is_the_same_contract() {
    let contract = Contract::parse("voicemode.toml", VOICEMODE).unwrap();
    let printed = contract.to_toml();
    let again = Contract::parse("printed.toml", &printed).unwrap();
    assert_eq!(again, contract);
    assert_eq!(again.hash(), contract.hash());
    insta::assert_snapshot!(printed);
}

#[test]
fn comments_and_layout_do_not_change_the_version() {
    let contract = Contract::parse("a.toml", SMALL).unwrap();
    let other = Contract::parse("b.toml", &SMALL.replace("[app]", "# hello\n\n[app]").replace(" = ", "  =  ")).unwrap();
    assert_eq!(contract.hash(), other.hash());
    let changed = Contract::parse("c.toml", &SMALL.replace("adoption", "other")).unwrap();
    assert_ne!(contract.hash(), changed.hash());
}

#[test]
fn every_problem_is_told_at_once_with_its_line() {
    let text = r#"
[app]
id = "My Tool"
titel = "Tool"
about = ""

[policy]
retension = "90d"
undeclared = "ignore"
limits = { install = "10 per hour", adress = "5/h" }
max_body = "64"
max_batch = 5000
clock = { future = 1 }

[[event]]
type = "run now"
event_id = "id"
install_id = "os"

[event.fields]
os = { type = "enum", values = ["mac", "mac"], optional = true, why = "systems" }
n = { type = "int", min = 5, max = 1 }
t = { type = "text", why = "t" }
p = { type = "text", max = 5, pattern = "(", why = "p" }
x = { type = "txt", why = "x" }
l = { type = "list", of = { type = "list" }, max = 5, why = "l" }
d = { type = "int", max = 5, default = 6, why = "d" }
r = { type = "text", max = 5, role = "runtime", why = "r" }
"a..b" = { type = "bool", why = "dots" }
c = { type = "counts", max_keys = 5, why = "c" }
both = { type = "bool", optional = true, default = true, why = "b" }
extra = { type = "bool", maximum = 4, why = "e" }

[evnt]
"#;
    insta::assert_snapshot!(problems(text));
}

#[test]
fn more_problems_of_whole_events() {
    for (change, told) in [
        (("version =", "\"version.major\" = { type = \"int\", why = \"x\" }\nversion ="), "inside another field"),
        (
            (
                "[[event]]",
                "[[event]]\ntype = \"run\"\nabout = \"x\"\n[event.fields]\na = { type = \"bool\", why = \"x\" }\n\n[[event]]",
            ),
            "declared twice",
        ),
        (("role = \"app_version\"", "role = \"runtime\""), "interactive, ci, container, agent"),
        (("type = \"version\"", "type = \"bool\""), "needs a field that is a text"),
        (("[[event]]\ntype", "[event]\ntype"), "a list of tables, each under [[event]]"),
        (
            (
                "version =",
                "names = { type = \"list\", of = { type = \"bool\", mx = 1 }, max = 2, why = \"x\" }\nversion =",
            ),
            "unknown key `mx` in [event.fields.names.of]",
        ),
        (("id = \"tool\"", "id = 5"), "`id` must be a text, not an integer"),
        (("id = \"tool\"", "id = \"tool"), "tool.toml:2: "),
    ] {
        let (from, to) = change;
        let told_now = problems(&SMALL.replacen(from, to, 1));
        assert!(told_now.contains(told), "{from} -> {to}: {told_now}");
    }
}

#[test]
fn an_id_may_be_neither_optional_nor_cut() {
    let event = "occurred_at = \"at\"\nevent_id = \"id\"\n\n[event.fields]\nat = { type = \"time\", optional = true, why = \"x\" }\nid = { type = \"text\", max = 5, cut = true, why = \"x\" }";
    let told = problems(&SMALL.replace("\n[event.fields]", event));
    assert!(told.contains("may not be optional") && told.contains("may not be cut"), "{told}");
}

#[test]
fn the_reference_shows_a_contract_and_an_event_that_are_right() {
    let reference = include_str!("../../../../docs/contracts.md");
    let block = |language: &str| {
        let (_, rest) = reference.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    };
    let contract = Contract::parse("contracts.md", block("toml")).unwrap();
    let now = Timestamp::parse("2026-02-13").unwrap();
    let event = Json::parse(block("json").as_bytes()).unwrap();
    assert!(contract.check_typed(&event, now).unwrap().discarded.is_empty());
}

#[test]
fn the_reference_names_every_type_rule_and_role() {
    let reference = include_str!("../../../../docs/contracts.md");
    let types = ["text", "enum", "bool", "int", "number", "time", "uuid", "version", "hex", "counts", "list", "json"];
    let names = Rule::ALL.map(Rule::name).into_iter().chain(Role::ALL.map(Role::name)).chain(types);
    for name in names {
        assert!(reference.contains(&format!("`{name}`")), "{name}");
    }
}

#[test]
fn what_the_check_could_never_meet_is_no_bound() {
    for (field, told) in [
        ("version = { type = \"hex\", max = 257, why = \"x\" }", "at most 256 digits"),
        ("version = { type = \"uuid\", none = \"\", why = \"x\" }", "not empty"),
    ] {
        let (start, _) = SMALL.split_once("version =").unwrap();
        let told_now = problems(&format!("{start}{field}\n"));
        assert!(told_now.contains(told), "{told_now}");
    }
}

/// The small contract with an install, and what is published of it.
fn published(fields: &str, public: &str) -> String {
    let install = "install_id = \"install\"\n\n[event.fields]\ninstall = { type = \"uuid\", why = \"installs\" }\n";
    format!("{}{fields}\n[public]\n{public}\n", SMALL.replace("\n[event.fields]\n", install))
}

#[test]
fn nothing_is_published_that_is_not_declared() {
    let contract = |text: &str| Contract::parse("tool.toml", text).unwrap();
    assert_eq!(contract(SMALL).public, None);
    assert_eq!(contract(&published("", "")).public, Some(Public { by: Vec::new() }));
    let by = contract(&published("on = { type = \"bool\", why = \"x\" }", "by = [\"on\", \"app_version\"]"));
    let expected = vec![Dimension::Field("on".to_owned()), Dimension::Role(Role::AppVersion)];
    assert_eq!(by.public, Some(Public { by: expected }));
    assert_eq!(by.to_json()["public"], serde_json::json!({ "by": ["on", "app_version"] }));
    assert_eq!(contract(SMALL).to_json()["public"], serde_json::Value::Null);
}

#[test]
fn what_can_not_be_published_is_refused_with_what_would_be_right() {
    let fields = "mode = { type = \"enum\", values = [\"a\"], role = \"platform\", why = \"x\" }\n\
                  note = { type = \"text\", max = 9, why = \"x\" }\n";
    let elsewhere =
        "\n[[event]]\ntype = \"stop\"\nabout = \"x\"\n[event.fields]\nend = { type = \"bool\", why = \"x\" }\n";
    let mut told = String::new();
    for public in [
        "by = [\"mood\"]",
        "by = [\"note\"]",
        "by = [\"zebra\"]",
        "by = [\"session_id\"]",
        "by = [\"runtime\"]",
        "by = [\"platform\", \"app_version\", \"platform\"]",
        "by = [\"mode\", \"platform\"]",
        "by = [\"end\"]",
        "by = \"mode\"",
        "active = true",
    ] {
        let told_now = problems(&published(&format!("{fields}{elsewhere}"), public));
        writeln!(told, "{public}\n  {told_now}").unwrap();
    }
    let no_installs = format!("{SMALL}\n[public]\nby = [\"app_version\"]\n");
    writeln!(told, "no installs\n  {}", problems(&no_installs)).unwrap();
    let short = published("", "").replace("[[event]]", "[policy]\nretention = \"13d\"\n\n[[event]]");
    writeln!(told, "a short retention\n  {}", problems(&short)).unwrap();
    insta::assert_snapshot!(told);
}

#[test]
fn a_contract_that_can_not_be_read_says_nothing_untrue_of_what_is_published() {
    let told = problems(&published("on = { type = \"bol\", why = \"x\" }", "by = [\"on\"]"));
    assert!(told.contains("there is no type `bol`") && !told.contains("by"), "{told}");
}
