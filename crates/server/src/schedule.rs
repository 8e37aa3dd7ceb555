//! Upkeep of the ledgers: keys of addresses every full hour, retention daily at 02:00 UTC, and both at the start, for
//! what was due while the server was not running.

use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::commands::serve::Served;
use askfirst_contract::Timestamp;

const HOUR: i64 = 3_600_000;
/// The hour of the day at which retention runs, UTC.
const RETENTION_HOUR: i64 = 2;

/// Keeps the ledgers up until the task is dropped.
pub(crate) async fn run(served: Arc<Served>) {
    let mut due = clock::now();
    let mut is_start = true;
    loop {
        for app in &served.now().apps {
            let name = app.contract.app.id.as_str();
            match app.ledger.destroy_keys(due).await {
                Ok(()) => {}
                Err(error) => tracing::error!(app = name, %error, "keys of addresses were not destroyed"),
            }
            if is_start || is_retention_hour(due) {
                match app.ledger.retain(due).await {
                    Ok(rows) => tracing::info!(app = name, rows, "retention is done"),
                    Err(error) => {
                        tracing::error!(app = name, %error, "retention was not done; it is tried again tomorrow");
                    }
                }
            }
        }
        is_start = false;
        due = next_hour(due);
        sleep_until(due).await;
    }
}

/// Sleeps in pieces: the clock may be set, and a machine may be suspended meanwhile.
async fn sleep_until(due: Timestamp) {
    loop {
        let left = due.0 - clock::now().0;
        let Ok(left) = u64::try_from(left) else { return };
        if left == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(left.min(60_000))).await;
    }
}

/// The next full hour.
fn next_hour(now: Timestamp) -> Timestamp {
    Timestamp((now.0.div_euclid(HOUR) + 1) * HOUR)
}

fn is_retention_hour(now: Timestamp) -> bool {
    (now.0 - now.day().start().0) / HOUR == RETENTION_HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_runs_once_a_day_at_two() {
        let mut due = Timestamp::parse("2026-02-27T13:37:11.123Z").unwrap();
        let mut runs = Vec::new();
        for _ in 0..72 {
            due = next_hour(due);
            if is_retention_hour(due) {
                runs.push(due.to_string());
            }
        }
        assert_eq!(runs, ["2026-02-28T02:00:00.000Z", "2026-03-01T02:00:00.000Z", "2026-03-02T02:00:00.000Z"]);
    }
}
