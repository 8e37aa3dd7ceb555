//! What the published queries must answer, worked out from the population without SQL.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use time::{Date, Duration};

use super::population::{Event, LATEST, Population};

/// Compares the answers of the eight queries with the truth of the day; tells the first difference.
pub(crate) fn check(population: &Population, today: Date, answers: &[Vec<Value>; 8]) -> Result<(), String> {
    let events = &population.events;
    let [total, latest, daily, weekly, systems, voices, retention, average] = answers;
    same("total", total, &[json!({"total": events.len()})])?;
    same("latest", &sorted(latest), &latest_events(events))?;
    let of_today = events.iter().filter(|event| event.date == today);
    same("dau", daily, &[json!({"dau": installs(of_today)})])?;
    let of_week = events.iter().filter(|event| event.timestamp >= days_ago(today, 7));
    same("wau", weekly, &[json!({"wau": installs(of_week)})])?;
    descending("systems", systems, "total_sessions")?;
    same("systems", &sorted(systems), &sessions_by_system(events))?;
    descending("voices", voices, "date")?;
    same("voices", &sorted(&parsed(voices)?), &voices_by_date(events, today))?;
    check_retention(events, today, retention)?;
    check_average(events, average)
}

fn same(what: &str, answer: &[Value], truth: &[Value]) -> Result<(), String> {
    if answer == truth {
        return Ok(());
    }
    let (rows, expected) = (answer.len(), truth.len());
    let first = (0..rows.max(expected)).find(|&row| answer.get(row) != truth.get(row)).unwrap();
    Err(format!(
        "{what}: {rows} rows, not {expected}; row {first} is {:?}, not {:?}",
        answer.get(first),
        truth.get(first)
    ))
}

/// Rows whose order the query leaves open.
fn sorted(rows: &[Value]) -> Vec<Value> {
    let mut rows = rows.to_vec();
    rows.sort_by_cached_key(canonical);
    rows
}

/// The same text for the same value, whatever the order of its keys.
fn canonical(value: &Value) -> String {
    match value.as_object() {
        Some(members) => {
            let members: BTreeMap<_, _> = members.iter().map(|(name, value)| (name, canonical(value))).collect();
            format!("{members:?}")
        }
        None => value.to_string(),
    }
}

fn descending(what: &str, rows: &[Value], column: &str) -> Result<(), String> {
    // The numbers here are small and the dates of equal length, so that their texts, padded, compare alike.
    let key = |row: &Value| format!("{:>12}", row[column].to_string());
    let wrong = rows.windows(2).find(|pair| key(&pair[0]) < key(&pair[1]));
    wrong.map_or(Ok(()), |pair| Err(format!("{what}: {} before {}", pair[0], pair[1])))
}

fn installs<'a>(events: impl Iterator<Item = &'a Event>) -> usize {
    events.map(|event| event.install.as_str()).collect::<BTreeSet<_>>().len()
}

/// The published queries compare timestamps as text with `2026-02-12 18:00:00`. A timestamp of that very day has a `T`
/// where the other has a space, or nothing; so no hour matters, and the bound can be told from the date.
fn days_ago(today: Date, days: i64) -> String {
    format!("{} ", today - Duration::days(days))
}

fn latest_events(events: &[Event]) -> Vec<Value> {
    let latest = &events[events.len() - LATEST..];
    let row =
        |event: &Event| json!({"event_id": event.id, "telemetry_id": event.install, "timestamp": event.timestamp});
    sorted(&latest.iter().map(row).collect::<Vec<_>>())
}

fn sessions_by_system(events: &[Event]) -> Vec<Value> {
    let mut sums = BTreeMap::new();
    for event in events {
        *sums.entry(event.os).or_insert(0) += event.sessions;
    }
    let row = |(os, sessions): (&str, u32)| json!({"os": os, "total_sessions": sessions});
    sorted(&sums.into_iter().map(row).collect::<Vec<_>>())
}

/// The JSON text in a row as its value: the order of its keys is left open.
fn parsed(rows: &[Value]) -> Result<Vec<Value>, String> {
    let parse = |row: &Value| {
        let voices = match &row["tts_providers"] {
            Value::String(text) => serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))?,
            Value::Null => Value::Null,
            other => return Err(format!("tts_providers is no text: {other}")),
        };
        Ok(json!({"date": row["date"], "tts_providers": voices}))
    };
    rows.iter().map(parse).collect()
}

fn voices_by_date(events: &[Event], today: Date) -> Vec<Value> {
    let recent = events.iter().filter(|event| event.timestamp >= days_ago(today, 30));
    let row = |event: &Event| json!({"date": event.date.to_string(), "tts_providers": event.tts});
    sorted(&recent.map(row).collect::<Vec<_>>())
}

fn check_retention(events: &[Event], today: Date, answer: &[Value]) -> Result<(), String> {
    let mut first: BTreeMap<&str, Date> = BTreeMap::new();
    for event in events {
        let date = first.entry(&event.install).or_insert(event.date);
        *date = event.date.min(*date);
    }
    let cohort: BTreeSet<&str> =
        first.into_iter().filter(|(_, date)| *date == today - Duration::days(7)).map(|(install, _)| install).collect();
    let back = events.iter().filter(|event| event.date == today && cohort.contains(event.install.as_str()));
    let retained = installs(back);
    let [row] = answer else {
        return Err(format!("retention: {} rows", answer.len()));
    };
    let counts = json!({"retained_users": retained, "cohort_size": cohort.len()});
    if row["retained_users"] != counts["retained_users"] || row["cohort_size"] != counts["cohort_size"] {
        return Err(format!("retention: {row}, not {counts}"));
    }
    match ratio(retained, cohort.len()) {
        Some(ratio) => near("retention", &row["retention_pct"], (10_000.0 * ratio).round() / 100.0),
        None => same("retention of nobody", &[row["retention_pct"].clone()], &[Value::Null]),
    }
}

fn check_average(events: &[Event], answer: &[Value]) -> Result<(), String> {
    let sessions: u32 = events.iter().map(|event| event.sessions).sum();
    let average = ratio(usize::try_from(sessions).unwrap(), installs(events.iter())).unwrap();
    let [row] = answer else {
        return Err(format!("average: {} rows", answer.len()));
    };
    near("average", &row["avg_sessions_per_user"], average)
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    let exact = |count: usize| f64::from(u32::try_from(count).unwrap());
    (whole > 0).then(|| exact(part) / exact(whole))
}

fn near(what: &str, answer: &Value, truth: f64) -> Result<(), String> {
    match answer.as_f64() {
        Some(number) if (number - truth).abs() < 1e-9 * truth.abs().max(1.0) => Ok(()),
        _ => Err(format!("{what}: {answer}, not {truth}")),
    }
}
