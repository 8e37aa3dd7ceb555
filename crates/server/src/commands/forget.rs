//! `askfirst forget`

use std::io::{self, Write as _};
use std::net::SocketAddr;

use askfirst_contract::InstallId;
use askfirst_core::Ledger as _;
use askfirst_sqlite::SqliteLedger;
use serde_json::Value;

use crate::args::forget::ForgetArguments;
use crate::config::{AppSettings, Settings};
use crate::failure::Failure;
use crate::{clock, data_dir};

/// A receipt is some hundred bytes.
const MAX_ANSWER: u64 = 64 << 10;

pub(crate) fn run(arguments: &ForgetArguments) -> Result<(), Failure> {
    let settings = Settings::of_place(&arguments.place)?;
    let app = settings.app(&arguments.app)?;
    let Some(id) = app.contract.install_id(&arguments.id) else {
        return Err(Failure::not_right(format!(
            "this is no id of an install of {}: they have another form, or there are none",
            arguments.app
        )));
    };
    super::open_reader(&settings, app)?;
    let receipt = match data_dir::try_lock(&settings.data)? {
        Ok(_lock) => erase(&settings, app, id)?,
        Err(process) => ask_server(settings.listen, arguments, &process)?,
    };
    let mut out = io::stdout().lock();
    if arguments.json {
        writeln!(out, "{receipt:#}")?;
    } else {
        let text = |name: &str| receipt[name].as_str().unwrap_or_default().to_owned();
        writeln!(out, "erased: {} events, at {}", receipt["events"], text("at"))?;
        writeln!(out, "receipt: {}", text("receipt"))?;
    }
    Ok(())
}

/// Erases it where nothing else has the ledger open.
fn erase(settings: &Settings, app: &AppSettings, id: InstallId) -> Result<Value, Failure> {
    let (path, now) = (settings.ledger_path(app), clock::now());
    let open = askfirst_sqlite::Settings {
        path: path.clone(),
        contract: app.contract.clone(),
        tables: app.wire.tables(),
        now,
    };
    let ledger = SqliteLedger::open(open)
        .map_err(|error| Failure::not_right(format!("can't open the ledger {}: {error}", path.display())))?;
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(Failure::failed)?;
    let erased = runtime.block_on(ledger.forget(id, now));
    ledger.close();
    Ok(erased.map_err(Failure::failed)?.to_json(&app.contract.app.id, now))
}

/// Has the server do it that has the ledger open.
fn ask_server(listen: SocketAddr, arguments: &ForgetArguments, process: &str) -> Result<Value, Failure> {
    let path = format!("/api/v1/{}/installs/{}", arguments.app, arguments.id);
    let failed = |error: &dyn std::fmt::Display| {
        Failure::failed(format!(
            "a server (process {process}) has the ledger open, and http://{listen} did not erase it: {error}; send it DELETE {}",
            path.replace(&arguments.id, "{id}")
        ))
    };
    let mut answer = ureq::delete(format!("http://{listen}{path}")).call().map_err(|error| failed(&error))?;
    let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string().map_err(|error| failed(&error))?;
    serde_json::from_str(&text).map_err(|_| failed(&"it does not answer with JSON"))
}
