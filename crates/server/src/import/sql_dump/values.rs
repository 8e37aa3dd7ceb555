//! The values of a row: literals, and the few expressions that dumps write for texts.

use super::lexer::{Lexer, Token, unquoted};
use super::{MAX_STATEMENT, Problem};

/// How deep parentheses may nest. Dumps nest a text in two calls.
const MAX_DEPTH: usize = 32;
/// How many arguments a call may have: as many as SQLite allows.
const MAX_ARGUMENTS: usize = 127;
/// The most bytes that the expressions of a row may make: two calls around a text as long as a statement. Without it, a
/// few letters with `replace` around `replace` would fill any memory.
const MAX_MADE: usize = 2 * MAX_STATEMENT;

/// A value as SQLite stores it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SqlValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// Reads the values of one row.
#[derive(Debug)]
pub(super) struct Values<'l, 'a> {
    lexer: &'l mut Lexer<'a>,
    /// How many bytes expressions may still make.
    room: usize,
}

impl<'l, 'a> Values<'l, 'a> {
    pub(super) fn new(lexer: &'l mut Lexer<'a>) -> Self {
        Self { lexer, room: MAX_MADE }
    }

    /// So many values in parentheses.
    pub(super) fn row(mut self, columns: usize) -> Result<Vec<SqlValue>, Problem> {
        if !self.lexer.eat(Token::Mark(b'(')) {
            return Err(Problem::Syntax);
        }
        let mut values = Vec::with_capacity(columns);
        loop {
            if values.len() == columns {
                return Err(Problem::Count);
            }
            values.push(self.expression(0)?);
            match self.lexer.next() {
                Some(Token::Mark(b',')) => {}
                Some(Token::Mark(b')')) if values.len() == columns => return Ok(values),
                Some(Token::Mark(b')')) => return Err(Problem::Count),
                _ => return Err(Problem::Value),
            }
        }
    }

    fn expression(&mut self, depth: usize) -> Result<SqlValue, Problem> {
        if depth > MAX_DEPTH {
            return Err(Problem::Value);
        }
        let mut value = self.operand(depth)?;
        while self.lexer.eat(Token::Concat) {
            value = match (value, self.operand(depth)?) {
                (SqlValue::Text(mut left), SqlValue::Text(right)) => {
                    self.make(right.len())?;
                    left.push_str(&right);
                    SqlValue::Text(left)
                }
                (SqlValue::Null, _) | (_, SqlValue::Null) => SqlValue::Null,
                _ => return Err(Problem::Value),
            };
        }
        Ok(value)
    }

    fn operand(&mut self, depth: usize) -> Result<SqlValue, Problem> {
        match self.lexer.next().ok_or(Problem::Value)? {
            Token::Text(inside) => Ok(SqlValue::Text(unquoted(inside, '\''))),
            Token::Number(digits) => number(false, digits),
            Token::Mark(sign @ (b'-' | b'+')) => match self.lexer.next() {
                Some(Token::Number(digits)) => number(sign == b'-', digits),
                _ => Err(Problem::Value),
            },
            Token::Word(word) if word.eq_ignore_ascii_case("NULL") => Ok(SqlValue::Null),
            Token::Word(function) => self.call(function, depth),
            Token::Blob(digits) => blob(digits),
            Token::Mark(b'(') => {
                let value = self.expression(depth + 1)?;
                if self.lexer.eat(Token::Mark(b')')) { Ok(value) } else { Err(Problem::Value) }
            }
            _ => Err(Problem::Value),
        }
    }

    fn call(&mut self, function: &str, depth: usize) -> Result<SqlValue, Problem> {
        let arguments = self.arguments(depth)?;
        match (function.to_ascii_lowercase().as_str(), arguments.as_slice()) {
            ("replace" | "unistr", arguments) if arguments.contains(&SqlValue::Null) => Ok(SqlValue::Null),
            ("replace", [SqlValue::Text(text), SqlValue::Text(from), SqlValue::Text(to)]) => {
                self.replace(text, from, to)
            }
            ("unistr", [SqlValue::Text(text)]) => {
                self.make(text.len())?;
                unescaped(text).map(SqlValue::Text).ok_or(Problem::Value)
            }
            ("char", codes) => {
                let text: Option<String> = codes.iter().map(character).collect();
                text.map(SqlValue::Text).ok_or(Problem::Value)
            }
            _ => Err(Problem::Value),
        }
    }

    fn arguments(&mut self, depth: usize) -> Result<Vec<SqlValue>, Problem> {
        if !self.lexer.eat(Token::Mark(b'(')) {
            return Err(Problem::Value);
        }
        let mut arguments = Vec::new();
        while arguments.len() < MAX_ARGUMENTS {
            arguments.push(self.expression(depth + 1)?);
            match self.lexer.next() {
                Some(Token::Mark(b',')) => {}
                Some(Token::Mark(b')')) => return Ok(arguments),
                _ => break,
            }
        }
        Err(Problem::Value)
    }

    fn replace(&mut self, text: &str, from: &str, to: &str) -> Result<SqlValue, Problem> {
        if from.is_empty() {
            return Ok(SqlValue::Text(text.to_owned()));
        }
        let replaced = text.matches(from).count();
        self.make(text.len() + replaced.saturating_mul(to.len()))?;
        Ok(SqlValue::Text(text.replace(from, to)))
    }

    /// Accounts for bytes before they are made.
    fn make(&mut self, bytes: usize) -> Result<(), Problem> {
        self.room = self.room.checked_sub(bytes).ok_or(Problem::TooLong)?;
        Ok(())
    }
}

/// A whole number that fits into 64 bits is one; any other number is of floating point.
fn number(is_negative: bool, digits: &str) -> Result<SqlValue, Problem> {
    if let Ok(whole) = digits.parse::<u64>() {
        let fitting = if is_negative { 0_i64.checked_sub_unsigned(whole) } else { i64::try_from(whole).ok() };
        if let Some(fitting) = fitting {
            return Ok(SqlValue::Integer(fitting));
        }
    }
    let real: f64 = digits.parse().map_err(|_| Problem::Value)?;
    Ok(SqlValue::Real(if is_negative { -real } else { real }))
}

fn blob(digits: &str) -> Result<SqlValue, Problem> {
    let (pairs, rest) = digits.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let bytes: Option<Vec<u8>> = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes.filter(|_| rest.is_empty()).map(SqlValue::Blob).ok_or(Problem::Value)
}

/// A character by its number; what is none is U+FFFD.
fn character(code: &SqlValue) -> Option<char> {
    let SqlValue::Integer(code) = code else {
        return None;
    };
    Some(u32::try_from(*code).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// A text without the escapes of SQLite's `unistr`: `\\` is a backslash; hexadecimal digits tell a character, four of them
/// behind `\` or `\u`, six behind `\+`, eight behind `\U`.
fn unescaped(text: &str) -> Option<String> {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        made.push_str(before);
        let (start, length) = match escape.as_bytes().first()? {
            b'\\' => {
                made.push('\\');
                rest = &escape[1..];
                continue;
            }
            b'u' => (1, 4),
            b'+' => (1, 6),
            b'U' => (1, 8),
            _ => (0, 4),
        };
        let digits =
            escape.get(start..start + length).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        made.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = &escape[start + length..];
    }
    made.push_str(rest);
    Some(made)
}
