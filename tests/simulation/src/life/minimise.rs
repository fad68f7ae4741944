//! The smallest life of a seed that still breaks what it broke: fewer faults, fewer wishes. What is
//! left is what a person has to read.

use std::collections::BTreeSet;

use super::{
    common::Unfit,
    fault::Kind,
    run::{Lived, Options, live},
};

/// What could be left out of a life.
#[derive(Clone, Debug)]
pub struct Smaller {
    /// The seed.
    pub seed: u64,
    /// The invariant that is broken, in the whole life and in this one.
    pub invariant: &'static str,
    /// How to live it.
    pub options: Options,
    /// Kinds of fault that struck in the whole life, and in this one.
    pub kinds: (usize, usize),
}

/// Leaves out of a seed's life whatever its first violation does not need; `None` where it has none.
///
/// # Errors
/// A life could not be set up or looked at.
pub fn minimise(seed: u64, options: &Options) -> Result<Option<Smaller>, Unfit> {
    let whole = live(seed, options)?;
    let Some(invariant) = whole.violations.first().map(|violation| violation.invariant) else { return Ok(None) };
    let mut smaller = Smaller { seed, invariant, options: options.clone(), kinds: (whole.faults.len(), 0) };
    let mut kinds = smaller.leave_out(&whole)?;
    for wishes in 1.. {
        let fewer = Options { wishes: Some(wishes), ..smaller.options.clone() };
        if wishes > MOST_WISHES {
            break;
        }
        if let Some(life) = smaller.still_broken(&fewer)? {
            smaller.options = fewer;
            kinds = smaller.leave_out(&life)?;
            break;
        }
    }
    smaller.kinds.1 = kinds;
    Ok(Some(smaller))
}

/// As many as a life has.
const MOST_WISHES: u64 = 32;

impl Smaller {
    fn still_broken(&self, options: &Options) -> Result<Option<Lived>, Unfit> {
        let lived = live(self.seed, options)?;
        Ok(lived.violations.iter().any(|violation| violation.invariant == self.invariant).then_some(lived))
    }

    /// Leaves out one kind of fault after the other; gives how many are left.
    fn leave_out(&mut self, life: &Lived) -> Result<usize, Unfit> {
        let mut left = life.faults.len();
        for kind in life.faults.keys().copied() {
            let mut fewer = self.options.clone();
            fewer.without.insert(kind);
            if self.still_broken(&fewer)?.is_some() {
                self.options = fewer;
                left -= 1;
            }
        }
        Ok(left)
    }

    /// The arguments that live it again.
    #[must_use]
    pub fn arguments(&self) -> String {
        let mut arguments = format!("--seeds 1 --from {} --trace", self.seed);
        if let Some(wishes) = self.options.wishes {
            arguments.push_str(&format!(" --wishes {wishes}"));
        }
        if !self.options.without.is_empty() {
            arguments.push_str(&format!(" --without {}", names(&self.options.without)));
        }
        arguments
    }
}

/// As `--without` takes them.
fn names(kinds: &BTreeSet<Kind>) -> String {
    kinds.iter().map(|kind| format!("{kind:?}")).collect::<Vec<_>>().join(",")
}
