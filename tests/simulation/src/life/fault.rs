//! What goes wrong, and when. The fate of a message hangs on the seed and on which message it is (whose,
//! to what end, about which order, the how-manieth try) and on nothing else: taking one kind of fault out
//! of a life, or one message more or less, leaves the draws of all others as they were.
//!
//! A fault is counted when it takes effect, not when it is drawn.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::rng::Stream;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No connection: provably no byte written.
    Refused,
    /// The request is lost.
    LoseRequest,
    /// The request has its effect, the answer is lost.
    LoseAnswer,
    /// The request arrives twice.
    Duplicate,
    /// The connection breaks, and the request arrives later, up to hours.
    Late,
    /// Seconds to minutes, longer than anyone waits.
    Slow,
    /// Another status and HTML, in place of the gateway.
    Status,
    /// The request has its effect; another status and HTML under the gateway's headers.
    StatusAfter,
    /// The request has its effect; 200 and bytes that are nothing.
    Garbage,
    /// The request has its effect; 200 and JSON of another shape.
    WrongJson,
    /// The request has its effect; the body ends too early.
    Truncated,
    /// The request has its effect; 200 and the answer to an earlier request.
    Stale,
    /// A document is left out of a refresh; it comes after the first look at the end, or never.
    Withheld,
    /// No network for minutes.
    Outage,
    /// The key store says no.
    KeyStore,
    /// Bank to biller: the request is lost.
    LegLoseRequest,
    /// Bank to biller: the answer is lost.
    LegLoseAnswer,
    /// Bank to biller: arrives twice.
    LegDuplicate,
    /// Bank to biller: arrives later, up to hours.
    LegLate,
    /// Bank to biller: slower than the bank waits.
    LegSlow,
    /// Bank to biller: another status, without effect.
    LegStatus,
    /// Bank to biller: the effect, and another status.
    LegStatusAfter,
    /// Bank to biller: the effect, and bytes that are nothing.
    LegGarbage,
    /// Bank to biller: the effect, and the answer to an earlier request.
    LegStale,
    /// Bank to biller: somebody without the secret makes up an answer, or another message in its place.
    LegForged,
    /// Bank to biller: with or without the effect, and a good answer of that biller to another request.
    LegCrossed,
    /// The app is killed.
    PhoneCrash,
    /// The power goes in the middle of an operation of the phone's disk, and what was not synced is lost,
    /// torn or there.
    PowerCut,
    /// The phone's disk has no room, from a write on until somebody makes some.
    DiskFull,
    /// An operation of the phone's disk answers an I/O error.
    DiskError,
    /// A sync of the phone's disk answers an error, and what it was to save is there all the same, or is
    /// read until the power goes and saved by no later sync.
    DiskLies,
    /// The phone's file is put back to a backup of it.
    FilePutBack,
    /// The operating system has lost the device's keys, and not the one that the file is sealed with.
    KeysLost,
    /// It has lost that one too: nothing in the file can be read any more, and it is put aside.
    RootLost,
    /// A bit of the phone's file turns over.
    PageRots,
    /// The gateway is killed.
    BankCrash,
    /// The gateway's ledger is put back to a backup.
    Restore,
    /// The billers' books are put back to a backup.
    BillerRestore,
    /// A biller's books have a charge that it refused or undid.
    BillerRebooks,
    /// A biller takes nothing for a while.
    BillerClosed,
    /// A biller asks another amount, or nothing any more.
    BillRevised,
    /// The phone's clock is set, by up to years.
    ClockJump,
    /// The app was shipped before the bank got the key that its receipts are signed with.
    KeyRotated,
    /// The customer activates another phone: this one is revoked.
    Revoked,
    /// A second process opens the phone's file: while the app runs, or while it is put away.
    SecondProcess,
    /// "Pay" is tapped 2 to 20 times.
    ManyTaps,
    /// The operating system takes fewer alarms than it said.
    AlarmsRefused,
    /// The app dies with half of its alarms armed, and has told the core nothing.
    ArmedHalf,
}

impl Kind {
    /// As `{:?}` prints it.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| format!("{kind:?}").eq_ignore_ascii_case(name))
    }

    /// Every kind.
    pub const ALL: [Self; 48] = [
        Self::Refused,
        Self::LoseRequest,
        Self::LoseAnswer,
        Self::Duplicate,
        Self::Late,
        Self::Slow,
        Self::Status,
        Self::StatusAfter,
        Self::Garbage,
        Self::WrongJson,
        Self::Truncated,
        Self::Stale,
        Self::Withheld,
        Self::Outage,
        Self::KeyStore,
        Self::LegLoseRequest,
        Self::LegLoseAnswer,
        Self::LegDuplicate,
        Self::LegLate,
        Self::LegSlow,
        Self::LegStatus,
        Self::LegStatusAfter,
        Self::LegGarbage,
        Self::LegStale,
        Self::LegForged,
        Self::LegCrossed,
        Self::PhoneCrash,
        Self::PowerCut,
        Self::DiskFull,
        Self::DiskError,
        Self::DiskLies,
        Self::FilePutBack,
        Self::KeysLost,
        Self::RootLost,
        Self::PageRots,
        Self::BankCrash,
        Self::Restore,
        Self::BillerRestore,
        Self::BillerRebooks,
        Self::BillerClosed,
        Self::BillRevised,
        Self::ClockJump,
        Self::KeyRotated,
        Self::Revoked,
        Self::SecondProcess,
        Self::ManyTaps,
        Self::AlarmsRefused,
        Self::ArmedHalf,
    ];
}

use Kind as K;

const PHONE: &[Kind] = &[
    K::Refused,
    K::LoseRequest,
    K::LoseAnswer,
    K::LoseAnswer,
    K::Duplicate,
    K::Late,
    K::Slow,
    K::Status,
    K::StatusAfter,
    K::Garbage,
    K::WrongJson,
    K::Truncated,
    K::Stale,
];
/// What can befall a refresh besides.
const SYNC: &[Kind] = &[K::Withheld, K::Withheld, K::Withheld, K::Stale, K::LoseAnswer, K::Slow];
const LEG: &[Kind] = &[
    K::LegLoseRequest,
    K::LegLoseAnswer,
    K::LegLoseAnswer,
    K::LegDuplicate,
    K::LegLate,
    K::LegSlow,
    K::LegStatus,
    K::LegStatusAfter,
    K::LegGarbage,
    K::LegStale,
    K::LegForged,
    K::LegCrossed,
];

/// What befalls messages in a life that is measured.
const LOSS: &[Kind] = &[K::LoseRequest, K::LoseAnswer];
/// And those to a biller.
const LEG_LOSS: &[Kind] = &[K::LegLoseRequest, K::LegLoseAnswer];
/// Of a thousand messages so many, there.
const LOST: u64 = 60;

/// What becomes of one message.
#[derive(Clone, Copy, Debug)]
pub struct Fate {
    /// What goes wrong, if anything.
    pub kind: Option<Kind>,
    /// On the way there.
    pub there: Duration,
    /// On the way back.
    pub back: Duration,
    /// When a late copy arrives.
    pub late: Duration,
    /// For whatever else is to be chosen.
    pub choice: u64,
}

/// All faults of a life.
#[derive(Debug)]
pub struct Faults {
    on: AtomicBool,
    without: BTreeSet<Kind>,
    seed: u64,
    phone_rate: u64,
    leg_rate: u64,
    phone_kinds: &'static [Kind],
    leg_kinds: &'static [Kind],
    outages: Vec<(i64, i64)>,
    /// How often each message was tried.
    tries: Mutex<BTreeMap<String, u64>>,
    keys: Mutex<Stream>,
    tally: Mutex<BTreeMap<Kind, u64>>,
}

impl Faults {
    /// The faults of a seed, but not those of the kinds in `without`.
    #[must_use]
    pub fn of(seed: u64, without: &BTreeSet<Kind>) -> Self {
        let mut plan = Stream::of(seed, "faults");
        let rates = [0, 20, 60, 120, 250];
        let phone_rate = plan.pick(&rates).copied().unwrap_or(0);
        let leg_rate = plan.pick(&rates).copied().unwrap_or(0);
        let mut outages = Vec::new();
        let mut at = 0;
        for _ in 0..plan.below(3) {
            let from = at + plan.between(20_000, 600_000);
            let until = from + plan.between(2_000, 600_000);
            outages.push((i64::try_from(from).unwrap_or(0), i64::try_from(until).unwrap_or(0)));
            at = until;
        }
        Self {
            on: AtomicBool::new(true),
            without: without.clone(),
            seed,
            phone_rate,
            leg_rate,
            phone_kinds: PHONE,
            leg_kinds: LEG,
            outages,
            tries: Mutex::default(),
            keys: Mutex::new(Stream::of(seed, "key store")),
            tally: Mutex::default(),
        }
    }

    /// Six messages of a hundred are lost, or the answers to them, and nothing else goes wrong.
    #[must_use]
    pub fn only_loss(seed: u64) -> Self {
        let kinds = || LOSS.iter().chain(LEG_LOSS);
        let others = Kind::ALL.into_iter().filter(|kind| !kinds().any(|loss| loss == kind));
        Self {
            phone_rate: LOST,
            leg_rate: LOST,
            phone_kinds: LOSS,
            leg_kinds: LEG_LOSS,
            outages: Vec::new(),
            ..Self::of(seed, &others.collect())
        }
    }

    /// From now on nothing goes wrong any more.
    pub fn heal(&self) {
        self.on.store(false, Ordering::Relaxed);
    }

    /// Whether things may still go wrong.
    #[must_use]
    pub fn are_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Whether a fault of that kind may strike at all, now.
    #[must_use]
    pub fn may(&self, kind: Kind) -> bool {
        self.are_on() && !self.without.contains(&kind)
    }

    /// Whether a fault of that kind that was drawn strikes; counts it if it does.
    pub fn strikes(&self, kind: Kind) -> bool {
        let strikes = self.may(kind);
        if strikes {
            self.struck(kind);
        }
        strikes
    }

    /// A fault took effect.
    pub fn struck(&self, kind: Kind) {
        *self.tally.lock().unwrap_or_else(PoisonError::into_inner).entry(kind).or_default() += 1;
    }

    /// How often each kind struck.
    #[must_use]
    pub fn tally(&self) -> BTreeMap<Kind, u64> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The fate of a request of a phone; `which` says which one it is.
    pub fn on_phone_leg(&self, now_ms: i64, which: String) -> Fate {
        let outage = self.outages.iter().any(|(from, until)| (*from..*until).contains(&now_ms));
        let refresh = which.ends_with("/v1/sync");
        let mut fate = self.draw(which, self.phone_rate, self.phone_kinds, 300);
        if refresh && fate.kind.is_some() && fate.choice >> 32 & 1 == 0 {
            let at = usize::try_from(fate.choice >> 33).unwrap_or(0) % SYNC.len();
            fate.kind = SYNC.get(at).copied().filter(|kind| self.may(*kind));
        }
        if outage && self.may(K::Outage) {
            fate.kind = Some(K::Outage);
        }
        fate
    }

    /// The fate of a message to a biller.
    pub fn on_biller_leg(&self, which: String) -> Fate {
        self.draw(which, self.leg_rate, self.leg_kinds, 100)
    }

    /// Whether the key store says no this time.
    pub fn key_store(&self) -> bool {
        let mut stream = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = self.phone_rate > 0 && stream.chance(4);
        drop(stream);
        drawn && self.strikes(K::KeyStore)
    }

    fn draw(&self, which: String, rate: u64, kinds: &[Kind], slowest_ms: u64) -> Fate {
        let mut stream = Stream::of(self.seed, &which);
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let before = tries.entry(which).or_default();
        stream = stream.nth(*before);
        *before += 1;
        drop(tries);
        let (drawn, kind) = (stream.chance(rate), stream.pick(kinds).copied());
        let (there, back) = (stream.between(5, slowest_ms), stream.between(5, slowest_ms));
        let (scale, late, choice) = (stream.below(10), stream.next(), stream.next());
        let longest = match scale {
            0..=3 => 5_000,
            4..=6 => 60_000,
            7..=8 => 900_000,
            _ => 4 * 3_600_000,
        };
        let kind = kind.filter(|kind| drawn && self.may(*kind));
        let late = Duration::from_millis(500 + late % longest);
        Fate { kind, there: Duration::from_millis(there), back: Duration::from_millis(back), late, choice }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fate_of_a_message_hangs_on_no_other_message_and_on_no_other_kind() {
        let ask = |faults: &Faults, which: &str| {
            let fate = faults.on_phone_leg(0, which.to_owned());
            (fate.kind, fate.there, fate.back, fate.late, fate.choice)
        };
        for seed in 0..200 {
            let (quiet, busy) = (Faults::of(seed, &BTreeSet::new()), Faults::of(seed, &BTreeSet::from([K::Slow])));
            for nth in 0..20 {
                // Other messages come in between.
                ask(&busy, &format!("0 GET /v1/bills {nth}"));
                let (one, other) = (ask(&quiet, "0 POST /v1/payments 3"), ask(&busy, "0 POST /v1/payments 3"));
                assert_eq!(one.1, other.1);
                let kept = one.0.filter(|kind| *kind != K::Slow);
                assert!(kept == other.0 || one.0 == Some(K::Outage), "{one:?} {other:?}");
            }
        }
    }
}
