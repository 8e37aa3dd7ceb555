//! Checkpoints off the hot path.
//!
//! Copying the log back into the database takes two syncs and as many page writes as there are pages in the log. A
//! thread with a connection of its own does that while the writer goes on; what the writer appended meanwhile is
//! little, and the writer copies it itself ([`Checkpointer::committed`]). Then the log starts anew at its beginning.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::connection::BUSY;

/// Events and commits after which the log is copied back. An event takes about 1.5 KB of it under load, so that it stays
/// around 2 MB. What is copied is synced at once, and commits that are synced meanwhile wait behind it: at half of the
/// highest rate, a hundredth of the requests took 22 ms where it was eight times as long, and 7 like this.
const INTERVAL: usize = 1 << 10;
/// Pages that are left for the writer to copy: a millisecond's work.
const LITTLE: i64 = 64;
/// How often the thread goes over what was appended while it copied, at the most.
const PASSES: usize = 8;

/// Copies the log back into the database from a thread of its own.
pub(crate) struct Checkpointer {
    requests: SyncSender<()>,
    is_done: Arc<AtomicBool>,
    /// Work since the last checkpoint, in events and commits.
    since: usize,
    requested: bool,
}

impl Checkpointer {
    /// Starts the thread; it ends when the checkpointer is dropped.
    pub(crate) fn start(path: PathBuf) -> Result<Self, std::io::Error> {
        let (requests, incoming) = sync_channel(1);
        let is_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&is_done);
        thread::Builder::new().name("checkpoint".to_owned()).spawn(move || serve(&path, &incoming, &done))?;
        Ok(Self { requests, is_done, since: 0, requested: false })
    }

    /// Called after every commit of so many events: asks for a checkpoint when it is time, and ends one that is
    /// nearly through.
    pub(crate) fn committed(&mut self, events: usize, writer: &Connection) {
        self.since += events + 1;
        if self.requested && self.is_done.swap(false, Ordering::Acquire) {
            self.requested = false;
            self.since = 0;
            run(writer, "PASSIVE");
        } else if self.since >= INTERVAL {
            self.request();
        }
    }

    /// Asks for a checkpoint now, unless one is under way.
    pub(crate) fn request(&mut self) {
        if !self.requested {
            self.requested = self.requests.try_send(()).is_ok();
        }
    }

    /// Whether one is under way; [`Checkpointer::committed`] ends it.
    pub(crate) fn is_under_way(&self) -> bool {
        self.requested
    }
}

/// Copies the log back, as far as no reader holds it back; the next checkpoint gets further. Gives how many of the log's
/// pages are copied by now, if that is known.
pub(crate) fn run(connection: &Connection, mode: &str) -> Option<i64> {
    // A long question must not stop the writer: no waiting for readers.
    let impatient = connection.busy_timeout(Duration::ZERO);
    let copied = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| row.get(2));
    let copied = impatient.and(copied);
    match connection.busy_timeout(BUSY).and(copied) {
        Ok(copied) => Some(copied),
        Err(error) => {
            tracing::warn!(%error, "checkpoint failed; it is tried again later");
            None
        }
    }
}

fn serve(path: &std::path::Path, requests: &Receiver<()>, is_done: &AtomicBool) {
    for () in requests {
        // Opened anew each time: a checkpoint is rare, and the file may have been replaced.
        match Connection::open(path) {
            Ok(connection) => copy(&connection),
            Err(error) => tracing::warn!(%error, "checkpoint failed; it is tried again later"),
        }
        is_done.store(true, Ordering::Release);
    }
}

/// Copies the log, and what was appended meanwhile, until little is left.
fn copy(connection: &Connection) {
    let mut before = 0;
    for _ in 0..PASSES {
        match run(connection, "PASSIVE") {
            Some(copied) if copied - before > LITTLE => before = copied,
            _ => break,
        }
    }
}
