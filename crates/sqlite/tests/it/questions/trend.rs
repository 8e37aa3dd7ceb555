//! `trend`

use proptest::prelude::*;
use serde_json::{Value, json};

use super::active::{only, parameters, texts};
use super::calendar::{date, label, start_of};
use super::model::Only;
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, periods, same};

/// Fields that hold numbers.
pub(super) const NUMBERS: [&str; 4] = ["load", "took", "ratio", "odd \"name\""];

/// As many periods that come before the first of these.
fn before(days: Days, per: &str) -> Days {
    let first = days.periods(per).iter().fold(days.from, |first, _| start_of(per, first - 1));
    Days { from: first, to: days.from - 1 }
}

fn expected(
    world: &World,
    days: Days,
    per: &str,
    of: &str,
    figure: impl Fn(Days) -> Value,
    total: impl Fn(Days) -> Value,
) -> Value {
    let days = days.aligned(per);
    let before = before(days, per);
    let rows = days.periods(per).into_iter().zip(before.periods(per)).map(|(period, earlier)| {
        json!({
            "period": label(per, period.from), "value": figure(period), "before": figure(earlier),
            "running": start_of(per, period.from) == start_of(per, world.today()),
        })
    });
    json!({
        "question": "trend", "from": date(days.from), "to": date(days.to),
        "before_from": date(before.from), "before_to": date(before.to), "per": per, "of": of,
        "total": total(days), "total_before": total(before), "periods": rows.collect::<Vec<_>>(),
    })
}

/// What events on these days say in a number field.
pub(super) fn numbers(world: &World, days: Days, field: &str, only: Only<'_>) -> Vec<f64> {
    let mut numbers: Vec<f64> =
        world.model.stored(only, days).filter_map(|event| event.fields[field].as_f64()).collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

#[expect(clippy::cast_precision_loss, reason = "there are some hundreds")]
pub(super) fn statistic(stat: &str, numbers: &[f64]) -> Value {
    let sum: f64 = numbers.iter().fold(0.0, |sum, number| sum + number);
    let count = numbers.len();
    match stat {
        "sum" => json!(sum),
        _ if count == 0 => Value::Null,
        "mean" => json!(sum / count as f64),
        // The middle one twice, or the two in the middle.
        "median" => json!(f64::midpoint(numbers[(count - 1) / 2], numbers[count / 2])),
        _ => {
            let covers = |number: &&f64| 20 * numbers.iter().filter(|other| other <= number).count() >= 19 * count;
            json!(numbers.iter().find(covers))
        }
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn trend_of_events_and_installs_is_right(story in story(), back in back(), per in periods(), only in only()) {
        check_counts(&World::of(&story), back, per, &only)?;
    }

    #[test]
    fn trend_of_a_number_is_right(
        story in story(), back in back(), per in periods(),
        of in prop::sample::select(NUMBERS.to_vec()), only in only(),
    ) {
        check_numbers(&World::of(&story), back, per, of, &only)?;
    }
}

pub(super) fn check_counts(world: &World, back: Back, per: &str, only: Only<'_>) -> Result<(), TestCaseError> {
    let (days, model, texts) = (back.of(world), &world.model, texts(only));
    let events = |days: Days| {
        let counted = |dimension: &str, is_meant: &dyn Fn(&str) -> bool| {
            let daily = model.daily(dimension).into_iter();
            let daily = daily.filter(|((value, day), _)| days.contain(*day) && is_meant(value));
            daily.map(|(_, (events, _))| events).sum::<usize>()
        };
        match only {
            [] => json!(counted("runtime", &|_| true)),
            [(dimension, _), others @ ..] if others.iter().all(|(other, _)| other == dimension) => {
                let is_meant = |value: &str| only.iter().any(|(_, known)| *known == value);
                model.known(days, counted(dimension, &is_meant))
            }
            // Events of the first day that is kept may have gone.
            _ if days.from > model.first_day => json!(model.stored(only, days).count()),
            _ => Value::Null,
        }
    };
    let answer = ask(world, "trend", days, &parameters(&[("per", per)], &texts));
    same(&answer, &expected(world, days, per, "events", events, events))?;
    let installs = |days: Days| model.known(days, model.active(None, only, days).len());
    let of_period = |days: Days| match model.counted("runtime", days.from) {
        counted if per == "day" && only.is_empty() && days.from < model.first_day => {
            json!(counted.values().sum::<usize>())
        }
        _ => installs(days),
    };
    let answer = ask(world, "trend", days, &parameters(&[("per", per), ("of", "installs")], &texts));
    same(&answer, &expected(world, days, per, "installs", of_period, installs))
}

pub(super) fn check_numbers(
    world: &World,
    back: Back,
    per: &str,
    of: &str,
    only: Only<'_>,
) -> Result<(), TestCaseError> {
    let (days, texts) = (back.of(world), texts(only));
    for stat in ["sum", "mean", "median", "p95"] {
        let answer = ask(world, "trend", days, &parameters(&[("per", per), ("of", of), ("stat", stat)], &texts));
        // Events of the first day that is kept may have gone.
        let figure = |days: Days| {
            let is_known = days.from > world.model.first_day;
            if is_known { statistic(stat, &numbers(world, days, of, only)) } else { Value::Null }
        };
        let total = |days| if stat == "sum" { figure(days) } else { Value::Null };
        let mut model = expected(world, days, per, of, figure, total);
        model["stat"] = json!(stat);
        same(&answer, &model)?;
    }
    Ok(())
}
