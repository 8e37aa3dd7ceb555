//! The second table: recorded before, over a limit, or stored.

use super::{ADDRESS_LIMITED, INSTALL_LIMITED, RECORDED, accepts, assert_json, assert_limited, refuses, stored};
use crate::harness::{Home, Ledger, Report, Request, address, install_id};

#[test]
fn an_event_sent_again_is_recorded_already_and_changes_nothing() {
    let home = Home::new();
    let server = home.serve();
    let report = Report::new();
    accepts(&server, "first", &report);
    assert_json("the same again", &server.post(report.json()), 200, RECORDED);
    let other = Report::new().with("event_id", report.event_id()).with("usage.total_sessions", 1000);
    assert_json("another report of that id", &server.post(other.json()), 200, RECORDED);
    let ledger = Ledger::open(&home);
    let sql = "SELECT json_extract(usage, '$.total_sessions') FROM events WHERE event_id = ?1";
    assert_eq!(ledger.column::<i64>(sql, [report.event_id()]), [5], "the first one stays");
    assert_eq!(ledger.one::<String>("SELECT telemetry_id FROM events", []), report.install_id());
}

#[test]
fn the_eleventh_event_of_an_install_within_the_hour_is_limited() {
    let home = Home::new();
    let server = home.serve();
    let install = install_id();
    let mut first = None;
    for event in 1..=10 {
        let report = Report::of(&install);
        accepts(&server, &format!("event {event}"), &report);
        first.get_or_insert(report);
    }
    let report = Report::of(&install);
    assert_limited("event 11", &server.post(report.json()), INSTALL_LIMITED);
    assert_limited("event 11 again", &server.post(report.json()), INSTALL_LIMITED);
    assert_json("one of the ten, while limited", &server.post(first.unwrap().json()), 200, RECORDED);
    accepts(&server, "another install", &Report::new());
    let ledger = Ledger::open(&home);
    assert_eq!((ledger.total(), ledger.count(report.event_id())), (11, 0), "a limited event is not stored");
}

#[test]
fn an_install_id_in_another_case_is_the_same_install() {
    let home = Home::new();
    let server = home.serve();
    let install = install_id();
    let shouted = install.to_uppercase();
    assert_ne!(install, shouted);
    for event in 0..10 {
        accepts(&server, "within the limit", &Report::of(if event % 2 == 0 { &install } else { &shouted }));
    }
    for id in [&install, &shouted] {
        assert_limited(id, &server.post(Report::of(id).json()), INSTALL_LIMITED);
    }
    let distinct: i64 = Ledger::open(&home).one("SELECT COUNT(DISTINCT telemetry_id) FROM events", []);
    assert_eq!(distinct, 1, "installs in the ledger");
    assert_eq!(home.stats()["installs"], 1);
}

#[test]
fn the_hundred_and_first_event_of_an_address_within_the_hour_is_limited() {
    let home = Home::new();
    let server = home.serve();
    let (address, install) = (address(), install_id());
    let mut connection = server.connect();
    let mut post = |report: &Report| connection.exchange(&Request::report_from(&address, report.json())).unwrap();
    for event in 1..=100 {
        let report = if event <= 10 { Report::of(&install) } else { Report::new() };
        assert_json(&format!("event {event}"), &post(&report), 200, &stored(report.event_id()));
    }
    let report = Report::new();
    assert_limited("event 101", &post(&report), ADDRESS_LIMITED);
    let both = post(&Report::of(&install));
    assert_limited("over both limits, the install's is told", &both, INSTALL_LIMITED);
    accepts(&server, "the same event from another address", &report);
    assert_json("and once more from the limited one", &post(&report), 200, RECORDED);
    assert_limited("a new one from there", &post(&Report::new()), ADDRESS_LIMITED);
}

#[test]
fn what_is_refused_or_recorded_already_costs_nothing_of_a_limit() {
    let home = Home::with_config("[apps.voicemode]\nlimits = { install = \"4/h\", address = \"6/h\" }\n");
    let server = home.serve();
    let (address, install) = (address(), install_id());
    let post = |report: &Report| server.send(&Request::report_from(&address, report.json()));
    let first = Report::of(&install);
    assert_json("first", &post(&first), 200, &stored(first.event_id()));
    for _ in 0..20 {
        assert_json("again", &post(&first), 200, RECORDED);
        let bad = post(&Report::of(&install).with("usage.total_sessions", -1));
        assert_json("refused", &bad, 400, &super::refused("Invalid or missing usage.total_sessions"));
    }
    for event in 2..=4 {
        let report = Report::of(&install);
        assert_json(&format!("event {event} of the install"), &post(&report), 200, &stored(report.event_id()));
    }
    for _ in 0..20 {
        assert_limited("event 5 of the install", &post(&Report::of(&install)), INSTALL_LIMITED);
    }
    for event in 5..=6 {
        let report = Report::new();
        assert_json(&format!("event {event} of the address"), &post(&report), 200, &stored(report.event_id()));
    }
    assert_limited("event 7 of the address", &post(&Report::new()), ADDRESS_LIMITED);
}

#[test]
fn limits_can_be_switched_off() {
    let home = Home::with_config("[apps.voicemode]\nlimits = { install = \"off\", address = \"off\" }\n");
    let server = home.serve();
    let (address, install) = (address(), install_id());
    let mut connection = server.connect();
    for event in 1..=130 {
        let report = Report::of(&install);
        let answer = connection.exchange(&Request::report_from(&address, report.json())).unwrap();
        assert_json(&format!("event {event}"), &answer, 200, &stored(report.event_id()));
    }
}

#[test]
fn a_disabled_app_takes_nothing() {
    let home = Home::with_config("[apps.voicemode]\nenabled = false\n");
    let server = home.serve();
    assert_eq!(server.post(Report::new().json()).status, 404);
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn every_event_has_one_outcome_and_is_counted_by_it() {
    let home = Home::new();
    let server = home.serve();
    let install = install_id();
    let first = Report::of(&install);
    accepts(&server, "first", &first);
    for _ in 0..9 {
        accepts(&server, "more", &Report::of(&install));
    }
    for _ in 0..3 {
        assert_json("again", &server.post(first.json()), 200, RECORDED);
    }
    for _ in 0..2 {
        assert_limited("too many", &server.post(Report::of(&install).json()), INSTALL_LIMITED);
    }
    refuses(&server, "no JSON", "{", "Invalid JSON");
    refuses(&server, "no id", "{}", "Invalid or missing event_id");
    refuses(
        &server,
        "a bad count",
        Report::new().with("usage.total_sessions", -1).json(),
        "Invalid or missing usage.total_sessions",
    );
    refuses(
        &server,
        "a bad map",
        Report::new().with("usage.transport_usage", 1).json(),
        "Invalid usage.transport_usage",
    );
    for (outcome, count) in [("accepted", 10.0), ("duplicate", 3.0), ("limited", 2.0), ("refused", 4.0)] {
        let counted = server.counted(outcome);
        assert!(
            (counted - count).abs() < 0.5,
            "{outcome}: {counted}, not {count}, in {}",
            server.get("/-/metrics").text()
        );
    }
}
