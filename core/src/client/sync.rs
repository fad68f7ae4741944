//! Refreshing: everything that changed at the bank, in one round trip.

use std::sync::Arc;

use super::{
    Client, Inner, Refreshed,
    adopting::adopt,
    cursor::{Catalogue, Cursor},
};
use crate::{
    accounts::Binding,
    activation::Identity,
    bills::Known,
    blocking::blocking,
    error::{Fault, RefreshError},
    gateway::{
        caller::{Call, Reply},
        problem::Problem,
        wire::{self, Feed, QueryBills},
    },
    model::MAX_MINOR,
    payments::Entry,
    platform::Route,
    receipts::{Outcome, OutcomeError, Stored, Waiting},
    reminders::Shelf,
};

/// Pages of one refresh; a bank that always says "more" does not hold us for ever.
const MAX_PAGES: usize = 200;
/// Of the contract, in characters: it has to fit into a URL.
const LONGEST_CURSOR: usize = 200;
/// Orders of one device: far more than there can be, and far from where counting ends.
const MOST_SEQUENCE: i64 = 1 << 48;

/// Documents of the bank, each with what it is.
type Verdicts = Vec<(String, Result<Outcome, OutcomeError>)>;

impl Client {
    /// Fetches everything that changed: billers, accounts, bills, receipts of all channels. What the
    /// file has lost is fetched again.
    ///
    /// # Errors
    /// [`RefreshError`]; what was here before is still here. A fault of the store also where everything was
    /// fetched and the file does not take the end of an open order.
    pub async fn refresh(&self) -> Result<Refreshed, RefreshError> {
        self.0.refresh().await
    }

    /// Asks the biller now for the bills of one account.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn query_bills(&self, account: &str) -> Result<(), RefreshError> {
        let call = Call::post("/v1/bills/query".to_owned(), &QueryBills { account }, self.0.uuid())?;
        let reply = match self.0.ask(&call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(self.0.refresh_problem(&problem).await),
        };
        let as_of = reply.bank_time;
        let wire::Bills { bills } = reply.body()?;
        self.0
            .write(move |tx| {
                bills.into_iter().try_for_each(|bill| Known::merge(tx, bill, as_of))?;
                Ok::<_, RefreshError>(())
            })
            .await
    }
}

impl Inner {
    pub(super) async fn refresh(self: &Arc<Self>) -> Result<Refreshed, RefreshError> {
        let _one = self.refreshing.lock().await;
        self.mend().await?;
        let mut refreshed = Refreshed::default();
        for _ in 0..MAX_PAGES {
            let cursor = self.read(|tx| Ok::<_, Fault>(Cursor::load(tx)?.cursor)).await?;
            let path = match &cursor {
                Some(cursor) => format!("/v1/sync?cursor={}", query_value(cursor)),
                None => "/v1/sync".to_owned(),
            };
            let reply = match self.ask(&Call::get(path)).await? {
                Ok(reply) => reply,
                Err(problem) => return Err(self.refresh_problem(&problem).await),
            };
            if !self.take(&reply, &mut refreshed).await? {
                break;
            }
        }
        self.renew_trust().await;
        self.look_again(&mut refreshed).await?;
        self.retry_unstorable().await?;
        if let Err(fault) = self.tell_reminders().await {
            // The choice is here; the next refresh tells it again.
            tracing::warn!(%fault, "the bank does not know yet how to remind");
        }
        Ok(refreshed)
    }

    /// Refreshes in the background, for news that came by another way.
    pub(super) fn refresh_soon(self: &Arc<Self>) {
        let this = self.clone();
        self.platform.executor.spawn(Box::pin(async move {
            if let Err(error) = this.refresh().await {
                tracing::warn!(%error, "no refresh for now");
            }
        }));
    }

    /// Takes a page of the feed, in one transaction. Says whether there is more.
    async fn take(self: &Arc<Self>, reply: &Reply, refreshed: &mut Refreshed) -> Result<bool, RefreshError> {
        let feed: Feed = reply.body()?;
        let (as_of, epoch, more) = (reply.bank_time, reply.epoch.clone(), feed.more);
        if !(0..MAX_MINOR).contains(&feed.journal.highest_sequence) {
            return Err(Fault::BadAnswer("a journal sequence out of range").into());
        }
        if feed.cursor.len() > LONGEST_CURSOR {
            return Err(Fault::BadAnswer("a cursor that is too long").into());
        }
        // A number that no device counts to is not believed, or none would be left to count with.
        self.memory().trust_told = feed.trust_version.unwrap_or(0);
        let highest = feed.journal.highest_sequence.min(MOST_SEQUENCE);
        let mut dropped = feed.says_more();
        let (mut outcomes, mut waiting) = (Vec::new(), Vec::new());
        for (compact, verdict) in self.verify_all(feed.outcomes.items.clone()).await? {
            match verdict {
                Ok(outcome) => outcomes.push(outcome),
                // One by an unknown key, or of a later kind, is kept until it is known.
                Err(OutcomeError::Unverifiable { .. } | OutcomeError::UnknownKind(_)) => waiting.push(compact),
                // One that does not verify costs itself and nothing else.
                Err(error) => {
                    tracing::warn!(%error, "a document of the feed is not taken");
                    refreshed.invalid += 1;
                    dropped |= may_be_known_later(&Err(error));
                }
            }
        }
        let own = self.own_unknown(&feed.orders.items).await?;
        let now = self.platform.clock.now();
        refreshed.bills += feed.bills.items.len();
        refreshed.receipts += outcomes.len();
        let heard = !outcomes.is_empty();
        let this = self.clone();
        let (rolled_back, adopted) = self
            .write(move |tx| {
                let identity = Identity::load(tx)?.ok_or(Fault::NotActivated)?;
                let mut cursor = Cursor::load(tx)?;
                if feed.full {
                    cursor.begin_run(tx)?;
                    Shelf::bank_forgot(tx)?;
                }
                Catalogue::merge(tx, feed.billers.items, &epoch)?;
                for account in &feed.accounts.items {
                    Binding::merge(tx, account, &epoch)?;
                    cursor.heard_of(&account.id);
                }
                for bill in feed.bills.items {
                    Known::merge(tx, bill, as_of)?;
                }
                if highest > Entry::highest_sequence(tx)? && highest > cursor.sequence_floor {
                    cursor.rolled_back = true;
                }
                cursor.sequence_floor = cursor.sequence_floor.max(highest);
                cursor.cursor = Some(feed.cursor);
                cursor.as_of = Some(as_of);
                cursor.limits = feed.limits.or(cursor.limits);
                cursor.merge_methods(feed.methods.items);
                cursor.merge_orders(feed.orders.items);
                if dropped {
                    cursor.dropped();
                }
                let mut adopted = 0_usize;
                for (order, envelope) in &own {
                    adopted += usize::from(adopt(tx, order, envelope, now)?);
                }
                if !more {
                    cursor.end_run(tx)?;
                }
                let floor = cursor.sequence_floor;
                cursor.save(tx)?;
                for outcome in outcomes.iter().filter(|outcome| outcome.subject.customer == identity.customer) {
                    Stored::keep(tx, outcome)?;
                    this.end_by_feed(tx, outcome)?;
                }
                for compact in &waiting {
                    Waiting::keep(tx, compact)?;
                }
                if let Some(customer) = feed.customer
                    && (customer.may_pay, &customer.name_masked) != (identity.may_pay, &identity.name_masked)
                {
                    let (may_pay, name_masked) = (customer.may_pay, customer.name_masked);
                    Identity { may_pay, name_masked, ..identity }.save(tx)?;
                }
                let mut memory = this.memory();
                memory.sequence = memory.sequence.map(|known| known.max(floor));
                // Looked at last: an order may just have ended for it.
                Ok::<_, Fault>((Cursor::load(tx)?.rolled_back, adopted))
            })
            .await?;
        refreshed.rolled_back = rolled_back;
        if adopted > 0 {
            self.recover_now();
        }
        if heard {
            self.look_with_next_refresh();
        }
        Ok(more)
    }

    /// Looks again at the documents whose keys were not known.
    async fn look_again(self: &Arc<Self>, refreshed: &mut Refreshed) -> Result<(), Fault> {
        let waiting = self.read(|tx| Ok::<_, Fault>(Waiting::count(tx)?)).await?;
        if waiting == 0 {
            return Ok(());
        }
        self.refresh_trust(Route::Pinned).await;
        let mut last = 0;
        loop {
            let page = self.read(move |tx| Ok::<_, Fault>(Waiting::after(tx, last)?)).await?;
            let Some(end) = page.last() else { break };
            last = end.position;
            let verdicts = self.verdicts(page.iter().map(|waiting| waiting.compact.clone()).collect()).await?;
            let known = verdicts.iter().filter(|(_, verdict)| !unverifiable(verdict)).count();
            if known == 0 {
                continue;
            }
            refreshed.receipts += verdicts.iter().filter(|(_, verdict)| verdict.is_ok()).count();
            refreshed.invalid += known - verdicts.iter().filter(|(_, verdict)| verdict.is_ok()).count();
            let this = self.clone();
            self.write(move |tx| {
                let identity = Identity::load(tx)?.ok_or(Fault::NotActivated)?;
                let mut dropped = false;
                for (waiting, (_, verdict)) in page.iter().zip(&verdicts) {
                    if unverifiable(verdict) {
                        continue;
                    }
                    dropped |= may_be_known_later(verdict);
                    if let Ok(outcome) = verdict
                        && outcome.subject.customer == identity.customer
                    {
                        Stored::keep(tx, outcome)?;
                        this.end_by_feed(tx, outcome)?;
                    }
                    waiting.forget(tx)?;
                }
                if dropped {
                    let mut cursor = Cursor::load(tx)?;
                    cursor.dropped();
                    cursor.save(tx)?;
                }
                Ok::<_, Fault>(())
            })
            .await?;
        }
        refreshed.unverifiable = self.read(|tx| Ok::<_, Fault>(Waiting::count(tx)?)).await?;
        Ok(())
    }

    /// Verifies the documents of a page. An unknown key leads to one fetch of the trust document.
    async fn verify_all(self: &Arc<Self>, compacts: Vec<String>) -> Result<Verdicts, Fault> {
        let verdicts = self.verdicts(compacts).await?;
        if !verdicts.iter().any(|(_, verdict)| matches!(verdict, Err(OutcomeError::Unverifiable { .. }))) {
            return Ok(verdicts);
        }
        self.refresh_trust(Route::Pinned).await;
        self.verdicts(verdicts.into_iter().map(|(compact, _)| compact).collect()).await
    }

    async fn verdicts(self: &Arc<Self>, compacts: Vec<String>) -> Result<Verdicts, Fault> {
        if compacts.is_empty() {
            return Ok(Vec::new());
        }
        let keys = self.trust().receipt_keys.clone();
        let suite = self.platform.suite.clone();
        let verify = move |compact: String| {
            let verdict = Outcome::verify(&compact, &keys, &*suite);
            (compact, verdict)
        };
        Ok(blocking(&*self.platform.executor, move || compacts.into_iter().map(verify).collect()).await?)
    }

    /// Verifies an outcome; an unknown key leads to one fetch of the trust document.
    pub(super) async fn verify(self: &Arc<Self>, compact: &str) -> Result<Outcome, OutcomeError> {
        let now = |this: &Inner| Outcome::verify(compact, &this.trust().receipt_keys, &*this.platform.suite);
        match now(self) {
            Err(OutcomeError::Unverifiable { .. }) => {}
            other => return other,
        }
        self.refresh_trust(Route::Pinned).await;
        now(self)
    }

    async fn refresh_problem(self: &Arc<Self>, problem: &Problem) -> RefreshError {
        match problem.name() {
            "account-unknown" => RefreshError::UnknownAccount,
            "biller-closed" | "biller-unreachable" => RefreshError::BillerClosed { retry_at: problem.retry_at },
            _ => RefreshError::Fault(problem.into()),
        }
    }
}

/// Whether a later version may know better what a document is that is not taken.
fn may_be_known_later(verdict: &Result<Outcome, OutcomeError>) -> bool {
    matches!(verdict, Err(OutcomeError::Malformed | OutcomeError::Incomplete))
}

fn unverifiable(verdict: &Result<Outcome, OutcomeError>) -> bool {
    matches!(verdict, Err(OutcomeError::Unverifiable { .. } | OutcomeError::UnknownKind(_)))
}

/// Percent-encodes what may not stand in a query (RFC 3986, section 3.4).
fn query_value(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
