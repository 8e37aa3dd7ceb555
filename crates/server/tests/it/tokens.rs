//! Tokens: `askfirst token`, and what is read with one over HTTP.

mod command;
mod reads;

use crate::harness::{Answer, Request, Server};

const STATS: &str = "/api/v1/voicemode/stats";

/// A read with a token, if one is given.
#[track_caller]
fn read(server: &Server, target: &str, token: Option<&str>) -> Answer {
    let request = Request::new("GET", target);
    server.send(&match token {
        Some(token) => request.header("authorization", &format!("Bearer {token}")),
        None => request,
    })
}

/// Checks that a read was turned away, as RFC 9457 has it, and told the client nothing else.
#[track_caller]
fn assert_turned_away(case: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{case}: {answer:?}");
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    let problem = answer.json();
    assert_eq!((&problem["status"], &problem["code"]), (&status.into(), &code.into()), "{case}");
    assert_eq!(answer.header("www-authenticate"), (status == 401).then_some("Bearer"), "{case}");
    assert!(status == 500 || answer.text().contains("askfirst token create"), "{case} tells what to do: {problem}");
}
