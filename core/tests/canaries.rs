//! The canary hunt (row 57; I8; MASVS STORAGE-1 and STORAGE-2): a phone on a real disk lives through all
//! that it does, and afterwards nothing that is the customer's alone is in any byte that it left behind.
//!
//! Looked through: every file of the profile while it is open (the log and its index among them), closed,
//! copied as a kill leaves it, and put aside; everything traced at the level TRACE; every view, event and
//! error that the client gave, as `Debug` and as text; what a panic said.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{
    collections::BTreeMap,
    fmt::{Debug, Write as _},
    path::Path,
    sync::{Arc, Mutex},
};

use billpay_core::text::Explain as _;
use billpay_core::{
    Client,
    error::Fault,
    model::{Language, MethodKind, Money},
    platform::{DeviceSigner, KeyRole, SecretError, SecurityLevel},
    store::{Location, Store},
    system::TokioExecutor,
};
use canaries::{Caught, Net};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use world::{Fate, KeyStore, OTHER, PHONE, POWER, World, ends::end, world};

const ALIAS: &str = "外婆家的电表";
const HOLDERS_NAME: &str = "王小明";
const ADDRESS: &str = "100号3栋502室";
const CARD: &str = "6222021234567890128";

/// What was said, by anybody.
type Said = Arc<Mutex<String>>;

/// Hears every word that is traced, whatever its level.
struct Traces(Said);

impl Visit for Traces {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        writeln!(self.0.lock().unwrap(), "{}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Traces {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        attributes.record(&mut Self(self.0.clone()));
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        values.record(&mut Self(self.0.clone()));
    }
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        event.record(&mut Self(self.0.clone()));
    }
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// The planted values, as the hunt comes to know them.
#[derive(Default)]
struct Planted(BTreeMap<String, Vec<u8>>);

impl Planted {
    fn text(&mut self, name: &str, value: &str) {
        assert!(value.len() > 5, "{name}: {value:?} would be found anywhere");
        self.0.insert(name.to_owned(), value.as_bytes().to_vec());
    }

    fn net(&self) -> Net {
        Net::of(self.0.iter().map(|(name, value)| (name.as_str(), value.as_slice()))).unwrap()
    }
}

/// Members of the bank's answers that are secret wherever they stand: tokens, credentials, documents.
const TOKENS: [(&str, &str); 5] = [
    ("/echo_token", "echo token"),
    ("/token", "quote token"),
    ("/credential", "credential"),
    ("/outcome", "receipt"),
    ("/url", "address of a hosted page"),
];

/// Every file under a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
    }
    all.sort();
    all
}

fn said(said: &Said, what: &str, value: &impl Debug) {
    writeln!(said.lock().unwrap(), "{what}: {value:?} {value:#?}").unwrap();
}

/// An error, in both its ways of speaking.
fn erred<T: Debug, E: std::error::Error>(told: &Said, what: &str, answer: Result<T, E>) {
    let error = answer.expect_err(what);
    writeln!(told.lock().unwrap(), "{what}: {error} {error:?} {error:#?}").unwrap();
}

/// A signer that breaks down in the middle of signing an order.
struct Breaking(Arc<KeyStore>);

impl DeviceSigner for Breaking {
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError> {
        self.0.create(role)
    }
    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError> {
        self.0.public_key(role)
    }
    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        assert!(role != KeyRole::Order, "the signer broke down over {} bytes", message.len());
        self.0.sign(role, message)
    }
    fn security_level(&self) -> SecurityLevel {
        DeviceSigner::security_level(&*self.0)
    }
}

/// What a person sees of it all.
async fn look_at_everything(told: &Said, client: &Client) {
    said(told, "profile", &client.profile().await);
    said(told, "accounts", &client.accounts().await);
    said(told, "catalogue", &client.biller_catalog(Language::Zh).await);
    said(told, "bills", &client.bills(Language::Zh).await);
    said(told, "limits", &client.limits().await);
    said(told, "methods", &client.methods().await);
    said(told, "payments", &client.payments(100, 0).await);
    said(told, "events", &client.waiting_events().await);
    said(told, "chain", &client.chain_breaks().await);
    let receipts = client.receipts(100, 0).await.unwrap();
    said(told, "receipts", &receipts);
    for receipt in &receipts.receipts {
        said(told, "documents", &client.documents(&receipt.payment).await);
    }
    for payment in client.payments(100, 0).await.unwrap().payments {
        let explained = payment.state.explain(Language::Zh, &jiff::tz::TimeZone::UTC);
        said(told, "explained", &explained);
    }
}

async fn lives(world: &World, told: &Said, planted: &mut Planted) -> Client {
    let client = world.open().await;
    erred(told, "not a number", client.start_activation("13800").await);
    said(told, "activation", &client.start_activation(PHONE).await.unwrap());
    planted.text("code by message", &world.code());
    erred(told, "not the code", client.finish_activation("000000").await);
    said(told, "activated", &client.finish_activation(&world.code()).await.unwrap());
    client.refresh().await.unwrap();
    for nth in [1, 2] {
        let number = world.number(POWER, nth);
        let echo = client.lookup_binding(POWER, &number).await.unwrap();
        said(told, "echo", &echo);
        planted.text(&format!("customer number {nth}"), &number);
        planted.text(&format!("masked address {nth}"), &echo.address_masked);
        planted.text(&format!("echo token {nth}"), echo.token());
        let account = client.confirm_binding(&echo, ALIAS).await.unwrap();
        client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
        said(told, "account", &account);
    }
    erred(told, "no such number", client.lookup_binding(POWER, "3119999999").await);
    erred(told, "not a number of this biller", client.lookup_binding(POWER, "12AB").await);
    client.refresh().await.unwrap();

    let step = client.add_method(MethodKind::Card).await.unwrap();
    said(told, "a hosted page", &step);
    planted.text("address of the hosted page", step.url.rsplit('/').next().unwrap());
    let request = sandbox_gateway::api::http::Request {
        method: "POST".into(),
        url: step.url.clone(),
        headers: Vec::new(),
        body: format!("entered={CARD}").into_bytes(),
    };
    assert_eq!(world.gateway.handle(request).await.status, 200);
    client.refresh().await.unwrap();

    // A doubt that is resolved, a bill that was never sent, one in parts with a code.
    let quote = world.quote(&client).await;
    said(told, "quote", &quote);
    world.network.only("POST", "/v1/payments", Fate::LoseAnswer);
    let payment = client.pay(&quote.id).await.unwrap();
    said(told, "a doubt", &payment);
    erred(told, "again", client.quote(POWER, &quote.bill_number, None, None).await);
    world.network.heal();
    client.network_returned();
    end(&client, &payment.id).await;
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let open = bills
        .iter()
        .find(|bill| bill.bill_number != quote.bill_number && bill.status == billpay_core::BillStatus::Open)
        .unwrap();
    let second = client.quote(&open.biller, &open.bill_number, None, None).await.unwrap();
    world.network.only("POST", "/v1/payments", Fate::NoNetwork);
    said(told, "not sent", &client.pay(&second.id).await);
    world.network.rule(|_| Fate::Html);
    erred(told, "no bank", client.refresh().await);
    world.network.rule(|_| Fate::Status(500));
    erred(told, "a sick bank", client.refresh().await);
    world.network.heal();
    let change = billpay_core::model::LimitsChange {
        per_payment: Some(Money::new(600_000, billpay_core::model::Currency::CNY).unwrap()),
        ..Default::default()
    };
    said(told, "a code for limits", &client.ask_limits_code(&change).await.unwrap());
    planted.text("code for limits", &world.code());
    client.refresh().await.unwrap();
    look_at_everything(told, &client).await;
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_row_57_of_twenty_planted_secrets_none_is_in_any_byte_that_a_phone_leaves_behind() {
    let told = Said::default();
    drop(tracing::subscriber::set_global_default(Traces(told.clone())));
    let panics = told.clone();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        writeln!(panics.lock().unwrap(), "{panic}").unwrap();
        before(panic);
    }));

    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    let mut planted = Planted::default();
    let answers: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
    let heard = answers.clone();
    world.network.forge(move |_, answer| {
        let Ok(body) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return };
        for (member, name) in TOKENS {
            if let Some(value) = body.pointer(member).and_then(|value| value.as_str()) {
                heard.lock().unwrap().insert(name.to_owned(), value.to_owned());
            }
        }
    });
    planted.text("phone", PHONE);
    planted.text("another's phone", OTHER);
    planted.text("alias", ALIAS);
    planted.text("the holder's name", HOLDERS_NAME);
    planted.text("address", ADDRESS);
    planted.text("card", CARD);
    let client = lives(&world, &told, &mut planted).await;

    for (name, value) in answers.lock().unwrap().iter() {
        planted.text(name, value);
    }
    let (name, root) = world.keys.kept.lock().unwrap().first_key_value().map(|(n, s)| (n.clone(), s.clone())).unwrap();
    planted.0.insert("root key".to_owned(), root.expose().to_vec());
    for (role, name) in [(KeyRole::Device, "device key"), (KeyRole::Order, "order key")] {
        planted.0.insert(name.to_owned(), world.keys.private(role));
    }
    let signature = world.network.sent("POST /v1/payments")["signature"].as_str().unwrap().to_owned();
    planted.text("signature of an order", &signature);
    let net = planted.net();
    assert!(net.values() >= 20, "{} canaries: {:?}", net.values(), planted.0.keys());

    // The net is no sieve: in what really was sent and kept each of these is found.
    let everything =
        [world.network.everything_sent(), world.sms.all().iter().flat_map(|sms| sms.text.bytes()).collect()];
    let there: Vec<String> = net.caught(&everything.concat()).into_iter().map(|one| one.name).collect();
    for name in ["phone", "customer number 2", "alias", "code by message", "echo token", "signature of an order"] {
        assert!(there.iter().any(|one| one == name), "{name} was never sent: {there:?}");
    }

    let mut places: Vec<(String, Vec<u8>)> = Vec::new();
    let at_rest = |when: &str, places: &mut Vec<(String, Vec<u8>)>| {
        places.extend(files(folder.path()).into_iter().map(|(name, bytes)| (format!("{name} {when}"), bytes)));
    };
    at_rest("while it is open", &mut places);
    assert!(places.iter().any(|(name, bytes)| name.starts_with("profile.db-wal") && bytes.len() > 4096), "no log");
    // What a kill leaves: the files as they are, opened again by somebody else.
    let killed = tempfile::tempdir().unwrap();
    for (name, bytes) in files(folder.path()) {
        std::fs::write(killed.path().join(name), bytes).unwrap();
    }
    client.suspend().await.unwrap();
    drop(client);
    at_rest("closed", &mut places);
    {
        let store =
            Store::open(&Location::file(killed.path().join("profile.db")), &billpay_core::system::SystemRng::new());
        said(&told, "opened after a kill", &store.unwrap().check());
        places.extend(files(killed.path()).into_iter().map(|(name, bytes)| (format!("{name} of the killed"), bytes)));
    }

    // Things break: a wrong key, a lost one, a rotten file, a port that panics.
    world.keys.kept.lock().unwrap().insert(name.clone(), billpay_core::secret::Secret::new(vec![9; 32]));
    let client = world.open().await;
    erred(&told, "a wrong key", client.payments(1, 0).await);
    client.suspend().await.unwrap();
    drop(client);
    world.keys.kept.lock().unwrap().insert(name.clone(), root);
    let platform =
        billpay_core::platform::Platform { signer: Arc::new(Breaking(world.keys.clone())), ..world.platform() };
    let client = Client::open(world.config(), platform).await.unwrap();
    let bills = client.bills(Language::Zh).await.unwrap().bills;
    let open = bills.iter().find(|bill| bill.status == billpay_core::BillStatus::Open).unwrap();
    let quote = client.quote(&open.biller, &open.bill_number, None, None).await.unwrap();
    erred(&told, "a signer that panics", client.pay(&quote.id).await);
    client.suspend().await.unwrap();
    drop(client);
    {
        let file = rusqlite::Connection::open(folder.path().join("profile.db")).unwrap();
        for table in ["account", "bill", "payment", "outcome", "event", "setting"] {
            file.execute(&format!("UPDATE {table} SET sealed = x'01'"), []).unwrap();
        }
    }
    let client = world.open().await;
    said(&told, "a rotten profile", &client.accounts().await);
    said(&told, "rotten bills", &client.bills(Language::Zh).await);
    said(&told, "rotten payments", &client.payments(100, 0).await);
    said(&told, "a rotten refresh", &client.refresh().await);
    said(&told, "a rotten receipt", &client.receipts(100, 0).await);
    client.suspend().await.unwrap();
    drop(client);
    world.keys.kept.lock().unwrap().clear();
    let client = world.open().await;
    erred(&told, "a lost key", client.payments(1, 0).await.map_err(|fault: Fault| fault));
    client.suspend().await.unwrap();
    drop(client);
    let executor = TokioExecutor::current().unwrap();
    said(
        &told,
        "put aside",
        &Client::set_aside(&world.profile, &executor).await.map(|path| path.file_name().map(ToOwned::to_owned)),
    );
    at_rest("put aside", &mut places);

    drop(std::panic::take_hook());
    let told = told.lock().unwrap().clone();
    assert!(told.contains("the signer broke down"), "the panic was not heard");
    assert!(told.contains("a wrong key"), "nothing was heard");
    places.push(("what was traced, shown and said".to_owned(), told.into_bytes()));
    let caught: Vec<(&str, Vec<Caught>)> = places
        .iter()
        .map(|(name, bytes)| (name.as_str(), net.caught(bytes)))
        .filter(|(_, caught)| !caught.is_empty())
        .collect();
    for (name, caught) in &caught {
        let (_, bytes) = places.iter().find(|(one, _)| one == name).unwrap();
        for one in caught {
            let around = &bytes[one.at.saturating_sub(80)..(one.at + 20).min(bytes.len())];
            println!("{name}: {} ({}) behind {}", one.name, one.form, String::from_utf8_lossy(around));
        }
    }
    assert_eq!(caught, [], "in {} places", places.len());
    println!("{} canaries in none of {} places", net.values(), places.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_row_57_no_phone_number_code_or_token_is_in_any_file_of_the_bank() {
    let world = world();
    let client = world.bound().await;
    let mut planted = Planted::default();
    planted.text("phone", PHONE);
    planted.text("another's phone", OTHER);
    planted.text("code by message", &world.code());
    planted.text("customer number", &world.number(POWER, 0));
    end(&client, &world.pay(&client).await.id).await;
    let net = planted.net();
    let theirs = |name: &str| name.starts_with("the bank") || name.starts_with("what lies");
    let mut caught: Vec<(&str, String)> = Vec::new();
    for (name, values, file) in world.databases().into_iter().filter(|(name, _, _)| theirs(name)) {
        caught.extend(net.caught(&[values, file].concat()).into_iter().map(|one| (name, one.name)));
    }
    // The net works: the customer number is there, which docs/security/store.md calls not upheld.
    assert_eq!(caught, [("the bank's ledger", "customer number".to_owned())]);
}
