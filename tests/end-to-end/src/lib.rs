//! The system from outside: the sandbox and the terminal client as processes of their own, killed with
//! `kill -9` in the middle of payments, on a bad network; afterwards the ledgers of client, bank and billers are
//! compared.
//!
//! - [`program`] builds and runs `billpay`; [`sandbox`] and [`phone`] are its two roles.
//! - [`proxy`] is the network between them.
//! - [`kills`] has the plan (who is killed when), the rounds, and the histogram.
//! - [`ledgers`] reads the files by SQL of its own, [`documents`] what the bank has signed; [`audit`]
//!   holds the invariants of design.md to them.

pub mod audit;
pub mod chance;
pub mod documents;
pub mod kills;
pub mod ledgers;
pub mod phone;
pub mod program;
pub mod proxy;
pub mod sandbox;
pub mod tls;

/// Why a run could not be carried out. Says nothing about the system: that is a [`audit::Violation`].
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A process, a pipe or a file.
    #[error("{0}: {1}")]
    Io(&'static str, std::io::Error),
    /// `cargo build -p billpay`.
    #[error("billpay could not be built")]
    Build,
    /// A ledger that could not be read.
    #[error("a ledger: {0}")]
    Ledger(#[from] rusqlite::Error),
    /// A program panicked: that is always a defect.
    #[error("billpay panicked: {0}")]
    Panicked(String),
    /// A program said something else than what the next step needs.
    #[error("{0}")]
    Unexpected(String),
}

/// Of anything that touches a process or a file.
pub type Outcome<T> = Result<T, Unfit>;
