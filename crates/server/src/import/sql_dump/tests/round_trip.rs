//! Rows that are printed as dumps are read again as they were, by us and by SQLite alike; and no bytes are too much.

use std::fmt::Write as _;

use proptest::prelude::*;
use rusqlite::types::ValueRef;

use super::*;

/// Who prints a dump.
#[derive(Clone, Copy, Debug)]
enum Dialect {
    /// `sqlite3 .dump` before 3.50, and the columns told by CREATE TABLE alone.
    Shell,
    /// `sqlite3 .dump` since 3.50: control characters are escaped.
    ShellWithUnistr,
    /// `wrangler d1 export`, whose statements name their columns.
    Wrangler,
}

/// A value as SQLite gives it.
pub(super) fn stored(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(int) => SqlValue::Integer(int),
        ValueRef::Real(real) => SqlValue::Real(real),
        ValueRef::Text(bytes) => SqlValue::Text(String::from_utf8(bytes.to_vec()).unwrap()),
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_vec()),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// What does not stand in the text, to stand for a line end.
fn unused(text: &str, first: &str, second: &str) -> String {
    let numbered = (0..).map(|number| format!("({first}{number})"));
    let mut candidates = [first.to_owned(), second.to_owned()].into_iter().chain(numbered);
    candidates.find(|candidate| !text.contains(candidate.as_str())).unwrap()
}

fn with_replace(text: &str) -> String {
    let mut marked = text.to_owned();
    let mut calls = (String::new(), String::new());
    for (end, code, first, second) in [('\n', 10, "\\n", "\\012"), ('\r', 13, "\\r", "\\015")] {
        if text.contains(end) {
            let mark = unused(text, first, second);
            marked = marked.replace(end, &mark);
            calls.0.push_str("replace(");
            write!(calls.1, ",{},char({code}))", quoted(&mark)).unwrap();
        }
    }
    format!("{}{}{}", calls.0, quoted(&marked), calls.1)
}

fn with_unistr(text: &str) -> String {
    if !text.contains(|c| c < ' ') {
        return quoted(text);
    }
    let escaped = text.chars().map(|c| match c {
        '\\' => "\\\\".to_owned(),
        c if c < ' ' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("unistr({})", quoted(&escaped.collect::<String>()))
}

fn literal(dialect: Dialect, value: &SqlValue) -> String {
    match value {
        SqlValue::Null => "NULL".to_owned(),
        SqlValue::Integer(int) => int.to_string(),
        SqlValue::Real(real) if real.is_infinite() => format!("{}9.0e+999", if *real < 0.0 { "-" } else { "" }),
        SqlValue::Real(real) => format!("{real:?}"),
        SqlValue::Blob(bytes) => {
            let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("X'{}'", digits.concat())
        }
        SqlValue::Text(text) => match dialect {
            Dialect::ShellWithUnistr => with_unistr(text),
            Dialect::Shell | Dialect::Wrangler => {
                text.split('\0').map(with_replace).collect::<Vec<_>>().join("||char(0)||")
            }
        },
    }
}

fn print(dialect: Dialect, columns: usize, rows: &[Vec<SqlValue>]) -> String {
    let names: Vec<_> = (0..columns).map(|column| format!("\"c{column}\"")).collect();
    let names = names.join(",");
    let mut dump = match dialect {
        Dialect::Wrangler => format!("PRAGMA defer_foreign_keys=TRUE;\nCREATE TABLE IF NOT EXISTS \"t;\" ({names});\n"),
        _ => format!("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE \"t;\"({names}, CHECK (1 > 0));\n"),
    };
    for row in rows {
        let row: Vec<_> = row.iter().map(|value| literal(dialect, value)).collect();
        let list = if matches!(dialect, Dialect::Wrangler) { format!(" ({names})") } else { String::new() };
        writeln!(dump, "INSERT INTO \"t;\"{list} VALUES({});", row.join(",")).unwrap();
    }
    if !matches!(dialect, Dialect::Wrangler) {
        dump.push_str("COMMIT;\n");
    }
    dump
}

fn a_value() -> impl Strategy<Value = SqlValue> {
    let awkward = prop::collection::vec(
        prop::sample::select(vec![
            "'",
            "\n",
            "\r",
            "\\n",
            "\\r",
            "\\012",
            "\\",
            ";",
            "--",
            "/*",
            "a",
            "é",
            "\u{1F600}",
            "\0",
            "\u{1}",
        ]),
        0..12,
    );
    prop_oneof![
        Just(SqlValue::Null),
        any::<i64>().prop_map(SqlValue::Integer),
        any::<f64>().prop_filter("SQLite has no NaN", |real| !real.is_nan()).prop_map(SqlValue::Real),
        any::<String>().prop_map(SqlValue::Text),
        awkward.prop_map(|pieces| SqlValue::Text(pieces.concat())),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(SqlValue::Blob),
    ]
}

fn some_rows() -> impl Strategy<Value = (usize, Vec<Vec<SqlValue>>)> {
    (1..6_usize).prop_flat_map(|columns| {
        (Just(columns), prop::collection::vec(prop::collection::vec(a_value(), columns), 0..8))
    })
}

fn a_dialect() -> impl Strategy<Value = Dialect> {
    prop::sample::select(vec![Dialect::Shell, Dialect::ShellWithUnistr, Dialect::Wrangler])
}

/// What SQLite makes of the dump.
fn executed(dump: &str) -> Vec<Vec<SqlValue>> {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(dump).unwrap_or_else(|error| panic!("{error}: {dump}"));
    let mut statement = connection.prepare("SELECT * FROM \"t;\" ORDER BY rowid").unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| (0..columns).map(|column| Ok(stored(row.get_ref(column)?))).collect();
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

proptest! {
    #[test]
    fn what_is_printed_is_read_again((columns, rows) in some_rows(), dialect in a_dialect(), capacity in 1..50_usize) {
        let dump = print(dialect, columns, &rows);
        let read: Vec<Row> =
            Dump::new(io::BufReader::with_capacity(capacity, dump.as_bytes())).map(Result::unwrap).collect();
        let lines = dump.split_inclusive('\n').scan(1_u64, |line, text| {
            let this = *line;
            *line += 1;
            Some((this, text))
        });
        let starts: Vec<u64> = lines.filter(|(_, text)| text.starts_with("INSERT")).map(|(line, _)| line).collect();
        prop_assert_eq!(read.iter().map(|row| row.line).collect::<Vec<_>>(), starts);
        for row in &read {
            prop_assert_eq!(row.table.as_ref(), "t;");
            prop_assert_eq!(row.columns.to_vec(), (0..columns).map(|column| format!("c{column}")).collect::<Vec<_>>());
        }
        let values: Vec<_> = read.into_iter().map(|row| row.values).collect();
        prop_assert_eq!(&values, &executed(&dump), "as SQLite reads it: {}", &dump);
        prop_assert_eq!(&values, &rows, "{}", &dump);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    /// Nearer to dumps than mere bytes.
    #[test]
    fn any_words_of_sql_are_read_or_refused(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "INSERT", "INTO", "t", "VALUES", "(", ")", ",", ";", "'", "''", "\"", "`", "[", "]", "x'", "--", "/*",
                "*/", "\n", " ", "1", ".", "1e", "-", "||", "|", "NULL", "replace(", "char(", "unistr(", "\\u", "CREATE",
                "TABLE", "TRIGGER", "BEGIN", "END", "é", "\u{FEFF}", "\0", "AS", "OR",
            ]),
            0..60,
        ),
    ) {
        let _ = read(words.concat().as_bytes());
        let rows = format!("CREATE TABLE t(a);INSERT INTO t VALUES({}", words.concat());
        let _ = read(rows.as_bytes());
    }

    /// A dump that was cut or damaged anywhere gives rows of the whole one first, and perhaps an error.
    #[test]
    fn a_damaged_dump_is_read_up_to_the_damage(
        (columns, rows) in some_rows(), dialect in a_dialect(), at in any::<prop::sample::Index>(), damage in any::<Option<u8>>(),
    ) {
        let mut dump = print(dialect, columns, &rows).into_bytes();
        let at = at.index(dump.len());
        match damage {
            Some(byte) => dump[at] = byte,
            None => dump.truncate(at),
        }
        let (read, error) = read(&dump);
        if damage.is_none() {
            prop_assert!(read.len() <= rows.len());
            prop_assert!(read.iter().zip(&rows).all(|(read, row)| read.values == *row));
            // A dump of wrangler that is cut between two statements looks like a whole one.
            let is_noticed = error.is_some() || !dump.starts_with(b"PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;");
            prop_assert!(is_noticed || read.len() == rows.len());
        }
    }
}
