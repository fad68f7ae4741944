//! Money that comes back (row 27): debited and then refused, silent for days, or undone after it had
//! landed. Each ends with the full amount back to the cent, in one document.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod world;

use sandbox_gateway::{faults::Action, leg::request::Charge, payments::transition::State};
use serde_json::{Value, json};
use world::{GAS, MOBILE, POWER, Phone, World, payload};

const WANG: &str = "+8613800000001";
const THREE_DAYS: u64 = 3 * 24 * 3600;

/// What left the customer's account for it, and did not come back.
fn gone(world: &World, phone: &Phone) -> i64 {
    -world.gateway.books().unwrap().balance(&format!("customer:{}", phone.method()))
}

/// The one document of the one order.
fn only_document(world: &World) -> Value {
    let outcomes = world.gateway.books().unwrap().outcomes;
    assert_eq!(outcomes.len(), 1, "one record");
    payload(&outcomes[0].compact)
}

/// The movements of the one order, by account.
fn legs(world: &World) -> Vec<(String, String, i64)> {
    let books = world.gateway.books().unwrap();
    let kind = |account: &str| account.split(':').next().unwrap().to_owned();
    books.postings.iter().map(|line| (kind(&line.debit), kind(&line.credit), line.minor)).collect()
}

fn both_legs(total: i64) -> Vec<(String, String, i64)> {
    vec![("customer".into(), "held".into(), total), ("held".into(), "customer".into(), total)]
}

#[tokio::test]
async fn row_27_debited_and_then_refused_the_full_amount_with_its_fee_is_back_in_one_document() {
    let world = World::new("back-refused");
    let mut phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let order = phone.order_for(&world, &mobile, "M1", 1, 5_001).await;
    world.billers.set_closed("mobile-cn", true, None).unwrap();
    let ended = phone.pay(&world, &order).await;
    let said = payload(&ended.text("outcome"));
    assert_eq!(said["reversal"]["reason"], "biller-closed");
    assert_eq!(said["reversal"]["returned"], json!({"minor": 5_051, "currency": "CNY"}), "the fee of 0.50 too");
    assert_eq!((gone(&world, &phone), legs(&world)), (0, both_legs(5_051)));
    assert_eq!(only_document(&world), said);
    world.audit();
}

#[tokio::test]
async fn row_27_silent_for_three_days_the_full_amount_is_back_with_the_biller_s_first_word() {
    for (biller, number, bill, amount) in [("power-sh", POWER, "P1", 12_345), ("gas-sh", GAS, "G1", 4_200)] {
        let world = World::new(&format!("back-silent-{biller}"));
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, biller, number).await;
        let order = phone.order_for(&world, &account, bill, 1, amount).await;
        for scene in ["charge", "confirm", "refund"] {
            world.fault(scene, None, Action::LoseRequest);
        }
        assert_eq!(phone.pay(&world, &order).await.status, 202);
        for _ in 0..72 {
            world.pass(THREE_DAYS / 72);
            world.gateway.tick().await;
            assert_eq!(phone.reverse(&world, &order).await.status, 202, "{biller}: nobody knows, nobody guesses");
            assert_eq!(gone(&world, &phone), amount, "{biller}: held, and still the customer's");
        }
        world.faults.set(Vec::new());
        world.settle_down().await;
        let ended = phone.reverse(&world, &order).await;
        let said = payload(&ended.text("outcome"));
        assert_eq!(said["reversal"]["reason"], "not-charged", "{biller}");
        assert_eq!(said["reversal"]["returned"]["minor"], amount, "{biller}");
        assert_eq!((gone(&world, &phone), legs(&world)), (0, both_legs(amount)), "{biller}");
        assert_eq!(only_document(&world), said, "{biller}");
        world.audit();
    }
}

#[tokio::test]
async fn row_27_a_charge_that_lands_while_it_is_undone_leaves_both_legs_a_signed_reversal_and_no_receipt() {
    let world = World::new("back-landed");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    // The charge is overtaken: it has not arrived when the bank asks after it and begins to undo it.
    world.fault("charge", None, Action::LoseRequest);
    world.fault("refund", Some(1), Action::LoseRequest);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.pass(301);
    assert_eq!(phone.reverse(&world, &order).await.status, 202);
    let row = world.gateway.books().unwrap().orders[0].clone();
    assert_eq!(row.state, State::Reversing);
    let charge = Charge {
        number: row.number.parse().unwrap(),
        customer_number: POWER.into(),
        bill_number: "P1".into(),
        version: 1,
        amount_minor: 12_345,
        currency: "CNY".into(),
    };
    // Now it lands, and its answer goes nowhere.
    let now = sandbox_gateway::clock::Clock::now(world.clock.as_ref());
    world.faults.set(Vec::new());
    world.leg().charge("power-sh", charge, now).await.unwrap();
    assert!(world.billers.charges().unwrap()[0].charged);
    world.settle_down().await;
    let ended = phone.confirm(&world, &order).await;
    let said = payload(&ended.text("outcome"));
    assert_eq!(said["reversal"]["returned"]["minor"], 12_345);
    assert_eq!(only_document(&world), said, "no receipt was ever issued");
    assert_eq!((gone(&world, &phone), legs(&world)), (0, both_legs(12_345)));
    // In the biller's books, too: received, and given back.
    let charges = world.billers.charges().unwrap();
    assert_eq!((charges.len(), charges[0].charged), (1, false));
    let sums = &world.billers.audit().unwrap().sums["power-sh"];
    assert_eq!((sums.received_minor, sums.given_back_minor), (12_345, 12_345));
    world.audit();
}
