//! Which installs were active on which day, with which values: sets that are folded from the events.
//!
//! # Constraints
//!
//! Questions about active installs count distinct installs over months, by version or platform. Rows of install and day
//! would be as many as the events. Sets of numbers are a bit or two bytes an install, but a set can't be changed by a
//! statement for each event.
//!
//! # Operation
//!
//! What an event is counted by is noted in memory as it is stored ([`Mark`]). Once so many events have gathered, their
//! marks are folded into the sets of the table `activity` and the counts of `daily`, inside the transaction of the event
//! that makes it so many, and the sequence up to which that is done is noted (`folded_seq`).
//!
//! # Recovery
//!
//! Nothing depends on memory: the events behind `folded_seq` are read again when the file is opened. Readers do the same,
//! so answers are exact at any moment.

use std::collections::HashMap;

use askfirst_contract::{CheckedEvent, Contract, Day, DimensionValue, Json, Timestamp};
use askfirst_core::{CHUNK, Counted, Installs, counted_by, sql};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::append::received_at;

/// Events that are folded together: some milliseconds of work, and as many that readers read again at the most.
const EVENTS: usize = 8_192;

/// Values of a dimension at the most; further ones count as [`OTHER`]. Texts are made up by clients, and each value takes
/// about 200 bytes here and on disk, and a row a day.
const MAX_VALUES: usize = 10_000;

/// What values beyond [`MAX_VALUES`] count as.
const OTHER: &str = "other";

/// An event that names no install.
const NOBODY: u32 = u32::MAX;

/// An event was counted by a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark {
    pub(crate) value: u32,
    pub(crate) day: i32,
    /// The number of the install, or [`NOBODY`].
    install: u32,
}

impl Mark {
    pub(crate) fn install(self) -> Option<u32> {
        (self.install != NOBODY).then_some(self.install)
    }
}

/// The values of dimensions and their numbers.
#[derive(Debug, Default)]
pub(crate) struct Values {
    of: HashMap<String, HashMap<String, Numbered>>,
    next: u32,
}

/// A value by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Numbered {
    number: u32,
    /// Whether its counts outlive the events.
    pub(crate) is_kept: bool,
}

/// What is not folded yet.
pub(crate) struct Activity {
    values: Values,
    marks: Vec<Mark>,
    /// Events whose marks these are.
    events: usize,
    /// The sequence up to which events are folded.
    folded: i64,
    /// Whether memory alone knows of events that are not behind [`Self::folded`].
    is_due: bool,
}

impl Activity {
    /// Reads back what is not folded yet.
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let values = Values::load(connection)?;
        let folded = folded_seq(connection)?;
        let mut activity = Self { values, marks: Vec::new(), events: 0, folded, is_due: false };
        let (values, marks, events) = (&mut activity.values, &mut activity.marks, &mut activity.events);
        for_each_counted(connection, sql::UNFOLDED, folded, |counted, day, install| {
            for counted in counted {
                marks.push(Mark { value: values.number(connection, counted)?, day, install });
            }
            *events += 1;
            Ok(())
        })?;
        Ok(activity)
    }

    /// Notes what a stored event is counted by.
    pub(crate) fn note(
        &mut self,
        connection: &Connection,
        event: &CheckedEvent,
        (seq, received_at): (i64, Timestamp),
        install: Option<i64>,
    ) -> Result<(), rusqlite::Error> {
        let day = event.occurred_at.unwrap_or(received_at).day().0;
        let install = install_number(install);
        for counted in counted_by(&event.event_type, event.is_declared, &event.dimensions) {
            self.marks.push(Mark { value: self.values.number(connection, counted)?, day, install });
        }
        self.events += 1;
        // After the clock was set back: who reads again would not find it.
        self.is_due |= seq <= self.folded;
        Ok(())
    }

    /// How much is noted.
    pub(crate) fn marks(&self) -> usize {
        self.marks.len()
    }

    /// Forgets what was noted beyond so much: another ledger has counted it.
    pub(crate) fn forget_marks(&mut self, beyond: usize) {
        self.marks.truncate(beyond);
    }

    /// Adds events and installs that another ledger has counted.
    pub(crate) fn add_to_daily(
        &mut self,
        connection: &Connection,
        counted: Counted<'_>,
        day: i32,
        [events, installs]: [i64; 2],
    ) -> Result<(), rusqlite::Error> {
        let value = self.values.number(connection, counted)?;
        connection.prepare_cached(sql::ADD_TO_DAILY)?.execute(params![value, day, events, installs]).map(drop)
    }

    /// Sees to it that the events so far are not counted again when they are replaced.
    pub(crate) fn begin_fold(&mut self) {
        self.is_due = true;
    }

    /// Folds what has gathered, if it is enough, inside the open transaction. `last_seq` is the highest sequence.
    pub(crate) fn fold_if_due(&mut self, connection: &Connection, last_seq: i64) -> Result<(), rusqlite::Error> {
        if self.events >= EVENTS || self.is_due {
            return self.fold(connection, last_seq).map(drop);
        }
        Ok(())
    }

    /// Folds what has gathered, inside the open transaction; gives the number of events. `last_seq` is the highest
    /// sequence.
    pub(crate) fn fold(&mut self, connection: &Connection, last_seq: i64) -> Result<usize, rusqlite::Error> {
        let first_day = first_day(connection)?;
        self.marks.sort_unstable();
        let mut add = connection.prepare_cached(sql::ADD_TO_DAILY)?;
        for marks in self.marks.chunk_by(|a, b| (a.value, a.day) == (b.value, b.day)) {
            let Mark { value, day, .. } = marks[0];
            let is_open = day >= first_day;
            let installs = if is_open { unite(connection, value, day, marks)? } else { 0 };
            let events = i64::try_from(marks.len()).unwrap_or(i64::MAX);
            add.execute(params![value, day, events, installs.cast_signed()])?;
        }
        Self::add_to_count(connection, i64::try_from(self.events).unwrap_or(i64::MAX))?;
        self.folded = self.folded.max(last_seq);
        let watermark = "INSERT OR REPLACE INTO meta (name, value) VALUES ('folded_seq', ?1)";
        connection.prepare_cached(watermark)?.execute([self.folded])?;
        self.marks.clear();
        self.is_due = false;
        Ok(std::mem::take(&mut self.events))
    }

    /// Notes that so many folded events more are stored, or less: counting them all reads the whole file.
    pub(crate) fn add_to_count(connection: &Connection, events: i64) -> Result<(), rusqlite::Error> {
        connection.prepare_cached(sql::ADD_TO_EVENTS)?.execute([events]).map(drop)
    }

    /// Takes an install out of all sets; everything must be folded.
    pub(crate) fn erase(connection: &Connection, install: i64) -> Result<(), rusqlite::Error> {
        let install = install_number(Some(install));
        let chunk = install / CHUNK;
        let mut sets = connection.prepare(sql::ACTIVITY_OF_CHUNK)?;
        let mut sets = sets.query([chunk])?;
        let mut smaller = Vec::new();
        while let Some(row) = sets.next()? {
            let mut set = read_set(row.get_ref(2)?.as_blob()?)?;
            if set.remove(install) {
                smaller.push((row.get(0)?, row.get(1)?, set));
            }
        }
        for (value, day, set) in smaller {
            if set.is_empty() {
                connection.execute(sql::DELETE_ACTIVITY, params![value, day, chunk])?;
            } else {
                replace(connection, value, day, chunk, &set)?;
            }
            connection.prepare_cached(sql::ADD_TO_DAILY)?.execute(params![value, day, 0, -1])?;
        }
        Ok(())
    }

    /// Takes a stored event out of the counts; it must be folded.
    pub(crate) fn uncount(&self, connection: &Connection, seq: i64) -> Result<(), rusqlite::Error> {
        let mut counts = Vec::new();
        for_each_counted(connection, sql::COUNTED_EVENT, seq, |counted, day, _| {
            counts.extend(counted.filter_map(|counted| self.values.known(counted)).map(|value| (value, day)));
            Ok(())
        })?;
        for (value, day) in counts {
            connection.prepare_cached(sql::ADD_TO_DAILY)?.execute(params![value, day, -1, 0])?;
            connection.prepare_cached(sql::DELETE_EMPTY_DAILY)?.execute(params![value, day])?;
        }
        Ok(())
    }

    /// Forgets values that nothing is counted by any more.
    pub(crate) fn delete_values(&mut self, connection: &Connection) -> Result<usize, rusqlite::Error> {
        let unused = "DELETE FROM value WHERE id > 3 AND id NOT IN (SELECT value FROM daily)";
        let deleted = connection.execute(unused, [])?;
        if deleted > 0 {
            self.values = Values { next: self.values.next, ..Values::load(connection)? };
        }
        Ok(deleted)
    }
}

impl Values {
    pub(crate) fn load(connection: &Connection) -> Result<Self, rusqlite::Error> {
        let mut values = Self::default();
        let mut rows = connection.prepare(sql::VALUES)?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (number, dimension, value): (u32, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            values.next = values.next.max(number + 1);
            values.of.entry(dimension).or_default().insert(value, Numbered { number, is_kept: row.get(3)? });
        }
        Ok(values)
    }

    /// The number of a value that is known, or of what it counts as.
    pub(crate) fn known(&self, counted: Counted<'_>) -> Option<u32> {
        let values = self.of.get(counted.dimension)?;
        values.get(counted.value).or_else(|| values.get(OTHER)).map(|known| known.number)
    }

    /// The values of a dimension by their numbers.
    pub(crate) fn of(&self, dimension: &str) -> HashMap<u32, (&str, Numbered)> {
        let values = self.of.get(dimension).into_iter().flatten();
        values.map(|(value, known)| (known.number, (value.as_str(), *known))).collect()
    }

    /// The number of a value, noted where it is new, and that its counts are kept where that is.
    fn number(&mut self, connection: &Connection, counted: Counted<'_>) -> Result<u32, rusqlite::Error> {
        let mut value = counted.value;
        if let Some(values) = self.of.get_mut(counted.dimension) {
            if let Some(known) = values.get_mut(value) {
                if counted.is_kept && !known.is_kept {
                    connection.prepare_cached(sql::KEEP_VALUE)?.execute([known.number])?;
                    known.is_kept = true;
                }
                return Ok(known.number);
            }
            if values.len() >= MAX_VALUES {
                value = OTHER;
                if let Some(known) = values.get(value) {
                    return Ok(known.number);
                }
            }
        }
        let number = self.next;
        let mut insert = connection.prepare_cached(sql::INSERT_VALUE)?;
        insert.execute(params![number, counted.dimension, value, counted.is_kept])?;
        self.next += 1;
        let known = Numbered { number, is_kept: counted.is_kept };
        self.of.entry(counted.dimension.to_owned()).or_default().insert(value.to_owned(), known);
        Ok(number)
    }
}

/// The sequence up to which events are folded.
pub(crate) fn folded_seq(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let watermark = "SELECT coalesce((SELECT value FROM meta WHERE name = 'folded_seq'), -1)";
    connection.query_row(watermark, [], |row| row.get(0))
}

/// The first day whose sets are kept.
pub(crate) fn first_day(connection: &Connection) -> Result<i32, rusqlite::Error> {
    let watermark = "SELECT coalesce((SELECT value FROM meta WHERE name = 'first_active_day'), -1000000)";
    connection.query_row(watermark, [], |row| row.get(0))
}

/// The number of an install as it stands in a set.
fn install_number(install: Option<i64>) -> u32 {
    install.and_then(|number| u32::try_from(number).ok()).unwrap_or(NOBODY)
}

/// Reads events from a sequence on: what each is counted by, its day and its install.
fn for_each_counted(
    connection: &Connection,
    statement: &str,
    seq: i64,
    mut take: impl FnMut(&mut dyn Iterator<Item = Counted<'_>>, i32, u32) -> Result<(), rusqlite::Error>,
) -> Result<(), rusqlite::Error> {
    let mut contracts: HashMap<i64, Option<Contract>> = HashMap::new();
    let mut events = connection.prepare_cached(statement)?;
    let mut events = events.query([seq])?;
    while let Some(row) = events.next()? {
        let (seq, event_type): (i64, &str) = (row.get(0)?, row.get_ref(1)?.as_str()?);
        let (install, occurred_at): (Option<i64>, Option<i64>) = (row.get(2)?, row.get(3)?);
        let (number, fields): (i64, &[u8]) = (row.get(4)?, row.get_ref(5)?.as_str()?.as_bytes());
        let contract = match contracts.entry(number) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(contract(connection, number)?),
        };
        let (is_declared, dimensions) = dimensions(contract.as_ref(), event_type, fields);
        let day = occurred_at.map_or(received_at(seq), Timestamp).day().0;
        take(&mut counted_by(event_type, is_declared, &dimensions), day, install_number(install))?;
    }
    Ok(())
}

/// The marks of the events that are not folded yet, for a reader.
pub(crate) fn unfolded(connection: &Connection, values: &Values) -> Result<Vec<Mark>, rusqlite::Error> {
    let mut marks = Vec::new();
    for_each_counted(connection, sql::UNFOLDED, folded_seq(connection)?, |counted, day, install| {
        let known = counted.filter_map(|counted| values.known(counted));
        marks.extend(known.map(|value| Mark { value, day, install }));
        Ok(())
    })?;
    marks.sort_unstable();
    Ok(marks)
}

/// How long after their receipt events may say that they happened, by any contract there was, in milliseconds.
pub(crate) fn clock_ahead(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let mut numbers = connection.prepare("SELECT id FROM contract")?;
    let mut numbers = numbers.query([])?;
    let mut ahead = 0;
    while let Some(row) = numbers.next()? {
        let contract = contract(connection, row.get(0)?)?;
        ahead = ahead.max(contract.map_or(i64::MAX, |contract| contract.policy.clock.future.0));
    }
    Ok(ahead)
}

/// The contract that accepted an event, by its number.
fn contract(connection: &Connection, number: i64) -> Result<Option<Contract>, rusqlite::Error> {
    let text = "SELECT text FROM contract WHERE id = ?1";
    let text: Option<String> = connection.query_row(text, [number], |row| row.get(0)).optional()?;
    // Printed by us; one that a later version of the language can't read leaves type and runtime.
    Ok(text.and_then(|text| Contract::parse("contract", &text).ok()))
}

/// Whether the type of a stored event is declared, and what the event has in each dimension.
fn dimensions(contract: Option<&Contract>, event_type: &str, fields: &[u8]) -> (bool, Vec<DimensionValue>) {
    let declared = contract.and_then(|contract| contract.event(event_type));
    let known = declared.or(contract.and_then(|contract| contract.envelope.as_ref()));
    let values = known.zip(Json::parse(fields).ok()).map(|(known, fields)| known.dimension_values(&fields));
    (declared.is_some(), values.unwrap_or_default())
}

/// Adds the installs of marks, all of one value and day and in order, to the sets; gives how many are new.
fn unite(connection: &Connection, value: u32, day: i32, marks: &[Mark]) -> Result<u64, rusqlite::Error> {
    let mut new = 0;
    for marks in marks.chunk_by(|a, b| a.install / CHUNK == b.install / CHUNK) {
        let chunk = marks[0].install / CHUNK;
        let mut set = find(connection, value, day, chunk)?.unwrap_or_default();
        let before = set.len();
        set.extend(marks.iter().filter_map(|mark| mark.install()));
        if set.len() > before {
            replace(connection, value, day, chunk, &set)?;
        }
        new += set.len() - before;
    }
    Ok(new)
}

pub(crate) fn find(
    connection: &Connection,
    value: u32,
    day: i32,
    chunk: u32,
) -> Result<Option<Installs>, rusqlite::Error> {
    let mut find = connection.prepare_cached(sql::FIND_ACTIVITY)?;
    find.query_row(params![value, day, chunk], |row| read_set(row.get_ref(0)?.as_blob()?)).optional()
}

fn replace(connection: &Connection, value: u32, day: i32, chunk: u32, set: &Installs) -> Result<(), rusqlite::Error> {
    let mut bits = Vec::with_capacity(set.serialized_size());
    // Writing to memory does not fail.
    let _ = set.serialize_into(&mut bits);
    connection.prepare_cached(sql::REPLACE_ACTIVITY)?.execute(params![value, day, chunk, bits]).map(drop)
}

/// A set as it is stored.
pub(crate) fn read_set(bits: &[u8]) -> Result<Installs, rusqlite::Error> {
    Installs::deserialize_from(bits)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(error)))
}

/// The day an install was active on, for the rows of `install`.
pub(crate) fn active_day(event: &CheckedEvent, received_at: Timestamp) -> Day {
    event.occurred_at.unwrap_or(received_at).day()
}
