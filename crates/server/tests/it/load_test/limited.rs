//! Limits and refusals: counted apart, and told what to do about.

use super::{assert_counts, report};
use crate::harness::{Home, Server};

/// A server that believes no proxy, so that all posts are of one address.
fn serve(home: &Home) -> (Server, String) {
    let server = Server::start(home.askfirst(&["serve", "--listen", "127.0.0.1:0", "--data", "data"]));
    let url = format!("http://{}", server.address());
    (server, url)
}

#[test]
fn a_limit_is_counted_apart_and_told_what_to_do_about() {
    let home = Home::new();
    let (_server, url) = serve(&home);
    let arguments = [&url, "--wire", "voicemode", "--total", "150"];
    let report = report(&home, &arguments);
    assert_counts(&report, &[("posts", 150), ("accepted", 100), ("limited", 50)]);
    assert_eq!(report["statuses"], serde_json::json!({ "200": 100, "429": 50 }));
    assert_eq!((&report["pass"], &report["first_problem"]), (&false.into(), &serde_json::Value::Null));
    for told in ["--trusted-proxy", "ASKFIRST_APP_VOICEMODE_LIMITS_ADDRESS=off"] {
        assert!(report["advice"].as_str().unwrap().contains(told), "{report}");
        assert!(home.run(&[&["load-test"], &arguments[..]].concat()).stdout.contains(told));
    }
}

#[test]
fn the_advice_helps() {
    let home = Home::new();
    let mut command = home.askfirst(&["serve", "--listen", "127.0.0.1:0", "--data", "data"]);
    command.env("ASKFIRST_APP_VOICEMODE_LIMITS_ADDRESS", "off");
    let server = Server::start(command);
    let url = format!("http://{}", server.address());
    assert_counts(
        &report(&home, &[&url, "--wire", "voicemode", "--total", "150"]),
        &[("posts", 150), ("accepted", 150)],
    );
}

#[test]
fn verdicts_in_an_answer_of_success_count() {
    let limits = "limits = { install = \"off\", address = \"5/h\" }";
    let fields = "\nid = { type = \"uuid\", why = \"x\" }\ninstall = { type = \"uuid\", why = \"x\" }\n";
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/my-tool.toml", &crate::native::contract_of("my-tool", limits, fields));
    let (_server, url) = serve(&home);
    let arguments = [&url, "--wire", "native", "--app", "my-tool", "--total", "20"];
    let limited = report(&home, &arguments);
    assert_counts(&limited, &[("posts", 20), ("accepted", 5), ("limited", 15)]);
    assert!(limited["advice"].as_str().unwrap().contains("ASKFIRST_APP_MY_TOOL_LIMITS_ADDRESS=off"), "{limited}");

    // Whoever has another contract than the server makes events that the server refuses.
    let other = format!("{fields}more = {{ type = \"bool\", why = \"x\" }}\n");
    home.write("contracts/my-tool.toml", &crate::native::contract_of("my-tool", limits, &other));
    let refused = report(&home, &arguments);
    assert_counts(&refused, &[("posts", 20), ("refused", 20)]);
    assert_eq!(refused["statuses"], serde_json::json!({ "200": 20 }));
    assert!(refused["first_problem"].as_str().unwrap().contains("/more"), "{refused}");
}
