//! Planted defects, and what finds each of them: lives by seed, the exhaustive search, or a test.

use serde::Serialize;

use super::{
    run::{Options, live},
    seeds::plant_here,
};
use crate::exhaust::rules::RULES;

/// A defect that can be planted.
#[derive(Serialize)]
pub struct Plant {
    /// As given to `--plant`.
    pub name: &'static str,
    /// The invariant that it breaks.
    pub invariant: &'static str,
    what: &'static str,
    of: &'static str,
    /// `simulation`, `search`, or the test's name.
    pub found_by: Vec<&'static str>,
}

impl Plant {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let by = self.found_by.join(", ");
        format!("{:<32}{:<4}{:<9}{}; found by: {by}", self.name, self.invariant, self.of, self.what)
    }
}

/// One that lives by seed find: its name, within how many seeds, and an invariant, or a rule, that it breaks. Where in the
/// order of seeds moves whenever a message more or less is sent: hence the room.
pub type Sought = (&'static str, u64, &'static str);

/// Found so soon that the tests look for them.
pub const SOON: &[Sought] = &[
    ("later-attempt-cancels", 300, "I3"),
    ("not-found-is-refused", 20, "I3"),
    ("timeout-is-refused", 20, "I3"),
    ("recovery-only-confirms", 20, "I4"),
    ("sends-before-the-intent", 20, "I2"),
    ("sends-before-the-mark", 20, "I2"),
    ("takes-any-receipt", 200, "I3"),
    ("loses-the-receipt", 20, "I3"),
    ("forgets-the-event", 20, "I4"),
    ("signs-another-amount", 20, "I3"),
    ("undoes-what-shares-a-commit", 100, "I2"),
    ("look-up-in-clear", 20, "I8"),
    ("forgets-what-is-armed", 60, "I7"),
    ("health-says-nothing", 60, "I7"),
    ("silent-about-failures", 60, "I7"),
    ("refusal-not-recorded", 40, "I3"),
    ("biller-refusal-not-fenced", 40, "I5"),
    ("biller-credits-twice", 20, "I5"),
    ("refund-keeps-the-money", 80, "I5"),
    ("version-not-raised", 400, "I1"),
    ("number-per-attempt", 20, "I2"),
    ("charges-before-the-commit", 20, "I2"),
    ("claims-without-holding", 20, "I5"),
    ("held-not-returned", 20, "I5"),
    ("sequence-not-raised", 20, "I6"),
    ("restore-keeps-epoch", 300, "I5"),
    ("lost-charge-stays-lost", 200, "I5"),
    ("leg-signature-unchecked", 80, "I5"),
    // No invariant breaks without it, but the rule itself, which has a check of its own: seven minutes after a
    // restore the biller finds every message of before too old, so that "not found" is final there without a
    // tombstone too. It would not be at a biller whose clock was put back: hence a person.
    ("decides-without-tombstone", 400, "rule 4"),
    ("repeats-late-charges", 400, "rule 10"),
    ("one-person-rules", 200, "rule 12"),
];

/// Found later: `simulation plants-found` looks for them.
pub const LATER: &[Sought] = &[
    ("trusts-a-failed-sync", 2_000, "I3"),
    ("gap-not-shown", 2_000, "I6"),
    ("repaid-without-the-money", 2_000, "I5"),
    ("keeps-its-evidence", 2_000, "I5"),
    ("evidence-not-taken-up", 2_000, "I5"),
    ("no-epoch", 8_000, "I3"),
    ("payable-not-unique", 8_000, "I1"),
    ("phone-clock-decides", 8_000, "I4"),
    ("reverses-unasked", 8_000, "I5"),
    ("settles-after-refund", 20_000, "I3"),
    ("takes-any-answer", 4_000, "I5"),
    // The same: an order that is taken late is still charged once, settled, and told as that, for until then the
    // phone has said nothing but "checking"; one whose reversal was asked for first is recorded as reversed, and
    // a late copy hears just that. What it would cost is the person's bound: money leaves after the moment up to
    // which the screen said it would.
    ("gateway-ignores-valid-until", 20_000, "rule 10"),
];

/// What no life and no search shows, and the test that does.
const TESTED: &[(&str, &[&str])] = &[("the_story_holds_as_it_is_and_breaks_with_each_defect", STORY)];

const STORY: &[&str] = &[
    "payable-not-unique-at-gateway",
    "sequence-reuse-taken",
    "overdraft",
    "link-unchecked",
    "key-reuse-ignored",
    "replay-accepted",
    "body-not-covered",
    "revocation-forgotten",
    "old-device-stays",
    "old-code-accepted",
    "wrong-codes-uncounted",
    "echo-for-any-number",
    "look-ups-unbounded",
];

fn found_by(name: &str) -> Vec<&'static str> {
    let mut by = Vec::new();
    if SOON.iter().chain(LATER).any(|(sought, _, _)| *sought == name) {
        by.push("simulation");
    }
    let of_search = |rule: &&crate::exhaust::rules::Rule| rule.core.iter().chain(rule.gateway).any(|one| *one == name);
    if RULES.iter().filter(of_search).any(|rule| rule.expected.is_some()) {
        by.push("search");
    }
    by.extend(TESTED.iter().filter(|(_, plants)| plants.contains(&name)).map(|(test, _)| *test));
    by
}

/// Every defect that can be planted, in either crate.
#[must_use]
pub fn all() -> Vec<Plant> {
    let core = billpay_core::plant::PLANTS.iter().map(|one| (one.name, one.invariant, one.what, "core"));
    let gateway = sandbox_gateway::plant::PLANTS.iter().map(|one| (one.name, one.invariant, one.what, "gateway"));
    let all = core.chain(gateway);
    all.map(|(name, invariant, what, of)| Plant { name, invariant, what, of, found_by: found_by(name) }).collect()
}

/// What came of looking for a defect.
#[derive(Serialize)]
pub struct Hunt {
    /// As given to `--plant`.
    pub plant: &'static str,
    /// The invariant that was to break.
    pub invariant: &'static str,
    /// The first seed in which it did.
    pub seed: Option<u64>,
    /// How many seeds were looked into at the most.
    pub within: u64,
    /// Whether that very seed is clean without the defect.
    pub clean_without: bool,
}

impl Hunt {
    /// Looks for one, in no more than `most` seeds.
    #[must_use]
    pub fn on((plant, within, invariant): Sought, most: u64) -> Self {
        let lives = |seed: u64, planted: Option<&str>| {
            plant_here(planted);
            let lived = live(seed, &Options::default());
            plant_here(None);
            lived
        };
        let within = within.min(most);
        let broken = |seed: &u64| {
            let lived = lives(*seed, Some(plant));
            lived.is_ok_and(|lived| lived.violations.iter().any(|one| one.invariant == invariant))
        };
        // By nothing but the defect.
        let clean = |seed: u64| lives(seed, None).is_ok_and(|lived| lived.violations.is_empty());
        let seed = (0..within).find(broken);
        Self { plant, invariant, seed, within, clean_without: seed.is_none_or(clean) }
    }

    /// Whether it was found, and by nothing else.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.seed.is_some() && self.clean_without
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { plant, invariant, within, .. } = self;
        match self.seed {
            None => format!("{plant:<32}{invariant:<8}NOT FOUND within {within} seeds"),
            Some(seed) if !self.clean_without => {
                format!("{plant:<32}{invariant:<8}seed {seed} is NOT CLEAN without it")
            }
            Some(seed) => format!("{plant:<32}{invariant:<8}seed {seed}"),
        }
    }
}
