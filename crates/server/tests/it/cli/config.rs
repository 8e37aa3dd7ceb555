//! Settings: flags over environment over file over defaults.

use std::process::Command;

use crate::harness::{Home, Report, Request, Server};

/// `serve` with the arguments and nothing else.
fn serve(home: &Home, arguments: &[&str]) -> Command {
    home.askfirst(&[&["serve"], arguments].concat())
}

fn host(server: &Server) -> String {
    server.address().ip().to_string()
}

#[test]
fn listen_is_taken_from_the_flag_then_the_environment_then_the_file() {
    // All of 127.0.0.0/8 is this machine.
    let home = Home::with_config("[server]\nlisten = \"127.0.0.2:0\"\n");
    let server = Server::start(serve(&home, &[]));
    assert_eq!(host(&server), "127.0.0.2", "the file");
    server.stop();

    let mut command = serve(&home, &[]);
    command.env("ASKFIRST_LISTEN", "127.0.0.3:0");
    let server = Server::start(command);
    assert_eq!(host(&server), "127.0.0.3", "the environment over the file");
    server.stop();

    let mut command = serve(&home, &["--listen", "127.0.0.4:0"]);
    command.env("ASKFIRST_LISTEN", "127.0.0.3:0");
    let server = Server::start(command);
    assert_eq!(host(&server), "127.0.0.4", "the flag over the environment");
    assert_eq!(server.get("/healthz").status, 200);
}

#[test]
fn data_is_taken_from_the_flag_then_the_environment_then_the_file_then_the_default() {
    let home = Home::new();
    let listen = ["--listen", "127.0.0.1:0"];
    let made = |command: Command, name: &str, case: &str| {
        Server::start(command).stop();
        let file = home.path(name).join("voicemode.db");
        assert!(file.is_file(), "{case}: {}", file.display());
        std::fs::remove_dir_all(home.path(name)).unwrap();
    };
    made(serve(&home, &listen), "data", "the default");
    home.write("askfirst.toml", "[server]\ndata = \"from-file\"\n");
    made(serve(&home, &listen), "from-file", "the file");
    let mut command = serve(&home, &listen);
    command.env("ASKFIRST_DATA", "from-environment");
    made(command, "from-environment", "the environment over the file");
    let mut command = serve(&home, &[&listen[..], &["--data", "from/flag"]].concat());
    command.env("ASKFIRST_DATA", "from-environment");
    made(command, "from/flag", "the flag over the environment, in a directory made on the way");
    assert!(!home.path("data").exists() && !home.path("from-environment").exists(), "and only there");
}

#[test]
fn the_file_is_the_one_named_or_the_one_that_is_there() {
    let home = Home::with_config("[server]\nlisten = \"127.0.0.2:0\"\n");
    home.write("third.toml", "[server]\nlisten = \"127.0.0.3:0\"\n");
    home.write("fourth.toml", "[server]\nlisten = \"127.0.0.4:0\"\n");
    let mut command = serve(&home, &[]);
    command.env("ASKFIRST_CONFIG", "third.toml");
    let server = Server::start(command);
    assert_eq!(host(&server), "127.0.0.3", "named by the environment");
    server.stop();
    let mut command = serve(&home, &["--config", "fourth.toml"]);
    command.env("ASKFIRST_CONFIG", "third.toml");
    assert_eq!(host(&Server::start(command)), "127.0.0.4", "named by the flag");
}

#[test]
fn an_apps_settings_come_from_the_environment_over_the_file() {
    let home = Home::with_config("[apps.voicemode]\nbase_path = \"/file\"\nlimits = { address = \"1/h\" }\n");
    let post = |server: &Server, target: &str| {
        let request = Request::new("POST", target).body(Report::new().json());
        server.send(&request).status
    };
    let mut command = home.serve_command();
    command.env("ASKFIRST_APP_VOICEMODE_BASE_PATH", "/environment").env("ASKFIRST_APP_VOICEMODE_RETENTION", "30d");
    let server = Server::start(command);
    assert_eq!(post(&server, "/file/telemetry"), 404);
    assert_eq!(post(&server, "/environment/telemetry"), 200);
    assert_eq!(post(&server, "/environment/telemetry"), 429, "what the environment leaves out, the file tells");
}

#[test]
fn the_trusted_proxies_and_the_address_header_come_from_everywhere_too() {
    const LIMIT: &str = "[apps.voicemode]\nlimits = { address = \"1/h\" }\n";
    const SERVER: &str =
        "[server]\ntrusted_proxies = [\"127.0.0.1/32\", \"10.0.0.0/8\"]\naddress_header = \"x-real\"\n";
    let home = Home::new();
    let statuses = |command: Command, header: &str| {
        let server = Server::start(command);
        let post = |address: &str| {
            let request = Request::new("POST", "/telemetry").header(header, address);
            server.send(&request.body(Report::new().json())).status
        };
        let statuses = ["203.0.113.1, 10.0.0.1", "203.0.113.1", "203.0.113.2"].map(post);
        drop(server);
        std::fs::remove_dir_all(home.data()).unwrap();
        statuses
    };
    let listen = ["--listen", "127.0.0.1:0"];

    home.write("askfirst.toml", &format!("{SERVER}{LIMIT}"));
    assert_eq!(statuses(serve(&home, &listen), "x-real"), [200, 429, 200], "the file");
    let mut command = serve(&home, &listen);
    command.env("ASKFIRST_ADDRESS_HEADER", "x-other");
    assert_eq!(statuses(command, "x-other"), [200, 429, 200], "the header from the environment");

    home.write("askfirst.toml", LIMIT);
    let mut command = serve(&home, &listen);
    command.env("ASKFIRST_TRUSTED_PROXY", "127.0.0.1/32,10.0.0.0/8");
    assert_eq!(statuses(command, "x-forwarded-for"), [200, 429, 200], "the proxies from the environment");
    assert_eq!(statuses(serve(&home, &listen), "x-forwarded-for"), [200, 429, 429], "none by default");
}
