//! `kill -9` in the middle of payments.

mod end;
pub mod histogram;
pub mod plan;
mod round;
pub mod run;
mod town;
