//! The sandbox on real sockets: bank and billers over TLS, kept in a directory, restored.

#![allow(clippy::unwrap_used, reason = "a test stops where its sandbox is not what it should be")]

use std::sync::{Arc, Barrier};

use sandbox_gateway::server::{Options, Sandbox, StartError, Town};

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
async fn what_the_listener_says_on_its_own_is_a_problem_document_with_time_and_epoch() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let (client, url) = (client(&sandbox), format!("{}/v1/payments", sandbox.url()));
    let epoch = sandbox.gateway().unwrap().epoch().to_owned();
    let odd = reqwest::header::HeaderValue::from_bytes(b"\xff").unwrap();
    let backup = sandbox.backup().unwrap();
    let large = client.post(&url).body(vec![b'a'; 2 << 20]).send();
    let strange = client.post(&url).header("x-odd", odd).body("{}").send();
    let mut answers = vec![(413, large.await.unwrap()), (400, strange.await.unwrap())];
    // A restore ends with the second in which it was: meanwhile there is no gateway.
    let meanwhile = async {
        loop {
            let answer = client.post(&url).body("{}").send().await.unwrap();
            if answer.status() == 503 {
                return answer;
            }
        }
    };
    let (restored, unavailable) = tokio::join!(sandbox.restore(&backup), meanwhile);
    restored.unwrap();
    answers.push((503, unavailable));
    for (status, answer) in answers {
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["billpay-epoch"], epoch.as_str());
        assert!(answer.headers().contains_key("bank-time"));
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let body: serde_json::Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(body["status"], status);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_sandbox_on_a_directory_is_refused_until_the_first_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    let first = Sandbox::start(options()).await.unwrap();
    let second = Sandbox::start(options()).await;
    assert!(matches!(second.err(), Some(StartError::InUse)));
    first.stop().await;
    Sandbox::start(options()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sandbox_in_a_directory_goes_on_where_it_was_and_a_restore_begins_a_new_epoch() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    let first = Sandbox::start(options()).await.unwrap();
    let (export, epoch) = (first.export().clone(), first.gateway().unwrap().epoch().to_owned());
    first.stop().await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn bank_and_billers_that_start_at_once_on_a_new_folder_come_to_the_same_certificates() {
    for _ in 0..8 {
        let directory = tempfile::tempdir().unwrap();
        let both = Arc::new(Barrier::new(2));
        let options = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
        let (billers, bank) = (options(), Options { billers_elsewhere: Some(9), ..options() });
        let at_once = Arc::clone(&both);
        let town = tokio::spawn(async move {
            at_once.wait();
            Town::alone(&billers).await.unwrap()
        });
        let bank = tokio::spawn(async move {
            both.wait();
            Sandbox::start(bank).await.unwrap()
        });
        let (town, bank) = (town.await.unwrap(), bank.await.unwrap());
        // The bank's own root is what it knows the billers by.
        client(&bank).get(town.url()).send().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn billers_that_are_not_let_in_leave_the_folder_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options { directory: Some(directory.path().to_owned()), ..Options::default() };
    let first = Town::alone(&options()).await.unwrap();
    let root = directory.path().join("root.pem");
    std::fs::remove_file(&root).unwrap();
    assert!(matches!(Town::alone(&options()).await.err(), Some(StartError::InUse)));
    assert!(!root.exists());
    drop(first);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_63_the_billers_ask_the_bank_for_its_statements_over_tls() {
    const DAY_MS: i64 = 24 * 3_600_000;
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let saved = sandbox.backup_billers().unwrap();
    let reports = sandbox.reconcile(true).await.unwrap();
    let days = |reports: &std::collections::BTreeMap<String, Vec<_>>| -> Vec<usize> {
        reports.values().map(Vec::len).collect()
    };
    assert_eq!(days(&reports), [1; 6], "yesterday");
    sandbox.set_clock_offset_ms(2 * DAY_MS);
    let reports = sandbox.reconcile(true).await.unwrap();
    assert_eq!(days(&reports), [2; 6], "and what has closed since");
    assert!(reports.values().flatten().all(|report| report.lines == 0 && report.found.is_empty()));
    // Books that are put back check every day since they were opened again.
    assert!(sandbox.restore_billers(b"no books").is_err());
    sandbox.restore_billers(&saved).unwrap();
    assert_eq!(days(&sandbox.reconcile(false).await.unwrap()), [2; 6]);
    let url = format!("{}/billers/power-sh/statement", sandbox.url());
    let unsigned = client(&sandbox).post(&url).body("<statement/>").send().await.unwrap();
    assert_eq!(unsigned.status(), 400);
    assert!(unsigned.text().await.unwrap().contains("<code>too-short</code>"));
    let queried = client(&sandbox).post(format!("{url}?day=1")).body("").send().await.unwrap();
    assert_ne!(queried.status(), 200, "nothing in the query string");
}
