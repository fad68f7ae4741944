//! The moments at which one bill would be spoken of, and what of them is left.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::{
    bill::{Bill, Status},
    days::{BEHIND, Days, next_minute},
    failures::{Failure, failures, is_soon, speak_for_day},
    policy::Policy,
};

/// What was told longer than that before its moment was told by a clock that was wrong: a journey, other quiet hours
/// and another time of day together move a moment by less.
const TOLD_EARLY: SignedDuration = SignedDuration::from_hours(48);

/// When a bill is spoken of, in relation to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// So many days before, or from -1 on after.
    Day(i64),
    /// When the person wished to come back to it: seconds since 1970.
    Snooze(i64),
    /// After a payment of it came to nothing: when that ended, in seconds since 1970.
    Failed(i64),
}

/// How it ends an id.
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(before @ 0..) => write!(f, "d{before}"),
            Self::Day(after) => write!(f, "o{}", after.unsigned_abs()),
            Self::Snooze(until) => write!(f, "s{until}"),
            Self::Failed(ended) => write!(f, "f{ended}"),
        }
    }
}

impl Stage {
    /// When that payment ended of which a name of this kind speaks.
    pub(crate) fn failed(name: &str) -> Option<i64> {
        let ended = name.strip_prefix('f')?.parse().ok()?;
        // In one way of writing it: ids are compared as they are.
        (Self::Failed(ended).to_string() == name).then_some(ended)
    }
}

/// One of them.
#[derive(Clone, Copy)]
pub(crate) struct Said {
    pub at: Timestamp,
    pub stage: Stage,
    /// The moment that is made up for, where it is late.
    pub missed: Option<Timestamp>,
    /// It begins with the words that the last payment came to nothing.
    pub after_failure: bool,
}

impl Said {
    fn new(at: Timestamp, stage: Stage) -> Self {
        Self { at, stage, missed: None, after_failure: false }
    }
}

/// What is left to say of one bill.
pub(crate) struct Left {
    /// The first day beyond the horizon on which there is more to say, from today.
    pub beyond: Option<i64>,
}

/// Gathers what is left to say of a bill into `said`, which is emptied first. Sorted by moment.
pub(crate) fn stages(bill: &Bill, policy: &Policy, now: Timestamp, days: &mut Days<'_>, said: &mut Vec<Said>) -> Left {
    said.clear();
    let mut left = Left { beyond: None };
    let wishes = policy.wishes();
    let asks = bill.amount.minor > 0 && bill.status != Status::Done;
    let (true, Some(due_date)) = (asks && !wishes.muted.contains(&bill.biller), bill.due_date) else { return left };
    let due = days.number(due_date);
    let horizon = i64::from(wishes.horizon_days);
    let snoozed = policy.snoozed.get(&bill.id).copied();
    // A clock that was ahead has told it: it is told again at its moment.
    let believed = now.saturating_add(TOLD_EARLY).unwrap_or(Timestamp::MAX);
    let failures = failures(bill, policy, (now, believed), due, days);
    let mut take = |number: i64, days: &mut Days<'_>| {
        if number > horizon {
            left.beyond = Some(left.beyond.map_or(number, |first| first.min(number)));
            return;
        }
        let stage = Stage::Day(due - number);
        // Of what has surely passed only the order counts; what stands between two days wants to know it all.
        let alone = snoozed.is_none() && failures.is_empty();
        let at = if number < BEHIND && alone { Timestamp::MIN } else { on_day(days, number, due) };
        said.push(Said::new(at, stage));
    };
    for lead in policy.lead.iter().rev() {
        take(due - lead, days);
    }
    for day in &policy.overdue {
        take(due + day, days);
    }
    if wishes.overdue_every > 0 {
        let (every, last) = (i64::from(wishes.overdue_every), due + policy.overdue.last().copied().unwrap_or(0));
        // The last one that is surely over, and what follows.
        let mut number = last + every * ((BEHIND - 1 - last).div_euclid(every)).max(1);
        loop {
            take(number, days);
            if number > horizon {
                break;
            }
            number += every;
        }
    }
    let put_off = snoozed.map(|asked| {
        // Of a payment that came to nothing long ago nobody is told any more: it takes away nothing that was put off.
        let in_vain = failures.iter().filter(|failure| failure.was_told || !failure.is_of_old(now));
        let in_vain: Vec<Timestamp> = in_vain.map(|failure| failure.ended).collect();
        let (from, _) = asked;
        (from, snooze(due, asked, &in_vain, days, said, &mut left, horizon))
    });
    let is_put_off = |at: Timestamp| put_off.is_some_and(|(from, back)| from <= at && at < back);
    let mut speaking: Vec<&Failure> = Vec::new();
    for failure in &failures {
        let number = days.number_at(failure.at);
        if is_put_off(failure.at) {
            // The snooze says it.
        } else if number <= horizon {
            failure.speak(due, days, said);
            speaking.push(failure);
        } else if failure.is_last {
            left.beyond = Some(left.beyond.map_or(number, |first| first.min(number)));
        }
    }
    // One bill, one moment, one reminder: the latest stage speaks for the others.
    said.sort_by_key(|said| said.at);
    said.reverse();
    said.dedup_by_key(|said| said.at);
    said.reverse();
    // Who was told that a payment is being checked was told nothing of the bill, once it is open again.
    let checking = policy.told_checking.endings(&bill.id).filter(|_| bill.status == Status::Checking);
    let told: Vec<_> = policy.told.endings(&bill.id).into_iter().chain(checking).collect();
    let told = (!told.is_empty() || !failures.is_empty()).then(|| {
        let among = |ending: &String| told.iter().any(|told| told.contains(ending));
        let of = |second: i64| failures.iter().find(|failure| failure.second == second);
        let told = |said: &Said| match said.stage {
            Stage::Failed(second) => of(second).is_some_and(|failure| failure.is_known(bill, now)),
            Stage::Day(_) | Stage::Snooze(_) => said.at <= believed && among(&Ending(bill, said.stage).to_string()),
        };
        said.iter().map(told).collect::<Vec<bool>>()
    });
    let was_told = |index: usize| told.as_ref().is_some_and(|told| told.get(index).copied().unwrap_or(false));
    let of_another_date = |index: usize| {
        let Some(Stage::Failed(second)) = said.get(index).map(|said| said.stage) else { return false };
        failures.iter().any(|failure| failure.second == second && !failure.of_this_date)
    };
    let last_told = (0..said.len()).rev().find(|index| was_told(*index) && !of_another_date(*index));
    let next =
        said.iter().enumerate().find(|(index, said)| said.at > now && !was_told(*index)).map(|(_, said)| said.at);
    let past = said.iter().rposition(|said| said.at <= now).filter(|index| {
        let ahead = last_told.is_some_and(|told| told > *index);
        // Of a day told ahead of its time nobody can say that it was told after the payment had failed.
        let failed = said.get(*index).is_some_and(|said| matches!(said.stage, Stage::Failed(_)));
        !was_told(*index) && (failed || !ahead)
    });
    let missed = past.and_then(|index| said.get(index).copied()).and_then(|missed| {
        let (at, end) = (at_once(now, due, days), days.end(due));
        // While the bill is put off, or a payment has just failed, what comes when that is over speaks for it. Its end is by
        // another clock, and may lie ahead of this one, but not by days.
        let just_failed = speaking.iter().any(|failure| failure.ended <= believed && at < failure.at);
        let enough = is_put_off(at) || just_failed || next.is_some_and(|next| next <= at || is_soon(at, next, end));
        let moment = match missed.stage {
            // What has surely passed was not worked out.
            Stage::Day(before) if missed.at == Timestamp::MIN => on_day(days, due - before, due),
            Stage::Day(_) | Stage::Snooze(_) | Stage::Failed(_) => missed.at,
        };
        (!enough).then_some(Said { at, missed: Some(moment), ..missed })
    });
    // What is said first after the moment at which a failure was to be told has its words, if nothing was told since.
    let unsaid = failures
        .iter()
        .find(|failure| failure.is_last && !failure.is_known(bill, now))
        .filter(|failure| !said.iter().enumerate().any(|(index, said)| failure.at <= said.at && was_told(index)));
    let mut index = 0;
    said.retain(|said| {
        index += 1;
        said.at > now && !was_told(index - 1)
    });
    if let Some(Said { at, stage: Stage::Failed(second), .. }) = missed
        && let Ok(ended) = Timestamp::from_second(second)
    {
        // Told, it will have spoken for the day on which it is.
        speak_for_day((ended, at), due, days, said);
    }
    said.extend(missed);
    said.sort_by_key(|said| said.at);
    if let Some(first) = unsaid.and_then(|failure| said.iter_mut().find(|said| failure.at <= said.at)) {
        first.after_failure = true;
    }
    left
}

/// What follows the bill's id in a reminder's.
pub(crate) struct Ending<'a>(pub &'a Bill, pub Stage);

impl fmt::Display for Ending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bill, stage) = self;
        match bill.due_date {
            Some(date) => write!(f, ".{date}.{stage}"),
            None => write!(f, "..{stage}"),
        }
    }
}

/// On that day, for a bill that is due on day `due`.
fn on_day(days: &mut Days<'_>, number: i64, due: i64) -> Timestamp {
    let day = days.day(number);
    if number > due || day.settled == day.placed || due > number + 2 {
        return day.settled;
    }
    let end = days.end(due);
    if day.settled >= end { days.settle(day.placed, Some(end)) } else { day.settled }
}

/// The next whole minute that is not quiet, but not after the bill has become late.
pub(crate) fn at_once(now: Timestamp, due: i64, days: &mut Days<'_>) -> Timestamp {
    let minute = next_minute(now);
    if days.number_at(now) > due {
        return days.after_quiet(minute);
    }
    let end = days.end(due);
    let settled = days.after_quiet(minute);
    if minute < end && settled >= end { minute } else { settled }
}

/// Holds back what would be said between the two moments, and says it at the second one. What was put off while
/// it could still be paid in time comes back on its last day at the latest, unless it was put off beyond that when the
/// moment of that day was over. Who has paid since, and in vain, has not put it off any more: that payment's end is
/// the snooze's. Gives the moment of its end.
fn snooze(
    due: i64,
    (from, until): (Timestamp, Timestamp),
    in_vain: &[Timestamp],
    days: &mut Days<'_>,
    said: &mut Vec<Said>,
    left: &mut Left,
    horizon: i64,
) -> Timestamp {
    let stage = Stage::Snooze(until.as_second());
    let minute = Timestamp::from_second(until.as_second().div_euclid(60) * 60).unwrap_or(until);
    let mut at = days.after_quiet(minute);
    if days.number_at(from) <= due && days.number_at(at) > due {
        let last_day = on_day(days, due, due);
        let end = days.end(due);
        if last_day > from {
            at = last_day;
        } else if minute < end {
            // The quiet hours alone would take it past the due date.
            let before = days.settle(minute, Some(end));
            at = if before > from { before } else { minute };
        }
    }
    let failed = in_vain.iter().copied().find(|ended| from < *ended && *ended < at);
    let back = failed.unwrap_or(at);
    said.retain(|said| !(from <= said.at && said.at < back));
    let number = days.number_at(at);
    if failed.is_none() && number > horizon {
        // What would be said before it is held back.
        left.beyond = Some(number);
    } else if failed.is_none() {
        said.push(Said::new(at, stage));
    }
    back
}
