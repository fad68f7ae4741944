//! Paying, seen from the bank.
//!
//! | file | holds |
//! |---|---|
//! | [`transition`] | what an order may become: decides everything, pure |
//! | [`signed`] | the order as the client signed it: strict reading, digest, the biller's number |
//! | [`facts`] | what ledger and clock say about an order |
//! | [`obstacles`] | what speaks against taking it |
//! | [`commit`] | one decision: state, money, outcome in one commit |
//! | [`drive`] | decision, biller, decision, until nothing is left to send |
//! | [`issue`] | the signed end, and its place in the customer's chain |
//! | [`by_hand`] | two persons end what no rule ends (rule 12) |
//! | [`repair`], [`again`] | what follows from a difference with a biller, and its doing (rule 11) |
//! | [`worker`] | the turn that repeats what was not answered |

pub(crate) mod again;
pub mod by_hand;
pub(crate) mod commit;
pub(crate) mod drive;
pub(crate) mod facts;
pub(crate) mod issue;
pub(crate) mod obstacles;
pub mod repair;
pub mod signed;
pub mod transition;
pub(crate) mod worker;
