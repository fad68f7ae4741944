//! Rule 12 beside rule 11: rulings that are put right by later ones, and numbers that are charged once more
//! while two persons look at them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story stops where it breaks")]

mod world;

use jiff::civil::Date;
use sandbox_gateway::{
    faults::Action,
    ledger::customers::Method,
    leg::{differences::Difference, statement::LineKind},
    payments::{
        by_hand::{Heard, NotHeard, Word},
        transition::{Ruling, State},
    },
};
use serde_json::{Value, json};
use world::{
    GATE_MS, POWER, Phone, World,
    reconcile::{DAY, WANG, found, lines, next_day, one, only_order, ours, paid, run, theirs, today},
};

fn rule(world: &World, order: &Value, minor: i64) -> Result<Heard, NotHeard> {
    let payment_id = order["order"]["payment_id"].as_str().unwrap().to_owned();
    let word = |person: &str| Word {
        payment_id: payment_id.clone(),
        ruling: Ruling::Charged,
        biller_minor: Some(minor),
        person: person.to_owned(),
    };
    assert!(matches!(world.gateway.rule(&word("Zhao"))?, Heard::First));
    world.gateway.rule(&word("Qian"))
}

fn listed(world: &World) -> Vec<String> {
    world.gateway.for_a_person().unwrap().into_iter().map(|line| line.reason).collect()
}

fn balances(world: &World) -> (i64, i64) {
    let books = world.gateway.books().unwrap();
    (books.balance("bank"), books.balance("biller:power-sh"))
}

/// Another sum in the biller's books.
fn biller_has(name: &str, minor: i64) {
    world::by_hand(
        &format!("{name}-billers"),
        &format!("UPDATE charge SET amount = {minor}; UPDATE entry SET amount = {minor}"),
    );
}

/// The biller looks at the statement of the day of the payment once more, as after a restore of its books.
async fn biller_looks_again(world: &World, paid: &Paid) {
    world.billers.reconcile(&world.bank(), "power-sh", paid.day, true).await.unwrap();
    world.pass(3_600);
    world.settle_down().await;
}

/// Both sides look at each other's books for a day, and do what follows.
async fn a_day(world: &World) {
    world.pass(DAY);
    world.settle_down().await;
    run(world, "power-sh", true).await;
    world.settle_down().await;
}

struct Paid {
    phone: Phone,
    order: Value,
    day: Date,
    /// The billers' books of before it.
    books: Vec<u8>,
}

async fn one_paid(name: &'static str) -> (World, Paid) {
    let world = World::new(name);
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let books = world.billers.snapshot().unwrap();
    let (order, _) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    (world, Paid { phone, order, day, books })
}

/// Everybody agrees: no difference, nobody who has to look, and these balances of the bank and the biller.
fn agreed(world: &World, bank: i64, biller: i64) {
    assert_eq!((theirs(world, "power-sh"), ours(world), listed(world)), (vec![], vec![], vec![]));
    assert_eq!(balances(world), (bank, biller));
}

#[tokio::test]
async fn rule_12_each_ruling_on_a_sum_is_stated_in_the_place_of_the_one_before() {
    let (world, paid) = one_paid("again-sums").await;
    let order = &paid.order;
    biller_has("again-sums", 12_346);
    assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::WrongAmount));
    world.settle_down().await;
    // Both have mistaken a digit; they see it on the same day.
    assert!(matches!(rule(&world, order, 12_347), Ok(Heard::Borne)));
    world.pass(3_600);
    world.settle_down().await;
    assert_eq!(listed(&world), ["other-amount"]);
    assert!(matches!(rule(&world, order, 12_346), Ok(Heard::Borne)));
    a_day(&world).await;
    agreed(&world, -1, 12_346);
    // The biller puts its books right, and the two say so.
    biller_has("again-sums", 12_345);
    biller_looks_again(&world, &paid).await;
    assert_eq!(
        (theirs(&world, "power-sh"), listed(&world)),
        (vec![Difference::WrongAmount], vec!["other-amount".into()])
    );
    assert!(matches!(rule(&world, order, 12_345), Ok(Heard::Borne)));
    let day = today(&world);
    a_day(&world).await;
    agreed(&world, 0, 12_345);
    let said = lines(&world, "power-sh", day);
    assert_eq!(
        said.iter().map(|line| (line.0, line.1, line.2)).collect::<Vec<_>>(),
        [(LineKind::Charged, true, 12_345)]
    );
    // And back once more: an amount that was stated before is no old news.
    biller_has("again-sums", 12_346);
    biller_looks_again(&world, &paid).await;
    assert!(matches!(rule(&world, order, 12_346), Ok(Heard::Borne)));
    a_day(&world).await;
    agreed(&world, -1, 12_346);
}

#[tokio::test]
async fn rule_12_a_ruling_that_a_restored_bank_has_lost_is_stated_anew_where_it_is_another_one() {
    for second in [12_346, 12_347] {
        let name = if second == 12_346 { "again-same" } else { "again-other" };
        let (mut world, paid) = one_paid(name).await;
        let order = &paid.order;
        biller_has(name, 12_346);
        run(&world, "power-sh", true).await;
        world.settle_down().await;
        let before = world.gateway.ledger().snapshot().unwrap();
        assert!(matches!(rule(&world, order, 12_346), Ok(Heard::Borne)));
        a_day(&world).await;
        agreed(&world, -1, 12_346);
        world.restore(&before);
        biller_has(name, second);
        biller_looks_again(&world, &paid).await;
        assert_eq!(listed(&world), ["other-amount"], "{second}: the restored list");
        assert!(matches!(rule(&world, order, second), Ok(Heard::Borne)));
        a_day(&world).await;
        agreed(&world, 12_345 - second, second);
    }
}

/// A charge that is being made again, at a biller that has meanwhile another amount under its number.
async fn charged_again_with_another_sum(name: &'static str) -> (World, Paid) {
    let (world, paid) = one_paid(name).await;
    world.billers.restore(&paid.books).unwrap();
    assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::ExtraLine));
    world.fault("charge", Some(1), Action::LoseAnswer);
    world.gateway.tick().await;
    biller_has(name, 12_346);
    world.pass(61);
    world.gateway.tick().await;
    assert_eq!(listed(&world), ["other-amount"]);
    (world, paid)
}

#[tokio::test]
async fn rule_12_a_ruling_ends_the_charge_that_is_being_made_again() {
    let (world, paid) = charged_again_with_another_sum("again-ruled").await;
    let order = &paid.order;
    assert!(matches!(rule(&world, order, 12_346), Ok(Heard::Borne)));
    world.settle_down().await;
    assert_eq!(listed(&world), [""; 0], "nobody has to look at it again");
    a_day(&world).await;
    agreed(&world, -1, 12_346);
}

#[tokio::test]
async fn rule_12_what_is_given_back_after_all_leaves_the_list_and_what_the_bank_has_borne_comes_back() {
    for ruled in [false, true] {
        let name = if ruled { "again-borne" } else { "again-back" };
        let (world, paid) = charged_again_with_another_sum(name).await;
        let order = &paid.order;
        if ruled {
            assert!(matches!(rule(&world, order, 12_346), Ok(Heard::Borne)));
            assert_eq!(balances(&world), (-1, 12_346));
            a_day(&world).await;
        }
        // The biller forgets it again, and asks another amount by the time the bank charges it.
        world.billers.restore(&paid.books).unwrap();
        world.billers.revise_bill("power-sh", "P1", 13_000).unwrap();
        run(&world, "power-sh", true).await;
        a_day(&world).await;
        a_day(&world).await;
        agreed(&world, 0, 0);
        let books = world.gateway.books().unwrap();
        assert_eq!(books.balance(&format!("customer:{}", paid.phone.method())), 0, "all of it is back");
        assert!(books.outcomes.iter().any(|outcome| outcome.kind == "repayment"));
        // It has ended: nothing about it is for a person.
        assert!(matches!(rule(&world, order, 12_346), Err(NotHeard::NotListed)));
    }
}

#[tokio::test]
async fn rule_12_an_order_that_ended_while_the_biller_was_asked_is_not_put_on_the_list_again() {
    let world = World::new("again-late");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    biller_has("again-late", 12_346);
    world.pass(2);
    world.gateway.tick().await;
    assert_eq!(listed(&world), ["other-amount"]);
    // The worker asks once more; two persons end it before the answer is there.
    world.faults.clear();
    world.fault("charge", None, Action::DelayAnswerMs(GATE_MS));
    world.pass(61);
    let asking = tokio::spawn({
        let gateway = world.gateway.clone();
        async move { gateway.tick().await }
    });
    tokio::task::yield_now().await;
    assert!(matches!(rule(&world, &order, 12_346), Ok(Heard::Ended(State::Settled))));
    world.gate.notify_one();
    asking.await.unwrap();
    assert_eq!(listed(&world), [""; 0]);
    assert_eq!(only_order(&world).state, State::Settled);
    world.audit_held();
}

#[tokio::test]
async fn rule_12_a_repair_that_ended_while_the_biller_was_asked_is_not_put_on_the_list_again() {
    let (world, paid) = charged_again_with_another_sum("again-repair").await;
    let order = &paid.order;
    world.faults.clear();
    world.fault("charge", None, Action::DelayAnswerMs(GATE_MS));
    world.pass(3_601);
    let asking = tokio::spawn({
        let gateway = world.gateway.clone();
        async move { gateway.tick().await }
    });
    tokio::task::yield_now().await;
    assert!(matches!(rule(&world, order, 12_346), Ok(Heard::Borne)));
    world.gate.notify_one();
    asking.await.unwrap();
    assert_eq!(listed(&world), [""; 0]);
}

#[tokio::test]
async fn rule_12_what_was_paid_from_suspense_and_is_given_back_is_for_no_person_any_more() {
    let mut world = World::new("again-suspense");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let (snapshot, books) = (world.gateway.ledger().snapshot().unwrap(), world.billers.snapshot().unwrap());
    let mut people = sandbox_gateway::seeds::customers();
    let new = Method { id: "m_new".into(), last4: "7777".into(), ..people[0].methods[0].clone() };
    people[0].methods.push(new);
    world.gateway.enrol(&people).unwrap();
    let ask = json!({
        "account": account, "bill_number": "P1", "bill_version": 1,
        "amount": {"minor": 12_345, "currency": "CNY"}, "method": "m_new"
    });
    let quote = phone.post(&world, "/v1/quotes", &ask).await;
    let order = phone.order(&world, &quote.body);
    let order = phone.envelope(&order);
    let receipt = phone.pay(&world, &order).await.text("outcome");
    world.restore(&snapshot);
    phone.post(&world, "/v1/evidence", &json!({"orders": [order], "outcomes": [receipt]})).await;
    assert_eq!(listed(&world), ["method-unknown"]);
    // The biller was restored as well, and asks another amount by now.
    world.billers.restore(&books).unwrap();
    world.billers.revise_bill("power-sh", "P1", 13_000).unwrap();
    next_day(&world);
    run(&world, "power-sh", true).await;
    a_day(&world).await;
    a_day(&world).await;
    let books = world.gateway.books().unwrap();
    assert!(books.outcomes.iter().any(|outcome| outcome.kind == "repayment"));
    assert_eq!(books.balance("suspense"), 0);
    agreed(&world, 0, 0);
}
