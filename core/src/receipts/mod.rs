//! What the bank signed: receipts, refusals and reversals, kept for good and verified offline.

mod cards;
mod chain;
mod file;
mod heads;
mod keys;
#[cfg(test)]
mod order_tests;
mod outcome;
mod search;
mod shelf;
mod statistics;
mod typed;
mod waiting;

pub use cards::{complete, is_complete};
pub use chain::{Break, Link, breaks, gaps};
pub use file::{Examination, Examined, MOST_IN_A_FILE, compacts, examine};
pub use heads::Heads;
pub use keys::{NoKeys, read_keys, write_keys};
pub use outcome::{
    Body, Outcome, OutcomeError, ReceiptBody, RefusalBody, RepaymentBody, ReversalBody, Subject, UnknownKind,
};
pub use search::{Aliases, Found, Query, Scanned, Wanted, Words, aliases, scan, search};
pub use shelf::Stored;
pub use statistics::{Figures, Month, OfBiller, Tally};
pub use typed::folded;
pub use waiting::Waiting;
