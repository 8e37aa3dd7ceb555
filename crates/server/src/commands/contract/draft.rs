//! A contract to begin with, as commented TOML.

use std::fmt::Write as _;

use askfirst_contract::nearest;

/// What a new contract is made from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) about: String,
    /// The type of the first event.
    pub(crate) event: String,
    /// Its fields, beside those that every event has.
    pub(crate) fields: Vec<FieldDraft>,
}

/// A field as it is typed: `NAME=TYPE` or `NAME=TYPE=WHY`, with a `?` behind the name where it is optional.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FieldDraft {
    pub(crate) name: String,
    pub(crate) optional: bool,
    /// The type and its bounds, as TOML.
    pub(crate) kind: String,
    pub(crate) why: String,
}

/// Stands where somebody has to say why.
pub(crate) const WHY_NOT_YET: &str = "TODO: say why this is collected";
/// The types that can be typed in one word, perhaps with bounds.
const TYPES: [&str; 11] = ["text", "enum", "bool", "int", "number", "time", "uuid", "version", "hex", "counts", "list"];

impl FieldDraft {
    /// Reads `NAME=TYPE` or `NAME=TYPE=WHY`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once('=').ok_or("a field is NAME=TYPE or NAME=TYPE=WHY")?;
        let (kind, why) = rest.split_once('=').unwrap_or((rest, ""));
        Self::new(name, kind, why)
    }

    /// A field of a name, a type such as `enum:a,b`, and a reason, which may come later.
    pub(crate) fn new(name: &str, kind: &str, why: &str) -> Result<Self, String> {
        let name = name.trim();
        let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
        let why = Some(why.trim()).filter(|why| !why.is_empty()).unwrap_or(WHY_NOT_YET);
        Ok(Self { name: name.to_owned(), optional, kind: kind_of(kind.trim())?, why: why.to_owned() })
    }

    fn line(&self) -> String {
        let optional = if self.optional { ", optional = true" } else { "" };
        format!("{} = {{ {}{optional}, why = {} }}", text(&self.name), self.kind, text(&self.why))
    }
}

/// The TOML of a type as it is typed.
fn kind_of(typed: &str) -> Result<String, String> {
    let (name, bounds) = typed.split_once(':').map_or((typed, None), |(name, bounds)| (name, Some(bounds.trim())));
    let length = |default: u32| match bounds {
        None => Ok(default),
        Some(bounds) => {
            bounds.parse().map_err(|_| format!("`{typed}`: behind the colon stands a number, such as {name}:{default}"))
        }
    };
    match (name, bounds) {
        ("bool" | "time" | "uuid" | "version" | "int" | "number", None) => Ok(format!("type = \"{name}\"")),
        ("int" | "number", Some(bounds)) => range(name, bounds),
        ("text", _) => Ok(format!("type = \"text\", max = {}", length(64)?)),
        ("hex", _) => Ok(format!("type = \"hex\", max = {}", length(64)?)),
        ("list", _) => Ok(format!("type = \"list\", of = {{ type = \"text\", max = 64 }}, max = {}", length(20)?)),
        ("enum", Some(values)) => Ok(format!("type = \"enum\", values = [{}]", texts(values))),
        ("enum", None) => Err("an enum needs its values: enum:build,test".to_owned()),
        ("counts", Some(keys)) => Ok(format!("type = \"counts\", keys = [{}]", texts(keys))),
        ("counts", None) => Ok("type = \"counts\", max_keys = 50, max_key = 64".to_owned()),
        ("bool" | "time" | "uuid" | "version", Some(_)) => Err(format!("`{name}` has no bounds")),
        _ => Err(match nearest(name, TYPES) {
            Some(known) => format!("there is no type `{name}`; did you mean {known}?"),
            None => format!("there is no type `{name}`; there are: {}", TYPES.join(", ")),
        }),
    }
}

/// `0..100`, `0..` or `..100`
fn range(name: &str, bounds: &str) -> Result<String, String> {
    let wrong = || format!("`{name}:{bounds}`: bounds are such as {name}:0..100 or {name}:0..");
    let (min, max) = bounds.split_once("..").ok_or_else(wrong)?;
    let mut out = format!("type = \"{name}\"");
    for (key, bound) in [("min", min), ("max", max)].into_iter().filter(|(_, bound)| !bound.is_empty()) {
        let is_number =
            if name == "int" { bound.parse::<i64>().is_ok() } else { bound.parse().is_ok_and(f64::is_finite) };
        if !is_number {
            return Err(wrong());
        }
        let _ = write!(out, ", {key} = {bound}");
    }
    Ok(out)
}

/// Texts between commas, as TOML.
fn texts(list: &str) -> String {
    let texts: Vec<_> = list.split(',').map(str::trim).filter(|part| !part.is_empty()).map(text).collect();
    texts.join(", ")
}

/// A text as TOML, which reads JSON's escapes.
fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Draft {
    /// The contract as commented TOML.
    pub(crate) fn to_toml(&self) -> String {
        let fields: Vec<_> = self.fields.iter().map(FieldDraft::line).collect();
        let fields = if fields.is_empty() {
            let example =
                "# command = { type = \"enum\", values = [\"build\", \"test\"], why = \"which commands are used\" }";
            format!("{example}\n")
        } else {
            format!("{}\n", fields.join("\n"))
        };
        format!(
            "{head}\n[app]\nid = {id}\ntitle = {title}\nabout = {about}\nwire = \"native\"\n{COMMON}\n\
             [[event]]\ntype = {event}\nabout = {event_about}\n\n[event.fields]\n{fields}",
            head = HEAD.replace("{title}", &self.title.replace(char::is_control, " ")),
            id = text(&self.id),
            title = text(&self.title),
            about = text(&self.about),
            event = text(&self.event),
            event_about = text(&format!("TODO: say what `{}` tells.", self.event)),
        )
    }
}

const HEAD: &str = "\
# What {title} may report, and why. What is not declared here is refused, and never stored.
# After every change: askfirst contract check, and askfirst contract diff against the version people agreed to.
";

const COMMON: &str = r#"
[policy]
undeclared = "reject" # an event with a field nobody declared is refused; "discard" drops that field
retention = "90d" # how long an event is kept after it arrived
limits = { install = "100/h", address = "1000/h" } # most events of one installation, of one network address; or "off"
max_body = "64 KiB" # the longest body of a request
max_batch = 100 # the most events in a request
clock = { future = "1d", past = "90d" } # how far the time an event tells may lie from now

# What every event begins with.
[envelope]
event_id = "event_id" # what is sent twice is stored once
install_id = "install_id" # which events come from one installation
occurred_at = "occurred_at"

[envelope.fields] # in the order of checks
event_id = { type = "uuid", why = "a random number made for each event, so that one that is sent twice is counted once" }
install_id = { type = "uuid", why = "a random number made at opt-in, to count installations; it names no machine and no person" }
occurred_at = { type = "time", why = "when it happened" }
app_version = { type = "version", role = "app_version", why = "how fast releases are adopted, and which versions still need fixes" }
os = { type = "enum", values = ["linux", "macos", "windows", "other"], role = "platform", why = "which systems to support and test" }
runtime = { type = "enum", values = ["interactive", "ci", "container", "agent"], role = "runtime", why = "to count people apart from machines" }

# One [[event]] for each thing that is reported; its fields come behind those above.
"#;

#[cfg(test)]
mod tests {
    use askfirst_contract::Contract;

    use super::*;

    #[test]
    fn every_way_to_type_a_field_makes_a_valid_contract() {
        let fields = [
            "a=text",
            "b=text:200=why",
            "c?=enum:build, test",
            "d=bool",
            "e=int",
            "f=int:0..100",
            "g=int:-5..",
            "h=number:..1.5",
            "i=time",
            "j=uuid",
            "k=version",
            "l=hex:40",
            "m=counts",
            "n=counts:add,drop",
            "o=list:10=a = b \"c\"",
            "p.q=list",
        ];
        let draft = Draft {
            id: "tool".to_owned(),
            title: "Tool \"#1\"\n[x]".to_owned(),
            about: "A tool.".to_owned(),
            event: "run".to_owned(),
            fields: fields.map(|field| FieldDraft::parse(field).unwrap()).to_vec(),
        };
        let contract = Contract::parse("new.toml", &draft.to_toml()).unwrap();
        assert_eq!(contract.app.title, draft.title);
        let whys = |path: &str| {
            contract.events[0].fields.iter().find(|field| field.path == path).map(|field| field.why.as_str())
        };
        assert_eq!((whys("a"), whys("b"), whys("o")), (Some(WHY_NOT_YET), Some("why"), Some("a = b \"c\"")));
        let empty = Draft { fields: Vec::new(), ..draft };
        assert!(Contract::parse("new.toml", &empty.to_toml()).is_ok());
    }

    #[test]
    fn what_is_no_field_is_told_what_would_be_one() {
        for (field, told) in [
            ("a", "NAME=TYPE"),
            ("a=txt", "did you mean text?"),
            ("a=something", "there are: text, enum"),
            ("a=enum", "enum:build,test"),
            ("a=text:long", "text:64"),
            ("a=int:5", "int:0..100"),
            ("a=int:0.5..1", "int:0..100"),
            ("a=bool:1", "has no bounds"),
        ] {
            let error = FieldDraft::parse(field).unwrap_err();
            assert!(error.contains(told), "{field}: {error}");
        }
    }
}
