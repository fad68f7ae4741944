//! A sandbox on files and a phone that is active there, over pinned TLS on loopback.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use billpay_core::{
    Client, QuoteView,
    activation::Identity,
    crypto::jwk::PublicJwk,
    error::{Fault, QuoteError},
    gateway::{
        http::{HttpOptions, HttpTransport, Patience},
        trust::Trust,
    },
    model::{Currency, Money},
    platform::{Platform, Transport},
    store::Store,
};
use sandbox_gateway::server::{Options, Sandbox};

use crate::{
    bare::Bare,
    phone::{Setup, location},
};

/// The customer's phone.
pub const PHONE: &str = "13800000001";
/// A top-up account: it can be paid again and again.
pub const BILLER: &str = "mobile-cn";
/// Its number.
pub const NUMBER: &str = "13900000001";
/// Its bill.
pub const BILL: &str = "M0001";

/// The bank, and what a phone has to know.
pub struct Town {
    folder: tempfile::TempDir,
    /// Running.
    pub sandbox: Sandbox,
    /// For the core.
    pub setup: Setup,
    root: Vec<u8>,
    known: Trust,
}

impl Town {
    /// Starts the sandbox.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn start() -> Self {
        Self::of(Options::default()).await
    }

    /// The same with people and bills of one's own; its directory is the town's.
    ///
    /// # Panics
    /// Where it does not start.
    pub async fn of(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sandbox = Sandbox::start(Options { directory: Some(folder.path().join("bank")), ..options });
        let sandbox = sandbox.await.expect("a sandbox");
        let export = sandbox.export().clone();
        let offline_key: PublicJwk = json(&export.trust_keys[0]);
        let trust = sandbox.trust().expect("a trust document");
        let suite = billpay_core::crypto::suite::RingSuite;
        let known = Trust::verify(&trust, &offline_key, &suite).expect("trust");
        let root = pem(&export.roots_pem);
        let setup = Setup { gateway: export.url.clone(), offline_key, trust };
        Self { folder, sandbox, setup, root, known }
    }

    /// A folder for a phone.
    ///
    /// # Panics
    /// Where it cannot be made.
    #[must_use]
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// The keys by which receipts are checked: name, key.
    pub fn receipt_keys(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.known.receipt_keys.iter().map(|(name, key)| (name.as_str(), &*key.key.bytes))
    }

    /// Pinned TLS, with a connection of its own.
    ///
    /// # Panics
    /// Where the pins are none.
    #[must_use]
    pub fn transport(&self) -> Arc<dyn Transport> {
        let transport = HttpTransport::new(HttpOptions {
            roots: vec![self.root.clone()],
            pins: self.known.pins.clone(),
            clock: Arc::new(billpay_core::system::SystemClock::new()),
            bank_time: None,
            resolve: None,
            patience: Patience::default(),
        });
        Arc::new(transport.expect("a transport"))
    }

    /// Where the gateway listens.
    ///
    /// # Panics
    /// Where its address names no port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        let port = self.setup.gateway.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Its host.
    #[must_use]
    pub fn host(&self) -> String {
        self.known.pins.host().to_owned()
    }

    /// The root of its certificate, in DER.
    #[must_use]
    pub fn root(&self) -> &[u8] {
        &self.root
    }

    /// A bare client that acts for the phone in `profile`.
    ///
    /// # Panics
    /// Where that phone is not active, or still has its profile open.
    #[must_use]
    pub fn bare(&self, profile: &Path, platform: &Platform) -> Bare {
        let identity = identity(profile, platform);
        Bare::new(profile, &self.setup.gateway, &self.root, platform, identity, &self.known)
    }
}

/// Activates a phone, and binds its number.
///
/// # Panics
/// Where the sandbox says no.
pub async fn activate(client: &Client, sandbox: &Sandbox) {
    activate_as(PHONE, client, sandbox).await;
    client.refresh().await.expect("the feed");
    bind(client, BILLER, NUMBER).await;
}

/// Activates the phone of that number.
///
/// # Panics
/// Where the sandbox says no.
pub async fn activate_as(phone: &str, client: &Client, sandbox: &Sandbox) {
    client.start_activation(phone).await.expect("a message");
    let text = sandbox.sms_outbox().pop().expect("a message").text;
    let code = billpay_core::activation::parse_sms(&text, "localhost").expect("a code").to_owned();
    client.finish_activation(&code).await.expect("active");
}

/// Binds an account, and gives its id.
///
/// # Panics
/// Where the sandbox says no.
pub async fn bind(client: &Client, biller: &str, number: &str) -> String {
    let echo = client.lookup_binding(biller, number).await.expect("an echo");
    let account = client.confirm_binding(&echo, "").await.expect("bound");
    client.acknowledge_echo(&account.id, &account.echo_digest).await.expect("acknowledged");
    account.id
}

/// What is paid.
///
/// # Panics
/// Never.
#[must_use]
pub fn amount() -> Money {
    Money::new(1000, Currency::CNY).expect("10.00")
}

/// A quote for it.
///
/// # Panics
/// Where there is none.
pub async fn quote(client: &Client) -> QuoteView {
    loop {
        match client.quote(BILLER, BILL, Some(amount()), None).await {
            Ok(quote) => return quote,
            // Each top-up raises the version; the answer brings the new one.
            Err(QuoteError::BillChanged { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// The store of a phone whose client is not open.
///
/// # Panics
/// Where it cannot be opened.
#[must_use]
pub fn store(profile: &Path, platform: &Platform) -> Store {
    let store = Store::open(&location(profile), &*platform.rng).expect("the profile");
    let root = platform.secrets.get(&format!("billpay.{}.root", store.profile())).expect("keys").expect("a root");
    store.unlock(&root, platform.rng.clone()).expect("unlocked");
    store
}

fn identity(profile: &Path, platform: &Platform) -> Identity {
    let store = store(profile, platform);
    let identity = store.read(|tx| Ok::<_, Fault>(Identity::load(tx)?)).expect("read").expect("active");
    store.suspend();
    identity
}

fn json<T: serde::de::DeserializeOwned>(value: &impl serde::Serialize) -> T {
    serde_json::from_value(serde_json::to_value(value).expect("JSON")).expect("the same JSON")
}

fn pem(text: &str) -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    CertificateDer::from_pem_slice(text.as_bytes()).expect("a certificate").to_vec()
}
