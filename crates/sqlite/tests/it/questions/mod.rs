//! Every answer equals that of a model: plain lists of what was accepted, counted anew for each question.
//!
//! Populations are generated and sent through a real ledger: across the ends of days, weeks, months and years, with clocks
//! that are wrong, repetitions, limits, restarts, folds, retention and changes of the contract between them.

mod active;
mod breakdown;
mod calendar;
mod contracts;
mod distribution;
mod errors;
mod folded;

mod model;
mod outcomes;
mod recent;
mod report;
mod retention;
mod steps;
mod trend;
mod versions;
mod world;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use calendar::{date, start_of};
use world::World;

/// How many populations a question is asked of: all questions together take less than half a minute.
fn cases() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, max_shrink_iters: 4_000, ..ProptestConfig::with_cases(24) }
}

/// The days a question is about.
#[derive(Debug, Clone, Copy)]
struct Days {
    from: i32,
    to: i32,
}

impl Days {
    fn contain(self, day: i32) -> bool {
        self.from <= day && day <= self.to
    }

    /// The same from the beginning of the period that they begin in.
    fn aligned(self, per: &str) -> Self {
        Self { from: start_of(per, self.from), ..self }
    }

    /// The periods they fall into.
    fn periods(self, per: &str) -> Vec<Self> {
        let mut periods: Vec<Self> = Vec::new();
        for day in self.aligned(per).from..=self.to {
            match periods.last_mut() {
                Some(last) if start_of(per, last.from) == start_of(per, day) => last.to = day,
                _ => periods.push(Self { from: day, to: day }),
            }
        }
        periods
    }
}

/// A range of days, told by how far it lies back from the running day.
#[derive(Debug, Clone, Copy)]
struct Back {
    days: i32,
    to: i32,
}

/// Mostly the latest days, some that are past retention, some that are yet to come.
fn back() -> impl Strategy<Value = Back> {
    let days = prop_oneof![3 => 1..20_i32, 2 => 20..80_i32, 1 => 80..400_i32];
    (days, prop_oneof![3 => Just(0), 2 => 0..60_i32, 1 => -3..0_i32]).prop_map(|(days, to)| Back { days, to })
}

impl Back {
    fn of(self, world: &World) -> Days {
        let to = world.today() - self.to;
        Days { from: to - self.days + 1, to }
    }
}

fn periods() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["day", "week", "month"])
}

/// Asks a question about days, with more parameters.
fn ask(world: &World, question: &str, days: Days, more: &[(&str, &str)]) -> Value {
    let (from, to) = (date(days.from), date(days.to));
    let mut parameters = vec![("from", from.as_str()), ("to", to.as_str())];
    parameters.extend(more);
    world.ledger.ask(question, &parameters, world.now()).to_json()
}

/// Compares an answer with the model's. Sums and means may differ by rounding.
fn same(answer: &Value, model: &Value) -> Result<(), TestCaseError> {
    match difference("", answer, model) {
        None => Ok(()),
        Some(difference) => Err(TestCaseError::fail(format!("{difference}\nanswer: {answer}\nmodel:  {model}"))),
    }
}

/// The first place where two values differ.
fn difference(place: &str, answer: &Value, model: &Value) -> Option<String> {
    match (answer, model) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(name, value)| difference(&format!("{place}/{name}"), value, &b[name]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let mut pairs = a.iter().zip(b).enumerate();
            pairs.find_map(|(index, (a, b))| difference(&format!("{place}/{index}"), a, b))
        }
        (Value::Number(a), Value::Number(b)) if is_near(a.as_f64()?, b.as_f64()?) => None,
        _ => (answer != model).then(|| format!("{place}: {answer}, not {model}")),
    }
}

fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()) && a.is_sign_negative() == b.is_sign_negative()
}

/// The part that one count is of another.
fn share(part: usize, whole: usize) -> Value {
    let exact = |count: usize| f64::from(u32::try_from(count).unwrap());
    if whole == 0 { Value::Null } else { json!(exact(part) / exact(whole)) }
}
