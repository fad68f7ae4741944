//! What the phone knows, shown without the network: bills with their age, payments, receipts.

use std::{collections::BTreeMap, sync::Arc};

use super::{BillStatus, BillView, Bills, Client, Payment, Payments, ReceiptView, Receipts, cursor::Cursor};
use crate::{
    accounts::Binding,
    bills::{Known, Spread, amounts},
    error::{Fault, ViewError},
    model::{BillKind, BillState, Language, Money},
    payments::{Entry, payable_key, transition::State},
    receipts::Stored,
    store::{StoreError, Tx, give_way},
};

impl Client {
    /// The bills of all bindings as last heard, each with its age and what a payment of this or
    /// another device makes of it.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn bills(&self, language: Language) -> Result<Bills, Fault> {
        let billers = self.0.billers().await?;
        let bills = self
            .0
            .read(move |tx| {
                let cursor = Cursor::load(tx)?;
                let (mut all, damaged) = standing(tx, &cursor)?;
                // By binding, and of each the oldest first.
                all.sort_by_cached_key(|(known, ..)| (known.bill.account.clone(), amounts::oldest_first(&known.bill)));
                let view = |(known, binding, status): Standing| {
                    let name = billers.iter().find(|biller| biller.id == known.bill.biller);
                    let name = name.map_or(known.bill.biller.as_str(), |biller| biller.name.get(language)).to_owned();
                    BillView::of(known, &binding.account, name, status)
                };
                let bills = all.into_iter().map(view).collect();
                let Cursor { as_of, limits, methods, .. } = cursor;
                Ok::<_, Fault>(Bills { bills, as_of, limits, methods, damaged })
            })
            .await?;
        if bills.damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(bills)
    }

    /// How a sum would go over the open bills of a binding, the oldest first. Pays nothing: each share is
    /// quoted and paid by itself.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn spread(&self, account: &str, sum: Money) -> Result<Spread, Fault> {
        let account = account.to_owned();
        let (bills, waiting) = self
            .0
            .read(move |tx| {
                let cursor = Cursor::load(tx)?;
                let (mut bills, mut waiting) = (Vec::new(), Vec::new());
                for known in Known::all(tx)?.0.into_iter().filter(|known| known.bill.account == account) {
                    match status(tx, &known, &cursor)? {
                        BillStatus::Checking { .. } | BillStatus::PaidElsewhere => {
                            waiting.push(known.bill.bill_number.clone());
                        }
                        BillStatus::Open => bills.push(known.remaining()),
                        BillStatus::Paid | BillStatus::Cancelled | BillStatus::Unknown => {}
                    }
                }
                Ok::<_, Fault>((bills, waiting))
            })
            .await?;
        Ok(amounts::spread(&bills, waiting, sum))
    }

    /// The payments of this device, newest first, in pages. `offset` counts those that cannot be read, too:
    /// the next page begins after all of this one.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn payments(&self, limit: u32, offset: u32) -> Result<Payments, Fault> {
        let page = self.0.read(move |tx| Ok::<_, Fault>(Entry::newest(tx, limit.min(500), offset)?)).await?;
        Ok(Payments { payments: page.0.iter().map(Payment::of).collect(), damaged: page.1 })
    }

    /// One payment of this device.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn payment(&self, id: &str) -> Result<Payment, ViewError> {
        let id = id.to_owned();
        let entry = self.0.read(move |tx| Ok::<_, ViewError>(Entry::load(tx, &id)?)).await?;
        entry.map(|entry| Payment::of(&entry)).ok_or(ViewError::NotFound)
    }

    /// Receipts, refusals, reversals and repayments, newest first, in pages; each verified as it is read.
    /// Works without network.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn receipts(&self, limit: u32, offset: u32) -> Result<Receipts, Fault> {
        let page = move |tx: &Tx<'_>| Ok::<_, Fault>(Stored::newest(tx, limit.min(500), offset)?);
        let (receipts, damaged) = self.0.shown(page).await?;
        if damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(Receipts { receipts, damaged })
    }

    /// All documents of a payment, the oldest first: the one that ended it, and what came back of it
    /// later. Of a payment of another device, too.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn documents(&self, payment: &str) -> Result<Vec<ReceiptView>, ViewError> {
        let payment = payment.to_owned();
        let all = move |tx: &Tx<'_>| Ok::<_, ViewError>((Stored::of_payment(tx, &payment)?, ()));
        let (documents, ()) = self.0.shown(all).await?;
        if documents.is_empty() { Err(ViewError::NotFound) } else { Ok(documents) }
    }

    /// The document of that id, or the one that ended the payment of that id.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn receipt(&self, id: &str) -> Result<ReceiptView, ViewError> {
        let id = id.to_owned();
        let stored = move |tx: &Tx<'_>| match tx.get::<Stored>(&id)? {
            Some(stored) => Ok::<_, ViewError>((vec![stored], ())),
            None => {
                let mut all = Stored::of_payment(tx, &id)?;
                // What came back later stands beside the receipt, and not in its place.
                let end = all.iter().rposition(|stored| stored.kind != "repayment");
                let stored = match end {
                    Some(at) => Some(all.swap_remove(at)),
                    None => all.pop(),
                };
                Ok((stored.into_iter().collect(), ()))
            }
        };
        let (view, ()) = self.0.shown(stored).await?;
        view.into_iter().next().ok_or(ViewError::NotFound)
    }
}

/// A bill, its binding, and what payments make of it.
pub(super) type Standing = (Known, Arc<Binding>, BillStatus);

/// The bills of the bindings in force, each with what payments make of it, and how many cannot be told of: the file
/// gives no more the bill, its binding, or the page on which a payment of it may stand.
pub(super) fn standing(tx: &Tx<'_>, cursor: &Cursor) -> Result<(Vec<Standing>, usize), Fault> {
    let (known, mut damaged) = Known::all(tx)?;
    let mut bindings: BTreeMap<String, Result<Option<Arc<Binding>>, StoreError>> = BTreeMap::new();
    let mut bills = Vec::new();
    for known in known {
        let account = &known.bill.account;
        let binding = bindings.entry(account.clone()).or_insert_with(|| Ok(tx.get::<Binding>(account)?.map(Arc::new)));
        match binding.clone() {
            Ok(Some(binding)) if binding.is_bound() => match status(tx, &known, cursor) {
                Ok(status) => bills.push((known, binding, status)),
                Err(Fault::Store(StoreError::DamagedFile)) => damaged += 1,
                Err(error) => return Err(error),
            },
            Ok(_) => {}
            Err(StoreError::Damaged { .. } | StoreError::DamagedFile) => damaged += 1,
            Err(error) => return Err(error.into()),
        }
    }
    Ok((bills, damaged))
}

/// What a person may do with a bill, given the payments that this phone knows of.
pub(super) fn status(tx: &Tx<'_>, known: &Known, cursor: &Cursor) -> Result<BillStatus, Fault> {
    let bill = &known.bill;
    let payable = payable_key(tx, &bill.biller, &bill.bill_number)?;
    if let Some(payment) = Entry::open_id(tx, &payable)? {
        return Ok(BillStatus::Checking { payment });
    }
    let same = |order: &&crate::gateway::wire::KnownOrder| {
        (&order.biller, &order.bill_number) == (&bill.biller, &bill.bill_number)
    };
    if cursor.elsewhere.iter().any(|order| same(&order)) {
        return Ok(BillStatus::PaidElsewhere);
    }
    if bill.state == BillState::Paid {
        return Ok(BillStatus::Paid);
    }
    // A settled order on this very version: the feed has not caught up yet.
    let settled = give_way(Entry::settled_on(tx, &payable))?;
    if let Some(settled) = settled
        && settled.bill_version == bill.version
        && settled.state() == State::Settled
        && bill.kind == BillKind::Bill
        && settled.amount.minor() >= bill.amount.minor()
    {
        return Ok(BillStatus::Paid);
    }
    Ok(match bill.state {
        BillState::Open => BillStatus::Open,
        BillState::Paid => BillStatus::Paid,
        BillState::Cancelled => BillStatus::Cancelled,
        BillState::Unknown => BillStatus::Unknown,
    })
}
