//! The sandbox's billers: their own books, their own clock, and the answers they sign.
//!
//! | file | holds |
//! |---|---|
//! | [`transition`] | what a charge may become: decides everything about a number |
//! | [`catalogue`], [`sandbox`], [`seeds`] | what billers are, and which there are at the start |
//! | [`schema`], [`books`] | the tables, and what is read from and written to them |
//! | [`house`] | one message in, one signed answer out; and the hands of an operator |
//! | [`audit`] | the books read by someone who does not believe them (I1, I5) |
//! | [`reconcile`] | the bank's statement, checked against the books |
//! | [`backup`] | the books saved, and put back |
//! | [`listener`], [`local`] | the leg over the network, and without one |

pub mod audit;
pub mod backup;
pub mod books;
pub mod catalogue;
pub mod house;
pub mod listener;
pub mod local;
pub mod masking;
mod page;
pub mod reconcile;
pub mod sandbox;
pub mod schema;
pub mod seeds;
pub mod transition;

pub use self::{
    catalogue::Biller,
    house::{Billers, BillersError, Reply},
    local::LocalLeg,
    seeds::Seeds,
};
