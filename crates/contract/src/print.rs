//! The canonical form of a contract: TOML with every default written out, and its hash.

use std::fmt::Write as _;

use toml::Value;

use crate::contract::{Contract, EventType, Limits};
use crate::digest::sha256_hex;
use crate::field::{Cut, Field, FieldType, Keys, Presence, Scalar};
use crate::units::Rate;

impl Contract {
    /// Prints the contract in its canonical form; parsing that gives the same contract again.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut out = String::new();
        // Writing to a String has no error to give.
        let _ = self.print(&mut out);
        out
    }

    /// The version of the contract: SHA-256 of its canonical form, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        sha256_hex(self.to_toml().as_bytes())
    }

    fn print(&self, out: &mut String) -> std::fmt::Result {
        let (app, policy) = (&self.app, &self.policy);
        writeln!(out, "[app]\nid = {}\ntitle = {}", text(&app.id), text(&app.title))?;
        writeln!(out, "about = {}\nwire = {}", text(&app.about), text(&app.wire))?;
        writeln!(out, "text_unit = \"{}\"", app.text_unit.name())?;
        writeln!(out, "\n[policy]\nundeclared = \"{}\"", policy.undeclared.name())?;
        writeln!(out, "undeclared_events = \"{}\"", policy.undeclared_events.name())?;
        writeln!(out, "retention = \"{}\"", policy.retention)?;
        writeln!(out, "limits = {}", limits(&policy.limits))?;
        writeln!(out, "max_body = \"{}\"\nmax_batch = {}", policy.max_body, policy.max_batch)?;
        writeln!(out, "clock = {{ future = \"{}\", past = \"{}\" }}", policy.clock.future, policy.clock.past)?;
        writeln!(out, "allowed_origins = {}", texts(&policy.allowed_origins))?;
        if let Some(public) = &self.public {
            let by: Vec<_> = public.by.iter().map(|dimension| dimension.name().to_owned()).collect();
            writeln!(out, "\n[public]\nby = {}", texts(&by))?;
        }
        if let Some(envelope) = &self.envelope {
            writeln!(out, "\n[envelope]")?;
            print_fields(out, envelope, "envelope", 0)?;
        }
        let common = self.envelope.as_ref().map_or(0, |envelope| envelope.fields.len());
        self.events.iter().try_for_each(|event| {
            writeln!(out, "\n[[event]]\ntype = {}\nabout = {}", text(&event.name), text(&event.about))?;
            print_fields(out, event, "event", common)
        })
    }
}

fn limits(limits: &Limits) -> String {
    let print = |rate: Option<Rate>| rate.map_or_else(|| "off".to_owned(), |rate| rate.to_string());
    format!("{{ install = \"{}\", address = \"{}\" }}", print(limits.install), print(limits.address))
}

/// Prints the fields behind the first `common` ones, and which of them have a meaning.
fn print_fields(out: &mut String, event: &EventType, table: &str, common: usize) -> std::fmt::Result {
    let named = [("event_id", event.event_id), ("install_id", event.install_id), ("occurred_at", event.occurred_at)];
    for (key, index) in named {
        if let Some(index) = index.filter(|index| *index >= common) {
            writeln!(out, "{key} = {}", text(&event.fields[index].path))?;
        }
    }
    writeln!(out, "\n[{table}.fields]")?;
    event.fields[common..].iter().try_for_each(|field| print_field(out, field))
}

fn print_field(out: &mut String, field: &Field) -> std::fmt::Result {
    // A quoted key in every case: a dotted path is one key, not a table in a table.
    let key = serde_json::Value::from(field.path.as_str());
    write!(out, "{key} = {{ {}", kind(&field.kind))?;
    match &field.presence {
        Presence::Required => {}
        Presence::Optional => write!(out, ", optional = true")?,
        Presence::Default(value) => write!(out, ", default = {}", scalar(value))?,
    }
    if field.lenient {
        write!(out, ", lenient = true")?;
    }
    if let Some(role) = field.role {
        write!(out, ", role = \"{}\"", role.name())?;
    }
    writeln!(out, ", why = {} }}", text(&field.why))
}

fn kind(kind: &FieldType) -> String {
    let mut out = format!("type = \"{}\"", kind.name());
    let mut put = |key: &str, value: String| {
        let _ = write!(out, ", {key} = {value}");
    };
    match kind {
        FieldType::Bool | FieldType::Time | FieldType::Version => {}
        FieldType::Uuid { none } => {
            if let Some(none) = none {
                put("none", text(none));
            }
        }
        FieldType::Json { max, .. } => put("max", max.to_string()),
        FieldType::Text { min, max, pattern, cut, .. } => {
            if *min > 0 {
                put("min", min.to_string());
            }
            put("max", max.to_string());
            if let Some(pattern) = pattern {
                put("pattern", text(pattern.source()));
            }
            match cut {
                Cut::No => {}
                Cut::Plain => put("cut", "true".to_owned()),
                Cut::Ellipsis => put("cut", "\"...\"".to_owned()),
            }
        }
        FieldType::Enum { values } => put("values", texts(values)),
        FieldType::Int { min, max } => put_bounds(&mut put, [*min, *max], |bound| bound.to_string()),
        FieldType::Number { min, max } => put_bounds(&mut put, [*min, *max], |bound| Value::Float(bound).to_string()),
        FieldType::Hex { min, max } => {
            put("min", min.to_string());
            put("max", max.to_string());
        }
        FieldType::Counts { keys: Keys::Declared(names) } => put("keys", texts(names)),
        FieldType::Counts { keys: Keys::Bounded { max_keys, max_key } } => {
            put("max_keys", max_keys.to_string());
            put("max_key", max_key.to_string());
        }
        FieldType::List { of, max } => {
            put("of", format!("{{ {} }}", self::kind(of)));
            put("max", max.to_string());
        }
    }
    out
}

/// Puts the bounds that are declared.
fn put_bounds<T>(put: &mut impl FnMut(&str, String), min_and_max: [Option<T>; 2], print: impl Fn(T) -> String) {
    for (key, bound) in ["min", "max"].into_iter().zip(min_and_max) {
        if let Some(bound) = bound {
            put(key, print(bound));
        }
    }
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar::Bool(bool) => bool.to_string(),
        Scalar::Int(int) => int.to_string(),
        Scalar::Number(number) => Value::Float(*number).to_string(),
        Scalar::Text(value) => text(value),
    }
}

fn text(value: &str) -> String {
    Value::from(value).to_string()
}

fn texts(values: &[String]) -> String {
    Value::from(values.to_vec()).to_string()
}

/// Bytes as lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
