//! A table from hashes to row numbers: on disk for the many, in memory for the latest.
//!
//! Hashes are random, so an index on disk takes each of them on a page of its own: a commit of 30 events would write
//! 60 pages of 4 KiB for the keys of events and installs alone. Instead the latest keys are kept in memory, and merged
//! into the table in sorted order, many to a page, a few with every commit. Nothing is lost by that: the rows they
//! point to are written at once, and what was not merged is read back from them when the file is opened. What
//! memory knows of the hashes on disk ([`OnDisk`]) spares most new ones a look at it.

use hashbrown::HashMap;
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use crate::on_disk::OnDisk;

/// Keys in memory before they are merged: 256 Ki take 9 MB, and are read back from their rows within a second. With
/// ten million keys on disk, five of them share a page then: fewer would cost a page each.
const MAX_KEYS: usize = 256 << 10;

/// Parts of a map: one that grows is copied, and a large one would keep everybody waiting for ten milliseconds.
const SHARDS: usize = 64;

/// Keys of one statement of a merge: a fifth less work a key than one by one, and more bring hardly anything. Tests have few.
const ROWS: usize = if cfg!(test) { 3 } else { 16 };

/// The statements of a table.
#[derive(Debug)]
pub(crate) struct Statements {
    /// The row of a hash: `?1`.
    pub(crate) find: &'static str,
    /// How many hashes there are.
    pub(crate) count: &'static str,
    /// So many of the hashes, `?1`; all where that is -1.
    pub(crate) hashes: &'static str,
    /// Adds a hash `?1` with its row `?2`.
    pub(crate) insert: &'static str,
    /// The name of the watermark in `meta`: all rows up to it are on disk.
    pub(crate) watermark: &'static str,
}

/// A table from hashes to row numbers.
#[derive(Debug)]
pub(crate) struct KeyTable {
    statements: &'static Statements,
    /// The statement that adds [`ROWS`] keys.
    insert_rows: String,
    hot: Shards,
    /// What is being merged, until all of it is on disk.
    merging: Shards,
    /// The shards of it that are on disk or next, and what is left of the last of them, sorted downwards.
    sorted: usize,
    next: Vec<(i64, i64)>,
    /// All rows up to this one are on disk when what is being merged is.
    merged: i64,
    on_disk: OnDisk,
}

/// Hashes and their rows, in maps by ranges of hashes, the lowest first.
#[derive(Debug)]
struct Shards {
    maps: Vec<HashMap<i64, i64>>,
    len: usize,
}

impl KeyTable {
    /// Opens the table; the rows behind [`KeyTable::merged`] are to be added by the caller.
    pub(crate) fn open(connection: &Connection, statements: &'static Statements) -> Result<Self, rusqlite::Error> {
        let merged = connection.query_row(
            "SELECT coalesce((SELECT value FROM meta WHERE name = ?1), 0)",
            [statements.watermark],
            |row| row.get(0),
        )?;
        let on_disk = OnDisk::open(connection, statements)?;
        let [hot, merging] = [Shards::new(), Shards::new()];
        let insert_rows = statements.insert.to_owned() + &", (?, ?)".repeat(ROWS - 1);
        Ok(Self { statements, insert_rows, hot, merging, sorted: 0, next: Vec::new(), merged, on_disk })
    }

    /// The last row that a merge has passed.
    pub(crate) fn merged(&self) -> i64 {
        self.merged
    }

    /// The row of a hash.
    pub(crate) fn find(&self, connection: &Connection, hash: i64) -> Result<Option<i64>, rusqlite::Error> {
        if let Some(row) = self.hot.get(hash).or_else(|| self.merging.get(hash)) {
            return Ok(Some(row));
        }
        if !self.on_disk.may_contain(hash) {
            return Ok(None);
        }
        connection.prepare_cached(self.statements.find)?.query_row([hash], |row| row.get(0)).optional()
    }

    /// Adds a hash that is not there.
    pub(crate) fn add(&mut self, connection: &Connection, hash: i64, row: i64) -> Result<(), rusqlite::Error> {
        if row > self.merged {
            self.hot.insert(hash, row);
            return Ok(());
        }
        // The clock was set back: nobody would look for this one among those to be merged after a restart.
        self.on_disk.insert(hash);
        connection.prepare_cached(self.statements.insert)?.execute([hash, row]).map(drop)
    }

    /// Notes that a hash leads to another row now, which the table on disk says already.
    pub(crate) fn replace(&mut self, hash: i64) {
        self.on_disk.insert(hash);
        self.hot.remove(hash);
        // It may be merged all the same: what is on disk stays.
        self.merging.remove(hash);
    }

    /// Whether there are more keys in memory than there should be.
    pub(crate) fn is_full(&self) -> bool {
        self.hot.len >= MAX_KEYS
    }

    /// Begins a merge of what is in memory, unless one is under way. `last` is the last row there is.
    pub(crate) fn begin_merge(&mut self, last: i64) {
        if self.merged_all() && self.hot.len > 0 {
            self.merging = std::mem::replace(&mut self.hot, Shards::new());
            self.sorted = 0;
            self.merged = self.merged.max(last);
        }
    }

    /// Merges so many keys inside the open transaction; gives how many it were.
    pub(crate) fn merge_some(&mut self, connection: &Connection, count: usize) -> Result<usize, rusqlite::Error> {
        self.on_disk.catch_up();
        if self.merged_all() {
            return Ok(0);
        }
        let mut insert = connection.prepare_cached(self.statements.insert)?;
        let mut insert_rows = connection.prepare_cached(&self.insert_rows)?;
        let mut number = 0;
        while number < count && !self.merged_all() {
            if self.next.is_empty() {
                self.next = self.merging.sorted_downwards(self.sorted);
                self.sorted += 1;
            }
            let end = self.next.split_off(self.next.len().saturating_sub(count - number));
            let mut keys = end.rchunks_exact(ROWS);
            for keys in keys.by_ref() {
                insert_rows.execute(params_from_iter(keys.iter().rev().flat_map(|(hash, row)| [*hash, *row])))?;
            }
            for (hash, row) in keys.remainder().iter().rev() {
                insert.execute([*hash, *row])?;
            }
            for (hash, _) in &end {
                self.on_disk.insert(*hash);
            }
            number += end.len();
        }
        if self.merged_all() {
            self.merging = Shards::new();
            let watermark = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
            connection.execute(watermark, params![self.statements.watermark, self.merged])?;
        }
        Ok(number)
    }

    /// Whether nothing is being merged.
    fn merged_all(&self) -> bool {
        self.next.is_empty() && (self.sorted == SHARDS || self.merging.len == 0)
    }
}

impl Shards {
    fn new() -> Self {
        Self { maps: vec![HashMap::new(); SHARDS], len: 0 }
    }

    fn get(&self, hash: i64) -> Option<i64> {
        self.maps[shard(hash)].get(&hash).copied()
    }

    fn insert(&mut self, hash: i64, row: i64) {
        self.len += usize::from(self.maps[shard(hash)].insert(hash, row).is_none());
    }

    fn remove(&mut self, hash: i64) {
        self.len -= usize::from(self.maps[shard(hash)].remove(&hash).is_some());
    }

    fn sorted_downwards(&self, shard: usize) -> Vec<(i64, i64)> {
        let mut keys: Vec<_> = self.maps[shard].iter().map(|(hash, row)| (*hash, *row)).collect();
        keys.sort_unstable_by(|a, b| b.cmp(a));
        keys
    }
}

/// The shard of a hash: its highest bits, from the lowest hashes up.
fn shard(hash: i64) -> usize {
    let half = i64::try_from(SHARDS / 2).unwrap_or(0);
    usize::try_from((hash >> (i64::BITS - SHARDS.ilog2())) + half).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use askfirst_core::sql;
    use proptest::prelude::*;

    use super::*;

    static STATEMENTS: Statements = Statements {
        find: sql::FIND_EVENT_KEY,
        count: sql::COUNT_EVENT_KEYS,
        hashes: sql::EVENT_KEYS,
        insert: sql::INSERT_EVENT_KEY,
        watermark: "merged_seq",
    };

    /// What may happen to a table.
    #[derive(Debug, Clone)]
    enum Step {
        Add(i64),
        Replace(i64),
        Begin,
        Merge(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        // Few hashes, in four shards, so that steps meet and a shard has more than a statement takes.
        let hash = || (-40_i64..40).prop_map(|number| number << 53);
        let step = prop_oneof![
            4 => hash().prop_map(Step::Add),
            1 => hash().prop_map(Step::Replace),
            1 => Just(Step::Begin),
            2 => (1..9_usize).prop_map(Step::Merge),
        ];
        proptest::collection::vec(step, 1..200)
    }

    proptest! {
        /// The model: a map of what was added and replaced.
        #[test]
        fn every_key_is_found_wherever_it_is(steps in steps()) {
            let file = Connection::open_in_memory().unwrap();
            file.execute_batch(
                "CREATE TABLE meta (name TEXT PRIMARY KEY, value);
                 CREATE TABLE event_key (hash INTEGER PRIMARY KEY, seq INTEGER NOT NULL)",
            ).unwrap();
            let mut table = KeyTable::open(&file, &STATEMENTS).unwrap();
            let mut model = HashMap::new();
            let mut row = 0;
            for step in steps {
                match step {
                    Step::Add(hash) if !model.contains_key(&hash) => {
                        row += 1;
                        table.add(&file, hash, row).unwrap();
                        model.insert(hash, row);
                    }
                    Step::Replace(hash) if model.contains_key(&hash) => {
                        row += 1;
                        file.execute(sql::REPLACE_EVENT_KEY, [hash, row]).unwrap();
                        table.replace(hash);
                        model.insert(hash, row);
                    }
                    Step::Begin => table.begin_merge(row),
                    Step::Merge(count) => drop(table.merge_some(&file, count).unwrap()),
                    Step::Add(_) | Step::Replace(_) => {}
                }
                for number in -40..40_i64 {
                    let hash = number << 53;
                    prop_assert_eq!(table.find(&file, hash).unwrap(), model.get(&hash).copied());
                }
            }
            table.begin_merge(row);
            while table.merge_some(&file, 100).unwrap() > 0 {}
            table.begin_merge(row);
            while table.merge_some(&file, 100).unwrap() > 0 {}
            let on_disk: i64 = file.query_row(sql::COUNT_EVENT_KEYS, [], |row| row.get(0)).unwrap();
            prop_assert_eq!(on_disk, i64::try_from(model.len()).unwrap());
        }
    }

    #[test]
    fn shards_lie_in_the_order_of_their_hashes() {
        assert_eq!([i64::MIN, -1, 0, i64::MAX].map(shard), [0, 31, 32, 63]);
        let step = 1 << 58;
        assert_eq!([step - 1, step, -step - 1, -step].map(shard), [32, 33, 30, 31]);
    }
}
