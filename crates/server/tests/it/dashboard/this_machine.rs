//! Where no token is in force: who is on the server's own machine needs none, and nobody else is let in.

use super::{SESSION, STATS, assert_ends, cookie_of, follow, with_cookie};
use crate::harness::{Answer, Home, Request, Server};

/// Sends a head as it stands, with a blank line behind it.
#[track_caller]
fn send(server: &Server, head: &str) -> Answer {
    let mut connection = server.connect();
    connection.write(format!("{head}\r\n\r\n")).unwrap();
    connection.answer_to("GET").unwrap()
}

/// Heads that a browser on this machine would not send, but proxies and pages of others would: each with what is behind
/// the path in the first line.
fn not_from_here() -> Vec<String> {
    let hosts =
        ["telemetry.example.com", "localhost.example.com", "127.0.0.1.example.com:80", "127.0.0.2", "[::2]", ""];
    let named = hosts.iter().map(|host| format!(" HTTP/1.1\r\nhost: {host}"));
    let headers = [
        "forwarded: for=192.0.2.1",
        "x-forwarded-for: 127.0.0.1",
        "X-Forwarded-Host: localhost",
        "x-forwarded-proto: http",
        "x-forwarded-port: 80",
        "via: 1.1 proxy",
        "x-real-ip: 127.0.0.1",
        "cf-connecting-ip: 192.0.2.1",
        "host: localhost",
    ];
    let added = headers.iter().map(|header| format!(" HTTP/1.1\r\nhost: localhost\r\n{header}"));
    named.chain(added).chain([" HTTP/1.0\r\nhost: localhost".to_owned()]).collect()
}

#[test]
fn a_browser_on_this_machine_reads_everything() {
    let home = Home::new();
    let server = home.serve();
    for host in ["localhost", "LOCALHOST:8787", "127.0.0.1", "127.0.0.1:8787", "[::1]:8787"] {
        for target in ["/-/", SESSION] {
            let answer = send(&server, &format!("GET {target} HTTP/1.1\r\nhost: {host}"));
            assert_eq!(answer.status, 200, "{host}, {target}");
            let (cookie, attributes) = cookie_of(&answer);
            assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Strict"], "it ends with the browser");
            let stats = send(&server, &format!("GET {STATS} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}"));
            assert_eq!((stats.status, &stats.json()["app"]), (200, &"voicemode".into()), "{host}");
        }
    }
    let session = server.get(SESSION).json();
    assert_eq!((&session["local"], &session["scope"]), (&true.into(), &serde_json::Value::Null));
    assert_eq!(session["apps"].as_array().unwrap().len(), 4);
}

#[test]
fn nobody_else_does() {
    let home = Home::new();
    let server = home.serve();
    let (cookie, _) = cookie_of(&server.get("/-/"));
    for head in not_from_here() {
        let session = send(&server, &format!("GET {SESSION}{head}\r\ncookie: {cookie}"));
        let problem = session.json();
        assert_eq!((session.status, &problem["tokens"]), (401, &false.into()), "{head}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("machine") && detail.contains("askfirst token create"), "{detail}");
        for target in ["/-/", SESSION, STATS] {
            let answer = send(&server, &format!("GET {target}{head}\r\ncookie: {cookie}"));
            assert_eq!(answer.header("set-cookie"), None, "{target}{head}");
        }
        assert_eq!(send(&server, &format!("GET {STATS}{head}\r\ncookie: {cookie}")).status, 401, "{head}");
    }
}

#[test]
fn without_the_cookie_the_api_is_closed_as_ever() {
    let homes = [Home::new(), Home::new()];
    let [server, other] = [homes[0].serve(), homes[1].serve()];
    let (cookie, _) = cookie_of(&server.get("/-/"));
    let (name, value) = cookie.split_once('=').unwrap();
    assert_eq!(server.get(STATS).status, 401);
    for wrong in [format!("{name}="), format!("{name}={value}0"), format!("x{name}={value}"), format!("other={value}")]
    {
        assert_eq!(server.send(&with_cookie("GET", STATS, &wrong)).status, 401, "{wrong}");
    }
    let bearer = Request::new("GET", STATS).header("authorization", &format!("Bearer {value}"));
    assert_eq!(server.send(&bearer).status, 401, "it is no token");
    assert_eq!(server.get(&format!("{STATS}?token={value}")).status, 401);
    assert_eq!(other.send(&with_cookie("GET", STATS, &cookie)).status, 401, "each server has its own");
}

#[test]
fn the_first_token_ends_it_and_the_last_one_that_is_revoked_brings_it_back() {
    let home = Home::new();
    let server = home.serve();
    let (cookie, _) = cookie_of(&server.get("/-/"));
    let (status, mut stream) = follow(&server, &cookie);
    assert_eq!(status, 200);
    home.token(&["one", "--app", "drift"]);
    assert_ends(&mut stream);
    assert_eq!(server.send(&with_cookie("GET", STATS, &cookie)).status, 401);
    let answer = server.send(&with_cookie("GET", SESSION, &cookie));
    assert_eq!((answer.status, &answer.json()["tokens"]), (401, &true.into()));
    assert_eq!(home.run(&["token", "revoke", "one"]).code, Some(0));
    assert_eq!(server.send(&with_cookie("GET", STATS, &cookie)).status, 200);
}

#[test]
fn where_tokens_can_not_be_read_nobody_is_let_in() {
    let home = Home::new();
    let server = home.serve();
    let (cookie, _) = cookie_of(&server.get("/-/"));
    std::fs::remove_file(home.data().join("operator.db")).unwrap();
    assert_eq!((server.get("/-/").status, server.get("/-/").header("set-cookie")), (200, None));
    for target in [SESSION, STATS] {
        assert_eq!(server.send(&with_cookie("GET", target, &cookie)).status, 500, "{target}");
    }
}

#[test]
fn the_start_up_message_tells_where_it_is() {
    let home = Home::new();
    let server = home.serve();
    let log = server.log();
    assert!(log.contains(&format!("http://{}/-/", server.address())), "{log}");
}
