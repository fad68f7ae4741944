//! The bindings on this phone.

use rusqlite::types::Value;
use serde::{Deserialize, Serialize};

use crate::{
    model::{Account, AccountState},
    store::{Row, StoreError, Tx, give_way},
};

/// A binding as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// As the bank keeps it.
    pub account: Account,
    /// The life of the bank's ledger in which it was told: versions compare within one life.
    epoch: String,
    lookup: Vec<u8>,
    /// The digest of the echo that the person has compared once more, on this device, for paying.
    #[serde(default)]
    acknowledged: Option<String>,
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
    /// Takes an account as the bank told it in the life `epoch` of its ledger, unless a newer version
    /// of that life is here already. What does not open gives way.
    ///
    /// # Errors
    /// Those of the store.
    pub fn merge(tx: &Tx<'_>, account: &Account, epoch: &str) -> Result<(), StoreError> {
        // The number in full, for its look-up only.
        let lookup = tx.lookup("account", &[&account.biller, account.customer_number.expose()])?;
        let here = give_way(tx.get::<Self>(&account.id))?;
        if here.as_ref().is_some_and(|here| here.epoch == epoch && here.account.version > account.version) {
            return Ok(());
        }
        let acknowledged = here.and_then(|here| here.acknowledged);
        // A restored bank may give the same number another id: the bank's word replaces ours.
        tx.execute("DELETE FROM account WHERE lookup = ?1 AND id <> ?2", (&lookup, &account.id))?;
        tx.put(&Self { account: account.clone(), epoch: epoch.to_owned(), lookup, acknowledged })
    }

    /// Whether the person has compared what the bank shows of it now, and said that it is the right one.
    #[must_use]
    pub fn is_acknowledged(&self) -> bool {
        self.acknowledged.as_ref() == Some(&self.account.echo_digest)
    }

    /// The person has compared this echo. `false` if it is not what the bank shows of it now.
    ///
    /// # Errors
    /// Those of the store.
    pub fn acknowledge(mut self, tx: &Tx<'_>, echo_digest: &str) -> Result<bool, StoreError> {
        if self.account.echo_digest != echo_digest {
            return Ok(false);
        }
        if !self.is_acknowledged() {
            self.acknowledged = Some(echo_digest.to_owned());
            tx.put(&self)?;
        }
        Ok(true)
    }

    /// The bindings in force, and how many do not open, of which nobody can say whether they are. A state of a later
    /// version is not *removed*: whoever is bound in it may owe.
    ///
    /// # Errors
    /// Those of the store.
    pub fn bound(tx: &Tx<'_>) -> Result<(Vec<Self>, usize), StoreError> {
        let (mut bound, damaged) = Self::all(tx)?;
        bound.retain(Self::is_bound);
        Ok((bound, damaged))
    }

    /// Whether it is in force.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.account.state != AccountState::Unbound
    }

    /// All of them, those that were removed too, and how many do not open.
    ///
    /// # Errors
    /// Those of the store.
    pub fn all(tx: &Tx<'_>) -> Result<(Vec<Self>, usize), StoreError> {
        let tails = ["ORDER BY id LIMIT 5000", "NOT INDEXED ORDER BY id LIMIT 5000"];
        tx.sound_or_each(tails, "SELECT id FROM account ORDER BY id LIMIT 5000", [])
    }

    /// A binding that the bank does not have (any more). The row stays, for its receipts.
    ///
    /// # Errors
    /// Those of the store.
    pub fn unbind(tx: &Tx<'_>, id: &str) -> Result<(), StoreError> {
        let Some(mut here) = give_way(tx.get::<Self>(id))? else { return Ok(()) };
        here.account.state = AccountState::Unbound;
        tx.put(&here)
    }
}
