//! Reads one HTTP answer out of a buffer without allocating.

use std::ops::Range;

/// Servers send a dozen headers at most; more than these is an error rather than a reallocation.
const MAX_HEADERS: usize = 32;

/// One complete answer at the front of the buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Status code, 200 for success.
    pub(crate) status: u16,
    /// Where the body stands in the buffer; its end is the end of the answer.
    pub(crate) body: Range<usize>,
}

/// Reads the answer at the front of `bytes`, or `None` when more bytes are needed.
///
/// # Errors
///
/// A text that says why the bytes can never become an answer this generator can frame.
pub(crate) fn read(bytes: &[u8]) -> Result<Option<Answer>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(format!("an answer that is not HTTP: {error}")),
    };
    let status = response.code.unwrap_or_default();
    let length = content_length(response.headers)
        .ok_or_else(|| format!("an answer of status {status} without a usable Content-Length"))?;
    let end = head.checked_add(length).ok_or("an answer of impossible length")?;
    Ok((bytes.len() >= end).then_some(Answer { status, body: head..end }))
}

fn content_length(headers: &[httparse::Header<'_>]) -> Option<usize> {
    let header = headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-length"))?;
    str::from_utf8(header.value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\ncontent-length: 2\r\n\r\n{}";

    #[test]
    fn a_whole_answer_is_framed() {
        let answer = read(OK).unwrap().unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(&OK[answer.body.clone()], b"{}");
        assert_eq!(answer.body.end, OK.len());
    }

    #[test]
    fn every_shorter_prefix_asks_for_more() {
        for end in 0..OK.len() {
            assert_eq!(read(&OK[..end]), Ok(None), "prefix of {end} bytes");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_framed_is_an_error() {
        assert!(read(b"HTTP/1.1 503 Busy\r\n\r\n").unwrap_err().contains("503"));
        assert!(read(b"SSH-2.0-OpenSSH\r\n").is_err());
    }
}
