//! The other side of a real socket: certificates made for the test, a TLS server that keeps a log,
//! and a transport that looks at it.
#![allow(dead_code, unreachable_pub, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod tap;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use billpay_core::{
    gateway::http::{HttpOptions, HttpTransport, Patience},
    model::pins::{Label, Pin, PinSet},
    platform::{BoxFuture, Clock, Method, Request, Response, Route, Transport as _, TransportError},
    system::SystemClock,
};
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    PublicKeyData as _,
};
use rustls::{
    HandshakeKind, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
    version::TLS13,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

pub const HOST: &str = "gw.bank.test";
pub type Ca = CertifiedIssuer<'static, KeyPair>;
pub type Der = CertificateDer<'static>;

pub fn key() -> KeyPair {
    KeyPair::generate().unwrap()
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

pub fn root(name: &str) -> Ca {
    CertifiedIssuer::self_signed(ca_params(name), key()).unwrap()
}

pub fn issuing(name: &str, key: &KeyPair, by: &Ca) -> Ca {
    let copy = KeyPair::from_pem(&key.serialize_pem()).unwrap();
    CertifiedIssuer::signed_by(ca_params(name), copy, by).unwrap()
}

pub fn leaf_params(host: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, "gateway");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

pub fn signed(params: CertificateParams, key: &KeyPair, by: &Ca) -> Der {
    params.signed_by(key, by).unwrap().der().clone()
}

pub fn leaf(key: &KeyPair, by: &Ca) -> Der {
    signed(leaf_params(HOST), key, by)
}

pub fn pin_of(key: &KeyPair) -> Pin {
    Pin::of(&key.subject_public_key_info())
}

/// A pin that no key has.
pub fn stale(n: u8) -> Pin {
    Pin::of(&[n])
}

/// A bank's chain of three.
pub struct Pki {
    pub root: Ca,
    pub issuing: Ca,
    pub key: KeyPair,
    pub leaf: Der,
}

impl Pki {
    pub fn new() -> Self {
        let root = root("Root");
        let issuing = issuing("Issuing", &key(), &root);
        let key = key();
        let leaf = leaf(&key, &issuing);
        Self { root, issuing, key, leaf }
    }

    pub fn chain(&self) -> Vec<Der> {
        vec![self.leaf.clone(), self.issuing.der().clone()]
    }

    pub fn config(&self) -> ServerConfig {
        server_config(self.chain(), &self.key)
    }
}

pub fn server_config(chain: Vec<Der>, key: &KeyPair) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap()
}

/// What a server saw.
#[derive(Default)]
pub struct Log {
    pub handshakes: Mutex<Vec<HandshakeKind>>,
    /// Whole requests, head and body.
    pub requests: Mutex<Vec<String>>,
    /// Application bytes, whole requests or not.
    pub bytes: AtomicUsize,
}

impl Log {
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn arrivals(&self, body: &str) -> usize {
        self.requests().iter().filter(|request| request.ends_with(body)).count()
    }

    pub fn handshakes(&self) -> Vec<HandshakeKind> {
        self.handshakes.lock().unwrap().clone()
    }

    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::SeqCst)
    }
}

/// How a server answers one request.
pub struct Reply {
    pub bytes: Vec<u8>,
    /// Whether the connection ends with it.
    pub close: bool,
    /// How long after it.
    pub pause: Duration,
}

/// Sends these bytes and waits for the next request.
pub fn stay(bytes: impl Into<Vec<u8>>) -> Reply {
    Reply { bytes: bytes.into(), close: false, pause: Duration::ZERO }
}

pub fn ok(body: &str) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
    stay([head.as_bytes(), body.as_bytes()].concat())
}

/// Sends these bytes and closes the connection.
pub fn last(bytes: impl Into<Vec<u8>>) -> Reply {
    Reply { close: true, ..stay(bytes) }
}

pub struct Server {
    pub address: SocketAddr,
    pub log: Arc<Log>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Runs `each` on every connection that completes a handshake.
pub async fn serve_with<F>(
    config: ServerConfig,
    each: impl Fn(TlsStream<TcpStream>, Arc<Log>) -> F + Send + Sync + 'static,
) -> Server
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Arc::new(Log::default());
    let seen = log.clone();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let each = Arc::new(each);
    let task = tokio::spawn(async move {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            let (acceptor, seen, each) = (acceptor.clone(), seen.clone(), each.clone());
            tokio::spawn(async move {
                let Ok(tls) = acceptor.accept(tcp).await else { return };
                let kind = tls.get_ref().1.handshake_kind().unwrap();
                seen.handshakes.lock().unwrap().push(kind);
                each(tls, seen).await;
            });
        }
    });
    Server { address, log, task }
}

/// An HTTP/1.1 server that answers by script.
pub async fn serve(config: ServerConfig, script: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Server {
    let script = Arc::new(script);
    serve_with(config, move |tls, log| {
        let script = script.clone();
        async move { converse(tls, &log, &*script).await }
    })
    .await
}

async fn converse(mut tls: TlsStream<TcpStream>, log: &Log, script: &(impl Fn(&str) -> Reply + Sync)) {
    let mut text = Vec::new();
    loop {
        while let Some(end) = request_end(&text) {
            let request = String::from_utf8(text.drain(..end).collect()).unwrap();
            log.requests.lock().unwrap().push(request.clone());
            let reply = script(&request);
            if tls.write_all(&reply.bytes).await.is_err() || tls.flush().await.is_err() {
                return;
            }
            if reply.close {
                tokio::time::sleep(reply.pause).await;
                let _ = tls.get_mut().0.shutdown().await;
                return;
            }
        }
        let mut buffer = [0; 16 << 10];
        match tls.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(n) => {
                log.bytes.fetch_add(n, Ordering::SeqCst);
                text.extend_from_slice(&buffer[..n]);
            }
        }
    }
}

fn request_end(text: &[u8]) -> Option<usize> {
    let head = text.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let fields = std::str::from_utf8(&text[..head]).unwrap().to_lowercase();
    let length = fields.lines().find_map(|line| line.strip_prefix("content-length: "));
    let end = head + length.map_or(0, |length| length.parse::<usize>().unwrap());
    (text.len() >= end).then_some(end)
}

/// A clock that stands.
pub struct At(pub Timestamp);

impl Clock for At {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(async {})
    }
}

pub fn pin_set(active: Pin, backup: Pin) -> PinSet {
    PinSet::new(HOST, vec![(active, Label::Active), (backup, Label::Backup)]).unwrap()
}

/// The options of a transport that finds the host at `address`.
pub fn options(roots: &[&Ca], pins: PinSet, address: SocketAddr) -> HttpOptions {
    HttpOptions {
        roots: roots.iter().map(|root| root.der().to_vec()).collect(),
        pins,
        clock: Arc::new(SystemClock::new()),
        bank_time: None,
        resolve: Some(address),
        patience: Patience::default(),
    }
}

pub fn transport(roots: &[&Ca], pins: PinSet, address: SocketAddr) -> HttpTransport {
    HttpTransport::new(options(roots, pins, address)).unwrap()
}

pub fn get(path: &str) -> Request {
    Request {
        method: Method::Get,
        url: format!("https://{HOST}{path}"),
        headers: Vec::new(),
        body: Vec::new(),
        route: Route::Pinned,
    }
}

pub fn post(body: &str) -> Request {
    Request { method: Method::Post, body: body.into(), ..get("/v1/payments") }
}

pub async fn ask(transport: &HttpTransport, request: Request) -> Result<Response, TransportError> {
    tokio::time::timeout(Duration::from_secs(30), transport.send(request)).await.expect("no answer in 30 s")
}
