//! A backup of a server that is at work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::{event_ids, ids_of, names, report, reports};
use crate::export::large::fill;
use crate::harness::{Home, Report, Request, Server, eventually};

/// Events of no install, which the view of the released service does not show.
const FILLED: u64 = 40_000;

/// Tells the clients to end, also where the test fails: it waits for them.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Posts until it is told to end; gives what was acknowledged.
fn post_until(server: &Server, is_over: &AtomicBool) -> Vec<Report> {
    let mut connection = server.connect();
    let mut acknowledged = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let report = Report::new();
        assert_eq!(connection.exchange(&Request::report(report.json())).unwrap().status, 200);
        acknowledged.push(report);
    }
    acknowledged
}

#[test]
fn a_backup_of_a_busy_server_is_of_one_moment_and_whole() {
    let home = Home::new();
    home.serve().stop();
    // A copy that takes many steps, between which somebody commits.
    fill(&home, "voicemode", FILLED, 400);
    let server = home.serve();
    let before = reports(200);
    for report in &before {
        assert_eq!(server.post(report.json()).status, 200);
    }
    let is_over = AtomicBool::new(false);
    let meanwhile = thread::scope(|scope| {
        let over = Over(&is_over);
        let clients: Vec<_> = (0..4).map(|_| scope.spawn(|| post_until(&server, &is_over))).collect();
        eventually("the clients to be at work", || {
            let accepted = server.counted("accepted");
            if accepted > 220.0 { Ok(()) } else { Err(accepted) }
        });
        // Somebody commits all the time: the copy must not begin anew with each.
        let made = report(&home, &["backup", "voicemode", "--out", "copy.db"]);
        let stored = event_ids(&home.path("copy.db"));
        drop(over);
        let meanwhile: Vec<Report> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        assert_eq!(made["events"], FILLED + stored.len() as u64);
        assert_eq!(made["bytes"], std::fs::metadata(home.path("copy.db")).unwrap().len());
        assert_eq!((&made["app"], &made["file"]), (&"voicemode".into(), &"copy.db".into()));
        let (all, known) = (ids_of(&[before.clone(), meanwhile.clone()].concat()), ids_of(&before));
        assert!(stored.iter().all(|id| all.binary_search(id).is_ok()), "nothing but what was reported");
        assert!(known.iter().all(|id| stored.binary_search(id).is_ok()), "all that was acknowledged before it began");
        meanwhile
    });
    assert_eq!(names(&home.path(""), "copy"), ["copy.db"], "one file");
    server.stop();
    assert_eq!(event_ids(&home.database()).len(), before.len() + meanwhile.len(), "the ledger went on");

    // What was reported before is known after a restore, and what came later is not.
    let elsewhere = Home::new();
    std::fs::copy(home.path("copy.db"), elsewhere.path("copy.db")).unwrap();
    let restored = report(&elsewhere, &["restore", "voicemode", "copy.db"]);
    assert_eq!(restored["kept"], serde_json::Value::Null);
    let server = elsewhere.serve();
    assert_eq!(server.post(before[0].json()).status, 200);
    assert_eq!(server.counted("duplicate").to_string(), "1");
    assert_eq!(server.post(Report::new().json()).status, 200);
    server.stop();
    let expected = restored["events"].as_u64().unwrap() + 1;
    assert_eq!(FILLED + event_ids(&elsewhere.database()).len() as u64, expected);
}
