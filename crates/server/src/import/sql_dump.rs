//! Dumps of SQLite databases, as `sqlite3 .dump` and `wrangler d1 export` write them, read as rows.
//!
//! A dump is data: nothing in it is executed. Statements that hold rows are read, those that tell the columns of tables
//! are remembered, and the rest is passed over. A value is what SQLite would store for the literal that stands there,
//! before the affinity of its column; the few expressions that dumps write for texts with line ends are worked out.
//!
//! One statement is in memory at a time. What could grow beyond it is bounded: names of columns that are remembered, and
//! texts that expressions make.

mod lexer;
mod schema;
mod statements;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};
use std::sync::Arc;

use lexer::{Lexer, Token};
use schema::Tables;
use statements::Statements;
use values::Values;

pub(crate) use values::SqlValue;

/// The longest statement: eight times what a row of D1 may hold (2 MB).
const MAX_STATEMENT: usize = 16 << 20;
/// The most columns a table may have: SQLite's own upper limit.
const MAX_COLUMNS: usize = 32_767;

/// Kinds of statements that no dump needs. A closed list, so that a file can't fill the memory with kinds of its own.
const KINDS: [&str; 14] = [
    "ALTER",
    "ATTACH",
    "DELETE",
    "DETACH",
    "DROP",
    "EXPLAIN",
    "REINDEX",
    "RELEASE",
    "SAVEPOINT",
    "SELECT",
    "UPDATE",
    "VACUUM",
    "VALUES",
    "WITH",
];

/// A row of a table. Names are as the dump writes them; SQLite does not tell their case apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) table: Arc<str>,
    /// The same allocation for rows that follow each other in a table.
    pub(crate) columns: Arc<[String]>,
    /// As many as there are columns.
    pub(crate) values: Vec<SqlValue>,
    /// The line on which the row begins.
    pub(crate) line: u64,
}

/// Why a dump can't be read any further, and where. Tells nothing of what stands there.
#[derive(Debug)]
pub(crate) struct DumpError {
    pub(crate) line: u64,
    pub(crate) problem: Problem,
}

/// What is wrong with a dump.
#[derive(Debug)]
pub(crate) enum Problem {
    Io(io::Error),
    NotUtf8,
    TooLong,
    Truncated,
    Uncommitted,
    RolledBack,
    Syntax,
    Value,
    NoColumns,
    Count,
    TooManyColumns,
}

impl fmt::Display for DumpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Io(error) => return write!(f, "the file can't be read: {error}"),
            Self::NotUtf8 => "the text is not UTF-8",
            Self::TooLong => "a statement or a row is longer than 16 MiB",
            Self::Truncated => "the dump ends within the statement that begins here",
            Self::Uncommitted => "the dump ends within the transaction that begins here, before its COMMIT",
            Self::RolledBack => "the dump is rolled back: what wrote it met errors, and rows are missing",
            Self::Syntax => "this is no statement of a dump",
            Self::Value => "this is no value of a dump",
            Self::NoColumns => "rows of a table whose columns are not told, neither here nor by a CREATE TABLE before",
            Self::Count => "there are not as many values as columns",
            Self::TooManyColumns => "the tables have too many columns",
        })
    }
}

/// A dump that is being read. Iterating gives its rows in order and ends with the first error.
#[derive(Debug)]
pub(crate) struct Dump<R> {
    statements: Statements<R>,
    tables: Tables,
    /// The statement whose rows are being given out.
    insert: Option<Insert>,
    /// How the last statement with rows began. Most begin like the one before, and need not be read again.
    beginning: Option<Beginning>,
    /// The line of a BEGIN without its COMMIT yet.
    begun: Option<u64>,
    skipped: BTreeMap<&'static str, u64>,
    ended: bool,
}

/// Where the rows of a statement go.
#[derive(Clone, Debug)]
struct Target {
    table: Arc<str>,
    columns: Arc<[String]>,
}

/// A statement with rows, up to and with VALUES, and what it means.
#[derive(Debug)]
struct Beginning {
    text: String,
    target: Target,
}

/// A statement with rows that is being read.
#[derive(Debug)]
struct Insert {
    target: Target,
    /// The byte of the statement after which the next row begins, and its line. None after the last.
    next: Option<(usize, u64)>,
}

/// What a statement with rows is about.
#[derive(Debug)]
enum Goal {
    Table(Target),
    SqlitesOwn,
    /// Its rows are not in the dump, but the outcome of a question.
    Elsewhere,
}

impl<R: BufRead> Dump<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            statements: Statements::new(input),
            tables: Tables::default(),
            insert: None,
            beginning: None,
            begun: None,
            skipped: BTreeMap::new(),
            ended: false,
        }
    }

    /// How far reading has come, in bytes of the dump.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.statements.bytes_read()
    }

    /// How many statements of each kind were passed over that no dump needs, such as `UPDATE`.
    pub(crate) fn skipped(&self) -> &BTreeMap<&'static str, u64> {
        &self.skipped
    }

    fn read(&mut self) -> Result<Option<Row>, DumpError> {
        loop {
            if let Some(insert) = &mut self.insert {
                if let Some(row) = insert.row(&self.statements)? {
                    return Ok(Some(row));
                }
                self.insert = None;
            }
            if !self.statements.advance()? {
                let uncommitted = self.begun.map(|line| DumpError { line, problem: Problem::Uncommitted });
                return uncommitted.map_or(Ok(None), Err);
            }
            self.take_statement()?;
        }
    }

    fn take_statement(&mut self) -> Result<(), DumpError> {
        let text = self.statements.text();
        let mut lexer = Lexer::new(text);
        let start = lexer.skip_blank();
        if let Some(beginning) = self.beginning.as_ref().filter(|known| text[start..].starts_with(&known.text)) {
            let target = beginning.target.clone();
            self.insert = Some(Insert::new(target, &self.statements, start + beginning.text.len()));
            return Ok(());
        }
        let Some(Token::Word(word)) = lexer.next() else {
            let is_empty = text[start..].starts_with(';');
            return if is_empty { Ok(()) } else { Err(self.statements.error(start, Problem::Syntax)) };
        };
        let at = lexer.at();
        match word.to_ascii_uppercase().as_str() {
            "PRAGMA" | "ANALYZE" => {}
            "BEGIN" => self.begun = Some(self.statements.line_at(start)),
            "COMMIT" | "END" => self.begun = None,
            "ROLLBACK" => return Err(self.statements.error(start, Problem::RolledBack)),
            "CREATE" => self.create(at)?,
            "INSERT" | "REPLACE" => self.insert(start, at)?,
            "DELETE" if lexer.after(&["FROM"]).name().is_some_and(|table| is_sqlites_own(&table)) => {}
            other => self.skip(KINDS.into_iter().find(|kind| *kind == other).unwrap_or("other")),
        }
        Ok(())
    }

    fn skip(&mut self, kind: &'static str) {
        *self.skipped.entry(kind).or_default() += 1;
    }

    /// A CREATE statement, read from the byte after that word.
    fn create(&mut self, at: usize) -> Result<(), DumpError> {
        let mut lexer = Lexer::starting(self.statements.text(), at);
        match lexer.word_of(&["TEMP", "TEMPORARY", "TABLE", "INDEX", "UNIQUE", "VIEW", "TRIGGER"]) {
            Some("TABLE") => {}
            Some("TEMP" | "TEMPORARY") if lexer.word_of(&["TABLE"]).is_some() => {}
            Some(_) => return Ok(()),
            None => {
                self.skip("CREATE");
                return Ok(());
            }
        }
        // What the dump told of a table may have changed.
        self.beginning = None;
        let created = self.tables.create(&mut lexer);
        let at = lexer.at();
        created.map_err(|problem| self.statements.error(at, problem))
    }

    /// An INSERT or REPLACE statement that starts at a byte, read from the byte after that word.
    fn insert(&mut self, start: usize, at: usize) -> Result<(), DumpError> {
        let text = self.statements.text();
        let mut lexer = Lexer::starting(text, at);
        match self.goal(&mut lexer).map_err(|problem| self.statements.error(lexer.at(), problem))? {
            Goal::Table(target) => {
                self.insert = Some(Insert::new(target.clone(), &self.statements, lexer.at()));
                self.beginning = Some(Beginning { text: text[start..lexer.at()].to_owned(), target });
            }
            Goal::SqlitesOwn => {}
            Goal::Elsewhere => self.skip("INSERT SELECT"),
        }
        Ok(())
    }

    /// Reads on from INSERT or REPLACE, up to and with VALUES.
    fn goal(&self, lexer: &mut Lexer<'_>) -> Result<Goal, Problem> {
        if lexer.word_of(&["OR"]).is_some() {
            lexer.next();
        }
        let table = lexer.after(&["INTO"]).name().ok_or(Problem::Syntax)?;
        if is_sqlites_own(&table) {
            return Ok(Goal::SqlitesOwn);
        }
        let named = lexer.names()?;
        if lexer.word_of(&["VALUES"]).is_none() {
            return Ok(Goal::Elsewhere);
        }
        let columns = named.map(Arc::from).or_else(|| self.tables.columns(&table)).ok_or(Problem::NoColumns)?;
        Ok(Goal::Table(Target { table: table.into(), columns }))
    }
}

impl<R: BufRead> Iterator for Dump<R> {
    type Item = Result<Row, DumpError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

impl Insert {
    fn new<R>(target: Target, statements: &Statements<R>, at: usize) -> Self {
        Self { target, next: Some((at, statements.line_at(at))) }
    }

    /// The next row, if there is one.
    fn row<R>(&mut self, statements: &Statements<R>) -> Result<Option<Row>, DumpError> {
        let Some((at, line)) = self.next else {
            return Ok(None);
        };
        let text = statements.text();
        let mut lexer = Lexer::starting(text, at);
        let start = lexer.skip_blank();
        let Target { table, columns } = self.target.clone();
        let values = Values::new(&mut lexer).row(columns.len());
        let values = values.map_err(|problem| statements.error(lexer.at(), problem))?;
        let is_last = match lexer.next() {
            Some(Token::Mark(b',')) => false,
            Some(Token::Mark(b';')) => true,
            // What is to become of rows that are there already is the affair of the database that was dumped.
            Some(Token::Word(word)) if is_one_of(word, &["ON", "RETURNING"]) => true,
            _ => return Err(statements.error(lexer.at(), Problem::Syntax)),
        };
        let line = line + statements::lines(&text[at..start]);
        self.next = (!is_last).then(|| (lexer.at(), line + statements::lines(&text[start..lexer.at()])));
        Ok(Some(Row { table, columns, values, line }))
    }
}

/// Whether a table is one that SQLite keeps for itself, such as the numbers of AUTOINCREMENT.
fn is_sqlites_own(table: &str) -> bool {
    table.to_ascii_lowercase().starts_with("sqlite_")
}

fn is_one_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.eq_ignore_ascii_case(known))
}
