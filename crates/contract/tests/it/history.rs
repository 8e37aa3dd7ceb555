//! Which contracts were in force, as people are told of them.

use askfirst_contract::{Contract, History, RecordedContract, Timestamp};
use serde_json::{Value, json};

use crate::shipped::{SMALL, parse};

/// The contract as it was when events were kept for so many days.
fn kept_for(days: u32) -> Contract {
    parse("small.toml", &SMALL.replace("retention = \"30d\"", &format!("retention = \"{days}d\"")))
}

/// The same as a ledger recorded it on a day since 1970.
fn recorded(days: u32, since: i64) -> RecordedContract {
    let contract = kept_for(days);
    RecordedContract { hash: contract.hash(), since: Timestamp(since * 86_400_000), text: contract.to_toml() }
}

fn told(in_force: u32, recorded: &[RecordedContract], most: usize) -> Vec<(Value, Value, Value)> {
    let history = History::of(&kept_for(in_force), recorded, most).to_json();
    let part = |entry: &Value| (entry["since"].clone(), entry["in_force"].clone(), entry["changes"].clone());
    history.as_array().unwrap().iter().map(part).collect()
}

fn entry(since: &str, in_force: bool, changes: &[&str]) -> (Value, Value, Value) {
    (json!(since), json!(in_force), json!(changes))
}

const TO_20: &str = "policy: Events are kept for 20 days instead of 30 days.";
const TO_30: &str = "policy: Events are kept for 30 days instead of 10 days.";

#[test]
fn each_contract_is_told_with_what_changed_against_the_one_before() {
    let all = [recorded(20, 3), recorded(30, 2), recorded(10, 1)];
    let expected = [
        entry("1970-01-04T00:00:00.000Z", true, &[TO_20]),
        entry("1970-01-03T00:00:00.000Z", false, &[TO_30]),
        entry("1970-01-02T00:00:00.000Z", false, &[]),
    ];
    assert_eq!(told(20, &all, 3), expected);
    assert_eq!(told(20, &all, 2), expected[..2], "the one before the last is known, though it is not told of");
    let hashes: Vec<_> = all.iter().map(|recorded| json!(recorded.hash)).collect();
    let history = History::of(&kept_for(20), &all, 3).to_json();
    assert_eq!(history.as_array().unwrap().iter().map(|entry| entry["hash"].clone()).collect::<Vec<_>>(), hashes);
}

#[test]
fn what_is_in_force_is_marked_where_an_earlier_contract_is_again() {
    let all = [recorded(20, 3), recorded(30, 2)];
    let marked: Vec<_> = told(30, &all, 9).into_iter().map(|(_, in_force, _)| in_force).collect();
    assert_eq!(marked, [json!(false), json!(true)]);
}

#[test]
fn what_no_ledger_recorded_yet_is_the_newest() {
    let told = told(20, &[recorded(30, 2)], 9);
    assert_eq!(told[0], (Value::Null, json!(true), json!([TO_20])));
    assert_eq!(told.len(), 2);
    assert_eq!(self::told(20, &[], 9), [(Value::Null, json!(true), json!([]))]);
}

#[test]
fn what_can_not_be_read_is_said_to_be_so() {
    let broken = RecordedContract { text: "kind = \"of another time\"".to_owned(), ..recorded(30, 2) };
    let told = told(20, &[recorded(20, 3), broken, recorded(10, 1)], 9);
    for (_, _, changes) in &told[..2] {
        assert!(changes[0].as_str().unwrap().contains("can't read"), "{changes}");
    }
    assert_eq!(told[2].2, json!([]));
}
