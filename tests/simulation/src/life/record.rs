//! What the checks go by: what left the phones, and what people were told, each with its virtual
//! time. Nothing in here is known to the client or the gateway.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use billpay_core::{Payment, PaymentState, QuoteView, receipts::Break};
use jiff::civil::Date;

use super::withhold::Withheld;

/// What a person was told about a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// "Checking, do not pay again."
    Checking,
    /// Paid.
    Settled,
    /// Refused.
    Refused,
    /// Undone.
    Reversed,
    /// Never sent.
    Cancelled,
}

impl From<&PaymentState> for Said {
    fn from(state: &PaymentState) -> Self {
        match state {
            PaymentState::Checking { .. } => Self::Checking,
            PaymentState::Settled => Self::Settled,
            PaymentState::Refused { .. } => Self::Refused,
            PaymentState::Reversed { .. } => Self::Reversed,
            PaymentState::Cancelled => Self::Cancelled,
        }
    }
}

/// A person was told something.
#[derive(Clone, Debug)]
pub struct Told {
    /// Virtual milliseconds.
    pub at: i64,
    /// How much had been told when the person asked for this: an answer may cross another.
    pub asked: usize,
    /// Which phone.
    pub phone: usize,
    /// The payment.
    pub payment: String,
    /// What.
    pub said: Said,
}

/// An order as it first left a phone.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Virtual milliseconds.
    pub at: i64,
    /// Which phone.
    pub phone: usize,
    /// SHA-256 of the order's canonical form.
    pub digest: [u8; 32],
    /// The biller's id.
    pub biller: String,
    /// Whom, as shown.
    pub payee: String,
    /// Of the bill.
    pub bill: String,
    /// To the biller.
    pub amount: i64,
    /// To the bank.
    pub fee: i64,
    /// From the customer.
    pub total: i64,
    /// By what.
    pub method: String,
    /// The quote that it takes up.
    pub quote: String,
    /// The ledger's life that it was quoted in.
    pub epoch: String,
    /// The row of it in the phone's own file at that very moment, by its state.
    pub journalled: Option<String>,
}

/// What a person read before or after tapping "pay".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whom.
    pub payee: String,
    /// What.
    pub bill: String,
    /// To the biller.
    pub amount: i64,
    /// To the bank.
    pub fee: i64,
    /// From the customer.
    pub total: i64,
}

impl From<&QuoteView> for Terms {
    fn from(quote: &QuoteView) -> Self {
        let (amount, fee, total) = (quote.amount.minor(), quote.fee.minor(), quote.total.minor());
        Self { payee: quote.payee.clone(), bill: quote.bill_number.clone(), amount, fee, total }
    }
}

impl From<&Payment> for Terms {
    fn from(paid: &Payment) -> Self {
        let (amount, fee, total) = (paid.amount.minor(), paid.fee.minor(), paid.total.minor());
        Self { payee: paid.payee.clone(), bill: paid.bill_number.clone(), amount, fee, total }
    }
}

impl From<&Sent> for Terms {
    fn from(sent: &Sent) -> Self {
        let (payee, bill) = (sent.payee.clone(), sent.bill.clone());
        Self { payee, bill, amount: sent.amount, fee: sent.fee, total: sent.total }
    }
}

/// A reminder that went off and was shown.
#[derive(Clone, Debug)]
pub struct WentOff {
    /// Which phone.
    pub phone: usize,
    /// Of the reminder.
    pub id: String,
    /// How much had been told by then.
    pub asked: usize,
}

impl WentOff {
    /// The due date in a reminder's id, which is the bill's id, its due date and the stage; `None` of the one that asks
    /// to open the app.
    #[must_use]
    pub fn due_date(id: &str) -> Option<String> {
        id.split('.').nth(1).map(str::to_owned)
    }

    /// Its stage: `d3`, `o7`, or `f` with the second in which a payment came to nothing.
    #[must_use]
    pub fn stage(id: &str) -> Option<(char, i64)> {
        let mut stage = id.split('.').nth(2)?.chars();
        Some((stage.next()?, stage.as_str().parse().ok()?))
    }
}

/// What a phone will say, and what it has said that it will not.
#[derive(Clone, Debug)]
pub struct Reminded {
    /// Ids of what its operating system holds.
    pub alarms: BTreeSet<String>,
    /// Ids of what the core names as not armed.
    pub unarmed: BTreeSet<String>,
    /// Ids of what is planned and says that the last payment did not go through.
    pub failed: BTreeSet<String>,
    /// At the bank, by the phone's clock.
    pub today: Date,
}

/// What a phone shows of its documents at one moment.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Every document, as it is.
    pub documents: Vec<Shown>,
    /// Where the phone says that its chain does not hold.
    pub breaks: Vec<Break>,
}

/// A receipt as a phone showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The document.
    pub compact: String,
    /// The phone said that its signature holds.
    pub verified: bool,
}

/// What was asked of the apps, by the name of it, and how often they gave which answer in a word: `ok`, or
/// the name of the error.
pub type Calls = BTreeMap<&'static str, BTreeMap<String, u64>>;

/// Questions of one phone about one order.
#[derive(Clone, Copy, Debug)]
pub struct Questions {
    /// How many.
    pub count: u64,
    /// Virtual milliseconds of the first.
    pub first: i64,
    /// And of the last.
    pub last: i64,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Facts {
    /// What people were told.
    pub told: Vec<Told>,
    /// Orders that left a phone, by payment id.
    pub sent: BTreeMap<String, Sent>,
    /// Receipts that phones showed, by phone and payment.
    pub receipts: BTreeMap<(usize, String), Vec<Shown>>,
    /// What people read of their payments, by phone and payment.
    pub terms: BTreeMap<(usize, String), Terms>,
    /// Payments of which a receipt was asked for when they were first called settled.
    pub looked_at: BTreeSet<(usize, String)>,
    /// Each look at all documents and at the chain, with its phone.
    pub looks: Vec<(usize, Look)>,
    /// Phones that have had everything that the bank has for their customer; with the customer.
    pub complete: BTreeMap<usize, String>,
    /// Documents that phones have not been given.
    pub withheld: Vec<Withheld>,
    /// The people have looked for the first time after the faults.
    pub looked: bool,
    /// Two persons have gone through the operator's list for the last time.
    pub ruled: bool,
    /// Orders by the time of first leaving, by phone.
    pub ordinals: BTreeMap<usize, Vec<String>>,
    /// What was asked of the apps, and what they answered.
    pub calls: Calls,
    /// Events that a shell heard.
    pub events: BTreeSet<(usize, String, Said)>,
    /// Payments per phone as last listed.
    pub listed: BTreeMap<(usize, String), Said>,
    /// Phones whose file was put back to a backup, and how much had been told by then.
    pub put_back: BTreeMap<usize, usize>,
    /// Phones whose file cannot be read any more.
    pub lost: BTreeSet<usize>,
    /// Phones whose file has rotted.
    pub rotten: BTreeSet<usize>,
    /// Phones whose app has said as it was to pay that it has to be activated anew.
    pub say_inactive: BTreeSet<usize>,
    /// Phones whose app was shipped before the bank's key of now, and has not asked for it yet.
    pub shipped_early: BTreeSet<usize>,
    /// Requests that reached the gateway.
    pub requests: u64,
    /// Questions about an order after the faults were over, by phone and payment.
    pub questions: BTreeMap<(usize, String), Questions>,
    /// Wishes to pay that a phone answered: with an order, or with why there is none.
    pub flows: u64,
    /// Orders that left a phone.
    pub orders: u64,
    /// What the billers found in the bank's statements, by name.
    pub differences: BTreeMap<&'static str, u64>,
    /// Lists of bills that were left before each of them had been heard of.
    pub left_half_way: u64,
    /// Reminders that were shown as due.
    pub shown: Vec<WentOff>,
    /// Reminders that were shown, in whatever words.
    pub seen: Vec<WentOff>,
    /// By phone, what it will remind of after its last sync.
    pub reminded: BTreeMap<usize, Reminded>,
    /// What was wrong at the moment it happened.
    pub wrong: Vec<(&'static str, String)>,
}

/// The book of a life.
#[derive(Debug, Default)]
pub struct Record(Mutex<Facts>);

impl Record {
    /// To write or read.
    pub fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
