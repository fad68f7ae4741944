//! The invariants, computed from the three ledgers: the phone's through its public views, the
//! bank's and the billers' from their files.

use std::collections::{BTreeMap, BTreeSet};

use billpay_core::{
    Payment, PaymentState, Proof, ReceiptView,
    model::{Currency, Money},
};

use super::{
    ledgers::{Charge, Ledgers, OrderState},
    world::World,
};
use crate::shell::Shell;

pub(super) type Verdict = Result<(), String>;

#[derive(Default)]
pub(super) struct Findings {
    pub verdicts: BTreeMap<&'static str, Verdict>,
    /// Oldest first.
    pub payments: Vec<Payment>,
    pub bindings: usize,
    pub receipts: usize,
    pub verified: usize,
    pub paid_total: Option<Money>,
}

impl Findings {
    pub(super) fn settled(&self) -> impl Iterator<Item = &Payment> {
        self.payments.iter().filter(|payment| payment.state == PaymentState::Settled)
    }
}

const NAMES: [&str; 6] = ["I1", "I2", "I3", "I4", "I5", "I6"];

/// What an invariant promises, in a line.
pub(super) fn meaning<'a>(shell: &Shell, name: &str) -> &'a str {
    match name {
        "I1" => shell.say("每张账单最多扣款一次", "no bill was charged twice"),
        "I2" => shell.say("每笔扣款之前，手机都已先记账", "every charge was in the phone's journal first"),
        "I3" => shell.say("手机说的每一句都有依据", "the phone never said more than was proved"),
        "I4" => shell.say("每笔付款都有结果", "every payment has an end"),
        "I5" => shell.say("钱一分不差：扣款 = 入账 + 手续费 + 退回", "money adds up to the cent in all three ledgers"),
        "I6" => shell.say(
            "每笔成功付款恰有一份可验证的回单，且回单链完整",
            "every paid bill has one receipt that verifies, and the chain is whole",
        ),
        _ => "",
    }
}

pub(super) async fn prove(world: &World<'_>) -> Findings {
    let mut findings = Findings::default();
    let read = read(world, &mut findings).await;
    match read {
        Ok((ledgers, receipts, chain_whole)) => {
            let phone = Phone { payments: &findings.payments, receipts: &receipts, chain_whole };
            let verdicts = [
                once(&ledgers),
                journal_first(&ledgers, &phone),
                nothing_unproved(&ledgers, &phone),
                all_ended(&ledgers, &phone),
                conserved(&ledgers, &phone),
                one_receipt(&ledgers, &phone),
            ];
            findings.verdicts = NAMES.into_iter().zip(verdicts).collect();
        }
        // What could not be looked at does not hold.
        Err(why) => findings.verdicts = NAMES.into_iter().map(|name| (name, Err(why.clone()))).collect(),
    }
    findings
}

struct Phone<'a> {
    payments: &'a [Payment],
    receipts: &'a [ReceiptView],
    chain_whole: bool,
}

async fn read(world: &World<'_>, findings: &mut Findings) -> Result<(Ledgers, Vec<ReceiptView>, bool), String> {
    let client = world.client().map_err(|failure| failure.line)?;
    let words = |fault: billpay_core::error::Fault| fault.to_string();
    findings.payments = client.payments(500, 0).await.map_err(words)?.payments;
    findings.payments.reverse();
    findings.bindings = client.accounts().await.map_err(words)?.accounts.len();
    let receipts = client.receipts(500, 0).await.map_err(words)?.receipts;
    findings.receipts = receipts.len();
    findings.verified = receipts.iter().filter(|receipt| receipt.proof == Proof::Verified).count();
    let sum: i64 = findings.settled().map(|payment| payment.total.minor()).sum();
    findings.paid_total = Money::new(sum, Currency::CNY).ok();
    let chain_whole = client.chain_breaks().await.map_err(words)?.is_empty();
    let ledgers = Ledgers::read(&world.bank()).map_err(|error| error.to_string())?;
    Ok((ledgers, receipts, chain_whole))
}

/// Holds when nothing is found wrong; else the first thing that is.
fn verdict(found: impl IntoIterator<Item = String>) -> Verdict {
    found.into_iter().next().map_or(Ok(()), Err)
}

/// I1: of the standing charges of a bill, no two for one version, and never more than was asked.
fn once(ledgers: &Ledgers) -> Verdict {
    let mut versions = BTreeSet::new();
    let mut taken: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut found = Vec::new();
    for charge in ledgers.charges.iter().filter(|charge| charge.standing) {
        let Some(bill) = charge.bill.as_deref() else { continue };
        if !versions.insert((charge.biller.as_str(), bill, charge.version)) {
            found.push(format!("{bill}: two standing charges of one version"));
        }
        if charge.version >= Some(charge.version_now) {
            found.push(format!("{bill}: its version was not raised by a charge"));
        }
        let sum = taken.entry((charge.biller.as_str(), bill)).or_default();
        *sum += charge.amount;
        if !charge.top_up && *sum > charge.billed {
            found.push(format!("{bill}: {sum} taken, {} asked", charge.billed));
        }
    }
    verdict(found)
}

/// I2: every charge is of an order that the phone has journalled before.
fn journal_first(ledgers: &Ledgers, phone: &Phone<'_>) -> Verdict {
    verdict(ledgers.charges.iter().filter(|charge| charge.bill.is_some()).filter_map(|charge| {
        let order = ledgers.orders.iter().find(|order| order.number == charge.number)?.id.clone();
        let Some(intent) = phone.payments.iter().find(|payment| payment.id == order) else {
            return Some(format!("{order}: charged, and not in the journal"));
        };
        let late = intent.created.as_millisecond() > charge.charged_at;
        late.then(|| format!("{order}: charged before it was journalled"))
    }))
    .and_then(|()| {
        let known = |charge: &&Charge| ledgers.orders.iter().any(|order| order.number == charge.number);
        verdict(
            ledgers.charges.iter().filter(|charge| !known(charge)).map(|charge| format!("{}: no order", charge.number)),
        )
    })
}

/// I3: the phone's word for a payment is what the bank has signed and the biller's books say.
fn nothing_unproved(ledgers: &Ledgers, phone: &Phone<'_>) -> Verdict {
    verdict(phone.payments.iter().filter_map(|payment| {
        let order = ledgers.orders.iter().find(|order| order.id == payment.id);
        let signed = |kind: &str| ledgers.outcomes.iter().any(|(id, signed)| *id == payment.id && signed == kind);
        let charge = order.and_then(|order| ledgers.charges.iter().find(|charge| charge.number == order.number));
        let standing = charge.is_some_and(|charge| charge.standing);
        let still_open = order.is_some_and(|order| order.state == OrderState::Open);
        let receipt = phone.receipts.iter().any(|receipt| {
            receipt.payment == payment.id && receipt.kind == "receipt" && receipt.proof == Proof::Verified
        });
        match &payment.state {
            PaymentState::Settled if !standing => Some(format!("{}: called paid, not charged", payment.id)),
            PaymentState::Settled if !receipt => Some(format!("{}: called paid without a receipt", payment.id)),
            PaymentState::Refused { .. } | PaymentState::Reversed { .. } | PaymentState::Cancelled
                if standing || still_open =>
            {
                Some(format!("{}: called over, and charged or open", payment.id))
            }
            PaymentState::Refused { .. } if !signed("refusal") => {
                Some(format!("{}: called refused, and the bank has signed no refusal", payment.id))
            }
            PaymentState::Reversed { .. } if !signed("reversal") => {
                Some(format!("{}: called undone, and the bank has signed no reversal", payment.id))
            }
            PaymentState::Cancelled if order.is_some() => {
                Some(format!("{}: called not sent, and the bank has it", payment.id))
            }
            PaymentState::Settled
            | PaymentState::Refused { .. }
            | PaymentState::Reversed { .. }
            | PaymentState::Cancelled
            | PaymentState::Checking { .. } => None,
        }
    }))
}

/// I4: nothing is open any more, anywhere.
fn all_ended(ledgers: &Ledgers, phone: &Phone<'_>) -> Verdict {
    let here = phone.payments.iter().filter(|payment| matches!(payment.state, PaymentState::Checking { .. }));
    let there = ledgers.orders.iter().filter(|order| order.state == OrderState::Open);
    verdict(here.map(|payment| &payment.id).chain(there.map(|order| &order.id)).map(|id| format!("{id}: still open")))
}

/// I5: every cent is in one place, and all three ledgers agree on which.
fn conserved(ledgers: &Ledgers, phone: &Phone<'_>) -> Verdict {
    let mut found = Vec::new();
    let mut agree = |what: &str, one: i64, other: i64| {
        if one != other {
            found.push(format!("{what}: {one} and {other}"));
        }
    };
    let settled = |payment: &&Payment| payment.state == PaymentState::Settled;
    let said: i64 = phone.payments.iter().filter(settled).map(|payment| payment.total.minor()).sum();
    let (customers, billers, fees) =
        (ledgers.balance("customer:"), ledgers.balance("biller:"), ledgers.balance("fees"));
    agree("the phone's payments and the customer's debits", said, -customers);
    agree("debits, and credits with fees", -customers, billers + fees + ledgers.balance("held:"));
    agree("money still held", ledgers.balance("held:"), 0);
    let names: BTreeSet<&str> = ledgers.orders.iter().map(|order| order.biller.as_str()).collect();
    for biller in names {
        let place = format!("biller:{biller}");
        agree(
            &format!("{biller} at the bank and in its own books"),
            ledgers.balance(&place),
            ledgers.received(biller, None),
        );
    }
    for order in &ledgers.orders {
        let due = if order.state == OrderState::Settled { order.amount } else { 0 };
        let got = ledgers.received(&order.biller, Some(&order.number));
        agree(&format!("{} at the bank and at {}", order.bill, order.biller), due, got);
    }
    let charged: i64 =
        ledgers.orders.iter().filter(|order| order.state == OrderState::Settled).map(|order| order.fee).sum();
    agree("fees booked and fees of settled orders", fees, charged);
    verdict(found)
}

/// I6: one receipt for each settled payment, over the very amounts, and a whole chain.
fn one_receipt(ledgers: &Ledgers, phone: &Phone<'_>) -> Verdict {
    let mut found = Vec::new();
    for payment in phone.payments {
        let settled = payment.state == PaymentState::Settled;
        let mine: Vec<_> =
            phone.receipts.iter().filter(|view| view.payment == payment.id && view.kind == "receipt").collect();
        if mine.len() != usize::from(settled) {
            found.push(format!("{}: {} receipts", payment.id, mine.len()));
        }
        for view in mine {
            let same = view.receipt.as_ref().is_some_and(|receipt| receipt.total == payment.total);
            if view.proof != Proof::Verified || !same {
                found.push(format!("{}: a receipt that does not prove it", payment.id));
            }
        }
    }
    for order in ledgers.orders.iter().filter(|order| order.state == OrderState::Settled) {
        let issued = ledgers.outcomes.iter().filter(|(payment, kind)| *payment == order.id && kind.contains("receipt"));
        if issued.count() != 1 {
            found.push(format!("{}: not one receipt at the bank", order.id));
        }
    }
    if !phone.chain_whole {
        found.push("the chain of documents is not whole".to_owned());
    }
    verdict(found)
}
