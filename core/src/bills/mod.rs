//! What is owed, as last heard, with its age.

pub mod amounts;
pub mod merge;
pub mod owed;
mod shelf;

pub use amounts::Spread;
pub use owed::{Doubt, Owed};
pub use shelf::Known;
