//! The one place of this crate that reads a clock.

use std::time::Instant;

/// Reads the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "measuring time is what this crate is for")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
