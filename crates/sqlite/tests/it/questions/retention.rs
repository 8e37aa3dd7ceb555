//! `retention`

use askfirst_contract::Timestamp;
use askfirst_core::question::Ask;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::active::{only, parameters, texts};
use super::calendar::{date, label};
use super::model::Only;
use super::steps::story;
use super::world::World;
use super::{Back, Days, ask, back, cases, same, share};

fn expected(world: &World, days: Days, per: &str, only: Only<'_>) -> Value {
    let (model, days) = (&world.model, days.aligned(per));
    let all = Days { to: days.to.max(world.today()), ..days }.periods(per);
    let (mut counts, mut shares) = (Vec::new(), Vec::new());
    for (index, cohort) in all.iter().enumerate().filter(|(_, period)| period.from <= days.to) {
        // The last cohort ends with the range, though its period may go on.
        let cohort = Days { to: cohort.to.min(days.to), ..*cohort };
        let mut new = model.first_seen(cohort);
        new.retain(|install| model.active(None, only, cohort).contains(install));
        let mut head = Map::new();
        head.insert("cohort".to_owned(), json!(label(per, cohort.from)));
        head.insert("installs".to_owned(), model.known(cohort, new.len()));
        let (mut count_row, mut share_row) = (head.clone(), head);
        for later in 1..all.len() {
            let back =
                all.get(index + later).map(|period| model.active(None, only, *period).intersection(&new).count());
            let [count, share] = match back {
                Some(back) => [model.known(cohort, back), model.known(cohort, share(back, new.len()))],
                None => [Value::Null, Value::Null],
            };
            count_row.insert(later.to_string(), count);
            share_row.insert(later.to_string(), share);
        }
        counts.push(Value::Object(count_row));
        shares.push(Value::Object(share_row));
    }
    json!({
        "question": "retention", "from": date(days.from), "to": date(days.to), "per": per,
        "running": label(per, world.today()), "counts": counts, "shares": shares,
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn retention_is_right(
        story in story(), back in back(), per in prop::sample::select(vec!["day", "week"]), only in only(),
    ) {
        let world = World::of(&story);
        check(&world, Back { days: back.days.min(90), ..back }, per, &only)?;
    }
}

pub(super) fn check(world: &World, back: Back, per: &str, only: Only<'_>) -> Result<(), TestCaseError> {
    let (days, texts) = (back.of(world), texts(only));
    let answer = ask(world, "retention", days, &parameters(&[("per", per)], &texts));
    same(&answer, &expected(world, days, per, only))
}

#[test]
fn no_more_is_asked_for_than_can_be_shown() {
    let contract = super::contracts::Terms::First.contract();
    let parse = |per: &str, from: &str| {
        let parameters = [("per", per), ("from", from), ("to", "2026-02-12")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ask::parse("retention", &parameters, &contract, Timestamp::parse("2026-09-02").unwrap()).is_ok()
    };
    assert_eq!([parse("day", "2025-09-10"), parse("day", "2025-08-20")], [true, false], "366 days until today");
    assert_eq!([parse("week", "2019-09-10"), parse("week", "2019-08-01")], [true, false], "366 weeks");
}
