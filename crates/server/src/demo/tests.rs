//! The population keeps what it promises, at any size.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use askfirst_contract::{Contract, InstallId, Json, Refusal, Timestamp};
use serde_json::Value;

use super::calendar::HOUR;
use super::{CONTRACT, Population, Size};

/// An event that the contract let through.
struct Event {
    name: Arc<str>,
    received_at: Timestamp,
    occurred_at: Timestamp,
    id: String,
    install: InstallId,
    fields: Value,
}

impl Event {
    fn field(&self, name: &str) -> &str {
        self.fields[name].as_str().unwrap_or_default()
    }

    fn day(&self) -> i32 {
        self.received_at.day().0
    }
}

/// All that a population sends, in the order of receipt.
struct Sent {
    accepted: Vec<Event>,
    duplicates: usize,
    refused: Vec<Refusal>,
}

fn size(events: u64, installs: u32, days: u16, end: &str) -> Size {
    Size { events, installs, days, seed: 1, end: Timestamp::parse(end).unwrap() }
}

/// 90 days to the end of a Tuesday, large enough for shares to mean something. Made once, because it takes seconds.
static USUAL: LazyLock<Sent> = LazyLock::new(|| sent(usual()));

fn usual() -> Size {
    size(30_000, 2_000, 90, "2026-03-04")
}

fn texts(size: Size) -> Vec<(Timestamp, String)> {
    let population = Population::new(size);
    let text = |receipt| {
        let mut text = String::new();
        population.write(&receipt, &mut text);
        (receipt.received_at, text)
    };
    population.days().flatten().map(text).collect()
}

fn sent(size: Size) -> Sent {
    let contract = Contract::parse("contract.toml", CONTRACT).unwrap();
    let (mut ids, mut accepted) = (BTreeSet::new(), Vec::new());
    let (mut duplicates, mut refused) = (0, Vec::new());
    for (received_at, text) in texts(size) {
        match contract.check_typed(&Json::parse(text.as_bytes()).unwrap(), received_at) {
            Ok(event) if !ids.insert(event.event_id.clone()) => duplicates += 1,
            Ok(event) => accepted.push(Event {
                name: event.event_type,
                received_at,
                occurred_at: event.occurred_at.unwrap(),
                id: event.event_id,
                install: event.install_id.unwrap(),
                fields: serde_json::from_str(&event.fields).unwrap(),
            }),
            Err(refusal) => refused.push(refusal),
        }
    }
    Sent { accepted, duplicates, refused }
}

/// How many of 100 this is of that.
fn percent(part: usize, whole: usize) -> usize {
    100 * part / whole
}

#[test]
fn there_are_as_many_as_were_asked_for() {
    for asked in [
        size(1, 1, 1, "2026-03-04"),
        size(1, 1, 90, "2026-03-04T00:00:00.001Z"),
        size(50, 50, 7, "2026-03-04T12:00:00Z"),
        size(2_000, 3, 2, "2026-03-04"),
        size(2_000, 1_000, 366, "2026-03-04"),
    ] {
        check_numbers(&sent(asked), asked);
    }
    check_numbers(&USUAL, usual());
}

fn check_numbers(sent: &Sent, asked: Size) {
    assert_eq!(sent.accepted.len() as u64, asked.events, "{asked:?}");
    let installs: BTreeSet<_> = sent.accepted.iter().map(|event| &event.install).collect();
    assert_eq!(installs.len(), asked.installs as usize, "{asked:?}");
}

#[test]
fn the_same_is_the_same_and_another_seed_is_another() {
    let asked = size(3_000, 100, 30, "2026-03-04T09:30:00Z");
    let first = texts(asked);
    assert!(first == texts(asked));
    let other: BTreeSet<_> = texts(Size { seed: 2, ..asked }).into_iter().collect();
    assert!(!first.into_iter().any(|event| other.contains(&event)));
}

#[test]
fn receipts_are_in_order_and_within_the_days() {
    for end in ["2026-03-04", "2026-03-04T06:00:00Z"] {
        let asked = size(10_000, 300, 60, end);
        let received: Vec<_> = texts(asked).into_iter().map(|(received_at, _)| received_at).collect();
        assert!(received.is_sorted());
        let days: BTreeSet<_> = received.iter().map(|time| time.day().0).collect();
        let last = Timestamp(asked.end.0 - 1).day().0;
        assert_eq!((days.first(), days.last(), days.len()), (Some(&(last - 59)), Some(&last), 60));
        assert!(received.last() < Some(&asked.end));
    }
}

#[test]
fn some_are_refused_or_sent_twice_and_most_are_not() {
    let Sent { accepted, duplicates, refused } = &*USUAL;
    assert!((accepted.len() / 1_000..accepted.len() / 100).contains(duplicates), "{duplicates}");
    assert!((accepted.len() / 2_000..accepted.len() / 50).contains(&refused.len()), "{}", refused.len());
    let rules: BTreeSet<_> = refused.iter().map(|refusal| refusal.violations[0].rule.name()).collect();
    assert_eq!(rules.into_iter().collect::<Vec<_>>(), ["enum", "missing", "range"]);
}

#[test]
fn some_come_late_and_some_clocks_are_wrong() {
    let Sent { accepted, .. } = &*USUAL;
    let age = |event: &Event| event.received_at.0 - event.occurred_at.0;
    let days = 24 * HOUR.cast_signed();
    let of_1000 =
        |is: &dyn Fn(i64) -> bool| accepted.iter().filter(|event| is(age(event))).count() * 1_000 / accepted.len();
    let late = of_1000(&|age| age > days);
    assert!((2..30).contains(&late), "{late} of 1,000 are a day late");
    let ahead = of_1000(&|age| age < 0);
    assert!((1..40).contains(&ahead), "{ahead} of 1,000 are of the future");
    let soon = of_1000(&|age| (0..60_000).contains(&age));
    assert!(soon > 900, "{soon} of 1,000 come at once");
}

#[test]
fn weekends_are_quiet_and_the_tool_grows() {
    let Sent { accepted, .. } = &*USUAL;
    let mut days: BTreeMap<i32, usize> = BTreeMap::new();
    for event in accepted {
        *days.entry(event.day()).or_default() += 1;
    }
    let (first, mut weekend, mut weekday) = (*days.keys().next().unwrap(), 0, 0);
    let (mut early, mut late) = (0, 0);
    for (day, events) in days {
        // 1970-01-01 was a Thursday.
        *if (day + 3) % 7 >= 5 { &mut weekend } else { &mut weekday } += events;
        *if day < first + 45 { &mut early } else { &mut late } += events;
    }
    // Two days of seven, so less than half of what five have.
    assert!((5..20).contains(&percent(weekend, weekday)), "{weekend} at weekends, {weekday} else");
    assert!(late > early + early / 5, "{early}, then {late}");
}

#[test]
fn most_installs_go_and_some_stay() {
    let Sent { accepted, .. } = &*USUAL;
    let mut people: BTreeMap<&InstallId, BTreeSet<i32>> = BTreeMap::new();
    for event in accepted.iter().filter(|event| event.field("runtime") == "interactive") {
        people.entry(&event.install).or_default().insert(event.occurred_at.day().0);
    }
    let last = accepted.last().unwrap().day();
    let cohort: Vec<_> = people.values().filter(|days| days.first().unwrap() + 37 <= last).collect();
    let back = |from: i32, to: i32| {
        let in_week = |days: &&&BTreeSet<i32>| {
            let first = days.first().unwrap();
            days.range(first + from..first + to).next().is_some()
        };
        percent(cohort.iter().filter(in_week).count(), cohort.len())
    };
    let (week, month) = (back(1, 8), back(30, 37));
    assert!(cohort.len() > 500, "{}", cohort.len());
    assert!((30..65).contains(&week) && (8..35).contains(&month) && month < week, "{week} %, then {month} %");
}

#[test]
fn machines_are_few_and_loud() {
    let Sent { accepted, .. } = &*USUAL;
    let mut runtimes: BTreeMap<&str, (usize, BTreeSet<&InstallId>)> = BTreeMap::new();
    for event in accepted {
        let (events, installs) = runtimes.entry(event.field("runtime")).or_default();
        *events += 1;
        installs.insert(&event.install);
    }
    let share = |name| {
        let (events, installs) = &runtimes[name];
        (percent(*events, accepted.len()), percent(installs.len(), 2_000))
    };
    let (ci_events, ci_installs) = share("ci");
    assert!((30..65).contains(&ci_events) && (4..11).contains(&ci_installs), "{ci_events} %, {ci_installs} %");
    let (people_events, people) = share("interactive");
    assert!((25..60).contains(&people_events) && (70..88).contains(&people), "{people_events} %, {people} %");
    assert_eq!(runtimes.keys().copied().collect::<Vec<_>>(), ["agent", "ci", "container", "interactive"]);
    let platforms: BTreeSet<_> = accepted.iter().map(|event| event.field("platform")).collect();
    assert_eq!(platforms.len(), 5);
}

#[test]
fn releases_are_taken_over_days_and_by_some_never() {
    let Sent { accepted, .. } = &*USUAL;
    let last = accepted.last().unwrap().day();
    let versions = |from: i32, to: i32| -> BTreeMap<&str, usize> {
        let mut versions = BTreeMap::new();
        for event in accepted.iter().filter(|event| (from..to).contains(&event.day())) {
            *versions.entry(event.field("app_version")).or_default() += 1;
        }
        versions
    };
    let all = versions(0, i32::MAX);
    assert!((7..13).contains(&all.len()), "{all:?}");
    let end = versions(last - 6, last + 1);
    assert!(end.len() >= 4, "old ones are still there: {end:?}");
    let most = end.values().max().unwrap();
    let total: usize = end.values().sum();
    assert!(percent(*most, total) < 90, "{end:?}");
    let beginning = versions(0, last - 80);
    assert!(end.keys().any(|version| !beginning.contains_key(version)), "new ones came");
}

#[test]
fn a_release_is_bad_on_one_platform_for_a_week() {
    let spike: Vec<_> = USUAL.accepted.iter().filter(|event| event.field("error") == "path_too_long").collect();
    assert!(spike.len() > 5, "{}", spike.len());
    let told = |of: &dyn Fn(&Event) -> String| spike.iter().map(|event| of(event)).collect::<BTreeSet<_>>();
    assert_eq!(told(&|event| event.field("platform").to_owned()).len(), 1);
    assert_eq!(told(&|event| event.field("app_version").to_owned()).len(), 1);
    let days: Vec<i32> = spike.iter().map(|event| event.occurred_at.day().0).collect();
    // Clocks that are wrong reach a little over the week.
    assert!(days.iter().max().unwrap() - days.iter().min().unwrap() <= 8, "{days:?}");
}

#[test]
fn every_event_of_the_contract_is_used_and_ids_are_uuids() {
    let contract = Contract::parse("contract.toml", CONTRACT).unwrap();
    let seen: BTreeSet<_> = USUAL.accepted.iter().map(|event| &*event.name).collect();
    let declared: BTreeSet<_> = contract.events.iter().map(|event| &*event.name).collect();
    assert_eq!(seen, declared);
    assert!(USUAL.accepted.iter().all(|event| event.id.len() == 36 && event.id.as_bytes()[14] == b'4'));
}

#[test]
fn while_it_is_served_more_of_the_same_comes() {
    let contract = Contract::parse("contract.toml", CONTRACT).unwrap();
    let population = Population::new(size(5_000, 500, 90, "2026-03-04T15:00:00Z"));
    let known: BTreeSet<InstallId> = sent(population.size).accepted.into_iter().map(|event| event.install).collect();
    let mut now = Timestamp::parse("2026-03-04T15:00:10Z").unwrap();
    let (mut ids, mut old, mut refused, mut discarded) = (BTreeSet::new(), 0, 0, 0);
    let begun = now;
    let mut text = String::new();
    for _ in 0..1_000 {
        let (receipt, pause) = population.live(now);
        assert_eq!(receipt.received_at, now);
        population.write(&receipt, &mut text);
        match contract.check_typed(&Json::parse(text.as_bytes()).unwrap(), now) {
            Ok(event) => {
                assert!(ids.insert(event.event_id), "sent before: {text}");
                old += usize::from(known.contains(&event.install_id.unwrap()));
                discarded += usize::from(!event.discarded.is_empty());
            }
            Err(_) => refused += 1,
        }
        now = Timestamp(now.0 + i64::try_from(pause.as_millis()).unwrap());
    }
    let seconds = (now.0 - begun.0) / 1_000;
    assert!((700..1_200).contains(&seconds), "one a second or so: {seconds}");
    assert!((30..120).contains(&refused) && (30..140).contains(&discarded), "{refused} refused, {discarded} discarded");
    assert!(old > 800, "{old} of installs that were there");
}
