//! Events of a contract, right and wrong in about equal parts.
//!
//! What a JSON Schema can't say does not come up: days that no calendar has, whole numbers beyond 2^53 with a point,
//! and, where lengths count UTF-16, characters that are two units and texts that are a little too short.

use askfirst_contract::{Contract, EventType, Field, FieldType, Keys, TextUnit};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// An event for a contract, with the member `type`.
pub(crate) fn event_of(contract: &Contract) -> impl Strategy<Value = Value> + use<> {
    let names = contract.events.iter().map(|event| event.name.to_string()).collect::<Vec<_>>();
    let declared = (0..names.len()).prop_map(move |index| json!(names[index]));
    let event_type = prop_oneof![
        12 => declared,
        3 => Just(json!("other")),
        1 => prop_oneof![Just(json!("")), Just(json!("no name")), Just(json!(5)), Just(Value::Null)],
    ];
    let event = contract.events[0].clone();
    let paths: Vec<String> = event.fields.iter().map(|field| field.path.clone()).collect();
    let values: Vec<_> = event.fields.iter().map(place).collect();
    let mishap = prop_oneof![8 => Just(None), 3 => (any::<prop::sample::Index>(), 0..4_u32).prop_map(Some)];
    (event_type, values, mishap).prop_map(move |(event_type, values, mishap)| {
        let mut event_json = Map::new();
        event_json.insert("type".to_owned(), event_type);
        for (path, value) in paths.iter().zip(values) {
            if let Some(value) = value {
                put(&mut event_json, path, value);
            }
        }
        let mut event_json = Value::Object(event_json);
        if let Some((object, what)) = mishap {
            befall(&mut event_json, &event, object, what);
        }
        event_json
    })
}

fn put(object: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), value);
        }
        Some((name, rest)) => {
            let inner = object.entry(name).or_insert_with(|| json!({}));
            put(inner.as_object_mut().unwrap(), rest, value);
        }
    }
}

/// Something happens to one of the event's objects.
fn befall(event_json: &mut Value, event: &EventType, object: prop::sample::Index, what: u32) {
    let mut pointers = vec![String::new()];
    for field in &event.fields {
        pointers.extend(field.pointer.match_indices('/').map(|(end, _)| field.pointer[..end].to_owned()));
    }
    let Some(place) = event_json.pointer_mut(object.get(&pointers[..]).as_str()) else { return };
    match what {
        0 => *place = Value::Null,
        1 => *place = json!(5),
        2 => *place = json!({}),
        _ => {
            place.as_object_mut().unwrap().insert("undeclared".to_owned(), json!([1]));
        }
    }
}

/// What stands at the place of a field, if anything does.
fn place(field: &Field) -> BoxedStrategy<Option<Value>> {
    prop_oneof![
        30 => value(&field.kind).prop_map(Some),
        1 => Just(None),
        1 => Just(Some(Value::Null)),
        1 => prop_oneof![Just(json!(true)), Just(json!(12)), Just(json!("")), Just(json!([])), Just(json!({}))].prop_map(Some),
    ]
    .boxed()
}

fn texts(strategy: impl Strategy<Value = String> + 'static) -> BoxedStrategy<Value> {
    strategy.prop_map(Value::from).boxed()
}

fn any_of(texts: &[&str]) -> BoxedStrategy<Value> {
    prop::sample::select(texts.iter().map(|text| json!(text)).collect::<Vec<_>>()).boxed()
}

fn value(kind: &FieldType) -> BoxedStrategy<Value> {
    match kind {
        FieldType::Text { min, max, unit, .. } => {
            // Lengths about the bounds, of letters that patterns let through.
            let lengths = [(*min).max(1) - 1, *min, min + 1, *max, max + 1];
            let long = |length: u32| "abcd".chars().cycle().take(length as usize).collect::<String>();
            let lengths = prop::sample::select(lengths.map(long).to_vec()).prop_filter("comparable", {
                let (min, unit) = (*min as usize, *unit);
                move |text| unit == TextUnit::Character || text.len() >= min
            });
            let any = match unit {
                TextUnit::Character => "[a-z\"\\\\é😀]{0,42}".to_owned(),
                TextUnit::Utf16 => format!("[a-z\"\\\\é]{{{min},42}}"),
            };
            prop_oneof![2 => texts("[a-z]{4}"), 2 => texts(lengths), 1 => texts(any.prop_regex())].boxed()
        }
        FieldType::Enum { values } => {
            let known = prop::sample::select(values.clone()).prop_map(Value::from);
            prop_oneof![5 => known, 1 => texts("[a-z]{0,3}")].boxed()
        }
        FieldType::Bool => any::<bool>().prop_map(Value::from).boxed(),
        FieldType::Int { min, max } => {
            let (min, max) = (min.unwrap_or(-100), max.unwrap_or(100));
            let near = (min - 3..=max + 3).prop_map(Value::from);
            let odd = [
                json!(3.0),
                json!(-2.5),
                json!(i64::MAX),
                json!(u64::MAX),
                json!(9_007_199_254_740_992.0),
                json!(-0.0),
            ];
            prop_oneof![6 => near, 1 => prop::sample::select(odd.to_vec())].boxed()
        }
        FieldType::Number { .. } => {
            prop_oneof![(-1e6..1e6_f64).prop_map(Value::from), (-3..5).prop_map(Value::from)].boxed()
        }
        FieldType::Time => times(),
        FieldType::Uuid { .. } => prop_oneof![
            6 => texts("[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
            2 => any_of(&["unknown", "", "{550e8400-e29b-41d4-a716-446655440000}", "550e8400e29b41d4a716446655440000"]),
        ]
        .boxed(),
        FieldType::Version => prop_oneof![
            texts("[0-9]{1,2}\\.(0|[1-9][0-9]?)\\.(0|[1-9])"),
            texts("(0|[1-9])\\.[0-9]\\.[0-9](-[0-9A-Za-z.-]{1,6})?(\\+[0-9A-Za-z.-]{1,6})?"),
            any_of(&["1.2", "v1.2.3", "", "1.2.3 ", "1.2.3-", "18446744073709551615.0.0"]),
            texts("1\\.2\\.3\\+[a-z]{240,260}"),
        ]
        .boxed(),
        FieldType::Hex { min, max } => {
            let near = format!("[0-9a-fA-F]{{{min},{}}}", max + 1);
            prop_oneof![6 => texts(near.prop_regex()), 1 => texts("[0-9a-g]{0,22}")].boxed()
        }
        FieldType::Counts { keys } => counts(keys),
        FieldType::List { of, .. } => prop::collection::vec(value(of), 0..4).prop_map(Value::from).boxed(),
        FieldType::Json { .. } => {
            prop_oneof![Just(json!({})), Just(json!({"a": [1, {"b": null}], "c": "d"})), Just(json!([])),].boxed()
        }
    }
}

fn counts(keys: &Keys) -> BoxedStrategy<Value> {
    let name = match keys {
        Keys::Declared(_) => "[abc]",
        Keys::Bounded { .. } => "[abé]{0,4}",
    };
    let count = prop_oneof![12 => (0..100_u32).prop_map(Value::from), 1 => prop_oneof![Just(json!(-1)), Just(json!(2.0)), Just(json!(0.5)), Just(Value::Null)]];
    prop::collection::btree_map(name, count, 0..4)
        .prop_map(|counts| Value::Object(counts.into_iter().collect()))
        .boxed()
}

/// Days that every month has, and times of day with and without a zone, some of them none.
fn times() -> BoxedStrategy<Value> {
    const DAY: &str = "[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
    let time = "T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,12})?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)?";
    let odd = "[Tt ]?[0-2]?[0-9]:?[0-6][0-9]?(:[0-6][0-9])?(\\.[0-9]{0,3})?(z|Z|[+-][0-3]?[0-9](:?[0-7][0-9]?)?)?";
    prop_oneof![
        texts(DAY),
        texts(format!("{DAY}{time}").prop_regex()),
        texts(format!("{DAY}{odd}").prop_regex()),
        any_of(&["", "2025-00-10", "2025-10-00", "2025-13-01", "2025-1-1", "20250101", "yesterday"]),
    ]
    .boxed()
}

trait PropRegex {
    fn prop_regex(&self) -> proptest::string::RegexGeneratorStrategy<String>;
}

impl PropRegex for String {
    fn prop_regex(&self) -> proptest::string::RegexGeneratorStrategy<String> {
        proptest::string::string_regex(self).unwrap()
    }
}
