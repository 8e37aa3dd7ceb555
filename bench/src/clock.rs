//! The one place that reads the clocks.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use askfirst_contract::Timestamp;

/// The time now; 1970 on a machine whose clock stands before that.
#[expect(clippy::disallowed_methods, reason = "the reports must carry a current timestamp or they are refused")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The start or the end of what is measured.
#[expect(clippy::disallowed_methods, reason = "measuring durations is what this program does")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}
