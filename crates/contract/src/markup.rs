//! Text in HTML and SVG.

/// A text as HTML and SVG show it, between tags and in quoted attributes; what XML has no place for is a space.
#[must_use]
pub fn escape_markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push(' '),
            control if control.is_control() && control != '\n' => out.push(' '),
            char => out.push(char),
        }
    }
    out
}
