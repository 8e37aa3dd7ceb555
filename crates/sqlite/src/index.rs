//! Which event ids and installs are stored.
//!
//! Both are found by the hashes of their ids ([`KeyTable`]); the row that a hash leads to tells whether it has the id.

use askfirst_contract::InstallId;
use askfirst_core::{Event, Key, event_hash, install_hash, sql};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::key_table::{KeyTable, Kind};
use crate::run::{Key as IdKey, rows_on_disk};

const EVENTS: Kind = Kind { name: "event", watermark: "merged_seq" };
const INSTALLS: Kind = Kind { name: "install", watermark: "merged_install" };

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
    /// Keys that may be moved on disk: as many as events have paid for, less where a step was larger.
    credit: i64,
}

impl Index {
    /// Reads back what is not on disk yet. What a flush that was interrupted has written is in both from then on, which does no
    /// harm.
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut index = Self {
            events: KeyTable::open(connection, &EVENTS)?,
            installs: KeyTable::open(connection, &INSTALLS)?,
            credit: 0,
        };
        let mut events =
            connection.prepare("SELECT seq, event_id FROM event WHERE seq > ?1 AND event_id IS NOT NULL")?;
        let mut events = events.query([index.events.passed()])?;
        while let Some(row) = events.next()? {
            let (seq, id): (i64, String) = (row.get(0)?, row.get(1)?);
            index.add_event(event_hash(&id), seq);
        }
        let mut installs = connection.prepare("SELECT id, install_id FROM install WHERE id > ?1")?;
        let mut installs = installs.query([index.installs.passed()])?;
        while let Some(row) = installs.next()? {
            index.add_install(install_hash(&install_id(row.get_ref(1)?)?), row.get(0)?);
        }
        Ok(index)
    }

    /// The number of the next new install: never one that a flush has passed, though its install may be gone.
    pub(crate) fn next_install(&self, connection: &Connection) -> Result<i64, rusqlite::Error> {
        let last: i64 = connection.query_row(sql::LAST_INSTALL, [], |row| row.get(0))?;
        Ok(last.max(self.installs.passed()) + 1)
    }

    /// The sequence of the event with this id.
    pub(crate) fn event(
        &self,
        connection: &Connection,
        (id, hash): (&str, i64),
    ) -> Result<Option<i64>, rusqlite::Error> {
        for seq in self.events.rows(connection, hash.cast_unsigned())? {
            if connection.prepare_cached(sql::IS_EVENT)?.exists(params![seq, id])? {
                return Ok(Some(seq));
            }
        }
        Ok(None)
    }

    /// The install of this id.
    pub(crate) fn install(
        &self,
        connection: &Connection,
        (id, hash): (&InstallId, i64),
    ) -> Result<Option<Known>, rusqlite::Error> {
        first_install(connection, id, self.installs.rows(connection, hash.cast_unsigned())?)
    }

    /// Notes that an event was stored that was not found before.
    pub(crate) fn add_event(&mut self, hash: i64, seq: i64) {
        self.events.add(id_key(hash, seq));
    }

    /// Notes that an install was stored that was not found before.
    pub(crate) fn add_install(&mut self, hash: i64, number: i64) {
        self.installs.add(id_key(hash, number));
    }

    /// Forgets an event that is being deleted.
    pub(crate) fn remove_event(&mut self, connection: &Connection, hash: i64, seq: i64) -> Result<(), rusqlite::Error> {
        self.events.remove(connection, id_key(hash, seq))
    }

    /// Forgets an install that is being deleted.
    pub(crate) fn remove_install(
        &mut self,
        connection: &Connection,
        hash: i64,
        number: i64,
    ) -> Result<(), rusqlite::Error> {
        self.installs.remove(connection, id_key(hash, number))
    }

    /// Forgets some of the events before a sequence, on disk; gives 0 once all are forgotten.
    pub(crate) fn forget_before(&mut self, connection: &Connection, seq: i64) -> Result<usize, rusqlite::Error> {
        self.events.purge_step(connection, seq)
    }

    /// Begins to move all keys from memory to disk, unless that is under way.
    pub(crate) fn begin_flush(
        &mut self,
        connection: &Connection,
        last_seq: i64,
        last_install: i64,
    ) -> Result<(), rusqlite::Error> {
        self.events.begin_flush(connection, last_seq)?;
        self.installs.begin_flush(connection, last_install)
    }

    /// Moves some keys from memory to disk inside the open transaction; gives 0 once there are none to be moved.
    pub(crate) fn flush_step(&mut self, connection: &Connection) -> Result<usize, rusqlite::Error> {
        match self.events.flush_step(connection)? {
            0 => self.installs.flush_step(connection),
            count => Ok(count),
        }
    }

    /// Moves keys from memory to disk, and on disk, about so many at the average, inside the open transaction.
    pub(crate) fn keep_up(
        &mut self,
        connection: &Connection,
        count: usize,
        last_seq: i64,
        last_install: i64,
    ) -> Result<(), rusqlite::Error> {
        if self.events.is_full() || self.installs.is_full() {
            self.begin_flush(connection, last_seq, last_install)?;
        }
        self.credit = self.credit.saturating_add_unsigned(count as u64);
        for keys in [&mut self.events, &mut self.installs] {
            keys.write_late(connection)?;
            while self.credit > 0 {
                match keys.step(connection)? {
                    0 => break,
                    count => self.credit = self.credit.saturating_sub_unsigned(count as u64),
                }
            }
        }
        // Nothing is left to do.
        self.credit = self.credit.min(0);
        Ok(())
    }
}

fn id_key(hash: i64, row: i64) -> IdKey {
    IdKey { hash: hash.cast_unsigned(), row }
}

/// The install of an id among those whose ids have its hash.
fn first_install(connection: &Connection, id: &InstallId, numbers: Vec<i64>) -> Result<Option<Known>, rusqlite::Error> {
    for number in numbers {
        let mut find = connection.prepare_cached(sql::FIND_INSTALL)?;
        let known = find.query_row(params![number, StoredId(id)], |row| {
            Ok(Known { number, first_active: row.get(0)?, last_received: row.get(1)? })
        });
        if let Some(known) = known.optional()? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// The install of an id, for a reader. Keys that are not on disk are in the memory of whoever writes.
pub(crate) fn find_install(connection: &Connection, id: &InstallId) -> Result<Option<Known>, rusqlite::Error> {
    let numbers = rows_on_disk(connection, INSTALLS.name, install_hash(id).cast_unsigned())?;
    if let Some(known) = first_install(connection, id, numbers)? {
        return Ok(Some(known));
    }
    let known = connection.query_row(sql::INSTALL_NOT_ON_DISK, [StoredId(id)], |row| {
        Ok(Known { number: row.get(0)?, first_active: row.get(1)?, last_received: row.get(2)? })
    });
    known.optional()
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
