//! What every host of the core must answer alike: the cases in `conformance/cases`, replayed against the built server, and
//! against the Worker in workerd as well where `CONFORMANCE_WORKER` is set. `conformance/README.md` has the form of a case.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on stops where it stands")]
#![expect(clippy::disallowed_methods, reason = "a test from outside waits for a real process, by the real clock")]

mod expected;
mod host;
mod placeholders;
mod races;
mod replay;
mod scenario;
mod template;

#[path = "../it/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the other tests need the rest of it")]
mod harness;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use crate::host::Host;
use crate::scenario::Scenario;

/// Groups that are replayed at once: what takes time is the start of a Worker.
const AT_ONCE: usize = 3;

#[test]
fn every_host_answers_every_case() {
    let groups = Mutex::new(groups(scenario::all()).into_iter());
    let deviations = Mutex::new(Vec::new());
    let replay_groups = || {
        loop {
            let Some((group, scenarios)) = groups.lock().unwrap().next() else { break };
            let hosts = hosts(&group.app, &scenarios[0].settings);
            for scenario in &scenarios {
                let found = replay::replay(scenario, &hosts);
                deviations.lock().unwrap().extend(found);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(replay_groups);
        }
    });
    let deviations = deviations.into_inner().unwrap();
    assert!(deviations.is_empty(), "{} deviations\n\n{}", deviations.len(), deviations.join("\n\n"));
}

#[test]
fn of_requests_that_race_no_more_are_stored_than_may_be() {
    for host in hosts("voicemode", &BTreeMap::new()) {
        races::check(&host);
    }
}

/// All hosts there are here.
fn hosts(app: &str, settings: &BTreeMap<String, String>) -> Vec<Host> {
    let worker = std::env::var_os("CONFORMANCE_WORKER").map(|_| Host::worker(app, settings));
    [Host::server(app, settings)].into_iter().chain(worker).collect()
}

#[test]
fn the_case_of_the_readme_is_one() {
    let readme = std::fs::read_to_string(scenario::folder().join("README.md")).unwrap();
    let case = readme.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let scenario = Scenario::parse("readme.json", case);
    let hosts = [Host::server(&scenario.app, &scenario.settings)];
    assert_eq!(replay::replay(&scenario, &hosts), [""; 0]);
}

/// Scenarios that one start of a host serves.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    app: String,
    settings: BTreeMap<String, String>,
    /// The file of a scenario that shares its ledger with no other.
    alone: Option<String>,
}

fn groups(scenarios: Vec<Scenario>) -> BTreeMap<Group, Vec<Scenario>> {
    let mut groups: BTreeMap<Group, Vec<Scenario>> = BTreeMap::new();
    for scenario in scenarios {
        let alone = scenario.fresh_ledger.then(|| scenario.file.clone());
        let group = Group { app: scenario.app.clone(), settings: scenario.settings.clone(), alone };
        groups.entry(group).or_default().push(scenario);
    }
    groups
}
