//! What is owed, as last heard, with its age.

pub mod amounts;
mod shelf;

pub use amounts::Spread;
pub use shelf::Known;
