//! The ledger's bills as a plan speaks of them: as the phone does, from what the phone is told.

use billpay_plan::{Amount, Bill, Status, masked};

use super::shared;
use crate::{
    api::wire,
    gateway::Gateway,
    ledger::{LedgerError, Tx, accounts::Account},
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
            method: method.map(|method| method.label.clone()),
            biller: bill.biller,
        });
    }
    Ok(bills)
}
