//! Activation and binding, and who may ask what: rows 1 to 6, 10, 11, 13.

mod world;

use sandbox_gateway::api::http::Request;
use serde_json::json;
use world::{POWER, POWER_TOO, Phone, WATER, World, phone};

const WANG: &str = "+8613800000001";

#[tokio::test]
async fn row_2_a_code_is_good_for_300_seconds_and_once() {
    let world = World::new("code-once");
    let mut phone = Phone::new(WANG);
    let id = phone::fresh();
    let started = phone.start(&world, &id).await;
    assert_eq!(started.body["activation"]["state"], "waiting");
    assert_eq!(started.body["activation"]["attempts_left"], 5);
    let code = phone.code(&world);
    world.pass(301);
    let late = phone.verify(&world, &id, &code).await;
    assert_eq!((late.status, late.problem()), (422, "code-expired"));
    assert_eq!(late.body["activation"]["state"], "expired");
    let again = phone.post(&world, &format!("/v1/activations/{id}/resend"), &json!({})).await;
    assert_eq!(again.status, 200, "a resend needs no number");
    let code = phone.code(&world);
    world.pass(300);
    assert_eq!(phone.verify(&world, &id, &code).await.status, 200);
    assert_eq!(phone.verify(&world, &id, &code).await.problem(), "code-used");
}

#[tokio::test]
async fn row_2_the_nth_wrong_code_locks_and_then_the_right_one_is_refused_too() {
    let world = World::new("code-locked");
    let mut phone = Phone::new(WANG);
    let id = phone::fresh();
    phone.start(&world, &id).await;
    let code = phone.code(&world);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in (1..5).rev() {
        let answer = phone.verify(&world, &id, wrong).await;
        assert_eq!((answer.problem(), &answer.body["activation"]["attempts_left"]), ("code-wrong", &json!(left)));
    }
    let locked = phone.verify(&world, &id, wrong).await;
    assert_eq!((locked.status, locked.problem()), (423, "code-locked"));
    assert!(locked.body["retry_at"].is_string());
    assert_eq!(phone.verify(&world, &id, &code).await.problem(), "code-locked");
    // A wiped phone does not reset the counter.
    let wiped = Phone::new(WANG);
    assert_eq!(wiped.start(&world, &phone::fresh()).await.problem(), "code-locked");
    world.pass(31 * 60);
    assert_eq!(wiped.start(&world, &phone::fresh()).await.status, 200);
}

#[tokio::test]
async fn row_2_an_old_code_is_void_after_a_resend_which_waits_and_is_counted() {
    let world = World::new("code-old");
    let mut phone = Phone::new(WANG);
    let id = phone::fresh();
    phone.start(&world, &id).await;
    let old = phone.code(&world);
    let resend = format!("/v1/activations/{id}/resend");
    let soon = phone.post(&world, &resend, &json!({})).await;
    assert_eq!((soon.status, soon.problem()), (429, "resend-too-soon"));
    assert!(soon.body["retry_at"].is_string() && soon.body["activation"].is_object());
    world.pass(60);
    assert_eq!(phone.post(&world, &resend, &json!({})).await.status, 200);
    while phone.code(&world) == old {
        world.pass(60);
        assert_eq!(phone.post(&world, &resend, &json!({})).await.status, 200);
    }
    assert_eq!(phone.verify(&world, &id, &old).await.problem(), "code-superseded");
    loop {
        world.pass(60);
        let answer = phone.post(&world, &resend, &json!({})).await;
        if answer.status != 200 {
            assert_eq!(answer.problem(), "sms-daily-cap");
            break;
        }
    }
    assert_eq!(world.sms.all().len(), 10);
    let code = phone.code(&world);
    assert_eq!(phone.verify(&world, &id, &code).await.status, 200);
}

#[tokio::test]
async fn row_3_a_lost_answer_sends_no_second_message_and_activates_once() {
    let mut world = World::new("code-lost");
    let mut phone = Phone::new(WANG);
    let id = phone::fresh();
    let first = phone.start(&world, &id).await;
    world.restart();
    assert_eq!(phone.start(&world, &id).await.body, first.body);
    assert_eq!(world.sms.all().len(), 1);
    let code = phone.code(&world);
    let request = phone.request(
        &world,
        "POST",
        &format!("/v1/activations/{id}/verify"),
        Some(&json!({"code": code})),
        Some("verify-01"),
    );
    let done = world.send(request).await;
    world.restart();
    let request = phone.request(
        &world,
        "POST",
        &format!("/v1/activations/{id}/verify"),
        Some(&json!({"code": code})),
        Some("verify-01"),
    );
    assert_eq!(world.send(request).await.body, done.body, "the same device, not a second one");
    phone.device = done.body["device"]["id"].as_str().unwrap().into();
    assert_eq!(phone.get(&world, "/v1/sync").await.status, 200);
}

#[tokio::test]
async fn an_unknown_number_looks_the_same_and_gets_no_message() {
    let world = World::new("code-unknown");
    let mut stranger = Phone::new("+8613999999999");
    let known = Phone::new(WANG);
    let (a, b) = (phone::fresh(), phone::fresh());
    let (unknown, known) = (stranger.start(&world, &a).await, known.start(&world, &b).await);
    assert_eq!(unknown.status, known.status);
    let members =
        |answer: &world::Answer| answer.body["activation"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&unknown), members(&known));
    assert_eq!(unknown.body["activation"]["resend_at"], known.body["activation"]["resend_at"]);
    assert!(world.sms.newest("+8613999999999").is_none());
    assert_eq!(stranger.verify(&world, &a, "123456").await.problem(), "code-wrong");
}

#[tokio::test]
async fn row_5_only_the_device_s_own_fresh_signature_over_this_very_request_is_taken() {
    let world = World::new("signature");
    let phone = Phone::active(&world, WANG).await;
    let request = phone.request(&world, "GET", "/v1/sync", None, None);
    assert_eq!(world.send(request.clone()).await.status, 200);
    let replayed = world.send(request.clone()).await;
    assert_eq!((replayed.status, replayed.problem()), (401, "signature-replayed"));
    for skew in [-301, 301] {
        let answer = world.send(phone.request_at(world.now() + skew, "GET", "/v1/sync", vec![], None)).await;
        assert_eq!((answer.status, answer.problem()), (401, "clock-skew"));
    }
    let mut other = phone.request(&world, "GET", "/v1/sync", None, None);
    other.url.push_str("?cursor=x");
    assert_eq!(world.send(other).await.problem(), "signature-invalid");
    let ask = json!({"account": "A"});
    let mut other = phone.request(&world, "POST", "/v1/bills/query", Some(&ask), Some("key-00000001"));
    other.body = json!({"account": "B"}).to_string().into_bytes();
    assert_eq!(world.send(other).await.problem(), "signature-invalid");
    let mut other = phone.request(&world, "GET", "/v1/sync", None, None);
    other.headers.retain(|(name, _)| name != "signature");
    assert_eq!(world.send(other).await.problem(), "signature-missing");
    let stranger = Phone::new(WANG);
    assert_eq!(stranger.get(&world, "/v1/sync").await.problem(), "device-unknown");
}

#[tokio::test]
async fn row_5_a_signature_is_for_one_method_path_host_body_key_nonce_and_order_of_components() {
    let world = World::new("covered");
    let phone = Phone::active(&world, WANG).await;
    let ask = json!({"account": "A"});
    let good = || phone.request(&world, "POST", "/v1/bills/query", Some(&ask), Some("key-00000001"));
    // Or the rest of this test would show nothing: this one gets past the signature.
    assert_ne!(world.send(good()).await.status, 401);
    type Change = fn(&mut Request);
    let changes: [(&str, Change); 9] = [
        ("path", |request| request.url = request.url.replace("bills/query", "quotes")),
        ("query", |request| request.url.push_str("?a=b")),
        ("body", |request| request.body.push(b' ')),
        ("digest", |request| header(request, "content-digest", |_| "sha-256=:AAAA:".into())),
        ("no digest", |request| request.headers.retain(|(name, _)| name != "content-digest")),
        ("idempotency key", |request| header(request, "idempotency-key", |_| "key-00000002".into())),
        ("reordered", |request| {
            header(request, "signature-input", |value| {
                value.replace(r#""@method" "@target-uri""#, r#""@target-uri" "@method""#)
            });
        }),
        ("stripped", |request| {
            header(request, "signature-input", |value| value.replace(r#" "content-digest""#, ""));
        }),
        ("nonce", |request| header(request, "signature-input", |value| value.replace("nonce=\"", "nonce=\"x"))),
    ];
    for (what, change) in changes {
        let mut request = good();
        change(&mut request);
        let answer = world.send(request).await;
        assert_eq!((answer.status, answer.problem()), (401, "signature-invalid"), "{what}");
    }
    // Signed as another method than it is sent with; this route has one.
    let mut request = phone.request(&world, "GET", "/v1/bills/query", Some(&ask), Some("key-00000001"));
    request.method = "POST".into();
    assert_eq!(world.send(request).await.problem(), "signature-invalid", "method");
    // One nonce, two requests, both freshly signed by the right key.
    let now = world.now();
    let first = phone.request_with("nonce-of-mine-1", now, "GET", "/v1/sync", vec![], None);
    assert_eq!(world.send(first).await.status, 200);
    let second = phone.request_with("nonce-of-mine-1", now + 1, "GET", "/v1/sync?cursor=x", vec![], None);
    assert_eq!(world.send(second).await.problem(), "signature-replayed");
}

fn header(request: &mut Request, name: &str, change: impl Fn(&str) -> String) {
    for (_, value) in request.headers.iter_mut().filter(|(have, _)| have == name) {
        *value = change(value);
    }
}

#[tokio::test]
async fn a_nonce_stays_used_over_a_restart() {
    let mut world = World::new("nonce");
    let phone = Phone::active(&world, WANG).await;
    let request = phone.request(&world, "GET", "/v1/sync", None, None);
    assert_eq!(world.send(request.clone()).await.status, 200);
    world.restart();
    assert_eq!(world.send(request).await.problem(), "signature-replayed");
}

#[tokio::test]
async fn row_61_an_old_client_may_still_end_its_orders() {
    let world = World::new("versions");
    let mut phone = Phone::active(&world, WANG).await;
    phone.client = "1.1.9".into();
    let old = phone.get(&world, "/v1/sync").await;
    assert_eq!((old.problem(), &old.body["minimum_client"]), ("client-too-old", &json!("1.2")));
    assert_eq!(phone.get(&world, &format!("/v1/payments/{}", phone::fresh())).await.problem(), "payment-unknown");
    let evidence = phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": []})).await;
    assert_eq!(evidence.status, 200);
}

#[tokio::test]
async fn row_10_binding_needs_the_echo_of_this_very_number() {
    let world = World::new("echo");
    let phone = Phone::active(&world, WANG).await;
    let ask = json!({"biller": "power-sh", "customer_number": POWER});
    let echo = phone.post(&world, "/v1/bindings/lookup", &ask).await;
    assert!(echo.text("holder_masked").contains('*') && !echo.text("holder_masked").contains("李小明"));
    let bind = |number: &str, token: &serde_json::Value| json!({"biller": "power-sh", "customer_number": number, "echo_token": token, "alias": "家"});
    let other = phone.post(&world, "/v1/bindings", &bind(POWER_TOO, &echo.body["echo_token"])).await;
    assert_eq!((other.status, other.problem()), (422, "echo-token-invalid"));
    let stranger = Phone::active(&world, "+8613800000002").await;
    let theirs = stranger.post(&world, "/v1/bindings", &bind(POWER, &echo.body["echo_token"])).await;
    assert_eq!(theirs.problem(), "echo-token-invalid");
    let one = phone.post(&world, "/v1/bindings", &bind(POWER, &echo.body["echo_token"])).await;
    let two = phone.post(&world, "/v1/bindings", &bind(POWER, &echo.body["echo_token"])).await;
    assert_eq!((one.status, &one.body["account"]), (200, &two.body["account"]), "row 11");
    world.pass(601);
    let late = phone.post(&world, "/v1/bindings", &bind(POWER, &echo.body["echo_token"])).await;
    assert_eq!(late.problem(), "echo-token-invalid");
    let id = one.body["account"]["id"].as_str().unwrap();
    for _ in 0..2 {
        let gone = phone.delete(&world, &format!("/v1/bindings/{id}")).await;
        assert_eq!((gone.status, &gone.body["account"]["state"]), (200, &json!("unbound")));
    }
    assert_eq!(phone.quote(&world, id, "P1", 1, 12_345).await.problem(), "account-unknown");
}

#[tokio::test]
async fn row_13_the_eleventh_look_up_in_a_minute_is_refused_with_a_time() {
    let world = World::new("look-ups");
    let phone = Phone::active(&world, WANG).await;
    let ask = json!({"biller": "power-sh", "customer_number": POWER});
    for _ in 0..10 {
        assert_eq!(phone.post(&world, "/v1/bindings/lookup", &ask).await.status, 200);
    }
    let over = phone.post(&world, "/v1/bindings/lookup", &ask).await;
    assert_eq!((over.status, over.problem()), (429, "rate-limited"));
    assert!(over.body["retry_at"].is_string());
    world.pass(60);
    assert_eq!(phone.post(&world, "/v1/bindings/lookup", &ask).await.status, 200);
}

#[tokio::test]
async fn row_9_a_number_that_cannot_be_one_is_refused_before_the_biller_is_asked() {
    let world = World::new("numbers");
    let phone = Phone::active(&world, WANG).await;
    for (biller, number, problem) in [
        ("power-sh", "3110001018", "customer-number-invalid"),
        ("power-sh", "31", "customer-number-invalid"),
        ("nobody", POWER, "biller-unknown"),
        ("power-sh", "3110001033", "customer-number-unknown"),
        ("heat-sh", "8800000013", "biller-closed"),
    ] {
        let ask = json!({"biller": biller, "customer_number": number});
        assert_eq!(phone.post(&world, "/v1/bindings/lookup", &ask).await.problem(), problem, "{number}");
    }
}

#[tokio::test]
async fn row_15_amount_rules_hold_at_the_gateway() {
    let world = World::new("amounts");
    let phone = Phone::active(&world, WANG).await;
    let water = phone.bind(&world, "water-sh", WATER).await;
    for (minor, problem) in [
        (0, "amount-below-minimum"),
        (99, "amount-below-minimum"),
        (10_001, "amount-above-maximum"),
        (100, "none"),
        (10_000, "none"),
    ] {
        assert_eq!(phone.quote(&world, &water, "W1", 1, minor).await.problem(), problem, "{minor}");
    }
    assert_eq!(phone.quote(&world, &water, "W9", 1, 100).await.problem(), "bill-unknown");
    world.billers.revise_bill("water-sh", "W1", 12_000).unwrap();
    let changed = phone.quote(&world, &water, "W1", 1, 100).await;
    assert_eq!((changed.problem(), &changed.body["bill"]["version"]), ("bill-changed", &json!(2)));
}

#[tokio::test]
async fn row_1_a_code_that_was_committed_is_sent_though_the_bank_died_before_it_noted_that() {
    let mut world = World::new("code-due");
    let mut phone = Phone::new(WANG);
    let id = phone::fresh();
    world::by_hand(
        "code-due-ledger",
        "CREATE TRIGGER dies BEFORE DELETE ON sms_due BEGIN SELECT raise(ABORT, 'died'); END",
    );
    assert_eq!(phone.start(&world, &id).await.status, 200);
    world::by_hand("code-due-ledger", "DROP TRIGGER dies");
    world.restart();
    world.gateway.tick().await;
    assert_eq!(world.sms.all().len(), 1, "its request may still be running");
    world.pass(3);
    world.gateway.tick().await;
    world.gateway.tick().await;
    let sent: Vec<String> = world.sms.all().into_iter().map(|sms| sms.text).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "the same code");
    let code = phone.code(&world);
    assert_eq!(phone.verify(&world, &id, &code).await.status, 200);
}

#[tokio::test]
async fn the_ledger_forgets_activations_after_a_day_answers_after_a_week_and_nothing_before() {
    let world = World::new("forgets");
    let phone = Phone::active(&world, WANG).await;
    let lost = phone::fresh();
    Phone::new("+8613800000002").start(&world, &lost).await;
    let ask = json!({"biller": "power-sh", "customer_number": POWER});
    let look_up = || phone.request(&world, "POST", "/v1/bindings/lookup", Some(&ask), Some("key-00000001"));
    let first = world.send(look_up()).await;
    let rows = |table: &str| world::count("forgets-ledger", table);
    world.pass(23 * 3600);
    world.gateway.tick().await;
    assert_eq!((rows("activation"), rows("code"), rows("sms_count")), (2, 2, 2));
    assert_eq!(world.send(look_up()).await.body, first.body);
    world.pass(2 * 24 * 3600);
    world.gateway.tick().await;
    assert_eq!((rows("activation"), rows("code"), rows("sms_count")), (0, 0, 0));
    assert_eq!(world.send(look_up()).await.body, first.body);
    world.pass(7 * 24 * 3600);
    world.gateway.tick().await;
    assert_eq!(rows("answer"), 0);
    assert_ne!(world.send(look_up()).await.body, first.body, "asked anew");
}

#[tokio::test]
async fn row_1_the_answer_to_a_resend_is_kept_with_its_code() {
    let world = World::new("code-answer");
    let phone = Phone::new(WANG);
    let id = phone::fresh();
    phone.start(&world, &id).await;
    world.pass(61);
    // Whatever comes after the code's commit fails: the answer was in it.
    world::by_hand(
        "code-answer-ledger",
        "CREATE TRIGGER dies BEFORE UPDATE ON answer WHEN OLD.status IS NULL AND (SELECT count(*) FROM sms_due) = 0 BEGIN SELECT raise(ABORT, 'died'); END",
    );
    let request =
        |key| phone.request(&world, "POST", &format!("/v1/activations/{id}/resend"), Some(&json!({})), Some(key));
    let first = world.send(request("key-00000001")).await;
    assert_eq!(first.status, 200, "{first:?}");
    let again = world.send(request("key-00000001")).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(world.sms.all().len(), 2, "one message for one wish");
}

#[tokio::test]
async fn row_16_a_biller_that_closes_or_opens_reaches_the_phone_with_the_next_change() {
    let mut world = World::new("standing");
    let phone = Phone::active(&world, WANG).await;
    let full = phone.get(&world, "/v1/sync").await;
    assert_eq!(full.body["billers"].as_array().map(Vec::len), Some(world.config.billers.len()));
    let news = async |world: &World, cursor: String| {
        let feed = phone.get(world, &format!("/v1/sync?cursor={cursor}")).await;
        let billers = feed.body["billers"].as_array().expect("a list").clone();
        let told =
            |biller: &serde_json::Value| (biller["id"].clone(), biller["version"].clone(), biller["state"].clone());
        (billers.iter().map(told).collect::<Vec<_>>(), feed.text("cursor"))
    };
    let ask = json!({"biller": "power-sh", "customer_number": POWER});
    world.billers.set_closed("power-sh", true, None).unwrap();
    assert_eq!(phone.post(&world, "/v1/bindings/lookup", &ask).await.problem(), "biller-closed");
    let (told, cursor) = news(&world, full.text("cursor")).await;
    assert_eq!(told, [(json!("power-sh"), json!(2), json!("closed"))]);
    world.billers.set_closed("power-sh", false, None).unwrap();
    for _ in 0..2 {
        assert_eq!(phone.post(&world, "/v1/bindings/lookup", &ask).await.status, 200);
    }
    let (told, cursor) = news(&world, cursor).await;
    assert_eq!(told, [(json!("power-sh"), json!(3), json!("open"))]);
    assert_eq!(news(&world, cursor.clone()).await.0, []);
    // Another entry in the catalogue is a change, too; the same one is none.
    world.restart();
    assert_eq!(news(&world, cursor.clone()).await.0, []);
    let power = world.config.billers.iter_mut().find(|biller| biller.id == "power-sh").expect("power");
    power.contact.phone = "95599".to_owned();
    world.restart();
    assert_eq!(news(&world, cursor).await.0, [(json!("power-sh"), json!(4), json!("open"))]);
}
