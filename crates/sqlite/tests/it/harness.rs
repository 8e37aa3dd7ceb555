//! Ledgers in folders that go away with the test.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use askfirst_contract::{Contract, InstallId, Timestamp};
use askfirst_core::question::Ask;
use askfirst_core::report::{Cell, Report};
use askfirst_core::suite::{NOON, contract, report};
use askfirst_core::wire::Wire;
use askfirst_core::{Answer, AppendError, Batch, Erased, Ledger, Outcome, Question, Summary, Unanswered};
use askfirst_sqlite::{Settings, SqliteLedger};
use pollster::block_on;
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;

/// A ledger and its folder.
pub(crate) struct TestLedger {
    ledger: Option<SqliteLedger>,
    contract: Contract,
    folder: TempDir,
}

impl TestLedger {
    pub(crate) fn new() -> Self {
        Self::with(&contract())
    }

    pub(crate) fn with(contract: &Contract) -> Self {
        Self::opened(contract, NOON)
    }

    /// A ledger that is opened at this time.
    pub(crate) fn opened(contract: &Contract, now: Timestamp) -> Self {
        let mut ledger = Self { ledger: None, contract: contract.clone(), folder: TempDir::new().unwrap() };
        ledger.reopen(now);
        ledger
    }

    /// Goes on under another contract.
    pub(crate) fn go_on_under(&mut self, contract: &Contract, now: Timestamp) {
        self.contract = contract.clone();
        block_on(self.renew(contract.clone(), now)).unwrap();
    }

    pub(crate) fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Closes the ledger and opens it again.
    pub(crate) fn reopen(&mut self, now: Timestamp) {
        self.close();
        let settings = settings(&self.path(), &self.contract, now);
        self.ledger = Some(SqliteLedger::open(settings).unwrap());
    }

    pub(crate) fn close(&mut self) {
        if let Some(ledger) = self.ledger.take() {
            ledger.close();
        }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("voicemode.db")
    }

    /// Sends one report about the time it is sent at.
    pub(crate) fn send(&self, id: &str, install: u32, address: &str, now: Timestamp) -> Outcome {
        self.send_about(id, install, address, now, now)
    }

    /// Sends one report about another time.
    pub(crate) fn send_about(
        &self,
        id: &str,
        install: u32,
        address: &str,
        occurred_at: Timestamp,
        now: Timestamp,
    ) -> Outcome {
        let candidates = vec![report(&self.contract, id, install, occurred_at)];
        block_on(self.append(Batch { candidates, address: address.to_owned(), now })).unwrap().remove(0)
    }

    pub(crate) fn summary(&self, now: Timestamp) -> Summary {
        let Answer::Summary(summary) = block_on(self.answer(Question::Summary(now))).unwrap() else { unreachable!() };
        summary
    }

    /// The answer to a question of operators.
    pub(crate) fn ask(&self, question: &str, parameters: &[(&str, &str)], now: Timestamp) -> Report {
        let parameters: Vec<_> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let ask = Ask::parse(question, &parameters, &self.contract, now).unwrap();
        let Answer::Report(report) = block_on(self.answer(Question::Ask(ask))).unwrap() else { unreachable!() };
        report
    }

    /// The installs active on each of so many last days.
    pub(crate) fn active(&self, days: u32, now: Timestamp) -> Vec<u64> {
        let report = self.ask("active", &[("last", &format!("{days}d"))], now);
        let counts = report.tables[0].rows.iter().map(|row| row[1].clone());
        counts.map(|cell| if let Cell::Count(count) = cell { count } else { unreachable!("{cell:?}") }).collect()
    }

    /// A value from the file, by a connection of its own.
    pub(crate) fn value<T: rusqlite::types::FromSql>(&self, statement: &str) -> T {
        let connection = Connection::open(self.path()).unwrap();
        connection.query_row(statement, [], |row| row.get(0)).unwrap()
    }

    pub(crate) fn count(&self, statement: &str) -> i64 {
        self.value(statement)
    }

    /// How many keys of a kind are on disk.
    pub(crate) fn keys(&self, kind: &str) -> i64 {
        self.count(&format!(
            "SELECT coalesce(sum(length(p.keys)), 0) / 16 FROM key_part AS p JOIN key_run AS r ON r.id = p.id >> 32
             WHERE kind = '{kind}'"
        ))
    }
}

impl Ledger for TestLedger {
    async fn append(&self, batch: Batch) -> Result<Vec<Outcome>, AppendError> {
        self.deref().append(batch).await
    }

    async fn forget(&self, install: InstallId, now: Timestamp) -> Result<Erased, AppendError> {
        self.deref().forget(install, now).await
    }

    async fn answer(&self, question: Question) -> Result<Answer, Unanswered> {
        self.deref().answer(question).await
    }

    async fn is_healthy(&self) -> bool {
        self.deref().is_healthy().await
    }
}

impl Deref for TestLedger {
    type Target = SqliteLedger;

    fn deref(&self) -> &SqliteLedger {
        self.ledger.as_ref().unwrap()
    }
}

pub(crate) fn settings(path: &Path, contract: &Contract, now: Timestamp) -> Settings {
    Settings { path: path.to_owned(), contract: contract.clone(), tables: Wire::Voicemode.tables(), now }
}

pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp(NOON.0 + millis)
}
