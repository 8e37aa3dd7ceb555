//! What fields and quantities are in plain words, as hints, pages and the account of a change say it.

use std::fmt::Write as _;

use crate::contract::TextUnit;
use crate::field::{Cut, FieldType, Keys, Scalar};
use crate::units::{Rate, Span};

impl FieldType {
    /// What a value may be, in plain words without a verb: `a whole number from 0 to 100`.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Text { min, max, pattern, cut, unit } => {
                let mut words = format!("a text of {}", lengths(*min, *max, letters(*unit)));
                if let Some(pattern) = pattern {
                    let _ = write!(words, " that matches `{}`", pattern.source());
                }
                match cut {
                    Cut::No => {}
                    Cut::Plain => words.push_str("; the rest of a longer one is dropped"),
                    Cut::Ellipsis => words.push_str("; the rest of a longer one is dropped, with `...` in its place"),
                }
                words
            }
            Self::Enum { values } => format!("one of: {}", listed(values)),
            Self::Bool => "true or false".to_owned(),
            Self::Int { min, max } => bounded("a whole number", min.as_ref(), max.as_ref()),
            Self::Number { min, max } => bounded("a number", min.as_ref(), max.as_ref()),
            Self::Time => "a time such as 2026-02-12T18:00:00Z, or a date (ISO 8601)".to_owned(),
            Self::Uuid { none: None } => "a random number (UUID)".to_owned(),
            Self::Uuid { none: Some(none) } => format!("a random number (UUID), or `{none}` where there is none"),
            Self::Version => "a version such as 1.4.2 (SemVer)".to_owned(),
            Self::Hex { min, max } => {
                format!("{} (0-9, a-f)", lengths(*min, *max, ["hexadecimal digit", "hexadecimal digits"]))
            }
            Self::Counts { keys: Keys::Declared(names) } => format!("a count for each of: {}", listed(names)),
            Self::Counts { keys: Keys::Bounded { max_keys, max_key } } => format!(
                "counts of at most {}, named with at most {}",
                number_of(*max_keys, ["thing", "things"]),
                number_of(*max_key, CHARACTERS)
            ),
            Self::List { of, max } => {
                format!("a list of at most {}, each {}", number_of(*max, ["item", "items"]), of.in_words())
            }
            Self::Json { max, unit } => format!("any JSON object of at most {}", number_of(*max, letters(*unit))),
        }
    }
}

/// One and many of what lengths count.
pub(crate) const CHARACTERS: [&str; 2] = ["character", "characters"];

pub(crate) fn letters(unit: TextUnit) -> [&'static str; 2] {
    match unit {
        TextUnit::Character => CHARACTERS,
        TextUnit::Utf16 => ["UTF-16 unit", "UTF-16 units"],
    }
}

/// `1 character`, `2 characters`
pub(crate) fn number_of(count: u32, [one, many]: [&str; 2]) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// `at most 64 characters`, `1 to 64 characters`, `exactly 8 characters`
fn lengths(min: u32, max: u32, words: [&str; 2]) -> String {
    match min {
        0 => format!("at most {}", number_of(max, words)),
        min if min == max => format!("exactly {}", number_of(max, words)),
        min => format!("{min} to {}", number_of(max, words)),
    }
}

fn bounded<T: std::fmt::Display + PartialEq>(what: &str, min: Option<&T>, max: Option<&T>) -> String {
    match (min, max) {
        (None, None) => what.to_owned(),
        (Some(min), None) => format!("{what}, at least {min}"),
        (None, Some(max)) => format!("{what}, at most {max}"),
        (Some(min), Some(max)) if min == max => format!("{what}, always {min}"),
        (Some(min), Some(max)) => format!("{what} from {min} to {max}"),
    }
}

/// `linux, macos, windows`; the empty text is shown as `""`.
pub(crate) fn listed(texts: &[String]) -> String {
    let shown: Vec<&str> =
        texts.iter().map(|text| if text.trim().is_empty() { "\"\"" } else { text.as_str() }).collect();
    shown.join(", ")
}

impl Span {
    /// `90 days`, `1 hour`
    #[must_use]
    pub fn in_words(self) -> String {
        let short = self.to_string();
        let digits = short.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let words = match &short[digits.len()..] {
            "d" => ["day", "days"],
            "h" => ["hour", "hours"],
            "min" => ["minute", "minutes"],
            "s" => ["second", "seconds"],
            _ => ["millisecond", "milliseconds"],
        };
        format!("{digits} {}", if digits == "1" { words[0] } else { words[1] })
    }
}

impl Rate {
    /// `100 events an hour`
    #[must_use]
    pub fn in_words(self) -> String {
        let per = match self.per {
            Span::HOUR => "an hour",
            Span::DAY => "a day",
            _ => "a minute",
        };
        format!("{} {per}", number_of(self.count, ["event", "events"]))
    }
}

impl Scalar {
    /// The value as people read it: a text in quotes.
    pub(crate) fn in_words(&self) -> String {
        let mut json = Vec::new();
        self.write(&mut json);
        String::from_utf8(json).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_told_in_words() {
        for (short, words) in
            [("90d", "90 days"), ("24h", "1 day"), ("90min", "90 minutes"), ("1500ms", "1500 milliseconds")]
        {
            assert_eq!(Span::parse(short).map(Span::in_words).as_deref(), Some(words));
        }
        for (short, words) in [("1/min", "1 event a minute"), ("10/h", "10 events an hour"), ("5/d", "5 events a day")]
        {
            assert_eq!(Rate::parse(short).map(Rate::in_words).as_deref(), Some(words));
        }
    }
}
