//! The rights of installs: whoever holds an id gets all that is stored under it, and has it erased.

use serde_json::{Value, json};

use crate::harness::{Answer, Home, Report, Request, Server, install_id};

fn path(id: &str) -> String {
    format!("/api/v1/voicemode/installs/{id}")
}

/// A server without limits on what is sent.
fn serve(home: &Home) -> Server {
    home.write("askfirst.toml", "[apps.voicemode]\nlimits = { install = \"off\", address = \"off\" }\n");
    home.serve()
}

fn send(server: &Server, report: &Report) -> Answer {
    server.post(report.json())
}

fn ask(server: &Server, method: &str, path: &str) -> Answer {
    server.send(&Request::new(method, path))
}

#[test]
fn a_person_gets_all_that_is_stored_and_has_it_erased() {
    let home = Home::new();
    let server = serve(&home);
    let (mine, others) = (install_id(), install_id());
    for n in 0..3 {
        assert_eq!(send(&server, &Report::of(&mine).with("event_id", format!("mine-{n}"))).status, 200);
    }
    assert_eq!(send(&server, &Report::of(&others)).status, 200);

    let stored = ask(&server, "GET", &path(&mine.to_uppercase()));
    assert_eq!((stored.status, stored.header("cache-control")), (200, Some("no-store")));
    let stored = stored.json();
    let ids: Vec<_> = stored["events"].as_array().unwrap().iter().map(|event| event["event_id"].clone()).collect();
    assert_eq!(ids, ["mine-0", "mine-1", "mine-2"]);
    assert_eq!(stored["events"][0]["fields"]["environment"]["os"], "Linux");
    assert_eq!((&stored["app"], &stored["next"]), (&json!("voicemode"), &Value::Null));

    let erased = ask(&server, "DELETE", &path(&mine));
    assert_eq!(erased.status, 200, "{}", erased.text());
    let receipt = erased.json();
    assert_eq!((&receipt["erased"], &receipt["events"]), (&json!(true), &json!(3)));
    assert_eq!(receipt["receipt"].as_str().unwrap().len(), 32);
    assert_eq!(ask(&server, "GET", &path(&mine)).status, 404);
    assert_eq!(ask(&server, "GET", &path(&others)).json()["events"].as_array().unwrap().len(), 1);

    // From a spool: its client forgets it, nothing is stored, and it is counted.
    let late = send(&server, &Report::of(&mine));
    assert_eq!((late.status, late.text().as_str()), (200, r#"{"status":"ok","message":"Event already recorded"}"#));
    assert_eq!(ask(&server, "GET", &path(&mine)).status, 404);
    server.stop();
    let stats = home.run(&["stats", "voicemode", "--json"]);
    let stats: Value = serde_json::from_str(&stats.stdout).unwrap();
    assert_eq!((&stats["events"], &stats["refused"]["forgotten"]), (&json!(1), &json!(1)));
}

#[test]
fn what_is_no_id_is_told_and_trying_ids_is_limited() {
    let home = Home::new();
    let server = serve(&home);
    assert_eq!(ask(&server, "GET", &path("")).status, 404);
    let wrong = ask(&server, "GET", &path("not-a-uuid"));
    assert_eq!((wrong.status, wrong.json()["code"].as_str()), (400, Some("no_install_id")));
    assert_eq!(ask(&server, "GET", &format!("/api/v1/domscribe/installs/{}", install_id())).status, 400);
    let wrong = ask(&server, "POST", &path(&install_id()));
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, HEAD, DELETE, OPTIONS")));
    let answers: Vec<_> = (0..40).map(|_| ask(&server, "GET", &path(&install_id())).status).collect();
    assert_eq!(answers.iter().filter(|status| **status == 404).count(), 29);
    let limited = ask(&server, "DELETE", &path(&install_id()));
    assert_eq!((limited.status, limited.header("retry-after").is_some()), (429, true));
}

#[test]
fn the_command_erases_with_and_without_a_server() {
    let home = Home::new();
    let server = serve(&home);
    let installs = [install_id(), install_id()];
    for id in &installs {
        assert_eq!(send(&server, &Report::of(id)).status, 200);
    }
    let listen = format!("[server]\nlisten = \"{}\"\n", server.address());
    home.write("askfirst.toml", &listen);
    let erased = home.run(&["forget", "voicemode", &installs[0], "--json"]);
    assert_eq!((erased.code, erased.stderr.as_str()), (Some(0), ""), "{erased:?}");
    let receipt: Value = serde_json::from_str(&erased.stdout).unwrap();
    assert_eq!((&receipt["events"], &receipt["app"]), (&json!(1), &json!("voicemode")));
    server.stop();
    let erased = home.run(&["forget", "voicemode", &installs[1]]);
    assert_eq!(erased.code, Some(0), "{erased:?}");
    assert!(erased.stdout.starts_with("erased: 1 events, at 2") && erased.stdout.contains("\nreceipt: "));
    let again = home.run(&["forget", "voicemode", &installs[1]]);
    assert!(again.stdout.starts_with("erased: 0 events"), "{again:?}");
    let wrong = home.run(&["forget", "voicemode", "joe"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (Some(2), ""));
    assert!(wrong.stderr.contains("no id of an install") && !wrong.stderr.contains("joe"), "{wrong:?}");
}
