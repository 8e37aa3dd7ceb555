//! The events of Drift, one or many a request: `POST /v1/events` and `/v1/feedback`.
//!
//! However many share a request, an install sends the same types in the same order and is followed by a new install.

use askfirst_contract::Timestamp;

use super::{HEX, UUID, holds};
use crate::request::{Outcome, Request, Url};
use crate::target::Target;
use crate::template::{Body, Fresh, Of};

/// Events of an install; fewer where the size of the requests does not divide them, more where a request has more.
const PER_INSTALL: usize = Request::MAX_EVENTS;
/// Signatures there are.
const SIGNATURES: u64 = 5_000;
/// Different signatures of an install; it meets some of them twice.
const SIGNATURES_OF_INSTALL: usize = 50;
/// Stands in the text of an event for two digits.
const DIGITS: &str = "##";

const FEEDBACK: &str = "/v1/feedback";
const CATEGORIES: [&str; 8] = ["api", "auth", "data-access", "errors", "logging", "security", "structural", "testing"];
const LANGUAGES: [&str; 4] = ["typescript", "python", "go", "rust"];
const METHODS: [&str; 4] = ["ast", "regex", "hybrid", "semantic"];
const ACTIONS: [&str; 3] = ["approve", "ignore", "dismiss_outlier"];

pub(crate) fn request(target: &Target, at: Timestamp, events: usize) -> Request {
    let url = Url::new(target, &["/v1/events", FEEDBACK]);
    let event = if url.ends_with(FEEDBACK) { feedback } else { event };
    let events = events.clamp(1, Request::MAX_RAISED);
    let all = events.max(PER_INSTALL);
    let bodies: Vec<Body> = (0..all).map(|number| body(all - number, number, at, event)).collect();
    let turns: Vec<_> = bodies.chunks_exact(events).map(<[_]>::to_vec).collect();
    Request::new(&url, [r#"{"events":["#, "]}"], &turns)
        .reading(|body| if holds(body, r#""rejected""#) { Outcome::Refused } else { Outcome::Accepted })
}

/// The event of this number of an install, made so many milliseconds ago.
fn body(ago: usize, number: usize, at: Timestamp, event: fn(usize) -> (&'static str, String)) -> Body {
    let (kind, fields) = event(number);
    let made = Timestamp(at.0.saturating_sub_unsigned(ago as u64));
    let text = format!(
        r#"{{"type":"{kind}","timestamp":"{made}","installationId":"{UUID}","driftVersion":"0.9.48",{fields}}}"#
    );
    let signature = Fresh::Signature((number % SIGNATURES_OF_INSTALL) as u64, SIGNATURES);
    let digits = Fresh::Decimal(Of::Event);
    Body::new(text, &[(UUID, Fresh::Uuid(Of::Install)), (HEX, signature), (DIGITS, digits)])
}

/// What the released client sends: of 20 events, one scan, fourteen patterns and five decisions.
fn event(number: usize) -> (&'static str, String) {
    let category = CATEGORIES[number % CATEGORIES.len()];
    match number {
        scan if scan % 20 == 0 => (
            "scan_completion",
            r#""durationMs":1##.##,"filesScanned":3##,"newPatternsDiscovered":7,"isIncremental":true,"workerCount":4"#
                .to_owned(),
        ),
        decision if decision % 4 == 3 => {
            let action = ACTIONS[number / 4 % ACTIONS.len()];
            let fields = format!(
                r#""action":"{action}","category":"{category}","confidenceAtAction":0.##,"hoursSinceDiscovery":1##.##,"isBulkAction":false"#
            );
            ("user_action", fields)
        }
        _ => {
            let (method, language) = (METHODS[number % METHODS.len()], LANGUAGES[number / 4 % LANGUAGES.len()]);
            let fields = format!(
                r#""signatureHash":"{HEX}","category":"{category}","confidence":0.##,"locationCount":1##,"outlierCount":{},"detectionMethod":"{method}","language":"{language}""#,
                number % 7
            );
            ("pattern_signature", fields)
        }
    }
}

/// What the client's next version will send of a benchmark.
fn feedback(number: usize) -> (&'static str, String) {
    let fields = format!(
        r#""benchmark":"detectors","score":0.##,"durationMs":1##.##,"filesScanned":3##,"patternsFound":{}"#,
        number % 7
    );
    ("benchmark_feedback", fields)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use serde_json::Value;

    use super::*;
    use crate::request::tests::{AT, assert_is_uuid_v4, bodies, target};

    const ALL: usize = Request::MAX_EVENTS;

    /// The events of so many requests, from the first on.
    fn events(events_per_request: usize, requests: u64) -> Vec<Value> {
        let mut request = Request::drift(&target(), AT, events_per_request);
        assert_eq!(request.events(), events_per_request as u64);
        let bodies = bodies(&mut request, "/v1/events", requests);
        for body in &bodies {
            assert_eq!(body["events"].as_array().unwrap().len(), events_per_request);
        }
        bodies.iter().flat_map(|body| body["events"].as_array().unwrap().clone()).collect()
    }

    #[test]
    fn every_event_is_fresh_and_installs_are_apart() {
        for (events_per_request, requests) in [(1, 300), (30, 10), (ALL, 3), (Request::MAX_RAISED, 3)] {
            let all = events(events_per_request, requests);
            let different: HashSet<String> = all.iter().map(Value::to_string).collect();
            assert_eq!(different.len(), all.len());
            let installs: HashSet<&str> = all.iter().map(|event| event["installationId"].as_str().unwrap()).collect();
            for id in &installs {
                assert_is_uuid_v4(id);
            }
            // Three requests of 30 are an install's, and the rest of its hundred is left out.
            assert_eq!(installs.len(), if events_per_request == 30 { 4 } else { 3 });
        }
    }

    #[test]
    fn an_install_has_the_types_and_signatures_it_should_have() {
        for events in [events(1, 100), events(ALL, 1)] {
            let mut types: BTreeMap<&str, usize> = BTreeMap::new();
            for event in &events {
                *types.entry(event["type"].as_str().unwrap()).or_default() += 1;
            }
            let expected = [("pattern_signature", 70), ("scan_completion", 5), ("user_action", 25)];
            assert_eq!(types, BTreeMap::from(expected));
            let hashes: HashSet<&str> = events.iter().filter_map(|event| event["signatureHash"].as_str()).collect();
            assert_eq!(hashes.len(), SIGNATURES_OF_INSTALL);
            assert!(hashes.iter().all(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())));
            assert_eq!(events[99]["timestamp"], "2026-02-12T18:00:00.122Z");
        }
    }

    #[test]
    fn installs_share_some_thousand_signatures() {
        let events = events(ALL, 2_000);
        let hashes: HashSet<&str> = events.iter().filter_map(|event| event["signatureHash"].as_str()).collect();
        assert_eq!(hashes.len() as u64, SIGNATURES);
    }

    #[test]
    fn feedback_goes_to_its_own_address() {
        let target = Target::parse("http://127.0.0.1:8080/v1/feedback").unwrap();
        let bodies = bodies(&mut Request::drift(&target, AT, 1), FEEDBACK, 1);
        assert_eq!(bodies[0]["events"][0]["type"], "benchmark_feedback");
    }

    #[test]
    fn an_event_that_was_rejected_is_no_success() {
        let request = Request::drift(&target(), AT, 1);
        assert_eq!(request.outcome(200, br#"{"success":true,"eventsProcessed":1}"#), Outcome::Accepted);
        let rejected = br#"{"success":true,"eventsProcessed":0,"rejected":[{"index":0,"reason":"type: type"}]}"#;
        assert_eq!(request.outcome(200, rejected), Outcome::Refused);
    }
}
