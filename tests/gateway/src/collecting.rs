//! The bank collects bills (row 88): it asks the billers by itself, at an interval, about the numbers that are bound
//! and no others, so that a new bill is in the next sync of a phone that asked for nothing.
//!
//! Each question is counted before it is asked, beside the ledger: neither a crash nor a restore makes them more
//! than [`Collection::most`] a binding and day. An answer is taken up as that to a person's question is: the last
//! revision wins, so that what comes twice is there once. A biller that is silent is asked again with the next
//! interval, for as long as it is.

use std::{sync::PoisonError, time::Duration};

use futures_util::StreamExt as _;

use crate::{
    api::{bills, bindings},
    gateway::Gateway,
    ledger::{LedgerError, accounts::Account},
};

/// Bindings that one turn looks at.
const BINDINGS: usize = 256;
/// Questions at the same time.
const AT_ONCE: usize = 8;

/// How often billers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collection {
    /// From one question about a binding to the next.
    pub every: Duration,
    /// The most questions about a binding on one day of the bank. Fewer than a day has intervals means that
    /// a day ends without them.
    pub most: u32,
}

impl Collection {
    pub(crate) fn every_ms(self) -> u64 {
        u64::try_from(self.every.as_millis()).unwrap_or(u64::MAX)
    }
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Questions that were asked.
    pub asked: usize,
    /// Those that were not answered.
    pub silent: usize,
}

impl Collected {
    fn and(self, answered: bool) -> Self {
        Self { asked: self.asked + 1, silent: self.silent + usize::from(!answered) }
    }
}

/// One turn: the next bindings, those of them that are due. The turns go round and round.
pub(crate) async fn turn(gateway: &Gateway) -> Result<Collected, LedgerError> {
    let Some(rule) = gateway.collection else { return Ok(Collected::default()) };
    let after = gateway.collected_to.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let now = gateway.now();
    let most = i64::try_from(BINDINGS).unwrap_or(i64::MAX);
    let (bound, due) = gateway.ledger.write(now, |tx| {
        let bound = tx.bound_after(&after, most)?;
        let mut due = Vec::new();
        for account in &bound {
            if tx.may_ask(&account.id, rule, rule.every_ms())? {
                due.push(account.clone());
            }
        }
        Ok((bound, due))
    })?;
    let reached = bound.last().filter(|_| bound.len() == BINDINGS).map(|account| account.id.clone());
    *gateway.collected_to.lock().unwrap_or_else(PoisonError::into_inner) = reached.unwrap_or_default();
    let answers = futures_util::stream::iter(due).map(async |account| ask(gateway, &account).await);
    Ok(answers.buffer_unordered(AT_ONCE).fold(Collected::default(), async |all, answered| all.and(answered)).await)
}

/// Asks about one binding whose question was counted, and takes the answer up; whether there was one.
pub(crate) async fn ask(gateway: &Gateway, account: &Account) -> bool {
    // What is not answered is in the log already.
    let Ok(fresh) = bindings::ask(gateway, &account.biller, &account.customer_number, None).await else {
        return false;
    };
    let taken = gateway.ledger.write(gateway.now(), |tx| {
        // It may have been unbound while the biller took its time.
        match tx.account(&account.customer, &account.id)?.filter(|account| account.bound) {
            Some(account) => bills::take_up(gateway, tx, &account, &fresh),
            None => Ok(()),
        }
    });
    if let Err(error) = taken {
        tracing::error!(%error, "collected bills are not stored");
    }
    true
}
