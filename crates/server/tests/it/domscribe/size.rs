//! How long a record may be, and in which order it is checked.

use super::{Report, SESSION, assert_stored, assert_text, post, record, request, stored};
use crate::harness::{Connection, Home, Request};

const MOST: usize = 1024;
const TOO_LARGE: &str = "payload too large";

/// A good record, filled up with spaces.
fn sized(length: usize) -> String {
    let json = record().json();
    let spaces = " ".repeat(length - json.len());
    json + &spaces
}

/// The head of a request that tells the length of its body.
fn head(content_type: &str, length: &str) -> String {
    format!(
        "POST {SESSION} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n"
    )
}

#[test]
fn a_body_of_1024_bytes_passes_and_a_byte_more_does_not() {
    let home = Home::new();
    let server = home.serve();
    assert_stored("1,024 bytes", &post(&server, sized(MOST)));
    assert_text("1,025 bytes", &post(&server, sized(MOST + 1)), 413, TOO_LARGE);
    assert_text("2,000 bytes", &post(&server, sized(2000)), 413, TOO_LARGE);
    // Bytes count, not characters.
    let spread = "é".repeat(MOST / 2);
    assert_text("1,024 bytes that are no JSON", &post(&server, &spread), 400, "invalid json");
    assert_text("1,025 bytes of 513 characters", &post(&server, spread + "x"), 413, TOO_LARGE);
    assert_eq!(stored(&home).len(), 1);
}

#[test]
fn a_body_in_chunks_is_measured_as_it_comes() {
    let home = Home::new();
    let server = home.serve();
    for chunk in [1, 7, 100, 1023, MOST, MOST + 1, 4096] {
        let passes = request(sized(MOST)).chunked(chunk);
        assert_stored(&format!("1,024 bytes in chunks of {chunk}"), &server.send(&passes));
        let fails = request(sized(MOST + 1)).chunked(chunk);
        assert_text(&format!("1,025 bytes in chunks of {chunk}"), &server.send(&fails), 413, TOO_LARGE);
        let fails = request(sized(100_000)).chunked(chunk.max(100));
        assert_text(&format!("100,000 bytes in chunks of {chunk}"), &server.send(&fails), 413, TOO_LARGE);
    }
    assert_eq!(stored(&home).len(), 7);
}

#[test]
fn a_length_over_the_limit_is_answered_before_the_body_is_sent() {
    let home = Home::new();
    let server = home.serve();
    for length in ["1025", "5000", "1000000", "10000000000"] {
        let mut connection = server.connect();
        connection.write(head("application/json", length) + "\r\n").unwrap();
        assert_text(&format!("{length} bytes told"), &connection.answer_to("POST").unwrap(), 413, TOO_LARGE);

        let mut connection = server.connect();
        connection.write(head("application/json", length) + "expect: 100-continue\r\n\r\n").unwrap();
        let answer = connection.read_head().unwrap();
        assert_eq!(answer.status, 413, "{length} bytes told by a client that waits: {answer:?}");
    }
}

#[test]
fn a_client_that_waits_to_be_told_to_continue_is_told() {
    let home = Home::new();
    let server = home.serve();
    let body = sized(MOST);
    let mut connection = server.connect();
    connection.write(head("application/json", "1024") + "expect: 100-continue\r\n\r\n").unwrap();
    assert_eq!(connection.read_head().unwrap().status, 100);
    connection.write(body).unwrap();
    assert_stored("continued", &connection.answer_to("POST").unwrap());
}

/// Writes chunks until the server does not take them any more; tells how many bytes that were.
fn write_without_end(connection: &mut Connection, most: usize) -> usize {
    let chunk = format!("{:x}\r\n{}\r\n", 64 * 1024, " ".repeat(64 * 1024));
    let mut written = 0;
    while written < most && connection.write(&chunk).is_ok() {
        written += chunk.len();
    }
    written
}

#[test]
fn a_body_without_end_is_cut_off() {
    const MOST_TAKEN: usize = 256 << 20;
    let home = Home::new();
    let server = home.serve();
    let head = Request::new("POST", SESSION).header("content-type", "application/json").chunked(1).head();
    let mut connection = server.connect();
    connection.write(head).unwrap();
    let written = write_without_end(&mut connection, MOST_TAKEN);
    assert!(written < MOST_TAKEN, "{written} bytes were taken");
    // What was written in vain may have swept the answer away.
    if let Ok(answer) = connection.answer_to("POST") {
        assert_text("without end", &answer, 413, TOO_LARGE);
    }
    assert_stored("and the next one passes", &post(&server, sized(MOST)));
}

#[test]
fn of_several_faults_the_first_in_order_is_told() {
    let home = Home::new();
    let server = home.serve();
    let text = |body: &str| Request::new("POST", SESSION).header("content-type", "text/plain").body(body);
    let long = "x".repeat(MOST + 1);
    for body in ["", "{", "{}", &long] {
        assert_text("the content type first", &server.send(&text(body)), 415, "unsupported media type");
    }
    let mut connection = server.connect();
    connection.write(head("text/plain", "5000") + "\r\n").unwrap();
    assert_text("before any body", &connection.answer_to("POST").unwrap(), 415, "unsupported media type");
    assert_text("then the length", &post(&server, &long), 413, TOO_LARGE);
    assert_text("then the JSON", &post(&server, &long[1..]), 400, "invalid json");
    let unknown: Report = record().with("extra", 1).without("platform");
    assert_text("then the fields", &post(&server, unknown.json()), 400, "invalid payload");
    assert!(stored(&home).is_empty());
}
