//! Streams of what happens, `GET /api/v1/{app}/live`: server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>), for as long as their reader stays.
//!
//! A stream polls the ledger's file, and only when what it told last was taken: a slow reader is told of less, and
//! nothing piles up.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use askfirst_contract::Timestamp;
use askfirst_core::live::Happening;
use askfirst_sqlite::{Live, ReaderError};
use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::Context;
use super::credential::Credential;
use crate::clock;

/// Streams at a time: each reads the file four times a second while something happens, for a millisecond or so.
const MAX_STREAMS: usize = 16;
/// How often a stream says that it is there. One whose reader has gone learns of it by the second time, and makes place.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// The streams of a server.
pub(crate) struct Streams {
    places: Arc<Semaphore>,
    is_stopping: watch::Sender<bool>,
}

/// What a stream is about.
pub(super) struct Stream {
    pub(super) app: String,
    pub(super) ledger: PathBuf,
    /// What it was asked for with: it ends when that is in force no more.
    pub(super) credential: Credential,
    /// The `Last-Event-ID` of a reader that was cut off.
    pub(super) after: Option<i64>,
    /// When it was asked for.
    pub(super) now: Timestamp,
}

impl Default for Streams {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MAX_STREAMS)), is_stopping: watch::Sender::new(false) }
    }
}

impl Streams {
    /// A place for one more stream, if there is any.
    pub(super) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Ends all streams, and those that begin later: a server that stops waits for none.
    pub(crate) fn stop(&self) {
        self.is_stopping.send_replace(true);
    }
}

/// Begins a stream and gives its body.
pub(super) fn body(context: Arc<Context>, stream: Stream, place: OwnedSemaphorePermit) -> Body {
    let (sender, body) = Channel::new(1);
    tokio::spawn(async move {
        let mut stopping = context.streams.is_stopping.subscribe();
        tokio::select! {
            _ = stopping.wait_for(|is_stopping| *is_stopping) => {}
            ended = follow(&context, stream, sender) => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a ledger can't be followed");
                }
            }
        }
        drop(place);
    });
    Body::new(body)
}

/// Tells what happens until nobody listens any more, or may.
async fn follow(context: &Context, stream: Stream, mut sender: Sender<Bytes>) -> Result<(), ReaderError> {
    let Stream { app, ledger, credential, after, now } = stream;
    let Some(opened) = off_thread(move || Live::open(&ledger, after, now)).await else { return Ok(()) };
    let mut live = opened?;
    let mut text = format!(": what happens to events of {app}\n\n");
    let mut ticks = interval(Live::INTERVAL);
    // Where a reader is slow, what it missed is not made up for.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut told = Instant::now();
    loop {
        if text.is_empty() && told.elapsed() >= HEARTBEAT {
            text.push_str(":\n\n");
        }
        if !text.is_empty() {
            let is_allowed = is_allowed(context, &app, &credential).await;
            if !is_allowed || sender.send_data(Bytes::from(std::mem::take(&mut text))).await.is_err() {
                return Ok(());
            }
            told = Instant::now();
        }
        ticks.tick().await;
        let polled = off_thread(move || live.poll(clock::now()).map(|happened| (live, happened))).await;
        let Some(polled) = polled else { return Ok(()) };
        let happened;
        (live, happened) = polled?;
        for happening in &happened {
            write(&mut text, &app, happening);
        }
    }
}

/// Runs what waits for the disk where nobody waits for it; `None` where it panicked.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}

/// Whether the app is still served, and the credential in force.
async fn is_allowed(context: &Context, app: &str, credential: &Credential) -> bool {
    let is_served = context.served.now().apps.iter().any(|served| served.contract.app.id == app);
    is_served && matches!(context.tokens.grant(credential, clock::now()).await, Ok(Some(_)))
}

/// A message: the id is that of an accepted event, the data JSON on one line.
fn write(text: &mut String, app: &str, happening: &Happening) {
    if let Happening::Accepted { seq, .. } = happening {
        // Writing to a String has no error to give.
        let _ = writeln!(text, "id: {seq}");
    }
    let _ = write!(text, "data: {}\n\n", happening.to_json(app));
}
