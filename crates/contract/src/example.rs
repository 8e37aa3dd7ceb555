//! Examples: for every field a value that passes its check, the same one every time.

use crate::contract::{Contract, EventType, TextUnit};
use crate::field::{Field, FieldType, Keys, Presence, Role};
use crate::json::Json;
use crate::refusal::Rule;
use crate::shape::Node;
use crate::timestamp::Timestamp;
use crate::tree::Tree;

/// Random numbers that are none, so that they are told apart from real ones.
const UUIDS: [&str; 3] = [
    "3f0c8a52-6d1e-4b7a-9c44-0e5b7f2a9d10",
    "b7e6f1d0-2c93-4a58-8f07-91d4c3a6e522",
    "5a9d27c4-e018-4f6b-b3d2-7c60f8195ea3",
];

impl Contract {
    /// A complete example of an event, as JSON on lines: every field that is declared, and the member `type`.
    ///
    /// It passes [`Contract::check_typed`] at the time `at`. `None` where that takes what can't be made up, such as a
    /// text that matches a pattern we can't read.
    #[must_use]
    pub fn example(&self, event_type: &EventType, at: Timestamp) -> Option<String> {
        self.example_tree(event_type, at).map(|tree| tree.pretty())
    }

    /// The same on one line.
    #[must_use]
    pub fn example_line(&self, event_type: &EventType, at: Timestamp) -> Option<String> {
        self.example_tree(event_type, at).map(|tree| tree.compact())
    }

    fn example_tree(&self, event_type: &EventType, at: Timestamp) -> Option<Tree> {
        let mut event = Tree::object();
        event.put("type", &*event_type.name);
        members(event_type, 0, at, &mut event)?;
        let text = event.compact();
        self.check_typed(&Json::parse(text.as_bytes()).ok()?, at).ok()?;
        Some(event)
    }
}

/// Puts the examples of an object's members; `None` where a required one has none.
fn members(event_type: &EventType, object: usize, at: Timestamp, into: &mut Tree) -> Option<()> {
    for member in &event_type.shape.objects[object].members {
        match member.node {
            Node::Field(index) => {
                let field = &event_type.fields[index];
                match field.example_tree(index, at) {
                    Some(value) => into.put(&member.name, value),
                    None if field.presence == Presence::Required => return None,
                    None => {}
                }
            }
            Node::Object(inner) => {
                let mut value = Tree::object();
                members(event_type, inner, at, &mut value)?;
                into.put(&member.name, value);
            }
        }
    }
    Some(())
}

impl EventType {
    /// An example of the value of a field, as JSON on one line; `None` where it can't be made up.
    pub(crate) fn example_of(&self, field: &Field, at: Timestamp) -> Option<String> {
        let index = self.fields.iter().position(|known| known.path == field.path).unwrap_or(0);
        field.example_tree(index, at).map(|tree| tree.compact())
    }
}

impl Field {
    /// `index` is the field's place in its event, so that two random numbers differ.
    fn example_tree(&self, index: usize, at: Timestamp) -> Option<Tree> {
        let example = self.kind.example(self, index, at)?;
        // Whatever we made up: what does not pass is no example.
        let text = example.compact();
        let value = Json::parse(text.as_bytes()).ok()?;
        self.kind.check(&value, &mut Vec::new(), &mut |_| Err(Rule::Undeclared)).ok()?;
        Some(example)
    }

    /// What a text of this field might say.
    fn likely_text(&self) -> &'static str {
        let name = self.path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        let named = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match self.role {
            Some(Role::AppVersion) => "1.4.2",
            Some(Role::Platform) => "linux",
            Some(Role::Runtime) => "interactive",
            Some(Role::SessionId) => "7c1e09b4d2a8",
            Some(Role::Error) => "timeout",
            None if named(&["version"]) => "1.4.2",
            None if name == "os" || named(&["platform"]) => "linux",
            None if named(&["language"]) => "rust",
            None if name == "id" || name.ends_with("_id") || self.path.ends_with("Id") => "7c1e09b4d2a8",
            None => "example",
        }
    }
}

impl FieldType {
    fn example(&self, field: &Field, index: usize, at: Timestamp) -> Option<Tree> {
        Some(match self {
            Self::Text { min, max, pattern, unit, .. } => {
                let fits = |text: &str| is_within(text, *min, *max, *unit);
                let likely = stretched(field.likely_text(), *min, *max);
                match pattern {
                    Some(pattern) if !pattern.matches(&likely) => Tree::Text(pattern.example(fits)?),
                    _ => Tree::Text(likely),
                }
            }
            Self::Enum { values } => Tree::from(values.first()?.as_str()),
            Self::Bool => Tree::from(true),
            Self::Int { min, max } => Tree::from(3.clamp(min.unwrap_or(i64::MIN), max.unwrap_or(i64::MAX))),
            Self::Number { min: Some(min), max: Some(max) } => Tree::from(min / 2.0 + max / 2.0),
            Self::Number { min, max } => Tree::from(1.5_f64.clamp(min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX))),
            Self::Time => Tree::Text(at.to_string().replace(".000Z", "Z")),
            Self::Uuid { .. } => Tree::from(UUIDS[index % UUIDS.len()]),
            Self::Version => Tree::from("1.4.2"),
            Self::Hex { min, max } => {
                let length = 16.clamp(*min, *max) as usize;
                Tree::Text("9f86d081884c7d65".chars().cycle().take(length).collect())
            }
            Self::Counts { keys: Keys::Declared(names) } => {
                let counts = names.iter().take(2).zip([3_u32, 1]);
                counts.fold(Tree::object(), |tree, (name, count)| tree.with(name, count))
            }
            Self::Counts { keys: Keys::Bounded { max_key, .. } } => {
                let name: String = "example".chars().take(*max_key as usize).collect();
                Tree::object().with(&name, 3_u32)
            }
            Self::List { of, .. } => Tree::from(vec![of.example(field, index, at)?]),
            Self::Json { max, .. } if *max < 16 => Tree::object(),
            Self::Json { .. } => Tree::object().with("example", true),
        })
    }
}

/// A text of ASCII, made longer or shorter until it is within bounds.
fn stretched(text: &str, min: u32, max: u32) -> String {
    let length = text.len().clamp(min as usize, max as usize);
    text.chars().cycle().take(length).collect()
}

fn is_within(text: &str, min: u32, max: u32, unit: TextUnit) -> bool {
    unit.longer_than(text, max).is_none() && (min == 0 || unit.longer_than(text, min - 1).is_some())
}
