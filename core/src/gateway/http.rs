//! The way out that ships: one request, once, over TLS 1.3 to the pinned host and to no other.
//!
//! It never retries, follows no redirect, asks no proxy, and reads no more than the contract
//! allows. hyper alone may send a request on a second connection, where the first was closed before
//! any of it was written; so a request arrives at most once.
//!
//! Everything here needs a tokio runtime with its I/O and time drivers on. Dropping the future of a
//! request gives it up wherever it is, which proves nothing about it: a request that moves money
//! belongs in a task of its own.

use std::{
    fmt,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{Client, Url, header::HeaderValue, redirect, retry};
use rustls::{
    ClientConfig, ConfigBuilder, RootCertStore,
    client::{Resumption, WantsClientCert, danger::ServerCertVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, UnixTime},
    time_provider::TimeProvider,
    version::TLS13,
};
use thiserror::Error;

use super::{faults, floor::Floor, verifier::PinnedVerifier};
use crate::{
    model::pins::{PinSet, is_exact_host},
    moment,
    platform::{
        BoxFuture, Clock, MAX_BODY, Method, Request, Response, Route, Transport, TransportError, TransportFault,
    },
};

/// The one path that may go out on `WebPKI` alone.
const TRUST_PATH: &str = "/v1/trust";
const USER_AGENT: &str = concat!("billpay/", env!("CARGO_PKG_VERSION"));

/// What a transport is made from.
#[derive(Clone)]
pub struct HttpOptions {
    /// The roots that server certificates may lead to, each in DER.
    pub roots: Vec<Vec<u8>>,
    /// The host, and the keys one of which has to be on its chain.
    pub pins: PinSet,
    /// The device's clock, for the validity of certificates and pins.
    pub clock: Arc<dyn Clock>,
    /// The last time that the bank is known to have shown: a clock behind it is wrong.
    pub bank_time: Option<Timestamp>,
    /// Where the host is, instead of asking the name service; port 0 keeps that of the URL. For
    /// sandboxes and tests; who answers there is checked all the same.
    pub resolve: Option<SocketAddr>,
    /// How long to wait.
    pub patience: Patience,
}

/// How long to wait for the gateway. The connection's time has to be the shorter one: only where it
/// ran out is it proved that nothing was sent.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For name, connection and handshake together.
    pub connect: Duration,
    /// From the start to the last byte of the answer.
    pub answer: Duration,
}

impl Default for Patience {
    /// The contract's: 10 s and 20 s.
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(20) }
    }
}

/// Why no transport could be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HttpError {
    /// No root was given.
    #[error("no root certificates")]
    NoRoots,
    /// A root is no certificate.
    #[error("root certificate {0} is not a certificate")]
    BadRoot(usize),
    /// The URL is not the bare address of the pinned host.
    #[error("not https://HOST[:PORT] of the host that the pins are for")]
    OtherHost,
    /// The client's parts do not fit together.
    #[error("the HTTP client could not be made: {0}")]
    Client(String),
}

/// [`Transport`] over HTTPS.
pub struct HttpTransport {
    roots: Arc<RootCertStore>,
    clock: Arc<dyn Clock>,
    resolve: Option<SocketAddr>,
    patience: Patience,
    /// A time that has certainly passed.
    floor: RwLock<Floor>,
    current: RwLock<Arc<Clients>>,
}

/// Two clients that share nothing: neither connections nor sessions.
struct Clients {
    pins: PinSet,
    pinned: Client,
    trust_only: Client,
}

impl HttpTransport {
    /// A transport that has connected to nobody yet.
    ///
    /// # Errors
    /// [`HttpError`].
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        let HttpOptions { roots, pins, clock, bank_time, resolve, patience } = options;
        let roots = Arc::new(root_store(roots)?);
        let maker = Maker { roots: &roots, clock: &clock, resolve, patience };
        let clients = Arc::new(maker.clients(pins)?);
        Ok(Self {
            current: RwLock::new(clients),
            floor: RwLock::new(Floor::new(bank_time)),
            roots,
            clock,
            resolve,
            patience,
        })
    }

    /// The pins in place.
    #[must_use]
    pub fn pins(&self) -> PinSet {
        self.clients().pins.clone()
    }

    /// The latest time that has certainly passed: the source's date, or what the bank has shown.
    #[must_use]
    pub fn floor(&self) -> Timestamp {
        self.floor.read().unwrap_or_else(PoisonError::into_inner).passed()
    }

    fn raise_floor(&self, time: Timestamp) {
        let now = self.clock.now();
        self.floor.write().unwrap_or_else(PoisonError::into_inner).heard(time, now);
    }

    fn clients(&self) -> Arc<Clients> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn exchange(&self, request: Request) -> Result<Response, TransportError> {
        // Held to the end, so that a change of pins does not tear the connection away.
        let clients = self.clients();
        let client = self.way_out(&clients, &request)?;
        let route = request.route;
        let sending = build(client, request).map_err(unsent)?;
        let answer = sending.send().await.map_err(|error| self.lost(&error))?;
        moment::answered(answer.url().path());
        let answer = self.read(answer).await?;
        // Only a pinned peer is the bank.
        if route == Route::Pinned
            && let Some(Ok(time)) = answer.header("bank-time").map(str::parse)
        {
            self.raise_floor(time);
        }
        Ok(answer)
    }

    /// The client for this request, or why it may not go out at all.
    fn way_out<'a>(&self, clients: &'a Clients, request: &Request) -> Result<&'a Client, TransportError> {
        check_url(&request.url, clients.pins.host()).map_err(unsent)?;
        match request.route {
            Route::Pinned => {
                // Of two clocks the later one: expired pins must not come back by a wrong clock.
                if clients.pins.expired(self.clock.now().max(self.floor())) {
                    return Err(unsent(TransportFault::PinsExpired));
                }
                Ok(&clients.pinned)
            }
            Route::TrustOnly => {
                check_trust_only(request).map_err(unsent)?;
                Ok(&clients.trust_only)
            }
        }
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Response, TransportError> {
        let status = answer.status().as_u16();
        let headers = answer.headers().iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        let headers = headers.collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.lost(&error))? {
            if chunk.len() > MAX_BODY - body.len() {
                // Dropping the answer here ends the connection or the stream.
                return Err(TransportError { kind: TransportFault::BadAnswer, nothing_sent: false });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, headers, body })
    }

    /// What a client's error means.
    fn lost(&self, error: &reqwest::Error) -> TransportError {
        // True only where the connector itself failed: name, connection or handshake. A server that
        // wants a client certificate refuses after the handshake, with the request on its way.
        let nothing_sent = error.is_connect();
        let kind = match faults::tls_fault(error, self.clock.now(), self.floor()) {
            Some(fault) => fault,
            None if nothing_sent => TransportFault::Unreachable,
            None if faults::no_http(error) => TransportFault::BadAnswer,
            None => TransportFault::Interrupted,
        };
        TransportError { kind, nothing_sent }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(self.exchange(request))
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        if pins == self.clients().pins {
            return Ok(());
        }
        let Self { roots, clock, resolve, patience, .. } = self;
        let maker = Maker { roots, clock, resolve: *resolve, patience: *patience };
        let clients = maker.clients(pins).map_err(|error| TransportFault::Tls(error.to_string()))?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(clients);
        Ok(())
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").field("pins", &self.pins()).finish_non_exhaustive()
    }
}

fn unsent(kind: TransportFault) -> TransportError {
    TransportError { kind, nothing_sent: true }
}

/// Only the pinned host, only HTTPS, and only a URL that goes out letter by letter as it was signed.
fn check_url(url: &str, host: &str) -> Result<(), TransportFault> {
    let refused = |why: &str| Err(TransportFault::Tls(why.to_owned()));
    let Ok(parsed) = Url::parse(url) else {
        return refused("not a URL");
    };
    if parsed.scheme() != "https" {
        return refused("not HTTPS");
    }
    if parsed.host_str() != Some(host) {
        return refused("no pins for this host");
    }
    let plain = parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none();
    if !plain || parsed.as_str() != url {
        return refused("a URL that would not be sent as it was signed");
    }
    Ok(())
}

/// The host of a gateway's address: `https://host[:port]`, written just as it will be signed and
/// sent (lower case, no default port, no path); `None` for anything else.
#[must_use]
pub fn gateway_host(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.to_owned();
    // A path that ends as the address does would pass for none.
    let plain =
        url.path() == "/" && url.as_str().strip_suffix('/') == Some(address.strip_suffix('/').unwrap_or(address));
    // A URL may have hosts that no certificate can be for, and so no pins.
    (plain && is_exact_host(&host) && check_url(url.as_str(), &host).is_ok()).then_some(host)
}

/// What goes out without pins carries nothing of the customer's.
fn check_trust_only(request: &Request) -> Result<(), TransportFault> {
    let is_trust = Url::parse(&request.url).is_ok_and(|url| url.path() == TRUST_PATH && url.query().is_none());
    let unsigned = !request.headers.iter().any(|(name, _)| name.starts_with("signature"));
    if request.method == Method::Get && is_trust && request.body.is_empty() && unsigned {
        return Ok(());
    }
    Err(TransportFault::Tls("only an unsigned GET /v1/trust goes out without pins".to_owned()))
}

fn build(client: &Client, request: Request) -> Result<reqwest::RequestBuilder, TransportFault> {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut sending = client.request(method, request.url);
    for (name, value) in request.headers {
        let Ok(mut value) = HeaderValue::from_str(&value) else {
            return Err(TransportFault::Tls("a header that cannot be sent".to_owned()));
        };
        // Kept out of HPACK's tables, and of whatever prints frames.
        value.set_sensitive(true);
        sending = sending.header(name, value);
    }
    if !request.body.is_empty() {
        sending = sending.body(request.body);
    }
    Ok(sending)
}

pub(super) fn root_store(roots: Vec<Vec<u8>>) -> Result<RootCertStore, HttpError> {
    let mut store = RootCertStore::empty();
    for (at, root) in roots.into_iter().enumerate() {
        store.add(CertificateDer::from(root)).map_err(|_| HttpError::BadRoot(at))?;
    }
    if store.is_empty() { Err(HttpError::NoRoots) } else { Ok(store) }
}

/// Makes the two clients of a pin set, with nothing in them of an earlier one.
struct Maker<'a> {
    roots: &'a Arc<RootCertStore>,
    clock: &'a Arc<dyn Clock>,
    resolve: Option<SocketAddr>,
    patience: Patience,
}

impl Maker<'_> {
    fn clients(&self, pins: PinSet) -> Result<Clients, HttpError> {
        let provider = Arc::new(ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let verifier = PinnedVerifier::new(Arc::clone(self.roots), pins.clone(), algorithms);
        let pinned = pinned_config(&provider, self.clock, Arc::new(verifier))?;
        let trust_only = tls(&provider, self.clock)?.with_root_certificates(Arc::clone(self.roots));
        Ok(Clients {
            pinned: self.client(pinned, pins.host())?,
            trust_only: self.client(offering(trust_only), pins.host())?,
            pins,
        })
    }

    fn client(&self, tls: ClientConfig, host: &str) -> Result<Client, HttpError> {
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .retry(retry::never())
            .user_agent(USER_AGENT)
            .connect_timeout(self.patience.connect)
            .timeout(self.patience.answer);
        if let Some(address) = self.resolve {
            client = client.resolve(host, address);
        }
        client.build().map_err(|error| HttpError::Client(error.without_url().to_string()))
    }
}

/// How the pinned host is spoken to.
pub(super) fn pinned_config(
    provider: &Arc<CryptoProvider>,
    clock: &Arc<dyn Clock>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> Result<ClientConfig, HttpError> {
    Ok(offering(tls(provider, clock)?.dangerous().with_custom_certificate_verifier(verifier)))
}

fn tls(
    provider: &Arc<CryptoProvider>,
    clock: &Arc<dyn Clock>,
) -> Result<ConfigBuilder<ClientConfig, rustls::WantsVerifier>, HttpError> {
    let time = Arc::new(DeviceTime(Arc::clone(clock)));
    ClientConfig::builder_with_details(Arc::clone(provider), time)
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| HttpError::Client(error.to_string()))
}

fn offering(tls: ConfigBuilder<ClientConfig, WantsClientCert>) -> ClientConfig {
    let mut tls = tls.with_no_client_auth();
    // Without this a preconfigured backend speaks HTTP/1.1 only.
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    tls.resumption = Resumption::in_memory_sessions(8);
    tls.enable_early_data = false;
    tls
}

/// The device's clock as rustls asks for it.
struct DeviceTime(Arc<dyn Clock>);

impl TimeProvider for DeviceTime {
    fn current_time(&self) -> Option<UnixTime> {
        // Before 1970 is as wrong as 1970, and leads to the same verdict.
        let seconds = u64::try_from(self.0.now().as_second()).unwrap_or(0);
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

impl fmt::Debug for DeviceTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceTime")
    }
}

#[cfg(test)]
mod tests {
    use super::gateway_host;

    #[test]
    fn a_gateways_address_has_a_host_that_pins_can_be_for_and_one_spelling() {
        for (address, host) in [
            ("https://gw.bank.example", Some("gw.bank.example")),
            ("https://gw.bank.example:8443/", Some("gw.bank.example")),
            ("https://127.0.0.1:8443", Some("127.0.0.1")),
            // As URLs these have hosts, too.
            ("https://gw.bank.example.", None),
            ("https://gw!bank.example", None),
            ("https://[::1]:8443", None),
            ("https://GW.bank.example", None),
            ("https://gw.bank.example:443", None),
            ("https://gw.bank.example/v1", None),
            // Found by tests/fuzz: taken for its host alone.
            ("https://gw.bank.example/v1/", None),
            ("https://a@gw.bank.example", None),
            ("http://gw.bank.example", None),
        ] {
            assert_eq!(gateway_host(address).as_deref(), host, "{address}");
        }
    }
}
