//! Bound accounts: the rules that customer numbers follow, and the bindings on this phone.

mod number;
mod shelf;

pub use number::{check, read};
pub use shelf::Binding;
