//! Where a request comes from: the peer's address, or what trusted proxies say.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version};
use ipnet::IpNet;

/// What proxies add to requests beside `X-Forwarded-*`.
const PROXY_HEADERS: [&str; 6] = ["forwarded", "via", "x-real-ip", "cdn-loop", "cf-connecting-ip", "true-client-ip"];

/// Finds out where clients are.
#[derive(Debug)]
pub(crate) struct ClientAddress {
    trusted_proxies: Vec<IpNet>,
    header: String,
}

impl ClientAddress {
    pub(crate) fn new(trusted_proxies: Vec<IpNet>, header: String) -> Self {
        Self { trusted_proxies, header }
    }

    /// The client's address as text.
    ///
    /// From a trusted peer, the header's hops are read from the last one on, as each proxy appends the one it heard
    /// from; the first that is not itself a trusted proxy is the client. What comes before it anybody can write.
    pub(crate) fn of(&self, peer: SocketAddr, headers: &HeaderMap) -> String {
        let mut address = peer.ip().to_canonical();
        if self.is_trusted(address) {
            let lines: Vec<_> =
                headers.get_all(&self.header).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
            for hop in lines.iter().rev().flat_map(|line: &Cow<'_, str>| line.rsplit(',')) {
                // A proxy that tells no address leaves us with its own.
                let Some(hop) = parse_hop(hop.trim()) else { break };
                address = hop;
                if !self.is_trusted(hop) {
                    break;
                }
            }
        }
        address.to_string()
    }

    /// Whether the client speaks to a trusted proxy by https, as that says in `X-Forwarded-Proto`.
    pub(crate) fn is_https(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        let is_https = |value: &[u8]| value.split(|byte| *byte == b',').next().is_some_and(|first| first == b"https");
        let told = headers.get("x-forwarded-proto").map(HeaderValue::as_bytes);
        self.is_trusted(peer.ip().to_canonical()) && told.is_some_and(is_https)
    }

    /// Whether a program on this machine asks, and nobody else through it.
    ///
    /// A reverse proxy on this machine comes from a loopback address, too, and carries the requests of the whole world.
    /// So nothing may look like one: not a header that proxies add, nor HTTP/1.0, which nginx spoke for long unless it was
    /// told otherwise. One that hides altogether can't be told from a browser: who has a proxy makes a token first.
    ///
    /// A web page of others may have its name resolved to a loopback address (DNS rebinding): then the browser asks from
    /// here, but its `Host` is the name of that page.
    pub(crate) fn is_this_machine(&self, peer: SocketAddr, head: &Parts) -> bool {
        let adds = |name: &HeaderName| {
            let name = name.as_str();
            PROXY_HEADERS.contains(&name) || name.starts_with("x-forwarded") || name == self.header
        };
        let mut hosts = head.headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
        let (host, another) = (hosts.next(), hosts.next());
        peer.ip().to_canonical().is_loopback()
            && head.version == Version::HTTP_11
            && !head.headers.keys().any(adds)
            && host.is_some_and(is_loopback_name)
            && another.is_none()
            && head.uri.authority().is_none_or(|authority| is_loopback_name(authority.as_str().as_bytes()))
    }

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

/// Whether a `Host`, with or without a port, can only mean the machine that says it.
fn is_loopback_name(host: &[u8]) -> bool {
    let digits = host.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let name = host[..host.len() - digits].strip_suffix(b":").unwrap_or(host);
    [&b"localhost"[..], b"127.0.0.1", b"[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// An address as proxies write it: `192.0.2.1`, `192.0.2.1:5678`, `2001:db8::1`, `[2001:db8::1]:5678`.
fn parse_hop(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    text.parse().ok().or_else(with_port).or_else(bracketed).map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, lines: &[&str]) -> String {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8"].map(|network| network.parse().unwrap()).to_vec();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        ClientAddress::new(trusted, "x-forwarded-for".to_owned())
            .of(SocketAddr::new(peer.parse().unwrap(), 1), &headers)
    }

    #[test]
    fn an_untrusted_peer_is_the_client_whatever_it_says() {
        assert_eq!(of("192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(of("::ffff:192.0.2.1", &[]), "192.0.2.1");
    }

    #[test]
    fn behind_trusted_proxies_the_last_untrusted_hop_is_the_client() {
        for (lines, client) in [
            (&["198.51.100.1"][..], "198.51.100.1"),
            (&["1.1.1.1, 198.51.100.1, 10.1.2.3"], "198.51.100.1"),
            (&["1.1.1.1", "198.51.100.1,10.1.2.3"], "198.51.100.1"),
            (&["garbage, 198.51.100.1"], "198.51.100.1"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db8::1]:4711"], "2001:db8::1"),
            (&["[2001:db8::1]"], "2001:db8::1"),
            (&["2001:DB8:0::1"], "2001:db8::1"),
            (&["10.1.1.1, 10.1.2.3"], "10.1.1.1"),
            (&["198.51.100.1, unknown"], "127.0.0.1"),
            (&["198.51.100.1, nonsense, 10.9.9.9"], "10.9.9.9"),
            (&[""], "127.0.0.1"),
            (&[], "127.0.0.1"),
        ] {
            assert_eq!(of("127.0.0.1", lines), client, "{lines:?}");
        }
    }
}
