//! Reads one HTTP answer out of a buffer without allocating.

use std::ops::Range;

/// Servers send a dozen headers, proxies in front of them a dozen more.
const MAX_HEADERS: usize = 64;

/// One complete answer at the front of the buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status code, 200 for success.
    pub(crate) status: u16,
    /// Where the body stands in the buffer, chunks as they came; its end is the end of the answer.
    pub(crate) body: Range<usize>,
    /// Whether the connection takes another request.
    pub(crate) keeps_open: bool,
}

/// How the end of a body is found (RFC 9112, 6.3).
enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

/// Reads the answer at the front of `bytes`, or `None` when more bytes are needed. `is_closed` says that none will come.
///
/// # Errors
///
/// A text that says why the bytes can never become an answer this generator can frame.
pub(crate) fn read(bytes: &[u8], is_closed: bool) -> Result<Option<Answer>, String> {
    let mut start = 0;
    loop {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let head = match response.parse(&bytes[start..]) {
            Ok(httparse::Status::Complete(head)) => start + head,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(error) => return Err(format!("an answer that is not HTTP/1: {error}")),
        };
        let status = response.code.unwrap_or_default();
        if (100..200).contains(&status) {
            // An interim answer; the final one follows.
            start = head;
            continue;
        }
        let (framing, asks_to_close) = framing(status, response.headers)?;
        let end = match framing {
            Framing::Length(length) => {
                let end = head.checked_add(length).ok_or("an answer of impossible length")?;
                (bytes.len() >= end).then_some(end)
            }
            Framing::Chunked => end_of_chunks(bytes, head)?,
            Framing::UntilClose => is_closed.then_some(bytes.len()),
        };
        let keeps_open = response.version == Some(1) && !asks_to_close && !matches!(framing, Framing::UntilClose);
        return Ok(end.map(|end| Answer { status, body: head..end, keeps_open }));
    }
}

/// How the body is framed, and whether the server closes the connection after it.
fn framing(status: u16, headers: &[httparse::Header<'_>]) -> Result<(Framing, bool), String> {
    let (mut length, mut is_chunked, mut asks_to_close) = (None, false, false);
    for header in headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = str::from_utf8(header.value).ok().and_then(|text| text.trim().parse().ok());
            length = Some(text.ok_or_else(|| format!("an answer of status {status} without a usable Content-Length"))?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            is_chunked = header.value.trim_ascii().eq_ignore_ascii_case(b"chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            asks_to_close = header.value.trim_ascii().eq_ignore_ascii_case(b"close");
        }
    }
    let framing = match length {
        _ if matches!(status, 204 | 304) => Framing::Length(0),
        _ if is_chunked => Framing::Chunked,
        Some(length) => Framing::Length(length),
        None => Framing::UntilClose,
    };
    Ok((framing, asks_to_close))
}

/// Where a body in chunks that begins at `place` ends, if all of it is there.
fn end_of_chunks(bytes: &[u8], mut place: usize) -> Result<Option<usize>, String> {
    loop {
        let (line, size) = match httparse::parse_chunk_size(&bytes[place..]) {
            Ok(httparse::Status::Complete(chunk)) => chunk,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err("an answer with a broken chunk".to_owned()),
        };
        place += line;
        if size == 0 {
            // Trailers, if any, and an empty line.
            let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
            return match httparse::parse_headers(&bytes[place..], &mut headers) {
                Ok(httparse::Status::Complete((trailers, _))) => Ok(Some(place + trailers)),
                Ok(httparse::Status::Partial) => Ok(None),
                Err(_) => Err("an answer with broken trailers".to_owned()),
            };
        }
        let size = usize::try_from(size).ok().and_then(|size| place.checked_add(size)?.checked_add(2));
        place = size.ok_or("an answer of impossible length")?;
        if place > bytes.len() {
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    const CHUNKED: &[u8] =
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n";
    const EMPTY: &[u8] = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
    const INTERIM: &[u8] =
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
    const UNFRAMED: &[u8] = b"HTTP/1.0 502 Bad Gateway\r\n\r\nno server";

    #[test]
    fn a_whole_answer_is_framed() {
        for (bytes, status, body, keeps_open) in [
            (OK, 200, "{}", true),
            (CHUNKED, 200, "2\r\n{}\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n", true),
            (EMPTY, 204, "", false),
            (INTERIM, 200, "{}", true),
        ] {
            let answer = read(bytes, false).unwrap().unwrap();
            assert_eq!((answer.status, answer.keeps_open), (status, keeps_open));
            assert_eq!(str::from_utf8(&bytes[answer.body.clone()]), Ok(body));
            assert_eq!(answer.body.end, bytes.len());
        }
    }

    #[test]
    fn every_shorter_prefix_asks_for_more() {
        for bytes in [OK, CHUNKED, EMPTY, INTERIM] {
            for end in 0..bytes.len() {
                assert_eq!(read(&bytes[..end], false), Ok(None), "prefix of {end} bytes");
            }
        }
    }

    #[test]
    fn a_body_without_a_length_ends_with_the_connection() {
        assert_eq!(read(UNFRAMED, false), Ok(None));
        let answer = read(UNFRAMED, true).unwrap().unwrap();
        assert_eq!((answer.status, &UNFRAMED[answer.body], answer.keeps_open), (502, &b"no server"[..], false));
    }

    #[test]
    fn an_answer_that_cannot_be_framed_is_an_error() {
        assert!(read(b"HTTP/1.1 503 Busy\r\nContent-Length: many\r\n\r\n", false).unwrap_err().contains("503"));
        assert!(read(b"SSH-2.0-OpenSSH\r\n", false).is_err());
        assert!(read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n", false).is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, is_closed: bool) {
            let _ = read(&bytes, is_closed);
        }

        #[test]
        fn any_chunks_are_read_or_refused(chunks: Vec<u8>, is_closed: bool) {
            let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            bytes.extend(chunks);
            if let Ok(Some(answer)) = read(&bytes, is_closed) {
                prop_assert!(answer.body.end <= bytes.len());
            }
        }
    }
}
