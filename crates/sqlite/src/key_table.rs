//! A table from hashes to row numbers: on disk for the many, in memory for the latest.
//!
//! Hashes are random, so an index on disk takes each of them on a page of its own: a commit of 30 events would write
//! 60 pages of 4 KiB for the keys of events and installs alone. Instead the latest keys are kept in memory, and merged
//! into the table in sorted order, many to a page, a few with every commit. Nothing is lost by that: the rows they
//! point to are written at once, and what was not merged is read back from them when the file is opened. What
//! memory knows of the hashes on disk ([`OnDisk`]) spares most new ones a look at it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::on_disk::OnDisk;

/// Keys in memory before they are merged: 256 Ki take 9 MB, and are read back from their rows within half a second. With
/// ten million keys on disk, five of them share a page then: fewer would cost a page each.
const MAX_KEYS: usize = 256 << 10;

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
    hot: HashMap<i64, i64>,
    /// What is being merged, sorted downwards and taken from its end.
    merging: Vec<(i64, i64)>,
    /// All rows up to this one are on disk when what is being merged is.
    merged: i64,
    /// The hashes on disk.
    on_disk: OnDisk,
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
        Ok(Self { statements, hot: HashMap::new(), merging: Vec::new(), merged, on_disk })
    }

    /// The last row that a merge has passed.
    pub(crate) fn merged(&self) -> i64 {
        self.merged
    }

    /// The row of a hash.
    pub(crate) fn find(&self, connection: &Connection, hash: i64) -> Result<Option<i64>, rusqlite::Error> {
        if let Some(row) = self.hot.get(&hash) {
            return Ok(Some(*row));
        }
        if let Ok(index) = self.merging.binary_search_by(|(other, _)| hash.cmp(other)) {
            return Ok(Some(self.merging[index].1));
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
    pub(crate) fn replace(&mut self, hash: i64, row: i64) {
        self.on_disk.insert(hash);
        self.hot.remove(&hash);
        if let Ok(index) = self.merging.binary_search_by(|(other, _)| hash.cmp(other)) {
            self.merging[index].1 = row;
        }
    }

    /// Whether there are more keys in memory than there should be.
    pub(crate) fn is_full(&self) -> bool {
        self.hot.len() >= MAX_KEYS
    }

    /// Begins a merge of what is in memory, unless one is under way. `last` is the last row there is.
    pub(crate) fn begin_merge(&mut self, last: i64) {
        if self.merging.is_empty() && !self.hot.is_empty() {
            self.merging = std::mem::take(&mut self.hot).into_iter().collect();
            self.merging.sort_unstable_by(|a, b| b.cmp(a));
            self.merged = self.merged.max(last);
        }
    }

    /// Merges so many keys inside the open transaction; gives how many it were.
    pub(crate) fn merge_some(&mut self, connection: &Connection, count: usize) -> Result<usize, rusqlite::Error> {
        self.on_disk.catch_up();
        if self.merging.is_empty() {
            return Ok(0);
        }
        let some = self.merging.split_off(self.merging.len().saturating_sub(count));
        let mut insert = connection.prepare_cached(self.statements.insert)?;
        for (hash, row) in some.iter().rev() {
            insert.execute([hash, row])?;
            self.on_disk.insert(*hash);
        }
        drop(insert);
        if self.merging.is_empty() {
            let watermark = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
            connection.execute(watermark, params![self.statements.watermark, self.merged])?;
        }
        Ok(some.len())
    }
}
