//! The report of `VoiceMode`, which both servers get.

use std::net::SocketAddr;
use std::time::Duration;

use crate::clock;
use crate::request::{mix, write_digits, write_hex, write_uuid};

const EVENT_ID: &str = "0000000000000000";
const TELEMETRY_ID: &str = "00000000-0000-4000-8000-000000000000";
const ADDRESS: &str = "10.000.000.000";

/// Octets of 100 to 255 always take three digits, so that an address is patched without moving a byte.
const OCTETS: u64 = 156;

/// 3,796,416 addresses before the first comes again, and the server admits 100 events an hour from each.
const ADDRESSES: u64 = OCTETS * OCTETS * OCTETS;

/// One `POST /telemetry` with places for a fresh event id, install id and client address.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    bytes: Vec<u8>,
    event_id: usize,
    telemetry_id: usize,
    address: usize,
}

impl Report {
    /// Builds the request of the released `VoiceMode` client, about 700 bytes of JSON, sent at `time`.
    pub(crate) fn new(server: SocketAddr, time: Duration) -> Self {
        let body = body(time);
        let head = format!(
            "POST /telemetry HTTP/1.1\r\nHost: {server}\r\nAccept: */*\r\nAccept-Encoding: gzip, deflate\r\n\
             Connection: keep-alive\r\nContent-Type: application/json\r\nUser-Agent: VoiceMode/8.2.1\r\n\
             X-Forwarded-For: {ADDRESS}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        // The searched texts are in the two strings above, once each; a test holds on to that.
        let place = |text: &str, placeholder: &str| text.find(placeholder).unwrap_or_default();
        Self {
            event_id: head.len() + place(&body, EVENT_ID),
            telemetry_id: head.len() + place(&body, TELEMETRY_ID),
            address: place(&head, ADDRESS),
            bytes: (head + &body).into_bytes(),
        }
    }

    /// Writes the ids of the given event and returns the bytes to send.
    ///
    /// Ids look random, as those of the client, so that the indexes of the server see the inserts they would see in use.
    /// Equal sequences give equal bytes and different ones different event ids: the mixing is a bijection.
    pub(crate) fn patch(&mut self, sequence: u64) -> &[u8] {
        let event = mix(sequence);
        let install = mix(!sequence);
        write_hex(&mut self.bytes[self.event_id..][..16], event);
        write_uuid(&mut self.bytes[self.telemetry_id..][..36], install, event);
        // An odd prime that does not divide 156 keeps the walk over all addresses complete and out of order.
        let address = (sequence % ADDRESSES) * 2_654_435_761 % ADDRESSES;
        let place = &mut self.bytes[self.address..][..ADDRESS.len()];
        write_octet(&mut place[3..6], address / (OCTETS * OCTETS));
        write_octet(&mut place[7..10], address / OCTETS % OCTETS);
        write_octet(&mut place[11..14], address % OCTETS);
        &self.bytes
    }

    /// Size of every request, head and body, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// What the released client sends: its field names and their order, its spelling of timestamps, its bins.
fn body(time: Duration) -> String {
    let (now, midnight) = (clock::timestamp(time), clock::midnight(time));
    let head = format!(
        r#"{{"event_id":"{EVENT_ID}","telemetry_id":"{TELEMETRY_ID}","timestamp":"{now}","period_start":"{midnight}","period_end":"{now}","#
    );
    let environment = r#""environment":{"os":"Darwin","install_method":"uv","mcp_host":"claude-code","exec_source":"mcp","version":"8.2.1"},"#;
    let usage = concat!(
        r#""usage":{"total_sessions":10,"total_exchanges":89,"#,
        r#""duration_distribution":{"<1min":2,"1-5min":4,"5-10min":2,"10-20min":1,"20-60min":1},"#,
        r#""exchanges_per_session":{"1-5":5,"6-10":3,"11-20":1,">20":1},"#,
        r#""transport_usage":{"local":9,"livekit":1},"#,
        r#""provider_usage":{"tts":{"openai":3,"kokoro":6},"stt":{"whisper-local":7,"openai":2}}}}"#
    );
    head + environment + usage
}

/// Writes an octet counted from 100, 0 to 155, as its three digits.
fn write_octet(place: &mut [u8], above_100: u64) {
    write_digits(place, above_100 + 100);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::net::Ipv4Addr;

    use super::*;
    use crate::request::tests::{assert_is_uuid_v4, parse};

    fn report() -> Report {
        Report::new("127.0.0.1:8080".parse().unwrap(), Duration::new(1_770_919_200, 123_456_000))
    }

    #[test]
    fn every_patched_request_is_valid_and_fresh() {
        let mut report = report();
        let mut seen = [HashSet::new(), HashSet::new(), HashSet::new()];
        for sequence in 0..1_000 {
            let (headers, body) = parse(report.patch(sequence), "/telemetry");
            let address: Ipv4Addr = headers["x-forwarded-for"].parse().unwrap();
            assert_eq!(address.octets()[0], 10);
            let event_id = body["event_id"].as_str().unwrap().to_owned();
            let telemetry_id = body["telemetry_id"].as_str().unwrap().to_owned();
            assert!(event_id.len() == 16 && event_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_is_uuid_v4(&telemetry_id);
            for (set, id) in seen.iter_mut().zip([event_id, telemetry_id, address.to_string()]) {
                assert!(set.insert(id.clone()), "{id} came twice");
            }
        }
    }

    #[test]
    fn the_body_has_the_clients_fields_and_size() {
        let mut report = report();
        let (_, body) = parse(report.patch(7), "/telemetry");
        assert_eq!(body["timestamp"], "2026-02-12T18:00:00.123456+00:00");
        assert_eq!(body["period_start"], "2026-02-12T00:00:00+00:00");
        assert_eq!(body["environment"]["exec_source"], "mcp");
        assert_eq!(body["usage"]["provider_usage"]["tts"]["kokoro"], 6);
        assert!((650..=750).contains(&body.to_string().len()), "{} bytes", body.to_string().len());
    }

    #[test]
    fn addresses_reach_both_ends_of_their_range() {
        let mut place = *b"000";
        write_octet(&mut place, 0);
        assert_eq!(&place, b"100");
        write_octet(&mut place, OCTETS - 1);
        assert_eq!(&place, b"255");
    }
}
