//! The server on real sockets: the billers over HTTPS end to end, and every fault of a script where
//! it strikes (row 66).
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::body::Bytes;
use http::{Request, Response};
use jiff::Timestamp;
use reqwest::Client;
use sandbox_gateway::{
    biller::{Billers, LocalLeg, Seeds, listener},
    clock::{Clock, SystemClock},
    faults::{Faults, Leg},
    leg::{
        BillerClient, BillerLeg, ChargeNumber, LegError,
        client::QueryReply,
        faulty::FaultyLeg,
        https::{HttpsLeg, Urls},
        message::Refusal,
    },
    location::Location,
    payments::transition::{ConfirmAnswer, RefundAnswer},
    pki::Pki,
    rng::SystemRng,
    serve::{Handler, Listener, Setup, plain},
};

const ANYWHERE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

fn tls_client(pki: &Pki, http1: bool) -> Client {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(pki.root_der().unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = if http1 { vec![b"http/1.1".to_vec()] } else { vec![b"h2".to_vec()] };
    let builder = Client::builder().tls_backend_preconfigured(tls).no_proxy().retry(reqwest::retry::never());
    builder.timeout(Duration::from_secs(5)).build().unwrap()
}

/// An echo that counts what arrived.
struct Echo {
    pki: Pki,
    faults: Arc<Faults>,
    arrived: Arc<AtomicUsize>,
    listener: Listener,
}

impl Echo {
    async fn start() -> Self {
        let pki = Pki::fresh(Timestamp::now()).unwrap();
        let (faults, arrived) = (Arc::new(Faults::new()), Arc::new(AtomicUsize::new(0)));
        let count = arrived.clone();
        let handler: Handler = Arc::new(move |request: Request<Bytes>| {
            count.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Response::new(request.into_body()) })
        });
        let tls = pki.server(&["localhost"], Timestamp::now()).unwrap();
        let setup =
            Setup { tls, max_body: 1_000, faults: Some((faults.clone(), Leg::Client)), refusal: Arc::new(plain) };
        let listener = Listener::start(ANYWHERE, setup, handler).await.unwrap();
        Self { pki, faults, arrived, listener }
    }

    fn url(&self) -> String {
        format!("https://localhost:{}/v1/payments", self.listener.address().port())
    }

    fn arrived(&self) -> usize {
        self.arrived.load(Ordering::SeqCst)
    }

    /// Status and body, or nothing.
    async fn post(&self, client: &Client, body: &str) -> Option<(u16, String)> {
        let response = client.post(self.url()).body(body.to_owned()).send().await.ok()?;
        let status = response.status().as_u16();
        Some((status, response.text().await.ok()?))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_66_each_action_strikes_at_the_socket_and_the_next_request_is_well_again() {
    for http1 in [false, true] {
        let echo = Echo::start().await;
        let client = tls_client(&echo.pki, http1);
        let well = Some((200, "hello".to_owned()));
        for (action, answer, arrives) in [
            (r#""lose_request""#, None, 0),
            (r#""lose_answer""#, None, 1),
            (r#"{"delay_ms": 150}"#, well.clone(), 1),
            (r#"{"delay_answer_ms": 150}"#, well.clone(), 1),
            (r#"{"deliver_late_ms": 150}"#, None, 1),
            (r#""duplicate""#, well.clone(), 2),
            (r#"{"status": 503}"#, Some((503, String::new())), 0),
            (r#"{"status_after": 502}"#, Some((502, String::new())), 1),
            (r#""garbage""#, Some((200, "<html><body>It works!</body></html>".to_owned())), 1),
            (r#"{"cut_request_at": 0}"#, None, 0),
            (r#"{"cut_request_at": 4}"#, None, 0),
            (r#"{"cut_request_at": 5}"#, well.clone(), 1),
            (r#"{"cut_answer_at": 0}"#, None, 1),
            (r#"{"cut_answer_at": 20}"#, None, 1),
            (r#"{"cut_answer_at": 100000}"#, well.clone(), 1),
        ] {
            let script = format!(r#"[{{"leg":"client","path":"/v1/payments","nth":1,"action":{action}}}]"#);
            echo.faults.set_json(&script).unwrap();
            let (before, began) = (echo.arrived(), Instant::now());
            assert_eq!(echo.post(&client, "hello").await, answer, "{action}, http1 {http1}");
            if action.contains("150") {
                tokio::time::sleep(Duration::from_millis(250).saturating_sub(began.elapsed())).await;
                assert!(answer.is_none() || began.elapsed() >= Duration::from_millis(150), "{action}");
            }
            assert_eq!(echo.arrived() - before, arrives, "{action}, http1 {http1}");
            assert_eq!(echo.faults.struck().values().sum::<u64>(), 1);
            assert_eq!(echo.post(&client, "hello").await, well, "after {action}, http1 {http1}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_3_cut_at_every_byte_of_an_answer_gives_all_of_it_or_none() {
    let echo = Echo::start().await;
    for http1 in [false, true] {
        let client = tls_client(&echo.pki, http1);
        assert!(echo.post(&client, "hello").await.is_some());
        let (mut none, mut all) = (0, 0);
        for bytes in 0..160 {
            let script = format!(r#"[{{"leg":"client","nth":1,"action":{{"cut_answer_at":{bytes}}}}}]"#);
            echo.faults.set_json(&script).unwrap();
            match echo.post(&client, "hello").await {
                None => none += 1,
                Some(answer) => {
                    assert_eq!(answer, (200, "hello".to_owned()));
                    all += 1;
                }
            }
        }
        assert!(none > 10 && all > 10, "http1 {http1}: {none} cut, {all} whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_bound_is_refused_and_never_reaches_the_handler() {
    let echo = Echo::start().await;
    let client = tls_client(&echo.pki, false);
    assert_eq!(echo.post(&client, &"a".repeat(1_000)).await, Some((200, "a".repeat(1_000))));
    assert_eq!(echo.post(&client, &"a".repeat(1_001)).await.map(|answer| answer.0), Some(413));
    assert_eq!(echo.arrived(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_listener_closes_its_port_and_its_open_connections() {
    let mut echo = Echo::start().await;
    let client = tls_client(&echo.pki, false);
    assert!(echo.post(&client, "hello").await.is_some());
    let (url, address) = (echo.url(), echo.listener.address());
    echo.listener.close().await;
    assert!(client.post(url).body("hello").send().await.is_err());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_53_a_client_of_tls_1_2_is_turned_away() {
    let echo = Echo::start().await;
    // Written by hand: this workspace's clients cannot speak TLS 1.2.
    let mut stream = tokio::net::TcpStream::connect(echo.listener.address()).await.unwrap();
    let hello =
        [&[0x16, 3, 1, 0, 47, 1, 0, 0, 43, 3, 3][..], &[7; 32], &[0, 0, 4, 0xc0, 0x2b, 0xc0, 0x2f, 1, 0]].concat();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &hello).await.unwrap();
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut answer).await.unwrap();
    assert_eq!(answer.first(), Some(&0x15), "an alert, not a ServerHello");
}

#[test]
fn certificates_kept_in_a_directory_are_the_same_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let one = Pki::at(directory.path(), Timestamp::now()).unwrap();
    let two = Pki::at(directory.path(), Timestamp::now()).unwrap();
    assert_eq!((one.pins(), one.root_pem()), (two.pins(), two.root_pem()));
    assert_ne!(one.pins().active, one.pins().backup);
    assert_eq!(one.pins().active.len(), 44);
    // A lost file is an error, not a reason to make another that no client has pinned.
    std::fs::remove_file(directory.path().join("backup.key")).unwrap();
    assert!(Pki::at(directory.path(), Timestamp::now()).is_err());
    assert!(directory.path().join("root.pem").exists());
}

/// Billers behind real TLS, and a client of them.
struct House {
    billers: Arc<Billers>,
    faults: Arc<Faults>,
    client: BillerClient,
    _listener: Listener,
}

impl House {
    async fn start(name: &str, local: bool) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let seeds = Seeds::sandbox("2026-11-20".parse().unwrap());
        let location = Location::memory(&format!("serve-{name}-{local}"));
        let billers = Billers::open(&location, clock.clone(), Arc::new(SystemRng::new()), seeds).unwrap();
        let billers = Arc::new(billers);
        let pki = Pki::fresh(Timestamp::now()).unwrap();
        let tls = pki.server(&["biller.localhost"], Timestamp::now()).unwrap();
        let faults = Arc::new(Faults::new());
        // In process the script strikes on the way, over the network at the billers' socket.
        let struck = (!local).then(|| (faults.clone(), Leg::Biller));
        let max_body = sandbox_gateway::leg::MAX_BODY;
        let setup = Setup { tls, max_body, faults: struck, refusal: Arc::new(plain) };
        let handler = listener::handler(billers.clone(), clock.clone());
        let listener = Listener::start(ANYWHERE, setup, handler).await.unwrap();
        let address = listener.address();
        let base = format!("https://biller.localhost:{}", address.port());
        let urls: BTreeMap<_, _> = billers
            .secrets()
            .into_keys()
            .map(|id| (id.clone(), Urls::under(&format!("{base}/{id}")).unwrap()))
            .collect();
        let leg: Arc<dyn BillerLeg> = if local {
            let leg = Arc::new(LocalLeg::new(billers.clone(), clock.clone()));
            Arc::new(FaultyLeg::new(leg, faults.clone(), clock.clone()))
        } else {
            let root = pki.root_der().unwrap();
            Arc::new(HttpsLeg::new(&[root], urls, &[("biller.localhost", address)]).unwrap())
        };
        let client = BillerClient::new(leg, clock, billers.secrets());
        Self { billers, faults, client, _listener: listener }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_63_all_four_scenes_over_https() {
    let house = House::start("scenes", false).await;
    let number = ChargeNumber::new([5; 32]);
    let QueryReply::Found(account) = house.client.query("power-sh", "3110001017", None).await.unwrap() else {
        panic!("not found")
    };
    let bill = &account.bills[0];
    let charge = sandbox_gateway::leg::request::Charge {
        number,
        customer_number: "3110001017".to_owned(),
        bill_number: bill.bill_number.clone(),
        version: bill.version,
        amount_minor: bill.amount_minor,
        currency: "CNY".to_owned(),
    };
    let landed = house.client.charge("power-sh", charge, jiff::Timestamp::now()).await.unwrap().landed.unwrap();
    let confirmed = house.client.confirm("power-sh", number, bill.amount_minor).await.unwrap();
    assert_eq!(confirmed.landed, Some(landed));
    assert_eq!(house.client.refund("power-sh", number).await.unwrap().answer, RefundAnswer::Undone);
    assert_eq!(
        house.client.confirm("power-sh", number, bill.amount_minor).await.unwrap().answer,
        ConfirmAnswer::Undone
    );
    assert_eq!(house.billers.audit().unwrap().broken, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_66_each_action_strikes_on_the_biller_leg_in_process_and_over_https_alike() {
    for local in [true, false] {
        let house = House::start("faults", local).await;
        let mut n = 0;
        for (action, error, arrives) in [
            (r#""lose_request""#, Some(LegError::Lost), false),
            (r#""lose_answer""#, Some(LegError::Lost), true),
            (r#"{"delay_ms": 20}"#, None, true),
            (r#"{"delay_answer_ms": 20}"#, None, true),
            (r#"{"deliver_late_ms": 20}"#, Some(LegError::Lost), true),
            (r#""duplicate""#, None, true),
            (r#"{"status": 503}"#, Some(LegError::Status(503)), false),
            (r#"{"status_after": 502}"#, Some(LegError::Status(502)), true),
            (r#""garbage""#, Some(LegError::Unusable(Refusal::TooShort)), true),
            (r#"{"cut_answer_at": 39}"#, Some(LegError::Lost), true),
            (r#"{"cut_answer_at": 60}"#, Some(LegError::Lost), true),
            (r#"{"cut_answer_at": 100000}"#, None, true),
            (r#"{"cut_request_at": 60}"#, Some(LegError::Lost), false),
            (r#"{"cut_request_at": 100000}"#, None, true),
        ] {
            n += 1;
            let number = ChargeNumber::new([n; 32]);
            let script = format!(r#"[{{"leg":"biller","scene":"refund","nth":1,"action":{action}}}]"#);
            house.faults.set_json(&script).unwrap();
            let reply = house.client.refund("power-sh", number).await;
            assert_eq!(reply.err(), error, "{action}, local {local}");
            tokio::time::sleep(Duration::from_millis(if action.contains("late") { 150 } else { 0 })).await;
            let left = house.billers.charges().unwrap().iter().any(|line| line.number == number);
            assert_eq!(left, arrives, "{action}, local {local}");
            assert_eq!(house.client.refund("power-sh", number).await.unwrap().answer, RefundAnswer::Undone);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_66_a_delay_may_be_longer_than_the_bank_waits_and_the_request_arrives_all_the_same() {
    let house = House::start("patience", false).await;
    let number = ChargeNumber::new([9; 32]);
    let script = r#"[{"leg":"biller","scene":"refund","nth":1,"action":{"delay_ms": 5600}}]"#;
    house.faults.set_json(script).unwrap();
    assert_eq!(house.client.refund("power-sh", number).await.err(), Some(LegError::Lost));
    let there = || house.billers.charges().unwrap().iter().any(|line| line.number == number);
    assert!(!there());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(there());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leg_that_is_not_plain_https_is_refused_before_it_is_used() {
    for bad in ["http://biller.localhost/a", "https://biller.localhost/a?b=", "ftp://x", ""] {
        assert!(Urls::under(bad).is_err(), "{bad}");
    }
    // A biller whose certificate hangs on another root gets nothing.
    let house = House::start("root", false).await;
    let pki = Pki::fresh(Timestamp::now()).unwrap();
    let address = house._listener.address();
    let urls = Urls::under(&format!("https://biller.localhost:{}/power-sh", address.port())).unwrap();
    let urls = BTreeMap::from([("power-sh".to_owned(), urls)]);
    let root = pki.root_der().unwrap();
    let leg = HttpsLeg::new(&[root], urls, &[("biller.localhost", address)]).unwrap();
    let client = BillerClient::new(Arc::new(leg), Arc::new(SystemClock), house.billers.secrets());
    assert_eq!(client.confirm("power-sh", ChargeNumber::new([1; 32]), 1).await, Err(LegError::Lost));
    assert_eq!(house.billers.listed(), vec![]);
}
