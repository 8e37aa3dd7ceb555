//! Many clients at once, and SIGKILL amidst them: events and what is derived from them stay in step.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::Value;

use super::{
    MOST, Report, accepts, action, aggregate, assert_json, bare, batch_of, daily, number, processed, request, rows,
    scan, signature, stamp, total,
};
use crate::harness::{Connection, Home, Random, Request, Server, clear_of_midnight, eventually, install_id, now, race};

const CLIENTS: usize = 64;
const SIGNATURES: [&str; 5] = ["00000000", "11111111", "22222222", "33333333", "44444444"];

/// Events of all types, drawn by the random numbers, of one install.
fn mixed(random: &mut Random, install: &str, count: usize) -> Vec<Report> {
    let draw = |_| {
        let event = match random.below(6) {
            0..=1 => signature().with("signatureHash", *random.pick(&SIGNATURES)),
            2 => action().with("category", *random.pick(&["api", "auth"])),
            3 => aggregate(),
            4 => bare("mcp.call"),
            _ => scan(),
        };
        event.with("installationId", install)
    };
    (0..count).map(draw).collect()
}

/// Checks that everything derived agrees with the events.
#[track_caller]
fn assert_in_step(case: &str, home: &Home) {
    for (derived, kind) in [
        ("SUM(occurrence_count), 0) AS n FROM pattern_signatures", "pattern_signature"),
        ("SUM(count), 0) AS n FROM action_aggregates", "user_action"),
    ] {
        let counted = number(home, &format!("SELECT COALESCE({derived}"));
        let stored = number(home, &format!("SELECT COUNT(*) AS n FROM events WHERE type = '{kind}'"));
        assert_eq!(counted, stored, "{case}: {kind}");
    }
    let by_type = rows(home, "SELECT 'events:' || type AS metric, COUNT(*) AS n FROM events GROUP BY type");
    let of = |field: &str| {
        let sql = "SELECT '{}:' || json_extract(payload, '$.{}') AS metric, COUNT(*) AS n FROM events
                    WHERE type = 'pattern_signature' GROUP BY metric";
        rows(home, &sql.replace("{}", field))
    };
    let installs = "SELECT 'unique_installations' AS metric, COUNT(DISTINCT installation_id) AS n FROM events
                     WHERE installation_id <> 'unknown'";
    let truth = [by_type, of("language"), of("category"), rows(home, installs)].concat();
    let count = |row: &Value| (row["metric"].as_str().unwrap().to_owned(), row["n"].as_i64().unwrap());
    assert_eq!(daily(home), truth.iter().map(count).collect(), "{case}: daily counts");
    let means = rows(home, "SELECT avg_confidence, avg_location_count, avg_outlier_count FROM pattern_signatures");
    for row in means {
        // All signatures here are alike in these.
        for (column, value) in [("avg_confidence", 0.92), ("avg_location_count", 15.0), ("avg_outlier_count", 2.0)] {
            assert!(super::is_mean(&row[column], value), "{case}: {column} in {row}");
        }
    }
}

#[test]
fn of_64_racing_equal_batches_one_is_stored() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let mut random = Random::from_seed(64);
    let mut events = mixed(&mut random, &install_id(), MOST - 10);
    events.extend(vec![action().with("isBulkAction", true); 10]);
    let requests = vec![request(batch_of(&events)); CLIENTS];
    for answer in race(&server, CLIENTS, &requests) {
        assert_json("one of 64", &answer, 200, &processed(MOST));
    }
    assert_eq!(total(&home), 100);
    assert_in_step("raced", &home);
    server.kill();

    let server = home.serve();
    for answer in race(&server, CLIENTS, &requests) {
        assert_json("one of 64 after a crash", &answer, 200, &processed(MOST));
    }
    assert_eq!(total(&home), 100, "after a crash");
    assert_in_step("after a crash", &home);
}

#[test]
fn racing_batches_that_overlap_store_what_they_share_once() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let mut random = Random::from_seed(65);
    let installs: Vec<String> = (0..20).map(|_| install_id()).collect();
    let pool = installs.iter().flat_map(|install| mixed(&mut random, install, 30)).enumerate();
    // Of a moment of their own each, so that no two are equal.
    let moment = |place: usize| stamp(now() - time::Duration::seconds(i64::try_from(place).unwrap()));
    let pool: Vec<Report> = pool.map(|(place, event)| event.with("timestamp", moment(place))).collect();
    // Every event stands in four batches.
    let starts = (0..pool.len()).step_by(10);
    let requests: Vec<Request> = starts
        .map(|start| (0..40).map(|place| pool[(start + place) % pool.len()].clone()).collect::<Vec<_>>())
        .map(|events| request(batch_of(&events)))
        .collect();
    for answer in race(&server, CLIENTS, &requests) {
        assert_json("overlapping", &answer, 200, &processed(40));
    }
    assert_eq!(usize::try_from(total(&home)).unwrap(), pool.len());
    assert_in_step("overlapping", &home);
}

#[test]
fn racing_names_stop_at_200() {
    clear_of_midnight();
    let home = Home::new();
    let server = home.serve();
    let requests: Vec<Request> = (0..CLIENTS)
        .map(|client| (0..10).map(|name| bare(&format!("type.{client}.{name}"))).collect::<Vec<_>>())
        .map(|events| request(batch_of(&events)))
        .collect();
    let answers = race(&server, CLIENTS, &requests);
    let passed: u64 = answers.iter().map(|answer| answer.json()["eventsProcessed"].as_u64().unwrap()).sum();
    assert_eq!((passed, total(&home)), (200, 200));
}

/// Posts batches of an install of their own until the server is gone. Gives those that were acknowledged, and the one
/// whose fate is unknown.
fn post_until_killed(
    mut connection: Connection,
    seed: u64,
    acknowledgements: &AtomicU64,
) -> (Vec<Vec<Report>>, Vec<Report>) {
    let mut random = Random::from_seed(seed);
    let mut acknowledged = Vec::new();
    loop {
        let events = mixed(&mut random, &install_id(), 20);
        match connection.exchange(&request(batch_of(&events))) {
            Ok(answer) => {
                assert_json("under load", &answer, 200, &processed(20));
                acknowledged.push(events);
                acknowledgements.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => return (acknowledged, events),
        }
    }
}

/// Load from some clients, and SIGKILL after so many answers. Gives what was acknowledged and what is in doubt.
fn crash(server: Server, answers: u64, seed: u64) -> (Vec<Vec<Report>>, Vec<Vec<Report>>) {
    let connections: Vec<Connection> = (0..6).map(|_| server.connect()).collect();
    let acknowledgements = AtomicU64::new(0);
    thread::scope(|scope| {
        let post = |(seed, connection)| {
            let acknowledgements = &acknowledgements;
            scope.spawn(move || post_until_killed(connection, seed, acknowledgements))
        };
        let clients: Vec<_> = (seed..).zip(connections).map(post).collect();
        eventually("answers under load", || {
            let so_far = acknowledgements.load(Ordering::Relaxed);
            if so_far >= answers { Ok(()) } else { Err(format!("{so_far} of {answers}")) }
        });
        let log = server.kill().log;
        assert!(!log.contains("panicked"), "{log}");
        let ended = clients.into_iter().map(|client| client.join().unwrap());
        let (acknowledged, in_doubt): (Vec<_>, Vec<_>) = ended.unzip();
        (acknowledged.concat(), in_doubt)
    })
}

#[test]
fn kills_under_load_keep_what_is_derived_in_step_with_the_events() {
    clear_of_midnight();
    let home = Home::new();
    let mut random = Random::from_seed(9);
    let mut batches = 0;
    let mut server = home.serve();
    for round in 1..=6 {
        let answers = 1 + random.below(50);
        let case = format!("round {round}, killed after {answers} answers");
        let (acknowledged, in_doubt) = crash(server, answers, 100 * round);
        batches += acknowledged.len() + in_doubt.len();

        server = home.serve();
        assert_in_step(&case, &home);
        let kept = rows(&home, "SELECT installation_id, COUNT(*) AS n FROM events GROUP BY installation_id");
        for events in &acknowledged {
            let install = events[0].get("installationId");
            let row = kept.iter().find(|row| row["installation_id"] == *install);
            assert_eq!(row.map(|row| &row["n"]), Some(&Value::from(20)), "{case}: a batch that was acknowledged");
        }
        for events in in_doubt.iter().chain(acknowledged.iter().take(3)) {
            accepts(&server, &format!("{case}: in doubt or not, sent again"), events);
        }
        assert_eq!(usize::try_from(total(&home)).unwrap(), 20 * batches, "{case}: events");
        assert_in_step(&format!("{case}, sent again"), &home);
    }
}
