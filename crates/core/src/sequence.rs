//! The sequence of events, which tells their receipt: milliseconds since 1970 times 1024, plus the number of the event
//! within its millisecond.

use askfirst_contract::Timestamp;

/// Events within one millisecond of receipt; see the first migration.
pub const PER_MILLISECOND: i64 = 1_024;

/// The first sequence of a time of receipt.
#[must_use]
pub fn first_seq(received_at: Timestamp) -> i64 {
    received_at.0.max(0).saturating_mul(PER_MILLISECOND)
}

/// The time of receipt of a sequence.
#[must_use]
pub fn received_at(seq: i64) -> Timestamp {
    Timestamp(seq / PER_MILLISECOND)
}
