//! Upkeep in small steps, so that events are stored between them: retention, and hashes whose key is gone.

use askfirst_contract::{Day, InstallId, Timestamp};
use askfirst_core::{first_seq, install_hash, sql};
use rusqlite::params;

use crate::activity::{self, Activity};
use crate::append::Store;
use crate::index::install_id;

/// Rows a step touches at the most: a few milliseconds even where every row is on a page of its own.
pub(crate) const STEP: u32 = 256;
/// The same, where rows are counted.
pub(crate) const ROWS: usize = STEP as usize;
/// Installs a step looks at: their rows lie together, so that these are some thirty pages.
const LOOKED_AT: u32 = 4_096;

/// Upkeep in steps, each in a transaction of its own.
pub(crate) trait Steps {
    /// Does one step; says whether there is more to do.
    fn step(&mut self, store: &mut Store) -> Result<bool, rusqlite::Error>;

    /// Rows deleted so far.
    fn rows(&self) -> u64;
}

/// Upkeep under way.
pub(crate) struct Progress {
    now: Timestamp,
    steps: &'static [Step],
    /// Whether the keys that were in memory are on their way to disk.
    flushes: bool,
    /// The install up to which installs were looked at.
    looked_at: i64,
    /// Rows deleted.
    rows: u64,
}

/// Does one step inside the open transaction; gives how much there was to do, and is repeated until that is nothing.
type Step = fn(&mut Progress, &mut Store) -> Result<usize, rusqlite::Error>;

const KEYS: &[Step] = &[destroy_keys, empty_addresses];
const RETENTION: &[Step] = &[
    flush_keys,
    forget_keys,
    fold,
    delete_events,
    close_days,
    delete_activity,
    delete_daily,
    delete_installs,
    delete_values,
];

impl Progress {
    /// Destroys the keys of addresses whose time is over, and empties the hashes made with them.
    pub(crate) fn of_keys(now: Timestamp) -> Self {
        Self::new(now, KEYS)
    }

    /// Deletes what is past retention.
    pub(crate) fn of_retention(now: Timestamp) -> Self {
        Self::new(now, RETENTION)
    }

    fn new(now: Timestamp, steps: &'static [Step]) -> Self {
        Self { now, steps, flushes: false, looked_at: -1, rows: 0 }
    }

    /// The first sequence that is still within retention.
    fn first_seq(&self, store: &Store) -> i64 {
        first_seq(Timestamp(self.now.0 - store.memory.retention))
    }

    /// The first day that is still within retention.
    fn first_day(&self, store: &Store) -> Day {
        Timestamp(self.now.0 - store.memory.retention).day()
    }

    /// Counts rows that were deleted.
    fn deleted(&mut self, rows: usize) -> usize {
        self.rows += rows as u64;
        rows
    }
}

impl Steps for Progress {
    fn step(&mut self, store: &mut Store) -> Result<bool, rusqlite::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Ok(false) };
        store.run("BEGIN IMMEDIATE")?;
        let done = step(self, store)?;
        store.run("COMMIT")?;
        if done == 0 {
            self.steps = rest;
        }
        Ok(!self.steps.is_empty())
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

fn destroy_keys(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    store.memory.keys.destroy_expired(&store.connection, progress.now)?;
    Ok(0)
}

/// Empties hashes that were made with a key that is gone; a watermark tells how far that is done.
fn empty_addresses(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    let before = first_seq(store.memory.keys.first_alive(progress.now).start());
    let done = "SELECT value FROM meta WHERE name = 'addresses_emptied_before'";
    let from: i64 = store.connection.query_row(&format!("SELECT coalesce(({done}), 0)"), [], |row| row.get(0))?;
    let end = "SELECT max(seq) FROM (SELECT seq FROM event WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3)";
    let end: Option<i64> = store.connection.query_row(end, params![from, before, STEP], |row| row.get(0))?;
    let to = end.map_or(before, |last| last + 1);
    if to == from {
        return Ok(0);
    }
    let emptied = "UPDATE event SET address = NULL WHERE seq >= ?1 AND seq < ?2 AND address IS NOT NULL";
    store.connection.execute(emptied, [from, to])?;
    let watermark = "INSERT OR REPLACE INTO meta (name, value) VALUES ('addresses_emptied_before', ?1)";
    store.connection.execute(watermark, [to])?;
    // Rows passed over count as progress: the next step goes on behind them.
    Ok(usize::from(end.is_some()))
}

/// What is to be deleted is forgotten on disk: its keys must not be in memory only.
fn flush_keys(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    if !std::mem::replace(&mut progress.flushes, true) {
        store.begin_flush()?;
    }
    store.memory.index.flush_step(&store.connection)
}

/// Forgets the ids of events that are to be deleted.
fn forget_keys(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    store.memory.index.forget_before(&store.connection, progress.first_seq(store))
}

fn fold(_: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    store.fold()
}

fn delete_events(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    let delete = "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq < ?1 ORDER BY seq LIMIT ?2)";
    let deleted = store.connection.prepare_cached(delete)?.execute(params![progress.first_seq(store), STEP])?;
    Activity::add_to_count(&store.connection, -i64::try_from(deleted).unwrap_or(0))?;
    Ok(progress.deleted(deleted))
}

/// What comes for a day that is about to go is not added to its counts of installs any more.
fn close_days(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    let first_day = progress.first_day(store).0.max(activity::first_day(&store.connection)?);
    store.connection.execute(sql::CLOSE_DAYS, [first_day])?;
    Ok(0)
}

fn delete_activity(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    let delete = "DELETE FROM activity WHERE rowid IN (SELECT rowid FROM activity WHERE day < ?1 LIMIT ?2)";
    Ok(progress.deleted(store.connection.execute(delete, params![progress.first_day(store).0, STEP])?))
}

/// Deletes counts by texts that clients made up; all others stay.
fn delete_daily(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    let delete = "DELETE FROM daily WHERE (value, day) IN (
         SELECT d.value, d.day FROM value AS v JOIN daily AS d ON d.value = v.id
         WHERE NOT v.is_kept AND d.day < ?1 LIMIT ?2)";
    Ok(progress.deleted(store.connection.execute(delete, params![progress.first_day(store).0, STEP])?))
}

/// Deletes installs all of whose events are gone: what was received on a day before the first is.
fn delete_installs(progress: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    let first_day = progress.first_day(store).0;
    let mut expired: Vec<(i64, InstallId)> = Vec::new();
    let mut looked_at = 0;
    let mut installs = store
        .connection
        .prepare_cached("SELECT id, last_received, install_id FROM install WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let mut installs = installs.query(params![progress.looked_at, LOOKED_AT])?;
    while let Some(install) = installs.next()?
        && expired.len() < ROWS
    {
        looked_at += 1;
        progress.looked_at = install.get(0)?;
        if install.get::<_, i32>(1)? < first_day {
            expired.push((progress.looked_at, install_id(install.get_ref(2)?)?));
        }
    }
    drop(installs);
    for (number, id) in &expired {
        store.memory.index.remove_install(&store.connection, install_hash(id), *number)?;
        store.connection.prepare_cached(sql::DELETE_INSTALL)?.execute([number])?;
    }
    progress.deleted(expired.len());
    Ok(looked_at)
}

fn delete_values(_: &mut Progress, store: &mut Store) -> Result<usize, rusqlite::Error> {
    // What came meanwhile may be counted by a value that is in no count yet.
    store.fold()?;
    store.memory.activity.delete_values(&store.connection)
}
