//! Erasing an install: its tombstone at once, then its sets, then its events, each in batches of their own.
//!
//! The first batch leaves a tombstone and deletes the install: from then on nothing more is stored of it. Its number stays
//! beside the tombstone until its events are gone as well. What is done twice changes nothing more, so what was broken off
//! is done again when upkeep runs the next time.

use askfirst_contract::{InstallId, Timestamp};
use askfirst_core::activity::{SetPlace, Values, chunk_of, take_out};
use askfirst_core::sql::{self as shared, edge as sql};
use askfirst_core::{Erased, event_hash, install_hash, tombstone};
use serde_json::{Value as Json, json};

use super::D1Ledger;
use super::fold::{FoldState, all, bulk, placed_set, read_values, stored_set};
use super::read::stored_id;
use crate::database::{Database, DatabaseError, Row, Statement, Value};

/// Steps of folding before an erasure: 32,768 events, as many as come in hours of ten minutes' upkeep.
const FOLDS: u32 = 64;
/// Sets that a batch reads: of some thousand installs, half a megabyte.
const SETS: u32 = 1_024;
/// Events that a batch deletes.
const EVENTS: u32 = 256;

impl<D: Database> D1Ledger<D> {
    /// Erases an install.
    pub(super) async fn erase(&self, id: &InstallId, now: Timestamp) -> Result<Erased, DatabaseError> {
        let tombstone = tombstone(&self.opened(now).await?.forgotten_key, id);
        let hash = Value::from(tombstone.as_slice());
        let statements = vec![
            Statement::new(sql::NOTE_LAST_INSTALL, []),
            Statement::new(sql::LEAVE_TOMBSTONE, [hash.clone(), stored_id(id), install_hash(id).into()]),
            Statement::new(sql::DELETE_FORGOTTEN, []),
            Statement::new(sql::FORGOTTEN, [hash]),
        ];
        let results = self.database.batch(statements).await?;
        let events = match results.last().and_then(|rows| rows.first()) {
            Some(number) => self.finish_erasure(number.integer(0)?).await?,
            None => 0,
        };
        Ok(Erased { events, tombstone })
    }

    /// Deletes what is left of an install that was erased; gives the number of events.
    pub(super) async fn finish_erasure(&self, install: i64) -> Result<u64, DatabaseError> {
        // What is not folded would be added to sets again.
        if !self.fold(FOLDS).await? {
            return Err(DatabaseError::Failed(
                "an erasure waits for events to be folded; upkeep finishes it".to_owned(),
            ));
        }
        let mut behind = Some((-1, 0));
        while let Some(place) = behind {
            behind = self.retry(async || self.erase_from_sets(install, place).await).await?;
        }
        let mut events = 0;
        loop {
            let deleted = self.retry(async || self.delete_events_of(install).await).await?;
            events += deleted;
            if deleted < u64::from(EVENTS) {
                break;
            }
        }
        let statements = vec![
            Statement::new(sql::DELETE_FORGOTTEN_KEYS, []),
            Statement::new(sql::DELETE_FORGOTTEN_COLLISIONS, []),
            Statement::new(sql::FINISH_FORGOTTEN, [install.into()]),
        ];
        self.database.batch(statements).await?;
        Ok(events)
    }

    /// Takes an install out of the sets behind a value and a day; gives the last ones it read, where there may be more.
    async fn erase_from_sets(
        &self,
        install: i64,
        (value, day): (i64, i32),
    ) -> Result<Option<(i64, i32)>, DatabaseError> {
        let of_chunk = [chunk_of(install).into(), value.into(), day.into(), SETS.into()];
        let statements = vec![Statement::new(sql::FOLD_STATE, []), Statement::new(sql::SETS_OF_CHUNK, of_chunk)];
        let [state, sets] = all(self.database.batch(statements).await?)?;
        let (mut smaller, mut empty, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for row in &sets {
            let (place, mut set) = placed_set(row)?;
            let SetPlace { value, day, chunk } = place;
            if take_out(&mut set, install) {
                counts.push(json!([value, day, 0, -1]));
                if set.is_empty() {
                    empty.push(json!([value, day, chunk]));
                } else {
                    smaller.push(stored_set(place, &set));
                }
            }
        }
        if !counts.is_empty() {
            let mut statements = vec![FoldState::read(&state)?.begin()];
            statements.extend(bulk(sql::ADD_TO_DAILY, counts));
            statements.extend(bulk(sql::REPLACE_SETS, smaller));
            statements.extend(bulk(sql::DELETE_SETS, empty));
            self.database.batch(statements).await?;
        }
        let last = sets.last().filter(|_| sets.len() >= SETS as usize);
        last.map(|row| Ok((row.integer(0)?, row.day(1)?))).transpose()
    }

    /// Deletes events of an install that was erased, and takes them out of the counts.
    async fn delete_events_of(&self, install: i64) -> Result<u64, DatabaseError> {
        let statements = vec![
            Statement::new(sql::FOLD_STATE, []),
            self.contracts.borrow().statement(),
            Statement::new(shared::VALUES, []),
            Statement::new(sql::EVENTS_OF_INSTALL, [install.into(), EVENTS.into()]),
        ];
        let [state, contracts, values, events] = all(self.database.batch(statements).await?)?;
        if events.is_empty() {
            return Ok(0);
        }
        self.contracts.borrow_mut().learn(&contracts)?;
        let counts = self.counts_of(&read_values(&values)?, &events)?;
        let keys: Vec<Json> = events.iter().map(|row| event_key(row, 5)).collect::<Result<_, _>>()?;
        let mut statements = vec![FoldState::read(&state)?.begin()];
        statements.extend(bulk(sql::ADD_TO_DAILY, counts.clone()));
        statements.extend(bulk(sql::DELETE_EMPTY_DAILY, counts));
        statements.extend(delete_events(keys));
        self.database.batch(statements).await?;
        Ok(events.len() as u64)
    }

    /// What events are counted by, to be counted no more.
    fn counts_of(&self, values: &Values, events: &[Row]) -> Result<Vec<Json>, DatabaseError> {
        let contracts = self.contracts.borrow();
        let mut counts = Vec::new();
        for row in events {
            let (event, contract) = contracts.event(row, [1, 2, 3, 4])?;
            let day = event.day();
            event.counted(contract, |counted| {
                let known = counted.filter_map(|counted| values.known(counted));
                counts.extend(known.map(|value| json!([value, day, -1, 0])));
            });
        }
        Ok(counts)
    }
}

/// The sequence of an event, and the hash of its id where it has one.
pub(super) fn event_key(row: &Row, id: usize) -> Result<Json, DatabaseError> {
    let hash = match row.0.get(id) {
        Some(Value::Text(id)) => Some(event_hash(id)),
        _ => None,
    };
    Ok(json!([row.integer(0)?, hash]))
}

/// Deletes events with their keys.
pub(super) fn delete_events(keys: Vec<Json>) -> Vec<Statement> {
    let keys = Json::from(keys).to_string();
    let each = [sql::DELETE_EVENT_KEYS, sql::DELETE_EVENT_COLLISIONS, sql::COUNT_DELETED_EVENTS, sql::DELETE_EVENTS];
    each.map(|statement| Statement::new(statement, [keys.as_str().into()])).into()
}
