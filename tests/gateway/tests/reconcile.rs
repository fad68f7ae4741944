//! Row 34: the biller checks the bank's statement against its own books; what does not agree is found,
//! named, and put right (rules 9 and 11, fault 20). I5 over both ledgers holds afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a story stops where it breaks")]

mod world;

use std::collections::BTreeMap;

use sandbox_gateway::{
    biller::reconcile::ReconcileError,
    faults::Action,
    leg::{bank::BankError, differences::Difference, message::Refusal, request::Charge, statement::LineKind},
    moment,
};
use serde_json::json;
use world::{GAS, MOBILE, POWER, Phone, WATER, World, payload, reconcile::*};

#[tokio::test]
async fn row_34_a_day_on_which_all_went_well_agrees_and_a_second_look_changes_nothing() {
    let world = World::new("rec-well");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    paid(&mut phone, &world, &account, ("P2", 1, 700)).await;
    let day = next_day(&world);
    for _ in 0..3 {
        let report = check(&world, "power-sh", day).await.unwrap();
        assert_eq!((report.day, report.lines, report.found, report.resolved), (day, 2, BTreeMap::new(), 0));
    }
    let charged = |minor| (LineKind::Charged, false, minor, day.to_string());
    assert_eq!(lines(&world, "power-sh", day), [charged(12_345), charged(700)]);
    // Another biller's day is its own, and empty.
    assert_eq!(check(&world, "gas-sh", day).await.unwrap().lines, 0);
    world.audit();
}

#[tokio::test]
async fn row_34_wrong_day_a_line_of_the_day_before_is_found_unless_the_charge_was_at_its_edge() {
    for (name, noon, expected) in
        [("rec-day-noon", true, one(Difference::WrongDay)), ("rec-day-edge", false, BTreeMap::new())]
    {
        let world = World::new(name);
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "power-sh", POWER).await;
        if !noon {
            before_midnight(&world, 1);
            world.pass(600);
        }
        paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
        let day = next_day(&world);
        let utc = bank_that_says(&world, "power-sh", |page| {
            page.lines.iter_mut().for_each(|line| line.day = line.day.yesterday().unwrap());
        });
        let report = world.billers.reconcile(&utc, "power-sh", day, true).await.unwrap();
        assert_eq!(report.found, expected, "{name}");
        // The books agree: a later line says so, and counts in the place of that one.
        world.settle_down().await;
        next_day(&world);
        run(&world, "power-sh", true).await;
        assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]), "{name}");
        world.audit();
    }
}

#[tokio::test]
async fn row_34_duplicate_line_is_found_counted_once_and_corrected() {
    let world = World::new("rec-twice");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let twice = bank_that_says(&world, "power-sh", |page| page.lines.extend(page.lines.clone()));
    let report = world.billers.reconcile(&twice, "power-sh", day, true).await.unwrap();
    assert_eq!((report.lines, report.found, report.told), (2, one(Difference::DuplicateLine), 1));
    world.settle_down().await;
    assert_eq!(listed(&world, &only_order(&world)).repair.as_deref(), Some("state-again"));
    let corrected_on = next_day(&world);
    assert_eq!(lines(&world, "power-sh", corrected_on), [(LineKind::Charged, true, 12_345, day.to_string())]);
    let reports = run(&world, "power-sh", true).await;
    assert_eq!((found(&reports), reports.last().unwrap().resolved), (BTreeMap::new(), 1));
    assert_eq!(world.billers.charges().unwrap().len(), 1);
    world.audit();
}

#[tokio::test]
async fn row_34_wrong_amount_of_a_line_is_corrected_by_a_later_line() {
    let world = World::new("rec-amount-line");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let wrong = bank_that_says(&world, "power-sh", |page| page.lines[0].amount_minor += 1);
    let report = world.billers.reconcile(&wrong, "power-sh", day, true).await.unwrap();
    assert_eq!(report.found, one(Difference::WrongAmount));
    world.settle_down().await;
    next_day(&world);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    assert_eq!(world.gateway.for_a_person().unwrap(), []);
    world.audit();
}

#[tokio::test]
async fn row_34_wrong_amount_in_the_biller_s_books_is_a_person_s_and_is_resolved_when_it_is_put_right() {
    let world = World::new("rec-amount-books");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    next_day(&world);
    world::by_hand("rec-amount-books-billers", "UPDATE charge SET amount = 12346");
    assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::WrongAmount));
    world.settle_down().await;
    assert_eq!(ours(&world), [Difference::WrongAmount]);
    assert_eq!(world.gateway.for_a_person().unwrap()[0].reason, "other-amount");
    world::by_hand("rec-amount-books-billers", "UPDATE charge SET amount = 12345");
    world.pass(DAY);
    world.settle_down().await;
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    assert_eq!(world.gateway.for_a_person().unwrap(), []);
    world.audit();
}

#[tokio::test]
async fn row_34_wrong_bill_is_found_and_named() {
    let world = World::new("rec-bill");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let wrong = bank_that_says(&world, "power-sh", |page| page.lines[0].bill_number = "P2".into());
    let report = world.billers.reconcile(&wrong, "power-sh", day, true).await.unwrap();
    assert_eq!(report.found, one(Difference::WrongBill));
    world.settle_down().await;
    next_day(&world);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
}

#[tokio::test]
async fn row_34_missing_line_fault_20_the_biller_has_it_and_the_statement_does_not() {
    let world = World::new("rec-missing");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let silent = bank_that_says(&world, "power-sh", |page| page.lines.clear());
    let report = world.billers.reconcile(&silent, "power-sh", day, true).await.unwrap();
    assert_eq!((report.lines, report.found), (0, one(Difference::MissingLine)));
    world.settle_down().await;
    let order = only_order(&world);
    assert_eq!(listed(&world, &order).repair.as_deref(), Some("state-again"));
    next_day(&world);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn row_34_missing_line_an_order_that_was_listed_as_open_and_then_no_more() {
    let world = World::new("rec-dropped");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", false).await), BTreeMap::new());
    // It is not asked after on this day; the statement says nothing of it any more.
    let day = next_day(&world);
    let silent = bank_that_says(&world, "power-sh", |page| page.lines.clear());
    let report = world.billers.reconcile(&silent, "power-sh", day, true).await.unwrap();
    assert_eq!(report.found, one(Difference::MissingLine));
    world.faults.clear();
    world.settle_down().await;
    next_day(&world);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn rule_9_a_charge_that_a_restored_bank_lost_is_in_both_lists_until_evidence_brings_it() {
    for (name, tell) in [("rec-lost-told", true), ("rec-lost-untold", false)] {
        let mut world = World::new(name);
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "power-sh", POWER).await;
        let empty = world.gateway.ledger().snapshot().unwrap();
        let (_, receipt) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
        world.restore(&empty);
        let day = next_day(&world);
        assert_eq!(found(&run(&world, "power-sh", tell).await), one(Difference::MissingLine), "{name}");
        world.settle_down().await;
        assert_eq!(theirs(&world, "power-sh"), [Difference::MissingLine], "nobody can settle it yet");
        assert_eq!(ours(&world).len(), usize::from(tell), "with the message off the bank does not know");
        phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": [receipt]})).await;
        world.settle_down().await;
        next_day(&world);
        world.settle_down().await;
        run(&world, "power-sh", tell).await;
        assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]), "{name}");
        let named: Vec<_> = lines(&world, "power-sh", day.tomorrow().unwrap());
        assert_eq!(named, [(LineKind::Charged, false, 12_345, day.to_string())], "{name}");
        world.audit();
    }
}

#[tokio::test]
async fn rule_9_a_restored_bank_reads_in_its_own_statements_what_it_has_lost() {
    let mut world = World::new("rec-own");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let empty = world.gateway.ledger().snapshot().unwrap();
    let (_, receipt) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.restore(&empty);
    world.settle_down().await;
    assert_eq!(ours(&world), [Difference::ExtraLine], "the closed day tells of a charge that the ledger lacks");
    phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": [receipt]})).await;
    world.pass(3600);
    world.settle_down().await;
    assert_eq!(ours(&world), []);
    world.audit();
}

#[tokio::test]
async fn rule_11_a_biller_that_forgot_charges_the_same_numbers_again_in_the_order_of_their_versions() {
    let world = World::new("rec-forgot");
    let mut phone = Phone::active(&world, WANG).await;
    let (water, mobile) = (phone.bind(&world, "water-sh", WATER).await, phone.bind(&world, "mobile-cn", MOBILE).await);
    let snapshot = world.billers.snapshot().unwrap();
    let mut receipts = Vec::new();
    for version in 1..=3 {
        receipts.push(paid(&mut phone, &world, &water, ("W1", version, 3_000 + version)).await);
        receipts.push(paid(&mut phone, &world, &mobile, ("M1", version, 5_000)).await);
    }
    let before = world.billers.charges().unwrap();
    world.billers.restore(&snapshot).unwrap();
    assert_eq!(world.billers.charges().unwrap(), []);
    next_day(&world);
    for biller in ["water-sh", "mobile-cn"] {
        assert_eq!(found(&run(&world, biller, true).await), BTreeMap::from([(Difference::ExtraLine, 3)]));
    }
    // The first of them is lost on its way: those that name a later version wait for it.
    world.fault("charge", Some(1), Action::LoseRequest);
    world.settle_down().await;
    let same = |lines: Vec<sandbox_gateway::biller::audit::ChargeLine>| {
        lines.into_iter().map(|line| (line.number, line.charged, line.payable, line.amount_minor)).collect::<Vec<_>>()
    };
    assert_eq!(same(world.billers.charges().unwrap()), same(before), "the same numbers, versions and sums");
    for biller in ["water-sh", "mobile-cn"] {
        // The next look finds nothing more to do, and says so; so does every one after it.
        run(&world, biller, true).await;
        assert_eq!(theirs(&world, biller), []);
    }
    assert_eq!(ours(&world), []);
    for (order, receipt) in receipts {
        assert_eq!(phone.confirm(&world, &order).await.text("outcome"), receipt, "signed outcomes never change");
    }
    world.audit();
}

#[tokio::test]
async fn rule_11_a_biller_that_has_no_charge_left_looks_at_every_day_since_it_opened() {
    let world = World::new("rec-emptied");
    let mut phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &mobile, ("M1", 1, 5_000)).await;
    world.billers.restore(&snapshot).unwrap();
    // Nobody has checked a day yet, and the one of the charge is not yesterday any more.
    next_day(&world);
    next_day(&world);
    assert_eq!(found(&run(&world, "mobile-cn", true).await), one(Difference::ExtraLine));
    world.settle_down().await;
    assert!(world.billers.charges().unwrap()[0].charged);
    run(&world, "mobile-cn", true).await;
    assert_eq!((theirs(&world, "mobile-cn"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn rule_11_a_charge_that_cannot_be_made_again_is_given_back_with_a_signed_repayment() {
    let world = World::new("rec-repaid");
    let mut phone = Phone::active(&world, WANG).await;
    let mobile = phone.bind(&world, "mobile-cn", MOBILE).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.billers.snapshot().unwrap();
    let (order, receipt) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    // One with a fee, at a biller that still has it: nothing happens to that one.
    paid(&mut phone, &world, &mobile, ("M1", 1, 2_000)).await;
    world.billers.restore(&snapshot).unwrap();
    // The restored biller asks another amount before anybody notices.
    world.billers.revise_bill("power-sh", "P1", 13_000).unwrap();
    next_day(&world);
    let owns = |world: &World| world.gateway.books().unwrap().balance(&format!("customer:{}", phone.method()));
    assert_eq!(owns(&world), -12_345 - 2_050);
    run(&world, "power-sh", true).await;
    run(&world, "mobile-cn", true).await;
    world.settle_down().await;
    assert_eq!(owns(&world), -2_050, "given back in full");
    let books = world.gateway.books().unwrap();
    assert_eq!((books.balance("biller:power-sh"), books.balance("fees")), (0, 50));
    let repayment = books.outcomes.iter().find(|outcome| outcome.kind == "repayment").unwrap();
    let said = payload(&repayment.compact);
    assert_eq!(said["repayment"]["returned"], json!({"minor": 12_345, "currency": "CNY"}));
    assert_eq!(said["repayment"]["reason"], "not-charged-at-biller");
    assert_eq!(said["payment_id"], order["order"]["payment_id"]);
    let digest = sandbox_gateway::encoding::sha256(receipt.as_bytes());
    assert_eq!(said["repayment"]["receipt"], json!(sandbox_gateway::encoding::base64url(&digest)));
    assert_eq!(phone.confirm(&world, &order).await.text("outcome"), receipt, "the receipt stands");
    // It is in the customer's feed, and the biller hears of it; a late copy of the charge is refused.
    let feed = phone.get(&world, "/v1/sync").await;
    assert!(feed.body["outcomes"].as_array().unwrap().iter().any(|outcome| *outcome == json!(repayment.compact)));
    let charge = Charge {
        number: only(&world, "P1").number.parse().unwrap(),
        customer_number: POWER.into(),
        bill_number: "P1".into(),
        version: 2,
        amount_minor: 12_345,
        currency: "CNY".into(),
    };
    world.leg().charge("power-sh", charge, moment::timestamp(world.now() * 1000)).await.unwrap();
    next_day(&world);
    let found_after = found(&run(&world, "power-sh", true).await);
    assert_eq!((found_after, theirs(&world, "power-sh"), ours(&world)), (BTreeMap::new(), vec![], vec![]));
    world.audit();
    // What is asked now can be paid.
    paid(&mut phone, &world, &account, ("P1", 2, 13_000)).await;
    world.audit();
}

#[tokio::test]
async fn rule_11_books_that_come_back_with_a_charge_that_was_given_back_are_undone_and_nothing_is_paid_twice() {
    let world = World::new("rec-back");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    next_day(&world);
    run(&world, "power-sh", true).await;
    let empty = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let charged = world.billers.snapshot().unwrap();
    world.billers.restore(&empty).unwrap();
    world.billers.revise_bill("power-sh", "P1", 13_000).unwrap();
    next_day(&world);
    run(&world, "power-sh", true).await;
    world.settle_down().await;
    let state = |world: &World| {
        let books = world.gateway.books().unwrap();
        (books.postings, books.outcomes.into_iter().filter(|kept| kept.kind == "repayment").count())
    };
    let before = state(&world);
    assert_eq!(before.1, 1);
    next_day(&world);
    // Another backup is found, with the charge in it.
    world.billers.restore(&charged).unwrap();
    assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::UndoneThere));
    world.settle_down().await;
    assert!(!world.billers.charges().unwrap()[0].charged);
    assert_eq!(state(&world), before);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn rule_11_without_tombstones_money_is_given_back_when_no_charge_can_land_any_more() {
    let world = World::new("rec-gas");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "gas-sh", GAS).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("G1", 1, 4_200)).await;
    world.billers.restore(&snapshot).unwrap();
    world.billers.revise_bill("gas-sh", "G1", 5_000).unwrap();
    next_day(&world);
    run(&world, "gas-sh", true).await;
    world.gateway.tick().await;
    let repaid = |world: &World| world.gateway.books().unwrap().outcomes.iter().any(|kept| kept.kind == "repayment");
    world.pass(60);
    world.gateway.tick().await;
    assert!(!repaid(&world), "the charge that was just sent may still land");
    world.pass(WINDOW);
    world.settle_down().await;
    assert!(repaid(&world));
    world.audit();
}

#[tokio::test]
async fn rule_11_a_biller_that_is_closed_for_the_night_is_waited_for() {
    let world = World::new("rec-closed");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    world.billers.restore(&snapshot).unwrap();
    world.billers.set_closed("power-sh", true, None).unwrap();
    next_day(&world);
    run(&world, "power-sh", true).await;
    world.settle_down().await;
    assert_eq!(world.billers.charges().unwrap(), []);
    world.billers.set_closed("power-sh", false, None).unwrap();
    world.settle_down().await;
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn row_34_undone_here_a_forgotten_refund_of_a_settled_number_ends_in_a_repayment() {
    let world = World::new("rec-undone-here");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let number = only_order(&world).number.parse().unwrap();
    world.leg().refund("power-sh", number).await.unwrap();
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::UndoneHere));
    world.settle_down().await;
    next_day(&world);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    assert_eq!(world.gateway.books().unwrap().balance("biller:power-sh"), 0);
    world.audit();
}

#[tokio::test]
async fn row_34_undone_there_fault_20_the_bank_has_reversed_it_and_a_biller_that_forgot_charged_a_late_copy() {
    for (name, after_closing) in [("rec-undone-there", false), ("rec-undone-late", true)] {
        let world = World::new(name);
        let mut phone = Phone::active(&world, WANG).await;
        let account = phone.bind(&world, "power-sh", POWER).await;
        next_day(&world);
        run(&world, "power-sh", true).await;
        let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
        world.fault("charge", None, Action::LoseRequest);
        assert_eq!(phone.pay(&world, &order).await.status, 202);
        let snapshot = world.billers.snapshot().unwrap();
        world.settle_down().await;
        world.faults.clear();
        let reversal = phone.confirm(&world, &order).await.text("outcome");
        assert!(payload(&reversal)["reversal"].is_object());
        if after_closing {
            next_day(&world);
            assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
        }
        // The tombstone is forgotten, and a copy of the charge comes that is not too old for it.
        world.billers.restore(&snapshot).unwrap();
        let own = only_order(&world);
        let charge = Charge {
            number: own.number.parse().unwrap(),
            customer_number: POWER.into(),
            bill_number: "P1".into(),
            version: 1,
            amount_minor: 12_345,
            currency: "CNY".into(),
        };
        world.leg().charge("power-sh", charge, moment::timestamp(world.now() * 1000)).await.unwrap();
        assert!(world.billers.charges().unwrap()[0].charged);
        next_day(&world);
        assert_eq!(found(&run(&world, "power-sh", true).await), one(Difference::UndoneThere), "{name}");
        world.settle_down().await;
        run(&world, "power-sh", true).await;
        assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
        assert!(!world.billers.charges().unwrap()[0].charged);
        assert_eq!(phone.confirm(&world, &order).await.text("outcome"), reversal, "signed outcomes never change");
        world.audit();
    }
}

#[tokio::test]
async fn row_34_with_the_message_off_a_difference_stays_in_the_biller_s_list_and_a_person_may_bring_it() {
    let world = World::new("rec-off");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    world.billers.restore(&snapshot).unwrap();
    next_day(&world);
    run(&world, "power-sh", false).await;
    world.settle_down().await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![Difference::ExtraLine], vec![]));
    let items: Vec<_> = world.billers.differences("power-sh", None).unwrap().iter().map(|found| found.item()).collect();
    world.gateway.take_differences("power-sh", &items).unwrap();
    world.settle_down().await;
    run(&world, "power-sh", false).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn row_34_a_second_run_and_a_second_telling_change_nothing_at_either_side() {
    let world = World::new("rec-twice-run");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    paid(&mut phone, &world, &account, ("P2", 1, 700)).await;
    world.billers.restore(&snapshot).unwrap();
    world.billers.revise_bill("power-sh", "P2", 800).unwrap();
    let day = next_day(&world);
    for _ in 0..3 {
        world.billers.reconcile(&world.bank(), "power-sh", day, true).await.unwrap();
        world.gateway.tick().await;
    }
    world.settle_down().await;
    let state = |world: &World| {
        let books = world.gateway.books().unwrap();
        (books.postings, books.outcomes.len(), world.billers.charges().unwrap(), world.billers.audit().unwrap())
    };
    let before = state(&world);
    for _ in 0..3 {
        world.billers.reconcile(&world.bank(), "power-sh", day, true).await.unwrap();
        world.settle_down().await;
        assert_eq!(state(&world), before);
    }
    let repayments = world.gateway.books().unwrap().outcomes.into_iter().filter(|kept| kept.kind == "repayment");
    assert_eq!(repayments.count(), 1);
    world.audit();
}

#[tokio::test]
async fn row_34_a_repair_whose_answers_are_lost_or_whose_bank_dies_goes_on() {
    let mut world = World::new("rec-crash");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    paid(&mut phone, &world, &account, ("P2", 1, 700)).await;
    world.billers.restore(&snapshot).unwrap();
    world.billers.revise_bill("power-sh", "P2", 800).unwrap();
    next_day(&world);
    run(&world, "power-sh", true).await;
    for scene in ["charge", "refund"] {
        world.fault(scene, Some(1), Action::LoseAnswer);
        world.fault(scene, Some(2), Action::LoseRequest);
    }
    for _ in 0..8 {
        world.gateway.tick().await;
        world.restart();
        world.pass(65);
    }
    next_day(&world);
    run(&world, "power-sh", true).await;
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
    world.audit();
}

#[tokio::test]
async fn row_34_differences_that_the_bank_did_not_take_are_told_again() {
    let world = World::new("rec-tell");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let snapshot = world.billers.snapshot().unwrap();
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    world.billers.restore(&snapshot).unwrap();
    next_day(&world);
    let deaf =
        bank_that(&world, |body| if body.windows(9).any(|part| part == b"statement") { body } else { Vec::new() });
    let said = world.billers.reconcile_daily(&deaf, "power-sh", true).await;
    assert!(matches!(said, Err(ReconcileError::Bank(BankError::Unusable(Refusal::TooShort)))), "{said:?}");
    assert_eq!(theirs(&world, "power-sh"), [Difference::ExtraLine]);
    assert_eq!(world.billers.differences("power-sh", None).unwrap()[0].told_at, None);
    run(&world, "power-sh", true).await;
    assert!(world.billers.differences("power-sh", None).unwrap()[0].told_at.is_some());
    world.settle_down().await;
    run(&world, "power-sh", true).await;
    assert_eq!(theirs(&world, "power-sh"), []);
    world.audit();
}
