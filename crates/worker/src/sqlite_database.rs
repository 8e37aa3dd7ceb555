//! SQLite in memory as a database of the ledger, for tests on any machine.

use std::cell::{Cell, RefCell};

use askfirst_core::sql;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql, params_from_iter};

use crate::database::{Database, DatabaseError, Row, Rows, Statement, Value};

/// A database that counts how often it is asked.
pub(crate) struct SqliteDatabase {
    pub(crate) connection: RefCell<Connection>,
    pub(crate) round_trips: Cell<u32>,
    pub(crate) statements: Cell<usize>,
}

impl SqliteDatabase {
    /// An empty ledger with the tables of a wire.
    pub(crate) fn new(tables: &str) -> Self {
        let connection = Connection::open_in_memory().unwrap();
        for text in sql::MIGRATIONS.into_iter().chain([sql::edge::APPEND, tables]) {
            connection.execute_batch(text).unwrap();
        }
        Self { connection: RefCell::new(connection), round_trips: Cell::new(0), statements: Cell::new(0) }
    }
}

impl Database for SqliteDatabase {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        self.round_trips.set(self.round_trips.get() + 1);
        self.statements.set(self.statements.get() + statements.len());
        let failed = |error: rusqlite::Error| DatabaseError::Failed(error.to_string());
        let mut connection = self.connection.borrow_mut();
        let transaction = connection.transaction().map_err(failed)?;
        let mut results = Vec::new();
        for Statement { sql, values } in statements {
            let mut statement = transaction.prepare_cached(&sql).map_err(failed)?;
            let columns = statement.column_count();
            check_names(&statement.column_names().collect::<Vec<_>>());
            let mut rows = statement.query(params_from_iter(values)).map_err(failed)?;
            let mut result = Rows::new();
            while let Some(row) = rows.next().map_err(failed)? {
                let value = |column| Value::from(row.get_ref(column).unwrap());
                result.push(Row((0..columns).map(value).collect()));
            }
            drop(rows);
            results.push(result);
        }
        transaction.commit().map_err(failed)?;
        Ok(results)
    }
}

/// D1 gives rows as objects of JavaScript, which have a name once, and numbers first.
fn check_names(names: &[&str]) {
    for (index, name) in names.iter().enumerate() {
        assert!(name.parse::<u32>().is_err(), "a column is named {name}");
        assert!(!names[..index].contains(name), "two columns are named {name}");
    }
}

impl From<ValueRef<'_>> for Value {
    fn from(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            // Numbers are of floating point on their way; those that are whole come out as such.
            #[expect(clippy::cast_precision_loss, reason = "as D1 does")]
            ValueRef::Integer(number) if number.unsigned_abs() > 1 << 53 => Self::Real(number as f64),
            ValueRef::Integer(number) => Self::Integer(number),
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and not large")]
            ValueRef::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Self::Integer(number as i64),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(std::str::from_utf8(text).unwrap().to_owned()),
            ValueRef::Blob(bytes) => Self::Blob(bytes.to_vec()),
        }
    }
}

/// As D1 takes parameters: its numbers are JavaScript's, of floating point.
impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Integer(number) if number.unsigned_abs() > 1 << 53 => number.to_string().into(),
            #[expect(clippy::cast_precision_loss, reason = "it is exact up to here")]
            Self::Integer(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number as f64)),
            Self::Real(number) => ToSqlOutput::Borrowed(ValueRef::Real(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}
