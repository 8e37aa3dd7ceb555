//! Reading the hashes of runs, beside a ledger that is open already.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use crate::connection::open_reader;
use crate::filter::Filter;
use crate::run::{Run, stored};

/// Parts between two looks at whether anybody still waits for them.
const STEP: u32 = 64;

/// A thread that reads the hashes of runs, beside a ledger that is open already: of millions that takes seconds. It ends
/// before this is gone.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) filters: Receiver<Vec<(i64, Filter)>>,
    is_wanted: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    /// Begins to read the runs of a kind.
    pub(crate) fn start(path: PathBuf, kind: &'static str) -> Option<Self> {
        let (outgoing, filters) = sync_channel(1);
        let is_wanted = Arc::new(AtomicBool::new(true));
        let is_still_wanted = Arc::clone(&is_wanted);
        let read = move || match open_reader(&path).and_then(|file| read_all(&file, kind, &is_still_wanted)) {
            // Nobody waits for it where the ledger was closed meanwhile.
            Ok(filters) => drop(outgoing.send(filters)),
            Err(error) => tracing::warn!(%error, "ids can't be read; every new one is looked for in the file"),
        };
        match thread::Builder::new().name("filter".to_owned()).spawn(read) {
            Ok(thread) => Some(Self { filters, is_wanted, thread: Some(thread) }),
            Err(error) => {
                tracing::warn!(%error, "ids can't be read; every new one is looked for in the file");
                None
            }
        }
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.is_wanted.store(false, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // It has said what went wrong.
            let _ = thread.join();
        }
    }
}

/// Filters of all runs of a kind as of one moment, or of some where they are not wanted any more.
fn read_all(
    connection: &Connection,
    kind: &str,
    is_wanted: &AtomicBool,
) -> Result<Vec<(i64, Filter)>, rusqlite::Error> {
    let moment = connection.unchecked_transaction()?;
    let mut filters = Vec::new();
    for run in stored(&moment, kind)? {
        filters.extend(read(&moment, &run, is_wanted)?.map(|filter| (run.shape.id, filter)));
    }
    Ok(filters)
}

/// The filter of a run, unless it is not wanted any more.
pub(crate) fn read(
    connection: &Connection,
    run: &Run,
    is_wanted: &AtomicBool,
) -> Result<Option<Filter>, rusqlite::Error> {
    let mut filter = Filter::new(usize::try_from(run.keys).unwrap_or(0));
    let mut begin = 0;
    while begin < run.shape.parts {
        if !is_wanted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let end = begin.saturating_add(STEP);
        run.shape.read_range(connection, begin..end, |_, keys| {
            for key in keys {
                filter.insert(key.hash);
            }
        })?;
        begin = end;
    }
    Ok(Some(filter))
}
