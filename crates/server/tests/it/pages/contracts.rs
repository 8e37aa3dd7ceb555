//! Which contracts were in force.

use rusqlite::Connection;
use serde_json::json;

use super::*;

/// When each of them came into force, whether it is, and what changed.
fn told(server: &Server) -> Vec<(bool, Value)> {
    let history = json_of(server, "contracts", "Contracts");
    let entries = history.as_array().unwrap().iter();
    entries.map(|entry| (entry["in_force"].as_bool().unwrap(), entry["changes"].clone())).collect()
}

#[test]
fn every_contract_is_told_with_what_changed_the_newest_first() {
    let home = home(&contract());
    let first = (true, json!([]));
    let server = home.serve();
    assert_eq!(told(&server), [first]);
    home.write("contracts/mytool.toml", &contract().replace("\"thorough\"", "\"thorough\", \"lazy\""));
    server.reload();
    let after = crate::harness::eventually("the contract in force", || {
        let told = told(&server);
        if told.len() == 2 { Ok(told) } else { Err(format!("{told:?}")) }
    });
    assert_eq!((after[0].0, &after[1]), (true, &(false, json!([]))));
    let change = after[0].1[0].as_str().unwrap();
    assert!(change.starts_with("event launch, field mode: ") && change.contains("lazy"), "{change}");
    drop(server);
    // In force again, it is not recorded again.
    home.write("contracts/mytool.toml", &contract());
    let again = told(&home.serve());
    assert_eq!(again.iter().map(|(in_force, _)| *in_force).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn what_this_version_can_not_read_is_said_to_be_so() {
    let home = home(&contract());
    home.serve().stop();
    let ledger = Connection::open(home.database_of("mytool")).unwrap();
    ledger.execute("UPDATE contract SET hash = 'old', text = 'language = 9'", []).unwrap();
    drop(ledger);
    let told = told(&home.serve());
    assert_eq!(told.len(), 2);
    assert!(told[0].0 && told[0].1[0].as_str().unwrap().contains("can't read"), "{told:?}");
}

#[test]
fn the_latest_hundred_are_told_of() {
    let home = home(&contract());
    home.serve().stop();
    let ledger = Connection::open(home.database_of("mytool")).unwrap();
    let more = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 150) \
                INSERT INTO contract (hash, since, text) SELECT 'h' || n, n, 'x' FROM n";
    ledger.execute(more, []).unwrap();
    drop(ledger);
    let server = home.serve();
    let history = json_of(&server, "contracts", "Contracts");
    let history = history.as_array().unwrap();
    assert_eq!((history.len(), &history[99]["hash"]), (100, &json!("h52")));
    let page = json_of(&server, "what-we-collect?format=json", "Page");
    assert_eq!(page["history"].as_array().unwrap()[..], history[..10]);
    assert!(get(&server, "what-we-collect").text().contains("The latest contracts that were in force"));
}
