//! Limits, the permission to pay and the second factor (row 25), at the bank.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod world;

use sandbox_gateway::{encoding::base64url, faults::Action, seeds};
use serde_json::{Value, json};
use world::{GATE_MS, MOBILE, Phone, World, payload};

const WANG: &str = "+8613800000001";
/// Needs a second factor from 200.00 on.
const YANG: &str = "+8613800000006";

fn cny(minor: i64) -> Value {
    json!({"minor": minor, "currency": "CNY"})
}

/// The digest of a value, as a factor is bound to it: serde_json's maps are sorted.
fn digest(value: &Value) -> String {
    base64url(&sandbox_gateway::encoding::sha256(value.to_string().as_bytes()))
}

/// Asks for a code; gives the factor that it makes.
async fn factor(world: &World, phone: &Phone, purpose: &str, digest: &str) -> String {
    let sent = phone.post(world, "/v1/step-ups", &json!({"purpose": purpose, "digest": digest})).await;
    assert_eq!(sent.status, 200, "{sent:?}");
    format!("{}.{}", sent.text("id"), code(world, phone))
}

fn code(world: &World, phone: &Phone) -> String {
    phone.code(world)
}

/// An order over the threshold, without its factor.
async fn large(world: &World, phone: &mut Phone, account: &str) -> Value {
    let quote = phone.quote(world, account, "M1", 1, 19_950).await;
    assert_eq!((quote.status, &quote.body["step_up"]), (200, &json!(true)), "{quote:?}");
    let order = phone.order(world, &quote.body);
    phone.envelope(&order)
}

fn with(envelope: &Value, factor: &str) -> Value {
    let mut envelope = envelope.clone();
    envelope["step_up"] = json!(factor);
    envelope
}

#[tokio::test]
async fn row_25_from_the_threshold_on_an_order_is_paid_with_its_own_code_only() {
    let world = World::new("limits-step-up");
    let mut phone = Phone::active(&world, YANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    // With the fee of 0.50 this is a cent below 200.00.
    let below = phone.quote(&world, &mobile, "M1", 1, 19_949).await;
    assert_eq!(below.body["step_up"], json!(false));
    let envelope = large(&world, &mut phone, &mobile).await;
    let factor = factor(&world, &phone, "payment", &digest(&envelope["order"])).await;
    let paid = phone.pay(&world, &with(&envelope, &factor)).await;
    assert!(payload(&paid.text("outcome"))["receipt"].is_object(), "{paid:?}");
    // In every repetition of it, too.
    assert_eq!(phone.pay(&world, &with(&envelope, &factor)).await.text("outcome"), paid.text("outcome"));
    world.audit();
}

#[tokio::test]
async fn row_25_without_its_code_an_order_is_refused_and_stays_so() {
    let world = World::new("limits-step-up-missing");
    let mut phone = Phone::active(&world, YANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let mut refused = 0;
    for kind in ["none", "wrong", "of another order", "for limits", "too late"] {
        let envelope = large(&world, &mut phone, &mobile).await;
        let own = digest(&envelope["order"]);
        let (sent, good) = match kind {
            "none" => (envelope.clone(), None),
            "wrong" => {
                let good = factor(&world, &phone, "payment", &own).await;
                let (id, code) = good.split_once('.').unwrap();
                let other = if code == "000000" { "000001" } else { "000000" };
                (with(&envelope, &format!("{id}.{other}")), Some(good))
            }
            "of another order" => {
                let other = factor(&world, &phone, "payment", &digest(&json!("another"))).await;
                (with(&envelope, &other), None)
            }
            "for limits" => (with(&envelope, &factor(&world, &phone, "limits", &own).await), None),
            _ => {
                let late = factor(&world, &phone, "payment", &own).await;
                // The code and the order end together; only a bank that is asked before it has ended
                // looks at the code at all.
                world.in_ledger("UPDATE step_up SET expires_at = 0");
                (with(&envelope, &late), None)
            }
        };
        let answer = phone.pay(&world, &sent).await;
        let said = payload(&answer.text("outcome"));
        assert_eq!(said["refusal"]["reason"], "step-up-missing", "{kind}");
        // Recorded: the right code does not change it any more (rule 1).
        if let Some(good) = good {
            let again = phone.confirm(&world, &with(&envelope, &good)).await;
            assert_eq!(again.text("outcome"), answer.text("outcome"));
        }
        refused += 1;
    }
    assert_eq!(world.gateway.books().unwrap().orders.len(), refused);
    assert_eq!(world.gateway.books().unwrap().balance("biller:mobile-cn"), 0);
    world.audit();
}

#[tokio::test]
async fn row_25_a_limit_is_lowered_at_once_and_raised_with_a_code_for_that_very_raise() {
    let world = World::new("limits-own");
    let phone = Phone::active(&world, WANG).await;
    let lower = phone.post(&world, "/v1/limits", &json!({"per_payment": cny(100_000)})).await;
    assert_eq!((lower.status, &lower.body["per_payment"]), (200, &cny(100_000)), "{lower:?}");
    assert_eq!(lower.body["per_day"], cny(2_000_000), "what is not named stays");
    let raise = json!({"per_day": cny(1_000_000), "per_payment": cny(100_001)});
    let bare = phone.post(&world, "/v1/limits", &raise).await;
    assert_eq!((bare.status, bare.problem()), (422, "code-wrong"));
    let good = factor(&world, &phone, "limits", &digest(&raise)).await;
    // For another raise than the one that was asked about it is worth nothing.
    let other = with(&json!({"per_day": cny(1_000_000), "per_payment": cny(900_000)}), &good);
    assert_eq!(phone.post(&world, "/v1/limits", &other).await.problem(), "code-wrong");
    assert_eq!(phone.get(&world, "/v1/sync").await.body["limits"]["per_payment"], cny(100_000));
    let raised = phone.post(&world, "/v1/limits", &with(&raise, &good)).await;
    assert_eq!((raised.status, &raised.body["per_payment"]), (200, &cny(100_001)), "{raised:?}");
    assert_eq!(phone.get(&world, "/v1/sync").await.body["limits"]["per_payment"], cny(100_001));
    // Once: after the person has lowered it again, the old code does not raise it.
    assert_eq!(phone.post(&world, "/v1/limits", &json!({"per_payment": cny(100_000)})).await.status, 200);
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &good)).await.problem(), "code-wrong");
}

#[tokio::test]
async fn row_25_a_raise_ends_at_the_ceiling_that_every_phone_is_told_and_0_lets_nothing_be_paid() {
    let world = World::new("limits-ceiling");
    let phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let told = phone.get(&world, "/v1/sync").await.body["limits"]["ceiling"].clone();
    for (limit, ceiling) in [("per_payment", 2_000_000), ("per_day", 5_000_000), ("step_up_from", 500_000)] {
        assert_eq!(told[limit], cny(ceiling));
        let above = json!({ limit: cny(ceiling + 1) });
        let good = factor(&world, &phone, "limits", &digest(&above)).await;
        let refused = phone.post(&world, "/v1/limits", &with(&above, &good)).await;
        assert_eq!((refused.status, refused.problem()), (422, "limit-above-ceiling"));
        assert_eq!(refused.body["limit"], cny(ceiling));
        let most = json!({ limit: cny(ceiling) });
        let good = factor(&world, &phone, "limits", &digest(&most)).await;
        let raised = phone.post(&world, "/v1/limits", &with(&most, &good)).await;
        assert_eq!((raised.status, &raised.body[limit]), (200, &cny(ceiling)));
    }
    // More than the ceiling was agreed at the counter: it stays, is lowered freely, and raised there only.
    let mut person = seeds::customers().remove(0);
    person.per_day = 9_000_000;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    assert_eq!(phone.post(&world, "/v1/limits", &json!({"per_day": cny(8_000_000)})).await.status, 200);
    let up = phone.post(&world, "/v1/limits", &json!({"per_day": cny(8_000_001)})).await;
    assert_eq!(up.problem(), "limit-above-ceiling");
    assert_eq!(phone.post(&world, "/v1/limits", &json!({"per_payment": cny(0)})).await.status, 200);
    let none = phone.quote(&world, &mobile, "M1", 1, 5_000).await;
    assert_eq!((none.problem(), &none.body["limit"]), ("limit-exceeded", &cny(0)));
}

#[tokio::test]
async fn row_25_a_restored_bank_knows_no_code_of_before_again() {
    let mut world = World::new("limits-restored");
    let phone = Phone::active(&world, WANG).await;
    let raise = json!({"per_payment": cny(600_000)});
    let good = factor(&world, &phone, "limits", &digest(&raise)).await;
    let page = phone.post(&world, "/v1/methods", &json!({"kind": "card"})).await.text("url");
    let snapshot = world.gateway.ledger().snapshot().unwrap();
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &good)).await.status, 200);
    assert_eq!(phone.post(&world, "/v1/limits", &json!({"per_payment": cny(500_000)})).await.status, 200);
    world.restore(&snapshot);
    world.pass(1);
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &good)).await.problem(), "code-wrong");
    let get = sandbox_gateway::api::http::Request { method: "GET".into(), url: page, ..Default::default() };
    assert_eq!(world.gateway.handle(get).await.status, 404);
}

#[tokio::test]
async fn row_25_raising_the_threshold_for_the_code_takes_a_code_too_and_five_wrong_ones_lock_it() {
    let world = World::new("limits-threshold");
    let phone = Phone::active(&world, YANG).await;
    let raise = json!({"step_up_from": cny(20_001)});
    let good = factor(&world, &phone, "limits", &digest(&raise)).await;
    let (id, code) = good.split_once('.').unwrap();
    let wrong = format!("{id}.{}", if code == "000000" { "000001" } else { "000000" });
    for _ in 0..5 {
        assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &wrong)).await.problem(), "code-wrong");
    }
    let locked = phone.post(&world, "/v1/limits", &with(&raise, &good)).await;
    assert_eq!((locked.status, locked.problem()), (423, "code-locked"));
    let soon = phone.post(&world, "/v1/step-ups", &json!({"purpose": "limits", "digest": digest(&raise)})).await;
    assert_eq!((soon.status, soon.problem()), (429, "resend-too-soon"));
    world.pass(60);
    let good = factor(&world, &phone, "limits", &digest(&raise)).await;
    world.pass(301);
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &good)).await.problem(), "code-expired");
    world.pass(60);
    let good = factor(&world, &phone, "limits", &digest(&raise)).await;
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &good)).await.status, 200);
}

#[tokio::test]
async fn row_25_codes_are_bounded_by_the_day_and_the_day_is_the_bank_s() {
    let world = World::new("limits-codes");
    let phone = Phone::active(&world, WANG).await;
    // The code of the activation was the first of today's ten.
    for nth in 0..9 {
        factor(&world, &phone, "payment", &digest(&json!(nth))).await;
    }
    let ask = json!({"purpose": "payment", "digest": digest(&json!("one more"))});
    let over = phone.post(&world, "/v1/step-ups", &ask).await;
    assert_eq!(
        (over.status, over.problem(), over.text("retry_at")),
        (429, "sms-daily-cap", "2026-11-22T16:00:00Z".into())
    );
    world.pass(12 * 3600);
    assert_eq!(phone.post(&world, "/v1/step-ups", &ask).await.status, 200);
    for (purpose, digest) in [("gift", digest(&json!(1))), ("payment", "short".to_owned())] {
        let ask = json!({"purpose": purpose, "digest": digest});
        // Not held against the contract: it is not of it.
        let bad = phone.request(&world, "POST", "/v1/step-ups", Some(&ask), Some(&format!("key-{purpose}")));
        assert_eq!(world.gateway.handle(bad).await.status, 400, "{purpose}");
    }
}

#[tokio::test]
async fn row_25_the_permission_goes_between_quote_and_payment_and_the_refusal_is_recorded() {
    let world = World::new("limits-permission");
    let mut phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let order = phone.order_for(&world, &mobile, "M1", 1, 5_000).await;
    let mut person = seeds::customers().remove(0);
    person.may_pay = false;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let none = phone.quote(&world, &mobile, "M1", 1, 5_000).await;
    assert_eq!((none.status, none.problem()), (403, "payment-not-enabled"));
    let refused = phone.pay(&world, &order).await;
    assert_eq!(payload(&refused.text("outcome"))["refusal"]["reason"], "payment-not-enabled");
    person.may_pay = true;
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    assert_eq!(phone.pay(&world, &order).await.text("outcome"), refused.text("outcome"));
    assert!(world.billers.charges().unwrap().is_empty());
}

#[tokio::test]
async fn row_13_all_customers_together_have_a_bound_at_a_biller_too() {
    let world = World::new("limits-of-a-biller");
    let phone = Phone::active(&world, WANG).await;
    // As many others as are allowed in a minute have just looked up numbers there.
    let at = world.now() * 1000;
    world.in_ledger(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
         INSERT INTO looked_up(customer, biller, at) SELECT 'C' || i, 'power-sh', {at} + i - 3000 FROM n"
    ));
    let look = |biller: &str, number: &str| json!({"biller": biller, "customer_number": number});
    let over = phone.post(&world, "/v1/bindings/lookup", &look("power-sh", world::POWER)).await;
    assert_eq!((over.status, over.problem()), (429, "rate-limited"));
    assert_eq!(over.text("retry_at"), sandbox_gateway::moment::text(at - 2_999 + 60_000));
    assert_eq!(phone.post(&world, "/v1/bindings/lookup", &look("water-sh", world::WATER)).await.status, 200);
    world.pass(58);
    assert_eq!(phone.post(&world, "/v1/bindings/lookup", &look("power-sh", world::POWER)).await.status, 200);
}

#[tokio::test]
async fn row_25_two_orders_that_race_share_the_limit_of_the_day() {
    const WU: &str = "+8613800000010";
    let world = World::new("limits-race");
    let mut phone = Phone::active(&world, WU).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let power = phone.bind(&world, "power-sh", world::POWER).await;
    // Each fits into 500.00 when it is quoted, and both together do not.
    let first = phone.order_for(&world, &mobile, "M1", 1, 45_000).await;
    let second = phone.order_for(&world, &power, "P1", 1, 12_345).await;
    let (first, second) = tokio::join!(phone.pay(&world, &first), phone.pay(&world, &second));
    let said = [payload(&first.text("outcome")), payload(&second.text("outcome"))];
    let refused: Vec<_> = said.iter().filter_map(|said| said["refusal"]["reason"].as_str()).collect();
    assert_eq!(refused, ["limit-exceeded"], "{said:?}");
    world.audit();
}

/// What is answered when `change` happens at the bank while a biller is still thinking about a quote of 50.00.
async fn quote_while(world: &World, phone: &Phone, account: &str, change: impl AsyncFnOnce()) -> world::Answer {
    world.fault("query", None, Action::DelayMs(GATE_MS));
    let thinking = phone.quote(world, account, "M1", 1, 5_000);
    let meanwhile = async {
        tokio::task::yield_now().await;
        world.faults.set(Vec::new());
        change().await;
        world.gate.notify_one();
    };
    tokio::join!(thinking, meanwhile).0
}

#[tokio::test]
async fn row_25_a_quote_whose_biller_took_its_time_is_by_the_limits_permission_and_binding_of_now() {
    let world = World::new("limits-slow-biller");
    let phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let lower = quote_while(&world, &phone, &mobile, async || {
        assert_eq!(phone.post(&world, "/v1/limits", &json!({"per_payment": cny(4_000)})).await.status, 200);
    });
    assert_eq!(lower.await.problem(), "limit-exceeded");
    let person = seeds::customers().remove(0);
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    // Its time runs from the biller's word, not from the request.
    let late = quote_while(&world, &phone, &mobile, async || world.pass(240)).await;
    assert_eq!(late.text("valid_until"), sandbox_gateway::moment::text((world.now() + 300) * 1000));
    let mut barred = person.clone();
    barred.may_pay = false;
    let none = quote_while(&world, &phone, &mobile, async || {
        world.gateway.enrol(std::slice::from_ref(&barred)).unwrap();
    });
    assert_eq!(none.await.problem(), "payment-not-enabled");
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    let unbound = quote_while(&world, &phone, &mobile, async || {
        assert_eq!(phone.delete(&world, &format!("/v1/bindings/{mobile}")).await.status, 200);
    });
    assert_eq!(unbound.await.problem(), "account-unknown");
}

#[tokio::test]
async fn row_25_a_code_goes_to_the_number_that_the_answer_names_also_when_the_bank_has_a_new_one() {
    const NEW: &str = "+8613800009999";
    let world = World::new("limits-new-number");
    let phone = Phone::active(&world, WANG).await;
    let raise = json!({"per_payment": cny(600_000)});
    let old = factor(&world, &phone, "limits", &digest(&raise)).await;
    let mut person = seeds::customers().remove(0);
    person.phone = NEW.into();
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    // What went to the old number is void: it may be somebody else's by now.
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &old)).await.problem(), "code-wrong");
    let before = world.sms.newest(WANG);
    let ask = json!({"purpose": "limits", "digest": digest(&raise)});
    let sent = phone.post(&world, "/v1/step-ups", &ask).await;
    assert_eq!(sent.text("sent_to_masked"), "+86138****9999");
    assert_eq!(world.sms.newest(WANG), before, "nothing more to the old number");
    let code = world.sms.newest(NEW).expect("a message").text.rsplit('#').next().unwrap().to_owned();
    let good = format!("{}.{code}", sent.text("id"));
    assert_eq!(phone.post(&world, "/v1/limits", &with(&raise, &good)).await.status, 200);
}

#[tokio::test]
async fn row_6_a_code_of_a_number_that_is_the_customer_s_no_more_activates_nothing() {
    let world = World::new("limits-number-gone");
    let mut phone = Phone::new(WANG);
    let id = world::phone::fresh();
    assert_eq!(phone.start(&world, &id).await.status, 200);
    let code = phone.code(&world);
    let mut person = seeds::customers().remove(0);
    person.phone = "+8613800009999".into();
    world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    assert_eq!(phone.verify(&world, &id, &code).await.problem(), "code-wrong");
}
