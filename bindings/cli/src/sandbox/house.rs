//! From a running sandbox to what a client has to know of it.

use std::net::{Ipv4Addr, SocketAddr};

use billpay_core::model::Biller;
use sandbox_gateway::{api::http::Request, biller::Seeds, seeds, server::Sandbox};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{connection::Connection, failure::Failure};

/// Everything that a client is told beforehand, as the bank's app would carry it.
pub(crate) async fn connection(sandbox: &Sandbox) -> Result<Connection, Failure> {
    let odd = |error: &dyn std::fmt::Display| Failure::new("sandbox-odd", format!("the sandbox's own data: {error}"));
    let export = sandbox.export();
    let offline = export.trust_keys.first().ok_or_else(|| odd(&"no trust key"))?;
    let offline = serde_json::to_value(offline).and_then(serde_json::from_value).map_err(|error| odd(&error))?;
    let port = export.url.rsplit(':').next().and_then(|port| port.parse().ok());
    let port: u16 = port.ok_or_else(|| odd(&"no port"))?;
    Ok(Connection {
        url: export.url.clone(),
        resolve: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
        roots: export.roots_pem.clone(),
        offline_key: offline,
        trust: trust(sandbox).await.ok_or_else(|| odd(&"no trust document"))?,
        catalogue: catalogue(sandbox)?,
    })
}

/// The trust document, from the gateway itself.
async fn trust(sandbox: &Sandbox) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        trust: String,
    }
    let url = format!("{}/v1/trust", sandbox.url());
    let request = Request { method: "GET".to_owned(), url, ..Request::default() };
    let answer = sandbox.gateway()?.handle(request).await;
    serde_json::from_slice(&answer.body).ok().map(|Answer { trust }| trust)
}

/// The billers as the contract shows them.
fn catalogue(sandbox: &Sandbox) -> Result<Vec<Biller>, Failure> {
    let standing = sandbox.billers().billers().map_err(|error| Failure::system("sandbox-odd", &error))?;
    let shown = standing.iter().map(|standing| {
        let biller = &standing.biller;
        json!({
            "id": biller.id, "version": 0, "state": if standing.closed { "closed" } else { "open" },
            "kind": biller.kind, "name": biller.name, "customer_number": biller.customer_number,
            "capabilities": biller.capabilities, "contact": biller.contact,
        })
    });
    serde_json::from_value(Value::Array(shown.collect())).map_err(|error| Failure::system("sandbox-odd", &error))
}

/// What to type first: a phone that is enrolled, and two accounts to bind with a bill of each. The second bill
/// is large enough for a code.
pub(crate) struct Example {
    pub phone: String,
    pub small: Owed,
    pub large: Option<Owed>,
}

/// A bill, by what is typed.
#[derive(Default)]
pub(crate) struct Owed {
    pub biller: String,
    pub number: String,
    pub bill: String,
}

pub(crate) fn example() -> Example {
    let person = seeds::customers().into_iter().next();
    // What is owed is the same on any day.
    let accounts = Seeds::sandbox(jiff::civil::Date::ZERO).accounts;
    let owed = |biller: &str, at_least: i64| {
        accounts.iter().filter(|account| account.biller == biller).find_map(|account| {
            let bill = account.bills.iter().find(|bill| bill.amount_minor >= at_least)?.number.clone();
            Some(Owed { biller: account.biller.clone(), number: account.number.clone(), bill })
        })
    };
    let code_from = person.as_ref().map_or(i64::MAX, |person| person.step_up_from);
    Example {
        phone: person.map(|person| person.phone).unwrap_or_default(),
        small: owed("power-sh", 1).unwrap_or_default(),
        large: owed("property-gh", code_from),
    }
}
