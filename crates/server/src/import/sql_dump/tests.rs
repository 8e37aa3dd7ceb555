use super::*;

mod refusals;
mod round_trip;
mod schemas;

/// All rows, and what reading ended with.
fn read(dump: &[u8]) -> (Vec<Row>, Option<DumpError>) {
    let mut rows = Vec::new();
    for row in Dump::new(dump) {
        match row {
            Ok(row) => rows.push(row),
            Err(error) => return (rows, Some(error)),
        }
    }
    (rows, None)
}

#[track_caller]
fn rows(dump: &str) -> Vec<Row> {
    let (rows, error) = read(dump.as_bytes());
    assert!(error.is_none(), "{error:?}: {dump}");
    rows
}

/// The values of the rows of a table with as many columns as the first row has values.
#[track_caller]
fn values(literals: &str) -> Vec<SqlValue> {
    let row = rows(&format!("INSERT INTO t(a) VALUES({literals});")).pop().unwrap();
    row.values
}

fn text(text: &str) -> SqlValue {
    SqlValue::Text(text.to_owned())
}

const SHELL: &str = r#"PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE events (
  event_id TEXT PRIMARY KEY, -- the key; not a column: x
  note TEXT DEFAULT 'a, b) c'
);
INSERT INTO events VALUES('e1',replace('two\nlines','\n',char(10)));
INSERT INTO events VALUES('e;2','it''s
raw');
CREATE TABLE IF NOT EXISTS "odd name"(n INTEGER PRIMARY KEY AUTOINCREMENT, "a ""b""" REAL, [c,d] BLOB);
INSERT INTO "odd name" VALUES(1,1.5,X'00ff');
INSERT INTO "odd name" VALUES(2,NULL,NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('odd name',2);
CREATE INDEX by_note ON events(note);
CREATE TRIGGER watch AFTER INSERT ON events BEGIN
  UPDATE events SET note = CASE WHEN 1 THEN ';' ELSE note END;
  INSERT INTO events VALUES('never', 'read');
END;
CREATE VIEW seen AS SELECT * FROM events;
COMMIT;
"#;

#[test]
fn a_dump_of_the_shell_is_read_row_by_row() {
    let rows = rows(SHELL);
    let expected = [
        ("events", vec![text("e1"), text("two\nlines")], 7),
        ("events", vec![text("e;2"), text("it's\nraw")], 8),
        ("odd name", vec![SqlValue::Integer(1), SqlValue::Real(1.5), SqlValue::Blob(vec![0, 255])], 11),
        ("odd name", vec![SqlValue::Integer(2), SqlValue::Null, SqlValue::Null], 12),
    ];
    assert_eq!(rows.len(), expected.len(), "{rows:?}");
    for (row, (table, values, line)) in rows.iter().zip(expected) {
        assert_eq!((row.table.as_ref(), &row.values, row.line), (table, &values, line));
    }
    assert_eq!(*rows[0].columns, ["event_id", "note"]);
    assert_eq!(*rows[2].columns, ["n", "a \"b\"", "c,d"]);
    assert!(Arc::ptr_eq(&rows[0].columns, &rows[1].columns), "one allocation for rows that follow each other");
}

#[test]
fn a_dump_of_wrangler_names_the_columns_in_every_statement() {
    let dump = "PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE d1_migrations(id INTEGER, name TEXT);\n\
        INSERT INTO \"events\" (\"b\",\"a\") VALUES(1780000000123,'x');\nINSERT INTO \"events\" (\"b\",\"a\") VALUES(1e-7,'y');\n\
        INSERT INTO \"events\" (\"a\") VALUES('z');";
    let rows = rows(dump);
    assert_eq!(*rows[0].columns, ["b", "a"]);
    assert_eq!(rows[0].values, [SqlValue::Integer(1_780_000_000_123), text("x")]);
    assert_eq!(rows[1].values, [SqlValue::Real(1e-7), text("y")]);
    assert_eq!((&*rows[2].columns, rows[2].line), (&["a".to_owned()][..], 5));
}

#[test]
fn many_rows_in_a_statement_have_lines_of_their_own() {
    let dump = "\n\nINSERT OR IGNORE INTO t (a, b)\nVALUES (1, 'x\ny'),\n  (2, 'z')\n,\n(3,/* ; */'') ON CONFLICT DO NOTHING;\n\
        REPLACE INTO t(a,b) VALUES(4,'');insert or replace into main.t(a,b)values(5,'')\n;";
    let rows = rows(dump);
    let lines: Vec<_> = rows.iter().map(|row| (row.values[0].clone(), row.line)).collect();
    let expected = [(1, 4), (2, 6), (3, 8), (4, 9), (5, 9)];
    assert_eq!(lines, expected.map(|(value, line)| (SqlValue::Integer(value), line)));
    assert!(rows.iter().all(|row| row.table.as_ref() == "t"));
}

#[test]
fn values_are_those_that_sqlite_would_store() {
    let cases = [
        ("NULL", SqlValue::Null),
        ("null", SqlValue::Null),
        ("0", SqlValue::Integer(0)),
        ("-1", SqlValue::Integer(-1)),
        ("+1", SqlValue::Integer(1)),
        ("9223372036854775807", SqlValue::Integer(i64::MAX)),
        ("-9223372036854775808", SqlValue::Integer(i64::MIN)),
        ("9223372036854775808", SqlValue::Real(9_223_372_036_854_775_808.0)),
        ("1.5e-3", SqlValue::Real(0.0015)),
        ("-2.E+3", SqlValue::Real(-2_000.0)),
        (".5", SqlValue::Real(0.5)),
        ("1e3", SqlValue::Real(1_000.0)),
        ("9.0e+999", SqlValue::Real(f64::INFINITY)),
        ("-9.0e+999", SqlValue::Real(f64::NEG_INFINITY)),
        ("0.10000000000000000555", SqlValue::Real(0.1)),
        ("''", text("")),
        ("''''", text("'")),
        ("'a;b -- c /* d'", text("a;b -- c /* d")),
        ("'日本 \u{1F600}'", text("日本 \u{1F600}")),
        ("X''", SqlValue::Blob(vec![])),
        ("x'0aFf'", SqlValue::Blob(vec![0x0A, 0xFF])),
        ("char(10)", text("\n")),
        ("char(72, 105)", text("Hi")),
        ("'a'||char(0)||'b'", text("a\0b")),
        ("'a' || NULL", SqlValue::Null),
        ("replace('a\\nb','\\n',char(10))", text("a\nb")),
        ("replace(replace('a\\nb\\r','\\n',char(10)),'\\r',char(13))", text("a\nb\r")),
        ("replace('a','','x')", text("a")),
        ("replace('a',NULL,'x')", SqlValue::Null),
        ("REPLACE('aXa', 'X', '''')", text("a'a")),
        (r"unistr('a\u000ab\\c\U0001F600\+01F600\0009')", text("a\nb\\c\u{1F600}\u{1F600}\t")),
        ("('a')", text("a")),
    ];
    for (literal, expected) in cases {
        assert_eq!(values(literal), std::slice::from_ref(&expected), "{literal}");
        let stored =
            rusqlite::Connection::open_in_memory()
                .unwrap()
                .query_row(&format!("SELECT {literal}"), [], |row| Ok(round_trip::stored(row.get_ref(0)?)));
        assert_eq!(stored.unwrap(), expected, "{literal}, by SQLite itself");
    }
}

#[test]
fn statements_that_no_dump_needs_are_counted_and_change_nothing() {
    let dump = "CREATE TABLE t(a);\nINSERT INTO t VALUES(1);\nDROP TABLE t; ATTACH DATABASE 'x.db' AS x;\n\
        UPDATE t SET a = ';'; update t SET a = 2;;\nDELETE FROM t; LOCK TABLES t WRITE;\nINSERT INTO t SELECT * FROM u;\n\
        INSERT INTO t(a) DEFAULT VALUES; CREATE VIRTUAL TABLE v USING fts5(x);\nANALYZE sqlite_schema;\n\
        INSERT INTO t VALUES(2);";
    let mut dump = Dump::new(dump.as_bytes());
    let values: Vec<_> = dump.by_ref().map(|row| row.unwrap().values).collect();
    assert_eq!(values, [[SqlValue::Integer(1)], [SqlValue::Integer(2)]]);
    let skipped: Vec<_> = dump.skipped().iter().map(|(kind, count)| (*kind, *count)).collect();
    let expected =
        [("ATTACH", 1), ("CREATE", 1), ("DELETE", 1), ("DROP", 1), ("INSERT SELECT", 2), ("UPDATE", 2), ("other", 1)];
    assert_eq!(skipped, expected);
}

#[test]
fn triggers_end_where_sqlite_says() {
    let dump = "CREATE TEMP TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; /* ; END; */ END ;\n\
        CREATE /* x */ TRIGGER b BEGIN SELECT 'END;'; INSERT INTO t VALUES(1); -- END;\nEND;\n\
        INSERT INTO t(a) VALUES(7);";
    let rows = rows(dump);
    assert_eq!((rows.len(), rows[0].line), (1, 4));
}

#[test]
fn how_far_reading_has_come_is_told_in_bytes() {
    let mut dump = Dump::new(SHELL.as_bytes());
    let mut last = 0;
    while let Some(row) = dump.next() {
        row.unwrap();
        assert!(dump.bytes_read() > last && dump.bytes_read() < SHELL.len() as u64);
        last = dump.bytes_read();
    }
    assert_eq!(dump.bytes_read(), SHELL.len() as u64);
    assert!(dump.next().is_none(), "the end is the end");
}

#[test]
fn an_empty_dump_has_no_rows() {
    for dump in ["", "\n", ";;", "-- nothing", "/* nothing */\n;", "\u{FEFF}PRAGMA foreign_keys=OFF;\r\n"] {
        assert!(rows(dump).is_empty(), "{dump:?}");
    }
}
