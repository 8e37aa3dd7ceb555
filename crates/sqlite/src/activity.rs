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
use std::collections::hash_map::Entry;

use askfirst_contract::{CheckedEvent, Contract, Day, Timestamp};
use askfirst_core::activity::{
    self, Counted, CountedEvent, Folded, Installs, Mark, Noted, Numbered, SetPlace, Values, chunk_of, counted_by, fold,
    set_to_bytes, stored_contract, take_out,
};
use askfirst_core::sql;
use rusqlite::{Connection, OptionalExtension as _, params};

/// Events that are folded together: some milliseconds of work, and as many that readers read again at the most.
const EVENTS: usize = 8_192;

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
        let values = load_values(connection)?;
        let folded = folded_seq(connection)?;
        let mut activity = Self { values, marks: Vec::new(), events: 0, folded, is_due: false };
        let (values, marks, events) = (&mut activity.values, &mut activity.marks, &mut activity.events);
        for_each_counted(connection, sql::UNFOLDED, folded, |counted, day, install| {
            for counted in counted {
                marks.push(Mark::new(number(values, connection, counted)?, day, install));
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
        for counted in counted_by(&event.event_type, event.is_declared, &event.dimensions) {
            self.marks.push(Mark::new(number(&mut self.values, connection, counted)?, day, install));
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
        let value = number(&mut self.values, connection, counted)?;
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
        fold(&mut self.marks, first_day, &mut File(connection))?;
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
        let chunk = chunk_of(install);
        let mut sets = connection.prepare(sql::ACTIVITY_OF_CHUNK)?;
        let mut sets = sets.query([chunk])?;
        let mut smaller = Vec::new();
        while let Some(row) = sets.next()? {
            let mut set = read_set(row.get_ref(2)?.as_blob()?)?;
            if take_out(&mut set, install) {
                smaller.push((SetPlace { value: row.get(0)?, day: row.get(1)?, chunk }, set));
            }
        }
        for (place, set) in smaller {
            let SetPlace { value, day, chunk } = place;
            if set.is_empty() {
                connection.execute(sql::DELETE_ACTIVITY, params![value, day, chunk])?;
            } else {
                File(connection).replace(place, &set)?;
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
            let mut left = load_values(connection)?;
            left.go_on_from(&self.values);
            self.values = left;
        }
        Ok(deleted)
    }
}

/// The values that are stored.
pub(crate) fn load_values(connection: &Connection) -> Result<Values, rusqlite::Error> {
    let mut values = Values::default();
    let mut rows = connection.prepare(sql::VALUES)?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        values.insert(row.get(1)?, row.get(2)?, Numbered { number: row.get(0)?, is_kept: row.get(3)? });
    }
    Ok(values)
}

/// The number of what an event is counted by; stores what is new of it.
fn number(values: &mut Values, connection: &Connection, counted: Counted<'_>) -> Result<u32, rusqlite::Error> {
    let (number, noted) = values.note(counted);
    match noted {
        Noted::Known => {}
        Noted::New(value) => {
            let mut insert = connection.prepare_cached(sql::INSERT_VALUE)?;
            insert.execute(params![number, counted.dimension, value, counted.is_kept])?;
        }
        Noted::Kept => {
            connection.prepare_cached(sql::KEEP_VALUE)?.execute([number])?;
        }
    }
    Ok(number)
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

/// Reads events from a sequence on: what each is counted by, its day and its install.
fn for_each_counted(
    connection: &Connection,
    statement: &str,
    seq: i64,
    mut take: impl FnMut(&mut dyn Iterator<Item = Counted<'_>>, i32, Option<i64>) -> Result<(), rusqlite::Error>,
) -> Result<(), rusqlite::Error> {
    let mut contracts: HashMap<i64, Option<Contract>> = HashMap::new();
    let mut events = connection.prepare_cached(statement)?;
    let mut events = events.query([seq])?;
    while let Some(row) = events.next()? {
        let contract = match contracts.entry(row.get(4)?) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let contract = contract(connection, *new.key())?;
                new.insert(contract)
            }
        };
        let event = CountedEvent {
            seq: row.get(0)?,
            event_type: row.get_ref(1)?.as_str()?,
            occurred_at: row.get(3)?,
            fields: row.get_ref(5)?.as_str()?,
        };
        let install = row.get(2)?;
        event.counted(contract.as_ref(), |counted| take(counted, event.day(), install))?;
    }
    Ok(())
}

/// The marks of the events that are not folded yet, for a reader.
pub(crate) fn unfolded(connection: &Connection, values: &Values) -> Result<Vec<Mark>, rusqlite::Error> {
    let mut marks = Vec::new();
    for_each_counted(connection, sql::UNFOLDED, folded_seq(connection)?, |counted, day, install| {
        let known = counted.filter_map(|counted| values.known(counted));
        marks.extend(known.map(|value| Mark::new(value, day, install)));
        Ok(())
    })?;
    marks.sort_unstable();
    Ok(marks)
}

/// How long after their receipt events may say that they happened, by any contract there was, in milliseconds.
pub(crate) fn clock_ahead(connection: &Connection) -> Result<i64, rusqlite::Error> {
    let mut contracts = connection.prepare("SELECT text FROM contract")?;
    let contracts = contracts.query_map([], |row| Ok(stored_contract(row.get_ref(0)?.as_str()?)))?;
    let contracts: Vec<Option<Contract>> = contracts.collect::<Result<_, _>>()?;
    Ok(activity::clock_ahead(contracts.iter().map(Option::as_ref)))
}

/// The contract that accepted an event, by its number.
fn contract(connection: &Connection, number: i64) -> Result<Option<Contract>, rusqlite::Error> {
    let text = "SELECT text FROM contract WHERE id = ?1";
    let text: Option<String> = connection.query_row(text, [number], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| stored_contract(&text)))
}

/// The tables `activity` and `daily`.
struct File<'c>(&'c Connection);

impl Folded for File<'_> {
    type Error = rusqlite::Error;

    fn find(&self, place: SetPlace) -> Result<Option<Installs>, rusqlite::Error> {
        find(self.0, place)
    }

    fn replace(&mut self, SetPlace { value, day, chunk }: SetPlace, set: &Installs) -> Result<(), rusqlite::Error> {
        let mut replace = self.0.prepare_cached(sql::REPLACE_ACTIVITY)?;
        replace.execute(params![value, day, chunk, set_to_bytes(set)]).map(drop)
    }

    fn add(&mut self, value: u32, day: i32, events: u64, installs: u64) -> Result<(), rusqlite::Error> {
        let mut add = self.0.prepare_cached(sql::ADD_TO_DAILY)?;
        add.execute(params![value, day, events.cast_signed(), installs.cast_signed()]).map(drop)
    }
}

pub(crate) fn find(connection: &Connection, place: SetPlace) -> Result<Option<Installs>, rusqlite::Error> {
    let SetPlace { value, day, chunk } = place;
    let mut find = connection.prepare_cached(sql::FIND_ACTIVITY)?;
    find.query_row(params![value, day, chunk], |row| read_set(row.get_ref(0)?.as_blob()?)).optional()
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
