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

/// Events and commits after which the log is copied back. An event takes about 1.5 KB of it under load: the log stays
/// around 50 MB, is replayed within a fraction of a second after a crash, and most of its pages are in it many times
/// but copied once.
const INTERVAL: usize = 32 << 10;

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
        } else if !self.requested && self.since >= INTERVAL {
            self.requested = self.requests.try_send(()).is_ok();
        }
    }
}

/// Copies the log back, as far as no reader holds it back; the next checkpoint gets further.
pub(crate) fn run(connection: &Connection, mode: &str) {
    // A long question must not stop the writer: no waiting for readers.
    let impatient = connection.busy_timeout(Duration::ZERO);
    let copied = connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
    if let Err(error) = impatient.and(copied).and(connection.busy_timeout(BUSY)) {
        tracing::warn!(%error, "checkpoint failed; it is tried again later");
    }
}

fn serve(path: &std::path::Path, requests: &Receiver<()>, is_done: &AtomicBool) {
    for () in requests {
        // Opened anew each time: a checkpoint is rare, and the file may have been replaced.
        match Connection::open(path) {
            Ok(connection) => run(&connection, "PASSIVE"),
            Err(error) => tracing::warn!(%error, "checkpoint failed; it is tried again later"),
        }
        is_done.store(true, Ordering::Release);
    }
}
