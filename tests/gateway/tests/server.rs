//! The sandbox on real sockets: bank and billers over TLS, kept in a directory, restored.

#![allow(clippy::unwrap_used, reason = "a test stops where its sandbox is not what it should be")]

use sandbox_gateway::server::{Options, Sandbox, StartError};

fn client(sandbox: &Sandbox) -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let root = reqwest::Certificate::from_pem(sandbox.export().roots_pem.as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([root]).https_only(true).no_proxy().build().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bank_answers_over_tls_and_tells_whom_to_trust() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let answer = client(&sandbox).get(format!("{}/v1/trust", sandbox.url())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.headers().contains_key("bank-time") && answer.headers().contains_key("billpay-epoch"));
    let refused = client(&sandbox).get(format!("{}/v1/sync", sandbox.url())).send().await.unwrap();
    assert_eq!(refused.status(), 400, "no version stated");
    let gateway = sandbox.gateway().unwrap();
    assert_eq!(gateway.requests().len(), 2, "every request is listed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sandbox_on_a_directory_is_refused_until_the_first_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    let first = Sandbox::start(options()).await.unwrap();
    let second = Sandbox::start(options()).await;
    assert!(matches!(second.err(), Some(StartError::InUse)));
    first.stop();
    Sandbox::start(options()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_in_a_directory_goes_on_where_it_was_and_a_restore_begins_a_new_epoch() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    let first = Sandbox::start(options()).await.unwrap();
    let (export, epoch) = (first.export().clone(), first.gateway().unwrap().epoch().to_owned());
    first.stop();
    let second = Sandbox::start(options()).await.unwrap();
    assert_eq!(second.gateway().unwrap().epoch(), epoch);
    assert_eq!(second.export().receipt_keys, export.receipt_keys);
    assert_eq!(second.export().pin_active, export.pin_active);
    let backup = second.backup().unwrap();
    second.restore(&backup).await.unwrap();
    assert_ne!(second.gateway().unwrap().epoch(), epoch);
    assert!(second.gateway().unwrap().is_enrolled("+8613800000001").unwrap());
    let epoch = second.gateway().unwrap().epoch().to_owned();
    assert!(second.restore(b"no backup").await.is_err());
    assert_eq!(second.gateway().unwrap().epoch(), epoch, "the bank goes on");
}
