//! What is owed, as last heard, with its age.

mod shelf;

pub use shelf::Known;
