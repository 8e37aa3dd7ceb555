//! Ctrl-C, and the end of a job.

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// Runs a measurement to its end; an interruption still kills the servers and removes their data.
///
/// # Errors
///
/// What went wrong with it, or that it was interrupted.
pub(crate) fn unless_interrupted(measurement: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::CannotMeasure(format!("no runtime: {error}")))?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = measurement => result,
            () = interruption() => Err(Failure::CannotMeasure("interrupted".to_owned())),
        }
    });
    // Not waiting for a file that is being copied or filled: it is gone already.
    runtime.shutdown_background();
    result
}

/// Waits for Ctrl-C, or for the SIGTERM of a job that is cancelled.
async fn interruption() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    // An error means that no handler could be had: then the default, to end at once, holds.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
