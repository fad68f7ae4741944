//! Lives, by seed: core, gateway and billers in one process on a virtual clock. The seed picks what
//! people do and what goes wrong; the checks know the ledgers and what people were told, and share
//! no code with either side.
//!
//! | file | holds |
//! |---|---|
//! | [`run`] | one life, from dawn to the last check |
//! | [`person`], [`phone`], [`keys`], [`keeper`], [`alarms`] | people, their phones, and what outlives an app |
//! | [`bank`], [`town`], [`operators`] | the gateway's machine; the billers and their doings; who ends by hand |
//! | [`network`], [`leg`], [`fault`], [`withhold`], [`impostor`] | both legs, and what goes wrong on them |
//! | [`tap`], [`ledger_tap`] | who listens in |
//! | [`process`] | dying at any await |
//! | [`clock`], [`rng`], [`suite`], [`trace`] | time, randomness, signatures, what happened |
//! | [`record`], [`check`] | what the checks go by, and the checks |
//! | [`seeds`], [`plants`], [`report`] | many lives, planted defects, and what is said of them |
//! | [`pace`] | how fast lives are lived, beside the least that they could take |
//! | [`minimise`] | the smallest life that still breaks |

pub mod alarms;
pub mod bank;
pub mod check;
pub mod clock;
pub mod common;
pub mod fault;
pub mod impostor;
pub mod keeper;
pub mod keys;
pub mod ledger_tap;
pub mod leg;
pub mod minimise;
pub mod network;
pub mod operators;
pub mod pace;
pub mod person;
pub mod phone;
pub mod plants;
pub mod process;
pub mod record;
pub mod report;
pub mod rng;
pub mod run;
pub mod seeds;
pub mod suite;
pub mod tap;
pub mod town;
pub mod trace;
pub mod withhold;
