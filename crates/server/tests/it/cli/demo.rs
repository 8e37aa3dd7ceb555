//! `askfirst demo`.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Home, Request, Run, Server, eventually};

const PLACE: [&str; 4] = ["--data", "demo-data", "--contracts", "demo-data/contracts"];

/// Runs a command about the ledger that `demo` made.
fn run_there(home: &Home, arguments: &[&str]) -> Run {
    home.run(&[arguments, &PLACE].concat())
}

#[track_caller]
fn ask(home: &Home, sql: &str) -> Vec<Value> {
    let run = run_there(home, &["query", "demo", sql, "--json"]);
    assert_eq!(run.code, Some(0), "{sql}: {}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[track_caller]
fn demo(home: &Home, arguments: &[&str]) -> Run {
    let run = home.run(&[&["demo", "--no-serve"], arguments].concat());
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    run
}

fn ledger(home: &Home) -> PathBuf {
    home.path("demo-data/demo.db")
}

#[test]
fn help_has_examples() {
    let run = Home::new().run(&["demo", "--help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for snippet in [
        "askfirst demo --events 10M",
        "--installs",
        "--days",
        "--seed",
        "--until",
        "--no-serve",
        "--listen",
        "demo-data",
    ] {
        assert!(run.stdout.contains(snippet), "{snippet}: {}", run.stdout);
    }
}

#[test]
fn the_ledger_is_as_large_as_was_asked_and_can_be_asked() {
    let home = Home::new();
    let run = demo(&home, &["--events", "3k", "--installs", "100", "--days", "30", "--until", "2026-03-01"]);
    for snippet in ["3,000 events of 100 installs in 30 days", "askfirst stats demo --data demo-data", "serve"] {
        assert!(run.stderr.contains(snippet), "{snippet}: {}", run.stderr);
    }
    let told = "SELECT count(*) AS events, count(DISTINCT install) AS installs, \
                count(DISTINCT seq / 1024 / 86400000) AS days, date(max(seq) / 1024 / 1000, 'unixepoch') AS last FROM event";
    assert_eq!(ask(&home, told), [json!({"events": 3_000, "installs": 100, "days": 30, "last": "2026-02-28"})]);
    let counted =
        "SELECT outcome, sum(count) > 0 AS there, sum(count) AS n FROM outcome GROUP BY outcome ORDER BY outcome";
    let outcomes = ask(&home, counted);
    let names: Vec<_> = outcomes.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(names, ["accepted", "discarded", "duplicate", "refused"]);
    assert_eq!(outcomes[0]["n"], 3_000);

    let stats = run_there(&home, &["stats", "demo", "--json"]);
    let stats: Value = serde_json::from_str(&stats.stdout).unwrap();
    assert_eq!((&stats["events"], &stats["installs"]), (&json!(3_000), &json!(100)));
    let check = home.run(&["contract", "check", "demo-data/contracts/demo.toml"]);
    assert_eq!(check.code, Some(0), "{}", check.stderr);
}

#[test]
fn it_ends_now_unless_told_otherwise() {
    let home = Home::new();
    demo(&home, &["--events", "200", "--days", "3"]);
    let stats = "SELECT count(*) AS n FROM event WHERE seq / 1024 / 1000 > unixepoch('now', '-4 days') \
                 AND seq / 1024 / 1000 <= unixepoch('now')";
    assert_eq!(ask(&home, stats), [json!({"n": 200})]);
}

#[test]
fn the_same_makes_the_same() {
    let (first, second) = (Home::new(), Home::new());
    for home in [&first, &second] {
        demo(home, &["--events", "500", "--until", "2026-03-01T12:00:00Z"]);
    }
    let all = "SELECT * FROM event JOIN install ON install = install.id ORDER BY seq";
    let events = ask(&first, all);
    assert_eq!(events.len(), 500);
    assert!(events == ask(&second, all), "the same command made other events");
    let other = Home::new();
    demo(&other, &["--events", "500", "--until", "2026-03-01T12:00:00Z", "--seed", "2"]);
    assert!(events != ask(&other, all), "another seed made the same events");
}

#[test]
fn it_can_be_served() {
    let home = Home::new();
    demo(&home, &["--events", "100", "--until", "2026-03-01"]);
    let listen = ["serve", "--listen", "127.0.0.1:0"];
    let server = Server::start(home.askfirst(&[&listen[..], &PLACE].concat()));
    let contract = server.get("/api/v1/demo/contract");
    assert_eq!(contract.status, 200, "{}", contract.text());
    server.stop();
    // It is none of the apps that come with the program.
    let plain = home.serve();
    assert_eq!(plain.get("/api/v1/demo/contract").status, 404);
}

/// `demo` as it is served, with the cookie of a browser on this machine.
#[track_caller]
fn serve_demo(home: &Home, arguments: &[&str]) -> (Server, String) {
    let server = Server::start(home.askfirst(&[&["demo", "--listen", "127.0.0.1:0"], arguments].concat()));
    let session = server.get("/-/session");
    assert_eq!(session.status, 200, "{}", session.text());
    let apps = session.json()["apps"].clone();
    assert_eq!((apps.as_array().unwrap().len(), &apps[0]["id"]), (1, &json!("demo")), "the demo and nothing else");
    let cookie = session.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    (server, cookie)
}

#[track_caller]
fn events(server: &Server, cookie: &str) -> u64 {
    let stats = server.send(&Request::new("GET", "/api/v1/demo/stats").header("cookie", cookie));
    stats.json()["events"].as_u64().unwrap_or_else(|| panic!("{stats:?}"))
}

#[test]
fn it_is_served_with_events_coming_and_served_again() {
    let home = Home::new();
    let (server, cookie) = serve_demo(&home, &["--events", "300"]);
    let log = server.log();
    assert!(log.contains("300 events of 6 installs") && log.contains("/-/"), "{log}");
    eventually("three more events", || match events(&server, &cookie) {
        count @ ..303 => Err(count),
        count => Ok(count),
    });
    assert_eq!(server.send(&Request::new("GET", "/api/v1/voicemode/contract")).status, 404);
    server.stop();
    let left = ask(&home, "SELECT count(*) AS n FROM event")[0]["n"].as_u64().unwrap();
    assert!(left >= 303, "{left}");

    let (server, cookie) = serve_demo(&home, &[]);
    assert!(server.log().contains("is there already"), "{}", server.log());
    assert!(events(&server, &cookie) >= left);
    eventually("another event", || match events(&server, &cookie) {
        count if count <= left => Err(count),
        count => Ok(count),
    });
    server.stop();
}

#[test]
fn what_is_there_is_never_replaced() {
    let home = Home::new();
    demo(&home, &["--events", "100"]);
    home.run(&["demo", "--no-serve"]).assert_refused("a ledger", &["demo-data", "has a ledger", "--data"]);
    assert_eq!(ask(&home, "SELECT count(*) AS n FROM event"), [json!({"n": 100})]);
    demo(&home, &["--events", "100", "--data", "elsewhere"]);

    std::fs::remove_file(ledger(&home)).unwrap();
    home.write("demo-data/contracts/demo.toml", "mine");
    home.run(&["demo"]).assert_refused("a contract", &["demo-data/contracts/demo.toml", "another contract"]);
    assert_eq!(std::fs::read_to_string(home.path("demo-data/contracts/demo.toml")).unwrap(), "mine");
    assert!(!ledger(&home).exists());
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let home = Home::new();
    for (arguments, snippet) in [
        (&["--events", "10 million"][..], "such as 5000, 250k or 10M"),
        (&["--events", "0"], "such as"),
        (&["--events", "101M", "--days", "366"], "at most 100,000,000"),
        (&["--events", "3M", "--days", "2"], "at most 2,000,000 in 2 days"),
        (&["--events", "10", "--installs", "11"], "at most 10"),
        (&["--days", "0"], "1..=366"),
        (&["--until", "2999-01-01"], "future"),
        (&["--until", "1970-02-01"], "1970"),
        (&["--until", "tomorrow"], "no time such as"),
        (&["--no-serve", "--listen", "127.0.0.1:0"], "cannot be used with"),
    ] {
        let run = home.run(&[&["demo"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(run.stderr.contains(snippet), "{arguments:?}: {}", run.stderr);
        assert!(!home.path("demo-data").exists(), "{arguments:?}");
    }
}

#[test]
fn stopped_it_leaves_no_ledger() {
    let home = Home::new();
    // So many that no machine is through before it is stopped.
    let mut command = home.askfirst(&["demo", "--events", "50M", "--installs", "1000"]);
    let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("the ledger to be begun", || {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "it ended before it could be stopped: {ended:?}");
        if home.path("demo-data/contracts/demo.toml").exists() { Ok(()) } else { Err("there is none") }
    });
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped; there is no ledger"), "{output:?}");
    let left = std::fs::read_dir(home.path("demo-data")).unwrap().map(|file| file.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("demo")).collect();
    assert!(left.is_empty(), "{left:?}");
    demo(&home, &["--events", "100"]);
}
