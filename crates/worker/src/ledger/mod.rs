//! The ledger on D1: everything about one request decided and stored in one batch of statements.
//!
//! What it decides is written in `crates/core/src/sql/edge/append.sql`, because a batch is sent as a whole. Nothing is kept
//! in memory that another isolate could change: only keys, which are made once.

mod append;
mod facts;
mod fold;
mod forget;
mod need;
mod opened;
mod read;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod twins;
mod upkeep;
#[cfg(test)]
mod upkeep_tests;

use std::cell::{Cell, RefCell};

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::sql::edge;
use askfirst_core::{Answer, AppendError, Batch, Erased, Ledger, Outcome, Question, Unanswered};

use self::fold::Contracts;
use self::opened::Opened;
use crate::database::{Database, DatabaseError};

/// The ledger of one app on D1.
#[derive(Debug)]
pub struct D1Ledger<D> {
    database: D,
    contract: Contract,
    /// What an isolate knows from its first request on.
    opened: RefCell<Option<Opened>>,
    /// The contracts it has seen.
    contracts: RefCell<Contracts>,
    /// The first day whose sets are kept, when it was told last: what a question begins with.
    first_day: Cell<i32>,
    /// What is published of the last week that is over: counted once, however many ask.
    public: RefCell<Option<(Question, Answer)>>,
}

impl<D: Database> D1Ledger<D> {
    /// The ledger in a database that has the migrations.
    #[must_use]
    pub fn new(database: D, contract: Contract) -> Self {
        Self {
            database,
            contract,
            opened: RefCell::default(),
            contracts: RefCell::default(),
            first_day: Cell::new(i32::MIN / 2),
            public: RefCell::default(),
        }
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
        self.erase(&install, now).await.map_err(|error| {
            log(&error);
            AppendError::Unknown
        })
    }

    async fn answer(&self, question: Question) -> Result<Answer, Unanswered> {
        let is_public = matches!(question, Question::Public { .. });
        if is_public && let Some((_, answer)) = self.public.borrow().as_ref().filter(|(known, _)| *known == question) {
            return Ok(answer.clone());
        }
        let answer = self.read(question.clone()).await.map_err(|error| {
            log(&error);
            Unanswered
        })?;
        if is_public {
            self.public.replace(Some((question, answer.clone())));
        }
        Ok(answer)
    }

    async fn is_healthy(&self) -> bool {
        self.ask(edge::APP, []).await.is_ok()
    }
}

/// Tells the operator; clients are told what to do.
fn log(error: &DatabaseError) {
    #[cfg(target_family = "wasm")]
    worker::console_error!("the ledger: {error}");
    #[cfg(not(target_family = "wasm"))]
    let _ = error;
}
