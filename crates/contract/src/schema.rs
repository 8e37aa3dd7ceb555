//! JSON Schema (2020-12) of what a contract accepts, for editors, generators and tests of clients.
//!
//! It agrees with [`Contract::check_typed`] on every value, except for what a schema can't say; that is in the
//! `$comment`s, and there the schema is the one that lets more through.

use std::fmt::Write as _;

use crate::contract::{Contract, EventType, TextUnit, Undeclared, UndeclaredEvents};
use crate::field::{Cut, Field, FieldType, Keys, LONGEST_FORMATTED, Presence, Scalar};
use crate::pattern::Pattern;
use crate::shape::Node;
use crate::tree::Tree;

const UUID: &str = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";
const TIME: &str = "^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\
    (?:T(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]+)?)?(?:Z|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?)?)?$";
/// The expression that semver.org suggests, without its groups' names.
const VERSION: &str = "^(?:0|[1-9][0-9]*)\\.(?:0|[1-9][0-9]*)\\.(?:0|[1-9][0-9]*)\
    (?:-(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?\
    (?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$";

impl Contract {
    /// The JSON Schema of one event whose member `type` names its type, as text.
    #[must_use]
    pub fn json_schema(&self) -> String {
        let app = &self.app;
        let mut schema = Tree::object()
            .with("$schema", "https://json-schema.org/draft/2020-12/schema")
            .with("$id", format!("urn:askfirst:{}:{}", app.id, self.hash()))
            .with("title", format!("An event of {}", app.title))
            .with("description", &*app.about)
            .with("$comment", self.comment())
            .with("type", "object")
            .with("required", Tree::texts(["type"]));
        let mut types: Vec<Tree> = self.events.iter().map(|event| self.event_schema(event)).collect();
        if let (Some(envelope), UndeclaredEvents::Envelope) = (&self.envelope, self.policy.undeclared_events) {
            types.push(self.undeclared_schema(envelope));
        }
        if types.is_empty() {
            types.push(Tree::from(false));
        }
        schema.put("oneOf", types);
        let mut text = schema.pretty();
        text.push('\n');
        text
    }

    fn comment(&self) -> String {
        let mut comment = format!("Made from version {} of the contract of {}.", self.hash(), self.app.id);
        if self.app.wire != "native" {
            let _ = write!(
                comment,
                " Its clients speak the wire `{}`; this is the event inside, with its type.",
                self.app.wire
            );
        }
        comment.push_str(
            " What a schema can't say is in the comments of single fields; beyond that, numbers must be finite as \
             64-bit floating point, and whole numbers beyond 2^53 written without point and exponent.",
        );
        comment
    }

    fn event_schema(&self, event: &EventType) -> Tree {
        let name = Tree::object().with("const", &*event.name);
        let mut schema = Tree::object().with("title", &*event.name).with("description", &*event.about);
        put_all(&mut schema, self.object_schema(event, 0, Some(name)));
        schema
    }

    /// Of an event whose type nobody declared: the envelope is checked and kept, the rest is dropped.
    fn undeclared_schema(&self, envelope: &EventType) -> Tree {
        let declared = Tree::texts(self.events.iter().map(|event| &*event.name));
        let name = Tree::object()
            .with("type", "string")
            .with("pattern", "^[A-Za-z0-9_.:\\-]{1,64}$")
            .with("not", Tree::object().with("enum", declared));
        let mut schema = Tree::object()
            .with("title", "any other event")
            .with("description", "That it came is kept, with these fields and no others.");
        put_all(&mut schema, self.object_schema(envelope, 0, Some(name)));
        schema
    }

    /// An object of an event; `type_name` is what the member `type` must be, where it is the event itself.
    fn object_schema(&self, event: &EventType, object: usize, type_name: Option<Tree>) -> Tree {
        let mut required = Vec::new();
        let mut properties = Tree::object();
        // Events of undeclared types have no name.
        let may_hold_more = event.name.is_empty() || self.policy.undeclared == Undeclared::Discard;
        let mut schema = Tree::object();
        if let Some(type_name) = type_name {
            required.push("type");
            properties.put("type", type_name);
        }
        for member in &event.shape.objects[object].members {
            let (value, is_required) = match member.node {
                Node::Field(index) => {
                    let field = &event.fields[index];
                    (self.field_schema(field, event.occurred_at == Some(index)), field.presence == Presence::Required)
                }
                Node::Object(inner) => {
                    let is_required = event.needs_object(inner);
                    let types = if is_required { Tree::from("object") } else { Tree::texts(["object", "null"]) };
                    let mut value = Tree::object().with("type", types);
                    put_all(&mut value, self.object_schema(event, inner, None));
                    (value, is_required)
                }
            };
            if is_required {
                required.push(&member.name);
            }
            properties.put(&member.name, value);
        }
        schema.put("properties", properties);
        if !required.is_empty() {
            schema.put("required", Tree::texts(required));
        }
        schema.with("additionalProperties", may_hold_more)
    }

    fn field_schema(&self, field: &Field, is_occurred_at: bool) -> Tree {
        let mut comments = Vec::new();
        let mut schema = Tree::object().with("description", &*field.why);
        let value = self.value_schema(&field.kind, &mut comments);
        if field.lenient {
            comments.push(format!("Anything is accepted; what is not {} is taken for missing.", field.kind.in_words()));
        } else if field.presence == Presence::Required {
            put_all(&mut schema, value);
        } else {
            put_all(&mut schema, or_null(value));
        }
        if let Presence::Default(default) = &field.presence {
            schema.put("default", default_value(default));
        }
        if is_occurred_at {
            let clock = &self.policy.clock;
            let (future, past) = (clock.future.in_words(), clock.past.in_words());
            comments
                .push(format!("Not more than {future} ahead of the server's clock, nor more than {past} behind it."));
        }
        if !comments.is_empty() {
            schema.put("$comment", comments.join(" "));
        }
        schema
    }

    /// The schema of a value that is not `null`; what it can't say is added to the comments.
    fn value_schema(&self, kind: &FieldType, comments: &mut Vec<String>) -> Tree {
        let of_type = |name: &str| Tree::object().with("type", name);
        match kind {
            FieldType::Text { min, max, pattern, cut, unit } => {
                text_schema(*min, *max, pattern.as_ref(), *cut, *unit, comments)
            }
            FieldType::Enum { values } => Tree::object().with("enum", Tree::texts(values.iter().map(String::as_str))),
            FieldType::Bool => of_type("boolean"),
            FieldType::Int { min, max } => {
                let (min, max) = (min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX));
                of_type("integer").with("minimum", min).with("maximum", max)
            }
            FieldType::Number { min, max } => {
                let bounds = [("minimum", min), ("maximum", max)];
                let bounds = bounds.into_iter().filter_map(|(name, bound)| bound.map(|bound| (name, bound)));
                bounds.fold(of_type("number"), |schema, (name, bound)| schema.with(name, bound))
            }
            FieldType::Time => {
                comments.push("The day must be one of the calendar.".to_owned());
                formatted(TIME)
            }
            FieldType::Uuid { none: None } => of_type("string").with("pattern", UUID),
            FieldType::Uuid { none: Some(none) } => {
                let none = Tree::object().with("const", none.as_str());
                of_type("string").with("anyOf", vec![Tree::object().with("pattern", UUID), none])
            }
            FieldType::Version => {
                comments.push("Its three numbers must be below 2^64.".to_owned());
                formatted(VERSION)
            }
            FieldType::Hex { min, max } => {
                of_type("string").with("pattern", format!("^[0-9a-fA-F]{{{},{max}}}$", (*min).max(1)))
            }
            FieldType::Counts { keys } => self.counts_schema(keys),
            FieldType::List { of, max } => {
                let items = self.value_schema(of, comments);
                of_type("array").with("items", items).with("maxItems", *max)
            }
            FieldType::Json { .. } => {
                comments.push(format!("{}, white space not counted.", capitalised(&kind.in_words())));
                of_type("object")
            }
        }
    }

    fn counts_schema(&self, keys: &Keys) -> Tree {
        let count = || Tree::object().with("type", "integer").with("minimum", 0_i64).with("maximum", i64::MAX);
        let schema = Tree::object().with("type", "object");
        match keys {
            Keys::Declared(names) => {
                let properties = names.iter().fold(Tree::object(), |tree, name| tree.with(name, count()));
                let may_hold_more = self.policy.undeclared == Undeclared::Discard;
                schema.with("properties", properties).with("additionalProperties", may_hold_more)
            }
            Keys::Bounded { max_keys, max_key } => schema
                .with("propertyNames", Tree::object().with("maxLength", *max_key))
                .with("maxProperties", *max_keys)
                .with("additionalProperties", count()),
        }
    }
}

impl EventType {
    /// Whether an event without this object lacks a field that is required.
    fn needs_object(&self, object: usize) -> bool {
        self.shape.objects[object].members.iter().any(|member| match member.node {
            Node::Field(field) => self.fields[field].presence == Presence::Required,
            Node::Object(inner) => self.needs_object(inner),
        })
    }
}

fn text_schema(
    min: u32,
    max: u32,
    pattern: Option<&Pattern>,
    cut: Cut,
    unit: TextUnit,
    comments: &mut Vec<String>,
) -> Tree {
    let mut schema = Tree::object().with("type", "string");
    // Two units of UTF-16 may be one character, and JSON Schema counts characters.
    let fewest = if unit == TextUnit::Utf16 { min.div_ceil(2) } else { min };
    if fewest > 0 {
        schema.put("minLength", fewest);
    }
    if cut == Cut::No {
        schema.put("maxLength", max);
    }
    if unit == TextUnit::Utf16 && (min > 1 || cut == Cut::No) {
        comments.push("Lengths count units of UTF-16: a character beyond U+FFFF is two, and one here.".to_owned());
    }
    let Some(pattern) = pattern else { return schema };
    let Some(ecma) = pattern.ecma() else {
        comments.push(format!(
            "The whole text must match the regular expression `{}`, in Rust's syntax.",
            pattern.source()
        ));
        return schema;
    };
    if cut == Cut::No {
        return schema.with("pattern", ecma);
    }
    comments.push("What is left of a longer text when it is cut must match the pattern as well.".to_owned());
    // The fewest characters that are too long.
    let fewest = if unit == TextUnit::Utf16 { (max + 1).div_ceil(2) } else { max + 1 };
    let longer = Tree::object().with("minLength", fewest);
    schema.with("anyOf", vec![Tree::object().with("pattern", ecma), longer])
}

/// A text of a fixed form, all of it ASCII.
fn formatted(pattern: &str) -> Tree {
    let longest = u32::try_from(LONGEST_FORMATTED).unwrap_or(u32::MAX);
    Tree::object().with("type", "string").with("pattern", pattern).with("maxLength", longest)
}

/// The same, or `null`.
fn or_null(value: Tree) -> Tree {
    let Tree::Object(members) = value else { return value };
    let null = || Tree::Plain("null".to_owned());
    let members = members.into_iter().map(|(name, value)| match (name.as_str(), value) {
        ("type", Tree::Text(kind)) => (name, Tree::texts([kind.as_str(), "null"])),
        ("enum", Tree::List(mut values)) => {
            values.push(null());
            (name, Tree::List(values))
        }
        ("anyOf", Tree::List(mut any)) => {
            any.push(Tree::object().with("type", "null"));
            (name, Tree::List(any))
        }
        (_, value) => (name, value),
    });
    Tree::Object(members.collect())
}

fn put_all(into: &mut Tree, members: Tree) {
    if let Tree::Object(members) = members {
        for (name, value) in members {
            into.put(&name, value);
        }
    }
}

fn default_value(default: &Scalar) -> Tree {
    match default {
        Scalar::Bool(bool) => Tree::from(*bool),
        Scalar::Int(int) => Tree::from(*int),
        Scalar::Number(number) => Tree::from(*number),
        Scalar::Text(text) => Tree::from(text.as_str()),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
