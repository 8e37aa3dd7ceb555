//! Upkeep, every ten minutes: addresses, folding, erasures that were broken off, and retention.
//!
//! # Bounds
//!
//! A Worker on the free plan has 50 queries and 10 milliseconds an invocation, and 100,000 rows to write a day, which are some
//! 15,000 events: a hundred in ten minutes. One that is paid for has 1,000 queries. So a run does steps until there is nothing
//! more to do, but no more than a fixed number of them, and each is a batch that stands for itself: a run that ends early is
//! gone on with by the next.

use askfirst_contract::InstallId;
use askfirst_contract::Timestamp;
use askfirst_core::sql::{self as shared, edge as sql};
use askfirst_core::{AddressKeys, first_seq, install_hash};
use serde_json::{Value as Json, json};

use super::D1Ledger;
use super::fold::all;
use super::forget::{delete_events, event_key};
use crate::database::{Database, DatabaseError, Row, Statement, Value};

/// Steps of folding in a run: 4,096 events, seven a second.
const FOLDS: u32 = 8;
/// Hashes of addresses that a run empties: 590,000 a day, as many as are folded.
const ADDRESSES: u32 = 4_096;
/// Rows that a batch of retention deletes.
const STEP: u32 = 256;
/// Batches of a kind in a run: together 1,024 events, 147,000 a day.
const STEPS: u32 = 4;
/// Retention begins so many milliseconds after midnight, UTC: two hours, as servers do.
const BEGINS: i64 = 7_200_000;
/// In `meta`, the last day of which retention is done.
const RETAINED: &str = "retained_day";

impl<D: Database> D1Ledger<D> {
    /// Keeps the ledger up; for a cron of every ten minutes.
    ///
    /// # Errors
    ///
    /// Where the database fails; what was done until then stays done.
    pub async fn upkeep(&self, now: Timestamp) -> Result<(), DatabaseError> {
        let window = self.contract.policy.limits.address.map_or(0, |rate| rate.per.0);
        let first_alive = AddressKeys::new(window, Vec::new()).first_alive(now);
        let emptied = [Value::from(first_seq(first_alive.start())), ADDRESSES.into()];
        let statements = vec![
            Statement::new(sql::DELETE_ADDRESS_KEYS, [first_alive.0.into()]),
            Statement::new(sql::EMPTY_ADDRESSES, emptied.clone()),
            Statement::new(sql::NOTE_EMPTIED, emptied),
            Statement::new(shared::UNFINISHED_FORGOTTEN, []),
            Statement::new(sql::NUMBER, [RETAINED.into()]),
        ];
        let [_, _, _, unfinished, retained] = all(self.database.batch(statements).await?)?;
        let is_folded = self.fold(FOLDS).await?;
        for install in unfinished {
            self.finish_erasure(install.integer(0)?).await?;
        }
        let day = Timestamp(now.0 - BEGINS).day().0;
        let retained = retained.first().map(|row| row.day(0)).transpose()?;
        // What is not folded may be of days that retention closes.
        if is_folded && retained.is_none_or(|retained| retained < day) && self.retain(now).await? {
            self.ask(sql::NOTE_NUMBER, [RETAINED.into(), day.into()]).await?;
        }
        Ok(())
    }

    /// Deletes what is past retention; tells whether that is all.
    pub(super) async fn retain(&self, now: Timestamp) -> Result<bool, DatabaseError> {
        let last = Timestamp(now.0 - self.contract.policy.retention.0);
        let is_done = self.delete_expired_events(first_seq(last)).await?
            && self.delete_expired_days(last.day().0).await?
            && self.delete_expired_installs(last.day().0).await?;
        if is_done {
            self.ask(sql::DELETE_VALUES, []).await?;
        }
        Ok(is_done)
    }

    async fn delete_expired_events(&self, before: i64) -> Result<bool, DatabaseError> {
        for _ in 0..STEPS {
            let expired = self.ask(sql::EXPIRED_EVENTS, [before.into(), STEP.into()]).await?;
            if expired.is_empty() {
                return Ok(true);
            }
            let keys: Vec<Json> = expired.iter().map(|row| event_key(row, 1)).collect::<Result<_, _>>()?;
            self.database.batch(delete_events(keys)).await?;
            if expired.len() < STEP as usize {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Closes the days before the first, so that what comes late of them is not added to their counts of installs any more,
    /// and deletes their sets, and counts by texts that clients made up.
    async fn delete_expired_days(&self, first_day: i32) -> Result<bool, DatabaseError> {
        for _ in 0..STEPS {
            let before = [first_day.into(), Value::from(STEP)];
            let statements = vec![
                Statement::new(sql::NOTE_NUMBER, ["first_active_day".into(), first_day.into()]),
                Statement::new(sql::BUMP_FOLD, []),
                Statement::new(sql::DELETE_EXPIRED_SETS, before.clone()),
                Statement::new(sql::DELETE_EXPIRED_DAILY, before),
            ];
            let [_, _, sets, counts] = all(self.database.batch(statements).await?)?;
            if sets.len().max(counts.len()) < STEP as usize {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes installs all of whose events are gone: what was received on a day before the first is.
    async fn delete_expired_installs(&self, first_day: i32) -> Result<bool, DatabaseError> {
        for _ in 0..STEPS {
            let expired = self.ask(sql::EXPIRED_INSTALLS, [first_day.into(), STEP.into()]).await?;
            if expired.is_empty() {
                return Ok(true);
            }
            let keys: Vec<Json> = expired.iter().map(install_key).collect::<Result<_, _>>()?;
            let values = [Json::from(keys).to_string().into(), Value::from(first_day)];
            let each = [sql::DELETE_INSTALL_KEYS, sql::DELETE_INSTALL_COLLISIONS, sql::DELETE_INSTALLS];
            let mut statements = vec![Statement::new(sql::NOTE_LAST_INSTALL, [])];
            statements.extend(each.map(|statement| Statement::new(statement, values.clone())));
            self.database.batch(statements).await?;
            if expired.len() < STEP as usize {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The number of an install, and the hash of its id.
fn install_key(row: &Row) -> Result<Json, DatabaseError> {
    let id = match row.0.get(1) {
        Some(Value::Text(text)) => InstallId::Text(text.clone()),
        _ => InstallId::Uuid(row.blob(1)?.try_into().map_err(|_| DatabaseError::Column(1))?),
    };
    Ok(json!([row.integer(0)?, install_hash(&id)]))
}
