//! Accepting connections, with timeouts, a bound on their number, and an orderly end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use super::{Context, is_operator_path, operator_paths};

/// How long a client may take to send the head of a request, and to begin the next one on a connection it keeps.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may leave an answer unread.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long requests under way may take to finish when the server ends.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Open connections at the most; further ones wait to be accepted. 4,096 idle ones take about 80 MB.
const MAX_CONNECTIONS: usize = 4_096;
/// The longest head of a request; hyper's least.
const MAX_HEAD: usize = 16 << 10;

/// Serves until `stop` is done, then finishes the requests under way.
pub(crate) async fn serve(listener: TcpListener, context: Arc<Context>, stop: impl Future<Output = ()>) {
    let operator = operator_paths(Arc::clone(&context));
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut stop = std::pin::pin!(stop);
    loop {
        let accept = async {
            // The semaphore is never closed.
            let place = Arc::clone(&places).acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accept => accepted,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = graceful.watch(connection(stream, peer, &context, &operator));
                tokio::spawn(async move {
                    // How a connection ends is the client's affair; what it was sent is stored by then.
                    let _ = connection.await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of files, say: others have to end before there is hope again.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
    drop(listener);
    context.streams.stop();
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

/// One connection, ready to be run.
fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    context: &Arc<Context>,
    operator: &Router,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> + use<> {
    // Answers are small and sent at once; waiting for more to send would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(WRITE_TIMEOUT));
    let (context, operator) = (Arc::clone(context), operator.clone());
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let (context, operator) = (Arc::clone(&context), operator.clone());
        async move {
            if is_operator_path(request.method(), request.uri().path()) {
                request.extensions_mut().insert(ConnectInfo(peer));
                return TowerToHyperService::new(operator).call(request).await;
            }
            Ok(super::app(&context, peer, request).await)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        // A head and a body of some hundred bytes are copied together for less than the kernel takes for two pieces.
        .writev(false)
        // A client may end its side after the request and still wait for the answer.
        .half_close(true)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
}
