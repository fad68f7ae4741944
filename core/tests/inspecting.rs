//! What a look at a server tells, on real sockets with real certificates; and that nobody hears a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod peer;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use billpay_core::{
    gateway::{
        http::{HttpError, HttpOptions},
        inspect::{Inspection, inspect},
    },
    model::pins::{Label, Pin},
    platform::TransportFault,
    system::TokioExecutor,
};
use peer::{Ca, HOST, Pki, Server, issuing, ok, options, pin_of, pin_set, root, serve, server_config, stale};

async fn look(options: &HttpOptions) -> Inspection {
    let executor = TokioExecutor::current().unwrap();
    let url = format!("https://{HOST}");
    let looked = inspect(options, &url, &executor);
    tokio::time::timeout(Duration::from_secs(20), looked).await.expect("it ends").unwrap()
}

async fn seen(server: &Server, roots: &[&Ca], pins: [Pin; 2]) -> Inspection {
    let looked = look(&options(roots, pin_set(pins[0], pins[1]), server.address)).await;
    assert_eq!((server.log.requests().len(), server.log.bytes.load(Ordering::SeqCst)), (0, 0));
    looked
}

#[tokio::test]
async fn row_54_a_good_server_is_shown_with_its_path_and_what_is_pinned_on_it() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let looked = seen(&server, &[&p.root], [stale(1), pin_of(p.issuing.key())]).await;
    assert_eq!(looked.verdict, Ok(()));
    assert_eq!((looked.host.as_str(), looked.address), (HOST, Some(server.address)));
    assert_eq!(looked.protocol.as_deref(), Some("TLSv1_3"));
    assert!(looked.suite.is_some_and(|suite| suite.starts_with("TLS13_")));
    let keys = [&p.key, p.issuing.key(), p.root.key()].map(pin_of);
    // The root is on the path although it is not sent.
    assert_eq!(looked.sent, [Some(keys[0]), Some(keys[1])]);
    assert_eq!(looked.path.iter().map(|link| link.key).collect::<Vec<_>>(), keys);
    let pinned: Vec<_> = looked.path.iter().map(|link| link.pinned).collect();
    assert_eq!(pinned, [None, Some(Label::Backup), None]);
}

#[tokio::test]
async fn row_54_a_server_that_is_refused_is_shown_with_the_reason_that_a_payment_would_meet() {
    let (p, stranger) = (Pki::new(), Pki::new());
    let server = serve(p.config(), |_| ok("{}")).await;
    let looked = seen(&server, &[&p.root], [stale(1), stale(2)]).await;
    assert!(matches!(looked.verdict, Err(TransportFault::PinMismatch { .. })), "{looked:?}");
    assert_eq!((looked.path.len(), looked.path.iter().any(|link| link.pinned.is_some())), (3, false));

    let looked = seen(&server, &[&stranger.root], [pin_of(&p.key), stale(1)]).await;
    assert_eq!((looked.verdict, looked.path.len(), looked.sent.len()), (Err(TransportFault::Untrusted), 0, 2));

    // A pinned certificate that is merely sent along is seen, and is not on the path (CVE-2016-2402).
    let decoy = serve(server_config([p.chain(), stranger.chain()].concat(), &p.key), |_| ok("{}")).await;
    let looked = seen(&decoy, &[&p.root], [pin_of(&stranger.key), stale(1)]).await;
    assert!(matches!(looked.verdict, Err(TransportFault::PinMismatch { .. })), "{looked:?}");
    assert_eq!(looked.sent.len(), 4);
    assert!(looked.sent.contains(&Some(pin_of(&stranger.key))));
    assert!(looked.path.iter().all(|link| link.pinned.is_none()));
}

#[tokio::test]
async fn of_several_paths_the_one_with_a_pinned_key_is_shown() {
    let (p, second) = (Pki::new(), root("Second root"));
    let cross = issuing("Issuing", p.issuing.key(), &second);
    let chain = vec![p.leaf.clone(), p.issuing.der().clone(), cross.der().clone()];
    let server = serve(server_config(chain, &p.key), |_| ok("{}")).await;
    for pinned in [p.root.key(), second.key()] {
        let looked = seen(&server, &[&p.root, &second], [pin_of(pinned), stale(1)]).await;
        assert_eq!(looked.verdict, Ok(()));
        assert_eq!(looked.path.last().map(|link| link.key), Some(pin_of(pinned)));
    }
}

#[tokio::test]
async fn nobody_there_or_nobody_who_speaks_tls_is_unreachable_in_bounded_time() {
    let p = Pki::new();
    let pins = || pin_set(pin_of(&p.key), stale(1));
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let looked = look(&options(&[&p.root], pins(), closed)).await;
    assert_eq!((looked.verdict, looked.address), (Err(TransportFault::Unreachable), None));

    // One that takes the connection and says nothing, and one that drips a byte now and then.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let kept = std::thread::spawn(move || {
        let (mut tcp, _) = silent.accept().unwrap();
        // The head of a record that never comes whole.
        for byte in [22_u8, 3, 3, 64, 0].into_iter().chain(std::iter::repeat(0)) {
            if std::io::Write::write_all(&mut tcp, &[byte]).is_err() {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(20));
        }
    });
    let mut options = options(&[&p.root], pins(), address);
    options.patience.connect = Duration::from_millis(500);
    let looked = look(&options).await;
    assert_eq!((looked.verdict, looked.address), (Err(TransportFault::Unreachable), Some(address)));
    kept.join().unwrap();
}

#[tokio::test]
async fn expired_pins_are_told_whatever_the_server_is_and_another_host_is_not_looked_at() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let past = "2020-01-01T00:00:00Z".parse().unwrap();
    let expired = pin_set(pin_of(&p.key), stale(1)).expiring(past);
    let looked = look(&options(&[&p.root], expired, server.address)).await;
    assert_eq!(looked.verdict, Err(TransportFault::PinsExpired));
    let executor = Arc::new(TokioExecutor::current().unwrap());
    let good = options(&[&p.root], pin_set(pin_of(&p.key), stale(1)), server.address);
    for url in ["https://evil.test", "http://gw.bank.test", "https://gw.bank.test/v1", "gw.bank.test", ""] {
        assert_eq!(inspect(&good, url, &*executor).await, Err(HttpError::OtherHost), "{url}");
    }
}

#[tokio::test]
async fn a_port_in_the_url_goes_before_that_of_the_address_as_it_does_for_a_request() {
    let p = Pki::new();
    let (asked, other) = (serve(p.config(), |_| ok("{}")).await, serve(p.config(), |_| ok("{}")).await);
    let options = options(&[&p.root], pin_set(pin_of(&p.key), stale(1)), other.address);
    let url = format!("https://{HOST}:{}", asked.address.port());
    let executor = TokioExecutor::current().unwrap();
    let looked = inspect(&options, &url, &executor).await.unwrap();
    assert_eq!((looked.verdict, looked.address), (Ok(()), Some(asked.address)));
    let transport = billpay_core::gateway::http::HttpTransport::new(options).unwrap();
    let request = billpay_core::platform::Request { url: format!("{url}/v1/trust"), ..peer::get("/v1/trust") };
    peer::ask(&transport, request).await.unwrap();
    assert_eq!((asked.log.requests().len(), other.log.requests().len()), (1, 0));
}
