//! Where the posts go.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use http::Uri;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A server, and the path in front of a wire's own.
#[derive(Clone)]
pub struct Target {
    /// A name, or an address without brackets.
    host: String,
    port: u16,
    /// As the header `Host` has it.
    authority: String,
    /// Empty, or `/` and more without a `/` at the end.
    path: String,
    tls: Option<Tls>,
}

/// How a server is trusted, and by which name.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) connector: TlsConnector,
    pub(crate) name: ServerName<'static>,
}

/// A text that is no URL to post to, and why.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(String);

impl Target {
    /// Reads `http://` or `https://`, a host, perhaps a port and perhaps a path.
    ///
    /// # Errors
    ///
    /// When it is no such URL, or has what a server is not sent (a query) or what does not belong there (a password).
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        let bad = |why: &str| BadUrl(format!("`{url}` {why}"));
        let no_url = || bad("is no URL such as http://127.0.0.1:8787 or https://telemetry.example.com/base");
        let uri: Uri = url.parse().map_err(|_| no_url())?;
        let authority = uri.authority().ok_or_else(no_url)?;
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(no_url()),
        };
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(bad("may have no user, password or query"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        // The crate takes a port that is no number for none.
        let port = match authority.as_str().rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']')) {
            Some(port) => port.parse().map_err(|_| bad("has no port up to 65535"))?,
            None if is_secure => 443,
            None => 80,
        };
        if host.is_empty() {
            return Err(no_url());
        }
        let target = Self {
            host,
            port,
            authority: authority.as_str().to_owned(),
            path: uri.path().trim_end_matches('/').to_owned(),
            tls: None,
        };
        if is_secure { target.trusting(mozillas_roots()).ok_or_else(no_url) } else { Ok(target) }
    }

    /// The same over TLS, where the server proves its name by these roots; `None` where the host can't have that name.
    pub(crate) fn trusting(self, roots: RootCertStore) -> Option<Self> {
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(self.host.clone()).ok()?;
        Some(Self { tls: Some(Tls { connector: TlsConnector::from(Arc::new(config)), name }), ..self })
    }

    /// The path in front of the wire's own, or the whole of it: empty, or without a `/` at the end.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The URL without the path.
    pub(crate) fn origin(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    /// As the header `Host` has it.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.tls.as_ref()
    }

    /// The addresses of the host, by the resolver of the system.
    pub(crate) async fn addresses(&self) -> std::io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((self.host.as_str(), self.port)).await?.collect())
    }
}

impl From<SocketAddr> for Target {
    /// A server that listens there, without TLS.
    fn from(address: SocketAddr) -> Self {
        let (host, authority) = (address.ip().to_string(), address.to_string());
        Self { host, port: address.port(), authority, path: String::new(), tls: None }
    }
}

/// Whom browsers trust as well: the list that comes with the program, whatever the system has.
fn mozillas_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.path)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_shown_again() {
        for (url, host, port, shown) in [
            ("http://127.0.0.1:8787", "127.0.0.1", 8787, "http://127.0.0.1:8787"),
            ("http://localhost/", "localhost", 80, "http://localhost"),
            ("https://telemetry.example.com/base/", "telemetry.example.com", 443, "https://telemetry.example.com/base"),
            ("http://[::1]:9/a/drift", "::1", 9, "http://[::1]:9/a/drift"),
            ("https://[::1]", "::1", 443, "https://[::1]"),
        ] {
            let target = Target::parse(url).unwrap();
            assert_eq!((target.host.as_str(), target.port, target.to_string().as_str()), (host, port, shown));
        }
        assert_eq!(Target::from(SocketAddr::from(([127, 0, 0, 1], 80))).to_string(), "http://127.0.0.1:80");
    }

    #[test]
    fn what_is_no_url_to_post_to_is_refused() {
        for url in [
            "",
            "127.0.0.1:8787",
            "localhost",
            "/telemetry",
            "ftp://host",
            "http://",
            "http:///path",
            "http://host:99999",
            "http://user:secret@host",
            "http://host?token=x",
            "https://not a name",
        ] {
            let refused = Target::parse(url);
            assert!(refused.is_err(), "{url}");
        }
    }
}
