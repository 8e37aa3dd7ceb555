//! What a ledger tells, read from its file: sets and counts as far as they are folded, and the events behind them.

use std::collections::BTreeMap;

use askfirst_contract::{Day, Timestamp};
use askfirst_core::activity::{Installs, Mark, Values, add_to_daily, add_to_sets};
use askfirst_core::question::{
    Daily, ErrorCounts, ErrorGroup, Facts, FieldPlaces, NumberStats, Numbers, Only, OutcomeRow, Per, Range,
    RecentEvent, Sets, ValueCount, ValueCounts,
};
use askfirst_core::{first_seq, received_at, sql};
use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params, params_from_iter};

use crate::activity::{self, find, load_values, read_set};

/// Numbers of a field that are read for one answer: 8 bytes each, 128 MiB. So many events are 5 GB of a ledger.
const MAX_NUMBERS: u32 = 1 << 24;

/// All that is committed at one moment.
pub(crate) struct Snapshot<'c> {
    connection: Transaction<'c>,
    values: Values,
    /// What is not folded yet, in order.
    marks: Vec<Mark>,
    first_day: i32,
}

impl<'c> Snapshot<'c> {
    /// Begins to read.
    pub(crate) fn open(connection: &'c Connection) -> Result<Self, rusqlite::Error> {
        let connection = connection.unchecked_transaction()?;
        let values = load_values(&connection)?;
        let marks = activity::unfolded(&connection, &values)?;
        let first_day = activity::first_day(&connection)?;
        Ok(Self { connection, values, marks, first_day })
    }

    /// The first parameters of every statement that reads events: those of `asked.sql`. Events may have happened in a range
    /// that were received before it, as early as any contract lets their time lie ahead.
    fn asked(&self, places: String, range: Range, only: &Only) -> Result<Vec<Value>, rusqlite::Error> {
        let ahead = activity::clock_ahead(&self.connection)?;
        let first = first_seq(Timestamp(range.from.start().0.saturating_sub(ahead)));
        let (from, to) = range.millis();
        let dimensions = i64::try_from(only.dimensions.len()).unwrap_or(i64::MAX);
        let (places, conditions) = (Value::from(places), Value::from(sql::conditions(only)));
        Ok(vec![places, first.into(), from.0.into(), to.0.into(), conditions, dimensions.into()])
    }
}

impl Facts for Snapshot<'_> {
    type Error = rusqlite::Error;

    fn first_day(&self) -> Result<Day, rusqlite::Error> {
        Ok(Day(self.first_day))
    }

    fn sets(&self, dimension: &str, range: Range) -> Result<Sets, rusqlite::Error> {
        let mut sets = Sets::new();
        // While retention is at work, some sets of the days before are still there.
        let range = Range { from: range.from.max(Day(self.first_day)), ..range };
        let mut rows = self.connection.prepare_cached(sql::ACTIVE)?;
        let mut rows = rows.query(params![dimension, range.from.0, range.to.0])?;
        while let Some(row) = rows.next()? {
            let (value, day): (String, i32) = (row.get(0)?, row.get(1)?);
            let installs = read_set(row.get_ref(2)?.as_blob()?)?;
            *sets.entry(value).or_default().entry(Day(day)).or_default() |= installs;
        }
        add_to_sets(&self.marks, &self.values, dimension, range, &mut sets);
        Ok(sets)
    }

    fn daily(&self, dimension: &str, range: Range) -> Result<Daily, rusqlite::Error> {
        let mut daily = Daily::new();
        let mut rows = self.connection.prepare_cached(sql::DAILY)?;
        let mut rows = rows.query(params![dimension, range.from.0, range.to.0, self.first_day])?;
        while let Some(row) = rows.next()? {
            let (value, day): (String, i32) = (row.get(0)?, row.get(1)?);
            let count = daily.entry(value).or_default().entry(Day(day)).or_default();
            count.events = count_at(row, 2)?;
            count.installs = count_at(row, 3)?;
        }
        let days = (range, self.first_day);
        let find = |place| find(&self.connection, place);
        add_to_daily(&self.marks, (&self.values, dimension), days, &mut daily, find)?;
        Ok(daily)
    }

    fn first_days(&self, range: Range) -> Result<BTreeMap<Day, Installs>, rusqlite::Error> {
        let mut days: BTreeMap<Day, Installs> = BTreeMap::new();
        let mut rows = self.connection.prepare_cached(sql::RETENTION)?;
        let mut rows = rows.query([range.from.0, range.to.0])?;
        while let Some(row) = rows.next()? {
            if let Ok(install) = u32::try_from(row.get::<_, i64>(1)?) {
                days.entry(Day(row.get(0)?)).or_default().insert(install);
            }
        }
        Ok(days)
    }

    fn values(&self, field: &FieldPlaces, range: Range, only: &Only, top: u32) -> Result<ValueCounts, rusqlite::Error> {
        let mut counts = ValueCounts::default();
        let mut parameters = self.asked(sql::places(field), range, only)?;
        parameters.extend([top.into(), field.is_counts.into()]);
        let mut rows = self.connection.prepare_cached(sql::BREAKDOWN)?;
        let mut rows = rows.query(params_from_iter(parameters))?;
        while let Some(row) = rows.next()? {
            let count = ValueCount { value: row.get(1)?, events: count_at(row, 2)?, installs: count_at(row, 3)? };
            match row.get::<_, i64>(0)? {
                0 => (counts.other, counts.other_values) = (count, count_at(row, 4)?),
                1 => counts.top.push(count),
                _ => counts.total = count,
            }
        }
        Ok(counts)
    }

    fn numbers(
        &self,
        field: &FieldPlaces,
        range: Range,
        only: &Only,
        per: Per,
    ) -> Result<Vec<NumberStats>, rusqlite::Error> {
        let mut parameters = self.asked(sql::places(field), range, only)?;
        parameters.push(per.name().to_owned().into());
        let mut rows = self.connection.prepare_cached(sql::TREND)?;
        let rows = rows.query_map(params_from_iter(parameters), |row| {
            Ok(NumberStats {
                period: Day(row.get(0)?),
                events: count_at(row, 1)?,
                sum: row.get(2)?,
                mean: row.get(3)?,
                median: row.get(4)?,
                p95: row.get::<_, f64>(5)?,
            })
        })?;
        rows.collect()
    }

    fn each_number(&self, field: &FieldPlaces, range: Range, only: &Only) -> Result<Option<Numbers>, rusqlite::Error> {
        let mut numbers = Numbers::default();
        let mut parameters = self.asked(sql::places(field), range, only)?;
        parameters.push((MAX_NUMBERS + 1).into());
        let mut rows = self.connection.prepare_cached(sql::DISTRIBUTION)?;
        let mut rows = rows.query(params_from_iter(parameters))?;
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let json = row.get_ref(0)?.as_str()?;
            numbers.add(json, row.get(1)?);
            read += 1;
        }
        Ok((read <= MAX_NUMBERS).then_some(numbers))
    }

    fn events(&self, range: Range, only: &Only) -> Result<BTreeMap<Day, u64>, rusqlite::Error> {
        let parameters = self.asked(sql::everywhere(), range, only)?;
        let mut rows = self.connection.prepare_cached(sql::EVENTS)?;
        let rows = rows.query_map(params_from_iter(parameters), |row| Ok((Day(row.get(0)?), count_at(row, 1)?)))?;
        rows.collect()
    }

    fn errors(
        &self,
        error: &FieldPlaces,
        version: &FieldPlaces,
        range: Range,
        only: &Only,
        top: u32,
    ) -> Result<ErrorCounts, rusqlite::Error> {
        let mut counts = ErrorCounts::default();
        let mut parameters = self.asked(sql::error_places(error, version), range, only)?;
        parameters.push(top.into());
        let mut rows = self.connection.prepare_cached(sql::ERRORS)?;
        let mut rows = rows.query(params_from_iter(parameters))?;
        while let Some(row) = rows.next()? {
            let (events, installs, versions) = (count_at(row, 1)?, count_at(row, 2)?, row.get::<_, String>(3)?);
            if let Some(error) = row.get(0)? {
                let versions = serde_json::from_str(&versions).unwrap_or_default();
                counts.top.push(ErrorGroup { error, events, installs, versions });
            } else {
                (counts.events, counts.installs) = (events, installs);
            }
        }
        Ok(counts)
    }

    fn recent(&self, event_type: Option<&str>, limit: u32) -> Result<Vec<RecentEvent>, rusqlite::Error> {
        let mut rows = self.connection.prepare_cached(sql::RECENT)?;
        let rows = rows.query_map(params![event_type, limit], |row| {
            Ok(RecentEvent {
                received_at: received_at(row.get(0)?),
                event_type: row.get(1)?,
                occurred_at: row.get::<_, Option<i64>>(2)?.map(Timestamp),
                fields: row.get(3)?,
            })
        })?;
        rows.collect()
    }

    fn outcomes(&self, range: Range) -> Result<Vec<OutcomeRow>, rusqlite::Error> {
        let mut rows = self.connection.prepare_cached(sql::OUTCOMES)?;
        let rows = rows.query_map([range.from.0, range.to.0], |row| {
            Ok(OutcomeRow {
                outcome: row.get(0)?,
                reason: row.get(1)?,
                field: row.get(2)?,
                client_version: row.get(3)?,
                count: count_at(row, 4)?,
                days: (Day(row.get(5)?), Day(row.get(6)?)),
            })
        })?;
        rows.collect()
    }

    fn outcomes_by_day(&self, range: Range) -> Result<BTreeMap<(Day, String), u64>, rusqlite::Error> {
        let mut rows = self.connection.prepare_cached(sql::OUTCOMES_BY_DAY)?;
        let rows =
            rows.query_map([range.from.0, range.to.0], |row| Ok(((Day(row.get(0)?), row.get(1)?), count_at(row, 2)?)))?;
        rows.collect()
    }
}

fn count_at(row: &rusqlite::Row<'_>, index: usize) -> Result<u64, rusqlite::Error> {
    row.get::<_, i64>(index).map(i64::cast_unsigned)
}
