//! What the file no longer gives, and what never arrived: the feed is started anew for it, once, and
//! what that does not bring is an alarm. Looked for where it is likely, not with each refresh.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Inner,
    cursor::{Catalogue, Cursor},
};
use crate::{
    accounts::Binding,
    bills::Known,
    blocking::blocking,
    error::Fault,
    payments::Entry,
    receipts::{Break, Heads, Stored, Subject, complete, gaps, is_complete},
    store::{Row, StoreError, Tx},
};

impl Inner {
    /// Something was shown as damaged or missing: the next refresh looks at everything.
    pub(super) fn look_with_next_refresh(&self) {
        self.memory().looked = false;
    }

    /// Remembers an order whose step the file does not take though it can be read: without this it would be
    /// asked about without an end, and the person told that it is being checked and nothing else. No room,
    /// locked and asleep are told by whatever else is done; of a row that does not open the list of payments tells,
    /// and its end is stored without opening it.
    pub(super) fn note_unstorable(&self, id: &str, fault: &Fault) {
        tracing::warn!(%fault, "an order could not be moved on");
        let own_row = matches!(fault, Fault::Store(StoreError::Damaged { table: "payment", id: of }) if of == id);
        if let (Fault::Store(_), false) = (fault, own_row) {
            self.memory().unstorable.insert(id.to_owned(), fault.clone());
            self.look_with_next_refresh();
        }
    }

    /// The last step of it was stored, or it has ended: an error of the disk that has passed is told no longer.
    /// (Asking stores nothing, and says nothing of this.)
    pub(super) fn is_storable(&self, id: &str) {
        self.memory().unstorable.remove(id);
    }

    /// The fault that keeps an order from being moved on, if there is one.
    pub(super) fn unstorable(&self) -> Result<(), Fault> {
        self.memory().unstorable.values().next().map_or(Ok(()), |fault| Err(fault.clone()))
    }

    /// After a look at everything: tries once more what the file did not take, and says so if it still does not.
    pub(super) async fn retry_unstorable(self: &Arc<Self>) -> Result<(), Fault> {
        let unstorable: Vec<String> = self.memory().unstorable.keys().cloned().collect();
        self.take_up_all(unstorable).await;
        self.unstorable()
    }

    /// Before a refresh: decides whether it starts from nothing.
    pub(super) async fn mend(self: &Arc<Self>) -> Result<(), Fault> {
        let look = !self.memory().looked;
        if look {
            self.mend_file().await?;
            if let Err(fault) = self.complete_catalogue().await {
                tracing::warn!(%fault, "cards of receipts are missing: searches look at the receipts themselves");
            }
        }
        let waiting = if look { self.waiting_places().await? } else { Vec::new() };
        let (anew, heads) = self
            .read(move |tx| {
                let cursor = Cursor::load(tx)?;
                let (broken, heads) = if look { broken(tx, waiting)? } else { Default::default() };
                Ok::<_, Fault>(((cursor.reads_more() || cursor.is_news(&broken)).then_some(broken), heads))
            })
            .await?;
        if let Some(heads) = heads {
            // Of a profile that was made before they were kept. No refresh fails for want of it: the next look tries again.
            if let Err(fault) = self.write(move |tx| Ok::<_, Fault>(heads.save(tx)?)).await {
                tracing::warn!(%fault, "how far the chain goes could not be noted");
            }
        }
        if let Some(broken) = anew {
            tracing::warn!(broken = broken.len(), "the feed starts anew");
            self.write(move |tx| {
                let mut cursor = Cursor::load(tx)?;
                cursor.start_anew(broken);
                Ok::<_, Fault>(cursor.save(tx)?)
            })
            .await?;
        }
        self.memory().looked = true;
        Ok(())
    }

    /// Receipts of an earlier version have no cards, and drawers rot.
    async fn complete_catalogue(self: &Arc<Self>) -> Result<(), Fault> {
        match self.read(|tx| is_complete(tx).map_err(Fault::from)).await {
            Ok(true) => return Ok(()),
            // Somebody took its table away.
            Ok(false) | Err(Fault::Store(StoreError::DamagedFile)) => {}
            Err(fault) => return Err(fault),
        }
        self.write(|tx| complete(tx).map_err(Fault::from)).await
    }

    /// What stands in a broken page can be neither read nor written over, and what an index no longer gives would be
    /// taken for absent.
    async fn mend_file(self: &Arc<Self>) -> Result<(), Fault> {
        self.unlock().await?;
        let store = self.store.clone();
        match blocking(&*self.platform.executor, move || store.mend()).await? {
            Ok(Some(mended)) => {
                let (kept, lost, nameless) = (mended.kept, mended.lost.len(), mended.nameless);
                tracing::error!(kept, lost, nameless, "the file was broken, and is written anew");
                // An open order may have been among what could not be read.
                self.recover_now();
                Ok(())
            }
            Ok(None) => Ok(()),
            // For want of room, say. What can be done without it is done, and whatever cannot says so itself.
            Err(error) => {
                tracing::warn!(%error, "a file that may be broken could not be written anew");
                Ok(())
            }
        }
    }
}

/// The name of a gap in the chain, for [`Cursor`]; `None` for breaks that no feed can mend.
pub(super) fn name_of(found: &Break) -> Option<String> {
    match found {
        Break::Missing { epoch, from, to, .. } => Some(format!("chain {epoch} {from} {to}")),
        Break::Fork { .. } | Break::Unlinked { .. } | Break::Epoch { .. } => None,
    }
}

/// Everything that a feed from nothing may bring again, by names that stay the same. `waiting` is in its place in
/// the chain, though nobody can read it yet. And how far the chain goes, where that is not noted.
fn broken(tx: &Tx<'_>, waiting: Vec<(String, Subject)>) -> Result<(BTreeSet<String>, Option<Heads>), StoreError> {
    let mut broken = BTreeSet::new();
    let mut places: Vec<_> = waiting.into_iter().map(|(_, subject)| (subject.epoch, subject.sequence)).collect();
    look::<Stored>(tx, &mut broken, |stored| places.push((stored.epoch, stored.sequence)))?;
    // Open ones the bank names, as they were signed.
    look::<Entry>(tx, &mut broken, |_| {})?;
    look::<Binding>(tx, &mut broken, |_| {})?;
    look::<Known>(tx, &mut broken, |_| {})?;
    if let Err(StoreError::Damaged { table, id }) = tx.setting::<Catalogue>("catalogue") {
        broken.insert(format!("{table} {id}"));
    }
    let mut heads = Heads::load(tx)?;
    let lost = heads.lost(places.iter().map(|(epoch, sequence)| (epoch.as_str(), *sequence)));
    // Not only the first: each may be news.
    let news = places.iter().fold(false, |news, (epoch, sequence)| heads.raise(epoch, *sequence) | news);
    broken.extend(lost.iter().chain(&gaps(places)).filter_map(name_of));
    Ok((broken, news.then_some(heads)))
}

fn look<R: Row>(tx: &Tx<'_>, broken: &mut BTreeSet<String>, mut sound: impl FnMut(R)) -> Result<(), StoreError> {
    tx.scan::<R>("ORDER BY id LIMIT 100000", [], |row| {
        match row {
            Ok(row) => sound(row),
            Err(StoreError::Damaged { table, id }) => drop(broken.insert(format!("{table} {id}"))),
            Err(error) => return Err(error),
        }
        Ok(())
    })
}
