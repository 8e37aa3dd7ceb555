//! The page as one HTML file.

use std::fmt::Write as _;

use super::blocks::{Block, COLUMNS};
use super::{Inline, Row, Words};
use crate::html::{html_copyable, html_document};
use crate::markup::escape_markup as escape;

pub(super) fn print(title: &str, blocks: &[Block<'_>]) -> String {
    let is_lead = |block: &&Block| !matches!(block, Block::Heading(2.., ..));
    let lead = blocks.iter().take_while(is_lead).count();
    let [lead, rest] = [&blocks[..lead], &blocks[lead..]].map(|blocks| blocks.iter().map(block).collect::<String>());
    let body = format!(
        "<div class=\"page with-contents\">\n<header>\n{lead}</header>\n{}<main>\n{rest}</main>\n</div>\n",
        contents(blocks)
    );
    html_document(title, &body)
}

/// The headings as a list of links.
fn contents(blocks: &[Block<'_>]) -> String {
    let mut out = "<nav aria-label=\"Contents\">\n<ul>\n".to_owned();
    for block in blocks {
        if let Block::Heading(level @ 2.., text, place) = block {
            // Writing to a String has no error to give.
            let _ =
                writeln!(out, "<li class=\"level-{level}\"><a href=\"#{}\">{}</a></li>", escape(place), inlines(text));
        }
    }
    out.push_str("</ul>\n</nav>\n");
    out
}

fn block(block: &Block<'_>) -> String {
    match block {
        Block::Heading(level, text, place) => {
            format!("<h{level} id=\"{}\">{}</h{level}>\n", escape(place), inlines(text))
        }
        Block::Paragraph(text) => format!("<p>{}</p>\n", inlines(text)),
        Block::List(items) => list(items),
        Block::Entry(head, changes) => {
            format!("<div class=\"entry\">\n<p>{}</p>\n{}</div>\n", inlines(head), list(changes))
        }
        Block::Glance(answers) => {
            let answer = |(what, answer): &(&str, Words)| {
                format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(what), inlines(answer))
            };
            format!("<dl class=\"glance\">\n{}</dl>\n", answers.iter().map(answer).collect::<String>())
        }
        Block::Fields(rows) => table(rows),
        Block::Example(title, json) => {
            let json = html_copyable(json, &title.to_lowercase());
            format!("<details>\n<summary>{}</summary>\n{json}</details>\n", escape(title))
        }
        Block::Command(name, line) => html_copyable(line, &format!("the command to {name}")),
        Block::Links(_, links) => {
            // Relative: whatever stands before the server knows where the page is.
            let link = |(words, path): &(&str, &str)| format!("<li><a href=\"{path}\">{words}</a></li>\n");
            format!("<ul class=\"links\">\n{}</ul>\n", links.iter().map(link).collect::<String>())
        }
    }
}

fn list(items: &[Words]) -> String {
    let item = |item: &Words| format!("<li>{}</li>\n", inlines(item));
    format!("<ul>\n{}</ul>\n", items.iter().map(item).collect::<String>())
}

/// A table that is a list of cards where the screen is narrow: there, each cell shows the heading of its column.
fn table(rows: &[Row]) -> String {
    let head = COLUMNS.map(|column| format!("<th scope=\"col\">{column}</th>")).concat();
    let mut out = format!("<table class=\"fields\">\n<thead><tr>{head}</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (index, (column, cell)) in COLUMNS.iter().zip(row.cells()).enumerate() {
            let cell = inlines(&cell);
            let _ = match index {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td data-column=\"{column}\">{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    out
}

fn inlines(inlines: &[Inline]) -> String {
    let print = |inline: &Inline| match inline {
        Inline::Text(text) => escape(text),
        Inline::Strong(text) => format!("<strong>{}</strong>", escape(text)),
        Inline::Code(text) => format!("<code>{}</code>", escape(text)),
    };
    inlines.iter().map(print).collect()
}
