//! The page for people: complete, escaped, and its examples true.

use askfirst_contract::{Contract, Json, Timestamp};
use proptest::prelude::*;

use crate::generated::contract;
use crate::shipped::{SHIPPED, SMALL, parse};

const NOW: Timestamp = Timestamp(1_750_000_000_000);

#[test]
fn the_page_as_markdown() {
    let page = parse("small.toml", SMALL).page_markdown(NOW);
    insta::assert_snapshot!(page);
}

#[test]
fn the_page_as_html() {
    let page = parse("small.toml", SMALL).page_html(NOW);
    // The style is a file of its own.
    let (head, body) = page.split_once("</style>").unwrap();
    let (head, _) = head.split_once("<style>").unwrap();
    let page = format!("{head}...{body}");
    insta::assert_snapshot!(page);
}

#[test]
fn what_is_published_is_said_and_nothing_where_that_is_nothing() {
    assert!(!parse("small.toml", SMALL).page_markdown(NOW).contains("published"));
    let section = |by: &str| {
        let page = parse("small.toml", &SMALL.replace("[envelope]\n", &format!("[public]\n{by}\n[envelope]\n")));
        let page = page.page_markdown(NOW);
        let (_, section) = page.split_once("## What is published\n").unwrap();
        section.split_once("\n## ").unwrap().0.to_owned()
    };
    insta::assert_snapshot!([section(""), section("by = [\"app_version\", \"platform\", \"ok\"]")].join("--\n"));
}

#[test]
fn addresses_are_spoken_of_as_the_limits_have_it() {
    let hashed = "a keyed hash of it is kept";
    assert!(parse("small.toml", SMALL).page_markdown(NOW).contains(hashed));
    let without = parse("small.toml", &SMALL.replace("address = \"100/h\"", "address = \"off\""));
    assert!(!without.page_markdown(NOW).contains(hashed));
}

#[test]
fn every_field_and_why_of_a_shipped_contract_is_on_its_page() {
    for (file, text) in SHIPPED {
        let contract = parse(file, text);
        let (markdown, html) = (contract.page_markdown(NOW), contract.page_html(NOW));
        for page in [&markdown, &html] {
            assert!(page.contains(&contract.hash()), "{file}");
        }
        for field in contract.events.iter().flat_map(|event| &event.fields) {
            let row = markdown.lines().find(|line| line.starts_with(&format!("| `{}` |", field.path)));
            assert!(row.is_some(), "{file}: {}", field.path);
            assert!(html.contains(&format!("<code>{}</code>", field.path)), "{file}: {}", field.path);
        }
        let examples = markdown.split("```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
        let examples: Vec<_> = examples.collect();
        assert_eq!(examples.len(), contract.events.len(), "{file}");
        for example in examples {
            contract.check_typed(&Json::parse(example.as_bytes()).unwrap(), NOW).unwrap();
        }
    }
}

#[test]
fn what_a_contract_says_stays_text() {
    let hostile = r#"<script>alert('1')</script> & "q" </style> | ](javascript:x) `<b>`"#;
    let text = SMALL
        .replace("A tool that <does> things.", &hostile.replace('"', "\\\""))
        .replace("whether it worked", &hostile.replace('"', "\\\""))
        .replace("\"linux\"", "\"<i>|`\"");
    let contract = parse("hostile.toml", &text);
    let html = contract.page_html(NOW);
    let body = html.split_once("</style>").unwrap().1;
    for tag in ["<script", "<b>", "<i>", "</style"] {
        assert!(!body.contains(tag), "{tag}");
    }
    let markdown = contract.page_markdown(NOW);
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    }
    let row = markdown.lines().find(|line| line.starts_with("| `ok` |")).unwrap();
    assert!(!row.replace("`<b>`", "").replace("\\<", "").contains('<'), "{row}");
}

#[test]
fn the_page_loads_and_runs_nothing() {
    for (file, text) in SHIPPED {
        let html = parse(file, text).page_html(NOW);
        for word in ["<script", "src=", "href=", "url(", "@import", "javascript:"] {
            assert!(!html.contains(word), "{file}: {word}");
        }
        assert!(html.contains("default-src 'none'") && html.contains("width=device-width"), "{file}");
    }
}

proptest! {
    #[test]
    fn every_table_of_any_page_has_as_many_cells_as_columns(text in contract()) {
        let contract = Contract::parse("generated.toml", &text).unwrap();
        let page = contract.page_markdown(NOW);
        for row in page.lines().filter(|line| line.starts_with('|')) {
            prop_assert_eq!(row.replace("\\\\", "").replace("\\|", "").matches('|').count(), 6, "{}", row);
        }
        let html = contract.page_html(NOW);
        prop_assert_eq!(html.matches("<td").count(), html.matches("scope=\"row\"").count() * 4);
    }
}
