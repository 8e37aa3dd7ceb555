//! What an isolate reads of the ledger once: with its first request, and with the first of each UTC day.

use askfirst_contract::{Day, Timestamp};
use askfirst_core::sql::edge as sql;
use askfirst_core::{AddressHash, AddressKey, AddressKeys};

use super::D1Ledger;
use crate::database::{Database, DatabaseError, Row, Statement, Value};

/// Keys and numbers that do not change.
#[derive(Debug, Clone)]
pub(super) struct Opened {
    /// The number of the contract in force.
    pub(super) contract: i64,
    /// The key of tombstones.
    pub(super) forgotten_key: [u8; 32],
    /// The keys of addresses; none where no limit counts them.
    keys: Option<AddressKeys>,
}

impl Opened {
    /// The hashes of an address, today's first.
    pub(super) fn hashes(&self, address: &str, now: Timestamp) -> Vec<AddressHash> {
        let Some(mut alive) = self.keys.clone() else { return Vec::new() };
        alive.drop_expired(now);
        alive.hashes(address, now)
    }

    fn has_today(&self, now: Timestamp) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.has_today(now))
    }
}

impl<D: Database> D1Ledger<D> {
    /// What is read once; makes what is not there.
    pub(super) async fn opened(&self, now: Timestamp) -> Result<Opened, DatabaseError> {
        if let Some(opened) = self.opened.borrow().as_ref().filter(|opened| opened.has_today(now)) {
            return Ok(opened.clone());
        }
        let opened = self.open(now).await?;
        self.opened.replace(Some(opened.clone()));
        Ok(opened)
    }

    async fn open(&self, now: Timestamp) -> Result<Opened, DatabaseError> {
        let contract = &self.contract;
        let hash = contract.hash();
        let mut statements = vec![
            Statement::new(sql::NOTE_APP, [contract.app.id.as_str().into()]),
            Statement::new(sql::NOTE_CONTRACT, [hash.clone().into(), now.0.into(), contract.to_toml().into()]),
            Statement::new(sql::NOTE_FORGOTTEN_KEY, [Value::Blob(random()?.to_vec())]),
            Statement::new(sql::APP, []),
            Statement::new(sql::CONTRACT, [hash.into()]),
            Statement::new(sql::FORGOTTEN_KEY, []),
        ];
        let window = contract.policy.limits.address.map(|rate| rate.per.0);
        if window.is_some() {
            let today = Value::from(now.day().0);
            statements.push(Statement::new(sql::NOTE_ADDRESS_KEY, [today, Value::Blob(random()?.to_vec())]));
            statements.push(Statement::new(sql::ADDRESS_KEYS, []));
        }
        let results = self.database.batch(statements).await?;
        let first = |statement: usize| {
            let row = results.get(statement).and_then(|rows: &Vec<Row>| rows.first());
            row.ok_or_else(|| DatabaseError::Failed("the ledger has not the migrations of this version".to_owned()))
        };
        let app = first(3)?.text(0)?;
        if app != contract.app.id {
            return Err(DatabaseError::Failed(format!("this is the ledger of {app}, not of {}", contract.app.id)));
        }
        let keys = match window {
            None => None,
            Some(window) => {
                let rows = results.get(7).map(Vec::as_slice).unwrap_or_default();
                let key = |row: &Row| Ok(AddressKey { day: day(row, 0)?, secret: secret(row, 1)? });
                let keys = rows.iter().map(key).collect::<Result<_, DatabaseError>>()?;
                Some(AddressKeys::new(window, keys))
            }
        };
        Ok(Opened { contract: first(4)?.integer(0)?, forgotten_key: secret(first(5)?, 0)?, keys })
    }
}

/// A UTC day.
pub(super) fn day(row: &Row, column: usize) -> Result<Day, DatabaseError> {
    i32::try_from(row.integer(column)?).map(Day).map_err(|_| DatabaseError::Column(column))
}

fn secret(row: &Row, column: usize) -> Result<[u8; 32], DatabaseError> {
    row.blob(column)?.try_into().map_err(|_| DatabaseError::Column(column))
}

#[expect(clippy::disallowed_methods, reason = "the only randomness here: the keys of addresses and tombstones")]
fn random() -> Result<[u8; 32], DatabaseError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| DatabaseError::Failed(error.to_string()))?;
    Ok(secret)
}
