//! Origins, preflights, and what is answered at paths and methods that are not served.

use super::{
    ADMIN_TOKEN, ALLOWED_ORIGINS, INVALID_FIELDS, INVALID_JSON, LOGGED, NOT_ALLOWED, NOT_FOUND, ORIGIN, Payload,
    STORED, TOKEN, TOO_LARGE, accepts, assert_answer, assert_cors, assert_json, assert_rows, assert_total, by_operator,
    client_log, event, increment, post, serve_with, session,
};
use crate::harness::{Answer, Home, Request, Server};

const DEFAULTS: [&str; 3] = ["https://xoniblue.github.io", "http://localhost:5173", "http://127.0.0.1:5173"];

/// Origins that resemble those that are allowed, and others.
const FOREIGN: [&str; 15] = [
    "https://example.org",
    "null",
    "*",
    "http://xoniblue.github.io",
    "https://xoniblue.github.io:8443",
    "https://xoniblue.github.io.example.org",
    "https://evil-xoniblue.github.io",
    "https://sub.xoniblue.github.io",
    "https://github.io",
    "http://localhost",
    "http://localhost:51730",
    "http://localhost:3000",
    "https://localhost:5173",
    "http://127.0.0.2:5173",
    "https://xoniblue.github.io, https://example.org",
];

const HEALTHY: &str = r#"{"ok":true,"service":"baofeng-log-intake"}"#;
const OTHERS: [&str; 3] = ["VOICEMODE", "DRIFT", "DOMSCRIBE"];
const COUNTED: &str = r#"{"total":1,"deduped":true}"#;

/// What looks at the origin, with the status and the answer once the session was counted.
fn guarded(counted: &str) -> Vec<(&'static str, Request, u16, &'static str)> {
    let large = " ".repeat(40_001);
    vec![
        ("an event", event(&Payload::error("x")), 200, STORED),
        ("an event of no JSON", post("/event", "{"), 400, INVALID_JSON),
        ("an event of no fields", post("/event", "{}"), 400, INVALID_FIELDS),
        ("a baseline of nobody", event(&Payload::baseline("baseline-x", "5")), 400, INVALID_FIELDS),
        ("a large event", post("/event", &large), 413, TOO_LARGE),
        ("a log", client_log(&Payload::log("x")), 200, LOGGED),
        ("a log of no JSON", post("/client-log", "{"), 400, INVALID_JSON),
        ("a log of no fields", post("/client-log", "{}"), 400, INVALID_FIELDS),
        ("a large log", post("/client-log", &large), 413, TOO_LARGE),
        ("an increment", increment(counted), 200, COUNTED),
        ("an increment of no JSON", post("/increment", "{"), 400, INVALID_JSON),
        ("an increment of no fields", post("/increment", "{}"), 400, INVALID_FIELDS),
        ("a large increment", post("/increment", &large), 413, TOO_LARGE),
        ("the flash count", Request::new("GET", "/metrics/flash-count"), 200, r#"{"ok":true,"total":1}"#),
        ("the count", Request::new("GET", "/count"), 200, r#"{"total":1}"#),
    ]
}

fn preflight(path: &str) -> Request {
    Request::new("OPTIONS", path)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type")
}

/// Checks an answer that has no body.
#[track_caller]
fn assert_empty(case: &str, answer: &Answer, status: u16, origin: Option<&str>) {
    assert_eq!((answer.status, answer.text().as_str()), (status, ""), "{case}");
    assert_eq!(answer.header("content-type"), None, "{case}: no content, so no type");
    assert_cors(case, answer, origin);
}

/// The server with this app alone, so that it owns every path.
fn serve_alone(home: &Home) -> Server {
    let disabled = OTHERS.map(|app| format!("ASKFIRST_APP_{app}_ENABLED"));
    let variables: Vec<(&str, &str)> = disabled.iter().map(|name| (name.as_str(), "false")).collect();
    serve_with(home, &variables)
}

#[test]
fn an_allowed_origin_is_answered_with_its_headers() {
    let home = Home::new();
    let server = home.serve();
    let counted = session();
    assert_json("at first", &server.send(&increment(&counted)), 200, r#"{"total":1}"#);
    for origin in DEFAULTS {
        for (case, request, status, body) in guarded(&counted) {
            let answer = server.send(&request.header("origin", origin));
            assert_answer(&format!("{case} from {origin}"), &answer, status, body, Some(origin));
        }
    }
    assert_rows(&home, "one of each origin", 3, 3);
}

#[test]
fn without_an_origin_all_passes_and_has_no_such_headers() {
    let home = Home::new();
    let server = home.serve();
    let counted = session();
    assert_json("at first", &server.send(&increment(&counted)), 200, r#"{"total":1}"#);
    for (case, request, status, body) in guarded(&counted) {
        assert_json(case, &server.send(&request), status, body);
    }
    assert_rows(&home, "one of each", 1, 1);
}

#[test]
fn another_origin_is_refused_and_stores_nothing() {
    let home = Home::new();
    let server = home.serve();
    let counted = session();
    for origin in FOREIGN {
        for (case, request, _, _) in guarded(&counted) {
            let answer = server.send(&request.header("origin", origin));
            assert_json(&format!("{case} from {origin}"), &answer, 403, NOT_ALLOWED);
        }
        let flash = event(&Payload::flash(&session())).header("origin", origin);
        assert_json(&format!("a flash from {origin}"), &server.send(&flash), 403, NOT_ALLOWED);
    }
    assert_rows(&home, "nothing", 0, 0);
    assert_total(&server, "nothing", 0);
}

#[test]
fn the_allowed_origins_are_configuration() {
    const CONFIGURED: [&str; 2] = ["https://radio.example", "http://192.0.2.1:8080"];
    let home = Home::new();
    let server = serve_with(&home, &[(ALLOWED_ORIGINS, &CONFIGURED.join(","))]);
    for origin in CONFIGURED {
        let answer = server.send(&event(&Payload::error("x")).header("origin", origin));
        assert_answer(origin, &answer, 200, STORED, Some(origin));
        assert_empty(origin, &server.send(&preflight("/event").header("origin", origin)), 204, Some(origin));
    }
    for origin in DEFAULTS {
        let answer = server.send(&event(&Payload::error("x")).header("origin", origin));
        assert_json(origin, &answer, 403, NOT_ALLOWED);
        assert_empty(origin, &server.send(&preflight("/event").header("origin", origin)), 403, None);
    }
    accepts(&server, "no origin", &Payload::error("x"));
    assert_rows(&home, "of those configured, and of none", 3, 0);
}

#[test]
fn a_preflight_is_answered_for_every_path() {
    let home = Home::new();
    let server = home.serve();
    let asked = |case: &str, server: &Server, path: &str| {
        for origin in DEFAULTS {
            let answer = server.send(&preflight(path).header("origin", origin));
            assert_empty(&format!("{case}: {path} from {origin}"), &answer, 204, Some(origin));
        }
        assert_empty(&format!("{case}: {path}"), &server.send(&preflight(path)), 204, None);
        for origin in FOREIGN {
            let answer = server.send(&preflight(path).header("origin", origin));
            assert_empty(&format!("{case}: {path} from {origin}"), &answer, 403, None);
        }
    };
    let known = ["/event", "/client-log", "/increment", "/metrics/flash-count", "/count", "/event?x=1"];
    let unknown = ["/", "/elsewhere", "/event/", "/metrics", "/telemetry", "/v1/session"];
    for path in known {
        asked("at the root", &server, path);
    }
    for path in known.into_iter().chain(unknown) {
        asked("under its name", &server, &format!("/a/baofeng{path}"));
    }
    let other = Home::new();
    let alone = serve_alone(&other);
    for path in known.into_iter().chain(unknown) {
        asked("alone at the root", &alone, path);
    }
}

#[test]
fn health_answers_every_origin() {
    let home = Home::new();
    let server = home.serve();
    for target in ["/health", "/health?x=1", "/a/baofeng/health"] {
        let asked = Request::new("GET", target);
        assert_json(target, &server.send(&asked), 200, HEALTHY);
        for origin in DEFAULTS {
            let answer = server.send(&asked.clone().header("origin", origin));
            assert_answer(&format!("{target} from {origin}"), &answer, 200, HEALTHY, Some(origin));
        }
        for origin in FOREIGN {
            let answer = server.send(&asked.clone().header("origin", origin));
            assert_json(&format!("{target} from {origin}"), &answer, 200, HEALTHY);
        }
    }
    for origin in DEFAULTS {
        let answer = server.send(&preflight("/health").header("origin", origin));
        assert_empty(origin, &answer, 204, Some(origin));
    }
}

/// Checks what is answered where nothing is served, below the prefix.
#[track_caller]
fn assert_lost(server: &Server, prefix: &str) {
    const PATHS: [&str; 16] = [
        "/",
        "/elsewhere",
        "/event/",
        "/Event",
        "/EVENT",
        "//event",
        "/events",
        "/x/event",
        "/client-log/",
        "/client_log",
        "/metrics",
        "/metrics/",
        "/metrics/flash-count/",
        "/counts",
        "/recent/",
        "/health/",
    ];
    let methods = [
        ("/event", ["GET", "PUT", "PATCH", "DELETE", "post"]),
        ("/client-log", ["GET", "PUT", "PATCH", "DELETE", "post"]),
        ("/increment", ["GET", "PUT", "PATCH", "DELETE", "post"]),
        ("/metrics/flash-count", ["POST", "PUT", "PATCH", "DELETE", "get"]),
        ("/count", ["POST", "PUT", "PATCH", "DELETE", "get"]),
        ("/recent", ["POST", "PUT", "PATCH", "DELETE", "get"]),
        ("/health", ["POST", "PUT", "PATCH", "DELETE", "get"]),
    ];
    let paths = PATHS.into_iter().flat_map(|path| [("GET", path), ("POST", path)]);
    let others = methods.iter().flat_map(|(path, methods)| methods.map(|method| (method, *path)));
    for (method, path) in paths.chain(others) {
        let target = format!("{prefix}{path}");
        let body = if method == "GET" { String::new() } else { Payload::flash(&session()).json() };
        let request = Request::new(method, &target).body(body);
        let case = format!("{method} {target}");
        assert_json(&case, &server.send(&request), 404, NOT_FOUND);
        for origin in DEFAULTS {
            let answer = server.send(&request.clone().header("origin", origin));
            assert_answer(&format!("{case} from {origin}"), &answer, 404, NOT_FOUND, Some(origin));
        }
        for origin in ["https://example.org", "null"] {
            let answer = server.send(&request.clone().header("origin", origin));
            assert_json(&format!("{case} from {origin}"), &answer, 404, NOT_FOUND);
        }
    }
    let head = server.send(&Request::new("HEAD", &format!("{prefix}/elsewhere")).header("origin", ORIGIN));
    assert_answer("HEAD", &head, 404, "", Some(ORIGIN));
}

#[test]
fn what_is_not_served_is_not_found_under_its_name() {
    let home = Home::new();
    let server = home.serve();
    assert_lost(&server, "/a/baofeng");
    for path in ["/telemetry", "/v1/events", "/v1/session", "/healthz", "/-/ready", "/-/metrics", "/a/baofeng/health"] {
        let target = format!("/a/baofeng{path}");
        assert_json(&target, &server.get(&target), 404, NOT_FOUND);
        assert_json(&target, &server.send(&post(&target, "{}")), 404, NOT_FOUND);
    }
    assert_total(&server, "nothing was stored", 0);
}

#[test]
fn what_is_not_served_is_not_found_at_the_root_of_an_app_alone() {
    let home = Home::new();
    let server = serve_alone(&home);
    assert_lost(&server, "");
    for path in ["/telemetry", "/v1/events", "/v1/session"] {
        assert_json(path, &server.send(&post(path, "{}")), 404, NOT_FOUND);
    }
    assert_total(&server, "nothing was stored", 0);
}

#[test]
fn the_paths_are_served_at_the_root_and_under_its_name() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    for prefix in ["", "/a/baofeng"] {
        for query in ["", "?", "?x=1", "?a=%ff&b=/../x", "?/elsewhere"] {
            let target = |path: &str| format!("{prefix}{path}{query}");
            let session = format!("{}-{}", prefix.len(), query.len());
            let flash = server.send(&post(&target("/event"), Payload::flash(&session).json()));
            assert_json(&target("/event"), &flash, 200, STORED);
            let log = server.send(&post(&target("/client-log"), Payload::log("x").json()));
            assert_json(&target("/client-log"), &log, 200, LOGGED);
            let counted = server.send(&post(&target("/increment"), format!(r#"{{"sessionId":"{session}"}}"#)));
            assert_eq!(counted.status, 200, "{}: {}", target("/increment"), counted.text());
            assert!(counted.text().ends_with(",\"deduped\":true}"), "one app, one count: {}", counted.text());
            for path in ["/metrics/flash-count", "/count", "/health"] {
                let answer = server.get(&target(path));
                assert_json(&target(path), &answer, 200, &answer.text());
            }
            let recent = server.send(&by_operator(Request::new("GET", &target("/recent"))));
            assert_json(&target("/recent"), &recent, 200, &recent.text());
        }
    }
    assert_total(&server, "ten sessions", 10);
    assert_rows(&home, "ten of each", 10, 10);
}

#[test]
fn head_answers_as_get_without_a_body() {
    let home = Home::new();
    let server = serve_with(&home, &[(ADMIN_TOKEN, TOKEN)]);
    for path in ["/metrics/flash-count", "/count", "/health", "/recent", "/recent?limit=1"] {
        let mut connection = server.connect();
        let plain = |method: &str| Request::new(method, path);
        let by_page = |method: &str| plain(method).header("origin", ORIGIN);
        let by_stranger = |method: &str| plain(method).header("origin", "https://example.org");
        let with_token = |method: &str| by_operator(plain(method));
        let ways: [&dyn Fn(&str) -> Request; 4] = [&plain, &by_page, &by_stranger, &with_token];
        for way in ways {
            let head = connection.exchange(&way("HEAD")).unwrap();
            // On the same connection: a body would be read as the start of this answer.
            let got = connection.exchange(&way("GET")).unwrap();
            assert_eq!((head.status, head.text().as_str()), (got.status, ""), "{path}");
            let compared = ["content-type", "cache-control", "vary", "access-control-allow-origin"];
            for name in compared {
                assert_eq!(head.header(name), got.header(name), "{path}: {name}");
            }
            assert_ne!(got.text(), "", "{path}: a body to go without");
        }
    }
}
