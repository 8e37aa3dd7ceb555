//! The contract as JSON, for programs that read what may be sent.

use super::*;

#[track_caller]
fn contract(server: &Server, target: &str) -> Value {
    let answer = send(server, &Request::new("GET", target));
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")), "{answer:?}");
    let contract = answer.json();
    assert_eq!(contract["hash"].as_str(), answer.header("askfirst-contract"), "{target}");
    contract
}

#[test]
fn it_tells_all_that_was_declared_with_every_default() {
    let server = home_with("").serve();
    let contract = contract(&server, CONTRACT);
    assert_eq!(contract["app"]["id"], "mytool");
    assert_eq!(contract["app"]["wire"], "native");
    let policy = json!({
        "undeclared": "reject", "undeclared_events": "reject", "retention": "90d",
        "limits": { "install": "100/h", "address": "1000/h" }, "max_body": 65536, "max_batch": 100,
        "clock": { "future": "1d", "past": "90d" }, "allowed_origins": [],
    });
    assert_eq!(contract["policy"], policy);
    assert_eq!((&contract["envelope"], &contract["public"]), (&Value::Null, &Value::Null));
    let launch = &contract["events"][0];
    assert_eq!((&launch["type"], &launch["event_id"]), (&json!("launch"), &json!("id")));
    let names: Vec<_> = launch["fields"].as_array().unwrap().iter().map(|field| field["name"].clone()).collect();
    assert_eq!(names, ["id", "install", "version", "minutes", "mode", "note", "os.name"], "in the order of checks");
    let minutes = json!({
        "type": "int", "min": 0, "max": 100, "name": "minutes", "pointer": "/minutes", "required": false,
        "why": "how long it is used",
    });
    assert_eq!(launch["fields"][3], minutes);
}

#[test]
fn every_answer_has_the_hash_of_what_is_in_force_and_so_has_the_ledger() {
    let home = home();
    let server = home.serve();
    let hash = hash(&server);
    assert_eq!(contract(&server, "/a/mytool/contract")["hash"], json!(hash));
    for request in [request(launch().json()), request("{"), Request::new("PUT", EVENTS), Request::new("HEAD", CONTRACT)]
    {
        assert_eq!(server.send(&request).header("askfirst-contract"), Some(hash.as_str()));
    }
    server.stop();
    let hashes = home.query_of(APP, "SELECT hash FROM contract");
    assert_eq!(hashes, [json!({ "hash": hash })]);
}

#[test]
fn what_is_published_is_in_it_and_needs_events_that_are_kept_long_enough() {
    let public = "\n[public]\nby = [\"app_version\", \"mode\"]\n";
    let home = home_with("");
    home.write("contracts/mytool.toml", &contract_of(APP, "", &format!("{FIELDS}{public}")));
    let server = home.serve();
    assert_eq!(contract(&server, CONTRACT)["public"], json!({ "by": ["app_version", "mode"] }));
    drop(server);
    home.write("askfirst.toml", "[apps.mytool]\nretention = \"13d\"\n");
    home.run(&["serve"]).assert_refused("a week is gone too soon", &["askfirst.toml:1", "at least 14d, not 13d"]);
}

#[test]
fn what_an_operator_sets_is_in_it_and_changes_its_hash() {
    let home = home_with("");
    let server = home.serve();
    let before = hash(&server);
    drop(server);
    home.write("askfirst.toml", "[apps.mytool]\nmax_batch = 7\nlimits = { install = \"off\" }\n");
    let server = home.serve();
    let contract = contract(&server, CONTRACT);
    assert_eq!(contract["policy"]["max_batch"], 7);
    assert_eq!(contract["policy"]["limits"], json!({ "install": null, "address": "1000/h" }));
    assert_ne!(contract["hash"], json!(before));
    assert_problem("eight", &post(&server, array(&launches(8))), 413, "too_many_events");
}

#[test]
fn what_an_operator_keeps_secret_is_not_in_it() {
    let variables = [("ASKFIRST_APP_BAOFENG_ADMIN_TOKEN", MARKER), ("ASKFIRST_APP_BAOFENG_SIGNING_SECRET", MARKER)];
    let contract = home().serve_with(&variables).get("/api/v1/baofeng/contract");
    assert_eq!(contract.status, 200);
    assert!(!contract.text().contains(MARKER), "{}", contract.text());
}

#[test]
fn apps_of_released_clients_have_one_too_but_take_no_events_here() {
    let home = home();
    let server = home.serve();
    for app in ["voicemode", "drift", "baofeng", "domscribe"] {
        let contract = contract(&server, &format!("/api/v1/{app}/contract"));
        assert_eq!((&contract["app"]["id"], &contract["app"]["wire"]), (&json!(app), &json!(app)));
        let head = server.send(&Request::new("HEAD", &format!("/api/v1/{app}/contract")));
        assert_eq!((head.status, head.text().as_str()), (200, ""));
        for method in ["POST", "GET", "OPTIONS", "PUT"] {
            let target = format!("/api/v1/{app}/events");
            let answer = send(&server, &Request::new(method, &target).body(Report::new().json()));
            assert_problem(&format!("{method} {target}"), &answer, 404, "no_events_here");
            assert_eq!(answer.header("allow"), None);
        }
        assert_eq!(server.get(&format!("/a/{app}/contract")).header("askfirst-contract"), None, "a path of its wire");
    }
    assert_eq!(counted(&server, "accepted") + counted(&server, "refused"), 0);
}
