//! A phone whose file is on a crash disk. When the power goes, nothing of it does anything any more: what
//! it was about to send stays unsent, what it was about to say is not heard.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use billpay_core::{
    Client, Payment, PaymentState, Proof,
    events::EventKind,
    model::pins::PinSet,
    platform::{BoxFuture, Executor, Platform, Request, Response, Transport, TransportError, TransportFault},
    secret::Secret,
    store::Store,
    system::SystemRng,
};
use crash_vfs::{CrashFs, Image, Survival};

use crate::{
    file::{Order, disk, journal, location},
    world::{Network, World, world},
};

pub(crate) struct Phone {
    pub(crate) world: World,
    pub(crate) fs: Arc<CrashFs>,
    line: Arc<Line>,
}

/// The network, as far as it is reached: not from a phone without power.
struct Line {
    network: Arc<Network>,
    fs: Arc<CrashFs>,
    /// Orders that left the phone before the device held them.
    early: Mutex<Vec<String>>,
}

impl Line {
    async fn alive(&self) {
        if self.fs.is_dead() {
            std::future::pending().await
        }
    }

    /// I2, at the moment of the first byte: the intent and the mark are on the device, whatever a cut would
    /// leave.
    fn witness(&self, request: &Request) {
        let is_order = request.method.as_str() == "POST" && request.url.ends_with("/v1/payments");
        let Some((_, id)) = request.headers.iter().find(|(name, _)| *name == "idempotency-key") else { return };
        let marked = |order: Order| order.id == *id && order.state == "in_doubt";
        if is_order && !journal(&self.fs.image(Survival::Nothing)).into_iter().any(marked) {
            self.early.lock().unwrap().push(id.clone());
        }
    }
}

impl Transport for Line {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            self.alive().await;
            self.witness(&request);
            let answer = self.network.send(request).await;
            self.alive().await;
            answer
        })
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        self.network.set_pins(pins)
    }
}

/// Blocking work on the spot: the operations of a payment come in the same order in every run.
struct Inline;

impl Executor for Inline {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        drop(tokio::spawn(task));
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        Box::pin(async move { work() })
    }
}

/// One life of the app: all its tasks end with it. Time passes when nothing else is to be done.
pub(crate) fn life<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

impl Phone {
    pub(crate) fn new() -> Self {
        let mut world = world();
        let fs = Arc::new(disk());
        world.profile = location(&fs);
        let line = Line { network: world.network.clone(), fs: fs.clone(), early: Mutex::default() };
        Self { world, fs, line: Arc::new(line) }
    }

    pub(crate) fn platform(&self) -> Platform {
        Platform { executor: Arc::new(Inline), transport: self.line.clone(), ..self.world.platform() }
    }

    pub(crate) async fn try_open(&self) -> Result<Client, billpay_core::error::OpenError> {
        Client::open(self.world.config(), self.platform()).await
    }

    pub(crate) async fn open(&self) -> Client {
        self.try_open().await.unwrap()
    }

    /// Active, with the usual account.
    pub(crate) async fn bound(&self) -> Client {
        let client = self.open().await;
        self.world.activate(&client).await;
        client
    }

    /// What `work` gives, unless the power goes.
    pub(crate) async fn powered<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let dark = async {
            while !self.fs.is_dead() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        let done = tokio::select! {
            biased;
            done = work => Some(done),
            () = dark => None,
        };
        done.filter(|_| !self.fs.is_dead())
    }

    /// The journal as the device holds it now.
    pub(crate) fn journal(&self) -> Vec<Order> {
        journal(&self.fs.image(Survival::Nothing))
    }

    /// Whether an order has reached the bank.
    pub(crate) fn was_sent(&self) -> bool {
        self.world.network.count("POST /v1/payments") > 0
    }

    /// The end of a payment, as the client comes to say it; `None` if it does not, or has to stop.
    pub(crate) async fn end(&self, client: &Client, id: &str) -> Option<PaymentState> {
        for _ in 0..2_000 {
            let state = client.payment(id).await.ok()?.state;
            if !matches!(state, PaymentState::Checking { .. }) {
                return Some(state);
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        None
    }

    /// Settled, charged once, with its receipt and the one event, and nothing else in the file.
    pub(crate) async fn is_settled_once(&self, client: &Client, id: &str, what: &str) {
        assert_eq!(self.end(client, id).await, Some(PaymentState::Settled), "{what}");
        let payments: Vec<Payment> = client.payments(10, 0).await.unwrap().payments;
        assert_eq!(payments.iter().map(|payment| payment.id.as_str()).collect::<Vec<_>>(), [id], "{what}");
        assert_eq!(self.world.charged(), payments[0].amount.minor(), "{what}");
        let receipts = client.receipts(10, 0).await.unwrap();
        assert_eq!((receipts.receipts.len(), receipts.damaged), (1, 0), "{what}");
        let receipt = client.receipt(id).await.unwrap();
        assert_eq!((receipt.proof, receipt.kind.as_str()), (Proof::Verified, "receipt"), "{what}");
        let stored = self.journal();
        assert_eq!((stored.len(), stored[0].events, stored[0].documents), (1, 1, 1), "{what}: {stored:?}");
        let event = client.next_event().await.unwrap().unwrap();
        assert_eq!((event.kind, event.payment()), (EventKind::Settled, id), "{what}");
        client.acknowledge_event(&event.id).await.unwrap();
        assert_eq!(client.next_event().await.unwrap(), None, "{what}");
        self.is_sound(what);
    }

    /// Every row in the file opens, and no order has left before its intent was on the device.
    pub(crate) fn is_sound(&self, what: &str) {
        assert_eq!(*self.line.early.lock().unwrap(), Vec::<String>::new(), "{what}: sent before it was stored");
        let findings = check(&self.fs.image(Survival::Everything), &self.root());
        assert_eq!(findings, Default::default(), "{what}");
    }

    /// The profile's root key.
    pub(crate) fn root(&self) -> Secret {
        self.world.keys.kept.lock().unwrap().values().next().unwrap().clone()
    }
}

/// What the store finds broken in an image, but for how much it looked at.
fn check(image: &Image, root: &Secret) -> billpay_core::store::Findings {
    let fs = disk();
    fs.restore(image);
    let store = Store::open(&location(&fs), &SystemRng::new()).unwrap();
    store.unlock(root, Arc::new(SystemRng::new())).unwrap();
    billpay_core::store::Findings { seen: 0, ..store.check().unwrap() }
}
