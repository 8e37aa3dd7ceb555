//! Erasing an install: its tombstone at once, its events in small steps, so that others are stored between them.
//!
//! The first step leaves a tombstone, deletes the install and takes it out of all sets: from then on nothing names it
//! and nothing more is stored of it. Its number stays beside the tombstone until its events are gone as well; what a
//! crash leaves half done is finished when upkeep runs the next time.

use std::collections::HashSet;

use askfirst_contract::InstallId;
use askfirst_core::{Tombstone, event_hash, install_hash, sql, tombstone};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::activity::Activity;
use crate::append::Store;
use crate::keys::random;
use crate::retention::Steps;

/// Events a step looks at: a few milliseconds where their pages are in memory.
const LOOKED_AT: i64 = 8_192;

/// The installs that were erased.
pub(crate) struct Forgotten {
    /// The key of the tombstones; made with the first of them.
    key: Option<[u8; 32]>,
    tombstones: HashSet<Tombstone>,
}

impl Forgotten {
    /// Reads the tombstones back.
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let key = "SELECT value FROM meta WHERE name = 'forgotten_key'";
        let key = connection.query_row(key, [], |row| row.get(0)).optional()?;
        let mut tombstones = connection.prepare("SELECT hash FROM forgotten")?;
        let tombstones = tombstones.query_map([], |row| row.get(0))?;
        Ok(Self { key, tombstones: tombstones.collect::<Result<_, _>>()? })
    }

    /// Whether an install that is not stored was erased.
    pub(crate) fn contains(&self, id: &InstallId) -> bool {
        !self.tombstones.is_empty() && self.key.is_some_and(|key| self.tombstones.contains(&tombstone(&key, id)))
    }

    /// Takes the key of another ledger over, where there is none yet.
    pub(crate) fn take_key(&mut self, connection: &Connection, key: [u8; 32]) -> Result<(), rusqlite::Error> {
        connection.execute(sql::edge::NOTE_FORGOTTEN_KEY, [key])?;
        self.key.get_or_insert(key);
        Ok(())
    }

    /// Whether tombstones are made with this key.
    pub(crate) fn has_key(&self, key: Option<[u8; 32]>) -> bool {
        key.is_some() && self.key == key
    }

    /// Takes a tombstone of another ledger with the same key over; says whether it is new.
    pub(crate) fn take(&mut self, connection: &Connection, hash: Tombstone) -> Result<bool, rusqlite::Error> {
        connection.execute(sql::INSERT_FORGOTTEN, params![hash, None::<i64>])?;
        Ok(self.tombstones.insert(hash))
    }

    /// Leaves the tombstone of an install, and its number where it has events, inside the open transaction.
    fn add(
        &mut self,
        connection: &Connection,
        id: &InstallId,
        install: Option<i64>,
    ) -> Result<Tombstone, rusqlite::Error> {
        let key = match self.key {
            Some(key) => key,
            None => *self.key.insert(random()?),
        };
        connection.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('forgotten_key', ?1)", [key])?;
        let hash = tombstone(&key, id);
        connection.execute(sql::INSERT_FORGOTTEN, params![hash, install])?;
        self.tombstones.insert(hash);
        Ok(hash)
    }
}

/// An install that is being erased.
pub(crate) struct Erasure {
    /// Until the first step.
    id: Option<InstallId>,
    /// Installs that are gone, whose events are not.
    unfinished: Vec<i64>,
    /// The sequence up to which events were looked at.
    done: i64,
    /// What was left in the install's place.
    pub(crate) tombstone: Option<Tombstone>,
    /// Events deleted.
    events: u64,
    stage: Stage,
}

#[derive(Clone, Copy)]
enum Stage {
    Tombstone,
    Events,
    Done,
}

impl Erasure {
    /// Erases an install.
    pub(crate) fn of(id: InstallId) -> Self {
        Self { id: Some(id), unfinished: Vec::new(), done: -1, tombstone: None, events: 0, stage: Stage::Tombstone }
    }

    /// Finishes what was begun before a crash.
    pub(crate) fn unfinished() -> Self {
        Self { id: None, unfinished: Vec::new(), done: -1, tombstone: None, events: 0, stage: Stage::Tombstone }
    }

    /// Leaves the tombstone and deletes all that names the install.
    fn begin(&mut self, store: &mut Store) -> Result<Stage, rusqlite::Error> {
        store.fold()?;
        if let Some(id) = &self.id {
            let hash = install_hash(id);
            let install = store.memory.index.install(&store.connection, (id, hash))?.map(|known| known.number);
            self.tombstone = Some(store.memory.forgotten.add(&store.connection, id, install)?);
            if let Some(number) = install {
                Activity::erase(&store.connection, number)?;
                store.connection.execute(sql::DELETE_INSTALL, [number])?;
                store.memory.index.remove_install(&store.connection, hash, number)?;
            }
        }
        let mut unfinished = store.connection.prepare(sql::UNFINISHED_FORGOTTEN)?;
        let unfinished = unfinished.query_map([], |row| row.get(0))?;
        self.unfinished = unfinished.collect::<Result<_, _>>()?;
        Ok(if self.unfinished.is_empty() { Stage::Done } else { Stage::Events })
    }

    /// Deletes the install's events among some that follow.
    fn delete_events(&mut self, store: &mut Store) -> Result<Stage, rusqlite::Error> {
        let end: Option<i64> =
            store.connection.prepare_cached(sql::END_OF_EVENTS)?.query_row([self.done, LOOKED_AT], |row| row.get(0))?;
        let Some(end) = end else {
            store.connection.execute(sql::FINISH_FORGOTTEN, [])?;
            return Ok(Stage::Done);
        };
        for install in &self.unfinished {
            let mut events = store.connection.prepare_cached(sql::EVENTS_OF_INSTALL)?;
            let events = events.query_map(params![self.done, end, install], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for (seq, id) in events.collect::<Result<Vec<(i64, Option<String>)>, _>>()? {
                store.memory.activity.uncount(&store.connection, seq)?;
                if let Some(id) = id {
                    store.memory.index.remove_event(&store.connection, event_hash(&id), seq)?;
                }
                store.connection.prepare_cached(sql::DELETE_EVENT)?.execute([seq])?;
                Activity::add_to_count(&store.connection, -1)?;
                self.events += 1;
            }
        }
        self.done = end;
        Ok(Stage::Events)
    }
}

impl Steps for Erasure {
    fn step(&mut self, store: &mut Store) -> Result<bool, rusqlite::Error> {
        store.run("BEGIN IMMEDIATE")?;
        self.stage = match self.stage {
            Stage::Tombstone => self.begin(store)?,
            Stage::Events => self.delete_events(store)?,
            Stage::Done => Stage::Done,
        };
        store.run("COMMIT")?;
        Ok(!matches!(self.stage, Stage::Done))
    }

    fn rows(&self) -> u64 {
        self.events
    }
}
