//! Which hashes a table on disk has, as far as memory can tell.
//!
//! The [`Filter`] of a table with millions of hashes takes seconds to be made. So a thread of its own makes it, beside a
//! ledger that is open already: until it is through, any hash may be on disk. What comes to the table later is in further
//! filters, each twice as large as the one before: nothing is ever read again.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use crate::connection::open_reader;
use crate::filter::Filter;
use crate::key_table::Statements;

/// Hashes that are read while the ledger is being opened: within a fraction of a second.
const AT_ONCE: u32 = 256 << 10;
/// Hashes that the first of the later filters is good for, in 32 KiB.
const MIN_LATER: usize = 16 << 10;
/// Hashes between two looks at whether anybody still waits for them.
const STEP: usize = 4_096;

/// The hashes of a table on disk.
#[derive(Debug)]
pub(crate) struct OnDisk {
    first: First,
    /// Those that came since the table was opened.
    later: Vec<Filter>,
}

/// The hashes that a table had when it was opened.
#[derive(Debug)]
enum First {
    Read(Filter),
    Reading(Reading),
    /// They could not be read: any hash may be among them.
    Unknown,
}

impl OnDisk {
    /// Reads the hashes of a table, or begins to, where they are many.
    pub(crate) fn open(connection: &Connection, statements: &'static Statements) -> Result<Self, rusqlite::Error> {
        let mut some = connection.prepare(statements.hashes)?;
        let some = some.query_map([AT_ONCE + 1], |row| row.get(0))?;
        let some: Vec<i64> = some.collect::<Result<_, _>>()?;
        let first = if some.len() > AT_ONCE as usize {
            Reading::start(connection.path().unwrap_or_default().into(), statements)
        } else {
            let mut filter = Filter::new(some.len());
            for hash in some {
                filter.insert(hash);
            }
            First::Read(filter)
        };
        Ok(Self { first, later: vec![Filter::new(MIN_LATER)] })
    }

    /// Notes that a hash came to the table.
    pub(crate) fn insert(&mut self, hash: i64) {
        if let Some(last) = self.later.last_mut() {
            last.insert(turned(hash));
            if last.is_full() {
                let capacity = last.capacity() * 2;
                self.later.push(Filter::new(capacity));
            }
        }
    }

    /// Whether a hash may be in the table; if not, it is not.
    pub(crate) fn may_contain(&self, hash: i64) -> bool {
        let is_old = match &self.first {
            First::Read(filter) => filter.may_contain(hash),
            First::Reading(_) | First::Unknown => true,
        };
        is_old || self.later.iter().any(|filter| filter.may_contain(turned(hash)))
    }

    /// Takes over what was read meanwhile.
    pub(crate) fn catch_up(&mut self) {
        let First::Reading(reading) = &self.first else { return };
        match reading.filter.try_recv() {
            Ok(filter) => self.first = First::Read(filter),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => self.first = First::Unknown,
        }
    }
}

/// A hash for the later filters. A filter chooses its blocks by the upper half of a hash; keys come sorted, and one that is
/// full before the last of them would have blocks of their range alone, so these have the lower half above. The first has
/// all of the range: it is filled from its beginning to its end, which is several times as fast.
fn turned(hash: i64) -> i64 {
    hash.rotate_left(32)
}

/// A thread that reads the hashes of a table; it ends before this is gone.
#[derive(Debug)]
struct Reading {
    filter: Receiver<Filter>,
    is_wanted: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    fn start(path: PathBuf, statements: &'static Statements) -> First {
        let (outgoing, filter) = sync_channel(1);
        let is_wanted = Arc::new(AtomicBool::new(true));
        let is_still_wanted = Arc::clone(&is_wanted);
        let read = move || match open_reader(&path).and_then(|file| read(&file, statements, &is_still_wanted)) {
            // Nobody waits for it where the ledger was closed meanwhile.
            Ok(filter) => drop(outgoing.send(filter)),
            Err(error) => tracing::warn!(%error, "ids can't be read; every new one is looked for in the file"),
        };
        match thread::Builder::new().name("filter".to_owned()).spawn(read) {
            Ok(thread) => First::Reading(Self { filter, is_wanted, thread: Some(thread) }),
            Err(error) => {
                tracing::warn!(%error, "ids can't be read; every new one is looked for in the file");
                First::Unknown
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

/// A filter of all hashes of a table, or of some where it is not wanted any more.
fn read(connection: &Connection, statements: &Statements, is_wanted: &AtomicBool) -> Result<Filter, rusqlite::Error> {
    let count: i64 = connection.query_row(statements.count, [], |row| row.get(0))?;
    let mut filter = Filter::new(usize::try_from(count).unwrap_or(0));
    let mut hashes = connection.prepare(statements.hashes)?;
    let mut hashes = hashes.query([-1])?;
    let mut number = 0;
    while let Some(row) = hashes.next()? {
        filter.insert(row.get(0)?);
        number += 1;
        if number % STEP == 0 && !is_wanted.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use askfirst_core::{event_hash, sql};

    use super::*;

    const STATEMENTS: Statements = Statements {
        find: sql::FIND_EVENT_KEY,
        count: sql::COUNT_EVENT_KEYS,
        hashes: sql::EVENT_KEYS,
        insert: sql::INSERT_EVENT_KEY,
        watermark: "merged_seq",
    };

    fn hash(number: u32) -> i64 {
        event_hash(&format!("event-{number}"))
    }

    /// A file with so many hashes, and a connection to it.
    fn file(folder: &tempfile::TempDir, count: u32) -> Connection {
        let mut connection = Connection::open(folder.path().join("keys.db")).unwrap();
        let transaction = connection.transaction().unwrap();
        transaction.execute_batch("CREATE TABLE event_key (hash INTEGER PRIMARY KEY, seq INTEGER NOT NULL)").unwrap();
        let mut hashes: Vec<i64> = (0..count).map(hash).collect();
        hashes.sort_unstable();
        let mut insert = transaction.prepare(STATEMENTS.insert).unwrap();
        for hash in hashes {
            insert.execute([hash, 1]).unwrap();
        }
        drop(insert);
        transaction.commit().unwrap();
        connection
    }

    /// How many of ten thousand hashes that are not there seem to be.
    fn seeming(on_disk: &OnDisk) -> usize {
        (0..10_000).filter(|number| on_disk.may_contain(hash(u32::MAX - number))).count()
    }

    #[test]
    fn a_small_table_is_read_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let on_disk = OnDisk::open(&file(&folder, 1_000), &STATEMENTS).unwrap();
        assert!(matches!(on_disk.first, First::Read(_)));
        assert!((0..1_000).all(|number| on_disk.may_contain(hash(number))));
        assert!(seeming(&on_disk) < 200);
    }

    #[test]
    fn a_large_table_is_read_beside_and_may_have_anything_until_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let connection = file(&folder, AT_ONCE + 1);
        let mut on_disk = OnDisk::open(&connection, &STATEMENTS).unwrap();
        assert!(matches!(on_disk.first, First::Reading(_)));
        assert_eq!(seeming(&on_disk), 10_000);
        while matches!(on_disk.first, First::Reading(_)) {
            on_disk.catch_up();
            thread::yield_now();
        }
        assert!(matches!(on_disk.first, First::Read(_)));
        assert!((0..=AT_ONCE).all(|number| on_disk.may_contain(hash(number))));
        assert!(seeming(&on_disk) < 200);
        // What nobody waits for any more is not read to its end.
        drop(OnDisk::open(&connection, &STATEMENTS).unwrap());
    }

    #[test]
    fn what_cannot_be_read_may_have_anything() {
        let folder = tempfile::tempdir().unwrap();
        let mut on_disk =
            OnDisk { first: Reading::start(folder.path().join("none.db"), &STATEMENTS), later: Vec::new() };
        while matches!(on_disk.first, First::Reading(_)) {
            on_disk.catch_up();
            thread::yield_now();
        }
        assert!(matches!(on_disk.first, First::Unknown) && on_disk.may_contain(0));
    }

    #[test]
    fn what_comes_later_is_found_however_much() {
        let folder = tempfile::tempdir().unwrap();
        let mut on_disk = OnDisk::open(&file(&folder, 0), &STATEMENTS).unwrap();
        // As they are merged.
        let mut hashes: Vec<i64> = (0..100_000).map(hash).collect();
        hashes.sort_unstable();
        for hash in hashes {
            on_disk.insert(hash);
        }
        assert_eq!(on_disk.later.len(), 3, "16, 32 and 64 Ki");
        assert!((0..100_000).all(|number| on_disk.may_contain(hash(number))));
        assert!(seeming(&on_disk) < 300);
    }
}
