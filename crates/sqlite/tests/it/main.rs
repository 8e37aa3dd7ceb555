//! The ledger on SQLite, on real files.

mod harness;
mod keys;
mod port;
mod reader;
mod restart;
mod retention;
mod schema;
