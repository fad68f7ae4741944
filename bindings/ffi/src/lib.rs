//! libbillpay: the core as Kotlin, Swift and Python see it.
//!
//! Thin on purpose: a room here turns types of the core into types that cross the boundary, and
//! back, and decides nothing. What holds for every export:
//!
//! - It is async where it may wait. Its future is polled on the caller's thread (a phone's screen
//!   thread, often), so nothing blocks in it: blocking work is spawned.
//! - What a shell implements is synchronous, is called from blocking threads only, and answers a
//!   `Result`: an exception that it does not declare arrives as a typed error too.
//! - A panic becomes an error of the call. It does not unwind into the shell, and does not end it.
//! - Records hold no secret and no full customer number: Kotlin's data classes print their fields.
//!
//! Rooms, in the order of a customer's first day: [`client`] opens a profile as [`configuration`]
//! says; [`activation`], [`binding`], [`bills`], [`quoting`], [`paying`], [`several`], [`receipts`],
//! [`events`], [`limits`], [`methods`], [`reminders`] and [`reminder_choices`] are what a person does with it, [`ending`] what ends it.
//! [`fault`] and [`why`] are what every error has in common,
//! [`money`] what every amount is. [`secret_store`] and [`device_signer`] are what a shell implements
//! to keep secrets and keys, with [`key_store`] in common; [`check_secrets`] and [`check_signer`] say
//! whether it does so as the core needs; [`log_sink`] takes what the engineers should read.
//!
//! `unsafe_code` is allowed because the macros of `UniFFI` write the C functions that the shells
//! call. None is written by hand; a gate looks (`tests/gates`).
#![allow(unsafe_code, reason = "the scaffolding that UniFFI writes")]

pub mod activation;
pub mod archive;
pub mod bills;
pub mod binding;
pub mod check_secrets;
pub mod check_signer;
pub mod client;
pub mod configuration;
pub mod device_signer;
pub mod ending;
pub mod events;
pub mod fault;
pub mod key_store;
pub mod limits;
pub mod log_sink;
pub mod methods;
pub mod money;
#[cfg(feature = "panic-probe")]
pub mod panic_probe;
pub mod paying;
pub mod quoting;
pub mod receipts;
pub mod reminder_choices;
pub mod reminders;
mod runtime;
pub mod secret_store;
pub mod several;
pub mod why;

uniffi::setup_scaffolding!();

/// The version of this library, as requests to the gateway carry it.
#[uniffi::export]
#[must_use]
pub fn core_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
