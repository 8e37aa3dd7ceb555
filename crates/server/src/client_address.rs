//! Which address a request comes from: the peer's, or what trusted proxies say.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Finds out clients' addresses.
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

    fn is_trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
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
