//! Planted defects: one-line faults in the very path that ships, switched on by name, so that the
//! simulation can show that it would find them. Without the feature `plants` nothing of it is
//! compiled in: `plant::is!` is the word `false`, and no build holds the names, however it is made.
//!
//! The list of names with the invariant that each breaks is `PLANTS`.

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
            name: "later-attempt-cancels",
            invariant: "I3",
            what: "a later attempt that could not be sent cancels the order, although an earlier one may have arrived",
        },
        Plant { name: "not-found-is-refused", invariant: "I3", what: "\"not found\" is taken for a refusal" },
        Plant { name: "timeout-is-refused", invariant: "I3", what: "no answer is taken for a refusal" },
        Plant {
            name: "recovery-only-confirms",
            invariant: "I4",
            what: "an order that the gateway does not know is neither sent again nor reversed",
        },
        // Everything around them.
        Plant { name: "sends-before-the-intent", invariant: "I2", what: "the order leaves before the journal has it" },
        Plant {
            name: "sends-before-the-mark",
            invariant: "I2",
            what: "the order leaves before it is marked as in doubt",
        },
        Plant {
            name: "takes-any-receipt",
            invariant: "I3",
            what: "a good receipt ends an order, whichever order it is of",
        },
        Plant { name: "loses-the-receipt", invariant: "I6", what: "the receipt of an answer is not kept" },
        Plant { name: "forgets-the-event", invariant: "I4", what: "the shell is not told that an order has ended" },
        Plant {
            name: "phone-clock-decides",
            invariant: "I4",
            what: "whether valid_until has passed is read from the phone's clock",
        },
        Plant {
            name: "undoes-what-shares-a-commit",
            invariant: "I2",
            what: "of steps that share a commit nothing is stored, and everybody hears that it is",
        },
        Plant { name: "gap-not-shown", invariant: "I6", what: "a gap in the chain of documents is not shown" },
        Plant {
            name: "signs-another-amount",
            invariant: "I3",
            what: "another amount is signed than the person was shown",
        },
        Plant {
            name: "trusts-a-failed-sync",
            invariant: "I3",
            what: "what is read after a sync that failed is taken for what the disk keeps",
        },
        Plant { name: "keeps-its-evidence", invariant: "I5", what: "a restored bank is not shown what the phone has" },
        Plant {
            name: "look-up-in-clear",
            invariant: "I8",
            what: "numbers are looked up in the file as they are, not by their HMAC",
        },
        Plant {
            name: "forgets-what-is-armed",
            invariant: "I7",
            what: "what the operating system holds is not kept, and never cancelled",
        },
        Plant { name: "health-says-nothing", invariant: "I7", what: "reminders that are not armed are not named" },
        Plant {
            name: "silent-about-failures",
            invariant: "I7",
            what: "nobody is told that a payment came to nothing, and the bill is still asked for",
        },
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
    pub fn is_on(name: &str) -> bool {
        (ANY_HERE.get() && HERE.with_borrow(|on| on.iter().any(|planted| planted == name)))
            || (ANY.load(Ordering::Relaxed) && PROCESS.read().is_ok_and(|on| on.contains(name)))
    }
}

#[cfg(feature = "plants")]
pub use planted::{PLANTS, is_on, plant, plant_here};

/// Whether the defect is on: never, in what ships.
macro_rules! is {
    ($name:literal) => {{
        #[cfg(feature = "plants")]
        let planted = $crate::plant::is_on($name);
        #[cfg(not(feature = "plants"))]
        let planted = false;
        planted
    }};
}

pub(crate) use is;
