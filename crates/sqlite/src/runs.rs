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
//! that there are three of each size at the most. What memory knows of a run ([`crate::filter::Filter`]) spares most hashes a
//! look at it.
//!
//! # Recovery
//!
//! Keys leave a run in the transaction that brings them to another, or some transactions later: one may be in both, but is
//! never in none. A merge that was interrupted leaves runs like any others. Who finds a row looks whether it has the id, so
//! it does no harm to find it twice, nor to find one that is gone.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::TryRecvError;

use askfirst_core::sql;
use rusqlite::Connection;

use crate::filter::share;
use crate::reading::{Reading, read};
use crate::run::{Key, Run, stored, write};

/// Keys of a step of a merge: half a millisecond's work.
const STEP: u64 = if cfg!(test) { 16 } else { 2_048 };
/// Parts that a step looks through for keys of rows that are gone.
const LOOKED_THROUGH: u32 = if cfg!(test) { 2 } else { 64 };
/// Runs that one is made of.
const MERGED: usize = 4;
/// Keys that are read while the ledger is being opened: within a fraction of a second.
const AT_ONCE: u64 = if cfg!(test) { 1_000 } else { 256 << 10 };

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
        let run = Run::begin(connection, self.kind, keys, first_row)?;
        let id = run.shape.id;
        self.all.push(run);
        Ok(id)
    }

    /// Writes keys to a run, sorted; none may have a lower hash than those that it has already.
    pub(crate) fn append(&mut self, connection: &Connection, id: i64, keys: &[Key]) -> Result<(), rusqlite::Error> {
        self.run(id)?.append(connection, keys)
    }

    /// Notes that all keys of a run are written.
    pub(crate) fn finish(&mut self, connection: &Connection, id: i64) -> Result<(), rusqlite::Error> {
        let run = self.run(id)?;
        run.is_whole = true;
        run.note(connection)
    }

    /// Takes a key out, wherever it is.
    pub(crate) fn remove(&self, connection: &Connection, key: Key) -> Result<(), rusqlite::Error> {
        self.all.iter().filter(|run| run.may_contain(key.hash)).try_for_each(|run| run.shape.remove(connection, key))
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
        // The first hash of this step and that of the next.
        let [from, to] = [*step, *step + 1].map(|step| (u64::from(step) << 32).div_ceil(u64::from(*steps)) << 32);
        for run in self.all.iter().filter(|run| sources.contains(&run.shape.id)) {
            // A part that reaches into the next step stays until then.
            let passed = if is_last { run.shape.parts } else { run.shape.part(to) };
            run.shape.read_range(connection, run.shape.part(from)..passed.saturating_add(1), |_, part| {
                let is_next = |key: &Key| share(key.hash, u64::from(*steps)) == u64::from(*step);
                keys.extend(part.into_iter().filter(is_next));
            })?;
            let mut delete = connection.prepare_cached(sql::DELETE_KEY_PARTS)?;
            delete.execute([run.shape.first_place(), run.shape.first_place() + i64::from(passed)])?;
            if is_last {
                connection.prepare_cached(sql::DELETE_EMPTY_KEY_RUN)?.execute([run.shape.id])?;
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
        shape.read_range(connection, begin..end, |place, mut keys| {
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

#[cfg(test)]
mod tests {
    use std::thread;

    use askfirst_core::event_hash;

    use super::*;
    use crate::run::rows_on_disk;

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
