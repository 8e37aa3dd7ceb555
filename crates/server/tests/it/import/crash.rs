//! An import that is killed is completed by the next one.

use std::fs;
use std::process::Stdio;

use super::Import;
use super::dump::Dialect;
use super::voicemode::{ACTIVE, INSTALLS, Maker, ROWS, write_dump};
use crate::harness::{Home, Ledger, eventually};

const COUNT: usize = 60_000;
/// How much the ledger has grown when the import is killed: a small part of what it will be.
const GROWTH: u64 = 1 << 20;

/// The bytes of the ledger's file and of its log.
fn size(home: &Home) -> u64 {
    let files = fs::read_dir(home.data()).into_iter().flatten().map(Result::unwrap);
    let ours = files.filter(|file| file.file_name().to_string_lossy().starts_with("voicemode.db"));
    // A log may go while it is looked at.
    ours.map(|file| file.metadata().map_or(0, |metadata| metadata.len())).sum()
}

#[test]
fn an_import_that_was_killed_is_completed_by_the_next() {
    let home = Home::new();
    let truth = write_dump(&home, "large.sql", Dialect::Shell, &mut Maker::new(5, 4_000), COUNT);
    // The empty ledger is there before, so that only the import makes it grow.
    home.serve().stop();
    let before = size(&home);

    let mut command = home.askfirst(&["import", "voicemode", "large.sql", "--json", "--data", "data"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("the ledger to grow", || {
        let ended = child.try_wait().unwrap();
        assert!(ended.is_none(), "the import ended before it could be killed: {ended:?}");
        let grown = size(&home).saturating_sub(before);
        if grown > GROWTH { Ok(()) } else { Err(grown) }
    });
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "killed, not ended");

    let ledger = Ledger::open(&home);
    assert_eq!(ledger.column::<String>("PRAGMA integrity_check", []), ["ok"]);
    let kept = u64::try_from(ledger.total()).unwrap();
    assert!(kept < COUNT as u64, "killed too late: all was there");
    drop(ledger);
    let import = Import::run(&home, "voicemode", "large.sql");
    import.assert_accounts_for(COUNT);
    assert_eq!((import.count("imported"), import.count("duplicates")), (COUNT as u64 - kept, kept), "{import:?}");
    truth.check(&home);
    import.assert_again_changes_nothing(&home, "voicemode", "large.sql", &[ROWS, INSTALLS, ACTIVE]);
}
