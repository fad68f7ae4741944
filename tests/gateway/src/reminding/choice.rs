//! How a customer wishes to be reminded: as the phone sends it, and as a policy for each of the bank's channels.

use std::collections::{BTreeMap, BTreeSet};

use billpay_plan::{Channel, Language, Policy, PolicyError, Redaction, Snooze, TimeOfDay, Wishes, zone};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use crate::{ledger::reminded::Told, moment};

/// The channels that are the bank's; the phone's own is the phone's affair.
pub(crate) const OURS: [Channel; 2] = [Channel::Push, Channel::Sms];

/// What is put off, and bindings, in one choice.
const MANY: usize = 500;

/// `POST /v1/reminders`, and what is kept of it. Unknown members are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// Rises with each choice that the phone tells. Of one phone no earlier one takes the place of a later one,
    /// whichever way took longer.
    #[serde(default)]
    revision: u64,
    /// Whose it is; what a phone writes here does not count.
    #[serde(default)]
    device: String,
    /// Of the phone's clock. One that this bank does not know counts as the bank's own.
    zone: String,
    policy: Wanted,
    /// For every binding that is not named.
    channels: Ways,
    #[serde(default)]
    bindings: Vec<OfBinding>,
    #[serde(default)]
    snoozed: Vec<PutOff>,
}

/// Channels by name; one that this bank does not know is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<&'static str>")]
struct Ways(BTreeSet<Channel>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct OfBinding {
    account: String,
    channels: Ways,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PutOff {
    /// By its shared name.
    bill: String,
    from: Timestamp,
    until: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    lead_days: Vec<u16>,
    overdue_days: Vec<u16>,
    overdue_every: u16,
    at: TimeOfDay,
    quiet: Option<Hours>,
    redaction: Redaction,
    language: Language,
    #[serde(default)]
    muted: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hours {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// What is in force, as the answer shows it.
#[derive(Serialize)]
pub(crate) struct InForce<'a> {
    revision: u64,
    channels: &'a Ways,
    bindings: &'a [OfBinding],
}

impl Choice {
    /// As that device's.
    pub(crate) fn of(self, device: &str) -> Self {
        Self { device: device.to_owned(), ..self }
    }

    /// Whether a plan can be made by it, and no list in it is longer than it may be.
    pub(crate) fn makes_sense(&self) -> bool {
        let short = self.bindings.len() <= MANY && self.snoozed.len() <= MANY && self.policy.muted.len() <= MANY;
        short && self.zone.len() <= 64 && self.policy(Channel::Sms, Told::default(), Timestamp::UNIX_EPOCH).is_ok()
    }

    /// The bindings that it names.
    pub(crate) fn accounts(&self) -> impl Iterator<Item = &str> {
        self.bindings.iter().map(|binding| binding.account.as_str())
    }

    pub(crate) fn in_force(&self) -> InForce<'_> {
        InForce { revision: self.revision, channels: &self.channels, bindings: &self.bindings }
    }

    /// Whether the same phone has chosen otherwise since.
    pub(crate) fn is_older_than(&self, other: &Self) -> bool {
        self.device == other.device && self.revision < other.revision
    }

    /// Whether a binding is spoken of by a channel.
    pub(crate) fn goes_by(&self, channel: Channel, account: &str) -> bool {
        let own: BTreeMap<&str, &Ways> =
            self.bindings.iter().map(|one| (one.account.as_str(), &one.channels)).collect();
        own.get(account).copied().unwrap_or(&self.channels).0.contains(&channel)
    }

    /// The zone of the phone's clock.
    pub(crate) fn zone(&self) -> TimeZone {
        zone(&self.zone).or_else(|_| zone(moment::ZONE)).unwrap_or(TimeZone::UTC)
    }

    /// What a plan from `now` on is made by for one channel, by which `told` went out already.
    ///
    /// # Errors
    /// It makes no sense.
    pub(crate) fn policy(&self, channel: Channel, told: Told, now: Timestamp) -> Result<Policy, PolicyError> {
        let Told { told, told_checking, told_at } = told;
        // A turn looks back: what went out a moment ago is over.
        let told_at = told_at.into_iter().map(|(id, at)| (id, now.min(at))).collect();
        let wanted = self.policy.clone();
        let quiet = wanted.quiet.map(|Hours { from, to }| billpay_plan::Quiet { from, to });
        let snoozed = self.snoozed.iter().cloned().map(|PutOff { bill, from, until }| Snooze { bill, from, until });
        let wishes = Wishes {
            lead_days: wanted.lead_days,
            overdue_days: wanted.overdue_days,
            overdue_every: wanted.overdue_every,
            at: wanted.at,
            quiet,
            redaction: wanted.redaction,
            channels: BTreeSet::from([channel]),
            language: wanted.language,
            muted: wanted.muted,
            snoozed: snoozed.collect(),
            told,
            told_checking,
            told_at,
            // The bank looks every minute.
            horizon_days: 1,
        };
        Policy::try_from(wishes)
    }
}

impl From<Vec<String>> for Ways {
    fn from(names: Vec<String>) -> Self {
        let known = |name: String| Channel::ALL.into_iter().find(|it| it.name() == name);
        Self(names.into_iter().filter_map(known).collect())
    }
}

impl From<Ways> for Vec<&'static str> {
    fn from(ways: Ways) -> Self {
        ways.0.into_iter().map(Channel::name).collect()
    }
}
