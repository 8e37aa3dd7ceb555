//! Patterns of texts: matched here, written for other readers of regular expressions, and turned into examples.

mod parse;

use std::fmt::Write as _;

use self::parse::Node;

/// A regular expression that the whole text must match.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    regex: regex_lite::Regex,
}

/// No example is longer, in bytes: as long as a text may be declared.
const LONGEST_EXAMPLE: usize = 100_000;
/// Where the characters of examples are taken from, as long as a pattern allows them.
const NICE: &str =
    "abcdefghijklmnopqrstuvwxyz1234567890ABCDEFGHIJKLMNOPQRSTUVWXYZ-_. /:+@#,;!?=&%$*()[]{}<>|~^`'\"\\\n\té";

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    ///
    /// What is wrong with it, for people.
    pub fn new(source: &str) -> Result<Self, String> {
        let regex = regex_lite::Regex::new(&format!(r"\A(?:{source})\z")).map_err(|error| error.to_string())?;
        Ok(Self { source: source.to_owned(), regex })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The same in the dialect of ECMA-262, which JSON Schema reads; `None` for what has no equal there.
    pub(crate) fn ecma(&self) -> Option<String> {
        let mut out = "^(?:".to_owned();
        write_alternatives(&parse::alternatives(&self.source)?, &mut out);
        out.push_str(")$");
        Some(out)
    }

    /// A text that matches and that `fits`, if one is found.
    pub(crate) fn example(&self, fits: impl Fn(&str) -> bool) -> Option<String> {
        let alternatives = parse::alternatives(&self.source)?;
        // How often more than it must what may be repeated is: as rarely as possible, as often as needed.
        let attempts = [0, 3, 8, 16, 40, 100, 1_000].into_iter().map(|more| {
            let mut sample = Sample { text: String::new(), more, taken: 0 };
            sample.alternatives(&alternatives);
            sample.text
        });
        let mut matching = attempts.filter(|text| self.matches(text) && fits(text));
        let first = matching.next()?;
        // The empty text shows nothing.
        if first.is_empty() { matching.next().or(Some(first)) } else { Some(first) }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

fn write_alternatives(alternatives: &[Vec<Node>], out: &mut String) {
    for (index, sequence) in alternatives.iter().enumerate() {
        if index > 0 {
            out.push('|');
        }
        for node in sequence {
            write_node(node, out);
        }
    }
}

fn write_node(node: &Node, out: &mut String) {
    match node {
        Node::Class { negated: false, ranges } if matches!(ranges[..], [(first, last)] if first == last) => {
            write_char(ranges[0].0, out);
        }
        Node::Class { negated, ranges } => {
            out.push_str(if *negated { "[^" } else { "[" });
            for (first, last) in ranges {
                write_char(*first, out);
                if first != last {
                    out.push('-');
                    write_char(*last, out);
                }
            }
            out.push(']');
        }
        Node::Start => out.push('^'),
        Node::End => out.push('$'),
        Node::Group(alternatives) => {
            out.push_str("(?:");
            write_alternatives(alternatives, out);
            out.push(')');
        }
        Node::Repeat { node, min, max, lazy } => {
            let nested = matches!(**node, Node::Repeat { .. } | Node::Start | Node::End);
            if nested {
                out.push_str("(?:");
            }
            write_node(node, out);
            if nested {
                out.push(')');
            }
            // Writing to a String has no error to give.
            let _ = match (min, max) {
                (0, None) => write!(out, "*"),
                (1, None) => write!(out, "+"),
                (0, Some(1)) => write!(out, "?"),
                (min, None) => write!(out, "{{{min},}}"),
                (min, Some(max)) if min == max => write!(out, "{{{min}}}"),
                (min, Some(max)) => write!(out, "{{{min},{max}}}"),
            };
            if *lazy {
                out.push('?');
            }
        }
    }
}

/// A character that stands for itself, inside and outside of brackets.
fn write_char(char: char, out: &mut String) {
    let _ = match char {
        '-' => {
            // Outside of brackets `\-` is an error where the dialect is read strictly.
            write!(out, "\\x2d")
        }
        '^' | '$' | '\\' | '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '/' => {
            write!(out, "\\{char}")
        }
        control if control.is_control() => write!(out, "\\u{:04x}", u32::from(control)),
        char => write!(out, "{char}"),
    };
}

/// A text that is being made up.
struct Sample {
    text: String,
    /// How often more than it must something is repeated.
    more: u32,
    /// How many characters were taken, so that they differ.
    taken: usize,
}

impl Sample {
    fn alternatives(&mut self, alternatives: &[Vec<Node>]) {
        if let Some(first) = alternatives.first() {
            for node in first {
                self.node(node);
            }
        }
    }

    fn node(&mut self, node: &Node) {
        if self.text.len() > LONGEST_EXAMPLE {
            return;
        }
        match node {
            Node::Start | Node::End => {}
            Node::Group(alternatives) => self.alternatives(alternatives),
            Node::Class { negated, ranges } => {
                let char = self.pick(*negated, ranges);
                self.text.extend(char);
            }
            Node::Repeat { node, min, max, .. } => {
                let times = max.unwrap_or(u32::MAX).min(min.saturating_add(self.more));
                for _ in 0..times {
                    self.node(node);
                    if self.text.len() > LONGEST_EXAMPLE {
                        return;
                    }
                }
            }
        }
    }

    /// The next character of a class, the plainest ones in turn.
    fn pick(&mut self, negated: bool, ranges: &[(char, char)]) -> Option<char> {
        let within = |char: &char| ranges.iter().any(|(first, last)| (first..=last).contains(&char)) != negated;
        let nice: Vec<char> = NICE.chars().filter(within).collect();
        let plain: Vec<char> = nice.iter().copied().take_while(char::is_ascii_lowercase).collect();
        let plain =
            if plain.is_empty() { nice.iter().copied().take_while(char::is_ascii_digit).collect() } else { plain };
        let choice = if plain.is_empty() { nice } else { plain };
        let char = choice.get(self.taken % choice.len().max(1)).copied();
        self.taken += usize::from(choice.len() > 1);
        char.or_else(|| ranges.first().filter(|_| !negated).map(|(first, _)| *first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ecma(source: &str) -> Option<String> {
        Pattern::new(source).unwrap().ecma()
    }

    #[test]
    fn a_pattern_is_written_for_readers_of_ecma_262() {
        for (source, written) in [
            (r"[A-Za-z0-9_-]{8,64}", r"^(?:[A-Za-z0-9_\x2d]{8,64})$"),
            (r"v?[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?", r"^(?:v?[0-9]+\.[0-9]+(?:\x2d[0-9A-Za-z\.\x2d]+)?)$"),
            (r"a|b\d*?", r"^(?:a|b[0-9]*?)$"),
            (r"[^\s]{2,}.", r"^(?:[^\u0009-\u000d ]{2,}[^\u000a])$"),
            (r"(?P<name>x)(?:y){3}", r"^(?:(?:x)(?:y){3})$"),
            (r"[]a]}", r"^(?:[\]a]\})$"),
            (r"\w\W\x41\u00e9\n", r"^(?:[A-Z_a-z0-9][^A-Z_a-z0-9]Aé\u000a)$"),
        ] {
            assert_eq!(ecma(source).as_deref(), Some(written), "{source}");
        }
    }

    #[test]
    fn what_ecma_262_has_no_equal_for_is_left_out() {
        for source in ["(?i)a", "[[:alpha:]]", "[a-z&&b]", r"\bword", r"[\D]", r"\A", "[a[b]]"] {
            if let Ok(pattern) = Pattern::new(source) {
                assert_eq!(pattern.ecma(), None, "{source}");
            }
        }
    }

    #[test]
    fn an_example_is_made_of_the_plainest_characters() {
        for (source, example) in [
            (r"[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?", "1.2.3"),
            (r"[A-Za-z0-9_-]{8,64}", "abcdefgh"),
            (r"[a-z]*", "abc"),
            (r"", ""),
            (r"(foo|bar)+", "foo"),
            (r"[^a-z]", "1"),
            (r"[α-ω]{2}", "αα"),
        ] {
            assert_eq!(Pattern::new(source).unwrap().example(|_| true).as_deref(), Some(example), "{source}");
        }
        assert_eq!(Pattern::new("[a-z]+").unwrap().example(|text| text.len() > 5).as_deref(), Some("abcdefghi"));
        assert_eq!(Pattern::new("a{3}").unwrap().example(|text| text.len() > 5), None);
        assert_eq!(Pattern::new("((a{900}){9}){9}").unwrap().example(|_| true).map(|text| text.len()), Some(72_900));
    }
}
