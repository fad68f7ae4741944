//! Several bills in one go, and the usual one with one tap (rows 73 and 74); and what must hold of them: of
//! each bill an order and an answer of its own, one after the other, whatever became of the others.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use billpay_core::{
    BillStatus, BillView, Bills, Payment, PaymentState, Several, Wish,
    error::{PayError, QuoteError, SeveralError, UsualError},
    model::BillKind,
};

use super::{
    Person, answered,
    tapping::{Tapped, has_receipt, reads},
    told,
};
use crate::life::{
    common::{Common, Unfit, pause},
    phone::Phone,
    record::{Said, Terms},
};

/// What a list came to, bill by bill, as far as it came.
type Heard = Arc<Mutex<Vec<Result<Payment, PayError>>>>;

impl Person {
    /// Takes several bills of the list and pays them in one go.
    pub(super) async fn pay_several(&mut self, bills: &Bills) -> Result<(), Unfit> {
        let any: Vec<&BillView> = bills.bills.iter().collect();
        let open: Vec<&BillView> = bills.bills.iter().filter(|bill| bill.status == BillStatus::Open).collect();
        let count = self.stream.between(2, 6);
        let mut picked: Vec<&BillView> = Vec::new();
        for _ in 0..count {
            let from = if open.is_empty() || self.stream.chance(100) { &any } else { &open };
            picked.extend(self.stream.pick(from));
        }
        let key = |bill: &BillView| (bill.biller.clone(), bill.bill_number.clone());
        if !self.stream.chance(50) {
            let mut once = BTreeSet::new();
            picked.retain(|bill| once.insert(key(bill)));
        }
        let mut wishes = Vec::new();
        for bill in picked {
            let (biller, bill_number) = key(bill);
            wishes.push(Wish { biller, bill_number, amount: self.amount(bill), method: None });
        }
        let twice =
            wishes.iter().map(|wish| (&wish.biller, &wish.bill_number)).collect::<BTreeSet<_>>().len() < wishes.len();
        let asked = wishes.clone();
        let several = self.with(|client| async move { client.quote_all(&asked).await }).await?;
        if twice {
            if !matches!(several, None | Some(Err(SeveralError::ListedTwice { .. }))) {
                self.common.wrong("I1", format!("phone {} takes a bill twice onto one list", self.phone.number));
            }
            return Ok(());
        }
        let said = self.answered("quote_all", &several);
        self.note(format_args!("asks for {} bills in one go: {said}", wishes.len()));
        let Some(Ok(several)) = several else { return Ok(()) };
        self.one_of_each(&wishes, &several);
        for quote in several.quotes.iter().flatten() {
            self.compare(quote).await?;
        }
        for quote in &several.quotes {
            if let Err(QuoteError::PaymentInDoubt { payment }) = quote {
                self.told(payment, Said::Checking);
            }
        }
        self.common.record.facts().flows += u64::try_from(several.quotes.len()).unwrap_or(0);
        pause(self.stream.below(20_000)).await;
        let taken = several.quotes.into_iter().flatten().map(|quote| (Terms::from(&quote), quote.id)).collect();
        self.yes_to_all(taken).await
    }

    /// The list that is to be confirmed has each bill in its place, and adds up.
    fn one_of_each(&self, wishes: &[Wish], several: &Several) {
        let mut sum = 0;
        let mut each = wishes.len() == several.quotes.len();
        for (wish, quote) in wishes.iter().zip(&several.quotes) {
            if let Ok(quote) = quote {
                each &= wish.bill_number == quote.bill_number;
                sum += quote.total.minor();
            }
        }
        let total: i64 = several.totals.iter().map(|total| total.minor()).sum();
        if !each || sum != total {
            let what = format!("phone {} lists {several:?} for {wishes:?}", self.phone.number);
            self.common.wrong("I3", what);
        }
    }

    /// Says yes to a list; looks away now and then before it is through.
    async fn yes_to_all(&mut self, taken: Vec<(Terms, String)>) -> Result<(), Unfit> {
        if taken.is_empty() {
            return Ok(());
        }
        let looks_away = self.stream.chance(200).then(|| Duration::from_millis(self.stream.below(4_000)));
        let known = self.orders()?;
        let heard = Heard::default();
        let (list, hears, common, phone) = (taken.clone(), heard.clone(), self.common.clone(), self.phone.clone());
        let asked = self.common.record.facts().told.len();
        let paid = self.with(|client| async move {
            let ids: Vec<&str> = list.iter().map(|(_, id)| id.as_str()).collect();
            let mut nth = 0;
            // Heard as it comes: the app may die before the next one.
            let hear = |quote: &str, outcome: &Result<Payment, PayError>| {
                let due = list.get(nth).filter(|(_, id)| id == quote);
                nth += 1;
                one_outcome(&common, &phone, due.map(|(terms, _)| terms), outcome, asked);
                hears.lock().unwrap_or_else(PoisonError::into_inner).push(outcome.clone());
            };
            let all = client.pay_all(&ids, hear);
            let paid = match looks_away {
                Some(after) => tokio::time::timeout(after, all).await.ok(),
                None => Some(all.await),
            };
            for payment in paid.iter().flatten().flatten().flatten() {
                if payment.state == PaymentState::Settled {
                    has_receipt(&common, phone.number, &payment.id, client.receipt(&payment.id).await);
                }
            }
            paid
        });
        let paid = paid.await?;
        let heard = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
        self.note(format_args!("pays {} bills in one go, and hears of {}", taken.len(), heard.len()));
        let whole = matches!(paid, Some(Some(Ok(_))));
        if let Some(Some(paid)) = &paid
            && (paid.as_ref() != Ok(&heard) || heard.len() != taken.len())
        {
            let what = format!("phone {} says of a list {paid:?}, and said {heard:?}", self.phone.number);
            self.common.wrong("I3", what);
        }
        let (mut tapped, mut orders, mut need_a_code) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (taken, outcome) in taken.iter().zip(heard) {
            match outcome {
                Ok(Payment { id, .. }) | Err(PayError::PaymentInDoubt { payment: id }) => {
                    if !orders.insert(id.clone()) {
                        let what = format!("phone {} says {id} of two bills of a list", self.phone.number);
                        self.common.wrong("I3", what);
                    }
                    tapped.push(Tapped::Order(id));
                }
                Err(error) => {
                    if error == PayError::StepUpNeeded {
                        need_a_code.push(taken.clone());
                    }
                    tapped.push(Tapped::NoOrder);
                }
            }
        }
        // Of a list that was left half-way one order may be under way, and no more: the rest is unsigned.
        if !whole {
            self.common.record.facts().left_half_way += 1;
            tapped.push(Tapped::NotHeard);
        }
        self.every_order_was_told(&known, &tapped)?;
        // A code is for one order: each of those is paid on its own.
        if need_a_code.is_empty() { Ok(()) } else { self.tap(need_a_code).await }
    }

    /// One tap: whatever is usual for an account. A bill of another account, or another sum than last time
    /// for a top-up, is not what was usual.
    pub(super) async fn pay_as_usual(&mut self, bills: &Bills) -> Result<(), Unfit> {
        let Some(account) = self.stream.pick(&bills.bills).map(|bill| bill.account.clone()) else { return Ok(()) };
        let of = account.clone();
        let usual = self.with(|client| async move { client.usual(&of).await }).await?;
        let said = self.answered("usual", &usual);
        self.note(format_args!("pays as usual: {said}"));
        let quote = match usual {
            Some(Ok(quote)) => quote,
            Some(Err(UsualError::Quote(QuoteError::PaymentInDoubt { payment }))) => {
                self.told(&payment, Said::Checking);
                return Ok(());
            }
            Some(Err(_)) | None => return Ok(()),
        };
        let bill = bills.bills.iter().find(|bill| bill.bill_number == quote.bill_number);
        let last = bill.filter(|bill| bill.kind == BillKind::TopUp).map(|bill| self.last_paid(&bill.bill_number));
        let sum = quote.amount.minor();
        if bill.is_none_or(|bill| bill.account != account) || last.is_some_and(|sums| !sums.contains(&sum)) {
            let what = format!("phone {} takes {quote:?} for usual of {account}", self.phone.number);
            self.common.wrong("I3", what);
        }
        self.common.record.facts().flows += 1;
        self.compare(&quote).await?;
        self.tap(vec![(Terms::from(&quote), quote.id)]).await
    }

    /// The sums that were ever sent for a top-up account.
    fn last_paid(&self, bill: &str) -> BTreeSet<i64> {
        let facts = self.common.record.facts();
        facts.sent.values().filter(|sent| sent.bill == bill).map(|sent| sent.amount).collect()
    }
}

/// What is heard of one bill of a list, with what was shown of it; nothing was, where it is out of its turn.
fn one_outcome(
    common: &Common,
    phone: &Phone,
    shown: Option<&Terms>,
    outcome: &Result<Payment, PayError>,
    asked: usize,
) {
    answered(common, phone, "pay_all", &Some(outcome.as_ref()));
    match outcome {
        Ok(payment) => {
            told(common, phone.number, &payment.id, Said::from(&payment.state), asked);
            reads(common, phone.number, payment);
            let paid = Terms::from(payment);
            if shown != Some(&paid) {
                common.wrong("I3", format!("phone {} offered {shown:?} and paid {paid:?}", phone.number));
            }
        }
        Err(PayError::PaymentInDoubt { payment }) => told(common, phone.number, payment, Said::Checking, asked),
        Err(_) => {}
    }
}
