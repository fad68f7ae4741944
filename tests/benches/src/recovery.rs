//! Recovery after a long outage: 1,000 orders in doubt, settled at the bank, brought to their end by
//! `resolve()`. Beside it the same 1,000 confirms, signed, by a bare client on a kept connection, as many
//! at a time; and, apart from that, as many bare durable commits.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use billpay_core::{
    PaymentState,
    gateway::wire::AskQuote,
    model::pins::PinSet,
    payments::{
        Entry,
        transition::{Attempt, State},
    },
    platform::{BoxFuture, Request, Response, Transport, TransportError, TransportFault},
    store::StoreError,
};
use futures_util::{StreamExt as _, stream};

use crate::{
    Figure,
    bare::Bare,
    figure::as_micros,
    phone::{open, platform},
    town::{BILL, Town, activate, amount, quote},
};

/// Orders in doubt.
const DOUBTS: usize = 1_000;
const ROUNDS: usize = 5;
/// What the core promises (core/src/client/recovery.rs), and what the floor takes for itself.
const AT_A_TIME: usize = 4;
/// The budget: how many times longer than the requests alone.
const MOST: f64 = 1.5;

/// Measures.
///
/// # Panics
/// Where the sandbox does not start, or a doubt does not end.
#[must_use]
pub fn measure() -> Figure {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().worker_threads(2).build().expect("a runtime");
    runtime.block_on(run())
}

async fn run() -> Figure {
    let town = Town::start().await;
    let profile = town.folder("phone");
    let ports = platform(&profile, town.transport());
    let client = open(&profile, &town.setup, ports.clone()).await;
    activate(&client, &town.sandbox).await;
    client.suspend().await.expect("suspended");
    drop(client);
    let bare = Arc::new(town.bare(&profile, &ports));
    let ids = fall_into_doubt(&bare, &profile, &ports).await;

    let (mut ours, mut floor, mut commits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        floor.push(confirm_all(&bare, &ids).await);
        commits.push(commit_all(&bare, round));
        ours.push(recover(&town, &profile, round).await);
    }
    town.sandbox.stop().await;
    commits.sort_by(f64::total_cmp);
    let floor_is = format!(
        "raw: {DOUBTS} signed confirms on a kept connection, {AT_A_TIME} at a time; {DOUBTS} bare durable commits, not \
         counted in it, take {:.0} us more",
        commits[ROUNDS / 2]
    );
    Figure::paired("recovery of 1,000 doubts", &mut ours, &mut floor, floor_is).at_most(MOST)
}

/// Orders that the bank has settled and the phone does not know the end of.
async fn fall_into_doubt(bare: &Bare, profile: &Path, ports: &billpay_core::platform::Platform) -> Vec<String> {
    let (mut ids, mut entries) = (Vec::new(), Vec::new());
    let (account, method, first) = bare.feed().await;
    // Each payment raises the version by one.
    for (nth, bill_version) in (0..DOUBTS).zip(first..) {
        let (account, method) = (account.as_str(), method.as_str());
        let ask = AskQuote { account, bill_number: BILL, bill_version, amount: amount(), method };
        let (quote, epoch) = bare.quote_of(&ask, nth).await;
        let id = format!("019a9d3e-7c00-7000-8000-{nth:012}");
        let (order, envelope) = bare.sign(&id, nth, quote, epoch);
        bare.post(&id, envelope.json().get().as_bytes().to_vec()).await;
        // As if each had been for a bill of its own: of one bill only one order can be open.
        let payable = id.as_bytes().to_vec();
        let mut entry = Entry::authorized(&order, &envelope, payable, ports.clock.now());
        entry.set_state(State::InDoubt(Attempt::Later));
        entries.push(entry);
        ids.push(id);
    }
    let store = crate::town::store(profile, ports);
    let inserted: Result<(), StoreError> = store.write(|tx| entries.iter().try_for_each(|entry| tx.insert(entry)));
    inserted.expect("stored");
    store.suspend();
    ids
}

async fn confirm_all(bare: &Arc<Bare>, ids: &[String]) -> f64 {
    let start = std::time::Instant::now();
    // Each on whatever thread is free, as the core's own work is.
    let confirm = |id: &String| {
        let (bare, id) = (bare.clone(), id.clone());
        tokio::spawn(async move { bare.confirm(&id).await })
    };
    let done = stream::iter(ids).map(confirm).buffer_unordered(AT_A_TIME).count().await;
    assert_eq!(done, DOUBTS);
    as_micros(start.elapsed())
}

fn commit_all(bare: &Bare, round: usize) -> f64 {
    let start = std::time::Instant::now();
    for nth in 0..DOUBTS {
        bare.commit("INSERT INTO row VALUES (?1, 'settled', ?2)", &format!("{round}-{nth}"), &[7; 1_500]);
    }
    as_micros(start.elapsed())
}

/// A copy of the phone, opened while the payments of the bank cannot be reached, and then they can.
async fn recover(town: &Town, profile: &Path, round: usize) -> f64 {
    let folder = town.folder(&format!("phone-{round}"));
    copy(profile, &folder);
    let line = Arc::new(Line::to(town.transport()));
    let client = open(&folder, &town.setup, platform(&folder, line.clone())).await;
    // The connection is warm; and each doubt was asked about in vain.
    quote(&client).await;
    assert_eq!(client.resolve().await.expect("asked"), DOUBTS);
    let before = line.asked.load(Ordering::SeqCst);
    line.is_back.store(true, Ordering::SeqCst);
    let start = std::time::Instant::now();
    while client.resolve().await.expect("asked") > 0 {}
    let time = as_micros(start.elapsed());
    let payments = client.payments(500, 0).await.expect("payments").payments;
    assert!(payments.iter().all(|payment| payment.state == PaymentState::Settled), "all have their end");
    // One request a doubt, and never more at a time than is promised.
    assert_eq!(line.asked.load(Ordering::SeqCst) - before, DOUBTS);
    assert_eq!(line.most.load(Ordering::SeqCst), AT_A_TIME);
    client.suspend().await.expect("suspended");
    time
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy(&entry.path(), &target);
        } else if entry.file_name() != "plain.db" {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The way to the bank; what is asked about payments gets nowhere until it is back.
struct Line {
    way: Arc<dyn Transport>,
    is_back: AtomicBool,
    /// Requests about payments.
    asked: AtomicUsize,
    /// Of these, on their way now.
    under_way: AtomicUsize,
    /// The most that were.
    most: AtomicUsize,
}

impl Line {
    fn to(way: Arc<dyn Transport>) -> Self {
        let (asked, under_way, most) = Default::default();
        Self { way, is_back: AtomicBool::new(false), asked, under_way, most }
    }
}

impl Transport for Line {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        if !request.url.contains("/v1/payments") {
            return self.way.send(request);
        }
        self.asked.fetch_add(1, Ordering::SeqCst);
        if !self.is_back.load(Ordering::SeqCst) {
            let cut = TransportError { kind: TransportFault::Unreachable, nothing_sent: true };
            return Box::pin(async move { Err(cut) });
        }
        Box::pin(async move {
            let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            let answer = self.way.send(request).await;
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }

    fn set_pins(&self, pins: PinSet) -> Result<(), TransportFault> {
        self.way.set_pins(pins)
    }
}
