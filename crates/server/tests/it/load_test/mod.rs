//! `askfirst load-test`: the built command against a built server, and against servers that misbehave.
//!
//! How fast anything is, depends on the machine: no test looks at it, only at what is counted, and at times that are
//! known because a server was told when to answer.

mod limited;
mod misbehaving;
mod refusals;
mod stub;
mod wires;

use serde_json::Value;

use crate::harness::{Home, Run};

/// The report of a run with `--json`, whose exit code must be that of its verdict.
#[track_caller]
fn report(home: &Home, arguments: &[&str]) -> Value {
    let run = home.run(&[&["load-test", "--json"], arguments].concat());
    let report = read(&run);
    assert_verdict(&report, &run);
    report
}

#[track_caller]
fn read(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// Checks that a report passes where it is fast and right enough, and that the exit code says so.
#[track_caller]
fn assert_verdict(report: &Value, run: &Run) {
    let number = |pointer: &str| report.pointer(pointer).and_then(Value::as_f64).unwrap();
    let is_fast = number("/latency_ms/p95") <= number("/p95_ceiling_ms");
    let is_right = number("/error_share") < number("/error_share_ceiling");
    assert_eq!(report["pass"], is_fast && is_right, "{report}");
    assert_eq!(run.code, Some(i32::from(!(is_fast && is_right))), "{run:?}");
    assert_eq!(run.stderr.is_empty(), is_fast && is_right, "nobody watches, so no progress: {run:?}");
}

/// Checks how many posts became what; all others must be none.
#[track_caller]
fn assert_counts(report: &Value, counts: &[(&str, u64)]) {
    for name in ["posts", "accepted", "limited", "refused", "broken", "unanswered"] {
        let expected = counts.iter().find(|(counted, _)| *counted == name).map_or(0, |(_, count)| *count);
        assert_eq!(report[name], expected, "{name} of {report}");
    }
}
