//! The host's only clock.

use std::time::SystemTime;

use askfirst_contract::Timestamp;

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the one place that asks the operating system for the time")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
