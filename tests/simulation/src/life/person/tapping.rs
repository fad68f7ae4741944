//! Tapping "pay", once or, as people do, several times; and what must hold of the answers.

use std::{collections::BTreeSet, time::Duration};

use billpay_core::{
    Client, Payment, PaymentState, Proof, ReceiptView,
    error::{CodeError, PayError, ViewError},
};
use futures_util::future::join_all;
use sandbox_gateway::activation::sms::SmsOutbox;

use super::{Person, answered, told, word};
use crate::life::{
    common::{Common, Unfit, pause},
    fault::Kind,
    phone::Phone,
    record::{Said, Terms},
};

/// What a tap on "pay" came to.
pub(super) enum Tapped {
    /// The app spoke of this order.
    Order(String),
    /// An error.
    NoOrder,
    /// The person did not wait for the answer.
    NotHeard,
}

/// Pays, and types the newest code where one is asked for: it may be the one of another order.
async fn pays(client: &Client, quote: &str, sms: &SmsOutbox, number: &str) -> Result<Payment, PayError> {
    match client.pay(quote).await {
        Err(PayError::StepUpNeeded) => {}
        other => return other,
    }
    match client.ask_payment_code(quote).await {
        // One was sent just now: by another tap.
        Ok(_) | Err(CodeError::TooSoon { .. }) => {}
        Err(CodeError::Order(error)) => return Err(error),
        Err(CodeError::Fault(fault)) => return Err(fault.into()),
        Err(CodeError::DailyCap { .. } | CodeError::NothingToChange | CodeError::AboveCeiling { .. }) => {
            return Err(PayError::StepUpNeeded);
        }
    }
    let code = sms.newest(number).and_then(|sms| sms.text.rsplit_once('#').map(|(_, code)| code.trim().to_owned()));
    client.pay_with_code(quote, &code.unwrap_or_default()).await
}

/// What a person hears of a tap; `None` if nobody waited for the answer.
pub(super) async fn hears(
    common: &Common,
    phone: &Phone,
    client: &Client,
    terms: &Terms,
    paid: Option<Result<Payment, PayError>>,
    asked: usize,
) -> Tapped {
    let number = phone.number;
    answered(common, phone, "pay", &paid);
    match paid {
        Some(Ok(payment)) => {
            told(common, number, &payment.id, Said::from(&payment.state), asked);
            reads(common, number, &payment);
            let paid = Terms::from(&payment);
            if paid != *terms {
                common.wrong("I3", format!("phone {number} offered {terms:?} and paid {paid:?}"));
            }
            if payment.state == PaymentState::Settled {
                has_receipt(common, number, &payment.id, client.receipt(&payment.id).await);
            }
            Tapped::Order(payment.id)
        }
        Some(Err(PayError::PaymentInDoubt { payment })) => {
            told(common, number, &payment, Said::Checking, asked);
            Tapped::Order(payment)
        }
        Some(Err(error)) => {
            let said = word::<(), _>(&Err(error));
            common.trace.note(format_args!("phone {number} does not pay: {said}"));
            Tapped::NoOrder
        }
        None => {
            common.trace.note(format_args!("phone {number}: the person looks away"));
            Tapped::NotHeard
        }
    }
}

/// A person reads what a payment is about.
pub(super) fn reads(common: &Common, phone: usize, payment: &Payment) {
    let terms = Terms::from(payment);
    let known = common.record.facts().terms.insert((phone, payment.id.clone()), terms.clone());
    if let Some(known) = known.filter(|known| *known != terms) {
        common.wrong("I3", format!("phone {phone} said {known:?} of {}, and then {terms:?}", payment.id));
    }
}

/// "Settled" is never said without a receipt.
pub(super) fn has_receipt(common: &Common, phone: usize, payment: &str, seen: Result<ReceiptView, ViewError>) {
    let proved = match &seen {
        Ok(view) => view.kind == "receipt" && view.proof == Proof::Verified,
        // The key store said no: nothing was said.
        Err(ViewError::Fault(_)) => return,
        Err(ViewError::NotFound) => false,
    };
    common.record.facts().looked_at.insert((phone, payment.to_owned()));
    if !proved {
        common.wrong("I3", format!("phone {phone} said settled of {payment} without a receipt"));
    }
}

impl Person {
    /// Taps "pay" once or, as people do, several times; looks away now and then.
    pub(super) async fn tap(&mut self, quotes: Vec<(Terms, String)>) -> Result<(), Unfit> {
        let (drawn, many, few, most) =
            (self.stream.chance(250), self.stream.chance(150), self.stream.between(2, 4), self.stream.between(5, 20));
        let taps = match drawn && self.common.faults.strikes(Kind::ManyTaps) {
            true if many => most,
            true => few,
            false => 1,
        };
        let mut all = Vec::new();
        for quote in &quotes {
            for tap in 0..taps {
                let delay = if tap == 0 { 0 } else { self.stream.below(800) };
                let looks_away = self.stream.chance(150).then(|| self.stream.below(3_000));
                all.push((quote.clone(), delay, looks_away));
            }
        }
        let known = self.phone.keeper.is_unsound().then(|| self.orders()).transpose()?;
        let (common, phone) = (self.common.clone(), self.phone.clone());
        let (sms, number) = (self.bank.sms.clone(), self.phone_number.clone());
        let tapped = self.with(|client| {
            let taps = all.into_iter().map(move |((terms, quote), delay, looks_away)| {
                let (client, common, tapped) = (client.clone(), common.clone(), phone.clone());
                let (sms, number) = (sms.clone(), number.clone());
                async move {
                    pause(delay).await;
                    let asked = common.record.facts().told.len();
                    let paid = match looks_away {
                        Some(after) => {
                            tokio::time::timeout(Duration::from_millis(after), pays(&client, &quote, &sms, &number))
                                .await
                                .ok()
                        }
                        None => Some(pays(&client, &quote, &sms, &number).await),
                    };
                    let (common, tapped) = (&*common, &*tapped);
                    hears(common, tapped, &client, &terms, paid, asked).await
                }
            });
            join_all(taps)
        });
        let tapped = tapped.await?;
        if let (Some(known), Some(tapped)) = (known, tapped) {
            self.every_order_was_told(&known, &tapped)?;
        }
        Ok(())
    }

    /// Every order that a phone has, or ever sent.
    pub(super) fn orders(&self) -> Result<BTreeSet<String>, Unfit> {
        let sent: BTreeSet<String> = self.common.record.facts().sent.keys().cloned().collect();
        Ok(self.phone.keeper.journal()?.into_iter().map(|(payment, _)| payment).chain(sent).collect())
    }

    /// A tap that was answered with an error has left no order behind.
    pub(super) fn every_order_was_told(&self, known: &BTreeSet<String>, tapped: &[Tapped]) -> Result<(), Unfit> {
        let told = |payment: &String| tapped.iter().any(|one| matches!(one, Tapped::Order(told) if told == payment));
        let journal = self.phone.keeper.journal()?;
        let untold: Vec<&String> = journal
            .iter()
            .map(|(payment, _)| payment)
            .filter(|payment| !known.contains(*payment) && !told(payment))
            .collect();
        if untold.len() > tapped.iter().filter(|one| matches!(one, Tapped::NotHeard)).count() {
            let what = format!("phone {} has orders that it said it had not made: {untold:?}", self.phone.number);
            self.common.wrong("I3", what);
        }
        Ok(())
    }
}
