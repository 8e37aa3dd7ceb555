//! One file per verb.

pub(crate) mod alert;
pub(crate) mod ask;
pub(crate) mod backup;
pub(crate) mod contract;
pub(crate) mod demo;
pub(crate) mod edge;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod import;
pub(crate) mod load_test;
pub(crate) mod parity;
pub(crate) mod query;
mod reload;
pub(crate) mod restore;
pub(crate) mod serve;
pub(crate) mod stats;
pub(crate) mod tail;
pub(crate) mod token;

use std::path::PathBuf;

use askfirst_sqlite::Reader;

use crate::config::{AppSettings, Settings};
use crate::failure::Failure;

/// Opens the ledger of an app to ask it.
fn open_reader(settings: &Settings, app: &AppSettings) -> Result<Reader, Failure> {
    let path = existing_ledger(settings, app)?;
    Reader::open(&path).map_err(|error| Failure::failed(format!("can't open {}: {error}", path.display())))
}

/// The file of an app's ledger, which must be there.
fn existing_ledger(settings: &Settings, app: &AppSettings) -> Result<PathBuf, Failure> {
    let path = settings.ledger_path(app);
    if !path.exists() {
        let (id, path) = (&app.contract.app.id, path.display());
        return Err(Failure::failed(format!(
            "there is no ledger of {id} at {path}; start the server, or name its data with --data"
        )));
    }
    Ok(path)
}
