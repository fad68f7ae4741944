//! How far the chain was seen to go in each life of the bank's ledger. What is lost within a life leaves a gap; what is
//! lost at its end leaves none, and nobody would miss it.

use serde::{Deserialize, Serialize};

use super::chain::Break;
use crate::store::{StoreError, Tx, give_way};

const NAME: &str = "chain";

/// Lives that are kept in mind: each is a restore of the bank.
const MOST: usize = 1000;

/// The highest place that was stored, by life.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heads(Vec<Head>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    epoch: String,
    sequence: i64,
}

impl Heads {
    /// What is stored. One that does not open gives way: it is raised again from what is here.
    ///
    /// # Errors
    /// Those of the file.
    pub fn load(tx: &Tx<'_>) -> Result<Self, StoreError> {
        Ok(give_way(tx.setting(NAME))?.unwrap_or_default())
    }

    /// Stores it.
    ///
    /// # Errors
    /// Those of the file.
    pub fn save(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.set_setting(NAME, self)
    }

    /// A document of that place is here. Says whether that is news.
    pub fn raise(&mut self, epoch: &str, sequence: i64) -> bool {
        let room = self.0.len() < MOST;
        match self.0.iter_mut().find(|head| head.epoch == epoch) {
            Some(head) if head.sequence < sequence => head.sequence = sequence,
            None if room => self.0.push(Head { epoch: epoch.to_owned(), sequence }),
            Some(_) | None => return false,
        }
        true
    }

    /// What is missing at the end of each life: after the last of `places`, or of a life of which nothing is here all.
    #[must_use]
    pub fn lost<'a>(&self, places: impl Iterator<Item = (&'a str, i64)>) -> Vec<Break> {
        let mut here = Self::default();
        for (epoch, sequence) in places {
            here.raise(epoch, sequence);
        }
        let last = |epoch: &str| here.0.iter().find(|head| head.epoch == epoch).map_or(0, |head| head.sequence);
        let lost = self.0.iter().filter(|head| last(&head.epoch) < head.sequence);
        lost.map(|Head { epoch, sequence }| {
            let from = last(epoch).saturating_add(1);
            Break::Missing { epoch: epoch.clone(), from, to: *sequence, awaiting: true }
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_48_what_is_lost_at_the_end_of_a_life_or_with_all_of_it_is_missing() {
        let mut heads = Heads::default();
        for (epoch, sequence) in [("e", 1), ("e", 3), ("e", 2), ("f", 1)] {
            heads.raise(epoch, sequence);
        }
        let missing = |epoch: &str, from, to| Break::Missing { epoch: epoch.into(), from, to, awaiting: true };
        assert_eq!(heads.lost([("e", 3), ("f", 1)].into_iter()), []);
        assert_eq!(heads.lost([("e", 1), ("f", 1), ("g", 7)].into_iter()), [missing("e", 2, 3)]);
        assert_eq!(heads.lost([("e", 3)].into_iter()), [missing("f", 1, 1)]);
        assert_eq!(heads.lost(std::iter::empty()), [missing("e", 1, 3), missing("f", 1, 1)]);
        // A gap is not for this to tell.
        assert_eq!(heads.lost([("e", 3), ("f", 1)].into_iter()), []);
    }
}
