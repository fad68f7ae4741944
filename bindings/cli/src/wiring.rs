//! How the core is put together on a desktop: its configuration from the connection file, its ports
//! from the system, its keys from the desktop's store.

use std::{fs, path::Path, sync::Arc};

use billpay_core::{
    Client, Config,
    crypto::suite::RingSuite,
    gateway::{
        http::{HttpError, HttpOptions, HttpTransport, Patience},
        trust::Trust,
    },
    model::Language,
    platform::{Clock, Platform, SecretStore},
    store::Location,
    system::{SystemClock, SystemRng, TokioExecutor},
};
use billpay_desktop::{SoftwareSigner, best_secret_store};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use crate::{connection::Connection, failure::Failure, shell::Shell};

/// In the profile's folder.
const DATABASE: &str = "profile.db";
const KEYS: &str = "keys";

/// Opens the profile that the person named.
pub(crate) async fn open(shell: &Shell) -> Result<Client, Failure> {
    let connection = Connection::find(shell)?;
    fs::create_dir_all(&shell.profile).map_err(|error| folder(shell, &shell.profile, &error))?;
    let keys = best_secret_store(&shell.profile.join(KEYS));
    let keys = keys.map_err(|error| shell.failure()(billpay_core::error::Fault::from(error)))?;
    let client = client(shell, &connection, &shell.profile, keys).await?;
    // Only what could be opened is worth remembering.
    if shell.gateway.is_some() {
        connection.remember(shell)?;
    }
    Ok(client)
}

/// A client for a profile in `folder`.
pub(crate) async fn client(
    shell: &Shell,
    connection: &Connection,
    folder: &Path,
    keys: Arc<dyn SecretStore>,
) -> Result<Client, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let transport = transport(shell, connection, clock.clone())?;
    let platform = Platform {
        signer: Arc::new(SoftwareSigner::new(keys.clone())),
        secrets: keys,
        clock,
        rng: Arc::new(SystemRng::new()),
        executor: Arc::new(TokioExecutor::current().map_err(|error| Failure::system("runtime", &error))?),
        transport: Arc::new(transport),
        suite: Arc::new(RingSuite),
    };
    let config = config(connection, folder, shell.language);
    Client::open(config, platform).await.map_err(shell.failure())
}

/// Where the profile in `folder` is.
pub(crate) fn location(folder: &Path) -> Location {
    Location::file(folder.join(DATABASE))
}

fn config(connection: &Connection, folder: &Path, language: Language) -> Config {
    Config {
        profile: location(folder),
        gateway: connection.url.clone(),
        offline_key: connection.offline_key.clone(),
        trust: connection.trust.clone(),
        client_version: env!("CARGO_PKG_VERSION").to_owned(),
        device_name: "billpay terminal".to_owned(),
        language,
        catalogue: connection.catalogue.clone(),
    }
}

fn transport(shell: &Shell, connection: &Connection, clock: Arc<dyn Clock>) -> Result<HttpTransport, Failure> {
    let unusable = |why: &dyn std::fmt::Display| {
        let what = shell.say("连接文件中的安全资料无法使用", "the connection file's security data cannot be used");
        Failure::new("connection-unusable", format!("{what}: {why}"))
    };
    let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(connection.roots.as_bytes()).collect();
    let roots = roots.map_err(|error| unusable(&error))?;
    let trust = Trust::verify(&connection.trust, &connection.offline_key, &RingSuite);
    let trust = trust.map_err(|error| unusable(&error))?;
    let options = HttpOptions {
        roots: roots.iter().map(|root| root.to_vec()).collect(),
        pins: trust.pins,
        clock,
        bank_time: None,
        resolve: connection.resolve,
        patience: Patience::default(),
    };
    HttpTransport::new(options).map_err(|error: HttpError| unusable(&error))
}

fn folder(shell: &Shell, path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let what = shell.say("无法使用这个文件夹", "this folder cannot be used");
    Failure::new("profile-unwritable", format!("{}: {what} ({error})", path.display()))
}
