//! SIGTERM: no new work, the work in flight is answered and committed, exit code 0.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::harness::{Connection, Home, Ledger, Report, Request, eventually};
use crate::voicemode::{assert_json, stored};

#[test]
fn a_request_in_flight_is_answered_while_no_new_one_is_taken() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    let mut connection = server.begin(&report);

    server.terminate();
    eventually("the refusal of new clients", || {
        let late =
            Connection::open(server.address()).and_then(|mut late| late.exchange(&Request::new("GET", "/healthz")));
        late.map_or(Ok(()), |answer| Err(answer.status))
    });
    connection.write(report.json()).unwrap();
    assert_json("in flight", &connection.answer_to("POST").unwrap(), 200, &stored(report.event_id()));
    let stopped = server.wait();
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    assert_eq!(Ledger::open(&home).count(report.event_id()), 1, "stored");
}

#[test]
fn idle_connections_do_not_hold_the_end_up() {
    let home = Home::new();
    let server = home.serve();
    let mut idle: Vec<Connection> = (0..20).map(|_| server.connect()).collect();
    for connection in &mut idle[..10] {
        assert_eq!(connection.exchange(&Request::new("GET", "/healthz")).unwrap().status, 200);
    }
    server.stop();
}

#[test]
fn under_load_all_that_was_acknowledged_is_stored() {
    let home = Home::new();
    let server = home.serve();
    let enough = AtomicBool::new(false);
    let acknowledged: Vec<Report> = thread::scope(|scope| {
        let client = || {
            let mut connection = server.connect();
            let mut acknowledged = Vec::new();
            loop {
                let report = Report::new();
                let Ok(answer) = connection.exchange(&Request::report(report.json())) else {
                    return acknowledged;
                };
                assert_json("under load", &answer, 200, &stored(report.event_id()));
                acknowledged.push(report);
                if acknowledged.len() == 30 {
                    enough.store(true, Ordering::Relaxed);
                }
            }
        };
        let clients: Vec<_> = (0..6).map(|_| scope.spawn(client)).collect();
        eventually("load", || enough.load(Ordering::Relaxed).then_some(()).ok_or("too little"));
        server.terminate();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let stopped = server.wait();
    assert_eq!(stopped.status.code(), Some(0), "{}", stopped.log);
    let ledger = Ledger::open(&home);
    for report in &acknowledged {
        assert_eq!(ledger.count(report.event_id()), 1, "acknowledged, so stored");
    }
    assert_eq!(ledger.column::<String>("PRAGMA integrity_check", []), ["ok"]);
}
