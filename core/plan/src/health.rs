//! What of a plan nobody will see, and why (row 41).

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{policy::Channel, reminder::Reminder};

/// What the operating system said when the plan was armed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Ids that it accepted.
    pub accepted: BTreeSet<String>,
    /// Whether it shows notifications of the app at all.
    pub notifications: bool,
    /// Whether it lets the app arm alarms at a moment of its choice.
    pub permission: bool,
    /// Whether it may hold them back to save the battery.
    pub battery_saver: bool,
}

/// Why a reminder will not be seen when it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The person has turned off the notifications of the app.
    NotificationsOff,
    /// The app may not arm alarms.
    NoPermission,
    /// There is no room for it: the operating system takes no more, or fewer than it said.
    Cap,
    /// The operating system saves the battery, and did not take it.
    BatterySaver,
    /// It is not armed, and nothing says why: the plan was made anew and not armed yet, or it was refused.
    NotArmed,
}

/// One that will not be seen when it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unarmed {
    /// The reminder's id.
    pub id: String,
    /// Of which bill.
    pub bill: Option<String>,
    /// When it should be seen.
    pub at: Timestamp,
    /// Why it will not.
    pub why: Why,
}

/// Names each reminder of the `whole` plan (made without a cap) that the phone will not show in time. `capped` is
/// the plan that was to be armed.
#[must_use]
pub fn health(whole: &[Reminder], capped: &[Reminder], report: &Report) -> Vec<Unarmed> {
    let within: BTreeSet<&str> = capped.iter().map(|reminder| reminder.id.as_str()).collect();
    // What came after the last one that was accepted came when there was no room any more.
    let last_accepted = capped.iter().rposition(|reminder| report.accepted.contains(&reminder.id));
    let after_last: BTreeSet<&str> = match last_accepted {
        Some(last) => capped.iter().skip(last + 1).map(|reminder| reminder.id.as_str()).collect(),
        None => BTreeSet::new(),
    };
    let why = |reminder: &Reminder| {
        let id = reminder.id.as_str();
        if !report.notifications {
            return Some(Why::NotificationsOff);
        }
        if report.accepted.contains(id) {
            return None;
        }
        Some(match () {
            () if !within.contains(id) => Why::Cap,
            () if !report.permission => Why::NoPermission,
            () if report.battery_saver => Why::BatterySaver,
            () if after_last.contains(id) => Why::Cap,
            () => Why::NotArmed,
        })
    };
    let seen_here = whole.iter().filter(|reminder| reminder.channels.contains(&Channel::Phone));
    seen_here
        .filter_map(|reminder| {
            let Reminder { id, bill, at, .. } = reminder;
            Some(Unarmed { id: id.clone(), bill: bill.clone(), at: *at, why: why(reminder)? })
        })
        .collect()
}
