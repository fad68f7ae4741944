//! The ledger's bills as a plan speaks of them: as the phone does, from what the phone is told.

use billpay_plan::{Amount, Bill, Status, masked};
use jiff::Timestamp;
use serde::Deserialize;

use super::shared;
use crate::{
    api::wire,
    gateway::Gateway,
    ledger::{LedgerError, Tx, accounts::Account},
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
            amount: Amount { minor: bill.amount.minor, currency: bill.amount.currency },
            due_date: bill.due_date.filter(|_| bill.kind == "bill").and_then(|date| date.parse().ok()),
            status,
            failed_at: failed_at(gateway, tx, &account.customer, (&bill.biller, &bill.bill_number))?,
            method: method.map(|method| method.label.clone()),
            biller: bill.biller,
        });
    }
    Ok(bills)
}

/// When the customer's last payment of a bill came to nothing, as its document says; `None` where one has settled since.
fn failed_at(
    gateway: &Gateway,
    tx: &Tx<'_>,
    customer: &str,
    bill: (&str, &str),
) -> Result<Option<Timestamp>, LedgerError> {
    let (mut failed, mut settled) = (None, None);
    for (payment, state) in tx.ended_on(customer, bill)? {
        let Some((issued, in_vain)) = tx.outcome(&payment)?.and_then(|compact| issued(gateway, &compact)) else {
            continue;
        };
        let issued = Some(issued);
        match state {
            State::Settled => settled = settled.max(issued),
            State::Refused | State::Reversed if issued > failed.map(|(at, _)| at) => {
                failed = issued.map(|at| (at, in_vain))
            }
            State::Refused | State::Reversed => {}
            State::Unknown | State::Claimed | State::Reversing => {}
        }
    }
    Ok(failed.filter(|(at, in_vain)| *in_vain && Some(*at) > settled).map(|(at, _)| at))
}

/// When a document was issued, and whether it leaves somebody who paid in vain: not where another payment has the bill.
fn issued(gateway: &Gateway, compact: &str) -> Option<(Timestamp, bool)> {
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
    moment::parse(&issued_at).map(|at| (moment::timestamp(at), in_vain))
}
