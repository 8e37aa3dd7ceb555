//! What holds the events: the forms it may have, how many, how long, and what is wrong with a request as a whole.

use crate::harness::{WriteLock, eventually};

use super::*;

/// The same events in every form that a body may have, with its content type.
fn forms(events: &[String]) -> [(&'static str, String); 8] {
    let spaced = format!("\r\n{}\r\n\r\n  {}  ", events[0], events[1..].join("\r\n"));
    [
        ("application/json", array(events)),
        ("application/json; charset=utf-8", format!("{{\"events\":{}}}", array(events))),
        ("text/plain", array(events)),
        ("application/json", format!("{{\"sent_by\":\"x\",\"events\":{}}}", array(events))),
        ("application/x-ndjson", events.join("\n")),
        ("application/ndjson; charset=utf-8", format!("{}\n", events.join("\n"))),
        ("Application/JSONL", spaced),
        ("application/json", events.join("\n")),
    ]
}

fn typed(content_type: &str, body: impl AsRef<[u8]>) -> Request {
    Request::new("POST", EVENTS).header("content-type", content_type).body(body)
}

#[test]
fn every_form_gives_a_verdict_an_event_in_order() {
    let home = home();
    let server = home.serve();
    let mut sent = 0;
    for (content_type, _) in forms(&launches(2)) {
        let known = launch().json();
        assert_eq!(outcomes(&post(&server, &known)), ["accepted"], "one event, not in a list");
        let events = [launch().json(), known, launch().with("minutes", -1).json(), launch().json()];
        let (_, body) = forms(&events).into_iter().nth(sent).unwrap();
        let answer = send(&server, &typed(content_type, &body));
        assert_eq!(outcomes(&answer), ["accepted", "duplicate", "refused", "accepted"], "{content_type}: {body}");
        sent += 1;
    }
    assert_eq!(stored(&home), 3 * i64::try_from(sent).unwrap());
}

#[test]
fn a_content_type_is_not_needed() {
    let server = home().serve();
    let answer = send(&server, &Request::new("POST", EVENTS).body(launch().json()));
    assert_eq!(outcomes(&answer), ["accepted"]);
    let line = send(&server, &typed("application/x-ndjson", launch().json()));
    assert_eq!(outcomes(&line), ["accepted"], "one line without its end");
}

#[test]
fn a_line_that_is_no_json_is_refused_and_the_others_are_not() {
    let home = home();
    let server = home.serve();
    let lines = format!("{}\n{{\"type\":\n{}\n42\n[]", launch().json(), launch().json());
    for content_type in ["application/x-ndjson", "application/json"] {
        let answer = send(&server, &typed(content_type, &lines));
        let expected = if content_type == "application/json" { "duplicate" } else { "accepted" };
        assert_eq!(outcomes(&answer), [expected, "refused", expected, "refused", "refused"], "{content_type}");
        let verdicts = verdicts(&answer);
        assert_eq!(violations(&verdicts[1]), [(String::new(), "not_json".to_owned())]);
        assert_eq!(violations(&verdicts[3]), [(String::new(), "type".to_owned())]);
    }
    assert_eq!(stored(&home), 2);
    server.stop();
    let refused = "SELECT COALESCE(SUM(count), 0) AS n FROM outcome WHERE outcome = 'refused' AND reason = 'not_json'";
    assert_eq!(count(&home, refused), 2);
}

#[test]
fn an_object_with_a_type_is_an_event_whatever_else_it_holds() {
    let server = home().serve();
    let answer = post(&server, launch().with("events", json!([1, 2])).json());
    assert_eq!(violations(&verdicts(&answer)[0]), [("/events".to_owned(), "undeclared".to_owned())]);
    let answer = post(&server, r#"{"events": {}}"#);
    assert_eq!(violations(&verdicts(&answer)[0]), [("/type".to_owned(), "missing".to_owned())]);
}

#[test]
fn no_events_are_no_mistake() {
    let server = home().serve();
    for body in ["[]", r#"{"events":[]}"#, " [ ] \n"] {
        assert_eq!(verdicts(&post(&server, body)), Vec::<Value>::new(), "{body}");
    }
    assert_eq!(verdicts(&send(&server, &typed("application/x-ndjson", "\n \n"))), Vec::<Value>::new());
}

#[test]
fn a_body_that_holds_no_events_is_a_problem_and_counted() {
    let home = home();
    let server = home.serve();
    let cases = [
        ("", "not_json"),
        ("{", "not_json"),
        ("nonsense\nnonsense", "not_json"),
        ("[1,]", "not_json"),
        ("null", "no_events"),
        ("true", "no_events"),
        ("1e999", "no_events"),
        ("\"launch\"", "no_events"),
    ];
    for (body, code) in cases {
        assert_problem(body, &post(&server, body), 400, code);
    }
    let nested = "[".repeat(200) + &"]".repeat(200);
    assert_problem("nested too deep", &post(&server, nested), 400, "not_json");
    assert_eq!(counted(&server, "refused"), 9, "each is counted");
    assert_eq!(stored(&home), 0);
}

#[test]
fn as_many_events_as_the_contract_says_and_none_of_more() {
    for max in [1, 2, 1_000] {
        let home = home_with(&format!(
            "limits = {{ install = \"off\", address = \"off\" }}\nmax_batch = {max}\nmax_body = \"1 MiB\"\n"
        ));
        let server = home.serve();
        for (content_type, join) in [("application/json", false), ("application/x-ndjson", true)] {
            let body = |count| if join { launches(count).join("\n") } else { array(&launches(count)) };
            let full = send(&server, &typed(content_type, body(max)));
            assert_eq!(outcomes(&full), vec!["accepted"; max], "{max}, {content_type}");
            let over = send(&server, &typed(content_type, body(max + 1)));
            assert_problem(content_type, &over, 413, "too_many_events");
            assert!(over.json()["detail"].as_str().unwrap().contains(&format!("at most {max} ")), "{over:?}");
        }
        assert_eq!(stored(&home), 2 * i64::try_from(max).unwrap(), "of too many, none is stored");
        assert_eq!(counted(&server, "refused"), 2);
    }
}

#[test]
fn a_body_that_is_too_long_is_a_problem_however_it_comes() {
    let home = home();
    let server = home.serve();
    let padded = |length: usize| {
        let event = launch().json();
        format!("{event}{}", " ".repeat(length - event.len()))
    };
    assert_eq!(outcomes(&post(&server, padded(4096))), ["accepted"], "as long as the contract says");
    for length in [4097, 10_000, 2 << 20, 8 << 20] {
        assert_problem(&format!("{length}"), &post(&server, padded(length)), 413, "too_large");
    }
    assert_problem("chunked", &send(&server, &request(padded(10_000)).chunked(1000)), 413, "too_large");
    let asking = request(padded(10_000)).header("expect", "100-continue");
    let mut connection = server.connect();
    connection.write(asking.head()).unwrap();
    let refused = connection.answer_to("POST").unwrap();
    assert_problem("before it is sent", &refused, 413, "too_large");
    assert_eq!((stored(&home), counted(&server, "refused")), (1, 6));
}

#[test]
fn a_body_without_an_end_is_a_problem_too() {
    let server = home().serve();
    let mut connection = server.connect();
    let head = format!("POST {EVENTS} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n");
    connection.write(format!("{head}no length\r\n")).unwrap();
    let answer = connection.answer_to("POST").unwrap();
    assert_problem("chunks that are none", &answer, 400, "broken_off");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(connection.rest(), b"");
}

#[test]
fn paths_and_methods_that_are_not_there_are_problems() {
    let server = home().serve();
    for path in ["", "/", "/events/", "/Events", "/events/x", "/health", "/contract/", "//events"] {
        for method in ["GET", "POST", "OPTIONS", "DELETE"] {
            let target = format!("/api/v1/mytool{path}");
            let answer = send(&server, &Request::new(method, &target).body(""));
            assert_problem(&format!("{method} {target}"), &answer, 404, "not_found");
        }
    }
    let cases = [
        (EVENTS, &["GET", "PUT", "PATCH", "DELETE", "BREW"][..], "POST, OPTIONS"),
        (CONTRACT, &["POST", "PUT", "DELETE"], "GET, HEAD, OPTIONS"),
    ];
    for (target, methods, allow) in cases {
        for method in methods {
            let answer = send(&server, &Request::new(method, target).body(launch().json()));
            assert_problem(&format!("{method} {target}"), &answer, 405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {target}");
        }
        let head = server.send(&Request::new("HEAD", target));
        assert_eq!((head.status, head.text().as_str()), (if target == EVENTS { 405 } else { 200 }, ""), "{target}");
        assert_hash(&head);
        let options = send(&server, &Request::new("OPTIONS", target));
        assert_eq!((options.status, options.header("allow")), (204, Some(allow)), "{target}");
        assert_hash(&options);
    }
    let asked = post(&server, array(&launches(2)));
    let with_query = send(&server, &Request::new("POST", &format!("{EVENTS}?a=b")).body(launch().json()));
    assert_eq!((outcomes(&asked).len(), outcomes(&with_query).len()), (2, 1));
}

#[test]
fn an_app_that_is_not_there_is_told_and_no_other_is_named() {
    let server = home().serve();
    let known = ["mytool", "voicemode", "drift", "baofeng", "domscribe"];
    for app in ["nobody", "MYTOOL", "mytool%20", "", "..", MARKER] {
        for prefix in ["/api/v1", "/a"] {
            for (method, rest) in [("POST", "/events"), ("GET", "/contract"), ("GET", "/x"), ("OPTIONS", "/events")] {
                let target = format!("{prefix}/{app}{rest}");
                let answer = send(&server, &Request::new(method, &target).body(launch().json()));
                assert_problem(&target, &answer, 404, "unknown_app");
                assert_eq!(answer.header("askfirst-contract"), None);
                let told = format!("{:?}{}", answer.headers, answer.text());
                assert!(known.iter().all(|known| !told.contains(known)) && !told.contains(MARKER), "{target}: {told}");
            }
        }
    }
}

#[test]
fn events_that_can_not_be_stored_are_a_problem_that_says_when_to_come_again() {
    let home = home();
    let server = home.serve();
    let event = launch().json();
    let lock = WriteLock::take(&home, APP);
    let answer = post(&server, &event);
    assert_problem("locked", &answer, 503, "unavailable");
    assert!(answer.header("retry-after").is_some_and(|after| after.parse::<u32>().is_ok()), "{answer:?}");
    assert_eq!(outcomes(&post(&server, launch().with("minutes", -1).json())), ["refused"], "that needs no disk");
    drop(lock);
    eventually("the event to be stored", || stored_now(&server, &event));
    assert_eq!(stored(&home), 1);
}

fn stored_now(server: &Server, event: &str) -> Result<(), String> {
    let answer = post(server, event);
    if answer.status != 200 {
        return Err(answer.text());
    }
    assert_eq!(outcomes(&answer), ["accepted"]);
    Ok(())
}

#[test]
fn many_requests_on_one_connection_get_their_own_answers() {
    let home = home();
    let server = home.serve();
    let mut connection = server.connect();
    for round in 0..50 {
        let event = launch().json();
        assert_eq!(outcomes(&send_on(&mut connection, &request(&event))), ["accepted"], "{round}");
        assert_problem("between", &send_on(&mut connection, &request("{")), 400, "not_json");
        assert_eq!(outcomes(&send_on(&mut connection, &request(&event))), ["duplicate"], "{round}");
    }
}
