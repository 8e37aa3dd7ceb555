//! The page as Markdown, with tables as GitHub reads them.

use std::fmt::Write as _;

use super::{Block, COLUMNS, Inline, Row};

pub(super) fn print(blocks: &[Block]) -> String {
    let mut out = String::new();
    for (index, block) in blocks.iter().enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&self::block(block));
    }
    out
}

fn block(block: &Block) -> String {
    match block {
        Block::Heading(level, text, _) => format!("{} {}\n", "#".repeat((*level).into()), inlines(text, false)),
        Block::Paragraph(text) => format!("{}\n", start_of_line(&inlines(text, false))),
        Block::List(items) => items
            .iter()
            .map(|item| format!("- {}\n", start_of_line(&inlines(item, false))))
            .collect::<Vec<_>>()
            .concat(),
        Block::Fields(rows) => table(rows),
        Block::Example(title, json) => {
            let fence = "`".repeat(longest_run(json).max(2) + 1);
            format!("{}:\n\n{fence}json\n{json}\n{fence}\n", escape(title))
        }
    }
}

fn table(rows: &[Row]) -> String {
    let mut out = format!("| {} |\n|{}\n", COLUMNS.join(" | "), " --- |".repeat(COLUMNS.len()));
    for row in rows {
        // Writing to a String has no error to give.
        let cells = row.cells().map(|cell| inlines(cell, true));
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
