//! What a ledger tells, for questions that are functions of it: D1 is asked in batches, and questions do not wait.
//!
//! A question is tried on what is known, and what it asks for in vain is noted. Then one batch fetches all of that, which is
//! of one moment, and the question is tried again: it may ask for more once it knows the first day.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;

use askfirst_contract::Day;
use askfirst_core::activity::Installs;
use askfirst_core::question::{
    Daily, ErrorCounts, Facts, FieldPlaces, NumberStats, Numbers, Only, OutcomeRow, Per, Range, RecentEvent, Sets,
    ValueCounts,
};
use askfirst_core::sql::{self as shared, edge as sql};

use super::D1Ledger;
use super::fold::{FoldState, all, read_values};
use super::need::{Need, Told, Unfolded};
use crate::database::{Database, DatabaseError, Rows, Statement};

/// Events that are not folded, which a question reads at the most: some ten milliseconds of a Worker's time. Upkeep folds
/// 4,096 of them every ten minutes; where more have gathered, the question folds first.
const MAX_UNFOLDED: u32 = 2_048;
/// Steps of folding before a question: they fold 8,192 events.
const FOLDS: u32 = 16;
/// How often a batch is sent for a question: once for its needs, once more for what the first day changes of them, and once
/// more each where an isolate sees a contract for the first time or has to fold.
const ROUNDS: u32 = 5;

/// What is known at one moment.
pub(super) struct Gathered {
    first_day: i32,
    told: Vec<(Need, Told)>,
    missing: RefCell<Vec<Need>>,
}

impl Gathered {
    fn tell<T: Clone + Default>(&self, need: Need, of: impl Fn(&Told) -> Option<&T>) -> T {
        let known = self.told.iter().find(|(known, _)| *known == need).and_then(|(_, told)| of(told));
        known.cloned().unwrap_or_else(|| {
            let mut missing = self.missing.borrow_mut();
            if !missing.contains(&need) {
                missing.push(need);
            }
            T::default()
        })
    }
}

impl<D: Database> D1Ledger<D> {
    /// Answers a question, beside the rows of more statements of the same moment.
    pub(super) async fn tell<T>(
        &self,
        more: impl Fn() -> Vec<Statement>,
        question: impl Fn(&Gathered) -> T,
    ) -> Result<(T, Vec<Rows>), DatabaseError> {
        let first_day = self.first_day.get();
        let nothing = Gathered { first_day, told: Vec::new(), missing: RefCell::default() };
        question(&nothing);
        let mut needs = nothing.missing.into_inner();
        for _ in 0..ROUNDS {
            let Some((facts, rows)) = self.gather(&needs, more()).await? else { continue };
            let answer = question(&facts);
            self.first_day.set(facts.first_day);
            let missing = facts.missing.into_inner();
            if missing.is_empty() {
                return Ok((answer, rows));
            }
            needs.extend(missing);
        }
        Err(DatabaseError::Failed("too much happens beside a question".to_owned()))
    }

    /// Fetches what is needed, in one batch; nothing where that has to be done again.
    async fn gather(
        &self,
        needs: &[Need],
        more: Vec<Statement>,
    ) -> Result<Option<(Gathered, Vec<Rows>)>, DatabaseError> {
        let ahead = self.contracts.borrow().ahead();
        let limit = if needs.iter().any(Need::is_folded) { MAX_UNFOLDED + 1 } else { 0 };
        let mut statements = vec![
            Statement::new(sql::FOLD_STATE, []),
            self.contracts.borrow().statement(),
            Statement::new(shared::VALUES, []),
            Statement::new(sql::UNFOLDED, [limit.into()]),
        ];
        let own = statements.len();
        statements.extend(needs.iter().flat_map(|need| need.statements(ahead)));
        statements.extend(more);
        let mut results = self.database.batch(statements).await?;
        let mut rest = results.split_off(own.min(results.len())).into_iter();
        let [state, contracts, values, unfolded] = all(results)?;
        self.contracts.borrow_mut().learn(&contracts)?;
        let has_new_contract = self.contracts.borrow().ahead() > ahead;
        if unfolded.len() > MAX_UNFOLDED as usize {
            self.fold(FOLDS).await?;
            return Ok(None);
        }
        if has_new_contract {
            return Ok(None);
        }
        let first_day = FoldState::read(&state)?.first_day;
        let mut values = read_values(&values)?;
        let mut marks = self.contracts.borrow().marks(&unfolded, &mut values)?;
        marks.sort_unstable();
        let unfolded = Unfolded { values, marks, first_day };
        let mut told = Vec::new();
        for need in needs {
            told.push((need.clone(), need.read(&mut rest, &unfolded)?));
        }
        Ok(Some((Gathered { first_day, told, missing: RefCell::default() }, rest.collect())))
    }
}

impl Facts for Gathered {
    type Error = Infallible;

    fn first_day(&self) -> Result<Day, Infallible> {
        Ok(Day(self.first_day))
    }

    fn sets(&self, dimension: &str, range: Range) -> Result<Sets, Infallible> {
        let need = Need::Sets(dimension.to_owned(), range);
        Ok(self.tell(need, |told| if let Told::Sets(sets) = told { Some(sets) } else { None }))
    }

    fn daily(&self, dimension: &str, range: Range) -> Result<Daily, Infallible> {
        let need = Need::Daily(dimension.to_owned(), range);
        Ok(self.tell(need, |told| if let Told::Daily(daily) = told { Some(daily) } else { None }))
    }

    fn first_days(&self, range: Range) -> Result<BTreeMap<Day, Installs>, Infallible> {
        let need = Need::FirstDays(range);
        Ok(self.tell(need, |told| if let Told::FirstDays(days) = told { Some(days) } else { None }))
    }

    fn values(&self, field: &FieldPlaces, range: Range, only: &Only, top: u32) -> Result<ValueCounts, Infallible> {
        let need = Need::Values(field.clone(), range, only.clone(), top);
        Ok(self.tell(need, |told| if let Told::Values(counts) = told { Some(counts) } else { None }))
    }

    fn numbers(
        &self,
        field: &FieldPlaces,
        range: Range,
        only: &Only,
        per: Per,
    ) -> Result<Vec<NumberStats>, Infallible> {
        let need = Need::Numbers(field.clone(), range, only.clone(), per);
        Ok(self.tell(need, |told| if let Told::Numbers(stats) = told { Some(stats) } else { None }))
    }

    fn each_number(&self, field: &FieldPlaces, range: Range, only: &Only) -> Result<Option<Numbers>, Infallible> {
        let need = Need::EachNumber(field.clone(), range, only.clone());
        Ok(self.tell(need, |told| if let Told::EachNumber(numbers) = told { Some(numbers) } else { None }))
    }

    fn events(&self, range: Range, only: &Only) -> Result<BTreeMap<Day, u64>, Infallible> {
        let need = Need::Events(range, only.clone());
        Ok(self.tell(need, |told| if let Told::Events(counts) = told { Some(counts) } else { None }))
    }

    fn errors(
        &self,
        error: &FieldPlaces,
        version: &FieldPlaces,
        range: Range,
        only: &Only,
        top: u32,
    ) -> Result<ErrorCounts, Infallible> {
        let need = Need::Errors { error: error.clone(), version: version.clone(), range, only: only.clone(), top };
        Ok(self.tell(need, |told| if let Told::Errors(counts) = told { Some(counts) } else { None }))
    }

    fn recent(&self, event_type: Option<&str>, limit: u32) -> Result<Vec<RecentEvent>, Infallible> {
        let need = Need::Recent(event_type.map(str::to_owned), limit);
        Ok(self.tell(need, |told| if let Told::Recent(events) = told { Some(events) } else { None }))
    }

    fn outcomes(&self, range: Range) -> Result<Vec<OutcomeRow>, Infallible> {
        let need = Need::Outcomes(range);
        Ok(self.tell(need, |told| if let Told::Outcomes(rows) = told { Some(rows) } else { None }))
    }

    fn outcomes_by_day(&self, range: Range) -> Result<BTreeMap<(Day, String), u64>, Infallible> {
        let need = Need::OutcomesByDay(range);
        Ok(self.tell(need, |told| if let Told::OutcomesByDay(counts) = told { Some(counts) } else { None }))
    }
}
