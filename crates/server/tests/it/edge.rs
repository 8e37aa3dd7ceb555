//! `askfirst edge init`: the folder that a Worker is deployed from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;

use crate::harness::{Home, Run};

const APPS: [&str; 4] = ["voicemode", "drift", "baofeng", "domscribe"];

/// A directory with a checkout, of which nothing matters but the script that builds: it notes its arguments.
fn with_checkout() -> Home {
    let home = Home::new();
    std::fs::create_dir_all(home.path("it's askfirst/scripts")).unwrap();
    home.write("it's askfirst/scripts/edge-build", "printf '%s\\n' \"$PWD\" \"$@\" > built\n");
    home
}

fn init(home: &Home, arguments: &[&str]) -> Run {
    let source = ["edge", "init", "--source", "it's askfirst"];
    home.run(&[&source, arguments].concat())
}

/// Writes a folder that must come out well, and gives its files.
fn files(home: &Home, arguments: &[&str], folder: &str) -> BTreeMap<String, String> {
    let run = init(home, arguments);
    assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "{run:?}");
    assert!(run.stderr.contains(folder), "tells where: {run:?}");
    let mut files = BTreeMap::new();
    let mut folders = vec![home.path(folder)];
    while let Some(folder_in) = folders.pop() {
        for entry in std::fs::read_dir(folder_in).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(home.path(folder)).unwrap().display().to_string();
                files.insert(name, std::fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

/// Runs the build that the folder's wrangler.toml names, as wrangler does, and gives what its script was told.
fn build(folder: &Path, wrangler: &str) -> Vec<String> {
    let command = wrangler.rsplit_once("[build]\ncommand = ").unwrap().1;
    let command: String = serde_json::from_str(command.trim()).unwrap();
    assert!(Command::new("sh").arg("-c").arg(command).current_dir(folder).status().unwrap().success());
    std::fs::read_to_string(folder.join("built")).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_folder_of_an_app_that_comes_with_askfirst() {
    let home = with_checkout();
    for app in APPS {
        let folder = format!("{app}-worker");
        let files = files(&home, &[app], &folder);
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        let migrations = ["migrations/0001_ledger.sql", "migrations/1001_append.sql", "migrations/2001_wire.sql"];
        assert_eq!(names, [&[".gitignore", "README.md"], &migrations[..], &["wrangler.toml"]].concat(), "{app}");
        let wrangler = &files["wrangler.toml"];
        for line in [
            format!("name = \"askfirst-{app}\""),
            "main = \"build/index.js\"".to_owned(),
            "binding = \"DB\"".to_owned(),
            "migrations_dir = \"migrations\"".to_owned(),
            format!("APP = \"{app}\""),
        ] {
            assert!(wrangler.lines().any(|known| known == line), "{app}, {line}: {wrangler}");
        }
        let folder = home.path(&folder).canonicalize().unwrap();
        assert_eq!(build(&folder, wrangler), [folder.to_str().unwrap(), "build"]);
        for (name, text) in &files {
            let is_filled = !["{app}", "{settings}", "{build}", "{secrets}", "{endpoints}", "{contract}", "{source}"]
                .iter()
                .any(|hole| text.contains(hole));
            assert!(is_filled, "{app}, {name}: {text}");
        }
    }
}

#[test]
fn the_migrations_make_the_tables_of_the_ledger_of_d1_and_of_the_wire() {
    let home = with_checkout();
    for (app, of_wire) in [
        ("voicemode", "events"),
        ("drift", "pattern_signatures"),
        ("baofeng", "flash_counter"),
        ("domscribe", "weekly_session"),
    ] {
        let files = files(&home, &[app], &format!("{app}-worker"));
        let database = Connection::open_in_memory().unwrap();
        for (_, text) in files.iter().filter(|(name, _)| name.starts_with("migrations/")) {
            database.execute_batch(text).unwrap();
        }
        for table in ["event", "decision", of_wire] {
            let sql = format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'");
            assert_eq!(database.query_row(&sql, [], |row| row.get(0)), Ok(1), "{app}, {table}");
        }
    }
}

#[test]
fn a_contract_of_ones_own_goes_with_it() {
    let home = with_checkout();
    let made =
        home.run(&["contract", "new", "my-tool", "--title", "My\nTool", "--about", "A tool.", "--out", "mine.toml"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let files = files(&home, &["mine.toml", "--dir", "deep/in/here"], "deep/in/here");
    assert_eq!(files["contract.toml"], std::fs::read_to_string(home.path("mine.toml")).unwrap());
    assert!(!files.contains_key("migrations/2001_wire.sql"), "the native wire has no tables: {:?}", files.keys());
    assert!(files["wrangler.toml"].contains("\nAPP = \"my-tool\"\n"), "{}", files["wrangler.toml"]);
    assert!(files["README.md"].contains("POST /api/v1/my-tool/events\n"), "{}", files["README.md"]);
    let folder = home.path("deep/in/here").canonicalize().unwrap();
    assert_eq!(build(&folder, &files["wrangler.toml"])[1..], ["build", "contract.toml"]);
}

#[test]
fn a_contract_that_differs_from_the_one_of_its_name_is_ones_own() {
    let home = with_checkout();
    let shipped = std::fs::read_to_string(repository().join("contracts/drift.toml")).unwrap();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/drift.toml", &shipped);
    assert!(!files(&home, &["drift", "--dir", "same"], "same").contains_key("contract.toml"));
    home.write("contracts/drift.toml", &format!("{shipped}\n# ours\n"));
    assert!(files(&home, &["drift", "--dir", "other"], "other")["contract.toml"].ends_with("\n# ours\n"));
}

#[test]
fn the_settings_it_names_are_what_the_contract_says() {
    let home = with_checkout();
    let mut variables = Vec::new();
    for app in APPS {
        let files = files(&home, &[app], &format!("{app}-worker"));
        let lines = files["wrangler.toml"].lines().filter_map(|line| line.strip_prefix("# ")?.split_once(" = "));
        let of_app: Vec<(String, String)> =
            lines.map(|(name, value)| (name.to_owned(), serde_json::from_str(value).unwrap())).collect();
        assert_eq!(of_app.len(), 10, "{app}: {of_app:?}");
        variables.extend(of_app);
    }
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let hashes = |variables: &[(&str, &str)]| {
        let server = home.serve_with(variables);
        APPS.map(|app| server.get(&format!("/api/v1/{app}/contract")).json()["hash"].clone())
    };
    assert_eq!(hashes(&variables), hashes(&[]));
    assert_ne!(hashes(&[("ASKFIRST_APP_DRIFT_RETENTION", "3d")]), hashes(&[]));
}

#[test]
fn the_steps_name_the_secrets_of_the_wire() {
    let home = with_checkout();
    let own = |app: &str| {
        let files = files(&home, &[app], &format!("{app}-worker"));
        let lines = files["README.md"].lines().filter_map(|line| line.trim().strip_prefix("npx wrangler secret put "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(own("voicemode"), ["READ_TOKEN", "OPERATE_TOKEN"]);
    let baofeng = ["ASKFIRST_APP_BAOFENG_ADMIN_TOKEN", "ASKFIRST_APP_BAOFENG_SIGNING_SECRET"];
    assert_eq!(own("baofeng")[2..], baofeng);
    assert_eq!(own("domscribe")[2..], ["ASKFIRST_APP_DOMSCRIBE_READ_TOKEN"]);
}

#[test]
fn what_is_there_stays_and_what_is_wrong_is_told() {
    let home = with_checkout();
    std::fs::create_dir(home.path("full")).unwrap();
    home.write("full/mine", "mine");
    std::fs::create_dir(home.path("empty")).unwrap();
    home.write("file", "mine");
    home.write("bad.toml", "[app]\nid = \"Bad\"\n");
    for (arguments, snippets) in [
        (&["voicemode", "--dir", "full"][..], &["full is not empty", "--dir"][..]),
        (&["voicemode", "--dir", "file"], &["can't make file"]),
        (&["bad.toml", "--dir", "bad"], &["bad.toml:2"]),
        (&["nobody", "--dir", "bad"], &["nobody", "voicemode"]),
    ] {
        init(&home, arguments).assert_refused(&arguments.join(" "), snippets);
    }
    home.run(&["edge", "init", "voicemode", "--dir", "bad"]).assert_refused("no checkout", &["--source"]);
    assert!(!home.path("bad").exists(), "nothing is made where something is wrong");
    let left: Vec<_> = std::fs::read_dir(home.path("full")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["mine"]);
    files(&home, &["voicemode", "--dir", "empty"], "empty");
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
