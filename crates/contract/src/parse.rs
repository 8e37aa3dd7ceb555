//! From TOML to a [`Contract`]: every key is known, every value sensible, or the file is refused as a whole.

use crate::contract::{AppInfo, Contract, EventType, Policy, Undeclared};
use crate::document::{Document, Entry, Problems, Table};
use crate::field::{Field, FieldType, Keys, Pattern, Presence, Role, Scalar};
use crate::json::Json;
use crate::shape::Shape;
use crate::units::{ByteSize, Rate, Span};

/// Texts, keys and lists may not be declared longer than this, so that one event stays a row and not a file.
const MAX_LENGTH: i64 = 100_000;
/// An event type with more fields than this is several event types.
const MAX_FIELDS: usize = 500;

impl Contract {
    /// Reads a contract. `file` is how messages name it.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, with lines.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problems> {
        let (mut document, mut root) = Document::parse(file, text)?;
        let app = match root.need(&mut document, "app") {
            Some(entry) => entry.table(&mut document, "app").and_then(|table| app(&mut document, table)),
            None => None,
        };
        let policy = match root.table(&mut document, "policy") {
            Some(table) => policy(&mut document, table),
            None => Policy::default(),
        };
        let events = match root.need(&mut document, "event") {
            Some(entry) => entry.tables(&mut document, "event").map(|tables| events(&mut document, tables)),
            None => None,
        };
        root.finish(&mut document);
        document.finish((|| Some(Self { app: app?, policy, events: events? }))())
    }
}

fn app(document: &mut Document<'_>, mut table: Table<'_>) -> Option<AppInfo> {
    let id = text(document, &mut table, "id", |id| {
        let valid = (1..=32).contains(&id.len()) && id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        valid.then_some(()).ok_or("1 to 32 of a-z, 0-9 and `-`")
    });
    let title = text(document, &mut table, "title", not_empty);
    let about = text(document, &mut table, "about", not_empty);
    let wire = match table.take("wire") {
        Some(entry) => entry.text(document).map(str::to_owned),
        None => Some("native".to_owned()),
    };
    table.finish(document);
    Some(AppInfo { id: id?, title: title?, about: about?, wire: wire? })
}

fn policy(document: &mut Document<'_>, mut table: Table<'_>) -> Policy {
    let mut policy = Policy::default();
    policy.read(document, &mut table);
    table.finish(document);
    policy
}

impl Policy {
    /// Takes the keys of a policy that a table has and leaves the others as they are: for contracts, and for an
    /// operator's configuration of one.
    pub fn read(&mut self, document: &mut Document<'_>, table: &mut Table<'_>) {
        if let Some(entry) = table.take("undeclared") {
            let choices = [("reject", Undeclared::Reject), ("discard", Undeclared::Discard)];
            set(&mut self.undeclared, choice(document, &entry, &choices));
        }
        if let Some(entry) = table.take("retention") {
            let span = parsed(document, &entry, "a length of time from 1d, such as \"90d\"", |text| {
                Span::parse(text).filter(|span| *span >= Span::DAY)
            });
            set(&mut self.retention, span);
        }
        if let Some(mut limits) = table.table(document, "limits") {
            for (key, limit) in [("install", &mut self.limits.install), ("address", &mut self.limits.address)] {
                if let Some(entry) = limits.take(key) {
                    set_rate(document, &entry, limit);
                }
            }
            limits.finish(document);
        }
        if let Some(entry) = table.take("max_body") {
            let size = parsed(document, &entry, "a size from 1 KiB to 64 MiB, such as \"64 KiB\"", |text| {
                ByteSize::parse(text).filter(|size| (1 << 10..=64 << 20).contains(&size.0))
            });
            set(&mut self.max_body, size);
        }
        if let Some(entry) = table.take("max_batch") {
            set(&mut self.max_batch, bounded(document, &entry, 1, 1_000));
        }
        if let Some(mut clock) = table.table(document, "clock") {
            for (key, span) in [("future", &mut self.clock.future), ("past", &mut self.clock.past)] {
                if let Some(entry) = clock.take(key) {
                    set(span, parsed(document, &entry, "a length of time such as \"1d\"", Span::parse));
                }
            }
            clock.finish(document);
        }
    }
}

/// Sets a rate, or none where it is `"off"`.
fn set_rate(document: &mut Document<'_>, entry: &Entry<'_>, place: &mut Option<Rate>) {
    let rate = parsed(document, entry, "a rate such as \"10/h\" (per min, h or d), or \"off\"", |text| match text {
        "off" => Some(None),
        text => Rate::parse(text).map(Some),
    });
    set(place, rate);
}

fn events(document: &mut Document<'_>, tables: Vec<Table<'_>>) -> Vec<EventType> {
    let mut events: Vec<EventType> = Vec::new();
    for table in tables {
        let start = table.start();
        if let Some(event) = event(document, table) {
            if events.iter().any(|known| known.name == event.name) {
                document.problem(start, format!("the event `{}` is declared twice", event.name));
            }
            events.push(event);
        }
    }
    events
}

fn event(document: &mut Document<'_>, mut table: Table<'_>) -> Option<EventType> {
    let start = table.start();
    let name = text(document, &mut table, "type", |name| {
        let allowed = |b| matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b':' | b'-');
        let valid = (1..=64).contains(&name.len()) && name.bytes().all(allowed);
        valid.then_some(()).ok_or("1 to 64 of A-Z, a-z, 0-9 and `_.:-`")
    });
    let about = text(document, &mut table, "about", not_empty);
    let ids = ["event_id", "install_id", "occurred_at"].map(|key| table.take(key));
    let fields = match table.need(document, "fields") {
        Some(entry) => entry.table(document, "event.fields").and_then(|fields| declared_fields(document, fields)),
        None => None,
    };
    table.finish(document);
    let fields = fields?;
    let shape = match Shape::new(fields.iter().map(|field| field.path.as_str())) {
        Ok(shape) => shape,
        Err(index) => {
            let path = &fields[index].path;
            document.problem(start, format!("the field `{path}` stands twice, or inside another field"));
            return None;
        }
    };
    let [event_id, install_id, occurred_at] = ids;
    let event_id = named_field(document, &fields, event_id, &["text", "uuid", "hex"]);
    let install_id = named_field(document, &fields, install_id, &["uuid", "text", "hex"]);
    let occurred_at = named_field(document, &fields, occurred_at, &["time"]);
    roles(document, start, &fields);
    Some(EventType { name: name?.into(), about: about?, fields, event_id, install_id, occurred_at, shape })
}

/// The index of the field that `event_id`, `install_id` or `occurred_at` names.
fn named_field(
    document: &mut Document<'_>,
    fields: &[Field],
    entry: Option<Entry<'_>>,
    kinds: &[&str],
) -> Option<usize> {
    let entry = entry?;
    let path = entry.text(document)?.to_owned();
    let key = &entry.key;
    let Some(index) = fields.iter().position(|field| field.path == path) else {
        document.problem(entry.start, format!("`{key}` names the field `{path}`, which is not declared"));
        return None;
    };
    let field = &fields[index];
    if !kinds.contains(&field.kind.name()) {
        document.problem(entry.start, format!("`{key}` must name a field of type {}", kinds.join(" or ")));
    }
    if field.presence != Presence::Required {
        document.problem(entry.start, format!("`{key}` names the field `{path}`, which may not be optional then"));
    }
    if matches!(field.kind, FieldType::Text { cut: true, .. }) {
        document.problem(
            entry.start,
            format!("`{key}` names the field `{path}`, which may not be cut: two ids could become one"),
        );
    }
    Some(index)
}

fn roles(document: &mut Document<'_>, start: usize, fields: &[Field]) {
    for role in Role::ALL {
        let mut with_role = fields.iter().filter(|field| field.role == Some(role));
        let Some(field) = with_role.next() else { continue };
        if with_role.next().is_some() {
            document.problem(start, format!("the role `{}` is given twice in one event", role.name()));
        }
        let textual = matches!(
            field.kind,
            FieldType::Text { .. }
                | FieldType::Enum { .. }
                | FieldType::Version
                | FieldType::Uuid
                | FieldType::Hex { .. }
        );
        if !textual {
            document.problem(start, format!("the role `{}` needs a field that is a text", role.name()));
        }
        let is_runtime = |values: &[String]| values.iter().all(|value| Role::RUNTIMES.contains(&value.as_str()));
        if role == Role::Runtime && !matches!(&field.kind, FieldType::Enum { values } if is_runtime(values)) {
            let runtimes = Role::RUNTIMES.join(", ");
            document.problem(start, format!("the role `runtime` needs an enum with values among {runtimes}"));
        }
    }
}

fn declared_fields(document: &mut Document<'_>, mut table: Table<'_>) -> Option<Vec<Field>> {
    let entries = table.take_rest();
    if entries.is_empty() || entries.len() > MAX_FIELDS {
        document.problem(table.start(), format!("an event needs 1 to {MAX_FIELDS} fields"));
        return None;
    }
    let fields: Vec<_> = entries.into_iter().map(|entry| declared_field(document, entry)).collect();
    fields.into_iter().collect()
}

fn declared_field(document: &mut Document<'_>, entry: Entry<'_>) -> Option<Field> {
    let (path, start) = (entry.key.clone(), entry.start);
    let valid = |part: &str| !part.is_empty() && !part.contains(['/', '~']) && !part.chars().any(char::is_control);
    if path.len() > 200 || !path.split('.').all(valid) {
        document.problem(start, format!("`{path}` is no path of a field: names joined by dots, without `/` and `~`"));
    }
    let mut table = entry.table(document, &format!("event.fields.{path}"))?;
    let kind = field_type(document, &mut table, true);
    let why = text(document, &mut table, "why", not_empty);
    let role =
        table.take("role").and_then(|entry| choice(document, &entry, &Role::ALL.map(|role| (role.name(), role))));
    let optional = table.take("optional").and_then(|entry| entry.bool(document)).unwrap_or(false);
    let default = table.take("default");
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
    let pointer = format!("/{}", path.replace('.', "/"));
    Some(Field { path, pointer, kind, presence, role, why: why? })
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
    if let Err(rule) = kind.check(&parsed, &mut Vec::new(), &mut || Ok(())) {
        document.problem(entry.start, format!("the default breaks the field's own rule ({})", rule.name()));
    }
    Some(value)
}

fn field_type(document: &mut Document<'_>, table: &mut Table<'_>, lists: bool) -> Option<FieldType> {
    const SCALARS: &str = "text, enum, bool, int, number, time, uuid, version or hex";
    let entry = table.need(document, "type")?;
    let name = entry.text(document)?.to_owned();
    match name.as_str() {
        "text" => text_type(document, table),
        "enum" => {
            let values = table.need(document, "values")?;
            let start = values.start;
            let values = values.texts(document)?;
            distinct(document, start, &values);
            Some(FieldType::Enum { values })
        }
        "bool" => Some(FieldType::Bool),
        "int" => {
            let [min, max] = ["min", "max"].map(|key| table.take(key).and_then(|entry| entry.int(document)));
            in_order(document, table, min.zip(max).is_none_or(|(min, max)| min <= max));
            Some(FieldType::Int { min, max })
        }
        "number" => {
            let [min, max] = ["min", "max"].map(|key| table.take(key).and_then(|entry| entry.number(document)));
            in_order(document, table, min.zip(max).is_none_or(|(min, max)| min <= max));
            Some(FieldType::Number { min, max })
        }
        "time" => Some(FieldType::Time),
        "uuid" => Some(FieldType::Uuid),
        "version" => Some(FieldType::Version),
        "hex" => {
            let max = length(document, table, "max")?;
            let min = optional_length(document, table, "min", 1)?;
            in_order(document, table, min <= max);
            Some(FieldType::Hex { min, max })
        }
        "counts" if lists => counts_type(document, table),
        "list" if lists => {
            let max = length(document, table, "max");
            let of = table.need(document, "of")?.table(document, &table.path("of"))?;
            let of = list_item(document, of)?;
            Some(FieldType::List { of: Box::new(of), max: max? })
        }
        _ => {
            let more = if lists { ", counts or list" } else { "" };
            document.problem(entry.start, format!("there is no type `{name}` here; there are {SCALARS}{more}"));
            None
        }
    }
}

fn list_item(document: &mut Document<'_>, mut table: Table<'_>) -> Option<FieldType> {
    let kind = field_type(document, &mut table, false);
    table.finish(document);
    kind
}

fn text_type(document: &mut Document<'_>, table: &mut Table<'_>) -> Option<FieldType> {
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
    let cut = table.take("cut").and_then(|entry| entry.bool(document)).unwrap_or(false);
    in_order(document, table, min? <= max?);
    Some(FieldType::Text { min: min?, max: max?, pattern, cut })
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

/// A text that must be there and pass a check.
fn text(
    document: &mut Document<'_>,
    table: &mut Table<'_>,
    key: &'static str,
    check: impl Fn(&str) -> Result<(), &'static str>,
) -> Option<String> {
    let start = table.start();
    let Some(entry) = table.take(key) else {
        document.problem(start, format!("{} needs `{key}`", table.title()));
        return None;
    };
    let text = entry.text(document)?.to_owned();
    if let Err(wanted) = check(&text) {
        document.problem(entry.start, format!("`{key}` must be {wanted}"));
    }
    Some(text)
}

fn not_empty(text: &str) -> Result<(), &'static str> {
    if text.trim().is_empty() { Err("a text with something in it") } else { Ok(()) }
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

fn bounded(document: &mut Document<'_>, entry: &Entry<'_>, min: i64, max: i64) -> Option<u32> {
    let int = entry.int(document)?;
    if !(min..=max).contains(&int) {
        document.problem(entry.start, format!("`{}` must be from {min} to {max}", entry.key));
    }
    u32::try_from(int).ok()
}

fn parsed<T>(
    document: &mut Document<'_>,
    entry: &Entry<'_>,
    wanted: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Option<T> {
    let text = entry.text(document)?.to_owned();
    let value = read(&text);
    if value.is_none() {
        document.problem(entry.start, format!("`{}` must be {wanted}, not {text:?}", entry.key));
    }
    value
}

fn choice<T: Copy>(document: &mut Document<'_>, entry: &Entry<'_>, choices: &[(&str, T)]) -> Option<T> {
    let names: Vec<_> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
    let wanted = names.join(" or ");
    parsed(document, entry, &wanted, |text| choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value))
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

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
