//! The page as Markdown, with tables as GitHub reads them.

use std::fmt::Write as _;

use super::blocks::{Block, COLUMNS};
use super::{Inline, Row, Words};

pub(super) fn print(blocks: &[Block<'_>]) -> String {
    let mut out = String::new();
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&self::block(block));
    }
    out
}

fn block(block: &Block<'_>) -> String {
    match block {
        Block::Heading(level, text, _) => format!("{} {}\n", "#".repeat((*level).into()), inlines(text, false)),
        Block::Paragraph(text) => format!("{}\n", start_of_line(&inlines(text, false))),
        Block::List(items) => list(items),
        Block::Entry(head, changes) => format!("{}\n\n{}", start_of_line(&inlines(head, false)), list(changes)),
        Block::Glance(answers) => {
            let answer = |(what, answer): &(&str, Words)| format!("- **{what}:** {}\n", inlines(answer, false));
            answers.iter().map(answer).collect()
        }
        Block::Fields(rows) => table(rows),
        Block::Example(title, json) => format!("{}:\n\n{}", escape(title), fenced("json", json)),
        Block::Command(_, line) => fenced("sh", line),
        Block::Links(base, links) => {
            let link = |(words, path): &(&str, &str)| format!("- [{words}](<{base}/{path}>)\n");
            links.iter().map(link).collect()
        }
    }
}

fn list(items: &[Words]) -> String {
    let item = |item: &Words| format!("- {}\n", start_of_line(&inlines(item, false)));
    items.iter().map(item).collect()
}

fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n")
}

fn table(rows: &[Row]) -> String {
    let mut out = format!("| {} |\n|{}\n", COLUMNS.join(" | "), " --- |".repeat(COLUMNS.len()));
    for row in rows {
        // Writing to a String has no error to give.
        let cells = row.cells().map(|cell| inlines(&cell, true));
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out
}

fn inlines(inlines: &[Inline], in_table: bool) -> String {
    let print = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Strong(text) => format!("**{}**", escape(text)),
        Inline::Code(text) => code(text, in_table),
    };
    inlines.iter().map(print).collect()
}

/// What Markdown would read as more than text stands behind a backslash.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let mut begins_an_entity = || chars.peek().is_some_and(|next| next.is_ascii_alphanumeric() || *next == '#');
        match char {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '$' => out.extend(['\\', char]),
            '&' if begins_an_entity() => out.push_str("\\&"),
            control if control.is_control() => out.push(' '),
            char => out.push(char),
        }
    }
    out
}

/// What would begin a heading, a list or a rule at the start of a line.
fn start_of_line(text: &str) -> String {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        return format!("{}\\{}", &text[..digits], &text[digits..]);
    }
    if text.starts_with(['#', '-', '+', '=', ':']) { format!("\\{text}") } else { text.to_owned() }
}

/// Code as it is; only a table's own bars must be escaped in it.
fn code(text: &str, in_table: bool) -> String {
    let text: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let fence = "`".repeat(longest_run(&text) + 1);
    let edge = if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() { " " } else { "" };
    let text = if in_table { text.replace('|', "\\|") } else { text };
    format!("{fence}{edge}{text}{edge}{fence}")
}

/// How many backticks follow each other at most.
fn longest_run(text: &str) -> usize {
    text.split(|char| char != '`').map(str::len).max().unwrap_or(0)
}
