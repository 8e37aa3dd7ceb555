//! Texts are cut by UTF-16 units, marked by three dots, and never through a character.

use super::{Payload, accepts, logs, query};
use crate::harness::{Home, Server};

/// A text as it is sent, between the quotes of JSON, and as it is kept.
struct Case {
    sent: String,
    kept: String,
}

fn case(sent: &[(&str, usize)], kept: &[(&str, usize)]) -> Case {
    let text = |parts: &[(&str, usize)]| parts.iter().map(|(part, times)| part.repeat(*times)).collect();
    Case { sent: text(sent), kept: text(kept) }
}

/// Texts around a limit, which is even.
fn cases(limit: usize) -> Vec<Case> {
    let half = limit / 2;
    vec![
        case(&[("x", 1)], &[("x", 1)]),
        case(&[("x", limit - 1)], &[("x", limit - 1)]),
        case(&[("x", limit)], &[("x", limit)]),
        case(&[("x", limit + 1)], &[("x", limit - 1), ("...", 1)]),
        case(&[("x", 4 * limit)], &[("x", limit - 1), ("...", 1)]),
        // Cut already by the page, so two longer than the limit: it stays as it is.
        case(&[("x", limit - 1), ("...", 1)], &[("x", limit - 1), ("...", 1)]),
        // Of one unit and three bytes.
        case(&[("€", limit)], &[("€", limit)]),
        case(&[("€", limit + 1)], &[("€", limit - 1), ("...", 1)]),
        // Of two units: the one that lies across the cut goes as a whole.
        case(&[("😀", half)], &[("😀", half)]),
        case(&[("😀", half), ("x", 1)], &[("😀", half - 1), ("...", 1)]),
        case(&[("😀", half + 1)], &[("😀", half - 1), ("...", 1)]),
        case(&[("x", 1), ("😀", half)], &[("x", 1), ("😀", half - 1), ("...", 1)]),
        case(&[("x", limit - 2), ("😀", 1)], &[("x", limit - 2), ("😀", 1)]),
        case(&[("x", limit - 2), ("😀", 1), ("x", 1)], &[("x", limit - 2), ("...", 1)]),
        case(&[("x", limit - 1), ("😀", 1)], &[("x", limit - 1), ("...", 1)]),
        case(&[("x", limit - 3), ("😀", 2)], &[("x", limit - 3), ("😀", 1), ("...", 1)]),
        // Pairs as escapes are characters like any other.
        case(&[(r"\ud83d\ude00", half)], &[("😀", half)]),
        case(&[(r"\ud83d\ude00", half), ("x", 1)], &[("😀", half - 1), ("...", 1)]),
        // Half a pair is one unit.
        case(&[(r"\ud83d", 1)], &[("\u{fffd}", 1)]),
        case(&[("x", 1), (r"\ude00", 1), ("x", 1)], &[("x", 1), ("\u{fffd}", 1), ("x", 1)]),
        case(&[(r"\ud83d", limit)], &[("\u{fffd}", limit)]),
        case(&[(r"\ud83d", limit + 1)], &[("\u{fffd}", limit - 1), ("...", 1)]),
        // The wrong way round, so that all but the first and the last half find another.
        case(&[(r"\ude00\ud83d", half)], &[("\u{fffd}", 1), ("😀", half - 1), ("\u{fffd}", 1)]),
        case(&[("x", limit - 1), (r"\ud83d\ude00", 1)], &[("x", limit - 1), ("...", 1)]),
        // Cut by the page through a pair.
        case(&[("x", limit - 2), (r"\ud83d", 1), ("...", 1)], &[("x", limit - 2), ("\u{fffd}", 1), ("...", 1)]),
    ]
}

/// Sends the texts in a field, and checks what the table keeps of each.
#[track_caller]
fn assert_cut(table: &str, field: &str, limit: usize, send: impl Fn(&Server, &str, &Payload)) {
    let home = Home::new();
    let server = home.serve();
    let cases = cases(limit);
    for (index, case) in cases.iter().enumerate() {
        // A time that nothing else has, so that the events can be told apart.
        let payload = Payload::log("x").with("occurred_at", format!("{:04}-01-01", index + 1));
        let payload = payload.with_raw(field, &format!("\"{}\"", case.sent));
        send(&server, &format!("{field}, case {index}"), &payload);
    }
    let rows = query(&home, &format!("SELECT {field} AS value FROM {table} ORDER BY occurred_at"));
    assert_eq!(rows.len(), cases.len(), "{field}: all are stored");
    for (index, (row, case)) in rows.iter().zip(&cases).enumerate() {
        assert_eq!(row["value"], case.kept, "{field}, case {index}");
    }
}

#[test]
fn texts_of_an_event_are_cut() {
    for (field, limit) in [("message", 300), ("error_name", 120), ("stack", 1_200), ("model", 64), ("app_version", 64)]
    {
        assert_cut("telemetry_events", field, limit, accepts);
    }
}

#[test]
fn texts_of_a_log_are_cut() {
    let fields = [
        ("event_type", 40),
        ("message", 300),
        ("error_name", 120),
        ("stack", 1_200),
        ("model", 64),
        ("app_version", 64),
    ];
    for (field, limit) in fields {
        assert_cut("client_logs", field, limit, logs);
    }
}
