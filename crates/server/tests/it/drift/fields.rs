//! The fields of each declared type, and what each may hold.

use super::{Bad, MOST, accepts, action, aggregate, assert_json, batch_of, post, processed, refuses, scan, signature};
use crate::harness::{Home, Report};

/// What a field may hold, and what it may not, as JSON.
struct Rule {
    path: &'static str,
    good: &'static [&'static str],
    bad: &'static [&'static str],
}

const COUNT: ([&str; 5], [&str; 9]) =
    (["0", "1", "3.0", "1e3", "100000"], ["-1", "-0.5", "1.5", "\"5\"", "true", "[5]", "{}", "1e999", "-1e999"]);
const SHARE: ([&str; 7], [&str; 9]) = (
    ["0", "1", "1.0", "0.0", "0.5", "0.92", "1e-3"],
    ["-0.01", "-1", "1.01", "2", "\"0.5\"", "true", "[]", "{}", "1e999"],
);
const FLAG: ([&str; 2], [&str; 6]) = (["true", "false"], ["\"true\"", "\"\"", "0", "1", "[]", "{}"]);
const LIST: ([&str; 3], [&str; 9]) = (
    ["[]", "[\"typescript\"]", "[\"a\",\"b-c\",\"d.e\"]"],
    ["\"typescript\"", "5", "true", "{}", "{\"a\":1}", "[5]", "[true]", "[[\"a\"]]", "[\"a\",{}]"],
);
const NO_TEXT: [&str; 6] = ["0", "5", "true", "[]", "{}", "[\"api\"]"];

const fn rule(path: &'static str, good: &'static [&'static str], bad: &'static [&'static str]) -> Rule {
    Rule { path, good, bad }
}

/// Sends events of one type with every value of every rule: the good ones pass, the bad ones are refused.
#[track_caller]
fn check(make: fn() -> Report, rules: &[Rule]) {
    let home = Home::new();
    let server = home.serve();
    for Rule { path, good, bad } in rules {
        let good: Vec<Report> = good.iter().map(|value| make().with_raw(path, value)).collect();
        accepts(&server, path, &good);
        let name = path.rsplit('.').next().unwrap();
        let bad = bad.iter().map(|value| Bad::new(format!("{path}: {value}"), &make().with_raw(path, value), name));
        refuses(&server, &bad.collect::<Vec<_>>());
    }
}

#[test]
fn of_a_pattern_signature() {
    const HASHES: [&str; 4] = [
        "\"a1b2c3d4\"",
        "\"a1b2c3d4e5f60718\"",
        "\"A1B2C3D4E5\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
    ];
    const NO_HASHES: [&str; 9] = [
        "\"\"",
        "\"a1b2c3d\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0\"",
        "\"a1b2c3dg\"",
        "\"a1b2 c3d4\"",
        "\"0xa1b2c3d4\"",
        "5",
        "true",
        "[\"a1b2c3d4\"]",
    ];
    check(
        signature,
        &[
            rule("signatureHash", &HASHES, &NO_HASHES),
            rule("category", &["\"api\"", "\"data-access\""], &NO_TEXT),
            rule("confidence", &SHARE.0, &SHARE.1),
            rule("locationCount", &COUNT.0, &COUNT.1),
            rule("outlierCount", &COUNT.0, &COUNT.1),
            rule(
                "detectionMethod",
                &["\"ast\"", "\"regex\"", "\"hybrid\"", "\"semantic\""],
                &["\"\"", "\"AST\"", "\"magic\"", "\"ast \"", "5", "true", "[\"ast\"]"],
            ),
            rule("language", &["\"typescript\"", "\"c++\""], &NO_TEXT),
        ],
    );
}

#[test]
fn of_aggregate_stats() {
    check(
        aggregate,
        &[
            rule("totalPatterns", &COUNT.0, &COUNT.1),
            rule(
                "patternsByStatus",
                &["{\"discovered\":1,\"approved\":0,\"ignored\":3}"],
                &["5", "\"x\"", "true", "[]"],
            ),
            rule("patternsByStatus.discovered", &COUNT.0, &COUNT.1),
            rule("patternsByStatus.approved", &COUNT.0, &COUNT.1),
            rule("patternsByStatus.ignored", &COUNT.0, &COUNT.1),
            rule(
                "patternsByCategory",
                &["{}", "{\"api\":5}", "{\"api\":0,\"data-access\":3.0,\"c++\":1}"],
                &[
                    "5",
                    "\"api\"",
                    "true",
                    "[]",
                    "[5]",
                    "{\"api\":-1}",
                    "{\"api\":\"5\"}",
                    "{\"api\":1.5}",
                    "{\"api\":{}}",
                ],
            ),
            rule("languages", &LIST.0, &LIST.1),
            rule("frameworks", &LIST.0, &LIST.1),
            rule("featuresEnabled", &LIST.0, &LIST.1),
            rule(
                "codebaseSizeTier",
                &["\"small\"", "\"medium\"", "\"large\"", "\"enterprise\""],
                &["\"\"", "\"tiny\"", "\"Small\"", "5", "true", "[\"small\"]"],
            ),
        ],
    );
}

#[test]
fn of_a_user_action() {
    check(
        action,
        &[
            rule(
                "action",
                &["\"approve\"", "\"ignore\"", "\"create_variant\"", "\"dismiss_outlier\""],
                &["\"\"", "\"delete\"", "\"Approve\"", "5", "true", "[\"approve\"]"],
            ),
            rule("category", &["\"api\"", "\"data-access\""], &NO_TEXT),
            rule("confidenceAtAction", &SHARE.0, &SHARE.1),
            rule("hoursSinceDiscovery", &["0", "3", "3.0", "1000"], &["\"5\"", "true", "[]", "{}", "1e999", "-1e999"]),
            rule("isBulkAction", &FLAG.0, &FLAG.1),
        ],
    );
}

#[test]
fn of_a_scan_completion() {
    check(
        scan,
        &[
            rule(
                "durationMs",
                &["0", "1500", "3.0", "600000"],
                &["-1", "\"5\"", "true", "[]", "{}", "1e999", "-1e999"],
            ),
            rule("filesScanned", &COUNT.0, &COUNT.1),
            rule("newPatternsDiscovered", &COUNT.0, &COUNT.1),
            rule("isIncremental", &FLAG.0, &FLAG.1),
            rule("workerCount", &["0", "1", "3.0", "64"], &COUNT.1),
        ],
    );
}

#[test]
fn the_names_in_a_list_are_short() {
    let home = Home::new();
    let server = home.serve();
    let long = "x".repeat(1000);
    let bad = ["languages", "frameworks", "featuresEnabled"]
        .map(|path| Bad::new(path, &aggregate().with(path, vec![long.as_str()]), path));
    refuses(&server, &bad);
}

#[test]
fn a_field_that_is_missing_is_no_reason_to_refuse() {
    let home = Home::new();
    let server = home.serve();
    let mut events = Vec::new();
    for path in
        ["totalPatterns", "patternsByStatus", "patternsByCategory", "languages", "frameworks", "codebaseSizeTier"]
    {
        events.push(aggregate().without(path));
    }
    for path in ["durationMs", "filesScanned", "newPatternsDiscovered", "isIncremental", "workerCount"] {
        events.push(scan().without(path));
    }
    accepts(&server, "one field less each", &events);
}

#[test]
fn a_full_batch_of_large_events_fits() {
    let home = Home::new();
    let server = home.serve();
    let category = |number: usize| format!("category-{number:02}");
    let categories: serde_json::Map<_, _> = (0..40).map(|number| (category(number), number.into())).collect();
    let names: Vec<String> = (0..20).map(|number| format!("framework-{number:02}")).collect();
    let event = || aggregate().with("patternsByCategory", categories.clone()).with("frameworks", names.clone());
    let events: Vec<Report> = (0..MOST).map(|_| event()).collect();
    let body = batch_of(&events);
    assert!(body.len() > 100_000, "{} bytes", body.len());
    assert_json("a full batch", &post(&server, body), 200, &processed(MOST));
}
