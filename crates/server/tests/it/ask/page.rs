//! Pages for people, of a fixed past.

use std::process::Command;

use super::{FROM, TO, answer, home};
use crate::harness::{Home, Run};

/// The page of a question about the three weeks; nothing that clients sent moves the cursor.
#[track_caller]
fn page(home: &Home, question: &[&str]) -> String {
    let range: &[&str] = if question[0] == "recent" { &[] } else { &["--from", FROM, "--to", TO] };
    let page = answer(home, &[question, range].concat());
    assert!(!page.contains(|c: char| c.is_control() && c != '\n'), "{page:?}");
    for line in page.lines() {
        assert!(line.chars().count() <= 100, "{} in {line:?} of {page}", line.chars().count());
    }
    page
}

/// A contract that says as little as there can be said.
const PLAIN: &str = r#"
[app]
id = "plain"
title = "Plain"
about = "A tool for tests."

[[event]]
type = "run"
about = "It ran."
event_id = "id"
install_id = "install"

[event.fields]
id = { type = "uuid", why = "to store it once" }
install = { type = "uuid", why = "to count installs" }
"#;

#[test]
fn active_installs_by_day() {
    insta::assert_snapshot!(page(&home(), &["active"]));
}

#[test]
fn active_installs_by_week_of_a_mode() {
    insta::assert_snapshot!(page(&home(), &["active", "--per", "week", "--only", "mode=fast"]));
}

#[test]
fn active_installs_by_platform() {
    insta::assert_snapshot!(page(&home(), &["active", "--per", "week", "--by", "platform"]));
}

#[test]
fn active_installs_by_the_first_platform_and_the_rest() {
    insta::assert_snapshot!(page(&home(), &["active", "--per", "week", "--by", "platform", "--top", "1"]));
}

#[test]
fn values_of_a_dimension() {
    insta::assert_snapshot!(page(&home(), &["breakdown", "--field", "version"]));
}

#[test]
fn values_of_a_dimension_on_some_systems() {
    let systems = ["--only", "os=linux", "--only", "os=darwin", "--only", "mode=fast"];
    insta::assert_snapshot!(page(&home(), &[&["breakdown", "--field", "version"], &systems[..]].concat()));
}

#[test]
fn errors_of_a_version() {
    insta::assert_snapshot!(page(&home(), &["errors", "--only", "version=1.0.0"]));
}

#[test]
fn values_of_counts_and_the_rest() {
    insta::assert_snapshot!(page(&home(), &["breakdown", "--field", "targets", "--top", "1"]));
}

#[test]
fn the_distribution_of_numbers() {
    insta::assert_snapshot!(page(&home(), &["distribution", "--field", "seconds"]));
}

#[test]
fn the_trend_of_events() {
    insta::assert_snapshot!(page(&home(), &["trend", "--per", "week"]));
}

#[test]
fn the_trend_of_numbers() {
    insta::assert_snapshot!(page(&home(), &["trend", "--of", "seconds", "--stat", "p95", "--per", "week"]));
}

#[test]
fn versions() {
    insta::assert_snapshot!(page(&home(), &["versions"]));
}

#[test]
fn errors() {
    insta::assert_snapshot!(page(&home(), &["errors"]));
}

#[test]
fn recent_events() {
    insta::assert_snapshot!(page(&home(), &["recent", "--limit", "4"]));
}

#[test]
fn a_page_is_as_wide_as_the_terminal() {
    let home = home();
    for (columns, is_whole) in [(50, false), (80, true)] {
        let asked = format!("ask mytool active --from {FROM} --to {TO} --data data");
        let line = format!("stty rows 40 cols {columns}; exec {} {asked}", env!("CARGO_BIN_EXE_askfirst"));
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(home.path("."));
        let run = Run::of(command);
        assert_eq!(run.code, Some(0), "{run:?}");
        let rows = run.stdout.lines().filter(|line| line.starts_with(" 2026") || line.starts_with(" period"));
        let widest = rows.map(|line| line.trim_end().chars().count()).max();
        assert!(widest.is_some_and(|widest| widest <= columns), "{widest:?} columns, not {columns}: {}", run.stdout);
        assert!(run.stdout.contains("2026-01-24         2"), "{}", run.stdout);
        assert_eq!(run.stdout.contains("stickiness\r\n"), is_whole, "{}", run.stdout);
        assert_eq!(run.stdout.contains("no room for"), !is_whole, "{}", run.stdout);
    }
}

#[test]
fn what_is_empty_is_said_in_words() {
    let home = home();
    let before = ["--from", "2025-01-01", "--to", "2025-01-02"];
    let cases: [(&[&str], &[&str]); 7] = [
        (&["breakdown", "--field", "os"], &["no values"]),
        (&["active", "--by", "os"], &["no values"]),
        (&["distribution", "--field", "seconds"], &["no buckets"]),
        (&["versions"], &["no versions"]),
        (&["errors"], &["no errors"]),
        (&["outcomes"], &["no counts", "2025-01-02"]),
        (&["recent", "--type", "other"], &["no events"]),
    ];
    for (question, snippets) in cases {
        let range = if question[0] == "recent" { &[][..] } else { &before };
        let page = answer(&home, &[question, range].concat());
        for snippet in snippets {
            assert!(page.contains(snippet), "{question:?} says {snippet}: {page}");
        }
    }
}

#[test]
fn what_the_contract_can_not_tell_is_said_beside_the_answer() {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/plain.toml", PLAIN);
    home.serve().stop();
    let cases: [(&[&str], &str); 12] = [
        (&["domscribe", "active"], "no install ids"),
        (&["domscribe", "retention"], "no install ids"),
        (&["domscribe", "versions"], "no install ids"),
        (&["domscribe", "breakdown", "--field", "platform"], "no install ids"),
        (&["domscribe", "trend", "--of", "installs"], "no install ids"),
        (&["voicemode", "errors"], "role `error`"),
        (&["plain", "errors"], "role `error`"),
        (&["plain", "versions"], "role `app_version`"),
        (&["plain", "active"], ""),
        (&["domscribe", "trend"], ""),
        (&["domscribe", "recent"], ""),
        (&["voicemode", "active"], ""),
    ];
    for (question, expected) in cases {
        for format in [&[][..], &["--json"], &["--csv"]] {
            let run = home.run(&[&["ask"], question, format, &["--data", "data"]].concat());
            assert!(run.code == Some(0) && !run.stdout.is_empty(), "{question:?}: {run:?}");
            assert_eq!(run.stderr.lines().count(), usize::from(!expected.is_empty()), "{question:?}: {}", run.stderr);
            assert!(run.stderr.contains(expected), "{question:?}: {}", run.stderr);
        }
    }
}

#[test]
fn every_question_helps_with_examples() {
    let home = Home::new();
    for question in
        ["active", "retention", "breakdown", "distribution", "trend", "versions", "errors", "recent", "outcomes"]
    {
        let run = home.run(&["ask", "mytool", question, "--help"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{question}");
        for snippet in ["Examples:", &format!(" {question}"), "--json", "--csv", "--data"] {
            assert!(run.stdout.contains(snippet), "{question} tells {snippet}: {}", run.stdout);
        }
    }
    let all = home.run(&["ask", "--help"]).stdout;
    assert!(all.contains("Examples:") && all.contains("askfirst ask voicemode retention"), "{all}");
}
