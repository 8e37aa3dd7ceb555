//! Events as comma-separated values (RFC 4180), a column for each declared field.

use std::borrow::Cow;
use std::io::{self, Write};

use ::csv::Writer;
use askfirst_contract::{Contract, Json};
use askfirst_sqlite::EventRow;

use crate::EventWriter;
use crate::columns::{Columns, write_value};

/// Writes a header, and a row an event: `id`, `received_at`, `occurred_at`, `type`, `event_id`, `install_id`, the declared
/// fields, and `other_fields`.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    out: Writer<W>,
    columns: Columns,
    /// The cells of the declared fields of an event.
    cells: Vec<Vec<u8>>,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the header to `out`.
    ///
    /// # Errors
    ///
    /// Where it can't be written.
    pub fn new(out: W, contract: &Contract) -> io::Result<Self> {
        let columns = Columns::of(contract);
        let mut out = Writer::from_writer(out);
        let own = ["id", "received_at", "occurred_at", "type", "event_id", "install_id"].into_iter();
        let declared = columns.fields.iter().map(|column| &*column.name);
        out.write_record(own.chain(declared).chain(["other_fields"])).map_err(io_error)?;
        let cells = vec![Vec::new(); columns.fields.len()];
        Ok(Self { out, columns, cells })
    }

    /// Writes a row, and empties the cells.
    fn row(&mut self, event: &EventRow<'_>, rest: Option<&str>) -> ::csv::Result<()> {
        let Self { out, cells, .. } = self;
        out.write_field(event.id.to_string())?;
        out.write_field(event.received_at.to_string())?;
        out.write_field(event.occurred_at.map(|time| time.to_string()).unwrap_or_default())?;
        for text in [Some(event.event_type), event.event_id, event.install_id] {
            out.write_field(&*cell(text.unwrap_or_default()))?;
        }
        for cell in cells {
            out.write_field(&*cell)?;
            cell.clear();
        }
        out.write_field(rest.unwrap_or_default())?;
        out.write_record(None::<&[u8]>)
    }
}

impl<W: Write> EventWriter for CsvWriter<W> {
    fn event(&mut self, event: &EventRow<'_>) -> io::Result<()> {
        let Self { columns, cells, .. } = self;
        let mut put = |column: usize, value: &Json<'_>| {
            match value {
                Json::Text(text) => cells[column].extend_from_slice(cell(text).as_bytes()),
                other => write_value(&mut cells[column], other),
            }
            true
        };
        let rest = columns.place(event, &mut put)?;
        self.row(event, rest.as_deref()).map_err(io_error)
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.out.flush()
    }
}

/// What went wrong with the output itself; csv's own conversion would hide that a pipe was closed.
pub(crate) fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        kind => io::Error::other(format!("{kind:?}")),
    }
}

/// A text as a cell that a spreadsheet does not take for a formula: clients choose texts, and one that begins with `=`
/// could send the sheet of whoever opens it elsewhere. See [OWASP](https://owasp.org/www-community/attacks/CSV_Injection).
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_cell_that_is_no_formula_and_tells_the_text(text in "[-=+@\t\r\n'\",a-c \u{0}-\u{ff}]{0,12}") {
            let mut out = Writer::from_writer(Vec::new());
            out.write_record([&*cell(&text), "end"]).unwrap();
            let written = out.into_inner().unwrap();
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&*written);
            let record = reader.records().next().unwrap().unwrap();
            prop_assert!(!record[0].starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            let read = record[0].strip_prefix('\'').filter(|_| !text.starts_with('\'')).unwrap_or(&record[0]);
            prop_assert_eq!(read, text);
        }
    }
}
