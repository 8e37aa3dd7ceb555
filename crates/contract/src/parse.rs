//! From TOML to a [`Contract`]: every key is known, every value sensible, or the file is refused as a whole.

mod field;
mod public;

use std::sync::Arc;

use self::field::declared_fields;
use crate::contract::{AppInfo, Contract, EventType, Policy, TextUnit, Undeclared, UndeclaredEvents};
use crate::dimension::dimensions;
use crate::document::{Document, Entry, Problems, Table};
use crate::field::{Cut, Field, FieldType, Presence, Role};
use crate::shape::Shape;
use crate::units::{ByteSize, Rate, Span};

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
        let mut language = Language::of(app.as_ref());
        if let Some(mut table) = root.table(&mut document, "envelope") {
            language.envelope = declared(&mut document, &mut table, "envelope", &language);
            table.finish(&mut document);
        } else if policy.undeclared_events == UndeclaredEvents::Envelope {
            document.problem(root.start(), "`undeclared_events = \"envelope\"` needs an [envelope]");
        }
        let events = match root.need(&mut document, "event") {
            Some(entry) => {
                entry.tables(&mut document, "event").and_then(|tables| events(&mut document, tables, &language))
            }
            None => None,
        };
        let public = root.table(&mut document, "public");
        let public = public.map(|table| public::public(&mut document, table, &policy, events.as_deref()));
        root.finish(&mut document);
        let envelope = language.envelope;
        document.finish((|| Some(Self { app: app?, policy, public, envelope, events: events? }))())
    }

    /// Takes the keys of a policy that an operator's table has, and leaves the others as they are.
    pub fn override_policy(&mut self, document: &mut Document<'_>, table: &mut Table<'_>) {
        self.policy.read(document, table);
        if self.public.is_some() {
            public::keeps_whole_weeks(document, table.start(), &self.policy);
        }
    }
}

/// What an event's fields are read with.
struct Language {
    unit: TextUnit,
    /// Whether fields may hold anything: only for clients that were there before the contract.
    any_json: bool,
    envelope: Option<EventType>,
}

impl Language {
    fn of(app: Option<&AppInfo>) -> Self {
        Self {
            unit: app.map_or(TextUnit::Character, |app| app.text_unit),
            any_json: app.is_some_and(|app| app.wire != "native"),
            envelope: None,
        }
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
    let units = [("character", TextUnit::Character), ("utf-16", TextUnit::Utf16)];
    let text_unit = match table.take("text_unit") {
        Some(entry) => choice(document, &entry, &units),
        None => Some(TextUnit::Character),
    };
    table.finish(document);
    Some(AppInfo { id: id?, title: title?, about: about?, wire: wire?, text_unit: text_unit? })
}

fn policy(document: &mut Document<'_>, mut table: Table<'_>) -> Policy {
    let mut policy = Policy::default();
    policy.read(document, &mut table);
    table.finish(document);
    policy
}

impl Policy {
    /// Takes the keys of a policy that a table has and leaves the others as they are.
    pub(crate) fn read(&mut self, document: &mut Document<'_>, table: &mut Table<'_>) {
        if let Some(entry) = table.take("undeclared") {
            let choices = [("reject", Undeclared::Reject), ("discard", Undeclared::Discard)];
            set(&mut self.undeclared, choice(document, &entry, &choices));
        }
        if let Some(entry) = table.take("undeclared_events") {
            let choices = [("reject", UndeclaredEvents::Reject), ("envelope", UndeclaredEvents::Envelope)];
            set(&mut self.undeclared_events, choice(document, &entry, &choices));
        }
        if let Some(entry) = table.take("allowed_origins") {
            set(&mut self.allowed_origins, origins(document, &entry));
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

/// Origins as browsers send them, or `*`.
fn origins(document: &mut Document<'_>, entry: &Entry<'_>) -> Option<Vec<String>> {
    let origins = entry.texts(document)?;
    let is_origin = |origin: &str| {
        let host = ["https://", "http://"].iter().find_map(|scheme| origin.strip_prefix(scheme));
        origin == "*" || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', ' ', '?', '#', '*']))
    };
    for origin in origins.iter().filter(|origin| !is_origin(origin)) {
        let message = format!("{origin:?} is no origin such as \"https://example.com\" (without a path), or \"*\"");
        document.problem(entry.start, message);
    }
    Some(origins)
}

/// Sets a rate, or none where it is `"off"`.
fn set_rate(document: &mut Document<'_>, entry: &Entry<'_>, place: &mut Option<Rate>) {
    let rate = parsed(document, entry, "a rate such as \"10/h\" (per min, h or d), or \"off\"", |text| match text {
        "off" => Some(None),
        text => Rate::parse(text).map(Some),
    });
    set(place, rate);
}

/// The events, if all of them can be read.
fn events(document: &mut Document<'_>, tables: Vec<Table<'_>>, language: &Language) -> Option<Vec<EventType>> {
    let declared = tables.len();
    let mut events: Vec<EventType> = Vec::with_capacity(declared);
    for table in tables {
        let start = table.start();
        if let Some(event) = event(document, table, language) {
            if events.iter().any(|known| known.name == event.name) {
                document.problem(start, format!("the event `{}` is declared twice", event.name));
            }
            events.push(event);
        }
    }
    (events.len() == declared).then_some(events)
}

fn event(document: &mut Document<'_>, mut table: Table<'_>, language: &Language) -> Option<EventType> {
    let name = text(document, &mut table, "type", |name| {
        EventType::is_name(name).then_some(()).ok_or("1 to 64 of A-Z, a-z, 0-9 and `_.:-`")
    });
    let about = text(document, &mut table, "about", not_empty);
    let declared = declared(document, &mut table, "event", language);
    table.finish(document);
    Some(EventType { name: name?.into(), about: about?, ..declared? })
}

/// The fields of an event behind those of the envelope, and which of them have a meaning.
fn declared(document: &mut Document<'_>, table: &mut Table<'_>, title: &str, language: &Language) -> Option<EventType> {
    let start = table.start();
    let ids = ["event_id", "install_id", "occurred_at"].map(|key| table.take(key));
    let title = format!("{title}.fields");
    let own = match (table.take("fields"), &language.envelope) {
        (Some(entry), _) => entry.table(document, &title).map(|fields| declared_fields(document, fields, language)),
        (None, Some(_)) => Some(Some(Vec::new())),
        (None, None) => {
            document.problem(start, format!("{} needs `fields`", table.title()));
            None
        }
    };
    let mut fields = language.envelope.as_ref().map_or(Vec::new(), |envelope| envelope.fields.clone());
    fields.extend(own??);
    if fields.len() > MAX_FIELDS {
        document.problem(start, format!("an event has at most {MAX_FIELDS} fields"));
    }
    let shape = match Shape::new(fields.iter().map(|field| field.path.as_str())) {
        Ok(shape) => shape,
        Err(index) => {
            let path = &fields[index].path;
            document.problem(start, format!("the field `{path}` stands twice, or inside another field"));
            return None;
        }
    };
    let [event_id, install_id, occurred_at] = ids;
    let envelope = |of: fn(&EventType) -> Option<usize>| language.envelope.as_ref().and_then(of);
    let event_id = named_field(document, &fields, event_id, &["text", "uuid", "hex"]).or(envelope(|e| e.event_id));
    let install_id = named_field(document, &fields, install_id, &["uuid", "text", "hex"]);
    let install_id = install_id.or(envelope(|envelope| envelope.install_id));
    let occurred_at = named_field(document, &fields, occurred_at, &["time"]).or(envelope(|e| e.occurred_at));
    roles(document, start, &fields);
    let dimensions = dimensions(&fields);
    let (name, about) = (Arc::from(""), String::new());
    Some(EventType { name, about, fields, event_id, install_id, occurred_at, shape, dimensions })
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
    if field.presence != Presence::Required || field.lenient {
        document.problem(entry.start, format!("`{key}` names the field `{path}`, which may not be optional then"));
    }
    if matches!(field.kind, FieldType::Text { cut: Cut::Plain | Cut::Ellipsis, .. }) {
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
                | FieldType::Uuid { .. }
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

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}
