//! The words of SQL, as far as dumps need them.

use super::{MAX_COLUMNS, Problem};

/// A piece of SQL. What is quoted is given as it stands between the quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A keyword, or a name without quotes.
    Word(&'a str),
    /// A name in double quotes, backticks or brackets, and the byte that is doubled in it.
    Name(&'a str, char),
    Text(&'a str),
    /// Hexadecimal digits, if it is right.
    Blob(&'a str),
    /// Begins with a digit, or with a point and a digit.
    Number(&'a str),
    /// `||`
    Concat,
    /// Any other character, by its first byte.
    Mark(u8),
}

/// Reads the pieces of a text one after the other, passing over blanks and comments.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self::starting(text, 0)
    }

    pub(super) fn starting(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }

    /// How far reading has come, in bytes.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes to the next piece and tells where that begins.
    pub(super) fn skip_blank(&mut self) -> usize {
        self.at += blank(&self.text.as_bytes()[self.at..]);
        self.at
    }

    /// Takes the next piece if it is this one.
    pub(super) fn eat(&mut self, token: Token<'_>) -> bool {
        let mut ahead = self.clone();
        let eaten = ahead.next() == Some(token);
        if eaten {
            *self = ahead;
        }
        eaten
    }

    /// Takes the next word if it is one of these, in any case.
    pub(super) fn word_of(&mut self, words: &[&'static str]) -> Option<&'static str> {
        let mut ahead = self.clone();
        let Some(Token::Word(word)) = ahead.next() else {
            return None;
        };
        let found = words.iter().find(|known| word.eq_ignore_ascii_case(known))?;
        *self = ahead;
        Some(found)
    }

    /// Goes past these words, if they are there.
    pub(super) fn after(&mut self, words: &[&'static str]) -> &mut Self {
        for word in words {
            let _ = self.word_of(&[word]);
        }
        self
    }

    /// A name, perhaps after that of its database. SQLite takes texts for names, too.
    pub(super) fn name(&mut self) -> Option<String> {
        let mut name = unquoted_name(self.next()?)?;
        while self.eat(Token::Mark(b'.')) {
            name = unquoted_name(self.next()?)?;
        }
        Some(name)
    }

    /// Names in parentheses, if there are parentheses.
    pub(super) fn names(&mut self) -> Result<Option<Vec<String>>, Problem> {
        if !self.eat(Token::Mark(b'(')) {
            return Ok(None);
        }
        let mut names = Vec::new();
        loop {
            if names.len() == MAX_COLUMNS {
                return Err(Problem::TooManyColumns);
            }
            names.push(self.name().ok_or(Problem::Syntax)?);
            match self.next() {
                Some(Token::Mark(b',')) => {}
                Some(Token::Mark(b')')) => return Ok(Some(names)),
                _ => return Err(Problem::Syntax),
            }
        }
    }

    /// Takes so many bytes.
    fn take(&mut self, length: usize) -> &'a str {
        let taken = &self.text[self.at..self.at + length];
        self.at += length;
        taken
    }

    /// What stands between here, behind a quote, and the closing one. Nothing if that is missing.
    fn quoted(&mut self, quote: char) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let mut length = 0;
        loop {
            length += rest[length..].find(quote)?;
            // A quote that is doubled is one that is meant; brackets can't be.
            if quote == ']' || !rest[length + 1..].starts_with(quote) {
                break;
            }
            length += 2;
        }
        let inside = self.take(length);
        self.at += 1;
        Some(inside)
    }

    /// A quotation that is not closed is no piece of a statement that ends; it is a lone mark.
    fn quotation(&mut self, quote: char, token: impl FnOnce(&'a str) -> Token<'a>) -> Token<'a> {
        let mark = Token::Mark(self.text.as_bytes()[self.at]);
        self.at += 1;
        self.quoted(quote).map_or(mark, token)
    }

    fn word(&mut self) -> Token<'a> {
        let rest = &self.text[self.at..];
        if rest.starts_with(['x', 'X']) && rest[1..].starts_with('\'') {
            self.at += 1;
            return self.quotation('\'', Token::Blob);
        }
        Token::Word(self.take(word_length(rest.as_bytes())))
    }

    fn number(&mut self) -> Token<'a> {
        let rest = &self.text.as_bytes()[self.at..];
        let digits = |at: usize| rest[at..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let mut length = digits(0);
        if let [b'e' | b'E', b'+' | b'-', ..] = rest[length..] {
            length += 2;
        }
        // With an exponent that has no sign; and what does not belong to a number makes it none.
        length += word_length(&rest[length..]);
        Token::Number(self.take(length))
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blank();
        let rest = &self.text.as_bytes()[self.at..];
        Some(match rest {
            [] => return None,
            [b'\'', ..] => self.quotation('\'', Token::Text),
            [b'"', ..] => self.quotation('"', |name| Token::Name(name, '"')),
            [b'`', ..] => self.quotation('`', |name| Token::Name(name, '`')),
            [b'[', ..] => self.quotation(']', |name| Token::Name(name, ']')),
            [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => self.number(),
            [b'|', b'|', ..] => {
                self.at += 2;
                Token::Concat
            }
            [byte, ..] if is_of_word(*byte) => self.word(),
            [byte, ..] => {
                self.at += 1;
                Token::Mark(*byte)
            }
        })
    }
}

/// A name without its quotes.
pub(super) fn unquoted_name(token: Token<'_>) -> Option<String> {
    match token {
        Token::Word(name) | Token::Name(name, ']') => Some(name.to_owned()),
        Token::Name(name, quote) => Some(unquoted(name, quote)),
        Token::Text(name) => Some(unquoted(name, '\'')),
        _ => None,
    }
}

/// What a quotation means: each doubled quote in it is one.
pub(super) fn unquoted(inside: &str, quote: char) -> String {
    if inside.contains(quote) {
        let doubled: String = [quote; 2].iter().collect();
        return inside.replace(&doubled, quote.encode_utf8(&mut [0; 4]));
    }
    inside.to_owned()
}

/// The length of the blanks and comments that a text begins with. A byte order mark is blank.
pub(super) fn blank(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        at += match rest {
            [b' ' | b'\t' | b'\n' | b'\r' | b'\x0C', ..] => 1,
            [0xEF, 0xBB, 0xBF, ..] => 3,
            [b'-', b'-', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest[2..].windows(2).position(|pair| pair == b"*/").map_or(rest.len(), |end| end + 4),
            _ => return at,
        };
    }
}

fn word_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_of_word(**byte)).count()
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}
