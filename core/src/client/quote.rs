//! Prepare, then pay: what a payment would be, asked of the biller at this moment.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{Client, FirstPayment, Inner, QuoteView, cursor::Cursor, taken::Taken};
use crate::{
    accounts::Binding,
    bills::{
        Known,
        amounts::{self, Unfit},
    },
    error::{Fault, QuoteError},
    gateway::{
        caller::Call,
        problem::Problem,
        wire::{AskQuote, Quote},
    },
    model::{Bill, BillKind, BillState, MethodState, Money, legible},
    payments::{Entry, LONGEST_QUOTE, payable_key},
    store::give_way,
};

/// Quotes kept to be taken up; more than a person has open at a time.
pub(super) const KEPT: usize = 32;

impl Client {
    /// Asks what paying this bill would be: payee, amount, fee, total, until when. `amount` is the
    /// bill's own where none is given, `method` the default one.
    ///
    /// # Errors
    /// [`QuoteError`]; no money moves here.
    pub async fn quote(
        &self,
        biller: &str,
        bill_number: &str,
        amount: Option<Money>,
        method: Option<&str>,
    ) -> Result<QuoteView, QuoteError> {
        let mut rest = None;
        match self.ask_quote(biller, bill_number, amount, method, &mut rest).await {
            // A part was paid here, of which the biller has made another version that asks for the very rest that was shown:
            // for the person nothing has changed.
            Err(QuoteError::BillChanged { now: Some(now) }) if rest.is_some_and(|rest| is_the_rest(&rest, &now)) => {
                self.ask_quote(biller, bill_number, amount, method, &mut None).await
            }
            asked => asked,
        }
    }

    /// Asks once. `rest` is the bill as it was shown, where that is what is left of it.
    async fn ask_quote(
        &self,
        biller: &str,
        bill_number: &str,
        amount: Option<Money>,
        method: Option<&str>,
        rest: &mut Option<Bill>,
    ) -> Result<QuoteView, QuoteError> {
        let (biller, number) = (biller.to_owned(), bill_number.to_owned());
        let (known, binding, cursor) = self
            .0
            .read(move |tx| {
                let payable = payable_key(tx, &biller, &number)?;
                if let Some(payment) = Entry::open_id(tx, &payable)? {
                    return Err(QuoteError::PaymentInDoubt { payment });
                }
                let cursor = Cursor::load(tx)?;
                let here =
                    |order: &&crate::gateway::wire::KnownOrder| order.biller == biller && order.bill_number == number;
                if cursor.elsewhere.iter().any(|order| here(&order)) {
                    return Err(QuoteError::PaymentInProgressElsewhere);
                }
                let known = Known::load(tx, &biller, &number)?.ok_or(QuoteError::UnknownBill)?;
                if known.bill.state == BillState::Paid && known.bill.kind != BillKind::TopUp {
                    // By another device or channel, where this journal does not know.
                    let by = give_way(Entry::settled_on(tx, &payable))?.map(|settled| settled.id);
                    return Err(QuoteError::AlreadySettled { by });
                }
                let binding = tx.get::<Binding>(&known.bill.account)?.ok_or(QuoteError::UnknownBill)?;
                Ok((known, binding, cursor))
            })
            .await?;
        let part = known.asked() != known.bill.amount;
        let bill = known.remaining();
        *rest = part.then(|| bill.clone());
        let amount = amount.unwrap_or(bill.amount);
        amounts::fits(&bill, amount).map_err(|unfit| match unfit {
            Unfit::NotAllowed => QuoteError::AmountNotAllowed,
            Unfit::BelowMinimum => QuoteError::BelowMinimum { minimum: Some(bill.minimum) },
            Unfit::AboveMaximum => QuoteError::AboveMaximum { maximum: Some(bill.maximum) },
        })?;
        let usable = cursor.methods.iter().filter(|known| known.state == MethodState::Active);
        let method = match method {
            Some(wanted) => usable.clone().find(|known| known.id == wanted),
            None => usable.clone().find(|known| known.default).or(usable.clone().next()),
        };
        let method = method.ok_or(QuoteError::MethodUnusable)?;
        let body = AskQuote {
            account: &bill.account,
            bill_number: &bill.bill_number,
            // A top-up account looks the same after each payment: only its version tells that one was
            // made meanwhile, perhaps the very one that the person has no answer of yet.
            bill_version: bill.version,
            amount,
            method: &method.id,
        };
        let call = Call::post("/v1/quotes".to_owned(), &body, self.0.uuid())?;
        let reply = match self.0.ask_about(&bill.biller, &call).await? {
            Ok(reply) => reply,
            Err(problem) => return Err(self.0.quote_problem(&problem).await),
        };
        let (epoch, bank_time) = (reply.epoch.clone(), reply.bank_time);
        let quote: Quote = reply.body()?;
        let same = (&quote.biller, &quote.bill_number, quote.bill_version, quote.amount, &quote.method)
            == (&bill.biller, &bill.bill_number, bill.version, amount, &method.id);
        // What the person compared when binding is what is paid.
        let account = &binding.account;
        let bound = (&quote.customer_number, &quote.echo_digest) == (&account.customer_number, &account.echo_digest);
        if !same || !bound || quote.amount.plus(quote.fee) != Ok(quote.total) {
            return Err(Fault::BadAnswer("a quote for something else").into());
        }
        // What is signed is what is seen.
        if [&quote.payee, &quote.bill_number].into_iter().any(|text| legible(text).is_err()) {
            return Err(Fault::BadAnswer("a payee or a bill number that would not be seen as what it is").into());
        }
        let good_for = quote.valid_until.duration_since(bank_time);
        if good_for <= SignedDuration::ZERO || good_for > LONGEST_QUOTE {
            return Err(Fault::BadAnswer("a quote that is good for no time, or for more than an hour").into());
        }
        let first = (!binding.is_acknowledged()).then(|| FirstPayment::of(account));
        let shown = QuoteView { first_payment: first, ..QuoteView::of(&quote, method.label.clone(), bank_time) };
        Ok(self.0.keep_quote(quote, epoch, &account.id, shown))
    }
}

/// Whether a bill asks for what was shown as left of it, and until when.
fn is_the_rest(rest: &Bill, now: &Bill) -> bool {
    let shown = |bill: &Bill| (bill.kind, bill.state, bill.amount, bill.due_date);
    rest.kind == BillKind::Bill && shown(rest) == shown(now)
}

impl Inner {
    fn keep_quote(&self, quote: Quote, epoch: String, account: &str, shown: QuoteView) -> QuoteView {
        let id = self.uuid();
        let view = QuoteView { id: id.clone(), ..shown };
        let account = account.to_owned();
        let now = self.caller.bank_now();
        let mut memory = self.memory();
        memory.quoted += 1;
        let nth = memory.quoted;
        memory.quotes.retain(|_, known| now.is_none_or(|now| now <= known.quote.valid_until));
        memory.quotes.insert(id, Taken { quote, account, epoch, prepared: None, perhaps: None, nth });
        // Ids are made by the phone's clock, which may have been set back: the count tells the oldest.
        while memory.quotes.len() > KEPT {
            let oldest = memory.quotes.iter().min_by_key(|(_, known)| known.nth).map(|(id, _)| id.clone());
            oldest.and_then(|id| memory.quotes.remove(&id));
        }
        view
    }

    /// Keeps what a problem says that the bill is now.
    async fn take_bill(self: &Arc<Self>, problem: &Problem) -> Result<(), Fault> {
        let Some(bill) = problem.bill.clone() else { return Ok(()) };
        let now = self.caller.bank_now().unwrap_or(bill.updated_at);
        self.write(move |tx| Ok::<_, Fault>(Known::merge(tx, bill, now)?)).await
    }

    async fn quote_problem(self: &Arc<Self>, problem: &Problem) -> QuoteError {
        match problem.name() {
            "bill-unknown" | "account-unknown" => QuoteError::UnknownBill,
            "bill-changed" => {
                if let Err(fault) = self.take_bill(problem).await {
                    return fault.into();
                }
                QuoteError::BillChanged { now: problem.bill.clone().map(Box::new) }
            }
            "already-settled" => {
                if let Err(fault) = self.take_bill(problem).await {
                    return fault.into();
                }
                if problem.bill.as_ref().is_none_or(|bill| bill.state != BillState::Paid) {
                    // Else it would be asked for here until somebody refreshes.
                    self.refresh_soon();
                }
                QuoteError::AlreadySettled { by: problem.settled_by.clone() }
            }
            "payment-in-progress-elsewhere" => QuoteError::PaymentInProgressElsewhere,
            "amount-below-minimum" => QuoteError::BelowMinimum { minimum: problem.limit },
            "amount-above-maximum" => QuoteError::AboveMaximum { maximum: problem.limit },
            "amount-not-allowed" => QuoteError::AmountNotAllowed,
            "insufficient-funds" => QuoteError::InsufficientFunds,
            "limit-exceeded" => QuoteError::LimitExceeded { limit: problem.limit },
            "payment-not-enabled" => QuoteError::PaymentNotEnabled,
            "method-unknown" => QuoteError::MethodUnusable,
            "biller-closed" | "biller-unreachable" => QuoteError::BillerClosed { retry_at: problem.retry_at },
            _ => QuoteError::Fault(problem.into()),
        }
    }
}
