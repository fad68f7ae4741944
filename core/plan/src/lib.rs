//! When to remind of which bill, in which words (features rows 37 to 45): the one thing that the phone
//! and the bank's gateway share, so that both say the same at the same moment.
//!
//! [`plan`] is pure and deterministic: no clock, no file, no network, no zone but the two it is given.
//! It promises: never more than the cap and the soonest kept; nothing twice (an id that was told is not
//! planned again) and nothing lost (what was missed is told at once, in its latest form); nothing in the
//! quiet hours, and nothing put off beyond the moment until which a bill can be paid in time; nothing on
//! a lock screen beyond what the person chose. `docs/reminders.md` has every rule, for whoever wants to
//! check it with a program of their own.
//!
//! [`diff`] says what to change in an operating system that holds an earlier plan, [`health`] what of
//! a plan nobody will see, and why.

mod bill;
mod days;
mod diff;
mod failures;
mod health;
mod mask;
mod plan;
mod policy;
mod reminder;
mod stages;
mod text;
mod zone;

pub use bill::{Amount, Bill, Status};
pub use diff::{Changes, Held, diff};
pub use health::{Report, Unarmed, Why, health};
pub use mask::masked;
pub use plan::{Caps, plan};
pub use policy::{Channel, Language, Policy, PolicyError, Quiet, Redaction, Snooze, TimeOfDay, Wishes};
pub use reminder::{Kind, Reminder, TAIL};
pub use zone::{UnknownZone, zone};
