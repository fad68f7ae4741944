//! What to change in an operating system that holds an earlier plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{policy::Channel, reminder::Reminder};

/// What the operating system holds: what was armed before, as far as it still says so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Held {
    /// The reminder's id.
    pub id: String,
    /// Its mark, stored beside it when it was armed.
    pub mark: String,
}

impl Held {
    /// When it is to be shown, by its mark; to the hour, where it was late when it was armed.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        let (second, _) = self.mark.split_once('.')?;
        Timestamp::from_second(second.parse().ok()?).ok()
    }
}

/// What to do, so that the operating system holds the plan and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// To be armed, the soonest first; one whose id is held already takes that one's place.
    pub add: Vec<Reminder>,
    /// Ids to be cancelled.
    pub cancel: Vec<String>,
    /// Ids that stay as they are.
    pub keep: Vec<String>,
}

/// The difference between the plan (of which the phone arms what has the channel *phone*) and what is held.
/// Every id of either is in exactly one of the three.
#[must_use]
pub fn diff(plan: &[Reminder], held: &[Held]) -> Changes {
    let mut marks: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Held { id, mark } in held {
        marks.entry(id).or_default().insert(mark);
    }
    let mut changes = Changes::default();
    let mut planned = BTreeSet::new();
    for reminder in plan.iter().filter(|reminder| reminder.channels.contains(&Channel::Phone)) {
        if !planned.insert(reminder.id.as_str()) {
            continue;
        }
        // Held twice with two marks, one of the two is wrong.
        let same = marks.get(reminder.id.as_str()).is_some_and(|marks| marks.iter().eq([&reminder.mark.as_str()]));
        if same {
            changes.keep.push(reminder.id.clone());
        } else {
            changes.add.push(reminder.clone());
        }
    }
    let gone = marks.keys().filter(|id| !planned.contains(*id));
    changes.cancel = gone.map(|id| (*id).to_owned()).collect();
    changes
}
