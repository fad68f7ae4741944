//! Reminders: what to arm with the operating system, and whether one is still true when it goes off. What is said when,
//! and in which words, is in docs/reminders.md.

use std::{fmt, time::SystemTime};

use billpay_core::{
    Armed as CoreArmed, Client as CoreClient, Reminders as CoreReminders, error,
    reminders::{self as core, Caps, Held},
    store::{OpenError as ProfileError, StoreError},
};

use crate::{
    client::Client,
    configuration::Configuration,
    fault::{Fault, FaultError, Told},
    runtime,
    why::Why,
};

/// What the phone is to say, and what to change in the operating system for it.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ReminderPlan {
    /// The soonest first.
    pub reminders: Vec<Reminder>,
    /// Ids of those to be armed; one whose id is held already takes that one's place.
    pub add: Vec<String>,
    /// Ids to be cancelled.
    pub cancel: Vec<String>,
    /// Ids that stay as they are.
    pub keep: Vec<String>,
    /// What the person once chose could not be read: this plan is by the default, until it is chosen anew.
    pub lost: bool,
}

/// What to say, and when. Its texts are for the person's eyes: shown in full where that was chosen, so print none of
/// it.
#[derive(Clone, PartialEq, Eq, uniffi::Record)]
pub struct Reminder {
    /// The same in every plan that holds it.
    pub id: String,
    /// Of which bill; none for the one that asks to open the app.
    pub bill: Option<String>,
    /// When.
    pub at: SystemTime,
    /// Of what kind, at that moment.
    pub kind: ReminderKind,
    /// How many days by the bank's calendar are left, or have gone since the due date, at that moment.
    pub days: u32,
    /// Whether paying may be offered: never while a payment of this bill is being checked.
    pub pay: bool,
    /// Its moment has passed unseen.
    pub late: bool,
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// Changes with everything above but the id: to be kept beside what is armed.
    pub mark: String,
}

impl fmt::Debug for Reminder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Reminder").field("id", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}

/// Of what kind a reminder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ReminderKind {
    /// A bill that can still be paid in time.
    Due,
    /// One that is late.
    Overdue,
    /// A payment of it is being checked.
    Checking,
    /// Not of a bill: more follows, and the app has to be opened for it.
    Tail,
}

/// What the operating system holds, and what it says of itself.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ArmedReminders {
    /// What it holds now, each with the mark that was kept beside it. What it did not accept is not among them.
    pub held: Vec<HeldReminder>,
    /// Ids that were seen since the last report.
    pub told: Vec<String>,
    /// Ids that were seen since the last report and said that a payment is being checked.
    pub told_checking: Vec<String>,
    /// Whether it shows notifications of the app at all.
    pub notifications: bool,
    /// Whether it lets the app arm alarms at a moment of its choice.
    pub permission: bool,
    /// Whether it may hold them back to save the battery.
    pub battery_saver: bool,
}

/// A reminder that is armed.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HeldReminder {
    /// Its id.
    pub id: String,
    /// Its mark.
    pub mark: String,
}

/// One that will not be seen when it should be.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct UnarmedReminder {
    /// Its id.
    pub id: String,
    /// Of which bill.
    pub bill: Option<String>,
    /// When it should be seen.
    pub at: SystemTime,
    /// Why it will not.
    pub reason: WhyUnarmed,
}

/// Why a reminder will not be seen when it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WhyUnarmed {
    /// The person has turned off the notifications of the app.
    NotificationsOff,
    /// The app may not arm alarms.
    NoPermission,
    /// There is no room for it.
    NoRoom,
    /// The operating system saves the battery, and did not take it.
    BatterySaver,
    /// It is not armed, and nothing says why.
    NotArmed,
}

/// Whether a reminder that goes off is still true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum StillDue {
    /// It is: show it.
    Yes,
    /// A payment of it is being checked: show that, and offer no payment.
    Checking,
    /// It is paid or withdrawn: show nothing.
    No,
    /// This profile knows no such bill: show nothing.
    Unknown,
}

/// Why reminders are not told, or stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ReminderError {
    /// The phone's zone is not known here. Whoever has to go on takes the bank's, `Asia/Shanghai`.
    #[error("{}", why.code)]
    UnknownZone {
        /// Who can act, and in which words.
        why: Why,
    },
    /// What was wished makes no sense; what was chosen before stays.
    #[error("{}", why.code)]
    Nonsense {
        /// Who can act, and in which words.
        why: Why,
    },
    /// No such bill.
    #[error("{}", why.code)]
    UnknownBill {
        /// Who can act, and in which words.
        why: Why,
    },
    /// No such account.
    #[error("{}", why.code)]
    UnknownAccount {
        /// Who can act, and in which words.
        why: Why,
    },
    /// Anything else.
    #[error("{}", why.code)]
    Other {
        /// What was met.
        fault: Fault,
        /// Who can act, and in which words.
        why: Why,
    },
}

/// Whether a reminder that goes off is still true, without a client: the profile may be open here, in another process, or
/// nowhere. For an alarm or an extension for which the system has started a process. Works while the key store is locked.
///
/// # Errors
/// [`FaultError`]: then show it, since what is not known is not done.
#[uniffi::export]
pub async fn still_due_in(configuration: Configuration, reminder: String) -> Result<StillDue, FaultError> {
    let voice = configuration.voice();
    let asked = runtime::run(async move {
        let executor = runtime::executor().map_err(|_| FaultError::lost())?;
        // No folder was named.
        let location = configuration.location().map_err(|_| StoreError::Reopen(ProfileError::Missing))?;
        CoreClient::still_due_in(&location, &*executor, &reminder).await
    });
    let asked = asked.await.unwrap_or_else(|_| Err(FaultError::lost()));
    asked.map(Into::into).map_err(|error| FaultError::in_voice(error, &voice))
}

#[uniffi::export]
impl Client {
    /// What this phone is to say of the bills, made anew: by its zone (an IANA name), with room for so many. Call
    /// `report_armed` before it, arm what it says, and report again.
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn reminders(&self, zone: String, room: u32) -> Result<ReminderPlan, ReminderError> {
        self.ask(move |core| async move { core.reminders(&zone, caps(room)).await }).await.map(Into::into)
    }

    /// Takes what the operating system holds, and what was seen.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn report_armed(&self, armed: ArmedReminders) -> Result<(), FaultError> {
        self.ask(|core| async move { core.report_armed(armed.into()).await }).await
    }

    /// Names each reminder that will not be seen when it should be, and why.
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn reminder_health(&self, zone: String, room: u32) -> Result<Vec<UnarmedReminder>, ReminderError> {
        let unarmed = self.ask(move |core| async move { core.reminder_health(&zone, caps(room)).await }).await?;
        Ok(unarmed.into_iter().map(Into::into).collect())
    }

    /// Whether a reminder that goes off is still true. Works while the key store is locked.
    ///
    /// # Errors
    /// [`FaultError`]: then show it, since what is not known is not done.
    pub async fn still_due(&self, reminder: String) -> Result<StillDue, FaultError> {
        self.ask(|core| async move { core.still_due(&reminder).await }).await.map(Into::into)
    }

    /// This phone's name for a reminder that came as a push of the bank: `still_due` has an answer for it, and a
    /// notification under it takes the place of the phone's own.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn pushed_reminder(&self, pushed: String) -> Result<Option<String>, FaultError> {
        self.ask(|core| async move { core.pushed_reminder(&pushed).await }).await
    }
}

fn caps(room: u32) -> Caps {
    Caps { most: usize::try_from(room).unwrap_or(usize::MAX) }
}

impl From<CoreReminders> for ReminderPlan {
    fn from(plan: CoreReminders) -> Self {
        let CoreReminders { reminders, changes, lost } = plan;
        let core::Changes { add, cancel, keep } = changes;
        Self {
            reminders: reminders.into_iter().map(Into::into).collect(),
            add: add.into_iter().map(|reminder| reminder.id).collect(),
            cancel,
            keep,
            lost,
        }
    }
}

impl From<core::Reminder> for Reminder {
    fn from(reminder: core::Reminder) -> Self {
        // The bank's ways are the bank's affair.
        let core::Reminder {
            id,
            bill,
            at,
            kind,
            days,
            pay,
            late,
            missed_at: _,
            channels: _,
            title,
            body,
            sms: _,
            mark,
        } = reminder;
        let kind = match kind {
            core::Kind::Due => ReminderKind::Due,
            core::Kind::Overdue => ReminderKind::Overdue,
            core::Kind::Checking => ReminderKind::Checking,
            core::Kind::Tail => ReminderKind::Tail,
        };
        Self { id, bill, at: at.into(), kind, days, pay, late, title, body, mark }
    }
}

impl From<ArmedReminders> for CoreArmed {
    fn from(armed: ArmedReminders) -> Self {
        let ArmedReminders { held, told, told_checking, notifications, permission, battery_saver } = armed;
        let held = held.into_iter().map(|HeldReminder { id, mark }| Held { id, mark }).collect();
        Self { held, told, told_checking, notifications, permission, battery_saver }
    }
}

impl From<core::Unarmed> for UnarmedReminder {
    fn from(unarmed: core::Unarmed) -> Self {
        let core::Unarmed { id, bill, at, why } = unarmed;
        let reason = match why {
            core::Why::NotificationsOff => WhyUnarmed::NotificationsOff,
            core::Why::NoPermission => WhyUnarmed::NoPermission,
            core::Why::Cap => WhyUnarmed::NoRoom,
            core::Why::BatterySaver => WhyUnarmed::BatterySaver,
            core::Why::NotArmed => WhyUnarmed::NotArmed,
        };
        Self { id, bill, at: at.into(), reason }
    }
}

impl From<core::StillDue> for StillDue {
    fn from(due: core::StillDue) -> Self {
        match due {
            core::StillDue::Yes => Self::Yes,
            core::StillDue::Checking => Self::Checking,
            core::StillDue::No => Self::No,
            core::StillDue::Unknown => Self::Unknown,
        }
    }
}

impl Told for ReminderError {
    type Core = error::ReminderError;

    fn told(error: Self::Core, why: Why) -> Self {
        use error::ReminderError as Core;
        match error {
            Core::Zone(_) => Self::UnknownZone { why },
            Core::Policy(_) => Self::Nonsense { why },
            Core::UnknownBill => Self::UnknownBill { why },
            Core::UnknownBinding => Self::UnknownAccount { why },
            Core::Fault(fault) => Self::Other { fault: fault.into(), why },
        }
    }

    fn lost() -> Self::Core {
        error::Fault::Defect.into()
    }
}
