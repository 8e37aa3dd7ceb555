//! SIGTERM and Ctrl-C: what they end is ended in order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failure;

/// Done when SIGTERM or Ctrl-C comes. To be called inside a runtime.
pub(crate) fn stop() -> Result<impl Future<Output = ()>, Failure> {
    let listen = |kind| signal(kind).map_err(|error| cant_listen(&error));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Whether somebody wants a long command to end, so that it can take back what is half done.
#[derive(Debug)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to listen. The first signal is for [`Interrupt::check`]; a second one ends the process where it stands.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_io().build().map_err(|error| cant_listen(&error))?;
        let first = {
            let _inside = runtime.enter();
            stop()?
        };
        let is_wanted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_wanted);
        let listener = move || {
            runtime.block_on(async {
                first.await;
                flag.store(true, Ordering::Relaxed);
                if let Ok(second) = stop() {
                    second.await;
                    std::process::exit(1);
                }
            });
        };
        thread::Builder::new().name("signals".to_owned()).spawn(listener).map_err(|error| cant_listen(&error))?;
        Ok(Self(is_wanted))
    }

    /// Fails with [`io::ErrorKind::Interrupted`] once a signal came.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.0.load(Ordering::Relaxed) { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

fn cant_listen(error: &io::Error) -> Failure {
    Failure::not_right(format!("can't listen for signals: {error}"))
}
