//! The contract language, through its public door.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on stops where it stands")]

mod check;
mod diff;
mod generated;
mod generated_event;
mod hint;
mod history;
mod page;
mod parse;
mod properties;
mod schema;
mod shipped;
