//! What is no backup, who is in the way, and what is left when a copy fails.

use std::fs;

use super::{event_ids, ids_of, names, report, reports, with};
use crate::harness::{Home, WriteLock};

#[test]
fn help_has_examples_and_tells_what_a_backup_keeps() {
    let home = Home::new();
    for (verb, snippets) in [
        ("backup", ["askfirst backup voicemode --out", "forgotten", ".partial"]),
        ("restore", ["askfirst restore voicemode", "forgotten", "--force"]),
    ] {
        let run = home.run(&[verb, "--help"]);
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        for snippet in snippets {
            assert!(run.stdout.contains(snippet), "{verb}: {snippet}: {}", run.stdout);
        }
    }
}

#[test]
fn a_restore_waits_until_no_server_has_the_ledger() {
    let old = reports(1);
    let home = with(&old);
    report(&home, &["backup", "voicemode", "--out", "copy.db"]);
    let server = home.serve();
    let run = home.run(&["restore", "voicemode", "copy.db", "--force", "--data", "data"]);
    run.assert_refused("a server runs", &["data", "in use", &server.pid().to_string()]);
    server.stop();
    assert_nothing_changed(&home);
    report(&home, &["restore", "voicemode", "copy.db", "--force"]);
}

/// Checks that no ledger was replaced and no copy left.
#[track_caller]
fn assert_nothing_changed(home: &Home) {
    assert_eq!(names(&home.data(), "voicemode.db."), [""; 0]);
}

/// Changes the copy of a backup, and checks that it is refused for this reason and changes nothing.
#[track_caller]
fn assert_no_backup(home: &Home, case: &str, spoil: impl Fn(&mut Vec<u8>), snippets: &[&str]) {
    let mut bytes = fs::read(home.path("copy.db")).unwrap();
    spoil(&mut bytes);
    fs::write(home.path("spoiled.db"), bytes).unwrap();
    let run = home.run(&["restore", "voicemode", "spoiled.db", "--force", "--data", "data"]);
    run.assert_refused(case, &[&["spoiled.db"], snippets].concat());
    assert_nothing_changed(home);
}

#[test]
fn only_a_whole_ledger_of_this_app_and_a_known_version_is_restored() {
    let old = reports(30);
    let home = with(&old);
    report(&home, &["backup", "voicemode", "--out", "copy.db"]);
    // The version stands at byte 60 of the file, the size of a page at byte 16: https://sqlite.org/fileformat.html
    assert_no_backup(&home, "newer", |bytes| bytes[60..64].copy_from_slice(&[0, 0, 0, 99]), &["version 99", "newer"]);
    assert_no_backup(&home, "unversioned", |bytes| bytes[60..64].fill(0), &["no ledger"]);
    assert_no_backup(&home, "empty", Vec::clear, &["no ledger"]);
    assert_no_backup(&home, "text", |bytes| *bytes = b"SELECT 1;".repeat(100), &["not a database"]);
    assert_no_backup(&home, "cut", |bytes| bytes.truncate(bytes.len() / 2), &["malformed"]);
    let page = usize::from(u16::from_be_bytes(fs::read(home.path("copy.db")).unwrap()[16..18].try_into().unwrap()));
    // Some page in the middle of which nothing is right any more; which table it is of does not matter.
    assert_no_backup(&home, "torn", |bytes| bytes[2 * page..].fill(0x5A), &["restore"]);
    let run = home.run(&["restore", "voicemode", "missing.db", "--force", "--data", "data"]);
    run.assert_refused("missing", &["missing.db"]);
    for other in ["drift", "baofeng"] {
        let run = home.run(&["restore", other, "copy.db", "--force", "--data", "data"]);
        run.assert_refused(other, &["copy.db", "`voicemode`"]);
    }
    home.run(&["restore", "voicemod", "copy.db"]).assert_refused("no app", &["voicemod"]);
    assert_eq!(event_ids(&home.database()), ids_of(&old));
}

#[test]
fn a_backup_never_overwrites_and_needs_a_ledger() {
    let home = with(&reports(1));
    home.write("there.db", "mine");
    home.write("left.db.partial", "of another");
    let backup = |app: &str, out: &str| home.run(&["backup", app, "--out", out, "--data", "data"]);
    backup("voicemode", "there.db").assert_refused("there", &["there.db is there already"]);
    backup("voicemode", "left.db").assert_refused("left", &["left.db.partial", "remove it"]);
    backup("voicemode", "nowhere/copy.db").assert_refused("nowhere", &["nowhere/copy.db.partial"]);
    assert_eq!(fs::read_to_string(home.path("there.db")).unwrap(), "mine");
    fs::remove_file(home.database()).unwrap();
    let run = backup("voicemode", "copy.db");
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.contains("data/voicemode.db"), "{run:?}");
    assert!(!home.path("copy.db").exists() && !home.database().exists());
}

#[test]
fn a_copy_that_fails_leaves_nothing() {
    let old = reports(100);
    let home = with(&old);
    let run = home.run_on_full_disk(&["backup", "voicemode", "--out", "copy.db", "--data", "data"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""), "{run:?}");
    assert!(run.stderr.starts_with("askfirst: can't copy data/voicemode.db: "), "{run:?}");
    assert_eq!(names(&home.path(""), "copy"), [""; 0]);

    report(&home, &["backup", "voicemode", "--out", "copy.db"]);
    let run = home.run_on_full_disk(&["restore", "voicemode", "copy.db", "--force", "--data", "data"]);
    run.assert_refused("a full disk", &["can't restore copy.db"]);
    assert_nothing_changed(&home);
    assert_eq!(event_ids(&home.database()), ids_of(&old));
}

/// Another program that writes, and keeps at it, is not waited for: a copy only reads.
#[test]
fn a_writer_that_does_not_end_is_no_hindrance() {
    let old = reports(2);
    let home = with(&old);
    let _lock = WriteLock::take(&home, "voicemode");
    report(&home, &["backup", "voicemode", "--out", "copy.db"]);
    assert_eq!(event_ids(&home.path("copy.db")), ids_of(&old));
}
