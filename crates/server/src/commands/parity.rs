//! `askfirst parity`

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write as _};
use std::path::Path;

use askfirst_contract::{Day, Json, Timestamp};
use askfirst_core::wire::{Wire, is_baseline};
use askfirst_core::{Answer, Question};
use serde_json::{Value, json};

use super::open_reader;
use super::query::plain_table;
use crate::args::ParityArguments;
use crate::clock;
use crate::config::Settings;
use crate::failure::Failure;
use crate::import::export_file::{self, Problem, Rows};

/// The most rows that the old service tells of at once.
const MOST_RECENT: usize = 200;
/// The longest answer that is read from it.
const MAX_ANSWER: u64 = 32 << 20;

pub(crate) fn run(arguments: &ParityArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let app = settings.app(&arguments.app)?;
    if app.wire != Wire::Baofeng {
        return Err(Failure::not_right(format!(
            "`{}` has no counter and no failures to compare; baofeng has",
            arguments.app
        )));
    }
    let reader = open_reader(&settings, app)?;
    let ours = Side {
        total: match reader.answer(Question::FlashCount).map_err(Failure::failed)? {
            Answer::Count(total) => total,
            _ => unreachable!("a count was asked for"),
        },
        failures: match reader.answer(Question::FailuresByDay).map_err(Failure::failed)? {
            Answer::ByDay(failures) => failures.into_iter().collect(),
            _ => unreachable!("counts of days were asked for"),
        },
    };
    let old = &arguments.old;
    let (theirs, since) = if old.starts_with("http://") || old.starts_with("https://") {
        of_service(old, arguments.token.as_deref())?
    } else {
        (of_dump(Path::new(old))?, None)
    };
    // Older days are gone here, and perhaps there.
    let kept = Timestamp(clock::now().0 - app.contract.policy.retention.0).day();
    let report = Report::of(&theirs, &ours, since.map_or(kept, |since: Day| since.max(kept)), arguments.tolerance);
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{:#}", report.as_json(arguments))?;
    } else {
        writeln!(out, "{}", report.as_text())?;
    }
    if report.is_parity() { Ok(()) } else { Err(Failure::failed("the two are apart")) }
}

/// What one of the two services counted.
#[derive(Debug, Default)]
struct Side {
    /// Flashed radios.
    total: u64,
    /// Failures by UTC day of receipt.
    failures: BTreeMap<Day, u64>,
}

/// Counts what a dump holds as the old service counts it.
fn of_dump(path: &Path) -> Result<Side, Failure> {
    let mut counting = Counting::default();
    if !path.is_file() {
        return Err(Failure::not_right(format!("can't read the export {}: it is no file", path.display())));
    }
    export_file::read(path, true, &mut counting)
        .map_err(|problem| Failure::failed(format!("{}: {problem}", path.display())))?;
    let Counting { mut side, sessions, baseline } = counting;
    side.total = sessions.len() as u64 + baseline;
    Ok(side)
}

/// The rows of a dump, being counted.
#[derive(Default)]
struct Counting {
    side: Side,
    sessions: BTreeSet<String>,
    baseline: u64,
}

impl Rows for Counting {
    fn row(&mut self, table: &str, row: &Json<'_>, _bytes_read: u64) -> Result<(), Problem> {
        let is_success = row.get("event_type").and_then(Json::as_text) == Some("flash_success");
        match table {
            "telemetry_events" if is_success => {
                let session = row.get("session_id").and_then(Json::as_text).unwrap_or_default();
                if is_baseline(session) {
                    self.baseline = self.baseline.max(baseline_of(row));
                } else {
                    self.sessions.insert(session.to_owned());
                }
            }
            "telemetry_events" | "client_logs" => {
                if let Some(received_at) = row.get("received_at_ms").and_then(Json::as_whole) {
                    *self.side.failures.entry(Timestamp(received_at).day()).or_default() += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn baseline_of(row: &Json<'_>) -> u64 {
    let metadata = row.get("metadata_json").and_then(Json::as_text).unwrap_or_default();
    let Ok(metadata) = Json::parse(metadata.as_bytes()) else { return 0 };
    let total = metadata.get("baseline_total");
    let number = total.and_then(Json::as_whole).and_then(|total| u64::try_from(total).ok());
    number.or_else(|| total?.as_text()?.parse().ok()).unwrap_or(0)
}

/// Asks the old service; where it tells only its latest failures, also the first day that they cover whole.
fn of_service(url: &str, token: Option<&str>) -> Result<(Side, Option<Day>), Failure> {
    let base = url.trim_end_matches('/');
    let total = get(&format!("{base}/metrics/flash-count"), None).or_else(|_| get(&format!("{base}/count"), None))?;
    let Some(total) = total["total"].as_u64() else {
        return Err(Failure::failed(format!("{base} does not tell its total as a number")));
    };
    let mut side = Side { total, ..Side::default() };
    // Without a token there are no failures to compare.
    let Some(token) = token else { return Ok((side, Some(Day(i32::MAX)))) };
    let recent = get(&format!("{base}/recent?limit={MOST_RECENT}"), Some(token))?;
    let rows = recent["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let days: Vec<Day> = rows.iter().filter_map(|row| Some(Timestamp(row["receivedAtMs"].as_i64()?).day())).collect();
    for day in &days {
        *side.failures.entry(*day).or_default() += 1;
    }
    let oldest = days.iter().min().filter(|_| rows.len() >= MOST_RECENT);
    Ok((side, oldest.map(|oldest| Day(oldest.0 + 1))))
}

fn get(url: &str, token: Option<&str>) -> Result<Value, Failure> {
    let failed = |error: ureq::Error| Failure::failed(format!("{url}: {error}"));
    let mut request = ureq::get(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let mut answer = request.call().map_err(failed)?;
    let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string().map_err(failed)?;
    serde_json::from_str(&text).map_err(|_| Failure::failed(format!("{url} does not answer with JSON")))
}

/// How far apart the two are.
struct Report {
    total: (u64, u64),
    /// Failures of each day: the old service's and ours.
    days: BTreeMap<Day, (u64, u64)>,
    tolerance: u64,
}

impl Report {
    fn of(theirs: &Side, ours: &Side, since: Day, tolerance: u64) -> Self {
        let mut days: BTreeMap<Day, (u64, u64)> = BTreeMap::new();
        for (day, count) in theirs.failures.range(since..) {
            days.entry(*day).or_default().0 += count;
        }
        for (day, count) in ours.failures.range(since..) {
            days.entry(*day).or_default().1 += count;
        }
        Self { total: (theirs.total, ours.total), days, tolerance }
    }

    fn is_parity(&self) -> bool {
        let pairs = self.days.values().chain([&self.total]);
        pairs.into_iter().all(|(theirs, ours)| theirs.abs_diff(*ours) <= self.tolerance)
    }

    fn verdict(&self) -> &'static str {
        if self.is_parity() { "parity" } else { "apart" }
    }

    fn as_json(&self, arguments: &ParityArguments) -> Value {
        let pair =
            |(theirs, ours): (u64, u64)| json!({ "old": theirs, "new": ours, "difference": difference(theirs, ours) });
        let days: Vec<Value> = self
            .days
            .iter()
            .map(|(day, counts)| {
                let mut row = pair(*counts);
                row["day"] = day.to_string().into();
                row
            })
            .collect();
        json!({
            "app": arguments.app,
            "old": arguments.old,
            "total": pair(self.total),
            "failures": days,
            "tolerance": self.tolerance,
            "verdict": self.verdict(),
        })
    }

    fn as_text(&self) -> String {
        let mut table = plain_table();
        table.set_header(["", "old", "new", "difference"]);
        let mut add = |name: String, (theirs, ours): (u64, u64)| {
            table.add_row([name, theirs.to_string(), ours.to_string(), format!("{:+}", difference(theirs, ours))]);
        };
        add("flashed radios".to_owned(), self.total);
        for (day, counts) in &self.days {
            add(format!("failures {day}"), *counts);
        }
        for index in 1..4 {
            if let Some(column) = table.column_mut(index) {
                column.set_cell_alignment(comfy_table::CellAlignment::Right);
            }
        }
        let within = if self.tolerance == 0 { String::new() } else { format!(" (tolerance {})", self.tolerance) };
        format!("{}\n\n{}{within}", table.trim_fmt(), self.verdict())
    }
}

fn difference(theirs: u64, ours: u64) -> i64 {
    ours.cast_signed().saturating_sub(theirs.cast_signed())
}
