//! Planted defects: one-line faults in the very path that ships, switched on by name, so that the
//! simulation can show that it would find them. Without the feature `plants` nothing of it is
//! compiled in: [`is`] is `false`, and the names are not in the binary.
//!
//! The list of names with the invariant that each breaks is [`PLANTS`].

/// A planted defect: its name, the invariant that it breaks, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Plant {
    /// As given to `--plant`.
    pub name: &'static str,
    /// `I1` to `I10`.
    pub invariant: &'static str,
    /// What goes wrong.
    pub what: &'static str,
}

#[cfg(feature = "plants")]
mod planted {
    use std::{
        cell::{Cell, RefCell},
        collections::BTreeSet,
        sync::{
            RwLock,
            atomic::{AtomicBool, Ordering},
        },
    };

    use super::Plant;

    /// Every defect that can be planted in this crate.
    pub const PLANTS: &[Plant] = &[
        // The payment transitions.
        Plant {
            name: "no-epoch",
            invariant: "I3",
            what: "an order of an earlier epoch is taken, or refused, like any other",
        },
        Plant {
            name: "gateway-ignores-valid-until",
            invariant: "I4",
            what: "an order is taken although valid_until has passed",
        },
        Plant { name: "refusal-not-recorded", invariant: "I3", what: "a refusal is answered and not recorded" },
        Plant {
            name: "claimed-order-expires",
            invariant: "I3",
            what: "a claimed order is answered as refused once valid_until has passed",
        },
        Plant {
            name: "reverses-unasked",
            invariant: "I5",
            what: "an order that is not known is reversed without asking the biller",
        },
        Plant {
            name: "reverses-without-confirm",
            invariant: "I3",
            what: "a reversal is sent without looking for a charge first",
        },
        Plant {
            name: "evidence-not-taken-up",
            invariant: "I4",
            what: "what a client or a statement presents after a restore is not looked into",
        },
        Plant { name: "repeats-nothing", invariant: "I4", what: "the worker repeats neither charges nor refunds" },
        Plant {
            name: "repeats-late-charges",
            invariant: "I3",
            what: "charges are repeated after valid_until and after a restore",
        },
        Plant {
            name: "one-person-rules",
            invariant: "I5",
            what: "an order on the operator's list is ended by the word of one person",
        },
        Plant {
            name: "ruled-while-a-charge-may-land",
            invariant: "I5",
            what: "two persons may end an order as not charged while a charge of it is under way",
        },
        Plant {
            name: "no-window",
            invariant: "I5",
            what: "older orders are decided while messages from before the restore may still act",
        },
        Plant {
            name: "believes-claimed-in-backup",
            invariant: "I5",
            what: "an answer to a charge from before the restore decides an older order",
        },
        Plant {
            name: "resumes-refunds-of-a-backup",
            invariant: "I3",
            what: "a restored ledger goes on with the refunds of a backup, although the charge may have been adopted since",
        },
        Plant {
            name: "decides-without-tombstone",
            invariant: "I5",
            what: "older orders of a biller without tombstones are decided automatically",
        },
        Plant {
            name: "no-wait-for-quiet",
            invariant: "I5",
            what: "without a tombstone a reversal ends before the last charge is too old",
        },
        Plant {
            name: "trusts-no-tombstone",
            invariant: "I5",
            what: "a reversal ends although the biller left no tombstone",
        },
        Plant {
            name: "settles-after-refund",
            invariant: "I5",
            what: "a charge that is found after a refund was sent settles the order",
        },
        Plant {
            name: "biller-refusal-not-fenced",
            invariant: "I5",
            what: "a biller's refusal ends the order as refused, without a refund",
        },
        Plant { name: "old-messages-never-die", invariant: "I5", what: "the biller takes messages of any age" },
        Plant {
            name: "version-before-number",
            invariant: "I5",
            what: "the biller compares the version before it looks at the number",
        },
        Plant { name: "payable-not-unique", invariant: "I1", what: "the biller takes a second charge of a bill" },
        Plant { name: "no-tombstone", invariant: "I5", what: "the biller leaves no tombstone, and says that it did" },
        // The billers' books, and the leg.
        Plant {
            name: "biller-credits-twice",
            invariant: "I5",
            what: "a charge is entered twice in the biller's books",
        },
        Plant { name: "refund-keeps-the-money", invariant: "I5", what: "a charge is undone and its money kept" },
        Plant { name: "version-not-raised", invariant: "I1", what: "a charge leaves the bill's version as it was" },
        Plant {
            name: "takes-any-answer",
            invariant: "I5",
            what: "an answer to another request is taken for this one's",
        },
        Plant {
            name: "leg-signature-unchecked",
            invariant: "I5",
            what: "an unsigned message of the leg is acted upon",
        },
        // Reconciliation.
        Plant {
            name: "lost-charge-stays-lost",
            invariant: "I5",
            what: "a settled charge that its biller has forgotten is not made again",
        },
        Plant { name: "repaid-without-the-money", invariant: "I5", what: "a repayment is signed, and its money kept" },
        // The bank's ledger, its handlers, its documents.
        Plant {
            name: "payable-not-unique-at-gateway",
            invariant: "I1",
            what: "the bank takes a second order of a bill, by its books and by its indexes",
        },
        Plant {
            name: "sequence-reuse-taken",
            invariant: "I1",
            what: "a journal sequence that was used before is taken again",
        },
        Plant {
            name: "number-per-attempt",
            invariant: "I1",
            what: "each attempt of a charge goes out under a number of its own",
        },
        Plant {
            name: "charges-before-the-commit",
            invariant: "I2",
            what: "the biller is charged before the order is committed",
        },
        Plant { name: "claims-without-holding", invariant: "I5", what: "an order is claimed, and its money not held" },
        Plant { name: "held-not-returned", invariant: "I5", what: "an order is reversed, and its money kept" },
        Plant { name: "overdraft", invariant: "I5", what: "an order is taken without the money for it" },
        Plant { name: "link-unchecked", invariant: "I3", what: "an order need not repeat its quote" },
        Plant {
            name: "sequence-not-raised",
            invariant: "I6",
            what: "two outcomes of a customer bear the same sequence number",
        },
        Plant { name: "restore-keeps-epoch", invariant: "I3", what: "a restored ledger goes on in its old epoch" },
        Plant { name: "key-reuse-ignored", invariant: "I1", what: "an idempotency key is taken with another body" },
        Plant { name: "replay-accepted", invariant: "I8", what: "a signed request is taken twice" },
        Plant { name: "body-not-covered", invariant: "I8", what: "the digest of a body is not compared with the body" },
        Plant { name: "revocation-forgotten", invariant: "I8", what: "a revoked device goes on as before" },
        Plant { name: "old-device-stays", invariant: "I8", what: "an activation leaves the earlier devices active" },
        Plant { name: "old-code-accepted", invariant: "I8", what: "a code that was replaced by a newer one is taken" },
        Plant { name: "wrong-codes-uncounted", invariant: "I8", what: "wrong codes are not counted" },
        Plant { name: "echo-for-any-number", invariant: "I8", what: "an echo token binds any number" },
        Plant { name: "look-ups-unbounded", invariant: "I8", what: "a customer may look up any number of numbers" },
    ];

    // A process plants for all its threads (a demo); a search plants for its own thread only. Both
    // are asked millions of times a second, nearly always with nothing planted.
    static ANY: AtomicBool = AtomicBool::new(false);
    static PROCESS: RwLock<BTreeSet<String>> = RwLock::new(BTreeSet::new());
    thread_local! {
        static ANY_HERE: Cell<bool> = const { Cell::new(false) };
        static HERE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    /// Switches a defect on for the whole process.
    pub fn plant(name: &str) {
        if let Ok(mut on) = PROCESS.write() {
            on.insert(name.to_owned());
        }
        ANY.store(true, Ordering::SeqCst);
    }

    /// Switches exactly these defects on for this thread.
    pub fn plant_here(names: &[&str]) {
        HERE.with_borrow_mut(|on| *on = names.iter().map(|name| (*name).to_owned()).collect());
        ANY_HERE.set(!names.is_empty());
    }

    /// Whether the defect is on.
    #[must_use]
    pub fn is(name: &str) -> bool {
        (ANY_HERE.get() && HERE.with_borrow(|on| on.iter().any(|planted| planted == name)))
            || (ANY.load(Ordering::Relaxed) && PROCESS.read().is_ok_and(|on| on.contains(name)))
    }
}

#[cfg(feature = "plants")]
pub use planted::{PLANTS, is, plant, plant_here};

/// Whether the defect is on: never, in what ships.
#[cfg(not(feature = "plants"))]
#[inline(always)]
#[must_use]
pub const fn is(_name: &str) -> bool {
    false
}
