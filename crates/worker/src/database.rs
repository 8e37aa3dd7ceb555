//! What the ledger needs of a database: batches of statements, each batch one transaction.

use std::borrow::Cow;

/// A value of a column or a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// None.
    Null,
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Real(f64),
    /// Text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// A statement with its parameters.
#[derive(Debug)]
pub struct Statement {
    /// Its text.
    pub sql: Cow<'static, str>,
    /// The values of `?1` and so on.
    pub values: Vec<Value>,
}

/// A row of a result: its values in the order of the columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub Vec<Value>);

/// The rows of a statement's result.
pub type Rows = Vec<Row>;

/// Why a batch has no results.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It was not done, or that can't be known: the database's own words.
    #[error("{0}")]
    Failed(String),
    /// A row is not what the statement asks for.
    #[error("column {0} is not what was asked for")]
    Column(usize),
}

/// A database in SQLite's dialect.
pub trait Database {
    /// Runs statements in one transaction, one round trip; gives the rows of each.
    ///
    /// # Errors
    ///
    /// [`DatabaseError::Failed`]; nothing was changed, unless the answer was lost on its way.
    fn batch(&self, statements: Vec<Statement>) -> impl Future<Output = Result<Vec<Rows>, DatabaseError>>;
}

impl Statement {
    /// A statement with parameters.
    pub fn new(sql: impl Into<Cow<'static, str>>, values: impl IntoIterator<Item = Value>) -> Self {
        Self { sql: sql.into(), values: values.into_iter().collect() }
    }
}

impl Row {
    /// A whole number.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn integer(&self, column: usize) -> Result<i64, DatabaseError> {
        self.integer_or_null(column)?.ok_or(DatabaseError::Column(column))
    }

    /// A whole number, or none.
    ///
    /// # Errors
    ///
    /// Where it is something else.
    pub fn integer_or_null(&self, column: usize) -> Result<Option<i64>, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Integer(number)) => Ok(Some(*number)),
            Some(Value::Null) => Ok(None),
            _ => Err(DatabaseError::Column(column)),
        }
    }

    /// How many.
    ///
    /// # Errors
    ///
    /// Where it is no number.
    pub fn count(&self, column: usize) -> Result<u64, DatabaseError> {
        match self.0.get(column) {
            // A sum beyond 2^53, which is rounded; none is above the largest number of a column.
            #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
            Some(Value::Real(number)) => Ok((*number as i64).cast_unsigned()),
            _ => self.integer(column).map(i64::cast_unsigned),
        }
    }

    /// Any number.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn real(&self, column: usize) -> Result<f64, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Real(number)) => Ok(*number),
            #[expect(clippy::cast_precision_loss, reason = "D1 gives what is whole as such; it was a number like this")]
            Some(Value::Integer(number)) => Ok(*number as f64),
            _ => Err(DatabaseError::Column(column)),
        }
    }

    /// A number below 2^32.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn number(&self, column: usize) -> Result<u32, DatabaseError> {
        u32::try_from(self.integer(column)?).map_err(|_| DatabaseError::Column(column))
    }

    /// A UTC day since 1970.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn day(&self, column: usize) -> Result<i32, DatabaseError> {
        i32::try_from(self.integer(column)?).map_err(|_| DatabaseError::Column(column))
    }

    /// A text.
    ///
    /// # Errors
    ///
    /// Where it is none.
    pub fn text(&self, column: usize) -> Result<&str, DatabaseError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(DatabaseError::Column(column)),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    ///
    /// Where there are none.
    pub fn blob(&self, column: usize) -> Result<&[u8], DatabaseError> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(DatabaseError::Column(column)),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
