//! The two servers that are compared, started once.

use std::path::Path;
use std::time::Duration;

use askfirst_contract::Timestamp;
use tokio::process::Command;

use crate::askfirst::Askfirst;
use crate::contender::Contender;
use crate::demo;
use crate::failure::Failure;
use crate::load::Load;
use crate::report::Ledger;

/// Both of them.
#[derive(Debug)]
pub(super) struct Servers {
    pub(super) no_op: Contender,
    pub(super) askfirst: Contender,
}

impl Servers {
    /// Starts them.
    ///
    /// # Errors
    ///
    /// When one does not come up.
    pub(super) async fn start(executable: &Path, askfirst: &Askfirst) -> Result<Self, Failure> {
        let mut no_op = Command::new(executable);
        no_op.arg("no-op");
        Ok(Self {
            no_op: Contender::start("no-op", no_op).await?,
            askfirst: Contender::start("askfirst", askfirst.serve()).await?,
        })
    }
}

/// What a server says once it has deleted what is past retention from the ledger of the demo, the last of its apps.
pub(super) const RETENTION_IS_DONE: [&str; 2] = ["retention is done", demo::APP];
/// A hundred thousand events take seconds where nothing else is to be done.
pub(super) const TIME_FOR_RETENTION: Duration = Duration::from_mins(10);

/// Has all keys moved to disk: those of the latest events are in memory only. Retention, which a server begins
/// with, begins with that.
///
/// # Errors
///
/// When the server does not come up, or does not end.
pub(super) async fn settle(askfirst: &Askfirst) -> Result<(), Failure> {
    let mut server = Contender::start("askfirst", askfirst.serve()).await?;
    server.wait_for(&RETENTION_IS_DONE, TIME_FOR_RETENTION).await?;
    server.stop().await?;
    Ok(())
}

/// Holds what was acknowledged of each app against what an askfirst that has stopped says it stored.
pub(super) async fn ledgers(askfirst: &Askfirst, loads: &[&Load]) -> Vec<Ledger> {
    let mut ledgers: Vec<Ledger> = Vec::new();
    for load in loads {
        let app = load.app();
        if ledgers.iter().any(|ledger| ledger.app == app) {
            continue;
        }
        let of_app = loads.iter().filter(|load| load.app() == app);
        let acknowledged = of_app.map(|load| load.acknowledged_events()).sum();
        ledgers.push(Ledger::new(app, acknowledged, askfirst.stored(app, Timestamp(0)).await));
    }
    ledgers
}
