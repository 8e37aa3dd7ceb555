//! What is no dump, or no whole one, is told by its line.

use super::*;

/// The line and the problem that reading ends with.
#[track_caller]
fn refused(dump: impl AsRef<[u8]>) -> (u64, Problem) {
    let (_, error) = read(dump.as_ref());
    let error = error.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(dump.as_ref())));
    (error.line, error.problem)
}

macro_rules! assert_refused {
    ($dump:expr, $line:expr, $problem:pat) => {
        let (line, problem) = refused($dump);
        assert!(line == $line && matches!(problem, $problem), "line {line}: {problem:?}");
    };
}

#[test]
fn a_dump_that_ends_early_names_where_the_last_statement_begins() {
    let dump = "CREATE TABLE t(a);\nINSERT INTO t VALUES('x');\n\n-- the last\nINSERT INTO t VALUES('y\n";
    assert_refused!(dump, 5, Problem::Truncated);
    assert_eq!(read(dump.as_bytes()).0.len(), 1, "what came before is read");
    for cut in ["INSERT INTO t(a) VALUES(1)", "INSERT INTO t(a) VALUES(1),\n(", "CREATE TRIGGER a BEGIN SELECT 1;", "x"]
    {
        assert_refused!(format!("\n{cut}"), 2, Problem::Truncated);
    }
    assert_refused!("PRAGMA a;\nBEGIN TRANSACTION;\nINSERT INTO t(a) VALUES(1);\n", 2, Problem::Uncommitted);
    assert_refused!("BEGIN;\nROLLBACK; -- due to errors\n", 2, Problem::RolledBack);
}

#[test]
fn rows_must_fit_their_columns() {
    assert_refused!("\nINSERT INTO t VALUES(1);", 2, Problem::NoColumns);
    assert_refused!("CREATE TABLE t AS SELECT 1 AS a;\nINSERT INTO t VALUES(1);", 2, Problem::NoColumns);
    assert_refused!("CREATE TABLE t(a, b);\nINSERT INTO t VALUES(1,2),\n(1);", 3, Problem::Count);
    assert_refused!("CREATE TABLE t(a, b);\nINSERT INTO t VALUES(1,2,3);", 2, Problem::Count);
    assert_refused!("INSERT INTO t(a) VALUES\n(1,2);", 2, Problem::Count);
    assert_refused!("INSERT INTO t(a) VALUES(1);CREATE TABLE t(a, b);\nINSERT INTO t VALUES(1);", 2, Problem::Count);
}

#[test]
fn what_is_no_statement_of_a_dump_is_refused() {
    for broken in [
        "(1);",
        "'text';",
        "INSERT INTO t(a) VALUES;",
        "INSERT INTO t(a) VALUES 1;",
        "INSERT INTO t(a) VALUES(1),;",
        "INSERT INTO t(a) VALUES(1)(2);",
        "INSERT INTO t(a VALUES(1);",
        "INSERT INTO t() VALUES(1);",
        "INSERT INTO;",
        "CREATE TABLE;",
        "CREATE TABLE t();",
        "CREATE TABLE t(a;",
        "CREATE TABLE t(a,);",
        "CREATE TABLE t(1);",
    ] {
        assert_refused!(format!("\n{broken}"), 2, Problem::Syntax);
    }
}

#[test]
fn what_would_have_to_be_executed_is_no_value() {
    for value in [
        "",
        "CURRENT_TIMESTAMP",
        "random()",
        "load_extension('x')",
        "readfile('x')",
        "(SELECT 1)",
        "1 + 1",
        "1||1",
        "- -1",
        "x'0'",
        "x'0g'",
        "1a",
        "1.2.3",
        "0x10",
        "char('a')",
        "replace('a','b')",
        "replace('a','b','c'",
        r"unistr('\u00')",
        r"unistr('\')",
        "unistr(1)",
        "(1",
        "ERROR",
        "\"name\"",
    ] {
        let (line, problem) = refused(format!("\nINSERT INTO t(a) VALUES({value});"));
        assert!(line == 2 && matches!(problem, Problem::Value | Problem::Count), "{value}: {line}, {problem:?}");
    }
}

#[test]
fn what_is_not_utf8_is_refused_with_its_line() {
    assert_refused!(b"PRAGMA a;\nINSERT INTO t(a) VALUES('x\ny\xFF');", 3, Problem::NotUtf8);
    assert_refused!(b"\xFF\xFEP\0R\0A\0G\0M\0A\0;\0", 1, Problem::NotUtf8);
    assert_refused!(b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20\xC3", 1, Problem::NotUtf8);
}

#[test]
fn a_statement_that_is_too_long_is_refused_where_it_begins() {
    let text = "x;".repeat(MAX_STATEMENT / 2);
    assert_refused!(format!("\n\nINSERT INTO t(a) VALUES('{text}');"), 3, Problem::TooLong);
    let text = "é".repeat(MAX_STATEMENT / 2);
    assert_refused!(format!("PRAGMA a;\n\n-- next\nINSERT INTO t(a) VALUES('{text}');"), 4, Problem::TooLong);
    let long = format!("INSERT INTO t(a) VALUES('{}');", "é".repeat(MAX_STATEMENT / 2 - 100));
    assert_eq!(rows(&long).len(), 1, "one that just fits is read");
}

#[test]
fn what_would_fill_the_memory_is_refused() {
    let bomb = |text: &str| format!("replace({text},'x','{}')", "x".repeat(1_000));
    assert_refused!(format!("INSERT INTO t(a) VALUES({});", bomb(&bomb(&bomb("'xxx'")))), 1, Problem::TooLong);
    let deep = format!("INSERT INTO t(a) VALUES({}1{});", "(".repeat(100_000), ")".repeat(100_000));
    assert_refused!(deep, 1, Problem::Value);
    let wide = format!("CREATE TABLE t(a{});", ",a".repeat(MAX_COLUMNS));
    assert_refused!(wide, 1, Problem::TooManyColumns);
    let columns = ",a".repeat(MAX_COLUMNS - 1);
    let many: Vec<_> = (0..20).map(|table| format!("CREATE TABLE t{table}(a{columns});\n")).collect();
    assert_refused!(many.concat(), 16, Problem::TooManyColumns);
}

#[test]
fn an_error_tells_its_line_and_nothing_of_the_content() {
    let (_, error) = read(b"\nINSERT INTO secret(hidden) VALUES(private());");
    assert_eq!(error.unwrap().to_string(), "line 2: this is no value of a dump");
}

#[test]
fn an_error_of_the_file_is_told() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unplugged"))
        }
    }
    let mut dump = Dump::new(io::BufReader::new(Broken));
    assert_eq!(dump.next().unwrap().unwrap_err().to_string(), "line 1: the file can't be read: unplugged");
    assert!(dump.next().is_none(), "the first error is the end");
}
