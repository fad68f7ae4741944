//! The bank's statement, checked by the biller against its own books (对账, row 34).
//!
//! | file | holds |
//! |---|---|
//! | [`compare`] | what the statement says of a number × what the books say: a difference, or none |
//! | [`lines`] | the lines that came, and what they say together |
//! | [`list`] | the differences, found and resolved |
//! | [`run`] | a day, page by page; the differences told to the bank |

pub mod compare;
mod lines;
pub mod list;
pub mod run;

pub use self::{
    list::Found,
    run::{ReconcileError, Report},
};
