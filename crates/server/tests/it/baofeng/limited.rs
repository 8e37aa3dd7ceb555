//! The limit per address, which is off unless it is configured.

use super::{
    LIMITS_ADDRESS, NOT_ALLOWED, ORIGIN, Payload, REPEATED, assert_answer, assert_json, assert_rows, assert_total,
    client_log, event, serve_with, session,
};
use crate::harness::{Answer, Home, Request, Server, address};

const LIMITED: &str = r#"{"ok":false,"error":"Rate limit exceeded"}"#;

fn from(address: &str, request: Request) -> Request {
    request.header("x-forwarded-for", address)
}

/// Checks a 429 and its seconds to wait.
#[track_caller]
fn assert_limited(case: &str, answer: &Answer, origin: Option<&str>) {
    assert_answer(case, answer, 429, LIMITED, origin);
    let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3600).contains(&wait), "{case}: {wait} seconds");
}

/// Sends errors to both paths until the address has none left of two.
#[track_caller]
fn exhaust(server: &Server, address: &str) {
    for request in [event(&Payload::error("x")), client_log(&Payload::log("x"))] {
        let answer = server.send(&from(address, request));
        assert_eq!(answer.status, 200, "within the limit: {}", answer.text());
    }
}

#[test]
fn there_is_no_limit_by_default() {
    let home = Home::new();
    let server = home.serve();
    let address = address();
    let mut connection = server.connect();
    for number in 0..150 {
        let answer = connection.exchange(&from(&address, event(&Payload::flash(&session())))).unwrap();
        assert_eq!(answer.status, 200, "{number}: {}", answer.text());
    }
    assert_total(&server, "all of one address", 150);
}

#[test]
fn what_an_address_sends_over_the_limit_is_not_stored() {
    let home = Home::new();
    let server = serve_with(&home, &[(LIMITS_ADDRESS, "2/h")]);
    let limited = address();
    exhaust(&server, &limited);
    for (case, request) in [
        ("an error", event(&Payload::error("x"))),
        ("a flash", event(&Payload::flash(&session()))),
        ("a log", client_log(&Payload::log("x"))),
    ] {
        assert_limited(case, &server.send(&from(&limited, request.clone())), None);
        let allowed = from(&limited, request.clone()).header("origin", ORIGIN);
        assert_limited(case, &server.send(&allowed), Some(ORIGIN));
        let foreign = from(&limited, request).header("origin", "https://example.org");
        assert_json(case, &server.send(&foreign), 403, NOT_ALLOWED);
    }
    assert_rows(&home, "the first two", 1, 1);
    for path in ["/count", "/metrics/flash-count", "/health"] {
        let answer = server.send(&from(&limited, Request::new("GET", path)));
        assert_eq!(answer.status, 200, "reading is not limited: {path}");
    }
    exhaust(&server, &address());
    server.kill();
    let server = serve_with(&home, &[(LIMITS_ADDRESS, "2/h")]);
    assert_limited("after a crash", &server.send(&from(&limited, event(&Payload::error("x")))), None);
    assert_rows(&home, "of both addresses", 2, 2);
}

#[test]
fn a_repetition_costs_nothing() {
    let home = Home::new();
    let server = serve_with(&home, &[(LIMITS_ADDRESS, "2/h")]);
    let from_one = address();
    let flash = event(&Payload::flash(&session()));
    assert_eq!(server.send(&from(&from_one, flash.clone())).status, 200);
    for _ in 0..5 {
        assert_json("again", &server.send(&from(&from_one, flash.clone())), 200, REPEATED);
    }
    let second = server.send(&from(&from_one, event(&Payload::error("x"))));
    assert_eq!(second.status, 200, "the second event: {}", second.text());
    assert_limited("the third", &server.send(&from(&from_one, event(&Payload::error("x")))), None);
    assert_json("the flash, while limited", &server.send(&from(&from_one, flash)), 200, REPEATED);
}
