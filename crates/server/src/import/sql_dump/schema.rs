//! The columns of tables, as CREATE TABLE tells them.

use std::collections::HashMap;
use std::sync::Arc;

use super::lexer::{Lexer, Token, unquoted_name};
use super::{MAX_COLUMNS, Problem, is_one_of};

/// The most memory that remembered names may take: a thousand tables of a hundred columns, many times over.
const MAX_BYTES: usize = 32 << 20;
/// What a name costs beside its letters, about.
const BYTES_OF_NAME: usize = 64;

/// What begins a constraint of the table and can't be the name of a column, unless it is quoted.
const CONSTRAINTS: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// The tables of a dump, by their names in lower case.
#[derive(Debug, Default)]
pub(super) struct Tables {
    columns: HashMap<String, Arc<[String]>>,
    /// About how much memory all names ever taken need.
    bytes: usize,
}

impl Tables {
    pub(super) fn columns(&self, table: &str) -> Option<Arc<[String]>> {
        self.columns.get(&table.to_ascii_lowercase()).cloned()
    }

    /// Takes a table from its statement, after CREATE TABLE.
    pub(super) fn create(&mut self, lexer: &mut Lexer<'_>) -> Result<(), Problem> {
        let table = lexer.after(&["IF", "NOT", "EXISTS"]).name().ok_or(Problem::Syntax)?.to_ascii_lowercase();
        if !lexer.eat(Token::Mark(b'(')) {
            // CREATE TABLE ... AS SELECT does not tell its columns.
            self.columns.remove(&table);
            return Ok(());
        }
        let mut columns = Vec::new();
        loop {
            let (column, is_last) = definition(lexer)?;
            columns.extend(column);
            if columns.len() > MAX_COLUMNS {
                return Err(Problem::TooManyColumns);
            }
            if is_last {
                break;
            }
        }
        self.bytes += columns.iter().chain([&table]).map(|name| name.len() + BYTES_OF_NAME).sum::<usize>();
        if self.bytes > MAX_BYTES {
            return Err(Problem::TooManyColumns);
        }
        self.columns.insert(table, columns.into());
        Ok(())
    }
}

/// The column that the next definition declares, if it declares one that rows have values for; and whether the
/// definition is the last.
fn definition(lexer: &mut Lexer<'_>) -> Result<(Option<String>, bool), Problem> {
    let first = lexer.next().ok_or(Problem::Syntax)?;
    let mut column = match first {
        Token::Word(word) if is_one_of(word, &CONSTRAINTS) => None,
        name => Some(unquoted_name(name).ok_or(Problem::Syntax)?),
    };
    let mut depth = 0_u32;
    loop {
        match lexer.next().ok_or(Problem::Syntax)? {
            Token::Mark(b',') if depth == 0 => return Ok((column, false)),
            Token::Mark(b')') if depth == 0 => return Ok((column, true)),
            Token::Mark(b'(') => depth += 1,
            Token::Mark(b')') => depth -= 1,
            // A column that is worked out from others is not stored, and not in the dump.
            Token::Word(word) if depth == 0 && word.eq_ignore_ascii_case("AS") => column = None,
            _ => {}
        }
    }
}
