//! The parser: structure, plain strings and plain numbers are read here, everything else by `hifijson`'s lexer, which
//! takes several times as long.

use std::borrow::Cow;

use hifijson::SliceLexer;
use hifijson::num::Lex as _;
use hifijson::str::LexWrite as _;
use hifijson::token::Lex as _;

use super::{Json, NotJson, plain_length};

/// Arrays and objects inside each other, the outermost included.
const MAX_DEPTH: usize = 128;

/// The members that an object has room for at first. What tools report is small: this spares most objects growing. They
/// are of 56 bytes each and just fit into 512: allocators are at their fastest with powers of two.
const MEMBERS: usize = 9;

type Member<'a> = (Cow<'a, str>, Json<'a>);

/// Reads a document: one value with white space around it.
pub(super) fn document(text: &str) -> Result<Json<'_>, NotJson> {
    let mut parser = Parser { text, at: 0 };
    let next = parser.peek()?;
    let value = parser.value(next, MAX_DEPTH)?;
    if parser.peek().is_ok() { Err(NotJson) } else { Ok(value) }
}

/// A place in a document.
struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    /// Skips white space and tells the byte behind it, which is next.
    fn peek(&mut self) -> Result<u8, NotJson> {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                return Ok(byte);
            }
            self.at += 1;
        }
        Err(NotJson)
    }

    /// Reads a value, whose first byte is `next`.
    #[expect(clippy::inline_always, reason = "the calls are a twentieth of what parsing takes")]
    #[inline(always)]
    fn value(&mut self, next: u8, depth: usize) -> Result<Json<'a>, NotJson> {
        match next {
            b'"' => self.string().map(Json::Text),
            b'{' => self.object(depth.checked_sub(1).ok_or(NotJson)?).map(Json::Object),
            b'[' => self.list(depth.checked_sub(1).ok_or(NotJson)?).map(Json::List),
            b'-' | b'0'..=b'9' => self.number().map(Json::Number),
            _ => match self.lex(SliceLexer::null_or_bool).ok_or(NotJson)? {
                Some(bool) => Ok(Json::Bool(bool)),
                None => Ok(Json::Null),
            },
        }
    }

    /// Reads an array, whose opening bracket is next.
    fn list(&mut self, depth: usize) -> Result<Vec<Json<'a>>, NotJson> {
        let mut items = Vec::new();
        self.sequence(b']', |parser, next| {
            items.push(parser.value(next, depth)?);
            Ok(())
        })?;
        Ok(items)
    }

    /// Reads an object, whose opening bracket is next.
    fn object(&mut self, depth: usize) -> Result<Vec<Member<'a>>, NotJson> {
        let mut members = Vec::with_capacity(MEMBERS);
        self.sequence(b'}', |parser, next| {
            if next != b'"' {
                return Err(NotJson);
            }
            let key = parser.string()?;
            if parser.peek()? != b':' {
                return Err(NotJson);
            }
            parser.at += 1;
            let next = parser.peek()?;
            members.push((key, parser.value(next, depth)?));
            Ok(())
        })?;
        Ok(members)
    }

    /// Reads the opening bracket that is next, what `item` reads between commas, and the bracket `end`.
    fn sequence(&mut self, end: u8, mut item: impl FnMut(&mut Self, u8) -> Result<(), NotJson>) -> Result<(), NotJson> {
        self.at += 1;
        let mut next = self.peek()?;
        if next != end {
            loop {
                item(self, next)?;
                next = self.peek()?;
                if next != b',' {
                    break;
                }
                self.at += 1;
                next = self.peek()?;
            }
        }
        self.at += 1;
        if next == end { Ok(()) } else { Err(NotJson) }
    }

    /// Reads a string, whose opening quote is next.
    #[expect(clippy::inline_always, reason = "the calls are a twentieth of what parsing takes")]
    #[inline(always)]
    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.at += 1;
        match self.plain_string() {
            Some(text) => Ok(Cow::Borrowed(text)),
            None => self.escaped_string().map(Cow::Owned),
        }
    }

    /// Reads what is behind an opening quote if all of it stands for itself, and nothing otherwise.
    fn plain_string(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let (text, behind) = rest.split_at_checked(plain_length(rest.as_bytes()))?;
        if !behind.starts_with('"') {
            return None;
        }
        self.at += text.len() + 1;
        Some(text)
    }

    /// Reads what is behind an opening quote, escapes or not.
    #[cold]
    fn escaped_string(&mut self) -> Result<String, NotJson> {
        let start = self.at;
        self.lex(|lexer| lexer.str_bytes(&mut &b""[..])).map_err(|_| NotJson)?;
        decode_escapes(self.text.get(start..self.at - 1).ok_or(NotJson)?)
    }

    /// Reads a number, whose first byte is next.
    fn number(&mut self) -> Result<&'a str, NotJson> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // Digits alone are a number, unless there are none or they begin with 0.
        let is_plain =
            matches!(rest.first(), Some(b'1'..=b'9')) && !matches!(rest.get(digits), Some(b'.' | b'e' | b'E'));
        if is_plain {
            self.at += digits;
        } else {
            self.other_number()?;
        }
        self.text.get(start..self.at).ok_or(NotJson)
    }

    #[cold]
    fn other_number(&mut self) -> Result<(), NotJson> {
        self.lex(|lexer| lexer.num_ignore().validate()).map(drop).map_err(|_| NotJson)
    }

    /// Has the lexer read something here.
    fn lex<T>(&mut self, read: impl FnOnce(&mut SliceLexer<'a>) -> T) -> T {
        let mut lexer = SliceLexer::new(&self.text.as_bytes()[self.at..]);
        let read = read(&mut lexer);
        self.at = self.text.len() - lexer.as_slice().len();
        read
    }
}

/// Decodes the escapes of a string whose syntax the lexer has checked.
fn decode_escapes(raw: &str) -> Result<String, NotJson> {
    let mut decoded = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        decoded.push_str(before);
        let (char, length) = decode_escape(escape).ok_or(NotJson)?;
        decoded.push(char);
        rest = &escape[length..];
    }
    decoded.push_str(rest);
    Ok(decoded)
}

/// The character of an escape without its backslash, and the length of what was read.
fn decode_escape(escape: &str) -> Option<(char, usize)> {
    let unit = |text: &str| u32::from_str_radix(text.get(..4)?, 16).ok();
    Some(match escape.bytes().next()? {
        b'b' => ('\u{8}', 1),
        b'f' => ('\u{c}', 1),
        b'n' => ('\n', 1),
        b'r' => ('\r', 1),
        b't' => ('\t', 1),
        b'u' => match unit(&escape[1..])? {
            high @ 0xD800..=0xDBFF => match escape[5..].strip_prefix("\\u").and_then(unit) {
                Some(low @ 0xDC00..=0xDFFF) => {
                    (char::from_u32(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))?, 11)
                }
                _ => (char::REPLACEMENT_CHARACTER, 5),
            },
            // Half of a pair is what is left of text that was cut by UTF-16 units.
            code => (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 5),
        },
        other @ (b'"' | b'\\' | b'/') => (char::from(other), 1),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use hifijson::value::{Value, parse_unbounded};
    use proptest::prelude::*;

    use super::*;

    /// The same by the library alone, which refuses half a pair of surrogates and knows no limit of nesting.
    fn parsed_by_library(text: &str) -> Result<Json<'_>, hifijson::Error> {
        fn json<'a>(value: Value<&'a str, Cow<'a, str>>) -> Json<'a> {
            match value {
                Value::Null => Json::Null,
                Value::Bool(bool) => Json::Bool(bool),
                Value::Number((number, _)) => Json::Number(number),
                Value::String(text) => Json::Text(text),
                Value::Array(items) => Json::List(items.into_iter().map(json).collect()),
                Value::Object(members) => {
                    Json::Object(members.into_iter().map(|(key, value)| (key, json(value))).collect())
                }
            }
        }
        SliceLexer::new(text.as_bytes()).exactly_one(SliceLexer::ws_peek, parse_unbounded).map(json)
    }

    /// Documents with every kind of value and white space anywhere.
    fn documents() -> impl Strategy<Value = String> {
        let string = r#""([a-z é]{0,20}|(\\["\\/bnu]|\\u00e9|\\ud83d\\ude00|[a-z]){0,5})""#;
        let leaf = prop_oneof![
            20 => r"null|true|false|-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?([eE][+-]?[0-9]{1,2})?",
            20 => string,
            1 => r"nul|trues|-?[0-9]{0,2}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?",
        ];
        let space = "[ \t\r\n]{0,2}";
        leaf.prop_recursive(4, 40, 6, move |inner| {
            let value = (space, inner, space).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
            let member = (space, string, space, value.clone())
                .prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
            prop_oneof![
                prop::collection::vec(value, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec(member, 0..12).prop_map(|members| format!("{{{}}}", members.join(","))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_read_by_hand_is_read_as_by_the_library(
            document in documents(),
            cut in prop::option::weighted(0.2, 0..400_usize),
        ) {
            let text = cut.and_then(|cut| document.get(..cut)).unwrap_or(&document);
            prop_assert_eq!(super::document(text).ok(), parsed_by_library(text).ok(), "{}", text);
        }

        #[test]
        fn what_is_no_json_is_refused_as_by_the_library(text in prop_oneof![
            r#"[\[\]{}",:0-9eE.+\-abcf\\utnrls\n é]{0,24}"#,
            "-?[01.eE+-]{0,6}",
            r#"\[([01",] ?){0,4}[\]}1]?"#,
            r#"\{("a?" ?:? ?[01]?[01,}] ?){0,3}[\]}1]?"#,
        ]) {
            prop_assert_eq!(super::document(&text).ok(), parsed_by_library(&text).ok(), "{}", text);
        }
    }
}
