//! The sandbox gateway.
#![forbid(unsafe_code)]

pub mod activation;
pub mod amounts;
pub mod api;
pub mod biller;
pub mod books;
mod catalogue;
pub mod clock;
pub mod collecting;
pub mod encoding;
pub mod faults;
pub mod gateway;
pub mod ids;
mod key;
pub mod ledger;
pub mod leg;
mod limits;
pub mod location;
pub mod moment;
pub mod outcomes;
pub mod payments;
pub mod pki;
pub mod plant;
mod redact;
pub mod reminding;
pub mod rng;
mod seal;
pub mod seeds;
pub mod serve;
pub mod server;
pub mod statements;
pub mod suite;

pub use self::gateway::{Config, Gateway, Keys, OpenError, Ports};
