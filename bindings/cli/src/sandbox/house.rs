//! From a running sandbox to what a client has to know of it.

use std::net::{Ipv4Addr, SocketAddr};

use billpay_core::model::Biller;
use sandbox_gateway::{api::http::Request, server::Sandbox};
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

/// A phone that is enrolled, and an account to bind: what to type first.
pub(crate) fn example(sandbox: &Sandbox) -> (String, String, String) {
    let phone = sandbox_gateway::seeds::customers().first().map(|person| person.phone.clone()).unwrap_or_default();
    let standing = sandbox.billers().billers().unwrap_or_default();
    let power = standing.iter().find(|standing| standing.biller.kind == "power").map(|standing| &standing.biller);
    let number = power.map(|biller| biller.customer_number.example.clone()).unwrap_or_default();
    (phone, power.map(|biller| biller.id.clone()).unwrap_or_default(), number)
}
