//! Contracts of one's own: where they are looked for, and what SIGHUP does with them.

use crate::harness::eventually;

use super::*;

/// Declares one field more.
fn with_field(field: &str) -> String {
    format!("{FIELDS}{field} = {{ type = \"bool\", optional = true, why = \"whether it works\" }}\n")
}

#[test]
fn the_folder_is_the_one_named_or_the_one_that_is_there() {
    let home = home();
    std::fs::create_dir(home.path("mine")).unwrap();
    home.write("mine/anything.toml", &contract_of("other", POLICY, FIELDS));
    home.write("mine/notes.txt", "no contract");
    let apps = |server: &Server| -> Vec<u16> {
        ["mytool", "other"].iter().map(|app| server.get(&format!("/api/v1/{app}/contract")).status).collect()
    };
    assert_eq!(apps(&home.serve()), [200, 404], "the one that is there");
    assert_eq!(apps(&home.serve_with(&[("ASKFIRST_CONTRACTS", "mine")])), [404, 200], "the environment");
    let mut command = home.serve_command();
    command.args(["--contracts", "mine"]).env("ASKFIRST_CONTRACTS", "contracts");
    assert_eq!(apps(&Server::start(command)), [404, 200], "the flag, over the environment");
    home.write("askfirst.toml", "[server]\ncontracts = \"mine\"\n");
    assert_eq!(apps(&home.serve()), [404, 200], "the file");
    assert_eq!(apps(&Home::new().serve()), [404, 404], "none is needed");
}

#[test]
fn a_contract_takes_the_place_of_one_that_comes_with_the_program() {
    let home = home();
    home.write("contracts/drift.toml", &contract_of("drift", POLICY, FIELDS));
    let server = home.serve();
    let answer = send(&server, &Request::new("POST", "/api/v1/drift/events").body(launch().json()));
    assert_eq!(outcomes(&answer), ["accepted"]);
    assert_eq!(server.post(Report::new().json()).status, 200, "the others are there");
}

#[test]
fn what_is_wrong_with_a_contract_keeps_the_server_from_starting() {
    let start = ["serve", "--listen", "127.0.0.1:0", "--data", "data"];
    let home = home();
    home.write("contracts/second.toml", &contract_of("second", "retenton = \"9d\"", FIELDS));
    home.run(&start).assert_refused("an unknown key", &["second.toml:7", "retenton", "retention"]);
    home.write("contracts/second.toml", &contract_of("second", POLICY, FIELDS).replace("[app]", "[app]\nwire = \"x\""));
    home.run(&start).assert_refused("an unknown wire", &["second.toml", "`x`", "native"]);
    home.write("contracts/second.toml", &contract_of(APP, POLICY, FIELDS));
    home.run(&start).assert_refused("an id twice", &["second.toml", "mytool"]);
    for (key, value) in [("max_batch", "0"), ("max_batch", "1001"), ("max_body", "\"100 MiB\"")] {
        home.write("contracts/second.toml", &contract_of("second", &format!("{key} = {value}"), FIELDS));
        home.run(&start).assert_refused(key, &["second.toml:7", key]);
    }
    std::fs::remove_file(home.path("contracts/second.toml")).unwrap();
    let named = [&start[..], &["--contracts", "missing"]].concat();
    home.run(&named).assert_refused("a folder that is named must be there", &["missing"]);
    assert!(!home.data().exists(), "nothing was made");
}

#[test]
fn an_app_that_is_added_is_served_and_one_that_is_removed_is_not() {
    let home = home();
    let server = home.serve();
    let second = "/api/v1/second/events";
    let to_second = Request::new("POST", second).body(launch().json());
    assert_problem("before", &send(&server, &to_second), 404, "unknown_app");
    home.write("contracts/second.toml", &contract_of("second", POLICY, FIELDS));
    assert_problem("nobody was told", &send(&server, &to_second), 404, "unknown_app");
    server.reload();
    assert_eq!(outcomes(&send(&server, &to_second)), ["accepted"]);
    assert_eq!(outcomes(&post(&server, launch().json())), ["accepted"], "the others go on");
    std::fs::remove_file(home.path("contracts/second.toml")).unwrap();
    server.reload();
    assert_problem("after", &send(&server, &to_second), 404, "unknown_app");
    assert!(home.database_of("second").exists(), "what is stored stays");
    home.write("contracts/second.toml", &contract_of("second", POLICY, FIELDS));
    server.reload();
    assert_eq!(outcomes(&send(&server, &to_second)), ["duplicate"], "and is found again");
    assert_eq!(server.stop().status.code(), Some(0));
}

#[test]
fn a_contract_that_is_changed_is_in_force_and_the_ledger_knows_both() {
    let home = home();
    let server = home.serve();
    let before = hash(&server);
    let new = || launch().with("works", true).json();
    assert_eq!(outcomes(&post(&server, new())), ["refused"]);
    let install = install_id();
    let of_install = |count: usize| -> Vec<String> {
        (0..count).map(|_| launch().with("install", install.clone()).json()).collect()
    };
    assert_eq!(outcomes(&post(&server, array(&of_install(5)))), ["accepted"; 5], "no limit yet");

    let policy = POLICY.replace("install = \"off\"", "install = \"6/h\"").replace("max_batch = 10", "max_batch = 3");
    home.write("contracts/mytool.toml", &contract_of(APP, &policy, &with_field("works")));
    server.reload();
    let after = hash(&server);
    assert_ne!(before, after);
    assert_eq!(outcomes(&post(&server, new())), ["accepted"], "the new field");
    let limited = post(&server, array(&of_install(3)));
    assert_eq!(outcomes(&limited), ["accepted", "limited", "limited"], "the new limit counts what was before");
    assert_problem("the new bound", &post(&server, array(&launches(4))), 413, "too_many_events");
    assert_eq!(limited.header("askfirst-contract"), Some(after.as_str()));

    let known: Vec<String> = home
        .query_of(APP, "SELECT hash FROM contract ORDER BY id")
        .iter()
        .map(|row| row["hash"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(known, [before.clone(), after.clone()]);
    let under = "SELECT COUNT(*) AS n FROM event JOIN contract ON contract.id = event.contract WHERE hash = ";
    assert_eq!((count(&home, &format!("{under}'{before}'")), count(&home, &format!("{under}'{after}'"))), (5, 2));

    // Back to the first: it is known already.
    home.write("contracts/mytool.toml", &contract_of(APP, POLICY, FIELDS));
    server.reload();
    assert_eq!(hash(&server), before);
    assert_eq!(outcomes(&post(&server, new())), ["refused"]);
    assert_eq!(count(&home, "SELECT COUNT(*) AS n FROM contract"), 2);
}

#[test]
fn while_a_contract_is_broken_the_old_ones_stay_in_force_and_the_log_says_why() {
    let home = home();
    let server = home.serve();
    let before = hash(&server);
    let good = contract_of(APP, "max_batch = 3", &with_field("works"));
    let cases: [(&str, &str, &str); 4] = [
        ("mytool.toml", "max_batch = 0\n", "max_batch"),
        ("mytool.toml", "[app", "mytool.toml"),
        ("second.toml", "retenton = \"9d\"\n", "retenton"),
        ("second.toml", "wire", "second.toml"),
    ];
    for (file, fault, told) in cases {
        // Nothing of what would be right is taken while another file is not.
        home.write("contracts/mytool.toml", &good);
        let broken =
            if file == "mytool.toml" { contract_of(APP, fault, FIELDS) } else { contract_of("second", fault, FIELDS) };
        home.write(&format!("contracts/{file}"), &broken);
        let length = server.log().len();
        server.reload();
        let log = server.log()[length..].to_owned();
        assert!(log.contains("the old ones stay in force") && log.contains(told), "{fault}: {log}");
        assert!(log.contains("ERROR") && log.contains(&format!("contracts/{file}:")), "{fault}: {log}");
        assert_eq!(hash(&server), before, "{fault}");
        assert_eq!(outcomes(&post(&server, array(&launches(10)))), ["accepted"; 10], "{fault}");
        assert_eq!(server.get("/api/v1/second/contract").status, 404, "{fault}");
        std::fs::remove_file(home.path(&format!("contracts/{file}"))).unwrap();
    }
    home.write("contracts/mytool.toml", &good);
    server.reload();
    assert_ne!(hash(&server), before, "when it is mended, it counts");
}

#[test]
fn settings_of_apps_are_read_again_as_well() {
    let home = home();
    let server = home.serve();
    home.write("askfirst.toml", "[apps.mytool]\nenabled = false\n");
    server.reload();
    assert_problem("switched off", &post(&server, launch().json()), 404, "unknown_app");
    home.write("askfirst.toml", "[apps.mytool]\nbase_path = \"/base\"\n");
    server.reload();
    let answer = send(&server, &Request::new("POST", "/base/events").body(launch().json()));
    assert_eq!(outcomes(&answer), ["accepted"]);
    home.write("askfirst.toml", "[apps.mytol]\n");
    server.reload();
    assert_eq!(outcomes(&post(&server, launch().json())), ["accepted"], "a mistake changes nothing");
}

#[test]
fn what_a_contract_speaks_can_not_change_while_it_is_served() {
    let home = home();
    let server = home.serve();
    let contract = contract_of(APP, POLICY, FIELDS);
    home.write("contracts/mytool.toml", &contract.replace("[app]", "[app]\nwire = \"drift\""));
    server.reload();
    assert!(server.log().contains("can't change while it is served"), "{}", server.log());
    assert_eq!(outcomes(&post(&server, launch().json())), ["accepted"]);
}

#[test]
fn no_request_is_lost_while_contracts_are_read_again() {
    let home = home();
    let server = home.serve();
    let done = std::sync::atomic::AtomicBool::new(false);
    let sent = std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut connection = server.connect();
            let mut sent = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                assert_eq!(outcomes(&send_on(&mut connection, &request(launch().json()))), ["accepted"]);
                sent += 1;
            }
            sent
        });
        for round in 0..6 {
            let fields = if round % 2 == 0 { with_field("works") } else { FIELDS.to_owned() };
            home.write("contracts/mytool.toml", &contract_of(APP, POLICY, &fields));
            server.reload();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        sender.join().unwrap()
    });
    eventually("all of them to be there", || {
        let stored = stored(&home);
        if stored == sent { Ok(()) } else { Err(format!("{stored} of {sent}")) }
    });
}
