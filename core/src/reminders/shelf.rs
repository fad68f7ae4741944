//! The one stored value of this room.

use std::collections::BTreeSet;

use billpay_plan::{Channel, Held, Redaction, Reminder, Report, Wishes};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store::{StoreError, Tx};

/// In which words a reminder was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// That the bill is due, or late, or that a payment of it came to nothing.
    OfTheBill,
    /// That a payment of it is being checked: should that fail, the bill is still to be told.
    BeingChecked,
}

/// By which ways one binding is spoken of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnChannels {
    /// The bank's id of it.
    pub account: String,
    /// None: it is not spoken of.
    pub channels: BTreeSet<Channel>,
}

/// What the person chose, and what the operating system holds of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shelf {
    /// Snoozes, mutes and what was told among them.
    pub wishes: Wishes,
    /// What the operating system held when it was last asked.
    pub held: Vec<Held>,
    /// It shows notifications of the app.
    pub notifications: bool,
    /// It lets the app arm alarms.
    pub permission: bool,
    /// It may hold them back.
    pub battery_saver: bool,
    /// By which ways bindings are spoken of that are not spoken of as usual.
    pub bindings: Vec<OwnChannels>,
    /// Of the phone's clock, when it was last told.
    pub zone: Option<String>,
    /// The mark of what the bank has taken last.
    pub told_bank: Option<String>,
    /// The number of the choice that was told last, taken or not.
    pub revision: u64,
    /// What was chosen did not open once, and counts as the default since; until the person chooses anew.
    pub lost: bool,
}

impl Default for Shelf {
    fn default() -> Self {
        // Nothing was reported yet: then nothing is held, which is reason enough.
        let (wishes, held, bindings, zone, told_bank, lost) = Default::default();
        let (notifications, permission, battery_saver, revision) = (true, true, false, 0);
        Self { wishes, held, notifications, permission, battery_saver, bindings, zone, told_bank, revision, lost }
    }
}

impl Shelf {
    /// What is stored. One that does not open counts as the default, and says that it was lost: reminders go on, by
    /// what was not chosen. How much a lock screen may show is not known either: nothing then.
    ///
    /// # Errors
    /// Those of the file.
    pub fn load(tx: &Tx<'_>) -> Result<Self, StoreError> {
        match tx.setting("reminders") {
            Err(error @ (StoreError::Damaged { .. } | StoreError::DamagedFile)) => {
                tracing::error!(%error, "what was chosen about reminders does not open");
                let wishes = Wishes { redaction: Redaction::Everything, ..Wishes::default() };
                Ok(Self { wishes, lost: true, ..Self::default() })
            }
            found => Ok(found?.unwrap_or_default()),
        }
    }

    /// By which ways a binding is spoken of.
    #[must_use]
    pub fn channels(&self, account: &str) -> &BTreeSet<Channel> {
        let own = self.bindings.iter().find(|own| own.account == account);
        own.map_or(&self.wishes.channels, |own| &own.channels)
    }

    /// Chooses them; `None`: as usual.
    pub fn choose(&mut self, account: String, channels: Option<BTreeSet<Channel>>) {
        self.bindings.retain(|own| own.account != account);
        self.bindings.extend(channels.map(|channels| OwnChannels { account, channels }));
    }

    /// The bank may have lost what it was told: it is told again.
    ///
    /// # Errors
    /// Those of the store.
    pub fn bank_forgot(tx: &Tx<'_>) -> Result<(), StoreError> {
        let here = Self::load(tx)?;
        if here.told_bank.is_none() {
            return Ok(());
        }
        // Not none: it was told once, and a choice that was taken back has to reach it, too.
        Self { told_bank: Some(String::new()), ..here }.save(tx)
    }

    /// Stores it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn save(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.set_setting("reminders", self)
    }

    /// What the operating system said.
    #[must_use]
    pub fn report(&self) -> Report {
        Report {
            accepted: self.held.iter().map(|held| held.id.clone()).collect(),
            notifications: self.notifications,
            permission: self.permission,
            battery_saver: self.battery_saver,
        }
    }

    /// These were seen, in those words, and when, as far as that is known.
    pub fn was_told(&mut self, seen: impl IntoIterator<Item = (Option<Timestamp>, String)>, words: Words) {
        for (at, id) in seen {
            if let Some(at) = at.filter(|_| Reminder::is_of_failure(&id)) {
                // Told twice it is only where a clock was ahead the first time.
                let first = self.wishes.told_at.entry(id.clone()).or_insert(at);
                *first = at.min(*first);
            }
            match words {
                Words::OfTheBill => self.wishes.told.insert(id),
                Words::BeingChecked => self.wishes.told_checking.insert(id),
            };
        }
    }

    /// Lets go of what was told and put off of bills that are no longer here: `bills` are the ids of those that are.
    pub fn prune(&mut self, bills: &BTreeSet<String>) {
        let here = |id: &str| bills.contains(id.split('.').next().unwrap_or_default());
        self.wishes.told.retain(|id| here(id));
        self.wishes.told_checking.retain(|id| here(id));
        self.wishes.told_at.retain(|id, _| here(id));
        self.wishes.snoozed.retain(|snooze| here(&snooze.bill));
    }
}
