//! Paths, methods, headers and the size of the body.

use super::{accepts, assert_cors, assert_json, refused, refuses, stored};
use crate::harness::{Answer, Home, Report, Request, Server, address};

const LARGEST: usize = 64 * 1024;

#[track_caller]
fn assert_not_found(case: &str, answer: &Answer, body: &str) {
    assert_eq!((answer.status, answer.text().as_str()), (404, body), "{case}");
    let content_type = answer.header("content-type").unwrap_or_default();
    assert!(content_type.starts_with("text/plain"), "{case}: content type {content_type:?}");
    assert_cors(case, answer);
}

/// A report that is so many bytes long, filled up in an undeclared field.
fn sized(bytes: usize) -> Report {
    let report = Report::new().with("pad", "");
    let length = report.json().len();
    report.with("pad", "x".repeat(bytes - length))
}

fn post(target: &str, report: &Report) -> Request {
    Request::new("POST", target).header("x-forwarded-for", &address()).body(report.json())
}

#[test]
fn the_reference_example_is_stored_and_answered_to_the_byte() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new().with("event_id", "test123");
    let answer = server.post(report.json());
    assert_json("the example", &answer, 200, r#"{"status":"ok","event_id":"test123"}"#);
    assert_eq!(answer.header("content-length"), Some("36"));
    let again = server.post(report.json());
    assert_json("again", &again, 200, r#"{"status":"ok","message":"Event already recorded"}"#);
}

#[test]
fn a_query_string_does_not_matter() {
    let home = Home::new();
    let server = home.serve();
    let targets = [
        "/telemetry?",
        "/telemetry?x=1",
        "/telemetry?a=%ff&b=/../x",
        "/telemetry??",
        "/telemetry?/healthz",
        "http://localhost/telemetry",
    ];
    for target in targets {
        let report = Report::new();
        assert_json(target, &server.send(&post(target, &report)), 200, &stored(report.event_id()));
    }
}

#[test]
fn every_other_path_or_method_is_not_found() {
    let home = Home::new();
    let server = home.serve();
    for target in [
        "/",
        "/telemetry/",
        "/telemetry/x",
        "//telemetry",
        "/Telemetry",
        "/TELEMETRY",
        "/telemetr",
        "/telemetry2",
        "/x/telemetry",
        "/x?/telemetry",
    ] {
        assert_not_found(target, &server.send(&post(target, &Report::new())), "Not Found");
    }
    for method in ["GET", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "post"] {
        let request = Request::new(method, "/telemetry").body(if method == "GET" { "" } else { "{}" });
        assert_not_found(method, &server.send(&request), "Not Found");
    }
    assert_not_found("GET /", &server.get("/"), "Not Found");
    assert_not_found("GET with a query", &server.get("/telemetry?x=1"), "Not Found");
    assert_not_found("HEAD", &server.send(&Request::new("HEAD", "/telemetry")), "");
}

#[test]
fn the_servers_own_paths_are_the_wires_unless_they_are_read() {
    let home = Home::new();
    let server = home.serve();
    for target in ["/healthz", "/-/ready", "/-/metrics"] {
        for method in ["POST", "PUT", "PATCH", "DELETE", "get"] {
            let request = Request::new(method, target).body("{}");
            assert_not_found(&format!("{method} {target}"), &server.send(&request), "Not Found");
        }
    }
    for target in ["/-/x", "/-", "/-/ready/", "/-/metrics/x", "/-/healthz", "/healthz/", "/Healthz", "//healthz"] {
        assert_not_found(target, &server.get(target), "Not Found");
    }
    assert_not_found("HEAD", &server.send(&Request::new("HEAD", "/-/x")), "");
}

#[test]
fn options_is_answered_204_and_empty() {
    let home = Home::new();
    let server = home.serve();
    for target in [
        "/telemetry",
        "/telemetry?x=1",
        "/elsewhere",
        "/",
        "/healthz",
        "/-/ready",
        "/-/metrics",
        "/-/x",
        "/healthz?x=1",
    ] {
        let preflight = Request::new("OPTIONS", target)
            .header("origin", "https://example.org")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type");
        let answer = server.send(&preflight);
        assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{target}");
        assert_eq!(answer.header("content-type"), None, "{target}: no content, so no type");
        assert_cors(target, &answer);
    }
}

#[test]
fn the_content_type_of_a_request_does_not_matter() {
    let home = Home::new();
    let server = home.serve();
    for content_type in [
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "application/x-www-form-urlencoded",
        "",
        "nonsense",
    ] {
        let report = Report::new();
        let request = post("/telemetry", &report).header("content-type", content_type);
        assert_json(content_type, &server.send(&request), 200, &stored(report.event_id()));
    }
    let report = Report::new();
    assert_json("none at all", &server.send(&post("/telemetry", &report)), 200, &stored(report.event_id()));
}

#[test]
fn a_body_of_64_kib_passes_and_a_byte_more_does_not() {
    let home = Home::new();
    let server = home.serve();
    let large = refused("Payload too large");
    let spaces = |length: usize| {
        let report = Report::new();
        let body = report.json() + &" ".repeat(length - report.json().len());
        (report, body)
    };
    let (report, body) = spaces(LARGEST);
    assert_json("64 KiB, most of it spaces", &server.post(body), 200, &stored(report.event_id()));
    assert_json("a space more", &server.post(spaces(LARGEST + 1).1), 413, &large);

    let report = sized(LARGEST);
    accepts(&server, "64 KiB with its length told", &report);
    let request = Request::report(sized(LARGEST + 1).json());
    assert_json("a byte more with its length told", &server.send(&request), 413, &large);
    for chunk in [1000, 4096, LARGEST, 2 * LARGEST] {
        let report = sized(LARGEST);
        let request = Request::report(report.json()).chunked(chunk);
        assert_json(&format!("64 KiB in chunks of {chunk}"), &server.send(&request), 200, &stored(report.event_id()));
        let request = Request::report(sized(LARGEST + 1).json()).chunked(chunk);
        assert_json(&format!("a byte more in chunks of {chunk}"), &server.send(&request), 413, &large);
    }
    assert_json("what would not parse anyway", &server.post(vec![0xFF; LARGEST + 1]), 413, &large);
    refuses(&server, "nor at 64 KiB", vec![0xFF; LARGEST], "Invalid JSON");
}

#[test]
fn a_client_that_waits_to_be_told_to_continue_is_told() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    let mut connection = server.begin(&report);
    connection.write(report.json()).unwrap();
    assert_json("continued", &connection.answer_to("POST").unwrap(), 200, &stored(report.event_id()));
}

#[test]
fn many_requests_share_a_connection() {
    let home = Home::new();
    let server = home.serve();
    let mut connection = server.connect();
    for _ in 0..20 {
        let report = Report::new();
        let answer = connection.exchange(&Request::report(report.json())).unwrap();
        assert_json("stored", &answer, 200, &stored(report.event_id()));
        let answer = connection.exchange(&Request::report("{")).unwrap();
        assert_json("refused", &answer, 400, &refused("Invalid JSON"));
        let answer = connection.exchange(&Request::new("GET", "/telemetry")).unwrap();
        assert_not_found("not found", &answer, "Not Found");
    }
    let reports: Vec<Report> = (0..20).map(|_| Report::new()).collect();
    let pipeline: Vec<u8> = reports.iter().flat_map(|report| Request::report(report.json()).bytes()).collect();
    connection.write(pipeline).unwrap();
    for report in reports {
        let answer = connection.answer_to("POST").unwrap();
        assert_json("sent before the last was answered", &answer, 200, &stored(report.event_id()));
    }
}

#[test]
fn a_base_path_stands_in_front() {
    let file = "[apps.voicemode]\nbase_path = \"/x\"\n";
    let under = |server: &Server, base: &str, elsewhere: &str| {
        let report = Report::new();
        let target = format!("{base}/telemetry");
        assert_json(&target, &server.send(&post(&target, &report)), 200, &stored(report.event_id()));
        let preflight = server.send(&Request::new("OPTIONS", &target));
        assert_eq!(preflight.status, 204, "OPTIONS {target}");
        assert_cors(&target, &preflight);
        assert_not_found(base, &server.send(&post(base, &Report::new())), "Not Found");
        let answer = server.send(&post(elsewhere, &Report::new()));
        assert_eq!((answer.status, answer.text().as_str()), (404, "Not Found"), "{elsewhere} beside {base}");
        assert_eq!(server.get("/healthz").status, 200, "the server's own paths stay where they are");
    };

    let home = Home::with_config(file);
    under(&home.serve(), "/x", "/telemetry");

    let mut command = home.serve_command();
    command.env("ASKFIRST_APP_VOICEMODE_BASE_PATH", "/deep/er");
    under(&Server::start(command), "/deep/er", "/x/telemetry");
}
