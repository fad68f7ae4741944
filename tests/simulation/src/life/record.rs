//! What the checks go by: what left the phones, and what people were told, each with its virtual
//! time. Nothing in here is known to the client or the gateway.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use billpay_core::PaymentState;

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
    /// Of the bill.
    pub bill: String,
    /// To the biller.
    pub amount: i64,
    /// To the bank.
    pub fee: i64,
    /// By what.
    pub method: String,
    /// The quote that it takes up.
    pub quote: String,
    /// The ledger's life that it was quoted in.
    pub epoch: String,
    /// The row of it in the phone's own file at that very moment, by its state.
    pub journalled: Option<String>,
}

/// A receipt as a phone showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The document.
    pub compact: String,
    /// The phone said that its signature holds.
    pub verified: bool,
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
    /// Events that a shell heard.
    pub events: BTreeSet<(usize, String, Said)>,
    /// Payments per phone as last listed.
    pub listed: BTreeMap<(usize, String), Said>,
    /// Breaks in the chain that a phone found at the end.
    pub breaks: BTreeMap<usize, usize>,
    /// Requests that reached the gateway.
    pub requests: u64,
    /// Questions about an order after the faults were over, by phone and payment.
    pub questions: BTreeMap<(usize, String), u64>,
    /// Orders that left a phone.
    pub orders: u64,
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
