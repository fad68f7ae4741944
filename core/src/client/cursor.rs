//! Where the feed stands: what a page of it changes apart from rows, and when it starts anew.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::Binding,
    gateway::{caller::CORE_VERSION, wire::KnownOrder},
    model::{Biller, Limits, Method, MethodState},
    payments::Entry,
    store::{StoreError, Tx, give_way},
};

/// How many ways to pay are kept after they were removed.
const REMOVED_METHODS: usize = 50;

/// Where the feed stands, and when it was last heard. One that does not open counts as none: the
/// next refresh then starts from nothing and brings it all again.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cursor {
    pub cursor: Option<String>,
    /// By the bank's clock.
    pub as_of: Option<Timestamp>,
    pub limits: Option<Limits>,
    pub methods: Vec<Method>,
    /// Open orders of the customer that are not in this journal: those of other devices.
    pub elsewhere: Vec<KnownOrder>,
    /// The same as far as the pages of a run have named them; complete with its last page.
    gathered: Vec<KnownOrder>,
    /// The bank has seen a higher journal sequence than this file knew: it was rolled back.
    pub rolled_back: bool,
    /// The lowest sequence that the next order may have.
    pub sequence_floor: i64,
    /// While a run from nothing is under way: bindings from before it that it has not named yet.
    unheard: Option<BTreeSet<String>>,
    /// The version of this core that could not read something it was sent. Another one asks again.
    dropped_by: Option<String>,
    /// Gaps and damage for which the feed is started anew.
    sought: BTreeSet<String>,
    /// Those that a run from nothing did not mend.
    missed: BTreeSet<String>,
}

impl Cursor {
    pub(super) fn load(tx: &Tx<'_>) -> Result<Self, StoreError> {
        Ok(give_way(tx.setting("feed"))?.unwrap_or_default())
    }

    pub(super) fn save(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.set_setting("feed", self)
    }

    /// The next refresh starts from nothing, and deletes nothing.
    pub(super) fn restart(tx: &Tx<'_>) -> Result<(), StoreError> {
        Self { cursor: None, ..Self::load(tx)? }.save(tx)
    }

    /// Another device with a journal of its own: the same, and its sequences begin anew at the bank.
    pub(super) fn of_new_device(tx: &Tx<'_>) -> Result<(), StoreError> {
        Self { cursor: None, rolled_back: false, sequence_floor: 0, ..Self::load(tx)? }.save(tx)
    }

    /// The bank said that this device's journal was rolled back.
    pub(super) fn note_rollback(tx: &Tx<'_>) -> Result<(), StoreError> {
        Self { rolled_back: true, ..Self::load(tx)? }.save(tx)
    }

    /// Whether this version may be able to read what an earlier one could not.
    pub(super) fn reads_more(&self) -> bool {
        self.dropped_by.as_ref().is_some_and(|version| version != CORE_VERSION)
    }

    /// Something could not be read.
    pub(super) fn dropped(&mut self) {
        self.dropped_by = Some(CORE_VERSION.to_owned());
    }

    /// Whether something is broken for which a run from nothing has neither ended nor is under way.
    pub(super) fn is_news(&self, broken: &BTreeSet<String>) -> bool {
        let running = self.unheard.is_some() || self.cursor.is_none();
        broken.iter().any(|it| !(self.missed.contains(it) || running && self.sought.contains(it)))
    }

    /// Whether a run from nothing has ended without bringing this.
    pub(super) fn has_missed(&self, it: &str) -> bool {
        self.missed.contains(it)
    }

    /// Starts from nothing, for what is broken and for what a later version can read.
    pub(super) fn start_anew(&mut self, broken: BTreeSet<String>) {
        self.missed.retain(|it| broken.contains(it));
        self.sought = broken.into_iter().filter(|it| !self.missed.contains(it)).collect();
        self.cursor = None;
        self.dropped_by = None;
    }

    /// A page that starts from nothing has come.
    pub(super) fn begin_run(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        self.gathered.clear();
        self.methods.clear();
        let bound = tx.select("SELECT id FROM account WHERE state = 'bound'", [], |row| row.get(0))?;
        self.unheard = Some(bound.into_iter().collect());
        Ok(())
    }

    pub(super) fn heard_of(&mut self, account: &str) {
        if let Some(unheard) = &mut self.unheard {
            unheard.remove(account);
        }
    }

    /// The last page of a run has come: only now is what was not named really absent.
    pub(super) fn end_run(&mut self, tx: &Tx<'_>) -> Result<(), StoreError> {
        if let Some(unheard) = self.unheard.take() {
            for id in unheard {
                Binding::unbind(tx, &id)?;
            }
            self.missed.append(&mut self.sought);
        }
        let mut elsewhere = std::mem::take(&mut self.gathered);
        let mut failed = None;
        elsewhere.retain(|order| match give_way(Entry::load(tx, &order.payment_id)) {
            Ok(entry) => entry.is_none(),
            Err(error) => {
                failed = Some(error);
                true
            }
        });
        self.elsewhere = elsewhere;
        failed.map_or(Ok(()), Err)
    }

    pub(super) fn merge_methods(&mut self, news: Vec<Method>) {
        for method in news {
            match self.methods.iter_mut().find(|old| old.id == method.id) {
                Some(old) => *old = method,
                None => self.methods.push(method),
            }
        }
        // One that was removed stays for a while, to say so of a quote of before; not for years.
        let removed = |method: &&Method| method.state == MethodState::Removed;
        let mut over = self.methods.iter().filter(removed).count().saturating_sub(REMOVED_METHODS);
        self.methods.retain(|method| {
            let goes = over > 0 && removed(&method);
            over -= usize::from(goes);
            !goes
        });
    }

    /// A page names open orders, and those that have ended since. Whatever is not known to have
    /// ended is open.
    pub(super) fn merge_orders(&mut self, orders: Vec<KnownOrder>) {
        for order in orders {
            self.gathered.retain(|known| known.payment_id != order.payment_id);
            if is_open(&order) {
                self.gathered.push(order);
            } else {
                self.elsewhere.retain(|known| known.payment_id != order.payment_id);
            }
        }
    }
}

/// A state of a later version blocks like an open one.
pub(super) fn is_open(order: &KnownOrder) -> bool {
    !matches!(order.state.as_str(), "settled" | "refused" | "reversed")
}

/// The catalogue as last sent.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Catalogue {
    pub billers: Vec<Biller>,
    /// The life of the ledger in which it was told: versions compare within one life.
    epoch: String,
}

impl Catalogue {
    pub(super) fn load(tx: &Tx<'_>) -> Result<Self, StoreError> {
        Ok(give_way(tx.setting("catalogue"))?.unwrap_or_default())
    }

    pub(super) fn merge(tx: &Tx<'_>, news: Vec<Biller>, epoch: &str) -> Result<(), StoreError> {
        if news.is_empty() {
            return Ok(());
        }
        let mut stored = Self::load(tx)?;
        let same_life = stored.epoch == epoch;
        for biller in news {
            match stored.billers.iter_mut().find(|known| known.id == biller.id) {
                Some(known) if same_life && known.version > biller.version => {}
                Some(known) => *known = biller,
                None => stored.billers.push(biller),
            }
        }
        epoch.clone_into(&mut stored.epoch);
        tx.set_setting("catalogue", &stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MethodKind;

    #[test]
    fn what_one_version_could_not_read_the_next_one_asks_for_again_and_only_then() {
        let mut cursor = Cursor { cursor: Some("e.7".into()), ..Cursor::default() };
        assert!(!cursor.reads_more());
        cursor.dropped();
        assert!(!cursor.reads_more(), "this version would drop it again");
        cursor.dropped_by = Some("0.0.1".into());
        assert!(cursor.reads_more());
        cursor.start_anew(BTreeSet::new());
        assert_eq!((cursor.cursor.as_deref(), cursor.reads_more()), (None, false));
    }

    #[test]
    fn row_26_of_the_ways_to_pay_that_were_removed_the_last_ones_are_kept() {
        let method = |nth: usize, state| Method {
            id: format!("m_{nth}"),
            kind: MethodKind::Card,
            label: "x".into(),
            last4: String::new(),
            default: false,
            state,
        };
        let mut cursor = Cursor::default();
        cursor.merge_methods(vec![method(0, MethodState::Active)]);
        cursor.merge_methods((1..=120).map(|nth| method(nth, MethodState::Removed)).collect());
        let kept: Vec<&str> = cursor.methods.iter().map(|method| method.id.as_str()).collect();
        assert_eq!((kept.len(), kept.first(), kept.get(1)), (51, Some(&"m_0"), Some(&"m_71")));
    }

    #[test]
    fn row_48_a_gap_starts_the_feed_anew_once_and_another_gap_does_again() {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let mut cursor = Cursor { cursor: Some("e.7".into()), ..Cursor::default() };
        assert!(cursor.is_news(&of(&["a"])));
        cursor.start_anew(of(&["a"]));
        assert!(!cursor.is_news(&of(&["a"])), "the run is under way");
        // A run that was lost on the way is begun again.
        cursor.cursor = Some("e.8".into());
        assert!(cursor.is_news(&of(&["a"])));
        cursor.missed.append(&mut cursor.sought);
        assert!(!cursor.is_news(&of(&["a"])) && cursor.has_missed("a"));
        assert!(cursor.is_news(&of(&["a", "b"])));
        cursor.start_anew(of(&["b"]));
        assert!(!cursor.has_missed("a"), "what has come after all is forgotten");
    }
}
