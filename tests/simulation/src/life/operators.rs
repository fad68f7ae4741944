//! Two persons at the bank who go through the operator's list in some lives, and end by hand what no rule
//! ends (rule 12). Each of them looks into the biller's books himself, and says what he has seen there at
//! that moment. What may not be ended yet, the bank has to refuse.

use std::sync::Arc;

use sandbox_gateway::{
    biller::Billers,
    payments::{by_hand::Word, transition::Ruling},
};

use super::{
    bank::Bank,
    check::number_of,
    common::{Common, Unfit, pause},
    rng::Stream,
};

/// Who they are.
const PERSONS: [&str; 2] = ["operator Zhao", "operator Qian"];
/// What they leave alone: it has ended, and money of the bank's own is all that is left to put in its place.
const ENDED: &str = "method-unknown";

/// The two, in a life in which there are any.
#[derive(Clone)]
pub struct Operators {
    common: Arc<Common>,
    bank: Arc<Bank>,
    billers: Arc<Billers>,
    plan: Stream,
}

impl Operators {
    /// In half of the lives; in the others the list stands at the end.
    #[must_use]
    pub fn of(seed: u64, common: &Arc<Common>, bank: &Arc<Bank>, billers: &Arc<Billers>) -> Option<Self> {
        let mut plan = Stream::of(seed, "operators");
        plan.chance(500).then(|| Self { common: common.clone(), bank: bank.clone(), billers: billers.clone(), plan })
    }

    /// Their day, while everybody lives: now and then a look at the list.
    pub async fn work(mut self) {
        loop {
            pause(self.plan.between(30_000, 600_000)).await;
            if let Err(unfit) = self.go_through_the_list().await {
                return self.common.wrong("I9", format!("the operators cannot look: {unfit}"));
            }
        }
    }

    /// Goes through the list once.
    ///
    /// # Errors
    /// A ledger cannot be read.
    pub async fn go_through_the_list(&mut self) -> Result<(), Unfit> {
        let Some(gateway) = self.bank.gateway() else { return Ok(()) };
        let list = gateway.for_a_person()?;
        drop(gateway);
        for line in list.into_iter().filter(|line| line.reason != ENDED) {
            for person in PERSONS {
                let Some(charged) = self.has_charge(&line.payment_id)? else { continue };
                let word = Word {
                    payment_id: line.payment_id.clone(),
                    ruling: if charged { Ruling::Charged } else { Ruling::NotCharged },
                    biller_minor: None,
                    person: person.to_owned(),
                };
                let heard = self.bank.rule(word).await;
                self.common.trace.note(format_args!("{person} on {}, charged: {charged}: {heard:?}", line.payment_id));
                pause(self.plan.below(120_000)).await;
            }
        }
        Ok(())
    }

    /// Whether the biller has a charge of it; `None` of an order that nobody has seen.
    fn has_charge(&self, payment: &str) -> Result<Option<bool>, Unfit> {
        let Some(number) = self.common.record.facts().sent.get(payment).map(|sent| number_of(&sent.digest)) else {
            return Ok(None);
        };
        let charges = self.billers.charges()?;
        Ok(Some(charges.iter().any(|line| line.charged && line.number.to_string() == number)))
    }
}
