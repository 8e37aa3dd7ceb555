//! What is posted: requests of a wire that differ in what must be fresh.

use std::fmt;

use askfirst_contract::{Contract, Timestamp};

use crate::target::Target;
use crate::template::{ADDRESS, Body, Numbers, Template};
use crate::wire;

/// What one connection posts, again and again.
#[derive(Clone, Debug)]
pub struct Request {
    url: String,
    /// Taken in turns; an install sends each of them once.
    templates: Vec<Template>,
    /// Events of a request.
    events: u64,
    /// Tells what became of the events where the status alone does not.
    read_body: fn(&[u8]) -> Outcome,
}

/// What became of a post that was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All of its events were taken.
    Accepted,
    /// Some went over a limit.
    Limited,
    /// Some were not taken, or the server is not well.
    Refused,
}

/// Why no fresh events can be made up for a contract.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unmakeable(pub(crate) String);

impl Request {
    /// One report of `VoiceMode` a request, made at `at`: `POST /telemetry`.
    #[must_use]
    pub fn voicemode(target: &Target, at: Timestamp) -> Self {
        wire::voicemode::request(target, at)
    }

    /// So many events of Drift a request, 1 to [`Self::MAX_RAISED`], made at `at`: `POST /v1/events`, or `/v1/feedback`
    /// where the target's path ends so. All of a request are of one install.
    #[must_use]
    pub fn drift(target: &Target, at: Timestamp, events: usize) -> Self {
        wire::drift::request(target, at, events)
    }

    /// One report of the Baofeng logo flasher a request, made at `at`: `POST /event`, or `/client-log` or `/increment`
    /// where the target's path ends so.
    #[must_use]
    pub fn baofeng(target: &Target, at: Timestamp) -> Self {
        wire::baofeng::request(target, at)
    }

    /// One record of domscribe a request: `POST /v1/session`.
    #[must_use]
    pub fn domscribe(target: &Target) -> Self {
        wire::domscribe::request(target)
    }

    /// So many events of a contract a request, 1 to [`Self::MAX_EVENTS`], made at `at`, all types in turns:
    /// `POST /api/v1/{app}/events`.
    ///
    /// # Errors
    ///
    /// When the contract leaves nothing to make an event fresh with, or asks for what can't be made up.
    pub fn native(target: &Target, at: Timestamp, events: usize, contract: &Contract) -> Result<Self, Unmakeable> {
        wire::native::request(target, at, events, contract)
    }

    /// The most events of a request, as Drift's wire and contracts have it.
    pub const MAX_EVENTS: usize = 100;

    /// The most that a server may be set to take, as `max_batch` has it.
    pub const MAX_RAISED: usize = 1_000;

    /// Requests with these events, between `brackets`, one template for each list.
    pub(crate) fn new(url: &Url<'_>, brackets: [&str; 2], turns: &[Vec<Body>]) -> Self {
        let templates = turns.iter().map(|events| Template::new(|length| url.head(length), brackets, events)).collect();
        let events = turns.first().map_or(0, Vec::len) as u64;
        Self { url: url.to_string(), templates, events, read_body: |_| Outcome::Accepted }
    }

    /// The same with answers that have to be read.
    pub(crate) fn reading(self, read_body: fn(&[u8]) -> Outcome) -> Self {
        Self { read_body, ..self }
    }

    /// Writes what is fresh in the request of this number and returns the bytes to send.
    pub(crate) fn patch(&mut self, sequence: u64) -> &[u8] {
        let turns = self.templates.len() as u64;
        let numbers =
            Numbers { request: sequence, first_event: sequence.wrapping_mul(self.events), install: sequence / turns };
        self.templates[usize::try_from(sequence % turns).unwrap_or_default()].patch(numbers)
    }

    /// What became of a post, by its answer.
    pub(crate) fn outcome(&self, status: u16, body: &[u8]) -> Outcome {
        match status {
            200..=299 => (self.read_body)(body),
            429 => Outcome::Limited,
            _ => Outcome::Refused,
        }
    }

    /// Where it is posted to.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many events a request has.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Size of a request, head and body, in bytes; the mean where they differ.
    #[must_use]
    pub fn size(&self) -> usize {
        self.mean(Template::size)
    }

    /// Size of the body alone, in bytes; the mean where they differ.
    #[must_use]
    pub fn body_size(&self) -> usize {
        self.mean(Template::body_size)
    }

    fn mean(&self, size: fn(&Template) -> usize) -> usize {
        self.templates.iter().map(size).sum::<usize>() / self.templates.len().max(1)
    }
}

/// Where the requests of a wire go.
pub(crate) struct Url<'t> {
    target: &'t Target,
    path: String,
}

impl<'t> Url<'t> {
    /// The target's own path where it ends with one of the wire's, else the first of them behind it.
    pub(crate) fn new(target: &'t Target, paths: &[&str]) -> Self {
        let own = target.path();
        let is_whole = paths.iter().any(|path| own.ends_with(path));
        let path = if is_whole { own.to_owned() } else { format!("{own}{}", paths[0]) };
        Self { target, path }
    }

    pub(crate) fn ends_with(&self, path: &str) -> bool {
        self.path.ends_with(path)
    }

    /// All of a request but its body.
    fn head(&self, length: usize) -> String {
        let (path, host) = (&self.path, self.target.authority());
        format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nConnection: keep-alive\r\n\
             Content-Type: application/json\r\nUser-Agent: askfirst-load/{}\r\nX-Forwarded-For: {ADDRESS}\r\n\
             Content-Length: {length}\r\n\r\n",
            env!("CARGO_PKG_VERSION")
        )
    }
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.target.origin(), self.path)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;

    use serde_json::Value;

    use super::*;

    pub(crate) const AT: Timestamp = Timestamp(1_770_919_200_123);

    pub(crate) fn target() -> Target {
        Target::parse("http://127.0.0.1:8080").unwrap()
    }

    /// The headers and the body of a request to this path, after checking that it is HTTP of the right length.
    pub(crate) fn parse(bytes: &[u8], path: &str) -> (HashMap<String, String>, Value) {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut request = httparse::Request::new(&mut headers);
        let head = request.parse(bytes).unwrap().unwrap();
        assert_eq!((request.method, request.path), (Some("POST"), Some(path)));
        let text = |header: &httparse::Header<'_>| str::from_utf8(header.value).unwrap().to_owned();
        let headers: HashMap<_, _> =
            request.headers.iter().map(|header| (header.name.to_lowercase(), text(header))).collect();
        assert_eq!(headers["content-length"].parse(), Ok(bytes.len() - head));
        (headers, serde_json::from_slice(&bytes[head..]).unwrap())
    }

    /// The bodies of so many requests, from the first on.
    pub(crate) fn bodies(request: &mut Request, path: &str, count: u64) -> Vec<Value> {
        (0..count).map(|sequence| parse(request.patch(sequence), path).1).collect()
    }

    pub(crate) fn assert_is_uuid_v4(id: &str) {
        let groups: Vec<&str> = id.split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
        assert!(groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(groups[2].starts_with('4') && groups[3].starts_with('8'), "{id}");
    }

    #[test]
    fn the_wires_path_comes_behind_the_targets_unless_it_is_there() {
        for (url, path) in [
            ("http://host", "/telemetry"),
            ("http://host/", "/telemetry"),
            ("http://host/base/", "/base/telemetry"),
            ("http://host/a/voicemode", "/a/voicemode/telemetry"),
            ("http://host/base/telemetry", "/base/telemetry"),
        ] {
            let target = Target::parse(url).unwrap();
            let (headers, _) = parse(Request::voicemode(&target, AT).patch(0), path);
            assert_eq!(headers["host"], "host");
        }
    }

    #[test]
    fn a_status_tells_what_became_of_a_post() {
        let request = Request::domscribe(&target());
        for (status, outcome) in [
            (200, Outcome::Accepted),
            (204, Outcome::Accepted),
            (301, Outcome::Refused),
            (400, Outcome::Refused),
            (429, Outcome::Limited),
            (500, Outcome::Refused),
        ] {
            assert_eq!(request.outcome(status, b""), outcome, "{status}");
        }
    }
}
