//! Which servers are let near a request: the TLS table and the pin rules, on real sockets with
//! real certificates (features 53, 54, 55; invariant I10).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod peer;

use std::sync::Arc;

use billpay_core::{
    model::pins::Pin,
    platform::{Route, Transport as _, TransportFault},
};
use jiff::Timestamp;
use peer::{
    At, Ca, Der, HOST, Pki, ask, get, issuing, key, last, leaf, leaf_params, ok, options, pin_of, pin_set, post, root,
    serve, server_config, signed, stale, stay,
    tap::{Flight, Tap},
    transport,
};
use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};
use rustls::{HandshakeKind, ServerConfig, server::WebPkiClientVerifier};

/// Asks a server with these certificates once. A refusal must have proved that nothing was sent,
/// and the server must have seen not one byte (I10).
async fn verdict(chain: Vec<Der>, key: &KeyPair, roots: &[&Ca], pins: [Pin; 2]) -> Result<(), TransportFault> {
    verdict_of(server_config(chain, key), roots, pins).await
}

async fn verdict_of(config: ServerConfig, roots: &[&Ca], [active, backup]: [Pin; 2]) -> Result<(), TransportFault> {
    let server = serve(config, |_| ok("{}")).await;
    let transport = transport(roots, pin_set(active, backup), server.address);
    match ask(&transport, post("secret")).await {
        Ok(answer) => {
            assert_eq!(answer.status, 200);
            assert_eq!(server.log.arrivals("secret"), 1);
            Ok(())
        }
        Err(error) => {
            assert!(error.nothing_sent, "{error:?}");
            assert_eq!(server.log.bytes(), 0, "{error:?}");
            Err(error.kind)
        }
    }
}

#[tokio::test]
async fn row_54_one_pin_anywhere_on_the_path_is_enough() {
    let p = Pki::new();
    for (what, pin) in [
        ("leaf", pin_of(&p.key)),
        ("issuing", pin_of(p.issuing.key())),
        ("root, which is not sent", pin_of(p.root.key())),
    ] {
        assert_eq!(verdict(p.chain(), &p.key, &[&p.root], [pin, stale(1)]).await, Ok(()), "{what}");
        assert_eq!(verdict(p.chain(), &p.key, &[&p.root], [stale(1), pin]).await, Ok(()), "backup: {what}");
    }
}

#[tokio::test]
async fn row_54_a_valid_chain_without_a_pin_is_refused_and_its_keys_are_named() {
    let p = Pki::new();
    let refused = verdict(p.chain(), &p.key, &[&p.root], [stale(1), stale(2)]).await;
    let seen = [&p.key, p.issuing.key(), p.root.key()].map(|key| pin_of(key).to_string());
    assert_eq!(refused, Err(TransportFault::PinMismatch { seen: seen.into() }));
}

fn is_mismatch(verdict: &Result<(), TransportFault>) -> bool {
    matches!(verdict, Err(TransportFault::PinMismatch { seen }) if !seen.is_empty())
}

#[tokio::test]
async fn row_54_a_pinned_certificate_beside_the_path_is_refused() {
    // CVE-2016-2402: the rogue's own chain is valid, the genuine certificates are only sent along.
    let (rogue, genuine) = (Pki::new(), Pki::new());
    let pins = [pin_of(&genuine.key), pin_of(genuine.issuing.key())];
    for decoys in [
        vec![genuine.leaf.clone()],
        vec![genuine.issuing.der().clone()],
        vec![genuine.leaf.clone(), genuine.issuing.der().clone(), genuine.root.der().clone()],
    ] {
        let chain = [rogue.chain(), decoys].concat();
        for roots in [&[&rogue.root][..], &[&rogue.root, &genuine.root]] {
            assert!(is_mismatch(&verdict(chain.clone(), &rogue.key, roots, pins).await));
        }
    }
}

#[tokio::test]
async fn row_54_another_trusted_authority_is_refused() {
    let (ours, other) = (Pki::new(), Pki::new());
    let pins = [pin_of(&ours.key), pin_of(ours.root.key())];
    assert!(is_mismatch(&verdict(other.chain(), &other.key, &[&ours.root, &other.root], pins).await));
}

#[tokio::test]
async fn row_54_another_path_is_tried_when_one_lacks_the_pin() {
    let (p, second) = (Pki::new(), root("Second root"));
    let cross = issuing("Issuing", p.issuing.key(), &second);
    for pair in [[&p.issuing, &cross], [&cross, &p.issuing]] {
        let chain = [vec![p.leaf.clone()], pair.map(|ca| ca.der().clone()).to_vec()].concat();
        for pinned in [&p.root, &second] {
            let pins = [pin_of(pinned.key()), stale(1)];
            assert_eq!(verdict(chain.clone(), &p.key, &[&p.root, &second], pins).await, Ok(()));
        }
        let pins = [stale(1), stale(2)];
        assert!(is_mismatch(&verdict(chain, &p.key, &[&p.root, &second], pins).await));
    }
}

#[tokio::test]
async fn row_54_a_renewed_leaf_keeps_its_pin_and_a_new_key_loses_it() {
    let p = Pki::new();
    let pins = [pin_of(&p.key), stale(1)];
    let renewed = vec![leaf(&p.key, &p.issuing), p.issuing.der().clone()];
    assert_ne!(renewed[0], p.leaf);
    assert_eq!(verdict(renewed, &p.key, &[&p.root], pins).await, Ok(()));
    let new = key();
    let rekeyed = vec![leaf(&new, &p.issuing), p.issuing.der().clone()];
    assert!(is_mismatch(&verdict(rekeyed, &new, &[&p.root], pins).await));
}

#[tokio::test]
async fn row_53_a_chain_that_leads_to_no_root_is_untrusted_whatever_its_pins() {
    let (p, stranger) = (Pki::new(), Pki::new());
    let pins = [pin_of(&p.key), pin_of(p.issuing.key())];
    let self_signed = leaf_params(HOST).self_signed(&p.key).unwrap().der().clone();
    let by_stranger = vec![leaf(&p.key, &stranger.issuing), stranger.issuing.der().clone()];
    for (what, chain, key) in [
        ("self-signed with the pinned key", vec![self_signed], &p.key),
        ("an unknown authority, even with the pinned key", by_stranger, &p.key),
        ("an unknown authority of the same name", stranger.chain(), &stranger.key),
        ("without its intermediate", vec![p.leaf.clone()], &p.key),
    ] {
        assert_eq!(verdict(chain, key, &[&p.root], pins).await, Err(TransportFault::Untrusted), "{what}");
    }
}

#[tokio::test]
async fn row_53_a_certificate_for_another_host_is_refused_with_that_name() {
    let p = Pki::new();
    let with = |params: CertificateParams| vec![signed(params, &p.key, &p.issuing), p.issuing.der().clone()];
    let mut name_only = CertificateParams::default();
    name_only.distinguished_name.push(DnType::CommonName, HOST);
    for (what, chain) in [
        ("another host", with(leaf_params("evil.test"))),
        ("a part of the name", with(leaf_params("bank.test"))),
        ("a deeper name", with(leaf_params("a.gw.bank.test"))),
        ("a common name, no alternative name", with(name_only)),
    ] {
        for pins in [[pin_of(&p.key), stale(1)], [stale(1), stale(2)]] {
            let refused = verdict(chain.clone(), &p.key, &[&p.root], pins).await;
            assert_eq!(refused, Err(TransportFault::WrongName), "{what}");
        }
    }
}

#[tokio::test]
async fn row_53_order_and_surplus_of_the_chain_do_not_matter() {
    let p = Pki::new();
    let pins = [pin_of(p.issuing.key()), stale(1)];
    let root = p.root.der().clone();
    for rest in [vec![p.issuing.der().clone(), root.clone()], vec![root, p.issuing.der().clone()]] {
        let chain = [vec![p.leaf.clone()], rest].concat();
        assert_eq!(verdict(chain, &p.key, &[&p.root], pins).await, Ok(()));
    }
    let mut params = leaf_params(HOST);
    params.extended_key_usages.clear();
    let chain = vec![signed(params, &p.key, &p.issuing), p.issuing.der().clone()];
    assert_eq!(verdict(chain, &p.key, &[&p.root], pins).await, Ok(()), "no extended key usage");
}

#[tokio::test]
async fn row_53_a_certificate_for_clients_is_no_servers() {
    let p = Pki::new();
    let mut params = leaf_params(HOST);
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let chain = vec![signed(params, &p.key, &p.issuing), p.issuing.der().clone()];
    let refused = verdict(chain, &p.key, &[&p.root], [pin_of(&p.key), stale(1)]).await;
    assert!(matches!(refused, Err(TransportFault::Tls(_))), "{refused:?}");
}

#[tokio::test]
async fn row_53_other_kinds_of_keys_are_accepted() {
    let p = Pki::new();
    for alg in [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
        let key = KeyPair::generate_for(alg).unwrap();
        let chain = vec![leaf(&key, &p.issuing), p.issuing.der().clone()];
        assert_eq!(verdict(chain, &key, &[&p.root], [pin_of(&key), stale(1)]).await, Ok(()), "{alg:?}");
    }
}

#[tokio::test]
async fn row_53_a_server_of_tls_1_2_is_refused() {
    let p = Pki::new();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS12])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(p.chain(), p.key.serialize_der().try_into().unwrap())
        .unwrap();
    let refused = verdict_of(config, &[&p.root], [pin_of(&p.key), stale(1)]).await;
    assert!(matches!(refused, Err(TransportFault::Tls(_))), "{refused:?}");
}

/// A certificate valid in 2027 only, seen by a device that shows `now`.
async fn in_2027(now: &str, bank_time: Option<&str>) -> Result<(), TransportFault> {
    let p = Pki::new();
    let mut params = leaf_params(HOST);
    params.not_before = date_time_ymd(2027, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    let chain = vec![signed(params, &p.key, &p.issuing), p.issuing.der().clone()];
    let server = serve(server_config(chain, &p.key), |_| ok("{}")).await;
    let time = |text: &str| text.parse::<Timestamp>().unwrap();
    let mut options = options(&[&p.root], pin_set(pin_of(&p.key), stale(1)), server.address);
    options.clock = Arc::new(At(time(now)));
    options.bank_time = bank_time.map(time);
    let transport = billpay_core::gateway::http::HttpTransport::new(options).unwrap();
    ask(&transport, post("secret")).await.map(drop).map_err(|error| {
        assert!(error.nothing_sent && server.log.bytes() == 0);
        error.kind
    })
}

#[tokio::test]
async fn row_53_a_wrong_clock_and_a_wrong_certificate_are_told_apart() {
    assert_eq!(in_2027("2027-06-01T00:00:00Z", None).await, Ok(()));
    // After its end, and before its start by a clock that may be right.
    assert_eq!(in_2027("2028-06-01T00:00:00Z", None).await, Err(TransportFault::CertificateTime));
    assert_eq!(in_2027("2026-12-01T00:00:00Z", None).await, Err(TransportFault::CertificateTime));
    // Before this source was written, or before what the bank has shown.
    assert_eq!(in_2027("2020-01-01T00:00:00Z", None).await, Err(TransportFault::ClockWrong));
    assert_eq!(in_2027("1969-01-01T00:00:00Z", None).await, Err(TransportFault::ClockWrong));
    let shown = Some("2027-02-01T00:00:00Z");
    assert_eq!(in_2027("2026-12-01T00:00:00Z", shown).await, Err(TransportFault::ClockWrong));
    assert_eq!(in_2027("2027-06-01T00:00:00Z", shown).await, Ok(()));
}

#[tokio::test]
async fn row_53_the_banks_own_time_shows_a_clock_that_was_set_back() {
    let p = Pki::new();
    let bank = "HTTP/1.1 200 OK\r\nbank-time: 2031-01-01T00:00:00Z\r\ncontent-length: 0\r\n\r\n";
    let server = serve(p.config(), move |_| stay(bank)).await;
    let transport = transport(&[&p.root], pin_set(pin_of(&p.key), stale(1)), server.address);
    let before = transport.floor();
    let trust = peer_request(Route::TrustOnly);
    ask(&transport, trust).await.unwrap();
    assert_eq!(transport.floor(), before, "an unpinned peer is not the bank");
    ask(&transport, peer_request(Route::Pinned)).await.unwrap();
    assert_eq!(transport.floor(), before, "one answer alone may come from one wrong clock");
    ask(&transport, peer_request(Route::Pinned)).await.unwrap();
    assert_eq!(transport.floor().to_string(), "2031-01-01T00:00:00Z");
}

#[tokio::test]
async fn row_53_one_answer_from_the_far_future_does_not_expire_the_pins() {
    let p = Pki::new();
    let asked = std::sync::atomic::AtomicU32::new(0);
    let server = serve(p.config(), move |_| {
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        stay(if first {
            "HTTP/1.1 200 OK\r\nbank-time: 2999-01-01T00:00:00Z\r\ncontent-length: 0\r\n\r\n"
        } else {
            "HTTP/1.1 200 OK\r\nbank-time: 2026-11-30T00:00:00Z\r\ncontent-length: 0\r\n\r\n"
        })
    })
    .await;
    let pins = pin_set(pin_of(&p.key), stale(1)).expiring("2037-01-01T00:00:00Z".parse().unwrap());
    let transport = transport(&[&p.root], pins, server.address);
    for _ in 0..3 {
        ask(&transport, peer_request(Route::Pinned)).await.unwrap();
    }
    let year_2037 = "2037-01-01T00:00:00Z".parse::<Timestamp>().unwrap();
    assert!(transport.floor() < year_2037, "{}", transport.floor());
}

fn peer_request(route: Route) -> billpay_core::platform::Request {
    billpay_core::platform::Request { route, ..get("/v1/trust") }
}

#[tokio::test]
async fn a_client_certificate_that_is_asked_for_leaves_the_request_in_doubt() {
    // In TLS 1.3 the alert comes when the client has long finished its handshake.
    let p = Pki::new();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(p.root.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(p.chain(), p.key.serialize_der().try_into().unwrap())
        .unwrap();
    let server = serve(config, |_| ok("{}")).await;
    let transport = transport(&[&p.root], pin_set(pin_of(&p.key), stale(1)), server.address);
    let error = ask(&transport, post("secret")).await.unwrap_err();
    assert!(!error.nothing_sent, "{error:?}");
    assert!(matches!(error.kind, TransportFault::Tls(_) | TransportFault::Interrupted), "{error:?}");
}

#[tokio::test]
async fn row_55_a_change_of_pins_drops_connections_and_sessions() {
    let p = Pki::new();
    // Closing after each answer makes every request a new connection, resumed where it can be.
    let once = |_: &str| last("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let server = serve(p.config(), once).await;
    let good = pin_set(pin_of(&p.key), stale(1));
    let transport = transport(&[&p.root], good.clone(), server.address);
    let kinds = || server.log.handshakes();
    ask(&transport, get("/v1/sync")).await.unwrap();
    ask(&transport, get("/v1/sync")).await.unwrap();
    // Or the rest of this test would show nothing.
    assert_eq!(kinds(), [HandshakeKind::Full, HandshakeKind::Resumed]);

    transport.set_pins(pin_set(stale(1), stale(2))).unwrap();
    let bytes = server.log.bytes();
    let error = ask(&transport, post("secret")).await.unwrap_err();
    assert!(matches!(error.kind, TransportFault::PinMismatch { .. }) && error.nothing_sent, "{error:?}");
    assert_eq!(server.log.bytes(), bytes);

    transport.set_pins(good).unwrap();
    ask(&transport, get("/v1/sync")).await.unwrap();
    assert_eq!(kinds(), [HandshakeKind::Full, HandshakeKind::Resumed, HandshakeKind::Full]);
}

/// Two requests on connections of their own, with somebody who reads along; the second one resumes.
async fn two_connections(change: impl FnOnce(&mut ServerConfig)) -> Vec<Vec<Flight>> {
    let p = Pki::new();
    let mut config = p.config();
    change(&mut config);
    let once = |_: &str| last("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let server = serve(config, once).await;
    let tap = Tap::before(server.address).await;
    let transport = transport(&[&p.root], pin_set(pin_of(&p.key), stale(1)), tap.address);
    ask(&transport, get("/v1/sync")).await.unwrap();
    ask(&transport, post("secret")).await.unwrap();
    assert_eq!(server.log.handshakes(), [HandshakeKind::Full, HandshakeKind::Resumed]);
    tap.flights()
}

#[tokio::test]
async fn row_53_nothing_is_sent_early_though_the_session_would_carry_it() {
    // What is sent before the server has answered can be replayed by whoever reads along (RFC 8446, section 8).
    let connections = two_connections(|config| config.max_early_data_size = 16 << 10).await;
    assert_eq!(connections.len(), 2);
    for flights in connections {
        let hello = &flights[0];
        assert!(hello.by_phone && hello.records() == [22], "more than a hello: {:?}", hello.records());
        // The extension early_data (42) of RFC 8446, section 4.2.10: offered, it would be empty.
        let offered = hello.bytes.windows(4).any(|four| four == [0, 42, 0, 0]);
        assert!(!offered, "early data is offered");
    }
}

#[tokio::test]
async fn row_53_a_connection_costs_one_round_trip_before_its_request_cold_or_resumed() {
    for flights in two_connections(|_| {}).await {
        // Hello, answer, and with what ends the handshake the request goes out: no hello is asked for again.
        let turns: Vec<bool> = flights.iter().map(|flight| flight.by_phone).take(3).collect();
        assert_eq!(turns, [true, false, true]);
        assert_eq!(flights[0].records(), [22]);
        assert!(!flights[2].records().contains(&22), "a second hello: {:?}", flights[2].records());
    }
}

#[tokio::test]
async fn row_55_a_change_of_pins_leaves_no_kept_connection_in_use() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let transport = transport(&[&p.root], pin_set(pin_of(&p.key), stale(1)), server.address);
    ask(&transport, get("/v1/sync")).await.unwrap();
    ask(&transport, get("/v1/sync")).await.unwrap();
    assert_eq!(server.log.handshakes().len(), 1, "kept alive");
    transport.set_pins(pin_set(stale(1), stale(2))).unwrap();
    let error = ask(&transport, post("secret")).await.unwrap_err();
    assert!(matches!(error.kind, TransportFault::PinMismatch { .. }), "{error:?}");
    assert_eq!(server.log.arrivals("secret"), 0);
}

#[tokio::test]
async fn row_56_trust_alone_goes_out_without_pins_and_still_by_webpki() {
    let (p, stranger) = (Pki::new(), Pki::new());
    let server = serve(p.config(), |_| ok("{}")).await;
    let pins = pin_set(stale(1), stale(2));
    let ours = transport(&[&p.root], pins.clone(), server.address);
    assert_eq!(ask(&ours, peer_request(Route::TrustOnly)).await.unwrap().status, 200);
    let theirs = transport(&[&stranger.root], pins, server.address);
    let error = ask(&theirs, peer_request(Route::TrustOnly)).await.unwrap_err();
    assert_eq!((error.kind, error.nothing_sent), (TransportFault::Untrusted, true));
}

#[tokio::test]
async fn row_56_a_session_made_without_pins_is_never_resumed_with_them() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let transport = transport(&[&p.root], pin_set(stale(1), stale(2)), server.address);
    ask(&transport, peer_request(Route::TrustOnly)).await.unwrap();
    let error = ask(&transport, post("secret")).await.unwrap_err();
    assert!(matches!(error.kind, TransportFault::PinMismatch { .. }), "{error:?}");
    assert_eq!(server.log.arrivals("secret"), 0);
}
