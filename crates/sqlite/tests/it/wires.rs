//! The released wires on a real ledger, with the time in our hands: what they keep, what goes, and what is counted.

use askfirst_contract::Timestamp;
use askfirst_core::suite::NOON;
use pollster::block_on;

use crate::harness::{DAY, at};
use crate::world::World;

fn flash(session: &str, metadata: &str) -> String {
    let metadata = metadata.replace('"', "\\\"");
    format!(
        r#"{{"event_type":"flash_success","occurred_at":"1999-12-31T23:59:59Z","message":"done","session_id":"{session}","metadata_json":"{metadata}"}}"#
    )
}

#[test]
fn the_flash_count_stays_when_the_events_go() {
    let mut world = World::new("baofeng");
    for session in ["a", "b"] {
        assert_eq!(world.send("POST", "/event", &flash(session, "{}"), NOON).0, 200);
    }
    assert_eq!(world.send("POST", "/event", &flash("Baseline-1", r#"{"baseline_total":"100"}"#), NOON).0, 200);
    assert_eq!(world.send("POST", "/increment", r#"{"sessionId":"c"}"#, at(DAY)).1, r#"{"total":103}"#);
    let later = at(30 * DAY + 1);
    world.retain(later);
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM event"), 1, "the increment is a day younger");
    assert_eq!(world.get("/count", later), r#"{"total":103}"#);
    world.retain(at(32 * DAY));
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM event"), 0);
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM flash_session"), 0, "no session outlives its event");
    world.reopen(at(33 * DAY));
    assert_eq!(world.get("/metrics/flash-count", at(33 * DAY)), r#"{"ok":true,"total":103}"#);
    assert_eq!(world.send("POST", "/increment", r#"{"sessionId":"d"}"#, at(33 * DAY)).1, r#"{"total":104}"#);
}

fn session(version: &str) -> String {
    format!(
        r#"{{"protocol_version":"1.0.0","daemon_version":"{version}","session_id":"abcd-efgh","platform":"linux","node_version":"v22.1.0","primary_framework":"vue"}}"#
    )
}

#[test]
fn a_session_is_kept_twelve_weeks_after_its_last_write() {
    let world = World::new("domscribe");
    let (monday, sunday) = (Timestamp(NOON.0 - 2 * DAY), Timestamp(NOON.0 + 4 * DAY));
    for (version, now) in [("1.0.0", monday), ("1.0.1", NOON), ("1.0.2", sunday)] {
        assert_eq!(world.send("POST", "/v1/session", &session(version), now).0, 204);
    }
    assert_eq!(world.get("/v1/wau/2026-W36", sunday), r#"{"week":"2026-W36","weekly_active_sessions":1}"#);
    let row = "SELECT daemon_version || ' ' || first_seen_at || ' ' || last_seen_at FROM sessions";
    assert_eq!(world.ask::<String>(row), format!("1.0.2 {monday} {sunday}"));
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM event"), 1);
    // The next week is another record.
    assert_eq!(world.send("POST", "/v1/session", &session("1.0.2"), at(5 * DAY)).0, 204);
    assert_eq!(world.get("/v1/wau/2026-W37", at(5 * DAY)), r#"{"week":"2026-W37","weekly_active_sessions":1}"#);
    world.retain(Timestamp(sunday.0 + 84 * DAY));
    assert!(world.get("/v1/wau/2026-W36", sunday).contains(":1}"), "twelve weeks after its first write it is there");
    world.retain(Timestamp(sunday.0 + 84 * DAY + 1));
    assert!(world.get("/v1/wau/2026-W36", sunday).contains(":0}"));
    assert!(world.get("/v1/wau/2026-W37", sunday).contains(":1}"));
}

#[test]
fn a_record_is_replaced_wherever_its_key_is() {
    let mut world = World::new("domscribe");
    let write = |world: &World, version: &str, now| {
        assert_eq!(world.send("POST", "/v1/session", &session(version), now).0, 204);
        assert_eq!(world.ask::<i64>("SELECT count(*) FROM event"), 1, "{version}");
        assert_eq!(world.ask::<String>("SELECT daemon_version FROM sessions"), version);
    };
    write(&world, "1.0.0", NOON);
    write(&world, "1.0.1", at(1));
    // From memory to disk.
    world.retain(at(2));
    write(&world, "1.0.2", at(3));
    world.reopen(at(4));
    write(&world, "1.0.3", at(5));
    world.retain(at(6));
    world.reopen(at(7));
    write(&world, "1.0.4", at(7));
    write(&world, "1.0.5", at(7));
}

fn event(event_type: &str, now: Timestamp) -> String {
    format!(
        r#"{{"events":[{{"type":"{event_type}","timestamp":"{now}","installationId":"unknown","driftVersion":"1.0.0"}}]}}"#
    )
}

#[test]
fn a_day_takes_two_hundred_types_that_nobody_declared() {
    let mut world = World::new("drift");
    let stored = |world: &World, event_type: &str, now| {
        let (status, body) = world.send("POST", "/v1/events", &event(event_type, now), now);
        assert_eq!(status, 200);
        body == r#"{"success":true,"eventsProcessed":1}"#
    };
    for number in 0..200 {
        assert!(stored(&world, &format!("new_{number}"), at(number)));
    }
    assert!(!stored(&world, "one_too_many", at(200)));
    world.reopen(at(300));
    assert!(!stored(&world, "one_too_many", at(300)), "a restart forgets none");
    assert!(stored(&world, "new_7", at(301)) && stored(&world, "scan_completion", at(302)));
    assert!(stored(&world, "one_too_many", at(DAY)), "the next day begins anew");
}

#[test]
fn the_public_figures_are_those_of_thirty_days() {
    let world = World::new("drift");
    for days in [0, 1, 30, 31] {
        let now = at(days * DAY);
        assert_eq!(world.send("POST", "/v1/events", &event("scan_completion", now), now).0, 200);
    }
    let stats = world.get("/v1/stats", at(31 * DAY));
    assert!(stats.contains(r#""totalEvents":3,"metrics":{"events:scan_completion":3}"#), "{stats}");
    world.retain(at(120 * DAY));
    let daily = "SELECT group_concat(value) FROM daily_stats WHERE metric = 'events:scan_completion'";
    assert_eq!(world.ask::<String>(daily), "1,1,1,1", "counts outlive the events");
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM events"), 2);
}

#[test]
fn another_contract_is_in_force_at_once() {
    let world = World::new("baofeng");
    let mut contract = world.contract.clone();
    contract.policy.limits.address = askfirst_contract::Rate::parse("1/h");
    assert_eq!(world.send("POST", "/event", &flash("a", "{}"), NOON).0, 200);
    block_on(world.service.as_ref().unwrap().apps[0].ledger.renew(contract, at(1))).unwrap();
    // What was received before was under no limit, so its address is not known.
    assert_eq!(world.send("POST", "/event", &flash("b", "{}"), at(2)).0, 200);
    assert_eq!(world.send("POST", "/event", &flash("c", "{}"), at(3)).0, 429);
    assert_eq!(world.ask::<i64>("SELECT count(*) FROM contract"), 2);
}
