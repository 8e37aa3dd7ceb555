//! `askfirst tail`.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;

use serde_json::Value;

use super::{assert_told, report};
use crate::harness::{Home, PATIENCE, Report};

/// A running `tail`; killed when dropped.
struct Tail {
    child: Child,
    lines: Receiver<String>,
    errors: Receiver<String>,
}

/// The lines of an output as they come.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, lines) = channel();
    thread::spawn(move || BufReader::new(output).lines().try_for_each(|line| sender.send(line.unwrap())));
    lines
}

/// The next line; `None` at the end of the output.
#[track_caller]
fn next(lines: &Receiver<String>) -> Option<String> {
    match lines.recv_timeout(PATIENCE) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("waited in vain for a line, or the end"),
    }
}

impl Tail {
    /// Starts it and waits until it follows.
    #[track_caller]
    fn start(home: &Home, arguments: &[&str]) -> (Self, String) {
        let mut command = home.askfirst(&[&["tail"], arguments, &["--data", "data"]].concat());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = lines(child.stdout.take().unwrap());
        let errors = self::lines(child.stderr.take().unwrap());
        let told = next(&errors).unwrap_or_else(|| panic!("it ended: {:?}", child.wait()));
        assert!(told.contains("Following"), "{told}");
        (Self { child, lines, errors }, told)
    }

    #[track_caller]
    fn take(&self, count: usize) -> Vec<String> {
        (0..count).map(|number| next(&self.lines).unwrap_or_else(|| panic!("it ended after {number}"))).collect()
    }

    /// Ctrl-C: it ends well, without a word more.
    #[track_caller]
    fn interrupt(mut self) {
        let sent = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!((next(&self.lines), next(&self.errors)), (None, None), "nothing more");
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_happens_is_told_as_json_until_it_is_interrupted() {
    let home = Home::new();
    let server = home.serve();
    let (tail, _) = Tail::start(&home, &["voicemode", "--json"]);
    let report = report(&server);
    let told: Vec<Value> = tail.take(4).iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_told(&told, &report);
    tail.interrupt();
}

#[test]
fn for_people_there_is_a_line_each() {
    let home = Home::new();
    let server = home.serve();
    let (tail, told) = Tail::start(&home, &[]);
    for app in ["voicemode", "drift", "baofeng", "domscribe"] {
        assert!(told.contains(app), "all apps: {told}");
    }
    report(&server);
    let lines = tail.take(4);
    let text = lines.join("\n");
    for snippet in ["accepted   usage_report  {", "duplicate  1", "refused    1 × missing at /event_id", "discarded  1"]
    {
        assert!(text.contains(snippet), "{snippet} in {text}");
    }
    assert!(lines.iter().all(|line| line.contains("  voicemode  ")), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours but on a terminal: {text}");
}

#[test]
fn filters_leave_only_what_is_asked_for() {
    let home = Home::new();
    let server = home.serve();
    let (by_outcome, _) = Tail::start(&home, &["voicemode", "--outcome", "refused", "--outcome", "duplicate"]);
    let (by_type, _) = Tail::start(&home, &["--type", "usage_report"]);
    let (by_other_type, _) = Tail::start(&home, &["--type", "none", "--type", "session_start"]);
    report(&server);
    let text = by_outcome.take(2).join("\n");
    assert!(text.contains("duplicate") && text.contains("refused"), "{text}");
    assert!(by_type.take(1)[0].contains("accepted   usage_report"));
    report(&server);
    assert!(by_type.take(1)[0].contains("accepted   usage_report"), "nothing that is only counted came before");
    assert!(by_outcome.take(2).iter().all(|line| !line.contains("accepted") && !line.contains("discarded")));
    server.stop();
    // No event was of these types.
    by_other_type.interrupt();
}

#[test]
fn a_server_need_not_run_yet() {
    let home = Home::new();
    home.serve().stop();
    let (tail, _) = Tail::start(&home, &["voicemode", "--json"]);
    for round in 0..2 {
        let server = home.serve();
        assert_eq!(server.post(Report::new().json()).status, 200);
        let told: Value = serde_json::from_str(&tail.take(1)[0]).unwrap();
        assert_eq!(told["outcome"], "accepted", "round {round}");
        server.stop();
    }
    tail.interrupt();
}

#[test]
fn what_can_not_be_followed_is_refused() {
    let home = Home::new();
    home.run(&["tail", "nope"]).assert_refused("no such app", &["nope", "voicemode"]);
    for arguments in [&["tail"][..], &["tail", "drift"]] {
        let run = home.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
        assert!(run.stderr.contains("start the server"), "tells what to do: {}", run.stderr);
    }
    assert_eq!(home.run(&["tail", "--outcome", "lost"]).code, Some(2));
}
