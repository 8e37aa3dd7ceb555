//! The page for the people a tool collects from: what is collected and why, how long it stays, what is
//! published of it, and what never is kept.

mod html;
mod markdown;

use crate::contract::{Contract, EventType, Undeclared, UndeclaredEvents};
use crate::field::{Field, Presence};
use crate::public::Public;
use crate::timestamp::Timestamp;

impl Contract {
    /// The page as Markdown; `at` is the time in its examples.
    #[must_use]
    pub fn page_markdown(&self, at: Timestamp) -> String {
        markdown::print(&self.page(at))
    }

    /// The page as one HTML file, which loads nothing else and runs nothing; `at` is the time in its examples.
    #[must_use]
    pub fn page_html(&self, at: Timestamp) -> String {
        html::print(&format!("What {} collects", self.app.title), &self.page(at))
    }
}

/// A part of the page.
#[derive(Debug, PartialEq)]
enum Block {
    /// A heading, and the name of its place.
    Heading(u8, Vec<Inline>, Option<String>),
    Paragraph(Vec<Inline>),
    List(Vec<Vec<Inline>>),
    Fields(Vec<Row>),
    /// JSON, with what it shows.
    Example(String, String),
}

/// A run of text.
#[derive(Debug, Clone, PartialEq)]
enum Inline {
    Text(String),
    Code(String),
    Strong(String),
}

/// A field in a table.
#[derive(Debug, PartialEq)]
struct Row {
    field: Inline,
    holds: Vec<Inline>,
    example: Vec<Inline>,
    why: Vec<Inline>,
    sent: Vec<Inline>,
}

/// The headings of the columns of [`Row`].
const COLUMNS: [&str; 5] = ["Field", "What it holds", "For example", "Why", "Sent"];

impl Row {
    /// The cells in the order of [`COLUMNS`].
    fn cells(&self) -> [&[Inline]; 5] {
        [std::slice::from_ref(&self.field), &self.holds, &self.example, &self.why, &self.sent]
    }
}

/// A text as it stands in a contract: what is between backticks is code.
fn inline(text: &str) -> Vec<Inline> {
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

fn heading(level: u8, text: &str) -> Block {
    Block::Heading(level, vec![Inline::Text(text.to_owned())], None)
}

fn paragraph(text: &str) -> Block {
    Block::Paragraph(inline(text))
}

impl Contract {
    fn page(&self, at: Timestamp) -> Vec<Block> {
        let title = &self.app.title;
        let mut blocks = vec![
            heading(1, &format!("What {title} collects")),
            Block::Paragraph(
                vec![Inline::Strong(title.clone()), Inline::Text(": ".to_owned())]
                    .into_iter()
                    .chain(inline(&self.app.about))
                    .collect(),
            ),
            paragraph(&format!(
                "This page says everything that {title} may report to its makers, and why. It is made from the contract \
                 that their server holds every event against: {}",
                self.of_undeclared_fields()
            )),
            heading(2, "What is sent"),
        ];
        if let Some(envelope) = &self.envelope {
            blocks.push(heading(3, "With every event"));
            blocks.push(Block::Fields(rows(envelope, 0, at)));
            blocks.extend(of_meanings(envelope, 0));
        }
        let common = self.envelope.as_ref().map_or(0, |envelope| envelope.fields.len());
        for event in &self.events {
            blocks.extend(self.event_blocks(event, common, at));
        }
        if self.policy.undeclared_events == UndeclaredEvents::Envelope {
            blocks.push(heading(3, "Any other event"));
            blocks.push(paragraph("That it came is kept, with the fields that are sent with every event. What else it holds is dropped before anything is stored."));
        }
        blocks.extend(self.never_blocks());
        blocks.extend(self.keeping_blocks());
        blocks.extend(self.public.iter().flat_map(|public| self.public_blocks(public)));
        blocks.extend(self.contract_blocks());
        blocks
    }

    fn of_undeclared_fields(&self) -> String {
        let fate = match self.policy.undeclared {
            Undeclared::Reject => "an event that holds anything else is refused as a whole.",
            Undeclared::Discard => "anything else that an event holds is dropped before anything is stored.",
        };
        fate.to_owned()
    }

    fn event_blocks(&self, event: &EventType, common: usize, at: Timestamp) -> Vec<Block> {
        let name = vec![Inline::Code(event.name.to_string())];
        let mut blocks = vec![Block::Heading(3, name, Some(format!("event-{}", event.name))), paragraph(&event.about)];
        let rows = rows(event, common, at);
        if rows.is_empty() {
            blocks.push(paragraph("Nothing but what is sent with every event."));
        } else {
            blocks.push(Block::Fields(rows));
        }
        blocks.extend(of_meanings(event, common));
        if let Some(example) = self.example(event, at) {
            blocks.push(Block::Example(format!("A complete example of {}", event.name), example));
        }
        blocks
    }

    fn never_blocks(&self) -> Vec<Block> {
        let anything = match self.policy.undeclared {
            Undeclared::Reject => {
                "Anything that is not on this page. The server refuses an event that holds it, and keeps nothing of it."
            }
            Undeclared::Discard => "Anything that is not on this page. The server drops it before anything is stored.",
        };
        let address = match self.policy.limits.address {
            Some(limit) => format!(
                "Your network (IP) address. No more than {} are taken from one address; to count them, a keyed hash of \
                 it is kept. The key is random, new every day, and destroyed once the limit no longer reaches back \
                 into that day; the hash goes with it.",
                limit.in_words()
            ),
            None => "Your network (IP) address, nor anything made from it.".to_owned(),
        };
        let sender =
            "Anything the server could add by itself, such as where you are or what browser or program sent the event.";
        let items = [anything, &address, sender];
        vec![heading(2, "What is never kept"), Block::List(items.into_iter().map(inline).collect())]
    }

    fn keeping_blocks(&self) -> Vec<Block> {
        let retention = self.policy.retention.in_words();
        let words = format!(
            "Each event is kept, with the time at which it arrived, for {retention} from then on, and then deleted. What stays are counts, such as how many \
             installations were active on a day; they hold no id and nothing of a single event."
        );
        vec![heading(2, "How long it is kept"), paragraph(&words)]
    }

    fn public_blocks(&self, public: &Public) -> Vec<Block> {
        let mut words = vec![Inline::Text(
            "Anybody may know how many installations reported something in a week (Monday to Sunday, UTC)".to_owned(),
        )];
        let paths = public.by.iter().flat_map(|dimension| dimension.paths(&self.events));
        for (index, path) in paths.enumerate() {
            let before = if index == 0 { ", and how many of them with which value of " } else { ", " };
            words.extend([Inline::Text(before.to_owned()), Inline::Code(path.to_owned())]);
        }
        words.push(Inline::Text(".".to_owned()));
        let smallest = Public::SMALLEST_GROUP;
        let groups = format!(
            "A group of fewer than {smallest} installations is never shown: it is counted together with others. Every number is \
             rounded down to a multiple of {smallest}, so that the difference of two numbers tells of no smaller group either."
        );
        vec![heading(2, "What is published"), Block::Paragraph(words), paragraph(&groups)]
    }

    fn contract_blocks(&self) -> Vec<Block> {
        let code = |text: &str| Inline::Code(text.to_owned());
        let text = |text: &str| Inline::Text(text.to_owned());
        let mut words = vec![
            text("This page is made by askfirst from the contract "),
            code(&self.app.id),
            text(", version "),
            code(&self.hash()),
            text(
                ". The version changes with every word of the contract, and the server records which one was in force when an event arrived.",
            ),
        ];
        if self.app.wire != "native" {
            words.push(text(" Released clients send the same fields in a form of their own, the wire "));
            words.push(code(&self.app.wire));
            words.push(text("; the examples show the event inside."));
        }
        vec![heading(2, "How to check this"), Block::Paragraph(words)]
    }
}

/// The fields of an event behind the first `common` ones.
fn rows(event: &EventType, common: usize, at: Timestamp) -> Vec<Row> {
    event.fields.iter().skip(common).map(|field| row(event, field, at)).collect()
}

fn row(event: &EventType, field: &Field, at: Timestamp) -> Row {
    let mut sent = match &field.presence {
        Presence::Required => "always".to_owned(),
        Presence::Optional => "if known".to_owned(),
        Presence::Default(value) => format!("if known; else {} is kept", value.in_words()),
    };
    if field.lenient {
        sent.push_str("; a value of another form is dropped");
    }
    Row {
        field: Inline::Code(field.path.clone()),
        holds: inline(&field.kind.in_words()),
        example: event.example_of(field, at).map(Inline::Code).into_iter().collect(),
        why: inline(&field.why),
        sent: inline(&sent),
    }
}

/// What the ids behind the first `common` fields are for.
fn of_meanings(event: &EventType, common: usize) -> Option<Block> {
    let path =
        |index: Option<usize>| index.filter(|index| *index >= common).map(|index| event.fields[index].path.clone());
    let mut words = Vec::new();
    let mut tell = |path: Option<String>, what: &str| {
        if let Some(path) = path {
            let space = if words.is_empty() { "" } else { " " };
            words.push(Inline::Text(format!("{space}By ")));
            words.push(Inline::Code(path));
            words.push(Inline::Text(what.to_owned()));
        }
    };
    tell(path(event.install_id), ", events that come from one installation can be told to belong together.");
    tell(path(event.event_id), ", an event that is sent twice is counted once.");
    (!words.is_empty()).then_some(Block::Paragraph(words))
}
