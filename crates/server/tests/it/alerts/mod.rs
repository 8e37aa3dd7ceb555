//! Alerts: what a running server sees, and what webhooks are told of it.

mod command;
mod receiver;

use serde_json::{Value, json};

use self::receiver::Receiver;
use crate::harness::{Home, Report, Request, Server, eventually};

/// Part of the address of webhooks, which nobody may be shown.
const SECRET: &str = "Zq7-secret-Zq7";

/// An alert that fires with the first refusal.
fn refused(window: &str) -> String {
    format!("[[alert]]\nname = \"refusals\"\nwhen = \"refused > 0\"\nwindow = \"{window}\"\napps = [\"voicemode\"]\n")
}

/// An alert that fires at once: no disk is all free.
const DISK: &str = "[[alert]]\nname = \"disk\"\nwhen = \"disk_free < 100%\"\n";

/// An alert that never fires, and has the server look each second.
const OFTEN: &str = "[[alert]]\nname = \"often\"\nwhen = \"limited > 1000000\"\nwindow = \"1s\"\n";

fn webhook(receiver: &Receiver, form: &str) -> String {
    format!("[webhook.ops]\nurl = \"{}\"\nform = \"{form}\"\n", receiver.url())
}

/// What is kept of incidents.
fn kept(home: &Home) -> Value {
    let text = std::fs::read_to_string(home.path("data/alerts.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Waits until the server knows that the webhook was told of so many alerts.
#[track_caller]
fn wait_until_told(home: &Home, count: usize) {
    eventually("what was told to be kept", || {
        let kept = kept(home);
        let incidents = kept["incidents"].as_array().map(Vec::as_slice).unwrap_or_default();
        let told = incidents.iter().filter(|incident| incident["told"] == json!(["ops"]));
        if told.count() == count { Ok(()) } else { Err(kept) }
    });
}

#[track_caller]
fn refuse_one(server: &Server) {
    assert_eq!(server.post("{}").status, 400);
}

#[test]
fn an_alert_is_told_once_and_its_end_even_across_a_crash() {
    let receiver = Receiver::start();
    let config = |window: &str| [&webhook(&receiver, "json"), DISK, OFTEN, &refused(window)].concat();
    let home = Home::with_config(&config("1h"));
    let server = home.serve();
    // The disk tells that there was a look, where counting begins.
    assert_eq!(receiver.wait_for(1)[0]["alert"], "disk");
    refuse_one(&server);
    let told = receiver.wait_for(2);
    let about = ["status", "alert", "app"].map(|member| told[1][member].as_str().unwrap());
    assert_eq!(about, ["firing", "refusals", "voicemode"]);
    assert_eq!(told[1]["rule"], "more than 0 events are refused within 1 hour");
    let figures = json!({ "events": 1, "of": 1, "window_seconds": 3600, "reasons": { "missing": 1 } });
    assert_eq!(told[1]["figures"], figures);
    let text = told[1]["text"].as_str().unwrap();
    assert!(text.starts_with("[FIRING] refusals (voicemode): 1 of 1 events were refused"), "{text}");
    wait_until_told(&home, 2);
    server.kill();

    // With a shorter window it is over sooner; by its name it is the same alert.
    home.write("askfirst.toml", &config("1s"));
    let server = home.serve();
    let told = receiver.wait_for(3);
    assert_eq!((&told[2]["status"], &told[2]["alert"]), (&json!("resolved"), &json!("refusals")));
    assert_eq!(told[2]["since"], told[1]["since"], "it is the same");
    assert!(told[2]["until"].as_str() > told[2]["since"].as_str(), "{}", told[2]);
    wait_until_told(&home, 1);
    let stopped = server.stop();
    assert!(stopped.log.contains("an alert is over") && !stopped.log.contains(SECRET), "{}", stopped.log);
    assert_eq!(receiver.bodies().len(), 3, "and nothing else was told");
}

#[test]
fn everything_that_can_be_watched_is_seen_for_real() {
    let receiver = Receiver::start();
    let watch =
        |name: &str, when: &str, more: &str| format!("[[alert]]\nname = \"{name}\"\nwhen = \"{when}\"\n{more}\n");
    let window = "window = \"1h\"";
    let home = Home::with_config(
        &[
            webhook(&receiver, "json"),
            watch("refusals", "refused > 40%", &format!("{window}\nmin_events = 4\napps = [\"voicemode\"]")),
            watch("limits", "limited > 0", &format!("{window}\napps = [\"drift\"]")),
            watch("errors", "errors > 0", window),
            watch("silence", "silence > 1s", "apps = [\"domscribe\"]"),
            watch("disk", "disk_free < 100%", ""),
            "[apps.drift]\nlimits = { address = \"1/h\" }\n".to_owned(),
        ]
        .concat(),
    );
    let server = home.serve();
    // The disk is looked at first, so counting has begun.
    receiver.wait_for(1);
    refuse_one(&server);
    assert_eq!(server.post(Report::new().json()).status, 200);
    refuse_one(&server);
    assert_eq!(server.post(Report::new().json()).status, 200);
    let event = json!({ "event_type": "flash_error", "message": SECRET, "occurred_at": crate::harness::at(crate::harness::now()) });
    assert_eq!(server.send(&Request::new("POST", "/event").body(event.to_string())).status, 200);
    for _ in 0..2 {
        let scan = json!({ "type": "scan_completion", "timestamp": crate::harness::at(crate::harness::now()) + "Z",
            "installationId": crate::harness::install_id(), "driftVersion": "1.0.0" });
        server.send(&Request::new("POST", "/v1/events").body(json!({ "events": [scan] }).to_string()));
    }
    let mut told: Vec<(String, Value, Value)> = receiver
        .wait_for(5)
        .into_iter()
        .map(|body| (body["alert"].as_str().unwrap().to_owned(), body["app"].clone(), body["figures"].clone()))
        .collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    let disk = told.remove(0);
    assert_eq!((disk.0.as_str(), disk.1), ("disk", Value::Null));
    let bytes = |name: &str| disk.2[name].as_u64().unwrap();
    assert!(bytes("free_bytes") < bytes("total_bytes"), "{}", disk.2);
    let expected = [
        ("errors", "baofeng", json!({ "events": 1, "of": 1, "window_seconds": 3600 })),
        ("limits", "drift", json!({ "events": 1, "of": 2, "window_seconds": 3600, "reasons": { "address": 1 } })),
        ("refusals", "voicemode", json!({ "events": 2, "of": 4, "window_seconds": 3600, "reasons": { "missing": 2 } })),
        ("silence", "domscribe", json!({ "latest_event": null })),
    ];
    assert_eq!(told, expected.map(|(alert, app, figures)| (alert.to_owned(), json!(app), figures)));
    let stopped = server.stop();
    assert!(!stopped.log.contains(SECRET), "{}", stopped.log);
}

#[test]
fn a_webhook_that_fails_is_tried_again() {
    let receiver = Receiver::start();
    receiver.answer_with(503);
    let home = Home::with_config(&format!("{}{DISK}{OFTEN}", webhook(&receiver, "slack")));
    let server = home.serve();
    eventually("the failure to be told", || {
        let log = server.log();
        if log.contains("it answered with 503") { Ok(()) } else { Err(log) }
    });
    assert_eq!(kept(&home)["incidents"][0]["told"], json!([]), "nobody knows of it");
    receiver.answer_with(200);
    wait_until_told(&home, 1);
    let bodies = receiver.bodies();
    let texts: Vec<&str> = bodies.iter().map(|body| body["text"].as_str().unwrap()).collect();
    let told = texts.iter().filter(|text| text.starts_with("[FIRING] disk: "));
    let in_words = told.filter(|text| text.contains("The alert: less than 100% of the disk is free."));
    assert!(in_words.count() >= 2, "{texts:?}");
    assert!(!server.log().contains(SECRET), "{}", server.log());
}

#[test]
fn alerts_are_read_again_with_everything_else() {
    let receiver = Receiver::start();
    let home = Home::new();
    let server = home.serve();
    home.write("askfirst.toml", &format!("{}{DISK}windw = \"1h\"\n", webhook(&receiver, "json")));
    server.reload();
    eventually("the problem to be told", || {
        let log = server.log();
        if log.contains("did you mean `window`?") { Ok(()) } else { Err(log) }
    });
    home.write("askfirst.toml", &format!("{}{DISK}", webhook(&receiver, "json")));
    server.reload();
    assert_eq!(receiver.wait_for(1)[0]["status"], "firing");
    wait_until_told(&home, 1);
    // The alert is gone, its webhook is not.
    home.write("askfirst.toml", &webhook(&receiver, "json"));
    server.reload();
    assert_eq!(receiver.wait_for(2)[1]["status"], "resolved");
}

#[test]
fn what_was_kept_and_is_broken_does_not_stop_the_server() {
    let receiver = Receiver::start();
    let home = Home::with_config(&format!("{}{DISK}", webhook(&receiver, "json")));
    std::fs::create_dir(home.data()).unwrap();
    home.write("data/alerts.json", "{");
    let server = home.serve();
    assert_eq!(receiver.wait_for(1)[0]["status"], "firing");
    wait_until_told(&home, 1);
    assert!(server.log().contains("alerts.json can't be read"), "{}", server.log());
}

#[test]
fn a_webhook_that_never_answers_holds_nothing_up() {
    let receiver = Receiver::start();
    receiver.never_answer();
    let home = Home::with_config(&format!("{}{DISK}", webhook(&receiver, "json")));
    let server = home.serve();
    receiver.wait_for(1);
    assert_eq!(server.post(Report::new().json()).status, 200);
    server.stop();
}
