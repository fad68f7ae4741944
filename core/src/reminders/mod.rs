//! What the person chose about reminders, what the operating system holds of them, and whether one is still
//! true when it fires. What to say and when is [`billpay_plan`]'s, which is pure.

mod changed;
mod due;
mod shelf;

pub use billpay_plan::{
    Amount, Bill, Caps, Changes, Channel, Held, Kind, Language, Policy, PolicyError, Quiet, Redaction, Reminder,
    Report, Snooze, Status, TAIL, TimeOfDay, Unarmed, UnknownZone, Why, Wishes, diff, health, plan, zone,
};

pub use changed::changed;
pub use due::{Failures, Handle, StillDue, failures, still_due_in};
pub use shelf::{OwnChannels, Shelf, Words};

/// The zone in which due dates count: the contract's civil dates are the bank's.
pub const BANK_ZONE: &str = "Asia/Shanghai";
