//! Keys on disk: which ids are stored, by their hashes.
//!
//! # Constraints
//!
//! Hashes are random. An index of them takes each new one on a page of its own: a commit of 30 events would write 60 pages
//! for the keys of events and installs alone, and even many at a time, sorted, meet hardly two to a page once there are
//! millions. Retention would meet them one by one as well.
//!
//! # Operation
//!
//! Keys are written in runs, from the lowest hash to the highest. A run is in parts, equal ranges of hashes, and each
//! part is a row that fills most of a page: where a hash would be is known without an index. A run is never added to, but
//! keys may be taken out. Of four runs that are about as large as each other one is made, some thousand keys at a time, so
//! that there are three of each size at the most. What memory knows of a run ([`Filter`]) spares most hashes a look at it.
//!
//! # Recovery
//!
//! Keys leave a run in the transaction that brings them to another, or some transactions later: one may be in both, but is
//! never in none. A merge that was interrupted leaves runs like any others. Who finds a row looks whether it has the id, so
//! it does no harm to find it twice, nor to find one that is gone.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread::{self, JoinHandle};

use askfirst_core::sql;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::connection::open_reader;
use crate::filter::{Filter, share};

/// Keys of a part at the average: 16 bytes each, so that hardly any part is larger than a page.
const PART: u64 = if cfg!(test) { 4 } else { 200 };
/// Keys of a step of a merge: half a millisecond's work.
const STEP: u64 = if cfg!(test) { 16 } else { 2_048 };
/// Parts that a step looks through for keys of rows that are gone.
const LOOKED_THROUGH: u32 = if cfg!(test) { 2 } else { 64 };
/// Runs that one is made of.
const MERGED: usize = 4;
/// Keys that are read while the ledger is being opened: within a fraction of a second.
const AT_ONCE: u64 = if cfg!(test) { 1_000 } else { 256 << 10 };

/// The hash of an id, and the row that has the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The first 64 bits of its SHA-256.
    pub(crate) hash: u64,
    /// The sequence of an event, or the number of an install.
    pub(crate) row: i64,
}

/// The runs of the keys of one kind.
#[derive(Debug)]
pub(crate) struct Runs {
    /// As in the column `kind`.
    kind: &'static str,
    /// The oldest first.
    all: Vec<Run>,
    merge: Option<Merge>,
    /// Rows before this one are gone: their keys are not written again.
    first_row: i64,
    /// The run that is looked through for such keys, and its next part.
    looked_through: (i64, u32),
    /// Until all filters are there.
    reading: Option<Reading>,
}

/// Keys that were written together.
#[derive(Debug)]
struct Run {
    shape: Shape,
    /// How many keys were written to it; rather more, where a merge did not come to its end.
    keys: u64,
    /// Whether all of its keys are written.
    is_whole: bool,
    /// No key has a lower row.
    first_row: i64,
    /// The hashes of its keys; `None` while they are being read, or where they can't be: any hash may be among them.
    filter: Option<Filter>,
}

/// Where a run's keys are.
#[derive(Clone, Copy, Debug)]
struct Shape {
    id: i64,
    /// Equal ranges of hashes.
    parts: u32,
}

/// A merge under way, by ranges of hashes.
#[derive(Debug)]
struct Merge {
    sources: Vec<i64>,
    target: i64,
    step: u32,
    steps: u32,
}

impl Runs {
    /// Reads which runs there are, and begins to read their hashes where they are many.
    pub(crate) fn open(connection: &Connection, kind: &'static str) -> Result<Self, rusqlite::Error> {
        let all = stored(connection, kind)?;
        let mut runs = Self { kind, all, merge: None, first_row: i64::MIN, looked_through: (0, 0), reading: None };
        if runs.all.iter().map(|run| run.keys).sum::<u64>() > AT_ONCE {
            runs.reading = Reading::start(connection.path().unwrap_or_default().into(), kind);
        } else {
            for run in &mut runs.all {
                run.filter = read(connection, run, &AtomicBool::new(true))?;
            }
        }
        Ok(runs)
    }

    /// The rows whose ids may have this hash, the latest runs first.
    pub(crate) fn rows(&self, connection: &Connection, hash: u64) -> Result<Vec<i64>, rusqlite::Error> {
        let mut rows = Vec::new();
        for run in self.all.iter().rev().filter(|run| run.may_contain(hash)) {
            run.shape.rows(connection, hash, &mut rows)?;
        }
        Ok(rows)
    }

    /// Begins a run of about so many keys; gives its number.
    pub(crate) fn begin(&mut self, connection: &Connection, keys: u64, first_row: i64) -> Result<i64, rusqlite::Error> {
        let parts = u32::try_from(keys.div_ceil(PART).max(1)).unwrap_or(u32::MAX);
        let values = params![self.kind, parts, keys.cast_signed(), first_row];
        let id = connection.prepare_cached(sql::INSERT_KEY_RUN)?.query_row(values, |row| row.get(0))?;
        let filter = Some(Filter::new(usize::try_from(keys).unwrap_or(usize::MAX)));
        // Counted as they come.
        self.all.push(Run { shape: Shape { id, parts }, keys: 0, is_whole: false, first_row, filter });
        Ok(id)
    }

    /// Writes keys to a run, sorted; none may have a lower hash than those that it has already.
    pub(crate) fn append(&mut self, connection: &Connection, id: i64, keys: &[Key]) -> Result<(), rusqlite::Error> {
        let run = self.run(id)?;
        let shape = run.shape;
        let mut is_first = true;
        for keys in keys.chunk_by(|a, b| shape.part(a.hash) == shape.part(b.hash)) {
            let place = shape.place(keys[0].hash);
            // The last that were written may have begun it.
            let mut part = if std::mem::take(&mut is_first) { read_part(connection, place)? } else { Vec::new() };
            part.extend_from_slice(keys);
            write(connection, place, &part)?;
        }
        run.keys += keys.len() as u64;
        if let Some(filter) = &mut run.filter {
            for key in keys {
                filter.insert(key.hash);
            }
        }
        Ok(())
    }

    /// Notes that all keys of a run are written.
    pub(crate) fn finish(&mut self, connection: &Connection, id: i64) -> Result<(), rusqlite::Error> {
        let run = self.run(id)?;
        run.is_whole = true;
        run.note(connection)
    }

    /// Takes a key out, wherever it is.
    pub(crate) fn remove(&self, connection: &Connection, key: Key) -> Result<(), rusqlite::Error> {
        for run in self.all.iter().filter(|run| run.may_contain(key.hash)) {
            let place = run.shape.place(key.hash);
            let mut keys = read_part(connection, place)?;
            let all = keys.len();
            keys.retain(|other| *other != key);
            if keys.len() < all {
                write(connection, place, &keys)?;
            }
        }
        Ok(())
    }

    /// Does a step of a merge, if there is one to do; gives the number of keys that were moved, at least one.
    pub(crate) fn merge_step(&mut self, connection: &Connection) -> Result<usize, rusqlite::Error> {
        if self.merge.is_none() {
            self.merge = self.plan(connection)?;
        }
        let Some(Merge { sources, target, step, steps }) = &mut self.merge else { return Ok(0) };
        let target = *target;
        let mut keys = Vec::new();
        let is_last = *step + 1 == *steps;
        for run in self.all.iter().filter(|run| sources.contains(&run.shape.id)) {
            // The first hash of this step and that of the next.
            let [from, to] = [*step, *step + 1].map(|step| (u64::from(step) << 32).div_ceil(u64::from(*steps)) << 32);
            let last = if is_last { u64::MAX } else { to - 1 };
            run.shape.read_range(connection, run.shape.part(from)..=run.shape.part(last), |_, part| {
                let is_next = |key: &Key| share(key.hash, u64::from(*steps)) == u64::from(*step);
                keys.extend(part.into_iter().filter(is_next));
            })?;
            // A part that reaches into the next step stays until then.
            let passed = if is_last { run.shape.parts } else { run.shape.part(to) };
            let mut delete = connection.prepare_cached(sql::DELETE_KEY_PARTS)?;
            delete.execute([run.shape.first_place(), run.shape.first_place() + i64::from(passed)])?;
            if is_last {
                connection.prepare_cached(sql::DELETE_KEY_RUN)?.execute([run.shape.id])?;
            }
        }
        *step += 1;
        let count = keys.len();
        keys.retain(|key| key.row >= self.first_row);
        keys.sort_unstable();
        keys.dedup();
        if is_last {
            self.all.retain(|run| !sources.contains(&run.shape.id));
            self.merge = None;
        }
        self.append(connection, target, &keys)?;
        if is_last {
            self.finish(connection, target)?;
        }
        Ok(count.max(1))
    }

    /// Begins a merge of the latest runs, unless the first of them is of a higher power of their number than the last. So there
    /// are three of each power at the most.
    fn plan(&mut self, connection: &Connection) -> Result<Option<Merge>, rusqlite::Error> {
        let Some(latest) = self.all.last_chunk::<MERGED>() else { return Ok(None) };
        let [first, .., last] = latest;
        let power = |run: &Run| run.keys.max(1).ilog(MERGED as u64);
        if power(first) > power(last) {
            return Ok(None);
        }
        let sources = latest.iter().map(|run| run.shape.id).collect();
        let first_row = latest.iter().map(|run| run.first_row).min().unwrap_or(0).max(self.first_row);
        let keys = latest.iter().map(|run| run.keys).sum::<u64>();
        let target = self.begin(connection, keys, first_row)?;
        let steps = u32::try_from(keys.div_ceil(STEP).max(1)).unwrap_or(u32::MAX);
        Ok(Some(Merge { sources, target, step: 0, steps }))
    }

    /// Takes keys out whose rows lie before one, in some parts of a run; gives how many parts there were to look through.
    pub(crate) fn purge_step(&mut self, connection: &Connection, first_row: i64) -> Result<usize, rusqlite::Error> {
        self.first_row = first_row;
        let Some(run) = self.all.iter_mut().find(|run| run.first_row < first_row) else { return Ok(0) };
        let shape = run.shape;
        let begin = if self.looked_through.0 == shape.id { self.looked_through.1 } else { 0 };
        let end = begin.saturating_add(LOOKED_THROUGH).min(shape.parts);
        let mut changed = Vec::new();
        shape.read_range(connection, begin..=end - 1, |place, mut keys| {
            let all = keys.len();
            keys.retain(|key| key.row >= first_row);
            if keys.len() < all {
                changed.push((place, keys));
            }
        })?;
        for (place, keys) in changed {
            write(connection, place, &keys)?;
        }
        self.looked_through = (shape.id, end);
        if end == shape.parts {
            self.looked_through = (0, 0);
            run.first_row = first_row;
            if run.is_whole {
                run.note(connection)?;
                let is_empty = connection.prepare_cached(sql::DELETE_EMPTY_KEY_RUN)?.execute([shape.id])? > 0;
                self.all.retain(|run| run.shape.id != shape.id || !is_empty);
            }
        }
        Ok((end - begin) as usize)
    }

    /// The run of a number.
    fn run(&mut self, id: i64) -> Result<&mut Run, rusqlite::Error> {
        self.all.iter_mut().find(|run| run.shape.id == id).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// Takes over what was read meanwhile.
    pub(crate) fn catch_up(&mut self) {
        let Some(reading) = &self.reading else { return };
        match reading.filters.try_recv() {
            Ok(filters) => {
                for (id, filter) in filters {
                    // Those that came later have theirs.
                    let run = self.all.iter_mut().find(|run| run.shape.id == id && run.filter.is_none());
                    run.map(|run| run.filter.insert(filter));
                }
            }
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {}
        }
        self.reading = None;
    }
}

impl Run {
    fn may_contain(&self, hash: u64) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.may_contain(hash))
    }

    /// Notes how many keys it has, and which; of one that is not whole it is known how many are expected.
    fn note(&self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let mut update = connection.prepare_cached(sql::UPDATE_KEY_RUN)?;
        update.execute(params![self.shape.id, self.keys.cast_signed(), self.first_row]).map(drop)
    }
}

impl Shape {
    /// The part that a hash is in.
    fn part(self, hash: u64) -> u32 {
        u32::try_from(share(hash, u64::from(self.parts))).unwrap_or(0)
    }

    /// The row of the first part.
    fn first_place(self) -> i64 {
        self.id << 32
    }

    /// The row of the part that a hash is in.
    fn place(self, hash: u64) -> i64 {
        self.first_place() | i64::from(self.part(hash))
    }

    /// Adds the rows whose ids may have a hash.
    fn rows(self, connection: &Connection, hash: u64, rows: &mut Vec<i64>) -> Result<(), rusqlite::Error> {
        let mut part = connection.prepare_cached(sql::KEY_PART)?;
        let mut part = part.query([self.place(hash)])?;
        if let Some(part) = part.next()? {
            let keys = stored_keys(part.get_ref(0)?.as_blob()?);
            let first = keys.partition_point(|key| Key::of(key).hash < hash);
            rows.extend(keys[first..].iter().map(Key::of).take_while(|key| key.hash == hash).map(|key| key.row));
        }
        Ok(())
    }

    /// Reads some parts in order, each with its row.
    fn read_range(
        self,
        connection: &Connection,
        parts: std::ops::RangeInclusive<u32>,
        mut take: impl FnMut(i64, Vec<Key>),
    ) -> Result<(), rusqlite::Error> {
        let [first, last] = [*parts.start(), *parts.end()].map(|part| self.first_place() | i64::from(part));
        let mut parts = connection.prepare_cached(sql::KEY_PARTS)?;
        let mut parts = parts.query([first, last])?;
        while let Some(part) = parts.next()? {
            take(part.get(0)?, decode(part.get_ref(1)?.as_blob()?));
        }
        Ok(())
    }
}

impl Key {
    /// A key as it is stored.
    fn of([hash, row]: &[[u8; 8]; 2]) -> Self {
        Self { hash: u64::from_le_bytes(*hash), row: i64::from_le_bytes(*row) }
    }
}

/// The keys of a part as they are stored.
fn stored_keys(part: &[u8]) -> &[[[u8; 8]; 2]] {
    part.as_chunks().0.as_chunks().0
}

fn decode(part: &[u8]) -> Vec<Key> {
    stored_keys(part).iter().map(Key::of).collect()
}

/// The keys of a part.
fn read_part(connection: &Connection, place: i64) -> Result<Vec<Key>, rusqlite::Error> {
    let mut part = connection.prepare_cached(sql::KEY_PART)?;
    Ok(part.query_row([place], |row| Ok(decode(row.get_ref(0)?.as_blob()?))).optional()?.unwrap_or_default())
}

/// Writes the keys of a part, which are sorted; none, if there are none.
fn write(connection: &Connection, place: i64, keys: &[Key]) -> Result<(), rusqlite::Error> {
    if keys.is_empty() {
        return connection.prepare_cached(sql::DELETE_KEY_PARTS)?.execute([place, place + 1]).map(drop);
    }
    let mut bytes = Vec::with_capacity(keys.len() * 16);
    for key in keys {
        bytes.extend_from_slice(&key.hash.to_le_bytes());
        bytes.extend_from_slice(&key.row.to_le_bytes());
    }
    connection.prepare_cached(sql::REPLACE_KEY_PART)?.execute(params![place, bytes]).map(drop)
}

/// The runs of a kind, the oldest first, without their filters.
fn stored(connection: &Connection, kind: &str) -> Result<Vec<Run>, rusqlite::Error> {
    let mut runs = connection.prepare_cached(sql::KEY_RUNS)?;
    let runs = runs.query_map([kind], |row| {
        let keys: i64 = row.get(2)?;
        Ok(Run {
            shape: Shape { id: row.get(0)?, parts: row.get(1)? },
            keys: keys.cast_unsigned(),
            is_whole: true,
            first_row: row.get(3)?,
            filter: None,
        })
    })?;
    runs.collect()
}

/// The rows whose ids may have a hash, for a reader: those that are on disk.
pub(crate) fn rows_on_disk(connection: &Connection, kind: &str, hash: u64) -> Result<Vec<i64>, rusqlite::Error> {
    let mut rows = Vec::new();
    for run in stored(connection, kind)? {
        run.shape.rows(connection, hash, &mut rows)?;
    }
    Ok(rows)
}

/// A thread that reads the hashes of runs, beside a ledger that is open already: of millions that takes seconds. It ends
/// before this is gone.
#[derive(Debug)]
struct Reading {
    filters: Receiver<Vec<(i64, Filter)>>,
    is_wanted: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Reading {
    fn start(path: PathBuf, kind: &'static str) -> Option<Self> {
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
fn read(connection: &Connection, run: &Run, is_wanted: &AtomicBool) -> Result<Option<Filter>, rusqlite::Error> {
    let mut filter = Filter::new(usize::try_from(run.keys).unwrap_or(0));
    let mut begin = 0;
    while begin < run.shape.parts {
        if !is_wanted.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let end = begin.saturating_add(LOOKED_THROUGH);
        run.shape.read_range(connection, begin..=end - 1, |_, keys| {
            for key in keys {
                filter.insert(key.hash);
            }
        })?;
        begin = end;
    }
    Ok(Some(filter))
}

#[cfg(test)]
mod tests {
    use askfirst_core::event_hash;

    use super::*;

    fn key(row: i64) -> Key {
        Key { hash: event_hash(&format!("event-{row}")).cast_unsigned(), row }
    }

    fn file(path: &std::path::Path) -> Connection {
        let file = Connection::open(path).unwrap();
        file.execute_batch(sql::MIGRATIONS[0]).unwrap();
        file
    }

    /// Writes a run with keys of these rows.
    fn add(runs: &mut Runs, file: &Connection, rows: std::ops::Range<i64>) {
        let mut keys: Vec<Key> = rows.clone().map(key).collect();
        keys.sort_unstable();
        let run = runs.begin(file, keys.len() as u64, rows.start).unwrap();
        for keys in keys.chunks(7) {
            runs.append(file, run, keys).unwrap();
        }
        runs.finish(file, run).unwrap();
    }

    fn has(runs: &Runs, file: &Connection, row: i64) -> bool {
        runs.rows(file, key(row).hash).unwrap().contains(&row)
    }

    fn count(file: &Connection, of: &str) -> i64 {
        file.query_row(&format!("SELECT {of}"), [], |row| row.get(0)).unwrap()
    }

    const KEYS: &str = "coalesce(sum(length(keys)), 0) / 16 FROM key_part";
    const RUNS: &str = "count(*) FROM key_run";

    #[test]
    fn runs_stay_few_and_say_how_many_keys_they_have() {
        let file = file(std::path::Path::new(""));
        let mut runs = Runs::open(&file, "event").unwrap();
        for run in 0..70 {
            add(&mut runs, &file, run * 40..run * 40 + 40);
            while runs.merge_step(&file).unwrap() > 0 {}
        }
        // 70 is 1 0 1 2 to the base of four.
        let sizes: Vec<u64> = runs.all.iter().map(|run| run.keys / 40).collect();
        assert_eq!(sizes, [64, 4, 1, 1]);
        assert_eq!(stored(&file, "event").unwrap().iter().map(|run| run.keys).sum::<u64>(), 2_800);
        assert_eq!((count(&file, KEYS), count(&file, RUNS)), (2_800, 4));
        assert!((0..2_800).all(|row| has(&runs, &file, row)));
        assert!((0..2_800).all(|row| rows_on_disk(&file, "event", key(row).hash).unwrap() == [row]));
        assert!(rows_on_disk(&file, "install", key(1).hash).unwrap().is_empty());
    }

    #[test]
    fn a_merge_that_was_interrupted_anywhere_loses_nothing() {
        let file = file(std::path::Path::new(""));
        for steps in 0..9 {
            let mut runs = Runs::open(&file, "event").unwrap();
            for run in 0..4 {
                let first = steps * 200 + run * 30;
                add(&mut runs, &file, first..first + 30);
            }
            for _ in 0..steps {
                runs.merge_step(&file).unwrap();
            }
        }
        let mut runs = Runs::open(&file, "event").unwrap();
        let rows = || (0..9).flat_map(|steps| steps * 200..steps * 200 + 120);
        assert!(rows().all(|row| has(&runs, &file, row)));
        while runs.merge_step(&file).unwrap() > 0 {}
        assert!(rows().all(|row| has(&runs, &file, row)));
        assert!(!has(&runs, &file, 150));
        let keys: i64 = count(&file, KEYS);
        assert!((9 * 120..9 * 130).contains(&keys), "a few are left twice: {keys}");
    }

    #[test]
    fn a_run_goes_with_its_last_key() {
        let file = file(std::path::Path::new(""));
        let mut runs = Runs::open(&file, "event").unwrap();
        add(&mut runs, &file, 0..50);
        add(&mut runs, &file, 50..60);
        while runs.purge_step(&file, 40).unwrap() > 0 {}
        assert_eq!((count(&file, KEYS), count(&file, RUNS)), (20, 2));
        assert!(!has(&runs, &file, 39) && has(&runs, &file, 40));
        while runs.purge_step(&file, 59).unwrap() > 0 {}
        assert_eq!((count(&file, KEYS), count(&file, RUNS)), (1, 1));
        runs.remove(&file, key(59)).unwrap();
        while runs.purge_step(&file, 60).unwrap() > 0 {}
        assert_eq!((count(&file, KEYS), count(&file, RUNS)), (0, 0));
    }

    #[test]
    fn a_run_that_is_being_written_does_not_go_for_being_empty() {
        let file = file(std::path::Path::new(""));
        let mut runs = Runs::open(&file, "event").unwrap();
        let run = runs.begin(&file, 1, 0).unwrap();
        while runs.purge_step(&file, 5).unwrap() > 0 {}
        runs.append(&file, run, &[key(7)]).unwrap();
        runs.finish(&file, run).unwrap();
        assert!(has(&runs, &file, 7) && rows_on_disk(&file, "event", key(7).hash).unwrap() == [7]);
    }

    #[test]
    fn many_are_read_beside_and_any_may_be_there_until_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder.path().join("keys.db"));
        let mut runs = Runs::open(&file, "event").unwrap();
        let many = AT_ONCE.cast_signed() + 1;
        add(&mut runs, &file, 0..many - 10);
        add(&mut runs, &file, many - 10..many);
        // How many of ten thousand hashes that are not there seem to be.
        let seeming = |run: &Run| (0..10_000).filter(|row| run.may_contain(key(i64::MAX - row).hash)).count();
        assert!(runs.all.iter().all(|run| seeming(run) < 200));

        let mut runs = Runs::open(&file, "event").unwrap();
        assert!(runs.all.iter().all(|run| run.filter.is_none() && seeming(run) == 10_000));
        assert!((0..many).all(|row| has(&runs, &file, row)));
        add(&mut runs, &file, many..many + 10);
        while runs.reading.is_some() {
            runs.catch_up();
            thread::yield_now();
        }
        assert!(runs.all.iter().all(|run| seeming(run) < 200));
        assert!((0..many + 10).all(|row| has(&runs, &file, row)));
        // What nobody waits for any more is not read to its end.
        drop(Runs::open(&file, "event").unwrap());
    }

    #[test]
    fn what_cannot_be_read_may_have_anything() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(&folder.path().join("keys.db"));
        let mut runs = Runs::open(&file, "event").unwrap();
        add(&mut runs, &file, 0..1);
        runs.all[0].filter = None;
        runs.reading = Reading::start(folder.path().join("none.db"), "event");
        while runs.reading.is_some() {
            runs.catch_up();
            thread::yield_now();
        }
        assert!(runs.all[0].may_contain(key(7).hash) && has(&runs, &file, 0));
    }
}
