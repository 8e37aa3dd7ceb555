//! HTML documents for the public: one file each, which loads nothing. Their style and script stand in them, and their policy
//! lets no other be applied or run.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

use crate::markup::escape_markup as escape;

const STYLE: &str = include_str!("html/style.css");
/// Adds buttons that copy. A document is complete without it.
const SCRIPT: &str = include_str!("html/copy.js");

/// The Content-Security-Policy of every [`html_document`], for the header: it names style and script by their SHA-256.
#[must_use]
pub fn html_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let [style, script] = [STYLE, SCRIPT].map(|text| base64(&Sha256::digest(text)));
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
        )
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

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, index| bits << 8 | usize::from(group.get(index).copied().unwrap_or(0)));
        let letters = [18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63]));
        out.extend(&letters[..=group.len()]);
        out.extend(std::iter::repeat_n('=', 3 - group.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_rfc() {
        for (text, encoded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("~~~?", "fn5+Pw==")]
        {
            assert_eq!(base64(text.as_bytes()), encoded, "{text}");
        }
    }

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
