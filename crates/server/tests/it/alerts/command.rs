//! `askfirst alert`

use serde_json::{Value, json};

use super::{DISK, Receiver, SECRET, kept, refused, webhook};
use crate::harness::{Home, eventually};

#[test]
fn help_has_examples() {
    let run = Home::new().run(&["alert", "--help"]);
    for snippet in ["askfirst alert test ops", "[[alert]]", "[webhook.ops]", "ASKFIRST_WEBHOOK_OPS_URL", "silence > 6h"]
    {
        assert!(run.stdout.contains(snippet), "{snippet} in {}", run.stdout);
    }
}

#[test]
fn every_webhook_is_tried_in_its_form() {
    let receiver = Receiver::start();
    let url = receiver.url();
    let config = |name: &str, form: &str| format!("[webhook.{name}]\nurl = \"{url}\"\n{form}\n");
    let home = Home::with_config(
        &[config("any", ""), config("chat", "form = \"slack\""), config("play", "form = \"discord\"")].concat(),
    );
    let run = home.run(&["alert", "test"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{run:?}");
    assert_eq!(
        run.stdout,
        "any: answered with 200: fine\\u{7}\nchat: answered with 200: fine\\u{7}\nplay: answered with 200: fine\\u{7}\n"
    );
    let bodies = receiver.bodies();
    assert_eq!((&bodies[0]["status"], &bodies[0]["alert"]), (&json!("test"), &json!("any")));
    let text = |webhook: &str| json!(format!("[TEST] askfirst can reach the webhook {webhook}. Nothing is wrong."));
    assert_eq!(bodies[1], json!({ "text": text("chat") }));
    assert_eq!(bodies[2], json!({ "content": text("play"), "allowed_mentions": { "parse": [] } }));

    let run = home.run(&["alert", "test", "chat", "--json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let expected = json!({ "webhook": "chat", "form": "slack", "taken": true, "status": 200, "answer": "fine\u{7}\n", "failure": null });
    assert_eq!((run.code, report), (Some(0), json!({ "webhooks": [expected] })));
    assert_eq!(receiver.bodies().len(), 4, "and only that one");
}

#[test]
fn a_webhook_that_does_not_take_it_is_told() {
    let receiver = Receiver::start();
    receiver.answer_with(404);
    let home = Home::with_config(&format!(
        "{}[webhook.gone]\nurl = \"http://127.0.0.1:1/{SECRET}\"\n",
        webhook(&receiver, "slack")
    ));
    let run = home.run(&["alert", "test"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), "askfirst: not taken by: gone, ops\n"), "{run:?}");
    assert!(run.stdout.starts_with("gone: Connection refused"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\nops: answered with 404: fine\\u{7}\n"), "{}", run.stdout);
    assert!(!run.stdout.contains(SECRET), "{}", run.stdout);
    receiver.answer_with(302);
    let run = home.run(&["alert", "test", "ops", "--json"]);
    assert_eq!(run.code, Some(1), "nobody else is told what is meant for it: {run:?}");
}

#[test]
fn what_can_not_be_tried_is_refused() {
    let home = Home::new();
    home.run(&["alert", "test"]).assert_refused("no webhook", &["[webhook.NAME]"]);
    home.write("askfirst.toml", &format!("[webhook.ops]\nurl = \"{SECRET}\"\n"));
    let run = home.run(&["alert", "test"]);
    run.assert_refused("no address", &["askfirst.toml:2:", "https://"]);
    assert!(!run.stderr.contains(SECRET), "{}", run.stderr);
    home.write("askfirst.toml", "[webhook.ops]\n");
    let mut command = home.askfirst(&["alert", "test", "opps"]);
    command.env("ASKFIRST_WEBHOOK_OPS_URL", "http://127.0.0.1:1/");
    crate::harness::Run::of(command).assert_refused("an unknown one", &["`opps`", "ops"]);
    let mut command = home.askfirst(&["alert", "list"]);
    command.env("ASKFIRST_WEBHOOK_OPS_URL", "http://127.0.0.1:1/").env("ASKFIRST_WEBHOOK_OPPS_URL", SECRET);
    crate::harness::Run::of(command).assert_refused("an unknown variable", &["did you mean ASKFIRST_WEBHOOK_OPS_URL?"]);
}

#[test]
fn alerts_are_listed_in_words_with_what_is_firing() {
    let receiver = Receiver::start();
    let home = Home::with_config(&format!("{}{DISK}{}", webhook(&receiver, "json"), refused("1s")));
    let list = || home.run(&["alert", "list", "--json"]);
    let run = home.run(&["alert", "list"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    for words in
        ["less than 100% of the disk is free", "more than 0 events are refused within 1 second", "voicemode", "ops"]
    {
        assert!(run.stdout.contains(words), "{words} in {}", run.stdout);
    }
    assert!(!run.stdout.contains(SECRET), "{}", run.stdout);
    let server = home.serve();
    eventually("an incident", || if kept(&home).is_null() { Err("none") } else { Ok(()) });
    server.stop();
    let report: Value = serde_json::from_str(&list().stdout).unwrap();
    let disk = &report["alerts"][0];
    let since = kept(&home)["incidents"][0]["since"].clone();
    assert_eq!(disk["firing"], json!([{ "app": null, "since": since }]), "{report}");
    assert_eq!(report["alerts"][1]["firing"], json!([]));
    let run = home.run(&["alert", "list"]);
    assert!(run.stdout.contains(&format!("since {}", since.as_str().unwrap())), "{}", run.stdout);
}
