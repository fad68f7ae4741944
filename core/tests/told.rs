//! What was told of a payment that came to nothing stands for when it was seen (rule 8 of docs/reminders.md), wherever the
//! phone is by then and whatever its clock was. And what was told is let go.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{collections::BTreeMap, time::Duration};

use billpay_core::{
    Armed, Client, PaymentState,
    reminders::{Caps, TimeOfDay, Wishes},
};
use world::{
    Fate, World,
    alarms::{armed, clock, planned, stages},
    ends::end,
    world,
};

/// A phone with one bill, due on 2 December 2026, at noon of 22 November in Shanghai.
async fn phone() -> (World, Client) {
    let world = world();
    set(&world, "2026-11-22T04:00:00Z");
    let client = world.bound().await;
    (world, client)
}

/// Sets the clocks of phone and bank.
fn set(world: &World, at: &str) {
    clock(world, at);
    world.bank_clock.set(at.parse().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_told_before_a_journey_that_a_payment_failed_the_last_day_is_spoken_of_wherever_the_phone_is_by_then() {
    let (world, client) = phone().await;
    client.set_reminder_policy(Wishes { lead_days: vec![0], ..Wishes::default() }).await.unwrap();
    set(&world, "2026-12-01T10:00:00Z");
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = world.pay(&client).await;
    world.network.heal();
    world.bank_clock.advance(Duration::from_secs(3_600));
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    let failed = planned(&client).await;
    let said = &failed.reminders[0];
    assert!(said.id.contains(".f") && said.at < "2026-12-01T14:00:00Z".parse().unwrap(), "this evening: {said:?}");
    client.report_armed(armed(&failed.reminders, &[])).await.unwrap();
    set(&world, "2026-12-01T11:30:00Z");
    client.report_armed(armed(&failed.reminders[1..], &[&said.id])).await.unwrap();
    let told_at = client.reminder_policy().await.unwrap().told_at;
    assert_eq!(told_at, BTreeMap::from([(said.id.clone(), said.at)]));
    // On Kiritimati it would have been quiet until two hours after Shanghai's midnight. It is half past two there.
    set(&world, "2026-12-01T18:30:00Z");
    let there = client.reminders("Pacific/Kiritimati", Caps::IOS).await.unwrap();
    assert!(there.reminders[0].id.ends_with(".d0"), "{there:?}");
    assert_eq!(there.reminders[0].at.to_string(), "2026-12-01T19:00:00Z", "at nine");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_a_failure_that_was_told_late_speaks_for_its_day_whatever_hour_its_mark_names() {
    let (world, client) = phone().await;
    let at = TimeOfDay::try_from("09:30".to_owned()).unwrap();
    client.set_reminder_policy(Wishes { lead_days: vec![0], at, ..Wishes::default() }).await.unwrap();
    set(&world, "2026-12-02T00:30:00Z");
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = world.pay(&client).await;
    let plan = planned(&client).await;
    client.report_armed(armed(&plan.reminders, &[])).await.unwrap();
    // At half past nine it was being checked, a minute later that had failed, and the phone heard of it at ten to ten.
    set(&world, "2026-12-02T01:31:00Z");
    let checking = vec![plan.reminders[0].id.clone()];
    client.report_armed(Armed { told_checking: checking, ..armed(&plan.reminders[1..], &[]) }).await.unwrap();
    world.network.heal();
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    set(&world, "2026-12-02T01:50:00Z");
    let failed = planned(&client).await;
    assert!(failed.reminders[0].late && failed.reminders[0].id.contains(".f"), "{failed:?}");
    client.report_armed(armed(&failed.reminders, &[])).await.unwrap();
    set(&world, "2026-12-02T01:51:10Z");
    client.report_armed(armed(&failed.reminders[1..], &[&failed.reminders[0].id])).await.unwrap();
    assert_eq!(stages(&planned(&client).await)[0], "o1");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_44_what_a_clock_told_that_was_hours_ahead_takes_no_day_away_once_it_is_set_right() {
    let (world, client) = phone().await;
    let at = TimeOfDay::try_from("19:00".to_owned()).unwrap();
    client.set_reminder_policy(Wishes { lead_days: vec![0], at, ..Wishes::default() }).await.unwrap();
    set(&world, "2026-12-01T01:00:00Z");
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseRequest } else { Fate::Pass });
    let payment = world.pay(&client).await;
    set(&world, "2026-12-01T02:00:00Z");
    world.network.heal();
    client.network_returned();
    assert!(matches!(end(&client, &payment.id).await, PaymentState::Reversed { .. }));
    clock(&world, "2026-12-02T01:05:00Z");
    let ahead = planned(&client).await;
    assert!(ahead.reminders[0].late && ahead.reminders[0].id.contains(".f"), "{ahead:?}");
    client.report_armed(armed(&ahead.reminders, &[])).await.unwrap();
    clock(&world, "2026-12-02T01:07:00Z");
    client.report_armed(armed(&ahead.reminders[1..], &[&ahead.reminders[0].id])).await.unwrap();
    for now in ["2026-12-01T02:20:00Z", "2026-12-02T00:50:00Z", "2026-12-02T01:30:00Z", "2026-12-02T10:00:00Z"] {
        clock(&world, now);
        let plan = planned(&client).await.reminders;
        assert!(plan[0].id.ends_with(".d0"), "at {now}: {plan:?}");
        client.report_armed(armed(&plan, &[])).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_a_bill_that_is_done_is_let_go_a_year_later() {
    let (world, client) = phone().await;
    let plan = planned(&client).await.reminders;
    client.report_armed(armed(&plan[1..], &[&plan[0].id])).await.unwrap();
    world.pay(&client).await;
    client.refresh().await.unwrap();
    let told = async |day: &str| {
        clock(&world, &format!("{day}T04:00:00Z"));
        client.report_armed(armed(&[], &[])).await.unwrap();
        client.reminder_policy().await.unwrap().told.len()
    };
    assert_eq!([told("2026-12-03").await, told("2027-12-31").await, told("2028-01-10").await], [1, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_told_of_a_bill_that_is_still_owed_is_kept() {
    let (world, client) = phone().await;
    let plan = planned(&client).await.reminders;
    clock(&world, "2029-01-01T04:00:00Z");
    client.report_armed(armed(&plan[1..], &[&plan[0].id])).await.unwrap();
    assert_eq!(client.reminder_policy().await.unwrap().told.len(), 1);
}
