//! HTML documents for the public: one file each, which loads nothing. Their style and script stand in them, and their policy
//! lets no other be applied or run.

use std::sync::LazyLock;

use crate::digest::csp_hash;
use crate::markup::escape_markup as escape;

const STYLE: &str = include_str!("html/style.css");
/// Adds buttons that copy. A document is complete without it.
const SCRIPT: &str = include_str!("html/copy.js");

/// The Content-Security-Policy of every [`html_document`]: it names style and script by their SHA-256.
#[must_use]
pub fn html_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let [style, script] = [STYLE, SCRIPT].map(csp_hash);
        format!("default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'")
    });
    &POLICY
}

/// A document with this title, and this HTML as its body. The policy stands in it, too, for who keeps it as a file.
#[must_use]
pub fn html_document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}<script>{SCRIPT}</script>\n</body>\n</html>\n",
        html_policy(),
        escape(title)
    )
}

/// A text that can be copied as a whole; `what` it is follows the word "Copy" for screen readers.
#[must_use]
pub fn html_copyable(text: &str, what: &str) -> String {
    format!("<div class=\"copy\" data-what=\"{}\"><pre>{}</pre></div>\n", escape(what), escape(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_document_is_what_the_policy_names() {
        for text in [STYLE, SCRIPT] {
            // A browser reads other ends of lines as this one, and an end tag as the end.
            assert!(!text.contains('\r') && !text.contains("</"));
        }
        let document = html_document("<T>", "");
        assert!(document.contains(&format!("<style>{STYLE}</style>")));
        assert!(document.contains(&format!("<script>{SCRIPT}</script>")));
        assert!(document.contains("<title>&lt;T&gt;</title>") && document.contains(html_policy()));
    }
}
