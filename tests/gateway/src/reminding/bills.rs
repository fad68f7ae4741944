//! The ledger's bills as a plan speaks of them: as the phone does, from what the phone is told.

use billpay_plan::{Amount, Bill, Status, masked};
use jiff::Timestamp;
use serde::Deserialize;

use super::shared;
use crate::{
    api::wire,
    gateway::Gateway,
    ledger::{LedgerError, Tx, accounts::Account, orders::EndedOn},
    moment,
    payments::transition::State,
};

/// The bills of a binding.
pub(super) fn of(gateway: &Gateway, tx: &Tx<'_>, account: &Account) -> Result<Vec<Bill>, LedgerError> {
    let methods = tx.methods_of(&account.customer)?;
    let method = methods.iter().find(|method| method.preferred && method.state != "removed");
    let name = gateway.catalogue.get(&account.biller).map(|entry| &entry.biller.name);
    let mut bills = Vec::new();
    for body in tx.bills_of(&account.id)? {
        let bill: wire::Bill = serde_json::from_str(&body)?;
        let status = if tx.is_being_paid(&bill.biller, &bill.bill_number)? {
            Status::Checking
        } else if bill.state == "open" {
            Status::Open
        } else {
            Status::Done
        };
        bills.push(Bill {
            id: shared(&gateway.config.keys.phones, &account.customer, &bill.biller, &bill.bill_number),
            name_zh: name.map_or(&account.biller, |name| &name.zh).clone(),
            name_en: name.map_or(&account.biller, |name| &name.en).clone(),
            number_masked: masked(&account.customer_number),
            // In full it goes through nobody's hands, whatever a lock screen may show.
            number: None,
            failed_at: failed_at(gateway, tx, &account.customer, &bill)?,
            amount: Amount { minor: bill.amount.minor, currency: bill.amount.currency },
            due_date: bill.due_date.filter(|_| bill.kind == "bill").and_then(|date| date.parse().ok()),
            status,
            method: method.map(|method| method.label.clone()),
            biller: bill.biller,
        });
    }
    Ok(bills)
}

/// When the customer's last payment of a bill came to nothing, as its first document says; `None` where anybody's has settled
/// since, where it made way for another one, or where less is asked since: somebody has paid of it at a counter, say.
fn failed_at(
    gateway: &Gateway,
    tx: &Tx<'_>,
    customer: &str,
    bill: &wire::Bill,
) -> Result<Option<Timestamp>, LedgerError> {
    let (mut failed, mut settled) = (None, None);
    for order in tx.ended_on(customer, (&bill.biller, &bill.bill_number))? {
        let outcome = tx.outcome(&order.payment_id)?;
        let Some((issued, in_vain)) = outcome.and_then(|compact| issued(gateway, &compact)) else { continue };
        // A document that was issued anew, after a restore, does not end it again.
        let issued = tx.first_end(&order.payment_id)?.map_or(issued, |first| first.min(issued));
        match order.state {
            State::Settled => settled = settled.max(Some(issued)),
            State::Refused | State::Reversed if failed.as_ref().is_none_or(|(at, _)| *at < issued) => {
                failed = Some((issued, in_vain && !less_is_asked(bill, &order, issued)));
            }
            State::Refused | State::Reversed => {}
            State::Unknown | State::Claimed | State::Reversing => {}
        }
    }
    Ok(failed.filter(|(at, in_vain)| *in_vain && Some(*at) > settled).map(|(at, _)| moment::timestamp(at)))
}

/// Whether the bill asks for less than that payment was of, since it ended. (What the bill asked when a part of it was to be
/// paid is not kept here; the phone knows.)
fn less_is_asked(bill: &wire::Bill, order: &EndedOn, ended: i64) -> bool {
    let changed = moment::parse(&bill.updated_at).is_some_and(|changed| changed > ended);
    changed && order.bill_version.is_some_and(|version| bill.version > version) && bill.amount.minor < order.amount
}

/// When a document was issued, and whether it leaves somebody who paid in vain: not where another payment has the bill.
fn issued(gateway: &Gateway, compact: &str) -> Option<(i64, bool)> {
    #[derive(Deserialize)]
    struct Issued {
        issued_at: String,
        #[serde(default)]
        refusal: Option<Refusal>,
    }
    #[derive(Deserialize)]
    struct Refusal {
        reason: String,
    }
    let ours = gateway.pen.read(compact)?;
    let Issued { issued_at, refusal } = serde_json::from_slice(&ours.payload).ok()?;
    let others = ["already-settled", "payment-in-progress-elsewhere"];
    let in_vain = refusal.is_none_or(|refusal| !others.contains(&refusal.reason.as_str()));
    moment::parse(&issued_at).map(|at| (at, in_vain))
}
