//! Exports of a size that does not fit into memory.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::CONTRACT;
use super::duckdb::ask;
use crate::harness::{Home, Ledger, memory_of, now};

/// Makes a ledger of so many events, filled like [`fill`] does.
pub(super) fn home(count: u64, bytes: u64) -> Home {
    let home = Home::new();
    std::fs::create_dir(home.path("contracts")).unwrap();
    home.write("contracts/probe.toml", CONTRACT);
    home.serve().stop();
    fill(&home, "probe", count, bytes);
    home
}

/// Puts so many events into a ledger, a millisecond apart since yesterday, each with a text of about so many bytes that no other has.
pub(crate) fn fill(home: &Home, app: &str, count: u64, bytes: u64) {
    let ledger = rusqlite::Connection::open(home.database_of(app)).unwrap();
    // As the writer would have stored them; through it, they would take minutes.
    let insert = "INSERT INTO event (seq, event_id, type, install, occurred_at, address, contract, fields)
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
        SELECT (?3 + n) * 1024, printf('%016x', n), 'run', NULL, NULL, NULL, 1,
          json_object('when', '2026-01-01', 'count', n, 'os', json_object('name', hex(randomblob(?2)))) FROM number";
    let yesterday = (now() - time::Duration::days(1)).unix_timestamp() * 1_000;
    ledger.execute(insert, [count.cast_signed(), (bytes / 2).cast_signed(), yesterday]).unwrap();
}

/// Runs an export to its end, and gives the most memory that it had resident.
#[track_caller]
fn most_memory(mut export: Child) -> u64 {
    let mut most = 0;
    loop {
        // Nothing is resident once it has ended.
        most = most.max(memory_of(export.id(), "VmHWM:").unwrap_or(0));
        if let Some(status) = export.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            return most;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[track_caller]
fn assert_exported(count: u64, bytes: u64, most: u64) {
    let home = home(count, bytes);
    let mut command = home.askfirst(&["export", "probe", "--format", "parquet", "--out", "out", "--data", "data"]);
    let export = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let memory = most_memory(export);
    let _ = writeln!(std::io::stderr(), "{count} events: {} MB of memory", memory >> 20);
    assert!(memory < most, "{memory} bytes were resident");
    let sums = ask(&home, "SELECT count(*), sum(\"count\")::BIGINT, count(DISTINCT event_id) FROM 'out/*/*.parquet'");
    assert_eq!(sums, [serde_json::json!([count, count * (count + 1) / 2, count])]);
    let rows: i64 = Ledger::of_file(&home.database_of("probe")).one("SELECT count(*) FROM event", []);
    assert_eq!(rows.cast_unsigned(), count);
}

/// All texts together are more than the memory that is allowed.
#[test]
fn the_memory_of_an_export_is_bounded() {
    assert_exported(100_000, 2_000, 160 << 20);
}

#[test]
#[ignore = "takes its time: cargo test --release -- --ignored ten_million --nocapture"]
fn ten_million_events_are_exported_within_200_megabytes() {
    assert_exported(10_000_000, 100, 200_000_000);
}
