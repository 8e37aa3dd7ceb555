//! Limits and idempotency hold exactly while 64 clients race, and after a crash.

use crate::harness::{Answer, Home, Ledger, Report, Request, Server, address, event_id, install_id, race};
use crate::voicemode::{ADDRESS_LIMITED, INSTALL_LIMITED, RECORDED, assert_json, assert_limited, stored};

const CLIENTS: usize = 64;

/// Checks each answer by its kind, and that so many events were stored.
#[track_caller]
fn assert_stored(case: &str, answers: &[Answer], reports: &[Report], limit: usize, text: &str) {
    let mut passed = 0;
    for (answer, report) in answers.iter().zip(reports) {
        if answer.status == 200 {
            assert_json(case, answer, 200, &stored(report.event_id()));
            passed += 1;
        } else {
            assert_limited(case, answer, text);
        }
    }
    assert_eq!((answers.len(), passed), (reports.len(), limit), "{case}");
}

/// Checks that just the events that were said to be stored are in the ledger.
#[track_caller]
fn assert_kept(case: &str, home: &Home, answers: &[Answer], reports: &[Report]) {
    let ledger = Ledger::open(home);
    for (answer, report) in answers.iter().zip(reports) {
        assert_eq!(ledger.count(report.event_id()), i64::from(answer.status == 200), "{case}: {}", answer.text());
    }
}

fn race_reports(server: &Server, reports: &[Report], from: impl Fn() -> String) -> Vec<Answer> {
    let requests: Vec<Request> = reports.iter().map(|report| Request::report_from(&from(), report.json())).collect();
    race(server, CLIENTS, &requests)
}

#[test]
fn of_200_racing_events_of_one_install_exactly_10_pass_and_none_after_a_crash() {
    let home = Home::new();
    let server = home.serve();
    let install = install_id();
    let reports: Vec<Report> = (0..200).map(|_| Report::of(&install)).collect();
    let answers = race_reports(&server, &reports, address);
    assert_stored("of one install", &answers, &reports, 10, INSTALL_LIMITED);
    server.kill();

    let server = home.serve();
    assert_kept("of one install", &home, &answers, &reports);
    let more: Vec<Report> = (0..CLIENTS).map(|_| Report::of(&install.to_uppercase())).collect();
    let after = race_reports(&server, &more, address);
    assert_stored("of that install after the crash", &after, &more, 0, INSTALL_LIMITED);
    for (answer, report) in answers.iter().zip(&reports) {
        let again = server.post(report.json());
        match answer.status {
            200 => assert_json("one that passed", &again, 200, RECORDED),
            _ => assert_limited("one that did not", &again, INSTALL_LIMITED),
        }
    }
}

#[test]
fn of_500_racing_events_of_one_address_exactly_100_pass_and_none_after_a_crash() {
    let home = Home::new();
    let server = home.serve();
    let from = address();
    let reports: Vec<Report> = (0..500).map(|_| Report::new()).collect();
    let answers = race_reports(&server, &reports, || from.clone());
    assert_stored("of one address", &answers, &reports, 100, ADDRESS_LIMITED);
    server.kill();

    let server = home.serve();
    assert_kept("of one address", &home, &answers, &reports);
    let more: Vec<Report> = (0..CLIENTS).map(|_| Report::new()).collect();
    let after = race_reports(&server, &more, || from.clone());
    assert_stored("of that address after the crash", &after, &more, 0, ADDRESS_LIMITED);
    let first = answers.iter().position(|answer| answer.status == 200).unwrap();
    let again = server.send(&Request::report_from(&from, reports[first].json()));
    assert_json("one that passed", &again, 200, RECORDED);
    let report = Report::new();
    assert_json("from elsewhere", &server.post(report.json()), 200, &stored(report.event_id()));
}

#[test]
fn of_100_racing_events_of_one_id_one_is_stored_and_all_are_answered_well() {
    let home = Home::new();
    let server = home.serve();
    let id = event_id();
    let reports: Vec<Report> = (0..100).map(|_| Report::new().with("event_id", id.as_str())).collect();
    let answers = race_reports(&server, &reports, address);
    let (first, rest): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.text() == stored(&id));
    assert_eq!((first.len(), rest.len()), (1, 99), "one is the first");
    assert_json("the first", first[0], 200, &stored(&id));
    for answer in rest {
        assert_json("the others", answer, 200, RECORDED);
    }
    server.kill();

    let server = home.serve();
    assert_eq!((Ledger::open(&home).count(&id), Ledger::open(&home).total()), (1, 1), "stored once");
    let after = race_reports(&server, &reports, address);
    for answer in &after {
        assert_json("after the crash", answer, 200, RECORDED);
    }
    assert_eq!(Ledger::open(&home).total(), 1, "still once");
}

#[test]
fn what_was_used_of_a_limit_before_a_crash_is_used_after_it() {
    let home = Home::new();
    let (from, install) = (address(), install_id());
    let post = |server: &Server, report: &Report| server.send(&Request::report_from(&from, report.json()));
    let server = home.serve();
    for event in 0..60 {
        let report = if event < 4 { Report::of(&install) } else { Report::new() };
        assert_json("before", &post(&server, &report), 200, &stored(report.event_id()));
    }
    server.kill();

    let server = home.serve();
    let of_install: Vec<Report> = (0..20).map(|_| Report::of(&install)).collect();
    let answers = race_reports(&server, &of_install, address);
    assert_stored("6 more of the install", &answers, &of_install, 6, INSTALL_LIMITED);
    let of_address: Vec<Report> = (0..90).map(|_| Report::new()).collect();
    let answers = race_reports(&server, &of_address, || from.clone());
    assert_stored("40 more of the address", &answers, &of_address, 40, ADDRESS_LIMITED);
    server.stop();

    let server = home.serve();
    assert_limited("after an orderly end, too", &post(&server, &Report::of(&install)), INSTALL_LIMITED);
    assert_limited("after an orderly end, too", &post(&server, &Report::new()), ADDRESS_LIMITED);
}
