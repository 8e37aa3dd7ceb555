//! What becomes of an event, and what its client is told of it.

use crate::harness::holding;

use super::*;

const ROOMY: &str = "max_batch = 100\nmax_body = \"64 KiB\"\n";

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, rule)| ((*pointer).to_owned(), (*rule).to_owned())).collect()
}

#[test]
fn an_event_is_accepted_once_and_a_duplicate_for_ever_after() {
    let home = home();
    let server = home.serve();
    let event = launch().json();
    let twice = post(&server, array(&[&event, &event]));
    assert_eq!(twice.json(), json!({ "verdicts": [{ "outcome": "accepted" }, { "outcome": "duplicate" }] }));
    server.stop();
    let server = home.serve();
    assert_eq!(outcomes(&post(&server, &event)), ["duplicate"], "after a restart");
    assert_eq!(stored(&home), 1);
}

#[test]
fn every_rule_that_an_event_breaks_is_told_with_its_place() {
    let server = home_with(&format!("{POLICY}undeclared = \"reject\"\n")).serve();
    let cases: [(Report, &[(&str, &str)]); 16] = [
        (launch().without("id"), &[("/id", "missing")]),
        (launch().with("id", Value::Null), &[("/id", "missing")]),
        (launch().with("id", "no uuid"), &[("/id", "format")]),
        (launch().with("install", 7), &[("/install", "type")]),
        (launch().with("version", "one"), &[("/version", "format")]),
        (launch().with("minutes", -1), &[("/minutes", "range")]),
        (launch().with("minutes", 101), &[("/minutes", "range")]),
        (launch().with("minutes", 1.5), &[("/minutes", "whole")]),
        (launch().with("minutes", "12"), &[("/minutes", "type")]),
        (launch().with("mode", "slow"), &[("/mode", "enum")]),
        (launch().with("note", "much too long"), &[("/note", "too_long")]),
        (launch().with("note", "UPPER"), &[("/note", "pattern")]),
        (launch().with("os", "linux"), &[("/os", "type")]),
        (launch().with("a/b~c", 1), &[("/a~1b~0c", "undeclared")]),
        (launch().with("os.kernel", 1), &[("/os/kernel", "undeclared")]),
        (
            launch().without("install").with("minutes", 999).with("mode", 1).with("more", 1).with("os.more", 1),
            &[
                ("/install", "missing"),
                ("/minutes", "range"),
                ("/mode", "type"),
                ("/more", "undeclared"),
                ("/os/more", "undeclared"),
            ],
        ),
    ];
    for (event, expected) in &cases {
        let answer = post(&server, event.json());
        assert_eq!(violations(&verdicts(&answer)[0]), pairs(expected), "{}", event.json());
    }
    for (event, expected) in [
        ("{}", ("/type", "missing")),
        (r#"{"type":""}"#, ("/type", "empty")),
        (r#"{"type":7}"#, ("/type", "type")),
        (r#"{"type":"lunch"}"#, ("/type", "undeclared_type")),
        ("[7]", ("", "type")),
        ("[[]]", ("", "type")),
    ] {
        let answer = post(&server, event);
        assert_eq!(violations(&verdicts(&answer)[0]), pairs(&[expected]), "{event}");
    }
}

#[test]
fn a_hint_tells_what_would_be_right() {
    let server = home().serve();
    let cases = [
        (launch().with("minutes", -1), "must be a whole number from 0 to 100"),
        (launch().with("mode", "slow"), "must be one of: fast, thorough"),
        (launch().with("type", "lunch"), "is not a declared event; did you mean \"launch\"?"),
        (launch().with("minuets", 1), "is not declared; did you mean \"minutes\"?"),
        (launch().with("os.nam", "x"), "is not declared; did you mean \"name\"?"),
    ];
    let events: Vec<String> = cases.iter().map(|(event, _)| event.json()).collect();
    let verdicts = verdicts(&post(&server, array(&events)));
    for ((event, hint), verdict) in cases.iter().zip(&verdicts) {
        assert_eq!(verdict["violations"][0]["hint"], *hint, "{}", event.json());
    }
}

#[test]
fn no_more_than_a_hundred_violations_are_told() {
    let server = home_with(ROOMY).serve();
    let event = (0..300).fold(launch(), |event, number| event.with(&format!("field{number}"), 1));
    assert_eq!(violations(&verdicts(&post(&server, event.json()))[0]).len(), 100);
}

#[test]
fn what_is_refused_does_not_stop_what_is_not() {
    let home = home();
    let server = home.serve();
    let good = launch().json();
    let events = [launch().json(), "{}".to_owned(), good.clone(), "7".to_owned(), good, launch().json()];
    let answer = post(&server, array(&events));
    assert_eq!(outcomes(&answer), ["accepted", "refused", "accepted", "refused", "duplicate", "accepted"]);
    assert_eq!(stored(&home), 3);
    assert_eq!((counted(&server, "accepted"), counted(&server, "duplicate"), counted(&server, "refused")), (3, 1, 2));
}

#[test]
fn over_a_limit_an_event_is_told_whose_and_for_how_long_and_counted() {
    let home = home_with("limits = { install = \"2/h\", address = \"4/h\" }\nmax_batch = 10\n");
    let server = home.serve();
    let of = |install: &str| launch().with("install", install).json();
    let (one, other) = (install_id(), install_id());
    let known = of(&one);
    let answer = post(&server, array(&[known.clone(), of(&one), of(&one), known, of(&other), of(&other), of(&other)]));
    let expected = ["accepted", "accepted", "limited", "duplicate", "accepted", "accepted", "limited"];
    assert_eq!(outcomes(&answer), expected);
    let told = &verdicts(&answer)[2];
    assert_eq!(told["limit"], "install");
    assert!((3590..=3600).contains(&told["retry_after"].as_u64().unwrap()), "{told}");
    assert_eq!(answer.header("retry-after"), None, "the request as a whole is fine");

    let over = post(&server, of(&install_id()));
    let told = &verdicts(&over)[0];
    assert_eq!((&told["outcome"], &told["limit"]), (&json!("limited"), &json!("address")));
    assert!((3590..=3600).contains(&told["retry_after"].as_u64().unwrap()), "{told}");
    assert_eq!((stored(&home), counted(&server, "limited")), (4, 3));
    server.stop();
    let limited = "SELECT SUM(count) AS n FROM outcome WHERE outcome = 'limited' AND reason = ";
    assert_eq!(count(&home, &format!("{limited}'install'")), 2);
    assert_eq!(count(&home, &format!("{limited}'address'")), 1);
}

/// Everything that is sent holds the marker, in every place there is; nothing that comes back does.
#[test]
fn no_value_that_was_sent_comes_back_or_is_logged() {
    let home = home();
    let server = home.serve();
    let fields = ["id", "install", "version", "minutes", "mode", "note", "os", "os.name"];
    let mut bodies: Vec<(String, String)> = fields
        .iter()
        .flat_map(|field| {
            let nested = json!({ "name": [MARKER] });
            [json!(MARKER), json!([MARKER]), nested].map(|value| launch().with(field, value).json())
        })
        .chain([
            launch().with("undeclared", MARKER).json(),
            launch().with("type", MARKER).json(),
            launch().with("type", json!([MARKER])).json(),
            json!(MARKER).to_string(),
            json!([MARKER]).to_string(),
            format!("{{\"type\":{MARKER}"),
            MARKER.to_owned(),
            format!("{}{}", launch().with("note", MARKER).json(), " ".repeat(5000)),
        ])
        .map(|body| ("application/json".to_owned(), body))
        .collect();
    let line = format!("{}\n{MARKER}\n\"{MARKER}\"", launch().json());
    bodies.push(("application/x-ndjson".to_owned(), line.clone()));
    bodies.push(("application/json".to_owned(), line));
    bodies.push((format!("text/{MARKER}"), launch().with("minutes", MARKER).json()));
    for (content_type, body) in &bodies {
        let request = Request::new("POST", &format!("{EVENTS}?q={MARKER}"))
            .header("content-type", content_type)
            .header("user-agent", MARKER)
            .header("origin", ORIGIN)
            .header("cookie", MARKER)
            .body(body);
        let answer = send(&server, &request);
        let told = format!("{:?}{}", answer.headers, answer.text());
        assert!(!told.contains("Zq7"), "{body}: {told}");
    }
    for request in [
        request(launch().json()).header("content-encoding", MARKER),
        request(MARKER).header("content-encoding", "gzip"),
        request(launch().json()).header("origin", &format!("https://{MARKER}.example")),
        Request::new("POST", &format!("/api/v1/mytool/{MARKER}")).body(launch().json()),
        Request::new(MARKER, EVENTS).body(launch().json()),
    ] {
        let answer = send(&server, &request);
        let told = format!("{:?}{}", answer.headers, answer.text());
        assert!(answer.status >= 400 && !told.contains("Zq7"), "{told}");
    }
    assert!(!server.get("/-/metrics").text().contains("Zq7"));
    let stopped = server.stop();
    assert!(!stopped.log.contains("Zq7"), "{}", stopped.log);
    assert_eq!(holding(&home.data(), "Zq7"), Vec::<String>::new());
}

#[test]
fn what_the_contract_discards_is_counted_and_not_stored() {
    let home = home_with(&format!("{POLICY}undeclared = \"discard\"\n"));
    let server = home.serve();
    let answer = post(&server, launch().with("undeclared", MARKER).with("os.more", MARKER).with("minutes", 12).json());
    assert_eq!(answer.json(), json!({ "verdicts": [{ "outcome": "accepted" }] }));
    server.stop();
    assert_eq!(count(&home, "SELECT SUM(count) AS n FROM outcome WHERE outcome = 'discarded'"), 2);
    assert_eq!(holding(&home.data(), "Zq7"), Vec::<String>::new());
    let connection = rusqlite::Connection::open(home.database_of(APP)).unwrap();
    let fields: String = connection.query_row("SELECT fields FROM event", [], |row| row.get(0)).unwrap();
    let fields: Value = serde_json::from_str(&fields).unwrap();
    assert_eq!((&fields["minutes"], &fields["undeclared"]), (&json!(12), &Value::Null), "{fields}");
}

#[test]
fn many_who_race_with_the_same_event_are_told_once_that_it_was_accepted() {
    let home = home();
    let server = home.serve();
    let event = launch().json();
    let requests: Vec<Request> = (0..64).map(|_| request(&event)).collect();
    let answers = crate::harness::race(&server, 16, &requests);
    let accepted = answers.iter().filter(|answer| outcomes(answer) == ["accepted"]).count();
    let duplicates = answers.iter().filter(|answer| outcomes(answer) == ["duplicate"]).count();
    assert_eq!((accepted, duplicates, stored(&home)), (1, 63, 1));
}
