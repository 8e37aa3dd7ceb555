//! JSON that is made here, its members in the order in which they were put.
//!
//! `serde_json::Map` keeps that order or not, as some other crate of the build likes; what we print must not change
//! with it.

use crate::json::write_text;

/// A JSON value to be printed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    /// A number, `true`, `false` or `null`, as it is printed.
    Plain(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Tree>),
    /// An object.
    Object(Vec<(String, Tree)>),
}

/// A list of values that is no longer than this, in bytes, stands on one line.
const ONE_LINE: usize = 80;

impl Tree {
    /// An object with nothing in it yet.
    pub(crate) fn object() -> Self {
        Self::Object(Vec::new())
    }

    /// A list of texts.
    pub(crate) fn texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        Self::List(texts.into_iter().map(Self::from).collect())
    }

    /// Puts a member behind those that are there; a value that is no object is left as it is.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<Self>) {
        if let Self::Object(members) = self {
            members.push((name.to_owned(), value.into()));
        }
    }

    /// The same with one more member.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Self>) -> Self {
        self.put(name, value);
        self
    }

    /// Without white space.
    pub(crate) fn compact(&self) -> String {
        self.print(Layout::Compact)
    }

    /// On lines, indented by two spaces each level.
    pub(crate) fn pretty(&self) -> String {
        self.print(Layout::Lines(0))
    }

    fn print(&self, layout: Layout) -> String {
        let mut out = Vec::new();
        self.write(&mut out, layout);
        String::from_utf8(out).unwrap_or_default()
    }

    fn write(&self, out: &mut Vec<u8>, layout: Layout) {
        match self {
            Self::Plain(text) => out.extend_from_slice(text.as_bytes()),
            Self::Text(text) => write_text(out, text),
            Self::List(items) => {
                let layout =
                    if matches!(layout, Layout::Lines(_)) && self.fits_a_line() { Layout::OneLine } else { layout };
                write_all(out, *b"[]", items, layout, Self::write);
            }
            Self::Object(members) => write_all(out, *b"{}", members, layout, |(name, value), out, inner| {
                write_text(out, name);
                out.extend_from_slice(if layout == Layout::Compact { b":" } else { b": " });
                value.write(out, inner);
            }),
        }
    }

    fn fits_a_line(&self) -> bool {
        let Self::List(items) = self else { return false };
        let is_plain = |item: &Self| matches!(item, Self::Plain(_) | Self::Text(_));
        items.iter().all(is_plain) && self.print(Layout::OneLine).len() <= ONE_LINE
    }
}

/// Where white space goes.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    /// Nowhere.
    Compact,
    /// Behind commas and colons.
    OneLine,
    /// Every item on a line of its own, so many levels deep.
    Lines(usize),
}

fn write_all<T>(
    out: &mut Vec<u8>,
    brackets: [u8; 2],
    items: &[T],
    layout: Layout,
    write: impl Fn(&T, &mut Vec<u8>, Layout),
) {
    let new_line = |out: &mut Vec<u8>, level: usize| {
        out.push(b'\n');
        out.resize(out.len() + 2 * level, b' ');
    };
    let inner = if let Layout::Lines(level) = layout { Layout::Lines(level + 1) } else { layout };
    out.push(brackets[0]);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        match inner {
            Layout::Lines(level) => new_line(out, level),
            Layout::OneLine if index > 0 => out.push(b' '),
            Layout::OneLine | Layout::Compact => {}
        }
        write(item, out, inner);
    }
    if let (Layout::Lines(level), false) = (layout, items.is_empty()) {
        new_line(out, level);
    }
    out.push(brackets[1]);
}

impl From<&str> for Tree {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Tree {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Tree {
    fn from(bool: bool) -> Self {
        Self::Plain(bool.to_string())
    }
}

impl From<i64> for Tree {
    fn from(int: i64) -> Self {
        Self::Plain(int.to_string())
    }
}

impl From<u32> for Tree {
    fn from(int: u32) -> Self {
        Self::Plain(int.to_string())
    }
}

impl From<f64> for Tree {
    /// The number must be finite.
    fn from(number: f64) -> Self {
        Self::Plain(serde_json::Value::from(number).to_string())
    }
}

impl From<Vec<Tree>> for Tree {
    fn from(items: Vec<Tree>) -> Self {
        Self::List(items)
    }
}
