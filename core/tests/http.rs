//! One request, once, and no more read than the contract allows: what happens to a request on real
//! sockets when the peer misbehaves (features 23, 53, 55, 56).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod peer;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use billpay_core::{
    gateway::http::{HttpError, HttpOptions, HttpTransport, Patience},
    platform::{MAX_BODY, Method, Request, Route, Transport as _, TransportError, TransportFault},
};
use jiff::Timestamp;
use peer::{
    HOST, Pki, Reply, Server, ask, get, last, ok, options, pin_of, pin_set, post, serve, serve_with, stale, stay,
    transport,
};
use rustls::ServerConfig;
use tokio::{io::AsyncReadExt as _, net::TcpListener};

fn trusting(p: &Pki, address: SocketAddr) -> HttpTransport {
    transport(&[&p.root], pin_set(pin_of(&p.key), stale(1)), address)
}

fn patient(p: &Pki, address: SocketAddr, connect: u64, answer: u64) -> HttpTransport {
    let patience = Patience { connect: Duration::from_millis(connect), answer: Duration::from_millis(answer) };
    let pins = pin_set(pin_of(&p.key), stale(1));
    HttpTransport::new(HttpOptions { patience, ..options(&[&p.root], pins, address) }).unwrap()
}

fn in_doubt(kind: TransportFault) -> TransportError {
    TransportError { kind, nothing_sent: false }
}

fn unsent(kind: TransportFault) -> TransportError {
    TransportError { kind, nothing_sent: true }
}

async fn answer_to(p: &Pki, reply: Reply) -> Result<billpay_core::platform::Response, TransportError> {
    let bytes = Arc::new(reply.bytes);
    let server = serve(p.config(), move |_| Reply { close: reply.close, ..stay(bytes.to_vec()) }).await;
    ask(&trusting(p, server.address), post("order")).await
}

#[tokio::test]
async fn a_request_arrives_as_it_was_made() {
    let p = Pki::new();
    let server = serve(p.config(), |_| {
        last("HTTP/1.1 202 Accepted\r\nBank-Time: x\r\nset: 1\r\nset: 2\r\ncontent-length: 4\r\n\r\nbody")
    })
    .await;
    let request = Request { headers: vec![("signature", "billpay=:AA==:".to_owned())], ..post("{\"n\":1}") };
    let answer = ask(&trusting(&p, server.address), request).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (202, &b"body"[..]));
    assert_eq!(answer.header("bank-time"), Some("x"));
    assert_eq!(answer.headers.iter().filter(|(name, _)| name == "set").count(), 2);
    let seen = server.log.requests()[0].to_lowercase();
    assert!(seen.starts_with("post /v1/payments http/1.1\r\n"), "{seen}");
    assert!(seen.contains("\r\nsignature: billpay=:aa==:\r\n"), "{seen}");
    assert!(seen.contains(concat!("\r\nuser-agent: billpay/", env!("CARGO_PKG_VERSION"), "\r\n")), "{seen}");
    assert!(seen.contains(&format!("\r\nhost: {HOST}\r\n")), "{seen}");
    assert!(seen.ends_with("\r\n\r\n{\"n\":1}"), "{seen}");
}

#[test]
fn network_1_a_proxy_in_the_environment_is_not_asked() {
    // The same request again, in a process whose environment names a proxy where nobody listens.
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_request_arrives_as_it_was_made"]);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(name, "http://127.0.0.1:1");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        child.env_remove(name);
    }
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn row_53_a_redirect_is_an_answer_and_is_not_followed() {
    let p = Pki::new();
    for location in ["https://gw.bank.test/v1/other", "http://gw.bank.test/", "https://evil.test/"] {
        let server = serve(p.config(), move |_| {
            last(format!("HTTP/1.1 307 Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
        })
        .await;
        let answer = ask(&trusting(&p, server.address), post("order")).await.unwrap();
        assert_eq!(answer.status, 307);
        assert_eq!(server.log.requests().len(), 1);
    }
}

#[tokio::test]
async fn code_4_a_body_of_the_largest_size_is_read_and_one_byte_more_is_refused() {
    let p = Pki::new();
    let sized = |n: usize| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {n}\r\n\r\n").into_bytes();
        last([head, vec![b' '; n]].concat())
    };
    let chunked = |n: usize| {
        let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{n:x}\r\n").into_bytes();
        last([head, vec![b' '; n], b"\r\n0\r\n\r\n".to_vec()].concat())
    };
    let by_end = |n: usize| last([b"HTTP/1.0 200 OK\r\n\r\n".to_vec(), vec![b' '; n]].concat());
    assert_eq!(answer_to(&p, sized(MAX_BODY)).await.unwrap().body.len(), MAX_BODY);
    assert_eq!(answer_to(&p, chunked(MAX_BODY)).await.unwrap().body.len(), MAX_BODY);
    for reply in [sized(MAX_BODY + 1), chunked(MAX_BODY + 1), by_end(MAX_BODY + 1)] {
        let error = answer_to(&p, reply).await.unwrap_err();
        assert_eq!(error, in_doubt(TransportFault::BadAnswer));
    }
}

#[tokio::test]
async fn code_4_a_body_without_end_is_not_read_to_its_end() {
    let p = Pki::new();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let server = serve_with(p.config(), move |mut tls, _| {
        let count = count.clone();
        async move {
            use tokio::io::AsyncWriteExt as _;
            let _ = tls.read(&mut [0; 4096]).await;
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            let chunk = [b"10000\r\n".to_vec(), vec![b' '; 0x10000], b"\r\n".to_vec()].concat();
            while tls.write_all(&chunk).await.is_ok() {
                count.fetch_add(0x10000, Ordering::SeqCst);
            }
        }
    })
    .await;
    let error = ask(&trusting(&p, server.address), get("/v1/sync")).await.unwrap_err();
    assert_eq!(error, in_doubt(TransportFault::BadAnswer));
    tokio::time::sleep(Duration::from_millis(100)).await;
    // What the sockets hold is above the bound, but a bound it is.
    let at_rest = sent.load(Ordering::SeqCst);
    assert!(at_rest < 32 << 20, "{at_rest}");
}

#[tokio::test]
async fn row_23_an_answer_cut_at_any_byte_is_in_doubt() {
    let p = Pki::new();
    let whole = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody";
    for cut in 0..whole.len() {
        let error = answer_to(&p, last(&whole.as_bytes()[..cut])).await.unwrap_err();
        assert_eq!(error, in_doubt(TransportFault::Interrupted), "{cut} bytes");
    }
    assert!(answer_to(&p, last(whole)).await.is_ok());
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n";
    let error = answer_to(&p, last(chunked)).await.unwrap_err();
    assert_eq!(error, in_doubt(TransportFault::Interrupted));
}

#[tokio::test]
async fn row_23_an_answer_that_is_no_http_is_in_doubt() {
    let p = Pki::new();
    for text in ["SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"] {
        let error = answer_to(&p, last(text)).await.unwrap_err();
        assert_eq!(error, in_doubt(TransportFault::BadAnswer), "{text:?}");
    }
}

#[tokio::test]
async fn row_23_a_second_answer_is_never_taken_for_the_next_one() {
    let p = Pki::new();
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n2";
    let server = serve(p.config(), move |_| stay(two)).await;
    let transport = trusting(&p, server.address);
    for _ in 0..3 {
        assert_eq!(ask(&transport, get("/v1/sync")).await.unwrap().body, b"1");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn row_23_a_refused_connection_proves_that_nothing_was_sent() {
    let p = Pki::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = ask(&trusting(&p, address), post("order")).await.unwrap_err();
    assert_eq!(error, unsent(TransportFault::Unreachable));
}

#[tokio::test]
async fn row_23_a_handshake_that_breaks_off_or_stalls_proves_that_nothing_was_sent() {
    let p = Pki::new();
    for stall in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            let _ = tcp.read(&mut [0; 1024]).await;
            if stall {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
        });
        let error = ask(&patient(&p, address, 300, 5_000), post("order")).await.unwrap_err();
        assert_eq!(error, unsent(TransportFault::Unreachable), "stall: {stall}");
        task.abort();
    }
}

#[tokio::test]
async fn row_23_a_server_without_tls_is_refused_before_anything_is_sent() {
    let p = Pki::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        let (mut tcp, _) = listener.accept().await.unwrap();
        let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = tcp.read(&mut [0; 1024]).await;
    });
    let error = ask(&trusting(&p, address), post("order")).await.unwrap_err();
    assert!(matches!(error.kind, TransportFault::Tls(_)) && error.nothing_sent, "{error:?}");
}

#[tokio::test]
async fn row_23_a_server_that_never_answers_leaves_doubt() {
    let p = Pki::new();
    let server = serve(p.config(), |_| stay("")).await;
    let error = ask(&patient(&p, server.address, 300, 600), post("order")).await.unwrap_err();
    assert_eq!(error, in_doubt(TransportFault::Interrupted));
    assert_eq!(server.log.arrivals("order"), 1);
    // Nor may a server that drips a byte now and then hold the caller.
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nb";
    let server = serve(p.config(), move |_| stay(head)).await;
    let error = ask(&patient(&p, server.address, 300, 600), post("order")).await.unwrap_err();
    assert_eq!(error, in_doubt(TransportFault::Interrupted));
}

#[tokio::test]
async fn row_54_a_host_without_pins_is_refused_before_any_connection() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let transport = trusting(&p, server.address);
    for url in [
        "https://evil.test/v1/payments",
        "https://a.gw.bank.test/v1/payments",
        "https://gw.bank.test.evil.test/",
        "https://gw.bank.test./v1/payments",
        "https://gw.bank.test@evil.test/",
        "https://user@gw.bank.test/",
        "http://gw.bank.test/v1/payments",
        "https://gw.bank.test",
        "https://GW.bank.test/",
        "https://gw.bank.test/a/../b",
        "https://gw.bank.test/#a",
        "https://gw.bank.test:443/",
        "/v1/payments",
        "",
    ] {
        for route in [Route::Pinned, Route::TrustOnly] {
            let request = Request { url: url.to_owned(), route, ..post("order") };
            let error = ask(&transport, request).await.unwrap_err();
            assert!(matches!(error.kind, TransportFault::Tls(_)) && error.nothing_sent, "{url}: {error:?}");
        }
    }
    assert!(server.log.handshakes().is_empty());
}

#[tokio::test]
async fn a_header_that_would_split_is_refused() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let request = Request { headers: vec![("idempotency-key", "a\r\nx: y".to_owned())], ..post("order") };
    let error = ask(&trusting(&p, server.address), request).await.unwrap_err();
    assert!(error.nothing_sent && server.log.handshakes().is_empty());
}

#[tokio::test]
async fn row_56_without_pins_nothing_but_an_unsigned_look_at_trust_goes_out() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let transport = trusting(&p, server.address);
    let trust = || Request { route: Route::TrustOnly, ..get("/v1/trust") };
    let signed = vec![("signature-input", "billpay=()".to_owned())];
    for request in [
        Request { method: Method::Post, ..trust() },
        Request { body: b"x".to_vec(), ..trust() },
        Request { headers: signed, ..trust() },
        Request { route: Route::TrustOnly, ..get("/v1/sync") },
        Request { route: Route::TrustOnly, ..get("/v1/trust?customer=1") },
        Request { route: Route::TrustOnly, ..get("/v1/trust/") },
    ] {
        assert!(ask(&transport, request).await.unwrap_err().nothing_sent);
    }
    assert!(server.log.handshakes().is_empty());
    assert!(ask(&transport, trust()).await.is_ok());
}

#[tokio::test]
async fn row_56_expired_pins_let_out_nothing_but_trust() {
    let p = Pki::new();
    let server = serve(p.config(), |_| ok("{}")).await;
    let yesterday = Timestamp::now() - jiff::SignedDuration::from_hours(24);
    let pins = pin_set(pin_of(&p.key), stale(1)).expiring(yesterday);
    let transport = transport(&[&p.root], pins, server.address);
    let error = ask(&transport, post("order")).await.unwrap_err();
    assert_eq!(error, unsent(TransportFault::PinsExpired));
    assert!(server.log.handshakes().is_empty());
    let trust = Request { route: Route::TrustOnly, ..get("/v1/trust") };
    assert!(ask(&transport, trust).await.is_ok());
    transport.set_pins(pin_set(pin_of(&p.key), stale(1))).unwrap();
    assert!(ask(&transport, post("order")).await.is_ok());
}

#[tokio::test]
async fn row_20_a_request_on_a_dead_connection_arrives_at_most_once() {
    // The server closes the kept connection right after an answer, so that the next request meets
    // it closed, closing, or open. hyper may send it again only where none of it was written.
    let p = Pki::new();
    let server = serve(p.config(), |request| Reply { close: request.starts_with("GET"), ..ok("{}") }).await;
    let (mut failed, mut proved) = (0, 0);
    for round in 0..60 {
        let transport = trusting(&p, server.address);
        ask(&transport, get("/v1/sync")).await.unwrap();
        tokio::time::sleep(Duration::from_micros(round * 50)).await;
        let body = format!("order-{round}.");
        let sent = ask(&transport, post(&body)).await;
        let arrivals = server.log.arrivals(&body);
        match sent {
            Ok(_) => assert_eq!(arrivals, 1, "{body}"),
            Err(error) if error.nothing_sent => {
                proved += 1;
                assert_eq!(arrivals, 0, "{body}");
            }
            Err(_) => {
                failed += 1;
                assert!(arrivals <= 1, "{body}");
            }
        }
    }
    assert!(failed + proved < 60, "not one request got through");
}

#[tokio::test]
async fn row_20_hypers_own_resend_makes_one_arrival() {
    // The server lives on a thread of its own, so that it can close the kept connection while this
    // one is held up: the client finds the connection in its pool, gives it the request, and only
    // then learns that it is closed. hyper sends on a second connection what the first never wrote.
    let p = Pki::new();
    let (config, (ready, started)) = (p.config(), std::sync::mpsc::channel());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let pause = Duration::from_millis(20);
            let server =
                serve(config, move |request| Reply { close: request.starts_with("GET"), pause, ..ok("{}") }).await;
            ready.send((server.address, server.log.clone())).unwrap();
            let _ = stopped.await;
        });
    });
    let (address, log) = started.recv().unwrap();
    let mut second_connections = 0;
    for round in 0..20 {
        let transport = trusting(&p, address);
        let before = log.handshakes().len();
        ask(&transport, get("/v1/sync")).await.unwrap();
        // Time for the connection to go back to its pool.
        tokio::time::sleep(Duration::from_millis(5)).await;
        // Blocks on purpose while the server closes; then the end of the connection and of this
        // sleep are seen in one turn of the runtime, this task's first.
        tokio::spawn(async { std::thread::sleep(Duration::from_millis(40)) });
        tokio::time::sleep(Duration::from_millis(5)).await;
        let body = format!("order-{round}.");
        let sent = ask(&transport, post(&body)).await;
        assert!(log.arrivals(&body) <= 1, "{body}");
        if sent.is_ok() {
            assert_eq!(log.arrivals(&body), 1, "{body}");
            second_connections += log.handshakes().len() - before - 1;
        }
    }
    assert!(second_connections > 0, "not one was sent again");
    drop(stop);
    thread.join().unwrap();
}

#[tokio::test]
async fn row_20_a_request_that_was_written_is_never_sent_again() {
    let p = Pki::new();
    let server = serve(p.config(), |request| if request.starts_with("GET") { ok("{}") } else { last("") }).await;
    let transport = trusting(&p, server.address);
    ask(&transport, get("/v1/sync")).await.unwrap();
    let error = ask(&transport, post("order")).await.unwrap_err();
    assert_eq!(error, in_doubt(TransportFault::Interrupted));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(server.log.arrivals("order"), 1);
    assert_eq!(server.log.handshakes().len(), 1);
}

/// How an HTTP/2 server treats a POST.
#[derive(Clone, Copy, Debug)]
enum Treat {
    Answer,
    Refuse,
    Reset,
    GoAway,
}

async fn serve_h2(mut config: ServerConfig, treat: Treat) -> Server {
    config.alpn_protocols = vec![b"h2".to_vec()];
    serve_with(config, move |tls, log| async move {
        let Ok(mut connection) = h2::server::handshake(tls).await else { return };
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            let post = request.method() == "POST";
            log.requests.lock().unwrap().push(request.method().to_string());
            match treat {
                Treat::Refuse if post => respond.send_reset(h2::Reason::REFUSED_STREAM),
                Treat::Reset if post => respond.send_reset(h2::Reason::INTERNAL_ERROR),
                Treat::GoAway if post => connection.abrupt_shutdown(h2::Reason::NO_ERROR),
                Treat::Answer | Treat::Refuse | Treat::Reset | Treat::GoAway => {
                    let mut body = respond.send_response(hyper::Response::new(()), false).unwrap();
                    body.send_data("{}".into(), true).unwrap();
                }
            }
        }
    })
    .await
}

#[tokio::test]
async fn row_20_over_http_2_too_a_request_is_sent_once() {
    let p = Pki::new();
    for treat in [Treat::Refuse, Treat::Reset, Treat::GoAway] {
        let server = serve_h2(p.config(), treat).await;
        let transport = trusting(&p, server.address);
        ask(&transport, get("/v1/sync")).await.unwrap();
        let error = ask(&transport, post("order")).await.unwrap_err();
        assert_eq!(error, in_doubt(TransportFault::Interrupted), "{treat:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.log.requests(), ["GET", "POST"], "{treat:?}");
    }
}

#[tokio::test]
async fn http_2_is_spoken_where_the_server_does_and_one_connection_serves_all() {
    let p = Pki::new();
    let server = serve_h2(p.config(), Treat::Answer).await;
    let transport = trusting(&p, server.address);
    for _ in 0..3 {
        assert_eq!(ask(&transport, post("order")).await.unwrap().body, b"{}");
    }
    assert_eq!((server.log.requests().len(), server.log.handshakes().len()), (3, 1));
}

#[tokio::test]
async fn row_23_a_change_of_pins_lets_a_request_under_way_end() {
    let p = Pki::new();
    let server = serve_with(p.config(), |mut tls, _| async move {
        use tokio::io::AsyncWriteExt as _;
        let _ = tls.read(&mut [0; 4096]).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let _ = tls.read(&mut [0; 1]).await;
    })
    .await;
    let transport = trusting(&p, server.address);
    let change = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        transport.set_pins(pin_set(stale(1), stale(2))).unwrap();
    };
    let (answer, ()) = tokio::join!(ask(&transport, post("order")), change);
    assert_eq!(answer.unwrap().status, 200);
}

#[test]
fn a_transport_without_roots_is_not_made() {
    let p = Pki::new();
    let address = "127.0.0.1:0".parse().unwrap();
    let good = || options(&[&p.root], pin_set(stale(1), stale(2)), address);
    let made = |roots| HttpTransport::new(HttpOptions { roots, ..good() }).err();
    assert_eq!(made(Vec::new()), Some(HttpError::NoRoots));
    assert_eq!(made(vec![p.root.der().to_vec(), b"x".to_vec()]), Some(HttpError::BadRoot(1)));
}

#[tokio::test]
async fn no_error_tells_what_was_asked() {
    let p = Pki::new();
    let secret = "CANARY";
    let mut errors = Vec::new();
    for reply in ["", "SSH", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"] {
        let server = serve(p.config(), move |_| last(reply)).await;
        let request = get(&format!("/v1/sync?cursor={secret}"));
        errors.push(ask(&trusting(&p, server.address), request).await.unwrap_err());
    }
    for url in [format!("https://{secret}.test/"), format!("https://{HOST}/#{secret}")] {
        let server = serve(p.config(), |_| ok("")).await;
        errors.push(ask(&trusting(&p, server.address), Request { url, ..get("/") }).await.unwrap_err());
    }
    for error in errors {
        let text = format!("{error} {error:?}");
        assert!(!text.to_uppercase().contains(secret), "{text}");
    }
}
