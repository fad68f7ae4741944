//! The bank's machine: it runs the gateway, starts it again when it has died, gives its worker a
//! turn, and puts its ledger back to a backup now and then.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use sandbox_gateway::{
    Config, Gateway, Keys, Ports,
    activation::sms::SmsOutbox,
    api::http::{Request, Response},
    biller::Billers,
    ids,
    ledger::backup::restore_snapshot,
    leg::BillerClient,
    location::{Anchor, Location},
    outcomes::jws::{SigningKey, TRUST},
    payments::by_hand::{Heard, NotHeard, Word},
    seeds::Enrolment,
};
use tokio::sync::{Notify, oneshot};

use super::{
    clock::{DAWN_MS, PartyClock},
    common::{Common, Unfit, pause},
    fault::Kind,
    impostor::Impostor,
    ledger_tap::LedgerTap,
    leg::Leg,
    process::Process,
    rng::{PortRng, Stream},
};

/// Under which phones know the gateway.
pub const URL: &str = "https://gateway.bank.example";
/// The version that the app says.
pub const CLIENT: &str = "1.0.0";

/// What came of a request.
pub enum Reached {
    /// No gateway is running.
    Nobody,
    /// It died before it answered.
    Died,
    /// It answered.
    Answered(Response),
}

/// The bank's machine.
pub struct Bank {
    common: Arc<Common>,
    config: Config,
    clock: Arc<PartyClock>,
    rng: Arc<PortRng>,
    /// The telephone network.
    pub sms: Arc<SmsOutbox>,
    billers: Arc<Billers>,
    plan: Mutex<Stream>,
    backup: Mutex<Option<Vec<u8>>>,
    running: Mutex<Option<(Arc<Gateway>, Arc<Process>)>>,
    nudge: Notify,
    restores: bool,
    tap: Arc<LedgerTap>,
    people: Vec<Enrolment>,
    _anchor: Mutex<Anchor>,
}

/// The offline key, which signs the trust document.
#[must_use]
pub fn offline() -> SigningKey {
    SigningKey { kid: "offline-1".to_owned(), seed: [7; 32] }
}

/// The key that signed receipts before that.
fn earlier_receipt_key() -> SigningKey {
    SigningKey { kid: "receipts-0".to_owned(), seed: [8; 32] }
}

/// The key that signs receipts.
#[must_use]
pub fn receipt_key() -> SigningKey {
    SigningKey { kid: "receipts-1".to_owned(), seed: [9; 32] }
}

impl Bank {
    /// Sets the machine up with a new ledger and starts the gateway.
    ///
    /// # Errors
    /// What cannot be opened.
    pub fn new(
        common: Arc<Common>,
        seed: u64,
        name: &str,
        billers: Arc<Billers>,
        catalogue: Vec<sandbox_gateway::biller::Biller>,
        people: &[Enrolment],
    ) -> Result<Arc<Self>, Unfit> {
        let ledger = Location::memory(name);
        let anchor = Anchor::hold(&ledger)?;
        let mut plan = Stream::of(seed, "bank");
        let skew = i64::try_from(plan.below(40_000)).unwrap_or(0) - 20_000;
        let tap = Arc::new(LedgerTap::on(&ledger, skew)?);
        let restores = plan.chance(350);
        let fees = BTreeMap::from([("power-sh".to_owned(), 55), ("mobile-cn".to_owned(), 0)]);
        let config = Config {
            ledger,
            keys: Keys { receipt: receipt_key(), retired: Vec::new(), phones: [5; 32] },
            public_url: URL.to_owned(),
            trust: trust(&common, 2, &[earlier_receipt_key(), receipt_key()])?,
            minimum_client: CLIENT.to_owned(),
            app_hash: "FA+9qCX9VSu".to_owned(),
            billers: catalogue,
            fees,
        };
        let bank = Arc::new(Self {
            clock: Arc::new(PartyClock::new(common.now, skew)),
            rng: Arc::new(PortRng::new(Stream::of(seed, "gateway"))),
            common,
            config,
            sms: Arc::default(),
            billers,
            plan: Mutex::new(plan),
            backup: Mutex::default(),
            running: Mutex::default(),
            nudge: Notify::new(),
            restores,
            tap,
            people: people.to_vec(),
            _anchor: Mutex::new(anchor),
        });
        bank.start(people)?;
        Ok(bank)
    }

    /// Where the ledger is, for the checks.
    #[must_use]
    pub fn ledger(&self) -> &Location {
        &self.config.ledger
    }

    /// The trust document that apps are shipped with.
    #[must_use]
    pub fn trust(&self) -> &str {
        &self.config.trust
    }

    /// The one of before the bank had the key that it signs with.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn earlier_trust(&self) -> Result<String, Unfit> {
        trust(&self.common, 1, &[earlier_receipt_key()])
    }

    /// How far the bank's clock is ahead.
    #[must_use]
    pub fn skew_ms(&self) -> i64 {
        self.clock.skew_ms()
    }

    fn plan(&self) -> std::sync::MutexGuard<'_, Stream> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn current(&self) -> Option<(Arc<Gateway>, Arc<Process>)> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn start(&self, people: &[Enrolment]) -> Result<(), Unfit> {
        let (drawn, between_commits, points, commits) = {
            let mut plan = self.plan();
            let drawn = plan.chance(if self.restores { 800 } else { 300 });
            (drawn, plan.chance(500), plan.between(1, 400), plan.between(1, 300))
        };
        let dies = drawn && self.common.faults.may(Kind::BankCrash);
        let process = Process::start(&self.common, "the gateway", (dies && !between_commits).then_some(points));
        if dies && between_commits {
            process.dies_with_commit(commits);
        }
        let leg = Leg {
            common: self.common.clone(),
            billers: self.billers.clone(),
            process: process.clone(),
            last: Mutex::default(),
            impostor: Impostor::default(),
            ledger: self.tap.clone(),
        };
        let ports = Ports {
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            billers: BillerClient::new(Arc::new(leg), self.clock.clone(), self.billers.secrets()),
            suite: self.common.signatures.gateway(),
            sms: self.sms.clone(),
        };
        let gateway = Arc::new(Gateway::open(self.config.clone(), ports)?);
        gateway.enrol(people)?;
        let own = process.clone();
        gateway.ledger().after_each_commit(Box::new(move || own.committed()));
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some((gateway, process));
        Ok(())
    }

    /// Answers a request, if it can.
    pub async fn handle(&self, request: Request) -> Reached {
        let Some((gateway, process)) = self.current().filter(|(_, process)| !process.is_dead()) else {
            return Reached::Nobody;
        };
        let (sender, receiver) = oneshot::channel();
        let own = process.clone();
        process.run(async move {
            own.point().await;
            let answer = gateway.handle(request).await;
            own.point().await;
            // Whoever asked may be gone.
            let _ = sender.send(answer);
        });
        let answer = receiver.await;
        self.nudge.notify_one();
        answer.map_or(Reached::Died, Reached::Answered)
    }

    /// Has the gateway hear what a person says of an order on its list; nothing, where none runs or it dies.
    pub async fn rule(&self, word: Word) -> Option<Result<Heard, NotHeard>> {
        let (gateway, process) = self.current().filter(|(_, process)| !process.is_dead())?;
        let (sender, receiver) = oneshot::channel();
        let own = process.clone();
        process.run(async move {
            own.point().await;
            let heard = gateway.rule(&word);
            own.point().await;
            let _ = sender.send(heard);
        });
        receiver.await.ok()
    }

    /// The worker: a turn each second while there is something to do, seldom otherwise.
    pub async fn work(self: Arc<Self>) {
        let mut wait = 1_000;
        loop {
            tokio::select! {
                biased;
                () = self.nudge.notified() => wait = 1_000,
                () = pause(wait) => wait = (wait * 2).min(120_000),
            }
            if wait == 1_000 {
                pause(wait).await;
            }
            let Some((gateway, process)) = self.current() else { continue };
            let (sender, receiver) = oneshot::channel();
            process.run(async move {
                let _ = sender.send(gateway.tick().await);
            });
            if receiver.await.is_ok_and(|looked_into| looked_into > 0) {
                wait = 1_000;
            }
        }
    }

    /// Starts the gateway again whenever it has died, from a backup now and then. Ends only when it
    /// cannot be opened again, which must not be (I9).
    pub async fn look_after(self: Arc<Self>) {
        let common = self.common.clone();
        if let Some(Err(unfit)) = common.watched("whoever looks after the gateway", self.keep_alive()).await {
            common.wrong("I9", format!("the gateway cannot be opened again: {unfit}"));
        }
    }

    async fn keep_alive(self: Arc<Self>) -> Result<(), Unfit> {
        loop {
            let Some((gateway, process)) = self.current() else { return Err(Unfit::Other("no gateway to look after")) };
            let back_up_after = {
                let mut plan = self.plan();
                let (drawn, after) = (plan.chance(800), plan.between(1_000, 150_000));
                (self.restores && drawn).then_some(after)
            };
            let death = async {
                if let Some(after) = back_up_after {
                    pause(after).await;
                    let backup = gateway.ledger().snapshot();
                    self.common.trace.note(format_args!("backup"));
                    *self.backup.lock().unwrap_or_else(PoisonError::into_inner) = backup.ok();
                }
                std::future::pending::<()>().await;
            };
            // Dies by its own plan; the backup is taken meanwhile.
            let _ = process.within(death).await;
            drop(gateway);
            process.kill().await;
            *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
            self.common.faults.strikes(Kind::BankCrash);
            self.common.trace.note(format_args!("the gateway died"));
            let (down, restore) = {
                let mut plan = self.plan();
                (plan.below(30_000), plan.chance(700))
            };
            pause(down).await;
            let backup = self.backup.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let (Some(bytes), true) = (backup, restore)
                && self.common.faults.strikes(Kind::Restore)
            {
                let now = DAWN_MS + self.common.now.ms() + self.skew_ms();
                restore_snapshot(&self.config.ledger, &bytes, ids::uuid7(now, self.rng.as_ref()), now)?;
                self.common.trace.note(format_args!("restored"));
            }
            self.start(&[])?;
            self.common.trace.note(format_args!("the gateway is up"));
            self.nudge.notify_one();
        }
    }

    /// The customer that the person of that number is at the bank.
    #[must_use]
    pub fn customer(&self, person: usize) -> String {
        self.people.get(person).map(|person| person.id.clone()).unwrap_or_default()
    }

    /// Whether that person has less than so much left.
    #[must_use]
    pub fn is_broke(&self, person: usize, minor: i64) -> bool {
        self.tap.balance(&self.customer(person)).is_ok_and(|balance| balance < minor)
    }

    /// Whether its ledger may be put back to a backup in this life.
    #[must_use]
    pub fn restores(&self) -> bool {
        self.restores
    }

    /// No more crashes.
    pub fn spare(&self) {
        if let Some((_, process)) = self.current() {
            process.spare();
        }
    }

    /// Looks into the gateway, where it runs.
    #[must_use]
    pub fn gateway(&self) -> Option<Arc<Gateway>> {
        self.current().map(|(gateway, _)| gateway)
    }
}

fn trust(common: &Common, version: i64, keys: &[SigningKey]) -> Result<String, Unfit> {
    let suite = common.signatures.gateway();
    let mut receipt_keys = Vec::new();
    for key in keys {
        let key = key.public_jwk(suite.as_ref()).ok_or(Unfit::Other("no receipt key"))?;
        receipt_keys.push(serde_json::json!({"key": key, "not_before": "2026-01-01T00:00:00Z"}));
    }
    let pin = |byte: &str| format!("sha256/{}=", byte.repeat(43));
    let payload = serde_json::json!({
        "v": 1, "version": version, "host": "gateway.bank.example",
        "pins": [{"pin": pin("A"), "label": "active"}, {"pin": pin("E"), "label": "backup"}],
        "receipt_keys": receipt_keys,
        "minimum_client": CLIENT,
        "soft_expiry": "2096-01-01T00:00:00Z", "hard_expiry": "2097-01-01T00:00:00Z",
    });
    let payload = serde_json::to_vec(&payload)?;
    offline().sign(suite.as_ref(), TRUST, &payload).ok_or(Unfit::Other("no offline key"))
}
