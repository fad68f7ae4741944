//! Records what a program asks of SQLite, and asks the same of it bare: the least that the program can
//! take with these very statements, whatever it does around them.
//!
//! A [`Tape`] holds every statement that ran in the process while it was recorded, with its values, by
//! connection and in order. [`Tape::play`] runs them again on databases in memory, one prepared statement for
//! each text, and looks at no row. What failed fails again and is passed over.

mod hook;
mod literal;
mod play;
mod tape;

pub use hook::record;
pub use tape::{Step, Tape};
