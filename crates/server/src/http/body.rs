//! Reading a body: capped while it streams, and not for ever.

use std::time::Duration;

use askfirst_core::Body;
use axum::body::{Bytes, HttpBody};
use axum::http::StatusCode;
use axum::http::header::CONNECTION;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;

/// How long a body may take: a phone on a bad line sends 64 KiB in this time.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much more than the limit is read and thrown away, so that a client that sends a little too much gets to read
/// the answer instead of a reset connection.
const DRAIN: u64 = 1 << 20;

/// How long a body that is too long by its own word is read for that.
const DRAIN_PATIENCE: Duration = Duration::from_secs(1);

/// What was read.
#[derive(Debug)]
pub(crate) enum Read {
    /// All of it.
    Complete(Bytes),
    /// Longer than the limit; what was read is gone.
    TooLarge,
    /// Compressed in a way that is not known here.
    UnknownEncoding,
    /// Said to be compressed, but it can't be decompressed.
    BrokenEncoding,
    /// Not to its end.
    Not(Fault),
}

/// Why nothing was read to the end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    /// It took too long.
    TooSlow,
    /// The client broke off, or broke the rules of HTTP.
    Broken,
}

impl Read {
    /// The same as the core knows it.
    pub(super) fn as_body(&self) -> Body<'_> {
        match self {
            Self::Complete(bytes) => Body::Complete(bytes),
            Self::TooLarge => Body::TooLarge,
            Self::UnknownEncoding => Body::UnknownEncoding,
            Self::BrokenEncoding => Body::BrokenEncoding,
            Self::Not(Fault::TooSlow) => Body::TooSlow,
            Self::Not(Fault::Broken) => Body::BrokenOff,
        }
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = match self {
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken => StatusCode::BAD_REQUEST,
        };
        (status, [(CONNECTION, "close")]).into_response()
    }
}

/// A body that comes over a connection.
pub(crate) trait Unread: HttpBody<Data = Bytes> + Unpin {}

impl<B: HttpBody<Data = Bytes> + Unpin> Unread for B {}

/// Reads a body of at most `limit` bytes. `is_awaited` tells of a client that sends it only when it is asked to.
pub(crate) async fn read(body: impl Unread, limit: u64, is_awaited: bool) -> Result<Read, Fault> {
    let declared = body.size_hint().lower();
    // A declared length beyond what would be drained is not worth a byte, and one that was not sent yet is not asked for.
    if declared > limit + DRAIN || (is_awaited && declared > limit) {
        return Ok(Read::TooLarge);
    }
    if declared > limit {
        // A client that does not send what it said gets the same answer.
        let _ = tokio::time::timeout(DRAIN_PATIENCE, collect(body, limit)).await;
        return Ok(Read::TooLarge);
    }
    tokio::time::timeout(PATIENCE, collect(body, limit)).await.unwrap_or(Err(Fault::TooSlow))
}

async fn collect(mut body: impl Unread, limit: u64) -> Result<Read, Fault> {
    // Most bodies come in one piece, which is then not copied.
    let mut first = Bytes::new();
    let mut more: Vec<u8> = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Fault::Broken)?.into_data() else { continue };
        length += data.len() as u64;
        if length > limit + DRAIN {
            return Ok(Read::TooLarge);
        }
        if length > limit {
            more = Vec::new();
        } else if first.is_empty() {
            first = data;
        } else {
            more.extend_from_slice(&data);
        }
    }
    if length > limit {
        return Ok(Read::TooLarge);
    }
    if more.is_empty() {
        return Ok(Read::Complete(first));
    }
    Ok(Read::Complete([&first[..], &more].concat().into()))
}
