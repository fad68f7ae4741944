//! `pay()` warm on loopback, beside the same work done bare: the same signed body posted to the same
//! gateway on a kept connection, the raw durable commits, the raw signatures.

use std::{path::Path, sync::Arc};

use billpay_core::{
    Client, PaymentState, QuoteView,
    activation::Identity,
    crypto::{digest::base64url, jwk::PublicJwk},
    error::{Fault, QuoteError},
    gateway::{
        caller::{CORE_VERSION, Call, Caller},
        http::{HttpOptions, HttpTransport, Patience},
        signature::Unsigned,
        trust::Trust,
        wire::{AskQuote, Ended, Quote},
    },
    model::{Currency, Language, Money},
    payments::{Envelope, Order},
    platform::{KeyRole, Method, Platform},
    store::{Location, Store},
};
use ring::signature::{ED25519, UnparsedPublicKey};
use rusqlite::{Connection, params};
use sandbox_gateway::server::{Options, Sandbox};

use crate::{
    Figure,
    figure::as_micros,
    phone::{Setup, counted, open, platform},
};

const PHONE: &str = "13800000001";
const BILLER: &str = "mobile-cn";
const NUMBER: &str = "13900000001";
const BILL: &str = "M0001";
const ROUNDS: usize = 60;
const WARM: usize = 5;
/// Of a payment that goes well.
const REQUESTS: usize = 1;
const SIGNATURES: usize = 2;

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
    let folder = tempfile::tempdir().expect("a folder");
    let sandbox = Sandbox::start(Options { directory: Some(folder.path().join("bank")), ..Options::default() });
    let sandbox = sandbox.await.expect("a sandbox");
    let export = sandbox.export().clone();
    let offline_key: PublicJwk = json(&export.trust_keys[0]);
    let trust = sandbox.trust().expect("a trust document");
    let profile = folder.path().join("phone");
    std::fs::create_dir_all(&profile).expect("a folder");
    let suite = billpay_core::crypto::suite::RingSuite;
    let known = Trust::verify(&trust, &offline_key, &suite).expect("trust");
    let root = pem(&export.roots_pem);
    let transport = HttpTransport::new(HttpOptions {
        roots: vec![root.clone()],
        pins: known.pins.clone(),
        clock: Arc::new(billpay_core::system::SystemClock::new()),
        bank_time: None,
        resolve: None,
        patience: Patience::default(),
    });
    let platform = platform(&profile, Arc::new(transport.expect("a transport")));
    let setup = Setup { gateway: export.url.clone(), offline_key, trust };
    let (counting, counts) = counted(platform.clone());
    let client = open(&profile, &setup, counting).await;
    activate(&client, &sandbox).await;
    client.suspend().await.expect("suspended");
    let identity = identity(&profile, &platform);
    client.resume().await.expect("resumed");
    let bare = Bare::new(&profile, &export.url, &root, &platform, identity, &known);

    // In turns: the ledger grows under both alike.
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS + WARM {
        let quote = quote(&client).await;
        let before = counts.so_far();
        let start = std::time::Instant::now();
        let payment = client.pay(&quote.id).await.expect("a payment");
        let time = as_micros(start.elapsed());
        assert_eq!(payment.state, PaymentState::Settled);
        // The floor does what pay() does, or it is none.
        assert_eq!(counts.so_far(), (before.0 + REQUESTS, before.1 + SIGNATURES));
        let bare = bare.pay(round).await;
        if round >= WARM {
            ours.push(time);
            floor.push(bare);
        }
    }
    sandbox.stop().await;
    let floor_is = format!(
        "raw: {SIGNATURES} P-256 signatures, {REQUESTS} POST on a kept connection, 1 Ed25519 check, 3 durable commits"
    );
    Figure::of("pay(), warm, loopback", &mut ours, &mut floor, floor_is)
}

async fn activate(client: &Client, sandbox: &Sandbox) {
    client.start_activation(PHONE).await.expect("a message");
    let text = sandbox.sms_outbox().pop().expect("a message").text;
    let code = billpay_core::activation::parse_sms(&text, "localhost").expect("a code").to_owned();
    client.finish_activation(&code).await.expect("active");
    client.refresh().await.expect("the feed");
    let echo = client.lookup_binding(BILLER, NUMBER).await.expect("an echo");
    let account = client.confirm_binding(&echo, "").await.expect("bound");
    client.acknowledge_echo(&account.id, &account.echo_digest).await.expect("acknowledged");
}

fn amount() -> Money {
    Money::new(1000, Currency::CNY).expect("10.00")
}

async fn quote(client: &Client) -> QuoteView {
    loop {
        match client.quote(BILLER, BILL, Some(amount()), None).await {
            Ok(quote) => return quote,
            // Each top-up raises the version; the answer brings the new one.
            Err(QuoteError::BillChanged { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn identity(profile: &Path, platform: &Platform) -> Identity {
    let store = Store::open(&Location::file(profile.join("profile.db")), &*platform.rng).expect("the profile");
    let root = platform.secrets.get(&format!("billpay.{}.root", store.profile())).expect("keys").expect("a root");
    store.unlock(&root, platform.rng.clone()).expect("unlocked");
    let identity = store.read(|tx| Ok::<_, Fault>(Identity::load(tx)?)).expect("read").expect("active");
    store.suspend();
    identity
}

/// The same work without the core around it.
struct Bare {
    http: reqwest::Client,
    url: String,
    caller: Caller,
    platform: Platform,
    identity: Identity,
    rows: Connection,
    receipt_key: Vec<u8>,
}

impl Bare {
    fn new(profile: &Path, url: &str, root: &[u8], platform: &Platform, identity: Identity, known: &Trust) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(root.to_vec().into()).expect("a root");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().expect("a client");
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
            rows,
            receipt_key: known.receipt_keys.values().next().expect("a key").key.bytes.clone(),
        }
    }

    /// Quotes without a clock running, then pays with one.
    async fn pay(&self, round: usize) -> f64 {
        let (account, method, version) = self.feed().await;
        let body =
            AskQuote { account: &account, bill_number: BILL, bill_version: version, amount: amount(), method: &method };
        let call = Call::post("/v1/quotes".into(), &body, format!("bench-quote-{round}")).expect("a body");
        let reply = self.caller.send(&call).await.ok().expect("an answer");
        let epoch = reply.epoch.clone();
        let quote: Quote = reply.body().expect("a quote");
        let start = std::time::Instant::now();
        let id = format!("019a9d3e-7c00-7000-8000-{round:012}");
        let order = self.order(&id, round, quote, epoch);
        let canonical = order.canonical().expect("an order");
        let signature = self.platform.signer.sign(KeyRole::Order, &canonical).expect("a signature");
        let envelope = Envelope::seal(&canonical, &signature, &self.identity.order_key).expect("an envelope");
        let body = envelope.json().get().as_bytes().to_vec();
        self.commit("INSERT INTO row VALUES (?1, 'authorized', ?2)", &id, &body);
        self.commit("UPDATE row SET state = 'in_doubt', body = ?2 WHERE id = ?1", &id, &body);
        let compact = self.post(&id, body).await;
        let (text, signature) = compact.rsplit_once('.').expect("a JWS");
        let signature = billpay_core::crypto::digest::from_base64url(signature).expect("base64");
        UnparsedPublicKey::new(&ED25519, &self.receipt_key).verify(text.as_bytes(), &signature).expect("a signature");
        self.commit("UPDATE row SET state = 'settled', body = ?2 WHERE id = ?1", &id, compact.as_bytes());
        as_micros(start.elapsed())
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

    async fn post(&self, id: &str, body: Vec<u8>) -> String {
        let url = format!("{}/v1/payments", self.url);
        let mut nonce = [0; 16];
        self.platform.rng.fill(&mut nonce);
        let nonce = base64url(&nonce);
        let unsigned = Unsigned {
            method: Method::Post,
            url: &url,
            body: &body,
            idempotency_key: Some(id),
            created: self.platform.clock.now().as_second(),
            nonce: &nonce,
            keyid: &self.identity.device_key,
        };
        let base = unsigned.base().expect("a base");
        let der = self.platform.signer.sign(KeyRole::Device, base.as_bytes()).expect("a signature");
        let headers = base.into_headers(&der).expect("headers");
        let mut request = self.http.post(&url).header("idempotency-key", id).header("billpay-client", "1.0.0");
        request = request.header("billpay-core", CORE_VERSION).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.body(body).send().await.expect("an answer");
        let answer = answer.bytes().await.expect("a body");
        serde_json::from_slice::<Ended>(&answer).unwrap_or_else(|_| panic!("{answer:?}")).outcome
    }

    fn commit(&self, sql: &str, id: &str, body: &[u8]) {
        self.rows.prepare_cached(sql).expect("a statement").execute(params![id, body]).expect("a row");
    }

    async fn feed(&self) -> (String, String, i64) {
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

fn json<T: serde::de::DeserializeOwned>(value: &impl serde::Serialize) -> T {
    serde_json::from_value(serde_json::to_value(value).expect("JSON")).expect("the same JSON")
}

fn pem(text: &str) -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    CertificateDer::from_pem_slice(text.as_bytes()).expect("a certificate").to_vec()
}
