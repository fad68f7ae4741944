//! A device that gives back another byte than was written (fault 32; I3, I6, I9): somewhere in each page of
//! a profile that holds payments of each kind. The core says that something is damaged, or does not notice
//! because nobody reads it; it never says anything false about a payment, and what the bank knows comes back
//! with the next refresh.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use billpay_core::{
    BillStatus, Client, Payment, PaymentState, Proof,
    error::{Fault as CoreFault, RefreshError, ViewError},
    events::EventKind,
    model::Language,
    receipts::complete,
    store::{Findings, Store},
    system::SystemRng,
};
use crash_vfs::{Image, Survival};

use crate::{
    file::{PROFILE, location},
    phone::{Phone, life},
    world::Fate,
};

const PAGE: usize = 4096;

/// What is true.
struct Truth {
    phone: Phone,
    image: Image,
    /// By id, as they were before anything rotted.
    payments: BTreeMap<String, Payment>,
    settled: String,
    /// The bank has charged it; the phone does not know yet.
    doubt: String,
    bills: usize,
}

/// A profile with a payment that has settled, one in doubt and one that was never sent.
fn filled() -> Truth {
    let phone = Phone::new();
    let (payments, settled, doubt, bills) = life(async {
        let client = phone.bound().await;
        let settled = phone.world.pay(&client).await;
        let mut others = Vec::new();
        for (nth, fate) in [(1, Fate::LoseAnswer), (2, Fate::NoNetwork)] {
            let account = phone.world.bind(&client, nth).await;
            let bills = client.bills(Language::Zh).await.unwrap().bills;
            let bill = bills.iter().find(|bill| bill.account == account).unwrap();
            let quote = client.quote(&bill.biller, &bill.bill_number, None, None).await.unwrap();
            phone.world.network.rule(
                move |request| {
                    if request.url.contains("/v1/payments") { fate } else { Fate::Pass }
                },
            );
            others.push(client.pay(&quote.id).await.unwrap());
        }
        assert!(matches!(others[0].state, PaymentState::Checking { .. }), "{others:?}");
        assert_eq!(others[1].state, PaymentState::Cancelled);
        let payments = client.payments(10, 0).await.unwrap().payments;
        let bills = client.bills(Language::Zh).await.unwrap().bills.len();
        client.suspend().await.unwrap();
        (payments, settled.id, others[0].id.clone(), bills)
    });
    phone.world.network.heal();
    let image = phone.fs.image(Survival::Everything);
    assert_eq!(image.names().collect::<Vec<_>>(), [PROFILE], "all is in the file");
    let payments = payments.into_iter().map(|payment| (payment.id.clone(), payment)).collect();
    Truth { phone, image, payments, settled, doubt, bills }
}

/// What a phone with a rotten file came to.
#[derive(Debug, Default)]
struct Seen {
    refused: u32,
    errors: u32,
    damaged: u32,
    unnoticed: u32,
    mended: u32,
    not_mended: u32,
    unstorable: u32,
}

impl Truth {
    /// What the client says of payments is true, or it says nothing.
    fn is_not_contradicted(&self, payments: &[Payment], what: &str) {
        for payment in payments {
            let known = &self.payments.get(&payment.id).unwrap_or_else(|| panic!("{what}: made up: {payment:?}"));
            let settled = payment.state == PaymentState::Settled && payment.id == self.doubt;
            assert!(settled || payment.state == known.state, "{what}: {payment:?}");
            assert_eq!(Payment { state: known.state.clone(), ..payment.clone() }, **known, "{what}");
        }
    }

    fn bill(&self, payment: &str) -> &str {
        &self.payments[payment].bill_number
    }

    /// Opens the profile after a flip, uses it, refreshes it, and uses it again.
    async fn use_it(&self, seen: &mut Seen, what: &str) {
        let client = match self.phone.try_open().await {
            Ok(client) => client,
            Err(_) => {
                seen.refused += 1;
                return;
            }
        };
        let before = self.look(&client, what).await;
        seen.unstorable += u32::from(self.unstorable_is_told(&client, what).await);
        match client.refresh().await {
            Err(RefreshError::Fault(CoreFault::Defect)) => panic!("{what}: a panic inside"),
            Err(_) => seen.not_mended += u32::from(before != Look::Whole),
            Ok(_) => {
                // What the recovery does meanwhile.
                tokio::time::sleep(Duration::from_secs(600)).await;
                let after = self.look(&client, what).await;
                self.doubt_has_ended(&client, what).await;
                match before {
                    Look::Whole => {}
                    Look::Damaged | Look::Error if after == Look::Whole => seen.mended += 1,
                    Look::Damaged | Look::Error => seen.not_mended += 1,
                }
            }
        }
        match before {
            Look::Whole => seen.unnoticed += 1,
            Look::Damaged => seen.damaged += 1,
            Look::Error => seen.errors += 1,
        }
    }

    /// A doubt whose end the file does not take is not only "being checked": asking about it says that the
    /// file is damaged, and so does a refresh, which is where the way out begins.
    async fn unstorable_is_told(&self, client: &Client, what: &str) -> bool {
        // What the recovery does meanwhile: the bank has signed the end.
        tokio::time::sleep(Duration::from_secs(600)).await;
        let resolved = client.resolve().await;
        let state = client.payment(&self.doubt).await.map(|payment| payment.state);
        let checking = matches!(state, Ok(PaymentState::Checking { .. }));
        assert!(!checking || resolved.is_err(), "{what}: {resolved:?}");
        checking && matches!(resolved, Err(CoreFault::Store(_)))
    }

    /// I4: whatever the file lost, the doubt has ended, unless the file cannot be read at all.
    async fn doubt_has_ended(&self, client: &Client, what: &str) {
        let state = client.payment(&self.doubt).await.map(|payment| payment.state);
        if state != Ok(PaymentState::Settled) && !matches!(state, Err(ViewError::Fault(CoreFault::Store(_)))) {
            panic!("{what}: {state:?}");
        }
    }

    /// Everything that a person can look at.
    async fn look(&self, client: &Client, what: &str) -> Look {
        let mut look = Look::Whole;
        let mut note = |worse: Look| look = look.max(worse);
        match client.payments(10, 0).await {
            Ok(page) => {
                self.is_not_contradicted(&page.payments, what);
                // Whatever is not shown is counted, where the row is still found at all.
                note(if page.payments.len() == self.payments.len() { Look::Whole } else { Look::Damaged });
            }
            Err(fault) => note(error(&fault, what)),
        }
        match client.bills(Language::Zh).await {
            Ok(bills) => {
                for bill in &bills.bills {
                    let offered = bill.status == BillStatus::Open;
                    assert!(!offered || bill.bill_number != self.bill(&self.doubt), "{what}: {bill:?}");
                    // One that is paid may be offered while its order does not open, and no longer than to
                    // the next refresh; the bank refuses it all the same.
                    if offered && bill.bill_number == self.bill(&self.settled) {
                        note(Look::Damaged);
                    }
                }
                note(if bills.damaged == 0 && bills.bills.len() == self.bills { Look::Whole } else { Look::Damaged });
            }
            Err(fault) => note(error(&fault, what)),
        }
        match client.receipts(10, 0).await {
            Ok(receipts) => {
                for receipt in &receipts.receipts {
                    assert_eq!((receipt.proof.clone(), receipt.kind.as_str()), (Proof::Verified, "receipt"), "{what}");
                }
                note(if receipts.damaged == 0 && !receipts.receipts.is_empty() { Look::Whole } else { Look::Damaged });
            }
            Err(fault) => note(error(&fault, what)),
        }
        match client.next_event().await {
            Ok(Some(event)) => {
                let settled = event.payment() == self.settled || event.payment() == self.doubt;
                assert_eq!(event.kind, if settled { EventKind::Settled } else { EventKind::Cancelled }, "{what}");
            }
            Ok(None) => note(Look::Damaged),
            Err(fault) => note(error(&fault, what)),
        }
        look
    }
}

/// What a look came to, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Whole,
    Damaged,
    Error,
}

fn error(fault: &CoreFault, what: &str) -> Look {
    assert_ne!(*fault, CoreFault::Defect, "{what}: a panic inside");
    Look::Error
}

#[test]
fn fault_32_a_flipped_byte_in_any_page_makes_nobody_say_anything_false_about_a_payment() {
    let truth = filled();
    let size = truth.image.size(PROFILE).unwrap();
    let charged = truth.phone.world.charged();
    let mut seen = Seen::default();
    for page in 0..size / PAGE {
        // The page's head, its cells (they fill it from the end), and places all over it.
        let head = [(0, 0x01), (3, 0x40), (6, 0xFF)];
        let cells = (0..6).map(|nth| (PAGE - 1 - nth * 13, 0x10));
        let others = (0..8).map(|nth| (8 + (page * 37 + nth * 509) % (PAGE - 8), 0x02));
        for (nth, mask) in head.into_iter().chain(cells).chain(others) {
            let what = format!("page {} of {}, byte {nth}, mask {mask:#x}", page + 1, size / PAGE);
            truth.phone.fs.restore(&truth.image.flipped(PROFILE, page * PAGE + nth, mask));
            life(truth.use_it(&mut seen, &what));
            assert_eq!(truth.phone.world.charged(), charged, "{what}: charged again");
        }
    }
    println!("{} pages: {seen:?}", size / PAGE);
    assert!(
        seen.refused > 0
            && seen.errors > 0
            && seen.damaged > 0
            && seen.unnoticed > 0
            && seen.mended > 0
            && seen.unstorable > 0,
        "{seen:?}"
    );
}

#[test]
fn i9_a_file_whose_structure_is_broken_is_written_anew_and_loses_no_row_that_can_be_read() {
    let truth = filled();
    let fs = &truth.phone.fs;
    let bytes = truth.image.size(PROFILE).unwrap();
    let (mut whole, mut lost, mut nameless, mut left_alone) = (0, 0, 0, 0);
    for at in (0..bytes).step_by(67) {
        fs.restore(&truth.image.flipped(PROFILE, at, 0x08));
        let Ok(store) = Store::open(&location(fs), &SystemRng::new()) else { continue };
        if store.unlock(&truth.phone.root(), Arc::new(SystemRng::new())).is_err() {
            continue;
        }
        let before = fs.image(Survival::Everything);
        let check = store.check();
        let sound = check.as_ref().is_ok_and(|found| found.structure.is_empty());
        match store.mend() {
            Ok(Some(mended)) => {
                assert!(!sound, "byte {at}");
                let after = store.check().unwrap();
                assert_eq!(after.structure, Vec::<String>::new(), "byte {at}");
                assert!(mended.lost.iter().all(|row| after.rows.contains(row)), "byte {at}: {mended:?} {after:?}");
                assert_eq!(after.seen, mended.kept + mended.lost.len() as u64, "byte {at}");
                assert_eq!(store.mend(), Ok(None), "byte {at}");
                // The catalogue is written anew out of what is there.
                store.write(complete).unwrap();
                if let Ok(check) = check {
                    let after = store.check().unwrap();
                    let sound = |found: &Findings| found.seen - found.rows.len() as u64;
                    assert!(sound(&after) >= sound(&check), "byte {at}: {check:?} {after:?} {mended:?}");
                }
                whole += u32::from(mended.lost.is_empty());
                lost += mended.lost.len();
                nameless += mended.nameless;
            }
            Ok(None) | Err(_) => {
                left_alone += u32::from(!sound);
                assert!(fs.image(Survival::Everything) == before, "byte {at}: touched");
            }
        }
    }
    println!("{whole} mended whole, {lost} rows lost by name, {nameless} without one, {left_alone} left alone");
    assert!(whole > 5 && lost > 5 && nameless < 5 && left_alone < 5, "{whole} {lost} {nameless} {left_alone}");
}

#[test]
fn i1_an_open_order_stays_open_whatever_byte_of_its_row_or_its_indexes_has_rotted() {
    let truth = filled();
    let fs = &truth.phone.fs;
    let doubt = truth.doubt.as_bytes();
    let size = truth.image.size(PROFILE).unwrap();
    let (mut mended, mut healed, mut lost) = (0, 0, 0);
    let bytes = truth.image.bytes(PROFILE).unwrap();
    let pages = (0..size / PAGE).filter(|page| {
        let page = &bytes[page * PAGE..(page + 1) * PAGE];
        page.windows(doubt.len()).any(|here| here == doubt) || page.windows(8).any(|here| here == b"in_doubt")
    });
    let pages: Vec<usize> = pages.collect();
    assert!(pages.len() > 2, "{pages:?}");
    for at in pages.iter().flat_map(|page| (page * PAGE..(page + 1) * PAGE).step_by(3)) {
        for mask in [0x01, 0x20] {
            fs.restore(&truth.image.flipped(PROFILE, at, mask));
            let Ok(store) = Store::open(&location(fs), &SystemRng::new()) else { continue };
            if store.unlock(&truth.phone.root(), Arc::new(SystemRng::new())).is_err() {
                continue;
            }
            let Ok(Some(done)) = store.mend() else { continue };
            mended += 1;
            let sql = "SELECT id FROM payment WHERE state IN ('authorized', 'in_doubt') AND payable IS NOT NULL";
            let open: Vec<String> =
                store.read(|tx| tx.select(sql, [], |row| row.get(0))).unwrap_or_else(|error| panic!("{at}: {error}"));
            assert!(open.contains(&truth.doubt), "byte {at}, mask {mask:#x}: {open:?} {done:?}");
            lost += u32::from(done.lost.iter().any(|(table, _)| *table == "payment"));
            healed += u32::from(done.lost.is_empty() && store.check().unwrap().is_sound());
        }
    }
    println!("{mended} mended, {healed} of them whole again, payments lost in {lost}");
    assert!(healed > 50 && lost > 5, "{mended} {healed} {lost}");
}
