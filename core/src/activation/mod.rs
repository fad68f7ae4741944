//! The device becomes the customer's by SMS code: what is under way, and what came of it.

mod identity;
mod session;
mod sms;

pub use identity::{Identity, KeyPair};
pub use session::{Session, Stage};
pub use sms::{SmsError, parse as parse_sms};
