//! One condition and one app over time.

use std::collections::VecDeque;

use askfirst_contract::{Span, Timestamp};

use super::rule::{Amount, Condition, Kind};
use super::sample::{AppSample, Counts, Figures, Sample};

/// So many counts are kept of a window: a window is met to about a sixtieth of its length, and however long it is, a
/// watch keeps at most 61 counts of some dozen reasons at 24 bytes: below 40 KB.
const KEPT: i64 = 60;

/// Whether a condition is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    NotMet,
    /// Not seen for long enough, or not to be found out.
    Unknown,
}

/// What one condition sees of one app, or of the server.
#[derive(Debug)]
pub(crate) struct Watch {
    condition: Condition,
    began: Timestamp,
    /// What was counted at which times; the oldest at or before the start of the window, once that was seen.
    kept: VecDeque<(Timestamp, Counts)>,
}

impl Watch {
    pub(crate) fn new(condition: Condition, now: Timestamp) -> Self {
        Self { condition, began: now, kept: VecDeque::new() }
    }

    /// Takes what is seen now of an app; of the server, where `app` is `None`.
    pub(crate) fn see(&mut self, sample: &Sample, app: Option<&AppSample>) -> (Verdict, Option<Figures>) {
        let seen = match (self.condition, app) {
            (Condition::Events { kind, more_than, window }, Some(app)) => {
                app.counts(kind).map(|counts| self.see_counts(sample.at, &counts, kind, more_than, window))
            }
            (Condition::Silence(span), Some(app)) => {
                app.stored.map(|stored| self.see_latest(sample.at, stored.latest, span))
            }
            (Condition::DiskFree(room), None) => sample.disk.map(|disk| {
                let is_missed = room.is_missed(disk.free, disk.total);
                (if is_missed { Verdict::Met } else { Verdict::NotMet }, Figures::Disk(disk))
            }),
            (Condition::Events { .. } | Condition::Silence(_), None) | (Condition::DiskFree(_), Some(_)) => None,
        };
        seen.map_or((Verdict::Unknown, None), |(verdict, figures)| (verdict, Some(figures)))
    }

    fn see_counts(
        &mut self,
        at: Timestamp,
        counts: &Counts,
        kind: Kind,
        more_than: Amount,
        window: Span,
    ) -> (Verdict, Figures) {
        let start = at.0 - window.0;
        if self.kept.back().is_some_and(|(latest, _)| *latest > at) {
            // The clock was set back: what was counted when can't be told any more.
            self.kept.clear();
        }
        while self.kept.get(1).is_some_and(|(second, _)| second.0 <= start) {
            self.kept.pop_front();
        }
        let is_due = |(latest, _): &(Timestamp, Counts)| at.0 - latest.0 >= window.0 / KEPT;
        if self.kept.back().is_none_or(is_due) {
            self.kept.push_back((at, counts.clone()));
        }
        let (is_whole, counts) = match self.kept.front() {
            Some((oldest, before)) => (oldest.0 <= start, counts.since(before)),
            None => (false, counts.clone()),
        };
        let verdict = match more_than.is_exceeded(counts.total(), counts.of) {
            true => Verdict::Met,
            false if is_whole => Verdict::NotMet,
            false => Verdict::Unknown,
        };
        (verdict, Figures::Events { kind, counts, window })
    }

    fn see_latest(&self, at: Timestamp, latest: Option<Timestamp>, span: Span) -> (Verdict, Figures) {
        let is_long_ago = |time: Timestamp| at.0 - time.0 >= span.0;
        let verdict = match latest {
            Some(latest) if !is_long_ago(latest) => Verdict::NotMet,
            // Nothing could be stored while the server was not running.
            _ if is_long_ago(self.began) => Verdict::Met,
            _ => Verdict::Unknown,
        };
        (verdict, Figures::Silence { latest })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    use super::*;

    proptest! {
        /// The model: every event in a list. What is counted is what came within the window, and at most a sixtieth of it
        /// and one interval more.
        #[test]
        fn a_window_counts_what_came_within_it(
            steps in prop::collection::vec((1..200_i64, 0..5_u64), 1..300),
            window in 100..5_000_i64,
        ) {
            let window = Span(window);
            let condition = Condition::Events { kind: Kind::Refused, more_than: Amount::Count(0), window };
            let mut watch = Watch::new(condition, Timestamp(0));
            let (mut now, mut total, mut all) = (0, 0, Vec::new());
            for (later, events) in steps {
                now += later;
                total += events;
                all.push((now, events));
                let outcomes = BTreeMap::from([(("refused", "pattern"), total)]);
                let app = AppSample { outcomes, stored: None };
                let sample = Sample { at: Timestamp(now), apps: BTreeMap::new(), disk: None };
                let (_, figures) = watch.see(&sample, Some(&app));
                let Some(Figures::Events { counts, .. }) = figures else { unreachable!() };
                // What came before the first look is not known.
                let since = |start: i64| -> u64 {
                    all[1..].iter().filter(|(at, _)| *at > start).map(|(_, events)| events).sum()
                };
                prop_assert!(counts.total() >= since(now - window.0), "{counts:?}");
                prop_assert!(counts.total() <= since(now - window.0 - window.0 / KEPT - 200), "{counts:?}");
                prop_assert!(watch.kept.len() <= 62);
            }
        }
    }
}
