//! The same work without the core around it: raw signatures, raw requests on a kept connection, raw
//! durable commits.

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use billpay_core::{
    activation::Identity,
    crypto::digest::base64url,
    gateway::{
        caller::{CORE_VERSION, Call, Caller},
        signature::Unsigned,
        trust::Trust,
        wire::{AskQuote, Ended, Quote},
    },
    model::Language,
    payments::{Envelope, Order},
    platform::{KeyRole, Method, Platform},
};
use ring::signature::{ED25519, UnparsedPublicKey};
use rusqlite::{Connection, params};

use crate::town::{BILL, amount};

/// As a phone waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same work without the core around it.
pub struct Bare {
    http: reqwest::Client,
    url: String,
    caller: Caller,
    platform: Platform,
    identity: Identity,
    rows: Mutex<Connection>,
    receipt_key: Vec<u8>,
}

impl Bare {
    /// A client of the same identity, with its own connection and its own file beside the profile.
    ///
    /// # Panics
    /// Where the file or the client cannot be made.
    #[must_use]
    pub fn new(profile: &Path, url: &str, root: &[u8], platform: &Platform, identity: Identity, known: &Trust) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(root.to_vec().into()).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(PATIENCE)
            .build()
            .expect("a client");
        let rows = Connection::open(profile.join("plain.db")).expect("a file");
        rows.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
             CREATE TABLE row(id TEXT PRIMARY KEY, state TEXT, body BLOB);",
        )
        .expect("a table");
        let caller = Caller::new(platform.clone(), url, "1.0.0", Language::Zh);
        caller.act_as(identity.keys.device(), &identity.credential);
        Self {
            http,
            url: url.to_owned(),
            caller,
            platform: platform.clone(),
            identity,
            rows: Mutex::new(rows),
            receipt_key: known.receipt_keys.values().next().expect("a key").key.bytes.clone(),
        }
    }

    /// A quote of the top-up account, and the life of the ledger that gave it.
    ///
    /// # Panics
    /// Where the bank gives no quote.
    pub async fn quote(&self, round: usize) -> (Quote, String) {
        let (account, method, version) = self.feed().await;
        let body =
            AskQuote { account: &account, bill_number: BILL, bill_version: version, amount: amount(), method: &method };
        self.quote_of(&body, round).await
    }

    /// The same of any bill; `round` makes its key.
    ///
    /// # Panics
    /// Where the bank gives no quote.
    pub async fn quote_of(&self, body: &AskQuote<'_>, round: usize) -> (Quote, String) {
        let call = Call::post("/v1/quotes".into(), body, format!("bench-quote-{round}")).expect("a body");
        let reply = self.caller.send(&call).await.ok().expect("an answer");
        let epoch = reply.epoch.clone();
        let quote = reply.body();
        (quote.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&reply.body))), epoch)
    }

    /// The gateway's.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Signs the order of a quote.
    ///
    /// # Panics
    /// Where the key is gone.
    pub fn sign(&self, id: &str, round: usize, quote: Quote, epoch: String) -> (Order, Envelope) {
        let order = self.order(id, round, quote, epoch);
        let canonical = order.canonical().expect("an order");
        let signature = self.platform.signer.sign(KeyRole::Order, &canonical).expect("a signature");
        let envelope = Envelope::seal(&canonical, &signature, &self.identity.order_key).expect("an envelope");
        (order, envelope)
    }

    /// The end of a payment, by the POST that asks for it.
    ///
    /// # Panics
    /// Where there is no end.
    pub async fn post(&self, id: &str, body: Vec<u8>) -> String {
        self.send(Method::Post, &format!("{}/v1/payments", self.url), Some(id), body).await
    }

    /// The end of a payment, by a confirm.
    ///
    /// # Panics
    /// Where there is no end.
    pub async fn confirm(&self, id: &str) -> String {
        self.send(Method::Get, &format!("{}/v1/payments/{id}", self.url), None, Vec::new()).await
    }

    /// Checks a document as it has to be.
    ///
    /// # Panics
    /// Where the signature does not fit.
    pub fn check(&self, compact: &str) {
        let (text, signature) = compact.rsplit_once('.').expect("a JWS");
        let signature = billpay_core::crypto::digest::from_base64url(signature).expect("base64");
        UnparsedPublicKey::new(&ED25519, &self.receipt_key).verify(text.as_bytes(), &signature).expect("a signature");
    }

    fn order(&self, id: &str, round: usize, quote: Quote, epoch: String) -> Order {
        Order {
            v: 1,
            suite: "ES256".into(),
            payment_id: id.into(),
            customer: self.identity.customer.clone(),
            device: self.identity.device.clone(),
            journal_sequence: 1_000_000 + i64::try_from(round).expect("small"),
            epoch,
            quote: quote.quote,
            biller: quote.biller,
            payee: quote.payee,
            customer_number: quote.customer_number,
            bill_number: quote.bill_number,
            bill_version: quote.bill_version,
            amount: quote.amount,
            fee: quote.fee,
            total: quote.total,
            method: quote.method,
            valid_until: quote.valid_until,
            echo_digest: quote.echo_digest,
        }
    }

    async fn send(&self, method: Method, url: &str, key: Option<&str>, body: Vec<u8>) -> String {
        let (_, answer) = self.ask(method, url, key, body).await.expect("an answer");
        let ended = serde_json::from_slice::<Ended>(&answer);
        ended.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&answer))).outcome
    }

    /// Asks, signed, and gives the status and the body of whatever answer comes.
    ///
    /// # Panics
    /// Where the key is gone.
    pub async fn ask(&self, method: Method, url: &str, key: Option<&str>, body: Vec<u8>) -> Option<(u16, Vec<u8>)> {
        let mut nonce = [0; 16];
        self.platform.rng.fill(&mut nonce);
        let nonce = base64url(&nonce);
        let unsigned = Unsigned {
            method,
            url,
            body: &body,
            idempotency_key: key,
            created: self.platform.clock.now().as_second(),
            nonce: &nonce,
            keyid: &self.identity.device_key,
        };
        let base = unsigned.base().expect("a base");
        let der = self.platform.signer.sign(KeyRole::Device, base.as_bytes()).expect("a signature");
        let headers = base.into_headers(&der).expect("headers");
        let mut request = match method {
            Method::Get => self.http.get(url),
            Method::Post => self.http.post(url).header("content-type", "application/json"),
            other => panic!("{other:?} is not measured"),
        };
        request = request.header("billpay-client", "1.0.0").header("billpay-core", CORE_VERSION);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.ok()?;
        let status = answer.status().as_u16();
        Some((status, answer.bytes().await.ok()?.to_vec()))
    }

    /// One durable commit.
    ///
    /// # Panics
    /// Where there is none.
    pub fn commit(&self, sql: &str, id: &str, body: &[u8]) {
        self.rows
            .lock()
            .expect("a connection")
            .prepare_cached(sql)
            .expect("a statement")
            .execute(params![id, body])
            .expect("a row");
    }

    /// The top-up account, the usual method, and the version of the account's bill.
    ///
    /// # Panics
    /// Where the feed does not have them.
    pub async fn feed(&self) -> (String, String, i64) {
        let reply = self.caller.send(&Call::get("/v1/sync".into())).await;
        let reply = reply.unwrap_or_else(|lost| panic!("no answer: {}", lost.fault));
        let feed: serde_json::Value = reply.body().expect("a feed");
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let bills = feed["bills"].as_array().expect("bills");
        let bill = bills.iter().find(|bill| bill["bill_number"] == BILL).expect("the top-up account");
        let methods = feed["methods"].as_array().expect("methods");
        let method = methods.iter().find(|method| method["default"] == true).expect("a default");
        (text(&bill["account"]), text(&method["id"]), bill["version"].as_i64().expect("a version"))
    }
}
