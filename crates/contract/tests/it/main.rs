//! The contract language, through its public door.

mod check;
mod generated;
mod parse;
mod properties;
