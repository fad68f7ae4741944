//! The power goes at every operation of a payment, and what the device then holds is all that is left
//! (faults 1, 2, 5, 6, 7; I1, I2, I3, I9).

use billpay_core::{PaymentState, error::PayError};
use crash_vfs::{CrashFs, Fault, Survival, Trip};
use rusqlite::{Connection, OpenFlags};

use crate::{
    file::PROFILE,
    phone::{Phone, life},
    world::Fate,
};

/// What makes this payment another than the usual one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twist {
    None,
    /// The network does this to the order, before the cut.
    Network(Fate),
    /// SQLite brings its log into the file in the middle of the payment.
    LongLog,
}

/// Pays until the power goes at the nth operation; whether it went.
fn pay_until(phone: &Phone, at: u64, twist: Twist) -> bool {
    life(async {
        let client = phone.bound().await;
        let quote = phone.world.quote(&client).await;
        if twist == Twist::LongLog {
            lengthen_log(&phone.fs);
        }
        if let Twist::Network(fate) = twist {
            let mut first = true;
            phone.world.network.rule(move |request| match request.url.ends_with("/v1/payments") {
                true if std::mem::take(&mut first) => fate,
                _ => Fate::Pass,
            });
        }
        phone.fs.trip(Trip::any(at, Fault::Power));
        let paid = phone
            .powered(async {
                let payment = client.pay(&quote.id).await?;
                phone.end(&client, &payment.id).await;
                Ok::<_, PayError>(payment.id)
            })
            .await;
        if let Some(id) = &paid {
            phone.fs.heal();
            phone.is_settled_once(&client, id.as_ref().unwrap(), "no cut").await;
        }
        paid.is_none()
    })
}

/// Fills the log to just below the thousand pages at which SQLite brings it into the file.
fn lengthen_log(fs: &CrashFs) {
    let other = Connection::open_with_flags_and_vfs(PROFILE, OpenFlags::default(), fs.name()).unwrap();
    other.pragma_update(None, "wal_autocheckpoint", 0).unwrap();
    let version: i64 = other.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let frames = || fs.size("/profile.db-wal").unwrap() / (4096 + 24);
    while frames() < 995 {
        other.pragma_update(None, "user_version", version).unwrap();
    }
}

/// The power goes at each operation between `pay` and its end.
fn at_every_operation(twist: Twist, survival: impl Fn(u64) -> Survival) {
    at_operations(0.., twist, survival);
}

fn at_operations(places: impl Iterator<Item = u64>, twist: Twist, survival: impl Fn(u64) -> Survival) {
    let (mut found, mut lost) = (0, 0);
    for at in places {
        let phone = Phone::new();
        if !pay_until(&phone, at, twist) {
            println!("{at} operations; {lost} cuts left no order, {found} left one");
            assert!(at > 50 && found > 10 && lost > 10, "{at} {found} {lost}");
            return;
        }
        let survival = survival(at);
        let what = format!("cut at {at}, {survival:?}");
        phone.fs.power_cut(survival);
        let left = phone.journal();
        assert!(left.iter().all(|order| order.is_whole()), "{what}: half stored: {left:?}");
        // I2: what the bank has seen, the journal knows.
        assert!(left.len() == 1 || (left.is_empty() && !phone.was_sent()), "{what}: {left:?}");
        assert!(left.len() == 1 || phone.world.charged() == 0, "{what}");
        phone.world.network.heal();
        life(async {
            let client = phone.open().await;
            let id = match left.first() {
                Some(order) => {
                    found += 1;
                    order.id.clone()
                }
                None => {
                    lost += 1;
                    assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "{what}");
                    phone.world.pay(&client).await.id
                }
            };
            phone.is_settled_once(&client, &id, &what).await;
        });
    }
}

#[test]
fn i2_i9_whatever_was_not_synced_is_lost_and_the_payment_is_not() {
    at_every_operation(Twist::None, |_| Survival::Nothing);
}

#[test]
fn i2_i9_whatever_was_not_synced_is_there_and_the_payment_is_made_once() {
    at_every_operation(Twist::None, |_| Survival::Everything);
}

#[test]
fn i2_i9_what_was_not_synced_is_torn_and_the_payment_is_whole() {
    at_every_operation(Twist::None, Survival::Torn);
}

#[test]
fn i2_i9_the_answer_is_lost_too_and_the_payment_is_found() {
    at_every_operation(Twist::Network(Fate::LoseAnswer), |at| Survival::Torn(at + 1_000));
}

#[test]
fn i2_i9_the_log_is_just_then_brought_into_the_file_and_the_payment_is_whole() {
    // A log of four megabytes takes its time: not at every operation.
    at_operations((1..).step_by(4), Twist::LongLog, |at| Survival::Torn(at + 2_000));
}

#[test]
fn i4_the_power_goes_again_at_every_operation_of_the_recovery() {
    for at in 0.. {
        let phone = Phone::new();
        let id = life(async {
            let client = phone.bound().await;
            let quote = phone.world.quote(&client).await;
            phone.world.network.only("POST", "/v1/payments", Fate::LoseAnswer);
            client.pay(&quote.id).await.unwrap().id
        });
        phone.fs.power_cut(Survival::Nothing);
        phone.world.network.heal();
        let settled = life(async {
            phone.fs.trip(Trip::any(at, Fault::Power));
            let work = async { phone.end(&phone.try_open().await.ok()?, &id).await };
            phone.powered(work).await.flatten()
        });
        if settled == Some(PaymentState::Settled) && !phone.fs.is_dead() {
            println!("{at} operations of opening and recovering");
            assert!(at > 50, "{at}");
            return;
        }
        let what = format!("recovery cut at {at}");
        phone.fs.power_cut(Survival::Torn(at));
        life(async {
            let client = phone.open().await;
            phone.is_settled_once(&client, &id, &what).await;
        });
    }
}

#[test]
fn fault_6_an_event_is_there_until_it_was_acknowledged_and_then_gone() {
    let (mut again, mut gone) = (0, 0);
    for at in 0.. {
        let phone = Phone::new();
        let (id, cut) = life(async {
            let client = phone.bound().await;
            let id = phone.world.pay(&client).await.id;
            phone.fs.trip(Trip::any(at, Fault::Power));
            let heard = phone
                .powered(async {
                    let event = client.next_event().await.ok()??;
                    client.acknowledge_event(&event.id).await.ok()
                })
                .await;
            (id, heard.is_none())
        });
        if !cut {
            assert!(again > 0, "{again} {gone}");
            phone.fs.power_cut(Survival::Nothing);
            assert_eq!(phone.journal()[0].events, 0, "an event that was acknowledged is gone for good");
            return;
        }
        phone.fs.power_cut(Survival::Torn(at));
        let left = phone.journal();
        assert_eq!((left[0].state.as_str(), left[0].documents), ("settled", 1), "cut at {at}");
        life(async {
            let client = phone.open().await;
            match client.next_event().await.unwrap() {
                Some(event) => {
                    again += 1;
                    assert_eq!(event.payment(), id);
                }
                None => gone += 1,
            }
        });
    }
}
