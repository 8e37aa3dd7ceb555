//! The ceiling: the same framework and runtime, the same answer, and nothing in between.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, HeaderName};

use crate::failure::{self, Failure};

/// Serves until it is killed, and says on standard error where it listens.
///
/// # Errors
///
/// When the runtime or the listener can't be had.
pub(crate) fn serve(listen: SocketAddr) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime
        .and_then(|runtime| runtime.block_on(listen_and_serve(listen)))
        .map_err(|error| Failure::CannotMeasure(format!("the no-op server on {listen}: {error}")))
}

async fn listen_and_serve(listen: SocketAddr) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(listen).await?;
    failure::say(&format!("no-op listens on http://{}", listener.local_addr()?));
    axum::serve(listener, Router::new().fallback(answer)).await
}

/// `Bytes` reads the whole body, as a server that stores it must.
async fn answer(_body: Bytes) -> ([(HeaderName, &'static str); 1], &'static str) {
    ([(CONTENT_TYPE, "application/json")], r#"{"status":"ok","event_id":"test123"}"#)
}
