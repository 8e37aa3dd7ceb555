//! The transaction: every event of a group is decided in order, stored, counted and committed.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use askfirst_contract::{CheckedEvent, Contract, Day, InstallId, Timestamp};
use askfirst_core::{
    Event, Key, Limiter, MAX_UNDECLARED_TYPES, Outcome, PER_MILLISECOND, Refused, Tallies, event_hash, first_seq,
    received_at, sql,
};
use hashbrown::HashMap;
use rusqlite::{CachedStatement, Connection, params};

use crate::activity::{Activity, active_day};
use crate::connection::{OpenError, open_writer};
use crate::forget::Forgotten;
use crate::index::{Hashes, Index, Known, StoredId};
use crate::keys::Keys;
use crate::queue::Hashed;

/// A request that seems to arrive so many milliseconds before the last one tells of a clock that was set back. Until
/// then receipt does not go backwards, so that windows stay in order.
const CLOCK_SET_BACK: i64 = 10_000;

/// The writing connection, and all that is derived from the file and kept in memory: dropped together and read back
/// together when anything fails.
pub(crate) struct Store {
    pub(crate) connection: Connection,
    pub(crate) memory: Memory,
}

/// What is derived from the file.
pub(crate) struct Memory {
    pub(crate) keys: Keys,
    pub(crate) retention: i64,
    pub(crate) index: Index,
    pub(crate) activity: Activity,
    pub(crate) forgotten: Forgotten,
    contract: i64,
    pub(crate) limiter: Limiter,
    /// The number of the next new install.
    next_install: i64,
    /// The highest sequence.
    last_seq: i64,
    /// The sequence of the event that was stored last.
    latest_seq: i64,
    /// The receipt of the last batch.
    now: Timestamp,
    /// The install that was seen last in the batch under way: most batches are one install's.
    seen: Option<(InstallId, Known)>,
    /// Accepted events of the open transaction by day of receipt and type, for the rollup.
    pub(crate) accepted: HashMap<i32, HashMap<Arc<str>, i64>>,
    /// The declared types.
    declared: HashSet<Arc<str>>,
    /// The types that were stored today though nobody declared them.
    undeclared: Option<(Day, HashSet<Arc<str>>)>,
}

impl Store {
    /// Opens the file and reads back the last window's receipts.
    pub(crate) fn open(path: &Path, contract: &Contract, tables: &str, now: Timestamp) -> Result<Self, OpenError> {
        let (connection, contract_id) = open_writer(path, contract, tables, now)?;
        let limits = &contract.policy.limits;
        let keys = Keys::load(&connection, limits.address.map_or(0, |rate| rate.per.0))?;
        let mut limiter = Limiter::new(limits);
        read_back(&connection, &mut limiter, Timestamp(now.0 - Limiter::reach(limits)))?;
        let index = Index::load(&connection)?;
        let activity = Activity::load(&connection)?;
        let forgotten = Forgotten::load(&connection)?;
        let next_install = index.next_install(&connection)?;
        let last_seq = connection.query_row("SELECT coalesce(max(seq), 0) FROM event", [], |row| row.get(0))?;
        let memory = Memory {
            keys,
            index,
            activity,
            forgotten,
            retention: contract.policy.retention.0,
            contract: contract_id,
            limiter,
            next_install,
            last_seq,
            latest_seq: last_seq,
            now,
            seen: None,
            accepted: HashMap::new(),
            declared: contract.events.iter().map(|event| Arc::clone(&event.name)).collect(),
            undeclared: None,
        };
        Ok(Self { connection, memory })
    }

    /// Runs a statement such as `BEGIN IMMEDIATE`.
    pub(crate) fn run(&self, statement: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }

    /// What decides and stores events, inside the open transaction.
    pub(crate) fn appending(&mut self) -> Result<Appending<'_>, rusqlite::Error> {
        let Self { connection, memory } = self;
        let insert_event = connection.prepare_cached(sql::INSERT_EVENT)?;
        let insert_install = connection.prepare_cached(sql::INSERT_INSTALL)?;
        Ok(Appending { connection, memory, insert_event, insert_install })
    }

    /// Decides and stores an event that was received some time ago, inside the open transaction.
    pub(crate) fn import(&mut self, event: &Event, received_at: Timestamp) -> Result<Outcome, rusqlite::Error> {
        self.memory.now = received_at;
        self.memory.seen = None;
        self.appending()?.decide(event, Hashes::of(event), &[])
    }

    /// The sequence of the event that was stored last.
    pub(crate) fn latest_seq(&self) -> i64 {
        self.memory.latest_seq
    }

    /// Adds the counts of the open transaction to those stored.
    pub(crate) fn store_counts<'t>(
        &mut self,
        tallies: impl IntoIterator<Item = &'t Tallies>,
    ) -> Result<(), rusqlite::Error> {
        let mut add = self.connection.prepare_cached(sql::ADD_TO_OUTCOME)?;
        let mut begin = self.connection.prepare_cached(sql::BEGIN_OUTCOME)?;
        for (key, count) in tallies.into_iter().flat_map(Tallies::iter) {
            let count = count.cast_signed();
            let values = params![key.day.0, key.outcome, key.reason, key.field, key.client_version, count];
            if add.execute(values)? == 0 {
                begin.execute(values)?;
            }
        }
        let mut add = self.connection.prepare_cached(sql::ADD_TO_ROLLUP)?;
        for (day, types) in self.memory.accepted.drain() {
            for (event_type, count) in types {
                add.execute(params![day, format!("events:{event_type}"), count])?;
            }
        }
        Ok(())
    }

    /// Moves keys from memory to disk, and on disk, about so many at the average, inside the open transaction.
    pub(crate) fn move_keys(&mut self, count: usize) -> Result<(), rusqlite::Error> {
        self.memory.index.keep_up(&self.connection, count, self.memory.last_seq, self.memory.next_install - 1)
    }

    /// Folds the activity that has gathered, if it is enough, inside the open transaction.
    pub(crate) fn fold_if_due(&mut self) -> Result<(), rusqlite::Error> {
        self.memory.activity.fold_if_due(&self.connection, self.memory.last_seq)
    }

    /// Folds all activity, inside the open transaction; gives the number of events.
    pub(crate) fn fold(&mut self) -> Result<usize, rusqlite::Error> {
        self.memory.activity.fold(&self.connection, self.memory.last_seq)
    }

    /// Begins to move all keys from memory to disk, unless that is under way, inside the open transaction.
    pub(crate) fn begin_flush(&mut self) -> Result<(), rusqlite::Error> {
        self.memory.index.begin_flush(&self.connection, self.memory.last_seq, self.memory.next_install - 1)
    }
}

/// A transaction that stores events, with the statements that most of them need: to look them up for each takes longer than
/// much else of it.
pub(crate) struct Appending<'s> {
    connection: &'s Connection,
    memory: &'s mut Memory,
    insert_event: CachedStatement<'s>,
    insert_install: CachedStatement<'s>,
}

impl Appending<'_> {
    /// Decides and stores the candidates of a batch inside the open transaction.
    pub(crate) fn append(&mut self, batch: &Hashed, tallies: &mut Tallies) -> Result<Vec<Outcome>, rusqlite::Error> {
        let Hashed { batch, hashes } = batch;
        // Requests overtake each other by a little; a clock that was set back is right from then on.
        if batch.now.0 > self.memory.now.0 - CLOCK_SET_BACK {
            self.memory.now = self.memory.now.max(batch.now);
        } else {
            self.memory.now = batch.now;
        }
        self.memory.seen = None;
        self.memory.limiter.forget(self.memory.now);
        let addresses = self.memory.keys.hashes(self.connection, &batch.address, self.memory.now)?;
        let mut outcomes = Vec::with_capacity(batch.candidates.len());
        for (candidate, hashes) in batch.candidates.iter().zip(hashes) {
            let outcome = match candidate {
                Ok(event) => {
                    let outcome = self.decide(event, *hashes, &addresses)?;
                    let version = event.checked.dimension("app_version");
                    tallies.count(self.memory.now, &outcome, version);
                    if outcome == Outcome::Accepted {
                        tallies.count_discarded(self.memory.now, &event.checked.discarded, version);
                    }
                    outcome
                }
                Err(refused) => tallies.count_refused(self.memory.now, refused.clone()),
            };
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    fn decide(&mut self, event: &Event, hashes: Hashes, addresses: &[u64]) -> Result<Outcome, rusqlite::Error> {
        let Event { checked: event, key } = event;
        let (id, stored) = match key {
            Key::Once(id) | Key::Unless(id, _) | Key::Latest(id) => {
                let id = (id.as_str(), hashes.event);
                (Some(id), self.memory.index.event(self.connection, id)?)
            }
            Key::Always => (None, None),
        };
        match (key, id, stored) {
            (Key::Latest(_), Some(id), Some(seq)) => return self.replace(event, id, seq),
            (_, _, Some(_)) => return Ok(Outcome::Duplicate),
            (Key::Unless(_, other), ..) => {
                let other = (other.as_str(), event_hash(other));
                if self.memory.index.event(self.connection, other)?.is_some() {
                    return Ok(Outcome::Duplicate);
                }
            }
            _ => {}
        }
        let install = match &event.install_id {
            Some(id) => Some(((id, hashes.install), self.find_install((id, hashes.install))?)),
            None => None,
        };
        if let Some(((id, _), None)) = install
            && self.memory.forgotten.contains(id)
        {
            return Ok(Outcome::Refused(Refused::Forgotten));
        }
        let number = match install {
            Some((_, Some(known))) => Some(known.number.cast_unsigned()),
            _ => None,
        };
        if let Some((scope, retry_after)) = self.memory.limiter.over(number, addresses, self.memory.now) {
            return Ok(Outcome::Limited { scope, retry_after });
        }
        if !event.is_declared && !self.admit_type(&event.event_type)? {
            return Ok(Outcome::Refused(Refused::TooManyTypes));
        }
        let install = match install {
            Some((id, known)) => Some(self.note_install(event, id, known)?),
            None => None,
        };
        let address = addresses.first().copied();
        let seq = self.insert_event(event, id.map(|(id, _)| id), install, address)?;
        if let Some((_, hash)) = id {
            self.memory.index.add_event(hash, seq);
        }
        self.memory.activity.note(self.connection, event, (seq, self.memory.now), install)?;
        self.memory.limiter.record(install.map(i64::cast_unsigned), address, self.memory.now);
        // Requests hold and let go of the same name all the time: a clone for each event would wait for their processor.
        let accepted = self.memory.accepted.entry(self.memory.now.day().0).or_default();
        match accepted.get_mut(&*event.event_type) {
            Some(count) => *count += 1,
            None => drop(accepted.insert(Arc::clone(&event.event_type), 1)),
        }
        Ok(Outcome::Accepted)
    }

    /// Puts an event in the place of the one that is stored under its id.
    fn replace(&mut self, event: &CheckedEvent, id: (&str, i64), seq: i64) -> Result<Outcome, rusqlite::Error> {
        let newer = self.insert_event(event, Some(id.0), None, None)?;
        self.memory.index.remove_event(self.connection, id.1, seq)?;
        self.memory.index.add_event(id.1, newer);
        self.connection.prepare_cached(sql::DELETE_EVENT)?.execute([seq])?;
        self.memory.activity.begin_fold();
        Ok(Outcome::Duplicate)
    }

    /// Whether an event of a type that nobody declared may be stored today.
    fn admit_type(&mut self, event_type: &Arc<str>) -> Result<bool, rusqlite::Error> {
        let today = self.memory.now.day();
        let types = match &mut self.memory.undeclared {
            Some((day, types)) if *day == today => types,
            stale => {
                let mut stored = self.connection.prepare(sql::TYPES_OF_DAY)?;
                let stored = stored.query_map([today.0], |row| row.get::<_, String>(0))?;
                let stored: Vec<String> = stored.collect::<Result<_, _>>()?;
                let undeclared = stored.into_iter().filter(|name| !self.memory.declared.contains(name.as_str()));
                &mut stale.insert((today, undeclared.map(Arc::from).collect())).1
            }
        };
        if types.contains(event_type) {
            return Ok(true);
        }
        if types.len() >= MAX_UNDECLARED_TYPES {
            return Ok(false);
        }
        types.insert(Arc::clone(event_type));
        Ok(true)
    }

    /// The install of this id.
    fn find_install(&self, id: (&InstallId, i64)) -> Result<Option<Known>, rusqlite::Error> {
        match &self.memory.seen {
            Some((seen, known)) if seen == id.0 => Ok(Some(*known)),
            _ => self.memory.index.install(self.connection, id),
        }
    }

    /// Notes that an install was heard of, and stores it if it is new; gives its number.
    fn note_install(
        &mut self,
        event: &CheckedEvent,
        id: (&InstallId, i64),
        known: Option<Known>,
    ) -> Result<i64, rusqlite::Error> {
        let today = self.memory.now.day().0;
        let active = active_day(event, self.memory.now).0;
        let known = if let Some(known) = known {
            if known.last_received < today {
                self.connection.prepare_cached(sql::UPDATE_INSTALL)?.execute(params![known.number, today])?;
            }
            if active < known.first_active {
                self.connection.prepare_cached(sql::UPDATE_FIRST_ACTIVE)?.execute(params![known.number, active])?;
            }
            known
        } else {
            let number = self.memory.next_install;
            self.insert_install.execute(params![number, StoredId(id.0), active, today])?;
            self.memory.index.add_install(id.1, number);
            self.memory.next_install += 1;
            Known { number, first_active: active, last_received: today }
        };
        let first_active = known.first_active.min(active);
        let last_received = known.last_received.max(today);
        self.memory.seen = Some((id.0.clone(), Known { first_active, last_received, ..known }));
        Ok(known.number)
    }

    fn insert_event(
        &mut self,
        event: &CheckedEvent,
        id: Option<&str>,
        install: Option<i64>,
        address: Option<u64>,
    ) -> Result<i64, rusqlite::Error> {
        let seq = self.next_seq()?;
        self.insert_event.execute(params![
            seq,
            id,
            &*event.event_type,
            install,
            event.occurred_at.map(|time| time.0),
            address.map(u64::cast_signed),
            self.memory.contract,
            event.fields,
        ])?;
        self.memory.last_seq = self.memory.last_seq.max(seq);
        self.memory.latest_seq = seq;
        Ok(seq)
    }

    /// The sequence of the next event: the first that is free from its time of receipt on.
    fn next_seq(&self) -> Result<i64, rusqlite::Error> {
        let mut seq = first_seq(self.memory.now);
        if self.memory.last_seq < seq {
            return Ok(seq);
        }
        // Within the millisecond of the last event, or behind it: the clock of this or an earlier run was ahead.
        loop {
            let end = (seq / PER_MILLISECOND + 1) * PER_MILLISECOND;
            if (seq..end).contains(&self.memory.last_seq) {
                return Ok(self.memory.last_seq + 1);
            }
            let mut last = self.connection.prepare_cached("SELECT max(seq) FROM event WHERE seq >= ?1 AND seq < ?2")?;
            match last.query_row([seq, end], |row| row.get::<_, Option<i64>>(0))? {
                None => return Ok(seq),
                Some(last) if last + 1 < end => return Ok(last + 1),
                Some(_) => seq = end,
            }
        }
    }
}

/// Reads the receipts since a time back into the windows.
fn read_back(connection: &Connection, limiter: &mut Limiter, since: Timestamp) -> Result<(), rusqlite::Error> {
    let mut receipts = connection.prepare("SELECT seq, install, address FROM event WHERE seq >= ?1 ORDER BY seq")?;
    let mut receipts = receipts.query([first_seq(since)])?;
    while let Some(row) = receipts.next()? {
        let (seq, install, address): (i64, Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        limiter.record(install.map(i64::cast_unsigned), address.map(i64::cast_unsigned), received_at(seq));
    }
    Ok(())
}
