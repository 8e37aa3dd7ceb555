//! Where a statement of a dump ends, and which line it is on.

use std::io::{BufRead, Read as _};

use super::lexer::{Lexer, Token, blank};
use super::{DumpError, MAX_STATEMENT, Problem};

/// The statements of a dump, one at a time.
#[derive(Debug)]
pub(super) struct Statements<R> {
    input: R,
    /// The statement, with what stands before it and with its semicolon.
    text: String,
    /// The line on which `text` begins.
    line: u64,
    /// What was read last; kept for its memory.
    piece: Vec<u8>,
    bytes_read: u64,
}

impl<R> Statements<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, text: String::new(), line: 1, piece: Vec::new(), bytes_read: 0 }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    /// The line of a byte of the statement.
    pub(super) fn line_at(&self, at: usize) -> u64 {
        self.line + lines(&self.text[..at])
    }

    pub(super) fn error(&self, at: usize, problem: Problem) -> DumpError {
        DumpError { line: self.line_at(at), problem }
    }

    /// An error that is told with the line on which the statement begins.
    fn error_of_statement(&self, problem: Problem) -> DumpError {
        self.error(blank(self.text.as_bytes()), problem)
    }
}

impl<R: BufRead> Statements<R> {
    /// Goes on to the next statement; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, DumpError> {
        self.line += lines(&self.text);
        self.text.clear();
        let mut end = End::default();
        loop {
            if !self.read_piece()? {
                let left = blank(self.text.as_bytes()) < self.text.len();
                return if left { Err(self.error_of_statement(Problem::Truncated)) } else { Ok(false) };
            }
            if end.is_reached(&self.text) {
                return Ok(true);
            }
        }
    }

    /// Appends what comes up to the next semicolon, wherever that stands; false at the end.
    fn read_piece(&mut self) -> Result<bool, DumpError> {
        self.piece.clear();
        let room = MAX_STATEMENT - self.text.len();
        let mut input = (&mut self.input).take(room as u64 + 1);
        let read = input.read_until(b';', &mut self.piece);
        let read = read.map_err(|error| self.error(self.text.len(), Problem::Io(error)))?;
        self.bytes_read += read as u64;
        let (piece, is_whole) = match str::from_utf8(&self.piece) {
            Ok(piece) => (piece, true),
            Err(error) => (str::from_utf8(&self.piece[..error.valid_up_to()]).unwrap_or_default(), false),
        };
        self.text.push_str(piece);
        if read > room {
            // The cut may have gone through a character.
            return Err(self.error_of_statement(Problem::TooLong));
        }
        if !is_whole {
            return Err(self.error(self.text.len(), Problem::NotUtf8));
        }
        Ok(read > 0)
    }
}

/// The lines that end in a text.
pub(super) fn lines(text: &str) -> u64 {
    text.bytes().map(|byte| u64::from(byte == b'\n')).sum()
}

/// Finds the end of a statement: the first semicolon that is neither quoted nor in a comment; of a trigger, the one
/// after an END that has a semicolon before it. That is the rule of SQLite's own shell (`sqlite3_complete`).
#[derive(Debug, Default)]
struct End {
    place: Place,
    /// How much of the text was looked at.
    seen: usize,
    /// Where the part after the last semicolon of the statement begins, and whether the statement makes a trigger.
    part: usize,
    is_trigger: bool,
}

/// What stands around a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Code,
    /// Up to this byte. One that is doubled ends one quotation and begins the next.
    Quoted(u8),
    /// Up to the end of the line.
    LineComment,
    BlockComment,
}

impl End {
    /// Looks at what was appended since the last time, which has a semicolon at its end or nowhere.
    fn is_reached(&mut self, text: &str) -> bool {
        self.scan(text.as_bytes());
        if self.place != Place::Code || !text.ends_with(';') {
            return false;
        }
        let part = &text[self.part..text.len() - 1];
        if self.part == 0 {
            self.is_trigger = makes_trigger(part);
        }
        self.part = text.len();
        !self.is_trigger || is_end(part)
    }

    fn scan(&mut self, bytes: &[u8]) {
        let mut at = self.seen;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let find = |wanted: u8| rest.iter().position(|byte| *byte == wanted).map(|place| place + 1);
            let length = match self.place {
                Place::Code => {
                    self.place = opened(rest);
                    if self.place == Place::BlockComment { 2 } else { 1 }
                }
                Place::Quoted(quote) => self.closed(find(quote), rest),
                Place::LineComment => self.closed(find(b'\n'), rest),
                Place::BlockComment => {
                    let found = rest.windows(2).position(|pair| pair == b"*/");
                    self.closed(found.map(|place| place + 2), rest)
                }
            };
            at += length;
        }
        self.seen = at;
    }

    /// Back to code where the end was found. Gives the length up to there.
    fn closed(&mut self, end: Option<usize>, rest: &[u8]) -> usize {
        if end.is_some() {
            self.place = Place::Code;
        }
        end.unwrap_or(rest.len())
    }
}

/// What the first byte of code begins.
fn opened(code: &[u8]) -> Place {
    match code {
        [quote @ (b'\'' | b'"' | b'`'), ..] => Place::Quoted(*quote),
        [b'[', ..] => Place::Quoted(b']'),
        [b'-', b'-', ..] => Place::LineComment,
        [b'/', b'*', ..] => Place::BlockComment,
        _ => Place::Code,
    }
}

fn makes_trigger(statement: &str) -> bool {
    let mut lexer = Lexer::new(statement);
    lexer.word_of(&["CREATE"]).is_some() && {
        let _ = lexer.word_of(&["TEMP", "TEMPORARY"]);
        lexer.word_of(&["TRIGGER"]).is_some()
    }
}

fn is_end(part: &str) -> bool {
    let mut lexer = Lexer::new(part);
    matches!(lexer.next(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("END")) && lexer.next().is_none()
}
