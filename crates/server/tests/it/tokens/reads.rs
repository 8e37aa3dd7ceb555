//! What is read with a token over HTTP.

use serde_json::Value;

use super::{STATS, assert_turned_away, read};
use crate::harness::{Home, Report, Request, eventually};

#[test]
fn nobody_reads_without_a_token_that_is_in_force() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["grafana"]);
    let (known, secret) = token.rsplit_once('_').unwrap();
    let last = if secret.ends_with('0') { '1' } else { '0' };
    let nearly = format!("{known}_{}{last}", &secret[..63]);
    let unknown = format!("askfirst_00000000_{secret}");
    for other in ["", "x", known, secret, &nearly, &unknown, &token.to_uppercase(), &format!("{token}0"), "\u{e9}"] {
        assert_turned_away(other, &read(&server, STATS, Some(other)), 401, "unauthorized");
        let target = format!("{STATS}?token={other}");
        assert_turned_away(&target, &server.get(&target.replace('\u{e9}', "%E9")), 401, "unauthorized");
    }
    assert_turned_away("none", &read(&server, STATS, None), 401, "unauthorized");
    let basic = Request::new("GET", STATS).header("authorization", &format!("Basic {token}"));
    assert_turned_away("another scheme", &server.send(&basic), 401, "unauthorized");
    assert_eq!(read(&server, STATS, Some(&token)).status, 200);
}

#[test]
fn a_token_is_for_its_apps_alone() {
    let home = Home::new();
    let server = home.serve();
    let (one, all) = (home.token(&["one", "--app", "drift"]), home.token(&["all", "--scope", "operate"]));
    for app in ["voicemode", "drift", "baofeng", "domscribe"] {
        let target = format!("/api/v1/{app}/stats");
        let answer = read(&server, &target, Some(&one));
        if app == "drift" {
            assert_eq!((answer.status, &answer.json()["app"]), (200, &app.into()));
        } else {
            assert_turned_away(app, &answer, 403, "forbidden");
        }
        assert_eq!(read(&server, &target, Some(&all)).json()["app"], app, "to operate includes to read");
    }
    let unknown = read(&server, "/api/v1/nope/stats", Some(&all));
    assert_eq!((unknown.status, &unknown.json()["code"]), (404, &"unknown_app".into()));
}

#[test]
fn the_figures_are_those_of_the_command() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["grafana"]);
    let report = Report::new();
    for body in [report.json(), report.json(), Report::new().json(), "{".to_owned(), "{}".to_owned()] {
        server.post(body);
    }
    let figures = eventually("all outcomes to be stored", || {
        let figures = home.stats();
        let refused: u64 = figures["refused"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
        if refused == 2 { Ok(figures) } else { Err(figures) }
    });
    assert_eq!((&figures["events"], &figures["duplicates"]), (&2.into(), &1.into()), "{figures}");
    let answer = read(&server, STATS, Some(&token));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json(), figures);
    let by_parameter = server.get(&format!("{STATS}?x=1&token={token}"));
    assert_eq!((by_parameter.status, by_parameter.json()), (200, figures));
    assert_eq!(by_parameter.header("cache-control"), Some("no-store"));
}

#[test]
fn reads_take_get_head_and_options() {
    let home = Home::new();
    let server = home.serve();
    let bearer = format!("Bearer {}", home.token(&["grafana"]));
    let send = |method: &str| server.send(&Request::new(method, STATS).header("authorization", &bearer));
    assert_eq!((send("HEAD").status, send("HEAD").text().as_str()), (200, ""));
    assert_eq!(server.send(&Request::new("HEAD", STATS)).status, 401);
    for (method, status) in [("OPTIONS", 204), ("POST", 405), ("PUT", 405), ("DELETE", 405)] {
        let answer = send(method);
        assert_eq!((answer.status, answer.header("allow")), (status, Some("GET, HEAD, OPTIONS")), "{method}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "no page of others reads");
    }
    for target in ["/a/voicemode/stats", "/stats", "/api/v1/voicemode/stats/", "/api/v1/voicemode/stat"] {
        assert_eq!(read(&server, target, None).status, 404, "{target}");
    }
}

#[test]
fn a_running_server_knows_at_once_of_what_is_created_and_revoked() {
    let home = Home::new();
    let server = home.serve();
    for round in 0..3 {
        let token = home.token(&["grafana"]);
        assert_eq!(read(&server, STATS, Some(&token)).status, 200, "round {round}");
        assert_eq!(home.run(&["token", "revoke", "grafana"]).code, Some(0));
        assert_turned_away("revoked", &read(&server, STATS, Some(&token)), 401, "unauthorized");
    }
    let token = home.token(&["grafana"]);
    server.stop();
    let server = home.serve();
    assert_eq!(read(&server, STATS, Some(&token)).status, 200, "after a restart");
}

#[test]
fn the_last_use_is_told() {
    let home = Home::new();
    let server = home.serve();
    let (used, unused) = (home.token(&["used"]), home.token(&["unused"]));
    let last_used = |name: &str| {
        let run = home.run(&["token", "list", "--json"]);
        let tokens: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
        tokens.iter().find(|token| token["name"] == name).unwrap()["last_used"].clone()
    };
    assert_eq!(read(&server, STATS, Some(&used)).status, 200);
    let wrong = format!("{}0", &unused[..unused.len() - 1]);
    let wrong = if wrong == unused { format!("{}1", &unused[..unused.len() - 1]) } else { wrong };
    assert_eq!(read(&server, STATS, Some(&wrong)).status, 401);
    let told = eventually("the use to be noted", || {
        let told = last_used("used");
        if told.is_string() { Ok(told) } else { Err(told) }
    });
    assert!(told.as_str().unwrap().ends_with('Z'), "a time in UTC: {told}");
    assert_eq!(last_used("unused"), Value::Null, "nobody used it who had it");
}

#[test]
fn a_token_is_never_logged() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["grafana"]);
    for target in [STATS.to_owned(), "/api/v1/voicemode/nothing".to_owned(), "/nothing".to_owned()] {
        read(&server, &target, Some(&token));
        server.get(&format!("{target}?token={token}"));
    }
    std::fs::remove_file(home.data().join("operator.db")).unwrap();
    server.get(&format!("{STATS}?token={token}"));
    let stopped = server.stop();
    let secret = token.rsplit('_').next().unwrap();
    assert!(!stopped.log.contains(secret), "{}", stopped.log);
}

#[test]
fn where_tokens_can_not_be_read_nobody_reads_and_events_are_taken() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["grafana"]);
    std::fs::remove_file(home.data().join("operator.db")).unwrap();
    assert_turned_away("no tokens", &read(&server, STATS, Some(&token)), 500, "unreadable");
    assert_eq!(server.post(Report::new().json()).status, 200);
    let stopped = server.stop();
    assert!(stopped.log.contains("operator.db"), "the log tells why: {}", stopped.log);
}

#[test]
fn a_server_does_not_start_without_a_file_for_tokens() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    home.write("data/operator.db", &"no database ".repeat(1_000));
    home.run(&["serve", "--listen", "127.0.0.1:0", "--data", "data"]).assert_refused("garbage", &["operator.db"]);
}
