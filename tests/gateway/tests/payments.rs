//! Paying, end to end inside the bank: from the signed order to its signed end.

mod world;

use std::task::{Context, Waker};

use sandbox_gateway::faults::Action;
use serde_json::json;
use world::{GAS, MOBILE, NEVER_MS, POWER, Phone, WATER, World, payload};

const WANG: &str = "+8613800000001";
const LI: &str = "+8613800000002";

#[tokio::test]
async fn a_payment_settles_with_a_receipt_and_the_money_is_where_it_belongs() {
    let world = World::new("pay-settles");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let paid = phone.pay(&world, &order).await;
    assert_eq!(paid.status, 200, "{paid:?}");
    let receipt = payload(&paid.text("outcome"));
    assert_eq!(receipt["payment_id"], order["order"]["payment_id"]);
    assert_eq!(receipt["receipt"]["total"]["minor"], 12_345);
    assert_eq!((&receipt["sequence"], &receipt["previous"]), (&json!(1), &json!(null)));
    // The same request again, and confirm, give the very same document.
    assert_eq!(phone.pay(&world, &order).await.text("outcome"), paid.text("outcome"));
    assert_eq!(phone.confirm(&world, &order).await.text("outcome"), paid.text("outcome"));
    let books = world.gateway.books().unwrap();
    assert_eq!(books.balance("biller:power-sh"), 12_345);
    world.audit();
}

#[tokio::test]
async fn row_69_an_order_of_another_suite_is_refused_and_leaves_nothing_behind() {
    let world = World::new("pay-suite");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let good = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    for suite in ["SM2-SM3", "es256", "none", ""] {
        let mut order = good["order"].clone();
        order["suite"] = json!(suite);
        // Rightly signed, by the right key: it is the name alone that is not known.
        let envelope = phone.envelope(&order);
        for refused in [phone.pay(&world, &envelope).await, phone.reverse(&world, &envelope).await] {
            assert!((400..500).contains(&refused.status), "{suite:?}: {refused:?}");
        }
        assert_eq!(phone.confirm(&world, &envelope).await.problem(), "payment-unknown", "{suite:?}");
    }
    assert_eq!(world.gateway.books().unwrap().balance("biller:power-sh"), 0);
    // One under the name that is known.
    let good = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    assert_eq!(phone.pay(&world, &good).await.status, 200);
    world.audit();
}

#[tokio::test]
async fn row_27_a_lost_answer_is_found_by_the_worker_and_charged_once() {
    let world = World::new("pay-lost");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    assert_eq!(phone.confirm(&world, &order).await.status, 202);
    world.pass(2);
    assert_eq!(world.gateway.tick().await, 1);
    let ended = phone.confirm(&world, &order).await;
    assert_eq!(ended.status, 200);
    assert!(payload(&ended.text("outcome"))["receipt"].is_object());
    world.audit();
}

#[tokio::test]
async fn rule_6_a_biller_s_refusal_is_fenced_and_ends_as_reversed_with_the_money_back() {
    let world = World::new("pay-fenced");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.billers.set_closed("power-sh", true, None).unwrap();
    let ended = phone.pay(&world, &order).await;
    assert_eq!(ended.status, 200, "{ended:?}");
    let reversal = payload(&ended.text("outcome"));
    assert_eq!(reversal["reversal"]["reason"], "biller-closed");
    assert_eq!(reversal["reversal"]["returned"]["minor"], 12_345);
    let feed = phone.get(&world, "/v1/sync").await;
    assert_eq!(feed.body["orders"][0]["state"], "reversed");
    world.audit();
}

#[tokio::test]
async fn rule_4_without_tombstones_only_silence_ends_a_reversal() {
    let world = World::new("pay-tombstone");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let order = phone.order_for(&world, &account, "G1", 1, 4_200).await;
    // The charge is on its way for four minutes; meanwhile the bank gives up on it.
    world.fault("charge", None, Action::LoseRequest);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    world.pass(301);
    assert_eq!(phone.reverse(&world, &order).await.status, 202, "nothing was left to hold a late charge off");
    world.gateway.tick().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 202);
    world.settle_down().await;
    let ended = phone.confirm(&world, &order).await;
    assert_eq!(payload(&ended.text("outcome"))["reversal"]["returned"]["minor"], 4_200);
    world.audit();
}

#[tokio::test]
async fn rule_5_a_charge_that_is_found_on_reversal_is_adopted() {
    let world = World::new("pay-adopted");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    assert_eq!(phone.reverse(&world, &order).await.status, 202, "not before valid_until");
    world.pass(301);
    let ended = phone.reverse(&world, &order).await;
    assert!(payload(&ended.text("outcome"))["receipt"].is_object(), "{ended:?}");
    world.audit();
}

#[tokio::test]
async fn row_30_an_order_that_never_arrived_is_reversed_and_its_late_copy_refused() {
    let world = World::new("pay-unseen");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let unknown = phone.confirm(&world, &order).await;
    assert_eq!((unknown.status, unknown.problem()), (404, "payment-unknown"));
    world.pass(301);
    let late = phone.pay(&world, &order).await;
    assert_eq!((late.status, late.problem()), (404, "order-expired"));
    let ended = phone.reverse(&world, &order).await;
    assert_eq!(payload(&ended.text("outcome"))["reversal"]["returned"]["minor"], 0);
    assert_eq!(phone.pay(&world, &order).await.text("outcome"), ended.text("outcome"));
    for _ in 0..10 {
        assert_eq!(phone.reverse(&world, &order).await.text("outcome"), ended.text("outcome"));
    }
    world.audit();
}

#[tokio::test]
async fn row_22_a_bill_is_paid_once_and_the_loser_hears_what_is_true() {
    let world = World::new("pay-once");
    let (mut wang, mut li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
    let (a, b) = (wang.bind(&world, "power-sh", POWER).await, li.bind(&world, "power-sh", POWER).await);
    let first = wang.order_for(&world, &a, "P1", 1, 12_345).await;
    let second = li.order_for(&world, &b, "P1", 1, 12_345).await;
    let third = li.order_for(&world, &b, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(wang.pay(&world, &first).await.status, 202);
    let refused = payload(&li.pay(&world, &second).await.text("outcome"));
    assert_eq!(refused["refusal"]["reason"], "payment-in-progress-elsewhere");
    let quote = li.quote(&world, &b, "P1", 1, 12_345).await;
    assert_eq!(quote.problem(), "already-settled", "the biller says so already");
    world.settle_down().await;
    world.faults.clear();
    let refused = li.pay(&world, &third).await;
    assert_eq!(refused.problem(), "order-expired");
    let quote = li.quote(&world, &b, "P1", 2, 12_345).await;
    assert_eq!(quote.problem(), "already-settled");
    assert_eq!(quote.body["settled_by"], first["order"]["payment_id"]);
    world.audit();
}

#[tokio::test]
async fn row_22_after_the_end_a_second_order_is_refused_as_settled_or_stale_whichever_is_true() {
    let world = World::new("pay-second");
    let mut phone = Phone::active(&world, WANG).await;
    let power = phone.bind(&world, "power-sh", POWER).await;
    let water = phone.bind(&world, "water-sh", WATER).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    for (account, bill, minor, reason) in [
        (&power, "P1", 12_345, "already-settled"),
        (&water, "W1", 4_000, "stale-version"),
        (&mobile, "M1", 5_000, "stale-version"),
    ] {
        let one = phone.order_for(&world, account, bill, 1, minor).await;
        let two = phone.order_for(&world, account, bill, 1, minor).await;
        assert!(payload(&phone.pay(&world, &one).await.text("outcome"))["receipt"].is_object());
        let refused = payload(&phone.pay(&world, &two).await.text("outcome"));
        assert_eq!(refused["refusal"]["reason"], reason, "{bill}");
        if reason == "already-settled" {
            assert_eq!(refused["refusal"]["settled_by"], one["order"]["payment_id"]);
        }
    }
    // The rest of the bill, at its new version; the fee of a top-up goes to the bank.
    let rest = phone.order_for(&world, &water, "W1", 2, 6_000).await;
    assert!(payload(&phone.pay(&world, &rest).await.text("outcome"))["receipt"].is_object());
    assert_eq!(world.gateway.books().unwrap().balance("fees"), 50);
    world.audit();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn row_22_two_devices_race_a_thousand_times_and_each_time_one_charge_stands() {
    // An account whose version rises with each charge: a race for each version.
    const RACES: i64 = 100;
    let (mut wang_won, mut reasons) = (0, std::collections::BTreeSet::new());
    for town in 0..10 {
        let world = World::new(&format!("pay-race-{town}"));
        let (mut wang, mut li) = (Phone::active(&world, WANG).await, Phone::active(&world, LI).await);
        let (a, b) = (wang.bind(&world, "mobile-cn", MOBILE).await, li.bind(&world, "mobile-cn", MOBILE).await);
        for version in 1..=RACES {
            let one = wang.order_for(&world, &a, "M1", version, 1_000).await;
            let two = li.order_for(&world, &b, "M1", version, 1_000).await;
            let racing = [(&wang, &one), (&li, &two)].map(|(phone, order)| {
                let id = order["order"]["payment_id"].as_str().unwrap();
                let request = phone.request(&world, "POST", "/v1/payments", Some(order), Some(id));
                let gateway = world.gateway.clone();
                tokio::spawn(async move { gateway.handle(request).await })
            });
            let mut settled = Vec::new();
            for (nth, answer) in racing.into_iter().enumerate() {
                let answer = answer.await.unwrap();
                assert_eq!(answer.status, 200, "{answer:?}");
                let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                let said = payload(body["outcome"].as_str().unwrap());
                match said["refusal"]["reason"].as_str() {
                    Some(reason) => drop(reasons.insert(reason.to_owned())),
                    None => settled.push(nth),
                }
            }
            assert_eq!(settled.len(), 1, "version {version}: {settled:?}");
            wang_won += usize::from(settled == [0]);
            world.pass(60);
        }
        assert_eq!(world.billers.charges().unwrap().len(), usize::try_from(RACES).unwrap());
        world.audit();
    }
    assert!((1..1_000).contains(&wang_won), "there was a race: {wang_won} of 1000");
    assert!(
        reasons.iter().all(|it| ["payment-in-progress-elsewhere", "stale-version"].contains(&it.as_str())),
        "{reasons:?}"
    );
}

#[tokio::test]
async fn reversals_are_limited_by_customer_and_confirm_never_is() {
    let world = World::new("pay-limited");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    for _ in 0..120 {
        assert_eq!(phone.reverse(&world, &order).await.status, 202);
    }
    let over = phone.reverse(&world, &order).await;
    assert_eq!((over.status, over.problem()), (429, "rate-limited"));
    assert_eq!(over.body["retry_at"], json!("2026-11-22T04:01:00Z"));
    assert_eq!(phone.confirm(&world, &order).await.problem(), "payment-unknown");
    world.pass(60);
    assert_eq!(phone.reverse(&world, &order).await.status, 202);
}

#[tokio::test]
async fn row_24_a_change_in_any_field_of_the_order_is_refused_or_a_problem() {
    let world = World::new("pay-link");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "water-sh", WATER).await;
    let quote = phone.quote(&world, &account, "W1", 1, 4_000).await.body;
    for (field, other, reason) in [
        ("payee", json!("别人"), "link-mismatch"),
        ("biller", json!("power-sh"), "link-mismatch"),
        ("customer_number", json!("2100200026"), "link-mismatch"),
        ("bill_number", json!("W2"), "link-mismatch"),
        ("bill_version", json!(2), "link-mismatch"),
        ("method", json!("m_C1001_card"), "link-mismatch"),
        ("valid_until", json!("2026-11-23T04:05:00Z"), "link-mismatch"),
        ("quote", json!("q_other"), "quote-unknown"),
        ("echo_digest", json!("A".repeat(43)), "echo-not-acknowledged"),
    ] {
        let mut order = phone.order(&world, &quote);
        order[field] = other;
        let answer = phone.pay(&world, &phone.envelope(&order)).await;
        assert_eq!(payload(&answer.text("outcome"))["refusal"]["reason"], reason, "{field}");
    }
    let mut order = phone.order(&world, &quote);
    order["amount"]["minor"] = json!(3_999);
    order["total"]["minor"] = json!(3_999);
    let answer = phone.pay(&world, &phone.envelope(&order)).await;
    assert_eq!(payload(&answer.text("outcome"))["refusal"]["reason"], "link-mismatch");
    // Changed after it was signed.
    let order = phone.order(&world, &quote);
    let mut envelope = phone.envelope(&order);
    envelope["order"]["amount"]["minor"] = json!(1);
    envelope["order"]["total"]["minor"] = json!(1);
    assert_eq!(phone.pay(&world, &envelope).await.problem(), "order-signature-invalid");
    let order = phone.order(&world, &quote);
    let mut envelope = phone.envelope(&order);
    envelope["order"]["tip"] = json!(1);
    assert_eq!(phone.pay(&world, &envelope).await.problem(), "order-malformed");
    world.audit();
}

#[tokio::test]
async fn rule_1_a_refusal_is_recorded_and_stays_one_when_funds_arrive() {
    let world = World::new("pay-poor");
    let mut phone = Phone::active(&world, "+8613800000003").await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    assert_eq!(phone.quote(&world, &account, "P2", 1, 700).await.problem(), "insufficient-funds");
    // Rich when it was quoted, poor when it was signed.
    let mut people = sandbox_gateway::seeds::customers();
    people[2].methods[0].balance = 100_000;
    world.gateway.enrol(&people).unwrap();
    let order = phone.order_for(&world, &account, "P2", 1, 700).await;
    people[2].methods[0].balance = 1;
    world.gateway.enrol(&people).unwrap();
    let refused = phone.pay(&world, &order).await;
    assert_eq!(payload(&refused.text("outcome"))["refusal"]["reason"], "insufficient-funds");
    people[2].methods[0].balance = 100_000;
    world.gateway.enrol(&people).unwrap();
    assert_eq!(phone.pay(&world, &order).await.text("outcome"), refused.text("outcome"));
    world.audit();
}

#[tokio::test]
async fn row_25_permission_and_limits_are_said_before_signing() {
    let world = World::new("pay-limits");
    let phone = Phone::active(&world, "+8613800000004").await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    assert_eq!(phone.quote(&world, &account, "P2", 1, 700).await.problem(), "payment-not-enabled");
    let mut phone = Phone::active(&world, "+8613800000005").await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let over = phone.quote(&world, &account, "P1", 1, 12_345).await;
    assert_eq!((over.problem(), &over.body["limit"]["minor"]), ("limit-exceeded", &json!(10_000)));
    let water = phone.bind(&world, "water-sh", WATER).await;
    let order = phone.order_for(&world, &water, "W1", 1, 9_900).await;
    assert_eq!(phone.pay(&world, &order).await.status, 200);
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let over = phone.quote(&world, &mobile, "M1", 1, 9_000).await;
    assert_eq!((over.problem(), &over.body["limit"]["minor"]), ("limit-exceeded", &json!(15_000)));
    // The bank's day ends at 16:00 UTC.
    world.pass(12 * 3600);
    assert_eq!(phone.quote(&world, &mobile, "M1", 1, 9_000).await.status, 200);
}

#[tokio::test]
async fn row_21_an_idempotency_key_belongs_to_one_request() {
    let world = World::new("pay-keys");
    let mut phone = Phone::active(&world, WANG).await;
    let water = phone.bind(&world, "water-sh", WATER).await;
    let power = phone.bind(&world, "power-sh", POWER).await;
    let ask = |account: &str, bill: &str, minor: i64| {
        json!({"account": account, "bill_number": bill, "bill_version": 1,
               "amount": {"minor": minor, "currency": "CNY"}, "method": phone.method()})
    };
    let send = async |body: &serde_json::Value, key: Option<&str>| {
        world.send(phone.request(&world, "POST", "/v1/quotes", Some(body), key)).await
    };
    let first = send(&ask(&water, "W1", 4_000), Some("key-00000001")).await;
    assert_eq!(first.status, 200);
    assert_eq!(send(&ask(&water, "W1", 4_000), Some("key-00000001")).await.body, first.body, "the first answer again");
    // FINERACT-2485: another amount, another account, one that failed and was corrected, 1,000 characters.
    for other in [ask(&water, "W1", 4_001), ask(&power, "P1", 12_345)] {
        let refused = send(&other, Some("key-00000001")).await;
        assert_eq!((refused.status, refused.problem()), (422, "idempotency-key-reused"));
    }
    assert_eq!(send(&ask(&water, "W1", 99), Some("key-00000002")).await.problem(), "amount-below-minimum");
    assert_eq!(send(&ask(&water, "W1", 4_000), Some("key-00000002")).await.problem(), "idempotency-key-reused");
    assert_eq!(send(&ask(&water, "W1", 4_000), Some("key-00000003")).await.status, 200);
    assert_eq!(send(&ask(&water, "W1", 4_000), Some(&"k".repeat(1000))).await.problem(), "bad-request");
    let missing = send(&ask(&water, "W1", 4_000), None).await;
    assert_eq!((missing.status, missing.problem()), (400, "idempotency-key-missing"));
    let order = phone.order_for(&world, &water, "W1", 1, 4_000).await;
    let request = phone.request(&world, "POST", "/v1/payments", Some(&order), Some("key-00000004"));
    assert_eq!(world.send(request).await.problem(), "bad-request", "a payment's key is its id");
}

#[tokio::test]
async fn row_21_a_key_in_use_is_in_progress_and_free_again_when_its_request_is_dropped() {
    let world = World::new("pay-busy");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let slow = world.gateway.clone();
    let id = order["order"]["payment_id"].as_str().unwrap();
    let request = phone.request(&world, "POST", "/v1/payments", Some(&order), Some(id));
    world.fault("charge", Some(1), Action::DelayMs(NEVER_MS));
    let mut running = Box::pin(slow.handle(request));
    // One step: the charge is on its way, and nothing has come back.
    let polled = running.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(phone.pay(&world, &order).await.problem(), "idempotency-key-in-progress");
    drop(running);
    world.faults.clear();
    world.settle_down().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 200);
    world.audit();
}

#[tokio::test]
async fn a_journal_sequence_used_twice_is_a_recorded_refusal_and_the_feed_tells_the_highest() {
    let world = World::new("pay-journal");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let one = phone.order_for(&world, &account, "P2", 1, 700).await;
    assert_eq!(phone.pay(&world, &one).await.status, 200);
    assert_eq!(phone.get(&world, "/v1/sync").await.body["journal"]["highest_sequence"], 1);
    phone.sequence = 0;
    let two = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    let refused = payload(&phone.pay(&world, &two).await.text("outcome"));
    assert_eq!(refused["refusal"]["reason"], "journal-rolled-back");
    assert_eq!((&refused["sequence"], refused["previous"].is_string()), (&json!(2), true));
}

#[tokio::test]
async fn row_6_a_revoked_device_ends_its_orders_and_does_nothing_else() {
    let world = World::new("pay-revoked");
    let mut old = Phone::active(&world, WANG).await;
    let account = old.bind(&world, "power-sh", POWER).await;
    let seen = old.order_for(&world, &account, "P1", 1, 12_345).await;
    let unseen = old.order_for(&world, &account, "P2", 1, 700).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(old.pay(&world, &seen).await.status, 202);
    let mut new = Phone::active(&world, WANG).await;
    assert_eq!(old.get(&world, "/v1/sync").await.problem(), "device-revoked");
    assert_eq!(old.pay(&world, &unseen).await.status, 202, "neither refused nor charged");
    let feed = new.get(&world, "/v1/sync").await;
    assert_eq!(feed.body["orders"][0]["device"], json!(old.device));
    let envelope = &feed.body["orders"][0]["envelope"];
    world.pass(301);
    assert_eq!(new.reverse(&world, envelope).await.status, 200, "any device of the customer may end it");
    let ended = old.reverse(&world, &unseen).await;
    assert!(payload(&ended.text("outcome"))["reversal"].is_object());
    assert_eq!(old.confirm(&world, &seen).await.status, 200);
    // Its own, and none of a device in use.
    let earlier = new.order_for(&world, &account, "P2", 1, 700).await;
    let theirs = new.order_for(&world, &account, "P2", 1, 700).await;
    assert_eq!(new.pay(&world, &theirs).await.status, 200);
    assert_eq!(old.confirm(&world, &theirs).await.problem(), "device-revoked");
    assert_eq!(old.reverse(&world, &theirs).await.problem(), "device-revoked");
    // Activated again and revoked again, a phone still ends what it signed under its earlier id.
    let newest = Phone::active(&world, WANG).await;
    world.pass(301);
    assert!(payload(&old.reverse(&world, &earlier).await.text("outcome"))["reversal"].is_object());
    assert_eq!(old.confirm(&world, &earlier).await.status, 200);
    drop(newest);
    let stranger = Phone::active(&world, LI).await;
    assert_eq!(stranger.confirm(&world, &seen).await.problem(), "payment-unknown");
    assert_eq!(stranger.reverse(&world, &seen).await.problem(), "order-signature-invalid");
    world.audit();
}

#[tokio::test]
async fn row_49_an_odd_reference_of_the_biller_is_not_signed_as_it_came_and_costs_no_settlement() {
    for (nth, (odd, signed)) in [
        // Marks of direction, a zero width, a control that XML lets through, more than there may be, none at all.
        ("'B' || char(8238) || '1'", "B\u{FFFD}1".to_owned()),
        ("'B1' || char(8203)", "B1\u{FFFD}".to_owned()),
        ("'B' || char(133) || '1'", "B\u{FFFD}1".to_owned()),
        ("printf('%.100c', 'B')", "B".repeat(64)),
        ("''", "\u{FFFD}".to_owned()),
    ]
    .into_iter()
    .enumerate()
    {
        let world = World::new(&format!("pay-odd-reference-{nth}"));
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "power-sh", POWER).await;
        let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
        // What the biller has booked; the answer to the charge is lost, and the bank asks.
        world.in_books(&format!(
            "CREATE TRIGGER odd AFTER INSERT ON charge BEGIN UPDATE charge SET reference = {odd} WHERE number = new.number; END"
        ));
        world.fault("charge", Some(1), Action::LoseAnswer);
        assert_eq!(phone.pay(&world, &order).await.status, 202, "{odd}");
        world.settle_down().await;
        let ended = phone.confirm(&world, &order).await;
        assert_eq!(ended.status, 200, "{odd}: {ended:?}");
        let receipt = payload(&ended.text("outcome"));
        assert_eq!(receipt["receipt"]["biller_reference"], signed, "{odd}");
        assert_eq!(world.gateway.books().unwrap().balance("biller:power-sh"), 12_345, "{odd}");
        world.audit();
    }
}
