//! A disk that is full, and one that fails: at every operation of a payment, once or until it is healed
//! (faults 30 and 31; I2, I3, I9).

use billpay_core::{
    Payment, PaymentState,
    error::{Fault as CoreFault, PayError},
    events::EventKind,
};
use crash_vfs::{Fault, Op, Survival, Trip};

use crate::{
    phone::{Phone, life},
    world::Fate,
};

/// What happens after the trouble.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// The disk works again, and the app goes on.
    Healed,
    /// The power goes first, and nothing that was not synced is left.
    Cut,
}

/// What the person was told.
#[derive(Debug)]
enum Told {
    Paid(Payment),
    /// That there is no order.
    Refused(PayError),
    /// That there may be one.
    Doubt,
}

/// Pays with this trouble on the disk, and looks whether all that was said is true in the end. `None` if
/// the payment was over before the trouble.
fn pay_with(trouble: impl FnOnce(&Phone), then: Then, what: &str) -> Option<Told> {
    let phone = Phone::new();
    let (struck, told) = life(async {
        let client = phone.bound().await;
        let quote = phone.world.quote(&client).await;
        let before = phone.fs.struck();
        trouble(&phone);
        let told = match client.pay(&quote.id).await {
            Ok(payment) => Told::Paid(payment),
            Err(PayError::PaymentInDoubt { .. }) => Told::Doubt,
            Err(error) => Told::Refused(error),
        };
        let struck = phone.fs.struck() - before;
        if let Told::Refused(_) = &told {
            assert!(!phone.was_sent(), "{what}: refused, and sent");
        }
        if let Then::Healed = then {
            phone.fs.heal();
            client.network_returned();
            let id = match &told {
                Told::Paid(payment) => payment.id.clone(),
                Told::Refused(_) | Told::Doubt => {
                    // Time for whatever goes on in the background.
                    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
                    let known = client.payments(10, 0).await.unwrap().payments;
                    // Whoever was told "checking" hears the end of it: of one that was not stored, that it was not sent.
                    assert_eq!(known.len(), usize::from(matches!(told, Told::Doubt)), "{what}: {known:?}");
                    match known.first() {
                        Some(payment) if payment.state == PaymentState::Cancelled => {
                            let event = client.next_event().await.unwrap().unwrap();
                            assert_eq!((event.kind, event.payment()), (EventKind::Cancelled, &*payment.id), "{what}");
                            let paid = phone.world.pay(&client).await;
                            assert_eq!(
                                (paid.state, phone.world.charged()),
                                (PaymentState::Settled, paid.amount.minor())
                            );
                            phone.is_sound(what);
                            return (struck, told);
                        }
                        Some(payment) => payment.id.clone(),
                        // The quote was given back.
                        None => client.pay(&quote.id).await.unwrap().id,
                    }
                }
            };
            phone.is_settled_once(&client, &id, what).await;
        }
        (struck, told)
    });
    if let Then::Cut = then {
        phone.fs.power_cut(Survival::Nothing);
        let left = phone.journal();
        assert!(left.iter().all(|order| order.is_whole()), "{what}: {left:?}");
        assert!(left.len() == 1 || !phone.was_sent(), "{what}: sent, and not there");
        match &told {
            Told::Refused(_) => assert_eq!(left, [], "{what}: refused, and there"),
            Told::Paid(payment) => {
                assert_eq!(left.first().map(|order| &order.id), Some(&payment.id), "{what}: said, and not there");
                if payment.state == PaymentState::Settled {
                    assert_eq!(left[0].state, "settled", "{what}: said, and not there");
                }
            }
            Told::Doubt => {}
        }
        life(async {
            let client = phone.open().await;
            let id = match left.first() {
                Some(order) => order.id.clone(),
                None => phone.world.pay(&client).await.id,
            };
            phone.is_settled_once(&client, &id, what).await;
        });
    }
    (struck > 0).then_some(told)
}

#[derive(Debug, Default)]
struct Seen {
    settled: u32,
    checking: u32,
    refused: u32,
    doubt: u32,
}

impl Seen {
    fn count(&mut self, told: &Told) {
        *match told {
            Told::Paid(payment) if payment.state == PaymentState::Settled => &mut self.settled,
            Told::Paid(_) => &mut self.checking,
            Told::Refused(_) => &mut self.refused,
            Told::Doubt => &mut self.doubt,
        } += 1;
    }
}

/// The same trouble at the first, the second, the third operation, until it comes too late.
fn at_each(name: &str, trip: impl Fn(u64) -> Trip, then: Then, mut look: impl FnMut(&Told, &str)) -> Seen {
    let mut seen = Seen::default();
    for at in 0.. {
        let what = format!("{name} at {at}, then {then:?}");
        let Some(told) = pay_with(|phone| phone.fs.trip(trip(at)), then, &what) else {
            println!("{name}, then {then:?}: {at} places, {seen:?}");
            assert!(at > 0);
            return seen;
        };
        look(&told, &what);
        seen.count(&told);
    }
    seen
}

/// A full disk is said to be one.
fn is_disk_full(told: &Told, what: &str) {
    if let Told::Refused(error) = told {
        assert_eq!(*error, PayError::Fault(CoreFault::DiskFull), "{what}");
    }
}

#[test]
fn fault_30_a_disk_that_is_full_at_any_write_refuses_before_anything_is_sent() {
    for then in [Then::Healed, Then::Cut] {
        let full = |at| Trip::of(Op::Write, at, Fault::Full).lasting();
        let seen = at_each("full from", full, then, is_disk_full);
        assert!(seen.refused > 0 && seen.checking > 0 && seen.doubt == 0, "{seen:?}");
    }
    at_each("full once", |at| Trip::of(Op::Write, at, Fault::Full), Then::Healed, is_disk_full);
}

#[test]
fn fault_30_a_disk_with_little_room_left_does_as_much_as_it_can() {
    let mut seen = Seen::default();
    for room in (0..).map(|step| step * 4_096) {
        let what = format!("room for {room} bytes");
        let trouble = |phone: &Phone| phone.fs.limit(Some(phone.fs.used() + room));
        let Some(told) = pay_with(trouble, Then::Healed, &what) else { break };
        is_disk_full(&told, &what);
        seen.count(&told);
    }
    println!("{seen:?}");
    assert!(seen.refused > 0 && seen.checking > 0 && seen.doubt == 0, "{seen:?}");
}

#[test]
fn fault_31_an_operation_that_fails_once_costs_no_payment() {
    let seen = at_each("an I/O error", |at| Trip::any(at, Fault::Io), Then::Healed, |_, _| {});
    assert!(seen.settled > 0 && seen.refused + seen.doubt > 0, "{seen:?}");
}

#[test]
fn fault_31_a_disk_that_fails_from_some_operation_on_costs_no_payment() {
    let seen = at_each("I/O errors from", |at| Trip::any(at, Fault::Io).lasting(), Then::Healed, |_, _| {});
    assert!(seen.checking > 0 && seen.refused + seen.doubt > 0, "{seen:?}");
}

#[test]
fn fault_31_what_was_said_after_an_error_is_true_after_the_power_went() {
    at_each("an I/O error", |at| Trip::any(at, Fault::Io), Then::Cut, |_, _| {});
}

#[test]
fn fault_31_a_sync_that_answers_an_error_is_not_taken_for_a_word() {
    for then in [Then::Healed, Then::Cut] {
        for fault in [Fault::SyncedAllTheSame, Fault::SyncForgotten] {
            at_each(&format!("{fault:?}"), |at| Trip::of(Op::Sync, at, fault), then, |_, _| {});
            at_each(&format!("{fault:?} from"), |at| Trip::of(Op::Sync, at, fault).lasting(), then, |_, _| {});
        }
    }
}

/// A payment with a code and this trouble on the disk, then a second tap on it: at once, and when whatever goes
/// on has ended. `None` if the payment was over before the trouble; else whether the first tap was in doubt.
fn tap_twice(trip: Trip, at_once: bool, what: &str) -> Option<bool> {
    let phone = Phone::new();
    let mut person = sandbox_gateway::seeds::customers().remove(0);
    person.step_up_from = 1;
    phone.world.gateway.enrol(std::slice::from_ref(&person)).unwrap();
    life(async {
        let client = phone.bound().await;
        let quote = phone.world.quote(&client).await;
        client.ask_payment_code(&quote.id).await.unwrap();
        let code = phone.world.code();
        let before = phone.fs.struck();
        phone.fs.trip(trip);
        let first = client.pay_with_code(&quote.id, &code).await;
        let struck = phone.fs.struck() - before;
        phone.fs.heal();
        let Err(PayError::PaymentInDoubt { payment }) = first else { return (struck > 0).then_some(false) };
        if !at_once {
            // The quote has run out by then, and the order that may be there has its end.
            client.network_returned();
            tokio::time::sleep(std::time::Duration::from_secs(600)).await;
            phone.world.bank_clock.advance(std::time::Duration::from_secs(600));
        }
        let there = client.payment(&payment).await.is_ok();
        assert!(there || at_once, "{what}: told as being checked, and known to nobody");
        match client.pay_with_code(&quote.id, &code).await {
            // The one order, whichever tap made it.
            Ok(paid) => assert_eq!(paid.id, payment, "{what}"),
            Err(PayError::PaymentInDoubt { payment: doubt }) => assert_eq!((doubt, there), (payment, true), "{what}"),
            Err(error) => panic!("{what}: {error:?}"),
        }
        Some(true)
    })
}

#[test]
fn fault_37_a_second_tap_on_an_order_of_which_it_was_not_seen_whether_it_is_stored_finds_it() {
    for at_once in [true, false] {
        let mut doubts = 0;
        for at in 0.. {
            let what = format!("I/O errors from {at}, at once: {at_once}");
            match tap_twice(Trip::any(at, Fault::Io).lasting(), at_once, &what) {
                Some(doubt) => doubts += u32::from(doubt),
                None => break,
            }
        }
        println!("{doubts} first taps were in doubt");
        assert!(doubts > 0);
    }
}

#[test]
fn fault_31_an_error_of_the_disk_that_has_passed_is_told_no_longer_while_the_doubt_lasts() {
    let phone = Phone::new();
    life(async {
        let client = phone.bound().await;
        let quote = phone.world.quote(&client).await;
        // Nobody hears of an end: nothing changes that could be stored.
        phone
            .world
            .network
            .rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
        let payment = client.pay(&quote.id).await.unwrap();
        assert!(matches!(payment.state, PaymentState::Checking { .. }), "{payment:?}");
        let mut told = 0;
        for operation in 1..40 {
            phone.fs.trip(Trip::any(operation, Fault::Io));
            let met = client.resolve().await;
            told += u32::from(matches!(met, Err(CoreFault::Store(_))));
            phone.fs.heal();
            // Whoever else was busy with it is done.
            tokio::time::sleep(std::time::Duration::from_secs(600)).await;
            assert_eq!(client.resolve().await, Ok(1), "after an error at operation {operation}");
        }
        assert!(told > 0, "the disk failed and nobody said so");
        phone.world.network.heal();
        client.network_returned();
        assert_eq!(phone.end(&client, &payment.id).await, Some(PaymentState::Settled));
    });
}
