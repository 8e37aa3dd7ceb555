//! The events of Drift, one or many a request.
//!
//! Both kinds of requests carry the same stream of events: an install sends [`PER_INSTALL`], of the same types, in the
//! same order, and is followed by a new install. Only how many share a request differs.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use crate::clock;
use crate::request::{mix, write_digits, write_hex, write_uuid};

/// The most events that a request may have.
pub(crate) const BATCH: usize = 100;
/// Events of an install.
const PER_INSTALL: usize = BATCH;
/// Signatures there are.
const SIGNATURES: u64 = 5_000;
/// Different signatures of an install; it meets some of them twice.
const SIGNATURES_OF_INSTALL: usize = 50;

const INSTALL: &str = "00000000-0000-4000-8000-000000000000";
const SIGNATURE: &str = "SSSSSSSSSSSSSSSS";
/// Two digits of a number.
const DIGITS: &str = "##";

const CATEGORIES: [&str; 8] = ["api", "auth", "data-access", "errors", "logging", "security", "structural", "testing"];
const LANGUAGES: [&str; 4] = ["typescript", "python", "go", "rust"];
const METHODS: [&str; 4] = ["ast", "regex", "hybrid", "semantic"];
const ACTIONS: [&str; 3] = ["approve", "ignore", "dismiss_outlier"];

/// `POST /v1/events` with the same number of events each time.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    /// Those of an install, in their order.
    requests: Vec<Template>,
    per_request: u64,
}

/// A text with places for what is fresh.
#[derive(Clone, Debug)]
struct Template {
    bytes: Vec<u8>,
    places: Vec<(Range<usize>, Fresh)>,
}

#[derive(Clone, Copy, Debug)]
enum Fresh {
    Install,
    /// The install's signature of this number.
    Signature(u64),
    Digits,
}

impl Events {
    /// Builds the requests, their events made in the second before `time`.
    pub(crate) fn new(server: SocketAddr, time: Duration, events_per_request: usize) -> Self {
        let events: Vec<Template> = (0..PER_INSTALL).map(|number| Template::of_event(number, time)).collect();
        let requests = events.chunks(events_per_request).map(|events| Template::of_request(server, events)).collect();
        Self { requests, per_request: events_per_request as u64 }
    }

    /// Writes the install, its signatures and its numbers.
    pub(crate) fn patch(&mut self, sequence: u64) -> &[u8] {
        let requests = self.requests.len() as u64;
        // Requests of different sizes have different installs.
        let install = mix((sequence / requests) ^ (self.per_request << 32));
        let request = &mut self.requests[usize::try_from(sequence % requests).unwrap_or_default()];
        for (place, fresh) in &request.places {
            let bytes = &mut request.bytes[place.clone()];
            match fresh {
                Fresh::Install => write_uuid(bytes, install, mix(!install)),
                Fresh::Signature(number) => write_hex(bytes, mix((install % SIGNATURES + number) % SIGNATURES)),
                Fresh::Digits => write_digits(bytes, mix(install ^ place.start as u64)),
            }
        }
        &request.bytes
    }

    /// How many events each request has.
    pub(crate) fn per_request(&self) -> u64 {
        self.per_request
    }

    /// Size of the requests, head and body, in bytes; the mean where they differ.
    pub(crate) fn len(&self) -> usize {
        self.requests.iter().map(|request| request.bytes.len()).sum::<usize>() / self.requests.len()
    }
}

impl Template {
    /// The event of this number of an install.
    fn of_event(number: usize, time: Duration) -> Self {
        let text = event(number, time);
        let signature = Fresh::Signature((number % SIGNATURES_OF_INSTALL) as u64);
        let mut places = Vec::new();
        for (placeholder, fresh) in [(INSTALL, Fresh::Install), (SIGNATURE, signature), (DIGITS, Fresh::Digits)] {
            let found = text.match_indices(placeholder);
            places.extend(found.map(|(start, text)| (start..start + text.len(), fresh)));
        }
        Self { bytes: text.into_bytes(), places }
    }

    /// A request with these events.
    fn of_request(server: SocketAddr, events: &[Self]) -> Self {
        let (start, end) = (r#"{"events":["#, "]}");
        let length = events.iter().map(|event| event.bytes.len() + 1).sum::<usize>() - 1 + start.len() + end.len();
        let head = format!(
            "POST /v1/events HTTP/1.1\r\nHost: {server}\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n\
             Accept: */*\r\nAccept-Language: *\r\nUser-Agent: node\r\nAccept-Encoding: gzip, deflate\r\n\
             Content-Length: {length}\r\n\r\n{start}"
        );
        let mut request = Self { bytes: head.into_bytes(), places: Vec::new() };
        for (number, event) in events.iter().enumerate() {
            if number > 0 {
                request.bytes.push(b',');
            }
            let offset = request.bytes.len();
            request.bytes.extend_from_slice(&event.bytes);
            let places = event.places.iter().map(|(place, fresh)| (place.start + offset..place.end + offset, *fresh));
            request.places.extend(places);
        }
        request.bytes.extend_from_slice(end.as_bytes());
        request
    }
}

/// What the released client sends: of 20 events, one scan, fourteen patterns and five decisions.
fn event(number: usize, time: Duration) -> String {
    let category = CATEGORIES[number % CATEGORIES.len()];
    let (kind, fields) = match number {
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
                r#""signatureHash":"{SIGNATURE}","category":"{category}","confidence":0.##,"locationCount":1##,"outlierCount":{},"detectionMethod":"{method}","language":"{language}""#,
                number % 7
            );
            ("pattern_signature", fields)
        }
    };
    let made =
        clock::timestamp_of_javascript(time.saturating_sub(Duration::from_millis((PER_INSTALL - number) as u64)));
    format!(r#"{{"type":"{kind}","timestamp":"{made}","installationId":"{INSTALL}","driftVersion":"0.9.48",{fields}}}"#)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashSet};

    use serde_json::Value;

    use super::*;
    use crate::request::tests::{assert_is_uuid_v4, parse};

    /// The events of so many requests, from the first on.
    fn events(events_per_request: usize, requests: u64) -> Vec<Value> {
        let time = Duration::new(1_770_919_200, 123_456_000);
        let mut of = Events::new("127.0.0.1:8080".parse().unwrap(), time, events_per_request);
        let body = |sequence| parse(of.patch(sequence), "/v1/events").1;
        let bodies: Vec<Value> = (0..requests).map(body).collect();
        for body in &bodies {
            assert_eq!(body["events"].as_array().unwrap().len(), events_per_request);
        }
        bodies.iter().flat_map(|body| body["events"].as_array().unwrap().clone()).collect()
    }

    #[test]
    fn every_event_is_fresh_and_installs_are_apart() {
        let (single, many) = (events(1, 300), events(BATCH, 3));
        let all = [single, many].concat();
        let different: HashSet<String> = all.iter().map(Value::to_string).collect();
        assert_eq!(different.len(), 600);
        let installs: HashSet<&str> = all.iter().map(|event| event["installationId"].as_str().unwrap()).collect();
        for id in &installs {
            assert_is_uuid_v4(id);
        }
        assert_eq!(installs.len(), 6);
    }

    #[test]
    fn an_install_has_the_types_and_signatures_it_should_have() {
        for events in [events(1, 100), events(BATCH, 1)] {
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
        let events = events(BATCH, 2_000);
        let hashes: HashSet<&str> = events.iter().filter_map(|event| event["signatureHash"].as_str()).collect();
        assert_eq!(hashes.len() as u64, SIGNATURES);
    }
}
