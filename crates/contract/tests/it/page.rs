//! The page for people: complete, escaped, and its examples true.

use askfirst_contract::{Contract, History, Json, Page, RecordedContract, Timestamp, html_policy};
use proptest::prelude::*;
use serde_json::Value;

use crate::generated::contract;
use crate::shipped::{SHIPPED, SMALL, parse};

const NOW: Timestamp = Timestamp(1_750_000_000_000);
/// What the page is made of: nothing that loads, runs or sends anything.
const TAGS: [&str; 26] = [
    "a", "body", "code", "dd", "details", "div", "dl", "dt", "h1", "h2", "h3", "header", "li", "main", "nav", "p",
    "pre", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
];
const SERVER: &str = "https://telemetry.example.com";

/// The page as a command makes it.
fn page(text: &str) -> Page {
    parse("page.toml", text).page(NOW, None, None)
}

/// The page as a server shows it, where events were kept longer before.
fn page_on_server(text: &str) -> Page {
    let (contract, before) =
        (parse("page.toml", text), parse("before.toml", &text.replace("retention = \"30d\"", "retention = \"60d\"")));
    let recorded = [(&contract, NOW), (&before, Timestamp(NOW.0 - 86_400_000))]
        .map(|(contract, since)| RecordedContract { hash: contract.hash(), since, text: contract.to_toml() });
    let history = History::of(&contract, &recorded, 10);
    contract.page(NOW, Some(SERVER), Some(history))
}

/// What stands between the style and the script, which are files of their own.
fn body(html: &str) -> &str {
    html.split_once("</head>").unwrap().1.split_once("<script>").unwrap().0
}

#[test]
fn the_page_as_markdown() {
    insta::assert_snapshot!(page(SMALL).to_markdown());
}

#[test]
fn the_page_as_html() {
    let html = page_on_server(SMALL).to_html();
    let (head, _) = html.split_once("<style>").unwrap();
    let head = head.replace(html_policy(), "POLICY");
    insta::assert_snapshot!(format!("{head}...{}...", body(&html)));
}

#[test]
fn the_page_as_json() {
    insta::assert_snapshot!(format!("{:#}", page_on_server(SMALL).to_json()));
}

#[test]
fn what_only_a_server_knows_is_on_its_page() {
    let (markdown, on_server) = (page(SMALL).to_markdown(), page_on_server(SMALL).to_markdown());
    let (_, end) = on_server.split_once("## See and erase your data\n").unwrap();
    insta::assert_snapshot!(end);
    assert!(markdown.contains("curl https://SERVER/api/v1/tool/installs/INSTALL_ID"), "{markdown}");
    assert!(!markdown.contains("What changed") && !markdown.contains("](<"), "{markdown}");
}

#[test]
fn without_ids_of_installs_there_is_nothing_to_see_or_erase() {
    let text = SMALL.replace("install_id = \"install\"\n", "");
    let markdown = page(&text).to_markdown();
    assert!(markdown.contains("nobody can tell which events are yours") && !markdown.contains("curl"), "{markdown}");
    assert_eq!(page(&text).to_json()["rights"]["commands"], Value::Array(Vec::new()));
}

#[test]
fn what_is_published_is_said_and_nothing_where_that_is_nothing() {
    assert!(!page(SMALL).to_markdown().contains("What is published"));
    let section = |by: &str| {
        let page = page(&SMALL.replace("[envelope]\n", &format!("[public]\n{by}\n[envelope]\n"))).to_markdown();
        let (_, section) = page.split_once("## What is published\n").unwrap();
        section.split_once("\n## ").unwrap().0.to_owned()
    };
    insta::assert_snapshot!([section(""), section("by = [\"app_version\", \"platform\", \"ok\"]")].join("--\n"));
}

#[test]
fn addresses_are_spoken_of_as_the_limits_have_it() {
    let hashed = "a keyed hash of it is kept";
    assert!(page(SMALL).to_markdown().contains(hashed));
    let without = page(&SMALL.replace("address = \"100/h\"", "address = \"off\""));
    assert!(!without.to_markdown().contains(hashed));
}

#[test]
fn every_field_and_why_of_a_shipped_contract_is_on_its_page() {
    for (file, text) in SHIPPED {
        let contract = parse(file, text);
        let page = contract.page(NOW, None, None);
        let (markdown, html, json) = (page.to_markdown(), page.to_html(), page.to_json().to_string());
        for page in [&markdown, &html, &json] {
            assert!(page.contains(&contract.hash()), "{file}");
        }
        for field in contract.events.iter().flat_map(|event| &event.fields) {
            let row = markdown.lines().find(|line| line.starts_with(&format!("| `{}` |", field.path)));
            assert!(row.is_some(), "{file}: {}", field.path);
            assert!(html.contains(&format!("<code>{}</code>", field.path)), "{file}: {}", field.path);
            assert!(
                json.contains(&format!("\"field\":{}", Value::from(field.path.as_str()))),
                "{file}: {}",
                field.path
            );
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
    let quoted = hostile.replace('"', "\\\"");
    let text = SMALL
        .replace("Tool & Co", &quoted)
        .replace("A tool that <does> things.", &quoted)
        .replace("The tool was started.", &quoted)
        .replace("whether it worked", &quoted)
        .replace("\"linux\"", "\"<i>|`\"");
    let page = page_on_server(&text);
    let html = page.to_html();
    assert_eq!(html.matches("<script").count(), 1, "ours");
    assert_eq!(html.matches("</style").count(), 1, "ours");
    for tag in ["<b>", "<i>"] {
        assert!(!html.contains(tag), "{tag}");
    }
    let markdown = page.to_markdown();
    for row in markdown.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 6, "{row}");
    }
    // But for code and what is ours, nothing is a tag or a link.
    for line in markdown.lines().filter(|line| line.contains("javascript:")) {
        let rest = line.replace("`<b>`", "").replace("\\<", "").replace("\\]", "");
        assert!(!rest.contains('<') && !rest.contains("]("), "{line}");
    }
    let json: Value = serde_json::from_str(&page.to_json().to_string()).unwrap();
    assert_eq!(json["app"]["title"], hostile);
    // Between backticks, it is code.
    assert_eq!(json["app"]["about"], hostile.replace('`', ""));
}

#[test]
fn the_page_loads_nothing_and_has_no_style_or_script_beside_those_that_its_policy_names() {
    for (file, text) in SHIPPED {
        let html = page_on_server(text).to_html();
        let tags: Vec<_> = body(&html).split('<').skip(1).filter_map(|tag| tag.split('>').next()).collect();
        for tag in tags {
            let name = tag.trim_start_matches('/').split(' ').next().unwrap();
            assert!(TAGS.contains(&name), "{file}: {tag}");
            for word in [" src=", " style=", " on", "javascript:"] {
                assert!(!tag.contains(word), "{file}: {tag}");
            }
        }
        assert!(html.contains(html_policy()) && html.contains("width=device-width"), "{file}");
        assert!(html_policy().contains("default-src 'none'") && !html_policy().contains("unsafe"), "{file}");
    }
}

#[test]
fn headings_are_in_order_and_every_link_within_the_page_leads_somewhere() {
    for (file, text) in SHIPPED {
        let html = page_on_server(text).to_html();
        let levels: Vec<u32> =
            html.match_indices("<h").filter_map(|(at, _)| html[at + 2..].chars().next()?.to_digit(10)).collect();
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{file}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{file}: {levels:?}");
        let links = html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
        for link in links {
            assert_eq!(html.matches(&format!("id=\"{link}\"")).count(), 1, "{file}: {link}");
        }
    }
}

proptest! {
    #[test]
    fn every_table_of_any_page_has_as_many_cells_as_columns(text in contract()) {
        let page = Contract::parse("generated.toml", &text).unwrap().page(NOW, None, None);
        let markdown = page.to_markdown();
        for row in markdown.lines().filter(|line| line.starts_with('|')) {
            prop_assert_eq!(row.replace("\\\\", "").replace("\\|", "").matches('|').count(), 6, "{}", row);
        }
        let html = page.to_html();
        prop_assert_eq!(html.matches("<td").count(), html.matches("scope=\"row\"").count() * 4);
    }
}
