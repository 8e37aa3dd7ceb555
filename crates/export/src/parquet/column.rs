//! The values of one column of a row group, until it is written.

use std::mem;
use std::sync::Arc;

use ::parquet::basic::{LogicalType, Repetition, TimeUnit, Type as Physical};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use ::parquet::errors::Result;
use ::parquet::file::writer::SerializedColumnWriter;
use ::parquet::schema::types::{Type, TypePtr};
use askfirst_contract::{Json, Timestamp};

use crate::columns::{Kind, write_value};

/// Bytes of a value in memory, or of where a text ends.
const VALUE: usize = 8;
/// Bytes of a definition level.
const LEVEL: usize = 2;

/// A column of a row group.
#[derive(Debug)]
pub(super) struct Column {
    name: String,
    kind: Kind,
    is_required: bool,
    values: Values,
    /// For each row 1 where it has a value and 0 where it has none: Parquet's definition levels.
    levels: Vec<i16>,
}

#[derive(Debug)]
enum Values {
    Bool(Vec<bool>),
    /// Whole numbers, and times in milliseconds since 1970.
    Int(Vec<i64>),
    Number(Vec<f64>),
    /// All texts one behind the other, and where each ends.
    Text(Vec<u8>, Vec<usize>),
}

impl Column {
    pub(super) fn required(name: &str, kind: Kind) -> Self {
        Self { is_required: true, ..Self::optional(name, kind) }
    }

    pub(super) fn optional(name: &str, kind: Kind) -> Self {
        let values = match kind {
            Kind::Bool => Values::Bool(Vec::new()),
            Kind::Int | Kind::Time => Values::Int(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Text => Values::Text(Vec::new(), Vec::new()),
        };
        Self { name: name.to_owned(), kind, is_required: false, values, levels: Vec::new() }
    }

    /// The column in a file's schema. Everything but numbers and times is a text: not every reader knows Parquet's types
    /// for UUIDs and JSON.
    pub(super) fn schema(&self) -> Result<TypePtr> {
        let (physical, logical) = match self.kind {
            Kind::Bool => (Physical::BOOLEAN, None),
            Kind::Int => (Physical::INT64, None),
            Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS))),
            Kind::Number => (Physical::DOUBLE, None),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let repetition = if self.is_required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let column = Type::primitive_type_builder(&self.name, physical);
        Ok(Arc::new(column.with_logical_type(logical).with_repetition(repetition).build()?))
    }

    /// The rows that have a value, or are known to have none.
    pub(super) fn rows(&self) -> usize {
        self.levels.len()
    }

    /// Adds a value of a declared field; says whether it is one that this column can hold.
    pub(super) fn push(&mut self, value: &Json<'_>) -> bool {
        let before = self.values.len();
        match (&mut self.values, self.kind) {
            (Values::Bool(values), _) => values.extend(if let Json::Bool(bool) = value { Some(*bool) } else { None }),
            (Values::Int(values), Kind::Time) => {
                values.extend(value.as_text().and_then(Timestamp::parse).map(|time| time.0));
            }
            (Values::Int(values), _) => values.extend(value.as_whole()),
            (Values::Number(values), _) => values.extend(value.as_f64()),
            (Values::Text(bytes, ends), _) => {
                write_value(bytes, value);
                ends.push(bytes.len());
            }
        }
        let is_pushed = self.values.len() > before;
        self.levels.extend(is_pushed.then_some(1));
        is_pushed
    }

    /// Adds a whole number or a time to a column of those.
    pub(super) fn push_int(&mut self, value: i64) {
        if let Values::Int(values) = &mut self.values {
            values.push(value);
            self.levels.push(1);
        }
    }

    /// Adds a text to a column of texts.
    pub(super) fn push_text(&mut self, text: &str) {
        if let Values::Text(bytes, ends) = &mut self.values {
            bytes.extend_from_slice(text.as_bytes());
            ends.push(bytes.len());
            self.levels.push(1);
        }
    }

    /// Adds that a row has no value.
    pub(super) fn push_nothing(&mut self) {
        self.levels.push(0);
    }

    /// The bytes of all that is in memory, about.
    pub(super) fn size(&self) -> usize {
        let texts = if let Values::Text(bytes, _) = &self.values { bytes.len() } else { 0 };
        texts + VALUE * self.values.len() + LEVEL * self.levels.len()
    }

    /// Writes the values and forgets them.
    pub(super) fn write(&mut self, mut out: SerializedColumnWriter<'_>) -> Result<()> {
        let levels = (!self.is_required).then_some(self.levels.as_slice());
        match &mut self.values {
            Values::Bool(values) => write::<BoolType>(&mut out, values, levels)?,
            Values::Int(values) => write::<Int64Type>(&mut out, values, levels)?,
            Values::Number(values) => write::<DoubleType>(&mut out, values, levels)?,
            Values::Text(bytes, ends) => {
                let bytes = ByteArray::from(mem::take(bytes));
                let starts = [0].into_iter().chain(ends.iter().copied());
                let mut texts: Vec<_> =
                    starts.zip(&*ends).map(|(start, end)| bytes.slice(start, end - start)).collect();
                ends.clear();
                write::<ByteArrayType>(&mut out, &mut texts, levels)?;
            }
        }
        self.levels.clear();
        out.close()
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Number(values) => values.len(),
            Self::Text(_, ends) => ends.len(),
        }
    }
}

fn write<T: DataType>(
    out: &mut SerializedColumnWriter<'_>,
    values: &mut Vec<T::T>,
    levels: Option<&[i16]>,
) -> Result<()> {
    out.typed::<T>().write_batch(values, levels, None)?;
    values.clear();
    Ok(())
}
