//! The billers' house: one message in, one signed answer out, and the hands of an operator.
//!
//! Everything about a number is decided by [`transition()`]. A message is one transaction, committed
//! before it is answered; where the books cannot be read the answer is status 500, which says
//! nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, TransactionBehavior, params};
use thiserror::Error;

use super::{
    books::Books,
    catalogue::Biller,
    page::page,
    schema,
    seeds::{SeedAccount, SeedBill, SeedBiller, Seeds},
    transition::{self, Event, Facts, Payable, State, transition},
};
use crate::{
    clock::Clock,
    leg::{
        ChargeNumber, LegSecret, Scene,
        answer::{self, Account, Answer, BillState, RefusalCode, Refused},
        message,
        request::{self, Query, Request},
        xml,
    },
    location::Location,
    rng::Rng,
};

/// How many requests are remembered for [`Billers::requests`].
const REMEMBERED: usize = 10_000;

/// Why the books could not be read or written.
#[derive(Debug, Error)]
pub enum BillersError {
    /// SQLite.
    #[error("the billers' books: {0}")]
    Sql(#[from] rusqlite::Error),
    /// Another program's, or a newer one's.
    #[error("the billers' books have schema {0}")]
    Schema(i64),
    /// Something in them cannot be.
    #[error("the billers' books hold no valid {0}")]
    Broken(&'static str),
    /// No such biller, account or bill.
    #[error("no such {0}")]
    NoSuch(&'static str),
    /// An account or bill of that number exists.
    #[error("already there")]
    AlreadyThere,
}

/// An answer, and how long the biller takes over it.
#[derive(Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 with a signed answer; 400 with a signed error; 404 and 500 with nothing.
    pub status: u16,
    /// The sealed answer.
    pub body: Vec<u8>,
    /// For the caller to wait before it delivers it.
    pub delay: Duration,
}

/// A request that a biller got (row 65).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The billers' clock.
    pub at: Timestamp,
    /// Which of them.
    pub biller: String,
    /// What was asked.
    pub scene: Scene,
    /// About which charge.
    pub number: Option<ChargeNumber>,
    /// Of the answer.
    pub status: u16,
    /// In one word.
    pub answer: String,
}

/// A biller, as its house sees it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it is.
    pub biller: Biller,
    /// Raised with each change.
    pub version: i64,
    /// Takes nothing for the moment.
    pub closed: bool,
    /// Until when, where it says so.
    pub retry_at: Option<Timestamp>,
}

/// All billers of a sandbox, with their books in one database of their own.
pub struct Billers {
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
    rng: Arc<dyn Rng>,
    seeds: Seeds,
    billers: BTreeMap<String, SeedBiller>,
    requests: Mutex<VecDeque<Listed>>,
}

/// Fills empty books.
fn fill(
    connection: &Connection,
    seeds: &Seeds,
    billers: &BTreeMap<String, SeedBiller>,
    now: Timestamp,
) -> Result<(), BillersError> {
    for seed in billers.values() {
        let sql = "INSERT INTO biller(id, version, closed, opened_at) VALUES (?1, 1, ?2, ?3)";
        connection.execute(sql, params![seed.biller.id, seed.closed, now.as_millisecond()])?;
    }
    for account in &seeds.accounts {
        let seed = billers.get(&account.biller).ok_or(BillersError::NoSuch("biller"))?;
        let partial = seed.biller.capabilities.partial;
        Books { connection, biller: &account.biller, partial, now }.add_account(account)?;
    }
    Ok(())
}

impl Billers {
    /// Opens the books at `location`; new ones start from `seeds`.
    ///
    /// # Errors
    /// They cannot be opened, or are not ours.
    pub fn open(
        location: &Location,
        clock: Arc<dyn Clock>,
        rng: Arc<dyn Rng>,
        seeds: Seeds,
    ) -> Result<Self, BillersError> {
        let billers = seeds.billers.iter().map(|seed| (seed.biller.id.clone(), seed.clone())).collect();
        let connection = schema::open(location, |connection| fill(connection, &seeds, &billers, clock.now()))?;
        let requests = Mutex::new(VecDeque::new());
        Ok(Self { connection: Mutex::new(connection), clock, rng, seeds, billers, requests })
    }

    /// Who they are, as the bank's catalogue begins.
    #[must_use]
    pub fn catalogue(&self) -> Vec<Biller> {
        self.seeds.billers.iter().map(|seed| seed.biller.clone()).collect()
    }

    /// The secrets of the leg, for the bank's side of it.
    #[must_use]
    pub fn secrets(&self) -> BTreeMap<String, LegSecret> {
        self.billers.iter().map(|(id, seed)| (id.clone(), seed.secret.clone())).collect()
    }

    /// The secret of one of them.
    pub(super) fn secret(&self, biller: &str) -> Result<&LegSecret, BillersError> {
        Ok(&self.billers.get(biller).ok_or(BillersError::NoSuch("biller"))?.secret)
    }

    /// Answers one message.
    #[must_use]
    pub fn handle(&self, biller: &str, scene: Scene, body: &[u8]) -> Reply {
        let now = self.clock.now();
        let Some(seed) = self.billers.get(biller) else {
            return Reply { status: 404, body: Vec::new(), delay: Duration::ZERO };
        };
        let answers = message::signature(body).unwrap_or_default().to_owned();
        let seal = |number, body| {
            let answer = Answer { time: now, scene, answers, number, body };
            message::seal(&answer.to_xml(), &seed.secret)
        };
        let (number, status, word, delay, body) = match read(body, &seed.secret, biller, scene) {
            Ok(request) => {
                let number = request.body.number();
                match self.answer(seed, &request, now) {
                    Ok((answer, delay)) => (number, 200, word(&answer), delay, seal(number, answer)),
                    // The error names tables, never a customer; the other side learns nothing.
                    Err(error) => {
                        tracing::error!(%error, biller, %scene, "a biller could not answer");
                        (number, 500, "broken", Duration::ZERO, Vec::new())
                    }
                }
            }
            Err(code) => {
                let error = answer::Body::Error { code: code.to_owned() };
                (None, 400, code, Duration::ZERO, seal(None, error))
            }
        };
        self.remember(Listed { at: now, biller: biller.to_owned(), scene, number, status, answer: word.to_owned() });
        Reply { status, body, delay }
    }

    fn answer(
        &self,
        seed: &SeedBiller,
        request: &Request,
        now: Timestamp,
    ) -> Result<(answer::Body, Duration), BillersError> {
        let too_old = message::fresh(request.time, now).is_err();
        self.within(&seed.biller, now, |books| match &request.body {
            request::Body::Query(_) if too_old => Ok((answer::Body::TooOld, Duration::ZERO)),
            request::Body::Query(query) => self.query(books, query),
            request::Body::Charge(charge) => {
                self.step(books, seed, charge.number, Event::Charge, Some(charge), too_old)
            }
            request::Body::Confirm(number) => self.step(books, seed, *number, Event::Confirm, None, too_old),
            request::Body::Refund(number) => self.step(books, seed, *number, Event::Refund, None, too_old),
        })
    }

    /// Lets [`transition`] decide about a number, and writes down what it decided.
    fn step(
        &self,
        books: &Books<'_>,
        seed: &SeedBiller,
        number: ChargeNumber,
        event: Event,
        charge: Option<&request::Charge>,
        too_old: bool,
    ) -> Result<(answer::Body, Duration), BillersError> {
        let known = books.known(number)?;
        let before = known.as_ref().map_or(State::Unknown, |known| known.state);
        let (closed, retry_at) = books.closed()?;
        let (special, payable) = match charge {
            Some(charge) => (books.special(&charge.customer_number)?, books.payable(charge)?),
            None => (None, Payable::Wrong),
        };
        let refuses = special.as_ref().is_some_and(|special| special.refuses > 0);
        let tombstones = seed.biller.capabilities.tombstone;
        let facts = Facts { too_old, closed: closed || refuses, payable, tombstones };
        let step = transition(before, event, facts);
        let landed = known.as_ref().and_then(|known| known.landed.clone());
        let landed = match (before, step.state, charge) {
            (State::Unknown, State::Charged, Some(charge)) => Some(books.charge(charge, &self.reference())?),
            (State::Unknown, State::Undone, _) => {
                books.tombstone(number)?;
                None
            }
            (State::Charged, State::Undone, _) => {
                let bill = known.and_then(|known| known.bill).ok_or(BillersError::Broken("charge.bill"))?;
                let amount = landed.ok_or(BillersError::Broken("charge.amount"))?.amount_minor;
                books.undo(number, &bill, amount)?;
                None
            }
            (before, after, _) if before == after => landed,
            // No transition leads there; what is not understood is not written down.
            (_, _, _) => return Err(BillersError::Broken("transition")),
        };
        let refused = |code, retry_at| answer::Body::Refused(Refused { code, retry_at });
        let body = match step.answer {
            transition::Answer::Charged => {
                answer::Body::Charged(landed.ok_or(BillersError::Broken("charge.reference"))?)
            }
            transition::Answer::Refused(transition::Refusal::Closed) => {
                if let (Some(charge), false) = (charge, closed) {
                    books.refused_once(&charge.customer_number)?;
                }
                refused(RefusalCode::Closed, retry_at)
            }
            transition::Answer::Refused(transition::Refusal::Taken) => refused(RefusalCode::Taken, None),
            transition::Answer::Refused(transition::Refusal::Stale) => refused(RefusalCode::Stale, None),
            transition::Answer::Refused(transition::Refusal::Wrong) => refused(RefusalCode::Wrong, None),
            transition::Answer::Undone => answer::Body::Undone,
            transition::Answer::NotFound => answer::Body::NotFound,
            transition::Answer::NothingLeft => answer::Body::NothingLeft,
            transition::Answer::TooOld => answer::Body::TooOld,
        };
        Ok((body, delay(special.map_or(0, |special| special.slow_ms))))
    }

    fn query(&self, books: &Books<'_>, query: &Query) -> Result<(answer::Body, Duration), BillersError> {
        let (closed, retry_at) = books.closed()?;
        if closed {
            return Ok((answer::Body::Closed { retry_at }, Duration::ZERO));
        }
        let customer = query.customer_number.as_str();
        let (Some(special), Some(account)) = (books.special(customer)?, books.account(customer)?) else {
            return Ok((answer::Body::UnknownCustomer, Duration::ZERO));
        };
        let delay = delay(special.slow_ms);
        let Some(wanted) = &query.bill_number else {
            return Ok((answer::Body::Account(page(account, query.after.as_deref())), delay));
        };
        let Some(bill) = account.bills.into_iter().find(|bill| bill.bill_number == *wanted) else {
            return Ok((answer::Body::UnknownBill, delay));
        };
        if special.revises > 0
            && bill.state == BillState::Open
            && books.revise(wanted, bill.amount_minor.saturating_add(100))?
        {
            books.revised_once(customer)?;
        }
        Ok((answer::Body::Account(Account { bills: vec![bill], more: None, ..account }), delay))
    }

    fn reference(&self) -> String {
        let mut bytes = [0; 8];
        self.rng.fill(&mut bytes);
        format!("B{:016X}", u64::from_be_bytes(bytes))
    }

    /// One transaction of one biller: all of it, or nothing.
    pub(super) fn within<T>(
        &self,
        biller: &Biller,
        now: Timestamp,
        work: impl FnOnce(&Books<'_>) -> Result<T, BillersError>,
    ) -> Result<T, BillersError> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let partial = biller.capabilities.partial;
        let result = work(&Books { connection: &transaction, biller: &biller.id, partial, now })?;
        transaction.commit()?;
        Ok(result)
    }

    pub(super) fn by_hand<T>(
        &self,
        biller: &str,
        work: impl FnOnce(&Books<'_>) -> Result<T, BillersError>,
    ) -> Result<T, BillersError> {
        let seed = self.billers.get(biller).ok_or(BillersError::NoSuch("biller"))?;
        self.within(&seed.biller, self.clock.now(), work)
    }

    /// Closes or opens a biller; `retry_at` is what it tells those who ask meanwhile.
    ///
    /// # Errors
    /// No such biller, or the books.
    pub fn set_closed(&self, biller: &str, closed: bool, retry_at: Option<Timestamp>) -> Result<(), BillersError> {
        self.by_hand(biller, |books| {
            let retry_at = retry_at.map(Timestamp::as_millisecond);
            let sql = "UPDATE biller SET closed = ?2, retry_at = ?3, version = version + 1 WHERE id = ?1";
            books.connection.execute(sql, params![biller, closed, retry_at])?;
            Ok(())
        })
    }

    /// Asks another amount for a bill from now on, under a new version.
    ///
    /// # Errors
    /// No such biller or bill, or the books.
    pub fn revise_bill(&self, biller: &str, bill: &str, amount_minor: i64) -> Result<(), BillersError> {
        let found = self.by_hand(biller, |books| books.revise(bill, amount_minor))?;
        if found { Ok(()) } else { Err(BillersError::NoSuch("bill")) }
    }

    /// Withdraws an open bill, under a new version.
    ///
    /// # Errors
    /// No such biller or open bill, or the books.
    pub fn cancel_bill(&self, biller: &str, bill: &str) -> Result<(), BillersError> {
        let found = self.by_hand(biller, |books| books.cancel(bill))?;
        if found { Ok(()) } else { Err(BillersError::NoSuch("bill")) }
    }

    /// Adds an account with its bills.
    ///
    /// # Errors
    /// No such biller, the account or a bill is there already, or the books.
    pub fn add_account(&self, account: &SeedAccount) -> Result<(), BillersError> {
        self.by_hand(&account.biller, |books| books.add_account(account))
    }

    /// Adds a bill to an account.
    ///
    /// # Errors
    /// No such biller or account, the bill is there already, or the books.
    pub fn add_bill(&self, biller: &str, customer: &str, bill: &SeedBill) -> Result<(), BillersError> {
        self.by_hand(biller, |books| match books.special(customer)? {
            Some(_) => books.add_bill(customer, bill),
            None => Err(BillersError::NoSuch("account")),
        })
    }

    /// Forgets everything, charges too, and starts from the seeds again.
    ///
    /// # Errors
    /// The books.
    pub fn reset(&self) -> Result<(), BillersError> {
        let now = self.clock.now();
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for table in ["difference", "reconciled", "stated", "entry", "charge", "bill", "account", "biller"] {
            transaction.execute(&format!("DELETE FROM {table}"), [])?;
        }
        fill(&transaction, &self.seeds, &self.billers, now)?;
        transaction.commit()?;
        drop(connection);
        self.requests().clear();
        Ok(())
    }

    /// Every biller as it stands, in the order of their ids.
    ///
    /// # Errors
    /// The books.
    pub fn billers(&self) -> Result<Vec<Standing>, BillersError> {
        let connection = self.lock();
        let mut standings = Vec::with_capacity(self.billers.len());
        for (id, seed) in &self.billers {
            let sql = "SELECT version, closed, retry_at FROM biller WHERE id = ?1";
            let (version, closed, retry_at) = connection.prepare_cached(sql)?.query_row([id], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, Option<i64>>(2)?))
            })?;
            let retry_at = retry_at.map(super::books::time).transpose()?;
            standings.push(Standing { biller: seed.biller.clone(), version, closed, retry_at });
        }
        Ok(standings)
    }

    /// The latest requests, oldest first.
    #[must_use]
    pub fn listed(&self) -> Vec<Listed> {
        self.requests().iter().cloned().collect()
    }

    fn remember(&self, listed: Listed) {
        let mut requests = self.requests();
        if requests.len() >= REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(listed);
    }

    fn requests(&self) -> MutexGuard<'_, VecDeque<Listed>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // A panic cannot leave half a transaction: dropping one rolls it back.
    pub(super) fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens a request, whenever it was signed; the error is the code to answer with.
fn read(body: &[u8], secret: &LegSecret, biller: &str, scene: Scene) -> Result<Request, &'static str> {
    let text = message::verify(body, secret).map_err(|refusal| refusal.code())?;
    let request = xml::read(text).and_then(|root| Request::read(&root)).map_err(|_| "not-a-message")?;
    // Signed by the bank, but for another biller or another URL.
    if request.biller == biller && request.body.scene() == scene { Ok(request) } else { Err("wrong-address") }
}

fn delay(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

/// An answer in one word, for the list of requests.
fn word(body: &answer::Body) -> &'static str {
    match body {
        answer::Body::Account(_) => "account",
        answer::Body::UnknownCustomer => "unknown-customer",
        answer::Body::UnknownBill => "unknown-bill",
        answer::Body::Closed { .. } => "closed",
        answer::Body::Charged(_) => "charged",
        answer::Body::Refused(refused) => refused.code.as_str(),
        answer::Body::Undone => "undone",
        answer::Body::NotFound => "not-found",
        answer::Body::NothingLeft => "nothing-left",
        answer::Body::TooOld => "too-old",
        answer::Body::Error { .. } => "error",
    }
}
