//! `askfirst token create`, `list` and `revoke`, without a server.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::{Home, holding};

/// A directory with a data folder, which no server has used yet.
fn home() -> Home {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    home
}

#[track_caller]
fn list(home: &Home) -> Vec<Value> {
    let run = home.run(&["token", "list", "--json"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {}", run.stdout))
}

#[test]
fn a_token_is_shown_once_alone_and_only_its_hash_is_kept() {
    let home = home();
    let run = home.run(&["token", "create", "grafana"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let token = run.stdout.strip_suffix('\n').unwrap();
    let parts: Vec<&str> = token.split('_').collect();
    let [start, id, secret] = parts[..] else { panic!("{token}") };
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    assert_eq!((start, id.len(), secret.len()), ("askfirst", 8, 64), "{token}");
    assert!(is_hex(id) && is_hex(secret), "{token}");
    assert!(run.stderr.contains(id) && run.stderr.contains("Bearer"), "{}", run.stderr);
    assert!(!run.stderr.contains(secret), "the token is on standard output alone");

    assert_eq!(holding(&home.data(), id).len(), 1, "the id is kept");
    for kept in [secret.to_owned(), secret.to_uppercase()] {
        assert_eq!(holding(&home.data(), &kept), [""; 0], "the secret is not");
    }
    let bytes: Vec<u8> = (0..32).map(|at| u8::from_str_radix(&secret[2 * at..2 * at + 2], 16).unwrap()).collect();
    let file = std::fs::read(home.data().join("operator.db")).unwrap();
    assert!(!file.windows(32).any(|window| window == bytes), "in no form");
    assert_ne!(home.token(&["other"]), token);
}

#[test]
fn the_file_is_its_owners_alone() {
    let home = home();
    let server = home.serve();
    home.token(&["grafana"]);
    let mut seen = 0;
    for entry in std::fs::read_dir(home.data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().starts_with("operator.db") {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{entry:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, 3, "the database, its log and its index, while the server runs");
    server.stop();
}

#[test]
fn tokens_are_listed_with_what_they_allow() {
    let home = home();
    assert_eq!(list(&home), [Value::Null; 0]);
    home.token(&["first"]);
    home.token(&["second", "--app", "drift", "--app", "baofeng", "--scope", "operate"]);
    let tokens = list(&home);
    let told: Vec<_> =
        tokens.iter().map(|token| json!([token["name"], token["scope"], token["apps"], token["last_used"]])).collect();
    assert_eq!(told, [json!(["first", "read", null, null]), json!(["second", "operate", ["drift", "baofeng"], null])]);
    let run = home.run(&["token", "list"]);
    for snippet in ["first", "all", "second", "operate", "drift, baofeng", "never", tokens[0]["id"].as_str().unwrap()] {
        assert!(run.stdout.contains(snippet), "{snippet}: {}", run.stdout);
    }
}

#[test]
fn a_token_is_revoked_by_name_or_id_and_its_name_is_free_again() {
    let home = home();
    home.token(&["grafana"]);
    let id = list(&home)[0]["id"].as_str().unwrap().to_owned();
    let taken = home.run(&["token", "create", "grafana"]);
    assert_eq!((taken.code, taken.stdout.as_str()), (Some(1), ""), "{taken:?}");
    assert!(taken.stderr.contains("revoke"), "tells what to do: {}", taken.stderr);

    let run = home.run(&["token", "revoke", &id]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.stderr.contains("grafana") && run.stderr.contains(&id), "tells which: {}", run.stderr);
    home.token(&["grafana"]);
    assert_eq!(home.run(&["token", "revoke", "grafana"]).code, Some(0));
    assert_eq!(list(&home), [Value::Null; 0]);
    let run = home.run(&["token", "revoke", "grafana"]);
    assert_eq!(run.code, Some(1), "{run:?}");
    assert!(run.stderr.contains("askfirst token list"), "tells what to do: {}", run.stderr);
}

#[test]
fn what_can_not_be_is_refused() {
    let home = home();
    for arguments in [&["create"][..], &["create", ""], &["create", "a\nb"], &["create", "12345678"], &["revoke"], &[]]
    {
        let run = home.run(&[&["token"], arguments].concat());
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{arguments:?}: {run:?}");
    }
    let run = home.run(&["token", "create", "a", "--app", "nope"]);
    run.assert_refused("an app that is not there", &["nope", "voicemode"]);
    for verb in [&["create", "a"][..], &["list"], &["revoke", "a"]] {
        let run = home.run(&[&["token"], verb, &["--data", "elsewhere"]].concat());
        run.assert_refused("a folder that is not there", &["elsewhere", "--data"]);
    }
    assert!(!home.path("elsewhere").exists());
    assert_eq!(list(&home), [Value::Null; 0]);
}

#[test]
fn no_app_has_the_name_of_the_servers_own_file() {
    let home = home();
    std::fs::create_dir(home.path("contracts")).unwrap();
    let made = home.run(&["contract", "new", "operator", "--out", "contracts/operator.toml"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    home.run(&["serve", "--listen", "127.0.0.1:0"]).assert_refused("its ledger would be that file", &["operator"]);
}
