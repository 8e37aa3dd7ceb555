//! Webhooks: where messages are posted. Their addresses are secrets, so they are never shown.

use std::fmt;
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::Authority;

use super::message::{Form, Message};

/// How long a webhook may take, from the look-up of its name to the end of its answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// So much of an answer is read, in bytes: those of chat services are a word or two.
const MAX_ANSWER: u64 = 1 << 10;

/// A webhook of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) url: WebhookUrl,
    pub(crate) form: Form,
}

/// An address that lets whoever knows it post messages.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct WebhookUrl(String);

/// What a webhook answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The beginning of the body.
    pub(crate) text: String,
}

impl WebhookUrl {
    /// Reads an address; what is wrong is told without it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let is_right = |uri: &Uri| {
            let is_http = matches!(uri.scheme_str(), Some("https" | "http"));
            // The port, where there is one, is not looked at before.
            let has_host = |host: &Authority| host.as_str().ends_with(host.host()) || host.port_u16().is_some();
            is_http && uri.authority().is_some_and(has_host)
        };
        match text.trim().parse::<Uri>().ok().filter(is_right) {
            Some(_) => Ok(Self(text.trim().to_owned())),
            None => Err("this is no address that begins with https:// or http:// and names a host".to_owned()),
        }
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookUrl")
    }
}

impl Webhook {
    /// Posts a message and waits for the answer.
    ///
    /// # Errors
    ///
    /// Why there is no answer, in words that do not show the address.
    pub(crate) fn post(&self, message: &Message) -> Result<Answer, String> {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            // A webhook that moved is mended in the configuration: nobody else learns what was meant for it.
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(concat!("askfirst/", env!("CARGO_PKG_VERSION")));
        let agent: ureq::Agent = config.build().into();
        let request = agent.post(&self.url.0).header("content-type", "application/json");
        let mut answer = request.send(message.body(self.form).to_string()).map_err(|error| no_answer(&error))?;
        let status = answer.status().as_u16();
        // It was taken, whatever else is said.
        let text = answer.body_mut().with_config().limit(MAX_ANSWER).lossy_utf8(true).read_to_string();
        Ok(Answer { status, text: text.unwrap_or_default() })
    }
}

impl Answer {
    /// Whether the message was taken.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Other errors could hold the address.
fn no_answer(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => format!("no answer within {} seconds", TIMEOUT.as_secs()),
        ureq::Error::HostNotFound => "there is no host of this name".to_owned(),
        ureq::Error::Io(error) => error.to_string(),
        ureq::Error::Rustls(error) => format!("TLS: {error}"),
        ureq::Error::Tls(error) => format!("TLS: {error}"),
        ureq::Error::ConnectProxyFailed(_) => "the proxy refuses to connect".to_owned(),
        _ => "it does not answer in HTTP".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_http_and_not_shown() {
        for url in ["https://hooks.example.com/services/T0/B0/secret", " http://127.0.0.1:9000/x?y=z\n"] {
            assert_eq!(format!("{:?}", WebhookUrl::parse(url)), "Ok(WebhookUrl)", "{url}");
        }
        for url in [
            "",
            "secret",
            "/secret",
            "ftp://example.com/secret",
            "https://",
            "https:///secret",
            "http://127.0.0.1:port/secret",
            "file:///secret",
        ] {
            let problem = WebhookUrl::parse(url).unwrap_err();
            assert!(!problem.contains("secret"), "{problem}");
        }
    }
}
