//! Activation and binding, through the real client and the real sandbox.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::time::Duration;

use billpay_core::{
    PaymentState,
    activation::Stage,
    error::{ActivationError, BindingError, Fault, NumberError, PayError},
    model::Language,
    platform::{DeviceSigner as _, KeyRole},
};
use world::{Fate, OTHER, PHONE, POWER, world};

#[tokio::test(flavor = "multi_thread")]
async fn row_1_before_activation_nothing_touches_the_network() {
    let world = world();
    let client = world.open().await;
    assert_eq!(client.refresh().await, Err(Fault::NotActivated.into()));
    assert!(client.quote(POWER, "x", None, None).await.is_err());
    assert!(client.pay("x").await.is_err());
    assert!(!client.profile().await.unwrap().active);
    assert!(world.network.log.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_1_the_right_code_makes_the_device_active_for_good() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    let profile = client.finish_activation(&world.code()).await.unwrap();
    assert!(profile.active && profile.may_pay);
    assert_eq!(profile.activation, None);
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    assert!(client.profile().await.unwrap().active);
    assert_eq!(client.start_activation(PHONE).await, Err(ActivationError::AlreadyActive));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_2_wrong_codes_are_counted_by_the_bank_and_lock_the_right_one_too() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    let right = world.code();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let mut left = Vec::new();
    for nth in 0..5 {
        // Each a different wrong code: the same one again is the same question.
        let code = format!("{}{nth}", &wrong[..5]);
        let code = if code == right { "999999".to_owned() } else { code };
        match client.finish_activation(&code).await {
            Err(ActivationError::CodeWrong { attempts_left }) => left.push(attempts_left),
            Err(ActivationError::CodeLocked { .. }) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(left.starts_with(&[4, 3, 2, 1]), "{left:?}");
    let verdict = client.finish_activation(&right).await;
    assert!(matches!(verdict, Err(ActivationError::CodeLocked { .. })), "{verdict:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_2_a_code_is_void_after_its_time_and_after_a_resend() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    let first = world.code();
    let soon = client.resend_code().await;
    assert!(matches!(soon, Err(ActivationError::ResendTooSoon { retry_at: Some(_) })), "{soon:?}");
    world.bank_clock.advance(Duration::from_secs(61));
    client.resend_code().await.unwrap();
    let second = world.code();
    if first != second {
        assert_eq!(client.finish_activation(&first).await, Err(ActivationError::CodeSuperseded));
    }
    world.bank_clock.advance(Duration::from_secs(301));
    assert_eq!(client.finish_activation(&second).await, Err(ActivationError::CodeExpired));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_killed_between_send_and_verify_the_session_goes_on() {
    let world = world();
    let client = world.open().await;
    world.network.rule(|_| Fate::LoseAnswer);
    assert!(client.start_activation(PHONE).await.is_err());
    world.network.heal();
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    let session = client.start_activation(PHONE).await.unwrap();
    assert_eq!(world.sms.all().len(), 1, "a lost answer sends no second message");
    assert_eq!(client.profile().await.unwrap().activation.as_ref(), Some(&session));
    assert_eq!((session.stage, session.attempts_left), (Some(Stage::Waiting), Some(5)));
    client.finish_activation(&world.code()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_an_activation_for_another_number_that_the_bank_refuses_does_not_end_the_one_under_way() {
    let world = world();
    let client = world.open().await;
    client.start_activation(OTHER).await.unwrap();
    client.start_activation(PHONE).await.unwrap();
    let code = world.code();
    // The other number has just been sent a code: it gets no second one so soon.
    let refused = client.start_activation(OTHER).await;
    assert!(matches!(refused, Err(ActivationError::ResendTooSoon { .. })), "{refused:?}");
    // Killed or not, the first one goes on, with its code.
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    let under_way = client.profile().await.unwrap().activation.unwrap();
    assert_eq!(under_way.phone_masked.as_deref(), Some("+86138****0001"));
    assert!(client.finish_activation(&code).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_of_an_activation_for_another_number_without_an_answer_there_is_a_way_back_and_one_on() {
    for back in [true, false] {
        let world = world();
        let client = world.open().await;
        client.start_activation(PHONE).await.unwrap();
        let code = world.code();
        world.network.rule(move |_| if back { Fate::LoseRequest } else { Fate::LoseAnswer });
        assert!(client.start_activation(OTHER).await.is_err());
        world.network.heal();
        if back {
            let messages = world.sms.all().len();
            client.start_activation(PHONE).await.unwrap();
            assert_eq!(world.sms.all().len(), messages, "the code that is out is good");
            assert!(client.finish_activation(&code).await.unwrap().active);
        } else {
            let session = client.start_activation(OTHER).await.unwrap();
            assert_eq!(session.phone_masked.as_deref(), Some("+86138****0002"));
            assert!(client.finish_activation(&world.code_of(OTHER)).await.unwrap().active);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_a_lost_answer_to_the_right_code_costs_no_try() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    world.network.rule(|_| Fate::LoseAnswer);
    assert!(client.finish_activation(&world.code()).await.is_err());
    world.network.heal();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_the_catalogue_needs_neither_activation_nor_network() {
    let world = world();
    world.network.rule(|_| Fate::NoNetwork);
    let client = world.open().await;
    assert!(client.biller_catalog(Language::Zh).await.unwrap().is_empty(), "this app was shipped with none");
    assert!(world.network.log.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_9_a_number_with_a_typing_error_never_reaches_the_network() {
    let world = world();
    let client = world.bound().await;
    let before = world.network.log.lock().unwrap().len();
    let number = world.number(POWER, 0);
    let last = if number.ends_with('0') { '1' } else { '0' };
    let typo = format!("{}{last}", &number[..number.len() - 1]);
    let verdict = client.lookup_binding(POWER, &typo).await;
    assert_eq!(verdict, Err(BindingError::Number(NumberError::CheckDigit)));
    assert_eq!(client.lookup_binding("nobody", "1").await, Err(BindingError::UnknownBiller));
    assert_eq!(world.network.log.lock().unwrap().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_10_an_echo_is_good_for_its_number_only() {
    let world = world();
    let client = world.bound().await;
    let echo = client.lookup_binding(POWER, &world.number(POWER, 1)).await.unwrap();
    assert!(!format!("{echo:?}").contains(&world.number(POWER, 1)), "I8");
    let mut forged = echo.clone();
    forged.customer_number = billpay_core::model::CustomerNumber::new(&world.number(POWER, 2));
    assert_eq!(client.confirm_binding(&forged, "").await, Err(BindingError::EchoInvalid));
    client.confirm_binding(&echo, "").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_11_binding_twice_is_once_and_unbinding_keeps_receipts() {
    let world = world();
    let client = world.bound().await;
    let echo = client.lookup_binding(POWER, &world.number(POWER, 0)).await.unwrap();
    let again = client.confirm_binding(&echo, "爸妈家").await.unwrap();
    let accounts = client.accounts().await.unwrap().accounts;
    assert_eq!(accounts.len(), 1);
    assert_eq!((accounts[0].id.as_str(), accounts[0].alias.as_str()), (again.id.as_str(), "爸妈家"));
    // Without a name it keeps the one that it has.
    let echo = client.lookup_binding(POWER, &world.number(POWER, 0)).await.unwrap();
    assert_eq!(client.confirm_binding(&echo, " ").await.unwrap().alias, "爸妈家");
    let payment = world.pay(&client).await;
    client.unbind(&again.id).await.unwrap();
    assert_eq!(client.accounts().await.unwrap().accounts, []);
    assert_eq!(client.bills(Language::Zh).await.unwrap().bills, []);
    assert_eq!(client.receipt(&payment.id).await.unwrap().payment, payment.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_18_in_flight_mode_the_last_bill_is_shown_with_its_age() {
    let world = world();
    let client = world.bound().await;
    world.network.rule(|_| Fate::NoNetwork);
    assert!(client.refresh().await.is_err());
    let bills = client.bills(Language::En).await.unwrap();
    assert!(bills.as_of.is_some());
    assert!(!bills.bills.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_new_phone_revokes_the_old_one() {
    let world = world();
    let client = world.bound().await;
    taken_over(&world).await;
    assert_eq!(client.refresh().await, Err(Fault::DeviceRevoked.into()));
    assert!(client.profile().await.unwrap().revoked);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_revoked_phone_can_be_activated_again_with_new_keys() {
    let world = world();
    let client = world.bound().await;
    taken_over(&world).await;
    assert_eq!(client.refresh().await, Err(Fault::DeviceRevoked.into()));
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
    client.refresh().await.unwrap();
    assert_eq!(world.pay(&client).await.state, billpay_core::PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_late_word_about_an_earlier_key_says_nothing_of_the_present_one() {
    let world = world();
    let client = std::sync::Arc::new(world.bound().await);
    taken_over(&world).await;
    world.network.only("GET", "/v1/sync", Fate::Late);
    let late = tokio::spawn({
        let client = client.clone();
        async move { client.refresh().await }
    });
    world.network.waits.notified().await;
    world.network.heal();
    assert_eq!(client.unbind(&client.accounts().await.unwrap().accounts[0].id).await, Err(Fault::DeviceRevoked.into()));
    assert!(client.profile().await.unwrap().revoked);
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    client.finish_activation(&world.code()).await.unwrap();
    world.network.let_go.notify_one();
    assert_eq!(late.await.unwrap(), Err(Fault::DeviceRevoked.into()));
    assert!(!client.profile().await.unwrap().revoked);
    client.refresh().await.unwrap();
}

/// Another phone of the same customer, active; the first one is revoked by it.
async fn taken_over(world: &world::World) -> billpay_core::Client {
    let mut other = world::world();
    other.network = world.network.clone();
    let new = other.open().await;
    world.bank_clock.advance(Duration::from_secs(61));
    new.start_activation(PHONE).await.unwrap();
    new.finish_activation(&world.code()).await.unwrap();
    new
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_an_overloaded_bank_does_not_end_an_activation_that_it_has_made_already() {
    let world = world();
    let client = world.open().await;
    client.start_activation(OTHER).await.unwrap();
    // The answer is lost, and the bank has begun the one for this number.
    world.network.rule(|_| Fate::LoseAnswer);
    assert!(client.start_activation(PHONE).await.is_err());
    let code = world.code();
    // So is the answer to its code: the device is the customer's.
    assert!(client.finish_activation(&code).await.is_err());
    world.network.heal();
    world.network.forge(|_, answer| {
        answer.status = 429;
        answer.body = br#"{"type":"urn:billpay:problem:rate-limited","title":"x","status":429}"#.to_vec();
    });
    for _ in 0..3 {
        assert!(client.finish_activation(&code).await.is_err());
        assert!(client.start_activation(PHONE).await.is_err());
    }
    world.network.forge(|_, _| {});
    assert!(client.finish_activation(&code).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_a_lost_answer_to_the_right_code_is_found_when_the_person_starts_again() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    world.network.only("POST", "/verify", Fate::LoseAnswer);
    assert!(client.finish_activation(&world.code()).await.is_err());
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    assert!(client.start_activation(PHONE).await.is_err(), "still no answer: nothing new is begun");
    world.network.heal();
    assert_eq!(client.start_activation(PHONE).await, Err(ActivationError::AlreadyActive));
    assert_eq!(world.sms.all().len(), 1);
    assert!(client.profile().await.unwrap().active);
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_a_lost_answer_to_the_right_code_is_found_before_another_code_is_tried() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    world.network.only("POST", "/verify", Fate::LoseAnswer);
    assert!(client.finish_activation(&world.code()).await.is_err());
    world.network.heal();
    assert!(client.finish_activation("00000000").await.unwrap().active);
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_a_lost_answer_to_the_right_code_is_found_when_a_new_code_is_asked_for() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    world.network.only("POST", "/verify", Fate::LoseAnswer);
    assert!(client.finish_activation(&world.code()).await.is_err());
    world.network.heal();
    assert_eq!(client.resend_code().await, Err(ActivationError::AlreadyActive));
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_where_the_bank_has_lost_the_answer_too_new_keys_lead_on() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    let right = world.code();
    world.network.only("POST", "/verify", Fate::LoseAnswer);
    assert!(client.finish_activation(&right).await.is_err());
    world.network.heal();
    world.forget_answers();
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_starting_again_while_a_code_is_out_sends_no_second_message_and_keeps_the_code_good() {
    let world = world();
    let client = world.open().await;
    let first = client.start_activation(PHONE).await.unwrap();
    let again = client.start_activation(PHONE).await.unwrap();
    assert_eq!((first.id, world.sms.all().len()), (again.id, 1));
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_2_starting_again_gives_back_no_try_that_was_used_up() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    let right = world.code();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let verdict = client.finish_activation(wrong).await;
    assert!(matches!(verdict, Err(ActivationError::CodeWrong { attempts_left: 4 })), "{verdict:?}");
    // The bank answers this as it did the first time.
    assert_eq!(client.start_activation(PHONE).await.unwrap().attempts_left, Some(4));
    assert_eq!(client.profile().await.unwrap().activation.unwrap().attempts_left, Some(4));
    assert!(client.finish_activation(&right).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_starting_again_after_a_resend_sends_nothing_and_keeps_the_newest_code_good() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    world.bank_clock.advance(Duration::from_secs(301));
    let resent = client.resend_code().await.unwrap();
    let code = world.code();
    // The bank answers this as it did the first time, when another code was out.
    assert_eq!(client.start_activation(PHONE).await, Ok(resent));
    assert_eq!(world.code(), code, "no other message");
    assert!(client.finish_activation(&code).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_lost_answer_of_starting_again_repeats_with_the_same_keys() {
    let world = world();
    let client = world.bound().await;
    let _new = taken_over(&world).await;
    assert_eq!(client.refresh().await, Err(Fault::DeviceRevoked.into()));
    world.bank_clock.advance(Duration::from_secs(61));
    let before = world.sms.all().len();
    world.network.only("POST", "/v1/activations", Fate::LoseAnswer);
    assert!(client.start_activation(PHONE).await.is_err());
    assert!(client.start_activation(PHONE).await.is_err());
    world.network.heal();
    client.start_activation(PHONE).await.unwrap();
    assert_eq!(world.sms.all().len(), before + 1);
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
    assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_while_a_phone_is_activated_again_its_old_key_still_ends_its_doubts() {
    let world = world();
    let client = world.bound().await;
    let quote = world.quote(&client).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = client.pay(&quote.id).await.unwrap();
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    let _new = taken_over(&world).await;
    assert_eq!(client.refresh().await, Err(Fault::DeviceRevoked.into()));
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    world.network.heal();
    for _ in 0..500 {
        if client.resolve().await == Ok(0) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(client.payment(&payment.id).await.unwrap().state, PaymentState::Settled);
    assert!(!client.profile().await.unwrap().active, "the new device is not there yet");
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
    client.refresh().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_customer_does_not_take_over_what_is_stored_here() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    let _new = taken_over(&world).await;
    assert_eq!(client.refresh().await, Err(Fault::DeviceRevoked.into()));
    let name = client.profile().await.unwrap().name_masked;
    client.start_activation(OTHER).await.unwrap();
    let refused = client.finish_activation(&world.code_of(OTHER)).await;
    assert_eq!(refused, Err(ActivationError::OtherCustomer));
    let profile = client.profile().await.unwrap();
    assert_eq!((profile.name_masked, profile.active, profile.activation), (name, false, None));
    assert_eq!(client.receipt(&payment.id).await.unwrap().payment, payment.id);
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_34_a_phone_that_lost_its_order_key_or_device_key_is_activated_again() {
    for role in [KeyRole::Device, KeyRole::Order] {
        let world = world();
        let client = world.bound().await;
        world.keys.lose(role);
        world.bank_clock.advance(Duration::from_secs(61));
        client.start_activation(PHONE).await.unwrap();
        assert!(client.finish_activation(&world.code()).await.unwrap().active);
        client.refresh().await.unwrap();
        assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
        assert_eq!(client.start_activation(PHONE).await, Err(ActivationError::AlreadyActive));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_33_a_file_put_back_to_before_new_keys_signs_no_order_that_no_bank_would_end() {
    let world = world();
    let client = world.bound().await;
    client.suspend().await.unwrap();
    drop(client);
    // The keys of an activation that this file knows nothing of, in the places of those that it names.
    world.keys.create(KeyRole::Order).unwrap();
    let client = world.open().await;
    let quote = world.quote(&client).await;
    assert_eq!(client.pay(&quote.id).await, Err(Fault::NotActivated.into()));
    assert_eq!(
        (client.payments(10, 0).await.unwrap().payments, world.network.count("POST /v1/payments")),
        (Vec::new(), 0)
    );
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
    assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_damaged_identity_is_replaced_by_activating_again() {
    let world = world();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    world.rot("setting", "identity");
    assert!(!client.profile().await.unwrap().active);
    assert_eq!(client.refresh().await, Err(Fault::NotActivated.into()));
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(OTHER).await.unwrap();
    let other = client.finish_activation(&world.code_of(OTHER)).await;
    assert_eq!(other, Err(ActivationError::OtherCustomer), "whose records these are is still known");
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
    assert_eq!(client.receipt(&payment.id).await.unwrap().payment, payment.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_a_damaged_session_is_begun_anew() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    world.rot("setting", "activation");
    assert_eq!(client.profile().await.unwrap().activation, None);
    assert_eq!(client.finish_activation(&world.code()).await, Err(ActivationError::NotStarted));
    world.bank_clock.advance(Duration::from_secs(61));
    client.start_activation(PHONE).await.unwrap();
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn fault_34_a_key_lost_with_the_answer_to_the_right_code_is_no_dead_end() {
    for role in [KeyRole::Device, KeyRole::Order] {
        let world = world();
        let client = world.open().await;
        client.start_activation(PHONE).await.unwrap();
        world.network.only("POST", "/verify", Fate::LoseAnswer);
        assert!(client.finish_activation(&world.code()).await.is_err());
        world.network.heal();
        client.suspend().await.unwrap();
        drop(client);
        world.keys.lose(role);
        let client = world.open().await;
        world.bank_clock.advance(Duration::from_secs(61));
        client.start_activation(PHONE).await.unwrap();
        assert!(client.finish_activation(&world.code()).await.unwrap().active);
        client.refresh().await.unwrap();
        let account = world.bind(&client, 0).await;
        assert_eq!(world.pay_of(&client, &account).await.state, PaymentState::Settled);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_3_whoever_starts_twice_at_a_time_ends_with_one_session_and_its_keys() {
    let world = world();
    let client = world.open().await;
    let (one, other) = tokio::join!(client.start_activation(PHONE), client.start_activation(PHONE));
    assert_eq!(one.unwrap().id, other.unwrap().id);
    assert_eq!(world.sms.all().len(), 1);
    assert!(client.finish_activation(&world.code()).await.unwrap().active);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_nothing_is_paid_to_a_number_whose_holder_nobody_has_compared() {
    let world = world();
    let client = world.open().await;
    client.start_activation(PHONE).await.unwrap();
    client.finish_activation(&world.code()).await.unwrap();
    client.refresh().await.unwrap();
    let echo = client.lookup_binding(POWER, &world.number(POWER, 0)).await.unwrap();
    let account = client.confirm_binding(&echo, "家").await.unwrap();
    let quote = world.quote(&client).await;
    let first = quote.first_payment.clone().unwrap();
    assert_eq!((&first.account, &first.echo_digest), (&account.id, &account.echo_digest));
    assert_eq!((first.holder_masked, first.address_masked), (account.holder_masked, account.address_masked));
    assert_eq!(client.pay(&quote.id).await, Err(PayError::EchoNotAcknowledged));
    assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
    assert_eq!(world.network.count("POST /v1/payments"), 0);

    // Only what the bank shows now can be acknowledged, and of a binding that is there.
    let other = client.acknowledge_echo(&account.id, "another").await;
    assert_eq!(other, Err(BindingError::EchoInvalid));
    assert_eq!(client.acknowledge_echo("nothing", &first.echo_digest).await, Err(BindingError::UnknownAccount));
    assert_eq!(client.pay(&quote.id).await, Err(PayError::EchoNotAcknowledged));

    // It is kept: over a restart, and over the bank's telling of the account again.
    client.acknowledge_echo(&account.id, &first.echo_digest).await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    client.confirm_binding(&echo, "爸妈家").await.unwrap();
    client.refresh().await.unwrap();
    let quote = world.quote(&client).await;
    assert_eq!(quote.first_payment, None);
    assert_eq!(client.pay(&quote.id).await.unwrap().state, billpay_core::PaymentState::Settled);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_12_where_the_biller_names_another_holder_it_is_compared_again() {
    let world = world();
    let client = world.bound().await;
    let account = client.accounts().await.unwrap().accounts.remove(0);
    let stale = world.quote(&client).await;
    world.network.forge_feed(move |feed, _| {
        let mut changed = serde_json::to_value(&account).unwrap();
        changed["version"] = (account.version + 1).into();
        changed["holder_masked"] = "**别人".into();
        changed["echo_digest"] = "w5HZrX1yzL6fB2mJ0c8gq1JkZ3u9Qe7yVtR4sXoPaBc".into();
        feed["accounts"] = serde_json::json!([changed]);
    });
    client.refresh().await.unwrap();
    assert_eq!(client.accounts().await.unwrap().accounts[0].holder_masked, "**别人");
    assert_eq!(client.pay(&stale.id).await, Err(PayError::EchoNotAcknowledged));
    assert_eq!(world.network.count("POST /v1/payments"), 0);
}
