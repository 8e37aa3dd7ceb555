//! The task beside the server that takes samples, and has the webhooks told what is new.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use askfirst_contract::Timestamp;
use askfirst_core::App;
use askfirst_sqlite::{DiskSpace, Place, SqliteLedger};
use tokio::sync::{oneshot, watch};

use super::message::{Message, Status};
use super::monitor::{Change, Incidents, Monitor, Subject};
use super::sample::{AppSample, Sample, StoredSample};
use super::webhook::Webhook;
use super::{Alerts, kept};
use crate::clock;
use crate::commands::serve::Served;

/// How often there is a look where no alert needs more, in milliseconds.
const INTERVAL: i64 = 60_000;
/// How long a webhook that failed is left alone, in milliseconds; doubled each time that it fails again.
const FIRST_PAUSE: i64 = 5_000;
/// And at the most.
const LAST_PAUSE: i64 = 15 * 60_000;
/// Messages that a webhook is sent at a time; the others are sent after the next look. With the time that each may take,
/// a webhook that answers as slowly as it may delays that by less than two minutes.
const MAX_MESSAGES: usize = 10;

/// Watches until the task is dropped; what a webhook is sent just then may be sent again after the next start.
pub(crate) async fn run(served: Arc<Served>, mut alerts: watch::Receiver<Arc<Alerts>>, data: PathBuf) {
    let mut task = Task::new(data);
    loop {
        let configured = Arc::clone(&alerts.borrow_and_update());
        task.monitor.configure(Arc::clone(&configured));
        let sample = task.sample(&served, &configured).await;
        for change in task.monitor.observe(&sample) {
            log(&change);
        }
        task.keep().await;
        task.tell(&configured, sample.at).await;
        task.keep().await;
        let interval = configured.rules.iter().map(|alert| alert.when.interval()).min().unwrap_or(INTERVAL);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(interval.unsigned_abs())) => {}
            changed = alerts.changed() => match changed {
                // What failed may be mended.
                Ok(()) => task.pauses.clear(),
                Err(_) => return,
            },
        }
    }
}

fn log(Change { subject: Subject { alert, app }, status }: &Change) {
    let app = app.as_deref().unwrap_or_default();
    match status {
        Status::Firing => tracing::warn!(alert, app, "an alert is firing"),
        Status::Resolved | Status::Test => tracing::info!(alert, app, "an alert is over"),
    }
}

struct Task {
    monitor: Monitor,
    data: PathBuf,
    /// What is in the file.
    kept: Incidents,
    /// What was stored since the task first looked, by app, and the place up to which it was counted.
    stored: BTreeMap<String, (Place, StoredSample)>,
    /// Webhooks that failed.
    pauses: BTreeMap<String, Pause>,
}

/// A webhook that failed is left alone for a while.
#[derive(Debug, Clone, Copy)]
struct Pause {
    length: i64,
    until: Timestamp,
}

/// What became of messages to a webhook.
struct Posted {
    told: Vec<(Subject, Status)>,
    failure: Option<String>,
}

impl Task {
    fn new(data: PathBuf) -> Self {
        let kept = kept::read(&data).unwrap_or_else(|error| {
            tracing::error!(%error, "alerts.json can't be read; what is firing is told again");
            Incidents::new()
        });
        let monitor = Monitor::new(kept.clone());
        Self { monitor, data, kept, stored: BTreeMap::new(), pauses: BTreeMap::new() }
    }

    async fn sample(&mut self, served: &Served, alerts: &Alerts) -> Sample {
        let at = clock::now();
        let mut apps = BTreeMap::new();
        for app in &served.now().apps {
            let id = &app.contract.app.id;
            let asks_ledger = alerts.rules.iter().any(|alert| alert.when.asks_ledger() && alert.covers(id));
            let stored = if asks_ledger { self.count_stored(app).await } else { None };
            apps.insert(id.clone(), AppSample { outcomes: app.ledger.stats().outcomes, stored });
        }
        self.stored.retain(|id, _| apps.contains_key(id));
        let asks_disk = alerts.rules.iter().any(|alert| alert.when.is_of_server());
        let disk = asks_disk.then(|| DiskSpace::of(&self.data));
        let disk =
            disk.and_then(|disk| disk.map_err(|error| tracing::error!(%error, "the disk's room is not known")).ok());
        Sample { at, apps, disk }
    }

    /// Adds what was stored since the last look; reads no event twice.
    async fn count_stored(&mut self, app: &App<Arc<SqliteLedger>>) -> Option<StoredSample> {
        let id = &app.contract.app.id;
        let (place, mut sum) =
            self.stored.get(id).map_or((None, StoredSample::default()), |(place, sum)| (Some(*place), *sum));
        // The ledger tells the log why it can't be read.
        let stored = app.ledger.stored_behind(place, &app.contract).await.ok()?;
        sum.events += stored.events;
        sum.errors += stored.errors;
        sum.latest = stored.end.received_at();
        self.stored.insert(id.clone(), (stored.end, sum));
        Some(sum)
    }

    /// Tells every webhook what it does not know yet, all at the same time.
    async fn tell(&mut self, alerts: &Alerts, now: Timestamp) {
        let mut posting = Vec::new();
        for (name, webhook) in &alerts.webhooks {
            let mut messages = self.monitor.untold(name);
            messages.truncate(MAX_MESSAGES);
            if !messages.is_empty() && !self.pauses.get(name).is_some_and(|pause| pause.holds(now)) {
                posting.push((name, post(webhook.clone(), messages)));
            }
        }
        for (name, posted) in posting {
            let Posted { told, failure } = posted.await.unwrap_or_else(|_| Posted::failed("it was broken off"));
            for (subject, status) in told {
                self.monitor.note_told(name, &subject, status);
            }
            self.pause(name, failure);
        }
    }

    /// Leaves a webhook alone that failed, longer each time.
    fn pause(&mut self, webhook: &str, failure: Option<String>) {
        let before = self.pauses.remove(webhook);
        let Some(failure) = failure else { return };
        let length = before.map_or(FIRST_PAUSE, |before| (2 * before.length).min(LAST_PAUSE));
        let seconds = length / 1_000;
        tracing::error!(webhook, failure, "a webhook was not told of an alert; it is tried again in {seconds} seconds");
        self.pauses.insert(webhook.to_owned(), Pause { length, until: Timestamp(clock::now().0 + length) });
    }

    /// Writes the incidents where they changed.
    async fn keep(&mut self) {
        let incidents = self.monitor.incidents().clone();
        if incidents == self.kept {
            return;
        }
        let data = self.data.clone();
        let written = tokio::task::spawn_blocking(move || kept::write(&data, &incidents).map(|()| incidents)).await;
        match written.map_err(io::Error::other).flatten() {
            Ok(incidents) => self.kept = incidents,
            Err(error) => {
                tracing::error!(%error, "alerts.json can't be written; after a restart, alerts may be told again");
            }
        }
    }
}

impl Pause {
    /// Whether it is still on; where the clock was set back, not beyond its length.
    fn holds(self, now: Timestamp) -> bool {
        (1..=self.length).contains(&(self.until.0 - now.0))
    }
}

impl Posted {
    fn failed(failure: &str) -> Self {
        Self { told: Vec::new(), failure: Some(failure.to_owned()) }
    }
}

/// Posts messages in order, on a thread that nobody waits for when the server stops.
fn post(webhook: Webhook, messages: Vec<(Subject, Message)>) -> oneshot::Receiver<Posted> {
    let (reply, posted) = oneshot::channel();
    // Without a thread there is no reply, which is a failure as well.
    let _ = thread::Builder::new().name("webhook".to_owned()).spawn(move || reply.send(post_all(&webhook, messages)));
    posted
}

fn post_all(webhook: &Webhook, messages: Vec<(Subject, Message)>) -> Posted {
    let mut posted = Posted { told: Vec::new(), failure: None };
    for (subject, message) in messages {
        match webhook.post(&message) {
            Ok(answer) if answer.is_success() => posted.told.push((subject, message.status)),
            // It is there, and may take the next one.
            Ok(answer) => posted.failure = Some(format!("it answered with {}", answer.status)),
            Err(failure) => {
                posted.failure = Some(failure);
                break;
            }
        }
    }
    posted
}
