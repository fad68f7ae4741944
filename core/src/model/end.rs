//! How an order ends by the bank's signature.

/// The three kinds of signed outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum End {
    /// By a receipt: paid.
    Settled,
    /// By a refusal: never charged, and never will be.
    Refused,
    /// By a reversal: the money is back.
    Reversed,
}
