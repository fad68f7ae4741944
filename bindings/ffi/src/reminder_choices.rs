//! What a person chose about reminders: days, hours, ways, what is muted and put off.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::SystemTime,
};

use billpay_core::{Channels as CoreChannels, error, reminders as core};
use jiff::Timestamp;

use crate::{client::Client, fault::FaultError, reminders::ReminderError, why::Language};

/// A way to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Channel {
    /// A notification that the phone itself makes.
    Phone,
    /// One that the bank sends to the app.
    Push,
    /// A message of the bank.
    Sms,
}

/// By which ways a person is reminded.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReminderChannels {
    /// Of every account that is not named below.
    pub usual: Vec<Channel>,
    /// Of these accounts.
    pub accounts: Vec<AccountChannels>,
    /// Whether the bank has taken what is chosen now, as far as it is the bank's affair.
    pub bank_knows: bool,
}

/// By which ways a person is reminded of one account's bills.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct AccountChannels {
    /// The account.
    pub account: String,
    /// None: its bills are not spoken of.
    pub channels: Vec<Channel>,
}

/// What the person chose.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReminderPolicy {
    /// So many days before the due date, by the bank's calendar; 0 is the due date itself.
    pub lead_days: Vec<u16>,
    /// So many days after it.
    pub overdue_days: Vec<u16>,
    /// Then again each so many days, until it is paid; 0 for never again.
    pub overdue_every: u16,
    /// When, by the phone's clock.
    pub at: TimeOfDay,
    /// When nothing is to be heard, by the phone's clock.
    pub quiet: Option<QuietHours>,
    /// What a lock screen may show.
    pub redaction: Redaction,
    /// By which ways, as usual.
    pub channels: Vec<Channel>,
    /// Of the texts.
    pub language: Language,
    /// Billers of which nothing is to be heard.
    pub muted: Vec<String>,
    /// Bills that were put off.
    pub snoozed: Vec<SnoozedBill>,
    /// How many days are planned ahead.
    pub horizon_days: u16,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

/// From one time of day to another, over midnight where the second is the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: TimeOfDay,
    /// The first minute that is not.
    pub to: TimeOfDay,
}

/// A bill that was put off.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct SnoozedBill {
    /// Its id in reminders.
    pub bill: String,
    /// When the person asked for it.
    pub from: SystemTime,
    /// When to come back to it.
    pub until: SystemTime,
}

/// What a lock screen may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Redaction {
    /// Everything, the customer number in full.
    Nothing,
    /// The customer number masked.
    Masked,
    /// That there is something, and nothing of what.
    Everything,
}

#[uniffi::export]
impl Client {
    /// What the person chose.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn reminder_policy(&self) -> Result<ReminderPolicy, FaultError> {
        self.ask(|core| async move { core.reminder_policy().await }).await.map(Into::into)
    }

    /// Sets what the person changed of the policy that was `read`: what was put off, muted or chosen by another call
    /// meanwhile stays.
    ///
    /// # Errors
    /// [`ReminderError::Nonsense`] where it makes no sense: what was chosen before stays.
    pub async fn set_reminder_policy(&self, read: ReminderPolicy, policy: ReminderPolicy) -> Result<(), ReminderError> {
        let set =
            |core: billpay_core::Client| async move { core.change_reminder_policy(read.read()?, policy.read()?).await };
        self.ask(set).await
    }

    /// Puts a bill off until then: `reminder` is the id of one of its reminders, or the bill's own in reminders.
    ///
    /// # Errors
    /// [`ReminderError`]: `UnknownBill`, or `Nonsense` for a moment that has passed or is too far away.
    pub async fn snooze(&self, reminder: String, until: SystemTime) -> Result<(), ReminderError> {
        let snooze = |core: billpay_core::Client| async move { core.snooze(&reminder, moment(until)).await };
        self.ask(snooze).await
    }

    /// Speaks no more of a biller's bills, or again.
    ///
    /// # Errors
    /// [`ReminderError`] for more than 500 of them.
    pub async fn mute(&self, biller: String, muted: bool) -> Result<(), ReminderError> {
        self.ask(move |core| async move { core.mute(&biller, muted).await }).await
    }

    /// The id of a bill in reminders; none where this profile has no such bill.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn reminder_of(&self, biller: String, bill_number: String) -> Result<Option<String>, FaultError> {
        self.ask(|core| async move { core.reminder_of(&biller, &bill_number).await }).await
    }

    /// By which ways the person is reminded.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn reminder_channels(&self) -> Result<ReminderChannels, FaultError> {
        self.ask(|core| async move { core.reminder_channels().await }).await.map(Into::into)
    }

    /// Chooses the ways for one account (none: as usual again), or without one what is usual. The bank is told by
    /// `tell_reminders`, or by the next refresh.
    ///
    /// # Errors
    /// [`ReminderError`]: `UnknownAccount`.
    pub async fn choose_channels(
        &self,
        account: Option<String>,
        channels: Option<Vec<Channel>>,
    ) -> Result<(), ReminderError> {
        let channels = channels.map(|channels| channels.into_iter().map(Into::into).collect());
        self.ask(|core| async move { core.choose_channels(account.as_deref(), channels).await }).await
    }

    /// Tells the bank what was chosen, if that is its affair and it does not know. Every refresh does the same.
    ///
    /// # Errors
    /// [`ReminderError`]: the choice stays, and is told with the next refresh.
    pub async fn tell_reminders(&self) -> Result<(), ReminderError> {
        self.ask(|core| async move { core.tell_reminders().await }).await
    }
}

/// What is beyond what the core can write is as far away as it can be.
fn moment(at: SystemTime) -> Timestamp {
    Timestamp::try_from(at).unwrap_or(if at < SystemTime::UNIX_EPOCH { Timestamp::MIN } else { Timestamp::MAX })
}

impl From<core::Channel> for Channel {
    fn from(channel: core::Channel) -> Self {
        match channel {
            core::Channel::Phone => Self::Phone,
            core::Channel::Push => Self::Push,
            core::Channel::Sms => Self::Sms,
        }
    }
}

impl From<Channel> for core::Channel {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Phone => Self::Phone,
            Channel::Push => Self::Push,
            Channel::Sms => Self::Sms,
        }
    }
}

impl From<CoreChannels> for ReminderChannels {
    fn from(channels: CoreChannels) -> Self {
        let CoreChannels { usual, bindings, bank_knows } = channels;
        let ways = |channels: BTreeSet<core::Channel>| channels.into_iter().map(Into::into).collect();
        let accounts = bindings.into_iter().map(|(account, own)| AccountChannels { account, channels: ways(own) });
        Self { accounts: accounts.collect(), usual: ways(usual), bank_knows }
    }
}

impl From<core::Wishes> for ReminderPolicy {
    fn from(wishes: core::Wishes) -> Self {
        let core::Wishes {
            lead_days,
            overdue_days,
            overdue_every,
            at,
            quiet,
            redaction,
            channels,
            language,
            muted,
            snoozed,
            told: _,
            told_checking: _,
            told_at: _,
            horizon_days,
        } = wishes;
        Self {
            lead_days,
            overdue_days,
            overdue_every,
            at: at.into(),
            quiet: quiet.map(|quiet| QuietHours { from: quiet.from.into(), to: quiet.to.into() }),
            redaction: match redaction {
                core::Redaction::Nothing => Redaction::Nothing,
                core::Redaction::Masked => Redaction::Masked,
                core::Redaction::Everything => Redaction::Everything,
            },
            channels: channels.into_iter().map(Into::into).collect(),
            language: match language {
                core::Language::Zh => Language::Zh,
                core::Language::En => Language::En,
            },
            muted: muted.into_iter().collect(),
            snoozed: snoozed
                .into_iter()
                .map(|it| SnoozedBill { bill: it.bill, from: it.from.into(), until: it.until.into() })
                .collect(),
            horizon_days,
        }
    }
}

impl ReminderPolicy {
    /// What was told stays told, whatever is set.
    fn read(self) -> Result<core::Wishes, error::ReminderError> {
        let Self {
            lead_days,
            overdue_days,
            overdue_every,
            at,
            quiet,
            redaction,
            channels,
            language,
            muted,
            snoozed,
            horizon_days,
        } = self;
        let quiet = quiet.map(|QuietHours { from, to }| {
            Ok::<_, error::ReminderError>(core::Quiet { from: from.read()?, to: to.read()? })
        });
        Ok(core::Wishes {
            lead_days,
            overdue_days,
            overdue_every,
            at: at.read()?,
            quiet: quiet.transpose()?,
            redaction: match redaction {
                Redaction::Nothing => core::Redaction::Nothing,
                Redaction::Masked => core::Redaction::Masked,
                Redaction::Everything => core::Redaction::Everything,
            },
            channels: channels.into_iter().map(Into::into).collect(),
            language: match language {
                Language::Zh => core::Language::Zh,
                Language::En => core::Language::En,
            },
            muted: muted.into_iter().collect(),
            snoozed: snoozed
                .into_iter()
                .map(|it| core::Snooze { bill: it.bill, from: moment(it.from), until: moment(it.until) })
                .collect(),
            told: BTreeSet::new(),
            told_checking: BTreeSet::new(),
            told_at: BTreeMap::new(),
            horizon_days,
        })
    }
}

impl From<core::TimeOfDay> for TimeOfDay {
    fn from(at: core::TimeOfDay) -> Self {
        Self { hour: at.hour, minute: at.minute }
    }
}

impl TimeOfDay {
    fn read(self) -> Result<core::TimeOfDay, error::ReminderError> {
        let Self { hour, minute } = self;
        let fits = hour < 24 && minute < 60;
        fits.then_some(core::TimeOfDay { hour, minute })
            .ok_or(error::ReminderError::Policy(core::PolicyError::TooFar("at")))
    }
}
