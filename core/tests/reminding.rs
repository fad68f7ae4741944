//! Reminders in the life of a profile (rows 39 to 45): made of its own bills, retired by a payment of any path, and
//! asked about when they fire, without a key.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{collections::BTreeSet, time::Duration};

use billpay_core::{
    Armed, Client, PaymentState, Reminders,
    error::{Fault, ReminderError},
    model::Money,
    platform::SecretError,
    reminders::{Caps, Channel, Kind, PolicyError, Redaction, StillDue, TAIL, Why, Wishes, still_due_in},
    store::Location,
};
use serde_json::json;
use world::{
    Fate, POWER, World,
    alarms::{armed, clock, planned, stages},
    ends::end,
    world,
};

const SHANGHAI: &str = "Asia/Shanghai";

/// A phone with one bill, due on 2 December 2026, at noon of that day of November in Shanghai.
async fn phone(day: u8) -> (World, Client) {
    let world = world();
    let noon = format!("2026-11-{day:02}T04:00:00Z");
    clock(&world, &noon);
    world.bank_clock.set(noon.parse().unwrap());
    let client = world.bound().await;
    (world, client)
}

/// The id of the bill's reminder on its last day.
fn last_day(planned: &Reminders) -> String {
    planned.reminders.iter().find(|it| it.id.ends_with(".d0")).unwrap().id.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_39_what_was_armed_is_kept_and_what_was_seen_is_not_told_again() {
    let (world, client) = phone(22).await;
    let first = planned(&client).await;
    assert_eq!(stages(&first), ["d7", "d3", "d1", "d0", "o1", "o3", "o7", "o14", "o30"]);
    assert_eq!((first.changes.add.len(), first.reminders.last().unwrap().id.as_str()), (10, TAIL));
    client.report_armed(armed(&first.reminders, &[])).await.unwrap();
    let again = planned(&client).await;
    assert_eq!((again.changes.add.len(), again.changes.cancel.len(), again.changes.keep.len()), (0, 0, 10));
    // The first one is seen; then the clock is set back by hours, and the process starts anew.
    let seen = first.reminders[0].id.clone();
    client.report_armed(armed(&first.reminders[1..], &[&seen])).await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    clock(&world, "2026-11-24T04:00:00Z");
    let client = world.open().await;
    let after = planned(&client).await;
    assert_eq!(stages(&after), ["d3", "d1", "d0", "o1", "o3", "o7", "o14", "o30"]);
    assert!(after.changes.add.iter().all(|it| it.id == TAIL), "{after:?}");
    // By days: then what was said was said by a clock that was wrong.
    clock(&world, "2026-11-20T04:00:00Z");
    assert_eq!(stages(&planned(&client).await)[..2], ["d7", "d3"]);
    // Off while d3 was to be said: it is said at once, once.
    clock(&world, "2026-11-29T05:00:30Z");
    let late = planned(&client).await;
    assert_eq!((late.reminders[0].late, late.reminders[0].at.to_string().as_str()), (true, "2026-11-29T05:01:00Z"));
    assert!(late.reminders[0].id.ends_with(".d3"), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_40_another_zone_is_another_plan_with_the_same_ids() {
    let (_world, client) = phone(22).await;
    let here = planned(&client).await;
    client.report_armed(armed(&here.reminders, &[])).await.unwrap();
    let there = client.reminders("America/Los_Angeles", Caps::IOS).await.unwrap();
    assert_eq!(stages(&here), stages(&there));
    assert_eq!((there.changes.add.len(), there.changes.cancel.len()), (10, 0), "each takes the other's place");
    let unknown = client.reminders("Asia/Atlantis", Caps::IOS).await.unwrap_err();
    assert!(matches!(unknown, ReminderError::Zone(_)), "{unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_43_paid_on_this_phone_it_is_spoken_of_no_more_at_once() {
    let (world, client) = phone(22).await;
    let before = planned(&client).await;
    let id = last_day(&before);
    client.report_armed(armed(&before.reminders, &[])).await.unwrap();
    assert_eq!(client.still_due(&id).await, Ok(StillDue::Yes));
    assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
    let after = planned(&client).await;
    assert_eq!((after.reminders.len(), after.changes.cancel.len()), (0, 10));
    assert_eq!(client.still_due(&id).await, Ok(StillDue::No), "before any refresh");
    client.refresh().await.unwrap();
    assert_eq!(client.still_due(&id).await, Ok(StillDue::No));
    assert_eq!(planned(&client).await.reminders, []);
    // The biller asks again, in a later version: what is owed is spoken of.
    world.bank_clock.advance(Duration::from_secs(60));
    let known = client.bills(billpay_core::model::Language::En).await.unwrap().bills.remove(0);
    world.network.forge_feed(move |feed, _| {
        feed["bills"] = json!([{
            "account": known.account, "biller": known.biller, "bill_number": known.bill_number,
            "version": known.version + 1, "kind": "bill", "state": "open", "due_date": "2026-12-02",
            "amount": { "minor": 5_000, "currency": "CNY" }, "minimum": { "minor": 5_000, "currency": "CNY" },
            "maximum": { "minor": 5_000, "currency": "CNY" }, "items": [], "updated_at": "2026-11-22T04:00:00Z",
        }]);
    });
    client.refresh().await.unwrap();
    assert_eq!(client.still_due(&id).await, Ok(StillDue::Yes));
    assert_eq!(last_day(&planned(&client).await), id);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_43_paid_or_withdrawn_elsewhere_it_is_spoken_of_no_more_after_one_sync() {
    for state in ["paid", "cancelled", "of-a-later-version"] {
        let (world, client) = phone(22).await;
        let id = last_day(&planned(&client).await);
        let known = client.bills(billpay_core::model::Language::En).await.unwrap().bills.remove(0);
        world.network.forge_feed(move |feed, _| {
            feed["bills"] = json!([{
                "account": known.account, "biller": known.biller, "bill_number": known.bill_number,
                "version": known.version + 1, "kind": "bill", "state": state, "due_date": "2026-12-02",
                "amount": { "minor": 12_345, "currency": "CNY" }, "minimum": { "minor": 0, "currency": "CNY" },
                "maximum": { "minor": 0, "currency": "CNY" }, "items": [], "updated_at": "2026-11-22T04:00:00Z",
            }]);
        });
        client.refresh().await.unwrap();
        assert_eq!(planned(&client).await.reminders, [], "{state}");
        assert_eq!(client.still_due(&id).await, Ok(StillDue::No), "{state}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_while_it_is_being_checked_every_reminder_says_so_and_none_invites_to_pay() {
    let (world, client) = phone(22).await;
    let before = planned(&client).await;
    client.report_armed(armed(&before.reminders, &[])).await.unwrap();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = world.pay(&client).await;
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    let checking = planned(&client).await;
    assert_eq!(stages(&checking), stages(&before));
    assert_eq!((checking.changes.add.len(), checking.changes.cancel.len()), (9, 0), "all but the tail are replaced");
    for it in checking.reminders.iter().filter(|it| it.kind != Kind::Tail) {
        assert_eq!((it.kind, it.pay), (Kind::Checking, false));
        assert!(it.body.contains("请勿重复缴费"), "{}", it.body);
    }
    assert_eq!(client.still_due(&last_day(&checking)).await, Ok(StillDue::Checking));
    world.network.heal();
    client.network_returned();
    assert_eq!(end(&client, &payment.id).await, PaymentState::Settled);
    assert_eq!(planned(&client).await.reminders, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_told_that_a_payment_is_being_checked_it_is_told_that_the_bill_is_due_once_that_has_failed() {
    let (world, client) = phone(22).await;
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = world.pay(&client).await;
    // Three days before it is said, in the words of then.
    clock(&world, "2026-11-29T05:00:30Z");
    let checking = planned(&client).await;
    let d3 = checking.reminders[0].clone();
    assert_eq!((d3.kind, d3.id.ends_with(".d3")), (Kind::Checking, true));
    let said = Armed { told_checking: vec![d3.id.clone(), TAIL.to_owned()], ..armed(&checking.reminders[1..], &[]) };
    client.report_armed(said).await.unwrap();
    assert_eq!(stages(&planned(&client).await)[0], "d1", "it is not said twice while it is so");
    world.network.heal();
    world.bank_clock.advance(Duration::from_secs(3_600));
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    let failed = planned(&client).await;
    assert_eq!((&failed.reminders[0].id, failed.reminders[0].kind), (&d3.id, Kind::Due));
    assert_eq!((failed.reminders[0].late, failed.reminders[0].pay), (true, true));
    assert!(failed.changes.add.iter().any(|it| it.id == d3.id), "{:?}", failed.changes);
    // Said as that, it is said.
    client.report_armed(armed(&failed.reminders[1..], &[&d3.id])).await.unwrap();
    assert_eq!(stages(&planned(&client).await)[0], "d1");
    // What the person chooses undoes neither, and what is gone is let go.
    client.set_reminder_policy(Wishes::default()).await.unwrap();
    let wishes = client.reminder_policy().await.unwrap();
    assert_eq!((wishes.told, wishes.told_checking), (BTreeSet::from([d3.id.clone()]), BTreeSet::from([d3.id.clone()])));
    world.on_phone("DELETE FROM bill");
    client.report_armed(armed(&[], &[])).await.unwrap();
    assert_eq!(client.reminder_policy().await.unwrap().told_checking, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_who_paid_in_vain_is_told_so_once_though_the_day_had_been_told() {
    let (world, client) = phone(22).await;
    let wishes = Wishes { lead_days: vec![10, 0], overdue_days: vec![], overdue_every: 0, ..Wishes::default() };
    client.set_reminder_policy(wishes).await.unwrap();
    let before = planned(&client).await;
    assert_eq!(stages(&before), ["d10", "d0"]);
    client.report_armed(armed(&before.reminders[1..], &[&before.reminders[0].id])).await.unwrap();
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = world.pay(&client).await;
    assert_eq!(stages(&planned(&client).await), ["d0"], "while it is being checked the day alone is spoken of");
    world.network.heal();
    world.bank_clock.advance(Duration::from_secs(3_600));
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    let issued = client.documents(&payment.id).await.unwrap()[0].issued;
    let failed = planned(&client).await;
    assert_eq!(stages(&failed), [format!("f{}", issued.as_second()), "d0".to_owned()]);
    let said = &failed.reminders[0];
    // By the whole minute, after time to try again.
    let waits = said.at.duration_since(issued).as_secs();
    assert!((600..=660).contains(&waits) && said.at.as_second() % 60 == 0, "{issued} {said:?}");
    assert_eq!((said.kind, said.pay, said.late), (Kind::Due, true, false));
    assert!(said.body.starts_with("上次缴费未成功。"), "{}", said.body);
    assert_eq!(client.still_due(&said.id).await, Ok(StillDue::Yes));
    client.report_armed(armed(&failed.reminders[1..], &[&said.id])).await.unwrap();
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    assert_eq!(stages(&planned(&client).await), ["d0"]);
    assert_eq!(world.pay(&client).await.state, PaymentState::Settled);
    assert_eq!(planned(&client).await.reminders, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_what_another_device_is_paying_is_being_checked_too() {
    let (world, client) = phone(22).await;
    let number = world.quote(&client).await.bill_number;
    world.network.forge_feed(move |feed, _| {
        feed["orders"] = json!([{
            "payment_id": "019a9d3e-7c00-7000-8000-000000000001", "order_digest": "d", "state": "open",
            "device": "another", "biller": POWER, "bill_number": number, "total": { "minor": 1, "currency": "CNY" },
            "valid_until": "2026-11-22T05:05:00Z",
        }]);
    });
    client.refresh().await.unwrap();
    let planned = planned(&client).await;
    assert!(planned.reminders.iter().all(|it| it.kind == Kind::Checking || it.kind == Kind::Tail), "{planned:?}");
    assert!(!stages(&planned).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_43_whether_it_is_still_due_is_known_while_the_key_store_is_locked() {
    let (world, client) = phone(22).await;
    let id = last_day(&planned(&client).await);
    client.suspend().await.unwrap();
    drop(client);
    *world.keys.fails.lock().unwrap() = Some(SecretError::Locked);
    let client = world.open().await;
    assert_eq!(client.reminders(SHANGHAI, Caps::IOS).await, Err(ReminderError::Fault(Fault::Locked)));
    assert_eq!(client.still_due(&id).await, Ok(StillDue::Yes));
    assert_eq!(client.still_due(TAIL).await, Ok(StillDue::Yes));
    assert_eq!(still_due_in(&world.profile, &id), Ok(StillDue::Yes));
    assert_eq!(still_due_in(&world.profile, TAIL), Ok(StillDue::Yes));
    // Ids of another profile, and what is no id at all.
    let row = "A".repeat(43);
    for other in [&*format!("{row}~{row}.2026-12-02.d0"), "", ".", "~", "a~b.c", "nonsense", &"x".repeat(100_000)] {
        assert_eq!(client.still_due(other).await, Ok(StillDue::Unknown), "{other:.20}");
        assert_eq!(still_due_in(&world.profile, other), Ok(StillDue::Unknown), "{other:.20}");
    }
    world.on_phone("DELETE FROM bill");
    assert_eq!(client.still_due(&id).await, Ok(StillDue::Unknown));
    assert_eq!(still_due_in(&world.profile, &id), Ok(StillDue::Unknown));
    let nowhere = Location::memory("of nobody");
    assert_eq!(still_due_in(&nowhere, &id), Ok(StillDue::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_42_what_the_person_chose_outlives_the_process_and_nonsense_changes_nothing() {
    let (world, client) = phone(22).await;
    let wishes = Wishes { lead_days: vec![0, 1], overdue_days: vec![2], overdue_every: 0, ..Wishes::default() };
    client.set_reminder_policy(wishes.clone()).await.unwrap();
    let nonsense = Wishes { horizon_days: 0, ..wishes.clone() };
    let refused = client.set_reminder_policy(nonsense).await;
    assert_eq!(refused, Err(ReminderError::Policy(PolicyError::TooFar("horizon_days"))));
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    assert_eq!(client.reminder_policy().await.unwrap(), wishes);
    let first = planned(&client).await;
    assert_eq!(stages(&first), ["d1", "d0", "o2"]);
    // Put off from one day to the next, by the id of any of its reminders.
    client.snooze(&first.reminders[0].id, "2026-12-01T06:00:00Z".parse().unwrap()).await.unwrap();
    let put_off = planned(&client).await;
    assert_eq!(put_off.reminders[0].at.to_string(), "2026-12-01T06:00:00Z");
    assert_eq!(stages(&put_off)[1..], ["d0", "o2"]);
    let past = client.snooze(&first.reminders[0].id, "2026-11-01T06:00:00Z".parse().unwrap()).await.unwrap_err();
    assert!(matches!(past, ReminderError::Policy(PolicyError::Snooze { .. })), "{past}");
    assert_eq!(client.snooze("nobody", jiff::Timestamp::MAX).await, Err(ReminderError::UnknownBill));
    assert_eq!(planned(&client).await, put_off);
    client.mute(POWER, true).await.unwrap();
    assert_eq!(planned(&client).await.reminders, []);
    client.mute(POWER, false).await.unwrap();
    assert_eq!(planned(&client).await, put_off);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_41_what_nobody_will_see_is_named() {
    let (_world, client) = phone(22).await;
    let health = async || client.reminder_health(SHANGHAI, Caps { most: 5 }).await.unwrap();
    let plan = client.reminders(SHANGHAI, Caps { most: 5 }).await.unwrap().reminders;
    // Nothing was armed yet; four and the tail have room, the rest has none.
    let why: Vec<Why> = health().await.iter().map(|it| it.why).collect();
    assert_eq!(why[..4], [Why::NotArmed; 4]);
    assert!(why[4..9].iter().all(|why| *why == Why::Cap) && why.len() == 10, "{why:?}");
    client.report_armed(armed(&plan, &[])).await.unwrap();
    let why: Vec<Why> = health().await.iter().map(|it| it.why).collect();
    assert_eq!(why, [Why::Cap; 5], "the last five of the bill's nine");
    client.report_armed(Armed { notifications: false, ..armed(&plan, &[]) }).await.unwrap();
    assert!(health().await.iter().all(|it| it.why == Why::NotificationsOff));
    client.report_armed(Armed { permission: false, ..armed(&[], &[]) }).await.unwrap();
    assert_eq!(health().await[0].why, Why::NoPermission);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_45_the_number_in_full_leaves_the_core_only_where_the_person_chose_that() {
    let (world, client) = phone(22).await;
    let number = world.number(POWER, 0);
    let shown = async || {
        let planned = planned(&client).await;
        assert!(!format!("{planned:?}").contains(&number), "not for logs");
        planned.reminders.iter().map(|it| format!("{} {}", it.title, it.body)).collect::<String>()
    };
    assert!(!shown().await.contains(&number) && shown().await.contains("¥123.45"));
    for (redaction, full) in [(Redaction::Nothing, true), (Redaction::Everything, false), (Redaction::Masked, false)] {
        client.set_reminder_policy(Wishes { redaction, ..Wishes::default() }).await.unwrap();
        assert_eq!(shown().await.contains(&number), full, "{redaction:?}");
        assert_eq!(client.reminder_bills().await.unwrap()[0].number.is_some(), full);
    }
    // Nothing of reminders stands in clear in the file, their handles least of all.
    let planned = planned(&client).await;
    client.report_armed(armed(&planned.reminders, &[])).await.unwrap();
    assert!(!world.on_disk(b"2026-12-02") && !world.on_disk(planned.reminders[0].mark.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_bills_that_are_gone_is_let_go() {
    let (world, client) = phone(22).await;
    let plan = planned(&client).await.reminders;
    let row = "A".repeat(43);
    client.report_armed(armed(&plan, &[&plan[0].id, &format!("{row}~{row}.2020-01-01.d0"), TAIL])).await.unwrap();
    assert_eq!(client.reminder_policy().await.unwrap().told, BTreeSet::from([plan[0].id.clone()]));
    // And the person's own wishes do not undo it.
    client.set_reminder_policy(Wishes::default()).await.unwrap();
    assert_eq!(client.reminder_policy().await.unwrap().told.len(), 1);
    world.on_phone("UPDATE setting SET sealed = x'00' WHERE id = 'reminders'");
    // What the file has lost is the default, and hides everything; reminders go on.
    let hidden = Wishes { redaction: Redaction::Everything, ..Wishes::default() };
    assert_eq!(client.reminder_policy().await.unwrap(), hidden);
    assert_eq!(planned(&client).await.reminders.len(), 10);
}

/// What the bank sent by push since the beginning.
fn pushed(world: &World) -> Vec<(String, String, String)> {
    world.gateway.pushes().all().into_iter().map(|push| (push.id, push.title, push.body)).collect()
}

/// The bank's clock says that, and the bank runs its errands.
async fn at_the_bank(world: &World, at: jiff::Timestamp) {
    world.bank_clock.set(at);
    world.gateway.remind().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_the_bank_says_the_same_at_the_same_moments_under_the_same_names() {
    let (world, client) = phone(22).await;
    world.bank_clock.set("2026-11-22T04:00:00Z".parse().unwrap());
    let all = BTreeSet::from([Channel::Phone, Channel::Push, Channel::Sms]);
    client.choose_channels(None, Some(all)).await.unwrap();
    assert!(!client.reminder_channels().await.unwrap().bank_knows);
    client.refresh().await.unwrap();
    assert!(client.reminder_channels().await.unwrap().bank_knows);
    assert_eq!(world.network.count("POST /v1/reminders"), 1);
    // Nothing has changed: nothing is told.
    client.refresh().await.unwrap();
    assert_eq!(world.network.count("POST /v1/reminders"), 1);
    let plan = planned(&client).await.reminders;
    let before = world.sms.all().len();
    let mut expected = Vec::new();
    for it in plan.iter().filter(|it| it.kind != Kind::Tail) {
        at_the_bank(&world, it.at - Duration::from_secs(1)).await;
        assert_eq!(pushed(&world), expected, "not a moment too soon");
        at_the_bank(&world, it.at + Duration::from_millis(10)).await;
        let name = client.shared_reminder(&it.id).await.unwrap().unwrap();
        assert_eq!(client.pushed_reminder(&name).await.unwrap().as_deref(), Some(it.id.as_str()));
        assert!(!name.contains('~') && !it.id.contains(name.split('.').next().unwrap()));
        expected.push((name, it.title.clone(), it.body.clone()));
    }
    assert_eq!((pushed(&world), expected.len()), (expected.clone(), 9));
    let texts: Vec<String> = world.sms.all().split_off(before).into_iter().map(|sms| sms.text).collect();
    let as_messages: Vec<String> = expected.iter().map(|(_, title, body)| format!("{title}：{body}")).collect();
    assert_eq!(texts, as_messages);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_a_binding_is_spoken_of_by_its_own_channels_and_the_phone_keeps_to_its_own() {
    let (world, client) = phone(22).await;
    let account = client.accounts().await.unwrap().accounts.remove(0).id;
    let only = |channel| Some(BTreeSet::from([channel]));
    let unknown = client.choose_channels(Some("A-of-nobody"), only(Channel::Sms)).await;
    assert_eq!(unknown, Err(ReminderError::UnknownBinding));
    client.choose_channels(Some(&account), only(Channel::Sms)).await.unwrap();
    assert_ne!(planned(&client).await.reminders, [], "nobody else says it yet");
    client.tell_reminders().await.unwrap();
    assert_eq!(planned(&client).await.reminders, [], "it is the bank's to say");
    let sent = world.network.sent("POST /v1/reminders");
    assert_eq!((&sent["channels"], &sent["bindings"][0]["channels"]), (&json!(["phone"]), &json!(["sms"])));
    assert_eq!(sent["zone"], SHANGHAI);
    // Put off, muted and elsewhere: the bank hears of each with the next refresh.
    client.choose_channels(Some(&account), Some(BTreeSet::from([Channel::Phone, Channel::Sms]))).await.unwrap();
    let first = planned(&client).await.reminders[0].id.clone();
    client.snooze(&first, "2026-11-28T04:00:00Z".parse().unwrap()).await.unwrap();
    client.mute(POWER, true).await.unwrap();
    client.reminders("Europe/London", Caps::IOS).await.unwrap();
    client.refresh().await.unwrap();
    let sent = world.network.sent("POST /v1/reminders");
    assert_eq!((&sent["zone"], &sent["policy"]["muted"]), (&json!("Europe/London"), &json!([POWER])));
    let put_off = sent["snoozed"][0]["bill"].as_str().unwrap();
    let name = client.shared_reminder(&first).await.unwrap().unwrap();
    assert!(name.starts_with(put_off), "{name} {put_off}");
    assert!(!sent.to_string().contains('~'), "the phone's own names stay with it");
    // Taken back: the bank hears that, too, although it is to do nothing from now on.
    client.choose_channels(Some(&account), None).await.unwrap();
    client.refresh().await.unwrap();
    assert_eq!(world.network.sent("POST /v1/reminders")["bindings"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_where_a_choice_does_not_reach_the_bank_the_phone_says_what_comes_after_it_was_last_heard_of() {
    let (world, client) = phone(22).await;
    client.choose_channels(None, Some(BTreeSet::from([Channel::Sms]))).await.unwrap();
    client.refresh().await.unwrap();
    assert!(client.reminder_channels().await.unwrap().bank_knows);
    // Seven days before was the bank's to say, and it was heard of since.
    let later = |at: &str| {
        clock(&world, at);
        world.bank_clock.set(at.parse().unwrap());
    };
    later("2026-11-25T04:00:00Z");
    client.refresh().await.unwrap();
    let policy = || async { client.reminder_policy().await.unwrap() };
    let told: Vec<String> = policy().await.told.into_iter().collect();
    assert!(matches!(told.as_slice(), [one] if one.ends_with(".d7")), "{told:?}");
    // What is changed from now on does not reach it.
    world.network.only("POST", "/v1/reminders", Fate::LoseRequest);
    client.mute("gas-sh", true).await.unwrap();
    client.refresh().await.unwrap();
    assert!(!client.reminder_channels().await.unwrap().bank_knows);
    assert_eq!(stages(&planned(&client).await)[0], "d3", "what the bank has said is not said again");
    // It goes on by the old choice, or has stopped: nobody can say.
    later("2026-11-29T04:00:00Z");
    client.refresh().await.unwrap();
    let now = planned(&client).await.reminders[0].clone();
    assert_eq!((now.id.ends_with(".d3"), now.late), (true, true));
    // Once it has taken the choice the phone is silent again.
    world.network.heal();
    client.refresh().await.unwrap();
    assert_eq!(planned(&client).await.reminders, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_the_bank_is_told_nothing_where_the_phone_alone_reminds_and_later_where_there_is_no_network() {
    let (world, client) = phone(22).await;
    client.mute("water-sh", true).await.unwrap();
    client.refresh().await.unwrap();
    client.tell_reminders().await.unwrap();
    assert_eq!(world.network.count("POST /v1/reminders"), 0);
    client.choose_channels(None, Some(BTreeSet::from([Channel::Sms]))).await.unwrap();
    world.network.only("POST", "/v1/reminders", Fate::LoseAnswer);
    client.refresh().await.unwrap();
    assert!(client.tell_reminders().await.is_err() && !client.reminder_channels().await.unwrap().bank_knows);
    world.network.heal();
    client.suspend().await.unwrap();
    drop(client);
    let client = world.open().await;
    client.refresh().await.unwrap();
    assert!(client.reminder_channels().await.unwrap().bank_knows);
    // A feed that starts from nothing: the bank may have forgotten.
    let before = world.network.count("POST /v1/reminders");
    world.network.forge_feed(|feed, _| feed["full"] = json!(true));
    client.refresh().await.unwrap();
    assert_eq!(world.network.count("POST /v1/reminders"), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_a_bill_that_does_not_open_stays_told_and_the_next_refresh_fetches_it() {
    let (world, client) = phone(26).await;
    let first = planned(&client).await;
    let (told, bill) = (first.reminders[0].id.clone(), first.reminders[0].bill.clone().unwrap());
    client.snooze(&bill, "2026-11-30T04:00:00Z".parse().unwrap()).await.unwrap();
    client.report_armed(armed(&[], &[&told])).await.unwrap();
    let before = client.reminder_policy().await.unwrap();
    assert!(before.told.contains(&told) && before.snoozed.len() == 1);
    world.rot("bill", bill.split('~').next().unwrap());
    client.report_armed(armed(&[], &[])).await.unwrap();
    assert_eq!(client.reminder_policy().await.unwrap(), before);
    client.refresh().await.unwrap();
    assert!(planned(&client).await.reminders.iter().any(|it| it.bill.as_ref() == Some(&bill)), "it is here again");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_where_the_bank_leaves_a_way_out_the_phone_goes_on_reminding_and_says_so() {
    let (world, client) = phone(22).await;
    world.network.forge(|what, answer| {
        if what.starts_with("POST /v1/reminders") && answer.status == 200 {
            let mut body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            body["channels"].as_array_mut().unwrap().retain(|it| it != "push");
            answer.body = serde_json::to_vec(&body).unwrap();
        }
    });
    client.choose_channels(None, Some(BTreeSet::from([Channel::Push]))).await.unwrap();
    client.refresh().await.unwrap();
    assert!(!client.reminder_channels().await.unwrap().bank_knows);
    assert_ne!(planned(&client).await.reminders, [], "nobody else says it");
    // It has push from today on: told again by itself.
    world.network.forge(|_, _| {});
    client.refresh().await.unwrap();
    assert!(client.reminder_channels().await.unwrap().bank_knows);
    assert_eq!(planned(&client).await.reminders, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_a_file_that_was_put_back_is_heard_by_a_bank_that_was_told_more_by_it_before() {
    let (world, client) = phone(22).await;
    let choose = async |channel| client.choose_channels(None, Some(BTreeSet::from([channel]))).await.unwrap();
    for channel in [Channel::Sms, Channel::Push, Channel::Sms] {
        choose(channel).await;
        client.tell_reminders().await.unwrap();
    }
    let before = world.sealed("setting", "reminders");
    for channel in [Channel::Push, Channel::Sms, Channel::Push] {
        choose(channel).await;
        client.tell_reminders().await.unwrap();
    }
    assert_eq!(world.network.sent("POST /v1/reminders")["revision"], 6);
    world.put_back("setting", "reminders", &before);
    choose(Channel::Phone).await;
    client.tell_reminders().await.unwrap();
    assert_eq!(world.network.sent("POST /v1/reminders")["channels"], json!(["phone"]));
    assert_eq!(world.network.sent("POST /v1/reminders")["revision"], 7);
    assert!(client.reminder_channels().await.unwrap().bank_knows);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_that_does_not_open_is_said_to_be_lost_until_the_person_chooses_anew() {
    let (world, client) = phone(22).await;
    client.set_reminder_policy(Wishes { lead_days: vec![2], ..Wishes::default() }).await.unwrap();
    assert!(!planned(&client).await.lost);
    world.on_phone("UPDATE setting SET sealed = x'00' WHERE id = 'reminders'");
    let after = planned(&client).await;
    assert!(after.lost && stages(&after).contains(&"d3".to_owned()), "by the default, and said so");
    // Whoever had chosen to show nothing shows nothing; whoever had not sees that there is something.
    let shows =
        |planned: &Reminders| planned.reminders.iter().any(|it| it.body.contains("户号") || it.body.contains('¥'));
    assert!(!shows(&after), "{:?}", after.reminders[0].body);
    // What the system reports overwrites it; that it was lost is not forgotten by that.
    client.report_armed(armed(&after.reminders, &[])).await.unwrap();
    client.mute(POWER, true).await.unwrap();
    client.mute(POWER, false).await.unwrap();
    let kept = planned(&client).await;
    assert!(kept.lost && !shows(&kept));
    client.set_reminder_policy(Wishes::default()).await.unwrap();
    let chosen = planned(&client).await;
    assert!(!chosen.lost && shows(&chosen));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_42_putting_one_bill_off_brings_back_nothing_of_another_that_was_put_off_before() {
    let (world, client) = phone(22).await;
    let first = planned(&client).await.reminders.remove(0);
    let [until, later]: [jiff::Timestamp; 2] =
        ["2026-11-22T08:00:00Z", "2026-11-22T12:00:00Z"].map(|at| at.parse().unwrap());
    client.snooze(&first.id, until).await.unwrap();
    world.bind(&client, 1).await;
    client.refresh().await.unwrap();
    clock(&world, "2026-11-22T09:00:00Z");
    let other = planned(&client).await.reminders.into_iter().find(|it| it.bill.is_some() && it.bill != first.bill);
    client.snooze(&other.unwrap().id, later).await.unwrap();
    let mut kept: Vec<_> = client.reminder_policy().await.unwrap().snoozed.iter().map(|it| it.until).collect();
    kept.sort();
    assert_eq!(kept, [until, later], "the first still holds back what came before it");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_42_what_another_call_chose_while_a_person_looked_at_the_choice_stays() {
    let (world, client) = phone(22).await;
    let ids: Vec<String> = planned(&client).await.reminders.into_iter().map(|it| it.id).collect();
    client.mute("gas-sh", true).await.unwrap();
    client.snooze(&ids[0], "2026-11-23T04:00:00Z".parse().unwrap()).await.unwrap();
    let read = client.reminder_policy().await.unwrap();
    // On the screen of a notification, and in another window.
    client.mute("water-sh", true).await.unwrap();
    client.snooze(&ids[0], "2026-11-28T04:00:00Z".parse().unwrap()).await.unwrap();
    client.choose_channels(None, Some(BTreeSet::from([Channel::Phone, Channel::Sms]))).await.unwrap();
    let muted = BTreeSet::from(["gas-sh".to_owned(), "mobile-cn".to_owned()]);
    let wished = Wishes { overdue_every: 7, muted, ..read.clone() };
    client.change_reminder_policy(read.clone(), wished.clone()).await.unwrap();
    let now = client.reminder_policy().await.unwrap();
    assert_eq!(now.overdue_every, 7);
    let muted: Vec<&str> = now.muted.iter().map(String::as_str).collect();
    assert_eq!(muted, ["gas-sh", "mobile-cn", "water-sh"]);
    assert_eq!(now.snoozed.len(), 1, "{:?}", now.snoozed);
    assert_eq!(now.snoozed[0].until.to_string(), "2026-11-28T04:00:00Z");
    assert_eq!(now.channels, BTreeSet::from([Channel::Phone, Channel::Sms]));
    // What was changed is taken back, and nothing else; nonsense changes nothing.
    client
        .change_reminder_policy(now.clone(), Wishes { snoozed: Vec::new(), muted: BTreeSet::new(), ..now.clone() })
        .await
        .unwrap();
    let after = client.reminder_policy().await.unwrap();
    assert_eq!((after.snoozed.len(), after.muted.len(), &after.channels), (0, 0, &now.channels));
    let nonsense = Wishes { horizon_days: 0, overdue_every: 9, ..after.clone() };
    let refused = client.change_reminder_policy(after.clone(), nonsense).await;
    assert_eq!(refused, Err(ReminderError::Policy(PolicyError::TooFar("horizon_days"))));
    assert_eq!(client.reminder_policy().await.unwrap(), after);
    // A way that is taken back is told, too: another phone may have chosen the bank's.
    client
        .change_reminder_policy(after.clone(), Wishes { channels: BTreeSet::from([Channel::Phone]), ..after })
        .await
        .unwrap();
    client.refresh().await.unwrap();
    assert_eq!(world.network.sent("POST /v1/reminders")["channels"], json!(["phone"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_89_a_choice_of_ways_with_the_whole_policy_is_told_to_the_bank_whatever_it_is() {
    let (world, client) = phone(22).await;
    client.set_reminder_policy(Wishes { channels: BTreeSet::from([Channel::Sms]), ..Wishes::default() }).await.unwrap();
    client.set_reminder_policy(Wishes::default()).await.unwrap();
    assert!(!client.reminder_channels().await.unwrap().bank_knows);
    client.refresh().await.unwrap();
    assert_eq!(world.network.count("POST /v1/reminders"), 1, "an earlier phone may have chosen the bank's ways");
    // Nothing of the ways, nothing for the bank.
    let (world, client) = phone(22).await;
    client.set_reminder_policy(Wishes { lead_days: vec![2], ..Wishes::default() }).await.unwrap();
    client.refresh().await.unwrap();
    assert_eq!(world.network.count("POST /v1/reminders"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_39_alarms_of_a_bill_that_does_not_open_stay_as_they_are() {
    for (table, lost) in [("bill", "its row"), ("account", "its binding's row")] {
        let (world, client) = phone(22).await;
        let first = planned(&client).await;
        let ids: Vec<String> = first.reminders.iter().filter(|it| it.id != TAIL).map(|it| it.id.clone()).collect();
        client.report_armed(armed(&first.reminders, &[])).await.unwrap();
        let row = match table {
            "bill" => first.reminders[0].bill.clone().unwrap().split('~').next().unwrap().to_owned(),
            _ => world.ids("account").remove(0),
        };
        world.rot(table, &row);
        let after = planned(&client).await;
        let kept: BTreeSet<String> = after.changes.keep.into_iter().collect();
        assert_eq!((after.changes.cancel, kept), (vec![TAIL.to_owned()], ids.iter().cloned().collect()), "{lost}");
        assert_eq!(client.still_due(&ids[0]).await, Ok(StillDue::Yes), "it is shown when its time comes");
        assert_eq!(client.reminder_health(SHANGHAI, Caps::IOS).await, Ok(Vec::new()), "{lost}");
        // They have a place each.
        let other = client.reminders(SHANGHAI, Caps { most: 9 }).await.unwrap();
        assert_eq!((other.reminders.len(), other.changes.keep.len()), (0, 9), "{lost}");
        // Who wants to hear nothing hears nothing; nor of a bill that is gone.
        client.choose_channels(None, Some(BTreeSet::new())).await.unwrap();
        assert_eq!(planned(&client).await.changes.cancel.len(), 10, "{lost}");
        client.choose_channels(None, None).await.unwrap();
        world.on_phone("UPDATE bill SET state = 'paid'");
        assert_eq!(planned(&client).await.changes.cancel.len(), 10, "{lost}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_43_after_a_part_was_paid_the_rest_is_still_due_before_any_refresh() {
    let world = world();
    clock(&world, "2026-11-22T04:00:00Z");
    world.bank_clock.set("2026-11-22T04:00:00Z".parse().unwrap());
    let client = world.open().await;
    world.activate(&client).await;
    let echo = client.lookup_binding("water-sh", &world.number("water-sh", 0)).await.unwrap();
    client.confirm_binding(&echo, "").await.unwrap();
    let owed = async || {
        let bills = client.bills(billpay_core::model::Language::En).await.unwrap().bills;
        bills.into_iter().find(|bill| bill.biller == "water-sh").unwrap()
    };
    let failed = async || stages(&planned(&client).await).iter().any(|stage| stage.starts_with('f'));
    let bill = owed().await;
    let id = client.reminder_of("water-sh", &bill.bill_number).await.unwrap().unwrap();
    let pay = async |minor: i64, comes_to: PaymentState| {
        let sum = Money::new(minor, bill.amount.currency()).unwrap();
        let quote = client.quote("water-sh", &bill.bill_number, Some(sum), None).await.unwrap();
        if let Some(first) = &quote.first_payment {
            client.acknowledge_echo(&first.account, &first.echo_digest).await.unwrap();
        }
        let payment = client.pay(&quote.id).await.unwrap();
        if comes_to != PaymentState::Settled {
            world.network.heal();
            world.bank_clock.advance(Duration::from_secs(3_600));
            client.network_returned();
        }
        let ended = end(&client, &payment.id).await;
        assert_eq!(std::mem::discriminant(&ended), std::mem::discriminant(&comes_to), "{ended:?}");
    };
    assert!(bill.amount.minor() > 2_000, "{bill:?}");
    // One that fails is told, until one of a part has settled: then that is not how the last one went.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    pay(2_000, PaymentState::Reversed { reason: String::new() }).await;
    assert!(failed().await);
    pay(2_000, PaymentState::Settled).await;
    assert!(!failed().await);
    assert_eq!(client.still_due(&id).await, Ok(StillDue::Yes), "the rest of it is");
    client.refresh().await.unwrap();
    let rest = owed().await;
    assert_eq!((rest.amount.minor(), client.still_due(&id).await), (bill.amount.minor() - 2_000, Ok(StillDue::Yes)));
    pay(rest.amount.minor(), PaymentState::Settled).await;
    assert_eq!(client.still_due(&id).await, Ok(StillDue::No), "all of it is paid");
    client.refresh().await.unwrap();
    assert_eq!(client.still_due(&id).await, Ok(StillDue::No));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_on_a_broken_page_of_the_file_hides_everything_and_is_said_to_be_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.db");
    let mut world = world();
    world.profile = Location::file(&path);
    let noon = "2026-11-22T04:00:00Z";
    clock(&world, noon);
    world.bank_clock.set(noon.parse().unwrap());
    let client = world.bound().await;
    // So much that it takes pages of its own.
    let muted = (0..400).map(|nth| format!("biller-with-a-long-name-{nth:08}")).collect();
    client.set_reminder_policy(Wishes { muted, redaction: Redaction::Everything, ..Wishes::default() }).await.unwrap();
    let hides = async |client: &Client| {
        let planned = planned(client).await;
        let shown = planned.reminders.iter().any(|it| it.body.contains("户号") || it.body.contains('¥'));
        assert!(!planned.reminders.is_empty() && !shown, "{:?}", planned.reminders[0].body);
        planned.lost
    };
    assert!(!hides(&client).await);
    client.suspend().await.unwrap();
    drop(client);
    let sealed: Vec<u8> = {
        let file = rusqlite::Connection::open(&path).unwrap();
        file.query_row("SELECT sealed FROM setting WHERE id = 'reminders'", [], |row| row.get(0)).unwrap()
    };
    assert!(sealed.len() > 3 * 4096, "{}", sealed.len());
    // The page that holds the middle of it names a next one that there is not.
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = &sealed[sealed.len() / 2..][..32];
    let at = bytes.windows(middle.len()).position(|window| window == middle).unwrap();
    bytes[at / 4096 * 4096..][..4].copy_from_slice(&[0xff; 4]);
    std::fs::write(&path, bytes).unwrap();
    let client = world.open().await;
    assert!(hides(&client).await, "and it is said that it was lost");
    // The next refresh writes the file anew; what was chosen is as lost as before.
    client.refresh().await.unwrap();
    assert!(hides(&client).await);
    client.set_reminder_policy(Wishes { redaction: Redaction::Everything, ..Wishes::default() }).await.unwrap();
    assert!(!hides(&client).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_40_a_plan_is_made_though_the_zone_cannot_be_noted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile.db");
    let mut world = world();
    world.profile = Location::file(&path);
    let noon = "2026-11-22T04:00:00Z";
    clock(&world, noon);
    world.bank_clock.set(noon.parse().unwrap());
    let client = world.bound().await;
    let here = planned(&client).await;
    // Nothing can be written, as on a full disk.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let los_angeles = "America/Los_Angeles";
    let there = client.reminders(los_angeles, Caps::IOS).await.unwrap();
    assert_eq!(stages(&here), stages(&there));
    let unknown = client.reminders("Asia/Atlantis", Caps::IOS).await.unwrap_err();
    assert!(matches!(unknown, ReminderError::Zone(_)), "{unknown}");
    // Noted with the next plan.
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(client.reminders(los_angeles, Caps::IOS).await.unwrap().reminders, there.reminders);
}
