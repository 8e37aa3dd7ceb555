//! Answering: the statements of `crates/core/src/sql`, as other ledgers ask them.

use askfirst_contract::{Day, Dimension, InstallId, IsoWeek, RecordedContract, Timestamp};
use askfirst_core::public::{Exact, ExactTable};
use askfirst_core::question::{FieldPlaces, Range, active_installs};
use askfirst_core::{
    Answer, InstallRecord, OutcomeCount, Question, StoredEvent, Summary, first_seq, install_hash, received_at, sql,
};

use super::D1Ledger;
use super::facts::Gathered;
use super::fold::all;
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
            Question::Ask(ask) => {
                let (Ok(report), _) = self.tell(Vec::new, |facts| ask.answer(facts)).await?;
                Ok(Answer::Report(report))
            }
            Question::Install { id, after, limit } => Ok(Answer::Install(self.install(&id, after, limit).await?)),
            Question::Public { week, by } => Ok(Answer::Public(self.public(week, by).await?)),
            Question::Contracts(limit) => {
                let rows = self.ask(sql::LATEST_CONTRACTS, [limit.into()]).await?;
                Ok(Answer::Contracts(rows.iter().map(recorded_contract).collect::<Result<_, _>>()?))
            }
            Question::Summary(now) => Ok(Answer::Summary(self.summary(now).await?)),
        }
    }

    /// What is stored of an install.
    async fn install(&self, id: &InstallId, after: i64, limit: u32) -> Result<Option<InstallRecord>, DatabaseError> {
        let find = || Statement::new(sql::edge::INSTALL_OF_ID, [stored_id(id), install_hash(id).into()]);
        let found = self.database.batch(vec![find()]).await?;
        let Some(number) = found.first().and_then(|rows| rows.first()) else { return Ok(None) };
        // Once more, so that days and events are of one moment.
        let events = Statement::new(sql::INSTALL, [number.integer(0)?.into(), after.into(), limit.into()]);
        let [found, events] = all(self.database.batch(vec![find(), events]).await?)?;
        let Some(install) = found.first() else { return Ok(None) };
        let is_full = events.len() == limit as usize;
        let next = events.last().filter(|_| is_full).map(|row| row.integer(0)).transpose()?;
        Ok(Some(InstallRecord {
            first_active: Day(install.day(1)?),
            last_received: Day(install.day(2)?),
            events: events.iter().map(|row| row.text(1).map(str::to_owned)).collect::<Result<_, _>>()?,
            next,
        }))
    }

    /// Exact counts of a week of receipt, all of its events read once for each of them.
    async fn public(&self, week: IsoWeek, by: Vec<(Dimension, FieldPlaces)>) -> Result<Exact, DatabaseError> {
        let seqs = [week.monday().0, week.monday().0 + 7].map(|day| Value::from(first_seq(Day(day).start())));
        let mut statements = vec![Statement::new(sql::PUBLIC_INSTALLS, seqs.clone())];
        for (_, field) in &by {
            let places = Value::from(sql::places(field));
            statements.push(Statement::new(sql::PUBLIC, [places].into_iter().chain(seqs.clone())));
        }
        let mut results = self.database.batch(statements).await?.into_iter();
        let active = results.next().unwrap_or_default().first().ok_or(DatabaseError::Column(0))?.count(0)?;
        let mut tables = Vec::new();
        for ((by, _), rows) in by.into_iter().zip(results) {
            let installs = rows.iter().map(|row| Ok((row.text(0)?.to_owned(), row.count(1)?)));
            tables.push(ExactTable { by, installs: installs.collect::<Result<_, DatabaseError>>()? });
        }
        Ok(Exact { week, active, tables })
    }

    async fn summary(&self, now: Timestamp) -> Result<Summary, DatabaseError> {
        let today = now.day();
        let parameters = Summary::parameters(now).map(Value::from);
        let statements =
            || vec![Statement::new(sql::SUMMARY, parameters.clone()), Statement::new(sql::OUTCOME_REASONS, [])];
        let since = [today, today.monday(), today.first_of_month()];
        let active = |facts: &Gathered| {
            since.map(|from| {
                let Ok(active) = active_installs(facts, Range { from, to: today });
                active
            })
        };
        let ([active_today, active_this_week, active_this_month], rows) = self.tell(statements, active).await?;
        let [counts, outcomes] = all(rows)?;
        let counts = counts.first().ok_or(DatabaseError::Column(0))?;
        let outcome = |row: &Row| {
            Ok(OutcomeCount { outcome: row.text(0)?.to_owned(), reason: row.text(1)?.to_owned(), count: row.count(2)? })
        };
        Ok(Summary {
            events: counts.count(0)?,
            installs: counts.count(1)?,
            active_now: counts.count(2)?,
            active_today,
            active_this_week,
            active_this_month,
            outcomes: outcomes.iter().map(outcome).collect::<Result<_, DatabaseError>>()?,
        })
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

fn recorded_contract(row: &Row) -> Result<RecordedContract, DatabaseError> {
    let (hash, text) = (row.text(0)?.to_owned(), row.text(2)?.to_owned());
    Ok(RecordedContract { hash, since: Timestamp(row.integer(1)?), text })
}

fn stored_event(row: &Row) -> Result<StoredEvent, DatabaseError> {
    let seq = row.integer(0)?;
    let id = match row.0.get(1) {
        Some(Value::Text(id)) => id.clone(),
        _ => seq.to_string(),
    };
    Ok(StoredEvent { id, received_at: received_at(seq), fields: row.text(2)?.to_owned() })
}

/// An install id as it is stored: a UUID as bytes, any other as text.
pub(super) fn stored_id(id: &InstallId) -> Value {
    match id {
        InstallId::Uuid(bytes) => bytes.as_slice().into(),
        InstallId::Text(text) => text.as_str().into(),
    }
}
