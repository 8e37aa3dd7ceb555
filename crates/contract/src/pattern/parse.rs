//! What a pattern is made of. The pattern was compiled before, so what is not understood here is no mistake in it.

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// One character inside or, if negated, outside of the ranges; never without a range.
    Class { negated: bool, ranges: Vec<(char, char)> },
    /// The start of the text.
    Start,
    /// The end of the text.
    End,
    /// One of several sequences.
    Group(Vec<Vec<Node>>),
    /// A part so many times.
    Repeat { node: Box<Node>, min: u32, max: Option<u32>, lazy: bool },
}

const DIGIT: &[(char, char)] = &[('0', '9')];
const WORD: &[(char, char)] = &[('A', 'Z'), ('_', '_'), ('a', 'z'), ('0', '9')];
const SPACE: &[(char, char)] = &[('\t', '\r'), (' ', ' ')];

/// The alternatives of a pattern; `None` where something has no equal in other dialects.
pub(super) fn alternatives(source: &str) -> Option<Vec<Vec<Node>>> {
    let mut parser = Parser { rest: source };
    let alternatives = parser.alternatives()?;
    parser.rest.is_empty().then_some(alternatives)
}

struct Parser<'s> {
    rest: &'s str,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn alternatives(&mut self) -> Option<Vec<Vec<Node>>> {
        let mut alternatives = vec![Vec::new()];
        while let Some(next) = self.peek().filter(|next| *next != ')') {
            if next == '|' {
                self.next();
                alternatives.push(Vec::new());
            } else {
                let node = self.repeated()?;
                alternatives.last_mut()?.push(node);
            }
        }
        Some(alternatives)
    }

    fn repeated(&mut self) -> Option<Node> {
        let mut node = self.atom()?;
        loop {
            let (min, max) = match self.peek() {
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('?') => (0, Some(1)),
                Some('{') => {
                    let (bounds, rest) = self.rest[1..].split_once('}')?;
                    let (min, max) = bounds.split_once(',').unwrap_or((bounds, bounds));
                    let max = if max.is_empty() { None } else { Some(max.parse().ok()?) };
                    // The brace that closes is taken below.
                    self.rest = &self.rest[self.rest.len() - rest.len() - 1..];
                    (min.parse().ok()?, max)
                }
                _ => return Some(node),
            };
            self.next();
            node = Node::Repeat { node: Box::new(node), min, max, lazy: self.take("?") };
        }
    }

    fn atom(&mut self) -> Option<Node> {
        let single = |char: char| Some(Node::Class { negated: false, ranges: vec![(char, char)] });
        match self.next()? {
            '(' => {
                if self.take("?P<") || self.take("?<") {
                    self.rest = self.rest.split_once('>')?.1;
                } else if !self.take("?:") && self.peek() == Some('?') {
                    return None;
                }
                let alternatives = self.alternatives()?;
                self.take(")").then_some(Node::Group(alternatives))
            }
            '[' => self.class(),
            '.' => Some(Node::Class { negated: true, ranges: vec![('\n', '\n')] }),
            '^' => Some(Node::Start),
            '$' => Some(Node::End),
            '*' | '+' | '?' | '{' => None,
            '\\' => match self.escape()? {
                Escape::Char(char) => single(char),
                Escape::Class { negated, ranges } => Some(Node::Class { negated, ranges: ranges.to_vec() }),
            },
            char => single(char),
        }
    }

    /// A class in brackets, behind the first of them.
    fn class(&mut self) -> Option<Node> {
        let negated = self.take("^");
        let mut ranges = Vec::new();
        if self.take("]") {
            ranges.push((']', ']'));
        }
        loop {
            if ["&&", "--", "~~", "["].iter().any(|set| self.rest.starts_with(set)) {
                return None;
            }
            let first = match self.next()? {
                ']' => return (!ranges.is_empty()).then_some(Node::Class { negated, ranges }),
                '\\' => match self.escape()? {
                    Escape::Char(char) => char,
                    Escape::Class { negated: false, ranges: more } => {
                        ranges.extend(more);
                        continue;
                    }
                    Escape::Class { .. } => return None,
                },
                char => char,
            };
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            let last = if is_range { self.end_of_range()? } else { first };
            ranges.push((first, last));
        }
    }

    fn end_of_range(&mut self) -> Option<char> {
        self.next();
        match self.next()? {
            '\\' => match self.escape()? {
                Escape::Char(char) => Some(char),
                Escape::Class { .. } => None,
            },
            '[' => None,
            char => Some(char),
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<Escape> {
        let class = |negated, ranges| Some(Escape::Class { negated, ranges });
        match self.next()? {
            'd' => class(false, DIGIT),
            'D' => class(true, DIGIT),
            'w' => class(false, WORD),
            'W' => class(true, WORD),
            's' => class(false, SPACE),
            'S' => class(true, SPACE),
            'n' => Some(Escape::Char('\n')),
            'r' => Some(Escape::Char('\r')),
            't' => Some(Escape::Char('\t')),
            'f' => Some(Escape::Char('\x0c')),
            'v' => Some(Escape::Char('\x0b')),
            'a' => Some(Escape::Char('\x07')),
            'x' => self.hex(2),
            'u' => self.hex(4),
            'U' => self.hex(8),
            char if char.is_ascii_punctuation() && !matches!(char, '<' | '>') => Some(Escape::Char(char)),
            _ => None,
        }
    }

    fn hex(&mut self, digits: usize) -> Option<Escape> {
        let (code, rest) = match self.rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => self.rest.split_at_checked(digits)?,
        };
        self.rest = rest;
        char::from_u32(u32::from_str_radix(code, 16).ok()?).map(Escape::Char)
    }
}

enum Escape {
    Char(char),
    Class { negated: bool, ranges: &'static [(char, char)] },
}
