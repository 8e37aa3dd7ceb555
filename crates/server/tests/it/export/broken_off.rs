//! Exports that come to no end: nothing that is left looks whole.

use std::process::{Child, Stdio};

use super::{export, large};
use crate::harness::{Home, eventually, signal};

const FORMATS: [&str; 4] = ["ndjson", "csv", "parquet", "sqlite"];

/// The names in the directory that begin with `out`.
fn left(home: &Home) -> Vec<String> {
    let names = std::fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with("out")).collect()
}

/// Starts an export that takes a while, and stops its process (SIGSTOP) while it is at work.
#[track_caller]
fn stopped_at_work(home: &Home, format: &str) -> Child {
    let mut command = home.askfirst(&["export", "probe", "--format", format, "--out", "out", "--data", "data"]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    eventually("the export to begin", || if left(home).is_empty() { Err("nothing yet") } else { Ok(()) });
    signal(child.id(), "-STOP");
    assert_eq!(left(home), ["out.partial"], "it ended before it could be stopped");
    child
}

#[test]
fn ctrl_c_leaves_nothing() {
    let home = large::home(50_000, 200);
    for format in FORMATS {
        let child = stopped_at_work(&home, format);
        signal(child.id(), "-INT");
        signal(child.id(), "-CONT");
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(
            (output.status.code(), told.as_str()),
            (Some(1), "askfirst: broken off; nothing is left of the output\n")
        );
        assert_eq!(left(&home), [""; 0], "{format}");
    }
}

#[test]
fn a_kill_leaves_what_does_not_look_whole() {
    let home = large::home(50_000, 200);
    let mut child = stopped_at_work(&home, "parquet");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(left(&home), ["out.partial"]);
    let again = home.run(&["export", "probe", "--format", "parquet", "--out", "out", "--data", "data"]);
    again.assert_refused("again", &["out.partial", "remove it"]);
    std::fs::remove_dir_all(home.path("out.partial")).unwrap();
    export(&home, &["--format", "parquet", "--out", "out"]);
}

#[test]
fn a_full_disk_leaves_nothing() {
    let home = large::home(5_000, 200);
    for format in FORMATS {
        let run = home.run_on_full_disk(&["export", "probe", "--format", format, "--out", "out", "--data", "data"]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{format}: {run:?}");
        assert!(run.stderr.starts_with("askfirst: can't write the output: "), "{format}: {}", run.stderr);
        assert_eq!(left(&home), [""; 0], "{format}");
        export(&home, &["--format", format, "--out", "out"]);
        let _ = std::fs::remove_file(home.path("out"));
        let _ = std::fs::remove_dir_all(home.path("out"));
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    // More than any buffer holds.
    let home = large::home(2_000, 200);
    let cases = [
        ["export", "probe", "--format=ndjson"].to_vec(),
        ["export", "probe", "--format=csv"].to_vec(),
        ["query", "probe", "SELECT * FROM event", "--format=json"].to_vec(),
        ["query", "probe", "SELECT * FROM event", "--format=csv"].to_vec(),
    ];
    for arguments in cases {
        let mut child = home.askfirst(&arguments);
        let mut child = child.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*told), (Some(0), ""), "{arguments:?}");
    }
}
