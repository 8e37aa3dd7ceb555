//! The transaction: every event of a group is decided in order, stored, counted and committed.

use std::collections::HashMap;
use std::path::Path;

use askfirst_contract::{CheckedEvent, Contract, InstallId, Role, Timestamp};
use askfirst_core::{Batch, Limiter, Outcome, Tallies, sql};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::connection::{OpenError, open_writer};
use crate::keys::Keys;

/// Events within one millisecond of receipt; see the first migration.
pub(crate) const PER_MILLISECOND: i64 = 1_024;

/// The writing connection, and all that is derived from the file and kept in memory: dropped together and read back
/// together when anything fails.
pub(crate) struct Store {
    pub(crate) connection: Connection,
    pub(crate) keys: Keys,
    pub(crate) retention: i64,
    contract: i64,
    limiter: Limiter,
    /// The number of the next new install.
    next_install: i64,
    /// The sequence of the last event of this run.
    last_seq: i64,
    /// Receipt never goes backwards within a run, so that windows stay in order when the clock is set back a little.
    now: Timestamp,
    /// Accepted events of the open transaction by day of receipt and type, for the rollup.
    accepted: HashMap<(i32, std::sync::Arc<str>), i64>,
}

impl Store {
    /// Opens the file and reads back the last window's receipts.
    pub(crate) fn open(path: &Path, contract: &Contract, views: &str, now: Timestamp) -> Result<Self, OpenError> {
        let (connection, contract_id) = open_writer(path, contract, views, now)?;
        let limits = &contract.policy.limits;
        let keys = Keys::load(&connection, limits.address.map_or(0, |rate| rate.per.0))?;
        let mut limiter = Limiter::new(limits);
        read_back(&connection, &mut limiter, Timestamp(now.0 - Limiter::reach(limits)))?;
        let next_install =
            connection.query_row("SELECT coalesce(max(id), 0) + 1 FROM install", [], |row| row.get(0))?;
        Ok(Self {
            connection,
            keys,
            retention: contract.policy.retention.0,
            contract: contract_id,
            limiter,
            next_install,
            last_seq: 0,
            now,
            accepted: HashMap::new(),
        })
    }

    /// Runs a statement such as `BEGIN IMMEDIATE`.
    pub(crate) fn run(&self, statement: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(statement)?.execute([]).map(drop)
    }

    /// Decides and stores the candidates of a batch inside the open transaction.
    pub(crate) fn append(&mut self, batch: Batch, tallies: &mut Tallies) -> Result<Vec<Outcome>, rusqlite::Error> {
        self.now = self.now.max(batch.now);
        let addresses = self.keys.hashes(&self.connection, &batch.address, self.now)?;
        let mut outcomes = Vec::with_capacity(batch.candidates.len());
        for candidate in batch.candidates {
            let (outcome, version) = match candidate {
                Ok(event) => {
                    let outcome = self.decide(&event, &addresses)?;
                    if outcome == Outcome::Accepted {
                        tallies.count_discarded(self.now, &event);
                    }
                    (outcome, event.app_version)
                }
                Err(refused) => {
                    let outcome = Outcome::Refused(refused);
                    let version = outcome.client_version().map(str::to_owned);
                    (outcome, version)
                }
            };
            tallies.count(self.now, &outcome, version.as_deref());
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }

    /// Adds the counts of the open transaction to those stored.
    pub(crate) fn store_counts<'t>(
        &mut self,
        tallies: impl IntoIterator<Item = &'t Tallies>,
    ) -> Result<(), rusqlite::Error> {
        let mut add = self.connection.prepare_cached(sql::ADD_TO_OUTCOME)?;
        for (key, count) in tallies.into_iter().flat_map(Tallies::iter) {
            let count = count.cast_signed();
            add.execute(params![key.day.0, key.outcome, key.reason, key.field, key.client_version, count])?;
        }
        let mut add = self.connection.prepare_cached(sql::ADD_TO_ROLLUP)?;
        for ((day, event_type), count) in self.accepted.drain() {
            add.execute(params![day, format!("events:{event_type}"), count])?;
        }
        Ok(())
    }

    fn decide(&mut self, event: &CheckedEvent, addresses: &[u64]) -> Result<Outcome, rusqlite::Error> {
        let known = match &event.install_id {
            Some(id) => self.find_install(id)?,
            None => None,
        };
        let number = known.map(|(number, _)| number.cast_unsigned());
        if let Some((scope, retry_after)) = self.limiter.over(number, addresses, self.now) {
            let stored = self.connection.prepare_cached(sql::FIND_EVENT)?.exists([&event.event_id])?;
            return Ok(if stored { Outcome::Duplicate } else { Outcome::Limited { scope, retry_after } });
        }
        let install = match (&event.install_id, known) {
            (Some(_), None) => Some(self.next_install),
            (_, known) => known.map(|(number, _)| number),
        };
        let address = addresses.first().copied();
        if !self.insert_event(event, install, address)? {
            return Ok(Outcome::Duplicate);
        }
        if let (Some(install), Some(id)) = (install, &event.install_id) {
            let last_received = known.map(|(_, last_received)| last_received);
            self.note_activity(event, install, id, last_received)?;
        }
        self.limiter.record(install.map(i64::cast_unsigned), address, self.now);
        *self.accepted.entry((self.now.day().0, event.event_type.clone())).or_default() += 1;
        Ok(Outcome::Accepted)
    }

    /// The number of an install and the day it was last heard of.
    fn find_install(&self, id: &InstallId) -> Result<Option<(i64, i32)>, rusqlite::Error> {
        let mut find = self.connection.prepare_cached(sql::FIND_INSTALL)?;
        find.query_row([StoredId(id)], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }

    /// Stores an event unless its id is stored already; says whether it did.
    fn insert_event(
        &mut self,
        event: &CheckedEvent,
        install: Option<i64>,
        address: Option<u64>,
    ) -> Result<bool, rusqlite::Error> {
        let seq = self.next_seq()?;
        let inserted = self.connection.prepare_cached(sql::INSERT_EVENT)?.execute(params![
            seq,
            event.event_id,
            &*event.event_type,
            install,
            event.occurred_at.map(|time| time.0),
            address.map(u64::cast_signed),
            self.contract,
            event.fields,
        ])?;
        if inserted == 1 {
            self.last_seq = seq;
        }
        Ok(inserted == 1)
    }

    /// The sequence of the next event: the first that is free from its time of receipt on.
    fn next_seq(&self) -> Result<i64, rusqlite::Error> {
        let mut seq = first_seq(self.now).max(self.last_seq + 1);
        // In a millisecond that this run has not written to, an earlier run may have, if its clock was ahead.
        let mut checked = self.last_seq / PER_MILLISECOND;
        while seq / PER_MILLISECOND != checked {
            checked = seq / PER_MILLISECOND;
            let mut last = self.connection.prepare_cached("SELECT max(seq) FROM event WHERE seq BETWEEN ?1 AND ?2")?;
            let last: Option<i64> = last.query_row([seq, (checked + 1) * PER_MILLISECOND - 1], |row| row.get(0))?;
            seq = last.map_or(seq, |last| last + 1);
        }
        Ok(seq)
    }

    fn note_activity(
        &mut self,
        event: &CheckedEvent,
        install: i64,
        id: &InstallId,
        last_received: Option<i32>,
    ) -> Result<(), rusqlite::Error> {
        let today = self.now.day().0;
        let active = event.occurred_at.unwrap_or(self.now).day().0;
        match last_received {
            None => {
                self.connection.prepare_cached(sql::INSERT_INSTALL)?.execute(params![
                    install,
                    StoredId(id),
                    active,
                    today
                ])?;
                self.next_install = install + 1;
            }
            Some(day) if day < today => {
                self.connection.prepare_cached(sql::UPDATE_INSTALL)?.execute(params![install, active, today])?;
            }
            Some(_) => {}
        }
        let runtime = runtime_code(event.runtime.as_deref());
        self.connection.prepare_cached(sql::INSERT_ACTIVITY)?.execute(params![active, install, runtime]).map(drop)
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

/// The first sequence of a time of receipt.
pub(crate) fn first_seq(received_at: Timestamp) -> i64 {
    received_at.0.max(0).saturating_mul(PER_MILLISECOND)
}

fn received_at(seq: i64) -> Timestamp {
    Timestamp(seq / PER_MILLISECOND)
}

/// The number of a runtime in `activity`; who does not say is taken for a person.
fn runtime_code(runtime: Option<&str>) -> i64 {
    Role::RUNTIMES.iter().zip(0..).find(|(name, _)| Some(**name) == runtime).map_or(0, |(_, code)| code)
}

/// An install id as it is stored.
struct StoredId<'a>(&'a InstallId);

impl rusqlite::ToSql for StoredId<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            InstallId::Uuid(bytes) => ValueRef::Blob(bytes),
            InstallId::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
