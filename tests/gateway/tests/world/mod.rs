//! A bank, its billers and phones in one process, on a clock that a test moves. Every exchange is
//! held against the contract as it passes.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "each test takes what it needs")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its world is not what it should be"
)]

pub mod contract;
pub mod phone;
pub mod reconcile;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use sandbox_gateway::{
    Config, Gateway, Keys, Ports,
    activation::sms::SmsOutbox,
    api::http::{Request, Response},
    biller::{
        Billers, LocalLeg, Seeds, sandbox,
        seeds::{Behaviour, SeedAccount, SeedBill},
    },
    clock::{Clock, MovableClock},
    collecting::Collection,
    faults::{Action, Faults, Leg, Rule},
    ledger::backup,
    leg::{BillerClient, bank::BankClient, faulty::FaultyLeg},
    location::{Anchor, Location},
    outcomes::jws::{RetiredKey, SigningKey},
    reminding::push::PushOutbox,
    rng::SystemRng,
    seeds,
    statements::LocalBank,
    suite::RingSuite,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

pub use self::phone::Phone;

pub const HOST: &str = "https://gateway.bank.example";

/// 2026-11-22, 12:00 at the bank.
const START: i64 = 1_795_320_000;

/// A delay that does not end.
pub const NEVER_MS: u64 = 777_777;

/// A delay that ends when the test opens [`World::gate`].
pub const GATE_MS: u64 = 888_888;

/// How long the bank waits for a biller before it reminds by what it knows; here a moment that a test can stop in.
const PATIENCE: Duration = Duration::from_secs(4);

struct Fixed {
    gate: Arc<Notify>,
}

impl Clock for Fixed {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(START).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration.as_millis() == u128::from(NEVER_MS) {
            return Box::pin(std::future::pending());
        }
        if duration.as_millis() == u128::from(GATE_MS) {
            let gate = self.gate.clone();
            return Box::pin(async move { gate.notified().await });
        }
        if duration == PATIENCE {
            return Box::pin(tokio::time::sleep(Duration::from_millis(500)));
        }
        Box::pin(std::future::ready(()))
    }
}

pub struct World {
    pub clock: Arc<MovableClock>,
    /// Lets a delay of [`GATE_MS`] end.
    pub gate: Arc<Notify>,
    pub billers: Arc<Billers>,
    pub faults: Arc<Faults>,
    pub sms: Arc<SmsOutbox>,
    pub pushes: Arc<PushOutbox>,
    pub gateway: Arc<Gateway>,
    pub config: Config,
    /// The billers' way to the bank's desk.
    pub desk: LocalBank,
    books: Location,
    ports: Ports,
    collection: Option<Collection>,
    _anchor: Anchor,
}

/// An answer, read.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    pub epoch: String,
}

impl Answer {
    /// The end of the problem's type.
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.strip_prefix("urn:billpay:problem:")).unwrap_or("none")
    }

    pub fn text(&self, name: &str) -> String {
        self.body[name].as_str().unwrap_or_else(|| panic!("{name} in {}", self.body)).to_owned()
    }
}

fn account(biller: &str, number: &str, bills: Vec<SeedBill>) -> SeedAccount {
    SeedAccount {
        biller: biller.into(),
        number: number.into(),
        holder: "李小明".into(),
        address: "上海市长宁区延安西路12号".into(),
        behaviour: Behaviour::default(),
        bills,
        note: "",
    }
}

/// Numbers that fit their billers' rules.
pub const POWER: &str = "3110001017";
pub const POWER_TOO: &str = "3110001025";
pub const WATER: &str = "2100200018";
pub const GAS: &str = "SG31000182";
pub const MOBILE: &str = "13900000001";

fn seeds_of_world() -> Seeds {
    let part = SeedBill { minimum_minor: 100, ..SeedBill::new("W1", 10_000) };
    Seeds {
        billers: sandbox::billers(),
        accounts: vec![
            account("power-sh", POWER, vec![SeedBill::new("P1", 12_345), SeedBill::new("P2", 700)]),
            account("power-sh", POWER_TOO, vec![SeedBill::new("P3", 500)]),
            account("water-sh", WATER, vec![part]),
            account("gas-sh", GAS, vec![SeedBill::new("G1", 4_200)]),
            account("mobile-cn", MOBILE, vec![SeedBill::top_up("M1", 1_000, 50_000)]),
        ],
    }
}

/// A trust document; the phones here need none.
fn trust() -> String {
    let key = |kid: &str, seed| SigningKey { kid: kid.into(), seed: [seed; 32] }.public_jwk(&RingSuite).unwrap();
    let pin = |letter: &str, label: &str| json!({"pin": format!("sha256/{}A=", letter.repeat(42)), "label": label});
    let payload = json!({
        "v": 1, "version": 1, "host": "gateway.bank.example", "pins": [pin("A", "active"), pin("B", "backup")],
        "receipt_keys": [
            {"key": key("receipt-2026", 7), "not_before": "2026-01-01T00:00:00Z"},
            {"key": key("receipt-2025", 6), "not_before": "2025-01-01T00:00:00Z", "not_after": "2026-01-31T00:00:00Z"}
        ],
        "minimum_client": "1.2", "soft_expiry": "2036-01-01T00:00:00Z", "hard_expiry": "2037-01-01T00:00:00Z"
    });
    let offline = SigningKey { kid: "offline".into(), seed: [5; 32] };
    offline.sign(&RingSuite, "billpay-trust+jws", payload.to_string().as_bytes()).unwrap()
}

impl World {
    pub fn new(name: &str) -> Self {
        Self::with(Location::memory(&format!("{name}-ledger")), Location::memory(&format!("{name}-billers")))
    }

    /// One whose ledgers are files.
    pub fn at(name: &str, folder: &std::path::Path) -> Self {
        let file = |what: &str| Location::file(folder.join(format!("{name}-{what}.db")));
        Self::with(file("ledger"), file("billers"))
    }

    fn with(ledger: Location, books: Location) -> Self {
        let gate = Arc::new(Notify::new());
        let clock = Arc::new(MovableClock::new(Arc::new(Fixed { gate: gate.clone() })));
        let rng = Arc::new(SystemRng::new());
        let billers = Arc::new(Billers::open(&books, clock.clone(), rng.clone(), seeds_of_world()).unwrap());
        let (faults, sms) = (Arc::new(Faults::new()), Arc::new(SmsOutbox::default()));
        let leg = LocalLeg::new(billers.clone(), clock.clone());
        let leg = FaultyLeg::new(Arc::new(leg), faults.clone(), clock.clone());
        let client = BillerClient::new(Arc::new(leg), clock.clone(), billers.secrets());
        let ports = Ports { clock: clock.clone(), rng, billers: client, suite: Arc::new(RingSuite), sms: sms.clone() };
        let config = Config {
            ledger,
            keys: Keys {
                receipt: SigningKey { kid: "receipt-2026".into(), seed: [7; 32] },
                retired: vec![RetiredKey {
                    key: SigningKey { kid: "receipt-2025".into(), seed: [6; 32] },
                    // 2025, and January of 2026.
                    not_before: 1_735_689_600_000,
                    not_after: 1_769_817_600_000,
                }],
                phones: [9; 32],
            },
            public_url: HOST.into(),
            trust: trust(),
            minimum_client: "1.2".into(),
            app_hash: "FA+9qCX9VSu".into(),
            billers: sandbox::billers().into_iter().map(|seed| seed.biller).collect(),
            fees: BTreeMap::from([("mobile-cn".to_owned(), 50)]),
        };
        let anchor = Anchor::hold(&config.ledger).unwrap();
        let pushes = Arc::new(PushOutbox::default());
        let gateway = Gateway::open(config.clone(), ports.clone()).unwrap().pushing(pushes.clone());
        gateway.enrol(&seeds::customers()).unwrap();
        let gateway = Arc::new(gateway);
        let desk = LocalBank::to(gateway.clone());
        Self {
            clock,
            gate,
            billers,
            faults,
            sms,
            pushes,
            gateway,
            config,
            desk,
            books,
            ports,
            collection: None,
            _anchor: anchor,
        }
    }

    pub fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// The gateway is gone and comes back on the same bytes.
    pub fn restart(&mut self) {
        let gateway = Gateway::open(self.config.clone(), self.ports.clone()).unwrap();
        self.gateway = Arc::new(gateway.collecting(self.collection).pushing(self.pushes.clone()));
        self.desk.put(Some(self.gateway.clone()));
    }

    /// From now on the bank collects bills, in turns of its errands.
    pub fn collects(&mut self, every: Duration, most: u32) {
        self.collection = Some(Collection { every, most });
        self.restart();
    }

    /// Time passes, and the bank runs its errands every minute of it.
    pub async fn pass_with_errands(&self, minutes: u64) {
        for _ in 0..minutes {
            self.pass(60);
            self.gateway.collect().await.unwrap();
        }
    }

    /// Somebody's hands in the ledger.
    pub fn in_ledger(&self, sql: &str) {
        hands(&self.config.ledger).execute_batch(sql).unwrap();
    }

    /// Somebody's hands in the billers' books.
    pub fn in_books(&self, sql: &str) {
        hands(&self.books).execute_batch(sql).unwrap();
    }

    /// What a biller asks the bank with.
    pub fn bank(&self) -> BankClient {
        BankClient::new(Arc::new(self.desk.clone()), self.clock.clone())
    }

    /// The bank's way to the billers, for a message of its that was late, or never sent by this ledger.
    pub fn leg(&self) -> &BillerClient {
        &self.ports.billers
    }

    /// The gateway comes back on a backup.
    pub fn restore(&mut self, snapshot: &[u8]) {
        let fresh = sandbox_gateway::ids::uuid7(self.clock.now().as_millisecond(), self.ports.rng.as_ref());
        let now = self.clock.now().as_millisecond();
        // What was signed in the second of the restore may be from before it.
        self.pass(1);
        backup::restore_snapshot(&self.config.ledger, snapshot, fresh, now).unwrap();
        self.restart();
    }

    /// The gateway is gone, somebody copies an old ledger into the place of the new one, and it comes
    /// back.
    pub fn by_hand_restore(&mut self, snapshot: &[u8]) {
        let mut from = rusqlite::Connection::open_in_memory().unwrap();
        from.deserialize_read_exact(rusqlite::MAIN_DB, std::io::Cursor::new(snapshot), snapshot.len(), true).unwrap();
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
        let mut to = rusqlite::Connection::open_with_flags_and_vfs(&self.config.ledger.path, flags, "memdb").unwrap();
        rusqlite::backup::Backup::new(&from, &mut to).unwrap().step(-1).unwrap();
        self.restart();
    }

    /// Strikes the `nth` request of a scene with a fault.
    pub fn fault(&self, scene: &str, nth: Option<u64>, action: Action) {
        let mut script = self.faults.script();
        script.push(Rule {
            leg: Leg::Biller,
            method: None,
            path: None,
            scene: Some(scene.into()),
            biller: None,
            nth,
            action,
        });
        self.faults.set(script);
    }

    pub async fn send(&self, request: Request) -> Answer {
        let response = self.gateway.handle(request.clone()).await;
        contract::hold(&request, &response);
        read(&response)
    }

    /// The worker's turns until nothing is due, with the time that passes between them.
    pub async fn settle_down(&self) {
        for _ in 0..20 {
            self.pass(61);
            self.gateway.tick().await;
        }
    }

    /// I5: what is held is what the movements of money say is held, and open orders hold their total.
    pub fn audit_held(&self) {
        use sandbox_gateway::payments::transition::State;
        let books = self.gateway.books().unwrap();
        for order in &books.orders {
            assert_eq!(books.balance(&format!("held:{}", order.payment_id)), order.held, "{order:?}");
            let held = if order.state == State::Claimed { order.total() } else { 0 };
            assert!(order.held == held || order.state == State::Reversing, "{order:?}");
        }
    }

    /// I5, I3, I6 over bank and billers.
    pub fn audit(&self) {
        self.audit_held();
        let books = self.gateway.books().unwrap();
        let audit = self.billers.audit().unwrap();
        assert!(audit.broken.is_empty(), "{:?}", audit.broken);
        let repayments = books.outcomes.iter().filter(|outcome| outcome.kind == "repayment");
        let repaid: Vec<String> = repayments.map(|outcome| outcome.payment_id.clone()).collect();
        let charged: BTreeMap<String, i64> = self
            .billers
            .charges()
            .unwrap()
            .into_iter()
            .filter(|line| line.charged)
            .map(|line| (line.number.to_string(), line.amount_minor))
            .collect();
        let settled: BTreeMap<String, i64> = books
            .orders
            .iter()
            .filter(|order| order.state == sandbox_gateway::payments::transition::State::Settled)
            .filter(|order| !repaid.contains(&order.payment_id))
            .map(|order| (order.number.clone(), order.amount))
            .collect();
        assert_eq!(settled, charged, "what the bank has settled is what the billers have charged");
        for (biller, sums) in audit.sums {
            let theirs = sums.received_minor - sums.given_back_minor;
            assert_eq!(books.balance(&format!("biller:{biller}")), theirs, "I5: {biller}");
        }
    }
}

/// Somebody's hands in a database of the world.
pub fn by_hand(database: &str, sql: &str) {
    connect(database).execute_batch(sql).unwrap();
}

/// How many rows a table of the world has.
pub fn count(database: &str, table: &str) -> i64 {
    connect(database).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
}

fn hands(place: &Location) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    match &place.vfs {
        Some(vfs) => rusqlite::Connection::open_with_flags_and_vfs(&place.path, flags, vfs.as_str()).unwrap(),
        None => rusqlite::Connection::open_with_flags(&place.path, flags).unwrap(),
    }
}

pub fn connect(database: &str) -> rusqlite::Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    rusqlite::Connection::open_with_flags_and_vfs(format!("/{database}"), flags, "memdb").unwrap()
}

fn read(response: &Response) -> Answer {
    Answer {
        status: response.status,
        body: serde_json::from_slice(&response.body).unwrap_or(Value::Null),
        epoch: response.header("billpay-epoch").unwrap_or_default().into(),
    }
}

/// What a signed document says, without a look at its signature.
pub fn payload(compact: &str) -> Value {
    let part = compact.split('.').nth(1).unwrap();
    serde_json::from_slice(&sandbox_gateway::encoding::from_base64url(part).unwrap()).unwrap()
}
