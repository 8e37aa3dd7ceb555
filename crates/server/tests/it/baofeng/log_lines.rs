//! `log_lines_json`: an array in a text, of which the last 80 lines are kept, each as a text.

use std::collections::BTreeMap;
use std::slice::from_ref;

use serde_json::Value;

use super::{Payload, accepts, logs, query, refuses};
use crate::harness::Home;

/// What is kept of `log_lines_json` in a table, by message.
#[track_caller]
fn kept(home: &Home, table: &str) -> BTreeMap<String, Vec<String>> {
    let rows = query(home, &format!("SELECT message, log_lines_json AS lines FROM {table}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.iter().map(|row| (text(&row["message"]), serde_json::from_str(&text(&row["lines"])).unwrap())).collect()
}

/// Sends the arrays to both paths, and checks what is kept of each.
#[track_caller]
fn assert_kept(cases: &[(String, Vec<String>)]) {
    let home = Home::new();
    let server = home.serve();
    let mut expected = BTreeMap::new();
    for (index, (sent, lines)) in cases.iter().enumerate() {
        let name = format!("{index}: {}", sent.chars().take(60).collect::<String>());
        accepts(&server, &name, &Payload::error(&name).with("log_lines_json", sent.as_str()));
        logs(&server, &name, &Payload::log(&name).with("log_lines_json", sent.as_str()));
        expected.insert(name, lines.clone());
    }
    assert_eq!(kept(&home, "telemetry_events"), expected, "at /event");
    assert_eq!(kept(&home, "client_logs"), expected, "at /client-log");
}

/// The array of lines as a page sends it, and the lines that should be kept.
fn case(sent: &[String], kept: &[String]) -> (String, Vec<String>) {
    (Value::from(sent).to_string(), kept.to_vec())
}

#[test]
fn of_many_lines_the_last_80_are_kept() {
    let lines: Vec<String> = (0..500).map(|line| format!("line {line}")).collect();
    assert_kept(&[
        case(&[], &[]),
        case(&lines[..1], &lines[..1]),
        case(&lines[..79], &lines[..79]),
        case(&lines[..80], &lines[..80]),
        case(&lines[..81], &lines[1..81]),
        case(&lines[..], &lines[420..]),
    ]);
}

#[test]
fn each_line_is_cut_to_240_units() {
    let text = |parts: &[(&str, usize)]| parts.iter().map(|(part, times)| part.repeat(*times)).collect::<String>();
    let cases = [
        (text(&[("x", 240)]), text(&[("x", 240)])),
        (text(&[("x", 241)]), text(&[("x", 239), ("...", 1)])),
        // As a page sends it that has cut it already.
        (text(&[("x", 239), ("...", 1)]), text(&[("x", 239), ("...", 1)])),
        (text(&[("x", 5_000)]), text(&[("x", 239), ("...", 1)])),
        (text(&[("€", 240)]), text(&[("€", 240)])),
        (text(&[("€", 241)]), text(&[("€", 239), ("...", 1)])),
        (text(&[("😀", 120)]), text(&[("😀", 120)])),
        // The 120th would be split.
        (text(&[("😀", 121)]), text(&[("😀", 119), ("...", 1)])),
        (text(&[("x", 1), ("😀", 120)]), text(&[("x", 1), ("😀", 119), ("...", 1)])),
        (String::new(), String::new()),
    ];
    let each: Vec<_> = cases.iter().map(|(sent, kept)| case(from_ref(sent), from_ref(kept))).collect();
    assert_kept(&each);
    // The first of these lines is one too many, so it is not there to be cut.
    let many: Vec<String> = (0..81).map(|_| "x".repeat(300)).collect();
    let cut: Vec<String> = (0..80).map(|_| "x".repeat(239) + "...").collect();
    assert_kept(&[case(&many, &cut)]);
}

#[test]
fn half_a_pair_in_a_line_is_read_as_the_replacement_character() {
    let cases = [
        (r#"["\ud83d"]"#, "\u{fffd}".to_owned()),
        (r#"["a\ude00b"]"#, "a\u{fffd}b".to_owned()),
        (r#"["\ud83d\ude00"]"#, "😀".to_owned()),
        (r#"["\ud83d\ud83d\ude00"]"#, "\u{fffd}😀".to_owned()),
    ];
    let mut cases: Vec<_> = cases.into_iter().map(|(sent, kept)| (sent.to_owned(), vec![kept])).collect();
    // A line that was cut through a pair, and has 242 units.
    let start = "x".repeat(238);
    cases.push((format!(r#"["{start}\ud83d..."]"#), vec![format!("{start}\u{fffd}...")]));
    assert_kept(&cases);
}

#[test]
fn what_is_no_text_becomes_one() {
    let sent = "[null, true, false, 0, 5, -3, 1.5, 1.0, 1e3, -0, 0.1, 1e21, 1e-7, \"5\", \"\"]";
    let kept = ["null", "true", "false", "0", "5", "-3", "1.5", "1", "1000", "0", "0.1", "1e+21", "1e-7", "5", ""];
    assert_kept(&[(sent.to_owned(), kept.map(str::to_owned).to_vec())]);
}

#[test]
fn where_there_is_none_there_are_no_lines() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "at /event", &Payload::error("absent").without("log_lines_json"));
    logs(&server, "at /client-log", &Payload::log("absent").without("log_lines_json"));
    let rows = "SELECT log_lines_json AS lines FROM telemetry_events UNION ALL SELECT log_lines_json FROM client_logs";
    assert_eq!(query(&home, rows), [serde_json::json!({"lines": "[]"}), serde_json::json!({"lines": "[]"})]);
}

#[test]
fn what_is_no_array_in_a_text_is_refused_or_falls_back() {
    let home = Home::new();
    let server = home.serve();
    let texts =
        ["", " ", "{}", "{\"a\":[]}", "null", "5", "true", "\"[]\"", "[", "[\"a\"", "[1,]", "[]]", "x", "['a']"];
    let others = ["null", "5", "true", "[]", "[\"a\"]", "{}"];
    let spoilt = texts.map(|text| Value::from(text).to_string()).into_iter().chain(others.map(str::to_owned));
    let mut expected = BTreeMap::new();
    for value in spoilt {
        refuses(&server, &value, &Payload::error("x").with_raw("log_lines_json", &value));
        let name = format!("instead of {value}");
        logs(&server, &name, &Payload::log(&name).with_raw("log_lines_json", &value));
        expected.insert(name, Vec::new());
    }
    assert_eq!(kept(&home, "client_logs"), expected);
    assert_eq!(kept(&home, "telemetry_events"), BTreeMap::new());
}
