//! What is refused before anything is written, and the help.

use super::Events;
use crate::harness::Home;

#[test]
fn help_has_examples_and_tells_what_becomes_of_formulas() {
    let run = Home::new().run(&["export", "--help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for snippet in ["Examples:", "--format parquet", "--from", "--to", "--out", "formula", "other_fields", ".partial"] {
        assert!(run.stdout.contains(snippet), "{snippet}: {}", run.stdout);
    }
}

#[test]
fn what_can_not_be_written_is_told_before_anything_is() {
    let home = Events::new().home();
    home.write("there", "mine");
    home.write("left.partial", "of another");
    let cases: [(&[&str], &[&str]); 8] = [
        (&["--format", "parquet"], &["--out", "folder"]),
        (&["--format", "sqlite"], &["--out", "database"]),
        (&["--from", "2026-09-02", "--to", "2026-09-01"], &["2026-09-02", "2026-09-01"]),
        (&["--out", "there"], &["there is there already"]),
        (&["--format", "parquet", "--out", "there"], &["there is there already"]),
        (&["--out", "left"], &["left.partial", "remove it"]),
        (&["--format", "parquet", "--out", "left"], &["left.partial", "remove it"]),
        (&["--out", "nowhere/out"], &["nowhere/out.partial"]),
    ];
    for (arguments, snippets) in cases {
        let run = home.run(&[&["export", "probe", "--data", "data"], arguments].concat());
        run.assert_refused(&format!("{arguments:?}"), snippets);
    }
    for day in ["2026-9-1", "yesterday", "2026-09-01T00:00:00Z", ""] {
        let run = home.run(&["export", "probe", "--data", "data", "--from", day]);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{day}: {run:?}");
        assert!(run.stderr.contains("2026-09-01"), "{day}: {}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(home.path("there")).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(home.path("left.partial")).unwrap(), "of another");
}
