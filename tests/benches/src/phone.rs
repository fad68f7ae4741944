//! A phone in a folder: the core with the desktop's ports.

use std::{path::Path, sync::Arc};

use billpay_core::{
    Client, Config,
    crypto::{jwk::PublicJwk, suite::RingSuite},
    model::Language,
    platform::{BoxFuture, Platform, Request, Response, Transport, TransportError, TransportFault},
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

    fn set_pins(&self, _: billpay_core::model::pins::PinSet) -> Result<(), TransportFault> {
        // There is no TLS here.
        Ok(())
    }
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
        profile: Location::file(folder.join("profile.db")),
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
