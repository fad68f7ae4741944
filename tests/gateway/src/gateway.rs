//! The gateway: the bank's side of the contract, composed. State rests in the ledger only, so a
//! gateway may be dropped at any moment, with every request in it, and opened again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use thiserror::Error;

use crate::{
    activation::sms::SmsOutbox,
    api::{
        http::{Request, Response},
        log::{RequestLog, Seen},
    },
    biller::{Reply, catalogue::Biller},
    books::Books,
    catalogue::{Catalogue, CatalogueError},
    clock::Clock,
    collecting::{self, Collected, Collection},
    encoding::sha256,
    ids,
    ledger::{Ledger, LedgerError, differences::Listed, operator::ForAPerson, rulings::Ruled},
    leg::{BankScene, BillerClient, differences::Item},
    limits::Limits,
    location::Location,
    outcomes::jws::{Pen, RetiredKey, SigningKey},
    payments::{
        self,
        by_hand::{self, Heard, NotHeard, Word},
    },
    redact::debug_shows,
    reminding::{push::PushOutbox, turn},
    rng::Rng,
    seal,
    seeds::Enrolment,
    statements::{desk, store::Statements},
    suite::Suite,
};

/// The bank's secrets. They outlive the ledger and its backups.
#[derive(Clone)]
pub struct Keys {
    /// Signs documents today.
    pub receipt: SigningKey,
    /// Signed documents in earlier days: they stay verifiable.
    pub retired: Vec<RetiredKey>,
    /// Under which phone numbers are looked up.
    pub phones: [u8; 32],
}

debug_shows!(Keys: receipt, retired);

/// What a gateway is told when it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the ledger is.
    pub ledger: Location,
    /// The bank's secrets.
    pub keys: Keys,
    /// Scheme and authority under which clients know the gateway: `https://gateway.bank.example`.
    pub public_url: String,
    /// The trust document, a compact JWS by the offline key; empty until there is one.
    pub trust: String,
    /// The least version of the app that is served.
    pub minimum_client: String,
    /// Eleven characters by which Android's SMS Retriever knows the app.
    pub app_hash: String,
    /// The billers of the catalogue.
    pub billers: Vec<Biller>,
    /// What the bank takes for a payment, by biller; nothing where none is named. Minor units.
    pub fees: BTreeMap<String, i64>,
}

/// What a gateway needs of the world.
#[derive(Clone)]
pub struct Ports {
    /// The bank's clock.
    pub clock: Arc<dyn Clock>,
    /// Ids, tokens and codes.
    pub rng: Arc<dyn Rng>,
    /// The way to the billers.
    pub billers: BillerClient,
    /// Signatures.
    pub suite: Arc<dyn Suite>,
    /// The way to the phones.
    pub sms: Arc<SmsOutbox>,
}

/// Why a gateway cannot be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Its ledger cannot.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The catalogue has a number rule that is none.
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    /// The suite cannot use the receipt keys.
    #[error("the receipt keys are not usable")]
    Keys,
}

/// The bank.
pub struct Gateway {
    pub(crate) ledger: Ledger,
    /// The closed days of the billers' statements: outside of the ledger and its backups.
    pub(crate) statements: Statements,
    pub(crate) config: Config,
    pub(crate) ports: Ports,
    pub(crate) pen: Pen,
    pub(crate) catalogue: Catalogue,
    /// Requests that are running, by key id and idempotency key.
    pub(crate) running: Mutex<BTreeSet<(String, String)>>,
    /// Who asked how often of late.
    pub(crate) limits: Limits,
    /// How often billers are asked without anybody asking for it.
    pub(crate) collection: Option<Collection>,
    /// The binding that the last turn of collecting ended with.
    pub(crate) collected_to: Mutex<String>,
    /// The minute whose reminders go out, and the customer that the last turn ended with; none where everybody
    /// had a turn.
    pub(crate) reminded_to: Mutex<Option<(i64, Option<String>)>>,
    /// The way to the app by push.
    pub(crate) pushes: Arc<PushOutbox>,
    log: RequestLog,
    /// When the worker last tidied the ledger.
    tidied_at: AtomicI64,
}

impl Gateway {
    /// Opens the gateway on its ledger, or makes a new one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(config: Config, ports: Ports) -> Result<Self, OpenError> {
        let now = ports.clock.now().as_millisecond();
        let ledger = Ledger::open(&config.ledger, || ids::uuid7(now, ports.rng.as_ref()), now)?;
        let statements = Statements::open(&config.ledger)?;
        let pen = Pen::new(ports.suite.clone(), &config.keys.receipt, &config.keys.retired).ok_or(OpenError::Keys)?;
        let catalogue = Catalogue::new(&config.billers, &config.fees)?;
        ledger.write(now, |tx| {
            for (id, entry) in catalogue.described() {
                tx.describe_biller(id, &sha256(&entry?))?;
            }
            Ok(())
        })?;
        let running = Mutex::new(BTreeSet::new());
        let (log, limits, tidied_at) = (RequestLog::default(), Limits::default(), AtomicI64::new(now));
        let (collection, collected_to, reminded_to, pushes) = Default::default();
        Ok(Self {
            ledger,
            statements,
            config,
            ports,
            pen,
            catalogue,
            running,
            limits,
            collection,
            collected_to,
            reminded_to,
            pushes,
            log,
            tidied_at,
        })
    }

    /// One that collects bills by itself, in its turns of [`Gateway::collect`].
    #[must_use]
    pub fn collecting(self, collection: Option<Collection>) -> Self {
        Self { collection, ..self }
    }

    /// Enrols customers, or changes what is enrolled of them.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn enrol(&self, people: &[Enrolment]) -> Result<(), LedgerError> {
        let secret = &self.config.keys.phones;
        self.ledger.write(self.now(), |tx| {
            for person in people {
                let enrolled = person.customer(secret);
                let before = tx.customer(&enrolled.id)?.filter(|before| before.phone != enrolled.phone);
                if before.is_some() {
                    let sealed = seal::seal(secret, self.ports.rng.as_ref(), &enrolled.id, &person.phone);
                    let sealed = sealed.ok_or(LedgerError::Meaning("a number that cannot be sealed"))?;
                    tx.number_changed(&enrolled.id, &sealed)?;
                }
                tx.enrol(&enrolled)?;
                for method in &person.methods {
                    tx.put_method(method)?;
                }
            }
            Ok(())
        })
    }

    /// Whether anybody is enrolled.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn is_enrolled(&self, phone: &str) -> Result<bool, LedgerError> {
        let phone = crate::activation::phone_key(&self.config.keys.phones, phone);
        self.ledger.read(self.now(), |tx| Ok(tx.customer_by_phone(&phone)?.is_some()))
    }

    /// Answers one request. The future may be dropped at any point: what was decided stays decided,
    /// and the worker goes on from there.
    pub async fn handle(&self, request: Request) -> Response {
        let response = crate::api::answer(self, &request).await;
        self.log.note(self.now(), &request, response.status);
        response
    }

    /// The worker's turn: repeats open charges, `confirm`s and `refund`s whose time has come (rule
    /// 10), and forgets what is no longer needed. Gives how many orders it looked into.
    pub async fn tick(&self) -> usize {
        payments::worker::turn(self).await
    }

    /// A turn of collecting: asks billers about bindings whose time has come. Nothing without
    /// [`Gateway::collecting`].
    ///
    /// # Errors
    /// What the ledger says; whatever was counted as asked stays so.
    pub async fn collect(&self) -> Result<Collected, LedgerError> {
        collecting::turn(self).await
    }

    /// One whose pushes go there.
    #[must_use]
    pub fn pushing(self, pushes: Arc<PushOutbox>) -> Self {
        Self { pushes, ..self }
    }

    /// The way to the app by push.
    #[must_use]
    pub fn pushes(&self) -> &PushOutbox {
        &self.pushes
    }

    /// A turn of reminding: sends what is to be said in this minute by the ways that customers chose. Gives how many
    /// messages went out.
    ///
    /// # Errors
    /// What the ledger says; whoever was not reached has the next turn.
    pub async fn remind(&self) -> Result<usize, LedgerError> {
        turn::turn(self).await
    }

    /// The requests of late, oldest first (row 65).
    #[must_use]
    pub fn requests(&self) -> Vec<Seen> {
        self.log.list()
    }

    /// The books, for whoever checks them.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn books(&self) -> Result<Books, LedgerError> {
        Books::read(&self.ledger, self.now())
    }

    /// Orders that no rule can end now, for a person at the bank to look at, the oldest first (I4).
    ///
    /// # Errors
    /// What the ledger says.
    pub fn for_a_person(&self) -> Result<Vec<ForAPerson>, LedgerError> {
        self.ledger.read(self.now(), |tx| tx.operator_list())
    }

    /// Hears what a person at the bank says of an order on that list; the second of two that say the same
    /// ends it (rule 12).
    ///
    /// # Errors
    /// Why that cannot be; nothing has changed then.
    pub fn rule(&self, word: &Word) -> Result<Heard, NotHeard> {
        by_hand::hear(self, word)
    }

    /// What persons have said, the oldest first, for the auditors.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn rulings(&self) -> Result<Vec<Ruled>, LedgerError> {
        self.ledger.read(self.now(), |tx| tx.all_rulings())
    }

    /// Answers one message of a biller: it asks for a page of a statement, or tells its differences.
    #[must_use]
    pub fn biller_asks(&self, biller: &str, scene: BankScene, body: &[u8]) -> Reply {
        desk::answer(self, biller, scene, body)
    }

    /// Takes differences into the bank's list that a biller told by other means than its message.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn take_differences(&self, biller: &str, items: &[Item]) -> Result<(), LedgerError> {
        desk::take(self, biller, items)
    }

    /// The bank's open differences with its billers, the oldest first; at most so many.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn differences(&self, most: u32) -> Result<Vec<Listed>, LedgerError> {
        self.ledger.read(self.now(), |tx| tx.open_differences(i64::from(most)))
    }

    /// A difference about a number, 64 hex digits, open or resolved.
    ///
    /// # Errors
    /// What the ledger says.
    pub fn difference(&self, biller: &str, number: &str) -> Result<Option<Listed>, LedgerError> {
        self.ledger.read(self.now(), |tx| tx.difference(biller, number))
    }

    /// The epoch of the ledger.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.ledger.life().epoch
    }

    /// The ledger, for backups.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The bank's time, in milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.ports.clock.now().as_millisecond()
    }

    /// Whether the ledger has not been tidied for a minute; says so once.
    pub(crate) fn housekeeping_due(&self, now: i64) -> bool {
        // A turn that lies ahead was while the clock was.
        let due = now.abs_diff(self.tidied_at.load(Ordering::Relaxed)) > 60_000;
        if due {
            self.tidied_at.store(now, Ordering::Relaxed);
        }
        due
    }

    /// Takes a key for the duration of a request; `None` while another request has it.
    pub(crate) fn take_key(&self, keyid: &str, key: &str) -> Option<TakenKey<'_>> {
        let taken = (keyid.to_owned(), key.to_owned());
        let new = self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(taken.clone());
        new.then_some(TakenKey { gateway: self, taken })
    }
}

/// A key in use. Dropped with the request that has it, however that ends.
pub(crate) struct TakenKey<'a> {
    gateway: &'a Gateway,
    taken: (String, String),
}

impl Drop for TakenKey<'_> {
    fn drop(&mut self) {
        self.gateway.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.taken);
    }
}
