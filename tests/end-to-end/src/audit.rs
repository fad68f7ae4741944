//! The invariants of design.md, held to what was told and to what the files say. Written apart from
//! all that wrote those files, and shares nothing with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::{
    documents::ReceiptKeys,
    ledgers::{Ledgers, Order},
    phone::Told,
    program::{number, text},
};

/// As named in design.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Invariant {
    /// At most one unreversed charge per payable.
    I1,
    /// Intent before the first byte.
    I2,
    /// Nothing is told that does not stay true.
    I3,
    /// Everything ends, and every end is heard of.
    I4,
    /// Money is conserved.
    I5,
    /// One receipt for each settled order.
    I6,
    /// Nothing committed is lost.
    I9,
}

impl Invariant {
    /// All that are held here.
    pub const ALL: [Self; 7] = [Self::I1, Self::I2, Self::I3, Self::I4, Self::I5, Self::I6, Self::I9];
}

/// Something that must not be.
#[derive(Clone, Debug, Serialize)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// What was found.
    pub what: String,
}

/// All that was found so far.
#[derive(Debug, Default)]
pub struct Findings {
    /// What must not be.
    pub violations: Vec<Violation>,
    /// What is worth a line in the log.
    pub notes: Vec<String>,
}

impl Findings {
    /// A violation.
    pub fn add(&mut self, invariant: Invariant, what: String) {
        self.violations.push(Violation { invariant, what });
    }

    /// A remark.
    pub fn note(&mut self, what: String) {
        self.notes.push(what);
    }

    fn unless(&mut self, holds: bool, invariant: Invariant, what: impl FnOnce() -> String) {
        if !holds {
            self.add(invariant, what());
        }
    }
}

/// What a device says in the end, by its own commands.
#[derive(Clone, Debug, Default)]
pub struct Device {
    /// `billpay payments`.
    pub payments: Vec<Value>,
    /// `billpay receipts`.
    pub documents: Vec<Value>,
    /// Whether `billpay receipts verify` is content. Not asked of a device that was replaced: what its
    /// customer's later devices did is a gap for it.
    pub chain_is_whole: bool,
    /// All that was ever told, oldest first.
    pub told: Vec<Told>,
    /// Payments that it is known to have had.
    pub known: Vec<String>,
    /// All events: payment, kind.
    pub events: Vec<(String, String)>,
}

/// Compares everything with everything.
pub fn audit(before: &Ledgers, after: &Ledgers, devices: &[Device], keys: &ReceiptKeys, findings: &mut Findings) {
    let orders: BTreeMap<&str, &Order> = after.orders.iter().map(|order| (order.payment.as_str(), order)).collect();
    one_charge(before, after, findings);
    intents(after, devices, findings);
    signed(&orders, after, keys, findings);
    for device in devices {
        states(&orders, device, findings);
        documents(after, device, findings);
    }
    money(before, after, devices, findings);
}

/// I1, in the billers' books.
fn one_charge(before: &Ledgers, after: &Ledgers, findings: &mut Findings) {
    let mut versions = BTreeSet::new();
    for charge in after.charges.iter().filter(|charge| charge.stands) {
        let payable = (&charge.biller, &charge.bill, charge.version);
        findings.unless(versions.insert(payable), Invariant::I1, || {
            format!("two charges stand on {payable:?}", payable = payable)
        });
    }
    for bill in &after.bills {
        let of = after.charges.iter().filter(|charge| {
            charge.stands && charge.biller == bill.biller && charge.bill.as_deref() == Some(&bill.number)
        });
        let sum: i64 = of.map(|charge| charge.amount).sum();
        let name = format!("{} {}", bill.biller, bill.number);
        findings.unless(bill.top_up || sum <= bill.billed, Invariant::I1, || {
            format!("{name}: {} asked, {sum} charged", bill.billed)
        });
        // A bill of the seeds may have been paid before the books began; those have no charge.
        let had = before.bills.iter().find(|old| old.biller == bill.biller && old.number == bill.number);
        let received = bill.received - had.map_or(0, |old| old.received);
        findings.unless(sum == received, Invariant::I5, || {
            format!("{name}: charges of {sum} stand, the bill has received {received}")
        });
    }
}

/// I2: a charge has an order, and an order is in the journal of a device that was killed and came back.
fn intents(after: &Ledgers, devices: &[Device], findings: &mut Findings) {
    let journal: BTreeSet<&str> =
        devices.iter().flat_map(|device| &device.payments).map(|payment| text(payment, "/payment_id")).collect();
    for order in &after.orders {
        findings.unless(journal.contains(order.payment.as_str()), Invariant::I2, || {
            format!("the bank has {}, and no journal knows it", order.payment)
        });
    }
    for charge in after.charges.iter().filter(|charge| charge.bill.is_some()) {
        let same = |order: &&Order| order.number == charge.number && order.biller == charge.biller;
        let orders: Vec<&Order> = after.orders.iter().filter(same).collect();
        let [order] = orders.as_slice() else {
            let what = format!("{} orders for the charge {} at {}", orders.len(), charge.number, charge.biller);
            findings.add(Invariant::I2, what);
            continue;
        };
        findings.unless(charge.stands == (order.state == "settled"), Invariant::I5, || {
            let (stands, state) = (charge.stands, &order.state);
            format!("{} is {state} at the bank; its charge stands: {stands}", order.payment)
        });
        findings.unless(charge.amount == order.amount, Invariant::I5, || {
            format!("{} is of {}; the biller took {}", order.payment, order.amount, charge.amount)
        });
    }
}

/// I3 and I4: what was told stays true, on both sides; what has ended was heard of, once.
fn states(orders: &BTreeMap<&str, &Order>, device: &Device, findings: &mut Findings) {
    let mut ends = BTreeMap::new();
    for payment in &device.payments {
        let (id, state) = (text(payment, "/payment_id"), text(payment, "/state"));
        findings.unless(ends.insert(id, state).is_none(), Invariant::I9, || format!("{id} is twice in a journal"));
        findings.unless(state != "checking", Invariant::I4, || format!("{id} has no end"));
        let at_bank = orders.get(id).map_or("unknown", |order| order.state.as_str());
        // What was never sent may be unknown there, and nothing else may.
        let agree = at_bank == state || (state == "cancelled" && at_bank == "unknown");
        findings.unless(agree, Invariant::I3, || format!("{id} is {state} for the client, {at_bank} at the bank"));
        let events: Vec<&str> =
            device.events.iter().filter(|(payment, _)| payment == id).map(|(_, kind)| kind.as_str()).collect();
        findings.unless(events == [state], Invariant::I4, || format!("{id} is {state}; its events: {events:?}"));
    }
    for id in &device.known {
        findings.unless(ends.contains_key(id.as_str()), Invariant::I9, || format!("{id} has left the journal"));
    }
    for told in device.told.iter().filter(|told| told.state != "checking") {
        let end = ends.get(told.payment.as_str()).copied().unwrap_or("gone");
        findings.unless(end == told.state, Invariant::I3, || {
            format!("{} was told to be {}, and is {end}", told.payment, told.state)
        });
    }
}

/// I6: each end at the bank has one document, and that verifies, is of this order, and over its sums.
fn signed(orders: &BTreeMap<&str, &Order>, after: &Ledgers, keys: &ReceiptKeys, findings: &mut Findings) {
    for (id, kind, compact) in &after.outcomes {
        let (Some(order), Some(document)) = (orders.get(id.as_str()), keys.read(compact)) else {
            findings.add(Invariant::I6, format!("the {kind} of {id} does not verify, or is of no order"));
            continue;
        };
        let same = text(&document, "/payment_id") == id && text(&document, "/order_digest") == order.digest;
        findings.unless(same, Invariant::I6, || format!("the {kind} of {id} names another order"));
        let sums = [("amount", order.amount), ("fee", order.fee), ("total", order.amount + order.fee)];
        let same = sums.iter().all(|(sum, due)| number(&document, &format!("/receipt/{sum}/minor")) == Some(*due));
        findings.unless(kind != "receipt" || same, Invariant::I6, || format!("the receipt of {id} is over other sums"));
    }
    for order in orders.values() {
        let wanted = match order.state.as_str() {
            "settled" => "receipt",
            "refused" => "refusal",
            "reversed" => "reversal",
            _ => continue,
        };
        let kinds: Vec<&str> =
            after.outcomes.iter().filter(|(id, ..)| *id == order.payment).map(|(_, kind, _)| kind.as_str()).collect();
        findings.unless(kinds == [wanted], Invariant::I6, || {
            format!("{} is {} at the bank; its documents: {kinds:?}", order.payment, order.state)
        });
    }
}

/// I6: a settled payment has one receipt that verifies, and it is the bank's own, over the same sums.
fn documents(after: &Ledgers, device: &Device, findings: &mut Findings) {
    findings.unless(device.chain_is_whole, Invariant::I6, || "the chain of documents is not whole".to_owned());
    for payment in &device.payments {
        let (id, state) = (text(payment, "/payment_id"), text(payment, "/state"));
        let wanted = match state {
            "settled" => "receipt",
            "refused" => "refusal",
            "reversed" => "reversal",
            _ => continue,
        };
        let mine: Vec<&Value> = device.documents.iter().filter(|one| text(one, "/payment_id") == id).collect();
        let kinds: Vec<&str> = mine.iter().map(|one| text(one, "/kind")).collect();
        findings.unless(kinds == [wanted], Invariant::I6, || format!("{id} is {state}; its documents: {kinds:?}"));
        for document in mine {
            let proof = text(document, "/proof");
            findings.unless(proof == "verified", Invariant::I6, || format!("a document of {id} is {proof}"));
            let signed = after
                .outcomes
                .iter()
                .filter(|(payment, _, compact)| payment == id && compact == text(document, "/compact"));
            let signed = signed.count();
            findings.unless(signed == 1, Invariant::I6, || format!("the bank has {signed} of a document of {id}"));
            let same = ["/amount/minor", "/fee/minor", "/total/minor"]
                .iter()
                .all(|sum| number(document, &format!("/receipt{sum}")) == number(payment, sum));
            findings.unless(wanted != "receipt" || same, Invariant::I6, || format!("the receipt of {id}: other sums"));
        }
    }
}

/// I5, to the cent.
fn money(before: &Ledgers, after: &Ledgers, devices: &[Device], findings: &mut Findings) {
    let settled: Vec<&Order> = after.orders.iter().filter(|order| order.state == "settled").collect();
    let mut same = |what: &str, left: i64, right: i64| {
        findings.unless(left == right, Invariant::I5, || format!("{what}: {left} and {right}"));
    };
    let paid: i64 = settled.iter().map(|order| order.amount + order.fee).sum();
    let said: i64 = devices
        .iter()
        .flat_map(|device| &device.payments)
        .filter(|payment| text(payment, "/state") == "settled")
        .filter_map(|payment| number(payment, "/total/minor"))
        .sum();
    same("paid by clients' journals, and by the bank's orders", said, paid);
    same("taken from customers, and paid", -after.net("customer:"), paid);
    same("fees", after.net("fees"), settled.iter().map(|order| order.fee).sum());
    same("held at the end, by postings", after.net("held:"), 0);
    same("held at the end, by orders", after.orders.iter().map(|order| order.held).sum(), 0);
    same("the bank's own losses", after.net("bank"), 0);
    let billers: BTreeSet<&str> = after.bills.iter().map(|bill| bill.biller.as_str()).collect();
    for biller in billers {
        let by_orders: i64 = settled.iter().filter(|order| order.biller == biller).map(|order| order.amount).sum();
        let by_postings = after.net(&format!("biller:{biller}"));
        let by_books: i64 = after.charges.iter().filter(|one| one.biller == biller).map(|one| one.received).sum();
        same(&format!("{biller}, by orders and by postings"), by_orders, by_postings);
        same(&format!("{biller}, at the bank and in its own books"), by_postings, by_books);
    }
    for (method, balance) in &after.balances {
        let had = before.balances.iter().find(|(id, _)| id == method).map_or(0, |(_, balance)| *balance);
        same(
            &format!("{method}, its balance and its postings"),
            balance - had,
            after.net(&format!("customer:{method}")),
        );
    }
}
