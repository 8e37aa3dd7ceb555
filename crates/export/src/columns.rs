//! The columns that a contract's fields make, and where the fields of an event go.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use askfirst_contract::{Contract, EventType, FieldType, Json, write_text};
use askfirst_sqlite::EventRow;

/// The names of the columns that every event has, and of the folders that days of receipt make. A field of one of these
/// names, in any case, has `fields.` in front.
const OWN: [&str; 8] = ["id", "received_at", "occurred_at", "type", "event_id", "install_id", "other_fields", "day"];
/// What stands in front of such a name.
const PREFIX: &str = "fields.";

/// A column of a declared field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// The field's dotted path: `environment.os`.
    pub(crate) name: String,
    /// What its values are.
    pub(crate) kind: Kind,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Int,
    Number,
    Time,
    /// Texts of any format; counts, lists and objects as JSON.
    Text,
}

/// The columns of a contract's fields, over all of its types of events.
#[derive(Debug)]
pub(crate) struct Columns {
    /// In the order in which the fields are declared, the envelope's first.
    pub(crate) fields: Vec<Column>,
    types: HashMap<Arc<str>, Object>,
    /// Where the fields of events go whose type is not declared.
    envelope: Object,
}

/// The declared members of an object.
type Object = HashMap<String, Member>;

#[derive(Debug)]
enum Member {
    /// The column of this index.
    Field(usize),
    Object(Object),
}

impl Columns {
    pub(crate) fn of(contract: &Contract) -> Self {
        let mut columns = Self { fields: Vec::new(), types: HashMap::new(), envelope: Object::new() };
        if let Some(envelope) = &contract.envelope {
            columns.envelope = columns.add(envelope);
        }
        for event_type in &contract.events {
            let object = columns.add(event_type);
            columns.types.insert(Arc::clone(&event_type.name), object);
        }
        columns
    }

    /// Puts each field of an event where `put` takes it: the index of a column, and a value that is not null. Gives the
    /// rest, for which there is no column or which `put` does not take, as the text of a JSON object of dotted paths.
    ///
    /// # Errors
    ///
    /// Where the event's fields are no JSON.
    pub(crate) fn place(
        &self,
        event: &EventRow<'_>,
        put: &mut dyn FnMut(usize, &Json<'_>) -> bool,
    ) -> io::Result<Option<String>> {
        let fields = Json::parse(event.fields.as_bytes())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("event {} is not JSON", event.id)))?;
        let declared = self.types.get(event.event_type).unwrap_or(&self.envelope);
        let mut rest = Vec::new();
        place(declared, &mut String::new(), &fields, put, &mut rest);
        if rest.is_empty() {
            return Ok(None);
        }
        rest.push(b'}');
        String::from_utf8(rest).map(Some).map_err(io::Error::other)
    }

    /// Adds what is new in a type of event. Its event id and install id stand apart from its fields.
    fn add(&mut self, event_type: &EventType) -> Object {
        let mut object = Object::new();
        let apart = [event_type.event_id_path(), event_type.install_id_path()];
        for field in event_type.fields.iter().filter(|field| !apart.contains(&Some(&*field.path))) {
            let column = self.column(&field.path, Kind::of(&field.kind));
            insert(&mut object, &field.path, column);
        }
        object
    }

    /// The column of a path. Two types of events may declare it unlike: it takes the values of both.
    fn column(&mut self, path: &str, kind: Kind) -> usize {
        let name = column_name(path);
        if let Some(index) = self.fields.iter().position(|column| column.name == name) {
            self.fields[index].kind = self.fields[index].kind.or(kind);
            return index;
        }
        self.fields.push(Column { name, kind });
        self.fields.len() - 1
    }
}

impl Kind {
    fn of(kind: &FieldType) -> Self {
        match kind {
            FieldType::Bool => Self::Bool,
            FieldType::Int { .. } => Self::Int,
            FieldType::Number { .. } => Self::Number,
            FieldType::Time => Self::Time,
            FieldType::Text { .. }
            | FieldType::Enum { .. }
            | FieldType::Uuid { .. }
            | FieldType::Version
            | FieldType::Hex { .. }
            | FieldType::Counts { .. }
            | FieldType::List { .. }
            | FieldType::Json { .. } => Self::Text,
        }
    }

    /// The narrowest that takes the values of both.
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Int | Self::Number, Self::Int | Self::Number) => Self::Number,
            _ => Self::Text,
        }
    }
}

/// A value as a text column holds it: a text itself, anything else as JSON.
pub(crate) fn write_value(out: &mut Vec<u8>, value: &Json<'_>) {
    match value {
        Json::Text(text) => out.extend_from_slice(text.as_bytes()),
        other => other.write(out),
    }
}

/// No two paths have one name: what has the prefix of its own gets it, too.
fn column_name(path: &str) -> String {
    let is_own = OWN.iter().any(|own| own.eq_ignore_ascii_case(path)) || path.starts_with(PREFIX);
    if is_own { format!("{PREFIX}{path}") } else { path.to_owned() }
}

/// Puts a column at a dotted path; a contract has no field inside another.
fn insert(object: &mut Object, path: &str, column: usize) {
    match path.split_once('.') {
        None => drop(object.insert(path.to_owned(), Member::Field(column))),
        Some((first, rest)) => {
            let inner = object.entry(first.to_owned()).or_insert_with(|| Member::Object(Object::new()));
            if let Member::Object(inner) = inner {
                insert(inner, rest, column);
            }
        }
    }
}

/// `path` is that of the object with a point behind it, and is left as it was.
fn place(
    declared: &Object,
    path: &mut String,
    object: &Json<'_>,
    put: &mut dyn FnMut(usize, &Json<'_>) -> bool,
    rest: &mut Vec<u8>,
) {
    let Json::Object(members) = object else { return };
    let outer = path.len();
    for (name, value) in members {
        path.push_str(name);
        match (declared.get(&**name), value) {
            (_, Json::Null) => {}
            (Some(Member::Object(inner)), Json::Object(_)) => {
                path.push('.');
                place(inner, path, value, put, rest);
            }
            (Some(Member::Field(column)), _) if put(*column, value) => {}
            _ => {
                rest.push(if rest.is_empty() { b'{' } else { b',' });
                write_text(rest, path);
                rest.push(b':');
                value.write(rest);
            }
        }
        path.truncate(outer);
    }
}

#[cfg(test)]
mod tests {
    use askfirst_contract::Timestamp;

    use super::*;

    const CONTRACT: &str = "
        [app]
        id = 'probe'
        title = 'Probe'
        about = 'For tests.'
        [[event]]
        type = 'one'
        about = 'One.'
        event_id = 'key'
        [event.fields]
        key = { type = 'uuid', why = 'x' }
        a = { type = 'counts', max_keys = 3, max_key = 3, optional = true, why = 'x' }
        'b.c' = { type = 'int', optional = true, why = 'x' }
        'b.d' = { type = 'text', max = 9, optional = true, why = 'x' }
        Day = { type = 'bool', optional = true, why = 'x' }
        'fields.Day' = { type = 'bool', optional = true, why = 'x' }
        [[event]]
        type = 'two'
        about = 'Two.'
        [event.fields]
        key = { type = 'text', max = 9, optional = true, why = 'x' }
        'a.x' = { type = 'time', optional = true, why = 'x' }
        b = { type = 'bool', optional = true, why = 'x' }
    ";

    fn columns() -> Columns {
        Columns::of(&Contract::parse("probe.toml", CONTRACT).unwrap())
    }

    #[test]
    fn no_two_columns_have_one_name() {
        let names: Vec<_> = columns().fields.into_iter().map(|column| column.name).collect();
        assert_eq!(names, ["a", "b.c", "b.d", "fields.Day", "fields.fields.Day", "key", "a.x", "b"]);
    }

    #[test]
    fn a_column_takes_the_values_of_all_types_that_declare_it() {
        use Kind::{Bool, Int, Number, Text, Time};
        for (one, other, both) in [(Int, Int, Int), (Int, Number, Number), (Bool, Int, Text), (Time, Text, Text)] {
            assert_eq!((one.or(other), other.or(one)), (both, both));
        }
    }

    /// What each column was given, and the rest.
    fn placed(event_type: &str, fields: &str, taken: impl Fn(&str) -> bool) -> (Vec<String>, Option<String>) {
        let columns = columns();
        let received_at = Timestamp(0);
        let event =
            EventRow { id: 1, received_at, occurred_at: None, event_type, event_id: None, install_id: None, fields };
        let mut given = Vec::new();
        let mut put = |column: usize, value: &Json<'_>| {
            let name = &columns.fields[column].name;
            let mut text = format!("{name}=").into_bytes();
            write_value(&mut text, value);
            taken(name) && {
                given.push(String::from_utf8(text).unwrap());
                true
            }
        };
        let rest = columns.place(&event, &mut put).unwrap();
        (given, rest)
    }

    #[test]
    fn every_value_has_its_place_or_is_in_the_rest() {
        let fields = r#"{"a":{"x":1},"b":{"c":2,"d":"t","e":[1]},"Day":true,"gone":{"x":null},"none":null}"#;
        let texts = |given: &[&str]| given.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let (given, rest) = placed("one", fields, |_| true);
        assert_eq!(given, texts(&[r#"a={"x":1}"#, "b.c=2", "b.d=t", "fields.Day=true"]));
        assert_eq!(rest.as_deref(), Some(r#"{"b.e":[1],"gone":{"x":null}}"#));
        let (given, rest) = placed("two", fields, |_| true);
        assert_eq!(given, texts(&["a.x=1", r#"b={"c":2,"d":"t","e":[1]}"#]));
        assert_eq!(rest.as_deref(), Some(r#"{"Day":true,"gone":{"x":null}}"#));
        let (given, rest) = placed("one", r#"{"b":{"c":2,"d":"t"}}"#, |name| name != "b.c");
        assert_eq!((given, rest.as_deref()), (texts(&["b.d=t"]), Some(r#"{"b.c":2}"#)));
        assert_eq!(placed("unknown", r#"{"a":1}"#, |_| true), (Vec::new(), Some(r#"{"a":1}"#.to_owned())));
        assert_eq!(placed("one", "{}", |_| true), (Vec::new(), None));
    }
}
