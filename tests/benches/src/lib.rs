//! Speeds of billpay, each beside its floor in the same run: the same work done bare, with the raw
//! library or socket. `cargo bench -p benches [-- --json] [NAME…]`.

pub mod archive;
pub mod bank;
pub mod bare;
pub mod bills;
pub mod burst;
pub mod connect;
pub mod figure;
pub mod flights;
pub mod open;
pub mod page;
pub mod pay;
pub mod phone;
pub mod plan;
pub mod recovery;
pub mod seal;
pub mod simulation;
pub mod town;
pub mod wal;

pub use figure::Figure;
