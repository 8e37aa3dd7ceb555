//! What is older than the app keeps it is not imported; counts that outlive it are.

use time::Duration;

use super::dump::{Dialect, Dump};
use super::{Import, ask_one, baofeng, drift, moment, uuid, voicemode};
use crate::harness::{Home, Random, now};

/// So many rows of each side of retention; none of them is at its edge.
const COUNT: usize = 40;

#[track_caller]
fn assert_half_expired(import: &Import) {
    import.assert_accounts_for(2 * COUNT);
    assert_eq!(import.count("imported"), COUNT as u64, "{import:?}");
    assert_eq!(import.counts("skipped").into_iter().collect::<Vec<_>>(), [("expired", COUNT as u64)], "{import:?}");
}

#[test]
fn voicemode_keeps_90_days() {
    let home = Home::new();
    let mut maker = voicemode::Maker::new(11, 20);
    let mut dump = Dump::create(&home, "voicemode.sql", Dialect::Shell);
    let mut truth = voicemode::Truth::default();
    dump.table(&voicemode::EVENTS);
    for install in 0..COUNT {
        let old = now() - Duration::days(91 + i64::try_from(install).unwrap());
        maker.row_of(install % 20, old).write(&mut dump);
        let row = maker.row_of(install % 20, now() - Duration::days(89));
        row.write(&mut dump);
        truth.take(&row);
    }
    dump.finish();
    let import = Import::run(&home, "voicemode", "voicemode.sql");
    assert_half_expired(&import);
    truth.check(&home);
    let questions = [voicemode::ROWS, voicemode::INSTALLS, voicemode::ACTIVE];
    import.assert_again_changes_nothing(&home, "voicemode", "voicemode.sql", &questions);
}

#[test]
fn drift_keeps_90_days() {
    let home = Home::new();
    let mut maker = drift::Maker::new(12);
    let mut dump = Dump::create(&home, "drift.sql", Dialect::Wrangler);
    dump.table(&drift::EVENTS);
    for id in 0..COUNT {
        for (half, days) in [91, 89].into_iter().enumerate() {
            maker.row_at(now() - Duration::days(days)).write(&mut dump, 2 * id + half);
        }
    }
    dump.finish();
    let import = Import::run(&home, "drift", "drift.sql");
    assert_half_expired(&import);
    assert_eq!(ask_one(&home, "drift", drift::ROWS), COUNT.to_string());
    import.assert_again_changes_nothing(&home, "drift", "drift.sql", &[drift::ROWS]);
}

#[test]
fn baofeng_keeps_30_days_of_failures_and_counts_flashes_for_ever() {
    let home = Home::new();
    let mut random = Random::from_seed(13);
    let mut dump = Dump::create(&home, "baofeng.sql", Dialect::Wrangler);
    dump.table(&baofeng::LOGS);
    dump.table(&baofeng::EVENTS);
    for _ in 0..COUNT {
        for days in [31..400, 1..29] {
            for table in [&baofeng::LOGS, &baofeng::EVENTS] {
                let received = moment(&mut random, days.clone());
                baofeng::Row::error(&mut random, received).write(&mut dump, table, &uuid(&mut random));
            }
            let (session, received) = (uuid(&mut random), moment(&mut random, days));
            let flash = baofeng::Row::flash(&mut random, &session, received);
            flash.write(&mut dump, &baofeng::EVENTS, &uuid(&mut random));
        }
    }
    dump.finish();
    let import = Import::run(&home, "baofeng", "baofeng.sql");
    import.assert_accounts_for(6 * COUNT);
    // A flash of long ago is counted, and its row is not kept: whether that is an import is a matter of words.
    let expired = import.counts("skipped")["expired"];
    assert!([2 * COUNT as u64, 3 * COUNT as u64].contains(&expired), "{import:?}");
    let logs = "SELECT COUNT(*) FROM client_logs";
    let errors = "SELECT COUNT(*) FROM telemetry_events WHERE event_type <> 'flash_success'";
    for question in [logs, errors] {
        assert_eq!(ask_one(&home, "baofeng", question), COUNT.to_string(), "{question}");
    }
    baofeng::assert_flash_count(&home, 2 * COUNT);
    let again = Import::run(&home, "baofeng", "baofeng.sql");
    assert_eq!(again.count("imported"), 0, "{again:?}");
    baofeng::assert_flash_count(&home, 2 * COUNT);
    assert_eq!(ask_one(&home, "baofeng", errors), COUNT.to_string());
}
