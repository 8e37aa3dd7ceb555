//! `errors`

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calendar::date;
use super::report::FAULTS;
use super::steps::story;
use super::versions::seen;
use super::world::World;
use super::{Back, Days, ask, back, cases, same, share};

/// Events, installs and versions of an error.
type Group = (usize, BTreeSet<usize>, BTreeSet<String>);

fn expected(world: &World, days: Days, top: usize) -> Value {
    let model = &world.model;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for event in model.stored(days) {
        if let Some(error) = event.fields["fault"].as_str() {
            let (events, installs, versions) = groups.entry(error.to_owned()).or_default();
            *events += 1;
            installs.extend(event.install);
            versions.extend(event.fields["version"].as_str().map(str::to_owned));
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(error, (events, _, _))| (std::cmp::Reverse(*events), error.clone()));
    groups.truncate(top);
    let (seen, daily) = (seen(world, "error", days.to), model.daily("error"));
    let row = |(error, (events, installs, versions)): (String, Group)| {
        let mut versions: Vec<String> = versions.into_iter().collect();
        versions.sort_by(|a, b| askfirst_contract::compare_versions(b, a));
        let [first, last] = match seen.get(&error) {
            Some((first, last)) => [json!(date(*first)), json!(date(*last))],
            None => [Value::Null, Value::Null],
        };
        let count = |day| daily.get(&(error.clone(), day)).map_or(0, |(events, _)| *events);
        json!({
            "error": error, "events": events, "installs": installs.len(), "first_seen": first, "last_seen": last,
            "versions": versions, "days": (days.from..=days.to).map(count).collect::<Vec<_>>(),
        })
    };
    let rows: Vec<Value> = groups.into_iter().map(row).collect();
    let events: usize = daily.iter().filter(|((_, day), _)| days.contain(*day)).map(|(_, (events, _))| events).sum();
    let affected: BTreeSet<usize> =
        FAULTS.iter().flat_map(|error| model.active(Some(("error", error)), &[], days)).collect();
    let active = model.active(None, &[], days).len();
    json!({
        "question": "errors", "from": date(days.from), "to": date(days.to), "events": events,
        "installs": model.known(days, affected.len()),
        "install_share": model.known(days, share(affected.len(), active)), "errors": rows,
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn errors_is_right(story in story(), back in back(), top in 1..5_usize) {
        check(&World::of(&story), back, top)?;
    }
}

pub(super) fn check(world: &World, back: Back, top: usize) -> Result<(), TestCaseError> {
    let days = back.of(world);
    same(&ask(world, "errors", days, &[("top", &top.to_string())]), &expected(world, days, top))
}
