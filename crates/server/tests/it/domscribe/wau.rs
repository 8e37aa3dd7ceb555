//! `GET /v1/wau/{week}`: who may ask, which weeks there are, and the count.

use std::fmt::Write as _;

use super::{
    JSON, TOKEN, TOKEN_VARIABLE, accepts, ask, assert_answer, assert_safe, assert_sessions, assert_stored, assert_text,
    of_session, record, request, serve, stored, this_week, week_of,
};
use crate::harness::{Home, Random, Report, Request, Server, clear_of_midnight, holding, now, race};

const FORBIDDEN: &str = "forbidden";

fn none_of(week: &str) -> String {
    format!(r#"{{"week":"{week}","weekly_active_sessions":0}}"#)
}

/// Every byte as `%xx`.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut all, byte| {
        write!(all, "%{byte:02X}").unwrap();
        all
    })
}

fn with_header(target: &str, value: &str) -> Request {
    Request::new("GET", target).header("authorization", value)
}

#[test]
fn without_a_configured_token_there_is_nothing_to_find() {
    let home = Home::new();
    let server = home.serve();
    for target in [
        "/v1/wau/2026-W22",
        "/v1/wau/2026-W22?token=",
        "/v1/wau/2026-W22?token=null",
        "/v1/wau/2026-W22?token=s3cret-Read.Token_1",
        "/v1/wau/2026-W99",
        "/v1/wau/nonsense?token=x",
        "/a/domscribe/v1/wau/2026-W22?token=x",
    ] {
        assert_text(target, &server.get(target), 404, "not found");
        for value in ["Bearer", "Bearer ", "Bearer x", &format!("Bearer {TOKEN}"), "Basic eDp4", ""] {
            assert_text(&format!("{target}, {value}"), &server.send(&with_header(target, value)), 404, "not found");
        }
    }
}

#[test]
fn the_token_is_taken_from_the_query_and_from_the_header() {
    let home = Home::new();
    let server = serve(&home);
    let (week, answer) = ("/v1/wau/2026-W22", none_of("2026-W22"));
    for target in [
        format!("{week}?token={TOKEN}"),
        format!("{week}?x=1&token={TOKEN}"),
        format!("{week}?token={TOKEN}&x=%ff&y"),
        format!("{week}?token={}", encoded(TOKEN)),
        format!("{week}?token={}", encoded(TOKEN).to_lowercase()),
        format!("{week}?token={}", TOKEN.replace('-', "%2d")),
        format!("/a/domscribe{week}?token={TOKEN}"),
    ] {
        assert_answer(&target, &server.get(&target), 200, JSON, &answer);
    }
    for target in [week, "/v1/wau/2026-W22?", "/v1/wau/2026-W22?x=1"] {
        let request = with_header(target, &format!("Bearer {TOKEN}"));
        assert_answer(target, &server.send(&request), 200, JSON, &answer);
    }
}

#[test]
fn a_token_of_odd_characters_is_decoded() {
    const ODD: &str = "a%20b/c=d&e?f#g'h\"i~j%25";
    let home = Home::new();
    let server = home.serve_with(&[(TOKEN_VARIABLE, ODD)]);
    let target = format!("/v1/wau/2026-W22?token={}", encoded(ODD));
    assert_answer("in the query", &server.get(&target), 200, JSON, &none_of("2026-W22"));
    let request = with_header("/v1/wau/2026-W22", &format!("Bearer {ODD}"));
    assert_answer("in the header, as it is", &server.send(&request), 200, JSON, &none_of("2026-W22"));
    let twice = format!("/v1/wau/2026-W22?token={}", encoded(&encoded(ODD)));
    assert_text("encoded twice", &server.get(&twice), 403, FORBIDDEN);
    let request = with_header("/v1/wau/2026-W22", &format!("Bearer {}", encoded(ODD)));
    assert_text("encoded in the header", &server.send(&request), 403, FORBIDDEN);
}

#[test]
fn a_wrong_token_is_forbidden_whatever_the_week() {
    let home = Home::new();
    let server = serve(&home);
    let cut = &TOKEN[..TOKEN.len() - 1];
    let other = format!("{cut}2");
    let (longer, before, doubled) = (format!("{TOKEN}x"), format!("x{TOKEN}"), format!("{TOKEN}{TOKEN}"));
    let (lower, upper, long) = (TOKEN.to_lowercase(), TOKEN.to_uppercase(), "x".repeat(3000));
    let wrong =
        ["", "x", cut, &other, &longer, &before, &doubled, &lower, &upper, &long, "null", "undefined", "*", "%"];
    for week in ["2026-W22", "2026-W00", "nonsense"] {
        let target = format!("/v1/wau/{week}");
        assert_text("no token", &server.get(&target), 403, FORBIDDEN);
        for token in wrong {
            let in_query = server.get(&format!("{target}?token={token}"));
            assert_text(&format!("{week}, {token} in the query"), &in_query, 403, FORBIDDEN);
            let in_header = server.send(&with_header(&target, &format!("Bearer {token}")));
            assert_text(&format!("{week}, {token} in the header"), &in_header, 403, FORBIDDEN);
        }
        for query in [format!("Token={TOKEN}"), format!("tokens={TOKEN}"), format!("x=token={TOKEN}"), TOKEN.to_owned()]
        {
            assert_text(&query, &server.get(&format!("{target}?{query}")), 403, FORBIDDEN);
        }
        for value in [TOKEN.to_owned(), format!("Basic {TOKEN}"), format!("Token {TOKEN}"), format!("Bearer{TOKEN}")] {
            assert_text(&value, &server.send(&with_header(&target, &value)), 403, FORBIDDEN);
        }
    }
}

#[test]
fn a_week_that_does_not_exist_is_told_so() {
    let home = Home::new();
    let server = serve(&home);
    for week in [
        "2026-W00",
        "2026-W54",
        "2026-W60",
        "2026-W99",
        "2021-W53",
        "2022-W53",
        "2023-W53",
        "2024-W53",
        "2025-W53",
        "2027-W53",
        "2019-W53",
        "2016-W53",
        "nonsense",
        "2026",
        "2026-22",
        "2026W22",
        "2026-W2",
        "2026-W022",
        "26-W22",
        "02026-W22",
        "+2026-W22",
        "-2026-W22",
        "2026-w22",
        "2026-M02",
        "2026-W22-1",
        "2026-W2x",
        "2026-Wxx",
        "2026-W-1",
        "2026-W+1",
        "202x-W22",
        "2026-W22x",
        "x2026-W22",
        "2026_W22",
        "2026-W%32%33%34",
        "2026-W22%20",
        "2026-W22%00",
        "%20",
        "2026-W%EF%BC%92%EF%BC%92",
        "2026-W22Z",
    ] {
        assert_text(week, &server.send(&ask(week)), 400, "invalid week");
        assert_text(week, &server.get(&format!("/v1/wau/{week}?token={TOKEN}")), 400, "invalid week");
    }
}

#[test]
fn a_week_53_exists_in_long_years_only_and_a_week_without_records_has_none() {
    let home = Home::new();
    let server = serve(&home);
    accepts(&server, "of this week", &record());
    let weeks = [
        "2020-W53", "2025-W01", "2024-W52", "2026-W53", "2015-W53", "2009-W53", "2004-W53", "1998-W53", "2032-W53",
        "2021-W52", "2021-W01", "2000-W01", "2099-W52",
    ];
    for week in weeks.into_iter().filter(|week| *week != this_week()) {
        assert_answer(week, &server.send(&ask(week)), 200, JSON, &none_of(week));
    }
    let others = [-7, 7].map(|days| week_of(now() + time::Duration::days(days)));
    for week in others {
        assert_answer(&week, &server.send(&ask(&week)), 200, JSON, &none_of(&week));
    }
}

#[test]
fn the_years_that_are_long_have_53_weeks() {
    let home = Home::new();
    let server = serve(&home);
    let mut connection = server.connect();
    for year in 1990..2060 {
        // 28 December is in the last week of its year, always.
        let last = time::Date::from_calendar_date(year, time::Month::December, 28).unwrap().iso_week();
        for week in [1, 52, 53, 54] {
            let name = format!("{year}-W{week:02}");
            let answer = connection.exchange(&ask(&name)).unwrap();
            let expected = if week <= last { 200 } else { 400 };
            assert_eq!(answer.status, expected, "{name}: {}", answer.text());
        }
    }
}

#[test]
fn sessions_of_the_week_are_counted() {
    clear_of_midnight();
    let home = Home::new();
    let server = serve(&home);
    let mut random = Random::from_seed(22);
    let ids: Vec<String> = (0..12).map(|number| format!("session-{number}")).collect();
    let mut known = std::collections::BTreeSet::new();
    for round in 0..40 {
        assert_sessions("so far", &server, &this_week(), known.len());
        let id = random.pick(&ids);
        let platform = *random.pick(&["darwin", "linux", "win32"]);
        accepts(&server, &format!("round {round}"), &of_session(id).with("platform", platform));
        known.insert(id);
    }
    assert_sessions("at the end", &server, &this_week(), known.len());
    server.stop();
    assert_sessions("after a restart", &serve(&home), &this_week(), known.len());
}

#[test]
fn of_64_racing_posts_of_a_session_one_is_counted() {
    clear_of_midnight();
    let home = Home::new();
    let server = serve(&home);
    let record = of_session("the-one-session");
    let requests: Vec<Request> = (0..256).map(|_| request(record.json())).collect();
    for answer in race(&server, 64, &requests) {
        assert_stored("one of 64", &answer);
    }
    assert_sessions("one session", &server, &this_week(), 1);
    assert_eq!(stored(&home).len(), 1);
}

#[test]
fn racing_posts_of_many_sessions_are_counted_exactly() {
    clear_of_midnight();
    let home = Home::new();
    let server = serve(&home);
    let records: Vec<Report> = (0..50).map(|_| record()).collect();
    let requests: Vec<Request> = (0..400).map(|place| request(records[place * 7 % 50].json())).collect();
    for answer in race(&server, 64, &requests) {
        assert_stored("one of many", &answer);
    }
    assert_sessions("fifty", &server, &this_week(), 50);
    server.kill();
    assert_sessions("after a crash", &serve(&home), &this_week(), 50);
}

#[test]
fn only_reading_is_possible_there() {
    let home = Home::new();
    let server = serve(&home);
    let target = format!("/a/domscribe/v1/wau/2026-W22?token={TOKEN}");
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"] {
        let answer = server.send(&Request::new(method, &target).body("{}"));
        assert_text(method, &answer, 404, "not found");
    }
    let mut connection = server.connect();
    let head = connection.exchange(&Request::new("HEAD", &target)).unwrap();
    assert_eq!((head.status, head.all("content-type")), (200, vec![JSON]));
    assert_safe("HEAD", &head);
    // Were there content, it would be read as the start of this answer.
    let get = connection.exchange(&Request::new("GET", &target)).unwrap();
    assert_answer("GET", &get, 200, JSON, &none_of("2026-W22"));
    let target = "/a/domscribe/v1/wau";
    assert_text("no week at all", &server.send(&with_header(target, &format!("Bearer {TOKEN}"))), 404, "not found");
}

/// Asks in all ways, rightly and wrongly.
fn ask_in_all_ways(server: &Server, token: &str) {
    for week in ["2026-W22", "2026-W54", "nonsense"] {
        for token in [token.to_owned(), encoded(token), format!("{token}x")] {
            let in_query = server.get(&format!("/v1/wau/{week}?token={token}"));
            let in_header = server.send(&with_header(&format!("/v1/wau/{week}"), &format!("Bearer {token}")));
            for answer in [in_query, in_header] {
                assert!(matches!(answer.status, 200 | 400 | 403), "{answer:?}");
                assert!(!answer.text().contains(&token), "{answer:?}");
            }
        }
    }
    for target in [format!("/v1/session?token={token}"), format!("/v1/wau?token={token}"), format!("/x?token={token}")]
    {
        let answer = server.get(&target);
        assert!(matches!(answer.status, 404 | 405), "{target}: {answer:?}");
    }
}

#[test]
fn the_token_is_in_no_log_no_metric_and_no_file() {
    let home = Home::new();
    let server = serve(&home);
    accepts(&server, "a record", &record());
    ask_in_all_ways(&server, TOKEN);
    let metrics = server.get("/-/metrics").text();
    let stopped = server.stop();
    for token in [TOKEN.to_owned(), encoded(TOKEN)] {
        assert!(!metrics.contains(&token), "metrics: {metrics}");
        assert!(!stopped.log.contains(&token), "log: {}", stopped.log);
        assert_eq!(holding(&home.data(), &token), [""; 0], "files with the token");
    }
}
