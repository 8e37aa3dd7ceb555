//! What is sent again is stored once, what happens again is stored again, and no event makes a batch fail.

use serde_json::Value;

use super::{
    MOST, Report, accepts, action, assert_json, bare, batch, batch_of, number, one_of_each, post, processed, rows,
    scan, signature, told, total,
};
use crate::harness::{Answer, Home, Random, Server, event_id, install_id};

/// How often each signature was stored, and the sum of what is derived from them.
fn stored(home: &Home) -> (Vec<Value>, i64) {
    let sql = "SELECT json_extract(payload, '$.signatureHash') AS hash, COUNT(*) AS n FROM events
                WHERE type = 'pattern_signature' GROUP BY hash ORDER BY hash";
    (rows(home, sql), number(home, "SELECT COALESCE(SUM(occurrence_count), 0) AS n FROM pattern_signatures"))
}

#[test]
fn ten_equal_events_of_a_bulk_action_are_ten_and_the_retry_adds_none() {
    let home = Home::new();
    let server = home.serve();
    let bulk = vec![action().with("isBulkAction", true); 10];
    for attempt in ["first", "retry", "another retry"] {
        accepts(&server, attempt, &bulk);
        assert_eq!(total(&home), 10, "{attempt}");
    }
    let count = number(&home, "SELECT count AS n FROM action_aggregates");
    assert_eq!((count, number(&home, "SELECT COUNT(*) AS n FROM action_aggregates")), (10, 1));
    server.kill();

    let server = home.serve();
    accepts(&server, "after a crash", &bulk);
    assert_eq!(total(&home), 10, "after a crash");
    accepts(&server, "three of them", &bulk[..3]);
    assert_eq!(total(&home), 10, "fewer of them");
    accepts(&server, "twelve of them", &vec![bulk[0].clone(); 12]);
    assert_eq!(total(&home), 12, "more of them: two are new");
}

#[test]
fn a_batch_that_was_stored_in_part_is_completed() {
    let home = Home::new();
    let server = home.serve();
    let mut events: Vec<Report> = one_of_each().to_vec();
    events.extend((0..6).map(|_| signature()));
    events.extend(vec![action(); 5]);
    accepts(&server, "the first seven", &events[..7]);
    accepts(&server, "some of the equal ones", &events[10..13]);
    assert_eq!(total(&home), 10);
    accepts(&server, "all", &events);
    assert_eq!(total(&home), 15);
    accepts(&server, "all again", &events);
    assert_eq!(total(&home), 15);
}

#[test]
fn where_an_event_stands_in_its_batch_does_not_matter() {
    let home = Home::new();
    let server = home.serve();
    let (twice, thrice, once) = (action(), scan(), signature());
    let mut events = vec![twice.clone(), thrice.clone(), twice, once, thrice.clone(), thrice];
    accepts(&server, "in one order", &events);
    let mut random = Random::from_seed(11);
    for round in 0..10 {
        for last in (1..events.len()).rev() {
            let other = usize::try_from(random.below(last as u64 + 1)).unwrap();
            events.swap(last, other);
        }
        accepts(&server, &format!("shuffled, round {round}"), &events);
    }
    assert_eq!(total(&home), 6);
}

#[test]
fn events_that_differ_in_anything_declared_are_different() {
    let home = Home::new();
    let server = home.serve();
    let event = signature();
    let others = [
        event.clone(),
        event.clone().with("timestamp", super::stamp(crate::harness::now() - time::Duration::hours(1))),
        event.clone().with("installationId", install_id()),
        event.clone().with("installationId", "unknown"),
        event.clone().with("driftVersion", "0.9.41"),
        event.clone().with("signatureHash", event_id()),
        event.clone().with("confidence", 0.93),
        event.clone().with("locationCount", 16),
        event.clone().with("category", "auth"),
        event.clone().with("language", "python"),
        event.clone().with("detectionMethod", "ast"),
    ];
    accepts(&server, "together", &others);
    assert_eq!(total(&home), 11);
    for other in &others {
        accepts(&server, "each alone", std::slice::from_ref(other));
    }
    assert_eq!(total(&home), 11, "each alone is a repeat");
    let kinds = ["kind.a", "kind.b"].map(|kind| event.clone().with("type", kind));
    accepts(&server, "and so is the type", &kinds);
    assert_eq!(total(&home), 13);
}

/// The released client: what it could not send stays in its queue, and goes first the next time.
struct Client {
    queue: Vec<String>,
}

impl Client {
    /// Sends what is in the queue, as much as fits, and drops it on a 2xx alone. Without an answer, all stays.
    fn flush(&mut self, server: &Server, is_answered: bool) -> Answer {
        let count = self.queue.len().min(MOST);
        let answer = post(server, batch(&self.queue[..count]));
        if is_answered && (200..300).contains(&answer.status) {
            self.queue.drain(..count);
        }
        answer
    }
}

/// Events that are beyond help.
fn poison() -> Vec<String> {
    let mut poison: Vec<String> =
        ["null", "5", "\"text\"", "true", "[]", "{}", "[[[[[]]]]]", "{\"type\":{}}"].map(str::to_owned).to_vec();
    poison.extend(
        [
            signature().without("type"),
            signature().without("timestamp"),
            signature().without("installationId"),
            signature().without("driftVersion"),
            signature().with("type", "no name at all"),
            signature().with("type", Value::Null),
            signature().with("timestamp", "Invalid Date"),
            signature().with("timestamp", "1970-01-01T00:00:00.000Z"),
            signature().with("installationId", "undefined"),
            signature().with_raw("confidence", "1e999"),
            signature().with("detectionMethod", "guess"),
            signature().with_raw("category", "{\"a\":{\"b\":[1,2,{\"c\":null}]}}"),
            signature().with_raw("signatureHash", "\"\\u0000\\ud83d\""),
            bare("scan_completion").with("durationMs", "long"),
        ]
        .map(|event| event.json()),
    );
    poison
}

#[test]
fn a_client_with_one_poisoned_event_empties_its_queue_and_all_else_is_stored_once() {
    let home = Home::new();
    let server = home.serve();
    let mut random = Random::from_seed(49);
    let mut expected: Vec<String> = Vec::new();
    let good = |expected: &mut Vec<String>, count: usize| -> Vec<String> {
        let events: Vec<Report> = (0..count).map(|_| signature()).collect();
        expected.extend(events.iter().map(|event| event.get("signatureHash").as_str().unwrap().to_owned()));
        events.iter().map(Report::json).collect()
    };
    for poison in poison() {
        let mut client = Client { queue: good(&mut expected, 49) };
        let place = usize::try_from(random.below(50)).unwrap();
        client.queue.insert(place, poison.clone());
        for attempt in 0..3 {
            let (count, rejected) = told(&poison, &client.flush(&server, false));
            assert_eq!((count, rejected[0].0, rejected.len()), (49, place, 1), "attempt {attempt}: {poison}");
        }
        assert_eq!(client.queue.len(), 50, "with no answer, all is kept");
        // By the time an answer comes through, there is more in the queue.
        client.queue.extend(good(&mut expected, 30));
        let (count, rejected) = told(&poison, &client.flush(&server, true));
        assert_eq!((count, rejected[0].0, rejected.len()), (79, place, 1), "{poison}");
        assert!(client.queue.is_empty(), "{poison}: {} events are left", client.queue.len());
    }
    expected.sort_unstable();
    let (found, occurrences) = stored(&home);
    let expected: Vec<Value> = expected.into_iter().map(|hash| serde_json::json!({"hash": hash, "n": 1})).collect();
    assert_eq!(found, expected, "each good one, once");
    assert_eq!(usize::try_from(occurrences).unwrap(), expected.len(), "and counted once");
}

#[test]
fn batches_that_overlap_store_what_they_share_once() {
    let home = Home::new();
    let server = home.serve();
    let events: Vec<String> = (0..200).map(|_| signature().json()).collect();
    let mut first = events[..50].to_vec();
    first[7] = "{}".to_owned();
    for _ in 0..3 {
        let (count, rejected) = told("the first", &post(&server, batch(&first)));
        assert_eq!((count, rejected[0].0), (49, 7));
    }
    for start in (30..=100).step_by(35) {
        let answer = post(&server, batch(&events[start..start + MOST]));
        assert_json(&format!("from {start}"), &answer, 200, &processed(MOST));
    }
    let (found, occurrences) = stored(&home);
    assert!(found.iter().all(|row| row["n"] == 1), "{found:?}");
    assert_eq!((found.len(), occurrences), (199, 199), "all but the one that the first batch spoiled");
}

#[test]
fn every_outcome_is_counted() {
    let home = Home::new();
    let server = home.serve();
    let events: Vec<Report> = (0..5).map(|_| signature()).collect();
    accepts(&server, "five", &events);
    accepts(&server, "three of them again, and a new one", &[&events[..3], &[scan()]].concat());
    let (_, rejected) = told("two bad, one good", &post(&server, batch(&["5", &scan().json(), "{}"])));
    assert_eq!(rejected.len(), 2);
    for (outcome, count) in [("accepted", 7.0), ("duplicate", 3.0), ("refused", 2.0)] {
        let counted = server.counted(outcome);
        assert!((counted - count).abs() < 0.5, "{outcome}: {counted}, not {count}");
    }
    assert_eq!(post(&server, "{").status, 400);
    let events = vec![scan(); MOST + 1];
    assert_eq!(post(&server, batch_of(&events)).status, 400);
    assert!(server.counted("refused") > 2.5, "what is refused as a whole is counted, too");
    assert!((server.counted("accepted") - 7.0).abs() < 0.5, "and nothing of it accepted");
}
