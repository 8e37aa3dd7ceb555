//! Texts that are compared byte for byte, but for the holes that a case leaves: numbers and times of the ledger's own.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::harness::now;
use crate::placeholders;

/// A text with holes.
pub(crate) struct Template {
    /// As it is written.
    pub(crate) text: String,
    parts: Vec<Part>,
}

impl Template {
    pub(crate) fn of_text(text: &str) -> Self {
        let pieces = placeholders::split(text, Part::named).into_iter();
        let parts = pieces.flat_map(|(text, hole)| std::iter::once(Part::Exactly(text)).chain(hole)).collect();
        Self { text: text.to_owned(), parts }
    }

    /// As [`Template::of_text`]; a text that is nothing but a number's hole stands for a number.
    pub(crate) fn of_json(json: &str) -> Self {
        let mut template = Self::of_text(json);
        for index in 1..template.parts.len().saturating_sub(1) {
            if let [Part::Exactly(before), Part::Number(..), Part::Exactly(after)] =
                &mut template.parts[index - 1..=index + 1]
                && before.ends_with('"')
                && after.starts_with('"')
            {
                before.pop();
                after.remove(0);
            }
        }
        template
    }

    /// What the holes took that must be the same from every host.
    ///
    /// # Errors
    ///
    /// Why the text is another one.
    pub(crate) fn take(&self, got: &[u8]) -> Result<Vec<String>, String> {
        let text = str::from_utf8(got).map_err(|error| error.to_string())?;
        let mut same = Vec::new();
        let mut rest = text;
        for (index, part) in self.parts.iter().enumerate() {
            let at = text.len() - rest.len();
            let next = self.parts.get(index + 1);
            let length = match part {
                Part::Exactly(exact) if rest.starts_with(exact.as_str()) => exact.len(),
                Part::Exactly(exact) => {
                    let equal = exact.bytes().zip(rest.bytes()).take_while(|(one, other)| one == other).count();
                    return Err(format!("it differs from byte {} on", at + equal));
                }
                hole => hole.length(rest, next).ok_or_else(|| format!("at byte {at} is no {hole:?}"))?,
            };
            let (taken, after) = rest.split_at(length);
            if *part == Part::Same {
                same.push(taken.to_owned());
            }
            rest = after;
        }
        if rest.is_empty() { Ok(same) } else { Err(format!("it goes on after byte {}", text.len() - rest.len())) }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Exactly(String),
    /// A whole number from one to another.
    Number(u64, u64),
    /// A time in UTC with milliseconds, not far from now.
    Time,
    /// A name that the ledger gave: what stands between quotes.
    Id,
    /// Whatever it is, the same from every host.
    Same,
}

impl Part {
    /// The hole of this name.
    fn named(name: &str) -> Option<Self> {
        match name {
            "number" => Some(Self::Number(0, u64::MAX)),
            "time" => Some(Self::Time),
            "id" => Some(Self::Id),
            "same" => Some(Self::Same),
            range => {
                let (from, to) = range.split_once("..")?;
                Some(Self::Number(from.parse().ok()?, to.parse().ok()?))
            }
        }
    }

    /// How much of a text a hole takes, from its start; `None` where what is there does not fit.
    fn length(&self, text: &str, next: Option<&Self>) -> Option<usize> {
        let run = |allowed: fn(char) -> bool| text.find(|letter| !allowed(letter)).unwrap_or(text.len());
        match self {
            Self::Exactly(exact) => text.starts_with(exact.as_str()).then_some(exact.len()),
            Self::Number(from, to) => {
                let digits = run(|letter| letter.is_ascii_digit());
                text[..digits].parse().is_ok_and(|number: u64| (*from..=*to).contains(&number)).then_some(digits)
            }
            Self::Time => {
                let time = text.get(..24)?;
                let far = (OffsetDateTime::parse(time, &Rfc3339).ok()? - now()).abs();
                (time.ends_with('Z') && far < time::Duration::HOUR).then_some(24)
            }
            Self::Id => Some(run(|letter| letter != '"')).filter(|length| *length > 0),
            Self::Same => match next {
                Some(Self::Exactly(exact)) if !exact.is_empty() => text.find(exact.as_str()),
                _ => Some(text.len()),
            },
        }
    }
}

#[test]
fn holes_take_what_is_the_ledgers_own() {
    let took = |text: &str, got: &str| Template::of_text(text).take(got.as_bytes());
    assert_eq!(took("<a id=\"{id}\">{same}</a>", "<a id=\"7-x\">é</a>"), Ok(vec!["é".to_owned()]));
    assert_eq!(took("hash: {same}", "hash: 1234"), Ok(vec!["1234".to_owned()]));
    let json = serde_json::json!({ "n": "{number}", "text": "n is {number}", "wait": "{1..60}", "list": ["{number}"] });
    let template = Template::of_json(&json.to_string());
    assert_eq!(template.take(br#"{"n":1,"text":"n is 2","wait":60,"list":[3]}"#), Ok(Vec::new()));
    assert!(template.take(br#"{"n":"1","text":"n is 2","wait":60,"list":[3]}"#).is_err());
}
