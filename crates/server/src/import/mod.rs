//! What the released services' operators bring along: reading the exports of their old databases.
//!
//! An export is data, and often data of strangers: it is read in a stream of bounded memory, nothing in it is executed,
//! and what is wrong with it is told by its line, without its content.

pub(crate) mod export_file;
mod sql_dump;
