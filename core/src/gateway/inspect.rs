//! What this client thinks of a server, step by step: who answers, over which TLS, with which keys, and
//! whether it would be let near a request. A handshake and nothing after it: not one byte of HTTP goes out.
//!
//! The verifier, the roots, the clock and the configuration are those of [`HttpTransport`], so the verdict is
//! the one that a payment would meet.
//!
//! [`HttpTransport`]: super::http::HttpTransport

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::Url;
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use webpki::EndEntityCert;

use super::{
    faults,
    floor::Floor,
    http::{self, HttpError, HttpOptions},
    verifier::PinnedVerifier,
};
use crate::{
    blocking::blocking,
    model::pins::{Label, Pin},
    platform::{Executor, TransportFault},
};

/// What was seen of a server, as far as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// The host that the pins are for.
    pub host: String,
    /// Who was connected to; `None` if nobody answered.
    pub address: Option<SocketAddr>,
    /// Such as `TLSv1_3`; `None` if there was no agreement on one.
    pub protocol: Option<String>,
    /// Such as `TLS13_AES_256_GCM_SHA384`.
    pub suite: Option<String>,
    /// `h2` or `http/1.1`; `None` if the server named none.
    pub alpn: Option<String>,
    /// The keys of the certificates that it sent, its own first; `None` for one that cannot be read.
    pub sent: Vec<Option<Pin>>,
    /// The keys of the path to a root that holds, the server's own first; empty if there is none. Where
    /// several do it is the one with a pinned key.
    pub path: Vec<Link>,
    /// Whether a request would go out, or why not.
    pub verdict: Result<(), TransportFault>,
}

/// A key of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its hash.
    pub key: Pin,
    /// What it is pinned as, if it is.
    pub pinned: Option<Label>,
}

/// Looks at the server at `url` (`https://host[:port]`).
///
/// # Errors
/// [`HttpError`] where the roots cannot be used or the URL is not of the pinned host; whatever is wrong
/// with the server is its [`Inspection::verdict`].
pub async fn inspect(options: &HttpOptions, url: &str, executor: &dyn Executor) -> Result<Inspection, HttpError> {
    let host = options.pins.host().to_owned();
    let parsed = Url::parse(url).ok().filter(|_| http::gateway_host(url).as_ref() == Some(&host));
    let parsed = parsed.ok_or(HttpError::OtherHost)?;
    let port = parsed.port_or_known_default().ok_or(HttpError::OtherHost)?;
    // As the transport does: a port in the URL goes before that of the address, and so does any before 0.
    let resolve = options.resolve.map(|mut address| {
        if parsed.port().is_some() || address.port() == 0 {
            address.set_port(port);
        }
        address
    });
    let name = ServerName::try_from(host.clone()).map_err(|error| HttpError::Client(error.to_string()))?;
    let provider = Arc::new(ring::default_provider());
    let roots = Arc::new(http::root_store(options.roots.clone())?);
    let inner = PinnedVerifier::new(roots, options.pins.clone(), provider.signature_verification_algorithms);
    let watching = Arc::new(Watching { inner, seen: Mutex::default() });
    let config = http::pinned_config(&provider, &options.clock, watching.clone())?;
    let patience = options.patience.connect;
    let target = (host.clone(), port);
    let shaken = blocking(executor, move || shake(Arc::new(config), name, &target, resolve, patience)).await;
    let Shaken { address, protocol, suite, alpn, end } =
        shaken.map_err(|gone| HttpError::Client(format!("{gone:?}")))?;
    let floor = Floor::new(options.bank_time).passed();
    let verdict = match end {
        _ if options.pins.expired(options.clock.now().max(floor)) => Err(TransportFault::PinsExpired),
        Ok(()) => Ok(()),
        Err(error) => {
            let fault = faults::tls_fault(&error, options.clock.now(), floor);
            Err(fault.unwrap_or(TransportFault::Unreachable))
        }
    };
    let Seen { sent, path } = watching.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let pinned = |key: &Pin| options.pins.pins().iter().find(|(pin, _)| pin == key).map(|(_, label)| *label);
    let path = path.into_iter().map(|key| Link { key, pinned: pinned(&key) }).collect();
    Ok(Inspection { host, address, protocol, suite, alpn, sent, path, verdict })
}

/// How far a handshake came.
struct Shaken {
    address: Option<SocketAddr>,
    protocol: Option<String>,
    suite: Option<String>,
    alpn: Option<String>,
    end: io::Result<()>,
}

fn shake(
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
    (host, port): &(String, u16),
    resolve: Option<SocketAddr>,
    patience: Duration,
) -> Shaken {
    let mut shaken = Shaken { address: None, protocol: None, suite: None, alpn: None, end: Ok(()) };
    shaken.end = (|| {
        let deadline = Deadline::after(patience);
        let tcp = connect(host, *port, resolve, &deadline)?;
        shaken.address = tcp.peer_addr().ok();
        let mut stream = Timed { tcp, deadline };
        let mut tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        let mut end = Ok(());
        while tls.is_handshaking() && end.is_ok() {
            end = tls.complete_io(&mut stream).map(drop);
        }
        shaken.protocol = tls.protocol_version().map(|version| format!("{version:?}"));
        shaken.suite = tls.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
        shaken.alpn = tls.alpn_protocol().map(|alpn| String::from_utf8_lossy(alpn).into_owned());
        if end.is_ok() {
            tls.send_close_notify();
            // It has served its purpose, whether the server hears of it or not.
            let _ = tls.complete_io(&mut stream);
        }
        end
    })();
    shaken
}

fn connect(host: &str, port: u16, resolve: Option<SocketAddr>, deadline: &Deadline) -> io::Result<TcpStream> {
    let found: Vec<SocketAddr> = match resolve {
        Some(address) => vec![address],
        None => (host, port).to_socket_addrs()?.collect(),
    };
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    let mut others = u32::try_from(found.len()).unwrap_or(u32::MAX);
    for address in found {
        // One that does not answer leaves the others their share.
        let share = deadline.left()?.checked_div(others.max(1)).unwrap_or_default();
        others = others.saturating_sub(1);
        match TcpStream::connect_timeout(&address, share.max(Duration::from_millis(1))) {
            Ok(tcp) => return Ok(tcp),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// By when all has to be done: a server that sends a byte now and then gains nothing by it.
struct Deadline(Instant, Duration);

impl Deadline {
    fn after(patience: Duration) -> Self {
        // gate-allows(time): of a socket that the operating system blocks on
        Self(Instant::now(), patience)
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.1.saturating_sub(self.0.elapsed());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

struct Timed {
    tcp: TcpStream,
    deadline: Deadline,
}

impl Read for Timed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.deadline.left()?))?;
        self.tcp.read(into)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.deadline.left()?))?;
        self.tcp.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

#[derive(Clone, Debug, Default)]
struct Seen {
    sent: Vec<Option<Pin>>,
    path: Vec<Pin>,
}

/// The verifier that ships, and what it was shown.
#[derive(Debug)]
struct Watching {
    inner: PinnedVerifier,
    seen: Mutex<Seen>,
}

impl ServerCertVerifier for Watching {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let key = |certificate: &CertificateDer<'_>| {
            let read = EndEntityCert::try_from(certificate).ok()?;
            Some(Pin::of(&read.subject_public_key_info()))
        };
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Seen {
            sent: std::iter::once(end_entity).chain(intermediates).map(key).collect(),
            path: self.inner.best_path(end_entity, intermediates, now),
        };
        self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
