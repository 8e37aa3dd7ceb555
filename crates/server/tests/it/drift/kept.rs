//! What is kept of an event, under the names that are there to query, and that nothing else is, anywhere.

use serde_json::{Value, json};

use super::{
    Bad, Report, accepts, action, aggregate, assert_json, bare, batch, number, one_of_each, payload, post, processed,
    refuses, request, rows, scan, signature, told,
};
use crate::harness::{Home, Request, eventually, holding};

/// What must not be found. It fits where a short text does.
const MARKER: &str = "xX-never-kept-Xx";

#[test]
fn an_event_is_kept_with_its_envelope_and_its_declared_rest() {
    let home = Home::new();
    let server = home.serve();
    for event in one_of_each() {
        accepts(&server, "one", std::slice::from_ref(&event));
        let install = event.get("installationId").as_str().unwrap();
        let kept = rows(
            &home,
            &format!(
                "SELECT type, timestamp, drift_version, payload, id IS NOT NULL AS has_id,
                        created_at GLOB '????-??-?? ??:??:??' AS has_form,
                        ABS(unixepoch(created_at) - unixepoch('now')) < 600 AS is_recent
                   FROM events WHERE installation_id = '{install}'"
            ),
        );
        assert_eq!(kept.len(), 1, "{kept:?}");
        for (column, name) in [("type", "type"), ("timestamp", "timestamp"), ("drift_version", "driftVersion")] {
            assert_eq!(kept[0][column], *event.get(name), "{column}");
        }
        for column in ["has_id", "has_form", "is_recent"] {
            assert_eq!(kept[0][column], 1, "{column}: {kept:?}");
        }
        let mut rest: Value = serde_json::from_str(&event.json()).unwrap();
        for name in ["type", "timestamp", "installationId", "driftVersion"] {
            rest.as_object_mut().unwrap().remove(name);
        }
        assert_eq!(payload(&home, install), rest, "the payload");
    }
    assert_eq!(number(&home, "SELECT COUNT(DISTINCT id) AS n FROM events"), 4, "each has an id of its own");
}

#[test]
fn the_names_are_there_to_query() {
    let home = Home::new();
    let server = home.serve();
    accepts(&server, "one of each", &one_of_each());
    for (table, columns) in [
        ("events", "id, type, timestamp, installation_id, drift_version, payload, created_at"),
        ("daily_stats", "date, metric, value"),
        (
            "pattern_signatures",
            "signature_hash, category, detection_method, language, first_seen, last_seen, occurrence_count,
             avg_confidence, avg_location_count, avg_outlier_count",
        ),
        ("action_aggregates", "category, action, confidence_bucket, count, avg_hours_to_decision"),
    ] {
        let found = rows(&home, &format!("SELECT {columns} FROM {table}"));
        assert!(!found.is_empty(), "{table}");
    }
}

#[test]
fn the_aggregates_hold_no_install() {
    let home = Home::new();
    let server = home.serve();
    let events = one_of_each();
    accepts(&server, "one of each", &events);
    let ids: Vec<&str> = events.iter().map(|event| event.get("installationId").as_str().unwrap()).collect();
    let text = |table: &str| Value::from(rows(&home, &format!("SELECT * FROM {table}"))).to_string();
    for table in ["daily_stats", "pattern_signatures", "action_aggregates"] {
        let text = text(table);
        assert!(text.len() > 2 && !ids.iter().any(|id| text.contains(id)), "{table}: {text}");
    }
    let kept = text("events");
    assert!(ids.iter().all(|id| kept.contains(id)), "the search finds them in the events: {kept}");
}

#[test]
fn undeclared_fields_are_discarded_and_counted() {
    let home = Home::new();
    let server = home.serve();
    let event =
        aggregate().with("extra", 1).with("deep", json!({"a": {"b": [1, 2]}})).with("patternsByStatus.other", 4);
    accepts(&server, "three undeclared fields", &[event.clone(), scan()]);
    let kept = payload(&home, event.get("installationId").as_str().unwrap());
    assert_eq!(kept["patternsByStatus"], json!({"discovered": 20, "approved": 10, "ignored": 1}));
    assert_eq!((kept.get("extra"), kept.get("deep")), (None, None), "{kept}");
    // Fields of one type are undeclared in another.
    accepts(&server, "one more", &[scan().with("confidence", "of no type at all")]);
    eventually("four discarded fields in the stats", || {
        let stats = home.stats_of("drift");
        if stats["discarded_fields"] == 4 { Ok(()) } else { Err(stats) }
    });
}

#[test]
fn what_is_not_declared_or_refused_reaches_no_answer_no_file_no_log_and_no_metric() {
    const WITNESS: &str = "xX-declared-Xx";
    let home = Home::new();
    let server = home.serve();
    let named = format!("{MARKER}-name");
    let discarded = [
        scan().with("driftVersion", WITNESS).with("undeclared", MARKER).with(&named, 1),
        aggregate().with("deep", json!({MARKER: [MARKER, {"x": MARKER}]})).with("patternsByStatus.other", MARKER),
        bare("other.type").with("undeclared", MARKER).with(&named, json!([MARKER])),
    ];
    accepts(&server, "undeclared fields are no reason to refuse", &discarded);

    let bad = |event: Report, field| Bad::new(field, &event, field);
    refuses(
        &server,
        &[
            bad(scan().with("type", format!("{MARKER}!")), "type"),
            bad(scan().with("type", MARKER.repeat(5)), "type"),
            bad(scan().with("timestamp", MARKER), "timestamp"),
            bad(scan().with("installationId", MARKER), "installationId"),
            bad(scan().with("driftVersion", MARKER.repeat(5)), "driftVersion"),
            bad(scan().with("driftVersion", json!({MARKER: MARKER})), "driftVersion"),
            bad(scan().with("durationMs", MARKER), "durationMs"),
            bad(signature().with("signatureHash", MARKER), "signatureHash"),
            bad(signature().with("detectionMethod", MARKER), "detectionMethod"),
            bad(signature().with("category", json!([MARKER])), "category"),
            bad(action().with("action", MARKER), "action"),
            bad(action().with("isBulkAction", MARKER), "isBulkAction"),
            bad(aggregate().with("codebaseSizeTier", MARKER), "codebaseSizeTier"),
            bad(aggregate().with("patternsByCategory", json!({MARKER: -1})), "patternsByCategory"),
            bad(aggregate().with("patternsByCategory", json!({MARKER: MARKER})), "patternsByCategory"),
            bad(aggregate().with("languages", json!([{MARKER: MARKER}])), "languages"),
            bad(aggregate().with("patternsByStatus", MARKER), "patternsByStatus"),
        ],
    );
    let spoiled = [
        scan().with("durationMs", MARKER).json(),
        aggregate().with("patternsByCategory", json!({MARKER: -1})).json(),
        scan().with("type", format!("{MARKER}!")).json(),
        scan().with("timestamp", MARKER).json(),
        signature().with("detectionMethod", MARKER).json(),
        format!("\"{MARKER}\""),
        format!("[\"{MARKER}\"]"),
        format!("{{\"{MARKER}\":1}}"),
    ];
    let answer = post(&server, batch(&spoiled));
    let (count, rejected) = told("all spoiled", &answer);
    assert_eq!((count, rejected.len()), (0, spoiled.len()));
    let broken = post(&server, format!("{{\"events\":[{{\"{MARKER}\":{MARKER}"));
    assert_eq!(broken.status, 400, "{broken:?}");
    let elsewhere = server.send(&Request::new("POST", &format!("/v1/events?{MARKER}=1")).body("{}"));
    assert_eq!(elsewhere.status, 400, "{elsewhere:?}");
    let beside = format!("{{\"{MARKER}\":\"{MARKER}\",\"events\":[]}}");
    assert_json("beside the events", &post(&server, beside), 200, &processed(0));
    for answer in [answer, broken, elsewhere] {
        assert!(!answer.text().contains(MARKER), "{answer:?}");
    }

    for path in ["/v1/stats", "/-/metrics"] {
        let text = server.get(path).text();
        assert!(!text.contains(MARKER), "{path}: {text}");
    }
    let stopped = server.stop();
    assert!(!stopped.log.contains(MARKER), "log: {}", stopped.log);
    assert_eq!(holding(&home.data(), MARKER), [""; 0], "files with what is not declared");
    assert_ne!(holding(&home.data(), WITNESS), [""; 0], "the search finds what is declared");
}

#[test]
fn an_address_is_in_no_file_and_no_log() {
    const SPOKEN: [&str; 2] = ["203.0.113.77", "2001:db8:77::7777"];
    let home = Home::new();
    let server = home.serve();
    for address in SPOKEN {
        for (events, status) in [(batch(&[scan().json()]), 200), (batch(&["5"]), 200), ("{".to_owned(), 400)] {
            let answer = server.send(&request(events).header("x-forwarded-for", address));
            assert_eq!(answer.status, status, "{address}: {}", answer.text());
        }
    }
    let stopped = server.stop();
    for address in SPOKEN {
        assert!(!stopped.log.contains(address), "log: {}", stopped.log);
        assert_eq!(holding(&home.data(), address), [""; 0], "files with {address}");
    }
}
