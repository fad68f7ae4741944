//! From nothing to the first paid bill, in the requests that the contract needs and no other: each is one round trip on a
//! connection that is there.
#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};

use benches::{
    phone::{open, platform},
    town::{BILLER, NUMBER, PHONE, Town, activate_as, bind},
};
use billpay_core::{
    PaymentState,
    model::{Language, pins::PinSet},
    platform::{BoxFuture, Platform, Request, Response, Transport, TransportError, TransportFault},
};

/// Notes what goes out.
struct Noted(Arc<dyn Transport>, Arc<Mutex<Vec<String>>>);

impl Transport for Noted {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let path = request.url.split("/v1/").nth(1).unwrap().split('?').next().unwrap();
        // An id is of nobody.
        let path: Vec<&str> = path.split('/').map(|part| if part.len() == 36 { "ID" } else { part }).collect();
        self.1.lock().unwrap().push(format!("{} {}", request.method.as_str(), path.join("/")));
        self.0.send(request)
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        self.0.set_pins(pins)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_20_from_activation_to_the_first_paid_bill_no_request_goes_out_that_the_contract_does_not_need() {
    let town = Town::start().await;
    let profile = town.folder("phone");
    let noted = Arc::<Mutex<Vec<String>>>::default();
    let ports = platform(&profile, Arc::new(Noted(town.transport(), noted.clone())));
    let client = open(&profile, &town.setup, Platform { ..ports }).await;
    activate_as(PHONE, &client, &town.sandbox).await;
    client.refresh().await.unwrap();
    bind(&client, BILLER, NUMBER).await;
    let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0);
    let amount = benches::town::amount();
    let quote = client.quote(&bill.biller, &bill.bill_number, Some(amount), None).await.unwrap();
    assert_eq!(client.pay(&quote.id).await.unwrap().state, PaymentState::Settled);
    assert_eq!(
        *noted.lock().unwrap(),
        [
            // A message is sent; its code comes back.
            "POST activations",
            "POST activations/ID/verify",
            // Who can be paid.
            "GET sync",
            // Whose number is it? That one.
            "POST bindings/lookup",
            "POST bindings",
            // What the biller asks at this moment; and that is paid.
            "POST quotes",
            "POST payments",
        ]
    );
}
