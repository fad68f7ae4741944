//! The sandbox: the bank and its billers as two HTTPS servers in this process, with certificates,
//! keys and ledgers that are fresh, or kept in a directory.
//!
//! Dropping a [`Sandbox`] is a power cut: ports close, requests end where they are. Started again on
//! the same directory it goes on.

mod bank;
mod edition;
mod errands;
mod export;
mod keyring;
mod lock;
mod reconcile;
mod town;

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use thiserror::Error;
use tokio::task::JoinHandle;

use self::town::MAKING;
use self::{bank::Slot, keyring::Keyring, lock::Lock};
pub use self::{export::Export, town::Town};
use crate::{
    activation::sms::{Sms, SmsOutbox},
    api::bounds::MAX_BODY,
    biller::{Billers, BillersError, Seeds},
    clock::{Clock as _, MovableClock},
    collecting::Collection,
    faults::{Faults, Leg},
    gateway::{Config, Gateway, OpenError, Ports},
    ids,
    ledger::{LedgerError, backup},
    leg::{
        self, BillerClient,
        bank::BankClient,
        https::{HttpsLeg, HttpsLegError, Urls},
    },
    location::Location,
    pki::{Pki, PkiError},
    reminding::push::{Push, PushOutbox},
    rng::SystemRng,
    seeds::{self, Enrolment},
    serve::{Listener, Setup},
    statements::HttpsBank,
    suite::RingSuite,
};

const LOCK: &str = "lock";

/// How often the worker has its turn.
const TURN: Duration = Duration::from_millis(200);

/// How a sandbox is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where certificates, keys and ledgers are kept; `None`: fresh, in memory.
    pub directory: Option<PathBuf>,
    /// Where the bank listens; port 0 takes any that is free.
    pub address: SocketAddr,
    /// Where the billers listen.
    pub billers_address: SocketAddr,
    /// The billers are a process of their own ([`Town::alone`]) on the same directory, at this port of
    /// this machine.
    pub billers_elsewhere: Option<u16>,
    /// The name by which clients call the bank; it is in the certificate.
    pub host: String,
    /// Who is enrolled, where the ledger is new to them.
    pub customers: Vec<Enrolment>,
    /// The billers and their accounts; `None`: the usual ones, due dates counted from today.
    pub billers: Option<Seeds>,
    /// What the bank takes for a payment, by biller; minor units.
    pub fees: BTreeMap<String, i64>,
    /// The least version of the app that is served.
    pub minimum_client: String,
    /// Eleven characters by which Android's SMS Retriever knows the app.
    pub app_hash: String,
    /// Faults, on both legs.
    pub faults: Arc<Faults>,
    /// How far both parties' clocks are ahead of this machine's, in milliseconds.
    pub clock_offset_ms: i64,
    /// How often the bank asks billers by itself; `None`: it waits to be asked.
    pub collection: Option<Collection>,
}

impl Default for Options {
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            directory: None,
            address: any,
            billers_address: any,
            billers_elsewhere: None,
            host: "localhost".to_owned(),
            customers: seeds::customers(),
            billers: None,
            fees: BTreeMap::from([("mobile-cn".to_owned(), 50)]),
            minimum_client: "0.0.0".to_owned(),
            app_hash: "FA+9qCX9VSu".to_owned(),
            faults: Arc::new(Faults::new()),
            clock_offset_ms: 0,
            collection: None,
        }
    }
}

/// Why a sandbox does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A port, or the directory.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Certificates.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The billers' books.
    #[error(transparent)]
    Billers(#[from] BillersError),
    /// The way to the billers.
    #[error(transparent)]
    Leg(#[from] HttpsLegError),
    /// The bank.
    #[error(transparent)]
    Gateway(#[from] OpenError),
    /// The ledger, while customers were enrolled or a backup restored.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The file of keys is broken: nothing is made anew then, for clients know the old ones.
    #[error("the file of keys: {0}")]
    Keys(#[from] serde_json::Error),
    /// A request of before does not end.
    #[error("the gateway is still busy")]
    Busy,
    /// Another sandbox runs on the same directory.
    #[error("another sandbox is running on this folder")]
    InUse,
}

/// The bank and its billers, running.
pub struct Sandbox {
    slot: Arc<Slot>,
    config: Config,
    ports: Ports,
    export: Export,
    town: Town,
    /// The billers' way to the bank.
    desk: BankClient,
    clock: Arc<MovableClock>,
    faults: Arc<Faults>,
    collection: Option<Collection>,
    pushes: Arc<PushOutbox>,
    workers: [JoinHandle<()>; 3],
    bank_listener: Listener,
    _lock: Option<Lock>,
}

impl Sandbox {
    /// Starts both servers and the worker.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let lock = options.directory.as_deref().map(|directory| Lock::take(directory, LOCK)).transpose()?;
        let town_lock = Town::lock(&options)?;
        let clock = Arc::new(MovableClock::system());
        clock.set_offset_ms(options.clock_offset_ms);
        let rng = Arc::new(SystemRng::new());
        let (pki, keyring) = match &options.directory {
            Some(directory) => {
                let _made_once = Lock::wait(directory, MAKING)?;
                (Pki::at(directory, clock.now())?, Keyring::at(directory, rng.as_ref())?)
            }
            None => (Pki::fresh(clock.now())?, Keyring::fresh(rng.as_ref())),
        };
        let place = Place::of(options.directory.as_ref());
        let town = Town::start(&options, &pki, &place, town_lock).await?;
        let catalogue = town.billers.catalogue();

        let slot = Arc::new(Slot::new(clock.clone()));
        // The gateway itself says what is too large, in the words of the contract.
        let (faults, refusal) = (Some((Arc::clone(&options.faults), Leg::Client)), bank::refusal(&slot));
        let tls = pki.server(&options.names(), clock.now())?;
        let setup = Setup { tls, max_body: MAX_BODY + 1, faults, refusal };
        let bank = Listener::start(options.address, setup, bank::handler(Arc::clone(&slot))).await?;

        let billers_url = town.url();
        let mut urls = BTreeMap::new();
        for biller in &catalogue {
            urls.insert(biller.id.clone(), Urls::under(&format!("{billers_url}/{}", biller.id))?);
        }
        let client = leg::https::client(&[pki.root_der()?], &[(options.host.as_str(), bank.address())])?;
        let desk = HttpsBank::new(client, &format!("https://{}:{}/billers", options.host, bank.address().port()))?;
        let desk = BankClient::new(Arc::new(desk), town.clock().clone());
        let hosts = [("localhost", town.address)];
        let leg = HttpsLeg::new(&[pki.root_der()?], urls, &hosts)?;

        let url = format!("https://{}:{}", options.host, bank.address().port());
        let suite = Arc::new(RingSuite);
        let now = clock.now().as_millisecond();
        let version = edition::next(options.directory.as_deref(), now)?;
        let export = Export::new(&pki, &keyring, &options, &url, &billers_url, suite.as_ref());
        let config = Config {
            ledger: place.at("ledger"),
            keys: keyring.bank(),
            public_url: url,
            trust: export.trust_document(&keyring, suite.as_ref(), version, now)?,
            minimum_client: options.minimum_client.clone(),
            app_hash: options.app_hash.clone(),
            billers: catalogue,
            fees: options.fees.clone(),
        };
        let ports = Ports {
            clock: clock.clone(),
            rng,
            billers: BillerClient::new(Arc::new(leg), clock.clone(), town.billers.secrets()),
            suite,
            sms: Arc::new(SmsOutbox::default()),
        };
        let (collection, pushes) = (options.collection, Arc::new(PushOutbox::default()));
        let gateway = Gateway::open(config.clone(), ports.clone())?;
        let gateway = gateway.collecting(collection).pushing(Arc::clone(&pushes));
        enrol_new(&gateway, &options.customers)?;
        slot.put(Arc::new(gateway));
        // A biller that takes its time must not hold up the payments.
        let workers = [
            tokio::spawn(work(Arc::clone(&slot))),
            tokio::spawn(errands::collect(Arc::clone(&slot))),
            tokio::spawn(errands::remind(Arc::clone(&slot))),
        ];
        let faults = options.faults;
        Ok(Self {
            slot,
            config,
            ports,
            export,
            town,
            desk,
            clock,
            faults,
            collection,
            pushes,
            workers,
            bank_listener: bank,
            _lock: lock,
        })
    }

    /// What a client has to know.
    #[must_use]
    pub fn export(&self) -> &Export {
        &self.export
    }

    /// The bank: `https://localhost:PORT`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.export.url
    }

    /// The billers: `https://localhost:PORT`.
    #[must_use]
    pub fn billers_url(&self) -> &str {
        &self.export.billers_url
    }

    /// The gateway, for whoever looks into its books; `None` during a restore.
    #[must_use]
    pub fn gateway(&self) -> Option<Arc<Gateway>> {
        self.slot.get()
    }

    /// The trust document, as an app would be shipped with it; `None` during a restore.
    #[must_use]
    pub fn trust(&self) -> Option<String> {
        Some(self.slot.get()?.config.trust.clone())
    }

    /// The billers' house.
    #[must_use]
    pub fn billers(&self) -> &Arc<Billers> {
        &self.town.billers
    }

    /// The faults in force.
    #[must_use]
    pub fn faults(&self) -> &Arc<Faults> {
        &self.faults
    }

    /// All messages that went to phones, oldest first.
    #[must_use]
    pub fn sms_outbox(&self) -> Vec<Sms> {
        self.ports.sms.all()
    }

    /// All pushes that went to apps, oldest first.
    #[must_use]
    pub fn pushes(&self) -> Vec<Push> {
        self.pushes.all()
    }

    /// The bank's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<MovableClock> {
        &self.clock
    }

    /// The billers' clock.
    #[must_use]
    pub fn billers_clock(&self) -> &Arc<MovableClock> {
        self.town.clock()
    }

    /// Sets both parties' clocks ahead of this machine's by so many milliseconds.
    pub fn set_clock_offset_ms(&self, offset_ms: i64) {
        self.clock.set_offset_ms(offset_ms);
        self.town.clock().set_offset_ms(offset_ms);
    }

    /// The bank's ledger at this moment.
    ///
    /// # Errors
    /// What the ledger says, or [`StartError::Busy`] during a restore.
    pub fn backup(&self) -> Result<Vec<u8>, StartError> {
        let gateway = self.slot.get().ok_or(StartError::Busy)?;
        Ok(gateway.ledger().snapshot()?)
    }

    /// Puts a backup in the ledger's place, under a new epoch. Requests meanwhile are answered 503.
    ///
    /// # Errors
    /// What the ledger says; [`StartError::Busy`] if a request of before does not end.
    pub async fn restore(&self, snapshot: &[u8]) -> Result<(), StartError> {
        // Nobody may go on in the old life with the new ledger.
        let old = self.slot.take().ok_or(StartError::Busy)?;
        let mut patience = 150;
        while Arc::strong_count(&old) > 1 {
            if patience == 0 {
                self.slot.put(old);
                return Err(StartError::Busy);
            }
            patience -= 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        // In memory the ledger lives as long as a connection to it.
        let anchor = crate::location::Anchor::hold(&self.config.ledger).map_err(LedgerError::from)?;
        drop(old);
        let now = self.clock.now().as_millisecond();
        let fresh = ids::uuid7(now, self.ports.rng.as_ref());
        // What is no backup leaves the ledger as it is, and the bank goes on.
        let restored = backup::restore_snapshot(&self.config.ledger, snapshot, fresh, now);
        let gateway = Gateway::open(self.config.clone(), self.ports.clone())?;
        let gateway = gateway.collecting(self.collection).pushing(Arc::clone(&self.pushes));
        // A signature of this second may be from before the restore, and would be refused.
        let rest = self.clock.now().as_millisecond().rem_euclid(1_000);
        tokio::time::sleep(Duration::from_millis(u64::try_from(1_000 - rest).unwrap_or(0))).await;
        self.slot.put(Arc::new(gateway));
        drop(anchor);
        restored?;
        Ok(())
    }

    /// Stops both servers and the worker; when this has ended, nothing listens any more, and the
    /// folder is free.
    pub async fn stop(mut self) {
        self.workers.iter().for_each(JoinHandle::abort);
        self.bank_listener.close().await;
        self.town.stop().await;
        for worker in &mut self.workers {
            // Cancelled, or ended by itself.
            let _ = worker.await;
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.workers.iter().for_each(JoinHandle::abort);
    }
}

/// Balances move with payments, so those who are enrolled already stay as they are.
fn enrol_new(gateway: &Gateway, customers: &[Enrolment]) -> Result<(), LedgerError> {
    for person in customers {
        if !gateway.is_enrolled(&person.phone)? {
            gateway.enrol(std::slice::from_ref(person))?;
        }
    }
    Ok(())
}

async fn work(slot: Arc<Slot>) {
    loop {
        tokio::time::sleep(TURN).await;
        if let Some(gateway) = slot.get() {
            gateway.tick().await;
        }
    }
}

/// Where ledgers are: files in a directory, or in memory under a name of their own.
enum Place {
    Directory(PathBuf),
    Memory(u64),
}

impl Place {
    fn of(directory: Option<&PathBuf>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        match directory {
            Some(directory) => Self::Directory(directory.clone()),
            None => Self::Memory(NEXT.fetch_add(1, Ordering::Relaxed)),
        }
    }

    fn at(&self, name: &str) -> Location {
        match self {
            Self::Directory(directory) => Location::file(directory.join(format!("{name}.db"))),
            Self::Memory(number) => Location::memory(&format!("sandbox-{number}-{name}")),
        }
    }
}
