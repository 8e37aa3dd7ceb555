//! `askfirst backup` and `askfirst restore`.

mod busy;
mod refusals;
mod restore;

use std::path::Path;

use serde_json::Value;

use crate::harness::{Home, Ledger, Report};

/// Runs a backup or a restore with `--json` that is expected to succeed, and gives what it reports.
#[track_caller]
fn report(home: &Home, arguments: &[&str]) -> Value {
    let run = home.run(&[arguments, &["--json", "--data", "data"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{arguments:?}: {run:?}");
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {}", run.stdout))
}

/// A directory with a ledger of these reports and no server.
fn with(reports: &[Report]) -> Home {
    let home = Home::new();
    let server = home.serve();
    for report in reports {
        assert_eq!(server.post(report.json()).status, 200);
    }
    server.stop();
    home
}

fn reports(count: usize) -> Vec<Report> {
    (0..count).map(|_| Report::new()).collect()
}

/// The ids of the events of a ledger's file.
fn event_ids(path: &Path) -> Vec<String> {
    let ledger = Ledger::of_file(path);
    assert_eq!(ledger.column::<String>("PRAGMA integrity_check", []), ["ok"]);
    ledger.column("SELECT event_id FROM events ORDER BY event_id", [])
}

fn ids_of(reports: &[Report]) -> Vec<String> {
    let mut ids: Vec<_> = reports.iter().map(|report| report.event_id().to_owned()).collect();
    ids.sort();
    ids
}

/// The names in a directory that begin so, in order.
fn names(directory: &Path, start: &str) -> Vec<String> {
    let names = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.starts_with(start)).collect();
    names.sort();
    names
}
