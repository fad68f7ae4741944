//! Orders of this device that the bank names as open and its journal does not have: the file was
//! rolled back. What this device has signed is taken into the journal as a doubt again, so that it is
//! asked about, and its bill stays blocked.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Inner, cursor::is_open};
use crate::{
    activation::Identity,
    blocking::blocking,
    crypto::thumbprint::Point,
    error::Fault,
    gateway::wire::KnownOrder,
    payments::{
        Entry, Envelope, Order, payable_key,
        transition::{Attempt, State},
    },
    platform::SecretError,
    store::{StoreError, Tx, give_way},
};

impl Inner {
    /// Those of `orders` that are this device's, not in its journal, and really signed by it.
    pub(super) async fn own_unknown(self: &Arc<Self>, orders: &[KnownOrder]) -> Result<Vec<(Order, Envelope)>, Fault> {
        let open: Vec<KnownOrder> =
            orders.iter().filter(|order| is_open(order) && order.envelope.is_some()).cloned().collect();
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let (identity, unknown) = self
            .read(move |tx| {
                let identity = Identity::load(tx)?.ok_or(Fault::NotActivated)?;
                let mut unknown = Vec::new();
                for order in open.into_iter().filter(|order| order.device == identity.device) {
                    if give_way(Entry::load(tx, &order.payment_id))?.is_none() {
                        unknown.push(order);
                    }
                }
                Ok::<_, Fault>((identity, unknown))
            })
            .await?;
        if unknown.is_empty() {
            return Ok(Vec::new());
        }
        let (signer, role) = (self.platform.signer.clone(), identity.keys.order());
        let key = match blocking(&*self.platform.executor, move || signer.public_key(role)).await? {
            Ok(key) => key.and_then(|key| Point::from_bytes(&key).ok()),
            // Nothing can be proved for the moment: they block like those of other devices.
            Err(SecretError::Lost | SecretError::Locked | SecretError::Cancelled) => None,
            Err(error) => return Err(error.into()),
        };
        let Some(key) = key.filter(|key| key.thumbprint() == identity.order_key) else { return Ok(Vec::new()) };
        let ours = |known: &KnownOrder| {
            let (order, envelope) = Envelope::open(known.envelope.as_deref()?, key.as_bytes(), &*self.platform.suite)?;
            let same = (&order.payment_id, envelope.digest()) == (&known.payment_id, &*known.order_digest)
                && (&order.customer, &order.device) == (&identity.customer, &identity.device);
            same.then_some((order, envelope))
        };
        Ok(unknown.iter().filter_map(ours).collect())
    }
}

/// Takes an order into the journal as a doubt. One that stands in the way of another there is left
/// out: it blocks its bill as an order of another device does.
pub(super) fn adopt(tx: &Tx<'_>, order: &Order, envelope: &Envelope, now: Timestamp) -> Result<bool, StoreError> {
    let payable = payable_key(tx, &order.biller, &order.bill_number)?;
    let sql = "SELECT EXISTS(SELECT 1 FROM payment WHERE id <> ?1 AND (journal_sequence = ?2
               OR payable = ?3 AND state IN ('authorized', 'in_doubt')))";
    let taken = tx.select(sql, (&order.payment_id, order.journal_sequence, &payable), |row| row.get(0))?;
    if taken.first() != Some(&false) {
        tracing::warn!("an order of this device could not be taken into its journal");
        return Ok(false);
    }
    let mut entry = Entry::authorized(order, envelope, payable, now);
    entry.set_state(State::InDoubt(Attempt::Later));
    tx.put(&entry)?;
    Ok(true)
}
