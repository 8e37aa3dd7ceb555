//! Hints: what would be right at a place where an event breaks a rule. Never what was sent there.

use crate::contract::{Contract, EventType, UndeclaredEvents};
use crate::document::nearest;
use crate::field::{Field, FieldType, Keys};
use crate::refusal::{Rule, Violation};
use crate::words::{CHARACTERS, listed, number_of};

/// More event types than this are not listed in a hint.
const MAX_LISTED: usize = 8;

impl Contract {
    /// What would be right at the place of a violation, in plain words that go on from the place: `must be a whole
    /// number from 0 to 100`.
    ///
    /// `event_type` is the type the event names, as it was sent; `None` where it names none. The hint never holds a
    /// value that was sent.
    #[must_use]
    pub fn hint(&self, event_type: Option<&str>, violation: &Violation) -> String {
        if violation.pointer == "/type" {
            return self.type_hint(event_type, violation.rule);
        }
        if violation.pointer.is_empty() {
            return "must be an object".to_owned();
        }
        let declared = event_type.and_then(|name| self.event(name));
        let envelope = || {
            let stands_in = event_type.is_some() && self.policy.undeclared_events == UndeclaredEvents::Envelope;
            self.envelope.as_ref().filter(|_| stands_in)
        };
        let only = || self.events.first().filter(|_| event_type.is_none() && self.events.len() == 1);
        match declared.or_else(envelope).or_else(only) {
            Some(event_type) => event_type.hint(violation, self),
            None => general_hint(violation.rule).to_owned(),
        }
    }

    fn type_hint(&self, event_type: Option<&str>, rule: Rule) -> String {
        let names: Vec<&str> = self.events.iter().map(|event| &*event.name).collect();
        let one_of = if names.len() > MAX_LISTED {
            "the type of a declared event".to_owned()
        } else {
            format!("one of: {}", names.join(", "))
        };
        match rule {
            Rule::Missing => format!("is required, {one_of}"),
            Rule::Pattern => "must be 1 to 64 of A-Z, a-z, 0-9 and _.:-".to_owned(),
            Rule::UndeclaredType => match event_type.and_then(|sent| nearest(sent, names.iter().copied())) {
                Some(name) => format!("is not a declared event; did you mean \"{name}\"?"),
                None => format!("is not a declared event; it must be {one_of}"),
            },
            _ => format!("must be {one_of}"),
        }
    }
}

impl EventType {
    fn hint(&self, violation: &Violation, contract: &Contract) -> String {
        let (pointer, rule) = (violation.pointer.as_str(), violation.rule);
        if let Some(field) = self.fields.iter().find(|field| field.pointer == pointer) {
            return field.hint(rule, contract);
        }
        match rule {
            Rule::Undeclared => self.undeclared_hint(pointer),
            Rule::Missing => "is required, an object".to_owned(),
            Rule::Type => "must be an object".to_owned(),
            rule => general_hint(rule).to_owned(),
        }
    }

    /// Names what was probably meant: in the same object, or elsewhere.
    fn undeclared_hint(&self, pointer: &str) -> String {
        let (object, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
        let name = name.replace("~1", "/").replace("~0", "~");
        let members = self.shape.objects.iter().find(|known| known.pointer == object).map(|object| &object.members);
        let members = members.into_iter().flatten().map(|member| member.name.as_str());
        let elsewhere = || {
            let last = |path: &'_ str| path.rfind('.').map_or(0, |dot| dot + 1);
            let paths = || self.fields.iter().map(|field| field.path.as_str());
            let meant = nearest(&name, paths().map(|path| &path[last(path)..]))?;
            paths().find(|path| path[last(path)..] == *meant)
        };
        match nearest(&name, members).or_else(elsewhere) {
            Some(meant) => format!("is not declared; did you mean \"{meant}\"?"),
            None => "is not declared".to_owned(),
        }
    }
}

impl Field {
    fn hint(&self, rule: Rule, contract: &Contract) -> String {
        let clock = &contract.policy.clock;
        match (rule, &self.kind) {
            (Rule::Missing, kind) => format!("is required, {}", kind.in_words()),
            (Rule::Future, _) => format!("must not be more than {} ahead of now", clock.future.in_words()),
            (Rule::Past, _) => format!("must not be more than {} ago", clock.past.in_words()),
            (Rule::TooManyItems, FieldType::List { max, .. }) => {
                format!("must have at most {}", number_of(*max, ["item", "items"]))
            }
            (Rule::Item, FieldType::List { of, .. }) => {
                format!("must hold nothing but items that are each {}", of.in_words())
            }
            (Rule::TooManyKeys, FieldType::Counts { keys: Keys::Bounded { max_keys, .. } }) => {
                format!("must have at most {}", number_of(*max_keys, ["name", "names"]))
            }
            (Rule::KeyTooLong, FieldType::Counts { keys: Keys::Bounded { max_key, .. } }) => {
                format!("must have names of at most {}", number_of(*max_key, CHARACTERS))
            }
            (Rule::Undeclared, FieldType::Counts { keys: Keys::Declared(names) }) => {
                format!("must count nothing but: {}", listed(names))
            }
            (Rule::Type | Rule::Whole | Rule::Range, kind @ FieldType::Counts { .. }) => {
                format!("must be an object with {}; counts are whole numbers from 0", kind.in_words())
            }
            (_, kind) => format!("must be {}", kind.in_words()),
        }
    }
}

/// What can be said without knowing the field.
fn general_hint(rule: Rule) -> &'static str {
    match rule {
        Rule::Missing => "is required",
        Rule::Type => "must be of another JSON type",
        Rule::Empty => "must not be empty",
        Rule::TooShort => "must be longer",
        Rule::TooLong => "must be shorter",
        Rule::Pattern => "must match the declared pattern",
        Rule::Enum => "must be one of the declared values",
        Rule::Format => "must be of the declared format",
        Rule::Whole => "must be a whole number",
        Rule::Range => "must be within the declared bounds",
        Rule::Future => "must not be so far ahead of now",
        Rule::Past => "must not be so long ago",
        Rule::TooManyKeys => "must have fewer names",
        Rule::KeyTooLong => "must have shorter names",
        Rule::TooManyItems => "must have fewer items",
        Rule::Item => "must hold nothing but valid items",
        Rule::Undeclared | Rule::UndeclaredType => "is not declared",
    }
}
