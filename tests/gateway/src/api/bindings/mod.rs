//! Binding in two steps: look a number up, let the person compare the echo, bind it.

pub(crate) mod confirm;
pub(crate) mod lookup;
pub(crate) mod unbind;

use super::{problem::Problem, reply::Fault, wire};
use crate::{
    encoding::{base64url, sha256},
    gateway::Gateway,
    ledger::{LedgerError, Tx, accounts::Account},
    leg::{LegError, client::QueryReply},
};

/// An account as the wire shows it.
pub(crate) fn shown(account: Account) -> wire::Account {
    wire::Account {
        id: account.id,
        biller: account.biller,
        customer_number: account.customer_number,
        holder_masked: account.holder_masked,
        address_masked: account.address_masked,
        alias: account.alias,
        state: if account.bound { "bound" } else { "unbound" },
        version: account.version,
        echo_digest: account.echo_digest,
    }
}

/// SHA-256 of the RFC 8785 form of what the person compared, in base64url.
///
/// # Errors
/// It has no JSON form (it always has).
pub fn echo_digest(
    biller: &str,
    customer_number: &str,
    holder_masked: &str,
    address_masked: &str,
) -> Result<String, LedgerError> {
    // Members in the order of their names, strings escaped as RFC 8785 does: this is its form.
    #[derive(serde::Serialize)]
    struct Compared<'a> {
        address_masked: &'a str,
        biller: &'a str,
        customer_number: &'a str,
        holder_masked: &'a str,
    }
    let compared = Compared { address_masked, biller, customer_number, holder_masked };
    Ok(base64url(&sha256(&serde_json::to_vec(&compared)?)))
}

/// Asks a biller what is owed under a customer number, or one bill of it, and takes note of how it
/// stands.
pub(crate) async fn ask(
    gateway: &Gateway,
    biller: &str,
    customer_number: &str,
    bill: Option<&str>,
) -> Result<crate::leg::answer::Account, Fault> {
    let reply = gateway.ports.billers.query(biller, customer_number, bill).await;
    if let Ok(said) = &reply {
        let closed = matches!(said, QueryReply::Closed { .. });
        let now = gateway.now();
        if gateway.ledger.read(now, |tx| tx.biller_is_closed(biller))? != closed {
            gateway.ledger.write(now, |tx| tx.biller_stands(biller, closed))?;
        }
    }
    Ok(found(reply)?)
}

/// What the biller found, or the problem that it is.
fn found(reply: Result<QueryReply, LegError>) -> Result<crate::leg::answer::Account, Problem> {
    match reply {
        Ok(QueryReply::Found(account)) => Ok(account),
        Ok(QueryReply::UnknownCustomer) => Err(Problem::customer_number_unknown()),
        Ok(QueryReply::UnknownBill) => Err(Problem::bill_unknown()),
        Ok(QueryReply::Closed { retry_at }) => {
            let problem = Problem::biller_closed();
            Err(match retry_at {
                Some(at) => problem.retry_at(at.as_millisecond()),
                None => problem,
            })
        }
        Err(LegError::UnknownBiller) => Err(Problem::biller_unknown()),
        Err(error) => {
            tracing::info!(%error, "a biller did not answer a query");
            Err(Problem::biller_unreachable())
        }
    }
}

/// The account and its bills, as `Bound` has them.
pub(crate) fn bound(tx: &Tx<'_>, account: Account) -> Result<serde_json::Value, LedgerError> {
    let mut bills = Vec::new();
    for body in tx.bills_of(&account.id)? {
        bills.push(serde_json::from_str::<wire::Bill>(&body)?);
    }
    Ok(serde_json::json!({"account": shown(account), "bills": bills}))
}
