//! What the person chose. [`Wishes`] is what anyone can write down, [`Policy`] is one that makes sense.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use jiff::{SignedDuration, Timestamp, civil::Time};
use serde::{Deserialize, Serialize};

use crate::stages::Stage;

/// The farthest lead or overdue day, and the longest horizon and snooze, in days.
const FAR: u16 = 366;
/// Days in one list.
const MANY: usize = 64;
/// Billers that are muted, and bills that are put off.
const MOST: usize = 500;

/// What a person wishes, unchecked. Every member has a default; the JSON form is the one of
/// `docs/reminders.md`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wishes {
    /// So many days before the due date, by the bank's calendar; 0 is the due date itself.
    pub lead_days: Vec<u16>,
    /// So many days after it.
    pub overdue_days: Vec<u16>,
    /// Then again each so many days, until it is paid; 0 for never again.
    pub overdue_every: u16,
    /// By the phone's clock.
    pub at: TimeOfDay,
    /// When nothing is to be heard, by the phone's clock.
    pub quiet: Option<Quiet>,
    /// What a lock screen may show.
    pub redaction: Redaction,
    /// By which ways. None is a person who wants no reminders.
    pub channels: BTreeSet<Channel>,
    /// Of the texts.
    pub language: Language,
    /// Billers (their ids) of which nothing is to be heard.
    pub muted: BTreeSet<String>,
    /// Bills that were put off. Of two of one bill the later `until` counts.
    pub snoozed: Vec<Snooze>,
    /// Ids of reminders that were shown: none of them is planned again.
    pub told: BTreeSet<String>,
    /// Ids of reminders that were shown as *a payment is being checked*: none of them is planned again while one is.
    /// When it has failed, that the bill is due was not said yet.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub told_checking: BTreeSet<String>,
    /// When those of them were shown that say that a payment came to nothing, as far as that is known: what they speak
    /// for goes by that moment, and on a journey it is not the one at which they would be shown there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub told_at: BTreeMap<String, Timestamp>,
    /// How many days are planned ahead.
    pub horizon_days: u16,
}

impl Wishes {
    /// Forgets when it was that something was shown at a moment that is still to come: a clock said so that was ahead.
    pub fn seen_by(&mut self, now: Timestamp) {
        self.told_at.retain(|_, at| *at <= now);
    }
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            lead_days: vec![7, 3, 1, 0],
            overdue_days: vec![1, 3, 7, 14, 30],
            overdue_every: 30,
            at: TimeOfDay { hour: 9, minute: 0 },
            quiet: Some(Quiet { from: TimeOfDay { hour: 22, minute: 0 }, to: TimeOfDay { hour: 8, minute: 0 } }),
            redaction: Redaction::Masked,
            channels: BTreeSet::from([Channel::Phone]),
            language: Language::Zh,
            muted: BTreeSet::new(),
            snoozed: Vec::new(),
            told: BTreeSet::new(),
            told_checking: BTreeSet::new(),
            told_at: BTreeMap::new(),
            horizon_days: 60,
        }
    }
}

/// A time of day, `08:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// From one time of day to another, over midnight where the second is the earlier one; the first is quiet,
/// the second is not. Two times that are the same are no quiet hours at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The first quiet minute.
    pub from: TimeOfDay,
    /// The first minute that is not.
    pub to: TimeOfDay,
}

/// A bill that was put off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// Its id.
    pub bill: String,
    /// When the person asked for it.
    pub from: Timestamp,
    /// When to come back to it.
    pub until: Timestamp,
}

/// What a lock screen may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Redaction {
    /// 0: everything, the customer number in full.
    Nothing,
    /// 1, the default: the customer number masked.
    Masked,
    /// 2: that there is something, and nothing of what.
    Everything,
}

/// A way to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// A notification that the phone itself makes.
    Phone,
    /// One that the bank sends to the app.
    Push,
    /// A message of the bank.
    Sms,
}

impl Channel {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Phone, Self::Push, Self::Sms];

    /// As it stands in JSON, and on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Push => "push",
            Self::Sms => "sms",
        }
    }
}

/// The languages that every text exists in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// 简体中文.
    Zh,
    /// English.
    En,
}

/// Why wishes make no sense. None of them is taken then: what was chosen before stays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A day of that list beyond 366, a list of more than 64, or overdue day 0.
    #[error("{0}: at most 64 days, each at most 366, and overdue days from 1 on")]
    Days(&'static str),
    /// More than 366 days, or for the horizon none at all.
    #[error("{0}: at most 366 days")]
    TooFar(&'static str),
    /// More than 500 of them.
    #[error("{0}: at most 500")]
    TooMany(&'static str),
    /// A snooze that ends before it begins, or after 366 days.
    #[error("snoozed: that of {bill:?} does not end after it begins and within 366 days")]
    Snooze {
        /// Of which bill.
        bill: String,
    },
}

/// Wishes that make sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    wishes: Wishes,
    /// Sorted, without doubles.
    pub(crate) lead: Vec<i64>,
    pub(crate) overdue: Vec<i64>,
    pub(crate) quiet: Option<(Time, Time)>,
    pub(crate) snoozed: BTreeMap<String, (Timestamp, Timestamp)>,
    /// What was told.
    pub(crate) told: Told,
    /// What was told as *being checked*.
    pub(crate) told_checking: Told,
}

/// Ids that were told, by bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What follows the bill's id.
    endings: BTreeMap<String, BTreeSet<String>>,
    /// Of payments that came to nothing, by when they ended, in seconds since 1970: what became of a payment does not
    /// change with the due date that stands in the id.
    failures: BTreeMap<String, BTreeMap<i64, ToldFailure>>,
}

/// That a payment came to nothing was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToldFailure {
    /// When, where that is known.
    pub at: Option<Timestamp>,
    /// The due dates that were named with it.
    pub due: BTreeSet<String>,
}

impl ToldFailure {
    pub(crate) fn and(&mut self, other: &Self) {
        self.at = self.at.iter().chain(&other.at).min().copied();
        self.due.extend(other.due.iter().cloned());
    }
}

impl Told {
    fn of(ids: &BTreeSet<String>, shown: &BTreeMap<String, Timestamp>) -> Self {
        let mut told = Self::default();
        for id in ids {
            // `bill.date.stage`; the bill's id may hold anything.
            if let Some((at, _)) = id.rmatch_indices('.').nth(1)
                && let Some((bill, rest)) = id.split_at_checked(at)
            {
                told.endings.entry(bill.to_owned()).or_default().insert(rest.to_owned());
                if let Some((due, stage)) = rest.trim_start_matches('.').split_once('.')
                    && let Some(second) = Stage::failed(stage)
                {
                    let once = ToldFailure { at: shown.get(id).copied(), due: [due.to_owned()].into() };
                    told.failures.entry(bill.to_owned()).or_default().entry(second).or_default().and(&once);
                }
            }
        }
        told
    }

    /// What follows the id of that bill in what was told of it.
    pub(crate) fn endings(&self, bill: &str) -> Option<&BTreeSet<String>> {
        self.endings.get(bill)
    }

    /// By their ends, those payments of the bill of which was told that they came to nothing.
    pub(crate) fn failures(&self, bill: &str) -> Option<&BTreeMap<i64, ToldFailure>> {
        self.failures.get(bill)
    }
}

impl Policy {
    /// What was wished.
    #[must_use]
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// Of the texts.
    #[must_use]
    pub fn language(&self) -> Language {
        self.wishes.language
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::of(Wishes::default())
    }
}

impl Policy {
    fn of(wishes: Wishes) -> Self {
        let sorted = |days: &[u16]| {
            let days: BTreeSet<i64> = days.iter().map(|day| i64::from(*day)).collect();
            days.into_iter().collect::<Vec<i64>>()
        };
        let (lead, overdue) = (sorted(&wishes.lead_days), sorted(&wishes.overdue_days));
        let quiet = wishes.quiet.filter(|quiet| quiet.from != quiet.to);
        let quiet = quiet.map(|quiet| (quiet.from.time(), quiet.to.time()));
        let mut snoozed: BTreeMap<String, (Timestamp, Timestamp)> = BTreeMap::new();
        for Snooze { bill, from, until } in &wishes.snoozed {
            let later = snoozed.get(bill).is_none_or(|(_, other)| other < until);
            if later {
                snoozed.insert(bill.clone(), (*from, *until));
            }
        }
        let told = |ids| Told::of(ids, &wishes.told_at);
        let (told, told_checking) = (told(&wishes.told), told(&wishes.told_checking));
        Self { wishes, lead, overdue, quiet, snoozed, told, told_checking }
    }
}

impl TryFrom<Wishes> for Policy {
    type Error = PolicyError;

    fn try_from(wishes: Wishes) -> Result<Self, PolicyError> {
        for (name, days, first) in [("lead_days", &wishes.lead_days, 0), ("overdue_days", &wishes.overdue_days, 1)] {
            if days.len() > MANY || days.iter().any(|day| !(first..=FAR).contains(day)) {
                return Err(PolicyError::Days(name));
            }
        }
        if wishes.overdue_every > FAR {
            return Err(PolicyError::TooFar("overdue_every"));
        }
        if !(1..=FAR).contains(&wishes.horizon_days) {
            return Err(PolicyError::TooFar("horizon_days"));
        }
        for (name, count) in [("muted", wishes.muted.len()), ("snoozed", wishes.snoozed.len())] {
            if count > MOST {
                return Err(PolicyError::TooMany(name));
            }
        }
        for Snooze { bill, from, until } in &wishes.snoozed {
            let longest = SignedDuration::from_hours(24 * i64::from(FAR));
            if until <= from || until.duration_since(*from) > longest {
                return Err(PolicyError::Snooze { bill: bill.clone() });
            }
        }
        Ok(Self::of(wishes))
    }
}

impl TimeOfDay {
    pub(crate) fn time(self) -> Time {
        // In range by construction: parsed, or one of the defaults.
        Time::new(self.hour.min(23).cast_signed(), self.minute.min(59).cast_signed(), 0, 0).unwrap_or(Time::midnight())
    }
}

/// Not a time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time of day such as 08:30")]
pub struct NotATime(String);

impl TryFrom<String> for TimeOfDay {
    type Error = NotATime;

    fn try_from(text: String) -> Result<Self, NotATime> {
        let two = |part: &str, below: u8| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<u8>().ok().filter(|number| digits && *number < below)
        };
        let read = text.split_once(':').and_then(|(hour, minute)| Some((two(hour, 24)?, two(minute, 60)?)));
        read.map(|(hour, minute)| Self { hour, minute }).ok_or(NotATime(text))
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// Not a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the levels are 0 (nothing hidden), 1 (customer number masked) and 2 (everything hidden), not {0}")]
pub struct NotALevel(u8);

impl TryFrom<u8> for Redaction {
    type Error = NotALevel;

    fn try_from(level: u8) -> Result<Self, NotALevel> {
        match level {
            0 => Ok(Self::Nothing),
            1 => Ok(Self::Masked),
            2 => Ok(Self::Everything),
            other => Err(NotALevel(other)),
        }
    }
}

impl From<Redaction> for u8 {
    fn from(level: Redaction) -> Self {
        match level {
            Redaction::Nothing => 0,
            Redaction::Masked => 1,
            Redaction::Everything => 2,
        }
    }
}
