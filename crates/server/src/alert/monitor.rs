//! Which alerts are firing, and whom that is still to be told: samples in, messages out, without IO.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askfirst_contract::Timestamp;

use super::Alerts;
use super::message::{Message, Status};
use super::rule::Alert;
use super::sample::{Figures, Sample};
use super::watch::{Verdict, Watch};

/// An alert is over when its condition was not met so many intervals long: one that comes and goes with every look would
/// tell people to look away.
const CALM: i64 = 5;

/// What an incident is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    /// The alert's name.
    pub(crate) alert: String,
    /// `None` where it is the server itself.
    pub(crate) app: Option<String>,
}

/// An alert that is firing, or that fired and whose end somebody is still to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incident {
    pub(crate) since: Timestamp,
    /// When it ended.
    pub(crate) until: Option<Timestamp>,
    /// The webhooks that took its message, and not yet that of its end.
    pub(crate) told: BTreeSet<String>,
}

/// All incidents, as they are kept across restarts.
pub(crate) type Incidents = BTreeMap<Subject, Incident>;

/// What changed with a sample, for the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) subject: Subject,
    pub(crate) status: Status,
}

/// Watches everything that alerts are about.
///
/// There is one watch for each alert and app, however many events there are.
#[derive(Debug, Default)]
pub(crate) struct Monitor {
    alerts: Arc<Alerts>,
    watched: BTreeMap<Subject, Watched>,
    incidents: Incidents,
}

#[derive(Debug)]
struct Watched {
    watch: Watch,
    /// Since when the condition of a firing alert is not met any more.
    calm_since: Option<Timestamp>,
    figures: Option<Figures>,
}

impl Monitor {
    /// Goes on with the incidents that were known before a restart.
    pub(crate) fn new(incidents: Incidents) -> Self {
        Self { incidents, ..Self::default() }
    }

    /// Takes over other alerts and webhooks. What stays as it was is watched on; what is gone ends with the next sample.
    pub(crate) fn configure(&mut self, alerts: Arc<Alerts>) {
        self.watched.retain(|subject, _| {
            let condition = |alerts: &Alerts| alerts.rule(&subject.alert).map(|alert| alert.when);
            condition(&self.alerts) == condition(&alerts)
        });
        for incident in self.incidents.values_mut() {
            incident.told.retain(|webhook| alerts.webhooks.contains_key(webhook));
        }
        self.alerts = alerts;
    }

    /// All incidents, to be kept.
    pub(crate) fn incidents(&self) -> &Incidents {
        &self.incidents
    }

    /// Takes a sample, and gives what changed with it.
    pub(crate) fn observe(&mut self, sample: &Sample) -> Vec<Change> {
        let alerts = Arc::clone(&self.alerts);
        let mut changes = Vec::new();
        let mut seen = BTreeSet::new();
        for alert in &alerts.rules {
            for app in subjects(alert, sample) {
                let subject = Subject { alert: alert.name.clone(), app };
                changes.extend(self.look(alert, &subject, sample));
                seen.insert(subject);
            }
        }
        self.watched.retain(|subject, _| seen.contains(subject));
        for (subject, incident) in &mut self.incidents {
            if !seen.contains(subject) && incident.until.is_none() {
                incident.until = Some(sample.at);
                changes.push(Change { subject: subject.clone(), status: Status::Resolved });
            }
        }
        self.forget_what_is_told();
        changes
    }

    /// Looks at one alert and app.
    fn look(&mut self, alert: &Alert, subject: &Subject, sample: &Sample) -> Option<Change> {
        let watched = self.watched.entry(subject.clone()).or_insert_with(|| Watched {
            watch: Watch::new(alert.when, sample.at),
            calm_since: None,
            figures: None,
        });
        let app = subject.app.as_ref().and_then(|app| sample.apps.get(app));
        let (verdict, figures) = watched.watch.see(sample, app);
        watched.figures = figures;
        let change = |status| Some(Change { subject: subject.clone(), status });
        let firing = self.incidents.get_mut(subject).filter(|incident| incident.until.is_none());
        match (verdict, firing) {
            (Verdict::Met, None) => {
                watched.calm_since = None;
                let new = Incident { since: sample.at, until: None, told: BTreeSet::new() };
                // For a webhook that was not told of an end, it goes on.
                self.incidents.entry(subject.clone()).or_insert(new).until = None;
                change(Status::Firing)
            }
            (Verdict::NotMet, Some(incident)) => {
                // Not later than now, where the clock was set back.
                let since = watched.calm_since.map_or(sample.at, |since| since.min(sample.at));
                watched.calm_since = Some(since);
                if sample.at.0 - since.0 < CALM * alert.when.interval() {
                    return None;
                }
                incident.until = Some(sample.at);
                change(Status::Resolved)
            }
            (Verdict::Met, Some(_)) => {
                watched.calm_since = None;
                None
            }
            (Verdict::NotMet, None) | (Verdict::Unknown, _) => None,
        }
    }

    /// What a webhook is still to be told, each with its subject.
    pub(crate) fn untold(&self, webhook: &str) -> Vec<(Subject, Message)> {
        let untold = self.incidents.iter().filter_map(|(subject, incident)| {
            let rule = self.alerts.rule(&subject.alert);
            let is_told = incident.told.contains(webhook);
            let status = match incident.until {
                None if !is_told && rule.is_some_and(|rule| rule.to.iter().any(|name| name == webhook)) => {
                    Status::Firing
                }
                Some(_) if is_told => Status::Resolved,
                _ => return None,
            };
            let message = Message {
                status,
                alert: subject.alert.clone(),
                app: subject.app.clone(),
                rule: rule.map(|rule| rule.when),
                figures: self.watched.get(subject).and_then(|watched| watched.figures.clone()),
                since: incident.since,
                until: incident.until,
            };
            Some((subject.clone(), message))
        });
        untold.collect()
    }

    /// Notes that a webhook took a message.
    pub(crate) fn note_told(&mut self, webhook: &str, subject: &Subject, status: Status) {
        if let Some(incident) = self.incidents.get_mut(subject) {
            match status {
                Status::Firing => incident.told.insert(webhook.to_owned()),
                Status::Resolved => incident.told.remove(webhook),
                Status::Test => false,
            };
        }
        self.forget_what_is_told();
    }

    /// An incident that ended and whose end everybody knows is over.
    fn forget_what_is_told(&mut self) {
        self.incidents.retain(|_, incident| incident.until.is_none() || !incident.told.is_empty());
    }
}

/// The apps that an alert watches; `None` is the server itself.
fn subjects(alert: &Alert, sample: &Sample) -> Vec<Option<String>> {
    if alert.when.is_of_server() {
        return vec![None];
    }
    sample.apps.keys().filter(|app| alert.covers(app)).map(|app| Some(app.clone())).collect()
}

#[cfg(test)]
mod tests;
