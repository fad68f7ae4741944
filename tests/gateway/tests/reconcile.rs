//! Row 34: the biller checks the bank's statement against its own books; what does not agree is found,
//! named, and put right (rules 9 and 11, fault 20). I5 over both ledgers holds afterwards.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a story stops where it breaks")]

mod world;

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;
use jiff::civil::Date;
use sandbox_gateway::{
    biller::reconcile::{ReconcileError, Report},
    faults::Action,
    ledger::{differences::Listed, orders::Order},
    leg::{
        BankScene, LegSecret,
        bank::{BankClient, BankError, BankLeg},
        differences::Difference,
        message::{self, Refusal},
        request::Charge,
        statement::{LineKind, Page, Request, Totals},
        xml::{self, XmlError},
    },
    moment,
    statements::LocalBank,
};
use serde_json::{Value, json};
use world::{GAS, MOBILE, POWER, Phone, WATER, World, payload};

const WANG: &str = "+8613800000001";
/// The messages of before a restore are too old for the billers from here on.
const WINDOW: u64 = 7 * 60 + 1;
const DAY: u64 = 24 * 3600;

fn today(world: &World) -> Date {
    moment::bank_date(world.now() * 1000)
}

/// One o'clock of the next day at the bank.
fn next_day(world: &World) -> Date {
    let (day, at) = (today(world), world.now() * 1000);
    world.pass(u64::try_from((moment::next_bank_day(at) - at) / 1000).unwrap() + 3600);
    day
}

/// So many seconds before midnight at the bank.
fn before_midnight(world: &World, seconds: u64) {
    let at = world.now() * 1000;
    world.pass(u64::try_from((moment::next_bank_day(at) - at) / 1000).unwrap() - seconds);
}

async fn run(world: &World, biller: &str, tell: bool) -> Vec<Report> {
    world.billers.reconcile_daily(&world.bank(), biller, tell).await.unwrap()
}

async fn check(world: &World, biller: &str, day: Date) -> Result<Report, ReconcileError> {
    world.billers.reconcile(&world.bank(), biller, day, false).await
}

/// What a run found, by name, over all its days.
fn found(reports: &[Report]) -> BTreeMap<Difference, u64> {
    let mut all = BTreeMap::new();
    for (what, count) in reports.iter().flat_map(|report| &report.found) {
        *all.entry(*what).or_default() += count;
    }
    all
}

fn one(what: Difference) -> BTreeMap<Difference, u64> {
    BTreeMap::from([(what, 1)])
}

/// The biller's open differences, by name.
fn theirs(world: &World, biller: &str) -> Vec<Difference> {
    world.billers.differences(biller, None).unwrap().into_iter().map(|found| found.what).collect()
}

/// The bank's, by name.
fn ours(world: &World) -> Vec<Difference> {
    world.gateway.differences(100).unwrap().into_iter().map(|listed| listed.what).collect()
}

fn listed(world: &World, order: &Order) -> Listed {
    world.gateway.difference(&order.biller, &order.number).unwrap().unwrap()
}

fn only_order(world: &World) -> Order {
    world.gateway.books().unwrap().orders[0].clone()
}

async fn paid(phone: &mut Phone, world: &World, account: &str, bill: (&str, i64, i64)) -> (Value, String) {
    let order = phone.order_for(world, account, bill.0, bill.1, bill.2).await;
    let answer = phone.pay(world, &order).await;
    assert!(payload(&answer.text("outcome"))["receipt"].is_object(), "{answer:?}");
    (order, answer.text("outcome"))
}

fn secret(world: &World, biller: &str) -> LegSecret {
    world.billers.secrets()[biller].clone()
}

/// What the bank answers to a request of that time for a page.
fn ask_at(world: &World, biller: &str, day: Date, page: i64, ms: i64) -> (u16, Vec<u8>) {
    let request = Request { time: moment::timestamp(ms), biller: biller.into(), day, page };
    let body = message::seal(&request.to_xml(), &secret(world, biller));
    let reply = world.gateway.biller_asks(biller, BankScene::Statement, &body);
    (reply.status, reply.body)
}

fn statement(world: &World, biller: &str, day: Date) -> Vec<u8> {
    let (status, body) = ask_at(world, biller, day, 1, world.now() * 1000);
    assert_eq!(status, 200);
    body
}

fn page_of(world: &World, biller: &str, body: &[u8]) -> Page {
    Page::read(&xml::read(message::verify(body, &secret(world, biller)).unwrap()).unwrap()).unwrap()
}

fn lines(world: &World, biller: &str, day: Date) -> Vec<(LineKind, bool, i64, String)> {
    let page = page_of(world, biller, &statement(world, biller, day));
    page.lines.into_iter().map(|line| (line.kind, line.corrects, line.amount_minor, line.day.to_string())).collect()
}

/// A bank between the biller and the real one, whose statements say something else.
struct Edited<F> {
    real: LocalBank,
    edit: F,
}

impl<F: Fn(Vec<u8>) -> Vec<u8> + Send + Sync> BankLeg for Edited<F> {
    fn post<'a>(
        &'a self,
        biller: &'a str,
        scene: BankScene,
        body: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, BankError>> {
        Box::pin(async move { Ok((self.edit)(self.real.post(biller, scene, body).await?)) })
    }
}

fn bank_that(world: &World, edit: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> BankClient {
    BankClient::new(Arc::new(Edited { real: world.desk.clone(), edit }), world.clock.clone())
}

/// A bank that seals another page than it would.
fn bank_that_says(world: &World, biller: &str, edit: impl Fn(&mut Page) + Send + Sync + 'static) -> BankClient {
    let secret = secret(world, biller);
    bank_that(world, move |body| {
        let Ok(mut page) = Page::read(&xml::read(message::verify(&body, &secret).unwrap()).unwrap()) else {
            return body;
        };
        edit(&mut page);
        if page.totals.is_some() {
            page.totals = Some(page.lines.iter().try_fold(Totals::default(), |sum, line| sum.and(line)).unwrap());
        }
        message::seal(&page.to_xml(), &secret)
    })
}

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
async fn row_34_a_closed_day_repeats_to_the_same_bytes_whatever_becomes_of_the_ledger() {
    let mut world = World::new("rec-bytes");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let empty = world.gateway.ledger().snapshot().unwrap();
    let (_, receipt) = paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let before = statement(&world, "power-sh", day);
    world.restore(&empty);
    assert_eq!(statement(&world, "power-sh", day), before, "a restore forgets the charge, not the statement");
    // The evidence brings it back. It was stated, so no later day states it again.
    phone.post(&world, "/v1/evidence", &json!({"orders": [], "outcomes": [receipt]})).await;
    let found_on = next_day(&world);
    assert_eq!(lines(&world, "power-sh", found_on), []);
    world.restart();
    assert_eq!(statement(&world, "power-sh", day), before);
    world.audit();
}

#[tokio::test]
async fn row_34_what_is_found_later_is_of_the_day_on_which_it_is_found_and_names_the_day_of_the_charge() {
    let world = World::new("rec-later");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", None, Action::LoseAnswer);
    world.fault("confirm", None, Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let day = next_day(&world);
    // An order that is open at the day's end is listed as that, and is no difference.
    assert_eq!(lines(&world, "power-sh", day), [(LineKind::Open, false, 12_345, day.to_string())]);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.faults.clear();
    world.settle_down().await;
    assert!(payload(&phone.confirm(&world, &order).await.text("outcome"))["receipt"].is_object());
    let later = next_day(&world);
    assert_eq!(lines(&world, "power-sh", later), [(LineKind::Charged, false, 12_345, day.to_string())]);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    assert_eq!(ours(&world), []);
    world.audit();
}

#[tokio::test]
async fn the_ledger_may_be_ahead_when_a_day_is_closed_late() {
    // The order was open at midnight and has ended by the time that anybody asks.
    let world = World::new("rec-late-close");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    before_midnight(&world, 30);
    let order = phone.order_for(&world, &account, "P1", 1, 12_345).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    assert_eq!(phone.pay(&world, &order).await.status, 202);
    let day = today(&world);
    world.pass(90);
    world.gateway.tick().await;
    assert_eq!(phone.confirm(&world, &order).await.status, 200);
    assert_eq!(lines(&world, "power-sh", day), [(LineKind::Open, false, 12_345, day.to_string())]);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.audit();
}

#[tokio::test]
async fn the_day_is_the_bank_s_and_a_charge_on_either_side_of_midnight_is_no_difference() {
    let world = World::new("rec-edge");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    before_midnight(&world, 2);
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = today(&world);
    world.pass(3);
    paid(&mut phone, &world, &account, ("P2", 1, 700)).await;
    // 15:59:58Z and 16:00:01Z are two days in Asia/Shanghai.
    assert_eq!(today(&world), day.tomorrow().unwrap());
    assert_eq!(lines(&world, "power-sh", day).len(), 1);
    let (status, body) = ask_at(&world, "power-sh", today(&world), 1, world.now() * 1000);
    assert!(status == 200 && String::from_utf8(body).unwrap().contains("not-closed"));
    next_day(&world);
    let reports = run(&world, "power-sh", true).await;
    assert_eq!(reports.iter().map(|report| report.lines).collect::<Vec<_>>(), [1, 1]);
    assert_eq!((found(&reports), theirs(&world, "power-sh")), (BTreeMap::new(), vec![]));
    world.audit();
}

#[tokio::test]
async fn wrong_day_a_line_of_the_day_before_is_found_unless_the_charge_was_at_its_edge() {
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
async fn duplicate_line_is_found_counted_once_and_corrected() {
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
async fn wrong_amount_of_a_line_is_corrected_by_a_later_line() {
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
async fn wrong_amount_in_the_biller_s_books_is_a_person_s_and_is_resolved_when_it_is_put_right() {
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
async fn wrong_bill_is_found_and_named() {
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
async fn missing_line_fault_20_the_biller_has_it_and_the_statement_does_not() {
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
async fn missing_line_an_order_that_was_listed_as_open_and_then_no_more() {
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
    // A customer may pay what is asked now.
    world.audit_held();
}

fn only(world: &World, bill: &str) -> Order {
    world.gateway.books().unwrap().orders.into_iter().find(|order| order.bill_number == bill).unwrap()
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
async fn undone_here_a_forgotten_refund_of_a_settled_number_ends_in_a_repayment() {
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
async fn undone_there_fault_20_the_bank_has_reversed_it_and_a_biller_that_forgot_charged_a_late_copy() {
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
async fn with_the_message_off_a_difference_stays_in_the_biller_s_list_and_a_person_may_bring_it() {
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
async fn a_second_run_and_a_second_telling_change_nothing_at_either_side() {
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
async fn a_repair_whose_answers_are_lost_or_whose_bank_dies_goes_on() {
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
async fn payments_go_on_while_a_day_is_reconciled() {
    let world = World::new("rec-meanwhile");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let order = phone.order_for(&world, &account, "P2", 1, 700).await;
    world.fault("charge", Some(1), Action::LoseAnswer);
    let bank = world.bank();
    let (report, answer) =
        tokio::join!(world.billers.reconcile(&bank, "power-sh", day, true), phone.pay(&world, &order));
    assert_eq!((report.unwrap().found, answer.status), (BTreeMap::new(), 202));
    world.settle_down().await;
    next_day(&world);
    assert_eq!(found(&run(&world, "power-sh", true).await), BTreeMap::new());
    world.audit();
}

#[tokio::test]
async fn row_64_a_request_that_is_altered_lower_case_unsigned_or_old_is_refused() {
    let world = World::new("rec-asked");
    let day = today(&world);
    next_day(&world);
    let now = world.now() * 1000;
    let request = |biller: &str| Request { time: moment::timestamp(now), biller: biller.into(), day, page: 1 };
    let good = message::seal(&request("power-sh").to_xml(), &secret(&world, "power-sh"));
    let ask = |biller: &str, body: &[u8]| {
        let reply = world.gateway.biller_asks(biller, BankScene::Statement, body);
        (reply.status, String::from_utf8_lossy(&reply.body).into_owned())
    };
    assert_eq!(ask("power-sh", &good).0, 200);
    let refused = |biller: &str, body: &[u8], code: &str| {
        let (status, said) = ask(biller, body);
        assert!(status == 400 && said.contains(&format!("<code>{code}</code>")), "{code}: {status} {said}");
    };
    let mut altered = good.clone();
    *altered.last_mut().unwrap() = b'!';
    refused("power-sh", &altered, "wrong-signature");
    let mut lower = good.clone();
    lower[..40].make_ascii_lowercase();
    refused("power-sh", &lower, "lower-case");
    refused("power-sh", &good[40..], "no-signature");
    refused("power-sh", b"", "too-short");
    refused("gas-sh", &good, "wrong-signature");
    let other = message::seal(&request("gas-sh").to_xml(), &secret(&world, "power-sh"));
    refused("power-sh", &other, "wrong-address");
    let tell = world.gateway.biller_asks("power-sh", BankScene::Differences, &good);
    assert_eq!(tell.status, 400, "a request for a statement is no difference");
    assert_eq!(world.gateway.biller_asks("nobody", BankScene::Statement, &good).status, 404);
    for (age_s, answer) in [(300, "<statement>"), (301, "too-old"), (-60, "<statement>"), (-61, "too-old")] {
        let (status, body) = ask_at(&world, "power-sh", day, 1, now - age_s * 1000);
        let body = String::from_utf8(body).unwrap();
        assert!(status == 200 && body.contains(answer), "{age_s}: {body}");
    }
    let pages = [(day, 2), (Date::constant(1999, 1, 1), 1)];
    for (day, page) in pages {
        assert!(String::from_utf8(ask_at(&world, "power-sh", day, page, now).1).unwrap().contains("no-such-page"));
    }
}

#[tokio::test]
async fn a_hostile_statement_is_a_typed_error_and_nothing_of_it_is_believed() {
    let world = World::new("rec-hostile");
    let mut phone = Phone::active(&world, WANG).await;
    let account = phone.bind(&world, "power-sh", POWER).await;
    paid(&mut phone, &world, &account, ("P1", 1, 12_345)).await;
    let day = next_day(&world);
    let key = secret(&world, "power-sh");
    let xml_of = {
        let body = statement(&world, "power-sh", day);
        String::from_utf8(body[40..].to_vec()).unwrap()
    };
    let sealed = |xml: String| message::seal(&xml, &key);
    let swap = |from: &str, to: &str| {
        let other = xml_of.replacen(from, to, 1);
        assert_ne!(other, xml_of, "{from}");
        sealed(other)
    };
    let bomb = {
        let mut dtd = String::from("<!DOCTYPE statement [<!ENTITY a \"ha\">");
        for nth in 1..30 {
            dtd.push_str(&format!("<!ENTITY a{nth} \"&a;&a;&a;\">"));
        }
        sealed(xml_of.replacen("<statement>", &format!("{dtd}]><statement>"), 1).replacen("P1", "&a29;", 1))
    };
    let mut wrong = statement(&world, "power-sh", day);
    wrong[0] = if wrong[0] == b'A' { b'B' } else { b'A' };
    let mut lower = statement(&world, "power-sh", day);
    lower[..40].make_ascii_lowercase();
    let huge = sealed(format!("{}{}", xml_of, " ".repeat(70_000)));
    let amount = |text: &str| swap("<amount>12345</amount>", &format!("<amount>{text}</amount>"));
    let bad = |name| BankError::Unusable(Refusal::Xml(XmlError::Element(name)));
    let refused = BankError::Unusable;
    for (body, error) in [
        (wrong, refused(Refusal::WrongSignature)),
        (lower, refused(Refusal::LowerCase)),
        (xml_of.clone().into_bytes(), refused(Refusal::NoSignature)),
        (huge, refused(Refusal::TooLarge)),
        (bomb, refused(Refusal::Xml(XmlError::NotAllowed("DOCTYPE")))),
        (swap("<bill_number>P1", "<bill_number>&boom;"), refused(Refusal::Xml(XmlError::NotAllowed("entity")))),
        (amount("-12345"), bad("amount")),
        (amount("0"), bad("amount")),
        (amount("9007199254740992"), bad("amount")),
        (amount("99999999999999999999"), bad("amount")),
        (amount("1e3"), bad("amount")),
        (swap("<kind>charged", "<kind>paid"), bad("kind")),
        (swap("<number>", "<number>0"), bad("number")),
        (swap("<page>1", "<page>2"), BankError::OtherRequest),
        (swap("<biller>power-sh", "<biller>gas-sh"), BankError::OtherRequest),
        (swap(&format!("<day>{day}</day><closed"), "<day>2026-01-01</day><closed"), BankError::OtherRequest),
        (swap("<closed_at>2026", "<closed_at>2036"), BankError::ClosedTooEarly),
        (swap("T17:00:00Z</closed_at>", "T15:59:59Z</closed_at>"), BankError::ClosedTooEarly),
    ] {
        let bank = bank_that(&world, move |_| body.clone());
        let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
        assert!(matches!(&said, Err(ReconcileError::Bank(got)) if *got == error), "{error:?}: {said:?}");
    }
    let totals = |text: &str| swap("<totals><lines>1</lines><charged>12345", text);
    let line = xml_of.split("<line>").nth(1).unwrap().split("</line>").next().unwrap();
    let most = line.replacen("12345", "9007199254740991", 1);
    let overflow = swap("<totals>", &format!("<line>{most}</line><line>{most}</line><totals>"));
    for body in [
        totals("<totals><lines>2</lines><charged>12345"),
        totals("<totals><lines>1</lines><charged>12346"),
        swap("<totals>", &format!("<line>{line}</line><totals>")),
        overflow,
    ] {
        let bank = bank_that(&world, move |_| body.clone());
        let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
        assert!(matches!(said, Err(ReconcileError::Totals)), "{said:?}");
    }
    assert_eq!(theirs(&world, "power-sh"), [], "nothing of all that was believed");
    assert_eq!(check(&world, "power-sh", day).await.unwrap().found, BTreeMap::new());
    // The day was checked; another statement for it is none, even a rightly signed one.
    let other = bank_that_says(&world, "power-sh", |page| page.lines.clear());
    let said = world.billers.reconcile(&other, "power-sh", day, true).await;
    assert!(matches!(said, Err(ReconcileError::NotTheSame)), "{said:?}");
    assert_eq!((theirs(&world, "power-sh"), ours(&world)), (vec![], vec![]));
}

#[tokio::test]
async fn an_answer_that_is_no_page_has_to_be_of_now_and_to_this_request() {
    let world = World::new("rec-stale");
    let day = today(&world);
    let said = check(&world, "power-sh", day).await;
    let Err(ReconcileError::Bank(BankError::NotClosed { closes_at })) = said else { panic!("{said:?}") };
    assert_eq!(closes_at.as_millisecond(), moment::next_bank_day(world.now() * 1000));
    let (_, stale) = ask_at(&world, "power-sh", day, 1, world.now() * 1000);
    world.pass(1);
    let again = stale.clone();
    let bank = bank_that(&world, move |_| again.clone());
    let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
    assert!(matches!(said, Err(ReconcileError::Bank(BankError::OtherRequest))), "{said:?}");
    world.pass(300);
    let bank = bank_that(&world, move |_| stale.clone());
    let said = world.billers.reconcile(&bank, "power-sh", day, true).await;
    assert!(matches!(said, Err(ReconcileError::Bank(BankError::Unusable(Refusal::TooOld)))), "{said:?}");
}

#[tokio::test]
async fn differences_that_the_bank_did_not_take_are_told_again() {
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

/// A long run: `cargo test --release -p sandbox-gateway --test reconcile -- --ignored --nocapture million`.
#[tokio::test]
#[ignore = "minutes, and files of a gigabyte"]
async fn a_million_lines_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::at("rec-million", folder.path());
    let before = peak_kib();
    let (lines, found, most) = many(&world, 1_000_000).await;
    assert_eq!((lines, found), (1_000_000, BTreeMap::from([(Difference::ExtraLine, 1_000)])));
    let after = peak_kib();
    println!("1000000 lines, pages of at most {most} bytes, peak {before} -> {after} KiB");
    // Both databases, each with its cache, and one page on each side.
    assert!(after - before < 64 * 1024, "{before} -> {after} KiB");
}

/// The most memory that this process ever had, in KiB; 0 where the system does not say.
fn peak_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// So many settled lines at the bank and, but for one in a thousand, charges at the biller.
async fn many(world: &World, count: i64) -> (i64, BTreeMap<Difference, u64>, usize) {
    let (at, day) = (world.now() * 1000, moment::bank_day(world.now() * 1000));
    world.in_ledger(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO booked(biller, day, kind, corrects, number, payment_id, bill_number, amount, charge_day, taken_at)
         SELECT 'power-sh', {day}, 1, 0, printf('%064x', i), 'p' || i, 'B' || i, 100 + i % 900, {day}, {at} FROM n"
    ));
    world.in_books(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO charge(biller, number, state, bill, version_at, version_after, amount, billed, reference, charged_at)
         SELECT 'power-sh', unhex(printf('%064x', i)), 'charged', 'B' || i, 1, 2, 100 + i % 900, 100 + i % 900, 'R' || i,
         {at} FROM n WHERE i % 1000 <> 0"
    ));
    let date = next_day(world);
    let report = check(world, "power-sh", date).await.unwrap();
    let mut most = 0;
    for page in 1.. {
        let (_, body) = ask_at(world, "power-sh", date, page, world.now() * 1000);
        most = most.max(body.len());
        if body.windows(8).any(|part| part == b"<totals>") {
            break;
        }
    }
    (report.lines, report.found, most)
}

#[tokio::test]
async fn twenty_thousand_lines_come_in_pages_none_of_which_is_larger_than_a_message() {
    let (lines, found, most) = many(&World::new("rec-many"), 20_000).await;
    assert_eq!((lines, found), (20_000, BTreeMap::from([(Difference::ExtraLine, 20)])));
    assert!((50_000..=sandbox_gateway::leg::MAX_BODY).contains(&most), "{most}");
}
