//! The statements that the bank keeps for its billers (对账单), outside of the ledger and its backups:
//! a day that is closed repeats to the same bytes whatever becomes of the ledger.
//!
//! | file | holds |
//! |---|---|
//! | [`store`] | the closed days, page by page, and which lines they hold |
//! | [`close`] | the end of a day |
//! | [`desk`] | what a biller asks and tells, and what it is answered |
//! | [`lost`] | what a restored ledger has forgotten of the closed days |
//! | [`local`] | the way to the desk without a network |
//! | [`https`] | the way to the desk over the network |

pub(crate) mod close;
pub(crate) mod desk;
pub mod https;
pub mod local;
pub(crate) mod lost;
pub(crate) mod store;

pub use self::{https::HttpsBank, local::LocalBank};
