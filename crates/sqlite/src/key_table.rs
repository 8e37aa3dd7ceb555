//! A table from hashes of ids to rows: the latest keys in memory, the many on disk.
//!
//! Nothing is lost in memory: the rows that keys lead to are written at once, and what was not written yet is read back from
//! them when the file is opened. Once so many keys have gathered, they are written as a run ([`Runs`]), some with every
//! commit. Two ids may have the same hash, so a hash may lead to several rows.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashTable};
use rusqlite::{Connection, params};

use crate::run::Key;
use crate::runs::Runs;

/// Keys in memory before they are written: 256 Ki take 9 MB, and are read back from their rows within a second.
const MAX_KEYS: usize = 256 << 10;
/// Parts of a map, by ranges of hashes: one that grows is copied, and a large one would keep everybody waiting for ten
/// milliseconds.
const SHARDS: usize = 256;
/// Keys of a step of writing, or a shard's: a quarter of a millisecond's work.
const STEP: usize = if cfg!(test) { 8 } else { 1_024 };

/// Which ids a table is of.
#[derive(Debug)]
pub(crate) struct Kind {
    /// As in the column `kind` of `key_run`.
    pub(crate) name: &'static str,
    /// The name of the watermark in `meta`: all rows up to it are on disk.
    pub(crate) watermark: &'static str,
}

/// A table from hashes to rows.
#[derive(Debug)]
pub(crate) struct KeyTable {
    kind: &'static Kind,
    hot: Shards,
    flush: Option<Flush>,
    /// Keys of rows that a flush has passed already: the clock was set back. Nobody would read them back.
    late: Vec<Key>,
    /// All rows up to this one are on disk when what is being written is.
    passed: i64,
    runs: Runs,
}

/// What is being written, until all of it is on disk.
#[derive(Debug)]
struct Flush {
    keys: Shards,
    run: i64,
    /// The first shard that is not on disk yet.
    next: usize,
}

/// Keys in maps by ranges of hashes, the lowest first.
#[derive(Debug)]
struct Shards {
    hasher: DefaultHashBuilder,
    maps: Vec<HashTable<Key>>,
    len: usize,
    /// No key has a lower row.
    first_row: i64,
}

impl KeyTable {
    /// Opens the table; the rows behind [`KeyTable::passed`] are to be added by the caller.
    pub(crate) fn open(connection: &Connection, kind: &'static Kind) -> Result<Self, rusqlite::Error> {
        let watermark = "SELECT coalesce((SELECT value FROM meta WHERE name = ?1), 0)";
        let passed = connection.query_row(watermark, [kind.watermark], |row| row.get(0))?;
        let runs = Runs::open(connection, kind.name)?;
        Ok(Self { kind, hot: Shards::new(), flush: None, late: Vec::new(), passed, runs })
    }

    /// The last row that a flush has passed.
    pub(crate) fn passed(&self) -> i64 {
        self.passed
    }

    /// The rows whose ids may have this hash.
    pub(crate) fn rows(&self, connection: &Connection, hash: u64) -> Result<Vec<i64>, rusqlite::Error> {
        let mut rows = self.runs.rows(connection, hash)?;
        rows.extend(self.hot.rows(hash));
        rows.extend(self.flush.iter().flat_map(|flush| flush.keys.rows(hash)));
        Ok(rows)
    }

    /// Adds a key that is not there.
    pub(crate) fn add(&mut self, key: Key) {
        self.hot.insert(key);
        if key.row <= self.passed {
            self.late.push(key);
        }
    }

    /// Takes a key out.
    pub(crate) fn remove(&mut self, connection: &Connection, key: Key) -> Result<(), rusqlite::Error> {
        self.hot.remove(key);
        if let Some(flush) = &mut self.flush {
            flush.keys.remove(key);
        }
        self.late.retain(|late| *late != key);
        self.runs.remove(connection, key)
    }

    /// Whether there are more keys in memory than there should be.
    pub(crate) fn is_full(&self) -> bool {
        self.hot.len >= MAX_KEYS
    }

    /// Writes, inside the open transaction, what nobody would read back.
    pub(crate) fn write_late(&mut self, connection: &Connection) -> Result<(), rusqlite::Error> {
        self.runs.catch_up();
        let mut late = std::mem::take(&mut self.late);
        late.sort_unstable();
        let Some(first_row) = late.iter().map(|key| key.row).min() else { return Ok(()) };
        let run = self.runs.begin(connection, late.len() as u64, first_row)?;
        self.runs.append(connection, run, &late)?;
        self.runs.finish(connection, run)
    }

    /// Begins to write what is in memory, unless that is under way. `last` is the last row there is.
    pub(crate) fn begin_flush(&mut self, connection: &Connection, last: i64) -> Result<(), rusqlite::Error> {
        if self.flush.is_none() && self.hot.len > 0 {
            let keys = std::mem::replace(&mut self.hot, Shards::new());
            let run = self.runs.begin(connection, keys.len as u64, keys.first_row)?;
            self.flush = Some(Flush { keys, run, next: 0 });
            self.passed = self.passed.max(last);
        }
        Ok(())
    }

    /// Writes some of what is being written inside the open transaction; gives how many keys, at least one while there is
    /// something to do.
    pub(crate) fn flush_step(&mut self, connection: &Connection) -> Result<usize, rusqlite::Error> {
        let Some(Flush { keys, run, next }) = &mut self.flush else { return Ok(0) };
        let mut step: Vec<Key> = Vec::new();
        while step.len() < STEP && *next < SHARDS {
            step.extend(&keys.maps[*next]);
            *next += 1;
        }
        step.sort_unstable();
        self.runs.append(connection, *run, &step)?;
        if *next == SHARDS {
            self.runs.finish(connection, *run)?;
            self.flush = None;
            let watermark = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
            connection.execute(watermark, params![self.kind.watermark, self.passed])?;
        }
        Ok(step.len().max(1))
    }

    /// Writes some of what is being written, or else merges some of what is on disk; gives the number of keys.
    pub(crate) fn step(&mut self, connection: &Connection) -> Result<usize, rusqlite::Error> {
        match self.flush_step(connection)? {
            0 => self.runs.merge_step(connection),
            count => Ok(count),
        }
    }

    /// Takes keys out whose rows lie before one, from some of what is on disk; gives 0 once they are out.
    pub(crate) fn purge_step(&mut self, connection: &Connection, first_row: i64) -> Result<usize, rusqlite::Error> {
        self.runs.purge_step(connection, first_row)
    }
}

impl Shards {
    fn new() -> Self {
        let maps = vec![HashTable::new(); SHARDS];
        Self { hasher: DefaultHashBuilder::default(), maps, len: 0, first_row: i64::MAX }
    }

    fn rows(&self, hash: u64) -> impl Iterator<Item = i64> {
        let keys = self.maps[shard(hash)].iter_hash(self.hasher.hash_one(hash));
        keys.filter(move |key| key.hash == hash).map(|key| key.row)
    }

    fn insert(&mut self, key: Key) {
        let hash = |key: &Key| self.hasher.hash_one(key.hash);
        self.maps[shard(key.hash)].insert_unique(hash(&key), key, hash);
        self.len += 1;
        self.first_row = self.first_row.min(key.row);
    }

    fn remove(&mut self, key: Key) {
        let hash = self.hasher.hash_one(key.hash);
        if let Ok(found) = self.maps[shard(key.hash)].find_entry(hash, |other| *other == key) {
            found.remove();
            self.len -= 1;
        }
    }
}

/// The shard of a hash: its highest bits.
fn shard(hash: u64) -> usize {
    usize::from(hash.to_be_bytes()[0])
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use askfirst_core::sql;
    use proptest::prelude::*;

    use super::*;

    static KIND: Kind = Kind { name: "event", watermark: "merged_seq" };
    /// Hashes, spread over their range.
    const HASHES: u64 = 300;

    /// What may happen to a table.
    #[derive(Debug, Clone)]
    enum Step {
        /// A new row behind all others, or, where it is late, before those that a flush has passed.
        Add {
            hash: u64,
            is_late: bool,
        },
        /// One of the rows goes.
        Remove(usize),
        Flush,
        Move,
        /// So many rows go at the beginning.
        Purge(usize),
        /// What was not committed is lost.
        Reopen,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let hash = || (0..HASHES).prop_map(|number| number * (u64::MAX / HASHES));
        let step = prop_oneof![
            40 => (hash(), prop::bool::weighted(0.05)).prop_map(|(hash, is_late)| Step::Add { hash, is_late }),
            4 => (0..usize::MAX).prop_map(Step::Remove),
            2 => Just(Step::Flush),
            8 => Just(Step::Move),
            1 => (0..8_usize).prop_map(Step::Purge),
            1 => Just(Step::Reopen),
        ];
        proptest::collection::vec(step, 1..600)
    }

    fn file() -> Connection {
        let file = Connection::open_in_memory().unwrap();
        file.execute_batch(sql::MIGRATIONS[0]).unwrap();
        file
    }

    /// All that is found under any hash.
    fn found(table: &KeyTable, file: &Connection) -> BTreeSet<i64> {
        let hashes = (0..HASHES).map(|number| number * (u64::MAX / HASHES));
        hashes.flat_map(|hash| table.rows(file, hash).unwrap()).collect()
    }

    /// Does all there is to do.
    fn settle(table: &mut KeyTable, file: &Connection) {
        table.write_late(file).unwrap();
        while table.step(file).unwrap() > 0 {}
    }

    proptest! {
        /// The model: a map from rows to hashes.
        #[test]
        fn every_key_is_found_wherever_it_is(steps in steps()) {
            let file = file();
            let mut table = KeyTable::open(&file, &KIND).unwrap();
            let mut model: BTreeMap<i64, u64> = BTreeMap::new();
            // Late rows have the even numbers.
            let (mut row, mut late_row, mut first_row) = (1_000_001, 0, 0);
            for step in steps {
                match step {
                    Step::Add { hash, is_late } => {
                        let (next, by) = if is_late { (&mut late_row, 2) } else { (&mut row, 2) };
                        *next += by;
                        model.insert(*next, hash);
                        table.add(Key { hash, row: *next });
                    }
                    Step::Remove(number) if !model.is_empty() => {
                        let (row, hash) = model.iter().nth(number % model.len()).map(|(row, hash)| (*row, *hash)).unwrap();
                        table.remove(&file, Key { hash, row }).unwrap();
                        model.remove(&row);
                    }
                    Step::Remove(_) => {}
                    Step::Flush => table.begin_flush(&file, row).unwrap(),
                    Step::Move => drop(table.step(&file).unwrap()),
                    Step::Purge(count) => {
                        // As retention does it, but behind a flush that was under way.
                        for _ in 0..2 {
                            table.begin_flush(&file, row).unwrap();
                            while table.flush_step(&file).unwrap() > 0 {}
                        }
                        first_row = model.keys().nth(count).copied().unwrap_or(row).max(first_row);
                        while table.purge_step(&file, first_row).unwrap() > 0 {
                            table.step(&file).unwrap();
                        }
                        model.retain(|row, _| *row >= first_row);
                        late_row = late_row.max(first_row / 2 * 2);
                    }
                    Step::Reopen => {
                        table = KeyTable::open(&file, &KIND).unwrap();
                        for (row, hash) in model.range(table.passed() + 1..) {
                            table.add(Key { hash: *hash, row: *row });
                        }
                    }
                }
                table.write_late(&file).unwrap();
                prop_assert_eq!(found(&table, &file), model.keys().copied().collect::<BTreeSet<_>>());
            }
            table.begin_flush(&file, row).unwrap();
            settle(&mut table, &file);
            table.begin_flush(&file, row).unwrap();
            settle(&mut table, &file);
            prop_assert!(table.hot.len == 0 && table.flush.is_none());
            let table = KeyTable::open(&file, &KIND).unwrap();
            prop_assert_eq!(found(&table, &file), model.keys().copied().collect::<BTreeSet<_>>());
        }
    }

    #[test]
    fn shards_lie_in_the_order_of_their_hashes() {
        assert_eq!([0, (1 << 56) - 1, 1 << 56, u64::MAX].map(shard), [0, 0, 1, SHARDS - 1]);
    }
}
