//! Where the orders of a list stand, though a page of the file is broken. A walk that comes to one ends in it, or does
//! not notice and passes over its rows: what one way has lost another still names, and what nobody gives is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::Entry;
use crate::{
    model::Place,
    store::{StoreError, Tx, give_way},
};

/// An order of a list.
pub(super) struct Listed {
    /// When it was made, and its id.
    pub place: Place,
    /// The indexes name it: if its row does not open, it is lost. What the table alone names may be no more than a
    /// broken row.
    named: bool,
}

/// All of them, newest first. What a page leaves out is small beside what it would cost to sort by a row that is read.
///
/// # Errors
/// Those of the store, where neither the indexes nor the table can be read.
pub(super) fn newest(tx: &Tx<'_>) -> Result<Vec<Listed>, StoreError> {
    // By the number of the row: no index holds both the time and the id.
    let by_indexes = "SELECT created_ms, id FROM
                          (SELECT rowid AS r, created_ms FROM payment INDEXED BY payment_by_state)
                          JOIN (SELECT rowid AS r, id FROM payment INDEXED BY sqlite_autoindex_payment_1) USING (r)";
    let by_table = "SELECT created_ms, id FROM payment NOT INDEXED";
    let whatever = |_: &[_]| true;
    let (named, standing) = match (tx.places(&[by_indexes], [], whatever), tx.places(&[by_table], [], whatever)) {
        // Then the table is all there is.
        (Err(StoreError::DamagedFile), Ok(standing)) => (standing, Vec::new()),
        (Ok(named), Err(StoreError::DamagedFile)) => (named, Vec::new()),
        (named, standing) => (named?, standing?),
    };
    let known: BTreeSet<&str> = named.iter().map(|place| place.id.as_str()).collect();
    let unnamed = standing.into_iter().filter(|place| !known.contains(place.id.as_str()));
    let unnamed: Vec<Listed> = unnamed.map(|place| Listed { place, named: false }).collect();
    let mut all: Vec<Listed> = named.into_iter().map(|place| Listed { place, named: true }).chain(unnamed).collect();
    all.sort_by(|one, other| (other.place.at_ms, &other.place.id).cmp(&(one.place.at_ms, &one.place.id)));
    Ok(all)
}

/// The orders of these places, and how many are lost.
///
/// # Errors
/// Those of the store.
pub(super) fn orders(tx: &Tx<'_>, places: &[Listed]) -> Result<(Vec<Entry>, usize), StoreError> {
    let mut walked: Option<BTreeMap<String, Entry>> = None;
    let (mut page, mut damaged) = (Vec::new(), 0);
    for Listed { place, named } in places {
        let found = match give_way(tx.get(&place.id))? {
            Some(entry) => Some(entry),
            // By its id it is not found: the index of the ids may be what is broken.
            None => {
                if walked.is_none() {
                    walked = Some(walk(tx)?);
                }
                walked.as_mut().and_then(|walked| walked.remove(&place.id))
            }
        };
        damaged += usize::from(found.is_none() && *named);
        page.extend(found);
    }
    Ok((page, damaged))
}

/// As many as a walk over the table gives.
fn walk(tx: &Tx<'_>) -> Result<BTreeMap<String, Entry>, StoreError> {
    match tx.sound::<Entry>("NOT INDEXED LIMIT 100000", []) {
        Ok((walked, _)) => Ok(walked.into_iter().map(|entry| (entry.id.clone(), entry)).collect()),
        Err(StoreError::DamagedFile) => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}
