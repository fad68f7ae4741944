//! The one door: [`open_client`], and what keeps an open [`Client`] in step with the app's life.

use std::{future::Future, sync::Arc};

use billpay_core::{
    Client as CoreClient,
    crypto::suite::RingSuite,
    error::{Fault as CoreFault, OpenError as CoreOpenError},
    platform::{Clock, Platform},
    system::{SystemClock, SystemRng},
};

use crate::{
    configuration::Configuration,
    device_signer::{DeviceSigner, ShellDeviceSigner},
    fault::{FaultError, OpenError, Told},
    runtime,
    secret_store::{SecretStore, ShellSecretStore},
    why::Voice,
};

/// A profile that is open: one customer's bills, payments and receipts on this device.
///
/// All methods may be called from any thread, many at a time. Whoever stops waiting for one stops
/// nothing: a payment goes on to its end. When the last reference is gone the profile is closed, as
/// soon as what is under way has ended; open orders are taken up at the next open.
#[derive(uniffi::Object)]
pub struct Client {
    /// `None` only while it is being let go of.
    core: Option<CoreClient>,
    pub(crate) voice: Voice,
}

impl Drop for Client {
    fn drop(&mut self) {
        // Its end closes files, which a screen's thread should not wait for.
        if let Some(core) = self.core.take() {
            runtime::let_go(core);
        }
    }
}

/// Opens a profile. Works while the key store is locked: keys are fetched on first need. Orders whose
/// end is not known are taken up again at once, in the background.
///
/// # Errors
/// [`OpenError`]; nothing is ever deleted or overwritten for it.
#[uniffi::export]
pub async fn open_client(
    configuration: Configuration,
    secrets: Arc<dyn SecretStore>,
    signer: Arc<dyn DeviceSigner>,
) -> Result<Arc<Client>, OpenError> {
    let voice = configuration.voice();
    let opened = runtime::run(open(configuration, secrets, signer)).await;
    let opened = opened.unwrap_or_else(|_| Err(OpenError::lost()));
    match opened {
        Ok(core) => Ok(Arc::new(Client { core: Some(core), voice })),
        Err(error) => Err(OpenError::in_voice(error, &voice)),
    }
}

async fn open(
    configuration: Configuration,
    secrets: Arc<dyn SecretStore>,
    signer: Arc<dyn DeviceSigner>,
) -> Result<CoreClient, CoreOpenError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let executor = runtime::executor().map_err(|_| OpenError::lost())?;
    let told_the_time = clock.clone();
    let read = runtime::block(move || configuration.read(told_the_time)).await;
    let (config, transport) = read.map_err(|_| OpenError::lost())??;
    let platform = Platform {
        secrets: Arc::new(ShellSecretStore(secrets)),
        signer: Arc::new(ShellDeviceSigner(signer)),
        clock,
        rng: Arc::new(SystemRng::new()),
        executor,
        transport,
        suite: Arc::new(RingSuite),
    };
    CoreClient::open(config, platform).await
}

impl Client {
    /// One operation of the core, on the library's own threads, and its error in this client's voice.
    pub(crate) async fn ask<T, E, Work>(&self, operation: impl FnOnce(CoreClient) -> Work) -> Result<T, E>
    where
        T: Send + 'static,
        E: Told,
        E::Core: Send + 'static,
        Work: Future<Output = Result<T, E::Core>> + Send + 'static,
    {
        let done = match self.core.clone() {
            Some(core) => runtime::run(operation(core)).await.unwrap_or_else(|_| Err(E::lost())),
            None => Err(E::lost()),
        };
        done.map_err(|error| E::in_voice(error, &self.voice))
    }
}

#[uniffi::export]
impl Client {
    /// Closes every file, so that no lock is held when the system freezes the app. What is under way
    /// is confirmed later; everything else answers `Suspended` until [`Client::resume`].
    ///
    /// # Errors
    /// [`FaultError`]; the client is suspended all the same.
    pub async fn suspend(&self) -> Result<(), FaultError> {
        self.ask(|core| async move { core.suspend().await }).await
    }

    /// Opens the files again and takes up what is in doubt.
    ///
    /// # Errors
    /// [`OpenError`], as at open: another process may have taken the profile meanwhile.
    pub async fn resume(&self) -> Result<(), OpenError> {
        self.ask(|core| async move { core.resume().await }).await
    }

    /// Tells the core that the network is back: open orders are asked about at once.
    ///
    /// # Errors
    /// [`FaultError`], of the library itself alone.
    pub async fn network_returned(&self) -> Result<(), FaultError> {
        let tell = |core: CoreClient| async move {
            core.network_returned();
            Ok::<_, CoreFault>(())
        };
        self.ask(tell).await
    }

    /// Has every signed request from now on carry what the platform vouches for this app and device (a token of Play
    /// Integrity, App Attest and the like), or nothing. It is kept in memory alone: give it after each open, and anew when
    /// its time is over. What it is worth is for the bank to say. False for what no request can carry (a token has 1 to
    /// 8192 visible ASCII characters): then the one of before stays.
    ///
    /// # Errors
    /// [`FaultError`], of the library itself alone.
    pub async fn set_attestation(&self, token: Option<String>) -> Result<bool, FaultError> {
        self.ask(|core| async move { Ok::<_, CoreFault>(core.set_attestation(token.as_deref()).is_ok()) }).await
    }

    /// Asks about every open order once, now, and says how many are still open.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn resolve(&self) -> Result<u32, FaultError> {
        let open = self.ask(|core| async move { core.resolve().await }).await?;
        Ok(u32::try_from(open).unwrap_or(u32::MAX))
    }
}
