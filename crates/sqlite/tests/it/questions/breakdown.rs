//! `breakdown`

use std::collections::{BTreeMap, BTreeSet};

use askfirst_contract::Timestamp;
use askfirst_core::question::Ask;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::active::{DIMENSIONS, only, parameters, texts};
use super::calendar::date;
use super::contracts::{Terms, is_declared};
use super::model::Only;
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, same, share};

/// Fields that are no dimensions, one of each type.
const FIELDS: [&str; 14] = [
    "load",
    "took",
    "ratio",
    "tags",
    "ports",
    "flags",
    "picks",
    "kinds",
    "session",
    "digest",
    "since",
    "needs",
    "at",
    "odd \"name\"",
];

/// A value that was reported.
#[derive(Default)]
struct Reported {
    /// By the number of the event: how often, in counts.
    times: BTreeMap<usize, i128>,
    installs: BTreeSet<usize>,
}

impl Reported {
    fn all<'r>(several: impl Iterator<Item = &'r Self>) -> Self {
        let mut all = Self::default();
        for reported in several {
            for (event, times) in &reported.times {
                *all.times.entry(*event).or_default() += times;
            }
            all.installs.extend(&reported.installs);
        }
        all
    }

    /// Events, or the sum of counts, as far as a count can be told.
    fn weight(&self, are_counts: bool) -> i64 {
        if !are_counts {
            return i64::try_from(self.times.len()).unwrap();
        }
        i64::try_from(self.times.values().sum::<i128>()).unwrap_or(i64::MAX)
    }
}

/// The values of a field that the stored events have.
fn reported(world: &World, days: Days, field: &str, only: Only<'_>) -> BTreeMap<String, Reported> {
    // What is no field of the envelope stands in declared types alone.
    let has_field = |kind| field == "load" || is_declared(world.terms, kind);
    let are_counts = matches!(field, "picks" | "kinds");
    let mut values: BTreeMap<String, Reported> = BTreeMap::new();
    for (number, event) in world.model.stored(only, days).enumerate().filter(|(_, event)| has_field(event.kind)) {
        let items = match &event.fields[field] {
            Value::Null => Vec::new(),
            Value::Object(counts) => {
                let counts = counts.iter().map(|(name, count)| (name.clone(), i128::from(count.as_i64().unwrap())));
                counts.filter(|(_, count)| *count > 0).collect()
            }
            _ if are_counts => Vec::new(),
            Value::Array(items) => items.iter().map(|item| (shown(item), 1)).collect(),
            value => vec![(shown(value), 1)],
        };
        for (name, times) in items {
            let value = values.entry(name).or_default();
            *value.times.entry(number).or_default() += times;
            value.installs.extend(event.install);
        }
    }
    values
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn expected(world: &World, days: Days, field: &str, only: Only<'_>, top: usize) -> Value {
    let are_counts = matches!(field, "picks" | "kinds");
    let name = if are_counts { "sum" } else { "events" };
    let values = reported(world, days, field, only);
    let all = Reported::all(values.values());
    let row = |value: Value, reported: &Reported| {
        let (weight, total) = (reported.weight(are_counts), all.weight(are_counts));
        json!({
            "value": value, name: weight, "share": portion(weight, total),
            "installs": reported.installs.len(), "install_share": share(reported.installs.len(), all.installs.len()),
        })
    };
    let mut values: Vec<_> = values.iter().collect();
    values.sort_by_key(|(value, reported)| (std::cmp::Reverse(reported.weight(are_counts)), value.as_str()));
    let others = values.split_off(top.min(values.len()));
    let rows: Vec<Value> = values.iter().map(|(value, reported)| row(json!(value), reported)).collect();
    let mut other = Vec::new();
    if !others.is_empty() {
        let mut row = row(json!(0), &Reported::all(others.iter().map(|(_, reported)| *reported)));
        row.as_object_mut().unwrap().remove("value");
        row["values"] = json!(others.len());
        other.push(row);
    }
    json!({
        "question": "breakdown", "from": date(days.from), "to": date(days.to), "field": field,
        name: all.weight(are_counts), "installs": all.installs.len(), "values": rows, "other": other,
    })
}

#[expect(clippy::cast_precision_loss, reason = "compared with what is rounded as well")]
fn portion(part: i64, whole: i64) -> Value {
    if whole == 0 { Value::Null } else { json!(part as f64 / whole as f64) }
}

fn expected_of_dimension(world: &World, days: Days, dimension: &str, only: Only<'_>, top: usize) -> Value {
    let model = &world.model;
    let mut events: BTreeMap<String, usize> = BTreeMap::new();
    for ((value, _), (count, _)) in model.daily(dimension).into_iter().filter(|((_, day), _)| days.contain(*day)) {
        *events.entry(value).or_default() += count;
    }
    // By two values, events are not counted.
    let known = |figure: Value| if only.is_empty() { figure } else { Value::Null };
    if !only.is_empty() {
        events = model.values(dimension, only, days).into_iter().map(|value| (value, 0)).collect();
    }
    let installs = |values: &[(String, usize)]| {
        let installs = values.iter().flat_map(|(value, _)| model.active(Some((dimension, value)), only, days));
        installs.collect::<BTreeSet<_>>().len()
    };
    let mut values: Vec<(String, usize)> = events.into_iter().collect();
    let size = |value: &(String, usize)| (value.1, installs(std::slice::from_ref(value)));
    values.sort_by_cached_key(|value| (std::cmp::Reverse(size(value)), value.0.clone()));
    let events = |values: &[(String, usize)]| values.iter().map(|(_, events)| events).sum::<usize>();
    let (all_events, all_installs) = (events(&values), installs(&values));
    let row = |name: &str, value: Value, values: &[(String, usize)]| {
        json!({
            name: value, "events": known(json!(events(values))), "share": known(share(events(values), all_events)),
            "installs": model.known(days, installs(values)),
            "install_share": model.known(days, share(installs(values), all_installs)),
        })
    };
    let others = values.split_off(top.min(values.len()));
    let rows: Vec<Value> = values.chunks(1).map(|value| row("value", json!(value[0].0), value)).collect();
    let other = (!others.is_empty()).then(|| row("values", json!(others.len()), &others));
    json!({
        "question": "breakdown", "from": date(days.from), "to": date(days.to), "field": dimension,
        "events": known(json!(all_events)), "installs": model.known(days, all_installs),
        "values": rows, "other": other.into_iter().collect::<Vec<_>>(),
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn breakdown_of_a_dimension_is_right(
        story in story(), back in back(), of in prop::sample::select(DIMENSIONS.to_vec()), only in only(), top in 1..6_usize,
    ) {
        check_dimension(&World::of(&story), back, of, &only, top)?;
    }

    #[test]
    fn breakdown_of_every_other_field_is_right(story in story(), back in back(), only in only(), top in 1..6_usize) {
        check_fields(&World::of(&story), back, &only, top)?;
    }
}

pub(super) fn check_dimension(
    world: &World,
    back: Back,
    of: &str,
    only: Only<'_>,
    top: usize,
) -> Result<(), TestCaseError> {
    let (days, texts, rows) = (back.of(world), texts(only), top.to_string());
    let answer = ask(world, "breakdown", days, &parameters(&[("field", of), ("top", &rows)], &texts));
    same(&answer, &expected_of_dimension(world, days, of, only, top))
}

pub(super) fn check_fields(world: &World, back: Back, only: Only<'_>, top: usize) -> Result<(), TestCaseError> {
    let (days, texts, rows) = (back.of(world), texts(only), top.to_string());
    for field in FIELDS {
        let answer = ask(world, "breakdown", days, &parameters(&[("field", field), ("top", &rows)], &texts));
        same(&answer, &expected(world, days, field, only, top))?;
    }
    Ok(())
}

#[test]
fn json_of_any_form_is_not_broken_down() {
    let contract = Terms::First.contract();
    let parse = |field: &str| {
        let parameters = [("field".to_owned(), field.to_owned())];
        Ask::parse("breakdown", &parameters, &contract, Timestamp(0)).unwrap_err()
    };
    assert_eq!(parse("free"), "`free` holds JSON of any form; read it with `askfirst query`");
    let told = parse("nothing of the kind");
    assert!(told.contains("needs, ") && !told.contains("free"), "{told}");
}
