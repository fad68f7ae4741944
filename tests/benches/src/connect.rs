//! The first answer of a cold start: TCP, one full handshake of TLS 1.3, one request. Beside it the same with rustls alone, by
//! its own verifier, without pins, HTTP/2, or anything of the core.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use billpay_core::platform::{Method, Request, Route, Transport};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    pki_types::{CertificateDer, ServerName},
};

use crate::{Figure, figure::micros, town::Town};

const ROUNDS: usize = 60;
const WARM: usize = 5;

/// Measures.
///
/// # Panics
/// Where the sandbox does not start, or does not answer.
#[must_use]
pub fn measure() -> Figure {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().expect("a runtime");
    let town = runtime.block_on(Town::start());
    let address = town.address();
    let bare = bare(&town);
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        // With nothing of an earlier connection in it.
        let transport = town.transport();
        let ((), mine) = micros(|| runtime.block_on(first_answer(&town, &*transport, address)));
        let ((), raw) = micros(|| answer_to_bare(&bare, &town, address));
        if round >= WARM {
            ours.push(mine);
            floor.push(raw);
        }
    }
    runtime.block_on(town.sandbox.stop());
    let floor_is = "rustls alone: connect, full handshake by its own verifier, the same request over HTTP/1.1";
    Figure::paired("first answer on a cold connection, loopback", &mut ours, &mut floor, floor_is.to_owned())
}

/// Asks for the trust document, which takes no signature, of the server or the door at that address.
///
/// # Panics
/// Where there is no answer.
pub async fn first_answer(town: &Town, transport: &dyn Transport, address: SocketAddr) {
    let request = Request {
        method: Method::Get,
        url: format!("https://{}:{}/v1/trust", town.host(), address.port()),
        headers: vec![("billpay-client", "1.0.0".to_owned()), ("billpay-core", "1.0.0".to_owned())],
        body: Vec::new(),
        route: Route::Pinned,
    };
    let answer = transport.send(request).await.unwrap_or_else(|error| panic!("{:?}", error.kind));
    assert_eq!(answer.status, 200);
}

/// rustls as it is, with the town's root.
///
/// # Panics
/// Where the root is none.
#[must_use]
pub fn bare(town: &Town) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(town.root().to_vec())).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Each of its connections is cold, too.
    config.resumption = rustls::client::Resumption::disabled();
    Arc::new(config)
}

/// The same question by rustls alone, at an address.
///
/// # Panics
/// Where there is no answer.
pub fn answer_to_bare(config: &Arc<ClientConfig>, town: &Town, address: SocketAddr) {
    let name = ServerName::try_from(town.host()).expect("a name");
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("no delay");
    let mut stream = StreamOwned::new(ClientConnection::new(config.clone(), name).expect("a client"), stream);
    let request = format!(
        "GET /v1/trust HTTP/1.1\r\nhost: {}\r\nbillpay-client: 1.0.0\r\nbillpay-core: 1.0.0\r\nconnection: close\r\n\r\n",
        town.setup.gateway.trim_start_matches("https://")
    );
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = Vec::new();
    // The server may go without a goodbye; what counts is there.
    let _ = stream.read_to_end(&mut answer);
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}
