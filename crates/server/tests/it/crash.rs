//! Killed at random moments under load, the server keeps every event it acknowledged, once and whole.

use std::thread;
use std::time::Duration;

use crate::harness::{Connection, Home, Ledger, Random, Report, Request, Server, seed};
use crate::voicemode::{RECORDED, stored};

const ROUNDS: usize = 20;
const CLIENTS: usize = 6;

/// Posts until the server is gone. Gives the reports that were acknowledged, and the one whose fate is unknown.
fn post_until_killed(mut connection: Connection) -> (Vec<Report>, Report) {
    let mut acknowledged = Vec::new();
    loop {
        let report = Report::new();
        match connection.exchange(&Request::report(report.json())) {
            Ok(answer) => {
                assert_eq!((answer.status, answer.text()), (200, stored(report.event_id())), "under load");
                acknowledged.push(report);
            }
            Err(_) => return (acknowledged, report),
        }
    }
}

/// One round: load from all clients, and SIGKILL at the moment. Gives what was acknowledged and what is in doubt.
fn crash(server: Server, moment: Duration) -> (Vec<Report>, Vec<Report>) {
    let connections: Vec<Connection> = (0..CLIENTS).map(|_| server.connect()).collect();
    thread::scope(|scope| {
        let clients = connections.into_iter().map(|connection| scope.spawn(|| post_until_killed(connection)));
        let clients: Vec<_> = clients.collect();
        thread::sleep(moment);
        let log = server.kill().log;
        assert!(!log.contains("panicked"), "{log}");
        let (acknowledged, in_doubt): (Vec<_>, Vec<_>) =
            clients.into_iter().map(|client| client.join().unwrap()).unzip();
        (acknowledged.concat(), in_doubt)
    })
}

#[track_caller]
fn assert_whole(case: &str, home: &Home) {
    let ledger = Ledger::open(home);
    assert_eq!(ledger.column::<String>("PRAGMA integrity_check", []), ["ok"], "{case}: integrity");
    let torn = "SELECT event_id FROM events WHERE NOT json_valid(environment) OR NOT json_valid(usage)
        OR json_extract(environment, '$.os') IS NOT 'Linux' OR json_extract(usage, '$.total_sessions') IS NOT 5
        OR LENGTH(event_id) <> 16 OR LENGTH(telemetry_id) <> 36
        OR DATE(timestamp) IS NULL OR DATETIME(created_at) IS NULL";
    assert_eq!(ledger.column::<String>(torn, []), [""; 0], "{case}: torn events");
    let twice = "SELECT event_id FROM events GROUP BY event_id HAVING COUNT(*) > 1";
    assert_eq!(ledger.column::<String>(twice, []), [""; 0], "{case}: events stored twice");
}

#[test]
fn twenty_kills_under_load_lose_nothing_that_was_acknowledged() {
    let home = Home::new();
    let seed = seed();
    let mut random = Random::from_seed(seed);
    let mut acknowledged: Vec<Report> = Vec::new();
    let mut server = home.serve();
    for round in 1..=ROUNDS {
        // From the first requests on, at any point of a batch.
        let moment = Duration::from_micros(2_000 + random.below(250_000));
        let case = format!("round {round}, {moment:?}, seed {seed}");
        let (sent, in_doubt) = crash(server, moment);
        acknowledged.extend(sent);

        server = home.serve();
        assert_whole(&case, &home);
        let mut kept: Vec<String> = Ledger::open(&home).column("SELECT event_id FROM events", []);
        kept.sort_unstable();
        let lost = acknowledged
            .iter()
            .filter(|report| kept.binary_search_by(|id| id.as_str().cmp(report.event_id())).is_err());
        assert_eq!(lost.map(Report::event_id).collect::<Vec<_>>(), [""; 0], "{case}: acknowledged and lost");

        // Repeated with the same key, an event in doubt is stored once, whether it had been stored or not.
        for report in in_doubt {
            let stored_before = kept.iter().any(|id| id == report.event_id());
            let expected = if stored_before { RECORDED.to_owned() } else { stored(report.event_id()) };
            assert_eq!(server.post(report.json()).text(), expected, "{case}: in doubt, repeated");
            acknowledged.push(report);
        }
        assert_eq!(Ledger::open(&home).total(), i64::try_from(acknowledged.len()).unwrap(), "{case}: events");
    }
    assert!(acknowledged.len() > ROUNDS * CLIENTS, "no load: {} events", acknowledged.len());
    // What is derived from the events agrees with them.
    assert_eq!(home.stats()["events"], acknowledged.len());
    assert_eq!(home.stats()["installs"], acknowledged.len());
}
