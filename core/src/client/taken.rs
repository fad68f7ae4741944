//! Quotes that can be taken up, and orders that may not be stored, as this process remembers them.

use jiff::Timestamp;

use crate::{
    gateway::wire::Quote,
    payments::{Envelope, Order},
};

/// A quote that can be taken up, with the ledger's life in which it was made.
#[derive(Clone)]
pub(super) struct Taken {
    pub quote: Quote,
    /// The binding.
    pub account: String,
    pub epoch: String,
    /// The order that a code was asked for.
    pub prepared: Option<Box<Prepared>>,
    /// The order of an earlier tap, of which it could not be seen whether it was stored.
    pub perhaps: Option<String>,
    /// Counts the quotes of this process.
    pub nth: u64,
}

/// An order that is signed, and neither stored nor sent.
#[derive(Clone)]
pub(super) struct Prepared {
    pub order: Order,
    pub envelope: Envelope,
    /// The name of the code that was sent for it.
    pub step_up: Option<String>,
}

/// An order of which it could not be seen whether the file took it. It was not sent.
pub(super) struct Unstored {
    pub order: Order,
    pub envelope: Envelope,
    pub created: Timestamp,
}
