//! Signing in with a token, what the session is good for, and signing out.

use serde_json::Value;

use super::{SESSION, STATS, assert_ends, cookie_of, follow, sign_in, sign_in_with, with_cookie};
use crate::harness::{Answer, Home, Request, install_id};

#[track_caller]
fn assert_nobody(case: &str, answer: &Answer, tokens: bool) {
    assert_eq!((answer.status, answer.header("content-type")), (401, Some("application/problem+json")), "{case}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
    assert_eq!(answer.header("set-cookie"), None, "{case}");
    let problem = answer.json();
    assert_eq!((&problem["code"], &problem["tokens"]), (&"unauthorized".into(), &tokens.into()), "{case}");
    assert!(answer.text().contains("askfirst token create"), "{case} tells what to do: {problem}");
}

/// The ids of the apps that a session may read.
fn apps(session: &Value) -> Vec<&str> {
    session["apps"].as_array().unwrap().iter().map(|app| app["id"].as_str().unwrap()).collect()
}

#[test]
fn who_signs_in_reads_what_the_token_allows_until_it_is_revoked() {
    let home = Home::new();
    let server = home.serve();
    let (all, one) = (home.token(&["all", "--scope", "operate"]), home.token(&["one", "--app", "drift"]));
    let answer = sign_in(&server, &all);
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-store")));
    let session = answer.json();
    assert_eq!(apps(&session), ["voicemode", "drift", "baofeng", "domscribe"]);
    assert_eq!((&session["local"], &session["scope"]), (&false.into(), &"operate".into()));
    for member in ["title", "about", "wire"] {
        assert!(session["apps"][0][member].is_string(), "{member} in {session}");
    }
    let (cookie, attributes) = cookie_of(&answer);
    assert_eq!(attributes, ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=2592000"]);
    let told = server.send(&with_cookie("GET", SESSION, &format!("theme=dark; {cookie}")));
    assert_eq!((told.status, told.json()), (200, session));
    assert_eq!(server.send(&with_cookie("GET", STATS, &cookie)).json()["app"], "voicemode");
    assert_eq!(server.send(&with_cookie("HEAD", STATS, &cookie)).status, 200);

    let (of_one, _) = cookie_of(&sign_in(&server, &one));
    let session = server.send(&with_cookie("GET", SESSION, &of_one)).json();
    assert_eq!((apps(&session), &session["scope"]), (vec!["drift"], &"read".into()));
    assert_eq!(server.send(&with_cookie("GET", STATS, &of_one)).status, 403);
    assert_eq!(server.send(&with_cookie("GET", "/api/v1/drift/stats", &of_one)).status, 200);

    assert_eq!(home.run(&["token", "revoke", "all"]).code, Some(0));
    assert_nobody("revoked", &server.send(&with_cookie("GET", SESSION, &cookie)), true);
    assert_eq!(server.send(&with_cookie("GET", STATS, &cookie)).status, 401);
    assert_eq!(server.send(&with_cookie("GET", "/api/v1/drift/stats", &of_one)).status, 200, "the other stays");
}

#[test]
fn nobody_signs_in_without_a_token_that_is_in_force() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["one"]);
    assert_nobody("no session", &server.get(SESSION), true);
    for other in ["", "askfirst_", &format!("{token}0"), &token.to_uppercase(), "x; Domain=example.com", "\u{e9}\r\n"] {
        assert_nobody(other, &sign_in(&server, other), true);
    }
    for (body, status) in [("{", 400), ("{}", 400), ("[]", 400), (r#"{"token":1}"#, 400), (&"x".repeat(2_000), 413)] {
        let request = Request::new("POST", SESSION).header("content-type", "application/json").body(body);
        let answer = server.send(&request);
        assert_eq!((answer.status, answer.header("set-cookie")), (status, None), "{body:.20}");
    }
    let by_bearer = Request::new("GET", SESSION).header("authorization", &format!("Bearer {token}"));
    assert_eq!(server.send(&by_bearer).status, 200, "a program may ask what its token is for");
}

#[test]
fn a_page_of_others_signs_nobody_in_or_out() {
    let home = Home::new();
    let server = home.serve();
    let body = format!(r#"{{"token":"{}"}}"#, home.token(&["one"]));
    // What a form or a script may send elsewhere without asking.
    for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
        let answer = server.send(&Request::new("POST", SESSION).header("content-type", media).body(&body));
        assert_eq!((answer.status, answer.header("set-cookie")), (415, None), "{media}");
    }
    // For anything else a browser asks first.
    for method in ["POST", "DELETE"] {
        let preflight = Request::new("OPTIONS", SESSION)
            .header("origin", "https://other.example")
            .header("access-control-request-method", method);
        let answer = server.send(&preflight);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (405, None), "{method}");
    }
}

#[test]
fn signing_out_takes_the_cookie_away() {
    let home = Home::new();
    let server = home.serve();
    let (cookie, _) = cookie_of(&sign_in(&server, &home.token(&["one"])));
    let answer = server.send(&with_cookie("DELETE", SESSION, &cookie));
    assert_eq!((answer.status, answer.text().as_str()), (204, ""));
    let (emptied, attributes) = cookie_of(&answer);
    assert_eq!(emptied, format!("{}=", cookie.split('=').next().unwrap()));
    assert!(attributes.contains(&"Max-Age=0".to_owned()) && attributes.contains(&"Path=/".to_owned()));
    assert_nobody("signed out", &server.send(&with_cookie("GET", SESSION, &emptied)), true);
}

#[test]
fn the_cookie_is_secure_where_a_trusted_proxy_tells_of_https() {
    let home = Home::new();
    home.serve().stop();
    let token = home.token(&["one"]);
    let untrusted = home.askfirst(&["serve", "--listen", "127.0.0.1:0", "--data", "data"]);
    for (command, is_trusted) in [(home.serve_command(), true), (untrusted, false)] {
        let server = crate::harness::Server::start(command);
        for (proto, is_https) in [("https", true), ("https,http", true), ("http", false), ("http,https", false)] {
            let answer = server.send(&sign_in_with(&token).header("x-forwarded-proto", proto));
            let (_, attributes) = cookie_of(&answer);
            let is_secure = attributes.contains(&"Secure".to_owned());
            assert_eq!(is_secure, is_trusted && is_https, "{proto} of a proxy that is trusted: {is_trusted}");
        }
        server.stop();
    }
}

#[test]
fn the_cookie_is_for_reading_and_what_is_sent_on_purpose_wins() {
    let home = Home::new();
    let server = home.serve();
    let token = home.token(&["all", "--scope", "operate"]);
    let (cookie, _) = cookie_of(&sign_in(&server, &token));
    let wrong = with_cookie("GET", STATS, &cookie).header("authorization", "Bearer askfirst_00000000_0");
    assert_eq!(server.send(&wrong).status, 401);
    assert_eq!(server.send(&with_cookie("GET", &format!("{STATS}?token=x"), &cookie)).status, 401);
    // An operator may ask about installs without limit, by a token that is sent on purpose.
    let target = format!("/api/v1/voicemode/installs/{}", install_id());
    for method in ["GET", "DELETE"] {
        let last = (0..31).fold(0, |_, _| server.send(&with_cookie(method, &target, &cookie)).status);
        assert_eq!(last, 429, "{method}: the cookie makes nobody an operator");
        let bearer = Request::new(method, &target).header("authorization", &format!("Bearer {token}"));
        assert_ne!(server.send(&bearer).status, 429, "{method}");
    }
}

#[test]
fn a_session_follows_what_happens_until_its_token_is_revoked() {
    let home = Home::new();
    let server = home.serve();
    let (cookie, _) = cookie_of(&sign_in(&server, &home.token(&["one"])));
    let (status, mut stream) = follow(&server, &cookie);
    assert_eq!(status, 200);
    assert_eq!(home.run(&["token", "revoke", "one"]).code, Some(0));
    assert_ends(&mut stream);
    assert_eq!(follow(&server, &cookie).0, 401);
}
