//! The public pages: what is collected, which contracts were in force, and what anybody may know.

mod collected;
mod contracts;
mod published;

use serde_json::Value;

use crate::harness::{Answer, Home, Server};
use crate::native::{contract_of, validator};

/// What is declared of the one event of the app.
const FIELDS: &str = r#"
id = { type = "uuid", why = "to store it once" }
install = { type = "uuid", why = "to count installs" }
version = { type = "version", role = "app_version", optional = true, why = "which versions need fixes" }
mode = { type = "enum", values = ["fast", "thorough"], optional = true, why = "which mode to keep" }
"#;
/// What a contract may say that would be more than text on a page.
const HOSTILE: &str =
    r#"</title></style><script>alert('1')</script><img src=x onerror="alert(2)"> & [x](javascript:alert(3)) | <b>"#;

/// A directory whose folder of contracts declares the app `mytool`.
fn home(contract: &str) -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/mytool.toml", contract);
    home
}

fn contract() -> String {
    contract_of("mytool", "retention = \"90d\"", FIELDS)
}

/// The contract with hostile texts wherever it has any.
fn hostile() -> String {
    let hostile = HOSTILE.replace('"', "\\\"");
    let words = ["My tool", "A tool for tests.", "It was started.", "which mode to keep", "thorough"];
    words.iter().fold(contract(), |contract, word| contract.replace(word, &hostile))
}

/// What a page of the app answers with.
#[track_caller]
fn get(server: &Server, page: &str) -> Answer {
    let answer = server.get(&format!("/api/v1/mytool/{page}"));
    assert_eq!(answer.status, 200, "{page}: {answer:?}");
    assert_eq!(answer.header("cache-control"), Some("public, max-age=3600"), "{page}");
    answer
}

/// The same as JSON, as it is described.
#[track_caller]
fn json_of(server: &Server, page: &str, schema: &str) -> Value {
    let json = get(server, page).json();
    let faults: Vec<String> = validator(schema).iter_errors(&json).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{page}: {faults:?}");
    json
}

/// Checks that a document has no tag or attribute beside ours, whatever its texts are.
#[track_caller]
fn assert_harmless(page: &str, answer: &Answer) {
    let html = answer.text();
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{page}");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{page}: {policy}");
    for tag in ["<script>", "</script>", "<style>", "</style>"] {
        assert_eq!(html.matches(tag).count(), 1, "{page}: {tag}");
    }
    let tags = html.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    for tag in tags {
        let is_foreign = ["img", "b", "iframe", "link", "object"].contains(&tag.split(' ').next().unwrap());
        assert!(!is_foreign && !tag.contains(" on") && !tag.contains(" style="), "{page}: {tag}");
    }
    assert!(html.contains("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;"), "{page} shows it as text");
}
