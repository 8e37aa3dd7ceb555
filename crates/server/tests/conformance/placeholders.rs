//! What stands in braces in the texts of a case and is filled in when it is replayed, in requests and replies alike.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use serde_json::{Map, Value};
use time::{Duration, OffsetDateTime};

/// What is filled in.
pub(crate) struct Filling<'s> {
    /// `{file}`, and what `{uuid ...}` and `{address}` are made of.
    pub(crate) file: &'s str,
    /// `{n}`: which repetition of a step it is.
    pub(crate) n: u32,
    /// `{now}`, `{today}` and `{week}`.
    pub(crate) now: OffsetDateTime,
}

impl Filling<'_> {
    /// The text without placeholders.
    pub(crate) fn text(&self, text: &str) -> String {
        let text = text.replace("{n}", &self.n.to_string());
        let filled = split(&text, |name| self.value(name));
        filled.into_iter().map(|(text, value)| text + value.as_deref().unwrap_or_default()).collect()
    }

    /// The same JSON with all its texts and names filled in.
    pub(crate) fn json(&self, json: &Value) -> Value {
        match json {
            Value::String(text) => self.text(text).into(),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(members) => {
                let filled: Map<_, _> =
                    members.iter().map(|(name, value)| (self.text(name), self.json(value))).collect();
                filled.into()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => json.clone(),
        }
    }

    /// What stands for a placeholder; `None` where it is none.
    fn value(&self, name: &str) -> Option<String> {
        if let Some((text, count)) = name.rsplit_once('*') {
            return Some(text.repeat(count.parse().ok()?));
        }
        if let Some(label) = name.strip_prefix("uuid ") {
            return Some(uuid(self.file, label));
        }
        match name {
            "file" => return Some(self.file.to_owned()),
            "address" => return Some(address(self.file)),
            _ => {}
        }
        let (name, offset) = name.split_at(name.find(['+', '-']).unwrap_or(name.len()));
        let time = self.now + self::offset(offset)?;
        let (date, clock) = (time.date(), time.time());
        let (year, week, _) = date.to_iso_week_date();
        match name {
            "now" => Some(format!("{date}T{:02}:{:02}:{:02}.000Z", clock.hour(), clock.minute(), clock.second())),
            "today" => Some(date.to_string()),
            "week" => Some(format!("{year:04}-W{week:02}")),
            _ => None,
        }
    }
}

/// The texts of a text, each with what is known in the braces behind it. Braces that hold nothing known stay: most of them
/// are JSON's.
pub(crate) fn split<T>(text: &str, known: impl Fn(&str) -> Option<T>) -> Vec<(String, Option<T>)> {
    let known = |(name, after)| Some((known(name).filter(|_| !name.contains('{'))?, after));
    let (mut pieces, mut before, mut rest) = (Vec::new(), String::new(), text);
    while let Some((text, after)) = rest.split_once('{') {
        before.push_str(text);
        if let Some((found, after)) = after.split_once('}').and_then(known) {
            pieces.push((std::mem::take(&mut before), Some(found)));
            rest = after;
        } else {
            before.push('{');
            rest = after;
        }
    }
    pieces.push((before + rest, None));
    pieces
}

/// `-91d`, `+25h`, or nothing.
fn offset(text: &str) -> Option<Duration> {
    let Some(unit) = text.chars().last() else { return Some(Duration::ZERO) };
    let number = text.strip_suffix(unit)?.parse().ok()?;
    match unit {
        'd' => Some(Duration::days(number)),
        'h' => Some(Duration::hours(number)),
        _ => None,
    }
}

/// An address of documentation (RFC 3849), another for each file, so that limits of one don't touch another.
fn address(file: &str) -> String {
    let hash = hash(&file);
    format!("2001:db8::{:x}:{:x}", hash >> 16 & 0xffff, hash & 0xffff)
}

/// The same for the same file and label, on every host and every day.
fn uuid(file: &str, label: &str) -> String {
    let hex = format!("{:016x}{:016x}", hash(&(0, file, label)), hash(&(1, file, label)));
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn placeholders_are_filled_in_and_other_braces_stay() {
    let filling = Filling { file: "some-file", n: 7, now: time::macros::datetime!(2026-01-01 12:30:05.678 UTC) };
    for (text, filled) in [
        ("{now}", "2026-01-01T12:30:05.000Z"),
        ("{now-1d}, {now+12h}", "2025-12-31T12:30:05.000Z, 2026-01-02T00:30:05.000Z"),
        ("{today} {today-1d} {week}", "2026-01-01 2025-12-31 2026-W01"),
        ("{file}-{n}", "some-file-7"),
        ("{x*3}{[*2}{é*2}{ab*2}", "xxx[[ééabab"),
        ("{\"a\":[{null,*2}5]}", "{\"a\":[null,null,5]}"),
        (r#"{"a":{"b":"{now}"},"c":{}}"#, r#"{"a":{"b":"2026-01-01T12:30:05.000Z"},"c":{}}"#),
        ("{number} {time} {", "{number} {time} {"),
    ] {
        assert_eq!(filling.text(text), filled, "{text}");
    }
    let uuid = filling.text("{uuid a{n}}");
    assert_eq!((uuid.len(), uuid.as_str()), (36, filling.text("{uuid a7}").as_str()));
    assert_ne!(uuid, filling.text("{uuid a8}"));
}
