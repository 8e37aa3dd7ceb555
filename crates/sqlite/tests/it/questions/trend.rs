//! `trend`

use proptest::prelude::*;
use serde_json::{Value, json};

use super::calendar::{date, label, start_of};
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, periods, same};

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
fn numbers(world: &World, days: Days, field: &str) -> Vec<f64> {
    let mut numbers: Vec<f64> = world.model.stored(days).filter_map(|event| event.fields[field].as_f64()).collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

#[expect(clippy::cast_precision_loss, reason = "there are some hundreds")]
fn statistic(stat: &str, numbers: &[f64]) -> Value {
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
    fn trend_of_events_and_installs_is_right(story in story(), back in back(), per in periods()) {
        check_counts(&World::of(&story), back, per)?;
    }

    #[test]
    fn trend_of_a_number_is_right(
        story in story(), back in back(), per in periods(),
        of in prop::sample::select(vec!["load", "took", "ratio", "odd \"name\""]),
    ) {
        check_numbers(&World::of(&story), back, per, of)?;
    }
}

pub(super) fn check_counts(world: &World, back: Back, per: &str) -> Result<(), TestCaseError> {
    let (days, model) = (back.of(world), &world.model);
    let events = |days: Days| {
        let daily = model.daily("runtime").into_iter().filter(|((_, day), _)| days.contain(*day));
        json!(daily.map(|(_, (events, _))| events).sum::<usize>())
    };
    same(&ask(world, "trend", days, &[("per", per)]), &expected(world, days, per, "events", events, events))?;
    let installs = |days: Days| model.known(days, model.active(None, &[], days).len());
    let of_period = |days: Days| match model.counted("runtime", days.from) {
        counted if per == "day" && days.from < model.first_day => json!(counted.values().sum::<usize>()),
        _ => installs(days),
    };
    let answer = ask(world, "trend", days, &[("per", per), ("of", "installs")]);
    same(&answer, &expected(world, days, per, "installs", of_period, installs))
}

pub(super) fn check_numbers(world: &World, back: Back, per: &str, of: &str) -> Result<(), TestCaseError> {
    let days = back.of(world);
    for stat in ["sum", "mean", "median", "p95"] {
        let answer = ask(world, "trend", days, &[("per", per), ("of", of), ("stat", stat)]);
        // Events of the first day that is kept may have gone.
        let figure = |days: Days| {
            let is_known = days.from > world.model.first_day;
            if is_known { statistic(stat, &numbers(world, days, of)) } else { Value::Null }
        };
        let total = |days| if stat == "sum" { figure(days) } else { Value::Null };
        let mut model = expected(world, days, per, of, figure, total);
        model["stat"] = json!(stat);
        same(&answer, &model)?;
    }
    Ok(())
}
