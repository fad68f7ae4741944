//! From days of the bank's calendar to moments by the phone's clock.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

use crate::policy::Policy;

const MINUTE: SignedDuration = SignedDuration::from_secs(60);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// More than any zone has within the quiet hours of a day.
const JUMPS: usize = 8;

/// The moments of one day of the bank's calendar.
#[derive(Clone, Copy)]
pub(crate) struct Day {
    /// When the bank's day begins.
    pub start: Timestamp,
    /// The chosen time of day by the phone's clock, within that day.
    pub placed: Timestamp,
    /// The same, or the end of the quiet hours that it falls into.
    pub settled: Timestamp,
}

/// The days around now, each worked out once.
pub(crate) struct Days<'a> {
    bank: &'a TimeZone,
    phone: &'a TimeZone,
    at: Time,
    quiet: Option<(Time, Time)>,
    pub today: Date,
    known: Vec<Option<Day>>,
}

/// What is before this day, from today, has passed, whatever the zones and the quiet hours.
pub(crate) const BEHIND: i64 = -3;

/// Days that are kept: the longest horizon, and a little.
const KEPT: usize = 400;

impl<'a> Days<'a> {
    pub(crate) fn new(policy: &Policy, now: Timestamp, bank: &'a TimeZone, phone: &'a TimeZone) -> Self {
        let (at, quiet) = (policy.wishes().at.time(), policy.quiet);
        Self { bank, phone, at, quiet, today: bank.to_datetime(now).date(), known: Vec::new() }
    }

    /// A date as days from today.
    pub(crate) fn number(&self, date: Date) -> i64 {
        date.duration_since(self.today).as_hours() / 24
    }

    /// The bank's day at that moment, as days from today.
    pub(crate) fn number_at(&self, at: Timestamp) -> i64 {
        self.number(self.bank.to_datetime(at).date())
    }

    /// The day so many days from today.
    pub(crate) fn day(&mut self, number: i64) -> Day {
        // What is far away is seldom asked for, and never twice.
        let index = usize::try_from(number - BEHIND).ok().filter(|index| *index < KEPT);
        let Some(index) = index else { return self.work_out(number) };
        if self.known.len() <= index {
            self.known.resize(index + 1, None);
        }
        if let Some(Some(day)) = self.known.get(index) {
            return *day;
        }
        let day = self.work_out(number);
        if let Some(known) = self.known.get_mut(index) {
            *known = Some(day);
        }
        day
    }

    /// The moment at which a bill that is due on that day is late: the first one of the next day.
    pub(crate) fn end(&mut self, number: i64) -> Timestamp {
        self.day(number + 1).start
    }

    fn work_out(&self, number: i64) -> Day {
        let date = after(self.today, number);
        let start = moment(self.bank, date.to_datetime(Time::midnight()));
        let end = moment(self.bank, after(date, 1).to_datetime(Time::midnight()));
        // The phone may be a day ahead or behind. Where no such time of day falls into the bank's day (one of
        // 23 hours, or a gap of the phone's), its first moment is the nearest.
        let tries = (-2..=2).map(|shift| moment(self.phone, after(date, shift).to_datetime(self.at)));
        let placed = { tries }.find(|at| (start..end).contains(at)).unwrap_or(start);
        Day { start, placed, settled: self.after_quiet(placed) }
    }

    /// Out of the quiet hours, but never to `end` or beyond: then to the last minute before them.
    pub(crate) fn settle(&self, at: Timestamp, end: Option<Timestamp>) -> Timestamp {
        let settled = self.after_quiet(at);
        match end {
            Some(end) if settled >= end => self.before_quiet(at),
            Some(_) | None => settled,
        }
    }

    /// The first moment from `at` on at which the phone's clock shows no quiet hour.
    pub(crate) fn after_quiet(&self, at: Timestamp) -> Timestamp {
        let Some((from, to)) = self.quiet else { return at };
        let mut at = at;
        // Between two jumps a clock runs straight on; it may jump out of the quiet hours, and into them.
        for _ in 0..JUMPS {
            let shown = self.phone.to_datetime(at).time();
            if !is_quiet(shown, from, to) {
                break;
            }
            let end = later(at, until(shown, to));
            match self.phone.following(at).next().map(|jump| jump.timestamp()) {
                Some(jump) if jump <= end => at = jump,
                Some(_) | None => return end,
            }
        }
        at
    }

    /// The last whole minute before the quiet hours in which `at` falls.
    fn before_quiet(&self, at: Timestamp) -> Timestamp {
        let Some((from, to)) = self.quiet else { return at };
        let mut at = at;
        for _ in 0..JUMPS {
            let shown = self.phone.to_datetime(at).time();
            if !is_quiet(shown, from, to) {
                break;
            }
            let begin = later(at, -until(from, shown) - MINUTE);
            match self.phone.preceding(later(at, SECOND)).next().map(|jump| jump.timestamp()) {
                Some(jump) if jump > begin => at = later(jump, -MINUTE),
                Some(_) | None => return begin,
            }
        }
        at
    }
}

/// From one time of day to the next time it is the other.
fn until(one: Time, other: Time) -> SignedDuration {
    let between = other.duration_since(one);
    if between.is_negative() { between + SignedDuration::from_hours(24) } else { between }
}

/// The first whole minute after it.
pub(crate) fn next_minute(now: Timestamp) -> Timestamp {
    let seconds = now.as_second().div_euclid(60).saturating_add(1).saturating_mul(60);
    Timestamp::from_second(seconds).unwrap_or(now)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

fn is_quiet(time: Time, from: Time, to: Time) -> bool {
    if from < to { (from..to).contains(&time) } else { time >= from || time < to }
}

/// So many days later; the ends of the calendar are where it stops.
pub(crate) fn after(date: Date, days: i64) -> Date {
    let shift = SignedDuration::from_hours(days.saturating_mul(24));
    date.checked_add(shift).unwrap_or(if days < 0 { Date::MIN } else { Date::MAX })
}

/// The moment at which a clock shows that: the first of two, and what would have been shown in a gap comes as
/// much later as the clock jumps.
fn moment(zone: &TimeZone, reading: DateTime) -> Timestamp {
    zone.to_ambiguous_timestamp(reading).compatible().unwrap_or(Timestamp::MAX)
}
