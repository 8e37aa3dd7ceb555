//! Questions that are not right, and those who may not ask.

use super::{ask, home};
use crate::harness::{Home, Request};

/// Parameters that are not right, and what is said about them.
const WRONG: [(&str, &str, &[&str]); 12] = [
    ("active", "last=30", &["`last`", "30d", "12w"]),
    ("active", "last=9999d", &["3660 days"]),
    ("active", "from=2026-02-02&to=2026-02-01", &["2026-02-02", "after"]),
    ("active", "by=platfrom", &["platfrom", "platform"]),
    ("active", "only=mode", &["DIMENSION=VALUE"]),
    ("retention", "per=month", &["day, week"]),
    ("retention", "from=2016-12-01&to=2016-12-02", &["366", "from"]),
    ("breakdown", "field=install", &["install", "targets"]),
    ("distribution", "field=note", &["note", "breakdown"]),
    ("versions", "only=nothing=1", &["nothing", "platform"]),
    ("trend", "of=note", &["note", "breakdown"]),
    ("recent", "limit=0", &["`limit`", "1000"]),
];

#[test]
fn the_command_refuses_what_is_not_right_with_2() {
    let home = home();
    for (question, query, snippets) in WRONG {
        let options: Vec<_> = query.split('&').map(|parameter| format!("--{parameter}")).collect();
        let line: Vec<_> = [question].into_iter().chain(options.iter().map(String::as_str)).collect();
        ask(&home, &line).assert_refused(query, snippets);
    }
    ask(&home, &["breakdown"]).assert_refused("no field", &["which field", "platform", "seconds"]);
    let run = home.run(&["ask", "nope", "active", "--data", "data"]);
    run.assert_refused("no such app", &["nope", "mytool", "voicemode"]);
    for line in [
        &["ask"][..],
        &["ask", "mytool"],
        &["ask", "mytool", "actve"],
        &["ask", "mytool", "active", "--lst", "30d"],
        &["ask", "mytool", "active", "--last", "1d", "--last", "2d"],
        &["ask", "mytool", "active", "--json", "--csv"],
        &["ask", "mytool", "recent", "--last", "1d"],
    ] {
        let run = home.run(line);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{line:?}: {run:?}");
        assert_ne!(run.stderr, "", "{line:?}");
    }
}

#[test]
fn the_command_fails_with_1_where_there_is_no_ledger() {
    let home = Home::new();
    for data in ["data", "elsewhere"] {
        let run = home.run(&["ask", "voicemode", "active", "--data", data]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.stderr.contains(data) && run.stderr.contains("--data"), "tells what to do: {}", run.stderr);
    }
    std::fs::create_dir(home.data()).unwrap();
    home.write("data/voicemode.db", &"no database ".repeat(1_000));
    let run = home.run(&["ask", "voicemode", "active", "--data", "data"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.contains("database"), "{}", run.stderr);
}

#[test]
fn http_refuses_what_is_not_right_with_400() {
    let home = home();
    let server = home.serve();
    let bearer = format!("Bearer {}", home.token(&["grafana"]));
    let of_http: [(&str, &str, &[&str]); 10] = [
        ("breakdown", "", &["which field", "platform"]),
        ("active", "lst=1d", &["lst", "did you mean `last`"]),
        ("active", "last=1d&last=1d", &["`last`", "more than once"]),
        ("active", "format=csv&format=json", &["`format`", "more than once"]),
        ("active", "token=x&last=1d&token=x", &["`token`", "more than once"]),
        ("active", "format=xml", &["json", "csv"]),
        ("active", "table=periods", &["`table`", "format=csv"]),
        ("breakdown", "field=os&format=csv&table=no%0Asuch", &["`table`", "values, other"]),
        ("active", "format=csv&by=nothing", &["nothing"]),
        ("active", "last=%00%ff%F0%9F", &["`last`"]),
    ];
    for (question, query, snippets) in WRONG.into_iter().chain(of_http) {
        let case = format!("{question}?{query}");
        for method in ["GET", "HEAD"] {
            let request = Request::new(method, &format!("/api/v1/mytool/{case}")).header("authorization", &bearer);
            let answer = server.send(&request);
            assert_eq!(answer.status, 400, "{method} {case}: {answer:?}");
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{case}");
            assert_eq!(answer.header("content-disposition"), None, "{case}");
            if method == "GET" {
                let problem = answer.json();
                assert_eq!((&problem["status"], &problem["code"]), (&400.into(), &"wrong_question".into()), "{case}");
                let detail = problem["detail"].as_str().unwrap();
                assert!(snippets.iter().all(|snippet| detail.contains(snippet)), "{case}: {detail}");
            }
        }
    }
    assert!(!server.stop().log.contains("panicked"));
}

#[test]
fn questions_need_a_token_of_the_app() {
    let home = home();
    let server = home.serve();
    let (other, mine) = (home.token(&["other", "--app", "voicemode"]), home.token(&["mine", "--app", "mytool"]));
    for question in
        ["active", "retention", "breakdown", "distribution", "trend", "versions", "errors", "recent", "outcomes"]
    {
        // Whether the question is right is nobody's business who may not ask.
        for query in ["field=os", "last=wrong"] {
            for (token, status, code) in
                [("", 401, "unauthorized"), ("askfirst_00000000_0", 401, "unauthorized"), (&other, 403, "forbidden")]
            {
                let answer = server.get(&format!("/api/v1/mytool/{question}?{query}&token={token}"));
                assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{question}");
            }
        }
        let query = match question {
            "breakdown" => "field=os",
            "distribution" => "field=seconds",
            _ => "",
        };
        let answer = server.get(&format!("/api/v1/mytool/{question}?token={mine}&{query}"));
        assert_eq!(answer.status, 200, "{question}: {answer:?}");
        for (method, status) in [("POST", 405), ("DELETE", 405), ("OPTIONS", 204)] {
            let answer = server.send(&Request::new(method, &format!("/api/v1/mytool/{question}?token={mine}")));
            assert_eq!((answer.status, answer.header("allow")), (status, Some("GET, HEAD, OPTIONS")), "{method}");
        }
        assert_eq!(
            server.get(&format!("/a/mytool/{question}?token={mine}")).status,
            404,
            "{question}: only below /api"
        );
    }
}
