//! D1 as a database of the ledger.

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use worker::wasm_bindgen::JsValue;
use worker::{D1Database, js_sys};

use crate::database::{Database, DatabaseError, Row, Rows, Statement, Value};

/// The largest whole number that D1 takes as a number: all of JavaScript's are of 64-bit floating point.
const MAX_NUMBER: u64 = 1 << 53;

impl Database for D1Database {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DatabaseError> {
        let mut prepared = Vec::with_capacity(statements.len());
        for Statement { sql, values } in statements {
            let values: Vec<JsValue> = values.iter().map(to_js).collect();
            prepared.push(self.prepare(sql).bind(&values).map_err(failed)?);
        }
        let results = Self::batch(self, prepared).await.map_err(failed)?;
        results.iter().map(|result| result.results::<Row>().map_err(failed)).collect()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn failed(error: worker::Error) -> DatabaseError {
    DatabaseError::Failed(error.to_string())
}

fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        // Columns and casts make the number of it again.
        Value::Integer(number) if number.unsigned_abs() > MAX_NUMBER => JsValue::from_str(&number.to_string()),
        #[expect(clippy::cast_precision_loss, reason = "it is exact up to here")]
        Value::Integer(number) => JsValue::from_f64(*number as f64),
        Value::Real(number) => JsValue::from_f64(*number),
        Value::Text(text) => JsValue::from_str(text),
        Value::Blob(bytes) => js_sys::Uint8Array::from(bytes.as_slice()).buffer().into(),
    }
}

/// D1 gives a row as an object, whose entries are in the order of the columns.
impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns;

        impl<'de> Visitor<'de> for Columns {
            type Value = Row;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut values = Vec::new();
                while let Some((_, value)) = map.next_entry::<String, Value>()? {
                    values.push(value);
                }
                Ok(Row(values))
            }
        }

        deserializer.deserialize_map(Columns)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Column;

        impl<'de> Visitor<'de> for Column {
            type Value = Value;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("the value of a column")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Integer(number))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
                number.try_into().map(Value::Integer).map_err(E::custom)
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Real(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Value, E> {
                Ok(Value::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Value, A::Error> {
                let mut blob = Vec::new();
                while let Some(byte) = bytes.next_element::<f64>()? {
                    if !(0.0..=255.0).contains(&byte) {
                        return Err(A::Error::custom("no byte"));
                    }
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a byte")]
                    blob.push(byte as u8);
                }
                Ok(Value::Blob(blob))
            }

            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Value, E> {
                Ok(Value::Blob(bytes))
            }
        }

        deserializer.deserialize_any(Column)
    }
}
