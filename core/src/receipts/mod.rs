//! What the bank signed: receipts, refusals and reversals, kept for good and verified offline.

mod chain;
mod outcome;
mod shelf;
mod waiting;

pub use chain::{Break, Link, breaks, gaps};
pub use outcome::{
    Body, Outcome, OutcomeError, ReceiptBody, RefusalBody, RepaymentBody, ReversalBody, Subject, UnknownKind,
};
pub use shelf::{Narrow, Stored};
pub use waiting::Waiting;
