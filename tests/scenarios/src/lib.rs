//! Stories that every language runs unchanged (features row 59): JSON in, a trace of lines out,
//! equal byte for byte to the trace stored beside the story. README.md describes the format for who
//! writes a runner; this one runs them over the real core and the real sandbox, in one process and on
//! a clock of its own.
//!
//! | file | holds |
//! |---|---|
//! | [`story`] | a story as it is written |
//! | [`run`] | the runner: step by step, with expectations |
//! | [`show`] | what a result shows, as keys and values |
//! | [`trace`] | ids and times replaced by order of appearance; the lines |
//! | [`world`] | the bank, its billers, the network and the clock |
//! | [`alarms`] | what an operating system holds of the reminders |
//! | [`phone`] | an app that can be killed and opened again |
#![forbid(unsafe_code)]

pub mod alarms;
pub mod phone;
pub mod run;
pub mod show;
pub mod story;
pub mod trace;
pub mod world;

/// What stops a run, in words.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
