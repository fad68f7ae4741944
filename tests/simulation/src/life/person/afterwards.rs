//! After the faults: everything has to end, and one more bill to be paid.

use billpay_core::{PaymentState, error::QuoteError, model::Language};

use super::Person;
use crate::life::{
    common::{Unfit, pause},
    record::Terms,
};

impl Person {
    /// After all faults: one more bill, from the biller to the receipt (I4).
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn pay_one_more(&mut self, biller: &str, bill: &str) -> Result<(), Unfit> {
        let paid = self.one_more(biller, bill).await?;
        self.note(format_args!("pays one more: {}", paid.as_ref().err().map_or("ok", String::as_str)));
        if let Err(said) = paid {
            let what = format!("person {} cannot pay after the faults: {said}", self.number);
            self.common.wrong("I4", what);
        }
        Ok(())
    }

    pub(super) async fn one_more(&mut self, biller: &str, bill: &str) -> Result<Result<(), String>, Unfit> {
        for _ in 0..6 {
            if !self.active {
                self.activate().await?;
            }
            // An app that takes itself for active hears from a restored bank that it is not.
            self.bind().await?;
            if self.active {
                break;
            }
            // A number that was tried too often today can be activated on another day.
            pause(12 * 3_600_000).await;
        }
        if !self.active {
            return Ok(Err("not activated".to_owned()));
        }
        let mut said = "no such bill".to_owned();
        for _ in 0..10 {
            self.hears_that_it_is_not_active();
            if !self.active {
                self.activate().await?;
                self.bind().await?;
            }
            // Its other bills say which account it is of.
            let bills = self.with(|client| async move { client.bills(Language::Zh).await }).await?;
            let bills = bills.and_then(Result::ok).map(|bills| bills.bills).unwrap_or_default();
            match bills.into_iter().find(|one| one.biller == biller).map(|one| one.account) {
                Some(account) => {
                    let asked = self.with(|client| async move { client.query_bills(&account).await }).await?;
                    self.answered("query_bills", &asked);
                }
                None => drop(self.refresh().await?),
            }
            let (of, number) = (biller.to_owned(), bill.to_owned());
            let quote = self.with(|client| async move { client.quote(&of, &number, None, None).await }).await?;
            said = self.answered("quote", &quote);
            match quote {
                Some(Ok(quote)) => {
                    self.compare(&quote).await?;
                    self.tap(vec![(Terms::from(&quote), quote.id)]).await?;
                    said = "not settled".to_owned();
                }
                // Some have spent all they had, to the bank's own knowledge.
                Some(Err(QuoteError::InsufficientFunds)) if self.bank.is_broke(self.number, 600) => return Ok(Ok(())),
                // A day's limit is used up.
                Some(Err(QuoteError::LimitExceeded { .. })) => pause(86_400_000).await,
                Some(Err(_)) | None => {}
            }
            for _ in 0..20 {
                let payments = self.list().await?.unwrap_or_default();
                let paid = payments.iter().find(|payment| payment.bill_number == bill);
                match paid.map(|payment| &payment.state) {
                    Some(PaymentState::Settled) => return Ok(Ok(())),
                    Some(PaymentState::Checking { .. }) => pause(30_000).await,
                    Some(state) => {
                        said = format!("{state:?}");
                        break;
                    }
                    None => break,
                }
            }
            pause(20_000).await;
        }
        Ok(Err(said))
    }

    /// After the faults: opens the app once more and waits until everything has ended, for two hours
    /// at the most. Then looks at all there is.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn settle(&mut self) -> Result<(), Unfit> {
        let current = (self.phone.clone(), self.app.take());
        let last = self.phone.number;
        for (phone, app) in std::mem::take(&mut self.old).into_iter().chain([current]) {
            (self.phone, self.app) = (phone, app);
            self.with(|client| async move { client.resume().await }).await?;
            self.with(|client| async move { client.network_returned() }).await?;
            for _ in 0..720 {
                // The file says it without making the app open every row of it.
                let journal = self.phone.keeper.journal()?;
                if !journal.iter().any(|(_, state)| matches!(state.as_str(), "authorized" | "in_doubt")) {
                    break;
                }
                pause(10_000).await;
            }
            self.look_at_all(self.phone.number == last).await?;
            if self.phone.number != last {
                self.old.push((self.phone.clone(), self.app.take()));
            }
        }
        Ok(())
    }

    /// No more crashes.
    pub fn spare(&self) {
        let running = self.old.iter().filter_map(|(_, app)| app.as_ref()).chain(&self.app);
        running.for_each(|app| app.process.spare());
        for phone in self.old.iter().map(|(phone, _)| phone).chain([&self.phone]) {
            phone.disk_is_seen_to();
            phone.keeper.spare();
        }
    }

    /// A phone that was replaced opens its app: it is told that it is revoked, or not known at all, and
    /// shows a restored bank what it has.
    pub(super) async fn refresh_drawer(&mut self) -> Result<(), Unfit> {
        let active = self.active;
        for _ in 0..4 {
            self.refresh().await?;
            pause(20_000).await;
        }
        self.active = active;
        Ok(())
    }

    pub(super) async fn look_at_all(&mut self, current: bool) -> Result<(), Unfit> {
        if !current {
            // What the bank says to it does not matter; that it sees the ledger's life does.
            self.refresh_drawer().await?;
        }
        if current && self.active {
            let mut refreshed = false;
            // The gateway may have been down when the faults ended.
            for _ in 0..6 {
                refreshed = self.refresh().await?;
                if refreshed {
                    break;
                }
                if !self.active {
                    self.activate().await?;
                }
                pause(15_000).await;
            }
            if !refreshed {
                let what = format!("phone {} cannot refresh after the faults", self.phone.number);
                self.common.wrong("I4", what);
            }
            self.look_at_the_chain().await?;
        }
        self.hear(false).await?;
        self.list().await.map(drop)
    }

    /// The last look, when nothing is under way any more; at the phones in the drawer too.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn last_look(&mut self) -> Result<(), Unfit> {
        let current = (self.phone.clone(), self.app.take());
        let last = self.phone.number;
        for (phone, app) in std::mem::take(&mut self.old).into_iter().chain([current]) {
            (self.phone, self.app) = (phone, app);
            if self.phone.number == last && self.active && self.refresh().await? {
                let customer = self.bank.customer(self.number);
                self.common.record.facts().complete.insert(last, customer);
            }
            self.hear(false).await?;
            self.list().await?;
            self.look_at_the_chain().await?;
            if self.phone.number == last && self.active {
                self.is_reminded_at_last().await?;
            }
            if self.phone.number != last {
                self.old.push((self.phone.clone(), self.app.take()));
            }
        }
        Ok(())
    }
}
