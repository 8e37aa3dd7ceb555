//! The requests that servers get: built once, then only what must be fresh is overwritten in place.

use std::net::SocketAddr;
use std::time::Duration;

use crate::drift::Events;
use crate::voicemode::Report;

/// What one connection sends, again and again.
#[derive(Clone, Debug)]
pub(crate) enum Request {
    /// One report of `VoiceMode`.
    Voicemode(Report),
    /// Events of Drift, as many as were asked for.
    Drift(Events),
}

impl Request {
    /// One report of `VoiceMode` a request, sent at `time`.
    pub(crate) fn voicemode(server: SocketAddr, time: Duration) -> Self {
        Self::Voicemode(Report::new(server, time))
    }

    /// So many events of Drift a request, made at `time`.
    pub(crate) fn drift(server: SocketAddr, time: Duration, events: usize) -> Self {
        Self::Drift(Events::new(server, time, events))
    }

    /// Writes what is fresh in the request of this number and returns the bytes to send.
    ///
    /// Equal sequences give equal bytes and different ones other events.
    pub(crate) fn patch(&mut self, sequence: u64) -> &[u8] {
        match self {
            Self::Voicemode(report) => report.patch(sequence),
            Self::Drift(events) => events.patch(sequence),
        }
    }

    /// How many events a request has.
    pub(crate) fn events(&self) -> u64 {
        match self {
            Self::Voicemode(_) => 1,
            Self::Drift(events) => events.per_request(),
        }
    }

    /// Size of a request, head and body, in bytes; the mean where they differ.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Voicemode(report) => report.len(),
            Self::Drift(events) => events.len(),
        }
    }
}

/// `SplitMix64`: a bijection of 64 bits whose neighbours have nothing in common.
pub(crate) fn mix(sequence: u64) -> u64 {
    let mut bits = sequence.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Fills `place` with the low hex digits of `bits`.
pub(crate) fn write_hex(place: &mut [u8], mut bits: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789abcdef"[(bits & 15) as usize];
        bits >>= 4;
    }
}

/// Writes a UUID of version 4 over another one: digits 14 and 19, version and variant of RFC 9562, stay.
pub(crate) fn write_uuid(place: &mut [u8], high: u64, low: u64) {
    write_hex(&mut place[0..8], high);
    write_hex(&mut place[9..13], high >> 32);
    write_hex(&mut place[15..18], high >> 48);
    write_hex(&mut place[20..23], low >> 48);
    write_hex(&mut place[24..36], low);
}

/// Fills `place` with the low decimal digits of `number`.
pub(crate) fn write_digits(place: &mut [u8], mut number: u64) {
    for digit in place.iter_mut().rev() {
        *digit = b"0123456789"[(number % 10) as usize];
        number /= 10;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::HashMap;

    use serde_json::Value;

    /// The headers and the body of a request to this path, after checking that it is HTTP of the right length.
    pub(crate) fn parse(bytes: &[u8], path: &str) -> (HashMap<String, String>, Value) {
        let mut headers = [httparse::EMPTY_HEADER; 16];
        let mut request = httparse::Request::new(&mut headers);
        let head = request.parse(bytes).unwrap().unwrap();
        assert_eq!((request.method, request.path), (Some("POST"), Some(path)));
        let text = |header: &httparse::Header<'_>| str::from_utf8(header.value).unwrap().to_owned();
        let headers: HashMap<_, _> =
            request.headers.iter().map(|header| (header.name.to_lowercase(), text(header))).collect();
        assert_eq!(headers["content-length"].parse(), Ok(bytes.len() - head));
        (headers, serde_json::from_slice(&bytes[head..]).unwrap())
    }

    pub(crate) fn assert_is_uuid_v4(id: &str) {
        let groups: Vec<&str> = id.split('-').collect();
        assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
        assert!(groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(groups[2].starts_with('4') && groups[3].starts_with('8'), "{id}");
    }
}
