//! The ways to an app: the API's own path, `/a/`, a base path and a host name.

use super::*;

fn to(target: &str) -> Request {
    Request::new("POST", target).body(launch().json())
}

fn at(host: &str, target: &str) -> Request {
    // The harness sends a `Host` of its own; an address in the request line counts before it.
    to(&format!("http://{host}{target}"))
}

#[test]
fn every_app_is_below_its_name() {
    let server = home().serve();
    assert_eq!(outcomes(&send(&server, &to("/a/mytool/events"))), ["accepted"]);
    assert_eq!(send(&server, &Request::new("GET", "/a/mytool/contract")).json()["app"]["id"], "mytool");
    for target in ["/a/mytool/nothing", "/a/mytool", "/a/mytool/api/v1/mytool/events", "/a/mytool/v1/events"] {
        assert_problem(target, &send(&server, &to(target)), 404, "not_found");
    }
    let report = Request::new("POST", "/a/voicemode/telemetry").body(Report::new().json());
    assert_eq!(server.send(&report).status, 200, "released clients' apps as well");
}

#[test]
fn a_native_app_is_not_at_the_root() {
    let server = home().serve();
    for target in ["/events", "/contract", "/mytool/events", "/api/v2/mytool/events", "/api/mytool/events"] {
        assert_eq!(server.send(&to(target)).status, 404, "{target}");
    }
}

#[test]
fn an_app_may_have_a_base_path() {
    let home = home();
    home.write("askfirst.toml", "[apps.mytool]\nbase_path = \"/stats/\"\n[apps.voicemode]\nbase_path = \"/vm\"\n");
    let server = home.serve();
    for target in ["/stats/events", EVENTS, "/a/mytool/events"] {
        assert_eq!(outcomes(&send(&server, &to(target))), ["accepted"], "{target}");
    }
    assert_problem("below it", &send(&server, &to("/stats/nothing")), 404, "not_found");
    assert_eq!(server.send(&to("/statsevents")).status, 404);
    let report = Request::new("POST", "/vm/telemetry").body(Report::new().json());
    assert_eq!(server.send(&report).status, 200);
}

#[test]
fn every_path_of_a_host_name_is_its_apps() {
    let home = home();
    home.write("askfirst.toml", "[apps.mytool]\nhost = \"Telemetry.example.com\"\n");
    let server = home.serve();
    for host in ["telemetry.example.com", "TELEMETRY.example.com", "telemetry.example.com:8443"] {
        assert_eq!(outcomes(&send(&server, &at(host, "/events"))), ["accepted"], "{host}");
        for target in ["/telemetry", "/v1/events", "/", "/nothing"] {
            assert_problem(&format!("{host}{target}"), &send(&server, &at(host, target)), 404, "not_found");
        }
    }
    assert_eq!(outcomes(&send(&server, &at("telemetry.example.com", EVENTS))), ["accepted"], "the API is everywhere");
    let health = server.send(&Request::new("GET", "http://telemetry.example.com/healthz"));
    assert_eq!(health.text(), "ok", "and so is the operator");
    for host in ["example.com", "x.telemetry.example.com", "telemetry.example.com.evil.example"] {
        assert_eq!(server.send(&at(host, "/events")).status, 404, "{host}");
        let report = Request::new("POST", &format!("http://{host}/telemetry")).body(Report::new().json());
        assert_eq!(server.send(&report).status, 200, "{host} is nobody's");
    }
}

#[test]
fn a_host_name_and_a_base_path_go_together() {
    let home = home();
    home.write("askfirst.toml", "[apps.mytool]\nhost = \"telemetry.example.com\"\nbase_path = \"/stats\"\n");
    let server = home.serve();
    for request in
        [at("telemetry.example.com", "/stats/events"), at("telemetry.example.com", "/events"), to("/stats/events")]
    {
        assert_eq!(outcomes(&send(&server, &request)), ["accepted"]);
    }
}

#[test]
fn an_app_that_is_switched_off_is_not_there() {
    let home = home();
    home.write("askfirst.toml", "[apps.mytool]\nenabled = false\nbase_path = \"/stats\"\nhost = \"t.example.com\"\n");
    let server = home.serve_with(&[("ASKFIRST_APP_DRIFT_ENABLED", "false")]);
    for target in [EVENTS, "/a/mytool/events", "/a/drift/v1/events", "/api/v1/drift/contract"] {
        assert_problem(target, &send(&server, &to(target)), 404, "unknown_app");
    }
    assert_eq!(server.send(&to("/stats/events")).status, 404);
    assert_eq!(server.send(&at("t.example.com", "/events")).status, 404);
    assert_eq!(server.post(Report::new().json()).status, 200, "the others are");
    assert!(!home.database_of(APP).exists());
}

#[test]
fn apps_do_not_know_of_each_others_events() {
    let home = home();
    home.write("contracts/second.toml", &contract_of("second", POLICY, FIELDS));
    let server = home.serve();
    let event = launch().json();
    for app in ["mytool", "second"] {
        let request = Request::new("POST", &format!("/api/v1/{app}/events")).body(&event);
        assert_eq!(outcomes(&send(&server, &request)), ["accepted"], "{app}");
        assert_eq!(outcomes(&send(&server, &request)), ["duplicate"], "{app}");
    }
    assert_eq!(stored(&home), 1);
}
