//! What the core really sends, and what it really gets, is what the contract says: in every story,
//! and over real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where its world is not what it should be"
)]

#[path = "../../gateway/tests/world/contract.rs"]
mod contract;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use billpay_core::{
    Client, Config, PaymentState,
    crypto::{jwk::PublicJwk, suite::RingSuite},
    gateway::{
        http::{HttpOptions, HttpTransport, Patience},
        trust::Trust,
    },
    model::{Currency, Language, Money, pins::PinSet},
    platform::{self, BoxFuture, Platform, Transport, TransportError, TransportFault},
    store::Location,
    system::{SystemClock, SystemRng, TokioExecutor},
};
use billpay_desktop::{FileSecretStore, SoftwareSigner};
use sandbox_gateway::{
    api::http::{Request, Response},
    encoding::from_base64,
    faults::{Action, Leg, Rule},
    server::{Options, Sandbox},
};
use scenarios::{run::run, story, world::Exchange};
use serde_json::Value;

/// What is asked for, without what differs each time.
fn kind(request: &Request) -> String {
    let path = request.url.splitn(4, '/').nth(3).unwrap().split('?').next().unwrap();
    let id = |part: &&str| !(part.len() == 36 && part.matches('-').count() == 4);
    format!("{} {}", request.method, path.split('/').filter(id).collect::<Vec<_>>().join("/"))
}

fn kinds<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>) -> BTreeSet<String> {
    exchanges.into_iter().map(|(request, _)| kind(request)).collect()
}

#[test]
fn in_every_story_the_core_sends_and_gets_what_the_contract_says() {
    let mut all = Vec::new();
    for name in story::names().unwrap() {
        let told = run(&story::load(&name).unwrap()).unwrap();
        assert_eq!(told.failed, None, "{name}");
        assert!(!told.exchanges.is_empty(), "{name}");
        all.extend(told.exchanges);
    }
    for (request, response) in &all {
        contract::hold(request, response);
    }
    for kind in [
        "POST v1/activations",
        "POST v1/activations/verify",
        "POST v1/bindings",
        "POST v1/bindings/lookup",
        "GET v1/sync",
        "POST v1/quotes",
        "POST v1/payments",
        "GET v1/payments",
    ] {
        assert!(kinds(&all).contains(kind), "no story has {kind}: {:?}", kinds(&all));
    }
}

#[test]
fn a_renamed_member_or_header_of_the_core_would_be_found() {
    let told = run(&story::load("lost-answer").unwrap()).unwrap();
    let (mut members, mut headers) = (0, BTreeSet::new());
    for (request, response) in told.exchanges.iter().filter(|(_, response)| response.status < 300) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut places = Vec::new();
        contract::members(&body, "", &mut places);
        for place in places {
            let body = contract::renamed(&body, &place).to_string().into_bytes();
            let other = Request { body, ..request.clone() };
            assert!(!contract::faults(&other, response).is_empty(), "{}: {place}", kind(request));
            members += 1;
        }
        for at in 0..request.headers.len() {
            let mut other = request.clone();
            other.headers[at].0.push('_');
            assert!(!contract::faults(&other, response).is_empty(), "{}: {:?}", kind(request), request.headers[at]);
            headers.insert(request.headers[at].0.clone());
        }
    }
    assert!(members > 50, "{members}");
    let wanted = [
        "accept-language",
        "billpay-client",
        "billpay-core",
        "billpay-credential",
        "content-digest",
        "content-type",
        "idempotency-key",
        "signature",
        "signature-input",
    ];
    assert_eq!(headers, wanted.map(str::to_owned).into(), "an optional one among them");
}

/// The core's own transport, overheard.
struct Overheard {
    transport: HttpTransport,
    exchanges: Mutex<Vec<Exchange>>,
}

impl Transport for Overheard {
    fn send(&self, request: platform::Request) -> BoxFuture<'_, Result<platform::Response, TransportError>> {
        Box::pin(async move {
            let sent = Request {
                method: request.method.as_str().to_owned(),
                url: request.url.clone(),
                headers: request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
                body: request.body.clone(),
            };
            let answer = self.transport.send(request).await?;
            let platform::Response { status, headers, body } = answer.clone();
            self.exchanges.lock().unwrap().push((sent, Response { status, headers, body }));
            Ok(answer)
        })
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        self.transport.set_pins(pins)
    }
}

fn client_of(sandbox: &Sandbox, folder: &std::path::Path) -> (Arc<Overheard>, Config, Platform) {
    let export = sandbox.export();
    let offline_key: PublicJwk = serde_json::from_value(serde_json::to_value(&export.trust_keys[0]).unwrap()).unwrap();
    let trust = sandbox.trust().unwrap();
    let root: String = export.roots_pem.lines().filter(|line| !line.starts_with('-')).collect();
    let clock = Arc::new(SystemClock::new());
    let options = HttpOptions {
        roots: vec![from_base64(&root).unwrap()],
        pins: Trust::verify(&trust, &offline_key, &RingSuite).unwrap().pins,
        clock: clock.clone(),
        bank_time: None,
        resolve: None,
        patience: Patience::default(),
    };
    let transport = HttpTransport::new(options).unwrap();
    let transport = Arc::new(Overheard { transport, exchanges: Mutex::default() });
    let secrets = Arc::new(FileSecretStore::open(&folder.join("keys")).unwrap());
    let platform = Platform {
        signer: Arc::new(SoftwareSigner::new(secrets.clone())),
        secrets,
        clock,
        rng: Arc::new(SystemRng::new()),
        executor: Arc::new(TokioExecutor::current().unwrap()),
        transport: transport.clone(),
        suite: Arc::new(RingSuite),
    };
    let config = Config {
        profile: Location::file(folder.join("profile.db")),
        gateway: export.url.clone(),
        offline_key,
        trust,
        client_version: "1.0.0".into(),
        device_name: "Socket".into(),
        language: Language::En,
        catalogue: Vec::new(),
    };
    (transport, config, platform)
}

/// A fault on the way between phone and bank.
fn fault(method: &str, path: &str, nth: Option<u64>, action: Action) -> Vec<Rule> {
    let (method, path) = (Some(method.to_owned()), Some(path.to_owned()));
    vec![Rule { leg: Leg::Client, method, path, scene: None, biller: None, nth, action }]
}

/// The payment, once the core knows its end.
async fn ended(client: &Client, id: &str) -> PaymentState {
    for _ in 0..100 {
        let state = client.payment(id).await.unwrap().state;
        if !matches!(state, PaymentState::Checking { .. }) {
            return state;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no end of {id}");
}

/// The newest code that the bank sent.
fn code(sandbox: &Sandbox) -> String {
    let text = sandbox.sms_outbox().last().unwrap().text.clone();
    billpay_core::activation::parse_sms(&text, "localhost").unwrap().to_owned()
}

/// Everything that the core ever asks a bank for.
#[tokio::test(flavor = "multi_thread")]
async fn over_real_sockets_the_core_sends_and_gets_what_the_contract_says() {
    let sandbox = Sandbox::start(Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (transport, config, platform) = client_of(&sandbox, folder.path());
    let client = Client::open(config, platform).await.unwrap();
    let number = sandbox_gateway::seeds::customers()[0].phone.clone();
    client.start_activation(&number).await.unwrap();
    sandbox.set_clock_offset_ms(61_000);
    client.resend_code().await.unwrap();
    let right = code(&sandbox);
    let wrong = if right == "000000" { "111111" } else { "000000" };
    assert!(client.finish_activation(wrong).await.is_err());
    client.finish_activation(&right).await.unwrap();
    client.refresh().await.unwrap();
    let mut accounts = Vec::new();
    for (biller, number) in [("power-sh", "3110001017"), ("mobile-cn", "13900000001")] {
        let echo = client.lookup_binding(biller, number).await.unwrap();
        let account = client.confirm_binding(&echo, "家").await.unwrap();
        client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
        accounts.push(account.id);
    }
    client.query_bills(&accounts[0]).await.unwrap();
    let bills = client.bills(Language::En).await.unwrap().bills;
    let bill = |biller: &str| bills.iter().find(|bill| bill.biller == biller).unwrap().bill_number.clone();
    let backup = sandbox.backup().unwrap();

    let amount = Money::new(5_000, Currency::CNY).unwrap();
    let quote = client.quote("mobile-cn", &bill("mobile-cn"), Some(amount), None).await.unwrap();
    assert_eq!(client.pay(&quote.id).await.unwrap().state, PaymentState::Settled);
    client.refresh().await.unwrap();

    // The answer is lost on the way, so the core asks what became of it.
    let quote = client.quote("power-sh", &bill("power-sh"), None, None).await.unwrap();
    sandbox.faults().set(fault("POST", "/v1/payments", Some(1), Action::LoseAnswer));
    let payment = client.pay(&quote.id).await.unwrap();
    assert_eq!(ended(&client, &payment.id).await, PaymentState::Settled);
    client.refresh().await.unwrap();

    // The order never arrives, and when its time has passed the core asks for its reversal; the
    // bank's clock has run on meanwhile, and finds the core's signatures old.
    let quote = client.quote("mobile-cn", &bill("mobile-cn"), Some(amount), None).await.unwrap();
    sandbox.faults().set(fault("POST", "/v1/payments", None, Action::LoseRequest));
    let payment = client.pay(&quote.id).await.unwrap();
    sandbox.set_clock_offset_ms(900_000);
    sandbox.faults().set(Vec::new());
    client.resolve().await.unwrap();
    assert!(matches!(ended(&client, &payment.id).await, PaymentState::Reversed { .. }));

    // The bank comes back from before the payments, and the core shows what it holds.
    sandbox.restore(&backup).await.unwrap();
    client.refresh().await.unwrap();
    client.unbind(&accounts[1]).await.unwrap();

    // The evidence goes out beside whatever else is asked.
    for _ in 0..100 {
        if kinds(&*transport.exchanges.lock().unwrap()).contains("POST v1/evidence") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let exchanges = transport.exchanges.lock().unwrap().clone();
    for (request, response) in &exchanges {
        contract::hold(request, response);
    }
    let wanted = [
        "DELETE v1/bindings/",
        "GET v1/payments",
        "GET v1/sync",
        "POST v1/activations",
        "POST v1/activations/resend",
        "POST v1/activations/verify",
        "POST v1/bills/query",
        "POST v1/bindings",
        "POST v1/bindings/lookup",
        "POST v1/evidence",
        "POST v1/payments",
        "POST v1/payments/reversal",
        "POST v1/quotes",
    ];
    let asked: BTreeSet<String> = kinds(&exchanges).into_iter().map(|kind| kind.replace(&accounts[1], "")).collect();
    assert_eq!(asked, wanted.map(str::to_owned).into());
    let statuses: BTreeSet<u16> = exchanges.iter().map(|(_, response)| response.status).collect();
    assert!(statuses.is_superset(&[200, 401, 404, 422].into()), "{statuses:?}");
}
