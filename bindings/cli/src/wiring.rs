//! How the core is put together on a desktop: its configuration from the connection file, its ports
//! from the system, its keys from the desktop's store.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

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

use serde_json::json;

use crate::{
    connection::{Connection, REMEMBERED},
    failure::Failure,
    files::words_of,
    shell::{Shell, warn},
};

/// In the profile's folder.
pub(crate) const DATABASE: &str = "profile.db";
const KEYS: &str = "keys";

/// Opens the profile that the person named. Where one was opened before and its file has gone, it is a new one: that
/// is said, because it looks as if nothing was ever paid.
pub(crate) async fn open(shell: &Shell) -> Result<Client, Failure> {
    let file = fs::metadata(shell.profile.join(DATABASE));
    let gone = match &file {
        Ok(file) => file.is_file() && file.len() == 0,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    // The bank is remembered only of what was opened, and forgotten with a wipe.
    let was_there = gone && shell.profile.join(REMEMBERED).exists() && !was_ended(shell);
    let client = open_anew(shell).await?;
    if was_there {
        let line = shell.say(
            "本机原有的资料不在了：profile.db 被清空或已丢失。其中的付款记录本机已不知道，请不要当作未付；请重新激活，银行会告知（billpay activate start <手机号>）。",
            "This profile was there before: its profile.db was emptied or has gone, so it is a new one now. Payments that were stored in it are not known here; do not take them for unpaid. Activate again, and the bank tells of them: `billpay activate start PHONE`.",
        );
        warn(line);
        shell.record(&json!({ "warning": { "code": "profile-was-there", "message": line } }));
    }
    Ok(client)
}

/// Whether somebody has ended it: put aside, or wiped as far as it went.
fn was_ended(shell: &Shell) -> bool {
    ["aside-1", "wiping", "wiped"].iter().any(|what| shell.profile.join(format!("{DATABASE}.{what}")).exists())
}

/// The same where it is known that the file may be a new one.
pub(crate) async fn open_anew(shell: &Shell) -> Result<Client, Failure> {
    let connection = Connection::find(shell)?;
    fs::create_dir_all(&shell.profile).map_err(|error| folder(shell, &shell.profile, &error))?;
    let keys = best_secret_store(&keys_folder(shell)?);
    let keys = keys.map_err(|error| shell.failure()(billpay_core::error::Fault::from(error)))?;
    let client = client(shell, &connection, &shell.profile, keys).await?;
    // Only what could be opened is worth remembering.
    if shell.gateway.is_some() {
        connection.remember(shell)?;
    }
    Ok(client)
}

/// Forgets what is left of a profile that was wiped: this device's signing keys, and which bank it was of.
pub(crate) fn forget(shell: &Shell) -> Result<(), Failure> {
    let keys = shell.profile.join(KEYS);
    let store = best_secret_store(&keys).map_err(|error| shell.failure()(billpay_core::error::Fault::from(error)))?;
    let forgot = SoftwareSigner::new(store).forget();
    forgot.map_err(|error| shell.failure()(billpay_core::error::Fault::from(error)))?;
    for left in [keys, shell.profile.join(REMEMBERED)] {
        let removed = if left.is_dir() { fs::remove_dir_all(&left) } else { fs::remove_file(&left) };
        if let Err(error) = removed
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(folder(shell, &left, &error));
        }
    }
    Ok(())
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
        Failure::new("connection-unusable", format!("{what}{}{why}", shell.colon()))
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

fn folder(shell: &Shell, path: &Path, error: &io::Error) -> Failure {
    let what = shell.say("无法使用这个文件夹", "this folder cannot be used");
    let next = shell.say("请用 --profile 指定另一个文件夹。", "Name another one with --profile.");
    Failure::new(
        "profile-unwritable",
        format!("{}: {what}{}{}{next}", path.display(), shell.aside(&words_of(shell, error)), shell.stop()),
    )
}

/// The folder of the keys, which only this user may read. One that cannot be made is told as what it is: the
/// key store would name itself as the one to blame.
fn keys_folder(shell: &Shell) -> Result<PathBuf, Failure> {
    let keys = shell.profile.join(KEYS);
    if !keys.is_dir() {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&keys).map_err(|error| folder(shell, &shell.profile, &error))?;
    }
    Ok(keys)
}
