//! Which web pages may send events: those that the contract names.

use super::*;

const OTHER: &str = "https://elsewhere.example";

fn from(origin: &str, request: Request) -> Request {
    request.header("origin", origin)
}

#[track_caller]
fn assert_allowed(case: &str, answer: &Answer, origin: &str) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{case}: {answer:?}");
    assert_eq!(answer.header("vary"), Some("Origin"), "{case}");
    let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
    assert!(exposed.contains("askfirst-contract") && exposed.contains("retry-after"), "{case}: {exposed}");
}

#[track_caller]
fn assert_not_allowed(case: &str, answer: &Answer) {
    let told = answer.headers.iter().any(|(name, _)| name.starts_with("access-control-"));
    assert!(!told, "{case}: {answer:?}");
    assert_eq!(answer.header("vary"), Some("Origin"), "{case}: what a cache keeps is not for all pages");
}

fn preflight(target: &str) -> Request {
    Request::new("OPTIONS", target)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type, content-encoding")
}

#[test]
fn pages_that_the_contract_names_may_send_and_read_every_answer() {
    let server = home().serve();
    let asked = send(&server, &from(ORIGIN, preflight(EVENTS)));
    assert_eq!((asked.status, asked.text().as_str()), (204, ""));
    assert_allowed("preflight", &asked, ORIGIN);
    assert_eq!(asked.header("access-control-allow-methods"), Some("GET, POST, OPTIONS"));
    assert_eq!(asked.header("access-control-allow-headers"), Some("Content-Type, Content-Encoding"));
    assert!(asked.header("access-control-max-age").is_some());

    let answers = [
        ("accepted", request(launch().json())),
        ("refused", request("{}")),
        ("no JSON", request("{")),
        ("too long", request(" ".repeat(5000))),
        ("too many", request(array(&["1"; 11]))),
        ("unknown encoding", request(launch().json()).header("content-encoding", "br")),
        ("another method", Request::new("PUT", EVENTS).body("")),
        ("another path", Request::new("GET", "/api/v1/mytool/nothing")),
        ("the contract", Request::new("GET", CONTRACT)),
    ];
    for (case, request) in answers {
        let answer = send(&server, &from(ORIGIN, request));
        assert_allowed(case, &answer, ORIGIN);
        assert_hash(&answer);
    }
}

#[test]
fn other_pages_may_not_and_that_is_counted() {
    let home = home();
    let server = home.serve();
    for origin in [OTHER, "null", "http://mytool.example", "https://mytool.example:8443", "https://MYTOOL.example", "*"]
    {
        let answer = send(&server, &from(origin, request(launch().json())));
        assert_problem(origin, &answer, 403, "origin");
        assert_not_allowed(origin, &answer);
        let asked = send(&server, &from(origin, preflight(EVENTS)));
        assert_eq!(asked.status, 204, "{origin}");
        assert_not_allowed(origin, &asked);
        let contract = send(&server, &from(origin, Request::new("GET", CONTRACT)));
        assert_eq!(contract.status, 200, "{origin}: the contract is no secret, but a page can't read it");
        assert_not_allowed(origin, &contract);
    }
    assert_eq!((stored(&home), counted(&server, "refused")), (0, 6));
    server.stop();
    assert_eq!(count(&home, "SELECT SUM(count) AS n FROM outcome WHERE reason = 'origin'"), 6);
}

#[test]
fn what_is_no_page_sends_no_origin_and_is_not_asked_for_one() {
    let server = home().serve();
    for request in [request(launch().json()), from("", request(launch().json()))] {
        let answer = send(&server, &request);
        assert_eq!(outcomes(&answer), ["accepted"]);
        assert_not_allowed("no page", &answer);
    }
}

#[test]
fn a_contract_may_let_all_pages_or_none() {
    let server = home_with("allowed_origins = [\"*\"]\n").serve();
    for origin in [OTHER, "null"] {
        let answer = send(&server, &from(origin, request(launch().json())));
        assert_eq!(outcomes(&answer), ["accepted"]);
        assert_allowed("all", &answer, origin);
    }
    let home = home_with("");
    let server = home.serve();
    assert_problem("none", &send(&server, &from(ORIGIN, request(launch().json()))), 403, "origin");
    drop(server);
    let server = home.serve_with(&[("ASKFIRST_APP_MYTOOL_ALLOWED_ORIGINS", OTHER)]);
    let answer = send(&server, &from(OTHER, request(launch().json())));
    assert_eq!(outcomes(&answer), ["accepted"], "the operator says otherwise");
    assert_allowed("the operator's", &answer, OTHER);
}

#[test]
fn a_page_may_read_the_contract_of_a_released_app_where_that_allows_it() {
    let server = home().serve();
    let answer = send(&server, &from(OTHER, Request::new("GET", "/api/v1/drift/contract")));
    assert_allowed("drift allows all", &answer, OTHER);
    let answer = send(&server, &from(OTHER, Request::new("GET", "/api/v1/domscribe/contract")));
    assert_not_allowed("domscribe allows none", &answer);
}
