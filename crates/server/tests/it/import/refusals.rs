//! Files that are hostile, broken or no dumps, and a server that is in the way.

use serde_json::json;

use super::dump::{Dialect, Dump, text};
use super::voicemode::{EVENTS, Maker, ROWS, Row, Truth, write_dump};
use super::{Import, ask_one, with_milliseconds};
use crate::harness::{Home, Report, now};

/// Nothing of it may stand anywhere.
const MARKER: &str = "xX-never-told-Xx";

#[test]
fn help_has_examples() {
    let run = Home::new().run(&["import", "--help"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for snippet in ["askfirst import voicemode", "--json", "--data", "wrangler d1 export"] {
        assert!(run.stdout.contains(snippet), "{snippet}: {}", run.stdout);
    }
}

#[test]
fn people_are_told_in_text() {
    let home = Home::new();
    write_dump(&home, "voicemode.sql", Dialect::Wrangler, &mut Maker::new(14, 10), 137);
    for (case, arguments) in [("the first time", &[][..]), ("again", &["--data", "./data"])] {
        let run = home.run(&[&["import", "voicemode", "voicemode.sql"], arguments].concat());
        assert_eq!(run.code, Some(0), "{case}: {run:?}");
        assert!(run.stdout.contains("137"), "{case}: {}", run.stdout);
    }
    assert_eq!(ask_one(&home, "voicemode", ROWS), "137");
}

#[test]
fn a_dump_is_data_and_nothing_in_it_is_executed() {
    let home = Home::new();
    let mut maker = Maker::new(15, 10);
    let mut truth = Truth::default();
    let mut dump = Dump::create(&home, "hostile.sql", Dialect::Shell);
    dump.table(&EVENTS);
    let mut add = |dump: &mut Dump| {
        for _ in 0..20 {
            let row = maker.row();
            row.write(dump);
            truth.take(&row);
        }
    };
    add(&mut dump);
    dump.statement(
        "DROP TABLE events; ATTACH DATABASE 'attached.db' AS other;\nCREATE TABLE other.mine(a);\n\
         UPDATE events SET telemetry_id = 'x; y';\nDELETE FROM events;\nVACUUM INTO 'copied.db';\n\
         CREATE TRIGGER each AFTER INSERT ON events BEGIN DELETE FROM events; DROP TABLE event; END;\n\
         CREATE VIEW event AS SELECT 1;\nSELECT load_extension('x.so');\nPRAGMA user_version = 77;",
    );
    add(&mut dump);
    dump.finish();

    let import = Import::run(&home, "voicemode", "hostile.sql");
    assert_eq!((import.count("imported"), import.sum("refused")), (40, 0), "{import:?}");
    let skipped: Vec<_> = import.counts("skipped").into_iter().collect();
    let kinds = ["ATTACH", "DELETE", "DROP", "SELECT", "UPDATE", "VACUUM"];
    assert_eq!(skipped, kinds.map(|kind| (kind, 1)));
    truth.check(&home);
    for file in ["attached.db", "copied.db"] {
        assert!(!home.path(file).exists() && !home.data().join(file).exists(), "{file} was made");
    }
    import.assert_again_changes_nothing(&home, "voicemode", "hostile.sql", &[ROWS]);
}

#[test]
fn what_is_passed_over_is_counted() {
    let home = Home::new();
    let mut maker = Maker::new(16, 10);
    let mut truth = Truth::default();
    let mut dump = Dump::create(&home, "mixed.sql", Dialect::Wrangler);
    dump.table(&EVENTS);
    for number in 0..30 {
        let row = maker.row();
        row.write(&mut dump);
        truth.take(&row);
        if number == 15 {
            dump.statement("DROP TABLE events; ATTACH DATABASE 'attached.db' AS other;");
            dump.statement("UPDATE events SET telemetry_id = 'x'; UPDATE events SET usage = '{}';");
            dump.statement("CREATE TABLE d1_migrations(id INTEGER, name TEXT);");
            dump.statement("INSERT INTO d1_migrations VALUES(1,'0001'),(2,'0002');");
        }
    }
    dump.finish();
    let import = Import::run(&home, "voicemode", "mixed.sql");
    assert_eq!(import.count("imported"), 30, "{import:?}");
    let skipped: Vec<_> = import.counts("skipped").into_iter().collect();
    assert_eq!(skipped, [("ATTACH", 1), ("DROP", 1), ("UPDATE", 2), ("d1_migrations", 2)]);
    truth.check(&home);
    assert!(!home.path("attached.db").exists());
}

#[test]
fn a_dump_that_ends_early_names_the_line_and_keeps_what_came_before() {
    let home = Home::new();
    let mut maker = Maker::new(17, 10);
    let mut truth = Truth::default();
    let rows: Vec<Row> = (0..700).map(|_| maker.row()).collect();
    let mut dump = Dump::create(&home, "cut.sql", Dialect::Shell);
    dump.table(&EVENTS);
    for row in &rows {
        row.write(&mut dump);
        truth.take(row);
    }
    dump.break_off();
    let line = std::fs::read_to_string(home.path("cut.sql")).unwrap().lines().count();
    let run = home.run(&["import", "voicemode", "cut.sql", "--data", "data"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains(&format!("line {line}")), "line {line}: {}", run.stderr);
    truth.check(&home);

    // The whole dump, later, adds the rest.
    let mut dump = Dump::create(&home, "whole.sql", Dialect::Shell);
    dump.table(&EVENTS);
    for row in rows.iter().chain(&[maker.row(), maker.row()]) {
        row.write(&mut dump);
    }
    dump.finish();
    let import = Import::run(&home, "voicemode", "whole.sql");
    assert_eq!((import.count("imported"), import.count("duplicates")), (2, 700), "{import:?}");
}

#[test]
fn rows_that_the_contract_refuses_are_counted_by_reason_and_the_rest_is_imported() {
    let home = Home::new();
    let mut maker = Maker::new(18, 10);
    let mut truth = Truth::default();
    let mut dump = Dump::create(&home, "spoiled.sql", Dialect::Wrangler);
    dump.table(&EVENTS);
    let spoil: [&dyn Fn(&mut Row); 5] = [
        &|row| row.environment = json!(MARKER),
        &|row| row.environment["os"] = json!([MARKER]),
        &|row| row.telemetry_id = MARKER.to_owned(),
        &|row| row.timestamp = MARKER.to_owned(),
        &|row| row.usage = json!({MARKER: 1}),
    ];
    for spoil in spoil {
        let mut row = maker.row();
        spoil(&mut row);
        row.write(&mut dump);
        let row = maker.row();
        row.write(&mut dump);
        truth.take(&row);
    }
    // Not even JSON.
    let received = with_milliseconds(now());
    let row = ["id", "00000000-0000-4000-8000-000000000000", &received, &received, "{", "{", ""];
    dump.row(&EVENTS, &row.map(text));
    dump.finish();
    let run = home.run(&["import", "voicemode", "spoiled.sql", "--json", "--data", "data"]);
    assert!(!run.stdout.contains(MARKER) && !run.stderr.contains(MARKER), "tells content: {run:?}");
    let import = Import::of(&run, "voicemode", "spoiled.sql");
    import.assert_accounts_for(11);
    assert_eq!((import.count("imported"), import.sum("refused")), (5, 6), "{import:?}");
    truth.check(&home);
}

#[test]
fn files_that_are_no_dumps_are_refused() {
    let cases: [(&str, &[u8], &str); 7] = [
        ("a database", b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20\xC3\xFF", "line 1"),
        ("another encoding", b"\xFF\xFEP\0R\0A\0G\0M\0A\0 \0x\0;\0", "line 1"),
        ("a text", b"This is\nno dump at all", "line 1"),
        ("a command of the shell", b";\n.shell touch touched\n;", "line 2"),
        ("rows of nowhere", b"\nINSERT INTO events VALUES(1,2);", "line 2"),
        ("too few values", b"CREATE TABLE events(a,b);\n\nINSERT INTO events VALUES(1);", "line 3"),
        ("half a transaction", b"-- x\nBEGIN TRANSACTION;\nCREATE TABLE events(a,b);\n", "line 2"),
    ];
    for (case, bytes, line) in cases {
        let home = Home::new();
        std::fs::write(home.path("broken.sql"), bytes).unwrap();
        let run = home.run(&["import", "voicemode", "broken.sql", "--data", "data"]);
        assert_eq!(run.code, Some(1), "{case}: {run:?}");
        assert!(run.stderr.contains(line), "{case}: {}", run.stderr);
        assert!(!home.path("touched").exists(), "{case}");
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let home = Home::new();
    let run = home.run(&["import", "voicemode", "missing.sql", "--data", "data"]);
    run.assert_refused("no file", &["missing.sql"]);
    write_dump(&home, "voicemode.sql", Dialect::Wrangler, &mut Maker::new(19, 10), 3);
    let run = home.run(&["import", "voicemod", "voicemode.sql", "--data", "data"]);
    run.assert_refused("no app", &["voicemod", "voicemode"]);
}

#[test]
fn while_a_server_runs_there_is_no_import() {
    let home = Home::new();
    write_dump(&home, "voicemode.sql", Dialect::Wrangler, &mut Maker::new(20, 10), 3);
    let server = home.serve();
    let pid = server.pid().to_string();
    for arguments in [&["--data", "data"][..], &["--json", "--data", "./data/../data"]] {
        let run = home.run(&[&["import", "voicemode", "voicemode.sql"], arguments].concat());
        run.assert_refused("a server runs", &["server", &pid]);
    }
    assert_eq!(server.post(Report::new().json()).status, 200, "the server goes on");
    assert_eq!(ask_one(&home, "voicemode", ROWS), "1");
    server.stop();
    Import::run(&home, "voicemode", "voicemode.sql").assert_all_new(3);
}
