//! Refreshing: everything that changed at the bank, in one round trip.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Client, Inner, Refreshed};
use crate::{
    accounts::Binding,
    activation::Identity,
    bills::Known,
    error::{Fault, RefreshError},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{self, Feed, KnownOrder, QueryBills},
    },
    model::{Biller, Limits, MAX_MINOR, Method},
    payments::Entry,
    platform::Route,
    receipts::{Outcome, OutcomeError, Stored},
    store::{StoreError, Tx},
};

/// Pages of one refresh; a bank that always says "more" does not hold us for ever.
const MAX_PAGES: usize = 200;
/// Documents kept until their key is known.
const MAX_UNVERIFIED: usize = 1000;

/// Where the feed stands, and when it was last heard.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Cursor {
    pub cursor: Option<String>,
    /// By the bank's clock.
    pub as_of: Option<Timestamp>,
    pub limits: Option<Limits>,
    pub methods: Vec<Method>,
    /// Open orders of the customer's other devices.
    pub elsewhere: Vec<KnownOrder>,
    /// The bank has seen a higher journal sequence than this file knows: it was rolled back.
    #[serde(default)]
    pub rolled_back: bool,
    /// The lowest sequence that the next order may have.
    #[serde(default)]
    pub sequence_floor: i64,
    /// Documents by keys that are not known yet: looked at again with each refresh.
    #[serde(default)]
    pub unverified: Vec<String>,
}

/// The catalogue as last sent.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Catalogue {
    pub billers: Vec<Biller>,
}

impl Cursor {
    pub(super) fn load(tx: &Tx<'_>) -> Result<Self, StoreError> {
        Ok(tx.setting("feed")?.unwrap_or_default())
    }

    pub(super) fn save(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.set_setting("feed", self)
    }

    /// The next refresh starts from nothing, and deletes nothing.
    pub(super) fn restart(tx: &Tx<'_>) -> Result<(), StoreError> {
        Self { cursor: None, ..Self::load(tx)? }.save(tx)
    }
}

impl Catalogue {
    pub(super) fn load(tx: &Tx<'_>) -> Result<Self, StoreError> {
        Ok(tx.setting("catalogue")?.unwrap_or_default())
    }

    fn merge(tx: &Tx<'_>, news: Vec<Biller>) -> Result<(), StoreError> {
        if news.is_empty() {
            return Ok(());
        }
        let mut stored = Self::load(tx)?;
        for biller in news {
            match stored.billers.iter_mut().find(|known| known.id == biller.id) {
                Some(known) if known.version > biller.version => {}
                Some(known) => *known = biller,
                None => stored.billers.push(biller),
            }
        }
        tx.set_setting("catalogue", &stored)
    }
}

impl Client {
    /// Fetches everything that changed: billers, accounts, bills, receipts of all channels.
    ///
    /// # Errors
    /// [`RefreshError`]; what was here before is still here.
    pub async fn refresh(&self) -> Result<Refreshed, RefreshError> {
        let mut refreshed = Refreshed::default();
        for _ in 0..MAX_PAGES {
            let cursor = self.0.read(|tx| Ok::<_, Fault>(Cursor::load(tx)?.cursor)).await?;
            let path = match &cursor {
                Some(cursor) => format!("/v1/sync?cursor={}", query_value(cursor)),
                None => "/v1/sync".to_owned(),
            };
            let reply = match self.0.ask(&Call::get(path)).await? {
                Ok(reply) => reply,
                Err(problem) => return Err(self.0.refresh_problem(&problem).await),
            };
            let as_of = reply.bank_time;
            let feed: Feed = reply.body()?;
            let more = feed.more;
            self.0.take(feed, as_of, &mut refreshed).await?;
            if !more {
                break;
            }
        }
        self.0.renew_trust().await;
        Ok(refreshed)
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
                bills.iter().try_for_each(|bill| Known::merge(tx, bill, as_of))?;
                Ok::<_, RefreshError>(())
            })
            .await
    }
}

impl Inner {
    /// Takes a page of the feed, in one transaction.
    async fn take(
        self: &Arc<Self>,
        feed: Feed,
        as_of: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<(), RefreshError> {
        let highest = feed.journal.highest_sequence;
        if !(0..MAX_MINOR).contains(&highest) {
            return Err(Fault::BadAnswer("a journal sequence out of range").into());
        }
        let kept = self.read(|tx| Ok::<_, Fault>(Cursor::load(tx)?.unverified)).await?;
        let compacts: Vec<&String> = feed.outcomes.iter().chain(&kept).collect();
        let (outcomes, unverified) = self.verify_all(&compacts, refreshed).await;
        refreshed.bills += feed.bills.len();
        refreshed.receipts += outcomes.len();
        let this = self.clone();
        self.write(move |tx| {
            Catalogue::merge(tx, feed.billers)?;
            for account in &feed.accounts {
                Binding::merge(tx, account)?;
            }
            for bill in &feed.bills {
                Known::merge(tx, bill, as_of)?;
            }
            let identity = Identity::load(tx)?.ok_or(Fault::NotActivated)?;
            for outcome in &outcomes {
                if outcome.subject.customer == identity.customer {
                    Stored::keep(tx, outcome)?;
                    this.end_by_feed(tx, outcome)?;
                }
            }
            if let Some(customer) = feed.customer
                && (customer.may_pay, &customer.name_masked) != (identity.may_pay, &identity.name_masked)
            {
                let (may_pay, name_masked) = (customer.may_pay, customer.name_masked);
                Identity { may_pay, name_masked, ..identity.clone() }.save(tx)?;
            }
            let mut cursor = Cursor::load(tx)?;
            cursor.cursor = Some(feed.cursor);
            cursor.as_of = Some(as_of);
            cursor.limits = feed.limits.or(cursor.limits);
            merge_methods(&mut cursor.methods, feed.methods, feed.full);
            merge_orders(&mut cursor.elsewhere, feed.orders, &identity.device);
            cursor.unverified = unverified;
            if highest > Entry::highest_sequence(tx)? && highest > cursor.sequence_floor {
                cursor.rolled_back = true;
            }
            cursor.sequence_floor = cursor.sequence_floor.max(highest);
            let floor = cursor.sequence_floor;
            cursor.save(tx)?;
            let mut memory = this.memory();
            memory.sequence = memory.sequence.map(|known| known.max(floor));
            Ok::<_, Fault>(())
        })
        .await?;
        Ok(())
    }

    /// Verifies the documents of a page. One that does not verify costs itself and nothing else; one
    /// by an unknown key is kept for later, and leads to one fetch of the trust document a page.
    async fn verify_all(
        self: &Arc<Self>,
        compacts: &[&String],
        refreshed: &mut Refreshed,
    ) -> (Vec<Outcome>, Vec<String>) {
        let mut verdicts = self.verdicts(compacts);
        if verdicts.iter().any(|verdict| matches!(verdict, Err(OutcomeError::Unverifiable { .. }))) {
            self.refresh_trust(Route::Pinned).await;
            verdicts = self.verdicts(compacts);
        }
        let (mut outcomes, mut unverified) = (Vec::new(), Vec::new());
        for (compact, verdict) in compacts.iter().zip(verdicts) {
            match verdict {
                Ok(outcome) => outcomes.push(outcome),
                // Not dropped for being of a later kind: kept as it came, until a version knows it.
                Err(OutcomeError::Unverifiable { .. } | OutcomeError::UnknownKind(_)) => {
                    refreshed.unverifiable += 1;
                    if unverified.len() < MAX_UNVERIFIED {
                        unverified.push((*compact).clone());
                    }
                }
                Err(OutcomeError::Malformed | OutcomeError::Invalid | OutcomeError::Incomplete) => {
                    refreshed.invalid += 1;
                }
            }
        }
        (outcomes, unverified)
    }

    fn verdicts(&self, compacts: &[&String]) -> Vec<Result<Outcome, OutcomeError>> {
        let keys = self.trust().receipt_keys.clone();
        compacts.iter().map(|compact| Outcome::verify(compact, &keys, &*self.platform.suite)).collect()
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
            _ => RefreshError::Fault(self.fault(problem).await),
        }
    }
}

fn merge_methods(known: &mut Vec<Method>, news: Vec<Method>, full: bool) {
    if full {
        known.clear();
    }
    for method in news {
        match known.iter_mut().find(|old| old.id == method.id) {
            Some(old) => *old = method,
            None => known.push(method),
        }
    }
}

/// The feed names all open orders each time: what it does not name any more is over.
fn merge_orders(elsewhere: &mut Vec<KnownOrder>, orders: Vec<KnownOrder>, device: &str) {
    *elsewhere = orders.into_iter().filter(|order| order.device != device && order.state == "open").collect();
}

/// Percent-encodes what may not stand in a query (RFC 3986, section 3.4).
fn query_value(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
