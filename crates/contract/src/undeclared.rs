//! The names of what nobody declared: for operators, who learn by them what their clients send in vain, and for nothing
//! else. A name is content, as a client can put anything there, so those that look like more than a name are left out.

/// Names of one event that are kept at the most; that of the next is not.
pub(crate) const MAX_NAMES: usize = 100;
/// Characters of a name at the most, as of fields in a contract.
const MAX_LENGTH: usize = 64;

/// Something that a client sent and nobody declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UndeclaredName {
    /// What it names.
    pub kind: UndeclaredKind,
    /// The name; that of a field with the declared objects around it, such as `environment.cwd`. Empty where what was sent
    /// is not shaped like a name: a letter or `_`, then letters, digits and `_.-`, 64 at the most, all of ASCII.
    pub name: String,
}

/// What a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndeclaredKind {
    /// A field, or a key of counts.
    Field,
    /// A type of events.
    Event,
}

impl UndeclaredName {
    /// The name of a field in a declared object or in declared counts, which is given as a JSON pointer.
    pub(crate) fn field(pointer: &str, key: &str) -> Self {
        let path = pointer.trim_start_matches('/').replace('/', ".");
        let name = match (is_name(key), path.as_str()) {
            (false, _) => String::new(),
            (true, "") => key.to_owned(),
            (true, path) => format!("{path}.{key}"),
        };
        Self { kind: UndeclaredKind::Field, name }
    }

    /// The name of a type of events.
    pub(crate) fn event(name: &str) -> Self {
        let name = if is_name(name) { name.to_owned() } else { String::new() };
        Self { kind: UndeclaredKind::Event, name }
    }
}

impl UndeclaredKind {
    /// The name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Event => "event",
        }
    }
}

fn is_name(text: &str) -> bool {
    let may_be_in = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && text.len() <= MAX_LENGTH && text.bytes().all(may_be_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shaped_like_a_name_is_left_out() {
        for name in ["cwd", "_x", "a", "os.name", "App-Version_2", &"x".repeat(64)] {
            assert_eq!(UndeclaredName::event(name).name, name);
        }
        let long = "x".repeat(65);
        for other in ["", "1a", "-a", ".a", "me@example.com", "/home/joe", "two words", "é", "a\n", long.as_str()] {
            assert_eq!(UndeclaredName::event(other).name, "", "{other:?}");
            assert_eq!(UndeclaredName::field("/environment", other).name, "", "{other:?}");
        }
    }

    #[test]
    fn a_field_is_named_with_the_objects_around_it() {
        for (pointer, name) in [("", "cwd"), ("/environment", "environment.cwd"), ("/a/b", "a.b.cwd")] {
            assert_eq!(UndeclaredName::field(pointer, "cwd").name, name);
        }
    }
}
