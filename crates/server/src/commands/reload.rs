//! SIGHUP: contracts, the settings of apps and alerts are read again, and the server goes on with them.

use std::path::PathBuf;
use std::sync::Arc;

use askfirst_core::Service;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::serve::{Served, open};
use crate::alert::Alerts;
use crate::args::ServeArguments;
use crate::clock;
use crate::config::{AppSettings, Settings};
use crate::failure::Failure;

/// Reads them again whenever SIGHUP comes, until the task is dropped.
pub(super) fn run(
    served: Arc<Served>,
    alerts: watch::Sender<Arc<Alerts>>,
    arguments: ServeArguments,
    data: PathBuf,
) -> Result<impl Future<Output = ()>, Failure> {
    let mut hangup = signal(SignalKind::hangup())
        .map_err(|error| Failure::not_right(format!("can't listen for signals: {error}")))?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            match reload(&served, &arguments, &data).await {
                Ok(read) => {
                    alerts.send_replace(Arc::new(read));
                    let apps: Vec<_> = served.now().apps.iter().map(|app| app.contract.app.id.clone()).collect();
                    tracing::info!(apps = apps.join(", "), "contracts were read again");
                }
                Err(Failure::Failed(problem) | Failure::NotRight(problem)) => {
                    tracing::error!(problem, "contracts were read again and are not right; the old ones stay in force");
                }
                Err(Failure::OutputClosed) => {}
            }
        }
    })
}

/// Serves the apps anew, and gives the alerts.
async fn reload(served: &Served, arguments: &ServeArguments, data: &std::path::Path) -> Result<Alerts, Failure> {
    let mut settings = Settings::resolve(arguments.clone())?;
    // Where the data is can't change while it is locked.
    data.clone_into(&mut settings.data);
    let now = served.now();
    let ledger_of = |app: &AppSettings| now.apps.iter().find(|known| known.contract.app.id == app.contract.app.id);
    // What can fail comes first: until all of it is done, nothing is changed.
    let mut apps = Vec::new();
    for app in std::mem::take(&mut settings.apps).into_iter().filter(|app| app.enabled) {
        apps.push(match ledger_of(&app) {
            Some(known) if known.wire == app.wire => app.with_ledger(Arc::clone(&known.ledger), clock::now()),
            Some(_) => {
                let id = &app.contract.app.id;
                return Err(Failure::not_right(format!("the wire of `{id}` can't change while it is served")));
            }
            None => open(&settings, app)?,
        });
    }
    for app in &apps {
        app.ledger
            .renew(app.contract.clone(), clock::now())
            .await
            .map_err(|error| Failure::failed(format!("the ledger of `{}`: {error}", app.contract.app.id)))?;
    }
    // The ledgers of apps that are gone close with the last request that holds them, which takes a moment.
    let before = served.replace(Arc::new(Service { apps }));
    drop(now);
    tokio::task::spawn_blocking(move || drop(before));
    Ok(settings.alerts)
}
