//! A payment interrupted at each of its steps: by a caller who goes away, by an app that is put to sleep,
//! woken again at once, or killed while it sleeps. So is the recovery, and a list of payments.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{sync::Arc, time::Duration};

use billpay_core::{
    Client, Payment, PaymentState, QuoteView, Wish,
    error::PayError,
    model::{Currency, Language, Money},
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use world::{
    Fate, POWER, World,
    ends::{end, is_settled_once},
    world,
};

/// More than a payment has; the tests end with the first step that it does not have.
const MOST: i64 = 200;
/// Fewer would mean that steps are not counted.
const LEAST: i64 = 13;
/// The same for a recovery, which asks once.
const LEAST_OF_A_RECOVERY: i64 = 8;
/// The same for three payments.
const MOST_OF_THREE: i64 = 400;
const LEAST_OF_THREE: i64 = 45;
/// Needs a code from 200.00 on.
const YANG: &str = "13800000006";
const MOBILE: &str = "mobile-cn";
/// The bills of the account that has three, and what they ask together.
const THREE: [&str; 3] = ["E0003", "E0004", "E0005"];
const THREE_ASK: i64 = 27_605;

/// How a payment is made.
#[derive(Clone, Copy, Debug)]
enum Way {
    Plain,
    WithCode,
}

impl Way {
    fn biller(self) -> &'static str {
        match self {
            Self::Plain => POWER,
            Self::WithCode => MOBILE,
        }
    }
}

/// A phone that may pay at once.
struct Ready {
    world: World,
    client: Arc<Client>,
    quote: QuoteView,
    /// The code that was sent for it.
    code: Option<String>,
}

impl Ready {
    async fn new(way: Way) -> Self {
        let world = world();
        let (client, quote, code) = match way {
            Way::Plain => {
                let client = world.bound().await;
                let quote = world.quote(&client).await;
                (client, quote, None)
            }
            Way::WithCode => {
                let client = world.open().await;
                client.start_activation(YANG).await.unwrap();
                client.finish_activation(&world.code_of(YANG)).await.unwrap();
                client.refresh().await.unwrap();
                let echo = client.lookup_binding(MOBILE, &world.number(MOBILE, 0)).await.unwrap();
                let account = client.confirm_binding(&echo, "").await.unwrap();
                client.acknowledge_echo(&account.id, &account.echo_digest).await.unwrap();
                let bill = client.bills(Language::Zh).await.unwrap().bills.remove(0).bill_number;
                let amount = Money::new(20_000, Currency::CNY).unwrap();
                let quote = client.quote(MOBILE, &bill, Some(amount), None).await.unwrap();
                client.ask_payment_code(&quote.id).await.unwrap();
                (client, quote, Some(world.code_of(YANG)))
            }
        };
        Self { world, client: Arc::new(client), quote, code }
    }

    /// In a task of its own.
    fn pay(&self) -> JoinHandle<Result<Payment, PayError>> {
        let (client, quote, code) = (self.client.clone(), self.quote.id.clone(), self.code.clone());
        tokio::spawn(async move {
            match code {
                None => client.pay(&quote).await,
                Some(code) => client.pay_with_code(&quote, &code).await,
            }
        })
    }
}

/// A payment that is under way, and held up at its nth step; `None` where it has ended before.
async fn held_at(way: Way, nth: i64) -> Option<(Ready, JoinHandle<Result<Payment, PayError>>)> {
    let ready = Ready::new(way).await;
    ready.world.network.steps.hold(nth);
    let mut paying = ready.pay();
    tokio::select! {
        biased;
        () = ready.world.network.steps.is_held() => Some((ready, paying)),
        ended = &mut paying => {
            ended.unwrap().unwrap();
            assert!(nth > LEAST, "a payment of {nth} steps");
            None
        }
    }
}

/// What was said of a payment is true: it settles once, or there is no order and the quote is as good as
/// it was.
async fn as_said(ready: &Ready, said: Result<Payment, PayError>, nth: i64) {
    let Ready { world, client, .. } = ready;
    match said {
        Ok(payment) => is_settled_once(world, client, &payment).await,
        Err(error) => {
            assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "step {nth}: {error:?}");
            assert_eq!(world.charged(), 0, "step {nth}: {error:?}");
            assert_eq!(world.network.count("POST /v1/payments"), 0, "step {nth}: {error:?}");
            let payment = ready.pay().await.unwrap().unwrap();
            is_settled_once(world, client, &payment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_put_to_sleep_before_each_step_of_a_payment_it_ends_once_after_waking() {
    for way in [Way::Plain, Way::WithCode] {
        let mut nth = 0;
        while let Some((ready, paying)) = held_at(way, nth + 1).await {
            nth += 1;
            assert!(nth < MOST, "a payment has no end of steps");
            ready.client.suspend().await.unwrap();
            ready.world.network.steps.go_on();
            let said = paying.await.unwrap();
            ready.client.resume().await.unwrap();
            as_said(&ready, said, nth).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_put_to_sleep_and_woken_before_the_same_step_it_ends_once_all_the_same() {
    for way in [Way::Plain, Way::WithCode] {
        let mut nth = 0;
        while let Some((ready, paying)) = held_at(way, nth + 1).await {
            nth += 1;
            assert!(nth < MOST, "a payment has no end of steps");
            ready.client.suspend().await.unwrap();
            ready.client.resume().await.unwrap();
            ready.world.network.steps.go_on();
            let said = paying.await.unwrap();
            as_said(&ready, said, nth).await;
        }
    }
}

/// A process of its own: when it ends, every task of the phone ends where it stands.
fn process() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn row_84_killed_asleep_before_each_step_of_a_payment_nothing_is_lost_and_nothing_doubled() {
    for way in [Way::Plain, Way::WithCode] {
        let mut made = [0; 2];
        for nth in 1.. {
            let life = process();
            let Some((ready, paying)) = life.block_on(held_at(way, nth)) else { break };
            assert!(nth < MOST, "a payment has no end of steps");
            life.block_on(ready.client.suspend()).unwrap();
            let Ready { world, client, quote, .. } = ready;
            // The caller too: no task of this life holds the profile.
            paying.abort();
            drop(client);
            life.shutdown_timeout(Duration::from_secs(10));
            process().block_on(async {
                let client = world.open().await;
                let payments = client.payments(10, 0).await.unwrap().payments;
                made[payments.len()] += 1;
                match payments.first() {
                    Some(payment) => is_settled_once(&world, &client, payment).await,
                    None => {
                        assert_eq!((world.charged(), world.network.count("POST /v1/payments")), (0, 0), "step {nth}");
                        // The person starts again; a code that was sent is of the order that is gone.
                        let again = client.quote(way.biller(), &quote.bill_number, Some(quote.amount), None).await;
                        assert!(again.is_ok(), "step {nth}: {again:?}");
                    }
                }
            });
        }
        assert!(made.iter().all(|times| *times > 0), "{way:?}: killed with {made:?} orders made");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_84_put_to_sleep_before_each_step_of_the_recovery_the_doubt_ends_after_waking() {
    for arrived in [true, false] {
        for nth in 1.. {
            assert!(nth < MOST, "a recovery has no end of steps");
            let Ready { world, client, quote, .. } = Ready::new(Way::Plain).await;
            let lost = if arrived { Fate::LoseAnswer } else { Fate::LoseRequest };
            world.network.rule(move |request| if request.url.contains("/v1/payments") { lost } else { Fate::Pass });
            let payment = client.pay(&quote.id).await.unwrap();
            assert!(matches!(payment.state, PaymentState::Checking { .. }), "{payment:?}");
            // Before the network is back, so that the recovery has not ended by then.
            world.network.steps.hold(nth);
            world.network.heal();
            client.network_returned();
            // Waited out only where there is no such step any more: a slow machine is no end of the recovery.
            let held = tokio::time::timeout(Duration::from_secs(5), world.network.steps.is_held()).await;
            if held.is_err() {
                world.network.steps.hold(0);
                is_settled_once(&world, &client, &payment).await;
                assert!(nth > LEAST_OF_A_RECOVERY, "a recovery of {nth} steps");
                break;
            }
            client.suspend().await.unwrap();
            world.network.steps.go_on();
            client.resume().await.unwrap();
            is_settled_once(&world, &client, &payment).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_goes_away_before_any_step_cancels_only_the_waiting() {
    for way in [Way::Plain, Way::WithCode] {
        let mut nth = 0;
        while let Some((Ready { world, client, .. }, paying)) = held_at(way, nth + 1).await {
            nth += 1;
            assert!(nth < MOST, "a payment has no end of steps");
            paying.abort();
            assert!(paying.await.unwrap_err().is_cancelled());
            world.network.steps.go_on();
            let mut payments = Vec::new();
            while payments.is_empty() {
                payments = client.payments(10, 0).await.unwrap().payments;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            assert_eq!(payments.len(), 1, "{way:?}, step {nth}");
            is_settled_once(&world, &client, &payments[0]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_73_who_goes_away_before_any_step_of_a_list_and_asks_for_all_of_it_again_pays_each_bill_once() {
    for nth in 1.. {
        assert!(nth < MOST_OF_THREE, "three payments have no end of steps");
        let world = world();
        let client = Arc::new(world.bound().await);
        world.bind(&client, 2).await;
        let wishes =
            THREE.map(|bill| Wish { biller: POWER.into(), bill_number: bill.into(), amount: None, method: None });
        let several = client.quote_all(&wishes).await.unwrap();
        let quotes: Vec<String> = several.quotes.into_iter().map(|quote| quote.unwrap().id).collect();
        world.network.steps.hold(nth);
        let (payer, list) = (client.clone(), quotes.clone());
        let mut paying = tokio::spawn(async move {
            let list: Vec<&str> = list.iter().map(String::as_str).collect();
            payer.pay_all(&list, |_, _| {}).await
        });
        let held = tokio::select! {
            biased;
            () = world.network.steps.is_held() => true,
            _ = &mut paying => false,
        };
        if !held {
            assert!(nth > LEAST_OF_THREE, "three payments of {nth} steps");
            assert_eq!(world.charged(), THREE_ASK);
            return;
        }
        paying.abort();
        assert!(paying.await.unwrap_err().is_cancelled());
        // The whole list again, while the one that was under way is just there.
        let list: Vec<&str> = quotes.iter().map(String::as_str).collect();
        let again = {
            let asking = client.pay_all(&list, |_, _| {});
            world.network.steps.go_on();
            asking.await.unwrap()
        };
        for outcome in &again {
            let taken = matches!(outcome, Err(PayError::UnknownQuote | PayError::PaymentInDoubt { .. }));
            assert!(taken || outcome.is_ok(), "step {nth}: {outcome:?}");
        }
        let mut payments = Vec::new();
        // One may be on its way to the journal still.
        for _ in 0..500 {
            payments = client.payments(10, 0).await.unwrap().payments;
            if payments.len() == 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(payments.len(), 3, "step {nth}: {again:?}");
        for payment in &payments {
            assert_eq!(end(&client, &payment.id).await, PaymentState::Settled, "step {nth}");
        }
        assert_eq!((world.network.count("POST /v1/payments"), world.charged()), (3, THREE_ASK), "step {nth}");
    }
}
