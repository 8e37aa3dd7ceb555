//! The reports of the Baofeng logo flasher's page: `POST /event`, `/client-log` and `/increment`.

use askfirst_contract::Timestamp;

use super::HEX;
use crate::request::{Request, Url};
use crate::target::Target;
use crate::template::{Body, Fresh, Of};

const CLIENT_LOG: &str = "/client-log";
const INCREMENT: &str = "/increment";
/// Of ten reports of the page, six of a flash that went well.
const EVENTS: [(&str, &str); 10] = [
    ("flash_success", "Flash completed"),
    ("flash_success", "Flash completed"),
    ("flash_error", "No response from the radio"),
    ("flash_success", "Flash completed"),
    ("connect_error", "Failed to open serial port."),
    ("flash_success", "Flash completed"),
    ("window_error", "Cannot read properties of undefined (reading 'readable')"),
    ("flash_success", "Flash completed"),
    ("unhandled_rejection", "The device has been lost."),
    ("flash_success", "Flash completed"),
];

pub(crate) fn request(target: &Target, at: Timestamp) -> Request {
    let url = Url::new(target, &["/event", CLIENT_LOG, INCREMENT]);
    let texts = if url.ends_with(INCREMENT) {
        vec![format!(r#"{{"sessionId":"{HEX}"}}"#)]
    } else if url.ends_with(CLIENT_LOG) {
        let failures = EVENTS.iter().filter(|(kind, _)| *kind != "flash_success");
        failures.map(|event| report(event, "", "", at)).collect()
    } else {
        let session = format!(r#""session_id":"{HEX}","#);
        let metadata = r#","metadata_json":"{\"source\":\"web\",\"locale\":\"en\"}""#;
        EVENTS.iter().map(|event| report(event, &session, metadata, at)).collect()
    };
    let turns: Vec<_> = texts.into_iter().map(|text| vec![Body::new(text, &[(HEX, Fresh::Hex(Of::Event))])]).collect();
    Request::new(&url, ["", ""], &turns)
}

/// What the page sends, with what only the newer of its two addresses takes.
fn report((kind, message): &(&str, &str), session: &str, metadata: &str, at: Timestamp) -> String {
    format!(
        r#"{{"event_type":"{kind}","occurred_at":"{at}",{session}"message":"{message}","error_name":"","stack":"","model":"UV-5R","app_version":"1.4.0","write_mode":1,"connected":1,"log_lines_json":"[\"connected at 9600 baud\",\"identified as HN5RV011\",\"wrote 20480 of 20480 bytes\"]"{metadata}}}"#
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::request::tests::{AT, bodies};

    fn bodies_to(path: &str) -> Vec<serde_json::Value> {
        let target = Target::parse(&format!("http://127.0.0.1:8080{path}")).unwrap();
        bodies(&mut Request::baofeng(&target, AT), path, 40)
    }

    #[test]
    fn every_session_is_fresh_and_most_flashes_go_well() {
        let bodies = bodies_to("/event");
        let sessions: HashSet<&str> = bodies.iter().map(|body| body["session_id"].as_str().unwrap()).collect();
        assert_eq!(sessions.len(), bodies.len());
        assert_eq!(bodies.iter().filter(|body| body["event_type"] == "flash_success").count(), 24);
    }

    #[test]
    fn the_older_addresses_get_what_older_pages_send() {
        let logs = bodies_to("/client-log");
        assert!(logs.iter().all(|body| body["event_type"] != "flash_success" && body.get("session_id").is_none()));
        let sessions: HashSet<String> =
            bodies_to("/increment").iter().map(|body| body["sessionId"].to_string()).collect();
        assert_eq!(sessions.len(), 40);
    }
}
