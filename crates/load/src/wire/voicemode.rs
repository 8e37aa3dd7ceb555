//! The report of `VoiceMode`: `POST /telemetry`.

use askfirst_contract::Timestamp;

use super::{HEX, UUID};
use crate::request::{Request, Url};
use crate::target::Target;
use crate::template::{Body, Fresh, Of};

pub(crate) fn request(target: &Target, at: Timestamp) -> Request {
    let report = Body::new(report(at), &[(HEX, Fresh::Hex(Of::Event)), (UUID, Fresh::Uuid(Of::Install))]);
    Request::new(&Url::new(target, &["/telemetry"]), ["", ""], &[vec![report]])
}

/// What the released client sends, about 700 bytes: its field names and their order, its spelling of timestamps, its bins.
fn report(at: Timestamp) -> String {
    let now = at.to_string().replace('Z', "456+00:00");
    let midnight = format!("{}T00:00:00+00:00", at.day());
    let head = format!(
        r#"{{"event_id":"{HEX}","telemetry_id":"{UUID}","timestamp":"{now}","period_start":"{midnight}","period_end":"{now}","#
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::request::tests::{AT, assert_is_uuid_v4, parse, target};

    #[test]
    fn every_request_is_fresh() {
        let mut request = Request::voicemode(&target(), AT);
        let mut seen = HashSet::new();
        for sequence in 0..1_000 {
            let (headers, body) = parse(request.patch(sequence), "/telemetry");
            let text = |name: &str| body[name].as_str().unwrap().to_owned();
            let event_id = text("event_id");
            assert!(event_id.len() == 16 && event_id.bytes().all(|byte| byte.is_ascii_hexdigit()));
            assert_is_uuid_v4(&text("telemetry_id"));
            for id in [event_id, text("telemetry_id"), headers["x-forwarded-for"].clone()] {
                assert!(seen.insert(id.clone()), "{id} came twice");
            }
        }
    }

    #[test]
    fn the_body_has_the_clients_fields_and_size() {
        let (_, body) = parse(Request::voicemode(&target(), AT).patch(7), "/telemetry");
        assert_eq!(body["timestamp"], "2026-02-12T18:00:00.123456+00:00");
        assert_eq!(body["period_start"], "2026-02-12T00:00:00+00:00");
        assert_eq!(body["environment"]["exec_source"], "mcp");
        assert_eq!(body["usage"]["provider_usage"]["tts"]["kokoro"], 6);
        assert!((650..=750).contains(&body.to_string().len()), "{} bytes", body.to_string().len());
    }
}
