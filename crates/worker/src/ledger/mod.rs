//! The ledger on D1: everything about one request decided and stored in one batch of statements.
//!
//! What it decides is written in `crates/core/src/sql/edge/append.sql`, because a batch is sent as a whole. Nothing is kept
//! in memory that another isolate could change: only keys, which are made once.

mod append;
mod opened;
mod read;
#[cfg(test)]
mod tests;

use std::cell::RefCell;

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::{Answer, AppendError, Batch, Erased, Ledger, Outcome, Question, Unanswered};

use self::opened::Opened;
use crate::database::{Database, DatabaseError};

/// The ledger of one app on D1.
#[derive(Debug)]
pub struct D1Ledger<D> {
    database: D,
    contract: Contract,
    /// What an isolate knows from its first request on.
    opened: RefCell<Option<Opened>>,
}

impl<D: Database> D1Ledger<D> {
    /// The ledger in a database that has the migrations.
    #[must_use]
    pub fn new(database: D, contract: Contract) -> Self {
        Self { database, contract, opened: RefCell::default() }
    }
}

impl<D: Database> Ledger for D1Ledger<D> {
    async fn append(&self, batch: Batch) -> Result<Vec<Outcome>, AppendError> {
        // Whether D1 failed before or after its commit is not told.
        self.append_batch(batch).await.map_err(|error| {
            log(&error);
            AppendError::Unknown
        })
    }

    async fn forget(&self, install: InstallId, now: Timestamp) -> Result<Erased, AppendError> {
        let _ = (install, now);
        Err(AppendError::Unavailable { retry_after: 1 })
    }

    async fn answer(&self, question: Question) -> Result<Answer, Unanswered> {
        self.read(question).await.map_err(|error| {
            log(&error);
            Unanswered
        })
    }

    async fn is_healthy(&self) -> bool {
        true
    }
}

/// Tells the operator; clients are told what to do.
fn log(error: &DatabaseError) {
    #[cfg(target_family = "wasm")]
    worker::console_error!("the ledger: {error}");
    #[cfg(not(target_family = "wasm"))]
    let _ = error;
}
