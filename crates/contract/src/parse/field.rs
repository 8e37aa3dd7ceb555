//! From TOML to fields: their types, bounds, defaults and roles.

use super::{Language, bounded, choice, not_empty, text};
use crate::document::{Document, Entry, Table};
use crate::field::{Cut, Field, FieldType, Keys, LONGEST_FORMATTED, Presence, Role, Scalar};
use crate::json::Json;
use crate::pattern::Pattern;

/// Texts, keys and lists may not be declared longer than this, so that one event stays a row and not a file.
const MAX_LENGTH: i64 = 100_000;

pub(crate) fn declared_fields(
    document: &mut Document<'_>,
    mut table: Table<'_>,
    language: &Language,
) -> Option<Vec<Field>> {
    let entries = table.take_rest();
    let fields: Vec<_> = entries.into_iter().map(|entry| declared_field(document, entry, language)).collect();
    fields.into_iter().collect()
}

fn declared_field(document: &mut Document<'_>, entry: Entry<'_>, language: &Language) -> Option<Field> {
    let (path, start) = (entry.key.clone(), entry.start);
    let valid = |part: &str| !part.is_empty() && !part.contains(['/', '~']) && !part.chars().any(char::is_control);
    if path.len() > 200 || !path.split('.').all(valid) {
        document.problem(start, format!("`{path}` is no path of a field: names joined by dots, without `/` and `~`"));
    }
    if path == "type" || path.starts_with("type.") {
        document.problem(start, "`type` names the type of the event and needs no declaration");
    }
    let mut table = entry.table(document, &format!("event.fields.{path}"))?;
    let kind = field_type(document, &mut table, language, true);
    let why = text(document, &mut table, "why", not_empty);
    let role =
        table.take("role").and_then(|entry| choice(document, &entry, &Role::ALL.map(|role| (role.name(), role))));
    let optional = table.take("optional").and_then(|entry| entry.bool(document)).unwrap_or(false);
    let default = table.take("default");
    let lenient = table.take("lenient").and_then(|entry| entry.bool(document)).unwrap_or(false);
    table.finish(document);
    let kind = kind?;
    let presence = match default {
        Some(_) if optional => {
            document.problem(start, format!("`{path}` is either `optional` or has a `default`"));
            Presence::Optional
        }
        Some(entry) => Presence::Default(default_value(document, &entry, &kind)?),
        None if optional => Presence::Optional,
        None => Presence::Required,
    };
    if lenient && presence == Presence::Required {
        document.problem(start, format!("`{path}` is `lenient`, so it must be `optional` or have a `default`"));
    }
    let pointer = format!("/{}", path.replace('.', "/"));
    Some(Field { path, pointer, kind, presence, lenient, role, why: why? })
}

/// The default of a field, which must pass the field's own check.
fn default_value(document: &mut Document<'_>, entry: &Entry<'_>, kind: &FieldType) -> Option<Scalar> {
    let value = match entry.kind() {
        "boolean" => Scalar::Bool(entry.bool(document)?),
        "integer" => Scalar::Int(entry.int(document)?),
        "float" => Scalar::Number(entry.number(document)?),
        _ => Scalar::Text(entry.text(document)?.to_owned()),
    };
    let mut json = Vec::new();
    value.write(&mut json);
    let parsed = Json::parse(&json).ok()?;
    if let Err(rule) = kind.check(&parsed, &mut Vec::new(), &mut |_| Ok(())) {
        document.problem(entry.start, format!("the default breaks the field's own rule ({})", rule.name()));
    }
    Some(value)
}

fn field_type(
    document: &mut Document<'_>,
    table: &mut Table<'_>,
    language: &Language,
    lists: bool,
) -> Option<FieldType> {
    const SCALARS: &str = "text, enum, bool, int, number, time, uuid, version or hex";
    let entry = table.need(document, "type")?;
    let name = entry.text(document)?.to_owned();
    match name.as_str() {
        "text" => text_type(document, table, language),
        "enum" => {
            let values = table.need(document, "values")?;
            let start = values.start;
            let values = values.texts(document)?;
            distinct(document, start, &values);
            Some(FieldType::Enum { values })
        }
        "bool" => Some(FieldType::Bool),
        "int" => {
            let [min, max] = bounds(document, table, Entry::int);
            Some(FieldType::Int { min, max })
        }
        "number" => {
            let [min, max] = bounds(document, table, Entry::number);
            Some(FieldType::Number { min, max })
        }
        "time" => Some(FieldType::Time),
        "uuid" => {
            let none = table.take("none").and_then(|entry| none_word(document, &entry));
            Some(FieldType::Uuid { none })
        }
        "version" => Some(FieldType::Version),
        "hex" => {
            let max = length(document, table, "max")?;
            let min = optional_length(document, table, "min", 1)?;
            in_order(document, table, min <= max);
            if max as usize > LONGEST_FORMATTED {
                document.problem(table.start(), format!("a hex number has at most {LONGEST_FORMATTED} digits"));
            }
            Some(FieldType::Hex { min, max })
        }
        "counts" if lists => counts_type(document, table),
        "list" if lists => {
            let max = length(document, table, "max");
            let of = table.need(document, "of")?.table(document, &table.path("of"))?;
            let of = list_item(document, of, language)?;
            Some(FieldType::List { of: Box::new(of), max: max? })
        }
        "json" if lists && language.any_json => {
            Some(FieldType::Json { max: length(document, table, "max")?, unit: language.unit })
        }
        _ => {
            let more = if lists { ", counts or list" } else { "" };
            document.problem(entry.start, format!("there is no type `{name}` here; there are {SCALARS}{more}"));
            None
        }
    }
}

/// The word for none, which must be one that the check can meet.
fn none_word(document: &mut Document<'_>, entry: &Entry<'_>) -> Option<String> {
    let word = entry.text(document)?.to_owned();
    if word.is_empty() || word.len() > LONGEST_FORMATTED {
        document
            .problem(entry.start, format!("`none` must be a word of at most {LONGEST_FORMATTED} bytes, and not empty"));
    }
    Some(word)
}

fn list_item(document: &mut Document<'_>, mut table: Table<'_>, language: &Language) -> Option<FieldType> {
    let kind = field_type(document, &mut table, language, false);
    table.finish(document);
    kind
}

/// The bounds of a number, as far as they are declared.
fn bounds<'s, T: Copy + PartialOrd>(
    document: &mut Document<'_>,
    table: &mut Table<'s>,
    read: impl Fn(&Entry<'s>, &mut Document<'_>) -> Option<T>,
) -> [Option<T>; 2] {
    let [min, max] = ["min", "max"].map(|key| table.take(key).and_then(|entry| read(&entry, document)));
    in_order(document, table, min.zip(max).is_none_or(|(min, max)| min <= max));
    [min, max]
}

fn text_type(document: &mut Document<'_>, table: &mut Table<'_>, language: &Language) -> Option<FieldType> {
    let max = length(document, table, "max");
    let min = optional_length(document, table, "min", 0);
    let pattern = match table.take("pattern") {
        Some(entry) => {
            let source = entry.text(document)?.to_owned();
            match Pattern::new(&source) {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    document.problem(entry.start, format!("the pattern is not valid: {}", error.replace('\n', " ")));
                    None
                }
            }
        }
        None => None,
    };
    let cut = match table.take("cut") {
        Some(entry) if entry.kind() == "string" => choice(document, &entry, &[("...", Cut::Ellipsis)]),
        Some(entry) => entry.bool(document).map(|cut| if cut { Cut::Plain } else { Cut::No }),
        None => Some(Cut::No),
    };
    in_order(document, table, min? <= max?);
    Some(FieldType::Text { min: min?, max: max?, pattern, cut: cut?, unit: language.unit })
}

fn counts_type(document: &mut Document<'_>, table: &mut Table<'_>) -> Option<FieldType> {
    let keys = if let Some(entry) = table.take("keys") {
        let names = entry.texts(document)?;
        distinct(document, entry.start, &names);
        Keys::Declared(names)
    } else {
        let max_keys = length(document, table, "max_keys");
        let max_key = length(document, table, "max_key");
        Keys::Bounded { max_keys: max_keys?, max_key: max_key? }
    };
    Some(FieldType::Counts { keys })
}

fn length(document: &mut Document<'_>, table: &mut Table<'_>, key: &'static str) -> Option<u32> {
    let start = table.start();
    let Some(entry) = table.take(key) else {
        document.problem(start, format!("{} needs `{key}`: everything that is kept has a bound", table.title()));
        return None;
    };
    bounded(document, &entry, 1, MAX_LENGTH)
}

fn optional_length(document: &mut Document<'_>, table: &mut Table<'_>, key: &'static str, absent: u32) -> Option<u32> {
    match table.take(key) {
        Some(entry) => bounded(document, &entry, 0, MAX_LENGTH),
        None => Some(absent),
    }
}

fn distinct(document: &mut Document<'_>, start: usize, names: &[String]) {
    let twice = names.iter().enumerate().any(|(index, name)| names[..index].contains(name));
    if names.is_empty() || twice {
        document.problem(start, "the list must have entries, and none twice");
    }
}

fn in_order(document: &mut Document<'_>, table: &Table<'_>, in_order: bool) {
    if !in_order {
        document.problem(table.start(), "`min` must not be above `max`");
    }
}
