//! Paying and nothing else: the life that speed is measured by.

use billpay_core::{BillView, Client, model::Language};
use futures_util::future::join_all;

use super::{Person, answered, tapping::hears};
use crate::life::{
    common::{Common, Unfit},
    phone::Phone,
    record::Terms,
};

/// Flows at the same time.
const AT_ONCE: usize = 20;

impl Person {
    /// Pays every bill there is, [`AT_ONCE`] at a time, each as it is asked for.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn live_steadily(&mut self) -> Result<(), Unfit> {
        self.activate().await?;
        self.bind().await?;
        self.refresh().await?;
        let bills = self.with(|client| async move { client.bills(Language::Zh).await }).await?;
        let Some(Ok(bills)) = bills else { return Ok(()) };
        let (common, phone) = (self.common.clone(), self.phone.clone());
        self.with(|client| async move {
            for some in bills.bills.chunks(AT_ONCE) {
                join_all(some.iter().map(|bill| pay(&common, &phone, &client, bill))).await;
            }
        })
        .await
        .map(drop)
    }
}

/// One bill: a quote, whose number it is if it is paid to for the first time, a tap, the receipt.
async fn pay(common: &Common, phone: &Phone, client: &Client, bill: &BillView) {
    // A top-up asks for nothing in particular.
    let amount = (bill.amount.minor() == 0).then_some(bill.minimum);
    // A quote is no order: people ask again for one that was lost.
    for _ in 0..4 {
        let quote = client.quote(&bill.biller, &bill.bill_number, amount, None).await;
        answered(common, phone, "quote", &Some(quote.as_ref().map(drop)));
        let Ok(quote) = quote else { continue };
        if let Some(first) = &quote.first_payment {
            // If it fails the tap says so.
            let _ = client.acknowledge_echo(&first.account, &first.echo_digest).await;
        }
        let asked = common.record.facts().told.len();
        let paid = client.pay(&quote.id).await;
        hears(common, phone, client, &Terms::from(&quote), Some(paid), asked).await;
        common.record.facts().flows += 1;
        return;
    }
}
