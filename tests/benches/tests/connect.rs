//! A cold start needs one round trip for TLS 1.3 and one for the request, as bare rustls does, and no more: no second
//! handshake, no retried hello, nothing asked before the question. Counted in flights, at a door between the two.
#![allow(clippy::unwrap_used)]

use benches::{
    connect::{answer_to_bare, bare, first_answer},
    flights::{Flights, From},
    town::Town,
};

/// Client hello; the server's part of the handshake; the client's end of it with the request; the answer.
const COLD: [From; 4] = [From::Client, From::Server, From::Client, From::Server];

/// A count may be too high on a machine that is busy, and never too low: the lowest of a few is right.
async fn lowest(mut count: impl AsyncFnMut() -> Vec<From>, least: usize) -> Vec<From> {
    let mut best = count().await;
    for _ in 0..4 {
        if best.len() <= least {
            break;
        }
        let again = count().await;
        if again.len() < best.len() {
            best = again;
        }
    }
    best
}

#[tokio::test(flavor = "multi_thread")]
async fn row_53_a_cold_connection_has_one_full_handshake_and_no_more_round_trips_than_tls_1_3_needs() {
    let town = Town::start().await;
    let door = Flights::to(town.address());
    let ours = lowest(
        async || {
            let transport = town.transport();
            let _before = door.take();
            first_answer(&town, &*transport, door.address()).await;
            door.take()
        },
        COLD.len(),
    );
    assert_eq!(ours.await, COLD);
    // The floor: nobody can do it in fewer.
    let config = bare(&town);
    let floor = lowest(
        async || {
            let _before = door.take();
            tokio::task::block_in_place(|| answer_to_bare(&config, &town, door.address()));
            let mut seen = door.take();
            // It says goodbye.
            seen.truncate(COLD.len());
            seen
        },
        COLD.len(),
    );
    assert_eq!(floor.await, COLD);
    // On the connection that is there a question takes one round trip.
    let transport = town.transport();
    first_answer(&town, &*transport, door.address()).await;
    let warm = lowest(
        async || {
            // What is left to say of the one before (the client's settings) is no flight of this one.
            tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
            let _before = door.take();
            first_answer(&town, &*transport, door.address()).await;
            door.take()
        },
        2,
    );
    assert_eq!(warm.await, [From::Client, From::Server]);
}
