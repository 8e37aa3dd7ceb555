//! Paths, methods, headers, and the table of requests.

use super::{
    EVENTS, MOST, Report, accepts, aggregate, assert_cors, assert_headers, assert_json, batch, batch_of, error,
    one_of_each, owners, post, processed, request, scan, signature, told, total,
};
use crate::harness::{Home, Request};

const INVALID_JSON: &str = r#"{"error":"Invalid JSON"}"#;
const NO_EVENTS: &str = r#"{"error":"Invalid request: events array required"}"#;
const TOO_MANY: &str = r#"{"error":"Too many events: max 100 per batch"}"#;

#[test]
fn a_batch_of_every_type_is_processed() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "one of each", &one_of_each());
    accepts(&server, "the example alone", &[signature()]);
    assert_eq!(total(&home), 5);
}

#[test]
fn an_empty_array_is_processed() {
    let home = Home::new();
    let server = home.serve();
    for body in [r#"{"events":[]}"#, " {\n\"events\" : [ ] }\t", r#"{"events":5,"events":[]}"#] {
        assert_json(body, &post(&server, body), 200, r#"{"success":true,"eventsProcessed":0}"#);
    }
    assert_eq!(total(&home), 0);
}

#[test]
fn what_is_not_json_is_told_so() {
    let home = Home::new();
    let server = home.serve();
    let whole = batch_of(&[scan()]);
    let nested = |depth: usize| format!("{{\"x\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
    let bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b" \n".to_vec(),
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"{'events':[]}".to_vec(),
        b"{\"events\":[],}".to_vec(),
        b"{\"events\":[]} x".to_vec(),
        b"{\"events\":[NaN]}".to_vec(),
        b"\xEF\xBB\xBF{\"events\":[]}".to_vec(),
        b"{\"events\":[\"\xFF\"]}".to_vec(),
        whole.as_bytes()[..whole.len() - 1].to_vec(),
        nested(129).into_bytes(),
    ];
    for body in bodies {
        assert_json(&String::from_utf8_lossy(&body), &post(&server, &body), 400, INVALID_JSON);
    }
    assert_json("nested 128 deep", &post(&server, nested(128)), 400, NO_EVENTS);
    assert_eq!(total(&home), 0);
}

#[test]
fn a_body_without_an_array_of_events_is_told_so() {
    let home = Home::new();
    let server = home.serve();
    let event = scan().json();
    let named_otherwise = format!("{{\"Events\":[{event}]}}");
    let bare_array = format!("[{event}]");
    let one_event = format!("{{\"events\":{event}}}");
    for body in [
        "{}",
        "[]",
        "null",
        "true",
        "5",
        "1e999",
        "\"events\"",
        r#"{"events":null}"#,
        r#"{"events":{}}"#,
        r#"{"events":5}"#,
        r#"{"events":true}"#,
        r#"{"events":"[]"}"#,
        r#"{"events":[],"events":null}"#,
        &named_otherwise,
        &bare_array,
        &one_event,
        &event,
    ] {
        assert_json(body, &post(&server, body), 400, NO_EVENTS);
    }
    assert_eq!(total(&home), 0);
}

#[test]
fn a_hundred_events_pass_and_of_one_more_nothing_is_stored() {
    let home = Home::new();
    let server = home.serve();
    let events: Vec<Report> = (0..=MOST).map(|_| aggregate()).collect();
    assert_json("101 events", &post(&server, batch_of(&events)), 400, TOO_MANY);
    assert_json("101 times null", &post(&server, batch(&["null"; MOST + 1])), 400, TOO_MANY);
    assert_json("500 times 5", &post(&server, batch(&["5"; 500])), 400, TOO_MANY);
    assert_eq!(total(&home), 0, "nothing stored");
    accepts(&server, "100 events", &events[..MOST]);
    assert_eq!(total(&home), 100);
}

#[test]
fn the_refused_are_named_by_their_place_and_the_rest_is_counted() {
    let home = Home::new();
    let server = home.serve();
    let mut events: Vec<String> = (0..10).map(|_| signature().json()).collect();
    events[3] = signature().with("confidence", 7).json();
    events[8] = "null".to_owned();
    let (count, rejected) = told("two of ten", &post(&server, batch(&events)));
    assert_eq!(count, 8);
    assert_eq!(rejected.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [3, 8]);
    assert!(rejected[0].1.contains("confidence"), "{rejected:?}");
    assert_eq!(total(&home), 8);

    let (count, rejected) = told("the same again: stored before counts as processed", &post(&server, batch(&events)));
    assert_eq!((count, rejected.len()), (8, 2));
    assert_eq!(total(&home), 8, "and is stored once");

    let (count, rejected) = told("none is good", &post(&server, batch(&["5", "{}"])));
    assert_eq!((count, rejected.len()), (0, 2));
    let (count, rejected) = told("a hundred are bad", &post(&server, batch(&["{}"; MOST])));
    assert_eq!((count, rejected.len()), (0, MOST));
    assert_eq!(rejected[MOST - 1].0, MOST - 1);
}

#[test]
fn what_stands_beside_the_events_does_not_matter() {
    let home = Home::new();
    let server = home.serve();
    let body = format!(r#"{{"client":{{"a":[1,2]}},"events":[{}],"sentAt":null}}"#, scan().json());
    assert_json("more members", &post(&server, body), 200, &processed(1));
    let body = format!(r#"{{"events":[{}],"events":[{},{}]}}"#, scan().json(), scan().json(), scan().json());
    assert_json("of two arrays the last counts", &post(&server, body), 200, &processed(2));
    assert_eq!(total(&home), 3);
}

#[test]
fn neither_the_query_string_nor_the_content_type_matters() {
    let home = Home::new();
    let server = home.serve();
    for target in ["/v1/events?", "/v1/events?x=1", "/v1/events?a=%ff&b=/../x", "/v1/events?/v1/health"] {
        let request = Request::new("POST", target).body(batch_of(&[scan()]));
        assert_json(target, &server.send(&request), 200, &processed(1));
    }
    for content_type in ["application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", ""] {
        let request = Request::new("POST", EVENTS).header("content-type", content_type).body(batch_of(&[scan()]));
        assert_json(content_type, &server.send(&request), 200, &processed(1));
    }
    for target in ["/v1/stats?x=1", "/v1/health?"] {
        let answer = server.get(target);
        assert_eq!(answer.status, 200, "{target}");
        assert_headers(target, &answer);
    }
    let chunked = request(batch_of(&[scan(), scan()])).chunked(100);
    assert_json("in chunks", &server.send(&chunked), 200, &processed(2));
}

#[test]
fn options_is_answered_200_and_empty_on_every_path() {
    for (server, _home, prefix) in owners() {
        for path in ["/v1/events", "/v1/stats", "/v1/health", "/v1/events?x=1", "/v1", "/elsewhere", "/v1/session", "/"]
        {
            let target = format!("{prefix}{path}");
            let preflight = Request::new("OPTIONS", &target)
                .header("origin", "https://example.org")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "content-type");
            for request in [preflight, Request::new("OPTIONS", &target)] {
                let answer = server.send(&request);
                assert_eq!((answer.status, answer.text().as_str()), (200, ""), "{target}");
                assert_cors(&target, &answer);
            }
        }
    }
}

#[test]
fn its_own_paths_are_its_own_beside_the_other_apps() {
    let home = Home::new();
    let server = home.serve();
    for target in ["/v1/events", "/v1/stats", "/v1/health"] {
        let answer = server.send(&Request::new("OPTIONS", target));
        assert_eq!((answer.status, answer.text().as_str()), (200, ""), "{target}");
        assert_cors(target, &answer);
        assert_json(target, &server.send(&Request::new("PUT", target).body("{}")), 404, &error("Not found"));
    }
    let event = scan();
    let below = Request::new("POST", "/a/drift/v1/events").body(batch_of(std::slice::from_ref(&event)));
    assert_json("under its prefix", &server.send(&below), 200, &processed(1));
    accepts(&server, "the same event at the root", &[event]);
    assert_eq!(total(&home), 1, "both are one app");
}

#[test]
fn every_other_path_or_method_is_not_found() {
    for (server, _home, prefix) in owners() {
        for path in [
            "/",
            "/v1",
            "/v1/",
            "/v1/event",
            "/v1/events/",
            "/v1/events/x",
            "//v1/events",
            "/V1/events",
            "/v1/EVENTS",
            "/v2/events",
            "/x/v1/events",
            "/telemetry",
            "/v1/session",
            "/count",
            "/health",
        ] {
            let target = format!("{prefix}{path}");
            for method in ["GET", "POST", "PUT", "DELETE"] {
                let body = if method == "GET" { String::new() } else { batch_of(&[scan()]) };
                let answer = server.send(&Request::new(method, &target).body(body));
                assert_json(&format!("{method} {target}"), &answer, 404, &error("Not found"));
            }
            let head = server.send(&Request::new("HEAD", &target));
            assert_eq!(head.status, 404, "HEAD {target}");
            assert_headers(&format!("HEAD {target}"), &head);
        }
        for (path, methods) in [
            ("/v1/events", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "post"]),
            ("/v1/stats", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"]),
            ("/v1/health", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get"]),
        ] {
            for method in methods {
                let case = format!("{method} {prefix}{path}");
                let body = if matches!(method, "GET" | "HEAD") { "" } else { "{}" };
                let answer = server.send(&Request::new(method, &format!("{prefix}{path}")).body(body));
                let expected = if method == "HEAD" { String::new() } else { error("Not found") };
                assert_json(&case, &answer, 404, &expected);
            }
        }
    }
}

#[test]
fn an_app_that_is_switched_off_takes_nothing() {
    let home = Home::new();
    let server = home.serve_with(&[("ASKFIRST_APP_DRIFT_ENABLED", "false")]);
    for target in ["/v1/events", "/a/drift/v1/events"] {
        let answer = server.send(&Request::new("POST", target).body(batch_of(&[scan()])));
        assert_eq!(answer.status, 404, "{target}: {}", answer.text());
    }
}

#[test]
fn a_body_that_claims_to_be_huge_is_refused_in_the_wires_own_form() {
    let home = Home::new();
    let server = home.serve();
    let mut connection = server.connect();
    let head = "POST /v1/events HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000000\r\n\r\n";
    connection.write(head).unwrap();
    let answer = connection.answer_to("POST").unwrap();
    assert_eq!(answer.status, 413, "{answer:?}");
    assert_headers("a gigabyte", &answer);
    assert!(answer.json()["error"].is_string(), "{answer:?}");
}

#[test]
fn no_limit_of_events_applies() {
    let home = Home::new();
    let server = home.serve();
    let install = crate::harness::install_id();
    let mut connection = server.connect();
    for round in 0..30_i64 {
        let event =
            |number: i64| scan().with("installationId", install.as_str()).with("durationMs", round * 10 + number);
        let events: Vec<Report> = (0..10).map(event).collect();
        let request = request(batch_of(&events)).header("x-forwarded-for", "203.0.113.9");
        assert_json("one install, one address", &connection.exchange(&request).unwrap(), 200, &processed(10));
    }
    assert_eq!(total(&home), 300);
}
