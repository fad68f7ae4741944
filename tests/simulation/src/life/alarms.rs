//! The operating system's alarms: they outlive the app, whoever armed them, and know nothing of bills.

use std::collections::BTreeMap;

use billpay_core::reminders::{Held, Reminder};

use super::rng::Stream;

/// Where phones are.
const ZONES: [&str; 4] = ["Asia/Shanghai", "Asia/Shanghai", "America/Los_Angeles", "Pacific/Apia"];

/// What one phone's system holds.
#[derive(Clone, Debug)]
pub struct Alarms {
    /// The phone's zone.
    pub zone: &'static str,
    /// How many it says that it takes.
    pub most: usize,
    /// How many it does take while things go wrong.
    room: usize,
    /// By id: when, in milliseconds of the phone's clock, and the mark that was stored beside it.
    held: BTreeMap<String, (i64, String)>,
    /// Shown since the app was last told: as due, or as being checked.
    shown: BTreeMap<String, bool>,
}

impl Alarms {
    /// Of a phone fresh from the shop.
    #[must_use]
    pub fn of(plan: &mut Stream) -> Self {
        let zone = plan.pick(&ZONES).copied().unwrap_or("Asia/Shanghai");
        let most = if plan.chance(300) { 12 } else { 64 };
        let room = if plan.chance(300) { most / 2 } else { most };
        Self { zone, most, room, held: BTreeMap::new(), shown: BTreeMap::new() }
    }

    /// Takes an alarm, or one more in the place of one of that id. `false` where it takes no more; `sound`: it
    /// takes as many as it says.
    pub fn arm(&mut self, reminder: &Reminder, sound: bool) -> bool {
        let room = if sound { self.most } else { self.room };
        if !self.held.contains_key(&reminder.id) && self.held.len() >= room {
            return false;
        }
        self.held.insert(reminder.id.clone(), (reminder.at.as_millisecond(), reminder.mark.clone()));
        true
    }

    /// Lets go of one.
    pub fn cancel(&mut self, id: &str) {
        self.held.remove(id);
    }

    /// Those that go off by now.
    pub fn go_off(&mut self, now_ms: i64) -> Vec<String> {
        let due: Vec<String> =
            self.held.iter().filter(|(_, (at, _))| *at <= now_ms).map(|(id, _)| id.clone()).collect();
        due.iter().for_each(|id| self.cancel(id));
        due
    }

    /// One that went off was seen, and said that a payment is being checked, or not.
    pub fn was_shown(&mut self, id: String, checking: bool) {
        self.shown.insert(id, checking);
    }

    /// What it says that it holds.
    #[must_use]
    pub fn held(&self) -> Vec<Held> {
        self.held.iter().map(|(id, (_, mark))| Held { id: id.clone(), mark: mark.clone() }).collect()
    }

    /// What was seen since this was last forgotten, and what of it said that a payment is being checked.
    #[must_use]
    pub fn seen(&self) -> (Vec<String>, Vec<String>) {
        let (checking, due): (Vec<_>, Vec<_>) = self.shown.iter().partition(|(_, checking)| **checking);
        let ids = |shown: Vec<(&String, &bool)>| shown.into_iter().map(|(id, _)| id.clone()).collect();
        (ids(due), ids(checking))
    }

    /// The app knows of these.
    pub fn was_told(&mut self, ids: &[String]) {
        self.shown.retain(|id, _| !ids.contains(id));
    }
}
