//! Folding events into sets and counts: read, united here, and stored in one batch.
//!
//! What is computed between two batches may be outdated when it is stored. So `fold_version` in `meta` tells whether sets,
//! counts or events that were to be folded have changed, and [`BEGIN_FOLD`](sql::BEGIN_FOLD) makes a batch fail where
//! they have.

use std::collections::{BTreeMap, BTreeSet};

use askfirst_contract::Contract;
use askfirst_core::activity::{
    CountedEvent, Folded, Installs, Mark, Numbered, SetPlace, Values, clock_ahead, fold, set_to_bytes, stored_contract,
};
use askfirst_core::sql::{self as shared, edge as sql};
use serde_json::{Value as Json, json};

use super::D1Ledger;
use crate::database::{Database, DatabaseError, Row, Rows, Statement, Value};

/// Events of a step: a few milliseconds of a Worker's time.
pub(super) const STEP: u32 = 512;
/// How often a step is tried, where others change what it has read.
const TRIES: u32 = 3;
/// The most bytes of a parameter: D1 takes texts of 2 MB, of which one more set of 16 KB keeps clear.
const MAX_TEXT: usize = 1_000_000;

/// The contracts that are stored, by their numbers; they never change.
#[derive(Debug, Default)]
pub(super) struct Contracts(BTreeMap<i64, Option<Contract>>);

/// How far events are folded.
#[derive(Debug, Clone, Copy)]
pub(super) struct FoldState {
    folded_seq: i64,
    /// The first day whose sets are kept.
    pub(super) first_day: i32,
    version: i64,
    last_seq: i64,
}

/// What a batch changes of sets and counts.
#[derive(Default)]
struct Changes {
    known: BTreeMap<SetPlace, Installs>,
    sets: Vec<Json>,
    counts: Vec<Json>,
}

impl Contracts {
    /// Asks for those that are not known.
    pub(super) fn statement(&self) -> Statement {
        Statement::new(sql::CONTRACTS, [Json::from(self.0.keys().copied().collect::<Vec<_>>()).to_string().into()])
    }

    pub(super) fn learn(&mut self, rows: &[Row]) -> Result<(), DatabaseError> {
        for row in rows {
            self.0.insert(row.integer(0)?, stored_contract(row.text(1)?));
        }
        Ok(())
    }

    /// How long after their receipt events may say that they happened, in milliseconds.
    pub(super) fn ahead(&self) -> i64 {
        clock_ahead(self.0.values().map(Option::as_ref))
    }

    /// Reads an event, its type in the second column, and gives it with the contract that accepted it.
    pub(super) fn event<'r>(
        &self,
        row: &'r Row,
        [event_type, occurred_at, contract, fields]: [usize; 4],
    ) -> Result<(CountedEvent<'r>, Option<&Contract>), DatabaseError> {
        let event = CountedEvent {
            seq: row.integer(0)?,
            event_type: row.text(event_type)?,
            occurred_at: row.integer_or_null(occurred_at)?,
            fields: row.text(fields)?,
        };
        Ok((event, self.0.get(&row.integer(contract)?).and_then(Option::as_ref)))
    }

    /// What events that are not folded yet are counted by; takes new values in.
    pub(super) fn marks(&self, unfolded: &[Row], values: &mut Values) -> Result<Vec<Mark>, DatabaseError> {
        let mut marks = Vec::new();
        for row in unfolded {
            let (event, contract) = self.event(row, [1, 3, 4, 5])?;
            let (day, install) = (event.day(), row.integer_or_null(2)?);
            event.counted(contract, |counted| {
                for counted in counted {
                    marks.push(Mark::new(values.note(counted).0, day, install));
                }
            });
        }
        Ok(marks)
    }
}

impl FoldState {
    pub(super) fn read(rows: &[Row]) -> Result<Self, DatabaseError> {
        let row = rows.first().ok_or(DatabaseError::Column(0))?;
        Ok(Self {
            folded_seq: row.integer(0)?,
            first_day: row.day(1)?,
            version: row.integer(2)?,
            last_seq: row.integer(3)?,
        })
    }

    /// Begins to change sets and counts.
    pub(super) fn begin(self) -> Statement {
        Statement::new(sql::BEGIN_FOLD, [self.version.into()])
    }
}

impl Folded for Changes {
    type Error = DatabaseError;

    fn find(&self, place: SetPlace) -> Result<Option<Installs>, DatabaseError> {
        Ok(self.known.get(&place).cloned())
    }

    fn replace(&mut self, place: SetPlace, set: &Installs) -> Result<(), DatabaseError> {
        self.sets.push(stored_set(place, set));
        Ok(())
    }

    fn add(&mut self, value: u32, day: i32, events: u64, installs: u64) -> Result<(), DatabaseError> {
        self.counts.push(json!([value, day, events, installs]));
        Ok(())
    }
}

impl<D: Database> D1Ledger<D> {
    /// Folds what is not folded yet, so many steps at the most; tells whether that was all.
    pub(super) async fn fold(&self, steps: u32) -> Result<bool, DatabaseError> {
        for _ in 0..steps {
            if !self.retry(async || self.fold_some(STEP).await).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Tries a few times what fails where others change what it has read.
    pub(super) async fn retry<T>(
        &self,
        attempt: impl AsyncFn() -> Result<T, DatabaseError>,
    ) -> Result<T, DatabaseError> {
        let mut result = attempt().await;
        for _ in 1..TRIES {
            if result.is_ok() {
                break;
            }
            result = attempt().await;
        }
        result
    }

    /// Folds the next events, so many at the most; tells whether there may be more.
    pub(super) async fn fold_some(&self, step: u32) -> Result<bool, DatabaseError> {
        let statements = vec![
            Statement::new(sql::FOLD_STATE, []),
            self.contracts.borrow().statement(),
            Statement::new(shared::VALUES, []),
            Statement::new(sql::UNFOLDED, [step.into()]),
        ];
        let results = self.database.batch(statements).await?;
        let [state, contracts, values, unfolded] = all(results)?;
        let state = FoldState::read(&state)?;
        if state.last_seq <= state.folded_seq && unfolded.is_empty() {
            return Ok(false);
        }
        self.contracts.borrow_mut().learn(&contracts)?;
        let mut values = read_values(&values)?;
        let mut marks = self.contracts.borrow().marks(&unfolded, &mut values)?;
        let is_full = unfolded.len() >= step as usize;
        // What is read behind the last event of a full step stays for the next.
        let last = unfolded.last().filter(|_| is_full).map(|row| row.integer(0)).transpose()?;
        let end = last.unwrap_or(state.last_seq.max(state.folded_seq));
        let mut changes = Changes { known: self.sets_of(&marks, state.first_day).await?, ..Changes::default() };
        fold(&mut marks, state.first_day, &mut changes)?;
        let mut statements = vec![state.begin()];
        statements.extend(bulk(sql::STORE_VALUES, used(&values, &marks)));
        statements.extend(bulk(sql::ADD_TO_DAILY, changes.counts));
        statements.extend(bulk(sql::REPLACE_SETS, changes.sets));
        statements.push(Statement::new(sql::ADD_FOLDED_EVENTS, [end.into()]));
        statements.push(Statement::new(sql::NOTE_NUMBER, ["folded_seq".into(), end.into()]));
        statements.push(Statement::new(sql::DELETE_FOLD_EXCEPTIONS, [end.into()]));
        self.database.batch(statements).await?;
        Ok(is_full)
    }

    /// The sets that marks are folded into.
    async fn sets_of(&self, marks: &[Mark], first_day: i32) -> Result<BTreeMap<SetPlace, Installs>, DatabaseError> {
        let open = marks.iter().filter_map(|mark| mark.place()).filter(|place| place.day >= first_day);
        let places: BTreeSet<SetPlace> = open.collect();
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let places: Json = places.into_iter().map(|place| json!([place.value, place.day, place.chunk])).collect();
        let rows = self.ask(sql::FIND_SETS, [places.to_string().into()]).await?;
        rows.iter().map(placed_set).collect()
    }
}

/// The values that marks are of, as they are stored: also those that retention may have deleted meanwhile.
fn used(values: &Values, marks: &[Mark]) -> Vec<Json> {
    let used: BTreeSet<u32> = marks.iter().map(|mark| mark.value()).collect();
    let used = values.iter().filter(|(_, _, known)| used.contains(&known.number));
    used.map(|(dimension, value, Numbered { number, is_kept })| json!([number, dimension, value, is_kept])).collect()
}

/// The results of a batch's statements.
pub(super) fn all<const N: usize>(results: Vec<Rows>) -> Result<[Rows; N], DatabaseError> {
    results.try_into().map_err(|_| DatabaseError::Failed("a statement has no result".to_owned()))
}

/// The values that are stored.
pub(super) fn read_values(rows: &[Row]) -> Result<Values, DatabaseError> {
    let mut values = Values::default();
    for row in rows {
        let known = Numbered { number: row.number(0)?, is_kept: row.integer(3)? != 0 };
        values.insert(row.text(1)?.to_owned(), row.text(2)?.to_owned(), known);
    }
    Ok(values)
}

/// A set and where it stands: value, day, chunk, bits.
pub(super) fn placed_set(row: &Row) -> Result<(SetPlace, Installs), DatabaseError> {
    let place = SetPlace { value: row.number(0)?, day: row.day(1)?, chunk: row.number(2)? };
    Ok((place, set(row, 3)?))
}

/// A set as it is stored.
pub(super) fn set(row: &Row, column: usize) -> Result<Installs, DatabaseError> {
    Installs::deserialize_from(row.blob(column)?).map_err(|_| DatabaseError::Column(column))
}

/// A set as [`sql::REPLACE_SETS`] takes it.
pub(super) fn stored_set(place: SetPlace, set: &Installs) -> Json {
    json!([place.value, place.day, place.chunk, hex(&set_to_bytes(set))])
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A statement that takes rows as JSON, as often as it takes for all of them.
pub(super) fn bulk(statement: &'static str, rows: Vec<Json>) -> Vec<Statement> {
    let mut texts: Vec<String> = Vec::new();
    for row in rows {
        let row = row.to_string();
        match texts.last_mut() {
            Some(text) if text.len() + row.len() < MAX_TEXT => {
                text.push(',');
                text.push_str(&row);
            }
            _ => texts.push(format!("[{row}")),
        }
    }
    texts.into_iter().map(|text| Statement::new(statement, [Value::from(text + "]")])).collect()
}
