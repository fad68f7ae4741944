//! The bank collects bills by itself (row 88).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod world;

use std::time::Duration;

use sandbox_gateway::{biller::seeds::SeedBill, collecting::Collected, faults::Action};
use world::{Answer, POWER, POWER_TOO, Phone, WATER, World};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY_MINUTES: u64 = 24 * 60;

/// A customer with one bound number, at a bank that asks every hour and at most so often a day.
async fn world(name: &str, most: u32) -> (World, Phone, String) {
    let mut world = World::new(name);
    world.collects(HOUR, most);
    let phone = Phone::active(&world, "+8613800000001").await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    // Counts the questions, and changes nothing.
    world.fault("query", None, Action::DelayMs(0));
    (world, phone, account)
}

fn questions(world: &World) -> u64 {
    world.faults.struck().get("biller.delay_ms").copied().unwrap_or(0)
}

fn cursor(answer: &Answer) -> String {
    format!("/v1/sync?cursor={}", answer.text("cursor"))
}

/// The bills that a sync tells of, by number.
fn told(answer: &Answer) -> Vec<String> {
    let mut told: Vec<String> = answer.body["bills"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bill| bill["bill_number"].as_str().unwrap().into())
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn row_88_a_bill_made_at_the_biller_is_in_the_next_sync_within_one_interval_without_anybody_asking() {
    let (world, phone, _) = world("collect-one", 100).await;
    let before = phone.get(&world, "/v1/sync").await;
    // Wherever in the interval it is made.
    for (nth, minutes) in [(1, 1_u64), (2, 17), (3, 60)] {
        world.pass_with_errands(minutes).await;
        let bill = format!("N{nth}");
        world.billers.add_bill("power-sh", POWER, &SeedBill::new(&bill, 4_200)).unwrap();
        world.pass_with_errands(60).await;
        let after = phone.get(&world, &cursor(&before)).await;
        assert!(told(&after).contains(&bill), "{after:?}");
    }
    // A revision, too, and of what did not change nothing is told again.
    let before = phone.get(&world, "/v1/sync").await;
    world.billers.revise_bill("power-sh", "N2", 4_300).unwrap();
    world.pass_with_errands(60).await;
    let after = phone.get(&world, &cursor(&before)).await;
    assert_eq!(
        (told(&after), after.body["bills"][0]["amount"]["minor"].as_i64()),
        (vec!["N2".to_owned()], Some(4_300))
    );
}

#[tokio::test]
async fn row_88_at_most_so_many_questions_a_binding_and_day_whatever_crashes_and_is_restored() {
    let (mut world, _phone, _) = world("collect-bound", 5).await;
    let backup = world.gateway.ledger().snapshot().unwrap();
    // It is noon: twelve hours are left, and no more than five questions.
    world.pass_with_errands(6 * 60).await;
    assert_eq!(questions(&world), 5);
    world.restart();
    world.pass_with_errands(60).await;
    world.restore(&backup);
    world.pass_with_errands(2 * 60).await;
    assert_eq!(questions(&world), 5, "neither forgets what was asked");
    world.pass_with_errands(DAY_MINUTES).await;
    assert_eq!(questions(&world), 10, "another day");
}

#[tokio::test]
async fn row_88_a_question_is_counted_before_it_is_asked() {
    let (mut world, _phone, _) = world("collect-counted", 100).await;
    world.faults.clear();
    world.fault("query", None, Action::DelayMs(world::NEVER_MS));
    world.pass(3_600);
    // It is asked, and the bank dies before any answer.
    let gateway = world.gateway.clone();
    let dies = tokio::time::timeout(Duration::from_millis(200), gateway.collect());
    assert!(dies.await.is_err(), "it waits for the biller");
    world.restart();
    world.faults.clear();
    assert_eq!(world.gateway.collect().await.unwrap(), Collected::default(), "it was asked about");
}

#[tokio::test]
async fn row_88_after_a_biller_was_down_for_three_days_all_its_bills_are_there_once() {
    let (world, phone, _) = world("collect-down", 100).await;
    let before = phone.get(&world, "/v1/sync").await;
    world.faults.clear();
    world.fault("query", None, Action::LoseRequest);
    for nth in 0..6 {
        world.billers.add_bill("power-sh", POWER, &SeedBill::new(&format!("D{nth}"), 100 + nth)).unwrap();
        world.pass_with_errands(DAY_MINUTES / 2).await;
        assert_eq!(told(&phone.get(&world, &cursor(&before)).await), Vec::<String>::new());
    }
    world.faults.clear();
    world.pass_with_errands(60).await;
    let after = phone.get(&world, &cursor(&before)).await;
    assert_eq!(told(&after), ["D0", "D1", "D2", "D3", "D4", "D5"]);
    world.pass_with_errands(DAY_MINUTES).await;
    assert_eq!(told(&phone.get(&world, &cursor(&after)).await), Vec::<String>::new(), "nothing twice");
}

#[tokio::test]
async fn row_88_a_number_that_is_not_bound_is_never_asked_about() {
    let (world, phone, account) = world("collect-unbound", 100).await;
    // Looked up and not bound; and bound and unbound again.
    let ask = serde_json::json!({"biller": "power-sh", "customer_number": POWER_TOO});
    assert_eq!(phone.post(&world, "/v1/bindings/lookup", &ask).await.status, 200);
    let water = phone.bind(&world, "water-sh", WATER).await;
    assert_eq!(phone.delete(&world, &format!("/v1/bindings/{water}")).await.status, 200);
    let before = questions(&world);
    world.pass_with_errands(3 * 60).await;
    assert_eq!(questions(&world) - before, 3, "of the one number that is bound");
    // Unbound while the biller takes its time: what it says is not taken up.
    world.billers.add_bill("power-sh", POWER, &SeedBill::new("LATE", 100)).unwrap();
    let seen = phone.get(&world, "/v1/sync").await;
    world.faults.clear();
    world.fault("query", None, Action::DelayAnswerMs(world::GATE_MS));
    world.pass(3_600);
    let gateway = world.gateway.clone();
    let collected = tokio::spawn(async move { gateway.collect().await.unwrap() });
    tokio::task::yield_now().await;
    assert_eq!(phone.delete(&world, &format!("/v1/bindings/{account}")).await.status, 200);
    // The permit is kept for whoever comes to the gate.
    world.gate.notify_one();
    assert_eq!(collected.await.unwrap(), Collected { asked: 1, silent: 0 });
    assert_eq!(told(&phone.get(&world, &cursor(&seen)).await), Vec::<String>::new());
    world.faults.clear();
    world.pass_with_errands(2 * 60).await;
    assert_eq!(world.gateway.collect().await.unwrap().asked, 0);
}

#[tokio::test]
async fn row_88_however_many_bindings_there_are_each_has_its_turn() {
    let (world, _phone, account) = world("collect-many", 100).await;
    let copies = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
         INSERT INTO account SELECT 'B' || i, 'X' || i, biller, customer_number, holder_masked, address_masked, alias,
            state, version, echo_digest, changed FROM account, n WHERE id = '{account}'"
    );
    world.in_ledger(&copies);
    // The one that was just bound was asked about with that.
    let mut asked = Vec::new();
    for _ in 0..6 {
        asked.push(world.gateway.collect().await.unwrap().asked);
    }
    assert_eq!(asked, [255, 256, 89, 0, 0, 0]);
}
