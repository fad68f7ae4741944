//! A bank, its billers and a phone in one process: the real client over the real sandbox, with a
//! network between them that a test can break at will.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

pub mod alarms;
pub mod ends;
pub mod fields;
pub mod steps;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use billpay_core::{
    Client, Config, Payment, QuoteView,
    crypto::{jwk::PublicJwk, suite::RingSuite},
    error::OpenError,
    model::{Biller, Language, pins::PinSet},
    platform::{
        BoxFuture, Clock, DeviceSigner, KeyRole, Platform, Request, Response, SecretError, SecretStore, SecurityLevel,
        Transport, TransportError, TransportFault,
    },
    secret::Secret,
    store::Location,
    system::{SystemRng, TokioExecutor},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use sandbox_gateway::{
    Gateway, Keys, Ports,
    activation::sms::SmsOutbox,
    api::http,
    biller::{Billers, LocalLeg, seeds::Seeds},
    clock::MovableClock,
    leg::BillerClient,
    outcomes::jws::{SigningKey, TRUST},
    suite::RingSuite as BankSuite,
};

use self::steps::{Stepping, Steps};

pub const URL: &str = "https://gateway.bank.example";
pub const HOST: &str = "gateway.bank.example";
pub const PHONE: &str = "13800000001";
/// Another customer's.
pub const OTHER: &str = "13800000002";
pub const POWER: &str = "power-sh";

/// What the network does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives, and the answer too.
    Pass,
    /// No connection: provably nothing was sent.
    NoNetwork,
    /// It never arrives, and nobody can tell.
    LoseRequest,
    /// It arrives; the answer does not.
    LoseAnswer,
    /// It arrives; the answer comes once it is let go.
    Late,
    /// It arrives; a proxy answers.
    Html,
    /// It arrives; the answer ends in the middle.
    Truncated,
    /// It never arrives; the gateway is overloaded.
    Status(u16),
    /// The pins have expired: nothing goes out but a look at trust without them.
    PinsExpired,
}

type Rule = Box<dyn FnMut(&Request) -> Fate + Send>;
/// Changes an answer on its way, by method and path: what a newer, an older or a restored bank says.
type Forgery = Box<dyn FnMut(&str, &mut Response) + Send>;

/// Changes a request on its way.
type Tampering = Box<dyn FnMut(&mut Request) + Send>;

/// The network, with a log of every request that left the phone.
pub struct Network {
    /// Another one after a restart of the bank.
    gateway: Mutex<Arc<Gateway>>,
    bank_clock: Arc<MovableClock>,
    rule: Mutex<Rule>,
    forgery: Mutex<Forgery>,
    pub log: Mutex<Vec<String>>,
    /// The newest body of each request, by method and path.
    bodies: Mutex<BTreeMap<String, Vec<u8>>>,
    tampering: Mutex<Tampering>,
    pub steps: Arc<Steps>,
    /// The pins that a newer trust document put in place.
    pub pins: Mutex<Option<PinSet>>,
    /// The trust document that the bank has now, if another than the shipped one.
    pub trust: Mutex<Option<String>>,
    /// A late answer is there, and waits.
    pub waits: tokio::sync::Notify,
    /// Lets a late answer go.
    pub let_go: tokio::sync::Notify,
}

impl Network {
    pub fn rule(&self, rule: impl FnMut(&Request) -> Fate + Send + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    pub fn heal(&self) {
        self.rule(|_| Fate::Pass);
    }

    /// Breaks only requests of this method and path ending.
    pub fn only(&self, method: &'static str, ending: &'static str, fate: Fate) {
        self.rule(move |request| {
            let path = request.url.split('?').next().unwrap_or_default();
            if request.method.as_str() == method && path.ends_with(ending) { fate } else { Fate::Pass }
        });
    }

    /// Changes answers to the feed.
    pub fn forge_feed(
        &self,
        mut forge: impl FnMut(&mut serde_json::Value, &mut Vec<(String, String)>) + Send + 'static,
    ) {
        self.forge(move |what, answer| {
            if what.starts_with("GET /v1/sync") && answer.status == 200 {
                let mut feed = serde_json::from_slice(&answer.body).unwrap();
                forge(&mut feed, &mut answer.headers);
                answer.body = serde_json::to_vec(&feed).unwrap();
            }
        });
    }

    pub fn forge(&self, forge: impl FnMut(&str, &mut Response) + Send + 'static) {
        *self.forgery.lock().unwrap() = Box::new(forge);
    }

    /// Changes requests on their way: what a man in the middle would do who got past TLS.
    pub fn tamper(&self, tamper: impl FnMut(&mut Request) + Send + 'static) {
        *self.tampering.lock().unwrap() = Box::new(tamper);
    }

    /// The newest body of such a request, as the phone sent it.
    pub fn sent(&self, what: &str) -> serde_json::Value {
        serde_json::from_slice(&self.bodies.lock().unwrap()[what]).unwrap()
    }

    /// The newest body of each request, one after the other.
    pub fn everything_sent(&self) -> Vec<u8> {
        self.bodies.lock().unwrap().values().flatten().copied().collect()
    }

    pub fn count(&self, what: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.starts_with(what)).count()
    }
}

impl Transport for Network {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let fate = (self.rule.lock().unwrap())(&request);
        let path = request.url.strip_prefix(URL).unwrap().to_owned();
        let what = format!("{} {path}", request.method.as_str());
        self.log.lock().unwrap().push(what.clone());
        self.bodies.lock().unwrap().insert(what.clone(), request.body.clone());
        (self.tampering.lock().unwrap())(&mut request);
        let steps = self.steps.clone();
        Box::pin(async move {
            steps.pass().await;
            let lost = |nothing_sent, kind| Err(TransportError { kind, nothing_sent });
            let answer = match fate {
                Fate::NoNetwork => return lost(true, TransportFault::Unreachable),
                Fate::PinsExpired => return lost(true, TransportFault::PinsExpired),
                _ if path == "/v1/trust" && self.trust.lock().unwrap().is_some() => {
                    let body = serde_json::json!({ "trust": *self.trust.lock().unwrap() }).to_string().into_bytes();
                    return Ok(Response { status: 200, headers: self.headers(), body });
                }
                Fate::LoseRequest => return lost(false, TransportFault::Interrupted),
                Fate::Status(status) => {
                    return Ok(Response { status, headers: self.headers(), body: b"{}".to_vec() });
                }
                Fate::Pass | Fate::LoseAnswer | Fate::Late | Fate::Html | Fate::Truncated => {
                    let headers = request.headers.iter();
                    let request = http::Request {
                        method: request.method.as_str().to_owned(),
                        url: request.url,
                        headers: headers.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
                        body: request.body,
                    };
                    let gateway = self.gateway.lock().unwrap().clone();
                    gateway.handle(request).await
                }
            };
            let mut body = answer.body;
            match fate {
                Fate::LoseAnswer => return lost(false, TransportFault::Interrupted),
                Fate::Late => {
                    self.waits.notify_one();
                    self.let_go.notified().await;
                }
                Fate::Html => {
                    let body = b"<html>please log in</html>".to_vec();
                    return Ok(Response { status: 200, headers: Vec::new(), body });
                }
                Fate::Truncated => body.truncate(body.len() / 2),
                Fate::Pass | Fate::NoNetwork | Fate::LoseRequest | Fate::Status(_) | Fate::PinsExpired => {}
            }
            let mut answer = Response { status: answer.status, headers: answer.headers, body };
            (self.forgery.lock().unwrap())(&what, &mut answer);
            steps.pass().await;
            Ok(answer)
        })
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        *self.pins.lock().unwrap() = Some(pins);
        Ok(())
    }
}

impl Network {
    fn bank_time(&self) -> String {
        sandbox_gateway::clock::Clock::now(&*self.bank_clock).to_string()
    }

    fn headers(&self) -> Vec<(String, String)> {
        vec![
            ("bank-time".to_owned(), self.bank_time()),
            ("billpay-epoch".to_owned(), self.gateway.lock().unwrap().epoch().to_owned()),
        ]
    }
}

/// A key store in memory that can be locked, emptied and made to fail.
#[derive(Default)]
pub struct KeyStore {
    pub kept: Mutex<BTreeMap<String, Secret>>,
    pub fails: Mutex<Option<SecretError>>,
    /// How long each look at a secret takes.
    pub slow_ms: AtomicU64,
    /// How many wait for it now.
    pub waiting: AtomicU64,
    /// What is signed in the place of an order: a key store, or memory, that is not what it should be.
    pub instead: Mutex<Option<serde_json::Value>>,
    keys: Mutex<BTreeMap<u8, Vec<u8>>>,
}

impl KeyStore {
    fn ready(&self) -> Result<(), SecretError> {
        let slow = self.slow_ms.load(Ordering::SeqCst);
        if slow > 0 {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            // gate-allows(time): a key store that really blocks its thread
            std::thread::sleep(Duration::from_millis(slow));
            self.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    /// As after a change of the lock screen.
    pub fn lose(&self, role: KeyRole) {
        self.keys.lock().unwrap().remove(&(role as u8));
    }

    /// The last 32 bytes of the private key's number, to be looked for where it must not be.
    pub fn private(&self, role: KeyRole) -> Vec<u8> {
        // PKCS #8 as ring writes it: the number stands at a fixed place.
        self.keys.lock().unwrap()[&(role as u8)][36..68].to_vec()
    }

    fn pair(&self, role: KeyRole) -> Option<EcdsaKeyPair> {
        let keys = self.keys.lock().unwrap();
        let pkcs8 = keys.get(&(role as u8))?;
        Some(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &SystemRandom::new()).unwrap())
    }
}

impl SecretStore for KeyStore {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.ready()?;
        Ok(self.kept.lock().unwrap().get(name).cloned())
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.ready()?;
        self.kept.lock().unwrap().insert(name.to_owned(), secret.clone());
        Ok(())
    }

    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.ready()?;
        self.kept.lock().unwrap().remove(name);
        Ok(())
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::File
    }
}

impl DeviceSigner for KeyStore {
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError> {
        self.ready()?;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        self.keys.lock().unwrap().insert(role as u8, pkcs8.as_ref().to_vec());
        Ok(self.pair(role).unwrap().public_key().as_ref().to_vec())
    }

    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError> {
        self.ready()?;
        Ok(self.pair(role).map(|pair| pair.public_key().as_ref().to_vec()))
    }

    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        self.ready()?;
        let pair = self.pair(role).ok_or(SecretError::Lost)?;
        let instead = self.instead.lock().unwrap().as_ref().map(|other| other.to_string().into_bytes());
        let message = if message.starts_with(b"{") { instead.as_deref().unwrap_or(message) } else { message };
        Ok(pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec())
    }

    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::File
    }
}

/// The phone's clock: real time moved by an offset, with pauses cut short so that tests do not wait.
#[derive(Default)]
pub struct PhoneClock {
    pub offset_ms: std::sync::atomic::AtomicI64,
    /// Time that has passed besides.
    pub passed_ms: AtomicU64,
}

impl Clock for PhoneClock {
    fn now(&self) -> jiff::Timestamp {
        let offset = jiff::SignedDuration::from_millis(self.offset_ms.load(Ordering::SeqCst));
        jiff::Timestamp::now().checked_add(offset).unwrap()
    }

    fn monotonic(&self) -> Duration {
        let now = jiff::Timestamp::now().as_millisecond();
        Duration::from_millis(u64::try_from(now).unwrap() + self.passed_ms.load(Ordering::SeqCst))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration / 50))
    }
}

/// Everything together.
pub struct World {
    pub bank_clock: Arc<MovableClock>,
    pub billers: Arc<Billers>,
    pub gateway: Arc<Gateway>,
    pub network: Arc<Network>,
    pub keys: Arc<KeyStore>,
    pub phone_clock: Arc<PhoneClock>,
    pub sms: Arc<SmsOutbox>,
    pub profile: Location,
    pub trust: String,
    /// From before the bank's receipt key.
    pub old_trust: String,
    pub offline: PublicJwk,
    catalogue: Vec<Biller>,
    bank: (sandbox_gateway::Config, Ports),
    // A database in memory lives as long as a connection to it.
    _keepers: Vec<rusqlite::Connection>,
}

static NEXT: AtomicU64 = AtomicU64::new(0);

fn keeper(name: &str) -> rusqlite::Connection {
    rusqlite::Connection::open_with_flags_and_vfs(format!("/{name}"), rusqlite::OpenFlags::default(), "memdb").unwrap()
}

/// A database page by page, the freed ones too.
fn copy(from: &rusqlite::Connection) -> Vec<u8> {
    let copy = tempfile::NamedTempFile::new().unwrap();
    let mut to = rusqlite::Connection::open(copy.path()).unwrap();
    rusqlite::backup::Backup::new(from, &mut to).unwrap().step(-1).unwrap();
    drop(to);
    let bytes = std::fs::read(copy.path()).unwrap();
    assert!(bytes.starts_with(b"SQLite format 3"));
    bytes
}

/// Every value of every table, a line each.
fn values(of: &rusqlite::Connection) -> Vec<u8> {
    let mut tables = of.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut all = Vec::new();
    for table in tables {
        let mut look = of.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = look.column_count();
        let mut rows = look.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                match row.get_ref(column).unwrap() {
                    rusqlite::types::ValueRef::Text(bytes) | rusqlite::types::ValueRef::Blob(bytes) => {
                        all.extend(bytes)
                    }
                    rusqlite::types::ValueRef::Integer(number) => all.extend(number.to_string().bytes()),
                    rusqlite::types::ValueRef::Real(_) | rusqlite::types::ValueRef::Null => {}
                }
                all.push(b'\n');
            }
        }
    }
    all
}

/// The bank's own types and the core's meet only as JSON.
fn json<T: serde::de::DeserializeOwned>(value: &impl serde::Serialize) -> T {
    serde_json::from_value(serde_json::to_value(value).unwrap()).unwrap()
}

pub fn offline() -> SigningKey {
    SigningKey { kid: "offline-1".into(), seed: [2; 32] }
}

pub fn receipt_key() -> SigningKey {
    SigningKey { kid: "receipt-1".into(), seed: [1; 32] }
}

/// A trust document of this bank; a pin is told by its letter.
pub fn trust_document(version: i64, host: &str, pins: [char; 2], receipt: &SigningKey) -> String {
    trust_document_until(version, host, pins, receipt, None)
}

/// The same; `retired` says until when the receipt key signed.
fn trust_document_until(
    version: i64,
    host: &str,
    pins: [char; 2],
    receipt: &SigningKey,
    retired: Option<&str>,
) -> String {
    let expiry = ["2036-01-01T00:00:00Z", "2037-01-01T00:00:00Z"];
    trust_document_of(&offline(), version, host, pins, receipt, retired, expiry)
}

/// The same by this signer, with these soft and hard expiries.
pub fn trust_document_of(
    signer: &SigningKey,
    version: i64,
    host: &str,
    pins: [char; 2],
    receipt: &SigningKey,
    retired: Option<&str>,
    [soft, hard]: [&str; 2],
) -> String {
    let key = receipt.public_jwk(&BankSuite).unwrap();
    let mut key = serde_json::json!({ "key": key, "not_before": "2026-01-01T00:00:00Z" });
    if let Some(until) = retired {
        key["not_after"] = until.into();
    }
    let [active, backup] = pins.map(|letter| format!("sha256/{}A=", letter.to_string().repeat(42)));
    let trust = serde_json::json!({
        "v": 1, "version": version, "host": host,
        "pins": [{ "pin": active, "label": "active" }, { "pin": backup, "label": "backup" }],
        "receipt_keys": [key],
        "minimum_client": "0.1.0", "soft_expiry": soft, "hard_expiry": hard,
    });
    signer.sign(&BankSuite, TRUST, trust.to_string().as_bytes()).unwrap()
}

pub fn world() -> World {
    let life = NEXT.fetch_add(1, Ordering::SeqCst);
    let names = ["phone-N", "bank-N", "bank-N.aside", "billers-N"].map(|name| name.replace('N', &life.to_string()));
    let keepers = names.iter().map(|name| keeper(name)).collect();
    let bank_clock = Arc::new(MovableClock::system());
    let clock: Arc<dyn sandbox_gateway::clock::Clock> = bank_clock.clone();
    let rng: Arc<dyn sandbox_gateway::rng::Rng> = Arc::new(sandbox_gateway::rng::SystemRng::new());
    let seeds = Seeds::sandbox(jiff::civil::date(2026, 11, 22));
    let location = |name: &str| sandbox_gateway::location::Location::memory(name);
    let billers = Billers::open(&location(&names[3]), clock.clone(), rng.clone(), seeds).unwrap();
    let billers = Arc::new(billers);
    let leg = Arc::new(LocalLeg::new(billers.clone(), clock.clone()));
    let sms = Arc::new(SmsOutbox::default());
    let receipt = receipt_key();
    let offline = offline();
    let old_trust = trust_document(1, HOST, ['A', 'B'], &SigningKey { kid: "receipt-0".into(), seed: [9; 32] });
    let trust = trust_document(2, HOST, ['A', 'B'], &receipt);
    let standing = billers.billers().unwrap();
    let catalogue: Vec<_> = standing.iter().map(|standing| standing.biller.clone()).collect();
    let config = sandbox_gateway::Config {
        ledger: location(&names[1]),
        keys: Keys { receipt, retired: Vec::new(), phones: [3; 32] },
        public_url: URL.into(),
        trust: trust.clone(),
        minimum_client: "0.1.0".into(),
        app_hash: "FA+9qCX9VSu".into(),
        billers: catalogue.clone(),
        fees: BTreeMap::new(),
    };
    let ports = Ports {
        clock: clock.clone(),
        rng,
        billers: BillerClient::new(leg, clock, billers.secrets()),
        suite: Arc::new(BankSuite),
        sms: sms.clone(),
    };
    let gateway = Arc::new(Gateway::open(config.clone(), ports.clone()).unwrap());
    gateway.enrol(&sandbox_gateway::seeds::customers()).unwrap();
    let network = Arc::new(Network {
        gateway: Mutex::new(gateway.clone()),
        bank_clock: bank_clock.clone(),
        rule: Mutex::new(Box::new(|_| Fate::Pass)),
        forgery: Mutex::new(Box::new(|_, _| {})),
        log: Mutex::default(),
        bodies: Mutex::default(),
        tampering: Mutex::new(Box::new(|_| {})),
        steps: Arc::default(),
        pins: Mutex::default(),
        trust: Mutex::default(),
        waits: tokio::sync::Notify::new(),
        let_go: tokio::sync::Notify::new(),
    });
    World {
        bank_clock,
        billers,
        gateway,
        network,
        keys: Arc::default(),
        phone_clock: Arc::default(),
        sms,
        profile: Location::memory(&names[0]),
        trust,
        old_trust,
        offline: json(&offline.public_jwk(&BankSuite).unwrap()),
        catalogue: Vec::new(),
        bank: (config, ports),
        _keepers: keepers,
    }
}

impl World {
    pub fn config(&self) -> Config {
        Config {
            profile: self.profile.clone(),
            gateway: URL.into(),
            offline_key: self.offline.clone(),
            trust: self.trust.clone(),
            client_version: "1.0.0".into(),
            device_name: "Test phone".into(),
            language: Language::Zh,
            catalogue: self.catalogue.clone(),
        }
    }

    /// Phones are told that the key of receipts was retired at this moment; the bank goes on with it.
    pub fn retire_receipt_key(&mut self, at: &str) {
        self.trust = trust_document_until(2, HOST, ['A', 'B'], &receipt_key(), Some(at));
    }

    /// The bank comes back with another configuration.
    pub fn restart_bank(&mut self, change: impl FnOnce(&mut sandbox_gateway::Config)) {
        change(&mut self.bank.0);
        let (config, ports) = self.bank.clone();
        self.gateway = Arc::new(Gateway::open(config, ports).unwrap());
        *self.network.gateway.lock().unwrap() = self.gateway.clone();
    }

    /// The bank comes back on a backup of its ledger, in a new life.
    pub fn restore_bank(&mut self, snapshot: &[u8]) {
        let now = sandbox_gateway::clock::Clock::now(&*self.bank_clock).as_millisecond();
        let fresh = sandbox_gateway::ids::uuid7(now, self.bank.1.rng.as_ref());
        // What was signed in the second of the restore may be from before it.
        self.bank_clock.advance(Duration::from_secs(1));
        sandbox_gateway::ledger::backup::restore_snapshot(&self.bank.0.ledger, snapshot, fresh, now).unwrap();
        self.restart_bank(|_| {});
    }

    pub async fn try_open(&self) -> Result<Client, OpenError> {
        self.open_as(|_| {}).await
    }

    /// Opens with another configuration than the usual one.
    pub async fn open_as(&self, change: impl FnOnce(&mut Config)) -> Result<Client, OpenError> {
        let mut config = self.config();
        change(&mut config);
        Client::open(config, self.platform()).await
    }

    /// What the phone is made of.
    pub fn platform(&self) -> Platform {
        Platform {
            secrets: self.keys.clone(),
            signer: self.keys.clone(),
            clock: self.phone_clock.clone(),
            rng: Arc::new(SystemRng::new()),
            executor: Arc::new(Stepping {
                steps: self.network.steps.clone(),
                threads: TokioExecutor::current().unwrap(),
            }),
            transport: self.network.clone(),
            suite: Arc::new(RingSuite),
        }
    }

    pub async fn open(&self) -> Client {
        self.try_open().await.unwrap()
    }

    pub fn code(&self) -> String {
        self.code_of(PHONE)
    }

    pub fn code_of(&self, phone: &str) -> String {
        let text = self.sms.newest(&format!("+86{phone}")).unwrap().text;
        billpay_core::activation::parse_sms(&text, "gateway.bank.example").unwrap().to_owned()
    }

    /// A phone that is active and has bound the usual power account.
    pub async fn bound(&self) -> Client {
        let client = self.open().await;
        self.activate(&client).await;
        client
    }

    /// Activates the phone and binds the usual power account.
    pub async fn activate(&self, client: &Client) {
        client.start_activation(PHONE).await.unwrap();
        client.finish_activation(&self.code()).await.unwrap();
        client.refresh().await.unwrap();
        let echo = client.lookup_binding(POWER, &self.number(POWER, 0)).await.unwrap();
        let account = client.confirm_binding(&echo, "家").await.unwrap();
        client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
    }

    /// The customer number of the nth seeded account of a biller.
    pub fn number(&self, biller: &str, nth: usize) -> String {
        let seeds = Seeds::sandbox(jiff::civil::date(2026, 11, 22));
        seeds.accounts.iter().filter(|account| account.biller == biller).nth(nth).unwrap().number.clone()
    }

    /// The quote of the first open bill of the power account.
    pub async fn quote(&self, client: &Client) -> QuoteView {
        let bills = client.bills(Language::Zh).await.unwrap().bills;
        let bill = bills.iter().find(|bill| bill.biller == POWER).unwrap();
        client.quote(POWER, &bill.bill_number, None, None).await.unwrap()
    }

    pub async fn pay(&self, client: &Client) -> Payment {
        let quote = self.quote(client).await;
        client.pay(&quote.id).await.unwrap()
    }

    /// Flips a bit in a stored row.
    pub fn rot(&self, table: &str, id: &str) {
        self.rot_at(table, id, 0);
    }

    /// Flips a bit in a stored row, so many bytes before its end; round and round.
    pub fn rot_at(&self, table: &str, id: &str, before: usize) {
        let mut sealed = self.sealed(table, id);
        let at = sealed.len() - 1 - before % sealed.len();
        sealed[at] ^= 1;
        self.put_back(table, id, &sealed);
    }

    /// The bank forgets the answers that it kept for repeated requests.
    pub fn forget_answers(&self) {
        self._keepers[1].execute("DELETE FROM answer", []).unwrap();
    }

    /// What is stored in a row, for [`Self::put_back`].
    pub fn sealed(&self, table: &str, id: &str) -> Vec<u8> {
        let sql = format!("SELECT sealed FROM {table} WHERE id = ?1");
        self._keepers[0].query_row(&sql, [id], |row| row.get(0)).unwrap()
    }

    /// A row is as it was before.
    pub fn put_back(&self, table: &str, id: &str, sealed: &[u8]) {
        let sql = format!("UPDATE {table} SET sealed = ?2 WHERE id = ?1");
        assert_eq!(self._keepers[0].execute(&sql, rusqlite::params![id, sealed]).unwrap(), 1);
    }

    /// A statement on the phone's file.
    pub fn on_phone(&self, sql: &str) -> usize {
        self._keepers[0].execute(sql, []).unwrap()
    }

    /// A number that the phone's file gives.
    pub fn number_of(&self, sql: &str) -> i64 {
        self._keepers[0].query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Whether these bytes stand anywhere in the phone's file.
    pub fn on_disk(&self, needle: &[u8]) -> bool {
        copy(&self._keepers[0]).windows(needle.len()).any(|window| window == needle)
    }

    /// Every database: its values, a line each, and its file byte for byte.
    pub fn databases(&self) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
        let names = ["the phone's file", "the bank's ledger", "what lies beside it", "the billers' books"];
        names.into_iter().zip(&self._keepers).map(|(name, keeper)| (name, values(keeper), copy(keeper))).collect()
    }

    /// The ids of a table of the phone's file, in order.
    pub fn ids(&self, table: &str) -> Vec<String> {
        let mut look = self._keepers[0].prepare(&format!("SELECT id FROM {table} ORDER BY id")).unwrap();
        look.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    /// Binds the nth power account.
    pub async fn bind(&self, client: &Client, nth: usize) -> String {
        let echo = client.lookup_binding(POWER, &self.number(POWER, nth)).await.unwrap();
        let account = client.confirm_binding(&echo, "").await.unwrap();
        client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
        account.id
    }

    /// Pays the bill of a binding.
    pub async fn pay_of(&self, client: &Client, account: &str) -> Payment {
        let bills = client.bills(Language::Zh).await.unwrap().bills;
        let bill = bills.iter().find(|bill| bill.account == account).unwrap();
        let quote = client.quote(POWER, &bill.bill_number, None, None).await.unwrap();
        client.pay(&quote.id).await.unwrap()
    }

    /// What the billers have really charged and not undone, in minor units.
    pub fn charged(&self) -> i64 {
        let connection = &self._keepers[3];
        let sql = "SELECT coalesce(sum(amount), 0) FROM charge WHERE state = 'charged'";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }
}
