//! `askfirst stats`.

use serde_json::json;

use crate::harness::{Home, Report, at, eventually, install_id, now, within_one_day};

#[test]
fn stats_tell_events_installs_and_every_other_outcome() {
    within_one_day(|today| {
        let home = Home::new();
        let server = home.serve();
        let install = install_id();
        let first = Report::of(&install);
        let mut posts: Vec<Report> = vec![first.clone(); 4];
        posts.extend((0..9).map(|_| Report::of(&install)));
        // Over the limit of the install.
        posts.extend((0..2).map(|_| Report::of(&install)));
        posts.push(Report::of(&install_id()).with("undeclared", 1).with("usage.undeclared", 2));
        // An install that was last seen long before this month.
        posts.push(Report::new().with("timestamp", at(now() - time::Duration::days(80)) + "Z"));
        posts.extend((0..3).map(|_| Report::new().without("event_id")));
        posts.extend((0..2).map(|_| Report::new().with("usage.total_sessions", -1)));
        for report in &posts {
            server.post(report.json());
        }
        let expected = json!({
            "app": "voicemode", "events": 12, "installs": 3,
            "active_today": 2, "active_this_week": 2, "active_this_month": 2,
            "duplicates": 3, "limited": 2, "discarded_fields": 2,
        });
        let check = || {
            let stats = home.stats();
            let known = expected.as_object().unwrap().iter();
            let differing =
                known.filter(|(name, value)| stats[name.as_str()] != **value).map(|(name, _)| name.as_str());
            let differing: Vec<&str> = differing.collect();
            let mut refused: Vec<u64> =
                stats["refused"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).collect();
            refused.sort_unstable();
            if differing.is_empty() && refused == [2, 3] { Ok(()) } else { Err(format!("{differing:?} in {stats}")) }
        };
        eventually("the counts while the server runs", || {
            check().or_else(|difference| if now().date() == today { Err(difference) } else { Ok(()) })
        });
        server.stop();
        check()
    });
}

#[test]
fn stats_for_people_tell_the_same() {
    let home = super::with_events(7);
    let run = home.run(&["stats", "voicemode", "--data", "data"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    for snippet in ["events", "installs", "now", "today", "week", "month", "7"] {
        assert!(run.stdout.to_lowercase().contains(snippet), "{snippet}: {}", run.stdout);
    }
}

#[test]
fn the_counts_outlive_a_restart() {
    let home = Home::new();
    let report = Report::new();
    for round in 0..3 {
        let server = home.serve();
        assert_eq!(server.post(report.json()).status, 200, "round {round}");
        assert_eq!(server.post("{").status, 400, "round {round}");
        server.stop();
    }
    let stats = home.stats();
    assert_eq!((&stats["events"], &stats["duplicates"]), (&json!(1), &json!(2)), "{stats}");
    let refused: u64 = stats["refused"].as_object().unwrap().values().filter_map(serde_json::Value::as_u64).sum();
    assert_eq!(refused, 3, "{stats}");
}
