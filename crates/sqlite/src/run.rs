//! A run: keys that were written together, in rows of `key_part`.

use std::ops::Range;

use askfirst_core::sql;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::filter::{Filter, share};

/// Keys of a part at the average: 16 bytes each, so that hardly any part is larger than a page.
const PART: u64 = if cfg!(test) { 4 } else { 200 };

/// The hash of an id, and the row that has the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The first 64 bits of its SHA-256.
    pub(crate) hash: u64,
    /// The sequence of an event, or the number of an install.
    pub(crate) row: i64,
}

/// Keys that were written together.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) shape: Shape,
    /// How many keys were written to it; rather more, where a merge did not come to its end.
    pub(crate) keys: u64,
    /// Whether all of its keys are written.
    pub(crate) is_whole: bool,
    /// No key has a lower row.
    pub(crate) first_row: i64,
    /// The hashes of its keys; `None` while they are being read, or where they can't be: any hash may be among them.
    pub(crate) filter: Option<Filter>,
}

/// Where a run's keys are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) id: i64,
    /// Equal ranges of hashes.
    pub(crate) parts: u32,
}

impl Run {
    /// Begins a run of about so many keys.
    pub(crate) fn begin(
        connection: &Connection,
        kind: &str,
        keys: u64,
        first_row: i64,
    ) -> Result<Self, rusqlite::Error> {
        let parts = u32::try_from(keys.div_ceil(PART).max(1)).unwrap_or(u32::MAX);
        let values = params![kind, parts, keys.cast_signed(), first_row];
        let id = connection.prepare_cached(sql::INSERT_KEY_RUN)?.query_row(values, |row| row.get(0))?;
        let filter = Some(Filter::new(usize::try_from(keys).unwrap_or(usize::MAX)));
        // Counted as they come.
        Ok(Self { shape: Shape { id, parts }, keys: 0, is_whole: false, first_row, filter })
    }

    /// Writes keys, sorted; none may have a lower hash than those that are there already.
    pub(crate) fn append(&mut self, connection: &Connection, keys: &[Key]) -> Result<(), rusqlite::Error> {
        let shape = self.shape;
        let mut is_first = true;
        for keys in keys.chunk_by(|a, b| shape.part(a.hash) == shape.part(b.hash)) {
            let place = shape.place(keys[0].hash);
            // The last that were written may have begun it.
            let mut part = if std::mem::take(&mut is_first) { read_part(connection, place)? } else { Vec::new() };
            part.extend_from_slice(keys);
            write(connection, place, &part)?;
        }
        self.keys += keys.len() as u64;
        if let Some(filter) = &mut self.filter {
            for key in keys {
                filter.insert(key.hash);
            }
        }
        Ok(())
    }

    /// Whether a hash may be among those of its keys.
    pub(crate) fn may_contain(&self, hash: u64) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.may_contain(hash))
    }

    /// Notes how many keys it has, and which; of one that is not whole it is known how many are expected.
    pub(crate) fn note(&self, connection: &Connection) -> Result<(), rusqlite::Error> {
        let mut update = connection.prepare_cached(sql::UPDATE_KEY_RUN)?;
        update.execute(params![self.shape.id, self.keys.cast_signed(), self.first_row]).map(drop)
    }
}

impl Shape {
    /// The part that a hash is in.
    pub(crate) fn part(self, hash: u64) -> u32 {
        u32::try_from(share(hash, u64::from(self.parts))).unwrap_or(0)
    }

    /// The row of the first part.
    pub(crate) fn first_place(self) -> i64 {
        self.id << 32
    }

    /// The row of the part that a hash is in.
    fn place(self, hash: u64) -> i64 {
        self.first_place() | i64::from(self.part(hash))
    }

    /// Adds the rows whose ids may have a hash.
    pub(crate) fn rows(self, connection: &Connection, hash: u64, rows: &mut Vec<i64>) -> Result<(), rusqlite::Error> {
        let mut part = connection.prepare_cached(sql::KEY_PART)?;
        let mut part = part.query([self.place(hash)])?;
        if let Some(part) = part.next()? {
            let keys = stored_keys(part.get_ref(0)?.as_blob()?);
            let first = keys.partition_point(|key| Key::of(key).hash < hash);
            rows.extend(keys[first..].iter().map(Key::of).take_while(|key| key.hash == hash).map(|key| key.row));
        }
        Ok(())
    }

    /// Takes a key out, if it is there.
    pub(crate) fn remove(self, connection: &Connection, key: Key) -> Result<(), rusqlite::Error> {
        let place = self.place(key.hash);
        let mut keys = read_part(connection, place)?;
        let all = keys.len();
        keys.retain(|other| *other != key);
        if keys.len() < all { write(connection, place, &keys) } else { Ok(()) }
    }

    /// Reads some parts in order, each with its row.
    pub(crate) fn read_range(
        self,
        connection: &Connection,
        parts: Range<u32>,
        mut take: impl FnMut(i64, Vec<Key>),
    ) -> Result<(), rusqlite::Error> {
        let [first, end] = [parts.start, parts.end].map(|part| self.first_place() + i64::from(part));
        let mut parts = connection.prepare_cached(sql::KEY_PARTS)?;
        let mut parts = parts.query([first, end])?;
        while let Some(part) = parts.next()? {
            take(part.get(0)?, decode(part.get_ref(1)?.as_blob()?));
        }
        Ok(())
    }
}

impl Key {
    /// A key as it is stored.
    fn of([hash, row]: &[[u8; 8]; 2]) -> Self {
        Self { hash: u64::from_le_bytes(*hash), row: i64::from_le_bytes(*row) }
    }
}

/// The keys of a part as they are stored.
fn stored_keys(part: &[u8]) -> &[[[u8; 8]; 2]] {
    part.as_chunks().0.as_chunks().0
}

fn decode(part: &[u8]) -> Vec<Key> {
    stored_keys(part).iter().map(Key::of).collect()
}

/// The keys of a part.
fn read_part(connection: &Connection, place: i64) -> Result<Vec<Key>, rusqlite::Error> {
    let mut part = connection.prepare_cached(sql::KEY_PART)?;
    Ok(part.query_row([place], |row| Ok(decode(row.get_ref(0)?.as_blob()?))).optional()?.unwrap_or_default())
}

/// Writes the keys of a part, which are sorted; none, if there are none.
pub(crate) fn write(connection: &Connection, place: i64, keys: &[Key]) -> Result<(), rusqlite::Error> {
    if keys.is_empty() {
        return connection.prepare_cached(sql::DELETE_KEY_PARTS)?.execute([place, place + 1]).map(drop);
    }
    let mut bytes = Vec::with_capacity(keys.len() * 16);
    for key in keys {
        bytes.extend_from_slice(&key.hash.to_le_bytes());
        bytes.extend_from_slice(&key.row.to_le_bytes());
    }
    connection.prepare_cached(sql::REPLACE_KEY_PART)?.execute(params![place, bytes]).map(drop)
}

/// The runs of a kind, the oldest first, without their filters.
pub(crate) fn stored(connection: &Connection, kind: &str) -> Result<Vec<Run>, rusqlite::Error> {
    let mut runs = connection.prepare_cached(sql::KEY_RUNS)?;
    let runs = runs.query_map([kind], |row| {
        let keys: i64 = row.get(2)?;
        Ok(Run {
            shape: Shape { id: row.get(0)?, parts: row.get(1)? },
            keys: keys.cast_unsigned(),
            is_whole: true,
            first_row: row.get(3)?,
            filter: None,
        })
    })?;
    runs.collect()
}

/// The rows whose ids may have a hash, for a reader: those that are on disk.
pub(crate) fn rows_on_disk(connection: &Connection, kind: &str, hash: u64) -> Result<Vec<i64>, rusqlite::Error> {
    let mut rows = Vec::new();
    for run in stored(connection, kind)? {
        run.shape.rows(connection, hash, &mut rows)?;
    }
    Ok(rows)
}
