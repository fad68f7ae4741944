//! The billers' machine: their books, and the listener before them. In the bank's process, or in one of
//! its own, so that each can go down without the other.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use super::{Options, Place, StartError, lock::Lock};
use crate::{
    biller::{Billers, Seeds, listener},
    clock::{Clock as _, MovableClock},
    faults::Leg,
    leg, moment,
    pki::Pki,
    rng::SystemRng,
    serve::{Listener, Setup, plain},
};

const LOCK: &str = "billers-lock";
/// Held while certificates and keys are looked for and made: bank and billers may start at the same time
/// on a new folder, and have to come to the same ones.
pub(super) const MAKING: &str = "making-lock";

/// The billers, running. Dropping this is a power cut for them.
pub struct Town {
    pub(super) billers: Arc<Billers>,
    clock: Arc<MovableClock>,
    pub(super) address: SocketAddr,
    listener: Option<Listener>,
    _lock: Option<Lock>,
}

impl Town {
    /// Starts the billers alone, on the ledgers and certificates of a directory that a bank of another
    /// process shares with them.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn alone(options: &Options) -> Result<Self, StartError> {
        // First of all: whoever is not let in leaves everything as it is.
        let lock = Self::lock(options)?;
        let now = MovableClock::system().now();
        let pki = match &options.directory {
            Some(directory) => {
                let _made_once = Lock::wait(directory, MAKING)?;
                Pki::at(directory, now)?
            }
            None => Pki::fresh(now)?,
        };
        Self::start(options, &pki, &Place::of(options.directory.as_ref()), lock).await
    }

    /// Makes the billers of a directory this process's; `None` in memory, or where they run elsewhere.
    pub(super) fn lock(options: &Options) -> Result<Option<Lock>, StartError> {
        let directory = options.directory.as_deref().filter(|_| options.billers_elsewhere.is_none());
        directory.map(|directory| Lock::take(directory, LOCK)).transpose()
    }

    /// The billers' listener and books; where they run elsewhere, their books alone.
    pub(super) async fn start(
        options: &Options,
        pki: &Pki,
        place: &Place,
        lock: Option<Lock>,
    ) -> Result<Self, StartError> {
        let clock = Arc::new(MovableClock::system());
        clock.set_offset_ms(options.clock_offset_ms);
        let rng = Arc::new(SystemRng::new());
        let seeds = options.seeds(&clock);
        let billers = {
            // Two that turn a new file into WAL at once would find it locked.
            let _made_once = options.directory.as_deref().map(|directory| Lock::wait(directory, MAKING)).transpose()?;
            Arc::new(Billers::open(&place.at("billers"), clock.clone(), rng, seeds)?)
        };
        if let Some(port) = options.billers_elsewhere {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            return Ok(Self { billers, clock, address, listener: None, _lock: lock });
        }
        let setup = Setup {
            tls: pki.server(&options.names(), clock.now())?,
            max_body: leg::MAX_BODY,
            faults: Some((Arc::clone(&options.faults), Leg::Biller)),
            refusal: Arc::new(plain),
        };
        let answers = listener::handler(Arc::clone(&billers), clock.clone());
        let listener = Listener::start(options.billers_address, setup, answers).await?;
        Ok(Self { billers, clock, address: listener.address(), listener: Some(listener), _lock: lock })
    }

    /// Where they are: `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Their clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<MovableClock> {
        &self.clock
    }

    /// Stops listening; when this has ended, nothing listens any more.
    pub async fn stop(&mut self) {
        if let Some(listener) = &mut self.listener {
            listener.close().await;
        }
    }
}

impl Options {
    fn seeds(&self, clock: &MovableClock) -> Seeds {
        let today = moment::bank_date(clock.now().as_millisecond());
        self.billers.clone().unwrap_or_else(|| Seeds::sandbox(today))
    }

    /// The names in the certificates.
    pub(super) fn names(&self) -> [&str; 3] {
        [&self.host, "localhost", "127.0.0.1"]
    }
}
