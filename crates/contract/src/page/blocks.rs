//! How the page is laid out for readers, whatever it is written as.

use super::{Fields, Inline, Page, Row, Words, alternating, inline};
use crate::diff::ChangeKind;
use crate::history::{Entry, History, Told, UNREADABLE};

/// A part of the page.
#[derive(Debug, PartialEq)]
pub(super) enum Block<'p> {
    /// A heading, and the name of its place.
    Heading(u8, Words, String),
    Paragraph(Words),
    List(Vec<Words>),
    /// A contract that was in force, and what changed with it.
    Entry(Words, Vec<Words>),
    /// Short answers.
    Glance(&'p [(&'static str, Words)]),
    Fields(&'p [Row]),
    /// JSON, with what it shows.
    Example(String, &'p str),
    /// What can be run in a shell, and what for.
    Command(&'static str, &'p str),
    /// What else there is: words, where it is, and its path behind that.
    Links(&'p str, &'p [(&'static str, &'static str)]),
}

/// The headings of the columns of [`Row`].
pub(super) const COLUMNS: [&str; 5] = ["Field", "What it holds", "For example", "Why", "Sent"];

impl Row {
    /// The cells in the order of [`COLUMNS`].
    pub(super) fn cells(&self) -> [Words; 5] {
        let example = self.example.iter().cloned().map(Inline::Code).collect();
        [vec![Inline::Code(self.path.clone())], self.holds.clone(), example, self.why.clone(), self.sent.clone()]
    }
}

fn heading<'p>(level: u8, text: &str, place: &str) -> Block<'p> {
    Block::Heading(level, vec![Inline::Text(text.to_owned())], place.to_owned())
}

impl Page {
    pub(super) fn blocks(&self) -> Vec<Block<'_>> {
        let about = [Inline::Strong(self.title.clone()), Inline::Text(": ".to_owned())];
        let mut blocks = vec![
            heading(1, &self.heading(), "top"),
            Block::Paragraph(about.into_iter().chain(self.about.clone()).collect()),
            Block::Glance(&self.glance),
            Block::Paragraph(self.intro.clone()),
        ];
        blocks.extend(self.sent_blocks());
        blocks.push(heading(2, "What is never kept", "never-kept"));
        blocks.push(Block::List(self.never.clone()));
        blocks.push(heading(2, "How long it is kept", "retention"));
        blocks.push(Block::Paragraph(self.kept.clone()));
        if !self.published.is_empty() {
            blocks.push(heading(2, "What is published", "published"));
            blocks.extend(self.published.iter().cloned().map(Block::Paragraph));
        }
        blocks.push(heading(2, "See and erase your data", "your-data"));
        blocks.push(Block::Paragraph(self.rights.words.clone()));
        for command in &self.rights.commands {
            blocks.push(Block::Paragraph(command.does.clone()));
            blocks.push(Block::Command(command.name, &command.line));
        }
        blocks.extend(self.history.iter().flat_map(history_blocks));
        blocks.push(heading(2, "How to check this", "check"));
        blocks.push(Block::Paragraph(self.check.clone()));
        blocks.extend(self.base.iter().map(|base| Block::Links(base, &self.links)));
        blocks
    }

    fn sent_blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = vec![heading(2, "What is sent", "sent")];
        if let Some(common) = &self.common {
            blocks.push(heading(3, "With every event", "every-event"));
            blocks.extend(fields_blocks(common));
        }
        for event in &self.events {
            let name = vec![Inline::Code(event.name.clone())];
            blocks.push(Block::Heading(3, name, format!("event-{}", event.name)));
            blocks.push(Block::Paragraph(event.about.clone()));
            if event.fields.rows.is_empty() {
                blocks.push(Block::Paragraph(inline("Nothing but what is sent with every event.")));
            }
            blocks.extend(fields_blocks(&event.fields));
            let title = format!("A complete example of {}", event.name);
            blocks.extend(event.example.iter().map(|example| Block::Example(title.clone(), example)));
        }
        if let Some(others) = &self.others {
            blocks.push(heading(3, "Any other event", "other-events"));
            blocks.push(Block::Paragraph(others.clone()));
        }
        blocks
    }
}

fn fields_blocks(fields: &Fields) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    if !fields.rows.is_empty() {
        blocks.push(Block::Fields(&fields.rows));
    }
    if !fields.ids.is_empty() {
        blocks.push(Block::Paragraph(fields.ids.clone()));
    }
    blocks
}

fn history_blocks(history: &History) -> Vec<Block<'_>> {
    let words = if history.is_cut {
        "The latest contracts that were in force, the newest first, and what changed with each."
    } else {
        "All contracts that were in force, the newest first, and what changed with each."
    };
    let mut blocks = vec![heading(2, "What changed, and when", "history"), Block::Paragraph(inline(words))];
    blocks.extend(history.entries.iter().map(|entry| Block::Entry(head(entry), told(entry))));
    blocks
}

fn head(entry: &Entry) -> Words {
    let since = entry.since.map_or_else(|| "Now".to_owned(), |since| since.day().to_string());
    let short = entry.hash.get(..12).unwrap_or(&entry.hash);
    let in_force = if entry.is_in_force { ", in force" } else { "" };
    let version = alternating([", version ", short, in_force]);
    [Inline::Strong(since)].into_iter().chain(version).collect()
}

fn told(entry: &Entry) -> Vec<Words> {
    let changes = match &entry.told {
        Told::First => return vec![inline("The first contract.")],
        Told::Unreadable => return vec![inline(UNREADABLE)],
        Told::Changes(changes) => changes,
    };
    let by_kind = ChangeKind::ALL.iter().flat_map(|kind| changes.iter().filter(move |change| change.kind == *kind));
    let words = by_kind.map(|change| {
        let kind = [Inline::Strong(format!("{}:", change.kind.in_words())), Inline::Text(" ".to_owned())];
        kind.into_iter().chain(inline(&change.in_words())).collect()
    });
    words.collect()
}
