//! The plan: what is left to say of every bill, the soonest first, as much of it as there is room for.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    bill::Bill,
    days::{Days, next_minute},
    policy::Policy,
    reminder::{Kind, Reminder, TAIL},
    stages::{Ending, Said, stages},
    text::{self, Words},
};

/// How many reminders there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// The one that asks to open the app among them.
    pub most: usize,
}

impl Caps {
    /// iOS keeps 64 pending notifications of an app, and drops the others in silence.
    pub const IOS: Self = Self { most: 64 };
    /// Android lets an app have 500 alarms.
    pub const ANDROID: Self = Self { most: 500 };
    /// Everything, for whoever has no such bound.
    pub const NONE: Self = Self { most: usize::MAX };
}

/// What to say of these bills after `now`, by `policy`: sorted by moment, then by the bill's id.
///
/// `bank` is the zone in which due dates count, `phone` the one of the person's clock. Where something does not
/// fit into `caps`, or lies beyond the horizon, the last of all asks to open the app, at the moment of the first
/// thing that was left out. With room for one alone the soonest has it.
#[must_use]
pub fn plan(
    bills: &[Bill],
    policy: &Policy,
    now: Timestamp,
    bank: &TimeZone,
    phone: &TimeZone,
    caps: Caps,
) -> Vec<Reminder> {
    if policy.wishes().channels.is_empty() {
        return Vec::new();
    }
    let mut days = Days::new(policy, now, bank, phone);
    let (mut ids, mut of_one) = (BTreeSet::new(), Vec::new());
    let mut said: Vec<(Timestamp, &Bill, Said)> = Vec::new();
    let mut beyond: Option<i64> = None;
    for bill in bills {
        if !ids.insert(bill.id.as_str()) {
            continue;
        }
        let left = stages(bill, policy, now, &mut days, &mut of_one);
        said.extend(of_one.iter().map(|said| (said.at, bill, *said)));
        beyond = beyond.into_iter().chain(left.beyond).min();
    }
    let order = |one: &(Timestamp, &Bill, Said), other: &(Timestamp, &Bill, Said)| {
        (one.0, &one.1.id).cmp(&(other.0, &other.1.id))
    };
    let over = beyond.is_some() || said.len() > caps.most;
    let room = if over && caps.most > 1 { caps.most - 1 } else { caps.most };
    let mut left_out = beyond.map(|number| days.day(number).settled);
    if said.len() > room {
        // The soonest ones in front; one bill has no two at a moment, so that the order is one.
        let (_, first, _) = said.select_nth_unstable_by(room, order);
        left_out = Some(left_out.map_or(first.0, |beyond| beyond.min(first.0)));
        said.truncate(room);
    }
    said.sort_unstable_by(order);
    let soon = next_minute(now);
    let mut reminders: Vec<Reminder> = Vec::with_capacity(said.len() + 1);
    reminders.extend(said.iter().map(|(_, bill, said)| reminder(bill, said, policy, &days, soon)));
    if let Some(at) = left_out.filter(|_| reminders.len() < caps.most) {
        reminders.push(tail(at, policy, soon));
    }
    reminders
}

fn reminder(bill: &Bill, said: &Said, policy: &Policy, days: &Days<'_>, soon: Timestamp) -> Reminder {
    let left = bill.due_date.map_or(0, |due| days.number(due)) - days.number_at(said.at);
    let Words { kind, pay, title, body, sms } = text::words(bill, left, said.after_failure, policy);
    let count = u32::try_from(left.unsigned_abs()).unwrap_or(u32::MAX);
    let mut id = String::with_capacity(bill.id.len() + 32);
    let _ = write!(id, "{}{}", bill.id, Ending(bill, said.stage));
    finished(
        Reminder {
            id,
            bill: Some(bill.id.clone()),
            at: said.at,
            kind,
            days: count,
            pay,
            late: said.missed.is_some(),
            missed_at: said.missed,
            channels: policy.wishes().channels.clone(),
            title,
            body,
            sms,
            mark: String::new(),
        },
        soon,
    )
}

fn tail(at: Timestamp, policy: &Policy, soon: Timestamp) -> Reminder {
    let Words { title, body, sms, .. } = text::tail(policy);
    finished(
        Reminder {
            id: TAIL.to_owned(),
            bill: None,
            at,
            kind: Kind::Tail,
            days: 0,
            pay: false,
            late: false,
            missed_at: None,
            channels: policy.wishes().channels.clone(),
            title,
            body,
            sms,
            mark: String::new(),
        },
        soon,
    )
}

fn finished(reminder: Reminder, soon: Timestamp) -> Reminder {
    Reminder { mark: reminder.mark(soon), ..reminder }
}
