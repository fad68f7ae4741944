//! `pay()` warm on loopback, beside the same work done bare: the same signed body posted to the same
//! gateway on a kept connection, the raw durable commits, the raw signatures.

use billpay_core::PaymentState;

use crate::{
    Figure,
    bare::Bare,
    figure::as_micros,
    phone::{counted, open, platform},
    town::{Town, activate, quote},
    wal::Wal,
};

const ROUNDS: usize = 60;
const WARM: usize = 5;
/// Of a payment that goes well. Why each commit has to be: docs/decisions/commits-of-a-payment.md.
pub const REQUESTS: usize = 1;
/// The order, and the request that brings it.
pub const SIGNATURES: usize = 2;
/// The intent, the mark *in doubt*, the end.
pub const COMMITS: usize = 3;
/// The budget: how many times longer than its floor.
const MOST: f64 = 1.25;

/// Measures.
///
/// # Panics
/// Where the sandbox does not start or a payment does not settle.
#[must_use]
pub fn measure() -> Figure {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().expect("a runtime");
    runtime.block_on(run())
}

async fn run() -> Figure {
    let town = Town::start().await;
    let profile = town.folder("phone");
    let platform = platform(&profile, town.transport());
    let (counting, counts) = counted(platform.clone());
    let client = open(&profile, &town.setup, counting).await;
    activate(&client, &town.sandbox).await;
    client.suspend().await.expect("suspended");
    let bare = town.bare(&profile, &platform);
    client.resume().await.expect("resumed");
    let (mine, raw) = (Wal::beside(&profile.join("profile.db")), Wal::beside(&profile.join("plain.db")));

    // In turns: the ledger grows under both alike.
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let quote = quote(&client).await;
        let (before, log) = (counts.so_far(), mine.mark());
        let start = std::time::Instant::now();
        let payment = client.pay(&quote.id).await.expect("a payment");
        let time = as_micros(start.elapsed());
        assert_eq!(payment.state, PaymentState::Settled);
        // The floor does what pay() does, or it is none.
        assert_eq!(counts.so_far(), (before.0 + REQUESTS, before.1 + SIGNATURES));
        assert!(matches!(mine.commits_since(&log), Some(COMMITS) | None), "pay() has {COMMITS} commits");
        let log = raw.mark();
        let bare = pay(&bare, round).await;
        assert!(matches!(raw.commits_since(&log), Some(COMMITS) | None), "and so has the floor");
        if round >= WARM {
            ours.push(time);
            floor.push(bare);
        }
    }
    town.sandbox.stop().await;
    let floor_is = format!(
        "raw: {SIGNATURES} P-256 signatures, {REQUESTS} POST on a kept connection, 1 Ed25519 check, {COMMITS} durable commits"
    );
    Figure::paired("pay(), warm, loopback", &mut ours, &mut floor, floor_is).at_most(MOST)
}

/// Quotes without a clock running, then pays with one.
async fn pay(bare: &Bare, round: usize) -> f64 {
    let (quote, epoch) = bare.quote(round).await;
    let start = std::time::Instant::now();
    let id = format!("019a9d3e-7c00-7000-8000-{round:012}");
    let (_, envelope) = bare.sign(&id, round, quote, epoch);
    let body = envelope.json().get().as_bytes().to_vec();
    bare.commit("INSERT INTO row VALUES (?1, 'authorized', ?2)", &id, &body);
    bare.commit("UPDATE row SET state = 'in_doubt', body = ?2 WHERE id = ?1", &id, &body);
    let compact = bare.post(&id, body).await;
    bare.check(&compact);
    bare.commit("UPDATE row SET state = 'settled', body = ?2 WHERE id = ?1", &id, compact.as_bytes());
    as_micros(start.elapsed())
}
