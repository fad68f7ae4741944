//! What a payment that goes well costs: three durable commits, one request, two signatures. Each commit more
//! would be felt on a phone's flash; why none can be left out: docs/decisions/commits-of-a-payment.md.
#![allow(clippy::unwrap_used)]

use benches::{
    pay::{COMMITS, REQUESTS, SIGNATURES},
    phone::{counted, open, platform},
    town::{Town, activate, quote},
    wal::Wal,
};
use billpay_core::PaymentState;

#[tokio::test(flavor = "multi_thread")]
async fn row_20_a_payment_has_three_durable_commits_one_request_and_two_signatures() {
    let town = Town::start().await;
    let profile = town.folder("phone");
    let (counting, counts) = counted(platform(&profile, town.transport()));
    let client = open(&profile, &town.setup, counting).await;
    activate(&client, &town.sandbox).await;
    let log = Wal::beside(&profile.join("profile.db"));
    for _ in 0..3 {
        let quote = quote(&client).await;
        let (mark, before) = (log.mark(), counts.so_far());
        let payment = client.pay(&quote.id).await.unwrap();
        assert_eq!(payment.state, PaymentState::Settled);
        assert_eq!(log.commits_since(&mark), Some(COMMITS));
        assert_eq!(counts.so_far(), (before.0 + REQUESTS, before.1 + SIGNATURES));
    }
    assert_eq!((COMMITS, REQUESTS, SIGNATURES), (3, 1, 2));
}
