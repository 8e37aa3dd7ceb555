//! Events and rows in the formats that other programs read.
//!
//! In scope: the events of a ledger as NDJSON ([`NdjsonWriter`]), CSV ([`CsvWriter`]), Parquet ([`ParquetFolder`]) and a
//! plain SQLite database ([`SqliteFile`]), a whole ledger as SQL for D1 ([`D1Writer`]), and the rows of a question as CSV
//! or JSON ([`RowWriter`]). Each takes one event or row after the other and holds no more of them than it must: a ledger
//! may be larger than the memory.
//!
//! Out of scope: where events come from (`askfirst-sqlite`), which of them, and what becomes of an output that was broken
//! off (the server's command).
//!
//! # Columns
//!
//! CSV and Parquet have a column for each field of the contract in force, named by its dotted path, over all types of
//! events. What a stored event has beyond that, because it was received under an earlier contract, stands in the column
//! `other_fields` as JSON, so that an export leaves nothing out.

mod columns;
mod csv;
mod d1;
mod ndjson;
mod parquet;
mod rows;
mod sqlite;

use std::io;

use askfirst_sqlite::EventRow;

pub use self::csv::CsvWriter;
pub use self::d1::D1Writer;
pub use self::ndjson::NdjsonWriter;
pub use self::parquet::ParquetFolder;
pub use self::rows::{RowWriter, text_of};
pub use self::sqlite::SqliteFile;

/// Writes events in one of the formats.
pub trait EventWriter {
    /// Writes an event.
    ///
    /// # Errors
    ///
    /// Where it can't be written; the output is of no use then.
    fn event(&mut self, event: &EventRow<'_>) -> io::Result<()>;

    /// Writes what is still in memory, and whatever the format has at its end. A file that the writer made is on stable
    /// storage then.
    ///
    /// # Errors
    ///
    /// Where it can't be written; the output is of no use then.
    fn finish(self: Box<Self>) -> io::Result<()>;
}
