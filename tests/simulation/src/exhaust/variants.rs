//! The worlds that are searched: what may happen in each.

/// What may happen in a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// How many payments are made on the bill.
    pub payments: u8,
    /// How often the gateway may be restored.
    pub restores: u8,
    /// A second backup is kept, older than the first: a later restore may go further back than an earlier.
    pub two_backups: bool,
    /// Messages can be gone for good; without it they merely may never arrive.
    pub lossy: bool,
    /// The biller leaves tombstones.
    pub tombstones: bool,
    /// A phone's file may be rolled back, any number of times.
    pub rollbacks: bool,
    /// ... even that of an order that was cancelled: a known limit.
    pub rollbacks_of_cancelled: bool,
    /// Another device asks for the reversal of an order that is not its own, whenever that is due.
    pub others_reverse: bool,
    /// Devices may be revoked.
    pub revocations: bool,
    /// A top-up: every charge of it is taken.
    pub top_up: bool,
    /// The biller's answers are messages too, and may be slow.
    pub late_answers: bool,
    /// The biller tells the bank of a charge that the gateway does not know (rule 9).
    pub statement: bool,
    /// Two persons may end what no rule ends (rule 12).
    pub by_hand: bool,
    /// Left out of rule 4: silence is looked for when the answer arrives, not when it was given.
    pub quiet_is_read_late: bool,
    /// Left out of rule 3: the gateway takes a second order on the same bill.
    pub gateway_takes_second: bool,
    /// Left out of rule 3: a repeated charge gets a number made up for it.
    pub made_up_numbers: bool,
    /// Left out of rule 7: an epoch is the one of the backup plus one, instead of fresh.
    pub counted_epochs: bool,
}

/// A named world.
#[derive(Clone, Copy, Debug)]
pub struct Variant {
    /// Short name.
    pub name: &'static str,
    /// In words.
    pub what: &'static str,
    /// What may happen.
    pub config: Config,
    /// Small enough for an unoptimised build.
    pub small: bool,
}

/// Two payments on one bill; every order and repetition of messages.
pub const PLAIN: Config = Config {
    payments: 2,
    restores: 0,
    two_backups: false,
    lossy: false,
    tombstones: true,
    rollbacks: false,
    rollbacks_of_cancelled: false,
    others_reverse: false,
    revocations: false,
    top_up: false,
    late_answers: false,
    statement: true,
    by_hand: true,
    quiet_is_read_late: false,
    gateway_takes_second: false,
    made_up_numbers: false,
    counted_epochs: false,
};

/// The same with one payment.
pub const SINGLE: Config = Config { payments: 1, ..PLAIN };

/// The one limit that the search knows of, in its own world: see [`super`].
pub const LIMIT: Variant = Variant {
    name: "limit",
    what: "one payment; a phone rolled back to before it told that nothing was sent",
    config: Config { rollbacks: true, rollbacks_of_cancelled: true, ..SINGLE },
    small: true,
};

/// Where a biller tells the bank nothing: without its differences a charge that a restored gateway lost stays lost
/// where no client comes back with it. Nothing wrong is said or booked meanwhile; some worlds have no way to
/// an agreed end ([`super`]).
pub const UNLISTED: &[Variant] = &[
    Variant {
        name: "single-unlisted",
        what: "one payment, one restore, losses, roll-backs; no statement",
        config: Config { restores: 1, lossy: true, rollbacks: true, statement: false, ..SINGLE },
        small: true,
    },
    Variant {
        name: "restored-unlisted",
        what: "two payments, one restore; no statement",
        config: Config { restores: 1, statement: false, ..PLAIN },
        small: false,
    },
];

/// Every world in which the whole design must hold.
pub const VARIANTS: &[Variant] = &[
    Variant { name: "single", what: "one payment", config: SINGLE, small: true },
    Variant {
        name: "single-lost",
        what: "one payment, one restore, messages really lost and sent again",
        config: Config { restores: 1, lossy: true, ..SINGLE },
        small: true,
    },
    Variant { name: "plain", what: "two payments on one bill", config: PLAIN, small: true },
    Variant {
        name: "lost",
        what: "two payments, messages really lost and sent again",
        config: Config { lossy: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "restored",
        what: "two payments, one restore from a backup of any earlier moment",
        config: Config { restores: 1, ..PLAIN },
        small: false,
    },
    Variant {
        name: "restored-lost",
        what: "two payments, one restore, messages really lost and sent again",
        config: Config { restores: 1, lossy: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "restored-twice",
        what: "two payments, two restores",
        config: Config { restores: 2, ..PLAIN },
        small: false,
    },
    Variant {
        name: "restored-twice-lost",
        what: "two payments, two restores, messages really lost and sent again",
        config: Config { restores: 2, lossy: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "two-backups",
        what: "two payments, two restores, each from either of two backups",
        config: Config { restores: 2, two_backups: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "two-backups-lost",
        what: "one payment, two restores, each from either of two backups, losses, roll-backs",
        config: Config { restores: 2, two_backups: true, lossy: true, rollbacks: true, ..SINGLE },
        small: true,
    },
    Variant {
        name: "rolled-back-lost",
        what: "two payments, phones whose files are rolled back, messages really lost and sent again",
        config: Config { rollbacks: true, lossy: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "rolled-back",
        what: "two payments, one restore, phones whose files are rolled back",
        config: Config { restores: 1, rollbacks: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "any-device",
        what: "two payments, one restore, either device reverses the other's order; revocations",
        config: Config { restores: 1, others_reverse: true, revocations: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "no-tombstones",
        what: "two payments, one restore, a biller without tombstones",
        config: Config { restores: 1, tombstones: false, ..PLAIN },
        small: false,
    },
    Variant {
        name: "top-up",
        what: "two payments on one top-up account, one restore",
        config: Config { restores: 1, top_up: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "late",
        what: "two payments; the biller's answers may be slow",
        config: Config { late_answers: true, ..PLAIN },
        small: false,
    },
    Variant {
        name: "late-restored",
        what: "one payment, two restores, losses, another device; the biller's answers may be slow",
        config: Config { restores: 2, lossy: true, others_reverse: true, late_answers: true, ..SINGLE },
        small: false,
    },
    Variant {
        name: "late-no-tombstones",
        what: "the same, at a biller without tombstones",
        config: Config {
            restores: 2,
            lossy: true,
            others_reverse: true,
            late_answers: true,
            tombstones: false,
            ..SINGLE
        },
        small: false,
    },
    Variant {
        name: "everything",
        what: "one payment; two restores, losses, roll-backs, revocation, another device, no tombstones",
        config: Config {
            restores: 2,
            lossy: true,
            rollbacks: true,
            others_reverse: true,
            revocations: true,
            tombstones: false,
            ..SINGLE
        },
        small: false,
    },
    Variant {
        name: "everything-tombstones",
        what: "the same with tombstones",
        config: Config { restores: 2, lossy: true, rollbacks: true, others_reverse: true, revocations: true, ..SINGLE },
        small: false,
    },
];
