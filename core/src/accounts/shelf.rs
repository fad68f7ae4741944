//! The bindings on this phone.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use crate::{
    model::Account,
    store::{Row, StoreError, Tx},
};

/// A binding as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// As the bank keeps it.
    pub account: Account,
    lookup: Vec<u8>,
}

impl Row for Binding {
    const TABLE: &'static str = "account";
    const CLEAR: &'static [&'static str] = &["lookup", "state"];

    fn id(&self) -> String {
        self.account.id.clone()
    }

    fn clear(&self) -> Vec<Value> {
        vec![self.lookup.clone().into(), self.account.state.as_str().to_owned().into()]
    }
}

impl Binding {
    /// Takes an account of the bank, unless a newer version is here already.
    ///
    /// # Errors
    /// Those of the store.
    pub fn merge(tx: &Tx<'_>, account: &Account) -> Result<(), StoreError> {
        // The number in full, for its look-up only.
        let lookup = tx.lookup("account", &[&account.biller, account.customer_number.expose()])?;
        let here = tx.get::<Self>(&account.id)?;
        if here.is_some_and(|here| here.account.version > account.version) {
            return Ok(());
        }
        // A restored bank may give the same number another id: the bank's word replaces ours.
        tx.execute("DELETE FROM account WHERE lookup = ?1 AND id <> ?2", (&lookup, &account.id))?;
        tx.put(&Self { account: account.clone(), lookup })
    }

    /// The bindings in force.
    ///
    /// # Errors
    /// Those of the store.
    pub fn bound(tx: &Tx<'_>) -> Result<Vec<Self>, StoreError> {
        tx.find("WHERE state = 'bound' ORDER BY id LIMIT 5000", [])
    }
}
