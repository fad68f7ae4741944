//! What the phone holds for years, without the network: pages of it, a search, sums, the chain over it, and what goes
//! out of it to somebody else. No more than a page is decrypted at a time.

use std::sync::Arc;

use super::{
    BillStatus, Client, Inner, Payment, PaymentPage, ReceiptPage, Statistics,
    cursor::{Catalogue, Cursor},
    mending,
    records::standing,
};
use crate::{
    accounts::Binding,
    bills::{
        Owed,
        owed::{Standing, owed},
    },
    blocking::blocking,
    error::{Fault, ViewError},
    model::{Language, Place},
    payments::Entry,
    receipts::{
        Break, Heads, Outcome, OutcomeError, Query, Stored, Subject, Tally, Waiting, aliases, breaks, gaps, search,
        write_keys,
    },
    reminders::BANK_ZONE,
    store::{Tx, give_way},
    text::document_to_share,
};

/// The most rows of a page.
const PAGE: u32 = 500;

impl Client {
    /// Receipts, refusals, reversals and repayments, newest first, each verified as it is read. `after` is where the
    /// page before ended: whatever arrives meanwhile, no document comes twice and none is left out.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn receipt_page(&self, limit: u32, after: Option<Place>) -> Result<ReceiptPage, Fault> {
        let limit = limit.clamp(1, PAGE);
        let page = move |tx: &Tx<'_>| {
            let (page, damaged, next) = Stored::page(tx, after.as_ref(), limit)?;
            Ok::<_, Fault>((page, (damaged, next)))
        };
        let (receipts, (damaged, next)) = self.0.shown(page).await?;
        if damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(ReceiptPage { receipts, damaged, next })
    }

    /// The payments of this device in such pages.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn payment_page(&self, limit: u32, after: Option<Place>) -> Result<PaymentPage, Fault> {
        let limit = limit.clamp(1, PAGE);
        let (page, damaged, next) =
            self.0.read(move |tx| Ok::<_, Fault>(Entry::page(tx, after.as_ref(), limit)?)).await?;
        if damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(PaymentPage { payments: page.iter().map(Payment::of).collect(), damaged, next })
    }

    /// Receipts by what is remembered of them: a part of the payee's name, of the person's own name for the account,
    /// of the total (`12.5`), of the month (`2026-11`, `11月`), or of the last figures of the customer number. Upper
    /// and lower case are one. An empty query finds nothing.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn search(&self, query: &str, limit: u32, after: Option<Place>) -> Result<ReceiptPage, Fault> {
        let Some(query) = Query::new(query) else { return Ok(ReceiptPage::default()) };
        let limit = limit.clamp(1, PAGE) as usize;
        let shipped = self.0.config.catalogue.clone();
        let (found, nameless) = self
            .0
            .read_long(move |tx| {
                // One that does not open costs its name, and no receipt.
                let (bindings, nameless) = Binding::all(tx)?;
                let named = bindings.iter().map(|binding| {
                    let account = &binding.account;
                    (account.biller.as_str(), account.customer_number.expose(), account.alias.as_str())
                });
                let mut aliases = aliases(tx, named)?;
                let stored = Catalogue::load(tx)?.billers;
                for biller in if stored.is_empty() { &shipped } else { &stored } {
                    aliases.biller(&biller.id, &[&biller.name.zh, &biller.name.en]);
                }
                Ok::<_, Fault>((search(tx, &query, &aliases, after.as_ref(), limit)?, nameless))
            })
            .await?;
        if nameless > 0 || found.damaged > 0 || !found.whole {
            self.0.look_with_next_refresh();
        }
        let receipts = self.0.view(found.stored).await?;
        Ok(ReceiptPage { receipts, damaged: found.damaged, next: found.next })
    }

    /// What was paid, by month and biller: the sums of all receipts that verify. What could not be counted is told by
    /// number.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn statistics(&self) -> Result<Statistics, Fault> {
        let (mut tally, mut unverified, mut damaged) = (Tally::default(), 0, 0);
        let waiting_places = self.0.waiting_places().await?.into_iter();
        let mut places: Vec<_> = waiting_places.map(|(_, subject)| (subject.epoch, subject.sequence)).collect();
        let mut after = None;
        loop {
            let (page, broken, next) = self.0.stored_page(after).await?;
            damaged += broken;
            places.extend(page.iter().map(|stored| (stored.epoch.clone(), stored.sequence)));
            let (keys, suite) = (self.0.trust().receipt_keys.clone(), self.0.platform.suite.clone());
            let count = move || {
                for stored in &page {
                    match Outcome::verify(&stored.compact, &keys, &*suite) {
                        Ok(outcome) => tally.count(&outcome, BANK_ZONE),
                        Err(_) => unverified += 1,
                    }
                }
                (tally, unverified)
            };
            (tally, unverified) = blocking(&*self.0.platform.executor, count).await?;
            after = next;
            if after.is_none() {
                break;
            }
        }
        let (waiting, heads) = self.0.read(|tx| Ok::<_, Fault>((Waiting::count(tx)?, Heads::load(tx)?))).await?;
        // Rows that do not open have no place: they are among what is missing.
        damaged = damaged.max(missing(&heads, places));
        if damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(Statistics { months: tally.months(), waiting, unverified, damaged })
    }

    /// What is owed over all bindings, as far as this phone knows: the open bills of [`Client::bills`]. What is being paid
    /// and has not ended is left out and named; what else could not be counted is told by number.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn owed(&self) -> Result<Owed, Fault> {
        let owed = self
            .0
            .read(|tx| {
                let (standing, damaged) = standing(tx, &Cursor::load(tx)?)?;
                let mut bills = Vec::new();
                for (known, _, status) in standing {
                    let stands = match status {
                        BillStatus::Checking { payment } => {
                            let amount = give_way(Entry::load(tx, &payment))?.map(|entry| entry.amount);
                            Standing::Doubt { payment: Some(payment), amount }
                        }
                        BillStatus::PaidElsewhere => Standing::Doubt { payment: None, amount: None },
                        BillStatus::Open | BillStatus::Unknown => Standing::Open,
                        BillStatus::Paid | BillStatus::Cancelled => Standing::Ended,
                    };
                    bills.push((known.as_of, known.remaining(), stands));
                }
                let bills = bills.iter().map(|(as_of, bill, stands)| (bill, *as_of, stands.clone()));
                Ok::<_, Fault>(Owed { damaged, ..owed(bills) })
            })
            .await?;
        if owed.damaged > 0 {
            self.0.look_with_next_refresh();
        }
        Ok(owed)
    }

    /// The bank's receipt keys as a set that any JOSE tool reads (JWKS), retired ones among them, each with the time
    /// in which it signed. What a stranger verifies by should come from the bank, and not from whoever gives the
    /// receipt: this is for comparing.
    ///
    /// # Errors
    /// [`Fault`] of the key store.
    pub async fn receipt_keys(&self) -> Result<String, Fault> {
        self.0.unlock().await?;
        Ok(write_keys(&self.0.trust().receipt_keys))
    }

    /// The bank's documents that wait for a key or a version that knows them: neither good nor bad, and to be kept with
    /// the others. Compact JWS, in order of arrival.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn waiting_documents(&self) -> Result<Vec<String>, Fault> {
        let (mut documents, mut last) = (Vec::new(), 0);
        loop {
            let page = self.0.read(move |tx| Ok::<_, Fault>(Waiting::after(tx, last)?)).await?;
            let Some(end) = page.last() else { return Ok(documents) };
            last = end.position;
            documents.extend(page.into_iter().map(|waiting| waiting.compact));
        }
    }

    /// A document as a text to give away: words to read, and below them the document itself, by which anyone can verify
    /// it ([`crate::receipts::examine`]). By its id, or by that of the payment that it ends.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn export_text(&self, id: &str, language: Language) -> Result<String, ViewError> {
        let view = self.receipt(id).await?;
        // One of another device, or one that the file does not give: the document stands alone.
        let payment = self.payment(&view.payment).await.ok();
        Ok(document_to_share(&view, payment.as_ref(), language))
    }

    /// The order of a payment as it was signed: its envelope in JSON.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn signed_order(&self, payment: &str) -> Result<String, ViewError> {
        let id = payment.to_owned();
        let entry = self.0.read(move |tx| Ok::<_, ViewError>(Entry::load(tx, &id)?)).await?;
        entry.map(|entry| entry.envelope.get().to_owned()).ok_or(ViewError::NotFound)
    }

    /// Where the chain over the customer's documents does not hold; empty when all is well. What is
    /// missing awaits the next refresh, and is an alarm once a feed from nothing has not brought it.
    ///
    /// # Errors
    /// [`Fault`] of the store or key store.
    pub async fn chain_breaks(&self) -> Result<Vec<Break>, Fault> {
        let mut links: Vec<(String, Subject)> = self.0.waiting_places().await?;
        let mut after = None;
        loop {
            let (page, _, next) = self.0.stored_page(after).await?;
            let (keys, suite) = (self.0.trust().receipt_keys.clone(), self.0.platform.suite.clone());
            let verify = move || {
                let link = |stored: Stored| {
                    let outcome = Outcome::verify(&stored.compact, &keys, &*suite).ok()?;
                    Some((outcome.id(), outcome.subject.place()))
                };
                page.into_iter().filter_map(link).collect::<Vec<_>>()
            };
            links.extend(blocking(&*self.0.platform.executor, verify).await?);
            after = next;
            if after.is_none() {
                break;
            }
        }
        let (cursor, heads) = self.0.read(|tx| Ok::<_, Fault>((Cursor::load(tx)?, Heads::load(tx)?))).await?;
        let walk = move || {
            let links: Vec<_> = links.iter().map(|(id, subject)| (id.as_str(), subject)).collect();
            breaks(&links, &heads)
        };
        let mut found = blocking(&*self.0.platform.executor, walk).await?;
        for found in &mut found {
            let missed = mending::name_of(found).is_some_and(|name| cursor.has_missed(&name));
            if let Break::Missing { awaiting, .. } = found {
                *awaiting = !missed;
                self.0.look_with_next_refresh();
            }
        }
        Ok(found)
    }
}

/// How many documents are missing within the chain and at its ends.
fn missing(heads: &Heads, places: Vec<(String, i64)>) -> usize {
    let mut missing = heads.lost(places.iter().map(|(epoch, sequence)| (epoch.as_str(), *sequence)));
    missing.extend(gaps(places));
    let of_one = |found: &Break| match found {
        Break::Missing { from, to, .. } => usize::try_from(to.saturating_sub(*from).saturating_add(1)).unwrap_or(0),
        Break::Fork { .. } | Break::Unlinked { .. } | Break::Epoch { .. } => 0,
    };
    missing.iter().map(of_one).fold(0, usize::saturating_add)
}

impl Inner {
    async fn stored_page(self: &Arc<Self>, after: Option<Place>) -> Result<(Vec<Stored>, usize, Option<Place>), Fault> {
        self.read(move |tx| Ok::<_, Fault>(Stored::page(tx, after.as_ref(), PAGE)?)).await
    }

    /// The places in the chain of documents that are rightly signed and of a kind that is not known here: nobody can
    /// read them yet, and they are no gap.
    pub(super) async fn waiting_places(self: &Arc<Self>) -> Result<Vec<(String, Subject)>, Fault> {
        let (mut places, mut last) = (Vec::new(), 0);
        loop {
            let page = self.read(move |tx| Ok::<_, Fault>(Waiting::after(tx, last)?)).await?;
            let Some(end) = page.last() else { return Ok(places) };
            last = end.position;
            let (keys, suite) = (self.trust().receipt_keys.clone(), self.platform.suite.clone());
            let verify = move || {
                let place = |waiting: &Waiting| match Outcome::verify(&waiting.compact, &keys, &*suite) {
                    Err(OutcomeError::UnknownKind(unknown)) => {
                        let id = crate::crypto::digest::sha256_base64url(waiting.compact.as_bytes());
                        Some((id, unknown.subject.place()))
                    }
                    Ok(_) | Err(_) => None,
                };
                page.iter().filter_map(place).collect::<Vec<_>>()
            };
            places.extend(blocking(&*self.platform.executor, verify).await?);
        }
    }
}
