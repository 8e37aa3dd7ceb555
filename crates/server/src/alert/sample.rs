//! What is seen of the server at one time, and what a condition makes of it.

use std::collections::BTreeMap;

use askfirst_contract::{Span, Timestamp};
use askfirst_sqlite::DiskSpace;
use serde_json::{Map, Value, json};

use super::rule::Kind;

/// What is seen of the server at one time.
#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) at: Timestamp,
    /// By the id of the app.
    pub(crate) apps: BTreeMap<String, AppSample>,
    /// `None` where nobody asks, or it can't be found out.
    pub(crate) disk: Option<DiskSpace>,
}

/// What is seen of an app. All counts only grow, from a start that does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct AppSample {
    /// Counts by outcome and reason, as [`askfirst_sqlite::Stats::outcomes`].
    pub(crate) outcomes: BTreeMap<(&'static str, &'static str), u64>,
    /// `None` where nobody asks, or the ledger can't be read.
    pub(crate) stored: Option<StoredSample>,
}

/// What is seen of an app in its ledger's file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StoredSample {
    pub(crate) events: u64,
    pub(crate) errors: u64,
    /// The receipt of the latest event.
    pub(crate) latest: Option<Timestamp>,
}

/// Events of a kind, by reason, and how many there are of all kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counts {
    /// At most some dozens: reasons are words of ours.
    pub(crate) reasons: Vec<(&'static str, u64)>,
    pub(crate) of: u64,
}

impl AppSample {
    /// How many events of a kind there are; `None` where that is not known.
    pub(crate) fn counts(&self, kind: Kind) -> Option<Counts> {
        let outcome = match kind {
            Kind::Refused => "refused",
            Kind::Limited => "limited",
            Kind::Errors => {
                let stored = self.stored?;
                return Some(Counts { reasons: vec![("", stored.errors)], of: stored.events });
            }
        };
        let reasons = self.outcomes.iter().filter(|((name, _), _)| *name == outcome);
        // Discarded fields are counted beside events, but are none.
        let events = self.outcomes.iter().filter(|((name, _), _)| *name != "discarded");
        Some(Counts {
            reasons: reasons.map(|((_, reason), count)| (*reason, *count)).collect(),
            of: events.map(|(_, count)| count).sum(),
        })
    }
}

impl Counts {
    /// What was counted since others were.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let known =
            |reason: &str| before.reasons.iter().find(|(name, _)| *name == reason).map_or(0, |(_, count)| *count);
        let reasons = self.reasons.iter().map(|(reason, count)| (*reason, count.saturating_sub(known(reason))));
        let mut reasons: Vec<_> = reasons.filter(|(_, count)| *count > 0).collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Self { reasons, of: self.of.saturating_sub(before.of) }
    }

    /// Of all reasons.
    pub(crate) fn total(&self) -> u64 {
        self.reasons.iter().map(|(_, count)| count).sum()
    }
}

/// The numbers behind a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Figures {
    /// Events within a window; the most frequent reason first.
    Events { kind: Kind, counts: Counts, window: Span },
    /// The receipt of the latest event.
    Silence { latest: Option<Timestamp> },
    /// The data folder's file system.
    Disk(DiskSpace),
}

/// Reasons that a message tells; the others are in `askfirst stats`.
const MAX_REASONS: usize = 3;

impl Figures {
    /// In plain words: `312 of 4100 events were refused within 15 minutes (7.6%): missing 200, pattern 112`.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Self::Events { kind, counts, window } => {
                let what = match kind {
                    Kind::Refused => "events were refused",
                    Kind::Limited => "events were over a limit",
                    Kind::Errors => "stored events report an error",
                };
                let (total, window) = (counts.total(), window.in_words());
                let percent = percent(total, counts.of);
                format!("{total} of {} {what} within {window} ({percent}){}", counts.of, reasons_in_words(counts))
            }
            Self::Silence { latest: None } => "no event was stored yet".to_owned(),
            Self::Silence { latest: Some(latest) } => format!("the latest event was stored at {latest}"),
            Self::Disk(DiskSpace { free, total }) => {
                format!("{} of {} are free ({})", size(*free), size(*total), percent(*free, *total))
            }
        }
    }

    /// As machines read them.
    pub(crate) fn as_json(&self) -> Value {
        match self {
            Self::Events { kind, counts, window } => {
                let reasons = counts.reasons.iter().filter(|(reason, _)| !reason.is_empty());
                let mut figures =
                    json!({ "events": counts.total(), "of": counts.of, "window_seconds": window.0 / 1_000 });
                if *kind != Kind::Errors {
                    let reasons = reasons.map(|(reason, count)| ((*reason).to_owned(), (*count).into()));
                    figures["reasons"] = reasons.collect::<Map<_, _>>().into();
                }
                figures
            }
            Self::Silence { latest } => json!({ "latest_event": latest.map(|latest| latest.to_string()) }),
            Self::Disk(DiskSpace { free, total }) => json!({ "free_bytes": free, "total_bytes": total }),
        }
    }
}

/// `: missing 200, pattern 112`, or nothing.
fn reasons_in_words(counts: &Counts) -> String {
    let reasons = counts.reasons.iter().filter(|(reason, _)| !reason.is_empty()).take(MAX_REASONS);
    let reasons: Vec<_> = reasons.map(|(reason, count)| format!("{reason} {count}")).collect();
    if reasons.is_empty() { String::new() } else { format!(": {}", reasons.join(", ")) }
}

/// `7.6%`
fn percent(part: u64, of: u64) -> String {
    let tenths = u128::from(part) * 1_000 / u128::from(of.max(1));
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// `1.2 GiB`
fn size(bytes: u64) -> String {
    let (unit, name) = if bytes < 1 << 30 { (1 << 20, "MiB") } else { (1 << 30, "GiB") };
    let tenths = u128::from(bytes) * 10 / unit;
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
