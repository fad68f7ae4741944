//! A bit of the phone's file turns over (fault 32). The app opens it or says why not; if it opens, it is used as
//! always: it may say that something is damaged, and never anything false. Then the file is put aside, as the
//! app advises, and everything comes back from the bank to a new one.

use billpay_core::{
    BillStatus, Client,
    error::{Fault, PayError, QuoteError, RefreshError},
    model::Language,
};

use super::{Person, tapping::reads, word};
use crate::life::{
    common::{Unfit, pause},
    fault::Kind,
    phone::Phone,
    record::Said,
    rng::Stream,
};

/// Bills that are paid from such a file.
const PAID: usize = 3;

impl Person {
    /// The fault, if it may come now; `draw` is its own, so that a life without it is as it was.
    pub(super) async fn page_may_rot(&mut self, mut draw: Stream) -> Result<(), Unfit> {
        // What neither a restored bank nor a phone has any more is a person's, who finds it with the statement.
        let may = draw.chance(4) && self.active && !self.has_a_second_phone() && !self.bank.restores();
        if !may || !self.common.faults.may(Kind::PageRots) {
            return Ok(());
        }
        self.end_the_app().await;
        let Some(at) = self.phone.keeper.rots(draw.next(), draw.next()) else { return Ok(()) };
        self.common.faults.struck(Kind::PageRots);
        self.note(format_args!("has a file that is rotten at byte {at}"));
        let gone = self.phone.number;
        self.common.record.facts().rotten.insert(gone);
        match self.phone.second_process().await {
            Some(Ok(app)) => {
                app.process.within(self.uses_what_is_rotten(&app.client, &mut draw)).await;
                drop(app.client);
                app.process.kill().await;
            }
            Some(Err(error)) => self.note(format_args!("cannot open it: {error}")),
            None => self.note(format_args!("has no power")),
        }
        self.common.record.facts().lost.insert(gone);
        let name = self.phone.name().to_owned();
        self.phone = Phone::new(&self.common, &self.bank, self.phone.seed(), &name, gone + 1)?;
        self.active = false;
        self.activate().await?;
        self.bind().await
    }

    async fn uses_what_is_rotten(&self, client: &Client, draw: &mut Stream) {
        self.believes_the_list(client).await;
        let bills = client.bills(Language::Zh).await;
        self.note(format_args!("looks at bills: {}", word(&bills)));
        let open = bills.into_iter().flat_map(|page| page.bills).filter(|bill| bill.status == BillStatus::Open);
        for bill in open.take(PAID).collect::<Vec<_>>() {
            match client.quote(&bill.biller, &bill.bill_number, None, None).await {
                Ok(quote) => match client.pay(&quote.id).await {
                    Ok(payment) => {
                        self.told(&payment.id, Said::from(&payment.state));
                        reads(&self.common, self.phone.number, &payment);
                    }
                    Err(PayError::PaymentInDoubt { payment }) => self.told(&payment, Said::Checking),
                    Err(error) => self.note(format_args!("does not pay: {error}")),
                },
                Err(QuoteError::PaymentInDoubt { payment }) => self.told(&payment, Said::Checking),
                Err(error) => self.note(format_args!("gets no quote: {error}")),
            }
        }
        pause(draw.below(600_000)).await;
        let resolved = client.resolve().await;
        let refreshed = client.refresh().await;
        self.note(format_args!("asks again: {}, refreshes: {}", word(&resolved), word(&refreshed)));
        let defect = matches!(resolved, Err(Fault::Defect));
        if defect || matches!(refreshed, Err(RefreshError::Fault(Fault::Defect))) {
            self.common.wrong("panic", format!("a rotten file of phone {} is a defect to it", self.phone.number));
        }
        pause(draw.below(600_000)).await;
        self.believes_the_list(client).await;
    }

    /// What such a list shows is true; what it does not show may be damaged.
    async fn believes_the_list(&self, client: &Client) {
        let listed = client.payments(500, 0).await;
        self.note(format_args!("looks at payments: {}", word(&listed)));
        for payment in listed.into_iter().flat_map(|page| page.payments) {
            self.told(&payment.id, Said::from(&payment.state));
            reads(&self.common, self.phone.number, &payment);
        }
    }
}
