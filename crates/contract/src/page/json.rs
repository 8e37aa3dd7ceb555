//! The page as data.

use serde_json::{Value, json};

use super::{Command, Event, Fields, Inline, Page, Row};
use crate::history::History;

impl Page {
    /// What the page says, as JSON. Texts are those of the page.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let glance = self.glance.iter().map(|(what, answer)| json!({ "what": what, "answer": plain(answer) }));
        json!({
            "app": { "id": self.app, "title": self.title, "about": plain(&self.about) },
            "contract": self.hash,
            "intro": plain(&self.intro),
            "at_a_glance": glance.collect::<Vec<_>>(),
            "with_every_event": self.common.as_ref().map_or_else(Vec::new, rows),
            "events": self.events.iter().map(event).collect::<Vec<_>>(),
            "any_other_event": self.others.as_deref().map(plain),
            "never_kept": texts(&self.never),
            "retention": self.retention,
            "kept": plain(&self.kept),
            "published": texts(&self.published),
            "rights": {
                "words": plain(&self.rights.words),
                "commands": self.rights.commands.iter().map(command).collect::<Vec<_>>(),
            },
            "history": self.history.as_ref().map(History::to_json),
            "how_to_check": plain(&self.check),
        })
    }
}

fn event(event: &Event) -> Value {
    json!({
        "type": event.name,
        "about": plain(&event.about),
        "fields": rows(&event.fields),
        "example": event.example.as_deref().map(parsed),
    })
}

fn rows(fields: &Fields) -> Vec<Value> {
    fields.rows.iter().map(row).collect()
}

fn row(row: &Row) -> Value {
    json!({
        "field": row.path,
        "holds": plain(&row.holds),
        "example": row.example.as_deref().map(parsed),
        "why": plain(&row.why),
        "sent": plain(&row.sent),
    })
}

fn command(command: &Command) -> Value {
    json!({ "name": command.name, "does": plain(&command.does), "command": command.line })
}

/// An example, which we wrote as JSON.
fn parsed(example: &str) -> Value {
    serde_json::from_str(example).unwrap_or_default()
}

fn texts(texts: &[Vec<Inline>]) -> Vec<String> {
    texts.iter().map(|words| plain(words)).collect()
}

fn plain(words: &[Inline]) -> String {
    let text = |inline: &Inline| match inline {
        Inline::Text(text) | Inline::Code(text) | Inline::Strong(text) => text.clone(),
    };
    words.iter().map(text).collect()
}
