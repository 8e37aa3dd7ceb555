//! Compressed bodies, capped while they are decompressed: a few bytes may stand for gigabytes. What is cut off, damaged
//! or followed by anything else is broken: an event must not get lost without a word. And what the server compresses itself.

use std::io::{self, Read as _};

use flate2::{Compression, Decompress, FlushDecompress, Status};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The largest window that HTTP allows a zstd encoder (RFC 9659); a decoder keeps as much in memory.
const MAX_WINDOW: u64 = 8 << 20;
/// Output is asked for in pieces of this size.
const PIECE: usize = 32 << 10;

/// Why a body can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// More than the limit comes out of it.
    TooLarge,
    /// Compressed in a way that is not known here.
    Unknown,
    /// Not what it is said to be, cut off, or followed by something.
    Broken,
}

/// Decompresses a body to at most `limit` bytes, as the values of its headers `Content-Encoding` say; `None` where it is
/// not compressed.
///
/// # Errors
///
/// [`Fault`]; nothing of it is to be used then.
pub fn decompress<'e>(
    body: &[u8],
    encodings: impl IntoIterator<Item = &'e [u8]>,
    limit: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let mut encodings = encodings.into_iter();
    let Some(encoding) = encodings.next() else { return Ok(None) };
    if encodings.next().is_some() {
        // One after the other is nothing that clients do.
        return Err(Fault::Unknown);
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    match std::str::from_utf8(encoding).unwrap_or("?").trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => gunzip(body, limit).map(Some),
        // What HTTP calls deflate is zlib (RFC 9110, 8.4.1.2); some clients leave its frame out.
        "deflate" => match inflate(body, true, limit) {
            Err(Fault::Broken) => inflate(body, false, limit).map(Some),
            inflated => inflated.map(Some),
        },
        "zstd" => unzstd(body, limit).map(Some),
        _ => Err(Fault::Unknown),
    }
}

/// Compresses something with gzip, as small as it gets.
///
/// # Errors
///
/// None that is known of: both ends are memory.
pub fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(bytes, Compression::best()).read_to_end(&mut out)?;
    Ok(out)
}

/// Whether a header `Accept-Encoding` takes gzip (RFC 9110, 12.5.3).
#[must_use]
pub fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let is_refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("gzip") && !is_refused
    })
}

impl From<FrameDecoderError> for Fault {
    fn from(_: FrameDecoderError) -> Self {
        Self::Broken
    }
}

fn gunzip(body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::new();
    let decoder = flate2::read::MultiGzDecoder::new(body);
    let read = decoder.take(limit as u64 + 1).read_to_end(&mut out);
    match read.map_err(|_| Fault::Broken)? {
        length if length > limit => Err(Fault::TooLarge),
        _ => Ok(out),
    }
}

/// By hand, because flate2's readers take a body that was cut off for a whole one.
fn inflate(body: &[u8], has_frame: bool, limit: usize) -> Result<Vec<u8>, Fault> {
    let mut decoder = Decompress::new(has_frame);
    let mut out = Vec::new();
    let mut rest = body;
    loop {
        let (read, written) = (decoder.total_in(), out.len());
        out.reserve(PIECE);
        let status = decoder.decompress_vec(rest, &mut out, FlushDecompress::None).map_err(|_| Fault::Broken)?;
        let read = usize::try_from(decoder.total_in() - read).unwrap_or(usize::MAX);
        rest = rest.get(read..).unwrap_or_default();
        match status {
            _ if out.len() > limit => return Err(Fault::TooLarge),
            Status::StreamEnd if rest.is_empty() => return Ok(out),
            Status::StreamEnd => return Err(Fault::Broken),
            Status::Ok | Status::BufError if read == 0 && out.len() == written => return Err(Fault::Broken),
            Status::Ok | Status::BufError => {}
        }
    }
}

/// By hand, because ruzstd's reader stops after the first of several frames and compares no checksum.
fn unzstd(body: &[u8], limit: usize) -> Result<Vec<u8>, Fault> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MAX_WINDOW);
    let (mut rest, mut out) = (body, Vec::new());
    if body.is_empty() {
        return Err(Fault::Broken);
    }
    while !rest.is_empty() {
        match decoder.reset(&mut rest) {
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                rest = rest.get(length as usize..).ok_or(Fault::Broken)?;
                continue;
            }
            begun => begun?,
        }
        while !decoder.is_finished() {
            decoder.decode_blocks(&mut rest, BlockDecodingStrategy::UptoBlocks(1))?;
            // At most a window and a block, and then it is gone.
            decoder.collect_to_writer(&mut out).map_err(|_| Fault::Broken)?;
            if out.len() > limit {
                return Err(Fault::TooLarge);
            }
        }
        let sum = decoder.get_checksum_from_data();
        if sum.is_some() && sum != decoder.get_calculated_checksum() {
            return Err(Fault::Broken);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    const TEXT: &[u8] = br#"{"type":"launch","n":1}{"type":"launch","n":2}{"type":"launch","n":3}"#;
    const LIMIT: u64 = 1 << 16;

    fn read(body: &[u8], encodings: &[&str]) -> Result<Option<Vec<u8>>, Fault> {
        decompress(body, encodings.iter().map(|encoding| encoding.as_bytes()), LIMIT)
    }

    fn encoded(text: &[u8]) -> [(&'static str, Vec<u8>); 4] {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(text).unwrap();
        zlib.write_all(text).unwrap();
        deflate.write_all(text).unwrap();
        [
            ("gzip", gzip.finish().unwrap()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", deflate.finish().unwrap()),
            ("zstd", compress_to_vec(text, CompressionLevel::Fastest)),
        ]
    }

    #[test]
    fn what_was_compressed_is_read_and_what_is_cut_off_is_broken() {
        for (encoding, body) in encoded(TEXT) {
            assert_eq!(read(&body, &[encoding]), Ok(Some(TEXT.to_vec())), "{encoding}");
            for length in 0..body.len() {
                let cut = read(&body[..length], &[encoding]);
                assert_eq!(cut, Err(Fault::Broken), "{encoding}, {length} of {} bytes", body.len());
            }
            let followed = read(&[&body[..], b"more"].concat(), &[encoding]);
            assert_eq!(followed, Err(Fault::Broken), "{encoding}");
        }
    }

    #[test]
    fn several_members_and_frames_are_all_read() {
        for (encoding, body) in encoded(TEXT).into_iter().filter(|(encoding, _)| *encoding != "deflate") {
            let skippable: &[u8] = if encoding == "zstd" { b"\x50\x2a\x4d\x18\x03\0\0\0abc" } else { b"" };
            let twice = read(&[&body[..], skippable, &body].concat(), &[encoding]);
            assert_eq!(twice, Ok(Some([TEXT, TEXT].concat())), "{encoding}");
        }
    }

    #[test]
    fn what_grows_beyond_the_limit_is_too_large_and_at_the_limit_it_is_not() {
        let limit = usize::try_from(LIMIT).unwrap();
        for (length, fits) in [(limit, true), (limit + 1, false), (64 << 20, false)] {
            for (encoding, body) in encoded(&vec![b' '; length]) {
                let read = read(&body, &[encoding]);
                let as_expected = match &read {
                    Ok(Some(bytes)) => fits && bytes.len() == length,
                    Err(Fault::TooLarge) => !fits,
                    _ => false,
                };
                assert!(as_expected, "{encoding}, {length} bytes");
            }
        }
    }

    /// A frame whose window is larger than HTTP allows would be kept in memory as a whole, before a byte comes out.
    #[test]
    fn a_window_that_http_does_not_allow_is_broken() {
        // Window descriptor: 2^(10 + exponent); then blocks that each repeat one byte 128 KiB times.
        let frame = |exponent: u8| {
            let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, exponent << 3];
            for index in 0..100_u32 {
                let header = u32::from(index == 99) | 1 << 1 | (128 << 10) << 3;
                frame.extend_from_slice(&header.to_le_bytes()[..3]);
                frame.push(b' ');
            }
            frame
        };
        assert_eq!(read(&frame(13), &["zstd"]), Err(Fault::TooLarge), "8 MiB");
        assert_eq!(read(&frame(14), &["zstd"]), Err(Fault::Broken), "16 MiB");
        assert_eq!(read(&frame(31), &["zstd"]), Err(Fault::Broken), "2 TiB");
    }

    #[test]
    fn a_checksum_that_is_not_right_is_broken() {
        let mut body = compress_to_vec(TEXT, CompressionLevel::Uncompressed);
        assert_eq!(read(&body, &["zstd"]), Ok(Some(TEXT.to_vec())));
        let place = body.windows(4).position(|window| window == b"\"n\":").unwrap() + 4;
        body[place] = b'7';
        assert_eq!(read(&body, &["zstd"]), Err(Fault::Broken));
    }

    #[test]
    fn an_encoding_that_nobody_knows_is_told_from_none() {
        for encodings in [&["br"][..], &["gzip, zstd"], &["gzip", "gzip"], &["nonsense"]] {
            assert_eq!(read(TEXT, encodings), Err(Fault::Unknown), "{encodings:?}");
        }
        for encodings in [&[][..], &[""], &["identity"], &[" Identity "]] {
            assert_eq!(read(TEXT, encodings), Ok(None), "{encodings:?}");
        }
    }
}
