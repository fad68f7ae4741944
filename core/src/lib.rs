//! billpay: the client core that banks put inside their phone apps, so that people can pay utility
//! bills. A payment is never lost, never doubled, never misreported, whatever breaks.
//!
//! # The house
//! - [`Client`] is the only door: one method per thing a person does. It composes the rooms below
//!   inside one store transaction and decides nothing about money itself.
//! - [`payments`] holds the heart: the order that the person signs, the journal that knows it before
//!   a byte leaves, and [`payments::transition`], the one function that decides what it may become.
//! - [`activation`], [`accounts`], [`bills`], [`receipts`], [`reminders`] and [`events`] are the other rooms. A room
//!   never imports a sibling.
//! - [`gateway`] is the way to the bank: wire types, signed requests, pinned TLS. [`store`] is the
//!   sealed SQLite file. [`crypto`] has the pure helpers of both.
//! - [`platform`] has the ports: clock, randomness, threads, network, keys. All effects go through
//!   them, so that a seed reproduces a failure.
//! - [`model`] has the value types, [`error`] the public errors, [`text`] the words for people.
#![forbid(unsafe_code)]

pub mod accounts;
pub mod activation;
pub mod bills;
mod blocking;
mod client;
pub mod crypto;
pub mod error;
pub mod events;
pub mod gateway;
mod ids;
pub mod model;
pub mod moment;
pub mod payments;
pub mod plant;
pub mod platform;
pub mod receipts;
pub mod reminders;
pub mod secret;
pub mod store;
pub mod system;
pub mod text;

pub use client::{
    Accounts, Activation, Armed, Beyond, BillStatus, BillView, BillerView, Bills, BindingEcho, Channels, Client,
    Config, FirstPayment, HostedStep, LimitsView, MOST_AT_ONCE, NotAnAttestation, OpenPayments, Payment, PaymentPage,
    PaymentState, Payments, Profile, Proof, QuoteView, ReceiptPage, ReceiptView, Receipts, Refreshed, Reminders,
    SentCode, Several, Statistics, TrustState, Wish,
};
