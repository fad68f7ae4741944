//! Payments of one bill that came to nothing: when that is said, and what it speaks for (rule 8).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    bill::{Bill, Status},
    days::{Days, next_minute},
    policy::{Policy, ToldFailure},
    stages::{Said, Stage, at_once},
};

/// Who has just read on the screen that a payment came to nothing tries again, or leaves it: until then nothing is said.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// What failed longer ago than that is told to nobody any more: the bill may have been paid at a counter and asked for anew.
const LONG_AGO: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Two reminders of a bill within it are one too many.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// A payment that came to nothing.
pub(crate) struct Failure {
    /// When it ended, in seconds since 1970.
    pub second: i64,
    /// The same.
    pub ended: Timestamp,
    /// When that is said, or was.
    pub at: Timestamp,
    /// It was said, by a clock that can be believed.
    pub was_told: bool,
    /// And what was said then was of this due date.
    pub of_this_date: bool,
    /// It was said, nobody knows when, at another moment than it would be now: a journey, or other quiet hours, have moved
    /// it since. But it was before now; so `at` is now, and of what is to come it speaks for nothing.
    pub was_moved: bool,
    /// It is how the last payment went, as far as anybody knows; the others are those that were told, whatever came after.
    pub is_last: bool,
}

/// Those of a bill that is due on day `due`, the first one first. What was told of one counts whatever the due date was then,
/// and although a payment may have settled since: it was said, and the day is not told anew.
pub(crate) fn failures(
    bill: &Bill,
    policy: &Policy,
    (now, believed): (Timestamp, Timestamp),
    due: i64,
    days: &mut Days<'_>,
) -> Vec<Failure> {
    let last = bill.failed_at.map(Timestamp::as_second);
    let checking = policy.told_checking.failures(&bill.id).filter(|_| bill.status == Status::Checking);
    // By their ends: whether that was told, and when, as far as it is known.
    let mut seconds: BTreeMap<i64, Option<ToldFailure>> = last.map(|second| (second, None)).into_iter().collect();
    for (second, told) in policy.told.failures(&bill.id).into_iter().chain(checking).flatten() {
        seconds.entry(*second).or_default().get_or_insert_default().and(told);
    }
    if seconds.is_empty() {
        // As of nearly every bill: nothing is worked out for it.
        return Vec::new();
    }
    let named = bill.due_date.map(|date| date.to_string()).unwrap_or_default();
    let known = |(second, told): (i64, Option<ToldFailure>)| {
        let ended = Timestamp::from_second(second).ok()?;
        let planned = moment(ended, due, days);
        let of_this_date = told.as_ref().is_none_or(|told| told.due.contains(&named));
        // Not before there was anything to say, whatever the mark of an alarm that was late leaves open; and not at a moment
        // that is still to come: a clock said so that was ahead.
        let at = |told: ToldFailure| told.at.map(|at| at.max(ended)).filter(|at| *at <= now).unwrap_or(planned);
        let shown = told.map(at).filter(|_| planned <= believed);
        let (was_told, was_moved) = (shown.is_some(), shown.is_some_and(|at| at > now));
        let at = if was_moved { now } else { shown.unwrap_or(planned) };
        let of_this_date = of_this_date || !was_told;
        Some(Failure { second, ended, at, was_told, of_this_date, was_moved, is_last: last == Some(second) })
    };
    seconds.into_iter().filter_map(known).filter(|failure| failure.is_last || failure.was_told).collect()
}

/// A while later, but not when the bill is late by then.
fn moment(ended: Timestamp, due: i64, days: &mut Days<'_>) -> Timestamp {
    let at = days.after_quiet(next_minute(ended.saturating_add(TRY_AGAIN).unwrap_or(ended)));
    let end = days.end(due);
    if next_minute(ended) < end && end <= at { at_once(ended, due, days) } else { at }
}

/// Whether what comes at `next` is enough for what would be said at `at`: within the hour, unless the bill, which is due
/// until `end`, has become late in between.
pub(crate) fn is_soon(at: Timestamp, next: Timestamp, end: Timestamp) -> bool {
    let hour = at.saturating_add(SOON).unwrap_or(Timestamp::MAX);
    next <= hour && !(at < end && end <= next)
}

/// What is said at `at` of a payment that ended at `ended` speaks for what the bank's day of that moment has to say from that
/// end on, and for a day that follows within the hour.
pub(crate) fn speak_for_day((ended, at): (Timestamp, Timestamp), due: i64, days: &mut Days<'_>, said: &mut Vec<Said>) {
    // A journey may move what that day says to either side of it: the day is told once.
    let (day, end) = (days.end(days.number_at(at)), days.end(due));
    let of_day = |said: &Said| matches!(said.stage, Stage::Day(_)) && (said.at < day || is_soon(at, said.at, end));
    said.retain(|said| !(ended <= said.at && of_day(said)));
}

impl Failure {
    /// It is said, and speaks for what would be said from the payment's end until then, and for what [`speak_for_day`]
    /// says; of another due date it has said nothing.
    pub(crate) fn speak(&self, due: i64, days: &mut Days<'_>, said: &mut Vec<Said>) {
        said.retain(|said| !(self.ended <= said.at && said.at < self.at));
        if self.of_this_date && !self.was_moved {
            speak_for_day((self.ended, self.at), due, days, said);
        }
        said.push(Said { at: self.at, stage: Stage::Failed(self.second), missed: None, after_failure: true });
    }

    /// Whether it is too long ago for anybody to be told.
    pub(crate) fn is_of_old(&self, now: Timestamp) -> bool {
        self.at <= now.saturating_sub(LONG_AGO).unwrap_or(Timestamp::MIN)
    }

    /// Whether nobody has to be told any more: it was told, or the person knows, paying again, or it is too long ago.
    pub(crate) fn is_known(&self, bill: &Bill, now: Timestamp) -> bool {
        self.was_told || bill.status == Status::Checking || self.is_of_old(now)
    }
}
