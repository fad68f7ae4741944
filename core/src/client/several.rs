//! Several bills in one go (row 73): one confirmation, and of each bill a quote, an order and an outcome of
//! its own. Nothing in here makes an order: [`Client::quote`] and [`Client::pay`] do, once for each bill.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use super::{Client, Inner, Payment, QuoteView, quote::KEPT};
use crate::{
    error::{PayError, QuoteError, SeveralError},
    model::{Limits, Money},
};

/// Bills in one go: as many as a person still reads before saying yes.
pub const MOST_AT_ONCE: usize = 20;
/// Quotes asked for at a time. One after the other, the first would have run out before a slow biller gave
/// the last; all at once, the bank would be asked too often.
const AT_A_TIME: usize = 4;
// Else the quotes of one list would push each other out.
const _: () = assert!(MOST_AT_ONCE <= KEPT);

/// A bill that is to be paid with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The biller's id.
    pub biller: String,
    /// Its number for the bill.
    pub bill_number: String,
    /// What the bill asks, where none is given.
    pub amount: Option<Money>,
    /// The default one, where none is given.
    pub method: Option<String>,
}

/// What paying several bills would be: to be confirmed as one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Several {
    /// Of each wish, in the order given. What has no quote is not paid, and keeps none of the others back.
    pub quotes: Vec<Result<QuoteView, QuoteError>>,
    /// What leaves the customer by all quotes together, once for each currency.
    pub totals: Vec<Money>,
    /// What the sum exceeds though each bill alone does not: the bank takes the orders one by one, in their
    /// order, and refuses those that find too little left.
    pub beyond: Vec<Beyond>,
}

/// What the sum of several quotes exceeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// What there is to pay with.
    Balance {
        /// Of which way to pay.
        method_label: String,
        /// By the bank's word in the quotes.
        balance: Money,
        /// By this way to pay, all together.
        asked: Money,
    },
    /// What may still be paid on the bank's day.
    Day {
        /// Of the day's limit.
        left: Money,
        /// All together.
        asked: Money,
    },
}

impl Client {
    /// Asks what paying each of these bills would be. No money moves here.
    ///
    /// # Errors
    /// [`SeveralError`] where the list itself cannot be: nothing was asked then. What is wrong with one bill
    /// stands in its place.
    pub async fn quote_all(&self, wishes: &[Wish]) -> Result<Several, SeveralError> {
        let bills = wishes.iter().map(|wish| (wish.biller.as_str(), wish.bill_number.as_str()));
        listed_once(bills)?;
        let ask = |wish: Wish| {
            let this = self.clone();
            async move {
                let Wish { biller, bill_number, amount, method } = wish;
                this.quote(&biller, &bill_number, amount, method.as_deref()).await
            }
        };
        let quotes: Vec<_> = stream::iter(wishes.to_vec()).map(ask).buffered(AT_A_TIME).collect().await;
        let asked: Vec<&QuoteView> = quotes.iter().flatten().collect();
        let totals = sums(asked.iter().map(|quote| quote.total))?;
        let beyond = beyond(&asked, &totals)?;
        Ok(Several { quotes, totals, beyond })
    }

    /// Takes up several quotes, in the order given: an order of each, and an outcome of each. `told` hears
    /// each as it comes.
    ///
    /// One after the other, and not at a time: the key store may ask the person for each signature; the
    /// bank counts limits and balance in the order in which the person saw the bills; and only one order,
    /// but for such as the bank leaves without an end for 15 s, is under way when something breaks. A bill
    /// that is refused, needs a code, or stays in doubt does not stop the next ones. Dropping this future
    /// stops it between two bills: what was signed goes on by itself, the rest was never signed.
    ///
    /// # Errors
    /// [`SeveralError`], before anything is signed.
    pub async fn pay_all(
        &self,
        quotes: &[&str],
        mut told: impl FnMut(&str, &Result<Payment, PayError>),
    ) -> Result<Vec<Result<Payment, PayError>>, SeveralError> {
        let bills = self.0.bills_of(quotes);
        listed_once(bills.iter().map(|(biller, number)| (biller.as_str(), number.as_str())))?;
        let mut outcomes = Vec::with_capacity(quotes.len());
        for quote in quotes {
            let outcome = self.pay(quote).await;
            told(quote, &outcome);
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
}

impl Inner {
    /// What each quote is of; one that is not known here stands for itself, and is refused in its place.
    fn bills_of(&self, quotes: &[&str]) -> Vec<(String, String)> {
        let memory = self.memory();
        let of = |id: &&str| match memory.quotes.get(*id) {
            Some(taken) => (taken.quote.biller.clone(), taken.quote.bill_number.clone()),
            None => (String::new(), (*id).to_owned()),
        };
        quotes.iter().map(of).collect()
    }
}

/// Whether a list can be: not too long, and no bill on it twice. The second payment of a bill would be
/// refused anyway; of a top-up account it may be a slip, and nobody is asked twice about one line.
fn listed_once<'a>(bills: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), SeveralError> {
    let mut listed = std::collections::BTreeSet::new();
    for (biller, number) in bills {
        if !listed.insert((biller, number)) {
            return Err(SeveralError::ListedTwice { biller: biller.to_owned(), bill_number: number.to_owned() });
        }
        if listed.len() > MOST_AT_ONCE {
            return Err(SeveralError::TooMany { most: MOST_AT_ONCE });
        }
    }
    Ok(())
}

/// Once for each currency.
fn sums(amounts: impl Iterator<Item = Money>) -> Result<Vec<Money>, SeveralError> {
    let mut sums: BTreeMap<_, Money> = BTreeMap::new();
    for amount in amounts {
        let sum = match sums.get(&amount.currency()) {
            Some(sum) => sum.plus(amount).map_err(|_| SeveralError::TooMuch)?,
            None => amount,
        };
        sums.insert(amount.currency(), sum);
    }
    Ok(sums.into_values().collect())
}

/// Where the bank's words differ from quote to quote, the least counts: a warning too many costs a look.
fn beyond(asked: &[&QuoteView], totals: &[Money]) -> Result<Vec<Beyond>, SeveralError> {
    let mut beyond = Vec::new();
    let mut by_method: BTreeMap<&str, Vec<&QuoteView>> = BTreeMap::new();
    for quote in asked {
        by_method.entry(&quote.method).or_default().push(quote);
    }
    for quotes in by_method.values() {
        for sum in sums(quotes.iter().map(|quote| quote.total))? {
            let known = quotes.iter().filter_map(|quote| Some((quote.balance?, &quote.method_label)));
            let same = known.filter(|(balance, _)| balance.currency() == sum.currency());
            if let Some((balance, label)) = same.min_by_key(|(balance, _)| balance.minor())
                && sum.minor() > balance.minor()
            {
                beyond.push(Beyond::Balance { method_label: label.clone(), balance, asked: sum });
            }
        }
    }
    for sum in totals {
        let left = asked.iter().filter_map(|quote| left_today(&quote.limits));
        let least = left.filter(|left| left.currency() == sum.currency()).min_by_key(|left| left.minor());
        if let Some(left) = least.filter(|left| sum.minor() > left.minor()) {
            beyond.push(Beyond::Day { left, asked: *sum });
        }
    }
    Ok(beyond)
}

/// Of the bank's day; nothing where more than the limit was used before it was lowered.
fn left_today(limits: &Limits) -> Option<Money> {
    let (day, used) = (limits.per_day, limits.used_today);
    let left = day.minor().saturating_sub(used.minor()).max(0);
    if day.currency() == used.currency() { Money::new(left, day.currency()).ok() } else { None }
}
