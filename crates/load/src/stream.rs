//! A connection to the server, with or without TLS.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::run::NotRun;
use crate::target::Target;

/// A server that takes longer to accept a connection is taken for absent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Connects to one of the target's addresses.
    pub(crate) async fn open(target: &Target, address: SocketAddr) -> Result<Self, NotRun> {
        let connect = async {
            let stream = TcpStream::connect(address).await?;
            // Requests are sent at once; waiting for more to send would only delay them.
            stream.set_nodelay(true)?;
            Ok(match target.tls() {
                None => Self::Plain(stream),
                Some(tls) => Self::Tls(Box::new(tls.connector.connect(tls.name.clone(), stream).await?)),
            })
        };
        let why = match tokio::time::timeout(CONNECT_TIMEOUT, connect).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => of_io(&error),
            Err(_) => format!("no answer within {} seconds", CONNECT_TIMEOUT.as_secs()),
        };
        Err(NotRun::Unreachable { target: target.to_string(), why })
    }

    /// The first of the target's addresses that accepts connections.
    pub(crate) async fn find(target: &Target) -> Result<SocketAddr, NotRun> {
        let unreachable = |why: String| NotRun::Unreachable { target: target.to_string(), why };
        let addresses = target.addresses().await.map_err(|error| unreachable(of_io(&error)))?;
        let mut last = unreachable("the name has no address".to_owned());
        for address in addresses {
            match Self::open(target, address).await {
                Ok(_) => return Ok(address),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(bytes).await,
            Self::Tls(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
        }
    }

    /// Reads what has come, at least a byte; 0 is the end.
    pub(crate) async fn receive(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(into).await,
            Self::Tls(stream) => stream.read(into).await,
        }
    }

    /// Whether the server closed the connection, or sent something unasked, while it was idle.
    pub(crate) async fn is_stale(&mut self) -> bool {
        let mut byte = [0];
        tokio::select! {
            biased;
            _ = self.receive(&mut byte) => true,
            () = std::future::ready(()) => false,
        }
    }
}

/// An error in words, without the number that the system gives it.
pub(crate) fn of_io(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or_else(|| text.clone(), |(words, _)| words.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rcgen::generate_simple_self_signed;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;
    use tokio_rustls::rustls::crypto::ring;
    use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
    use tokio_rustls::rustls::{RootCertStore, ServerConfig};

    use super::*;
    use crate::plan::{Plan, Until};
    use crate::request::Request;
    use crate::run::Control;

    /// A server for `localhost` that answers every request with 204, and the certificate that proves it.
    async fn serve() -> (SocketAddr, CertificateDer<'static>) {
        let made = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) =
            (made.cert.der().clone(), PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate.clone()], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Who does not trust it, or only looks whether it is there, goes away.
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut buffer = [0; 4096];
                    while let Ok(1..) = stream.read(&mut buffer).await {
                        // A request is one write of the client's, and so one record.
                        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
                    }
                });
            }
        });
        (address, certificate)
    }

    #[tokio::test]
    async fn a_server_that_is_trusted_is_posted_to_over_tls() {
        let (address, certificate) = serve().await;
        let mut roots = RootCertStore::empty();
        roots.add(certificate).unwrap();
        let target = Target::parse(&format!("https://localhost:{}", address.port())).unwrap().trusting(roots).unwrap();
        let request = Request::domscribe(&target);
        assert_eq!(request.url(), format!("https://localhost:{}/v1/session", address.port()));
        let plan = Plan {
            target,
            request,
            connections: 3,
            threads: 2,
            until: Until::Posts(20),
            rate: None,
            first_sequence: 0,
        };
        let tally = plan.run(&Arc::new(Control::default())).await.unwrap();
        assert_eq!((tally.accepted, tally.errors(), tally.next_sequence), (20, 0, 20), "{tally:?}");
    }

    #[tokio::test]
    async fn a_server_that_nobody_vouches_for_is_not() {
        let (address, _) = serve().await;
        let target = Target::parse(&format!("https://localhost:{}", address.port())).unwrap();
        let error = Stream::open(&target, address).await.err().unwrap().to_string();
        assert!(error.contains("certificate"), "{error}");
    }
}
