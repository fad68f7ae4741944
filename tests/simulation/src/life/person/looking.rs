//! What a person looks at and hears.

use billpay_core::{Payment, PaymentState, events::EventKind};

use super::{
    Person,
    tapping::{has_receipt, reads},
};
use crate::life::{
    common::Unfit,
    record::{Look, Said, Shown},
};

impl Person {
    /// Hears what the app has to say, and acknowledges it, mostly.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn hear(&mut self, careless: bool) -> Result<(), Unfit> {
        for _ in 0..60 {
            let event = self.with(|client| async move { client.next_event().await }).await?;
            let Some(Ok(Some(event))) = event else { return Ok(()) };
            let said = match event.kind {
                // It settled before money came back.
                EventKind::Settled | EventKind::Repaid => Said::Settled,
                EventKind::Refused => Said::Refused,
                EventKind::Reversed => Said::Reversed,
                EventKind::Cancelled => Said::Cancelled,
            };
            let payment = event.payment().to_owned();
            self.told(&payment, said);
            self.common.record.facts().events.insert((self.phone.number, payment.clone(), said));
            if said == Said::Settled {
                self.look_at(&payment).await?;
            }
            if careless && self.stream.chance(100) {
                return Ok(());
            }
            self.with(|client| async move { client.acknowledge_event(&event.id).await }).await?;
        }
        Ok(())
    }

    /// "Settled" is never said without a receipt.
    pub(super) async fn look_at(&mut self, payment: &str) -> Result<(), Unfit> {
        let wanted = payment.to_owned();
        let seen = self.with(|client| async move { client.receipt(&wanted).await }).await?;
        // If the app died over it, nothing was said.
        if let Some(seen) = seen {
            has_receipt(&self.common, self.phone.number, payment, seen);
        }
        Ok(())
    }

    /// Looks at the list of payments.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn list(&mut self) -> Result<Option<Vec<Payment>>, Unfit> {
        let page = self.with(|client| async move { client.payments(500, 0).await }).await?;
        self.answered("list", &page);
        let Some(Ok(page)) = page else { return Ok(None) };
        self.opens_all("payments", page.damaged);
        let payments = page.payments;
        for payment in &payments {
            self.told(&payment.id, Said::from(&payment.state));
            reads(&self.common, self.phone.number, payment);
            let key = (self.phone.number, payment.id.clone());
            let known = {
                let mut facts = self.common.record.facts();
                facts.listed.insert(key.clone(), Said::from(&payment.state));
                facts.looked_at.contains(&key)
            };
            if payment.state == PaymentState::Settled && !known {
                self.look_at(&payment.id).await?;
            }
        }
        Ok(Some(payments))
    }

    /// The app opens all that it lists of something.
    fn opens_all(&self, of_what: &str, damaged: usize) {
        if damaged > 0 {
            let what = format!("phone {} cannot open {damaged} of its {of_what}", self.phone.number);
            self.common.wrong("I9", what);
        }
    }

    /// Looks at the receipts.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn receipts(&mut self) -> Result<Vec<Shown>, Unfit> {
        let page = self.with(|client| async move { client.receipts(500, 0).await }).await?;
        self.answered("receipts", &page);
        let Some(Ok(page)) = page else { return Ok(Vec::new()) };
        self.opens_all("documents", page.damaged);
        let phone = self.phone.number;
        let mut all = Vec::new();
        let mut facts = self.common.record.facts();
        facts.receipts.retain(|(of, _), _| *of != phone);
        for view in page.receipts {
            let verified = view.proof == billpay_core::Proof::Verified;
            let shown = Shown { compact: view.compact, verified };
            all.push(shown.clone());
            facts.receipts.entry((phone, view.payment)).or_default().push(shown);
        }
        Ok(all)
    }

    /// Looks at all documents, and at what the phone says of their chain.
    pub(super) async fn look_at_the_chain(&mut self) -> Result<(), Unfit> {
        let documents = self.receipts().await?;
        let breaks = self.with(|client| async move { client.chain_breaks().await }).await?;
        self.answered("chain_breaks", &breaks);
        if let Some(Ok(breaks)) = breaks {
            self.note(format_args!("{} documents, {} breaks in the chain", documents.len(), breaks.len()));
            self.common.record.facts().looks.push((self.phone.number, Look { documents, breaks }));
        }
        Ok(())
    }
}
