//! Events past retention, deleted with their keys in steps.
//!
//! Events lie in the order of receipt, and their keys in that of hashes. A key on a page of its own, deleted together
//! with its event, would write that page again for each of the day's keys that it holds. So the keys of many events are
//! gathered first and deleted in their own order; then the events go. What a crash leaves in between are events without
//! a key, which the next run deletes.

use askfirst_core::{event_hash, sql};
use rusqlite::params;

use crate::activity::Activity;
use crate::append::Store;
use crate::retention::{ROWS, STEP};

/// Events that are read in a step: their pages may have to come from the disk.
const READ: u32 = 1_024;
/// Keys that are gathered, 16 bytes each: a day of a busy tool, sorted within a few milliseconds.
const GATHERED: usize = 128 << 10;

/// Deletes events, step by step.
pub(crate) struct Expired {
    stage: Stage,
    /// The sequence up to which events were gathered.
    to: i64,
}

/// Hash and sequence of an event.
type Key = (i64, i64);

enum Stage {
    Gather(Vec<Key>),
    /// The keys that are left, sorted.
    Keys(Vec<Key>),
    Events,
}

impl Default for Expired {
    fn default() -> Self {
        Self { stage: Stage::default(), to: i64::MIN }
    }
}

impl Default for Stage {
    fn default() -> Self {
        Self::Gather(Vec::new())
    }
}

/// What a step did.
pub(crate) struct Stepped {
    /// Events deleted.
    pub(crate) events: usize,
    /// Whether there is nothing left before the sequence that was named.
    pub(crate) is_done: bool,
}

impl Expired {
    /// Does one step towards deleting all events before a sequence, inside the open transaction; their keys must have
    /// been merged.
    pub(crate) fn step(&mut self, store: &mut Store, before: i64) -> Result<Stepped, rusqlite::Error> {
        let mut stepped = Stepped { events: 0, is_done: false };
        self.stage = match std::mem::take(&mut self.stage) {
            Stage::Gather(mut keys) => {
                let is_all = self.gather(store, before, &mut keys)?;
                if keys.len() < GATHERED && !is_all {
                    Stage::Gather(keys)
                } else {
                    keys.sort_unstable();
                    Stage::Keys(keys)
                }
            }
            Stage::Keys(mut keys) if !keys.is_empty() => {
                let mut delete = store.connection.prepare_cached(sql::DELETE_EVENT_KEY)?;
                for (hash, seq) in keys.split_off(keys.len().saturating_sub(ROWS)) {
                    delete.execute([hash, seq])?;
                }
                Stage::Keys(keys)
            }
            Stage::Keys(_) => {
                store.memory.index.remove_event_collisions(&store.connection, self.to)?;
                Stage::Events
            }
            Stage::Events => {
                stepped.events = self.delete_events(store)?;
                stepped.is_done = stepped.events == 0 && self.to >= before - 1;
                if stepped.events == 0 { Stage::default() } else { Stage::Events }
            }
        };
        Ok(stepped)
    }

    /// Reads some events; says whether these were the last.
    fn gather(&mut self, store: &Store, before: i64, keys: &mut Vec<Key>) -> Result<bool, rusqlite::Error> {
        let read = "SELECT seq, event_id FROM event WHERE seq > ?1 AND seq < ?2 ORDER BY seq LIMIT ?3";
        let mut read = store.connection.prepare_cached(read)?;
        let mut events = read.query(params![self.to, before, READ])?;
        let mut count = 0;
        while let Some(event) = events.next()? {
            self.to = event.get(0)?;
            if let Some(id) = event.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)? {
                keys.push((event_hash(id), self.to));
            }
            count += 1;
        }
        if count < READ {
            self.to = self.to.max(before - 1);
        }
        Ok(count < READ)
    }

    /// Deletes some of the events that were gathered; gives how many.
    fn delete_events(&self, store: &Store) -> Result<usize, rusqlite::Error> {
        let delete = "DELETE FROM event WHERE seq IN (SELECT seq FROM event WHERE seq <= ?1 ORDER BY seq LIMIT ?2)";
        let deleted = store.connection.prepare_cached(delete)?.execute(params![self.to, STEP])?;
        Activity::add_to_count(&store.connection, -i64::try_from(deleted).unwrap_or(0))?;
        Ok(deleted)
    }
}
