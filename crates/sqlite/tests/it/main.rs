//! The ledger on SQLite, on real files.

#![expect(clippy::unwrap_used, reason = "a test fails where its ground gives way")]

mod failure;
mod forget;
mod harness;
mod index;
mod keys;
mod live;
mod load;
mod port;
mod public;
mod questions;
mod reader;
mod restart;
mod retention;
mod schema;
mod stored;
mod wires;
mod world;
