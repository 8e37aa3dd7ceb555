//! A run: threads that share the connections, and the schedule that they all follow.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::plan::{Plan, Until};
use crate::stream::Stream;
use crate::tally::Tally;
use crate::{batch, clock};

/// How long posts under way are waited for when a run is stopped early. At its planned end they have all of their time.
const GRACE: Duration = Duration::from_secs(1);

/// Why a run did not begin.
#[derive(Debug, thiserror::Error)]
pub enum NotRun {
    /// Not all connections could be had.
    #[error("can't connect to {target}: {why}")]
    Unreachable {
        /// The server's URL.
        target: String,
        /// What went wrong.
        why: String,
    },
    /// The machine does not let us.
    #[error("the load generator can't run: {0}")]
    Generator(String),
}

/// Watches one run from outside, and stops it.
#[derive(Debug, Default)]
pub struct Control {
    started: OnceLock<Instant>,
    stopped: OnceLock<Instant>,
    accepted: AtomicU64,
    errors: AtomicU64,
}

impl Control {
    /// Ends the run early: nothing more is sent, and posts under way are given a second.
    pub fn stop(&self) {
        self.stopped.get_or_init(clock::now);
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// How long the run has been sending; `None` while it connects.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        self.started.get().map(|started| clock::now().duration_since(*started))
    }

    /// How many posts were accepted and how many were not, so far.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.accepted.load(Ordering::Relaxed), self.errors.load(Ordering::Relaxed))
    }

    pub(crate) fn count(&self, is_accepted: bool) {
        let counter = if is_accepted { &self.accepted } else { &self.errors };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// A run under way.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    /// Of the server.
    pub(crate) address: SocketAddr,
    pub(crate) control: Arc<Control>,
    pub(crate) started: Instant,
    /// How many posts were given to connections.
    taken: AtomicU64,
}

/// One to be sent.
pub(crate) struct Post {
    pub(crate) sequence: u64,
    pub(crate) due: Instant,
}

impl Plan {
    /// Connects, posts until the end, and waits for the answers under way.
    ///
    /// # Errors
    ///
    /// When not all connections could be had at the start. Whatever goes wrong later is counted.
    pub async fn run(&self, control: &Arc<Control>) -> Result<Tally, NotRun> {
        let address = Stream::find(&self.target).await?;
        let (begin, signal) = watch::channel(None);
        let mut connecting = Vec::new();
        let mut driving = Vec::new();
        let threads = self.threads.clamp(1, self.connections.max(1));
        for thread in 0..threads {
            // The first ones take what is left where they can't be shared evenly.
            let connections = self.connections / threads + usize::from(thread < self.connections % threads);
            let (plan, signal) = (self.clone(), signal.clone());
            let (connected, is_connected) = oneshot::channel();
            let (finished, is_finished) = oneshot::channel();
            std::thread::spawn(move || {
                // Nobody waits any more when the run was given up.
                let _ = finished.send(drive(&plan, address, connections, connected, signal));
            });
            connecting.push(is_connected);
            driving.push(is_finished);
        }
        for is_connected in connecting {
            is_connected.await.map_err(|_| broke_down())??;
        }
        let run = Arc::new(Run::new(self.clone(), address, Arc::clone(control)));
        begin.send_replace(Some(Arc::clone(&run)));
        let mut total = new_tally(address)?;
        for is_finished in driving {
            total.add(&is_finished.await.map_err(|_| broke_down())??);
        }
        run.finish(&mut total);
        Ok(total)
    }
}

/// What one thread does: connects, waits for the beginning, and drives its connections to the end.
fn drive(
    plan: &Plan,
    address: SocketAddr,
    connections: usize,
    connected: oneshot::Sender<Result<(), NotRun>>,
    mut signal: watch::Receiver<Option<Arc<Run>>>,
) -> Result<Tally, NotRun> {
    if plan.rate.is_none() {
        batch::be();
    }
    let tally = Arc::new(Mutex::new(new_tally(address)?));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| NotRun::Generator(error.to_string()))?.block_on(async {
        let streams = connect(plan, address, connections).await;
        let (outcome, streams) = streams.map_or_else(|error| (Err(error), Vec::new()), |streams| (Ok(()), streams));
        let _ = connected.send(outcome);
        // An error means that another thread could not connect.
        let Ok(Some(run)) = signal.wait_for(Option::is_some).await.map(|run| run.clone()) else { return };
        let mut driving = JoinSet::new();
        for stream in streams {
            driving.spawn(Connection::new(Arc::clone(&run), Arc::clone(&tally), stream).drive());
        }
        driving.join_all().await;
    });
    let tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(tally.clone())
}

async fn connect(plan: &Plan, address: SocketAddr, connections: usize) -> Result<Vec<Stream>, NotRun> {
    let mut opening = JoinSet::new();
    for _ in 0..connections {
        let target = plan.target.clone();
        opening.spawn(async move { Stream::open(&target, address).await });
    }
    opening.join_all().await.into_iter().collect()
}

fn new_tally(server: SocketAddr) -> Result<Tally, NotRun> {
    Tally::new(server).map_err(|error| NotRun::Generator(error.to_string()))
}

fn broke_down() -> NotRun {
    NotRun::Generator("one of its threads broke down".to_owned())
}

impl Run {
    fn new(plan: Plan, address: SocketAddr, control: Arc<Control>) -> Self {
        let started = *control.started.get_or_init(clock::now);
        Self { plan, address, control, started, taken: AtomicU64::new(0) }
    }

    /// The next post, for a connection that is free at `now`; `None` when the run is over.
    pub(crate) fn next(&self, now: Instant) -> Option<Post> {
        if self.is_over(now) {
            return None;
        }
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        if self.posts().is_some_and(|posts| number >= posts) {
            return None;
        }
        let due = self.plan.rate.map_or(now, |rate| self.started + rate.due(number));
        let sequence = self.plan.first_sequence.wrapping_add(number);
        (!self.is_over(due)).then_some(Post { sequence, due })
    }

    /// Whether nothing is sent any more at this time.
    pub(crate) fn is_over(&self, at: Instant) -> bool {
        self.end().is_some_and(|end| at >= end)
    }

    /// Whether posts under way are no longer waited for.
    pub(crate) fn is_given_up(&self, at: Instant) -> bool {
        self.control.stopped.get().is_some_and(|stopped| at >= *stopped + GRACE)
    }

    fn end(&self) -> Option<Instant> {
        let planned = match self.plan.until {
            Until::Elapsed(length) => Some(self.started + length),
            Until::Posts(_) => None,
        };
        let stopped = self.control.stopped.get().copied();
        planned.into_iter().chain(stopped).min()
    }

    /// How many posts there are to be, where that is fixed.
    fn posts(&self) -> Option<u64> {
        match self.plan.until {
            Until::Elapsed(_) => None,
            Until::Posts(posts) => Some(posts),
        }
    }

    /// Counts what was due at the end and had no free connection to be sent over, each with the time it waited.
    ///
    /// Posts are taken in the order in which they are due, so these are the last.
    fn finish(&self, tally: &mut Tally) {
        let taken = self.taken.load(Ordering::Relaxed).min(self.posts().unwrap_or(u64::MAX));
        tally.next_sequence = self.plan.first_sequence.wrapping_add(taken);
        let (Some(rate), Some(end)) = (self.plan.rate, self.end()) else { return };
        let length = end.duration_since(self.started);
        let due = rate.due_within(length).min(self.posts().unwrap_or(u64::MAX));
        // At the most the highest rate for the longest run: a second or two.
        for number in tally.posts()..due {
            tally.waited(length.saturating_sub(rate.due(number)));
        }
    }
}
