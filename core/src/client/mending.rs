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
    receipts::{Break, Stored, gaps},
    store::{Row, StoreError, Tx},
};

impl Inner {
    /// Something was shown as damaged or missing: the next refresh looks at everything.
    pub(super) fn look_with_next_refresh(&self) {
        self.memory().looked = false;
    }

    /// Before a refresh: decides whether it starts from nothing.
    pub(super) async fn mend(self: &Arc<Self>) -> Result<(), Fault> {
        let look = !self.memory().looked;
        if look {
            self.mend_indexes().await?;
        }
        let anew = self
            .read(move |tx| {
                let cursor = Cursor::load(tx)?;
                let broken = if look { broken(tx)? } else { BTreeSet::new() };
                Ok::<_, Fault>((cursor.reads_more() || cursor.is_news(&broken)).then_some(broken))
            })
            .await?;
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

    /// What an index no longer gives would be taken for absent.
    async fn mend_indexes(self: &Arc<Self>) -> Result<(), Fault> {
        self.unlock().await?;
        let store = self.store.clone();
        match blocking(&*self.platform.executor, move || store.mend_indexes()).await? {
            // An open order may have been among them.
            Ok(true) => self.recover_now(),
            Ok(false) => {}
            // The look at the rows says the same in its own words, if it matters.
            Err(error) => tracing::warn!(%error, "indexes could not be looked at"),
        }
        Ok(())
    }
}

/// The name of a gap in the chain, for [`Cursor`]; `None` for breaks that no feed can mend.
pub(super) fn name_of(found: &Break) -> Option<String> {
    match found {
        Break::Missing { epoch, from, to, .. } => Some(format!("chain {epoch} {from} {to}")),
        Break::Fork { .. } | Break::Unlinked { .. } | Break::Epoch { .. } => None,
    }
}

/// Everything that a feed from nothing may bring again, by names that stay the same.
fn broken(tx: &Tx<'_>) -> Result<BTreeSet<String>, StoreError> {
    let mut broken = BTreeSet::new();
    let mut places = Vec::new();
    look::<Stored>(tx, &mut broken, |stored| places.push((stored.epoch, stored.sequence)))?;
    look::<Binding>(tx, &mut broken, |_| {})?;
    look::<Known>(tx, &mut broken, |_| {})?;
    if let Err(StoreError::Damaged { table, id }) = tx.setting::<Catalogue>("catalogue") {
        broken.insert(format!("{table} {id}"));
    }
    broken.extend(gaps(places).iter().filter_map(name_of));
    Ok(broken)
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
