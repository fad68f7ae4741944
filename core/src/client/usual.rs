//! Paying as usual (row 74): what was last paid for a binding says what is paid next, and by what. The
//! quote is an ordinary one, so that limits, codes and the echo hold as for any other.

use super::{Client, QuoteView, cursor::Cursor, records::status};
use crate::{
    BillStatus,
    accounts::Binding,
    bills::{Known, amounts},
    error::{Fault, QuoteError, UsualError},
    model::{BillKind, Money},
    payments::{Entry, payable_key},
    store::{Tx, give_way},
};

/// What the usual payment would be.
struct Usual {
    biller: String,
    bill_number: String,
    /// Of a top-up; a bill says itself what it asks.
    amount: Option<Money>,
    method: String,
}

impl Client {
    /// Asks what the usual payment of this binding would be: of a top-up account the sum that was last
    /// paid, else the oldest bill that is owed; by the method that was last paid by, and no other.
    ///
    /// # Errors
    /// [`UsualError`]; no money moves here.
    pub async fn usual(&self, account: &str) -> Result<QuoteView, UsualError> {
        let account = account.to_owned();
        let usual = self.0.read(move |tx| usual(tx, &account)).await?;
        let Usual { biller, bill_number, amount, method } = usual;
        Ok(self.quote(&biller, &bill_number, amount, Some(&method)).await?)
    }
}

fn usual(tx: &Tx<'_>, account: &str) -> Result<Usual, UsualError> {
    if !tx.get::<Binding>(account)?.as_ref().is_some_and(Binding::is_bound) {
        return Err(UsualError::UnknownAccount);
    }
    let mut bills = Known::all(tx)?.0;
    bills.retain(|known| known.bill.account == account);
    let (mut last, mut open): (Option<Entry>, Option<String>) = (None, None);
    for Known { bill, .. } in &bills {
        let payable = payable_key(tx, &bill.biller, &bill.bill_number)?;
        open = Entry::open_id(tx, &payable)?.or(open);
        let settled = give_way(Entry::settled_on(tx, &payable))?;
        // By this device's count: its clock may have been set back between two payments.
        let later = |entry: &Entry| last.as_ref().is_none_or(|last| last.journal_sequence < entry.journal_sequence);
        last = settled.filter(later).or(last);
    }
    let last = match (last, open) {
        (Some(last), _) => last,
        // It may be the first one that was paid: to say that nothing was would be no answer.
        (None, Some(payment)) => return Err(QuoteError::PaymentInDoubt { payment }.into()),
        (None, None) => return Err(UsualError::NothingUsual),
    };
    // Out of the bytes that were signed.
    let method = last.order().map_err(|_| Fault::Defect)?.method;
    let same = |known: &&Known| (&known.bill.biller, &known.bill.bill_number) == (&last.biller, &last.bill_number);
    let top_up = bills.iter().find(same).is_some_and(|known| known.bill.kind == BillKind::TopUp);
    if top_up {
        return Ok(Usual { biller: last.biller, bill_number: last.bill_number, amount: Some(last.amount), method });
    }
    let cursor = Cursor::load(tx)?;
    bills.sort_by_cached_key(|known| amounts::oldest_first(&known.bill));
    for known in bills.into_iter().filter(|known| known.bill.kind == BillKind::Bill) {
        match status(tx, &known, &cursor)? {
            // One that is being checked is taken too, and refused by the quote: the second tap on one button
            // is not to pay the next bill.
            BillStatus::Open | BillStatus::Checking { .. } | BillStatus::PaidElsewhere => {
                let (biller, bill_number) = (known.bill.biller, known.bill.bill_number);
                return Ok(Usual { biller, bill_number, amount: None, method });
            }
            BillStatus::Paid | BillStatus::Cancelled | BillStatus::Unknown => {}
        }
    }
    Err(UsualError::NothingOpen)
}
