//! Many doubts at a time, as after a long outage: the bank is asked about few of them at once, the oldest
//! first, and what is the matter with one holds up no other.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{sync::Arc, time::Duration};

use billpay_core::{Client, PaymentState, model::Language};
use world::{Fate, World, world};

/// What the core promises.
const AT_A_TIME: usize = 4;
/// Seeded power accounts whose bills are paid.
const ACCOUNTS: [usize; 3] = [0, 1, 2];

/// A phone with six orders in doubt, oldest first; the bank has settled each of them.
async fn in_doubt() -> (World, Arc<Client>, Vec<String>) {
    let world = world();
    let client = Arc::new(world.bound().await);
    for nth in &ACCOUNTS[1..] {
        world.bind(&client, *nth).await;
    }
    // Water, in parts, too.
    let echo = client.lookup_binding("water-sh", &world.number("water-sh", 0)).await.unwrap();
    let account = client.confirm_binding(&echo, "").await.unwrap();
    client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let mut ids = Vec::new();
    for bill in client.bills(Language::Zh).await.unwrap().bills {
        let quote = client.quote(&bill.biller, &bill.bill_number, None, None).await.unwrap();
        ids.push(client.pay(&quote.id).await.unwrap().id);
    }
    assert_eq!(ids.len(), 6);
    (world, client, ids)
}

fn asked(world: &World) -> Vec<String> {
    let log = world.network.log.lock().unwrap();
    log.iter().filter_map(|line| line.strip_prefix("GET /v1/payments/")).map(str::to_owned).collect()
}

async fn all_end(client: &Client, ids: &[String]) {
    for id in ids {
        while client.payment(id).await.unwrap().state != PaymentState::Settled {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_after_an_outage_four_orders_are_asked_about_at_a_time_however_many_ask() {
    let (world, client, ids) = in_doubt().await;
    // Nobody is in the middle of an answer of before, and asleep no round begins anew.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::NoNetwork } else { Fate::Pass });
    client.suspend().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = asked(&world).len();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::Late } else { Fate::Pass });
    client.resume().await.unwrap();
    // The recovery, and whoever is impatient.
    client.network_returned();
    let mut impatient = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let client = client.clone();
        impatient.spawn(async move { client.resolve().await });
    }
    while asked(&world).len() < before + AT_A_TIME {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut first = asked(&world).split_off(before);
    assert_eq!(first.len(), AT_A_TIME, "no more than these while none of them is answered");
    first.sort_unstable();
    let mut oldest = ids[..AT_A_TIME].to_vec();
    oldest.sort_unstable();
    assert_eq!(first, oldest);
    // Each answer makes room for one more.
    world.network.let_go.notify_one();
    while asked(&world).len() < before + AT_A_TIME + 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(asked(&world).len(), before + AT_A_TIME + 1);
    world.network.heal();
    let letting_go = async {
        loop {
            world.network.let_go.notify_one();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        biased;
        () = all_end(&client, &ids) => {}
        () = letting_go => {}
    }
    while let Some(resolved) = impatient.join_next().await {
        // What somebody else asks about is left to them, and still open for whoever looks meanwhile.
        assert!(resolved.unwrap().is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_whose_answer_was_lost_is_asked_about_when_the_network_is_back_though_another_still_waits() {
    let (world, client, ids) = in_doubt().await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::NoNetwork } else { Fate::Pass });
    client.suspend().await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let before = asked(&world).len();
    // One round: the first waits, the others lose theirs.
    let stuck = ids[0].clone();
    world.network.rule(move |request| match request.url.contains("/v1/payments") {
        true if request.url.contains(&stuck) => Fate::Late,
        true => Fate::LoseAnswer,
        false => Fate::Pass,
    });
    client.resume().await.unwrap();
    while asked(&world).len() < before + ids.len() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    world.network.heal();
    client.network_returned();
    tokio::time::timeout(Duration::from_secs(20), all_end(&client, &ids[1..])).await.unwrap();
    assert!(matches!(client.payment(&ids[0]).await.unwrap().state, PaymentState::Checking { .. }));
    world.network.let_go.notify_one();
    all_end(&client, &ids[..1]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_29_an_order_that_gets_no_answer_holds_up_no_other() {
    let (world, client, ids) = in_doubt().await;
    let stuck = ids[0].clone();
    world.network.rule(move |request| if request.url.contains(&stuck) { Fate::Late } else { Fate::Pass });
    client.network_returned();
    tokio::time::timeout(Duration::from_secs(20), all_end(&client, &ids[1..])).await.unwrap();
    assert!(matches!(client.payment(&ids[0]).await.unwrap().state, PaymentState::Checking { .. }));
    world.network.heal();
    let letting_go = async {
        loop {
            world.network.let_go.notify_one();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        biased;
        () = all_end(&client, &ids[..1]) => {}
        () = letting_go => {}
    }
}
