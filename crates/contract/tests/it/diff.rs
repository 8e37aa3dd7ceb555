//! What changes, told in words: every kind of change, in both directions.

use std::fmt::Write as _;

use askfirst_contract::{Change, ChangeKind, Contract};
use proptest::prelude::*;

use crate::generated::contract;
use crate::shipped::{SHIPPED, SMALL, parse};

fn changes(old: &str, new: &str) -> Vec<Change> {
    Contract::diff(&parse("old.toml", old), &parse("new.toml", new))
}

/// The small contract with an edit, in which both sides must be found or made.
fn edited(from: &str, to: &str) -> String {
    assert_eq!(SMALL.matches(from).count(), 1, "{from}");
    SMALL.replace(from, to)
}

/// Tells each edit forwards and backwards.
fn told(edits: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (from, to) in edits {
        let new = edited(from, to);
        let directions = [("->", changes(SMALL, &new)), ("<-", changes(&new, SMALL))];
        writeln!(out, "{from}\n=> {to}").unwrap();
        for (arrow, changes) in directions {
            assert!(!changes.is_empty(), "{from} {arrow} {to}");
            for Change { kind, place, sentence } in changes {
                writeln!(out, "  {arrow} [{}] {place}: {sentence}", kind.name()).unwrap();
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn what_changes_in_app_and_policy() {
    let told = told(&[
        ("id = \"tool\"", "id = \"tool2\""),
        ("title = \"Tool & Co\"", "title = \"Tool\""),
        ("about = \"A tool that <does> things.\"", "about = \"A tool.\""),
        ("[app]", "[app]\nwire = \"elsewhere\""),
        ("[app]", "[app]\ntext_unit = \"utf-16\""),
        ("retention = \"30d\"", "retention = \"90d\""),
        ("undeclared_events = \"envelope\"", "undeclared_events = \"reject\""),
        ("[policy]", "[policy]\nundeclared = \"discard\""),
        ("[policy]", "[policy]\nmax_body = \"128 KiB\""),
        ("[policy]", "[policy]\nmax_batch = 1"),
        ("[policy]", "[policy]\nclock = { future = \"1h\", past = \"7d\" }"),
        ("[policy]", "[policy]\nallowed_origins = [\"https://example.com\", \"http://localhost:1\"]"),
        ("[policy]", "[policy]\nallowed_origins = [\"*\"]"),
        ("install = \"10/h\"", "install = \"20/d\""),
        ("install = \"10/h\"", "install = \"off\""),
        ("address = \"100/h\"", "address = \"off\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn what_changes_in_what_is_published() {
    let mut told = told(&[
        ("[envelope]\n", "[public]\n\n[envelope]\n"),
        ("[envelope]\n", "[public]\nby = [\"platform\", \"ok\"]\n\n[envelope]\n"),
    ]);
    let public = |by: &str| edited("[envelope]\n", &format!("[public]\nby = {by}\n\n[envelope]\n"));
    for (old, new) in [
        ("[\"platform\"]", "[\"platform\", \"app_version\", \"ok\"]"),
        ("[\"platform\", \"ok\"]", "[\"app_version\"]"),
        ("[\"platform\", \"ok\"]", "[\"ok\", \"platform\"]"),
    ] {
        writeln!(told, "{old}\n=> {new}").unwrap();
        for change in changes(&public(old), &public(new)) {
            writeln!(told, "  [{}] {}: {}", change.kind.name(), change.place, change.sentence).unwrap();
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn another_field_under_a_published_name_is_published_newly() {
    let public = edited("[envelope]\n", "[public]\nby = [\"platform\"]\n\n[envelope]\n");
    let role = ", role = \"platform\"";
    let moved = public.replace(role, "").replace(
        "ok = {",
        &format!("shell = {{ type = \"enum\", values = [\"bash\", \"zsh\"]{role}, why = \"which shells\" }}\nok = {{"),
    );
    let told = changes(&public, &moved);
    let published: Vec<_> = told.iter().filter(|change| change.place == "public").collect();
    assert_eq!(published.len(), 1, "{told:?}");
    assert_eq!(published[0].kind, ChangeKind::Publishes);
    assert_eq!(published[0].sentence, "What is published by platform is now told by `shell`.");
}

#[test]
fn what_changes_in_events() {
    const STARTED: &str = "\n[[event]]\ntype = \"started\"\nabout = \"The tool was started.\"\n";
    let told = told(&[
        (STARTED, ""),
        (STARTED, &format!("{STARTED}\n[event.fields]\nlate = {{ type = \"bool\", why = \"whether late\" }}\n")),
        ("about = \"The tool was started.\"", "about = \"It began.\""),
        ("event_id = \"id\"\n", ""),
        ("install_id = \"install\"\n", ""),
        ("occurred_at = \"at\"\n", ""),
        ("[envelope.fields]", "[envelope.fields]\nnew = { type = \"bool\", why = \"whether new\" }"),
        ("why = \"which day it was\"", "why = \"when it was\""),
        (
            "\"env.os\" = { type = \"enum\", values = [\"linux\", \"macos\", \"windows\"]",
            "\"env.os\" = { type = \"enum\", values = [\"linux\", \"beos\"]",
        ),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_field_that_moves_into_the_envelope_is_the_same_field() {
    let ok = "ok = { type = \"bool\", default = true, why = \"whether it worked\" }\n";
    let without = edited(ok, "");
    let moved = without.replace("[envelope.fields]\n", &format!("[envelope.fields]\n{ok}"));
    // Of events that nobody declared and of `started` it is collected newly.
    let places: Vec<_> = changes(SMALL, &moved).into_iter().map(|change| change.place).collect();
    assert_eq!(places, ["event started, field ok", "envelope, field ok"]);
    let rejecting = |text: &str| text.replace("undeclared_events = \"envelope\"\n", "");
    let everywhere = |text: &str| format!("{}\n[event.fields]\n{ok}", rejecting(text));
    let changes = changes(&everywhere(SMALL), &rejecting(&moved));
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!((changes[0].kind, changes[0].place.as_str()), (ChangeKind::Other, "app"));
}

#[test]
fn what_changes_in_fields() {
    let told = told(&[
        ("ok = {", "okay = {"),
        ("why = \"whether it worked\"", "why = \"did it work\""),
        ("default = true", "default = false"),
        ("default = true", "optional = true"),
        ("ok = { type = \"bool\", default = true,", "ok = { type = \"bool\","),
        (
            "note = { type = \"text\", max = 12, cut = true, optional = true,",
            "note = { type = \"text\", max = 12, cut = true,",
        ),
        ("lenient = true, ", ""),
        ("role = \"platform\", ", ""),
        ("role = \"app_version\"", "role = \"error\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn what_changes_in_what_a_field_may_hold() {
    let told = told(&[
        ("min = 1, max = 32, pattern = \"[a-z-]+\"", "min = 1, max = 64, pattern = \"[a-z-]+\""),
        ("min = 1, max = 32, pattern = \"[a-z-]+\"", "max = 32, pattern = \"[a-z-]+\""),
        ("pattern = \"[a-z-]+\"", "pattern = \"[a-z]+\""),
        (", pattern = \"[a-z-]+\"", ""),
        ("cut = true", "cut = \"...\""),
        ("cut = true, ", ""),
        ("\"macos\", ", "\"beos\", \"haiku\", "),
        ("values = [\"linux\", \"macos\", \"windows\"]", "values = [\"linux\", \"macos\", \"windows\", \"beos\"]"),
        ("min = 0, max = 1_000", "min = 1, max = 2_000"),
        ("min = 0, max = 1_000", "min = 0"),
        ("type = \"number\", min = 0", "type = \"number\", min = -0.5, max = 10"),
        ("min = 8, max = 32, why", "min = 16, max = 16, why"),
        ("keys = [\"search\", \"replace\"]", "keys = [\"search\", \"open\"]"),
        ("keys = [\"search\", \"replace\"]", "max_keys = 10, max_key = 10"),
        ("max_keys = 20, max_key = 40", "max_keys = 10, max_key = 50"),
        ("of = { type = \"text\", max = 20 }, max = 10", "of = { type = \"text\", max = 25 }, max = 5"),
        ("of = { type = \"text\", max = 20 }, max = 10", "of = { type = \"bool\" }, max = 10"),
        ("install = { type = \"uuid\",", "install = { type = \"uuid\", none = \"unknown\","),
        ("install = { type = \"uuid\",", "install = { type = \"text\", max = 40,"),
        ("type = \"int\", min = 0, max = 1_000", "type = \"number\", min = 0, max = 1_000"),
        ("type = \"enum\", values = [\"linux\", \"macos\", \"windows\"]", "type = \"text\", max = 5"),
        ("type = \"bool\", default = true", "type = \"int\""),
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn shipped_contracts_do_not_differ_from_themselves_and_all_from_each_other() {
    for (file, text) in SHIPPED {
        for (other, text_of_other) in SHIPPED {
            assert_eq!(changes(text, text_of_other).is_empty(), file == other, "{file} and {other}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn contracts_differ_in_words_where_they_differ_in_version(old in contract(), new in contract()) {
        let (old, new) = (parse("old.toml", &old), parse("new.toml", &new));
        let changes = Contract::diff(&old, &new);
        prop_assert_eq!(changes.is_empty(), old.hash() == new.hash());
        for change in changes {
            prop_assert!(change.sentence.ends_with('.'), "{:?}", change);
        }
        prop_assert!(Contract::diff(&new, &new).is_empty());
    }
}
