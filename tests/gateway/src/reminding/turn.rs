//! What is to be said in this minute, and saying it.
//!
//! No calendar of messages is kept that could be lost or fall behind: each minute the plan is made anew from what the
//! ledger knows, without what was sent. What a pause of the bank has missed is what the plan says is late: each bill
//! once, in its latest form. A message is noted beside the ledger after it was sent. So a crash between the two sends
//! it twice, and never loses one: a reminder too many is a nuisance, one too few costs a late fee.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use billpay_plan::{Bill, Caps, Channel, Kind, PolicyError, Reminder, TAIL, plan, zone};
use futures_util::{
    StreamExt as _,
    future::{self, Either},
    stream,
};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    bills,
    choice::{Choice, OURS},
    push::Push,
};
use crate::{
    activation::sms::Sms,
    collecting,
    gateway::Gateway,
    ledger::{LedgerError, Tx, accounts::Account, reminded::Told},
    moment, seal,
};

/// Customers of one turn.
const CUSTOMERS: i64 = 256;
const MINUTE_MS: i64 = 60_000;
/// What was to be said so long ago is told as late, in the words of now.
const BACK_MS: i64 = 90_000;
/// A bill that was collected so long ago is asked about again before it is spoken of: it may be paid at a counter.
const FRESH_MS: u64 = 10 * 60_000;
/// Customers whose billers are asked at the same time.
const AT_ONCE: usize = 8;
/// How long a biller may take to say that a bill is still owed. After that it is reminded of by what is known, and so are
/// the others of this turn: with many customers it would hold up everybody. Less than the leg itself waits.
const PATIENCE: Duration = Duration::from_secs(4);
/// Messages to a customer on one day of the bank. What does not go out is told on the next day, as late.
const TEXTS: u32 = 20;

/// A reminder that is to go out now.
struct Due {
    channel: Channel,
    account: Account,
    reminder: Reminder,
}

/// Goes on with the customers of this minute; gives how many messages went out.
pub(crate) async fn turn(gateway: &Gateway) -> Result<usize, LedgerError> {
    let now = gateway.now();
    let minute = now.div_euclid(MINUTE_MS);
    let after = {
        let mut walk = gateway.reminded_to.lock().unwrap_or_else(PoisonError::into_inner);
        match walk.take() {
            // Everybody had a turn in this minute.
            Some((of, None)) if of == minute => {
                *walk = Some((of, None));
                return Ok(0);
            }
            // A walk that takes longer than a minute goes on where it was.
            Some((_, Some(after))) => after,
            Some((_, None)) | None => String::new(),
        }
    };
    let page = gateway.ledger.read(now, |tx| tx.choices_after(&after, CUSTOMERS))?;
    let full = i64::try_from(page.len()).is_ok_and(|count| count == CUSTOMERS);
    let last = page.last().filter(|_| full).map(|(customer, _)| customer.clone());
    *gateway.reminded_to.lock().unwrap_or_else(PoisonError::into_inner) = Some((minute, last));
    let silent = Silent::default();
    let reminded = stream::iter(page).map(async |(customer, body)| {
        // The others are not to suffer for it.
        remind(gateway, &silent, &customer, &body).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a customer is not reminded for now");
            0
        })
    });
    Ok(reminded.buffer_unordered(AT_ONCE).fold(0, async |all, sent| all + sent).await)
}

/// What was over when a customer chose a channel is not told by it: the phone has said it.
pub(crate) fn begin(
    gateway: &Gateway,
    tx: &Tx<'_>,
    customer: &str,
    before: Option<&str>,
    now: &Choice,
) -> Result<(), LedgerError> {
    let before = before.map(serde_json::from_str::<Choice>).transpose()?;
    for account in tx.bound_of(customer)? {
        for channel in OURS {
            let had = before.as_ref().is_some_and(|before| before.goes_by(channel, &account.id));
            if had || !now.goes_by(channel, &account.id) {
                continue;
            }
            let told = tx.reminded(customer, channel.name())?;
            let planned = planned(now, channel, told, &bills::of(gateway, tx, &account)?, tx.now)?;
            for missed in planned.iter().filter(|reminder| reminder.late) {
                // When that a payment came to nothing was told by another way counts.
                let told = missed.missed_at.filter(|_| Reminder::is_of_failure(&missed.id));
                let at = told.map_or(tx.now, Timestamp::as_millisecond);
                noted(tx, customer, channel, missed, at)?;
            }
        }
    }
    Ok(())
}

async fn remind(gateway: &Gateway, silent: &Silent, customer: &str, body: &str) -> Result<usize, LedgerError> {
    let choice: Choice = serde_json::from_str(body)?;
    let (looked, _) = gateway.ledger.read(gateway.now(), |tx| going(gateway, tx, customer, &choice))?;
    if looked.is_empty() {
        return Ok(0);
    }
    let mut asked = BTreeSet::new();
    let once = looked.iter().map(|due| &due.account).filter(|account| asked.insert(&account.id));
    future::try_join_all(once.map(|account| make_sure(gateway, silent, account))).await?;
    // What the person has chosen meanwhile counts: no message goes out that was turned off while a biller was asked.
    let (due, number) = gateway.ledger.read(gateway.now(), |tx| {
        let Some(body) = tx.choice(customer)? else { return Ok((Vec::new(), None)) };
        going(gateway, tx, customer, &serde_json::from_str(&body)?)
    })?;
    let mut sent = 0;
    for Due { channel, reminder, .. } in due {
        let at = gateway.now();
        match channel {
            Channel::Sms => {
                let Some((to, text)) = number.clone().zip(reminder.sms.clone()) else { continue };
                if !gateway.ledger.write(at, |tx| tx.may_text(customer, TEXTS))? {
                    continue;
                }
                gateway.ports.sms.send(Sms { to, at, text });
            }
            Channel::Push => {
                let Reminder { id, title, body, .. } = reminder.clone();
                gateway.pushes.send(Push { customer: customer.to_owned(), at, id, title, body });
            }
            Channel::Phone => continue,
        }
        gateway.ledger.write(at, |tx| noted(tx, customer, channel, &reminder, at))?;
        sent += 1;
    }
    Ok(sent)
}

/// It was told at `at`: in words that a payment is being checked, or of the bill.
fn noted(tx: &Tx<'_>, customer: &str, channel: Channel, reminder: &Reminder, at: i64) -> Result<(), LedgerError> {
    match reminder.kind {
        Kind::Checking => tx.was_told_checking(customer, channel.name(), &reminder.id, at),
        Kind::Due | Kind::Overdue | Kind::Tail => tx.was_reminded(customer, channel.name(), &reminder.id, at),
    }
}

/// Billers that gave no answer in this turn.
#[derive(Default)]
struct Silent(Mutex<BTreeSet<String>>);

impl Silent {
    fn is(&self, biller: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(biller)
    }

    fn was(&self, biller: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(biller.to_owned());
    }
}

/// Asks the biller once more, where the bank collects, has not asked of late, and may ask. A biller that is silent
/// keeps no reminder back.
async fn make_sure(gateway: &Gateway, silent: &Silent, account: &Account) -> Result<(), LedgerError> {
    let Some(rule) = gateway.collection.filter(|_| !silent.is(&account.biller)) else { return Ok(()) };
    if gateway.ledger.write(gateway.now(), |tx| tx.may_ask(&account.id, rule, FRESH_MS))? {
        let late = gateway.ports.clock.sleep(PATIENCE);
        if let Either::Right(_) = future::select(Box::pin(collecting::ask(gateway, account)), late).await {
            silent.was(&account.biller);
        }
    }
    Ok(())
}

/// What goes out to a customer now, and the number that messages go to: without those for which there is no number, or
/// no room today. No biller is asked for their sake.
fn going(
    gateway: &Gateway,
    tx: &Tx<'_>,
    customer: &str,
    choice: &Choice,
) -> Result<(Vec<Due>, Option<String>), LedgerError> {
    let secret = &gateway.config.keys.phones;
    let number = tx.reach(customer)?.and_then(|reach| seal::open(secret, &reach.activation, &reach.phone_sealed));
    let mut left = if number.is_some() { tx.texts_left(customer, TEXTS)? } else { 0 };
    let mut due = due(gateway, tx, customer, choice)?;
    due.retain(|due| {
        let goes = due.channel != Channel::Sms || left > 0;
        left = left.saturating_sub(u32::from(due.channel == Channel::Sms));
        goes
    });
    Ok((due, number))
}

/// What is to be said to a customer now.
fn due(gateway: &Gateway, tx: &Tx<'_>, customer: &str, choice: &Choice) -> Result<Vec<Due>, LedgerError> {
    let accounts = tx.bound_of(customer)?;
    let now = moment::timestamp(tx.now);
    let mut all = Vec::new();
    for channel in OURS {
        let chosen: Vec<&Account> = accounts.iter().filter(|account| choice.goes_by(channel, &account.id)).collect();
        if chosen.is_empty() {
            continue;
        }
        let told = tx.reminded(customer, channel.name())?;
        for account in chosen {
            let bills = bills::of(gateway, tx, account)?;
            let planned = planned(choice, channel, told.clone(), &bills, tx.now - BACK_MS)?;
            let ready = planned.into_iter().filter(|reminder| reminder.at <= now && reminder.id != TAIL);
            all.extend(ready.map(|reminder| Due { channel, account: account.clone(), reminder }));
        }
    }
    Ok(all)
}

fn planned(
    choice: &Choice,
    channel: Channel,
    told: Told,
    bills: &[Bill],
    from: i64,
) -> Result<Vec<Reminder>, LedgerError> {
    let nonsense = |_: PolicyError| LedgerError::Meaning("a choice by which no plan can be made");
    let from = moment::timestamp(from);
    let policy = choice.policy(channel, told, from).map_err(nonsense)?;
    let bank = zone(moment::ZONE).unwrap_or(TimeZone::UTC);
    Ok(plan(bills, &policy, from, &bank, &choice.zone(), Caps::NONE))
}
