//! What the phone knows, shown without the network: bills with their age, payments, receipts.

use super::{BillStatus, BillView, Bills, Client, Inner, Payment, Proof, ReceiptView, Receipts, sync::Cursor};
use crate::{
    accounts::Binding,
    bills::Known,
    error::{Fault, ViewError},
    model::{AccountState, BillKind, BillState, Language},
    payments::{Entry, payable_key, transition::State},
    receipts::{Outcome, OutcomeError, Stored, breaks},
    store::Tx,
};

/// Documents of which the chain is walked at a time.
const CHAIN: u32 = 100_000;

impl Client {
    /// The bills of all bindings as last heard, each with its age and what a payment of this or
    /// another device makes of it.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn bills(&self, language: Language) -> Result<Bills, Fault> {
        let billers = self.0.billers().await?;
        self.0
            .read(move |tx| {
                let cursor = Cursor::load(tx)?;
                let mut bills = Vec::new();
                for known in Known::all(tx)? {
                    let Some(binding) = tx.get::<Binding>(&known.bill.account)? else { continue };
                    if binding.account.state == AccountState::Unbound {
                        continue;
                    }
                    let name = billers.iter().find(|biller| biller.id == known.bill.biller);
                    let name = name.map_or(known.bill.biller.as_str(), |biller| biller.name.get(language)).to_owned();
                    let status = status(tx, &known, &cursor)?;
                    bills.push(BillView::of(known, &binding.account, name, status));
                }
                Ok::<_, Fault>(Bills { bills, as_of: cursor.as_of, limits: cursor.limits, methods: cursor.methods })
            })
            .await
    }

    /// The payments of this device, newest first, in pages.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn payments(&self, limit: u32, offset: u32) -> Result<Vec<Payment>, Fault> {
        let entries = self.0.read(move |tx| Ok::<_, Fault>(Entry::newest(tx, limit.min(500), offset)?)).await?;
        Ok(entries.0.iter().map(Payment::of).collect())
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

    /// Receipts, refusals and reversals, newest first, in pages; each verified as it is read.
    /// Works without network.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn receipts(&self, limit: u32, offset: u32) -> Result<Receipts, Fault> {
        let page = self.0.read(move |tx| Ok::<_, Fault>(Stored::newest(tx, limit.min(500), offset)?)).await?;
        let (page, damaged) = page;
        Ok(Receipts { receipts: page.iter().map(|stored| self.0.view(stored)).collect(), damaged })
    }

    /// The document of that id, or the newest one of the payment of that id.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn receipt(&self, id: &str) -> Result<ReceiptView, ViewError> {
        let id = id.to_owned();
        let stored = self
            .0
            .read(move |tx| match tx.get::<Stored>(&id)? {
                Some(stored) => Ok::<_, ViewError>(Some(stored)),
                None => Ok(Stored::of_payment(tx, &id)?.pop()),
            })
            .await?;
        Ok(self.0.view(&stored.ok_or(ViewError::NotFound)?))
    }

    /// Where the chain over the customer's documents does not hold; empty when all is well.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn chain_breaks(&self) -> Result<Vec<crate::receipts::Break>, Fault> {
        let stored = self.0.read(|tx| Ok::<_, Fault>(Stored::newest(tx, CHAIN, 0)?)).await?;
        let verified: Vec<Outcome> = stored
            .0
            .iter()
            .filter_map(|stored| {
                Outcome::verify(&stored.compact, &self.0.trust().receipt_keys, &*self.0.platform.suite).ok()
            })
            .collect();
        let ids: Vec<String> = verified.iter().map(Outcome::id).collect();
        let links: Vec<_> =
            ids.iter().map(String::as_str).zip(verified.iter().map(|outcome| &outcome.subject)).collect();
        Ok(breaks(&links))
    }
}

impl Inner {
    /// Verifies what is stored, each time it is shown: what is on the screen is what was signed.
    fn view(&self, stored: &Stored) -> ReceiptView {
        let verified = Outcome::verify(&stored.compact, &self.trust().receipt_keys, &*self.platform.suite);
        let (proof, outcome) = match verified {
            Ok(outcome) => (Proof::Verified, Some(outcome)),
            Err(OutcomeError::Unverifiable { kid }) => (Proof::Unverifiable { kid }, None),
            Err(OutcomeError::Malformed | OutcomeError::Invalid | OutcomeError::Incomplete) => (Proof::Invalid, None),
        };
        ReceiptView::of(stored, proof, outcome)
    }
}

/// What a person may do with a bill, given the payments that this phone knows of.
fn status(tx: &Tx<'_>, known: &Known, cursor: &Cursor) -> Result<BillStatus, Fault> {
    let bill = &known.bill;
    let payable = payable_key(tx, &bill.biller, &bill.bill_number)?;
    if let Some(open) = Entry::open_on(tx, &payable)? {
        return Ok(BillStatus::Checking { payment: open.id });
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
    let settled = Entry::settled_on(tx, &payable)?;
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
