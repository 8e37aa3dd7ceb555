//! `askfirst contract`: new, check, diff, schema, page, try.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Home, Run, at, now};

/// Runs `contract ...` with a standard input, which is no terminal.
fn contract(home: &Home, arguments: &[&str], input: &str) -> Run {
    let mut command = home.askfirst(&[&["contract"], arguments].concat());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[track_caller]
fn done(run: Run) -> String {
    assert_eq!(run.code, Some(0), "{run:?}");
    run.stdout
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// A directory with the contract `tool.toml`.
fn with_tool() -> Home {
    let home = Home::new();
    let flags = ["new", "tool", "--title", "Tool", "--about", "A tool.", "--out", "tool.toml"];
    let fields = ["--field", "target=text=what was built", "--field", "files?=int:0..100=how much that is"];
    done(contract(&home, &[&flags[..], &fields[..]].concat(), ""));
    home
}

/// An event of `tool.toml` that is right now, with more members.
fn event(more: &Value) -> Value {
    let mut event = json!({
        "type": "run",
        "event_id": "3f0c8a52-6d1e-4b7a-9c44-0e5b7f2a9d10",
        "install_id": "b7e6f1d0-2c93-4a58-8f07-91d4c3a6e522",
        "occurred_at": at(now()),
        "app_version": "1.0.0",
        "os": "linux",
        "runtime": "ci",
        "target": "all",
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

#[test]
fn help_has_examples() {
    let home = Home::new();
    for verb in ["", "new", "check", "diff", "schema", "page", "try"] {
        let arguments: Vec<_> = [verb, "--help"].into_iter().filter(|argument| !argument.is_empty()).collect();
        let help = done(contract(&home, &arguments, ""));
        assert!(help.contains("Examples:") && help.contains(&format!("askfirst contract {verb}")), "{help}");
    }
}

#[test]
fn a_new_contract_is_right_and_says_what_is_next() {
    let home = Home::new();
    let run = contract(&home, &["new", "mytool", "--event", "build", "--field", "seconds?=number:0.."], "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{run:?}");
    for next in ["contracts/mytool.toml", "contract check", "contract page", "askfirst serve", "curl http", "seconds"] {
        assert!(run.stderr.contains(next), "{next}: {}", run.stderr);
    }
    let checked = done(contract(&home, &["check", "contracts/mytool.toml"], ""));
    assert!(checked.starts_with("contracts/mytool.toml: mytool, 1 event, 7 fields, "), "{checked}");
    // What is shown to be sent is accepted.
    let (_, sent) = run.stderr.split_once("-d '").unwrap();
    let (sent, _) = sent.split_once('\'').unwrap();
    assert_eq!(json_of(sent)["type"], "build");
    let tried = done(contract(&home, &["try", "contracts/mytool.toml"], sent));
    assert_eq!(json_of(&tried), json!({"verdicts": [{"outcome": "accepted"}]}));
}

#[test]
fn a_contract_that_is_there_is_overwritten_by_force_only() {
    let home = with_tool();
    let before = std::fs::read_to_string(home.path("tool.toml")).unwrap();
    let again = ["new", "other", "--out", "tool.toml"];
    let run = contract(&home, &again, "");
    run.assert_refused("there", &["tool.toml", "--force"]);
    assert_eq!(std::fs::read_to_string(home.path("tool.toml")).unwrap(), before);
    done(contract(&home, &[&again[..], &["--force"]].concat(), ""));
    assert!(std::fs::read_to_string(home.path("tool.toml")).unwrap().contains("id = \"other\""));
}

#[test]
fn what_makes_no_contract_is_refused_before_anything_is_written() {
    let home = Home::new();
    contract(&home, &["new"], "").assert_refused("no id", &["contract new mytool"]);
    contract(&home, &["new", "My Tool"], "").assert_refused("the id", &["a-z"]);
    contract(&home, &["new", "t", "--event", "no name"], "").assert_refused("the event", &["type"]);
    let run = contract(&home, &["new", "t", "--field", "os=enum:a"], "");
    run.assert_refused("a field twice", &["`os` stands twice"]);
    let run = contract(&home, &["new", "t", "--field", "a=txt"], "");
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("did you mean text?"), "{}", run.stderr);
    assert!(!home.path("contracts").exists());
    let text = done(contract(&home, &["new", "t", "--out", "-"], ""));
    assert!(done(contract(&home, &["check", "-"], &text)).starts_with("standard input: t, 1 event, 6 fields, "));
}

#[test]
fn check_tells_every_problem_with_file_and_line() {
    let home = with_tool();
    home.write("bad.toml", "[app]\nid = \"Bad\"\ntitel = \"x\"\nabout = \"x\"\nwire = \"native\"\n\n[[event]]\n");
    home.write(
        "wire.toml",
        &std::fs::read_to_string(home.path("tool.toml")).unwrap().replace("\"native\"", "\"nativ\""),
    );
    let run = contract(&home, &["check", "tool.toml", "bad.toml", "wire.toml", "drift"], "");
    assert_eq!(run.code, Some(1), "{run:?}");
    for told in [
        "tool.toml: tool, 1 event, 8 fields, ",
        "bad.toml:2: ",
        "bad.toml:3: ",
        "bad.toml:7: ",
        "drift.toml: drift, 7 events, ",
    ] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    let wire = run.stdout.lines().find(|line| line.starts_with("wire.toml:")).unwrap();
    assert!(wire.contains("there is no wire `nativ`") && !wire.starts_with("wire.toml:1:"), "{wire}");
    assert!(run.stderr.contains("in 2 of 4 files"), "{}", run.stderr);

    let run = contract(&home, &["check", "tool.toml", "bad.toml", "--json"], "");
    assert_eq!(run.code, Some(1));
    let results = json_of(&run.stdout);
    assert_eq!((&results[0]["valid"], &results[0]["fields"]), (&json!(true), &json!(8)));
    assert_eq!((&results[1]["valid"], &results[1]["problems"][0]["line"]), (&json!(false), &json!(1)));
}

#[test]
fn files_that_can_not_be_read_are_exit_code_2() {
    let home = with_tool();
    home.write("bad.toml", "[app\n");
    for (arguments, named) in [
        (&["check", "missing.toml"][..], "missing.toml"),
        (&["diff", "tool.toml", "missing.toml"], "missing.toml"),
        (&["diff", "bad.toml", "tool.toml"], "bad.toml:1"),
        (&["diff", "-", "-"], "standard input"),
        (&["schema", "missing"], "voicemode"),
        (&["page", "bad.toml"], "bad.toml:1"),
        (&["page", "tool.toml", "--out", "no/such/folder.html"], "no/such/folder.html"),
        (&["try", "missing.toml"], "missing.toml"),
        (&["try", "tool.toml"], "no JSON"),
    ] {
        contract(&home, arguments, "").assert_refused(&arguments.join(" "), &[named]);
    }
    let run = contract(&home, &["check", "missing.toml", "tool.toml"], "");
    assert_eq!(run.code, Some(2), "{run:?}");
    assert!(run.stdout.starts_with("tool.toml: "), "the others are told: {run:?}");
}

#[test]
fn diff_tells_what_changes_and_whether_to_ask_again() {
    let home = with_tool();
    let old = std::fs::read_to_string(home.path("tool.toml")).unwrap();
    home.write("longer.toml", &old.replace("retention = \"90d\"", "retention = \"120d\""));
    home.write("more.toml", &format!("{old}late = {{ type = \"bool\", why = \"whether late\" }}\n"));

    let run = contract(&home, &["diff", "tool.toml", "tool.toml"], "");
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), "Nothing changes.\n"));
    let run = contract(&home, &["diff", "tool.toml", "longer.toml"], "");
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(1), "Kept longer:\n  policy: Events are kept for 120 days instead of 90 days.\n")
    );
    let run = contract(&home, &["diff", "longer.toml", "-"], &old);
    assert_eq!(
        (run.code, run.stdout.as_str()),
        (Some(0), "Kept less long:\n  policy: Events are kept for 90 days instead of 120 days.\n")
    );
    let run = contract(&home, &["diff", "tool.toml", "more.toml"], "");
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.starts_with("Newly collected, or more of it:\n  event run, field late: "), "{}", run.stdout);
    assert_eq!(done(contract(&home, &["diff", "more.toml", "tool.toml"], "")).lines().count(), 2);
    home.write("public.toml", &format!("{old}\n[public]\nby = [\"app_version\"]\n"));
    let run = contract(&home, &["diff", "tool.toml", "public.toml"], "");
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.starts_with("Newly published:\n  public: "), "{}", run.stdout);
    let less = done(contract(&home, &["diff", "public.toml", "tool.toml"], ""));
    assert!(less.starts_with("No longer published:\n  public: "), "{less}");

    let run = contract(&home, &["diff", "longer.toml", "more.toml", "--json"], "");
    assert_eq!(run.code, Some(1));
    let told = json_of(&run.stdout);
    assert_eq!(told["asks_for_more"], true);
    let kinds: Vec<_> =
        told["changes"].as_array().unwrap().iter().map(|change| change["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["keeps_shorter", "collects"]);
}

#[test]
fn a_shipped_contract_is_named_by_its_id() {
    let home = Home::new();
    for id in ["voicemode", "drift", "baofeng", "domscribe"] {
        let schema = json_of(&done(contract(&home, &["schema", id], "")));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(schema["$id"].as_str().unwrap().starts_with(&format!("urn:askfirst:{id}:")));
        assert_eq!(done(contract(&home, &["diff", id, id], "")), "Nothing changes.\n");
    }
    // A file of that name comes first.
    home.write("drift", "[app\n");
    contract(&home, &["schema", "drift"], "").assert_refused("the file", &["drift:1"]);
}

#[test]
fn a_page_is_html_markdown_or_json() {
    let home = with_tool();
    let html = done(contract(&home, &["page", "tool.toml"], ""));
    assert!(html.starts_with("<!doctype html>") && html.contains(">What Tool collects</h1>"), "{html}");
    assert_eq!(done(contract(&home, &["page", "tool.toml", "--out", "page.html"], "")), "");
    assert_eq!(std::fs::read_to_string(home.path("page.html")).unwrap(), html);
    done(contract(&home, &["page", "tool.toml", "--out", "page.md", "--at", "2026-01-02"], ""));
    let markdown = std::fs::read_to_string(home.path("page.md")).unwrap();
    assert!(markdown.starts_with("# What Tool collects\n") && markdown.contains("2026-01-02T00:00:00Z"), "{markdown}");
    let printed = done(contract(&home, &["page", "tool.toml", "--format", "markdown", "--at", "2026-01-02"], ""));
    assert_eq!(printed, markdown);
    done(contract(&home, &["page", "tool.toml", "--out", "page.json", "--at", "2026-01-02"], ""));
    let json = json_of(&std::fs::read_to_string(home.path("page.json")).unwrap());
    assert_eq!((&json["app"]["title"], &json["history"]), (&json!("Tool"), &Value::Null));
    assert_eq!(contract(&home, &["page", "tool.toml", "--at", "soon"], "").code, Some(2));
}

#[test]
fn the_examples_of_a_page_made_today_are_accepted() {
    let home = with_tool();
    for file in ["tool.toml", "voicemode", "drift", "baofeng", "domscribe"] {
        let page = done(contract(&home, &["page", file, "--format", "markdown"], ""));
        let examples = page.split("```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
        let examples: Vec<_> = examples.collect();
        let verdicts = json_of(&done(contract(&home, &["try", file], &format!("[{}]", examples.join(",")))));
        let verdicts = verdicts["verdicts"].as_array().unwrap();
        assert_eq!(verdicts.len(), examples.len(), "{file}");
        assert!(!verdicts.is_empty() && verdicts.iter().all(|verdict| verdict == &json!({"outcome": "accepted"})));
    }
}

#[test]
fn try_gives_every_event_its_verdict_in_any_form_of_input() {
    let home = with_tool();
    let (good, bad) = (event(&json!({})), event(&json!({"os": "beos", "files": 101})));
    let refused = json!({"outcome": "refused", "violations": [
        {"pointer": "/os", "rule": "enum", "hint": "must be one of: linux, macos, windows, other"},
        {"pointer": "/files", "rule": "range", "hint": "must be a whole number from 0 to 100"},
    ]});
    let both = json!({"verdicts": [{"outcome": "accepted"}, refused]});
    for (case, input, verdicts, code) in [
        ("one event", good.to_string(), json!({"verdicts": [{"outcome": "accepted"}]}), 0),
        ("one on lines", format!("{bad:#}\n"), json!({"verdicts": [refused]}), 1),
        ("an array", json!([good, bad]).to_string(), both.clone(), 1),
        ("a batch", json!({"events": [good, bad]}).to_string(), both.clone(), 1),
        ("a line each", format!("{good}\n\n{bad}\n"), both.clone(), 1),
        ("none", "[]".to_owned(), json!({"verdicts": []}), 0),
    ] {
        let run = contract(&home, &["try", "tool.toml"], &input);
        assert_eq!(run.code, Some(code), "{case}: {run:?}");
        assert_eq!(json_of(&run.stdout), verdicts, "{case}");
        assert!(run.stdout.lines().count() > 2 || case == "none", "{case}, on lines: {}", run.stdout);
    }
    let run = contract(&home, &["try", "tool.toml"], &format!("{good}\nno json\n"));
    assert_eq!(run.code, Some(1), "a line: {run:?}");
    assert_eq!(json_of(&run.stdout)["verdicts"][1]["violations"][0]["rule"], "not_json", "{run:?}");
}

#[test]
fn try_tells_people_what_is_kept() {
    let home = with_tool();
    let contract_text = std::fs::read_to_string(home.path("tool.toml")).unwrap();
    home.write("tool.toml", &contract_text.replace("undeclared = \"reject\"", "undeclared = \"discard\""));
    let input = json!([event(&json!({"secret": 1})), event(&json!({"target": 5})), {"type": "rum"}]).to_string();
    let run = contract(&home, &["try", "tool.toml", "--format", "human"], &input);
    assert_eq!(run.code, Some(1), "{run:?}");
    for told in [
        "event 1: accepted\n  event id  3f0c8a52-6d1e-4b7a-9c44-0e5b7f2a9d10\n  kept      {\"occurred_at\":",
        "  dropped   1 undeclared field of the event\n",
        "event 2: refused\n  /target must be a text of at most 64 characters\n",
        "event 3: refused\n  /type is not a declared event; did you mean \"run\"?\n",
    ] {
        assert!(run.stdout.contains(told), "{told}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("secret"), "{}", run.stdout);
    assert!(run.stderr.contains("2 of 3 events refused"), "{}", run.stderr);
}
