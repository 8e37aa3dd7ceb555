//! `askfirst import`: exports of the released services, whose truth the tests know because they wrote them.

mod baofeng;
mod crash;
mod domscribe;
mod drift;
mod dump;
mod expired;
mod million;
mod own;
mod parity;
mod refusals;
mod voicemode;
mod worker;

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;
use time::{Duration, OffsetDateTime};

use crate::harness::{Home, Random, Run, at, now};

/// What an import reported with `--json`.
#[derive(Debug)]
struct Import(Value);

impl Import {
    /// Runs an import that is expected to come to its end.
    #[track_caller]
    fn run(home: &Home, app: &str, file: &str) -> Self {
        Self::of(&home.run(&["import", app, file, "--json", "--data", "data"]), app, file)
    }

    #[track_caller]
    fn of(run: &Run, app: &str, file: &str) -> Self {
        assert_eq!(run.code, Some(0), "import {app} {file}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        let report: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error} in {}", run.stdout));
        assert_eq!(report["app"], app);
        assert!(report["file"].as_str().is_some_and(|named| named.ends_with(file)), "{report}");
        Self(report)
    }

    #[track_caller]
    fn count(&self, name: &str) -> u64 {
        self.0[name].as_u64().unwrap_or_else(|| panic!("{name} in {}", self.0))
    }

    /// The counts of `refused` or `skipped`, by name.
    #[track_caller]
    fn counts(&self, name: &str) -> BTreeMap<&str, u64> {
        let counts = self.0[name].as_object().unwrap_or_else(|| panic!("{name} in {}", self.0));
        counts.iter().map(|(name, count)| (name.as_str(), count.as_u64().unwrap())).collect()
    }

    #[track_caller]
    fn sum(&self, name: &str) -> u64 {
        self.counts(name).values().sum()
    }

    /// Checks that each of so many rows had one fate, where all that was skipped are rows.
    #[track_caller]
    fn assert_accounts_for(&self, rows: usize) {
        let fates = [self.count("imported"), self.count("duplicates"), self.sum("refused"), self.sum("skipped")];
        let rows = rows as u64;
        assert_eq!((self.count("rows"), fates.iter().sum::<u64>()), (rows, rows), "{}", self.0);
    }

    /// Checks that all of so many rows were taken, each for the first time.
    #[track_caller]
    fn assert_all_new(&self, rows: usize) {
        self.assert_accounts_for(rows);
        assert_eq!(self.count("imported"), rows as u64, "{}", self.0);
    }

    /// Imports the same again and checks that it changes no answer.
    #[track_caller]
    fn assert_again_changes_nothing(&self, home: &Home, app: &str, file: &str, questions: &[&str]) {
        let answers = || -> Vec<_> { questions.iter().map(|question| ask(home, app, question)).collect() };
        let before = answers();
        let again = Self::run(home, app, file);
        let stored = self.count("imported") + self.count("duplicates");
        assert_eq!((again.count("imported"), again.count("duplicates")), (0, stored), "{}", again.0);
        assert_eq!(again.count("rows"), self.count("rows"));
        for fate in ["refused", "skipped"] {
            assert_eq!(again.counts(fate), self.counts(fate), "{fate}");
        }
        assert!(before == answers(), "the second import changed an answer");
    }
}

/// Asks the app's ledger with `query ... --format csv`. Gives the rows without the header.
#[track_caller]
fn ask(home: &Home, app: &str, sql: &str) -> Vec<Vec<String>> {
    rows_of(&home.run(&["query", app, sql, "--format", "csv", "--data", "data"]), sql)
}

#[track_caller]
fn rows_of(run: &Run, sql: &str) -> Vec<Vec<String>> {
    assert_eq!(run.code, Some(0), "{sql}: {}", run.stderr);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    let rows = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

/// The one value of a question, as text.
#[track_caller]
fn ask_one(home: &Home, app: &str, sql: &str) -> String {
    let rows = ask(home, app, sql);
    assert!(rows.len() == 1 && rows[0].len() == 1, "{sql}: {rows:?}");
    rows[0][0].clone()
}

/// The same rows in an order of their own.
fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

/// Compares two lists and names the first difference, because all of them would fill the screen.
#[track_caller]
fn assert_same<T: PartialEq + std::fmt::Debug>(what: &str, answer: &[T], truth: &[T]) {
    let first = answer.iter().zip(truth).find(|(answer, truth)| answer != truth);
    assert!(first.is_none(), "{what}: {first:?}");
    assert_eq!(answer.len(), truth.len(), "{what}: rows");
}

/// The same text for the same JSON, whatever the order of its keys, and without what is null.
fn canonical(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let there = members.iter().filter(|(_, value)| !value.is_null());
            format!("{:?}", there.map(|(name, value)| (name, canonical(value))).collect::<BTreeMap<_, _>>())
        }
        other => other.to_string(),
    }
}

#[track_caller]
fn canonical_text(json: &str) -> String {
    canonical(&serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}")))
}

/// A moment so many days ago, in whole milliseconds.
fn moment(random: &mut Random, days: Range<i64>) -> OffsetDateTime {
    let span = Duration::days(days.end - days.start).whole_milliseconds();
    let later = Duration::milliseconds(i64::try_from(random.below(u64::try_from(span).unwrap())).unwrap());
    let moment = now() - Duration::days(days.end) + later;
    moment.replace_millisecond(moment.millisecond()).unwrap()
}

/// `2026-01-02T03:04:05.678Z`, as JavaScript writes it.
pub(crate) fn with_milliseconds(time: OffsetDateTime) -> String {
    format!("{}.{:03}Z", at(time), time.millisecond())
}

/// A UUID of version 4 that follows from the seed.
fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xFFFF,
        high & 0xFFF,
        low >> 52,
        low & 0xFFFF_FFFF_FFFF
    )
}
