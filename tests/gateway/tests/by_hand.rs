//! Rule 12: what no rule ends, two persons at the bank end, with a signed outcome of reason `by-hand`;
//! the bank bears the difference.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story stops where it breaks")]

mod world;

use sandbox_gateway::{
    faults::Action,
    ledger::customers::Method,
    payments::{
        by_hand::{Heard, NotHeard, Word},
        transition::{Ruling, State},
    },
};
use serde_json::{Value, json};
use world::{
    GAS, POWER, Phone, World, payload,
    reconcile::{WANG, WINDOW, found, next_day, one, only_order, ours, paid, run, theirs},
};

use sandbox_gateway::leg::differences::Difference;

fn id(envelope: &Value) -> &str {
    envelope["order"]["payment_id"].as_str().unwrap()
}

fn word(order: &Value, ruling: Ruling, person: &str) -> Word {
    Word { payment_id: id(order).to_owned(), ruling, biller_minor: None, person: person.to_owned() }
}

fn says(world: &World, order: &Value, ruling: Ruling, person: &str) -> Result<Heard, NotHeard> {
    world.gateway.rule(&word(order, ruling, person))
}

fn listed(world: &World) -> Vec<String> {
    world.gateway.for_a_person().unwrap().into_iter().map(|line| line.reason).collect()
}

/// An order that the gas works may or may not have charged, known to a bank that was restored since; and
/// its messages are dead.
async fn claimed_before_a_restore(name: &'static str, lost: Action) -> (World, Phone, Value) {
    let mut world = World::new(name);
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
    world.fault("charge", None, lost);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.faults.clear();
    let claimed = world.gateway.ledger().snapshot().unwrap();
    world.restore(&claimed);
    world.pass(WINDOW);
    world.gateway.tick().await;
    assert_eq!(listed(&world), ["no-tombstone-after-restore"]);
    (world, phone, order)
}

#[tokio::test]
async fn rule_12_two_persons_who_say_the_same_end_an_order_and_one_alone_does_not() {
    let (world, phone, order) = claimed_before_a_restore("hand-two", Action::LoseRequest).await;
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Zhao"), Ok(Heard::First)));
    // The same one again, with blanks around or without.
    assert!(matches!(says(&world, &order, Ruling::NotCharged, " Zhao "), Err(NotHeard::SamePerson)));
    // Another one who says otherwise is the first to say that.
    assert!(matches!(says(&world, &order, Ruling::Charged, "Qian"), Ok(Heard::First)));
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Zhao"), Ok(Heard::First)));
    assert_eq!(phone.confirm(&world, &order).await.status, 202, "nothing has happened so far");
    assert_eq!(only_order(&world).held, 4_200);
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Qian"), Ok(Heard::Ended(State::Reversed))));

    let outcome = payload(&phone.confirm(&world, &order).await.text("outcome"));
    assert_eq!(outcome["reversal"]["reason"], "by-hand");
    assert_eq!(outcome["reversal"]["returned"]["minor"], 4_200);
    assert_eq!(listed(&world), [""; 0]);
    // Who said what stays, in order; only the last word had the effect.
    let said = world.gateway.rulings().unwrap();
    let said: Vec<_> = said.iter().map(|word| (word.person.as_str(), word.ruling, word.effect)).collect();
    let (yes, no) = (Ruling::Charged, Ruling::NotCharged);
    assert_eq!(said, [("Zhao", no, false), ("Qian", yes, false), ("Zhao", no, false), ("Qian", no, true)]);
    // It has ended: no third person changes it.
    assert!(matches!(says(&world, &order, Ruling::Charged, "Sun"), Err(NotHeard::NotListed)));
    world.settle_down().await;
    world.audit();
}

#[tokio::test]
async fn rule_12_a_charge_that_the_biller_has_ends_as_settled_with_a_receipt_that_says_by_hand() {
    let (world, phone, order) = claimed_before_a_restore("hand-charged", Action::LoseAnswer).await;
    says(&world, &order, Ruling::Charged, "Zhao").unwrap();
    assert!(matches!(says(&world, &order, Ruling::Charged, "Qian"), Ok(Heard::Ended(State::Settled))));
    let outcome = payload(&phone.confirm(&world, &order).await.text("outcome"));
    assert_eq!(outcome["receipt"]["reason"], "by-hand");
    assert_eq!(outcome["receipt"]["total"]["minor"], 4_200);
    assert_eq!(world.gateway.books().unwrap().balance("bank"), 0, "nobody bears anything");
    world.audit();
    // Biller and bank agree on the day, too.
    next_day(&world);
    run(&world, "gas-sh", true).await;
    assert_eq!((theirs(&world, "gas-sh"), ours(&world)), (vec![], vec![]));
}

#[tokio::test]
async fn rule_12_an_order_that_only_its_phone_knows_of_is_ended_from_its_signed_bytes() {
    for ruling in [Ruling::Charged, Ruling::NotCharged] {
        let charged = ruling == Ruling::Charged;
        let mut world = World::new(if charged { "hand-lost-charged" } else { "hand-lost" });
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "gas-sh", GAS).await;
        let before = world.gateway.ledger().snapshot().unwrap();
        let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
        world.fault("charge", None, if charged { Action::LoseAnswer } else { Action::LoseRequest });
        assert_eq!(phone.pay(&world, &order).await.status, 202);
        world.faults.clear();
        world.restore(&before);
        phone.post(&world, "/v1/evidence", &json!({"orders": [order], "outcomes": []})).await;
        assert_eq!(phone.reverse(&world, &order).await.status, 202);
        assert_eq!(listed(&world), ["no-tombstone-after-restore"]);
        // Messages of before the restore may still reach the gas works: nobody can know yet.
        says(&world, &order, ruling, "Zhao").unwrap();
        assert!(matches!(says(&world, &order, ruling, "Qian"), Err(NotHeard::TooEarly)));
        assert!(!world.gateway.rulings().unwrap().iter().any(|word| word.effect));
        world.pass(WINDOW);
        let state = if charged { State::Settled } else { State::Reversed };
        assert!(matches!(says(&world, &order, ruling, "Qian"), Ok(Heard::Ended(ended)) if ended == state));
        let outcome = payload(&phone.confirm(&world, &order).await.text("outcome"));
        assert_eq!(outcome[if charged { "receipt" } else { "reversal" }]["reason"], "by-hand");
        assert_eq!(outcome["order_digest"], only_order(&world).digest.as_str());
        world.settle_down().await;
        world.audit();
    }
}

#[tokio::test]
async fn rule_12_the_bank_bears_what_the_biller_has_beyond_what_was_signed() {
    let world = World::new("hand-amount");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world::by_hand("hand-amount-billers", "UPDATE charge SET amount = 12346; UPDATE entry SET amount = 12346");
    world.pass(2);
    world.gateway.tick().await;
    assert_eq!(listed(&world), ["other-amount"]);
    // Both have to name the same sum.
    let sum = |minor, person: &str| Word { biller_minor: minor, ..word(&order, Ruling::Charged, person) };
    for (minor, person) in [(None, "Zhao"), (Some(12_346), "Qian"), (Some(12_347), "Sun"), (Some(12_346), "Zhao")] {
        assert!(matches!(world.gateway.rule(&sum(minor, person)), Ok(Heard::First)), "{minor:?}");
    }
    assert!(matches!(world.gateway.rule(&sum(Some(12_346), "Li")), Ok(Heard::Ended(State::Settled))));
    let receipt = payload(&phone.confirm(&world, &order).await.text("outcome"));
    assert_eq!(receipt["receipt"]["amount"]["minor"], 12_345, "the customer pays what was signed");
    let books = world.gateway.books().unwrap();
    assert_eq!((books.balance("bank"), books.balance("biller:power-sh")), (-1, 12_346));
    assert_eq!(books.balance(&format!("customer:{}", books.orders[0].method)), -12_345);
    world.audit_held();
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), [].into());
    world.settle_down().await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world), listed(&world)), (vec![], vec![], vec![]));
}

#[tokio::test]
async fn rule_12_a_sum_that_the_statement_brought_up_after_the_receipt_is_borne_once() {
    for biller_minor in [12_346, 12_000] {
        let name = if biller_minor > 12_345 { "hand-more" } else { "hand-less" };
        let world = World::new(name);
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "power-sh", POWER).await;
        let (order, receipt) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
        next_day(&world);
        let sql = format!("UPDATE charge SET amount = {biller_minor}; UPDATE entry SET amount = {biller_minor}");
        world::by_hand(&format!("{name}-billers"), &sql);
        assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::WrongAmount));
        world.settle_down().await;
        assert_eq!(listed(&world), ["other-amount"]);
        // A settled order is never undone.
        says(&world, &order, Ruling::NotCharged, "Zhao").unwrap();
        assert!(matches!(says(&world, &order, Ruling::NotCharged, "Qian"), Err(NotHeard::Settled)));
        let sum = |person| Word { biller_minor: Some(biller_minor), ..word(&order, Ruling::Charged, person) };
        assert!(matches!(world.gateway.rule(&sum("Zhao")), Ok(Heard::First)));
        assert!(matches!(world.gateway.rule(&sum("Qian")), Ok(Heard::Borne)));
        assert_eq!(phone.confirm(&world, &order).await.text("outcome"), receipt, "the receipt stays as it is");
        assert_eq!(world.gateway.books().unwrap().balance("bank"), 12_345 - biller_minor);
        world.pass(world::reconcile::DAY);
        world.settle_down().await;
        run(&world, "power-sh", true).await;
        world.settle_down().await;
        assert_eq!((theirs(&world, "power-sh"), ours(&world), listed(&world)), (vec![], vec![], vec![]));
        let books = world.gateway.books().unwrap();
        assert_eq!((books.balance("bank"), books.balance("biller:power-sh")), (12_345 - biller_minor, biller_minor));
    }
}

#[tokio::test]
async fn rule_12_a_ruling_that_was_mistaken_is_put_right_by_the_statement() {
    // Two persons believe that the gas works has no charge, and it has.
    let (world, phone, order) = claimed_before_a_restore("hand-mistaken", Action::LoseAnswer).await;
    says(&world, &order, Ruling::NotCharged, "Zhao").unwrap();
    says(&world, &order, Ruling::NotCharged, "Qian").unwrap();
    let outcome = phone.confirm(&world, &order).await.text("outcome");
    next_day(&world);
    assert_eq!(found(&run(&world, "gas-sh", true).await), one(Difference::UndoneThere));
    world.settle_down().await;
    run(&world, "gas-sh", true).await;
    assert_eq!((theirs(&world, "gas-sh"), ours(&world)), (vec![], vec![]));
    assert_eq!(phone.confirm(&world, &order).await.text("outcome"), outcome);
    world.audit();
}

#[tokio::test]
async fn rule_12_nobody_says_not_charged_while_a_charge_may_still_land() {
    let world = World::new("hand-early");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world::by_hand("hand-early-billers", "UPDATE charge SET amount = 12346");
    world.pass(2);
    world.gateway.tick().await;
    says(&world, &order, Ruling::NotCharged, "Zhao").unwrap();
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Qian"), Err(NotHeard::TooEarly)));
    world.pass(301);
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Qian"), Err(NotHeard::TooEarly)));
    world.pass(WINDOW);
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Qian"), Ok(Heard::Ended(State::Reversed))));
    let (books, order) = (world.gateway.books().unwrap(), only_order(&world));
    assert_eq!((books.balance(&format!("customer:{}", order.method)), order.held), (0, 0), "all of it is back");
}

#[tokio::test]
async fn rule_12_money_of_a_method_that_is_gone_is_borne_by_the_bank() {
    let mut world = World::new("hand-method");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.gateway.ledger().snapshot().unwrap();
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
    phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": [receipt]})).await;
    assert_eq!(listed(&world), ["method-unknown"]);
    says(&world, &order, Ruling::Charged, "Zhao").unwrap();
    assert!(matches!(says(&world, &order, Ruling::Charged, "Qian"), Ok(Heard::Borne)));
    let books = world.gateway.books().unwrap();
    assert_eq!((books.balance("suspense"), books.balance("bank")), (0, -12_345));
    assert_eq!(listed(&world), [""; 0]);
    world.audit();
}

#[tokio::test]
async fn rule_12_what_is_no_person_no_sum_or_not_on_the_list_changes_nothing() {
    let (world, phone, order) = claimed_before_a_restore("hand-bad", Action::LoseRequest).await;
    let long = "x".repeat(61);
    for person in ["", "  ", "a\nb", "a\u{0}b", &long] {
        let heard = says(&world, &order, Ruling::NotCharged, person);
        assert!(matches!(heard, Err(NotHeard::Name)), "{person:?}");
    }
    for (ruling, minor) in [
        (Ruling::Charged, 0),
        (Ruling::Charged, -1),
        (Ruling::Charged, 1 << 53),
        (Ruling::Charged, i64::MIN),
        (Ruling::Charged, i64::MAX),
        (Ruling::NotCharged, 4_200),
    ] {
        let word = Word { biller_minor: Some(minor), ..word(&order, ruling, "Zhao") };
        assert!(matches!(world.gateway.rule(&word), Err(NotHeard::Amount)), "{minor}");
    }
    for other in ["", "019a9d3e-7c00-7000-8000-000000000001", "'; DROP TABLE orders; --"] {
        let word = Word { payment_id: other.to_owned(), ..word(&order, Ruling::NotCharged, "Zhao") };
        assert!(matches!(world.gateway.rule(&word), Err(NotHeard::NotListed)), "{other}");
    }
    assert_eq!(world.gateway.rulings().unwrap(), []);
    assert_eq!(phone.confirm(&world, &order).await.status, 202);
}

#[tokio::test]
async fn rule_12_an_order_of_nobody_waits_until_its_customer_is_enrolled() {
    let mut world = World::new("hand-nobody");
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    let person = sandbox_gateway::seeds::Enrolment::new(77, "吕*", 1_000_000, "enrolled after the backup");
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let mut phone = Phone::active(&world, &person.phone).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
    world.fault("charge", None, Action::LoseRequest);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.faults.clear();
    world.restore(&snapshot);
    world.pass(WINDOW);
    phone.show_credential = true;
    phone.post(&world, "/v1/evidence", &json!({"orders": [order], "outcomes": []})).await;
    assert_eq!(phone.reverse(&world, &order).await.status, 202);
    assert!(!listed(&world).is_empty());
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Zhao"), Err(NotHeard::CustomerUnknown)));
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    says(&world, &order, Ruling::NotCharged, "Zhao").unwrap();
    assert!(matches!(says(&world, &order, Ruling::NotCharged, "Qian"), Ok(Heard::Ended(State::Reversed))));
    assert_eq!(phone.confirm(&world, &order).await.status, 200);
    world.audit();
}
