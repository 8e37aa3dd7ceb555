//! What a ledger should know, as plain lists.

use std::collections::{BTreeMap, BTreeSet};

use askfirst_contract::Timestamp;
use askfirst_core::Outcome;
use serde_json::Value;

use super::Days;
use super::contracts::Terms;
use super::report::{Report, is_shaped};

/// A clock that goes back by less counts as standing still.
const SET_BACK: i64 = 10_000;

/// An event that is stored.
pub(super) struct Stored {
    pub(super) kind: &'static str,
    /// In milliseconds since 1970.
    pub(super) received_at: i64,
    pub(super) occurred_at: Option<Timestamp>,
    pub(super) install: Option<usize>,
    pub(super) fields: Value,
}

impl Stored {
    /// When it happened, as far as anybody tells.
    pub(super) fn day(&self) -> i32 {
        self.occurred_at.unwrap_or(Timestamp(self.received_at)).day().0
    }

    /// What it has in a dimension.
    fn value(&self, dimension: &str) -> Option<String> {
        let value = match dimension {
            "type" => return Some(self.kind.to_owned()),
            "runtime" => return Some(self.fields["mode"].as_str().unwrap_or("interactive").to_owned()),
            "app_version" => &self.fields["version"],
            "platform" => &self.fields["env"]["os"],
            "error" => &self.fields["fault"],
            "ok" => return self.fields["ok"].as_bool().map(|is_ok| is_ok.to_string()),
            other => unreachable!("{other}"),
        };
        value.as_str().map(str::to_owned)
    }
}

/// Dimensions and values, by which a question is narrowed.
pub(super) type Only<'o> = &'o [(&'static str, &'static str)];

/// An event was counted by a value. Outlives the event.
struct Mark {
    dimension: &'static str,
    value: String,
    day: i32,
    install: Option<usize>,
    /// Whether the day was closed already.
    is_late: bool,
}

struct Install {
    /// One that was forgotten comes again under another number.
    number: usize,
    first_active: i32,
    last_received: i32,
}

#[derive(Default)]
pub(super) struct Model {
    /// The time of receipt of what comes next.
    clock: i64,
    /// The day that outcomes are counted on.
    today: i32,
    /// In the order of decision.
    pub(super) events: Vec<Stored>,
    marks: Vec<Mark>,
    /// Values whose counts are kept.
    kept: BTreeSet<(&'static str, String)>,
    installs: BTreeMap<u8, Install>,
    next_install: usize,
    /// Of the days before this one nobody knows any more who was active.
    pub(super) first_day: i32,
    /// By day, outcome, reason, field and version.
    pub(super) outcomes: BTreeMap<(i32, String, String, String, String), u64>,
}

impl Model {
    pub(super) fn opened(now: Timestamp) -> Self {
        Self { clock: now.0, first_day: i32::MIN, ..Self::default() }
    }

    pub(super) fn reopened(&mut self, now: Timestamp) {
        self.clock = now.0;
    }

    /// A request came; one that is refused as a whole does not reach the ledger.
    pub(super) fn sent(&mut self, now: Timestamp, reaches_ledger: bool) {
        if reaches_ledger {
            self.clock = if now.0 > self.clock - SET_BACK { self.clock.max(now.0) } else { now.0 };
        }
        self.today = if reaches_ledger { Timestamp(self.clock).day().0 } else { now.day().0 };
    }

    /// An event got this outcome.
    pub(super) fn reported(&mut self, report: &Report, outcome: &Outcome, terms: Terms, now: Timestamp) {
        let day = self.today;
        let version = report.version.map_or("", |version| if is_shaped(version) { version } else { "other" });
        let mut count = |outcome: &str, reason: &str, field: &str, count: u64| {
            let key = [outcome, reason, field, version].map(str::to_owned);
            let [outcome, reason, field, version] = key;
            *self.outcomes.entry((day, outcome, reason, field, version)).or_default() += count;
        };
        match (report.fault(terms), outcome) {
            (Some((rule, field)), Outcome::Refused(_)) => count("refused", rule, field, 1),
            (None, Outcome::Duplicate) => count("duplicate", "", "", 1),
            (None, Outcome::Limited { .. }) => count("limited", "install", "", 1),
            (None, Outcome::Accepted) => {
                count("accepted", "", "", 1);
                if report.dropped(terms) > 0 {
                    count("discarded", "undeclared", "", report.dropped(terms));
                }
                self.accepted(report, terms, now);
            }
            (fault, outcome) => unreachable!("{fault:?}: {outcome:?}"),
        }
    }

    fn accepted(&mut self, report: &Report, terms: Terms, now: Timestamp) {
        let occurred_at = report.occurred_at(terms, now);
        let received_at = self.clock;
        let day = occurred_at.unwrap_or(Timestamp(received_at)).day().0;
        let install = report.install.map(|install| self.heard_of(install, day));
        let is_late = day < self.first_day;
        for (dimension, value, is_kept) in report.counted_by(terms) {
            if is_kept {
                self.kept.insert((dimension, value.clone()));
            }
            self.marks.push(Mark { dimension, value, day, install, is_late });
        }
        let fields = Value::Object(report.stored(terms, now));
        self.events.push(Stored { kind: report.kind, received_at, occurred_at, install, fields });
    }

    fn heard_of(&mut self, install: u8, day: i32) -> usize {
        let received = Timestamp(self.clock).day().0;
        let next = &mut self.next_install;
        let known = self.installs.entry(install).or_insert_with(|| {
            *next += 1;
            Install { number: *next, first_active: day, last_received: received }
        });
        known.first_active = known.first_active.min(day);
        known.last_received = known.last_received.max(received);
        known.number
    }

    /// What is past retention goes.
    pub(super) fn retained(&mut self, now: Timestamp, terms: Terms) {
        let from = Timestamp(now.0 - terms.retention() * 86_400_000);
        let first_day = from.day().0;
        self.events.retain(|event| event.received_at >= from.0);
        self.installs.retain(|_, install| install.last_received >= first_day);
        self.first_day = self.first_day.max(first_day);
        let Self { marks, kept, .. } = self;
        marks.retain(|mark| mark.day >= first_day || kept.contains(&(mark.dimension, mark.value.clone())));
        kept.retain(|(dimension, value)| marks.iter().any(|mark| mark.dimension == *dimension && mark.value == *value));
    }

    /// Who was active on which of the days: with any value of a dimension, or with one.
    fn pairs(&self, dimension: &str, value: Option<&str>, days: Days) -> BTreeSet<(i32, usize)> {
        let marks = self.marks.iter().filter(|mark| mark.dimension == dimension && mark.day >= self.first_day);
        let marks = marks.filter(|mark| !mark.is_late && days.contain(mark.day));
        let marks = marks.filter(|mark| value.is_none_or(|value| mark.value == value));
        marks.filter_map(|mark| Some((mark.day, mark.install?))).collect()
    }

    /// Who was active on the days with one value, or at all, and on the same day with one of the values of each dimension.
    pub(super) fn active(&self, by: Option<(&str, &str)>, only: Only<'_>, days: Days) -> BTreeSet<usize> {
        let mut active = match by {
            Some((dimension, value)) => self.pairs(dimension, Some(value), days),
            None => self.pairs("runtime", None, days),
        };
        for dimension in only.iter().map(|(dimension, _)| dimension) {
            let of = only.iter().filter(|(of, _)| of == dimension);
            let allowed: BTreeSet<_> = of.flat_map(|(_, value)| self.pairs(dimension, Some(value), days)).collect();
            active.retain(|pair| allowed.contains(pair));
        }
        active.into_iter().map(|(_, install)| install).collect()
    }

    /// The values of a dimension that somebody was active with.
    pub(super) fn values(&self, dimension: &str, only: Only<'_>, days: Days) -> BTreeSet<String> {
        let marks = self.marks.iter().filter(|mark| mark.dimension == dimension);
        let values: BTreeSet<&String> = marks.map(|mark| &mark.value).collect();
        let is_there = |value: &&String| !self.active(Some((dimension, value)), only, days).is_empty();
        values.into_iter().filter(is_there).cloned().collect()
    }

    /// Who was seen first on the days.
    pub(super) fn first_seen(&self, days: Days) -> BTreeSet<usize> {
        let new = self.installs.values().filter(|install| days.contain(install.first_active));
        new.map(|install| install.number).collect()
    }

    /// Whether the counts of a value are kept.
    pub(super) fn keeps(&self, dimension: &str, value: &str) -> bool {
        self.kept.iter().any(|(of, known)| *of == dimension && known == value)
    }

    /// Events and installs by value and day: of days that are closed as far as the value is kept, and without the installs
    /// of what came late.
    pub(super) fn daily(&self, dimension: &str) -> BTreeMap<(String, i32), (usize, usize)> {
        let mut daily: BTreeMap<(String, i32), (usize, BTreeSet<usize>)> = BTreeMap::new();
        for mark in self.marks.iter().filter(|mark| mark.dimension == dimension) {
            if mark.day >= self.first_day || self.keeps(mark.dimension, &mark.value) {
                let (events, installs) = daily.entry((mark.value.clone(), mark.day)).or_default();
                *events += 1;
                installs.extend(mark.install.filter(|_| !mark.is_late));
            }
        }
        daily.into_iter().map(|(key, (events, installs))| (key, (events, installs.len()))).collect()
    }

    /// The stored events of the days that have one of the values of each dimension.
    pub(super) fn stored(&self, only: Only<'_>, days: Days) -> impl Iterator<Item = &Stored> {
        let of_days = self.events.iter().filter(move |event| days.contain(event.day()));
        of_days.filter(move |event| {
            only.iter().all(|(dimension, _)| {
                let mut of = only.iter().filter(|(of, _)| of == dimension);
                of.any(|(_, value)| event.value(dimension).as_deref() == Some(value))
            })
        })
    }
}
