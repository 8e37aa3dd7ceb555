//! What can't be run: exit code 2, and what to do.

use std::net::TcpListener;

use super::stub::Stub;
use crate::harness::Home;

#[test]
fn a_server_that_is_not_there_is_told() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    drop(taken);
    let url = format!("http://{address}");
    let run = home.run(&["load-test", &url, "--wire", "voicemode"]);
    run.assert_refused("a closed port", &["can't connect", &url, "refused"]);
}

#[test]
fn a_server_without_tls_is_not_posted_to_over_tls() {
    let (home, stub) = (Home::new(), Stub::answering(|_| "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
    let url = stub.url().replace("http", "https");
    let run = home.run(&["load-test", &url, "--wire", "voicemode"]);
    run.assert_refused("no TLS", &["can't connect", &url]);
}

#[test]
fn a_command_line_that_is_not_right_is_told() {
    let home = crate::native::home();
    let url = "http://127.0.0.1:9";
    for (case, arguments, told) in [
        ("no wire", &[url][..], "--wire"),
        ("an unknown wire", &[url, "--wire", "semaphore"], "voicemode"),
        ("no URL", &["127.0.0.1:9", "--wire", "drift"], "http://"),
        ("a query", &["http://127.0.0.1:9/?token=x", "--wire", "drift"], "query"),
        ("two ends", &[url, "--wire", "drift", "--total", "1", "--for", "1s"], "--for"),
        ("no posts", &[url, "--wire", "drift", "--total", "0"], "--total"),
        ("too long", &[url, "--wire", "drift", "--for", "2h"], "an hour"),
        ("too fast", &[url, "--wire", "drift", "--rate", "1000000/s"], "100000/s"),
        ("no connection", &[url, "--wire", "drift", "--connections", "0"], "from 1 to 1024"),
        ("too many events", &[url, "--wire", "drift", "--batch", "101"], "from 1 to 100"),
        ("a batch of one", &[url, "--wire", "voicemode", "--batch", "2"], "--batch is for"),
        ("native without an app", &[url, "--wire", "native"], "--app"),
        ("an app without native", &[url, "--wire", "drift", "--app", "mytool"], "--app is for"),
        ("an app of another wire", &[url, "--wire", "native", "--app", "drift"], "--wire drift"),
        ("an unknown app", &[url, "--wire", "native", "--app", "yourtool"], "yourtool"),
    ] {
        let run = home.run(&[&["load-test"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{case}: {run:?}");
        assert!(run.stderr.contains(told), "{case} tells {told}: {}", run.stderr);
    }
}

#[test]
fn help_says_how_latencies_are_measured() {
    let help = Home::new().run(&["load-test", "--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (Some(0), ""));
    for told in ["coordinated omission", "--rate", "--for", "--total", "X-Forwarded-For", "Exit codes", "Examples"] {
        assert!(help.stdout.contains(told), "{told}: {}", help.stdout);
    }
}
