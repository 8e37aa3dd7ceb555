//! Upkeep in small steps, so that events are stored between them: retention, and hashes whose key is gone.

use askfirst_contract::{Day, InstallId, Timestamp};
use askfirst_core::{first_seq, sql};
use rusqlite::params;

use crate::activity::{self, Activity};
use crate::append::Store;
use crate::index::install_id;

/// Rows a step touches at the most: a few milliseconds even where every row is on a page of its own.
const STEP: u32 = 256;
/// The same, where rows are counted.
pub(crate) const ROWS: usize = STEP as usize;

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
    /// Rows deleted.
    rows: u64,
}

/// A kind of step: repeated until it changes nothing.
#[derive(Clone, Copy)]
enum Step {
    /// Keys of what is to be deleted must not be in memory only.
    BeginMerge,
    /// Makes ready for what follows.
    Prepare(Run),
    /// Deletes, which is counted.
    Delete(Run),
}

/// Does one step inside the open transaction; gives the number of rows it changed.
type Run = fn(&mut Store, Timestamp) -> Result<usize, rusqlite::Error>;

const KEYS: &[Step] = &[Step::Prepare(destroy_keys), Step::Prepare(empty_addresses)];
const RETENTION: &[Step] = &[
    Step::BeginMerge,
    Step::Prepare(merge_keys),
    Step::Prepare(fold),
    Step::Delete(delete_events),
    Step::Prepare(close_days),
    Step::Delete(delete_activity),
    Step::Delete(delete_daily),
    Step::Delete(delete_installs),
    Step::Prepare(delete_values),
];

impl Progress {
    /// Destroys the keys of addresses whose time is over, and empties the hashes made with them.
    pub(crate) fn of_keys(now: Timestamp) -> Self {
        Self { now, steps: KEYS, rows: 0 }
    }

    /// Deletes what is past retention.
    pub(crate) fn of_retention(now: Timestamp) -> Self {
        Self { now, steps: RETENTION, rows: 0 }
    }
}

impl Steps for Progress {
    fn step(&mut self, store: &mut Store) -> Result<bool, rusqlite::Error> {
        let Some((step, rest)) = self.steps.split_first() else { return Ok(false) };
        store.run("BEGIN IMMEDIATE")?;
        let changed = match step {
            Step::BeginMerge => {
                store.begin_merge();
                0
            }
            Step::Prepare(run) => run(store, self.now)?,
            Step::Delete(run) => {
                let deleted = run(store, self.now)?;
                self.rows += deleted as u64;
                deleted
            }
        };
        store.run("COMMIT")?;
        if changed == 0 {
            self.steps = rest;
        }
        Ok(!self.steps.is_empty())
    }

    fn rows(&self) -> u64 {
        self.rows
    }
}

fn destroy_keys(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    store.keys.destroy_expired(&store.connection, now)?;
    Ok(0)
}

/// Empties hashes that were made with a key that is gone; a watermark tells how far that is done.
fn empty_addresses(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let before = first_seq(store.keys.first_alive(now).start());
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

fn merge_keys(store: &mut Store, _now: Timestamp) -> Result<usize, rusqlite::Error> {
    store.merge_keys(ROWS)
}

fn fold(store: &mut Store, _now: Timestamp) -> Result<usize, rusqlite::Error> {
    store.fold()
}

fn delete_events(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let before = first_seq(Timestamp(now.0 - store.retention));
    let mut expired =
        store.connection.prepare_cached("SELECT seq, event_id FROM event WHERE seq < ?1 ORDER BY seq LIMIT ?2")?;
    let expired = expired.query_map(params![before, STEP], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let expired: Vec<(i64, Option<String>)> = expired.collect::<Result<_, _>>()?;
    for (seq, id) in &expired {
        if let Some(id) = id {
            store.index.remove_event(&store.connection, id, *seq)?;
        }
    }
    let Some((last, _)) = expired.last() else { return Ok(0) };
    let deleted = store.connection.execute("DELETE FROM event WHERE seq <= ?1", [last])?;
    Activity::add_to_count(&store.connection, -i64::try_from(deleted).unwrap_or(0))?;
    Ok(deleted)
}

/// The first day that is still within retention.
fn first_day(store: &Store, now: Timestamp) -> Day {
    Timestamp(now.0 - store.retention).day()
}

/// What comes for a day that is about to go is not added to its counts of installs any more.
fn close_days(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let first_day = first_day(store, now).0.max(activity::first_day(&store.connection)?);
    store.connection.execute(sql::CLOSE_DAYS, [first_day])?;
    Ok(0)
}

fn delete_activity(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let delete = "DELETE FROM activity WHERE rowid IN (SELECT rowid FROM activity WHERE day < ?1 LIMIT ?2)";
    store.connection.execute(delete, params![first_day(store, now).0, STEP])
}

/// Deletes counts by texts that clients made up; all others stay.
fn delete_daily(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let delete = "DELETE FROM daily WHERE (value, day) IN (
         SELECT d.value, d.day FROM value AS v JOIN daily AS d ON d.value = v.id
         WHERE NOT v.is_kept AND d.day < ?1 LIMIT ?2)";
    store.connection.execute(delete, params![first_day(store, now).0, STEP])
}

fn delete_values(store: &mut Store, _now: Timestamp) -> Result<usize, rusqlite::Error> {
    // What came meanwhile may be counted by a value that is in no count yet.
    store.fold()?;
    store.activity.delete_values(&store.connection)
}

/// Deletes installs all of whose events are gone: what was received on a day before the first is.
fn delete_installs(store: &mut Store, now: Timestamp) -> Result<usize, rusqlite::Error> {
    let mut expired =
        store.connection.prepare_cached("SELECT id, install_id FROM install WHERE last_received < ?1 LIMIT ?2")?;
    let expired = expired
        .query_map(params![first_day(store, now).0, STEP], |row| Ok((row.get(0)?, install_id(row.get_ref(1)?)?)))?;
    let expired: Vec<(i64, InstallId)> = expired.collect::<Result<_, _>>()?;
    for (number, id) in &expired {
        store.index.remove_install(&store.connection, id, *number)?;
        store.connection.prepare_cached("DELETE FROM install WHERE id = ?1")?.execute([number])?;
    }
    Ok(expired.len())
}
