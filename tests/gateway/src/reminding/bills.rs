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
        let issued = tx.outcome(&payment)?.and_then(|compact| issued(gateway, &compact));
        match state {
            State::Settled => settled = settled.max(issued),
            State::Refused | State::Reversed => failed = failed.max(issued),
            State::Unknown | State::Claimed | State::Reversing => {}
        }
    }
    Ok(failed.filter(|_| failed > settled))
}

fn issued(gateway: &Gateway, compact: &str) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Issued {
        issued_at: String,
    }
    let ours = gateway.pen.read(compact)?;
    let Issued { issued_at } = serde_json::from_slice(&ours.payload).ok()?;
    moment::parse(&issued_at).map(moment::timestamp)
}
