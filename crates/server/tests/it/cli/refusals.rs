//! What keeps the server from starting is told in one line, with exit code 2.

use std::net::TcpListener;

use super::argument;
use crate::harness::{Home, Report, Run};

const LISTEN: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

#[test]
fn a_broken_configuration_is_refused_with_what_would_be_right() {
    let cases: [(&str, &str, &[&str]); 14] = [
        ("an unknown key of the server", "[server]\nlisen = \"127.0.0.1:0\"\n", &["lisen", "listen"]),
        ("another", "# a remark\n\n[server]\ntrusted_proxy = []\n", &["trusted_proxy", "trusted_proxies"]),
        ("an unknown section", "[sever]\n", &["sever", "server"]),
        (
            "an unknown key of an app",
            "[apps.voicemode]\nretenton = \"90d\"\n",
            &["retenton", "retention", "[apps.voicemode]"],
        ),
        (
            "an unknown limit",
            "[apps.voicemode]\nlimits = { adress = \"1/h\" }\n",
            &["adress", "address", "[apps.voicemode.limits]"],
        ),
        ("an unknown app", "[apps.voicemod]\nenabled = true\n", &["voicemod", "voicemode"]),
        ("no TOML", "[server\n", &[]),
        ("a key twice", "[server]\ndata = \"a\"\ndata = \"b\"\n", &[]),
        ("a number for a text", "[server]\nlisten = 8787\n", &["listen"]),
        ("no address", "[server]\nlisten = \"nonsense\"\n", &["listen", "nonsense"]),
        ("no network", "[server]\ntrusted_proxies = [\"nonsense\"]\n", &["nonsense"]),
        ("no limit", "[apps.voicemode]\nlimits = { install = \"10/fortnight\" }\n", &["10/fortnight"]),
        ("no time", "[apps.voicemode]\nretention = \"soon\"\n", &["soon"]),
        ("a text for a truth", "[apps.voicemode]\nenabled = \"perhaps\"\n", &["enabled"]),
    ];
    for (case, config, snippets) in cases {
        let home = Home::with_config(config);
        let run = home.run(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
        run.assert_refused(case, snippets);
        assert!(run.stderr.contains("askfirst.toml"), "{case}, names the file: {}", run.stderr);
        assert!(!home.data().exists(), "{case}: nothing was made");
    }
}

#[test]
fn an_unknown_key_is_told_with_its_line() {
    let cases = [(2, "[server]\nlisen = \"127.0.0.1:0\"\n"), (5, "# 1\n# 2\n\n[apps.voicemode]\nbase_pat = \"/x\"\n")];
    for (line, config) in cases {
        let run = Home::with_config(config).run(&LISTEN);
        run.assert_refused(config, &[]);
        let told =
            [format!("line {line}"), format!("askfirst.toml:{line}")].iter().any(|place| run.stderr.contains(place));
        assert!(told, "line {line}: {}", run.stderr);
    }
}

#[test]
fn a_configuration_file_that_is_named_must_be_there() {
    let home = Home::new();
    home.run(&["serve", "--config", "missing.toml"]).assert_refused("the flag", &["missing.toml"]);
    let mut command = home.askfirst(&LISTEN);
    command.env("ASKFIRST_CONFIG", "missing.toml");
    Run::of(command).assert_refused("the environment", &["missing.toml"]);
}

#[test]
fn a_setting_from_the_environment_is_checked_like_one_from_the_file() {
    let home = Home::new();
    let cases = [
        ("ASKFIRST_LISTEN", "nonsense"),
        ("ASKFIRST_TRUSTED_PROXY", "127.0.0.1/32,nonsense"),
        ("ASKFIRST_APP_VOICEMODE_RETENTION", "nonsense"),
        ("ASKFIRST_APP_VOICEMODE_ENABLED", "nonsense"),
    ];
    for (name, value) in cases {
        let mut command = home.askfirst(&["serve", "--data", "data"]);
        command.env(name, value);
        // Where another setting is the one that is wrong, the port must be free.
        if name != "ASKFIRST_LISTEN" {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let run = Run::of(command);
        assert_eq!(run.code, Some(2), "{name}: {run:?}");
        assert!(run.stderr.contains("nonsense"), "{name}: {}", run.stderr);
    }
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused() {
    let home = Home::new();
    home.write("file", "not a directory");
    for data in ["file", "file/below"] {
        let run = home.run(&[&LISTEN[..], &["--data", data]].concat());
        run.assert_refused(data, &[data]);
    }
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let home = Home::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = home.run(&["serve", "--listen", &address, "--data", "data"]);
    run.assert_refused("taken", &[&address]);
}

#[test]
fn a_second_server_on_the_same_data_is_refused_and_the_first_goes_on() {
    let home = Home::new();
    let server = home.serve();
    for data in ["data", argument(&home.data()), "./data/../data"] {
        let run = home.run(&[&LISTEN[..], &["--data", data]].concat());
        run.assert_refused(data, &["data"]);
    }
    assert_eq!(server.post(Report::new().json()).status, 200);
    server.kill();
    let server = home.serve();
    assert_eq!(server.post(Report::new().json()).status, 200, "a server that was killed does not block the next");
}

#[test]
fn a_database_that_is_none_is_refused_and_left_alone() {
    let home = Home::new();
    std::fs::create_dir(home.data()).unwrap();
    let garbage = "this is no database ".repeat(1000);
    home.write("data/voicemode.db", &garbage);
    let run = home.run(&[&LISTEN[..], &["--data", "data"]].concat());
    run.assert_refused("garbage", &["voicemode.db"]);
    assert_eq!(std::fs::read_to_string(home.database()).unwrap(), garbage);
}
