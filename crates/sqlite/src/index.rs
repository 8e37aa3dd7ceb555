//! Which event ids and installs are stored.
//!
//! Both are found by the hashes of their ids ([`KeyTable`]); the row that a hash leads to tells whether it is really
//! the same id. Two ids with the same hash are hardly ever seen, but then the second is in a table of collisions.

use askfirst_contract::InstallId;
use askfirst_core::{Event, Key, event_hash, install_hash, sql};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::key_table::{KeyTable, Statements};

const EVENTS: Statements = Statements {
    find: sql::FIND_EVENT_KEY,
    count: sql::COUNT_EVENT_KEYS,
    hashes: sql::EVENT_KEYS,
    insert: sql::INSERT_EVENT_KEY,
    watermark: "merged_seq",
};
const INSTALLS: Statements = Statements {
    find: sql::FIND_INSTALL_KEY,
    count: sql::COUNT_INSTALL_KEYS,
    hashes: sql::INSTALL_KEYS,
    insert: sql::INSERT_INSTALL_KEY,
    watermark: "merged_install",
};

/// An install as the ledger knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its number.
    pub(crate) number: i64,
    /// The first UTC day it was active.
    pub(crate) first_active: i32,
    /// The last UTC day it was heard of.
    pub(crate) last_received: i32,
}

/// What is stored under an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<T> {
    /// This.
    Stored(T),
    /// Nothing.
    Nothing,
    /// Nothing, but another id has the same hash.
    Collision,
}

/// The hashes of an event's ids. Requests make them, before their events wait for the writer: that is what everybody waits
/// for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hashes {
    /// Of its own id, or 0 where it has none.
    pub(crate) event: i64,
    /// Of its install's, or 0 where it has none.
    pub(crate) install: i64,
}

impl Hashes {
    /// Those of an event.
    pub(crate) fn of(event: &Event) -> Self {
        let install = event.checked.install_id.as_ref().map_or(0, install_hash);
        let event = match &event.key {
            Key::Once(id) | Key::Unless(id, _) | Key::Latest(id) => event_hash(id),
            Key::Always => 0,
        };
        Self { event, install }
    }
}

/// The ids that are stored. Each comes with its hash.
pub(crate) struct Index {
    events: KeyTable,
    installs: KeyTable,
    /// Whether there are ids whose hash another id has.
    has_collisions: bool,
}

impl Index {
    /// Reads back what is not on disk yet.
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut index = Self {
            events: KeyTable::open(connection, &EVENTS)?,
            installs: KeyTable::open(connection, &INSTALLS)?,
            has_collisions: connection.query_row(sql::HAS_COLLISIONS, [], |row| row.get(0))?,
        };
        let mut events =
            connection.prepare("SELECT seq, event_id FROM event WHERE seq > ?1 AND event_id IS NOT NULL")?;
        let mut events = events.query([index.events.merged()])?;
        while let Some(row) = events.next()? {
            let (seq, id): (i64, String) = (row.get(0)?, row.get(1)?);
            let hash = event_hash(&id);
            if index.event(connection, (&id, hash))? == Found::Nothing {
                index.events.add(connection, hash, seq)?;
            }
        }
        let mut installs = connection.prepare("SELECT id, install_id FROM install WHERE id > ?1")?;
        let mut installs = installs.query([index.installs.merged()])?;
        while let Some(row) = installs.next()? {
            let (number, id) = (row.get(0)?, install_id(row.get_ref(1)?)?);
            let hash = install_hash(&id);
            if index.install(connection, (&id, hash))? == Found::Nothing {
                index.installs.add(connection, hash, number)?;
            }
        }
        Ok(index)
    }

    /// The number of the next new install: never one that a merge has passed, though its install may be gone.
    pub(crate) fn next_install(&self, connection: &Connection) -> Result<i64, rusqlite::Error> {
        let last: i64 = connection.query_row(sql::LAST_INSTALL, [], |row| row.get(0))?;
        Ok(last.max(self.installs.merged()) + 1)
    }

    /// The sequence of the event with this id.
    pub(crate) fn event(
        &self,
        connection: &Connection,
        (id, hash): (&str, i64),
    ) -> Result<Found<i64>, rusqlite::Error> {
        let seq = self.events.find(connection, hash)?;
        if let Some(seq) = seq
            && connection.prepare_cached(sql::IS_EVENT)?.exists(params![seq, id])?
        {
            return Ok(Found::Stored(seq));
        }
        if self.has_collisions {
            let mut find = connection.prepare_cached(sql::FIND_EVENT_COLLISION)?;
            if let Some(seq) = find.query_row([id], |row| row.get(0)).optional()? {
                return Ok(Found::Stored(seq));
            }
        }
        Ok(if seq.is_some() { Found::Collision } else { Found::Nothing })
    }

    /// The install of this id.
    pub(crate) fn install(
        &self,
        connection: &Connection,
        (id, hash): (&InstallId, i64),
    ) -> Result<Found<Known>, rusqlite::Error> {
        let known = |number: i64| {
            let mut find = connection.prepare_cached(sql::FIND_INSTALL)?;
            let found = find.query_row(params![number, StoredId(id)], |row| {
                Ok(Known { number, first_active: row.get(0)?, last_received: row.get(1)? })
            });
            found.optional()
        };
        let number = self.installs.find(connection, hash)?;
        if let Some(known) = number.map(known).transpose()?.flatten() {
            return Ok(Found::Stored(known));
        }
        if self.has_collisions {
            let mut find = connection.prepare_cached(sql::FIND_INSTALL_COLLISION)?;
            let other = find.query_row([StoredId(id)], |row| row.get(0)).optional()?;
            if let Some(known) = other.map(known).transpose()?.flatten() {
                return Ok(Found::Stored(known));
            }
        }
        Ok(if number.is_some() { Found::Collision } else { Found::Nothing })
    }

    /// Notes that an event was stored that was not found before.
    pub(crate) fn add_event(
        &mut self,
        connection: &Connection,
        (id, hash): (&str, i64),
        seq: i64,
        is_collision: bool,
    ) -> Result<(), rusqlite::Error> {
        if is_collision {
            self.has_collisions = true;
            return connection.execute(sql::INSERT_EVENT_COLLISION, params![id, seq]).map(drop);
        }
        self.events.add(connection, hash, seq)
    }

    /// Notes that an event took the place of the one that was stored under its id.
    pub(crate) fn replace_event(
        &mut self,
        connection: &Connection,
        (id, hash): (&str, i64),
        seq: i64,
    ) -> Result<(), rusqlite::Error> {
        if self.has_collisions && connection.prepare_cached(sql::FIND_EVENT_COLLISION)?.exists([id])? {
            return connection.execute(sql::INSERT_EVENT_COLLISION, params![id, seq]).map(drop);
        }
        connection.prepare_cached(sql::REPLACE_EVENT_KEY)?.execute([hash, seq])?;
        self.events.replace(hash);
        Ok(())
    }

    /// Notes that an install was stored that was not found before.
    pub(crate) fn add_install(
        &mut self,
        connection: &Connection,
        (id, hash): (&InstallId, i64),
        number: i64,
        is_collision: bool,
    ) -> Result<(), rusqlite::Error> {
        if is_collision {
            self.has_collisions = true;
            return connection.execute(sql::INSERT_INSTALL_COLLISION, params![StoredId(id), number]).map(drop);
        }
        self.installs.add(connection, hash, number)
    }

    /// Forgets an event that is being deleted; all keys must have been merged.
    pub(crate) fn remove_event(&self, connection: &Connection, id: &str, seq: i64) -> Result<(), rusqlite::Error> {
        connection.prepare_cached(sql::DELETE_EVENT_KEY)?.execute([event_hash(id), seq])?;
        if self.has_collisions {
            connection.execute(sql::DELETE_EVENT_COLLISION, [id])?;
        }
        Ok(())
    }

    /// Forgets the events up to a sequence whose hash another has.
    pub(crate) fn remove_event_collisions(&self, connection: &Connection, to: i64) -> Result<(), rusqlite::Error> {
        if self.has_collisions {
            connection.execute(sql::DELETE_EVENT_COLLISIONS, [to])?;
        }
        Ok(())
    }

    /// Forgets an install that is being deleted; all keys must have been merged.
    pub(crate) fn remove_install(
        &self,
        connection: &Connection,
        id: &InstallId,
        number: i64,
    ) -> Result<(), rusqlite::Error> {
        connection.prepare_cached(sql::DELETE_INSTALL_KEY)?.execute([install_hash(id), number])?;
        if self.has_collisions {
            connection.execute(sql::DELETE_INSTALL_COLLISION, [StoredId(id)])?;
        }
        Ok(())
    }

    /// Begins to move all keys from memory to disk, unless that is under way.
    pub(crate) fn begin_merge(&mut self, last_seq: i64, last_install: i64) {
        self.events.begin_merge(last_seq);
        self.installs.begin_merge(last_install);
    }

    /// Moves keys from memory to disk, so many at the most, inside the open transaction; gives how many it were.
    pub(crate) fn merge_some(
        &mut self,
        connection: &Connection,
        count: usize,
        last_seq: i64,
        last_install: i64,
    ) -> Result<usize, rusqlite::Error> {
        if self.events.is_full() || self.installs.is_full() {
            self.begin_merge(last_seq, last_install);
        }
        let events = self.events.merge_some(connection, count)?;
        Ok(events + self.installs.merge_some(connection, count - events)?)
    }
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

/// An install id as it was stored.
pub(crate) fn install_id(stored: ValueRef<'_>) -> Result<InstallId, rusqlite::Error> {
    match stored {
        ValueRef::Blob(bytes) => {
            let uuid = bytes.try_into().map_err(|_| rusqlite::types::FromSqlError::InvalidType)?;
            Ok(InstallId::Uuid(uuid))
        }
        stored => Ok(InstallId::Text(stored.as_str()?.to_owned())),
    }
}
