//! `POST /v1/bills/query`: asks the biller now for the bills of one account.

use super::{
    bindings,
    call::Call,
    problem::Problem,
    reply::{Fault, Reply},
    wire::{Bill, Item, Money, QueryBills},
};
use crate::{
    gateway::Gateway,
    ledger::{LedgerError, Tx, accounts::Account},
    leg::answer,
    limits::Limited,
    reminding,
};

pub(crate) async fn handle(call: &Call<'_>) -> Result<Reply, Fault> {
    call.limited(Limited::Biller)?;
    let (gateway, device) = (call.gateway, call.device()?);
    let ask: QueryBills = call.read()?;
    let bound = |tx: &Tx<'_>| {
        let account = tx.account(&device.customer, &ask.account)?.filter(|account| account.bound);
        Ok(account.ok_or_else(Problem::account_unknown))
    };
    let account = gateway.ledger.read(call.now, bound)??;
    let fresh = bindings::ask(gateway, &account.biller, &account.customer_number, None).await?;
    let reply = gateway.ledger.write(gateway.now(), |tx| {
        // It may have been unbound while the biller took its time.
        let account = match bound(tx)? {
            Ok(account) => account,
            Err(problem) => return Ok(Err(problem)),
        };
        take_up(gateway, tx, &account, &fresh)?;
        let bills: Vec<Bill> = fresh.bills.iter().map(|bill| of_biller(gateway, &account, bill)).collect();
        let reply = Reply::stored(&serde_json::json!({"bills": bills}))?;
        call.keep(tx, &reply)?;
        Ok(Ok(reply))
    })?;
    Ok(reply?)
}

/// Takes up what the biller just said of an account.
pub(crate) fn take_up(
    gateway: &Gateway,
    tx: &Tx<'_>,
    account: &Account,
    fresh: &answer::Account,
) -> Result<(), LedgerError> {
    if gateway.collection.is_some() {
        tx.heard_of(&account.id)?;
    }
    for bill in &fresh.bills {
        tx.saw_bill(&account.customer, &of_biller(gateway, account, bill))?;
    }
    Ok(())
}

/// A bill of the leg as the wire shows it.
pub(crate) fn of_biller(gateway: &Gateway, account: &Account, bill: &answer::Bill) -> Bill {
    let money = |minor| Money { currency: bill.currency.clone(), minor };
    Bill {
        account: account.id.clone(),
        biller: account.biller.clone(),
        bill_number: bill.bill_number.clone(),
        version: bill.version,
        kind: bill.kind.as_str().to_owned(),
        state: bill.state.as_str().to_owned(),
        amount: money(bill.amount_minor),
        minimum: money(bill.minimum_minor),
        maximum: money(bill.maximum_minor),
        period: bill.period.clone(),
        due_date: bill.due_date.map(|date| date.to_string()),
        late_fee: bill.late_fee_minor.map(money),
        items: bill
            .items
            .iter()
            .map(|item| Item { label: item.label.clone(), amount: money(item.amount_minor) })
            .collect(),
        updated_at: bill.updated_at.to_string(),
        reminder: Some(reminding::shared(
            &gateway.config.keys.phones,
            &account.customer,
            &account.biller,
            &bill.bill_number,
        )),
    }
}
