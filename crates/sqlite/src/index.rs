//! Which event ids and installs are stored: on disk for the many, in memory for the latest.
//!
//! Ids are random, so an index on disk takes each of them on a page of its own: a commit of 30 events would write 60
//! pages of 4 KiB for ids alone. Instead the latest ids are kept in memory, and merged into the tables `event_key`
//! and `install_key` in sorted order, many to a page, a few with every commit. Nothing is lost by that: the rows of
//! `event` and `install` are written at once, and what was not merged is read back from them when the file is opened.
//!
//! An id is looked up in `hot`, then in what is being merged, then on disk.

use std::collections::{HashMap, HashSet};

use askfirst_contract::InstallId;
use askfirst_core::sql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Ids in memory before they are merged: 128 Ki of 16 characters take about 10 MB.
const MAX_IDS: usize = 128 << 10;
/// Bytes of event ids in memory before they are merged; long ones are legal.
const MAX_BYTES: usize = 8 << 20;

/// An install as the ledger knows it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known {
    /// Its number.
    pub(crate) number: i64,
    /// The last UTC day it was heard of.
    pub(crate) last_received: i32,
}

/// The ids that are stored.
pub(crate) struct Index {
    hot: Hot,
    merge: Option<Merge>,
    /// Every event up to this sequence has its id on disk.
    merged_seq: i64,
}

#[derive(Default)]
struct Hot {
    events: HashSet<String>,
    bytes: usize,
    installs: HashMap<InstallId, Known>,
}

/// A merge under way: both lists are sorted downwards and taken from their ends.
struct Merge {
    events: Vec<String>,
    installs: Vec<(InstallId, Known)>,
    /// What is true when all of it is merged.
    merged_seq: i64,
    merged_install: i64,
}

impl Index {
    /// Reads back what is not on disk yet.
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let merged_seq = watermark(connection, "merged_seq")?;
        let mut hot = Hot::default();
        let mut events = connection.prepare("SELECT event_id FROM event WHERE seq > ?1")?;
        let mut events = events.query([merged_seq])?;
        while let Some(row) = events.next()? {
            hot.add_event(row.get(0)?);
        }
        let mut installs = connection.prepare("SELECT install_id, id, last_received FROM install WHERE id > ?1")?;
        let mut installs = installs.query([watermark(connection, "merged_install")?])?;
        while let Some(row) = installs.next()? {
            hot.installs
                .insert(install_id(row.get_ref(0)?)?, Known { number: row.get(1)?, last_received: row.get(2)? });
        }
        Ok(Self { hot, merge: None, merged_seq })
    }

    /// The number of the next new install: never one that a merge has passed, though its install may be gone.
    pub(crate) fn next_install(&self, connection: &Connection) -> Result<i64, rusqlite::Error> {
        let last: i64 = connection.query_row("SELECT coalesce(max(id), 0) FROM install", [], |row| row.get(0))?;
        Ok(last.max(watermark(connection, "merged_install")?) + 1)
    }

    /// Whether an event with this id is stored.
    pub(crate) fn has_event(&self, connection: &Connection, id: &str) -> Result<bool, rusqlite::Error> {
        let is_merging = || self.merge.as_ref().is_some_and(|merge| merge.has_event(id));
        if self.hot.events.contains(id) || is_merging() {
            return Ok(true);
        }
        connection.prepare_cached(sql::FIND_EVENT)?.exists([id])
    }

    /// The install of this id.
    pub(crate) fn install(&self, connection: &Connection, id: &InstallId) -> Result<Option<Known>, rusqlite::Error> {
        let merging = || self.merge.as_ref().and_then(|merge| merge.install(id));
        if let Some(known) = self.hot.installs.get(id).copied().or_else(merging) {
            return Ok(Some(known));
        }
        let mut find = connection.prepare_cached(sql::FIND_INSTALL)?;
        find.query_row([StoredId(id)], |row| Ok(Known { number: row.get(0)?, last_received: row.get(1)? })).optional()
    }

    /// Notes that an event was stored.
    pub(crate) fn add_event(&mut self, connection: &Connection, id: String, seq: i64) -> Result<(), rusqlite::Error> {
        let merged_seq = self.merge.as_ref().map_or(self.merged_seq, |merge| merge.merged_seq);
        if seq > merged_seq {
            self.hot.add_event(id);
            return Ok(());
        }
        // The clock was set back: nobody would look for this one among those to be merged after a restart.
        connection.prepare_cached(sql::INSERT_EVENT_KEY)?.execute([id]).map(drop)
    }

    /// Notes that a new install was stored.
    pub(crate) fn add_install(&mut self, id: InstallId, known: Known) {
        self.hot.installs.insert(id, known);
    }

    /// Notes that an install was heard of on another day.
    pub(crate) fn heard_of(&mut self, id: &InstallId, known: Known) {
        let merging = self.merge.as_mut().and_then(|merge| merge.install_mut(id));
        if let Some(place) = self.hot.installs.get_mut(id).or(merging) {
            *place = known;
        }
    }

    /// Whether there are more ids in memory than there should be.
    pub(crate) fn is_full(&self) -> bool {
        self.hot.events.len() + self.hot.installs.len() > MAX_IDS || self.hot.bytes > MAX_BYTES
    }

    /// Begins a merge of what is in memory, unless one is under way. `last_seq` and `last_install` are the latest.
    pub(crate) fn begin_merge(&mut self, last_seq: i64, last_install: i64) {
        if self.merge.is_some() || (self.hot.events.is_empty() && self.hot.installs.is_empty()) {
            return;
        }
        let hot = std::mem::take(&mut self.hot);
        let mut events: Vec<_> = hot.events.into_iter().collect();
        events.sort_unstable_by(|a, b| b.cmp(a));
        let mut installs: Vec<_> = hot.installs.into_iter().collect();
        installs.sort_unstable_by(|(a, _), (b, _)| b.cmp(a));
        self.merge = Some(Merge { events, installs, merged_seq: last_seq, merged_install: last_install });
    }

    /// Merges so many ids inside the open transaction; gives how many it were.
    pub(crate) fn merge_some(&mut self, connection: &Connection, count: usize) -> Result<usize, rusqlite::Error> {
        let Some(merge) = &mut self.merge else { return Ok(0) };
        let events = merge.events.split_off(merge.events.len().saturating_sub(count));
        let mut insert = connection.prepare_cached(sql::INSERT_EVENT_KEY)?;
        for id in events.iter().rev() {
            insert.execute([id])?;
        }
        let left = count - events.len();
        let installs = merge.installs.split_off(merge.installs.len().saturating_sub(left));
        let mut insert = connection.prepare_cached(sql::INSERT_INSTALL_KEY)?;
        for (id, known) in installs.iter().rev() {
            insert.execute(params![StoredId(id), known.number])?;
        }
        if merge.events.is_empty() && merge.installs.is_empty() {
            set_watermark(connection, "merged_seq", merge.merged_seq)?;
            set_watermark(connection, "merged_install", merge.merged_install)?;
            self.merged_seq = merge.merged_seq;
            self.merge = None;
        }
        Ok(events.len() + installs.len())
    }
}

impl Hot {
    fn add_event(&mut self, id: String) {
        self.bytes += id.len();
        self.events.insert(id);
    }
}

impl Merge {
    fn has_event(&self, id: &str) -> bool {
        self.events.binary_search_by(|other| id.cmp(other)).is_ok()
    }

    fn position(&self, id: &InstallId) -> Option<usize> {
        self.installs.binary_search_by(|(other, _)| id.cmp(other)).ok()
    }

    fn install(&self, id: &InstallId) -> Option<Known> {
        self.position(id).map(|index| self.installs[index].1)
    }

    fn install_mut(&mut self, id: &InstallId) -> Option<&mut Known> {
        self.position(id).map(|index| &mut self.installs[index].1)
    }
}

/// A number the ledger remembers; 0 where it does not yet.
fn watermark(connection: &Connection, name: &str) -> Result<i64, rusqlite::Error> {
    connection.query_row("SELECT coalesce((SELECT value FROM meta WHERE name = ?1), 0)", [name], |row| row.get(0))
}

fn set_watermark(connection: &Connection, name: &str, value: i64) -> Result<(), rusqlite::Error> {
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)", params![name, value]).map(drop)
}

/// An install id as it is stored: a UUID as bytes, any other as text.
pub(crate) struct StoredId<'a>(pub(crate) &'a InstallId);

impl rusqlite::ToSql for StoredId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            InstallId::Uuid(bytes) => ValueRef::Blob(bytes),
            InstallId::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

fn install_id(stored: ValueRef<'_>) -> Result<InstallId, rusqlite::Error> {
    match stored {
        ValueRef::Blob(bytes) => {
            let uuid = bytes.try_into().map_err(|_| rusqlite::types::FromSqlError::InvalidType)?;
            Ok(InstallId::Uuid(uuid))
        }
        stored => Ok(InstallId::Text(stored.as_str()?.to_owned())),
    }
}
