//! `askfirst export`

mod d1;

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use askfirst_export::{CsvWriter, EventWriter, NdjsonWriter, ParquetFolder, SqliteFile};
use askfirst_sqlite::{Days, Reader};
use indicatif::ProgressBar;

use super::open_reader;
use crate::args::export::{ExportArguments, ExportFormat};
use crate::config::{AppSettings, Settings};
use crate::failure::Failure;
use crate::partial::Partial;
use crate::progress;
use crate::signals::Interrupt;

/// Events between two looks at who watches: some milliseconds of work.
const STEP: u64 = 1_024;

pub(crate) fn run(arguments: &ExportArguments) -> Result<(), Failure> {
    let days = Days { from: arguments.from, to: arguments.to };
    if let (Some(from), Some(to)) = (days.from, days.to)
        && from > to
    {
        return Err(Failure::not_right(format!("--from {from} is after --to {to}; exchange them")));
    }
    if arguments.format == ExportFormat::D1 && days != Days::default() {
        return Err(Failure::not_right("--format d1 writes the whole ledger; leave --from and --to out"));
    }
    let settings = Settings::of_place(&arguments.place)?;
    let app = settings.app(&arguments.app)?;
    let reader = open_reader(&settings, app)?;
    match &arguments.out {
        Some(path) => to_path(&reader, days, arguments.format, path, app),
        None => to_standard_output(&reader, days, arguments.format, app),
    }
}

fn to_standard_output(reader: &Reader, days: Days, format: ExportFormat, app: &AppSettings) -> Result<(), Failure> {
    let out = BufWriter::new(io::stdout().lock());
    // A bar would be drawn into the lines.
    let bar = if io::stdout().is_terminal() { ProgressBar::hidden() } else { bar(reader, days)? };
    let writer: Box<dyn EventWriter> = match format {
        ExportFormat::Ndjson => Box::new(NdjsonWriter::new(out)),
        ExportFormat::Csv => Box::new(CsvWriter::new(out, &app.contract)?),
        ExportFormat::D1 => return d1::write(reader, app.wire, out, &bar, || Ok(())).map(drop),
        ExportFormat::Parquet => {
            return Err(Failure::not_right("--format parquet writes a folder; name it with --out"));
        }
        ExportFormat::Sqlite => {
            return Err(Failure::not_right("--format sqlite writes a database; name it with --out"));
        }
    };
    write(reader, days, writer, &bar, || Ok(())).map(drop)
}

fn to_path(reader: &Reader, days: Days, format: ExportFormat, path: &Path, app: &AppSettings) -> Result<(), Failure> {
    let interrupt = Interrupt::listen()?;
    let partial = if format == ExportFormat::Parquet { Partial::folder(path)? } else { Partial::file(path)? };
    let file = || File::options().write(true).open(partial.path()).map(BufWriter::new);
    let (bar, check) = (bar(reader, days)?, || interrupt.check());
    let events = |writer| write(reader, days, writer, &bar, check).map(|count| format!("{count} events"));
    let written = match format {
        ExportFormat::Ndjson => events(Box::new(NdjsonWriter::new(file()?)))?,
        ExportFormat::Csv => events(Box::new(CsvWriter::new(file()?, &app.contract)?))?,
        ExportFormat::Parquet => events(Box::new(ParquetFolder::new(partial.path(), &app.contract)?))?,
        ExportFormat::Sqlite => events(Box::new(SqliteFile::new(partial.path())?))?,
        ExportFormat::D1 => d1::write(reader, app.wire, file()?, &bar, check).map(|count| format!("{count} rows"))?,
    };
    partial.finish()?;
    Ok(writeln!(io::stderr().lock(), "{written} written to {}", path.display())?)
}

/// Writes the events, and gives their number.
fn write(
    reader: &Reader,
    days: Days,
    mut writer: Box<dyn EventWriter + '_>,
    bar: &ProgressBar,
    check: impl Fn() -> io::Result<()>,
) -> Result<u64, Failure> {
    let (mut count, mut first) = (0, None);
    reader.events(days, |event| {
        let first = *first.get_or_insert(event.received_at.0);
        if count % STEP == 0 {
            check()?;
            bar.set_position((event.received_at.0 - first).cast_unsigned());
        }
        count += 1;
        writer.event(event)
    })?;
    check()?;
    writer.finish()?;
    Ok(count)
}

/// A bar over the time of receipt: how many events there are would take a look at each.
fn bar(reader: &Reader, days: Days) -> Result<ProgressBar, Failure> {
    let (first, last) = reader.receipts(days)?.unzip();
    let span = last.zip(first).map_or(0, |(last, first)| last.0 - first.0);
    Ok(progress::bar(span.cast_unsigned(), "{wide_bar} {percent} %, {eta} left"))
}
