//! The rows of an export, whichever form it has: a dump in SQL, an array of KV records, or askfirst's own lines.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use askfirst_contract::Json;
use askfirst_core::import::{BLOB, LedgerHead, OWN};

use askfirst_export::text_of;
use askfirst_sqlite::ValueRef;

use super::sql_dump::{Dump, Row, SqlValue};

/// Why an export can't be read any further.
pub(crate) type Problem = String;

/// What every row is passed to: its table, its columns as an object, and how many bytes were read.
pub(crate) trait Rows {
    /// Takes a row.
    ///
    /// # Errors
    ///
    /// Where it can't be passed on; ends the reading.
    fn row(&mut self, table: &str, row: &Json<'_>, bytes_read: u64) -> Result<(), Problem>;
}

/// The form of an export, which its first character tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `[{"name": ..., "value": ..., "expiration": ...}]`
    Records,
    /// One JSON object a line.
    Lines,
    /// SQL.
    Dump,
}

/// Reads an export to its end, and gives the statements of a dump that were passed over, by kind. Not every app's old
/// service has a database to dump.
///
/// # Errors
///
/// What is wrong with the file, with the line, or what `rows` says.
pub(crate) fn read(
    path: &Path,
    has_database: bool,
    rows: &mut impl Rows,
) -> Result<BTreeMap<&'static str, u64>, Problem> {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path).map_err(|error| unreadable(&error))?);
    match form(&mut input)? {
        Form::Records => records(input, rows).map(|()| BTreeMap::new()),
        Form::Lines => lines(input, rows).map(|()| BTreeMap::new()),
        Form::Dump if has_database => dump(input, rows),
        Form::Dump => Err("the file is no JSON".to_owned()),
    }
}

/// What must be known of an export before its rows are read.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// The names of the tables that a dump has rows of, in lower case; none for other forms.
    pub(crate) tables: BTreeSet<String>,
    /// What it tells if it is the dump of a ledger.
    pub(crate) ledger: LedgerHead,
}

/// Looks through an export.
///
/// # Errors
///
/// Where the file can't be read; what is wrong in it is told when it is read for good.
pub(crate) fn survey(path: &Path) -> Result<Survey, Problem> {
    let mut input = BufReader::with_capacity(1 << 20, File::open(path).map_err(|error| unreadable(&error))?);
    let mut survey = Survey::default();
    if form(&mut input)? != Form::Dump {
        return Ok(survey);
    }
    for row in Dump::new(input).map_while(Result::ok) {
        let table = row.table.to_ascii_lowercase();
        if LedgerHead::needs(&table) {
            survey.ledger.note(&table, &object(&row, &row.values.iter().map(literal).collect::<Vec<_>>()));
        }
        if !survey.tables.contains(&table) {
            survey.tables.insert(table);
        }
    }
    Ok(survey)
}

fn unreadable(error: &std::io::Error) -> Problem {
    format!("the file can't be read: {error}")
}

fn form(input: &mut BufReader<File>) -> Result<Form, Problem> {
    let start = input.fill_buf().map_err(|error| unreadable(&error))?;
    match start.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => Ok(Form::Records),
        Some(b'{') => Ok(Form::Lines),
        Some(_) => Ok(Form::Dump),
        None => Err("the file is empty".to_owned()),
    }
}

fn records(mut input: BufReader<File>, rows: &mut impl Rows) -> Result<(), Problem> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    let Ok(Json::List(records)) = Json::parse(&bytes) else {
        return Err(
            "the file is no JSON array of records such as {\"name\": ..., \"value\": ..., \"expiration\": ...}"
                .to_owned(),
        );
    };
    let count = records.len().max(1) as u64;
    for (index, record) in records.iter().enumerate() {
        rows.row("sessions", record, bytes.len() as u64 * (index as u64 + 1) / count)?;
    }
    Ok(())
}

fn lines(input: BufReader<File>, rows: &mut impl Rows) -> Result<(), Problem> {
    let mut read = 0;
    for (number, line) in (1..).zip(input.split(b'\n')) {
        let line = line.map_err(|error| unreadable(&error))?;
        read += line.len() as u64 + 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event = Json::parse(&line).map_err(|_| format!("line {number}: this is no JSON"))?;
        if event.get("received_at").is_none() || event.get("fields").is_none() {
            return Err(format!("line {number}: this is no line of `askfirst export`"));
        }
        rows.row(OWN, &event, read)?;
    }
    Ok(())
}

fn dump(input: BufReader<File>, rows: &mut impl Rows) -> Result<BTreeMap<&'static str, u64>, Problem> {
    let mut dump = Dump::new(input);
    while let Some(row) = dump.next() {
        let row = row.map_err(|error| error.to_string())?;
        let literals: Vec<String> = row.values.iter().map(literal).collect();
        rows.row(&row.table.to_ascii_lowercase(), &object(&row, &literals), dump.bytes_read())?;
    }
    Ok(dump.skipped().clone())
}

/// A number as JSON has it, a blob in hex, empty for other values.
fn literal(value: &SqlValue) -> String {
    match value {
        SqlValue::Integer(int) => int.to_string(),
        SqlValue::Real(real) if real.is_finite() => format!("{real:e}"),
        SqlValue::Real(_) => "1e999".to_owned(),
        SqlValue::Blob(bytes) => text_of(ValueRef::Blob(bytes)),
        SqlValue::Null | SqlValue::Text(_) => String::new(),
    }
}

/// A row as an object of its columns, in lower case.
fn object<'r>(row: &'r Row, literals: &'r [String]) -> Json<'r> {
    let value = |(value, literal): (&'r SqlValue, &'r String)| match value {
        SqlValue::Null => Json::Null,
        SqlValue::Integer(_) | SqlValue::Real(_) => Json::Number(literal),
        SqlValue::Blob(_) => Json::Object(vec![(BLOB.into(), Json::Text(Cow::Borrowed(literal)))]),
        SqlValue::Text(text) => Json::Text(Cow::Borrowed(text)),
    };
    let names = row.columns.iter().map(|name| Cow::Owned(name.to_ascii_lowercase()));
    Json::Object(names.zip(row.values.iter().zip(literals).map(value)).collect())
}
