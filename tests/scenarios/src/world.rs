//! The world around the phones: the bank with its ledger in a file, the billers, a network with a
//! fault script, and one clock for all that only moves when everybody waits.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use billpay_core::platform::{self, Transport, TransportError, TransportFault};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sandbox_gateway::{
    Config, Gateway, Keys, Ports,
    activation::sms::SmsOutbox,
    api::http,
    biller::{Billers, LocalLeg, Seeds},
    clock::{Clock, MovableClock},
    faults::{Action, Faults, Point},
    leg::{BillerClient, faulty::FaultyLeg},
    location::Location,
    moment,
    outcomes::jws::{SigningKey, TRUST},
    rng::SystemRng,
    seeds,
    serve::GARBAGE,
    suite::RingSuite,
};
use serde_json::{Value, json};
use tokio::task::{JoinError, JoinHandle};

use crate::Fault;

/// Where phones reach the bank.
pub const URL: &str = "https://gateway.bank.example";
/// The host that messages with codes name.
pub const HOST: &str = "gateway.bank.example";
/// 2026-11-22, noon at the bank.
const START: i64 = 1_795_320_000;
/// How often the bank looks after what is open.
const TURN: Duration = Duration::from_millis(500);

/// The world's time: starts at noon, and moves with tokio's clock, which stories pause.
#[derive(Clone, Copy, Debug)]
pub struct Now(tokio::time::Instant);

impl Now {
    /// A clock that starts now.
    fn start() -> Self {
        Self(tokio::time::Instant::now())
    }

    /// Since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX);
        Timestamp::from_millisecond((START * 1000).saturating_add(elapsed)).unwrap_or(Timestamp::MAX)
    }
}

impl Clock for Now {
    fn now(&self) -> Timestamp {
        Self::now(self)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Bank, billers, network.
pub struct World {
    now: Now,
    config: Config,
    ports: Ports,
    offline: SigningKey,
    billers: Arc<Billers>,
    clock: Arc<MovableClock>,
    faults: Arc<Faults>,
    network: Arc<Network>,
    _folder: tempfile::TempDir,
}

/// The way from the phones to the bank; the bank may be down.
#[derive(Default)]
pub struct Network {
    gateway: Mutex<Option<Arc<Gateway>>>,
    faults: Arc<Faults>,
    exchanges: Exchanges,
}

/// What a phone sent and what the bank answered, whether or not the answer found its way.
pub type Exchange = (http::Request, http::Response);

impl World {
    /// A fresh sandbox, with its bank running.
    ///
    /// # Errors
    /// The sandbox cannot be made.
    pub fn new() -> Result<Self, Fault> {
        let folder = tempfile::tempdir()?;
        let now = Now::start();
        let clock = Arc::new(MovableClock::new(Arc::new(now)));
        let rng = Arc::new(SystemRng::new());
        let today = moment::bank_date(clock.now().as_millisecond());
        let books = Location::file(folder.path().join("billers.db"));
        let billers = Arc::new(Billers::open(&books, clock.clone(), rng.clone(), Seeds::sandbox(today))?);
        let faults = Arc::new(Faults::new());
        let leg = Arc::new(LocalLeg::new(billers.clone(), clock.clone()));
        let leg = Arc::new(FaultyLeg::new(leg, faults.clone(), clock.clone()));
        let ports = Ports {
            clock: clock.clone(),
            rng,
            billers: BillerClient::new(leg, clock.clone(), billers.secrets()),
            suite: Arc::new(RingSuite),
            sms: Arc::new(SmsOutbox::default()),
        };
        let receipt = SigningKey { kid: "receipt-1".into(), seed: [1; 32] };
        let offline = SigningKey { kid: "offline-1".into(), seed: [2; 32] };
        let config = Config {
            ledger: Location::file(folder.path().join("ledger.db")),
            trust: trust(&receipt, &offline).ok_or("no trust document")?,
            keys: Keys { receipt, retired: Vec::new(), phones: [3; 32] },
            public_url: URL.into(),
            minimum_client: "0.1.0".into(),
            app_hash: "FA+9qCX9VSu".into(),
            billers: billers.billers()?.into_iter().map(|standing| standing.biller).collect(),
            // As `billpay sandbox` takes them, which the other languages run against.
            fees: BTreeMap::from([("mobile-cn".to_owned(), 50)]),
        };
        let network = Arc::new(Network { faults: faults.clone(), ..Network::default() });
        let world = Self { now, config, ports, offline, billers, clock, faults, network, _folder: folder };
        world.start_gateway()?;
        world.gateway()?.enrol(&seeds::customers())?;
        world.keep_turning();
        Ok(world)
    }

    /// Lets the bank's worker have its turns for as long as the network is there.
    fn keep_turning(&self) {
        let network = Arc::downgrade(&self.network);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TURN).await;
                let Some(network) = network.upgrade() else { return };
                let gateway = network.gateway().clone();
                drop(network);
                if let Some(gateway) = gateway {
                    gateway.tick().await;
                }
            }
        });
    }

    fn gateway(&self) -> Result<Arc<Gateway>, Fault> {
        Ok(self.network.gateway().clone().ok_or("the bank does not run")?)
    }

    /// Starts the bank on the ledger that it had.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn start_gateway(&self) -> Result<(), Fault> {
        let gateway = Gateway::open(self.config.clone(), self.ports.clone())?;
        *self.network.gateway() = Some(Arc::new(gateway));
        Ok(())
    }

    /// Stops the bank: nobody can connect to it.
    pub fn stop_gateway(&self) {
        *self.network.gateway() = None;
    }

    /// The right time, whatever the bank's clock says.
    #[must_use]
    pub fn now(&self) -> Now {
        self.now
    }

    /// The way to the bank.
    #[must_use]
    pub fn network(&self) -> Arc<Network> {
        self.network.clone()
    }

    /// The trust document that apps are shipped with.
    #[must_use]
    pub fn trust(&self) -> &str {
        &self.config.trust
    }

    /// The key that signed it.
    ///
    /// # Errors
    /// There is none.
    pub fn offline_key(&self) -> Result<Value, Fault> {
        Ok(serde_json::to_value(self.offline.public_jwk(&RingSuite).ok_or("no offline key")?)?)
    }

    /// What goes wrong from now on, on both legs.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The clock of bank and billers.
    #[must_use]
    pub fn clock(&self) -> &MovableClock {
        &self.clock
    }

    /// The billers.
    #[must_use]
    pub fn billers(&self) -> &Billers {
        &self.billers
    }

    /// The codes sent to a number, newest first.
    #[must_use]
    pub fn codes(&self, number: &str) -> Vec<String> {
        let read = |text: &str| billpay_core::activation::parse_sms(text, HOST).ok().map(str::to_owned);
        let sent = self.ports.sms.all();
        sent.iter().rev().filter(|sms| sms.to == number).filter_map(|sms| read(&sms.text)).collect()
    }
}

fn trust(receipt: &SigningKey, offline: &SigningKey) -> Option<String> {
    let pin = |letter: &str| format!("sha256/{}A=", letter.repeat(42));
    let key = receipt.public_jwk(&RingSuite)?;
    let payload = json!({
        "v": 1, "version": 1, "host": HOST,
        "pins": [{"pin": pin("A"), "label": "active"}, {"pin": pin("B"), "label": "backup"}],
        "receipt_keys": [{"key": key, "not_before": "2026-01-01T00:00:00Z"}],
        "minimum_client": "0.1.0", "soft_expiry": "2036-01-01T00:00:00Z", "hard_expiry": "2037-01-01T00:00:00Z",
    });
    offline.sign(&RingSuite, TRUST, payload.to_string().as_bytes())
}

const UNREACHABLE: TransportError = TransportError { kind: TransportFault::Unreachable, nothing_sent: true };
const INTERRUPTED: TransportError = TransportError { kind: TransportFault::Interrupted, nothing_sent: false };

impl Network {
    fn gateway(&self) -> MutexGuard<'_, Option<Arc<Gateway>>> {
        self.gateway.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything that reached the bank, with its answers.
    #[must_use]
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

type Exchanges = Arc<Mutex<Vec<Exchange>>>;

/// Lets a request arrive. In a task of the bank's: it is worked on to its end, whoever waits.
fn arrive(gateway: &Arc<Gateway>, request: &http::Request, exchanges: &Exchanges) -> JoinHandle<http::Response> {
    let (gateway, request, exchanges) = (gateway.clone(), request.clone(), exchanges.clone());
    tokio::spawn(async move {
        let answer = gateway.handle(request.clone()).await;
        exchanges.lock().unwrap_or_else(PoisonError::into_inner).push((request, answer.clone()));
        answer
    })
}

fn arrived(answer: Result<http::Response, JoinError>) -> Result<platform::Response, TransportError> {
    let http::Response { status, headers, body } = answer.map_err(|_| INTERRUPTED)?;
    Ok(platform::Response { status, headers, body })
}

impl Transport for Network {
    fn send(&self, request: platform::Request) -> platform::BoxFuture<'_, Result<platform::Response, TransportError>> {
        Box::pin(async move {
            let gateway = self.gateway().clone().ok_or(UNREACHABLE)?;
            let path = request.url.strip_prefix(URL).unwrap_or_default();
            let path = path.split('?').next().unwrap_or_default();
            let action = self.faults.next(Point::Client { method: request.method.as_str(), path });
            let request = http::Request {
                method: request.method.as_str().to_owned(),
                headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
                url: request.url,
                body: request.body,
            };
            let plain = |status, body: &[u8]| platform::Response { status, headers: Vec::new(), body: body.to_vec() };
            let pause = |ms| tokio::time::sleep(Duration::from_millis(ms));
            let arrives = async || arrived(arrive(&gateway, &request, &self.exchanges).await);
            match action {
                None => arrives().await,
                Some(Action::LoseRequest) => Err(INTERRUPTED),
                Some(Action::CutRequestAt(bytes))
                    if usize::try_from(bytes).is_ok_and(|bytes| request.body.len() > bytes) =>
                {
                    Err(INTERRUPTED)
                }
                Some(Action::CutRequestAt(_)) => arrives().await,
                Some(Action::LoseAnswer | Action::CutAnswerAt(_)) => {
                    arrives().await?;
                    Err(INTERRUPTED)
                }
                Some(Action::DelayMs(ms)) => {
                    pause(ms).await;
                    arrives().await
                }
                Some(Action::DelayAnswerMs(ms)) => {
                    let answer = arrives().await;
                    pause(ms).await;
                    answer
                }
                Some(Action::DeliverLateMs(ms)) => {
                    let exchanges = self.exchanges.clone();
                    tokio::spawn(async move {
                        pause(ms).await;
                        // Nobody waits for it any more.
                        drop(arrive(&gateway, &request, &exchanges));
                    });
                    Err(INTERRUPTED)
                }
                Some(Action::Duplicate) => {
                    arrives().await?;
                    arrives().await
                }
                Some(Action::Status(status)) => Ok(plain(status, b"")),
                Some(Action::StatusAfter(status)) => {
                    arrives().await?;
                    Ok(plain(status, b""))
                }
                Some(Action::Garbage) => {
                    arrives().await?;
                    Ok(plain(200, GARBAGE))
                }
            }
        })
    }

    fn set_pins(&self, _: billpay_core::model::pins::PinSet) -> Result<(), TransportFault> {
        // There is no TLS here.
        Ok(())
    }
}
