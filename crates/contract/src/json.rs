//! JSON as it was sent: numbers stay text, escapes are decoded, and of two equal keys the last counts.
//!
//! The rules are the released wires': a lone surrogate escape is legal and read as U+FFFD, a number of any size is
//! legal, a byte order mark, invalid UTF-8 and nesting deeper than 128 are not JSON.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

mod parse;

/// Beyond 2^53 an `f64` no longer tells neighbouring whole numbers apart.
pub(crate) const EXACT: f64 = 9_007_199_254_740_992.0;

/// A JSON value, borrowed from the text it was parsed from where no escape had to be decoded.
#[derive(Debug, Clone, PartialEq)]
pub enum Json<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number as it was sent, of any size: `3.0`, `1e999`.
    Number(&'a str),
    /// A string with its escapes decoded.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object in the order it was sent, equal keys included; read it through [`Json::get`].
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// The bytes are not JSON. Says nothing of the content, so that it may be logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not JSON")]
pub struct NotJson;

impl<'a> Json<'a> {
    /// Parses one JSON value with white space around it.
    ///
    /// # Errors
    ///
    /// [`NotJson`] where RFC 8259 is broken, the bytes are no UTF-8 or the nesting is deeper than 128.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, NotJson> {
        parse::document(std::str::from_utf8(bytes).map_err(|_| NotJson)?)
    }

    /// The member of an object; of two equal keys the last.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Json<'a>> {
        let Self::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// A number's value where it is finite.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        let Self::Number(text) = self else { return None };
        text.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A whole number, however it is written: `3`, `3.0` and `30e-1` are three.
    #[must_use]
    pub fn as_whole(&self) -> Option<i64> {
        let Self::Number(text) = self else { return None };
        if let Some(whole) = short_whole(text).or_else(|| text.parse().ok()) {
            return Some(whole);
        }
        let number = self.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
    }

    /// Appends the value without white space; of equal keys the last.
    pub fn write(&self, out: &mut Vec<u8>) {
        let sequence = |out: &mut Vec<u8>, index: usize| {
            if index > 0 {
                out.push(b',');
            }
        };
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(bool) => out.extend_from_slice(if *bool { b"true" } else { b"false" }),
            Self::Number(number) => out.extend_from_slice(number.as_bytes()),
            Self::Text(text) => write_text(out, text),
            Self::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    sequence(out, index);
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                let mut last: Vec<(&str, &Self)> = Vec::with_capacity(members.len());
                let mut places: HashMap<&str, usize> = HashMap::with_capacity(members.len());
                for (key, value) in members {
                    match places.entry(key) {
                        Entry::Occupied(place) => last[*place.get()].1 = value,
                        Entry::Vacant(place) => {
                            place.insert(last.len());
                            last.push((key, value));
                        }
                    }
                }
                out.push(b'{');
                for (index, (key, value)) in last.into_iter().enumerate() {
                    sequence(out, index);
                    write_text(out, key);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        let Self::Text(text) = self else { return None };
        Some(text)
    }
}

/// Digits that are few enough for an `i64`, as most numbers are; `parse` looks for signs and the end of its range.
fn short_whole(text: &str) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let is_short = (1..=18).contains(&text.len());
    if is_short { text.bytes().try_fold(0, |whole, byte| Some(whole * 10 + digit(byte)?)) } else { None }
}

/// How many bytes of a text stand for themselves in JSON: those up to the first quote, backslash or control character.
fn plain_length(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = not_plain(u64::from_le_bytes(*word));
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    words.len() * 8 + plain_bytes(rest)
}

/// The same for the less than eight bytes at the end of a document.
#[cold]
#[inline(never)]
fn plain_bytes(text: &[u8]) -> usize {
    text.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(text.len())
}

/// Looks at eight bytes at a time: the highest bit of each tells whether it does not stand for itself, as far as the
/// first that does not (<https://graphics.stanford.edu/~seander/bithacks.html#HasLessInWord>).
fn not_plain(word: u64) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let less = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word & (ONES << 7);
    // The quote is 0x22. With this bit turned over, it is 0x20, the space takes its place, and control characters stay.
    let quote_or_control = less(word ^ (ONES * 0x02), 0x21);
    let backslash = less(word ^ (ONES * u64::from(b'\\')), 1);
    quote_or_control | backslash
}

/// Whether all bytes of a text stand for themselves in JSON.
fn is_plain(text: &[u8]) -> bool {
    let is_plain = |word: u64| not_plain(word) == 0;
    let Some(last) = text.last_chunk() else {
        return is_plain(text.iter().fold(u64::from_le_bytes(*b"        "), |word, byte| word << 8 | u64::from(*byte)));
    };
    // The last eight bytes reach back into those before, so that none are left over.
    let (words, _) = text.as_chunks();
    words.iter().chain([last]).all(|word| is_plain(u64::from_le_bytes(*word)))
}

/// Appends a string as JSON, quotes included.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    if is_plain(text.as_bytes()) {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        return;
    }
    // Writing a string to memory has no error to give.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_every_kind_of_value() {
        let json = Json::parse(br#" {"a": [null, true, false, -1.5e3, "x"], "b": {}} "#).unwrap();
        assert_eq!(
            json.get("a"),
            Some(&Json::List(vec![
                Json::Null,
                Json::Bool(true),
                Json::Bool(false),
                Json::Number("-1.5e3"),
                Json::Text("x".into()),
            ]))
        );
        assert_eq!(json.get("b"), Some(&Json::Object(vec![])));
        assert_eq!(json.get("c"), None);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        assert_eq!(Json::parse(br#"{"a":1,"a":2}"#).unwrap().get("a"), Some(&Json::Number("2")));
        assert_eq!(Json::parse(br#"{"a":1,"\u0061":2}"#).unwrap().get("a"), Some(&Json::Number("2")));
    }

    #[test]
    fn escapes_are_decoded_and_half_a_pair_is_replaced() {
        for (sent, read) in [
            (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r#""\u0041\u00e9\u0000""#, "Aé\0"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#""x\ud83d""#, "x\u{fffd}"),
            (r#""\ud83dé""#, "\u{fffd}é"),
            (r#""\ude00\ud83d\ud83d\ude00""#, "\u{fffd}\u{fffd}😀"),
            (r#""\ud83d\u0041""#, "\u{fffd}A"),
            (r#""\ud83d\n""#, "\u{fffd}\n"),
        ] {
            assert_eq!(Json::parse(sent.as_bytes()).unwrap().as_text(), Some(read), "{sent}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for bytes in [
            &b""[..],
            b" ",
            b"{",
            b"[1,]",
            b"{\"a\":1,}",
            b"{a:1}",
            b"{\"a\";1}",
            b"01",
            b"1.",
            b"-",
            b".5",
            b"+1",
            b"1e",
            b"nul",
            b"nullx",
            b"1 2",
            b"NaN",
            b"\"\n\"",
            b"\"\\x\"",
            b"\"\\u12\"",
            b"\"\\u12g4\"",
            b"\"",
            b"'a'",
            b"\xef\xbb\xbf{}",
            b"\"\xff\"",
            b"{}\0",
        ] {
            assert_eq!(Json::parse(bytes), Err(NotJson), "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn nesting_is_limited_to_128() {
        let nested = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(Json::parse(&nested(128)).is_ok());
        assert_eq!(Json::parse(&nested(129)), Err(NotJson));
        assert_eq!(Json::parse(&vec![b'['; 1_000_000]), Err(NotJson));
    }

    #[test]
    fn whole_numbers_are_whole_however_written() {
        for (text, whole) in [
            ("3", Some(3)),
            ("3.0", Some(3)),
            ("30e-1", Some(3)),
            ("-0", Some(0)),
            ("1.5", None),
            ("1e999", None),
            ("1e300", None),
            ("9223372036854775807", Some(i64::MAX)),
        ] {
            assert_eq!(Json::Number(text).as_whole(), whole, "{text}");
        }
        assert_eq!(Json::Number("1e999").as_f64(), None);
    }

    proptest! {
        #[test]
        fn plain_bytes_are_counted_up_to_the_first_that_is_not(
            bytes in prop::collection::vec(prop_oneof![1 => any::<u8>(), 20 => Just(b'!'), 20 => Just(b']')], 0..30),
        ) {
            let plain = bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(bytes.len());
            prop_assert_eq!(plain_length(&bytes), plain);
            prop_assert_eq!(is_plain(&bytes), plain == bytes.len());
        }

        #[test]
        fn short_whole_numbers_are_those_that_can_be_parsed(text in "[+-]?[0-9]{0,21}|[0-9.e]{0,3}") {
            let is_short = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(short_whole(&text), is_short.then(|| text.parse().unwrap()));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = Json::parse(&bytes);
        }

        #[test]
        fn text_survives_writing_and_reading(text in prop_oneof![any::<String>(), r#"[ -~"\\]{0,40}"#]) {
            let mut written = Vec::new();
            write_text(&mut written, &text);
            prop_assert_eq!(&written, &serde_json::to_vec(&text).unwrap());
            let read = Json::parse(&written).unwrap();
            prop_assert_eq!(read.as_text(), Some(text.as_str()));
        }

        #[test]
        fn agrees_with_serde_json_on_what_is_json(text in r#"[\[\]{}",:0-9eE.+\-a-f\\u tnrls]{0,24}"#) {
            // Ours is the more lenient one in two ways only: numbers of any size, and half a pair of surrogates.
            let ours = Json::parse(text.as_bytes()).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            match theirs {
                Ok(_) => prop_assert!(ours),
                Err(error) if ours => {
                    let error = error.to_string();
                    prop_assert!(error.contains("number out of range") || error.contains("surrogate") || error.contains("hex escape"), "{}", error);
                }
                Err(_) => {}
            }
        }
    }
}
