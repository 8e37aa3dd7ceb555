//! Fields: what a value may be, and the check of one value.

use std::borrow::Cow;

use crate::contract::TextUnit;
use crate::json::{EXACT, Json, write_text};
use crate::pattern::Pattern;
use crate::refusal::Rule;
use crate::timestamp::Timestamp;

/// Longer than any time, UUID or hash that is meant, in bytes; versions may carry long build metadata.
pub(crate) const LONGEST_FORMATTED: usize = 256;

/// A declared field.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Where it stands in the event: `environment.os`.
    pub path: String,
    /// The same as a JSON pointer (RFC 6901): `/environment/os`.
    pub pointer: String,
    /// What it may be.
    pub kind: FieldType,
    /// Whether it may be missing.
    pub presence: Presence,
    /// Whether a value that breaks the rule is taken for missing.
    pub lenient: bool,
    /// Its well-known meaning, if it has one.
    pub role: Option<Role>,
    /// Why it is collected, for the people it is collected from.
    pub why: String,
}

/// Whether a field may be missing or `null`.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// The event is refused without it.
    Required,
    /// The event is stored without it.
    Optional,
    /// The event is stored with this value in its place.
    Default(Scalar),
}

/// The value of a default.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number.
    Number(f64),
    /// A text.
    Text(String),
}

/// What a value may be. Lengths of texts count Unicode characters; bounds are included.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldType {
    /// A text.
    Text {
        /// Fewest characters.
        min: u32,
        /// Most characters.
        max: u32,
        /// What the whole text must match.
        pattern: Option<Pattern>,
        /// What becomes of a longer text.
        cut: Cut,
        /// What `min` and `max` count.
        unit: TextUnit,
    },
    /// One of these texts.
    Enum {
        /// The texts.
        values: Vec<String>,
    },
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Int {
        /// The smallest.
        min: Option<i64>,
        /// The largest.
        max: Option<i64>,
    },
    /// A finite number.
    Number {
        /// The smallest.
        min: Option<f64>,
        /// The largest.
        max: Option<f64>,
    },
    /// ISO 8601: a date, or a date and a time.
    Time,
    /// 8-4-4-4-12 hex digits of any case.
    Uuid {
        /// A word that may stand in its place, where there is none.
        none: Option<String>,
    },
    /// A semantic version (SemVer 2.0.0).
    Version,
    /// Hex digits of any case.
    Hex {
        /// Fewest digits.
        min: u32,
        /// Most digits.
        max: u32,
    },
    /// Names to non-negative whole numbers.
    Counts {
        /// Which names.
        keys: Keys,
    },
    /// Items of one scalar type.
    List {
        /// What an item may be.
        of: Box<FieldType>,
        /// Most items.
        max: u32,
    },
    /// An object that may hold anything: only for wires whose clients were there before the contract.
    Json {
        /// The longest text of it, without white space.
        max: u32,
        /// What `max` counts.
        unit: TextUnit,
    },
}

/// What becomes of a text that is longer than declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// It is refused.
    No,
    /// It is shortened to `max`: `cut = true`.
    Plain,
    /// One less than `max` is kept, and `...` put behind: `cut = "..."`.
    Ellipsis,
}

/// Which names a field of counts may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keys {
    /// These only; others are undeclared.
    Declared(Vec<String>),
    /// Any names within bounds.
    Bounded {
        /// Most names.
        max_keys: u32,
        /// Most characters of a name.
        max_key: u32,
    },
}

/// A well-known meaning, so that questions need no knowledge of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The version of the tool that reports.
    AppVersion,
    /// The operating system or the like.
    Platform,
    /// `interactive`, `ci`, `container` or `agent`: people are counted apart from machines.
    Runtime,
    /// What belongs to one use of the tool.
    SessionId,
    /// What went wrong.
    Error,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::AppVersion, Self::Platform, Self::Runtime, Self::SessionId, Self::Error];
    /// The values of a field with [`Role::Runtime`].
    pub const RUNTIMES: [&'static str; 4] = ["interactive", "ci", "container", "agent"];

    /// The name in a contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AppVersion => "app_version",
            Self::Platform => "platform",
            Self::Runtime => "runtime",
            Self::SessionId => "session_id",
            Self::Error => "error",
        }
    }
}

impl Scalar {
    /// The value as JSON.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bool(bool) => push_bool(out, *bool),
            Self::Int(int) => push_int(out, *int),
            Self::Number(number) => push_number(out, *number),
            Self::Text(text) => write_text(out, text),
        }
    }
}

impl FieldType {
    /// The name in a contract.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Enum { .. } => "enum",
            Self::Bool => "bool",
            Self::Int { .. } => "int",
            Self::Number { .. } => "number",
            Self::Time => "time",
            Self::Uuid { .. } => "uuid",
            Self::Version => "version",
            Self::Hex { .. } => "hex",
            Self::Counts { .. } => "counts",
            Self::List { .. } => "list",
            Self::Json { .. } => "json",
        }
    }

    /// Checks a value that is not `null` and appends what is kept of it as JSON.
    ///
    /// `undeclared` hears of every undeclared key of counts, and says with an error that it may not be.
    pub(crate) fn check(
        &self,
        value: &Json<'_>,
        out: &mut Vec<u8>,
        undeclared: &mut dyn FnMut(&str) -> Result<(), Rule>,
    ) -> Result<(), Rule> {
        match self {
            Self::Text { min, max, pattern, cut, unit } => {
                let text = cut_or_refuse(text_of(value)?, *min, *max, *cut, *unit)?;
                if pattern.as_ref().is_some_and(|pattern| !pattern.matches(&text)) {
                    return Err(Rule::Pattern);
                }
                write_text(out, &text);
            }
            Self::Enum { values } => {
                let text = text_of(value)?;
                if !values.iter().any(|known| known == text) {
                    return Err(Rule::Enum);
                }
                write_text(out, text);
            }
            Self::Bool => match value {
                Json::Bool(bool) => push_bool(out, *bool),
                _ => return Err(Rule::Type),
            },
            Self::Int { min, max } => push_int(out, whole(value, *min, *max)?),
            Self::Number { min, max } => push_number(out, number(value, *min, *max)?),
            Self::Time => drop(time(value, out)?),
            Self::Uuid { none } => {
                formatted(value, out, |text| parse_uuid(text).is_some() || none.as_deref() == Some(text))?;
            }
            Self::Version => formatted(value, out, |text| semver::Version::parse(text).is_ok())?,
            Self::Hex { min, max } => formatted(value, out, |text| {
                let length = text.len();
                (*min as usize..=*max as usize).contains(&length) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            })?,
            Self::Counts { keys } => counts(value, keys, out, undeclared)?,
            Self::List { of, max } => list(value, of, *max, out)?,
            Self::Json { max, unit } => {
                let Json::Object(_) = value else { return Err(Rule::Type) };
                let start = out.len();
                value.write(out);
                let text = String::from_utf8_lossy(&out[start..]);
                if unit.longer_than(&text, *max).is_some() {
                    return Err(Rule::TooLong);
                }
            }
        }
        Ok(())
    }
}

/// Appends `true` or `false`.
fn push_bool(out: &mut Vec<u8>, bool: bool) {
    out.extend_from_slice(if bool { b"true" } else { b"false" });
}

/// Appends a whole number.
fn push_int(out: &mut Vec<u8>, int: i64) {
    // Most are counts of a few.
    if let Ok(digit @ 0..=9) = u8::try_from(int) {
        return out.push(b'0' + digit);
    }
    // Writing to memory has no error to give.
    let _ = serde_json::to_writer(out, &int);
}

/// Appends a finite number, whole ones without a point, short where it is very large or small.
fn push_number(out: &mut Vec<u8>, number: f64) {
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return push_int(out, number as i64);
    }
    // Writing to memory has no error to give.
    let _ = serde_json::to_writer(out, &number);
}

fn text_of<'a>(value: &'a Json<'_>) -> Result<&'a str, Rule> {
    value.as_text().ok_or(Rule::Type)
}

/// A text within its bounds, cut to them where that is allowed.
fn cut_or_refuse(text: &str, min: u32, max: u32, cut: Cut, unit: TextUnit) -> Result<Cow<'_, str>, Rule> {
    if min > 0 && text.is_empty() {
        return Err(Rule::Empty);
    }
    if let Some(end) = unit.longer_than(text, max) {
        return match cut {
            Cut::No => Err(Rule::TooLong),
            Cut::Plain => Ok(Cow::Borrowed(&text[..end])),
            Cut::Ellipsis => {
                let end = unit.longer_than(text, max - 1).unwrap_or(0);
                Ok(Cow::Owned(format!("{}...", &text[..end])))
            }
        };
    }
    if min > 1 && unit.longer_than(text, min - 1).is_none() { Err(Rule::TooShort) } else { Ok(Cow::Borrowed(text)) }
}

impl TextUnit {
    /// Where a text that is longer than `max` of these is to be cut, never through a character.
    #[must_use]
    pub fn longer_than(self, text: &str, max: u32) -> Option<usize> {
        // A text has at most as many units as bytes: most need no counting.
        if text.len() <= max as usize {
            return None;
        }
        let mut units = 0;
        let too_long = text.char_indices().find(|(_, char)| {
            units += match self {
                Self::Character => 1,
                Self::Utf16 => char.len_utf16(),
            };
            units > max as usize
        });
        too_long.map(|(end, _)| end)
    }
}

/// A text of a fixed format.
fn formatted(value: &Json<'_>, out: &mut Vec<u8>, is_valid: impl Fn(&str) -> bool) -> Result<(), Rule> {
    read_formatted(value, out, |text| is_valid(text).then_some(()))
}

/// A time, which is kept as it was sent.
pub(crate) fn time(value: &Json<'_>, out: &mut Vec<u8>) -> Result<Timestamp, Rule> {
    read_formatted(value, out, Timestamp::parse)
}

fn read_formatted<T>(value: &Json<'_>, out: &mut Vec<u8>, read: impl Fn(&str) -> Option<T>) -> Result<T, Rule> {
    let text = text_of(value)?;
    if text.is_empty() {
        return Err(Rule::Empty);
    }
    let read = Some(text).filter(|text| text.len() <= LONGEST_FORMATTED).and_then(read).ok_or(Rule::Format)?;
    write_text(out, text);
    Ok(read)
}

fn whole(value: &Json<'_>, min: Option<i64>, max: Option<i64>) -> Result<i64, Rule> {
    let Json::Number(_) = value else { return Err(Rule::Type) };
    let Some(whole) = value.as_whole() else { return Err(Rule::Whole) };
    let within = min.is_none_or(|min| whole >= min) && max.is_none_or(|max| whole <= max);
    within.then_some(whole).ok_or(Rule::Range)
}

fn number(value: &Json<'_>, min: Option<f64>, max: Option<f64>) -> Result<f64, Rule> {
    let Json::Number(_) = value else { return Err(Rule::Type) };
    let number = value.as_f64().ok_or(Rule::Range)?;
    let within = min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max);
    within.then_some(number).ok_or(Rule::Range)
}

fn counts(
    value: &Json<'_>,
    keys: &Keys,
    out: &mut Vec<u8>,
    undeclared: &mut dyn FnMut(&str) -> Result<(), Rule>,
) -> Result<(), Rule> {
    let Json::Object(members) = value else { return Err(Rule::Type) };
    let mut kept: Vec<&(Cow<'_, str>, Json<'_>)> = Vec::with_capacity(16);
    for member in members {
        let (key, _) = member;
        match keys {
            Keys::Declared(names) if !names.iter().any(|name| name == key) => {
                undeclared(key)?;
                continue;
            }
            Keys::Bounded { max_key, .. } if TextUnit::Character.longer_than(key, *max_key).is_some() => {
                return Err(Rule::KeyTooLong);
            }
            Keys::Declared(_) | Keys::Bounded { .. } => {}
        }
        match kept.iter_mut().find(|(name, _)| name == key) {
            Some(last) => *last = member,
            None => kept.push(member),
        }
        if let Keys::Bounded { max_keys, .. } = keys
            && kept.len() > *max_keys as usize
        {
            return Err(Rule::TooManyKeys);
        }
    }
    out.push(b'{');
    for (index, (key, count)) in kept.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_text(out, key);
        out.push(b':');
        push_int(out, whole(count, Some(0), None)?);
    }
    out.push(b'}');
    Ok(())
}

fn list(value: &Json<'_>, of: &FieldType, max: u32, out: &mut Vec<u8>) -> Result<(), Rule> {
    let Json::List(items) = value else { return Err(Rule::Type) };
    if items.len() > max as usize {
        return Err(Rule::TooManyItems);
    }
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        of.check(item, out, &mut |_| Err(Rule::Undeclared)).map_err(|_| Rule::Item)?;
    }
    out.push(b']');
    Ok(())
}

/// The 16 bytes of a UUID in its 8-4-4-4-12 form, of any case.
pub(crate) fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    /// Where the two digits of each byte are.
    const DIGITS: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|&index| text[index] != b'-') {
        return None;
    }
    let mut bytes = [0; 16];
    for (byte, place) in bytes.iter_mut().zip(DIGITS) {
        let nibble = |place: usize| char::from(text[place]).to_digit(16);
        *byte = u8::try_from(nibble(place)? << 4 | nibble(place + 1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_written_as_their_digits() {
        for int in (-300..300).chain([i64::MIN, i64::MAX]) {
            let mut written = Vec::new();
            push_int(&mut written, int);
            assert_eq!(written, int.to_string().as_bytes());
        }
    }
}
