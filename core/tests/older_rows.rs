//! A single row put back to an older one of its own, with its own seal (row 57): the seal is right, so the store
//! does not tell (docs/security/store.md). What it costs is shown here: never a payment, never a wrong word about
//! one that lasts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::path::Path;

use billpay_core::{Client, PaymentState, Proof, error::QuoteError, store::Location};
use rusqlite::Connection;
use world::{Fate, POWER, World, ends::end, world};

fn on_disk() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    (folder, world)
}

async fn closed(client: Client) {
    client.suspend().await.unwrap();
    drop(client);
}

/// Puts all rows of a table back to what they were in a copy.
fn put_back(folder: &Path, copy: &Path, table: &str) {
    let file = Connection::open(folder.join("profile.db")).unwrap();
    file.execute("ATTACH ?1 AS old", [copy.to_str().unwrap()]).unwrap();
    file.execute_batch(&format!("DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM old.{table};"))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_57_an_order_put_back_to_its_doubt_is_asked_about_and_settles_again_and_is_never_paid_twice() {
    let (folder, world) = on_disk();
    let client = world.bound().await;
    // Of the recovery's question, too: the copy has to hold the doubt.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = world.pay(&client).await;
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    closed(client).await;
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("older.db");
    std::fs::copy(folder.path().join("profile.db"), &copy).unwrap();
    world.network.heal();
    let client = world.open().await;
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    closed(client).await;
    put_back(folder.path(), &copy, "payment");
    world.network.rule(|_| Fate::NoNetwork);
    let client = world.open().await;
    // The row is a right one, of before. It says no more than that the end is not known, and blocks its bill.
    assert!(matches!(client.payment(&payment.id).await.unwrap().state, PaymentState::Checking { .. }));
    let again = client.quote(POWER, &payment.bill_number, None, None).await;
    assert!(matches!(again, Err(QuoteError::PaymentInDoubt { .. })), "{again:?}");
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    assert_eq!((world.charged(), world.network.count("POST /v1/payments")), (payment.amount.minor(), 1));
    assert_eq!(client.receipt(&payment.id).await.unwrap().proof, Proof::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_57_orders_taken_out_of_the_file_come_to_light_at_the_next_contact_and_are_not_paid_again() {
    let (folder, world) = on_disk();
    let client = world.bound().await;
    closed(client).await;
    let copy = tempfile::tempdir().unwrap();
    let copy = copy.path().join("older.db");
    std::fs::copy(folder.path().join("profile.db"), &copy).unwrap();
    let client = world.open().await;
    let payment = world.pay(&client).await;
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    closed(client).await;
    for table in ["payment", "outcome", "outcome_search", "event", "bill"] {
        put_back(folder.path(), &copy, table);
    }
    let client = world.open().await;
    assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "the file knows nothing of it");
    client.refresh().await.unwrap();
    assert!(client.profile().await.unwrap().rolled_back, "the bank has seen orders that this file does not have");
    assert_eq!(world.charged(), payment.amount.minor());
}
