//! Receipts that last: what is refused at the door, the chain that shows what is gone, ten thousand of them without a
//! network, looked for, added up, and readable when everything else fails (rows 19, 46 to 52; item by item).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "../world/mod.rs"]
mod world;

mod chain;
mod ingest;
mod oracle;
mod pages;
mod papers;
mod search;
mod sums;
mod trouble;
