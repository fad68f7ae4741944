//! `kill -9` in the middle of payments.

mod crowd;
mod end;
mod handover;
pub mod histogram;
pub mod lines;
pub mod plan;
mod round;
pub mod run;
mod town;
