//! The page as one HTML file.

use std::fmt::Write as _;

use super::{Block, COLUMNS, Inline, Row};
use crate::markup::escape_markup as escape;

const STYLE: &str = include_str!("page.css");

pub(super) fn print(title: &str, blocks: &[Block]) -> String {
    let mut body = String::new();
    for part in blocks {
        block(part, &mut body);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(title)
    )
}

fn block(block: &Block, out: &mut String) {
    // Writing to a String has no error to give.
    let _ = match block {
        Block::Heading(level, text, place) => {
            let place = place.as_deref().map_or_else(String::new, |place| format!(" id=\"{}\"", escape(place)));
            writeln!(out, "<h{level}{place}>{}</h{level}>", inlines(text))
        }
        Block::Paragraph(text) => writeln!(out, "<p>{}</p>", inlines(text)),
        Block::List(items) => {
            let items: Vec<_> = items.iter().map(|item| format!("<li>{}</li>\n", inlines(item))).collect();
            writeln!(out, "<ul>\n{}</ul>", items.concat())
        }
        Block::Fields(rows) => writeln!(out, "{}", table(rows)),
        Block::Example(title, json) => {
            writeln!(out, "<details>\n<summary>{}</summary>\n<pre>{}</pre>\n</details>", escape(title), escape(json))
        }
    };
}

/// A table that is a list of cards where the screen is narrow: there, each cell shows the heading of its column.
fn table(rows: &[Row]) -> String {
    let head = COLUMNS.map(|column| format!("<th scope=\"col\">{column}</th>")).concat();
    let mut out = format!("<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (index, (column, cell)) in COLUMNS.iter().zip(row.cells()).enumerate() {
            let cell = inlines(cell);
            let _ = match index {
                0 => write!(out, "<th scope=\"row\">{cell}</th>"),
                _ => write!(out, "<td data-column=\"{column}\">{cell}</td>"),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>");
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
