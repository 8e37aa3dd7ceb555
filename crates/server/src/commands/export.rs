//! `askfirst export`

use std::fs::File;
use std::io::{self, BufWriter, Write};

use askfirst_sqlite::ReaderError;

use super::open_reader;
use crate::args::ExportArguments;
use crate::config::Settings;
use crate::failure::Failure;

pub(crate) fn run(arguments: &ExportArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let reader = open_reader(&settings, settings.app(&arguments.app)?)?;
    let out: Box<dyn Write> = match &arguments.out {
        Some(path) => Box::new(
            File::create_new(path)
                .map_err(|error| Failure::not_right(format!("can't make {}: {error}", path.display())))?,
        ),
        None => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::new(out);
    reader.export(|line| writeln!(out, "{line}")).map_err(|error| match error {
        ReaderError::Io(error) => Failure::from(error),
        error => Failure::failed(error),
    })?;
    Ok(out.flush()?)
}
