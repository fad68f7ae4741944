//! The way to the bank.

mod bounds;
pub mod caller;
mod faults;
mod floor;
pub mod http;
pub mod inspect;
pub mod problem;
pub mod signature;
pub mod trust;
pub mod verifier;
pub mod wire;
