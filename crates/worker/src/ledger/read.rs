//! Answering: the statements of `crates/core/src/sql`, as other ledgers ask them.

use askfirst_contract::Timestamp;
use askfirst_core::{Answer, Question, StoredEvent, sql};

use super::D1Ledger;
use super::opened::day;
use crate::database::{Database, DatabaseError, Row, Rows, Statement, Value};

impl<D: Database> D1Ledger<D> {
    pub(super) async fn read(&self, question: Question) -> Result<Answer, DatabaseError> {
        match question {
            Question::Metrics(since) => {
                let rows = self.ask(sql::METRICS, [since.0.into()]).await?;
                let metric = |row: &Row| Ok((row.text(0)?.to_owned(), row.count(1)?));
                Ok(Answer::Metrics(rows.iter().map(metric).collect::<Result<_, DatabaseError>>()?))
            }
            Question::Latest(types, limit) => {
                let types = serde_json::Value::from(types).to_string();
                let rows = self.ask(sql::LATEST, [types.into(), limit.into()]).await?;
                Ok(Answer::Events(rows.iter().map(stored_event).collect::<Result<_, _>>()?))
            }
            Question::FlashCount => self.count(sql::FLASH_COUNT, []).await,
            Question::FailuresByDay => {
                let rows = self.ask(sql::FAILURES_BY_DAY, []).await?;
                let count = |row: &Row| Ok((day(row, 0)?, row.count(1)?));
                Ok(Answer::ByDay(rows.iter().map(count).collect::<Result<_, DatabaseError>>()?))
            }
            Question::WeeklySessions(week) => self.count(sql::WEEKLY_SESSIONS, [week.to_string().into()]).await,
            Question::Ask(_) | Question::Install { .. } | Question::Public { .. } | Question::Summary(_) => {
                Err(DatabaseError::Failed("not asked yet".to_owned()))
            }
        }
    }

    /// The rows of one statement.
    pub(super) async fn ask(
        &self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Rows, DatabaseError> {
        let mut results = self.database.batch(vec![Statement::new(statement, values)]).await?;
        results.pop().ok_or_else(|| DatabaseError::Failed("a statement has no result".to_owned()))
    }

    async fn count(
        &self,
        statement: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Answer, DatabaseError> {
        let rows = self.ask(statement, values).await?;
        rows.first().ok_or(DatabaseError::Column(0))?.count(0).map(Answer::Count)
    }
}

fn stored_event(row: &Row) -> Result<StoredEvent, DatabaseError> {
    let seq = row.integer(0)?;
    let id = match row.0.get(1) {
        Some(Value::Text(id)) => id.clone(),
        _ => seq.to_string(),
    };
    Ok(StoredEvent { id, received_at: received_at(seq), fields: row.text(2)?.to_owned() })
}

/// The time of receipt of a sequence.
pub(super) fn received_at(seq: i64) -> Timestamp {
    Timestamp(seq / 1_024)
}
