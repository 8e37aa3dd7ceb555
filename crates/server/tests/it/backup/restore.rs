//! What a restore replaces, and what it keeps.

use super::{event_ids, ids_of, names, report, reports, with};
use crate::harness::{Home, Report};

/// The one ledger that was replaced.
#[track_caller]
fn replaced(home: &Home) -> std::path::PathBuf {
    let mut kept = names(&home.data(), "voicemode.db.replaced-");
    kept.retain(|name| name.ends_with('Z'));
    assert_eq!(kept.len(), 1, "{kept:?}");
    home.data().join(&kept[0])
}

#[test]
fn with_force_the_old_ledger_is_kept_beside() {
    let (old, new) = (reports(3), reports(5));
    let home = with(&old);
    report(&with(&new), &["backup", "voicemode", "--out", home.path("copy.db").to_str().unwrap()]);

    let run = home.run(&["restore", "voicemode", "copy.db", "--data", "data"]);
    run.assert_refused("a ledger is there", &["data/voicemode.db", "--force"]);
    assert_eq!(event_ids(&home.database()), ids_of(&old));

    let run = home.run(&["restore", "voicemode", "copy.db", "--force", "--data", "data"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(event_ids(&home.database()), ids_of(&new));
    let kept = replaced(&home);
    assert!(run.stdout.contains(kept.file_name().unwrap().to_str().unwrap()), "its name is told: {}", run.stdout);
    assert_eq!(event_ids(&kept), ids_of(&old));
    assert_eq!(names(&home.path(""), "copy"), ["copy.db"], "the backup stays as it was");
    assert_eq!(event_ids(&home.path("copy.db")), ids_of(&new));
}

/// A server that was killed leaves a write-ahead log. It belongs to the old ledger: the new one must never see it.
#[test]
fn the_log_that_a_crash_left_stays_with_the_old_ledger() {
    let (old, new) = (reports(40), reports(2));
    let home = Home::new();
    let server = home.serve();
    for report in &old {
        assert_eq!(server.post(report.json()).status, 200);
    }
    server.kill();
    let log = std::fs::metadata(home.path("data/voicemode.db-wal")).unwrap().len();
    assert!(log > 0, "the events are in the log");
    report(&with(&new), &["backup", "voicemode", "--out", home.path("copy.db").to_str().unwrap()]);
    let restored = report(&home, &["restore", "voicemode", "copy.db", "--force"]);
    assert_eq!(restored["events"], 2);
    let kept = replaced(&home);
    assert!(restored["kept"].as_str().unwrap().ends_with(kept.file_name().unwrap().to_str().unwrap()), "{restored}");
    assert_eq!(event_ids(&home.database()), ids_of(&new));
    assert_eq!(event_ids(&kept), ids_of(&old));
    home.serve().stop();
    assert_eq!(event_ids(&home.database()), ids_of(&new));
}

/// A ledger that is damaged is why most people restore one.
#[test]
fn a_ledger_that_can_not_be_read_is_replaced_too() {
    let new = reports(2);
    let home = with(&[]);
    report(&with(&new), &["backup", "voicemode", "--out", home.path("copy.db").to_str().unwrap()]);
    std::fs::write(home.database(), "no database any more").unwrap();
    std::fs::write(home.path("data/voicemode.db-wal"), "nor a log").unwrap();
    report(&home, &["restore", "voicemode", "copy.db", "--force"]);
    assert_eq!(event_ids(&home.database()), ids_of(&new));
    let kept = names(&home.data(), "voicemode.db.replaced-");
    let contents: Vec<_> = kept.iter().map(|name| std::fs::read_to_string(home.data().join(name)).unwrap()).collect();
    assert_eq!(contents, ["no database any more", "nor a log"], "{kept:?}");
    let server = home.serve();
    assert_eq!(server.post(Report::new().json()).status, 200);
}
