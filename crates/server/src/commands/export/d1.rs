//! `--format d1`: a whole ledger, for a Worker.

use std::io::{self, Write};

use askfirst_contract::Timestamp;
use askfirst_core::received_at;
use askfirst_core::wire::Wire;
use askfirst_export::D1Writer;
use askfirst_sqlite::{Days, Dump, Reader, ValueRef};
use indicatif::ProgressBar;

use super::STEP;
use crate::failure::Failure;

/// Writes the ledger, and gives the number of rows.
pub(super) fn write(
    reader: &Reader,
    wire: Wire,
    out: impl Write,
    bar: &ProgressBar,
    check: impl Fn() -> io::Result<()>,
) -> Result<u64, Failure> {
    let first = reader.receipts(Days::default())?.map_or(Timestamp(0), |(first, _)| first);
    let mut watched = Watched { writer: D1Writer::new(out), rows: 0, first, is_event: false, bar, check };
    reader.dump(wire.tables(), &mut watched)?;
    (watched.check)()?;
    watched.writer.finish()?;
    Ok(watched.rows)
}

/// A writer beside which somebody watches.
struct Watched<'b, W, C> {
    writer: D1Writer<W>,
    rows: u64,
    /// The receipt of the first event.
    first: Timestamp,
    /// Whether the rows are events, which come first and are most of it.
    is_event: bool,
    bar: &'b ProgressBar,
    check: C,
}

impl<W: Write, C: Fn() -> io::Result<()>> Dump for Watched<'_, W, C> {
    fn statement(&mut self, statement: &str) -> io::Result<()> {
        self.writer.statement(statement)
    }

    fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()> {
        self.is_event = name == "event";
        self.writer.table(name, columns)
    }

    fn row(&mut self, values: &[ValueRef<'_>]) -> io::Result<()> {
        if self.rows.is_multiple_of(STEP) {
            (self.check)()?;
            if let (true, [ValueRef::Integer(seq), ..]) = (self.is_event, values) {
                self.bar.set_position((received_at(*seq).0 - self.first.0).cast_unsigned());
            }
        }
        self.rows += 1;
        self.writer.row(values)
    }
}
