//! A phone in a folder: the core with the desktop's ports.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use billpay_core::{
    Client, Config,
    crypto::{jwk::PublicJwk, suite::RingSuite},
    model::{Language, pins::PinSet},
    platform::{
        BoxFuture, DeviceSigner, KeyRole, Platform, Request, Response, SecretError, SecurityLevel, Transport,
        TransportError, TransportFault,
    },
    store::Location,
    system::{SystemClock, SystemRng, TokioExecutor},
};
use billpay_desktop::{FileSecretStore, SoftwareSigner};

/// A transport without a network.
pub struct Offline;

impl Transport for Offline {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async { Err(TransportError { kind: TransportFault::Unreachable, nothing_sent: true }) })
    }

    fn set_pins(&self, _: PinSet) -> Result<(), TransportFault> {
        // There is no TLS here.
        Ok(())
    }
}

/// How often the ports that cost something were used.
#[derive(Default)]
pub struct Counts {
    /// Requests that went out.
    pub requests: AtomicUsize,
    /// Signatures, by either key.
    pub signatures: AtomicUsize,
}

impl Counts {
    /// Requests and signatures so far.
    pub fn so_far(&self) -> (usize, usize) {
        (self.requests.load(Ordering::SeqCst), self.signatures.load(Ordering::SeqCst))
    }
}

/// A port that counts.
struct Counted<T: ?Sized>(Arc<T>, Arc<Counts>);

impl Transport for Counted<dyn Transport> {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.1.requests.fetch_add(1, Ordering::SeqCst);
        self.0.send(request)
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        self.0.set_pins(pins)
    }
}

impl DeviceSigner for Counted<dyn DeviceSigner> {
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError> {
        self.0.create(role)
    }

    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError> {
        self.0.public_key(role)
    }

    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.1.signatures.fetch_add(1, Ordering::SeqCst);
        self.0.sign(role, message)
    }

    fn security_level(&self) -> SecurityLevel {
        self.0.security_level()
    }
}

/// The same ports, counted.
pub fn counted(platform: Platform) -> (Platform, Arc<Counts>) {
    let counts = Arc::<Counts>::default();
    let transport = Arc::new(Counted(platform.transport, counts.clone()));
    let signer = Arc::new(Counted(platform.signer, counts.clone()));
    (Platform { transport, signer, ..platform }, counts)
}

/// What a phone is told at the start.
pub struct Setup {
    /// The gateway.
    pub gateway: String,
    /// The bank's offline key.
    pub offline_key: PublicJwk,
    /// The trust document.
    pub trust: String,
}

/// Where the profile of a phone in `folder` is.
#[must_use]
pub fn location(folder: &Path) -> Location {
    Location::file(folder.join("profile.db"))
}

/// The ports of a phone whose keys are in `folder`.
///
/// # Panics
/// Outside of a runtime, or where the folder cannot be written.
pub fn platform(folder: &Path, transport: Arc<dyn Transport>) -> Platform {
    let secrets = Arc::new(FileSecretStore::open(&folder.join("keys")).expect("a folder for keys"));
    Platform {
        signer: Arc::new(SoftwareSigner::new(secrets.clone())),
        secrets,
        clock: Arc::new(SystemClock::new()),
        rng: Arc::new(SystemRng::new()),
        executor: Arc::new(TokioExecutor::current().expect("a runtime")),
        transport,
        suite: Arc::new(RingSuite),
    }
}

/// Opens the profile in `folder`.
///
/// # Panics
/// Where it cannot be opened.
pub async fn open(folder: &Path, setup: &Setup, platform: Platform) -> Client {
    let config = Config {
        profile: location(folder),
        gateway: setup.gateway.clone(),
        offline_key: setup.offline_key.clone(),
        trust: setup.trust.clone(),
        client_version: "1.0.0".into(),
        device_name: "bench".into(),
        language: Language::Zh,
        catalogue: Vec::new(),
    };
    Client::open(config, platform).await.expect("a profile")
}
