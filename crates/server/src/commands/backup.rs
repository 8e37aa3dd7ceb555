//! `askfirst backup`

use std::io::{self, Write as _};

use askfirst_sqlite::{Copied, CopyError, Copying, copy_ledger};
use serde_json::json;

use super::existing_ledger;
use crate::args::backup::BackupArguments;
use crate::config::Settings;
use crate::failure::Failure;
use crate::partial::Partial;
use crate::progress;
use crate::signals::Interrupt;

pub(crate) fn run(arguments: &BackupArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let ledger = existing_ledger(&settings, settings.app(&arguments.app)?)?;
    let interrupt = Interrupt::listen()?;
    let partial = Partial::file(&arguments.out)?;
    let copied =
        copy_ledger(&ledger, partial.path(), &arguments.app, watch(&interrupt)).map_err(|error| match error {
            CopyError::Io(error) => error.into(),
            error => Failure::failed(format!("can't copy {}: {error}", ledger.display())),
        })?;
    partial.finish()?;
    let Copied { events, schema_version, bytes } = copied;
    let file = arguments.out.display().to_string();
    let mut out = io::stdout().lock();
    if arguments.json {
        let report = json!({
            "app": arguments.app, "file": file, "events": events, "schema_version": schema_version, "bytes": bytes,
        });
        return Ok(writeln!(out, "{report:#}")?);
    }
    Ok(writeln!(out, "{file} holds {events} events in {bytes} bytes; it was read through and is whole")?)
}

/// Shows how far a copy has come, until somebody wants it to end.
pub(super) fn watch(interrupt: &Interrupt) -> impl FnMut(Copying) -> io::Result<()> {
    let bar = progress::bar(0, "{msg} {wide_bar} {percent} %");
    bar.set_message("copying");
    move |copying| {
        match copying {
            Copying::Pages { done, of } => {
                bar.set_length(of);
                bar.set_position(done);
            }
            Copying::Checking => bar.set_message("checking"),
        }
        interrupt.check()
    }
}
