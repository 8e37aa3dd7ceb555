//! Servers that fail, break off and stall.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::stub::Stub;
use super::{assert_counts, assert_verdict, read, report};
use crate::harness::{Home, Run};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const FAILING: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 10\r\n\r\nat\u{1b}[2J sea";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n";

/// Runs the command until it waits for so many answers, then presses Ctrl-C.
fn interrupted(home: &Home, stub: &Stub, requests: usize, arguments: &[&str]) -> Run {
    let mut command = home.askfirst(&[&["load-test", stub.url(), "--wire", "domscribe", "--json"], arguments].concat());
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    stub.wait_for(requests);
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn answers_of_failure_are_errors() {
    let (home, stub) = (Home::new(), Stub::answering(|_| FAILING));
    let arguments = [stub.url(), "--wire", "voicemode", "--total", "20"];
    let report = report(&home, &arguments);
    assert_counts(&report, &[("posts", 20), ("refused", 20)]);
    assert_eq!(report["statuses"], serde_json::json!({ "500": 20 }));
    assert_eq!((&report["pass"], report["error_share"].as_f64()), (&false.into(), Some(1.0)));
    assert_eq!(report["first_problem"], "500: at\u{1b}[2J sea");
    let run = home.run(&[&["load-test"], &arguments[..]].concat());
    assert!(
        run.stdout.contains("first problem: 500: at\\u{1b}[2J sea"),
        "not to the terminal as it is: {}",
        run.stdout
    );
    assert!(run.stdout.ends_with("\nfail\n") && run.stderr.contains("100.00 %"), "{run:?}");
}

#[test]
fn connections_that_break_are_errors_and_opened_again() {
    let (home, stub) = (Home::new(), Stub::answering(|number| if number <= 3 { "" } else { OK }));
    let report = report(&home, &[stub.url(), "--wire", "baofeng", "--total", "10", "--connections", "2"]);
    assert_counts(&report, &[("posts", 10), ("accepted", 7), ("broken", 3)]);
    assert!(report["first_problem"].is_string(), "{report}");
}

#[test]
fn connections_that_a_server_closes_in_order_are_not() {
    let (home, stub) = (Home::new(), Stub::answering(|_| CHUNKED));
    let report = report(&home, &[stub.url(), "--wire", "drift", "--total", "20", "--connections", "2"]);
    assert_counts(&report, &[("posts", 20), ("accepted", 20)]);
}

#[test]
fn at_a_fixed_rate_a_stall_is_in_the_figures_of_all_who_would_have_met_it() {
    let (home, stub) = (Home::new(), Stub::holding(|_| OK));
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            stub.wait_for(1);
            // The run began before its first request came, so it is over by then.
            thread::sleep(Duration::from_secs(1));
            stub.release();
        });
        report(&home, &[stub.url(), "--wire", "voicemode", "--rate", "100/s", "--for", "1s", "--connections", "1"])
    });
    // One was sent and answered after the end. The others were due every 10 ms and waited until then.
    assert_counts(&report, &[("posts", 100), ("accepted", 1), ("unanswered", 99)]);
    for (name, waited) in [("p50", 500.0), ("p95", 950.0), ("p99", 990.0)] {
        let told = report["latency_ms"][name].as_f64().unwrap();
        assert!((told - waited).abs() <= 10.0, "{name} is {told}, not about {waited}: {report}");
    }
    assert!(report["latency_ms"]["max"].as_f64().unwrap() >= 1_000.0, "{report}");
    assert_eq!(report["pass"], false);
}

#[test]
fn at_a_fixed_rate_posts_count_from_when_they_were_due() {
    let (home, stub) = (Home::new(), Stub::holding(|_| OK));
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            stub.wait_for(1);
            thread::sleep(Duration::from_secs(1));
            stub.release();
        });
        report(&home, &[stub.url(), "--wire", "voicemode", "--rate", "100/s", "--total", "50", "--connections", "1"])
    });
    assert_counts(&report, &[("posts", 50), ("accepted", 50)]);
    // All were due within half a second and none was sent within the first one but the first, which alone was stalled.
    let median = report["latency_ms"]["p50"].as_f64().unwrap();
    assert!(median >= 700.0, "{report}");
}

#[test]
fn ctrl_c_ends_it_early_with_a_report() {
    let (home, stub) = (Home::new(), Stub::holding(|_| OK));
    let run = interrupted(&home, &stub, 3, &["--for", "1h", "--connections", "3"]);
    let stalled = read(&run);
    assert_counts(&stalled, &[("posts", 3), ("unanswered", 3)]);
    assert_eq!(stalled["first_problem"], "no answer in time");
    assert!(stalled["seconds"].as_f64().unwrap() < 25.0, "waited as if nobody had asked: {stalled}");
    assert_verdict(&stalled, &run);

    stub.release();
    let run = interrupted(&home, &stub, 50, &["--total", "1000000000", "--connections", "3"]);
    let early = read(&run);
    assert!(early["accepted"].as_u64().unwrap() > 0, "{early}");
    assert!(early["posts"].as_u64().unwrap() < 1_000_000_000, "{early}");
    assert_verdict(&early, &run);
}

#[test]
fn ctrl_c_does_not_wait_for_what_is_due_later() {
    let (home, stub) = (Home::new(), Stub::answering(|_| OK));
    // The second post is due in half an hour.
    let run = interrupted(&home, &stub, 1, &["--rate", "2/h", "--for", "1h", "--connections", "3"]);
    let report = read(&run);
    assert_eq!(report["posts"], 1, "{report}");
    assert_verdict(&report, &run);
}
