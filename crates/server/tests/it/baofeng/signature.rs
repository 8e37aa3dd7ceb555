//! The signed token that can be required: HMAC-SHA256 of the body under a shared secret, in `X-Signature`.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{
    ADMIN_TOKEN, INVALID_FIELDS, INVALID_JSON, LOGGED, NOT_ALLOWED, ORIGIN, Payload, REPEATED, SIGNING_SECRET, STORED,
    TOKEN, TOO_LARGE, UNAUTHORIZED, assert_answer, assert_json, assert_rows, assert_total, by_operator, post,
    serve_with, session,
};
use crate::harness::{Home, Request, Server};

const SECRET: &str = "the shared secret";

/// In lower-case hex.
fn signature(secret: &str, body: impl AsRef<[u8]>) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_ref());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn signed(path: &str, body: &str) -> Request {
    post(path, body).header("x-signature", &signature(SECRET, body))
}

fn serve(home: &Home) -> Server {
    serve_with(home, &[(SIGNING_SECRET, SECRET), (ADMIN_TOKEN, TOKEN)])
}

/// The paths that need a signature, with a body and its answer.
fn writes() -> [(&'static str, String, &'static str); 3] {
    [
        ("/event", Payload::error("signed, äöü 😀").json(), STORED),
        ("/client-log", Payload::log("signed, äöü 😀").json(), LOGGED),
        ("/increment", format!(r#"{{ "sessionId" : "{}" }}"#, session()), r#"{"total":1}"#),
    ]
}

#[test]
fn a_right_signature_passes_in_hex_of_either_case() {
    let home = Home::new();
    let server = serve(&home);
    for (path, body, answer) in writes() {
        assert_json(path, &server.send(&signed(path, &body)), 200, answer);
    }
    let body = Payload::error("again").json();
    let lower = signature(SECRET, &body);
    let mixed: String = lower
        .chars()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 0 { digit.to_ascii_uppercase() } else { digit })
        .collect();
    for hex in [lower.to_uppercase(), mixed, lower] {
        assert_json(&hex, &server.send(&post("/event", &body).header("x-signature", &hex)), 200, STORED);
    }
    assert_json("in chunks", &server.send(&signed("/event", &body).chunked(7)), 200, STORED);
    assert_rows(&home, "all of them", 5, 1);
}

#[test]
fn the_signature_is_the_one_that_others_compute() {
    // By `openssl dgst -sha256 -hmac "the shared secret"`.
    const BODY: &str = r#"{"sessionId":"flash-1"}"#;
    const HEX: &str = "a16f608d519e8b073e98e5b0a4bddac8b18427bd92abc87d01e2b5bee6287c2d";
    assert_eq!(signature(SECRET, BODY), HEX, "the test's own");
    let home = Home::new();
    let server = serve(&home);
    let answer = server.send(&post("/increment", BODY).header("x-signature", HEX));
    assert_json("the server's", &answer, 200, r#"{"total":1}"#);
}

#[test]
fn a_missing_or_wrong_signature_is_refused_and_nothing_is_stored() {
    let home = Home::new();
    let server = serve(&home);
    for (path, body, _) in writes() {
        let right = signature(SECRET, &body);
        let mut flipped = right.clone().into_bytes();
        flipped[63] = if flipped[63] == b'0' { b'1' } else { b'0' };
        let wrong = [
            String::new(),
            "0".repeat(64),
            "x".repeat(64),
            "undefined".to_owned(),
            right[..63].to_owned(),
            right[..62].to_owned(),
            right.clone() + "0",
            right.clone() + "00",
            right.repeat(2),
            String::from_utf8(flipped).unwrap(),
            signature("another secret", &body),
            signature("", &body),
            signature(SECRET, body.clone() + " "),
            signature(SECRET, &body[..body.len() - 1]),
            signature(SECRET, ""),
        ];
        assert_json(&format!("{path}, none"), &server.send(&post(path, &body)), 401, UNAUTHORIZED);
        for hex in wrong {
            let answer = server.send(&post(path, &body).header("x-signature", &hex));
            assert_json(&format!("{path}, {hex:?}"), &answer, 401, UNAUTHORIZED);
        }
        let elsewhere = server.send(&post(path, &body).header("authorization", &format!("Bearer {right}")));
        assert_json(&format!("{path}, in another header"), &elsewhere, 401, UNAUTHORIZED);
        let spaced = server.send(&post(path, format!("{body} ")).header("x-signature", &right));
        assert_json(&format!("{path}, a space more in the body"), &spaced, 401, UNAUTHORIZED);
    }
    assert_rows(&home, "nothing", 0, 0);
    assert_total(&server, "nothing", 0);
}

#[test]
fn the_answer_to_a_wrong_signature_has_the_headers_of_its_origin() {
    let home = Home::new();
    let server = serve(&home);
    for (path, body, _) in writes() {
        let unsigned = |origin: &str| server.send(&post(path, &body).header("origin", origin));
        assert_answer(path, &unsigned(ORIGIN), 401, UNAUTHORIZED, Some(ORIGIN));
        assert_json(path, &unsigned("https://example.org"), 403, NOT_ALLOWED);
        let foreign = server.send(&signed(path, &body).header("origin", "https://example.org"));
        assert_json(&format!("{path}, signed"), &foreign, 403, NOT_ALLOWED);
    }
    for (path, body, answer) in writes() {
        let allowed = server.send(&signed(path, &body).header("origin", ORIGIN));
        assert_answer(&format!("{path}, signed"), &allowed, 200, answer, Some(ORIGIN));
    }
}

#[test]
fn what_is_signed_is_still_checked() {
    let home = Home::new();
    let server = serve(&home);
    for (path, _, _) in writes() {
        assert_json(path, &server.send(&signed(path, "{")), 400, INVALID_JSON);
        assert_json(path, &server.send(&signed(path, "")), 400, INVALID_JSON);
        assert_json(path, &server.send(&signed(path, "{}")), 400, INVALID_FIELDS);
        assert_json(path, &server.send(&signed(path, &" ".repeat(40_001))), 413, TOO_LARGE);
    }
    let flash = Payload::flash(&session()).json();
    assert_json("a flash", &server.send(&signed("/event", &flash)), 200, STORED);
    assert_json("the same again", &server.send(&signed("/event", &flash)), 200, REPEATED);
    assert_json("the same without", &server.send(&post("/event", &flash)), 401, UNAUTHORIZED);
    let baseline = Payload::baseline("baseline-x", "100").json();
    let unauthorized = server.send(&signed("/event", &baseline));
    assert_json("a baseline, signed by somebody", &unauthorized, 400, INVALID_FIELDS);
    let unsigned = server.send(&by_operator(post("/event", &baseline)));
    assert_json("a baseline by the operator, not signed", &unsigned, 401, UNAUTHORIZED);
    assert_json("both", &server.send(&by_operator(signed("/event", &baseline))), 200, STORED);
    assert_total(&server, "the flash and the baseline", 101);
}

#[test]
fn reading_needs_no_signature() {
    let home = Home::new();
    let server = serve(&home);
    assert_total(&server, "the count", 0);
    assert_eq!(server.get("/health").status, 200);
    assert_eq!(server.send(&by_operator(Request::new("GET", "/recent"))).status, 200);
    assert_json("of somebody", &server.get("/recent"), 401, UNAUTHORIZED);
    let preflight = server.send(&Request::new("OPTIONS", "/event").header("origin", ORIGIN));
    assert_eq!(preflight.status, 204);
}

#[test]
fn without_a_secret_no_signature_is_looked_at() {
    let home = Home::new();
    let server = home.serve();
    for (path, body, answer) in writes() {
        let request = post(path, &body).header("x-signature", "wrong");
        assert_json(path, &server.send(&request), 200, answer);
    }
}
