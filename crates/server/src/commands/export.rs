//! `askfirst export`

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::path::Path;

use askfirst_contract::Contract;
use askfirst_export::{CsvWriter, EventWriter, NdjsonWriter, ParquetFolder, SqliteFile};
use askfirst_sqlite::{Days, Reader};
use indicatif::ProgressBar;

use super::open_reader;
use crate::args::export::{ExportArguments, ExportFormat};
use crate::config::Settings;
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
    let settings = Settings::of_place(&arguments.place)?;
    let app = settings.app(&arguments.app)?;
    let reader = open_reader(&settings, app)?;
    match &arguments.out {
        Some(path) => to_path(&reader, days, arguments.format, path, &app.contract),
        None => to_standard_output(&reader, days, arguments.format, &app.contract),
    }
}

fn to_standard_output(reader: &Reader, days: Days, format: ExportFormat, contract: &Contract) -> Result<(), Failure> {
    let out = BufWriter::new(io::stdout().lock());
    let writer: Box<dyn EventWriter> = match format {
        ExportFormat::Ndjson => Box::new(NdjsonWriter::new(out)),
        ExportFormat::Csv => Box::new(CsvWriter::new(out, contract)?),
        ExportFormat::Parquet => {
            return Err(Failure::not_right("--format parquet writes a folder; name it with --out"));
        }
        ExportFormat::Sqlite => {
            return Err(Failure::not_right("--format sqlite writes a database; name it with --out"));
        }
    };
    // A bar would be drawn into the lines.
    let bar = if io::stdout().is_terminal() { ProgressBar::hidden() } else { bar(reader, days)? };
    write(reader, days, writer, &bar, || Ok(())).map(drop)
}

fn to_path(reader: &Reader, days: Days, format: ExportFormat, path: &Path, contract: &Contract) -> Result<(), Failure> {
    let interrupt = Interrupt::listen()?;
    let partial = if format == ExportFormat::Parquet { Partial::folder(path)? } else { Partial::file(path)? };
    let file = || File::options().write(true).open(partial.path()).map(BufWriter::new);
    let writer: Box<dyn EventWriter> = match format {
        ExportFormat::Ndjson => Box::new(NdjsonWriter::new(file()?)),
        ExportFormat::Csv => Box::new(CsvWriter::new(file()?, contract)?),
        ExportFormat::Parquet => Box::new(ParquetFolder::new(partial.path(), contract)?),
        ExportFormat::Sqlite => Box::new(SqliteFile::new(partial.path())?),
    };
    let count = write(reader, days, writer, &bar(reader, days)?, || interrupt.check())?;
    partial.finish()?;
    Ok(writeln!(io::stderr().lock(), "{count} events written to {}", path.display())?)
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
