//! A phone: its file, its key stores and its clock outlive the app, which may die at any await.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use billpay_core::{
    Client, Config,
    crypto::jwk::PublicJwk,
    error::OpenError,
    model::Language,
    platform::{Platform, Suite},
};

use super::{
    alarms::Alarms,
    bank::{self, Bank},
    clock::PartyClock,
    common::{Common, Unfit},
    fault::Kind,
    keeper::{Erring, Keeper},
    keys::KeyStore,
    network::Line,
    process::{Process, Threads},
    rng::{PortRng, Stream},
};

/// A phone.
pub struct Phone {
    /// Its number in this life.
    pub number: usize,
    /// Its clock.
    pub clock: Arc<PartyClock>,
    /// Its file.
    pub keeper: Arc<Keeper>,
    common: Arc<Common>,
    bank: Arc<Bank>,
    /// Its key stores.
    pub keys: Arc<KeyStore>,
    rng: Arc<PortRng>,
    suite: Arc<dyn Suite>,
    plan: Mutex<Stream>,
    power: Mutex<Stream>,
    trouble: Mutex<Stream>,
    backups: Mutex<Stream>,
    threads: Mutex<Stream>,
    alarms: Mutex<Alarms>,
    config: Config,
    seed: u64,
    name: String,
}

/// The app, running.
#[derive(Clone)]
pub struct App {
    /// The core.
    pub client: Client,
    /// What it runs in.
    pub process: Arc<Process>,
}

impl Phone {
    /// A phone fresh from the shop.
    ///
    /// # Errors
    /// What cannot be set up.
    pub fn new(
        common: &Arc<Common>,
        bank: &Arc<Bank>,
        seed: u64,
        name: &str,
        number: usize,
    ) -> Result<Arc<Self>, Unfit> {
        // Streams of their own: without power cuts all else is as it was.
        let cuts = Stream::of(seed, &format!("what is left of disk {number}"));
        let keeper = Keeper::new(&format!("{name}-phone-{number}"), cuts).ok_or(Unfit::Other("no disk"))?;
        let keeper = Arc::new(keeper);
        let profile = keeper.location();
        let mut plan = Stream::of(seed, &format!("phone {number}"));
        let skew = i64::try_from(plan.below(600_000)).unwrap_or(0) - 300_000;
        let suite = common.signatures.gateway();
        let key = bank::offline().public_jwk(suite.as_ref()).ok_or(Unfit::Other("no offline key"))?;
        let old = Stream::of(seed, &format!("when the app of phone {number} was shipped")).chance(200)
            && common.faults.may(Kind::KeyRotated);
        if old {
            common.record.facts().shipped_early.insert(number);
        }
        let config = Config {
            profile,
            gateway: bank::URL.to_owned(),
            offline_key: PublicJwk { kty: key.kty, crv: key.crv, x: key.x, y: key.y, kid: key.kid },
            trust: if old { bank.earlier_trust()? } else { bank.trust().to_owned() },
            client_version: bank::CLIENT.to_owned(),
            device_name: format!("phone {number}"),
            language: Language::Zh,
            catalogue: Vec::new(),
        };
        let keys = KeyStore::new(common.signatures, number, common.faults.clone());
        Ok(Arc::new(Self {
            number,
            clock: Arc::new(PartyClock::new(common.now, skew)),
            keeper,
            common: common.clone(),
            bank: bank.clone(),
            keys: Arc::new(keys.ok_or(Unfit::Other("no keys for a phone"))?),
            rng: Arc::new(PortRng::new(Stream::of(seed, &format!("core {number}")))),
            suite: common.signatures.core(),
            plan: Mutex::new(plan),
            power: Mutex::new(Stream::of(seed, &format!("power {number}"))),
            trouble: Mutex::new(Stream::of(seed, &format!("disk {number}"))),
            backups: Mutex::new(Stream::of(seed, &format!("backups of phone {number}"))),
            threads: Mutex::new(Stream::of(seed, &format!("threads of phone {number}"))),
            alarms: Mutex::new(Alarms::of(&mut Stream::of(seed, &format!("the system of phone {number}")))),
            config,
            seed,
            name: name.to_owned(),
        }))
    }

    /// The seed of its life.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// What its operating system holds.
    pub fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The name of its life.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Starts the app, as often as it takes.
    ///
    /// # Errors
    /// The profile cannot be opened, for another reason than a crash.
    pub async fn launch(&self) -> Result<App, Unfit> {
        loop {
            let (drawn, points) = {
                let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
                (plan.chance(350), plan.between(1, 600))
            };
            let dies = (drawn && self.common.faults.may(Kind::PhoneCrash)).then_some(points);
            let (dark, operations) = {
                let mut power = self.power.lock().unwrap_or_else(PoisonError::into_inner);
                (power.chance(250), power.between(1, 3_000))
            };
            if dark && self.common.faults.may(Kind::PowerCut) {
                self.keeper.goes_dark_at(operations);
            }
            self.plan_trouble();
            let process = Process::start(&self.common, &format!("phone {}", self.number), dies);
            match process.within(Client::open(self.config.clone(), self.platform(&process))).await {
                Some(Ok(client)) => return Ok(App { client, process }),
                // It says so, and is started again.
                Some(Err(_)) if self.keeper.has_erred() => self.crashed(&process).await,
                Some(Err(error)) => return Err(error.into()),
                None => self.crashed(&process).await,
            }
        }
    }

    fn platform(&self, process: &Arc<Process>) -> Platform {
        let line = Line {
            common: self.common.clone(),
            bank: self.bank.clone(),
            phone: self.number,
            process: process.clone(),
            keeper: self.keeper.clone(),
            last: Mutex::default(),
        };
        let mut starts = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        let late = Mutex::new(starts.clone().nth(starts.next()));
        drop(starts);
        Platform {
            secrets: self.keys.clone(),
            signer: self.keys.clone(),
            clock: self.clock.clone(),
            rng: self.rng.clone(),
            executor: Arc::new(Threads { process: process.clone(), keeper: self.keeper.clone(), late }),
            transport: Arc::new(line),
            suite: self.suite.clone(),
        }
    }

    /// Starts a second process on the file, a widget or a share sheet, whatever has it already; `None` if the
    /// phone's power goes meanwhile.
    pub async fn second_process(&self) -> Option<Result<App, OpenError>> {
        let process = Process::start(&self.common, &format!("the second process of phone {}", self.number), None);
        let opened = process.within(Client::open(self.config.clone(), self.platform(&process))).await;
        if !matches!(opened, Some(Ok(_))) {
            process.kill().await;
        }
        opened.map(|opened| opened.map(|client| App { client, process }))
    }

    /// Which error the disk is going to answer in this life of the app, if any.
    fn plan_trouble(&self) {
        let mut stream = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let (drawn, kind, done) = (stream.chance(200), stream.below(3), stream.chance(500));
        let (any, write, sync) = (stream.between(1, 2_000), stream.between(1, 200), stream.between(1, 60));
        drop(stream);
        let (erring, operation) = match kind {
            0 => (Erring::Full, write),
            1 => (Erring::Once, any),
            _ => (Erring::Sync { done }, sync),
        };
        if drawn && self.common.faults.may(erring.kind()) {
            self.keeper.errs_at(erring, operation);
        }
    }

    /// Somebody makes room on its disk, or whatever it takes.
    pub fn disk_is_seen_to(&self) {
        if let Some(erring) = self.keeper.is_seen_to() {
            self.common.faults.struck(erring.kind());
            self.common.trace.note(format_args!("phone {} met {erring:?}", self.number));
        }
    }

    /// Clears away what is left of an app that died.
    pub async fn crashed(&self, process: &Process) {
        process.kill().await;
        self.disk_is_seen_to();
        let kind = if self.keeper.is_dark() { Kind::PowerCut } else { Kind::PhoneCrash };
        self.common.faults.strikes(kind);
        self.common.trace.note(format_args!("phone {} died: {kind:?}", self.number));
        self.keeper.starts_again();
        let heard = self.common.record.facts().events.clone();
        let heard = |payment: &str| heard.iter().any(|(phone, of, _)| (*phone, of.as_str()) == (self.number, payment));
        match self.keeper.half_done(heard) {
            Ok(half) => half.into_iter().for_each(|what| self.common.wrong("I9", what)),
            Err(error) => self.common.wrong("I9", format!("the file of phone {} cannot be read: {error}", self.number)),
        }
        if let Err(error) = self.file_is_put_back() {
            self.common.wrong("I9", format!("the file of phone {} cannot be saved: {error}", self.number));
        }
    }

    /// While the app is not running somebody may save its file, or put it back to what was saved.
    fn file_is_put_back(&self) -> rusqlite::Result<()> {
        let mut stream = self.backups.lock().unwrap_or_else(PoisonError::into_inner);
        let (saves, puts_back) = (stream.chance(400), stream.chance(200));
        drop(stream);
        // What neither the bank nor a phone has any more is a person's, who finds it with the statement.
        if self.bank.restores() || !self.common.faults.may(Kind::FilePutBack) {
            return Ok(());
        }
        if puts_back && self.keeper.put_back() {
            self.common.faults.struck(Kind::FilePutBack);
            self.common.trace.note(format_args!("the file of phone {} is put back", self.number));
            let mut facts = self.common.record.facts();
            let told = facts.told.len();
            facts.put_back.insert(self.number, told);
        } else if saves {
            self.keeper.back_up()?;
        }
        Ok(())
    }
}
