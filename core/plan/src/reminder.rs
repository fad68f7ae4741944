//! A reminder as it is to be shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::{policy::Channel, stages::Stage};

/// In seconds.
const HOUR: i64 = 3_600;

/// The id of the reminder that asks to open the app.
pub const TAIL: &str = "open-the-app";

/// What to say, when, and by which ways.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Reminder {
    /// `bill.due-date.stage`: the same in every plan that holds it. Stages are `d3` (three days before), `o7`
    /// (seven days after), `s` with the seconds since 1970 until which the person put it off, and `f` with those at
    /// which a payment of it ended that came to nothing.
    pub id: String,
    /// Of which bill; none for the one that asks to open the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bill: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Of what kind, at that moment.
    pub kind: Kind,
    /// How many days by the bank's calendar are left, or have gone since the due date, at that moment.
    pub days: u32,
    /// Whether paying may be offered: never while a payment of this bill is being checked.
    pub pay: bool,
    /// Its moment has passed unseen: it is told at the next minute that is not quiet.
    pub late: bool,
    /// That moment, where it is late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed_at: Option<Timestamp>,
    /// By which ways.
    pub channels: BTreeSet<Channel>,
    /// For the phone and for push.
    pub title: String,
    /// For the phone and for push.
    pub body: String,
    /// For a message of the bank, where that way was chosen: never more than level 1 shows, and no link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<String>,
    /// Changes with everything above but the id, for [`crate::diff()`], and says when it was to be shown.
    pub mark: String,
}

/// Of what kind a reminder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A bill that can still be paid in time.
    Due,
    /// One that is late.
    Overdue,
    /// A payment of it is being checked.
    Checking,
    /// Not of a bill: more follows, and the app has to be opened for it.
    Tail,
}

// What it says is for the person's eyes.
impl std::fmt::Debug for Reminder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reminder")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("kind", &self.kind)
            .field("late", &self.late)
            .finish_non_exhaustive()
    }
}

impl Reminder {
    /// The mark of what is in it: its moment in seconds since 1970, and a hash of every other part with its length. What
    /// is told late and at once (the next minute is `soon`) moves from minute to minute: of its moment the hour counts, by
    /// which a clock that was set back is noticed.
    pub(crate) fn mark(&self, soon: Timestamp) -> String {
        let second = self.at.as_second();
        let at = if self.late && self.at <= soon { second.div_euclid(HOUR) * HOUR } else { second };
        let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
        let channels: u8 = self.channels.iter().map(|channel| 1 << *channel as u8).sum();
        hash.part(&[self.kind as u8, u8::from(self.pay), u8::from(self.late), channels]);
        for text in [&self.title, &self.body, self.sms.as_ref().unwrap_or(&String::new())] {
            hash.part(text.as_bytes());
        }
        format!("{at}.{:016x}", hash.0)
    }

    /// Whether it is of a payment that came to nothing; of those it counts when they were shown
    /// ([`crate::Wishes::told_at`]).
    #[must_use]
    pub fn is_of_failure(id: &str) -> bool {
        id.rsplit('.').next().and_then(Stage::failed).is_some()
    }
}

/// FNV-1a by words of eight bytes in place of one, each step turned: the prime carries upwards alone, and what is in the last
/// bytes of a word would count for less than the rest. It tells a plan's words from those of another one, and guards nothing.
struct Fnv(u64);

impl Fnv {
    fn part(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        self.word(rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }
}
