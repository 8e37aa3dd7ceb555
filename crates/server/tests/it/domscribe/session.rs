//! `POST /v1/session`: paths, methods, content types and the fields of a record.

use serde_json::{Value, json};

use super::{
    Report, SESSION, accepts, assert_safe, assert_stored, assert_text, owners, post, record, refuses, request, stored,
};
use crate::harness::{Home, Request};

const UNSUPPORTED: &str = "unsupported media type";
const NOT_JSON: &str = "invalid json";

/// The fields and, for each, another good value.
const FIELDS: [(&str, &str); 6] = [
    ("protocol_version", "9.9.9"),
    ("daemon_version", "9.9.9"),
    ("session_id", "another-session"),
    ("platform", "darwin"),
    ("node_version", "20.0.0"),
    ("primary_framework", "vue"),
];

#[test]
fn a_record_is_stored_and_answered_with_nothing() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "a record", &record());
    let answer = server.send(
        &Request::new("POST", "/a/domscribe/v1/session")
            .header("content-type", "application/json")
            .body(record().json()),
    );
    assert_stored("under its prefix", &answer);
    for target in ["/v1/session?", "/v1/session?x=1", "/v1/session?token=a&b=%ff", "/v1/session?/healthz"] {
        let request = Request::new("POST", target).header("content-type", "application/json").body(record().json());
        assert_stored(target, &server.send(&request));
    }
    assert_eq!(stored(&home).len(), 6);
}

#[test]
fn the_content_type_is_json_in_any_case_with_any_parameters() {
    let home = Home::new();
    let server = home.serve();
    let post = |content_type: Option<&str>| {
        let request = Request::new("POST", SESSION).body(record().json());
        server.send(&content_type.map_or(request.clone(), |value| request.header("content-type", value)))
    };
    for good in [
        "application/json",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        "application/json ; charset=utf-8",
        "application/json; a=b; c=\"d; e\"",
        "Application/JSON",
        "APPLICATION/JSON; CHARSET=UTF-8",
    ] {
        assert_stored(good, &post(Some(good)));
    }
    for bad in [
        "text/plain",
        "text/plain; charset=utf-8",
        "text/json",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "application/json-patch+json",
        "application/ld+json",
        "xapplication/json",
        "application",
        "json",
        "*/*",
        "text/plain; application/json",
        "",
    ] {
        assert_text(bad, &post(Some(bad)), 415, UNSUPPORTED);
    }
    assert_text("none", &post(None), 415, UNSUPPORTED);
    assert_eq!(stored(&home).len(), 7);
}

#[test]
fn what_is_not_json_is_told_so() {
    let home = Home::new();
    let server = home.serve();
    let whole = record().json();
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"  ".to_vec(),
        b"{".to_vec(),
        b"nonsense".to_vec(),
        b"{'session_id':1}".to_vec(),
        whole.as_bytes()[..whole.len() - 1].to_vec(),
        format!("{whole}x").into_bytes(),
        format!("\u{feff}{whole}").into_bytes(),
        b"{\"session_id\":\"\xFF\"}".to_vec(),
        b"{\"session_id\":NaN}".to_vec(),
        nested(129).into_bytes(),
    ];
    for body in bodies {
        assert_text(&String::from_utf8_lossy(&body), &post(&server, &body), 400, NOT_JSON);
    }
    refuses(&server, "nested 128 deep", nested(128));
    assert!(stored(&home).is_empty());
}

#[test]
fn json_that_is_no_object_is_no_record() {
    let home = Home::new();
    let server = home.serve();
    let nested = format!("[{}]", record().json());
    for body in ["null", "true", "false", "0", "5", "1e999", "\"\"", "\"text\"", "[]", "{}", &nested] {
        refuses(&server, body, body);
    }
    assert!(stored(&home).is_empty());
}

#[test]
fn every_field_is_required_and_a_text() {
    let home = Home::new();
    let server = home.serve();
    for (field, _) in FIELDS {
        refuses(&server, &format!("no {field}"), record().without(field).json());
        for value in
            ["null", "\"\"", "\" \"", "0", "5", "1.2", "true", "false", "[]", "{}", "[\"linux\"]", "\"\\ud83d\""]
        {
            refuses(&server, &format!("{field}: {value}"), record().with_raw(field, value).json());
        }
    }
    assert!(stored(&home).is_empty());
}

#[test]
fn no_other_field_is_let_in() {
    let home = Home::new();
    let server = home.serve();
    for name in
        ["hostname", "extra", "sessionId", "Session_id", "SESSION_ID", "session_id ", "", "__proto__", "é", "\0"]
    {
        for value in [Value::Null, json!("linux"), json!(1), json!(false), json!({}), json!([])] {
            refuses(&server, &format!("{name:?}: {value}"), record().with(name, value).json());
        }
    }
    refuses(&server, "half a surrogate pair", record().json().replacen('{', "{\"\\ud83d\":1,", 1));
    // In place of a declared field, and not beside it.
    for (field, _) in FIELDS {
        let renamed = record().json().replace(&format!("\"{field}\""), &format!("\"{field}_\""));
        refuses(&server, &format!("{field} renamed"), renamed);
    }
    assert!(stored(&home).is_empty());
}

/// Checks which texts a field takes.
#[track_caller]
fn check(field: &str, good: &[&str], bad: &[&str]) {
    let home = Home::new();
    let server = home.serve();
    for text in good {
        accepts(&server, &format!("{field}: {text}"), &record().with(field, *text));
    }
    for text in bad {
        refuses(&server, &format!("{field}: {text:?}"), record().with(field, *text).json());
    }
    assert_eq!(stored(&home).len(), good.len(), "{field}");
}

const VERSIONS: [&str; 10] = [
    "0.0.0",
    "1.2.3",
    "10.20.30",
    "1.2.100",
    "1.2.3-0",
    "1.2.3-beta",
    "1.2.3-beta.1",
    "1.2.3-rc.1-x.Y.2",
    "1.2.3-ABCxyz019.-",
    "22.11.0",
];
const NO_VERSIONS: [&str; 24] = [
    "1",
    "1.2",
    "1.2.",
    "1.2.3.4",
    ".1.2.3",
    "1..3",
    "a.b.c",
    "1.2.x",
    "1.2.3-",
    "1.2.3beta",
    "1.2.3+build",
    "1.2.3-beta+build",
    "1.2.3-beta_1",
    "1.2.3-beta 1",
    "1.2.3-é",
    "1.2.3 ",
    " 1.2.3",
    "1.2.3\n",
    "\n1.2.3",
    "-1.2.3",
    "+1.2.3",
    "1,2,3",
    "\u{661}.2.3",
    "latest",
];

#[test]
fn versions_are_three_numbers_and_perhaps_a_prerelease() {
    for field in ["protocol_version", "daemon_version"] {
        check(field, &VERSIONS, &NO_VERSIONS);
        check(field, &[], &["v1.2.3", "V1.2.3", "v1.2.3-beta"]);
    }
}

#[test]
fn the_version_of_node_may_start_with_a_v() {
    check("node_version", &VERSIONS, &NO_VERSIONS);
    check(
        "node_version",
        &["v0.0.0", "v22.11.0", "v24.0.0-nightly.2025", "v1.2.3-rc.1"],
        &[
            "V22.11.0",
            "vv22.11.0",
            "v",
            "v22",
            "v22.11",
            "v 22.11.0",
            "node22.11.0",
            "v22.11.0-",
            "v22.11.0+x",
            "22.11.0v",
        ],
    );
}

#[test]
fn a_session_id_is_8_to_64_of_a_few_characters() {
    let (longest, too_long) = ("x".repeat(64), "x".repeat(65));
    let home = Home::new();
    let server = home.serve();
    let good = [
        "12345678",
        "abcdefgh",
        "ABCDEFGH",
        "--------",
        "________",
        "aZ09_-aZ",
        "550e8400-e29b-41d4-a716-446655440000",
        &longest,
    ];
    for id in good {
        accepts(&server, id, &super::of_session(id));
    }
    let bad = [
        "1234567",
        "a",
        "1234567 ",
        " 12345678",
        "1234 5678",
        "1234.5678",
        "1234/5678",
        "1234+5678",
        "1234567=",
        "1234:5678",
        "1234567é",
        "ééééééééé",
        "日本語日本語日本語",
        "12345678\n",
        "\n12345678",
        "1234\u{0}5678",
        "1234567\u{663}",
        &too_long,
    ];
    for id in bad {
        refuses(&server, &format!("{id:?}"), super::of_session(id).json());
    }
    assert_eq!(stored(&home).len(), good.len());
}

#[test]
fn the_platform_is_one_of_five() {
    check(
        "platform",
        &["darwin", "linux", "win32", "freebsd", "openbsd"],
        &["Linux", "LINUX", "linux ", "win64", "windows", "macos", "netbsd", "android", "aix", "sunos", "unknown"],
    );
}

#[test]
fn the_framework_is_one_of_eight() {
    check(
        "primary_framework",
        &["react", "vue", "next", "nuxt", "svelte", "astro", "solid", "unknown"],
        &["React", "REACT", "react ", "angular", "preact", "nextjs", "none", "other"],
    );
}

#[test]
fn of_two_equal_keys_the_last_counts() {
    let home = Home::new();
    let server = home.serve();
    let (bad, good) = ("\"nonsense or worse\"", |value: &str| Value::from(value).to_string());
    for (field, value) in FIELDS {
        accepts(&server, field, &record().with_twice(field, bad, &good(value)));
        accepts(&server, field, &record().with_twice(field, "null", &good(value)));
        refuses(&server, field, record().with_twice(field, &good(value), bad).json());
    }
}

#[test]
fn every_other_method_is_told_that_it_must_be_post() {
    for (server, _home, prefix) in owners() {
        for target in [format!("{prefix}{SESSION}"), format!("{prefix}{SESSION}?x=1")] {
            for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "post"] {
                let body = if method == "GET" { String::new() } else { record().json() };
                let request = Request::new(method, &target).header("content-type", "application/json").body(body);
                assert_text(&format!("{method} {target}"), &server.send(&request), 405, "method not allowed");
            }
            assert_text(&format!("HEAD {target}"), &server.send(&Request::new("HEAD", &target)), 405, "");
        }
    }
    let home = Home::new();
    let server = home.serve();
    for method in ["GET", "PUT"] {
        let answer = server.send(&Request::new(method, SESSION));
        assert_text(&format!("{method}, beside the other apps"), &answer, 405, "method not allowed");
    }
    assert_text("HEAD, beside the other apps", &server.send(&Request::new("HEAD", SESSION)), 405, "");
    assert!(stored(&home).is_empty());
}

#[test]
fn every_other_path_is_not_found() {
    for (server, home, prefix) in owners() {
        for path in [
            "/",
            "/v1",
            "/v1/",
            "/v1/session/",
            "/v1/session/x",
            "/v1/sessions",
            "//v1/session",
            "/V1/session",
            "/v1/SESSION",
            "/v2/session",
            "/v1/wau",
            "/v1/events",
            "/v1/health",
            "/telemetry",
            "/health",
        ] {
            let target = format!("{prefix}{path}");
            for method in ["GET", "POST", "PUT", "OPTIONS"] {
                let body = if method == "GET" { String::new() } else { record().json() };
                let request = Request::new(method, &target).header("content-type", "application/json").body(body);
                assert_text(&format!("{method} {target}"), &server.send(&request), 404, "not found");
            }
            assert_text(&format!("HEAD {target}"), &server.send(&Request::new("HEAD", &target)), 404, "");
        }
        assert!(stored(&home).is_empty());
    }
}

#[test]
fn health_is_ok() {
    for (server, _home, prefix) in owners() {
        for target in [format!("{prefix}/healthz"), format!("{prefix}/healthz?x=1")] {
            assert_text(&target, &server.get(&target), 200, "ok");
            let head = server.send(&Request::new("HEAD", &target));
            assert_eq!((head.status, head.text().as_str()), (200, ""), "HEAD {target}");
            assert_safe(&target, &head);
        }
    }
    let home = Home::new();
    assert_text("beside the other apps", &home.serve().get("/healthz"), 200, "ok");
}

#[test]
fn an_app_that_is_switched_off_takes_nothing() {
    let home = Home::new();
    let server = home.serve_with(&[("ASKFIRST_APP_DOMSCRIBE_ENABLED", "false")]);
    for target in [SESSION, "/a/domscribe/v1/session"] {
        let request = Request::new("POST", target).header("content-type", "application/json").body(record().json());
        assert_eq!(server.send(&request).status, 404, "{target}");
    }
    assert_eq!(server.get("/healthz").status, 200, "the server's own stays");
}

#[test]
fn no_limit_of_records_applies() {
    let home = Home::new();
    let server = home.serve();
    let mut connection = server.connect();
    let records: Vec<Report> = (0..250).map(|_| record()).collect();
    for record in &records {
        let request = request(record.json()).header("x-forwarded-for", "203.0.113.9");
        assert_stored("of one address", &connection.exchange(&request).unwrap());
    }
    for _ in 0..50 {
        accepts(&server, "of one session", &records[0]);
    }
    assert_eq!(stored(&home).len(), 250);
}
