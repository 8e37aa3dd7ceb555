//! Clients that mean harm or are broken get an answer of the wire or a closed connection, and nobody else suffers.

use std::io;

use crate::harness::{Answer, Connection, Home, Ledger, Report, Request, Server};
use crate::voicemode::{assert_json, refused, stored};

const MEBIBYTE: u64 = 1 << 20;

/// Checks that the server serves, that nothing panicked, and that its memory stayed bounded.
#[track_caller]
fn assert_unharmed(case: &str, server: &Server) {
    let report = Report::new();
    assert_json(case, &server.post(report.json()), 200, &stored(report.event_id()));
    let log = server.log();
    assert!(!log.contains("panicked"), "{case}: {log}");
    let most = server.memory("VmHWM:");
    assert!(most < 150 * MEBIBYTE, "{case}: {most} bytes of memory at most");
}

/// Checks that the client was told its fault, or cut off.
#[track_caller]
fn assert_rebuffed(case: &str, answer: io::Result<Answer>) {
    if let Ok(answer) = answer {
        assert!((400..500).contains(&answer.status), "{case}: {answer:?}");
    }
}

#[test]
fn bodies_of_ten_megabytes_are_cut_short() {
    let home = Home::new();
    let server = home.serve();
    let body = vec![b' '; 10_000_000];
    let requests = [("length told", Request::report(&body)), ("in chunks", Request::report(&body).chunked(64 * 1024))];
    for (case, request) in requests {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    if let Ok(answer) = server.connect().exchange(&request) {
                        assert_json(case, &answer, 413, &refused("Payload too large"));
                    }
                });
            }
        });
        assert_unharmed(case, &server);
    }
    let claimed = "POST /telemetry HTTP/1.1\r\nhost: x\r\ncontent-length: 18446744073709551615\r\n\r\n";
    let mut connection = server.connect();
    connection.write(claimed).unwrap();
    assert_rebuffed("16 exabytes claimed", connection.answer_to("POST"));
    assert_unharmed("16 exabytes claimed", &server);
}

#[test]
fn json_made_to_exhaust_a_parser_is_answered() {
    let home = Home::new();
    let server = home.serve();
    let keys = |count: usize| (0..count).map(|key| format!("\"k{key}\":0")).collect::<Vec<_>>().join(",");
    let invalid = [
        ("10,000 brackets", "[".repeat(10_000)),
        ("10,000 brackets, closed", "[".repeat(10_000) + &"]".repeat(10_000)),
        ("10,000 objects", "{\"a\":".repeat(10_000)),
        (
            "10,000 brackets, undeclared",
            Report::new().with_raw("x", &("[".repeat(10_000) + &"]".repeat(10_000))).json(),
        ),
        ("65,536 brackets", "[".repeat(65_536)),
        ("60,000 quotes", "\"".repeat(60_001)),
        ("60,000 backslashes", format!("\"{}", "\\".repeat(60_000))),
    ];
    for (case, body) in invalid {
        assert_json(case, &server.post(body), 400, &refused("Invalid JSON"));
    }
    assert_json("100,000 keys", &server.post(format!("{{{}}}", keys(100_000))), 413, &refused("Payload too large"));
    let report = Report::new();
    let many = format!("{},{}}}", report.json().strip_suffix('}').unwrap(), keys(6_000));
    assert_json("6,000 undeclared keys", &server.post(many), 200, &stored(report.event_id()));
    let counts = Report::new().with_raw("usage.transport_usage", &format!("{{{}}}", keys(6_000)));
    assert_json("6,000 keys in a map", &server.post(counts.json()), 400, &refused("Invalid usage.transport_usage"));
    let digits = Report::new().with_raw("usage.total_sessions", &"9".repeat(60_000));
    assert_json("60,000 digits", &server.post(digits.json()), 400, &refused("Invalid or missing usage.total_sessions"));
    let exponent = Report::new().with_raw("usage.total_sessions", &format!("1e-{}", "9".repeat(60_000)));
    assert!(matches!(server.post(exponent.json()).status, 200 | 400), "a long exponent");
    for byte in 0..=u8::MAX {
        let status = server.post(vec![byte; 1000]).status;
        assert_eq!(status, 400, "a thousand bytes {byte}");
    }
    assert_unharmed("all of them", &server);
}

#[test]
fn what_is_not_http_is_cut_off() {
    let home = Home::new();
    let server = home.serve();
    let post = "POST /telemetry HTTP/1.1\r\nhost: x\r\n";
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("noise", (0..10_000_u32).map(|index| index.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect()),
        ("NUL bytes", vec![0; 10_000]),
        ("a TLS greeting", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec()),
        ("HTTP/2 without being asked", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec()),
        ("JSON alone", Report::new().json().into_bytes()),
        ("an endless line", vec![b'A'; 1_000_000]),
        ("a long target", format!("POST /{} HTTP/1.1\r\n\r\n", "t".repeat(200_000)).into_bytes()),
        ("a long header", format!("{post}x-long: {}\r\n\r\n", "x".repeat(1_000_000)).into_bytes()),
        ("many headers", format!("{post}{}\r\n", "x-many: 1\r\n".repeat(5_000)).into_bytes()),
        ("a negative length", format!("{post}content-length: -1\r\n\r\n").into_bytes()),
        ("two lengths", format!("{post}content-length: 5\r\ncontent-length: 6\r\n\r\n12345").into_bytes()),
        ("a length of no number", format!("{post}content-length: many\r\n\r\n").into_bytes()),
        ("a chunk of no size", format!("{post}transfer-encoding: chunked\r\n\r\nzz\r\n\r\n").into_bytes()),
        (
            "a chunk too large to count",
            format!("{post}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n").into_bytes(),
        ),
        ("a NUL in a header", format!("{post}x: \0\r\n\r\n").into_bytes()),
    ];
    for (case, bytes) in cases {
        let mut connection = server.connect();
        // The server may have closed by the time all is written.
        let _ = connection.write(bytes);
        let _ = connection.finish_writing();
        assert_rebuffed(case, connection.answer_to("POST"));
        assert_unharmed(case, &server);
    }
}

#[test]
fn clients_that_stall_do_not_stall_others() {
    let home = Home::new();
    let server = home.serve();
    let whole = Request::report(Report::new().json()).bytes();
    let lengths = [0, 1, 10, 60, whole.len() / 2, whole.len() - 1];
    let stalled: Vec<Connection> = (0..200)
        .map(|index| {
            let mut connection = server.connect();
            connection.write(&whole[..lengths[index % lengths.len()]]).unwrap();
            connection
        })
        .collect();
    assert_unharmed("200 stalled connections", &server);
    drop(stalled);
    assert_unharmed("200 connections closed amidst a request", &server);
}

#[test]
fn a_slow_request_is_answered_once_it_is_whole() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    let mut connection = server.connect();
    for byte in Request::report(report.json()).bytes() {
        connection.write([byte]).unwrap();
    }
    assert_json("byte by byte", &connection.answer_to("POST").unwrap(), 200, &stored(report.event_id()));
    assert_unharmed("byte by byte", &server);
}

#[test]
fn a_client_that_closes_its_half_after_the_request_still_gets_the_answer() {
    let home = Home::new();
    let server = home.serve();
    for round in 0..20 {
        let report = Report::new();
        let mut connection = server.connect();
        connection.write(Request::report(report.json()).bytes()).unwrap();
        connection.finish_writing().unwrap();
        let answer = connection.answer_to("POST").unwrap_or_else(|error| panic!("round {round}: no answer, {error}"));
        assert_json("half closed", &answer, 200, &stored(report.event_id()));
        assert_eq!(connection.rest(), b"", "the server closes its half, too");
    }
    assert_unharmed("half closed", &server);
}

#[test]
fn a_truncated_request_stores_nothing() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    let requests = [Request::report(report.json()), Request::report(report.json()).chunked(100)];
    for request in requests {
        let whole = request.bytes();
        for length in [whole.len() - 1, whole.len() - 3, whole.len() / 2, request.head().len()] {
            let mut connection = server.connect();
            connection.write(&whole[..length]).unwrap();
            connection.finish_writing().unwrap();
            assert_rebuffed(&format!("{length} bytes of {}", whole.len()), connection.answer_to("POST"));
        }
    }
    assert_json("then whole, and new", &server.post(report.json()), 200, &stored(report.event_id()));
    assert_unharmed("truncated", &server);
}

#[test]
fn a_client_that_does_not_wait_for_its_answer_harms_nobody() {
    let home = Home::new();
    let server = home.serve();
    let reports: Vec<Report> = (0..100).map(|_| Report::new()).collect();
    for report in &reports {
        server.connect().write(Request::report(report.json()).bytes()).unwrap();
    }
    assert_unharmed("gone before the answer", &server);
    for report in &reports {
        assert_eq!(server.post(report.json()).status, 200, "sent again by a client in doubt");
    }
    let total = Ledger::open(&home).total();
    assert_eq!(total, 101, "each is stored once, and the one of the check");
}
