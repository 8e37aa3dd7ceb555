//! The page for the people a tool collects from: what is collected and why, how long it stays, what is published of it,
//! what never is kept, and how to see and erase what is one's own.
//!
//! [`Contract::page`] says it once, as data. `blocks.rs` lays that out for readers, and `html.rs` and `markdown.rs` write
//! what is laid out; `json.rs` writes the data itself.

mod blocks;
mod events;
mod html;
mod json;
mod markdown;
mod policy;
mod rights;

pub use self::rights::api_address;
use crate::contract::Contract;
use crate::history::History;
use crate::timestamp::Timestamp;

/// Everything the page says.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The app's id.
    app: String,
    title: String,
    about: Words,
    /// The contract's hash.
    hash: String,
    intro: Words,
    /// Short answers to what people ask first.
    glance: Vec<(&'static str, Words)>,
    /// What is sent with every event.
    common: Option<Fields>,
    events: Vec<Event>,
    /// What is kept of events that nobody declared.
    others: Option<Words>,
    never: Vec<Words>,
    /// How long events are kept, as `90d`.
    retention: String,
    kept: Words,
    /// Paragraphs; none where nothing is published.
    published: Vec<Words>,
    rights: Rights,
    history: Option<History>,
    check: Words,
    /// Where the paths of the app begin, such as `https://telemetry.example.com/api/v1/mytool`; `None` where that is not
    /// known.
    base: Option<String>,
    /// What else there is below that: words and paths.
    links: Vec<(&'static str, &'static str)>,
}

/// An event that is declared.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    about: Words,
    fields: Fields,
    /// A complete one, as JSON.
    example: Option<String>,
}

/// Fields, and what the ids among them are for.
#[derive(Debug, Clone, PartialEq)]
struct Fields {
    rows: Vec<Row>,
    ids: Words,
}

/// A field.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    path: String,
    holds: Words,
    /// As JSON.
    example: Option<String>,
    why: Words,
    sent: Words,
}

/// What whoever holds the id of an install may do.
#[derive(Debug, Clone, PartialEq)]
struct Rights {
    words: Words,
    /// None where installs have no ids.
    commands: Vec<Command>,
}

/// What can be run in a shell.
#[derive(Debug, Clone, PartialEq)]
struct Command {
    /// Its name in JSON.
    name: &'static str,
    does: Words,
    line: String,
}

/// A run of text.
#[derive(Debug, Clone, PartialEq)]
enum Inline {
    Text(String),
    Code(String),
    Strong(String),
}

type Words = Vec<Inline>;

impl Contract {
    /// The page. `at` is the time in its examples; `server` is the address of the server that has it, such as
    /// `https://telemetry.example.com`, as far as that is known, and `history` the same.
    #[must_use]
    pub fn page(&self, at: Timestamp, server: Option<&str>, history: Option<History>) -> Page {
        Page {
            app: self.app.id.clone(),
            title: self.app.title.clone(),
            about: inline(&self.app.about),
            hash: self.hash(),
            intro: self.intro(),
            glance: self.glance(),
            common: self.common_fields(at),
            events: self.event_parts(at),
            others: self.of_other_events(),
            never: self.never_kept(),
            retention: self.policy.retention.to_string(),
            kept: self.of_keeping(),
            published: self.public.iter().flat_map(|public| self.of_publishing(public)).collect(),
            rights: self.rights(server),
            history,
            check: self.how_to_check(),
            base: server.map(|server| format!("{server}/api/v1/{}", self.app.id)),
            links: self.links(),
        }
    }

    fn links(&self) -> Vec<(&'static str, &'static str)> {
        let mut links = vec![
            ("This page as Markdown", "what-we-collect?format=markdown"),
            ("This page as JSON", "what-we-collect?format=json"),
            ("The contract as JSON", "contract"),
            ("All contracts that were in force, as JSON", "contracts"),
        ];
        links.extend(self.public.is_some().then_some(("What is published", "public-stats")));
        links
    }
}

impl Page {
    /// As one HTML file, which loads nothing.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::print(&self.heading(), &self.blocks())
    }

    /// As Markdown, with tables as GitHub reads them.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::print(&self.blocks())
    }

    fn heading(&self) -> String {
        format!("What {} collects", self.title)
    }
}

/// A text as it stands in a contract: what is between backticks is code.
fn inline(text: &str) -> Words {
    let parts: Vec<&str> = text.split('`').collect();
    // Without its partner, a backtick is a backtick.
    if parts.len().is_multiple_of(2) {
        return vec![Inline::Text(text.to_owned())];
    }
    let part = |(index, part): (usize, &&str)| match index % 2 {
        0 => Inline::Text((*part).to_owned()),
        _ => Inline::Code((*part).to_owned()),
    };
    let parts = parts.iter().enumerate().map(part);
    parts.filter(|part| !matches!(part, Inline::Text(text) | Inline::Code(text) if text.is_empty())).collect()
}

/// Words in which every other text is code, from the second on.
fn alternating<const N: usize>(texts: [&str; N]) -> Words {
    let part = |(index, text): (usize, &str)| match index % 2 {
        0 => Inline::Text(text.to_owned()),
        _ => Inline::Code(text.to_owned()),
    };
    texts.into_iter().enumerate().map(part).collect()
}
