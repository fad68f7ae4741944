//! The store, from outside: rows, keys, files, processes (features 57, 58, 62; faults 30 to 36;
//! I8, I9).

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops where it fails"
)]

mod bills;
mod files;
mod glances;
mod golden;
mod golden_rows;
mod keys;
mod processes;
mod resealing;
mod rows;
mod tampering;
mod transactions;
mod world;
