//! `askfirst restore`

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use askfirst_sqlite::{Copied, CopyError, copy_ledger, replace_ledger};
use serde_json::json;

use super::backup::watch;
use crate::args::backup::RestoreArguments;
use crate::config::Settings;
use crate::failure::Failure;
use crate::partial::Partial;
use crate::signals::Interrupt;
use crate::{clock, data_dir};

pub(crate) fn run(arguments: &RestoreArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let app = settings.app(&arguments.app)?;
    let file = arguments.file.display();
    std::fs::metadata(&arguments.file)
        .map_err(|error| Failure::not_right(format!("can't read the backup {file}: {error}")))?;
    let _lock = data_dir::lock(&settings.data)?;
    let ledger = settings.ledger_path(app);
    let is_there = ledger.exists();
    if is_there && !arguments.force {
        return Err(Failure::not_right(format!(
            "there is a ledger at {}; with --force it is kept beside, and {file} takes its place",
            ledger.display()
        )));
    }
    let interrupt = Interrupt::listen()?;
    let partial = Partial::beside(&ledger)?;
    let copied =
        copy_ledger(&arguments.file, partial.path(), &arguments.app, watch(&interrupt)).map_err(
            |error| match error {
                CopyError::Io(error) => error.into(),
                error => Failure::not_right(format!("can't restore {file}: {error}")),
            },
        )?;
    let kept = name_to_keep(&ledger);
    replace_ledger(&ledger, partial.path(), &kept).map_err(|error| {
        Failure::failed(format!("can't put the copy in the place of {}: {error}", ledger.display()))
    })?;
    tell(arguments, &ledger, is_there.then_some(&kept), copied)
}

/// The name under which a ledger that is replaced is kept: `voicemode.db.replaced-2026-09-02T10-20-30.456Z`.
fn name_to_keep(ledger: &Path) -> PathBuf {
    let mut name = ledger.as_os_str().to_owned();
    // No colons: not every file system has them.
    name.push(format!(".replaced-{}", clock::now().to_string().replace(':', "-")));
    name.into()
}

fn tell(arguments: &RestoreArguments, ledger: &Path, kept: Option<&PathBuf>, copied: Copied) -> Result<(), Failure> {
    let Copied { events, schema_version, bytes } = copied;
    let (ledger, kept) = (ledger.display().to_string(), kept.map(|kept| kept.display().to_string()));
    let mut out = io::stdout().lock();
    if arguments.json {
        let report = json!({
            "app": arguments.app, "ledger": ledger, "kept": kept, "events": events, "schema_version": schema_version,
            "bytes": bytes,
        });
        return Ok(writeln!(out, "{report:#}")?);
    }
    writeln!(out, "{ledger} holds the {events} events of {}", arguments.file.display())?;
    if let Some(kept) = kept {
        writeln!(out, "what it held before is kept in {kept}; remove it when it is not needed any more")?;
    }
    Ok(())
}
