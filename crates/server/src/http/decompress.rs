//! Compressed bodies, capped while they are decompressed: a few bytes may stand for gigabytes.

use std::io::Read as _;

use axum::body::Bytes;

use super::body::Read;

/// Decompresses a body to at most `limit` bytes.
pub(crate) fn decompress(body: &Bytes, encoding: &str, limit: u64) -> Read {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Read::Complete(body.clone()),
        "gzip" | "x-gzip" => capped(flate2::read::MultiGzDecoder::new(&body[..]), limit),
        // What HTTP calls deflate is zlib (RFC 9110, 8.4.1.2); some clients leave its frame out.
        "deflate" => match capped(flate2::read::ZlibDecoder::new(&body[..]), limit) {
            Read::BrokenEncoding => capped(flate2::read::DeflateDecoder::new(&body[..]), limit),
            read => read,
        },
        "zstd" => match ruzstd::decoding::StreamingDecoder::new(&body[..]) {
            Ok(decoder) => capped(decoder, limit),
            Err(_) => Read::BrokenEncoding,
        },
        _ => Read::UnknownEncoding,
    }
}

fn capped(decoder: impl std::io::Read, limit: u64) -> Read {
    let mut decompressed = Vec::new();
    match decoder.take(limit + 1).read_to_end(&mut decompressed) {
        Ok(length) if length as u64 > limit => Read::TooLarge,
        Ok(_) => Read::Complete(decompressed.into()),
        Err(_) => Read::BrokenEncoding,
    }
}
