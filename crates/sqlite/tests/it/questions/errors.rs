//! `errors`

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::active::{only, parameters, texts};
use super::calendar::date;
use super::model::Only;
use super::report::FAULTS;
use super::steps::story;
use super::versions::seen;
use super::world::World;
use super::{Back, Days, ask, back, cases, same, share};

/// Events, installs and versions of an error.
type Group = (usize, BTreeSet<usize>, BTreeSet<String>);

fn expected(world: &World, days: Days, only: Only<'_>, top: usize) -> Value {
    let model = &world.model;
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for event in model.stored(only, days) {
        if let Some(error) = event.fields["fault"].as_str() {
            let (events, installs, versions) = groups.entry(error.to_owned()).or_default();
            *events += 1;
            installs.extend(event.install);
            versions.extend(event.fields["version"].as_str().map(str::to_owned));
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(error, (events, _, _))| (std::cmp::Reverse(*events), error.clone()));
    let read = groups.iter().map(|(_, (events, _, _))| events).sum::<usize>();
    let found: BTreeSet<usize> = groups.iter().flat_map(|(_, (_, installs, _))| installs).copied().collect();
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
            "versions": versions,
            "days": only.is_empty().then(|| (days.from..=days.to).map(count).collect::<Vec<_>>()),
        })
    };
    let rows: Vec<Value> = groups.into_iter().map(row).collect();
    let active = model.active(None, only, days).len();
    let (events, affected, known) = if only.is_empty() {
        let events: usize =
            daily.iter().filter(|((_, day), _)| days.contain(*day)).map(|(_, (events, _))| events).sum();
        let affected = FAULTS.iter().flat_map(|error| model.active(Some(("error", error)), &[], days));
        (json!(events), affected.collect::<BTreeSet<_>>().len(), days)
    } else {
        // Events of the first day that is kept may have gone.
        let known = Days { from: days.from - 1, ..days };
        (model.known(known, read), found.len(), known)
    };
    json!({
        "question": "errors", "from": date(days.from), "to": date(days.to), "events": events,
        "installs": model.known(known, affected),
        "install_share": model.known(known, share(affected, active)), "errors": rows,
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn errors_is_right(story in story(), back in back(), only in only(), top in 1..5_usize) {
        check(&World::of(&story), back, &only, top)?;
    }
}

pub(super) fn check(world: &World, back: Back, only: Only<'_>, top: usize) -> Result<(), TestCaseError> {
    let (days, texts, rows) = (back.of(world), texts(only), top.to_string());
    same(&ask(world, "errors", days, &parameters(&[("top", &rows)], &texts)), &expected(world, days, only, top))
}
