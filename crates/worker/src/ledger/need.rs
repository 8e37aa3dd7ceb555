//! What questions ask of a ledger, as statements, and their rows as what is told.

use std::collections::{BTreeMap, HashSet};

use askfirst_contract::{Day, Timestamp};
use askfirst_core::activity::{Installs, Mark, SetPlace, Values, add_to_daily, add_to_sets};
use askfirst_core::question::{
    Daily, DayCount, ErrorCounts, ErrorGroup, FieldPlaces, NumberStats, Numbers, Only, OutcomeRow, Per, Range,
    RecentEvent, Sets, ValueCount, ValueCounts,
};
use askfirst_core::{first_seq, received_at, sql};

use super::fold::{placed_set, set};
use crate::database::{DatabaseError, Row, Rows, Statement, Value};

/// Numbers of a field that are read for one answer: some 40 bytes each of what D1 sends, 5 MB.
const MAX_NUMBERS: u32 = 1 << 17;

/// Something that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Need {
    Sets(String, Range),
    Daily(String, Range),
    FirstDays(Range),
    Values(FieldPlaces, Range, Only, u32),
    Numbers(FieldPlaces, Range, Only, Per),
    EachNumber(FieldPlaces, Range, Only),
    Events(Range, Only),
    Errors { error: FieldPlaces, version: FieldPlaces, range: Range, only: Only, top: u32 },
    Recent(Option<String>, u32),
    Outcomes(Range),
    OutcomesByDay(Range),
}

/// What is told of it.
pub(super) enum Told {
    Sets(Sets),
    Daily(Daily),
    FirstDays(BTreeMap<Day, Installs>),
    Values(ValueCounts),
    Numbers(Vec<NumberStats>),
    EachNumber(Option<Numbers>),
    Events(BTreeMap<Day, u64>),
    Errors(ErrorCounts),
    Recent(Vec<RecentEvent>),
    Outcomes(Vec<OutcomeRow>),
    OutcomesByDay(BTreeMap<(Day, String), u64>),
}

/// What is not folded yet.
pub(super) struct Unfolded {
    pub(super) values: Values,
    /// In order.
    pub(super) marks: Vec<Mark>,
    pub(super) first_day: i32,
}

impl Need {
    /// Whether sets or counts tell of it, which are of what is folded.
    pub(super) fn is_folded(&self) -> bool {
        matches!(self, Self::Sets(..) | Self::Daily(..))
    }

    /// Asks for it; `ahead` tells how long after their receipt events may say that they happened, in milliseconds.
    pub(super) fn statements(&self, ahead: i64) -> Vec<Statement> {
        let days = |Range { from, to }: Range| [Value::from(from.0), to.0.into()];
        // The parameters of `asked.sql`.
        let asked = |places: String, range: Range, only: &Only| {
            let first = first_seq(Timestamp(range.from.start().0.saturating_sub(ahead)));
            let (from, to) = range.millis();
            let dimensions = i64::try_from(only.dimensions.len()).unwrap_or(i64::MAX);
            let (places, conditions) = (Value::from(places), Value::from(sql::conditions(only)));
            vec![places, first.into(), from.0.into(), to.0.into(), conditions, dimensions.into()]
        };
        let one = |statement, values: Vec<Value>| vec![Statement::new(statement, values)];
        match self {
            Self::Sets(dimension, range) => {
                let [from, to] = days(*range);
                one(sql::ACTIVE, vec![dimension.as_str().into(), from, to])
            }
            Self::Daily(dimension, range) => {
                let [from, to] = days(*range);
                let of_days = vec![dimension.as_str().into(), from, to];
                // Which values are told of is known once the first day is.
                let counts = of_days.iter().cloned().chain([i32::MIN.into()]);
                vec![Statement::new(sql::DAILY, counts), Statement::new(sql::edge::SETS_TO_COME, of_days)]
            }
            Self::FirstDays(range) => one(sql::RETENTION, days(*range).into()),
            Self::Values(field, range, only, top) => {
                let mut values = asked(sql::places(field), *range, only);
                values.extend([(*top).into(), Value::Integer(field.is_counts.into())]);
                one(sql::BREAKDOWN, values)
            }
            Self::Numbers(field, range, only, per) => {
                let mut values = asked(sql::places(field), *range, only);
                values.push(per.name().into());
                one(sql::TREND, values)
            }
            Self::EachNumber(field, range, only) => {
                let mut values = asked(sql::places(field), *range, only);
                values.push((MAX_NUMBERS + 1).into());
                one(sql::DISTRIBUTION, values)
            }
            Self::Events(range, only) => one(sql::EVENTS, asked(sql::everywhere(), *range, only)),
            Self::Errors { error, version, range, only, top } => {
                let mut values = asked(sql::error_places(error, version), *range, only);
                values.push((*top).into());
                one(sql::ERRORS, values)
            }
            Self::Recent(event_type, limit) => one(sql::RECENT, vec![event_type.as_deref().into(), (*limit).into()]),
            Self::Outcomes(range) => one(sql::OUTCOMES, days(*range).into()),
            Self::OutcomesByDay(range) => one(sql::OUTCOMES_BY_DAY, days(*range).into()),
        }
    }

    /// Reads the rows of its statements.
    pub(super) fn read(
        &self,
        results: &mut impl Iterator<Item = Rows>,
        unfolded: &Unfolded,
    ) -> Result<Told, DatabaseError> {
        let mut next = || results.next().ok_or_else(|| DatabaseError::Failed("a statement has no result".to_owned()));
        let rows = next()?;
        Ok(match self {
            Self::Sets(dimension, range) => Told::Sets(unfolded.sets(dimension, *range, &rows)?),
            Self::Daily(dimension, range) => Told::Daily(unfolded.daily(dimension, *range, &rows, &next()?)?),
            Self::FirstDays(_) => Told::FirstDays(first_days(&rows)?),
            Self::Values(..) => Told::Values(value_counts(&rows)?),
            Self::Numbers(..) => Told::Numbers(each(&rows, number_stats)?),
            Self::EachNumber(..) => Told::EachNumber(each_number(&rows)?),
            Self::Events(..) => {
                let counts = each(&rows, |row| Ok((Day(row.day(0)?), row.count(1)?)))?;
                Told::Events(counts.into_iter().collect())
            }
            Self::Errors { .. } => Told::Errors(error_counts(&rows)?),
            Self::Recent(..) => Told::Recent(each(&rows, recent_event)?),
            Self::Outcomes(_) => Told::Outcomes(each(&rows, outcome_row)?),
            Self::OutcomesByDay(_) => Told::OutcomesByDay(
                each(&rows, |row| Ok(((Day(row.day(0)?), row.text(1)?.to_owned()), row.count(2)?)))?
                    .into_iter()
                    .collect(),
            ),
        })
    }
}

impl Unfolded {
    fn sets(&self, dimension: &str, range: Range, rows: &[Row]) -> Result<Sets, DatabaseError> {
        // While retention is at work, some sets of the days before are still there.
        let range = Range { from: range.from.max(Day(self.first_day)), ..range };
        let mut sets = Sets::new();
        for row in rows {
            let (value, day) = (row.text(0)?, Day(row.day(1)?));
            if range.contains(day) {
                *sets.entry(value.to_owned()).or_default().entry(day).or_default() |= set(row, 2)?;
            }
        }
        add_to_sets(&self.marks, &self.values, dimension, range, &mut sets);
        Ok(sets)
    }

    fn daily(&self, dimension: &str, range: Range, rows: &[Row], sets: &[Row]) -> Result<Daily, DatabaseError> {
        let mut daily = Daily::new();
        let values = self.values.of(dimension).into_values();
        let kept: HashSet<&str> = values.filter(|(_, known)| known.is_kept).map(|(value, _)| value).collect();
        for row in rows {
            let (value, day) = (row.text(0)?, Day(row.day(1)?));
            if kept.contains(value) || day.0 >= self.first_day {
                let count = DayCount { events: row.count(2)?, installs: row.count(3)? };
                daily.entry(value.to_owned()).or_default().insert(day, count);
            }
        }
        let sets: BTreeMap<SetPlace, Installs> = each(sets, placed_set)?.into_iter().collect();
        let find = |place| Ok(sets.get(&place).cloned());
        add_to_daily(&self.marks, (&self.values, dimension), (range, self.first_day), &mut daily, find)?;
        Ok(daily)
    }
}

fn each<T>(rows: &[Row], read: impl Fn(&Row) -> Result<T, DatabaseError>) -> Result<Vec<T>, DatabaseError> {
    rows.iter().map(read).collect()
}

fn first_days(rows: &[Row]) -> Result<BTreeMap<Day, Installs>, DatabaseError> {
    let mut days: BTreeMap<Day, Installs> = BTreeMap::new();
    for row in rows {
        if let Ok(install) = u32::try_from(row.integer(1)?) {
            days.entry(Day(row.day(0)?)).or_default().insert(install);
        }
    }
    Ok(days)
}

fn value_counts(rows: &[Row]) -> Result<ValueCounts, DatabaseError> {
    let mut counts = ValueCounts::default();
    for row in rows {
        let count = ValueCount { value: row.text(1)?.to_owned(), events: row.count(2)?, installs: row.count(3)? };
        match row.integer(0)? {
            0 => (counts.other, counts.other_values) = (count, row.count(4)?),
            1 => counts.top.push(count),
            _ => counts.total = count,
        }
    }
    Ok(counts)
}

fn number_stats(row: &Row) -> Result<NumberStats, DatabaseError> {
    Ok(NumberStats {
        period: Day(row.day(0)?),
        events: row.count(1)?,
        sum: row.real(2)?,
        mean: row.real(3)?,
        median: row.real(4)?,
        p95: row.real(5)?,
    })
}

fn each_number(rows: &[Row]) -> Result<Option<Numbers>, DatabaseError> {
    let mut numbers = Numbers::default();
    for row in rows {
        let install = row.integer_or_null(1)?;
        numbers.add(row.text(0)?, install.and_then(|install| u32::try_from(install).ok()));
    }
    Ok((rows.len() <= MAX_NUMBERS as usize).then_some(numbers))
}

fn error_counts(rows: &[Row]) -> Result<ErrorCounts, DatabaseError> {
    let mut counts = ErrorCounts::default();
    for row in rows {
        let (events, installs) = (row.count(1)?, row.count(2)?);
        match row.0.first() {
            Some(Value::Null) => (counts.events, counts.installs) = (events, installs),
            _ => counts.top.push(ErrorGroup {
                error: row.text(0)?.to_owned(),
                events,
                installs,
                versions: serde_json::from_str(row.text(3)?).unwrap_or_default(),
            }),
        }
    }
    Ok(counts)
}

fn recent_event(row: &Row) -> Result<RecentEvent, DatabaseError> {
    Ok(RecentEvent {
        received_at: received_at(row.integer(0)?),
        event_type: row.text(1)?.to_owned(),
        occurred_at: row.integer_or_null(2)?.map(Timestamp),
        fields: row.text(3)?.to_owned(),
    })
}

fn outcome_row(row: &Row) -> Result<OutcomeRow, DatabaseError> {
    Ok(OutcomeRow {
        outcome: row.text(0)?.to_owned(),
        reason: row.text(1)?.to_owned(),
        field: row.text(2)?.to_owned(),
        client_version: row.text(3)?.to_owned(),
        count: row.count(4)?,
        days: (Day(row.day(5)?), Day(row.day(6)?)),
    })
}
