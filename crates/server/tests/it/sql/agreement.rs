//! The published queries and the questions give the same numbers.

use serde_json::{Value, json};
use time::Duration;

use super::PUBLISHED;
use crate::harness::{
    Home, Random, Report, Request, Server, at, clear_of_midnight, install_id, now, race, seed, within_one_day,
};

const INSTALLS: usize = 200;

/// Reports over 20 days, of times in UTC: only those compare as texts as they compare as times. Some installs are seen
/// first seven days ago, and some of them again today.
fn reports(random: &mut Random) -> Vec<Request> {
    let today = now().replace_time(time::Time::MIDNIGHT);
    let mut reports = Vec::new();
    for install in 0..INSTALLS {
        let id = install_id();
        let days = match install % 5 {
            0 => vec![7, 0],
            1 => vec![7, random.below(7)],
            2 => vec![8, 7, 0],
            _ => (0..=random.below(4)).map(|_| random.below(20)).collect(),
        };
        for day in days {
            let time =
                today - Duration::days(day.cast_signed()) + Duration::seconds(random.below(86_400).cast_signed());
            let zone = *random.pick(&["", "Z", ".123Z", ".5+00:00"]);
            let report = Report::of(&id).with("timestamp", at(time) + zone);
            reports.push(Request::report(report.json()));
        }
    }
    reports
}

fn ask(server: &Server, token: &str, question: &str) -> Value {
    let target = format!("/api/v1/voicemode/{question}");
    let answer = server.send(&Request::new("GET", &target).header("authorization", &format!("Bearer {token}")));
    assert_eq!(answer.status, 200, "{question}: {}", answer.text());
    answer.json()
}

#[test]
fn the_published_queries_and_the_questions_agree() {
    clear_of_midnight();
    let home = Home::with_config("[apps.voicemode]\nlimits = { install = \"off\", address = \"off\" }\n");
    let server = home.serve();
    let seed = seed();
    for answer in race(&server, 8, &reports(&mut Random::from_seed(seed))) {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let token = home.token(&["agreement"]);
    let [_, _, daily, weekly, _, _, retention, _] = PUBLISHED;
    within_one_day(|today| {
        let same = |what: &str, query: &Value, answer: &Value| {
            let told = format!("{what}: {query} by the query, {answer} by the question, seed {seed}");
            if query == answer && *answer != json!(0) { Ok(()) } else { Err(told) }
        };
        // Seven days back from this very second, compared as texts, is all of the day that lies in.
        let active = ask(&server, &token, "active?last=8d");
        same("dau", &home.query(daily)[0]["dau"], &active["periods"][7]["installs"])?;
        same("wau", &home.query(weekly)[0]["wau"], &active["installs"])?;

        let day = today - Duration::days(7);
        let answer = ask(&server, &token, &format!("retention?per=day&from={day}&to={day}"));
        let row = &home.query(retention)[0];
        same("cohort", &row["cohort_size"], &answer["counts"][0]["installs"])?;
        same("retained", &row["retained_users"], &answer["counts"][0]["7"])?;
        let [percent, share] = [&row["retention_pct"], &answer["shares"][0]["7"]].map(|share| share.as_f64().unwrap());
        let is_near = (percent - 100.0 * share).abs() <= 0.005 + 1e-9;
        is_near.then_some(()).ok_or_else(|| format!("share: {percent} %, not {share}, seed {seed}"))
    });
}
