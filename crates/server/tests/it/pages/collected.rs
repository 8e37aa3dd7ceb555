//! What is collected.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::*;
use crate::harness::Browser;

const PAGE: &str = "what-we-collect";
const AS_JSON: &str = "what-we-collect?format=json";
const AS_MARKDOWN: &str = "what-we-collect?format=markdown";

#[test]
fn it_tells_the_policy_in_force_and_not_only_the_one_declared() {
    let home = home(&contract());
    let retention = |server: &Server| json_of(server, AS_JSON, "Page")["retention"].clone();
    assert_eq!(retention(&home.serve()), "90d");
    let server = home.serve_with(&[("ASKFIRST_APP_MYTOOL_RETENTION", "30d")]);
    assert_eq!(retention(&server), "30d");
    let (html, markdown) = (get(&server, PAGE).text(), get(&server, AS_MARKDOWN).text());
    for page in [&html, &markdown] {
        assert!(page.contains("for 30 days from then on"), "{page}");
        assert!(page.contains("Events are kept for 30 days instead of 90 days."), "{page}");
    }
    let page = json_of(&server, AS_JSON, "Page");
    assert_eq!(page["contract"].as_str(), get(&server, PAGE).header("askfirst-contract"));
    assert_eq!(page["history"], json_of(&server, "contracts", "Contracts"));
    let mode = json!({
        "field": "mode", "holds": "one of: fast, thorough", "example": "fast", "why": "which mode to keep", "sent": "if known",
    });
    assert_eq!(page["events"][0]["fields"][3], mode);
}

#[test]
fn its_commands_name_the_server_as_it_was_asked() {
    let home = home(&contract());
    let server = home.serve();
    let erase = |host: &str| {
        let mut connection = server.connect();
        let head = format!("GET /api/v1/mytool/{AS_JSON} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        connection.write(head).unwrap();
        let page = connection.answer_to("GET").unwrap().json();
        page["rights"]["commands"][2]["command"].as_str().unwrap().to_owned()
    };
    for (host, named) in [
        ("telemetry.example.com", "https://telemetry.example.com"),
        ("127.0.0.1:8787", "http://127.0.0.1:8787"),
        ("[::1]:8787", "http://[::1]:8787"),
        ("[2001:db8::1]", "https://[2001:db8::1]"),
        // What could be more than a name is not passed on.
        ("a.example/$(id)", "https://SERVER"),
        ("a.example;id", "https://SERVER"),
        ("\"><script>", "https://SERVER"),
        ("", "https://SERVER"),
    ] {
        assert_eq!(erase(host), format!("curl -X DELETE {named}/api/v1/mytool/installs/INSTALL_ID"), "{host}");
    }
}

#[test]
fn what_can_not_be_read_of_the_ledger_is_left_out() {
    let home = home(&contract());
    let server = home.serve();
    let ledger = Connection::open(home.database_of("mytool")).unwrap();
    ledger.execute_batch("DROP TABLE contract").unwrap();
    let page = json_of(&server, AS_JSON, "Page");
    assert_eq!((&page["history"], &page["retention"]), (&Value::Null, &json!("90d")));
    assert!(!get(&server, PAGE).text().contains("What changed"));
    let answer = server.get("/api/v1/mytool/contracts");
    assert_eq!((answer.status, &answer.json()["code"]), (500, &json!("unreadable")));
}

#[test]
fn whatever_a_contract_says_is_text() {
    let home = home(&hostile());
    let server = home.serve();
    assert_harmless(PAGE, &get(&server, PAGE));
    let page = json_of(&server, AS_JSON, "Page");
    for text in [&page["app"]["title"], &page["app"]["about"], &page["events"][0]["about"]] {
        assert_eq!(text, HOSTILE);
    }
    let markdown = get(&server, AS_MARKDOWN);
    assert_eq!(markdown.header("x-content-type-options"), Some("nosniff"));
    for line in markdown.text().lines().filter(|line| !line.starts_with("- [")) {
        // In code there are no tags and links.
        let text: String = line.split('`').step_by(2).collect();
        let text = text.replace("\\<", "").replace("\\]", "");
        assert!(!text.contains('<') && !text.contains("]("), "{line}");
    }
}

#[test]
fn a_browser_runs_the_script_that_the_policy_names() {
    let home = home(&hostile());
    let server = home.serve();
    let page = format!("http://{}/api/v1/mytool/{PAGE}", server.address());
    let html = Browser::read(&page);
    // An example and three commands.
    assert_eq!(html.matches("<button type=\"button\">Copy").count(), 4, "{html}");
    assert_eq!(html.matches("<script>").count(), 1);
}
