//! A phone's alarms, as far as a story needs them: an operating system that takes everything, and outlives the app.

use std::collections::BTreeMap;

use billpay_core::{
    Armed, Client, Reminders,
    error::ReminderError,
    reminders::{Caps, Held, Unarmed},
};

use crate::Fault;

const ZONE: &str = "Asia/Shanghai";

/// What is armed, by id, each with its mark.
#[derive(Debug, Default)]
pub struct Alarms {
    held: BTreeMap<String, String>,
    planned: Vec<String>,
}

impl Alarms {
    /// What a shell does: reports, asks, arms the difference, reports again. With `after`, the app dies after so many
    /// changes, of which the cancelled ones are the first.
    ///
    /// # Errors
    /// [`ReminderError`].
    pub async fn plan(
        &mut self,
        client: &Client,
        after: Option<usize>,
    ) -> Result<(Reminders, Vec<Unarmed>), ReminderError> {
        client.report_armed(self.armed()).await?;
        let planned = client.reminders(ZONE, Caps::IOS).await?;
        self.planned = planned.reminders.iter().map(|reminder| reminder.id.clone()).collect();
        let most = after.unwrap_or(usize::MAX);
        for id in planned.changes.cancel.iter().take(most) {
            self.held.remove(id);
        }
        for reminder in planned.changes.add.iter().take(most.saturating_sub(planned.changes.cancel.len())) {
            self.held.insert(reminder.id.clone(), reminder.mark.clone());
        }
        if after.is_some() {
            return Ok((planned, Vec::new()));
        }
        client.report_armed(self.armed()).await?;
        let unarmed = client.reminder_health(ZONE, Caps::IOS).await?;
        Ok((planned, unarmed))
    }

    /// How many are armed.
    #[must_use]
    pub fn count(&self) -> usize {
        self.held.len()
    }

    /// The id of the reminder of that stage that was last planned on this phone.
    ///
    /// # Errors
    /// There is none.
    pub fn of_stage(&self, wanted: &str) -> Result<&str, Fault> {
        let found = self.planned.iter().find(|id| stage(id) == wanted);
        found.map(String::as_str).ok_or_else(|| format!("no reminder of {wanted} was planned").into())
    }

    fn armed(&self) -> Armed {
        let held = self.held.iter().map(|(id, mark)| Held { id: id.clone(), mark: mark.clone() }).collect();
        Armed {
            held,
            told: Vec::new(),
            told_checking: Vec::new(),
            notifications: true,
            permission: true,
            battery_saver: false,
        }
    }
}

/// What of an id is the same in every run.
#[must_use]
pub fn stage(id: &str) -> &str {
    let stage = id.rsplit('.').next().unwrap_or_default();
    let of_a_moment =
        |kind: &&str| stage.strip_prefix(*kind).is_some_and(|rest| rest.bytes().all(|digit| digit.is_ascii_digit()));
    ["s", "f"].into_iter().find(of_a_moment).unwrap_or(stage)
}
