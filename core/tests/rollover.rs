//! The bank changes the keys of its gateway: real certificates on a real socket, the real client, the real sandbox.
//! Rehearsed from both sides: the server before and after, phones that took the step between and phones that slept.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod peer;
mod world;

use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use billpay_core::{
    Client, TrustState,
    crypto::suite::RingSuite,
    error::{Fault, RefreshError},
    gateway::{
        http::{HttpOptions, HttpTransport},
        trust::Trust,
    },
    model::pins::PinSet,
    platform::{BoxFuture, Platform, Request, Response, Transport, TransportError, TransportFault},
};
use jiff::{SignedDuration, Timestamp};
use peer::{Ca, Server, last, leaf_params, options, pin_of, serve, server_config, signed};
use rcgen::KeyPair;
use rustls::{server::ResolvesServerCert, sign::CertifiedKey};
use sandbox_gateway::outcomes::jws::TRUST;
use world::{HOST, Network, World, offline, receipt_key, world};

/// The certificate of now; the bank changes it under the server, as a reload does.
#[derive(Debug)]
struct Now(Mutex<Arc<CertifiedKey>>);

impl ResolvesServerCert for Now {
    fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.lock().unwrap().clone())
    }
}

/// The bank's front: one authority, keys that take turns.
struct Front {
    root: Ca,
    now: Arc<Now>,
    server: Server,
}

impl Front {
    /// That gives so many tickets to come back with.
    async fn with(key: &KeyPair, tickets: usize) -> Self {
        let root = peer::root("Root");
        let now = Arc::new(Now(Mutex::new(certified(&root, key))));
        let mut config = server_config(vec![root.der().clone()], root.key());
        config.cert_resolver = now.clone();
        config.send_tls13_tickets = tickets;
        // It says so before it closes: a request that is sent into a closing connection is lost, and has no place here.
        let answer = |_: &str| last("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
        Self { now, server: serve(config, answer).await, root }
    }

    fn changes_to(&self, key: &KeyPair) {
        *self.now.0.lock().unwrap() = certified(&self.root, key);
    }
}

fn certified(root: &Ca, key: &KeyPair) -> Arc<CertifiedKey> {
    let chain = vec![signed(leaf_params(HOST), key, root)];
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
    Arc::new(CertifiedKey::new(chain, key))
}

/// A request goes over the real socket first; what the front's certificate is worth, that transport says. Then
/// the sandbox answers it.
struct Line {
    front: HttpTransport,
    bank: Arc<Network>,
}

impl Transport for Line {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.front.send(request.clone()).await?;
            self.bank.send(request).await
        })
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        self.front.set_pins(pins)
    }
}

/// A phone: a world of its own (its bank speaks of the same trust documents), and the one front.
struct Phone {
    world: World,
    client: Client,
}

/// Pins of a trust document: keys with their labels, the hard expiry, its version.
fn document(version: i64, pins: &[(&KeyPair, &str)], soft: Timestamp, hard: Timestamp) -> String {
    let pins: Vec<_> =
        pins.iter().map(|(key, label)| serde_json::json!({ "pin": pin_of(key).to_string(), "label": label })).collect();
    let suite = sandbox_gateway::suite::RingSuite;
    let key =
        serde_json::json!({ "key": receipt_key().public_jwk(&suite).unwrap(), "not_before": "2026-01-01T00:00:00Z" });
    let payload = serde_json::json!({
        "v": 1, "version": version, "host": HOST, "pins": pins, "receipt_keys": [key],
        "minimum_client": "0.1.0", "soft_expiry": soft, "hard_expiry": hard,
    });
    offline().sign(&suite, TRUST, payload.to_string().as_bytes()).unwrap()
}

fn hours(hours: i64) -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(hours)
}

impl Phone {
    /// An app that was shipped with this document, active.
    async fn shipped_with(front: &Front, trust: &str) -> Self {
        let mut world = world();
        world.trust = trust.to_owned();
        let client = open(&world, front).await;
        let mut phone = Self { world, client };
        phone.published(trust);
        phone.world.activate(&phone.client).await;
        phone
    }

    /// From now on this is what the bank has, and says so.
    fn published(&mut self, trust: &str) {
        let trust = trust.to_owned();
        *self.world.network.trust.lock().unwrap() = Some(trust.clone());
        self.world.restart_bank(move |config| config.trust = trust);
    }

    /// So many hours, by every clock.
    fn sleeps(&self, hours: u64) {
        let ms = hours * 3_600_000;
        self.world.phone_clock.passed_ms.fetch_add(ms, Ordering::SeqCst);
        self.world.phone_clock.offset_ms.fetch_add(ms.try_into().unwrap(), Ordering::SeqCst);
        self.world.bank_clock.advance(Duration::from_millis(ms));
    }

    async fn refreshes(&self) -> Result<(), Fault> {
        match self.client.refresh().await {
            Ok(_) => Ok(()),
            Err(RefreshError::Fault(fault)) => Err(fault),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// As a shell does it: the pins of the document that the app is shipped with, their expiry with them.
async fn open(world: &World, front: &Front) -> Client {
    let shipped = Trust::verify(&world.trust, &world.offline, &RingSuite).unwrap();
    let options = options(&[&front.root], shipped.pins, front.server.address);
    let front = HttpTransport::new(HttpOptions { clock: world.phone_clock.clone(), ..options }).unwrap();
    let platform = Platform { transport: Arc::new(Line { front, bank: world.network.clone() }), ..world.platform() };
    Client::open(world.config(), platform).await.unwrap()
}

fn is_mismatch(result: Result<(), Fault>) -> bool {
    matches!(result, Err(Fault::Network(TransportFault::PinMismatch { .. })))
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_a_rollover_in_two_steps_loses_no_phone_and_ends_the_old_key() {
    let (one, two, three) = (peer::key(), peer::key(), peer::key());
    let front = Front::with(&one, 2).await;
    let (soft, hard) = (hours(24), hours(48));
    let first = document(1, &[(&one, "active"), (&two, "backup")], soft, hard);
    let mut awake = Phone::shipped_with(&front, &first).await;
    let mut asleep = Phone::shipped_with(&front, &first).await;
    // The first step: the next backup is named. The server has not changed; both old and new pins hold.
    let second = document(2, &[(&one, "active"), (&two, "backup"), (&three, "backup")], soft, hard);
    awake.published(&second);
    awake.refreshes().await.unwrap();
    // The server takes its backup key: for both phones that key is pinned.
    front.changes_to(&two);
    asleep.published(&second);
    awake.refreshes().await.unwrap();
    // The second step: the old key is gone from the document.
    let last = document(3, &[(&two, "active"), (&three, "backup")], soft, hard);
    awake.published(&last);
    asleep.published(&last);
    awake.refreshes().await.unwrap();
    // One that slept through the first step hears it with its next refresh.
    asleep.refreshes().await.unwrap();
    // From the other side: who still has the old key gets nothing from either any more.
    front.changes_to(&one);
    let before = front.server.log.requests().len();
    assert!(is_mismatch(awake.refreshes().await) && is_mismatch(asleep.refreshes().await));
    assert_eq!(front.server.log.requests().len(), before, "not one request before the pins are good");
    // And the backup of now is good for both.
    front.changes_to(&three);
    awake.refreshes().await.unwrap();
    asleep.refreshes().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_a_stolen_key_is_over_with_the_first_refresh_after_the_new_document() {
    let (stolen, two, three) = (peer::key(), peer::key(), peer::key());
    let front = Front::with(&stolen, 2).await;
    let first = document(1, &[(&stolen, "active"), (&two, "backup")], hours(24), hours(48));
    let mut phone = Phone::shipped_with(&front, &first).await;
    front.changes_to(&two);
    phone.published(&document(2, &[(&two, "active"), (&three, "backup")], hours(24), hours(48)));
    phone.refreshes().await.unwrap();
    // The thief, with the stolen key and a certificate of the right name.
    front.changes_to(&stolen);
    assert!(is_mismatch(phone.refreshes().await));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_56_a_phone_that_slept_through_all_of_it_waits_for_its_hard_date_and_comes_back() {
    let (one, two, three, four) = (peer::key(), peer::key(), peer::key(), peer::key());
    let front = Front::with(&one, 0).await;
    let first = document(1, &[(&one, "active"), (&two, "backup")], hours(1), hours(1));
    let mut phone = Phone::shipped_with(&front, &first).await;
    phone.published(&document(3, &[(&three, "active"), (&four, "backup")], hours(24), hours(48)));
    front.changes_to(&three);
    // The question for trust, too, goes by the pins while they are good.
    assert!(is_mismatch(phone.refreshes().await));
    assert_eq!(phone.world.network.count("GET /v1/trust"), 0);
    phone.sleeps(2);
    assert_eq!(phone.client.profile().await.unwrap().trust, TrustState::Expired);
    phone.refreshes().await.unwrap();
    assert!(matches!(phone.client.profile().await.unwrap().trust, TrustState::Good { .. }));
    assert_eq!(phone.world.network.count("GET /v1/trust"), 1);
    front.changes_to(&one);
    assert!(is_mismatch(phone.refreshes().await));
}
