//! Paying, seen from the phone: what the person signs, the journal that knows it before the first
//! byte leaves, and the one function that decides what an order may become.

mod journal;
mod order;
mod places;
pub mod transition;

pub use journal::{Entry, LONGEST_QUOTE, OpenIds, payable_key, state_name};
pub use order::{Envelope, Order, OrderError};
