//! The phone on a disk that loses power, fills up, fails and rots: the real client, the real SQLite and
//! the real sandbox, with the faults below SQLite (faults 1 to 8, 30 to 32; I1, I2, I3, I9).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where it fails"
)]

#[path = "../world/mod.rs"]
mod world;

mod commits;
mod file;
mod mending;
mod opening;
mod phone;
mod power;
mod resealing;
mod rot;
mod trouble;
